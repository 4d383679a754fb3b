"""Carry out a declared transition: the state, its event, deadlines, messages and all that it brings, or nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from webapp.access import standing
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case, Stay
from webapp.challenge.models import Finding, Score
from webapp.db import Work
from webapp.deadlines import verbs as deadlines
from webapp.evidence import verbs as evidence
from webapp.notices import verbs as notices
from webapp.plans.models import Action
from webapp.returns.models import ReturnVersion
from webapp.review.models import FunctionNote, Review
from workflows.asks import kept
from workflows.case import stage, track
from workflows.engine import Hide, Inputs, Refused, Thing, Track, Transition, Widen, decide
from workflows.plans.track import PLAN_SIDES
from workflows.roles import EVERY_SIDE, Side


@dataclass
class Move:
    """One transition being carried out, as its effects see it."""

    work: Work
    case: Case
    facts: CaseFacts
    transition: Transition
    inputs: Inputs
    action: Action | None


Effect = Callable[[Move], None]
EFFECTS: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register what a declared effect does."""

    def register(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return register


class Stale(Exception):
    """The page was made from an older version of the case than there is now."""

    def __init__(self, case: Case, seen: int | None) -> None:
        super().__init__(f"The case has moved on since you opened the page (version {seen}, now {case.version}).")
        self.case = case


def make(
    work: Work, case: Case, track_code: str, name: str, inputs: Inputs, *, seen: int | None = None, action: Action | None = None
) -> Transition:
    """Make a transition in the name of the work's actor.

    `seen` is the version of the case on which the actor decided. Raises Stale when it has moved on since, Refused
    with every reason when the transition may not be made, UnknownTransition for one that is not declared.
    """
    machine = track(track_code)
    machine.transition(name)
    facts = CaseFacts(work.session, case, work.actor, work.now, action=action)
    try:
        transition = decide(machine, name, facts.state(track_code), standing(work.actor), facts, inputs)
    except Refused as refused:
        # Who has not the role is told so and nothing else; to everybody else an old page is the nearer reason.
        if refused.kind != "role" and seen not in (None, case.version):
            raise Stale(case, seen) from None
        raise
    if seen not in (None, case.version):
        raise Stale(case, seen)
    _carry_out(Move(work, case, facts, transition, inputs, action), machine)
    _restage(case, facts)
    return transition


def open_case(work: Work, case: Case, *, exempt: bool) -> None:
    """Start the tracks of a new case: its return, or exempt from it, and its penalty track."""
    facts = CaseFacts(work.session, case, work.actor, work.now, stays=[])
    if exempt:
        _stay(work, case, facts, track("return"), "exempt")
    else:
        _start(work, case, facts, "return")
        _start(work, case, facts, "penalty")
    _restage(case, facts)


def start_action(work: Work, case: Case, action: Action) -> None:
    """Start the track of a new action."""
    facts = CaseFacts(work.session, case, work.actor, work.now, action=action)
    _stay(work, case, facts, track("action"), "proposed", action=action, seen_by=Side(action.audience))
    _restage(case, facts)


def pass_on(work: Work, action: Action, case: Case, to: Case, number: int, *, left: str, came: str) -> Action:
    """Have an action of a body that ended go on as one of its successor's case: in the state in which it stands, with the days
    by which things are due and to be seen by whom it was. The old one stays where it is, as moved. Gives the new one.

    `left` and `came` say why, in the one case and in the other.
    """
    session, machine = work.session, track("action")
    facts = CaseFacts(session, case, work.actor, work.now, action=action)
    state, running = facts.state("action"), deadlines.of_action(session, action)
    assert state is not None
    _carry_out(Move(work, case, facts, machine.transition("hand_over"), {"reason": left}, action), machine)
    _restage(case, facts)
    new = Action(case_id=to.id, number=number, finding_id=action.finding_id, what=action.what, owner_id=action.owner_id,
                 due_on=action.due_on, target_saving=action.target_saving, report=action.report, reported_by=action.reported_by,
                 audience=action.audience, at=work.now, came_from_id=action.id)  # fmt: skip
    session.add(new)
    session.flush()
    there = CaseFacts(session, to, work.actor, work.now, action=new)
    _stay(work, to, there, machine, state, action=new, why=came, seen_by=PLAN_SIDES)
    _restage(to, there)
    deadlines.carry(work, running, to, new, came)
    return new


def _restage(case: Case, facts: CaseFacts) -> None:
    case.stage = stage({s.track: s.state for s in facts.stays if s.action_id is None})
    flag_modified(case, "stage")


def _carry_out(move: Move, machine: Track) -> None:
    work, case, facts, transition = move.work, move.case, move.facts, move.transition
    for name in transition.effects:
        EFFECTS[name](move)
    why = move.inputs.get("reason", "").strip()
    came_from = facts.state(machine.code)
    entered = kept(transition.asks, move.inputs)
    _stay(work, case, facts, machine, transition.target, action=move.action, transition=transition, came_from=came_from,
          why=why, entered=entered, seen_by=transition.seen_by)  # fmt: skip
    for widen in transition.widens:
        _widen(work.session, case, widen)
        evidence.widen(work, case, widen.thing, widen.to)
    for hide in transition.hides:
        _hide(work.session, case, hide)
    deadlines.close(work, case, transition.closes, move.action)
    deadlines.close(work, case, transition.lapses, move.action, lapsed=True)
    deadlines.stop(work, case, transition.stops)
    deadlines.resume(work, case, transition.resumes)
    for rule in transition.opens:
        # A date that a transition asks for under the name of a deadline is the date of that deadline.
        given = (entered or {}).get(rule)
        deadlines.open_deadline(work, case, rule, move.action, given=date.fromisoformat(given) if given else None)
    for tell in transition.tells:
        notices.tell(work, case, tell, transition=transition, why=why, action=move.action, audience=transition.seen_by)
    for code in transition.starts:
        _start(work, case, facts, code)
    for follow in transition.follows:
        _follow(move, follow.track, follow.name, follow.each_action)


def _follow(move: Move, code: str, name: str, each_action: bool) -> None:
    machine = track(code)
    transition = machine.transition(name)
    actions: list[Action | None] = [None]
    if each_action:
        query = select(Action).where(Action.case_id == move.case.id).order_by(Action.number)
        actions = list(move.work.session.scalars(query))
    for action in actions:
        facts = CaseFacts(move.work.session, move.case, move.work.actor, move.work.now, move.facts.stays, action)
        if facts.state(code) in transition.sources:
            _carry_out(Move(move.work, move.case, facts, transition, {}, action), machine)


def _start(work: Work, case: Case, facts: CaseFacts, code: str) -> None:
    if facts.state(code) is not None:
        return
    machine = track(code)
    state = machine.starts_in(facts)
    _stay(work, case, facts, machine, state, seen_by=machine.audience)
    for rule in machine.entry_opens.get(state, ()):
        deadlines.open_deadline(work, case, rule, None)
    for tell in machine.entry_tells.get(state, ()):
        notices.tell(work, case, tell, transition=None, why="", action=None)
    for following in machine.entry_starts.get(state, ()):
        _start(work, case, facts, following)


def _stay(
    work: Work,
    case: Case,
    facts: CaseFacts,
    machine: Track,
    state: str,
    *,
    action: Action | None = None,
    transition: Transition | None = None,
    came_from: str | None = None,
    why: str = "",
    entered: dict[str, str] | None = None,
    seen_by: Side = EVERY_SIDE,
) -> None:
    action_id = action.id if action else None
    here = facts.stay(machine.code, action_id)
    if here is not None:
        here.until = work.now
        facts.stays.remove(here)
        work.session.flush()
    turn = machine.turn(state, facts)
    if action is not None:
        seen_by &= Side(action.audience)
    new = Stay(case_id=case.id, track=machine.code, action_id=action_id, state=state, came_from=came_from,
               transition=transition.name if transition else "", why=why, entered=entered, person_id=work.actor.person_id,
               turn=turn.value if turn else None, audience=int(seen_by), since=work.now)  # fmt: skip
    work.session.add(new)
    facts.stays.append(new)


def _things(session: Session, case: Case, thing: Thing) -> Iterable[tuple[Any, str]]:
    """The rows of a case that a thing is made of, each with the column that holds who may see it."""
    match thing:
        case "return":
            counts = select(ReturnVersion).where(ReturnVersion.case_id == case.id, ReturnVersion.withdrawn_at.is_(None))
            newest = counts.order_by(ReturnVersion.number.desc()).limit(1)
            queries: list[tuple[Select[Any], str]] = [(newest, "audience")]
        case "review":
            queries = [(select(model).where(model.case_id == case.id), "audience") for model in (Review, FunctionNote)]
        case "challenge":
            queries = [(select(model).where(model.case_id == case.id), "audience") for model in (Finding, Score)]
        case _:
            queries = [(select(Finding).where(Finding.case_id == case.id), f"{thing.removesuffix('s')}_audience")]
    return ((row, column) for query, column in queries for row in session.scalars(query))


def _widen(session: Session, case: Case, widen: Widen) -> None:
    for row, column in _things(session, case, widen.thing):
        setattr(row, column, getattr(row, column) | int(widen.to))


def _hide(session: Session, case: Case, hide: Hide) -> None:
    for row, column in _things(session, case, hide.thing):
        setattr(row, column, getattr(row, column) & ~int(hide.side))
