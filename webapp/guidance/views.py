"""The catalogue of a round, for anybody: what is asked, how it is computed, and what is checked."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.checks.presenting import KINDS
from webapp.context import work
from webapp.guidance import presenting
from webapp.register.models import Round

blueprint = Blueprint("guidance", __name__)


def _round(code: str) -> Round:
    found = work().session.scalars(select(Round).where(Round.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"There is no round {code}.")
    return found


@blueprint.get("/guidance/<round_code>")
@needs("public")
def catalogue(round_code: str) -> ResponseReturnValue:
    """The functions of a round's programme, each with how much it asks, measures and checks."""
    found = _round(round_code)
    entries = [presenting.entry(found.programme, f) for f in found.programme.functions if found.programme.items_of(f.code)]
    return render_template("guidance.html", round=found, programme=found.programme, entries=entries)


@blueprint.get("/guidance/<round_code>/<function>")
@needs("public")
def function(round_code: str, function: str) -> ResponseReturnValue:
    """One function: its scope, questions, indicators and checks, each to be reached by its code."""
    found = _round(round_code)
    programme = found.programme
    part = programme.find_function(function)
    if part is None or not programme.items_of(function):
        raise NotFound(f"The round {round_code} asks nothing of a function “{function}”.")
    return render_template(
        "guidance_function.html", round=found, programme=programme, entry=presenting.entry(programme, part), kinds=KINDS,
        functions=[f for f in programme.functions if programme.items_of(f.code)], answer_words=presenting.answer_words,
        formula_of=presenting.formula_of, bounds_of=presenting.bounds_of, directions=presenting.DIRECTIONS,
        certainty=presenting.CERTAINTY, linked=lambda text: presenting.linked(text, round_code, programme),
    )  # fmt: skip
