"""The parts of a return among its preparers: who looks after which, what is ready, and what can be filled in from elsewhere."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from webapp.access import needs
from webapp.cases import presenter
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.returns import prefilling, queries, sections
from webapp.returns.drafts import open_draft
from webapp.returns.entry_views import function_here

blueprint = Blueprint("sections", __name__)


@blueprint.get("/cases/<ref>/return/owners")
@needs("return.edit")
def owners(ref: str) -> ResponseReturnValue:
    """Share out the parts of the return among the body's preparers."""
    here, facts, case = work(), facts_here(), this_case()
    draft = open_draft(here.session, case, facts.state("return"))
    programme = case.round.programme
    return render_template("owners.html", case=case, facts=facts, head=presenter.head(facts), parts=queries.parts(here.session, draft.id),
                           functions=[f for f in programme.functions if programme.items_of(f.code)],
                           preparers=queries.preparers_of(here.session, case))  # fmt: skip


@blueprint.post("/cases/<ref>/return/owners")
@needs("return.edit")
def share_out(ref: str) -> ResponseReturnValue:
    """Say who looks after which part. Parts that the form does not hold are left alone."""
    facts, case = facts_here(), this_case()
    chosen: dict[str, int | None] = {}
    for function in case.round.programme.functions:
        said = request.form.get(f"owner-{function.code}")
        if said is None:
            continue
        if said and not (said.isascii() and said.isdecimal() and len(said) < 10):
            raise BadRequest("Choose a person from the list for each part.")
        chosen[function.code] = int(said) if said else None
    changed = sections.set_owners(work(), case, facts.state("return"), chosen)
    flash(f"Saved: {changed} part{'s' if changed != 1 else ''} given to somebody else." if changed else "Saved: nothing had changed since.")
    return redirect(url_for("returns.overview", ref=ref), 303)


@blueprint.post("/cases/<ref>/return/<function>/ready")
@needs("return.edit")
def ready(ref: str, function: str) -> ResponseReturnValue:
    """Mark a part as ready, or withdraw the mark."""
    facts, part = facts_here(), function_here(function)
    said = request.form.get("ready")
    if said not in ("yes", "no"):
        raise BadRequest("Say whether the part is ready: use the button on the page of the return.")
    if sections.set_ready(work(), this_case(), facts.state("return"), function, said == "yes"):
        flash(f"{part.name} is marked as ready." if said == "yes" else f"{part.name} is no longer marked as ready.")
    return redirect(url_for("returns.overview", ref=ref), 303)


@blueprint.post("/cases/<ref>/return/<function>/prefill")
@needs("return.edit")
def prefill(ref: str, function: str) -> ResponseReturnValue:
    """Fill in what is known from a source into the empty items of a part."""
    facts = facts_here()
    function_here(function)
    offer = prefilling.fill_in(work(), this_case(), facts.state("return"), function, request.form.get("source", ""))
    number = len(offer.answers)
    sections.touch(work(), this_case(), facts.state("return"), function)
    answers = f"{number} answers are filled in from {offer.words}. Look at each, and confirm it or correct it."
    flash(answers if number > 1 else f"One answer is filled in from {offer.words}. Look at it, and confirm it or correct it.")
    return redirect(url_for("returns.function", ref=ref, function=function), 303)
