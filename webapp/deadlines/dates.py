"""The dates of a round, and changing one: the effect first, then all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.calendars import calendar_of
from webapp.deadlines.effects import Effect, Moving, effect_of, seen_mark
from webapp.deadlines.extending import Changed, tell
from webapp.deadlines.models import Deadline, DeadlineChange
from webapp.deadlines.verbs import as_due, becomes, happened
from webapp.register.models import Body, Round
from workflows.asks import Ask, Moment, read_day
from workflows.deadlines.calendar import london_day
from workflows.deadlines.extensions import Step, dates_of, moved, out_of_order
from workflows.deadlines.rules import Due, written
from workflows.engine import Reason, Refused, problems_of
from workflows.programme import DeadlineRule
from workflows.roles import Role

ASKS = (
    Ask("day", "New date", kind="date"),
    Ask("reason", "Reason", limit=2000, hint="Every body is told it, and it stands in the sum of each date."),
)


@dataclass(frozen=True)
class RoundDate:
    """One date of a round: its rule, the day, and how many open deadlines rest on it."""

    rule: DeadlineRule
    day: date
    open: int


def dates(session: Session, round_: Round) -> list[RoundDate]:
    """The dates of a round, in their order: one statement."""
    count = select(Deadline.rule, func.count()).join(Case, Case.id == Deadline.case_id)
    count = count.where(Case.round_id == round_.id, Deadline.closed_at.is_(None)).group_by(Deadline.rule)
    counts = {row[0]: row[1] for row in session.execute(count)}
    return [RoundDate(rule, day, counts.get(rule.code, 0)) for rule, day in dates_of(round_.programme, round_.dates)]


def read(round_: Round, rule: DeadlineRule, inputs: Mapping[str, str], now: datetime) -> tuple[date, str]:
    """The new day and the reason that were entered. Raises Refused with all that is wrong, the order of the dates among it."""
    problems = list(problems_of(ASKS, inputs, Moment(now)))
    if problems:
        raise Refused("input", tuple(problems))
    day = read_day(inputs["day"])
    if day == next(here for one, here in dates_of(round_.programme, round_.dates) if one.code == rule.code):
        raise Refused("input", (Reason(f"This is the date already: {written(day)}. Give another.", "#day"),))
    wrong = out_of_order(dates_of(round_.programme, {**round_.dates, rule.code: day.isoformat()}))
    if wrong:
        raise Refused("input", tuple(Reason(text, "#day") for text in wrong))
    return day, inputs["reason"].strip()


@dataclass(frozen=True)
class Moved:
    """One open deadline that rests on the date, its case, and the sum that it would have."""

    deadline: Deadline
    case: Case
    due: Due
    note: str


@dataclass(frozen=True)
class Look:
    """What it would be to change a date."""

    moved: list[Moved]
    effect: Effect
    mark: str


def look(session: Session, round_: Round, rule: DeadlineRule, day: date, reason: str, now: datetime, *, lock: bool = False) -> Look:
    """What it would be to move a date of a round to a day: nine statements. What was given to one deadline alone stays."""
    query = (
        select(Deadline, Case)
        .join(Case, Case.id == Deadline.case_id)
        .options(joinedload(Case.round), joinedload(Case.partnership), joinedload(Case.body).joinedload(Body.organisation))
        .where(Case.round_id == round_.id, Deadline.rule == rule.code, Deadline.closed_at.is_(None))
        .order_by(Case.id, Deadline.id)
    )
    if lock:
        query = query.with_for_update(of=[Case, Deadline], key_share=True)
    rows = session.execute(query).all()
    steps = _steps(session, round_, rule)
    found, moves = [], []
    for deadline, case in rows:
        theirs, there = steps.get(deadline.id, []), calendar_of(case)
        reckoned = moved(rule, as_due(deadline), day, theirs, there, reason)
        note = "what was given to it alone stays" if london_day(reckoned.at) != day else ""
        found.append(Moved(deadline, case, reckoned, note))
        moves.append(Moving(deadline.id, case.ref, case.body.organisation.name, rule.code, deadline.due_at, reckoned.at,
                            deadline.stopped_at is not None, note))  # fmt: skip
    mark = seen_mark((one.deadline for one in found), rule.code, round_.dates.get(rule.code, ""))
    return Look(found, effect_of(session, moves, now), mark)


def _steps(session: Session, round_: Round, rule: DeadlineRule) -> dict[int, list[Step]]:
    """What was given to single deadlines of a rule, oldest first."""
    change = DeadlineChange
    query = (
        select(change.deadline_id, change.kind, change.due_before, change.due_after)
        .join(Deadline, Deadline.id == change.deadline_id)
        .join(Case, Case.id == Deadline.case_id)
        .where(Case.round_id == round_.id, Deadline.rule == rule.code, Deadline.closed_at.is_(None))
        .where(change.kind.in_(("resumed", "extended")))
        .order_by(change.id)
    )  # fmt: skip
    found: dict[int, list[Step]] = {}
    for deadline_id, kind, before, after in session.execute(query):
        found.setdefault(deadline_id, []).append(Step(kind, london_day(before or after), london_day(after)))
    return found


def change(work: Work, round_: Round, rule: DeadlineRule, day: date, reason: str, *, seen: str | None = None) -> Look:
    """Change a date of a round: the open deadlines that rest on it move, their reminders with them, and whoever owes them is told.

    Raises Changed where anything is not as it was `seen`, and Refused as `read` does.
    """
    session = work.session
    session.refresh(round_, ["dates"], with_for_update={"key_share": True})
    here = look(session, round_, rule, day, reason, work.now, lock=True)
    if seen is not None and seen != here.mark:
        raise Changed
    read(round_, rule, {"day": day.isoformat(), "reason": reason}, work.now)
    work.why = reason
    round_.dates = {**round_.dates, rule.code: day.isoformat()}
    for one in here.moved:
        before = one.deadline.due_at
        becomes(work, one.case, one.deadline, one.due)
        happened(work, one.deadline, "moved", before, reason)
        if one.due.at != before:
            tell(work, one.case, one.deadline, "round_date_moved", (Role(one.deadline.role),), reason,
                 f"moved-{one.deadline.id}-{work.now.timestamp():.0f}")  # fmt: skip
    return here
