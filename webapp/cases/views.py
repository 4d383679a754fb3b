"""One's work today, the list of cases, a case, its moves and its record."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import update
from werkzeug.exceptions import BadRequest, NotFound

from webapp import record
from webapp.access import may, needs, sees, standing
from webapp.accounts.models import Membership
from webapp.allocation import overrules
from webapp.cases import looking, moves, presenter, queries
from webapp.cases.briefs import brief_of
from webapp.cases.facts import CaseFacts
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.cases.sentences import sentence
from webapp.checks.earlier import unanswered
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.deadlines import queries as deadlines
from webapp.deadlines.verbs import reckon
from webapp.notices import queries as notices
from webapp.plans import queries as plans
from webapp.plans.models import Action
from webapp.review import mentions
from webapp.review import queries as review
from webapp.review.preview import shown_by
from webapp.sheets import csv_answer
from webapp.succession import queries as succession
from webapp.templating import case_url
from workflows.case import STAGES, TRACKS, TURNS, track
from workflows.engine import Refused, Transition, consider, options
from workflows.roles import Role

blueprint = Blueprint("cases", __name__)


@blueprint.get("/today")
@needs("signed_in")
def today() -> ResponseReturnValue:
    """What waits for me, what is due, what changed."""
    here = work()
    waiting, total = queries.waiting_for(here.session, here.actor)
    seen = current_user.acting.seen_event if current_user.acting else 0
    news, more = queries.news(here.session, here.actor, seen, 500 if request.args.get("news") == "all" else 30)
    newest = max((event.seq for one in news for event, _ in one.events), default=seen)
    officer = here.actor.role is Role.OFFICER
    overdue, overdue_total = queries.overdue_returns(here.session, here.actor, here.now) if officer else ([], 0)
    to_sign = succession.to_sign(here.session, here.actor) if may(here.actor, "succession.sign") else []
    pending = overrules.pending(here.session, here.actor, here.now) if may(here.actor, "overrule.decide") else []
    more_time = deadlines.number_waiting(here.session, here.actor) if may(here.actor, "extensions.list") else 0
    mail = notices.troubles(here.session, here.now) if may(here.actor, "mail.keep") else None
    return render_template("today.html", waiting=waiting, total=total, news=news, newest=newest, more_news=more, overdue=overdue,
                           overdue_total=overdue_total, to_sign=to_sign, overrules=pending, more_time=more_time, mail=mail,
                           mentions=mentions.waiting(here.session, here.actor))  # fmt: skip


@blueprint.post("/today/seen")
@needs("signed_in")
def seen() -> ResponseReturnValue:
    """Mark what changed as seen."""
    event = request.form.get("event", 0, type=int)
    if current_user.acting and event:
        mark = update(Membership).where(Membership.id == current_user.acting.id, Membership.seen_event < event)
        work().session.execute(mark.values(seen_event=event))
    return redirect(url_for("cases.today"), 303)


@blueprint.post("/cases/<ref>/seen")
@needs("case.see")
def case_seen(ref: str) -> ResponseReturnValue:
    """Mark what changed in a case as seen, up to the event that the page told of, and go back to where one was."""
    event = request.form.get("event", 0, type=int)
    if not 0 < event < 2**31:
        raise BadRequest("The form does not say what you have seen. Open the case again, and press “I have seen this” there.")
    looking.mark_seen(work(), this_case(), event)
    own, back = case_url(this_case().ref), request.form.get("back", "")
    return redirect(back if back == own or back.startswith(f"{own}/") else own, 303)


@blueprint.post("/today/mentions/<int:mention_id>/seen")
@needs("signed_in")
def put_aside(mention_id: int) -> ResponseReturnValue:
    """Take a note that calls one by name off one's page."""
    if not mentions.put_aside(work(), mention_id):
        raise NotFound("There is no such note that calls you.")
    return redirect(url_for("cases.today"), 303)


