"""Who reviews a return: the lead and the others, with what each declared; kept by the coordinator, accepted by each."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import may_now, needs
from webapp.cases import presenter
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.review import queries, reviewers
from webapp.review.reviewers import ACCEPT_ASKS, ADD_ASKS, REASON_ASKS
from workflows.asks import Ask
from workflows.engine import Reason, Refused
from workflows.roles import Side

blueprint = Blueprint("reviewers", __name__)


@blueprint.get("/cases/<ref>/review/reviewers")
@needs("reviewers.see")
def listed(ref: str) -> ResponseReturnValue:
    """Who reviews this return, who did, and forms for what the reader may do."""
    return _page()


def _page(wanted: str = "", reasons: tuple[Reason, ...] = (), status: int = 200) -> Response:
    """The page, with the form that was filled in wrongly told so: `add`, `accept`, `decline`, or the id of a person."""
    here, case, facts = work(), this_case(), facts_here()
    state = facts.state("review")
    every = queries.every_assignment(here.session, case.id)
    mine = next((one for one in every if one.until is None and one.person_id == here.actor.person_id), None)
    keeps = may_now(here.actor, "reviewers.keep", state)
    accepts = may_now(here.actor, "reviewer.accept", state) and mine is not None and not mine.lead
    form: Callable[[str, tuple[Ask, ...]], object] = lambda name, asks: form_of(asks, reasons if name == wanted else ())  # noqa: E731
    taken = {one.person_id for one in every if one.until is None}
    candidates = [c for c in queries.reviewers(here.session, case, in_london(here.now).date()) if c.id not in taken] if keeps else []
    html = render_template(
        "reviewers.html", case=case, facts=facts, head=presenter.head(facts), every=every, mine=mine, keeps=keeps, accepts=accepts,
        candidates=candidates, form=form, wanted=wanted, add_asks=ADD_ASKS, accept_asks=ACCEPT_ASKS, reason_asks=REASON_ASKS,
        reasons=with_anchors(reasons, ADD_ASKS), audience=Side.PARTNERSHIP | Side.PROGRAMME,
    )  # fmt: skip
    return make_response(html, status)


def _done(text: str, ref: str) -> ResponseReturnValue:
    flash(text)
    return redirect(url_for("reviewers.listed", ref=ref), 303)


@blueprint.post("/cases/<ref>/review/reviewers")
@needs("reviewers.keep")
def add(ref: str) -> ResponseReturnValue:
    """Give the return another reviewer."""
    try:
        made = reviewers.add(work(), facts_here(), read_inputs(ADD_ASKS, request.form))
    except Refused as refused:
        return _wrong("add", refused)
    return _done(f"{made.person.name} is asked to review this return too.", ref)


@blueprint.post("/cases/<ref>/review/reviewers/<int:person_id>/lead")
@needs("reviewers.keep")
def lead(ref: str, person_id: int) -> ResponseReturnValue:
    """Let another of its reviewers lead the review."""
    try:
        chosen = reviewers.make_lead(work(), facts_here(), person_id, request.form.get("reason", ""))
    except Refused as refused:
        return _wrong(str(person_id), refused)
    return _done(f"{chosen.person.name} leads this review now.", ref)


@blueprint.post("/cases/<ref>/review/reviewers/<int:person_id>/removal")
@needs("reviewers.keep")
def remove(ref: str, person_id: int) -> ResponseReturnValue:
    """Take a reviewer who does not lead off the return."""
    try:
        gone = reviewers.remove(work(), facts_here(), person_id, request.form.get("reason", ""))
    except Refused as refused:
        return _wrong(str(person_id), refused)
    return _done(f"{gone.person.name} does not review this return any more. What they wrote is kept.", ref)


@blueprint.post("/cases/<ref>/review/reviewers/acceptance")
@needs("reviewer.accept")
def accept(ref: str) -> ResponseReturnValue:
    """Accept one's part of a review that somebody else leads."""
    try:
        reviewers.accept(work(), facts_here(), read_inputs(ACCEPT_ASKS, request.form))
    except Refused as refused:
        return _wrong("accept", refused)
    return _done("You accepted this review.", ref)


@blueprint.post("/cases/<ref>/review/reviewers/refusal")
@needs("reviewer.accept")
def decline(ref: str) -> ResponseReturnValue:
    """Decline one's part; whoever declined sees the case no more."""
    try:
        reviewers.decline(work(), facts_here(), request.form.get("reason", ""))
    except Refused as refused:
        return _wrong("decline", refused)
    flash(f"You declined the review of {this_case().body.organisation.name}. The coordinator is told.")
    return redirect(url_for("cases.today"), 303)


def _wrong(form: str, refused: Refused) -> Response:
    if refused.kind != "input":
        raise refused
    return _page(form, refused.reasons, 422)
