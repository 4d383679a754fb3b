"""Who reviews a return: the lead and the others, with what each declared; kept by the coordinator, accepted by each."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may_now, must_be_open, needs
from webapp.allocation import overrules, verbs
from webapp.allocation import queries as allocation
from webapp.allocation.models import Overrule
from webapp.allocation.overrules import DECIDE_ASKS, PROPOSE_ASKS, why_not_decide
from webapp.cases import presenter
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.review import queries, reviewers
from webapp.review.reviewers import ACCEPT_ASKS, ADD_ASKS, REASON_ASKS
from webapp.templating import day as _day
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
    """The page, with the form that was filled in wrongly told so: `add`, `accept`, `decline`, `overrule`, the id of a person, or of an
    overrule after `overrule-`."""
    here, case, facts = work(), this_case(), facts_here()
    state, day = facts.state("review"), in_london(here.now).date()
    found = queries.every_assignment(here.session, case)
    every = [one for one, _ in found]
    mine = next((one for one in every if one.until is None and one.person_id == here.actor.person_id), None)
    keeps, proposes = (may_now(here.actor, name, state) for name in ("reviewers.keep", "overrule.propose"))
    accepts = may_now(here.actor, "reviewer.accept", state) and mine is not None and not mine.lead
    decides = may_now(here.actor, "overrule.decide", state)
    form: Callable[[str, tuple[Ask, ...]], Any] = lambda name, asks: form_of(asks, reasons if name == wanted else ())  # noqa: E731
    taken = {one.person_id for one in every if one.until is None}
    register = overrules.every(here.session, case.id)
    known = queries.reviewers(here.session, case, day, register) if keeps or proposes else []
    html = render_template(
        "reviewers.html", case=case, facts=facts, head=presenter.head(facts), every=every, mine=mine, keeps=keeps, accepts=accepts,
        candidates=[c for c in known if c.id not in taken], form=form, wanted=wanted, add_asks=ADD_ASKS, accept_asks=ACCEPT_ASKS,
        reason_asks=REASON_ASKS, audience=Side.PARTNERSHIP | Side.PROGRAMME, register=register, day=day,
        interests=overrules.interests(found), proposes=proposes, overrule_form=_overrule_form(form, wanted),
        conflicted=[c for c in known if (c.conflicts or c.overruled) and not c.own_body], propose_asks=PROPOSE_ASKS,
        decide={one.id: decides and not why_not_decide(here.actor, one, day) for one in register}, choices=DECIDE_ASKS[0].choices,
        to_renew={one.id for one in _to_renew(register, known, taken, day)},
        reasons=_anchored(wanted, reasons),
    )  # fmt: skip
    return make_response(html, status)


def _overrule_form(form: Callable[[str, tuple[Ask, ...]], Any], wanted: str) -> Any:
    """The form that proposes an overrule: about whom the address asks, until the day that is offered."""
    made = form("overrule", PROPOSE_ASKS)
    if wanted != "overrule":
        until = overrules.last_day(this_case().round, work().now)
        made["candidate"].data = request.args.get("overrule", "")[:12]
        made["ends_on"].data, made["ends_on"].raw_data = until, [str(until.day), str(until.month), str(until.year)]
    return made


def _to_renew(register: list[Overrule], known: list[queries.Candidate], taken: set[int], day: date) -> Iterator[Overrule]:
    """The newest overrule of each person who reviews on one that has ended, with a conflict that still stands."""
    standing = {c.id for c in known if c.conflicts}
    for person in taken & standing:
        theirs = [one for one in register if one.person_id == person and one.rule.ended(day)]
        yield from theirs[:1]


def _anchored(wanted: str, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons, each leading to its field; the fields of a decision are named after what it is about."""
    if wanted.startswith("overrule-"):
        return tuple(Reason(r.text, f"{r.place}-{wanted}" if r.place else "") for r in reasons)
    return with_anchors(reasons, (*ADD_ASKS, *PROPOSE_ASKS))


def _done(text: str, ref: str) -> ResponseReturnValue:
    flash(text)
    return redirect(url_for("reviewers.listed", ref=ref), 303)


@blueprint.get("/cases/<ref>/review/next")
@needs("reviewers.keep")
def next_one(ref: str) -> ResponseReturnValue:
    """Who could review this return, or review it too, the best first and with reasons: each invited by one press."""
    here, case, facts = work(), this_case(), facts_here()
    state = facts.state("review")
    if state != "unallocated":
        must_be_open("reviewers.keep", state)
    due = verbs.review_due(case.round, here.now)
    board = allocation.board(here.session, case.round, case.partnership_id or 0, in_london(here.now).date(), case=case, due=due)
    one = board.returns[0]
    candidates = board.candidates(one)
    html = render_template(
        "reviewers_next.html", case=case, facts=facts, head=presenter.head(facts), leads=state == "unallocated", due=due,
        cleared=[c for c in candidates if c.cleared], others=[c for c in candidates if not c.cleared],
        declined=[(board.by_id[person].name, why) for person, why in one.declined.items() if person in board.by_id],
    )  # fmt: skip
    return make_response(html)


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


@blueprint.post("/cases/<ref>/review/overrules")
@needs("overrule.propose")
def propose(ref: str) -> ResponseReturnValue:
    """Propose to overrule the conflict of interest of a reviewer."""
    try:
        made = overrules.propose(work(), facts_here(), read_inputs(PROPOSE_ASKS, request.form))
    except Refused as refused:
        return _wrong("overrule", refused)
    return _done(
        f"It is proposed to overrule the conflict of {made.person.name}. Another coordinator or an officer has to approve it.", ref
    )


@blueprint.post("/cases/<ref>/review/overrules/<int:overrule_id>")
@needs("overrule.decide")
def decide(ref: str, overrule_id: int) -> ResponseReturnValue:
    """Approve an overrule that somebody else proposed, or refuse it."""
    found = overrules.one(work().session, this_case().id, overrule_id)
    if found is None:
        raise NotFound("There is no such overrule in this case.")
    try:
        overrules.decide(work(), facts_here(), found, read_inputs(DECIDE_ASKS, request.form))
    except Refused as refused:
        return _wrong(f"overrule-{overrule_id}", refused)
    if found.decision == "refused":
        return _done("It is refused. The conflict stands.", ref)
    return _done(f"It is approved: {found.person.name} can be invited until {_day(found.ends_on)}.", ref)
