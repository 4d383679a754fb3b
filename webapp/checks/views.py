"""The page of the checks: what still stands between a return and its sign-off, and what the body says on it."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.checks import forms, presenting, queries, verbs
from webapp.checks.earlier import with_earlier
from webapp.checks.queries import Entered
from webapp.context import facts_here, work
from webapp.returns import drafts
from workflows.returns.checks import STATUS_WORDS, Checked
from workflows.roles import Side

blueprint = Blueprint("checks", __name__)


def checked_here(facts: CaseFacts, number: int | None = None) -> tuple[Entered | None, Checked]:
    """What the actor may see of a version as it is checked. Those of the body see their draft, and with it what the round
    before left open."""
    session, case = facts.session, facts.case
    if facts.actor.side is Side.BODY and (facts.entered is None or number in (None, facts.entered.number)):
        draft = facts.entered is not None and facts.entered.draft
        return facts.entered, with_earlier(facts) if draft else facts.checked
    entered = queries.entered(session, case, facts.actor, number)
    return entered, queries.checked(session, case, entered)


def _editable(facts: CaseFacts, entered: Entered | None) -> bool:
    return entered is not None and entered.draft and drafts.editable(facts)


@blueprint.get("/cases/<ref>/return/checks")
@needs("case.see")
def page(ref: str) -> ResponseReturnValue:
    """Everything that stands between the return and its sign-off, function by function, with a box where a word helps."""
    facts = facts_here()
    entered, checked = checked_here(facts, request.args.get("version", type=int))
    return _page(facts, entered, checked, forms.boxes_of(checked))


def _page(
    facts: CaseFacts, entered: Entered | None, checked: Checked, boxes: Mapping[str, forms.Box],
    clashes: Mapping[str, verbs.Clash] | None = None, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    case, editable = facts.case, _editable(facts, entered)
    frozen = entered is not None and entered.frozen_at is not None
    problems = forms.Reading(boxes=dict(boxes)).problems(checked)
    besides = presenting.also_said(entered, checked) if entered and frozen else []
    html = render_template(
        "checks.html", case=case, facts=facts, head=presenter.head(facts), entered=entered, checked=checked, editable=editable,
        sections=presenting.sections(checked) if entered else [], counts=presenting.counts(checked), left=presenting.left(checked),
        boxes=boxes, problems=problems, clashes=clashes or {}, words=STATUS_WORDS, kinds=presenting.KINDS, besides=besides,
        not_needed=presenting.not_needed(entered, checked) if entered and editable else [],
        given_when=lambda outcome: list(presenting.given_when(outcome, checked)),
        buttons=presenter.buttons(facts, ("return",)) if not checked.gaps else [], move_url=presenter.move_url,
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/return/checks")
@needs("return.edit")
def explain(ref: str) -> ResponseReturnValue:
    """Save what was typed into the boxes: all of it, or with problems nothing."""
    here, facts = work(), facts_here()
    entered, checked = checked_here(facts)
    reading = forms.read(request.form)
    boxes = forms.boxes_of(checked) | reading.boxes
    if reading.problems(checked) and _editable(facts, entered):
        return _page(facts, entered, checked, boxes, status=422)
    try:
        changed = verbs.explain(here, facts.case, facts.state("return"), checked, reading.given)
    except verbs.Clashes as found:
        clashes = {clash.code: clash for clash in found.clashes}
        shown = forms.boxes_of(checked)
        for code, clash in clashes.items():
            # What was typed stays in its box; saved again it takes the place of what it met.
            if code in shown:
                shown[code] = replace(shown[code], text=clash.typed)
        untouched = {code: box for code, box in boxes.items() if code not in clashes}
        return _page(facts, entered, checked, shown | untouched, clashes, status=409)
    here.session.flush()
    now = queries.checked(here.session, facts.case, queries.entered(here.session, facts.case))
    told = f"Saved: {changed} explanation{'' if changed == 1 else 's'} or answer{'' if changed == 1 else 's'} changed."
    flash(f"{told if changed else 'Nothing had changed.'} {presenting.left_words(now)}")
    return redirect(url_for("checks.page", ref=ref), 303)
