"""In whose hands a case was, and for how long: read off where its tracks stood, and who was delayed, late or given more time.

A day belongs to whoever had the case in hand as it began, at midnight in London: so the days of all sides add up to the days that
passed, working days as well as calendar days, and a stay of some hours counts for nobody. It is the rule by which days are given
back for which a clock stood (workflows.deadlines.rules).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import Literal, NamedTuple

from workflows.deadlines.calendar import WorkingCalendar, london_day
from workflows.plans.track import IN_DELIVERY
from workflows.roles import Role, Side

SIDES = (Side.BODY, Side.PARTNERSHIP, Side.AUDITOR, Side.PROGRAMME)


class Held(NamedTuple):
    """A track of a case, or of one action of its plan, in one state: whose turn it was, from when until when (aware); without
    `until` it is so now."""

    track: str
    action_id: int | None
    state: str
    turn: Role | None
    since: datetime
    until: datetime | None


class Piece(NamedTuple):
    """A time without a break in which a track lay with a side; with nobody where no move was waited for."""

    side: Side
    start: datetime
    end: datetime


class Days(NamedTuple):
    """So many days, and so many working days among them."""

    days: int = 0
    working: int = 0

    def plus(self, other: "Days") -> "Days":
        """Both together."""
        return Days(self.days + other.days, self.working + other.working)


class Counter:
    """Counts the days of times between two days in a calendar, each sum made once."""

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        self._first, sums = first.toordinal(), [0]
        for number in range(1, (last - first).days + 1):
            sums.append(sums[-1] + calendar.is_working(first + timedelta(days=number)))
        self._sums = sums

    def between(self, start: date, end: date) -> Days:
        """The days after one day up to another, that one included; none where it is no later."""
        first, last = start.toordinal() - self._first, end.toordinal() - self._first
        return Days(last - first, self._sums[last] - self._sums[first]) if last > first else Days()

    def of(self, start: datetime, end: datetime) -> Days:
        """The days that began in a time."""
        return self.between(london_day(start), london_day(end))


def pieces(stays: Iterable[Held], now: datetime) -> dict[str, list[Piece]]:
    """With whom each track of a case lay, one piece after the other, from when it first lay with somebody until it last did.

    The plan lies with whom its actions wait for while it is carried out: with the body while it has one to do, else with the auditor
    who verifies; and with the body once all are done. A track that never lay with anybody is left out.
    """
    tracks: dict[str, list[Held]] = defaultdict(list)
    for stay in stays:
        tracks["plan" if stay.action_id is not None else stay.track].append(stay)
    found = {}
    for code, those in tracks.items():
        if code == "plan":
            held = _plan(those, now)
        else:
            held = [Piece(stay.turn.side if stay.turn else Side.NOBODY, stay.since, stay.until or now) for stay in those]
        if merged := _merged(held):
            found[code] = merged
    return found


def _plan(stays: Sequence[Held], now: datetime) -> list[Piece]:
    cuts = sorted({moment for stay in stays for moment in (stay.since, stay.until or now)})
    return [Piece(_with(stays, start), start, end) for start, end in pairwise(cuts)]


def _with(stays: Sequence[Held], at: datetime) -> Side:
    """With whom a plan lay from a moment on."""
    here = [stay for stay in stays if stay.since <= at and (stay.until is None or at < stay.until)]
    plan = next((stay for stay in here if stay.action_id is None), None)
    if plan is not None and plan.turn is not None and plan.state not in IN_DELIVERY:
        return plan.turn.side
    waiting = {stay.turn.side for stay in here if stay.action_id is not None and stay.turn is not None}
    if plan is not None and plan.turn is not None and not waiting:
        return Side.BODY
    return next((side for side in SIDES if side in waiting), Side.NOBODY)


def _merged(held: Iterable[Piece]) -> list[Piece]:
    """Pieces that follow one another with the same side as one, without what lay with nobody before and after."""
    ordered = sorted((one for one in held if one.end > one.start), key=lambda one: one.start)
    found = []
    for side, run in groupby(ordered, key=lambda one: one.side):
        those = list(run)
        found.append(Piece(side, those[0].start, those[-1].end))
    while found and found[0].side is Side.NOBODY:
        del found[0]
    while found and found[-1].side is Side.NOBODY:
        del found[-1]
    return found


def together(tracks: Mapping[str, Sequence[Piece]]) -> list[Piece]:
    """All tracks of a case as one: with whom it lay, with several sides at once where tracks went on beside one another."""
    every = [one for those in tracks.values() for one in those if one.side]
    cuts = sorted({moment for one in every for moment in (one.start, one.end)})
    joined = []
    for start, end in pairwise(cuts):
        side = Side.NOBODY
        for one in every:
            if one.start <= start < one.end:
                side |= one.side
        joined.append(Piece(side, start, end))
    return _merged(joined)


@dataclass(frozen=True)
class Line:
    """How long a track, or the whole case, lay with whom; `days` has a set of sides where it lay with several at once."""

    track: str
    pieces: tuple[Piece, ...]
    days: Mapping[Side, Days]
    holder: Side
    """With whom it lies now; nobody where it came to an end, or rests."""
    since: datetime | None

    @property
    def start(self) -> datetime:
        return self.pieces[0].start

    @property
    def end(self) -> datetime:
        return self.pieces[-1].end

    @property
    def total(self) -> Days:
        """All the days from its first to its last."""
        found = Days()
        for one in self.days.values():
            found = found.plus(one)
        return found

    def with_side(self, side: Side) -> Days:
        """The days on which it lay with a side, alone or beside others."""
        found = Days()
        for sides, days in self.days.items():
            if sides & side:
                found = found.plus(days)
        return found

    @property
    def with_several(self) -> Days:
        """The days on which it lay with several sides at once."""
        found = Days()
        for sides, days in self.days.items():
            if sides and sides not in SIDES:
                found = found.plus(days)
        return found

    @property
    def with_nobody(self) -> Days:
        """The days on which no move was waited for, between the first and the last."""
        return self.days.get(Side.NOBODY, Days())

    def parts(self) -> list[tuple[Side, float, float]]:
        """The line as a bar: with whom, from where and how long, in percent of its length."""
        length = (self.end - self.start).total_seconds()
        return [
            (one.side, round((one.start - self.start).total_seconds() / length * 100, 2),
             round((one.end - one.start).total_seconds() / length * 100, 2))
            for one in self.pieces
        ]  # fmt: skip


@dataclass(frozen=True)
class Hands:
    """The time in hands of a case: each track by itself, and all of them together."""

    tracks: tuple[Line, ...]
    all: Line | None


def hands(stays: Sequence[Held], calendar: WorkingCalendar, now: datetime, order: Sequence[str]) -> Hands:
    """The time in hands of a case, its tracks in that order; those that are not named are left out."""
    found = {code: those for code, those in pieces(stays, now).items() if code in order}
    if not found:
        return Hands((), None)
    first = min(those[0].start for those in found.values())
    counter = Counter(calendar, london_day(first), london_day(now))
    lines = tuple(_line(code, found[code], counter, now) for code in order if code in found)
    return Hands(lines, _line("", together(found), counter, now))


def _line(code: str, those: Sequence[Piece], counter: Counter, now: datetime) -> Line:
    days: dict[Side, Days] = {}
    for one in those:
        days[one.side] = days.get(one.side, Days()).plus(counter.of(one.start, one.end))
    last = those[-1]
    runs = last.end >= now
    return Line(code, tuple(those), days, last.side if runs else Side.NOBODY, last.start if runs else None)


# The league of a round.

Kind = Literal["body", "partnership", "auditor", "programme"]


class Owed(NamedTuple):
    """A deadline as the league counts it. `returned_at` is when the return of the case was first signed off."""

    rule: str
    side: Side
    due_at: datetime
    stopped: bool
    closed_at: datetime | None
    outcome: str
    returned_at: datetime | None
    asked: int
    granted: int
    refused: int

    def over(self, now: datetime) -> tuple[datetime | None, bool]:
        """Until when it was late, and whether it is so still; None where it was never late.

        A return that was recorded as not made is late until it is made: never to make it is no better than to make it late.
        """
        if self.outcome == "lapsed" or self.stopped:
            return None, False
        done = self.returned_at if self.rule == RETURN_DUE else self.closed_at
        until = done or now
        return (until, done is None) if until > self.due_at else (None, False)


RETURN_DUE = "return_due"


@dataclass(frozen=True)
class CaseTimes:
    """A case as the league counts it: whose it is, by code and name, and what is known of its times."""

    body: tuple[str, str]
    partnership: tuple[str, str] | None
    nation: str
    stays: Sequence[Held]
    owed: Sequence[Owed]


@dataclass
class Row:
    """One who had cases in hand. Times are working days of the nation of each case; `longest`, `middle` of the times without a break."""

    kind: Kind
    code: str
    name: str
    cases: int = 0
    in_hand: int = 0
    """Parts of cases that lie with them now."""
    times: list[int] = field(default_factory=list)
    overdue: int = 0
    late: int = 0
    deadlines: int = 0
    days_over: int = 0
    asked: int = 0
    granted: int = 0
    refused: int = 0

    @property
    def middle(self) -> float | None:
        """The median."""
        return float(median(self.times)) if self.times else None

    @property
    def longest(self) -> int | None:
        return max(self.times, default=None)

    @property
    def total(self) -> int:
        """All their times."""
        return sum(self.times)


def league(
    cases: Iterable[CaseTimes],
    now: datetime,
    calendar: Callable[[str], WorkingCalendar],
    auditor: tuple[str, str],
    programme: tuple[str, str],
) -> list[Row]:
    """Everybody who had a case of a round in hand or owed something in one: bodies, partnerships, the auditor, the programme team."""
    rows: dict[tuple[Kind, str], Row] = {}
    counters: dict[str, Counter] = {}
    cases = list(cases)
    starts = [stay.since for case in cases for stay in case.stays] + [one.due_at for case in cases for one in case.owed]
    first = london_day(min(starts, default=now))
    for case in cases:
        if case.nation not in counters:
            counters[case.nation] = Counter(calendar(case.nation), first, london_day(now))
        counter, here = counters[case.nation], set[tuple[Kind, str]]()

        def of(side: Side, case: CaseTimes = case, here: set[tuple[Kind, str]] = here) -> Row:
            kind, (code, name) = _who(side, case, auditor, programme)
            row = rows.setdefault((kind, code), Row(kind, code, name))
            row.cases += (kind, code) not in here
            here.add((kind, code))
            return row

        for those in pieces(case.stays, now).values():
            for one in those:
                if one.side:
                    row = of(one.side)
                    row.times.append(counter.of(one.start, one.end).working)
                    row.in_hand += one.end >= now
        for owed in case.owed:
            row = of(owed.side)
            until, still = owed.over(now)
            row.deadlines += 1
            row.asked, row.granted, row.refused = row.asked + owed.asked, row.granted + owed.granted, row.refused + owed.refused
            if until is not None:
                row.late += 1
                row.overdue += still
                row.days_over += counter.of(owed.due_at, until).working
    return list(rows.values())


def _who(side: Side, case: CaseTimes, auditor: tuple[str, str], programme: tuple[str, str]) -> tuple[Kind, tuple[str, str]]:
    if side is Side.BODY:
        return "body", case.body
    if side is Side.PARTNERSHIP and case.partnership is not None:
        return "partnership", case.partnership
    return ("auditor", auditor) if side is Side.AUDITOR else ("programme", programme)


COLUMNS: Mapping[str, Callable[[Row], float | str | None]] = {
    "name": lambda row: row.name,
    "cases": lambda row: row.cases,
    "in_hand": lambda row: row.in_hand,
    "median": lambda row: row.middle,
    "longest": lambda row: row.longest,
    "total": lambda row: row.total,
    "overdue": lambda row: row.overdue,
    "late": lambda row: row.late,
    "days_over": lambda row: row.days_over,
    "asked": lambda row: row.asked,
    "granted": lambda row: row.granted,
    "refused": lambda row: row.refused,
}
"""What the league can be sorted by."""


def ordered(rows: Iterable[Row], by: str, *, down: bool) -> list[Row]:
    """Rows in order, equal ones by name; those of which the value is not known come last either way."""
    value = COLUMNS[by]
    named = sorted(rows, key=lambda row: (row.name, row.kind, row.code))
    known = sorted((row for row in named if value(row) is not None), key=value, reverse=down)  # type: ignore[arg-type]
    return known + [row for row in named if value(row) is None]