def read_filter() -> queries.Filter:
    """What the address asks the list to be narrowed to."""
    names = ("text", "round", "stage", "sector", "partnership", "turn", "headcount")
    return queries.Filter(**{name: request.args.get(name, "").strip()[:80] for name in names})


@blueprint.get("/cases")
@needs("cases.list")
def cases() -> ResponseReturnValue:
    """The cases that one sees."""
    here = work()
    narrowed = read_filter()
    found = queries.case_list(here.session, here.actor, narrowed, request.args.get("page", 1, type=int))
    rounds, partnerships = queries.list_choices(here.session)
    return render_template("cases.html", list=found, narrowed=narrowed, rounds=rounds, partnerships=partnerships,
                           stages=STAGES, turns=[role for role in Role if role in TURNS])  # fmt: skip


@blueprint.get("/cases/<ref>")
@needs("case.see")
def case(ref: str) -> ResponseReturnValue:
    """A case at a glance: its tracks, whose turn, what I may do, deadlines, record."""
    here, facts = work(), facts_here()
    every = deadlines.deadlines_of(here.session, this_case())
    facts.know_deadlines(every)
    events = queries.events_of(here.session, this_case(), here.actor, limit=8, news=True)
    return render_template(
        "case.html",
        case=this_case(),
        facts=facts,
        head=presenter.head(facts),
        buttons=presenter.all_buttons(facts),
        move_url=presenter.move_url,
        deadlines=[deadline for deadline in every if sees(here.actor, deadline.audience)],
        events=events,
        latest=facts.looked.of(events),
        assigned=queries.assigned(here.session, this_case(), here.actor),
    )


@blueprint.get("/cases/<ref>/status/<track_code>")
@needs("case.see")
def status(ref: str, track_code: str) -> ResponseReturnValue:
    """The facts behind a status: every state that the track (of the action asked for) has been in, and every move, or why not."""
    machine = track(track_code)
    here, action = work(), _action(machine.per_action)
    facts = facts_here(action)
    if not sees(here.actor, machine.audience):
        raise NotFound(f"There is no status page for {machine.label}.")
    state = facts.state(track_code)
    found = options(machine, state, standing(here.actor), facts)
    return render_template("status.html", case=this_case(), facts=facts, head=presenter.head(facts), machine=machine, action=action,
                           history=queries.history(here.session, this_case(), track_code, here.actor, action),
                           place=f"plan#action-{action.number}" if action else track_code,
                           next=[o for o in found if state in o.transition.sources],
                           others=[o for o in found if state not in o.transition.sources])  # fmt: skip


@blueprint.route("/cases/<ref>/moves/<track_code>/<name>", methods=["GET", "POST"])
@needs("case.move")
def move(ref: str, track_code: str, name: str) -> ResponseReturnValue:
    """Make a transition: the page says what it brings about, the form asks what it needs."""
    machine = track(track_code)
    transition = machine.transition(name)
    action = _action(machine.per_action)
    if request.method == "POST":
        return _make(track_code, transition, action)
    facts = facts_here(action)
    option = consider(machine, transition, facts.state(track_code), standing(work().actor), facts)
    if not option.allowed:
        raise Refused(option.kind, option.reasons)
    return _move_page(track_code, transition, action, (), facts)


def _action(per_action: bool) -> Action | None:
    if not per_action:
        return None
    number = request.args.get("action", type=int)
    found = plans.action(work().session, this_case(), work().actor, number) if number else None
    if found is None:
        raise NotFound("There is no such action in this plan.")
    return found


def _make(track_code: str, transition: Transition, action: Action | None) -> ResponseReturnValue:
    version = request.form.get("version", type=int)
    if version is None:
        machine, facts = track(track_code), facts_here(action)
        option = consider(machine, transition, facts.state(track_code), standing(work().actor), facts)
        if not option.allowed:
            raise Refused(option.kind, option.reasons)
        raise BadRequest("The form lacks the version of the case that you saw. Open the page again.")
    inputs = read_inputs(transition.asks, request.form)
    try:
        moves.make(work(), this_case(), track_code, transition.name, inputs, seen=version, action=action)
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _move_page(track_code, transition, action, refused.reasons)
    flash(f"You {transition.done}.")
    return redirect(case_url(this_case().ref, _next_place(track_code, action)), 303)


