"""Reports to download."""

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.app import yardstick
from webapp.context import case as this_case
from webapp.context import work
from webapp.reports import pdf

blueprint = Blueprint("reports", __name__)


@blueprint.get("/cases/<ref>/reports/<kind>.pdf")
@needs("case.see")
def report(ref: str, kind: str) -> ResponseReturnValue:
    """A report of a case as PDF."""
    here, case = work(), this_case()
    try:
        html = pdf.report_html(here.session, case, kind, here.actor, here.now)
    except pdf.NotReady as problem:
        raise NotFound(str(problem)) from None
    here.let_go()
    response = make_response(pdf.report_pdf(html, yardstick().settings.documents))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}-{kind}.pdf"'
    return response
