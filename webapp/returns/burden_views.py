"""The hours that the returns of a round took."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.context import work
from webapp.register.queries import round_by_code
from webapp.returns.burden_queries import round_burden
from workflows.returns.burden import QUARTILES_FROM

blueprint = Blueprint("burden", __name__)


@blueprint.get("/rounds/<code>/burden")
@needs("burden.see")
def burden(code: str) -> ResponseReturnValue:
    """What the returns of a round cost those who made them."""
    round_ = round_by_code(work().session, code)
    if round_ is None:
        raise NotFound
    return render_template("burden.html", found=round_burden(work().session, round_), quartiles_from=QUARTILES_FROM)
