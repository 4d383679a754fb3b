"""What a change of dates brings about, before it is saved: which deadlines move, and which reminders come and go, by day."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import CaseDeadline
from workflows.deadlines.calendar import WorkingCalendar, london_day
from workflows.deadlines.reminders import reminders_for
from workflows.programme import Programme, ReminderRule


@dataclass(frozen=True)
class Moving:
    """One open deadline that would be due at another time: whose, by which rule, and in which calendar its reminders are reckoned."""

    ref: str
    body: str
    rule: str
    old: datetime
    new: datetime
    calendar: WorkingCalendar
    stands: bool = False
    note: str = ""
    """What has to be said of it: that an extension stays."""


@dataclass(frozen=True)
class Reminding:
    """The reminders of one rule on one day that would be sent besides, or no longer: for how many deadlines."""

    day: date
    rule: ReminderRule
    more: int
    fewer: int


@dataclass(frozen=True)
class Effect:
    """What would be otherwise."""

    moves: tuple[Moving, ...]
    reminders: tuple[Reminding, ...]
    overdue: tuple[Moving, ...]
    """Those that are in time now, and would be overdue at once."""
    relieved: tuple[Moving, ...]
    """Those that are overdue now, and would no longer be."""

    @property
    def sent(self) -> int:
        """How many reminders would be sent besides."""
        return sum(one.more for one in self.reminders)

    @property
    def dropped(self) -> int:
        """How many reminders would not be sent any more."""
        return sum(one.fewer for one in self.reminders)


def effect_of(programme: Programme, moving: Iterable[Moving], now: datetime) -> Effect:
    """What it would bring about that these deadlines were due at their new times. One that stays as it is counts for nothing."""
    moves = tuple(one for one in moving if one.new != one.old)
    more: Counter[tuple[date, str]] = Counter()
    fewer: Counter[tuple[date, str]] = Counter()
    for one in moves:
        if one.stands:
            continue  # nobody is reminded while the clock stands
        before, after = _to_come(programme, one, one.old, now), _to_come(programme, one, one.new, now)
        more.update(after - before)
        fewer.update(before - after)
    rules = {rule.code: rule for rule in programme.reminders}
    reminders = [Reminding(day, rules[code], more[day, code], fewer[day, code]) for day, code in sorted({*more, *fewer})]
    return Effect(
        moves, tuple(reminders), tuple(one for one in moves if one.new <= now < one.old),
        tuple(one for one in moves if one.old <= now < one.new),
    )  # fmt: skip


def _to_come(programme: Programme, one: Moving, due_at: datetime, now: datetime) -> set[tuple[date, str]]:
    return {(london_day(at), rule.code) for rule, at in reminders_for(one.rule, due_at, programme, one.calendar) if at > now}


def seen_mark(deadlines: Iterable[Deadline | CaseDeadline], *more: str) -> str:
    """What a check page was made from, in short: another mark means that somebody has changed something since."""
    parts = sorted(f"{d.id}:{d.due_at.timestamp():.0f}:{d.stopped_at is not None}:{d.closed_at is not None}" for d in deadlines)
    return hashlib.sha256("\n".join((*parts, *more)).encode()).hexdigest()[:20]
