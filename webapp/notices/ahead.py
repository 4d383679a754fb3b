"""Look ahead: what will be sent in the next time as far as today's open deadlines tell, and what a change of dates does to it.

By the same rules and to the same people as when a reminder is written (webapp.notices.reminding), in as many statements however
many deadlines there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.clock import in_london
from webapp.db import read_rows
from webapp.deadlines.calendars import calendar
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.notices.lots import Lot
from workflows.deadlines.reminders import Rung, reminders_for
from workflows.roles import Actor

Changes = Mapping[tuple[int, str], datetime]
"""Other times at which open deadlines would be due, by the case's id and the code of the deadline's rule."""


class Coming(NamedTuple):
    """A reminder that will go to one person, unless the deadline is met before."""

    at: datetime
    ref: str
    body: str
    email: str
    person: str
    role: str
    rule: str
    message: str
    deadline: str
    due_at: datetime
    person_id: int
    deadline_id: int

    @property
    def day(self) -> date:
        """The day in London on which it goes."""
        return in_london(self.at).date()

    def as_json(self) -> dict[str, str]:
        """The reminder as the command line lists it."""
        return {"at": self.at.astimezone(UTC).isoformat(), "ref": self.ref, "body": self.body, "to": self.email, "person": self.person,
                "role": self.role, "rule": self.rule, "message": self.message, "deadline": self.deadline,
                "due": self.due_at.isoformat()}  # fmt: skip


class Move(NamedTuple):
    """A reminder that goes at another time than before."""

    before: Coming
    after: Coming


@dataclass(frozen=True)
class Effect:
    """What changes of dates do to the reminders to come."""

    added: list[Coming]
    """They would go, and went or would not go before."""
    gone: list[Coming]
    """They would have gone, and no more do."""
    moved: list[Move]

    @property
    def any(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.gone or self.moved)


class _Open(NamedTuple):
    """A deadline that runs."""

    id: int
    case_id: int
    rule: str
    action_id: int | None
    due_at: datetime


def coming(session: Session, start: datetime, end: datetime, *, to: int | None = None, seen: Actor | None = None) -> list[Coming]:
    """The reminders that go from `start` to before `end`, soonest first; only those `to` a person, where one is given, and only of
    deadlines that the actor `seen` may see: six statements at most, however many deadlines there are."""
    where = seen_by(Deadline.audience, seen) if seen else true()
    found = _open(session, where)
    rows = _between(Lot(session, {one.case_id for one in found}, start), found, start, end)
    return sorted((row for row in rows if to is None or row.person_id == to), key=_order)


def preview(session: Session, start: datetime, end: datetime) -> list[dict[str, str]]:
    """What will be sent from `start` to before `end`, as far as today's open deadlines tell: to whom, when and why."""
    return [row.as_json() for row in coming(session, start, end)]


def effect(session: Session, now: datetime, until: datetime, changes: Changes) -> Effect:
    """What it does to the reminders from `now` to before `until` if deadlines became due at other times. Nothing is changed.

    A reminder that goes over the end of that time is told as moved, not as gone. A change to a deadline that is not open or
    whose clock stands changes nothing. As many statements as `coming`, however many changes there are.
    """
    cases = sorted({case_id for case_id, _ in changes})
    found = [one for one in _open(session, Deadline.case_id.in_(cases)) if (one.case_id, one.rule) in changes] if cases else []
    changed = [one._replace(due_at=changes[one.case_id, one.rule]) for one in found]
    ever = datetime.max.replace(tzinfo=UTC)
    lot = Lot(session, {one.case_id for one in found}, now)
    before, after = ({_same(row): row for row in _between(lot, ones, now, ever)} for ones in (found, changed))
    here = {key for rows in (before, after) for key, row in rows.items() if row.at < until}
    moved = [Move(before[key], after[key]) for key in here if key in before and key in after and before[key].at != after[key].at]
    return Effect(
        sorted((after[key] for key in here if key not in before), key=_order),
        sorted((before[key] for key in here if key not in after), key=_order),
        sorted(moved, key=lambda move: _order(move.after)),
    )


def _order(row: Coming) -> tuple[datetime, str, str, str]:
    return row.at, row.ref, row.email, row.rule


def _same(row: Coming) -> tuple[int, str, int]:
    """What makes a reminder the same before and after a change."""
    return row.deadline_id, row.rule, row.person_id


def _open(session: Session, where: ColumnElement[bool]) -> list[_Open]:
    query = select(Deadline.id, Deadline.case_id, Deadline.rule, Deadline.action_id, Deadline.due_at).where(*runs(Deadline), where)
    return [_Open._make(row) for row in read_rows(session, query)]


def _between(lot: Lot, deadlines: Iterable[_Open], start: datetime, end: datetime) -> list[Coming]:
    """The reminders of deadlines that go in a time, each for everybody whom it goes to: once, in the first of its roles that they
    hold. Deadlines share their days, so each sum is made once."""
    schedules: dict[tuple[int, str, str, datetime], list[Rung]] = {}
    found = []
    for one in deadlines:
        case = lot.cases[one.case_id]
        key = id(case.programme), case.nation, one.rule, one.due_at
        if key not in schedules:
            schedules[key] = reminders_for(one.rule, one.due_at, case.programme, calendar(case.nation))
        label = case.programme.deadline(one.rule).label
        for rule, at in schedules[key]:
            if start <= at < end:
                found += [
                    Coming(at, case.ref, case.body, person.email, person.name, role.value, rule.code, rule.message, label, one.due_at,
                           person.id, one.id)
                    for role, person in lot.told(rule, one.case_id, one.action_id)
                ]  # fmt: skip
    return found


@dataclass(frozen=True)
class Narrowed:
    """What of the list is asked for; empty for all of it."""

    day: str = ""
    person: str = ""
    rule: str = ""
    role: str = ""
    case: str = ""

    def takes(self, row: Coming) -> bool:
        """Whether a reminder is among what is asked for: the person by a part of the name or address, the case by one of its reference
        or body."""
        person, case = self.person.casefold(), self.case.casefold()
        return (
            (not self.day or row.day.isoformat() == self.day)
            and (not person or person in row.person.casefold() or person in row.email.casefold())
            and (not self.rule or row.rule == self.rule)
            and (not self.role or row.role == self.role)
            and (not case or case in row.ref.casefold() or case in row.body.casefold())
        )


class DayCount(NamedTuple):
    """How much goes on a day: mails, people who get any, and the most that one of them gets."""

    day: date
    mails: int
    people: int
    most: int


def by_day(rows: Iterable[Coming], first: date, last: date) -> list[DayCount]:
    """The counts of every day from the first to the last, those with nothing too."""
    counts: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        counts[row.day][row.person_id] += 1
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [DayCount(day, sum(counts[day].values()), len(counts[day]), max(counts[day].values(), default=0)) for day in days]