def _next_place(track_code: str, action: Action | None) -> str:
    """Where to go after a move: where one's next turn is, or else where the move was made."""
    here = f"plan#action-{action.number}" if action else track_code
    mine = [turn.place for turn in presenter.head(facts_here()).turns if turn.mine]
    stay = not mine or any(place.partition("#")[0] == here.partition("#")[0] for place in mine)
    return here if stay else mine[0]


def _move_page(
    track_code: str, transition: Transition, action: Action | None, reasons: tuple[Any, ...], facts: CaseFacts | None = None
) -> Response:
    here, facts = work(), facts or facts_here(action)
    kinds = {ask.kind for ask in transition.asks}
    find = review.reviewers if "reviewer" in kinds else review.inspectors if "inspector" in kinds else None
    candidates = find(here.session, this_case(), in_london(here.now).date()) if find else []
    programme = this_case().round.programme
    asked = {ask.name for ask in transition.asks}
    opens = [(programme.deadline(rule).label, reckon(this_case(), rule, action, here.now).at) for rule in transition.opens
             if rule not in asked and programme.find_deadline(rule)]  # fmt: skip
    html = render_template("move.html", opens=opens, case=this_case(), facts=facts, head=presenter.head(facts), machine=TRACKS[track_code],
                           transition=transition, action=action, form=form_of(transition.asks, reasons),
                           reasons=with_anchors(reasons, transition.asks), candidates=candidates, programme=programme,
                           brief=brief_of(transition, facts), previews=shown_by(transition, here.actor),
                           questions=unanswered(facts) if transition.name == "sign_off" else ())  # fmt: skip
    return make_response(html, 422 if reasons else 200)


@blueprint.get("/cases/<ref>/record")
@needs("case.see")
def case_record(ref: str) -> ResponseReturnValue:
    """Who did what, when and why, and who was told."""
    here = work()
    before, since = request.args.get("before", type=int), request.args.get("since", type=int)
    entity, key = request.args.get("entity", "")[:40], request.args.get("key", "")[:80]
    events = queries.events_of(here.session, this_case(), here.actor, limit=51, before=before, entity=entity, key=key, since=since)
    facts, page = facts_here(), min(max(1, request.args.get("told", 1, type=int)), 10_000)
    told, earlier = notices.told(here.session, this_case(), here.actor, page)
    return render_template("record.html", case=this_case(), facts=facts, head=presenter.head(facts), events=events[:50],
                           more=len(events) > 50, told=told, told_earlier=earlier, told_page=page, mail_states=notices.STATES,
                           entity=entity, key=key, since=since)  # fmt: skip


@blueprint.get("/cases/<ref>/record.csv")
@needs("case.see")
def case_record_csv(ref: str) -> ResponseReturnValue:
    """The record of a case as a table for auditors, oldest first, as far as one may see it."""
    here = work()
    events = queries.events_of(here.session, this_case(), here.actor, limit=100_000,
                               entity=request.args.get("entity", "")[:40], key=request.args.get("key", "")[:80])  # fmt: skip
    head = ["number", "at_utc", "who", "role", "organisation", "kind", "entity", "key", "what", "old", "new", "why", "hash"]
    programme = this_case().round.programme
    rows = [
        [event.seq, event.at.isoformat(), who or "Yardstick", event.role, organisation, event.kind, event.entity, event.entity_key,
         sentence(event, programme), event.old, event.new, event.why, event.hash]
        for event, who, organisation in reversed(events)
    ]  # fmt: skip
    return csv_answer(f"{this_case().ref}-record", head, rows)


@blueprint.get("/record")
@needs("record.verify")
def verify() -> ResponseReturnValue:
    """Walk the whole chain of events and say whether it is sound."""
    return render_template("verify.html", found=record.verify(work().session))
