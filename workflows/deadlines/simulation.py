"""A whole round's clock in seconds: what mail it would make on which day, and how much would be late. Nothing is kept.

The tracks are walked as they are declared: in each state the move that leads straight on is made by whoever has the turn, after
a time drawn at random; deadlines open, stop, go on and close with the moves, and their reminders go by the programme's rules.
What a move takes is an assumption (`Pace`), told wherever the outcome is. Left out, because nothing tells how often they happen:
corrections, moves that lead back, penalties, extensions, and what comes after a plan is agreed. Nobody is taken to be slower for
having much to do.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median, stdev
from types import SimpleNamespace
from typing import cast

from workflows.case import TRACKS
from workflows.deadlines.calendar import LONDON, WorkingCalendar, at_hour, london_day
from workflows.deadlines.reminders import Rung, reminders_for
from workflows.deadlines.rules import Due, due, resumed
from workflows.engine import Facts, State, Tell, Track, Transition
from workflows.programme import Programme, ReminderRule
from workflows.roles import Role

SHARE, SPREAD = 0.7, 1.6
"""Assumed: half of all need no more than 70% of the time that they have, and one in six more than 1.6 times that."""
OTHER_DAYS = 1.5
"""Assumed: the median of a step that has no deadline of its own, in working days."""
MINIMUM = 20
"""From so many finished deadlines of a kind on, how long they took is taken in place of the assumption."""
NOT_WALKED = (Role.ACTION_OWNER,)
"""Where one of these has the turn, a simulation ends: actions have dates of their own, agreed one by one."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step takes, in working days: half of all take no more than `median`, one in six more than `spread` times that.

    `finished` is from how many finished deadlines that was measured; 0 where it is an assumption.
    """

    median: float
    spread: float = SPREAD
    finished: int = 0

    def draw(self, chance: random.Random) -> float:
        """A time at random: its logarithm is normally distributed, as that of waiting times mostly is."""
        return self.median * math.exp(chance.gauss(0, math.log(self.spread)))


def measured(days: Sequence[float]) -> Pace | None:
    """The pace of deadlines that were closed after so many working days; none for fewer than MINIMUM of them."""
    if len(days) < MINIMUM:
        return None
    logs = [math.log(max(day, 0.5)) for day in days]
    return Pace(math.exp(median(logs)), math.exp(stdev(logs)), len(days))


def assumed(programme: Programme, opened_at: datetime, dates: Mapping[str, date]) -> dict[str, Pace]:
    """The pace that is assumed for each deadline of a programme, from the time that it gives; `dates` are the round's own."""
    calendar = WorkingCalendar(programme.nation)
    found = {}
    for rule in programme.deadlines:
        days = rule.working_days
        last = dates.get(rule.code) or rule.fixed
        if days is None and last is not None:
            days = calendar.working_days(london_day(opened_at), last)
        if days is not None:
            found[rule.code] = Pace(max(1.0, round(SHARE * days, 1)))
    return found


@dataclass(frozen=True, slots=True)
class Unit:
    """A body of the round: its partnership, if it has one, and which tracks its sector has."""

    partnership: int | None
    peer_review: bool = True
    challenge: bool = True
    plan: bool = True


@dataclass(frozen=True, slots=True)
class Crew:
    """How many people there are: preparers and approvers of each body, coordinators and reviewers of each partnership, and those of
    the auditor and of the programme."""

    preparers: int = 1
    approvers: int = 1
    coordinators: int = 1
    reviewers: int = 10
    managers: int = 1
    inspectors: int = 10
    officers: int = 1


@dataclass(frozen=True, slots=True)
class Load:
    """The mail of one day: reminders, messages of moves, to how many people, and the most that one of them gets."""

    day: date
    reminders: int
    messages: int
    people: int
    most: int

    @property
    def mails(self) -> int:
        return self.reminders + self.messages


@dataclass(frozen=True, slots=True)
class Kept:
    """How one deadline was kept: opened and closed how often, how many of these late, and the median of the working days taken."""

    rule: str
    label: str
    closed: int
    late: int
    days: float

    @property
    def share_late(self) -> float:
        return self.late / self.closed if self.closed else 0.0


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of a simulated round: days with mail in order, and each deadline in the programme's order."""

    bodies: int
    seed: int
    first: date
    last: date
    loads: tuple[Load, ...]
    kept: tuple[Kept, ...]

    @property
    def mails(self) -> int:
        return sum(load.mails for load in self.loads)

    @property
    def busiest(self) -> Load | None:
        """The day on which one person gets most; the first of several."""
        return max(self.loads, key=lambda load: load.most, default=None)

    def weeks(self) -> list[Load]:
        """The load of each week from the first to the last, by its Monday: `most` is still the most on one day, and `people` the most
        people on one day."""
        by: dict[date, list[Load]] = defaultdict(list)
        for load in self.loads:
            by[_monday(load.day)].append(load)
        day, found = _monday(self.first), []
        while day <= self.last:
            ones = by[day]
            found.append(Load(day, sum(o.reminders for o in ones), sum(o.messages for o in ones),
                              max((o.people for o in ones), default=0), max((o.most for o in ones), default=0)))  # fmt: skip
            day += timedelta(days=7)
        return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


Someone = tuple[str, int, int]
"""A person: role, of which body or partnership, and which of them."""


@dataclass(slots=True)
class _Owed:
    """A deadline that is open: when it is due and met, and the reminders that are still to go."""

    rule: str
    opened_at: datetime
    due: Due
    met_at: datetime
    reminders: list[tuple[ReminderRule, datetime]]
    stopped_at: datetime | None = None


@dataclass
class _World:
    """What all bodies of a simulation share, and what is counted."""

    programme: Programme
    crew: Crew
    paces: Mapping[str, Pace]
    dates: Mapping[str, date]
    calendar: WorkingCalendar
    mail: dict[date, dict[Someone, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0, 0])))
    taken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    late: Counter[str] = field(default_factory=Counter)
    schedules: dict[tuple[str, datetime], list[Rung]] = field(default_factory=dict)

    def reminders(self, rule: str, due_at: datetime) -> list[Rung]:
        key = rule, due_at
        if key not in self.schedules:
            self.schedules[key] = reminders_for(rule, due_at, self.programme, self.calendar)
        return self.schedules[key]


def simulate(
    programme: Programme, units: Sequence[Unit], crew: Crew, opened_at: datetime, seed: int, paces: Mapping[str, Pace] | None = None,
    dates: Mapping[str, date] | None = None,
) -> Simulation:  # fmt: skip
    """Simulate a round of these bodies that opens at a time (aware). The same seed gives the same again.

    `paces` take the place of what is assumed, by deadline; `dates` are the round's own fixed dates.
    """
    dates = dates or {}
    calendar = WorkingCalendar(programme.nation)
    world = _World(programme, crew, {**assumed(programme, opened_at, dates), **(paces or {})}, dates, calendar)
    last = opened_at
    for number, unit in enumerate(units):
        last = max(last, _Case(world, number, unit, random.Random(f"{seed}:{number}"), opened_at).run())
    kept = [
        Kept(rule.code, rule.label, len(taken), world.late[rule.code], median(taken))
        for rule in programme.deadlines if (taken := world.taken.get(rule.code))
    ]  # fmt: skip
    return Simulation(len(units), seed, london_day(opened_at), london_day(last), tuple(_loads(world)), tuple(kept))


def _loads(world: _World) -> Iterable[Load]:
    for day, people in sorted(world.mail.items()):
        counts = list(people.values())
        yield Load(day, sum(c[0] for c in counts), sum(c[1] for c in counts), len(counts), max(sum(c) for c in counts))


@dataclass
class _Case:
    """One body on its way through the tracks."""

    world: _World
    number: int
    unit: Unit
    chance: random.Random
    now: datetime
    owed: dict[str, _Owed] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=lambda: ["return"])

    def run(self) -> datetime:
        """Go through the tracks, each when one before starts it; gives when it ended. What is open then stays so, and is not counted."""
        while self.waiting:
            self._walk(TRACKS[self.waiting.pop(0)])
        return self.now

    def _walk(self, track: Track) -> None:
        findings = (SimpleNamespace(recommendation=True),)
        facts = SimpleNamespace(peer_review=self.unit.peer_review, challenge=self.unit.challenge, plan=self.unit.plan, findings=findings)
        state = track.state(track.starts_in(cast(Facts, facts)))
        self._open(track.entry_opens.get(state.code, ()))
        self._tell(track.entry_tells.get(state.code, ()))
        self._start(track.entry_starts.get(state.code, ()))
        made: set[str] = set()
        while (role := track.turn(state.code, cast(Facts, facts))) is not None and role not in NOT_WALKED:
            moves = [t for t in track.transitions if state.code in t.sources and t.target != state.code and _straight(t, made)]
            if not moves:
                return
            move = self.chance.choice(moves)
            made.add(move.name)
            after = track.state(move.target)
            self.now = self._when(role, after, move)
            self._make(move)
            state = after

    def _when(self, role: Role, after: State, move: Transition) -> datetime:
        """When a role makes its move: the last of its moves falls when it is done with what it owes; those before it, soon."""
        owed = [one for one in self.owed.values() if one.stopped_at is None and self._role(one.rule) is role]
        done = min(owed, key=lambda one: one.due.at).met_at if owed else None
        soon = self._later(self.now, Pace(OTHER_DAYS))
        if done is None:
            return soon
        goes_on = after.turn is role or bool(move.stops)
        return max(min(soon, done) if goes_on else done, self.now + timedelta(minutes=1))

    def _later(self, start: datetime, pace: Pace) -> datetime:
        """A time at random after another, in the working hours of a working day."""
        day = self.world.calendar.add_working_days(london_day(start), math.ceil(pace.draw(self.chance)))
        return at_hour(day, f"{self.chance.randint(10, 16)}:{self.chance.randint(0, 59):02}")

    def _make(self, move: Transition) -> None:
        for rule in (*move.closes, *move.lapses):
            self._close(rule, counted=rule in move.closes)
        for rule in move.stops:
            self._stop(rule)
        for rule in move.resumes:
            self._resume(rule)
        self._open(move.opens)
        self._tell(move.tells)
        self._start(move.starts)

    def _start(self, tracks: Iterable[str]) -> None:
        self.waiting += [code for code in tracks if code != "penalty"]

    def _role(self, rule: str) -> Role:
        role = Role(self.world.programme.deadline(rule).role)
        return Role.OFFICER if role is Role.COORDINATOR and self.unit.partnership is None else role

    def _open(self, rules: Iterable[str]) -> None:
        for code in rules:
            rule = self.world.programme.find_deadline(code)
            if rule is None or rule.given:
                continue
            found = due(rule, self.now, self.world.calendar, self.world.dates.get(code))
            met = self._later(self.now, self.world.paces.get(code, Pace(OTHER_DAYS)))
            self.owed[code] = _Owed(code, self.now, found, met, self._to_go(code, found.at))

    def _to_go(self, rule: str, due_at: datetime) -> list[tuple[ReminderRule, datetime]]:
        return [(reminder, at) for reminder, at in self.world.reminders(rule, due_at) if at > self.now]

    def _remind(self, owed: _Owed) -> None:
        """The reminders of a deadline that went until now, while it was open and its clock ran."""
        if owed.stopped_at is None:
            for rule, at in owed.reminders:
                if at <= self.now:
                    self._count(at, rule.to, 0)

    def _close(self, code: str, *, counted: bool) -> None:
        owed = self.owed.pop(code, None)
        if owed is None:
            return
        self._remind(owed)
        if counted:
            self.world.taken[code].append(self.world.calendar.working_days(london_day(owed.opened_at), london_day(self.now)))
            self.world.late[code] += owed.stopped_at is None and self.now > owed.due.at

    def _stop(self, code: str) -> None:
        if (owed := self.owed.get(code)) and owed.stopped_at is None:
            self._remind(owed)
            owed.stopped_at, owed.reminders = self.now, []

    def _resume(self, code: str) -> None:
        owed = self.owed.get(code)
        if owed is None or owed.stopped_at is None:
            return
        rule, calendar = self.world.programme.deadline(code), self.world.calendar
        owed.due = resumed(rule, owed.due, owed.stopped_at, self.now, calendar, "")
        stood = calendar.working_days(london_day(owed.stopped_at), london_day(self.now))
        if stood:
            day = calendar.add_working_days(london_day(owed.met_at), stood)
            owed.met_at = at_hour(day, f"{owed.met_at.astimezone(LONDON):%H:%M}")
        owed.stopped_at, owed.reminders = None, self._to_go(code, owed.due.at)

    def _tell(self, tells: Iterable[Tell]) -> None:
        for told in tells:
            if self.world.programme.find_message(told.message) is not None:
                self._count(self.now, told.to, 1)

    def _count(self, at: datetime, roles: Iterable[Role], kind: int) -> None:
        day = self.world.mail[london_day(at)]
        for role in roles:
            for person in self._people(Role(role)):
                day[person][kind] += 1

    def _people(self, role: Role) -> list[Someone]:
        """Whom a message to a role goes to: reviewer and inspector are one each for a body, taken in turn."""
        crew, home = self.world.crew, self.unit.partnership
        if role is Role.COORDINATOR and home is None:
            role = Role.OFFICER
        match role:
            case Role.PREPARER:
                return [(role.value, self.number, one) for one in range(crew.preparers)]
            case Role.APPROVER:
                return [(role.value, self.number, one) for one in range(crew.approvers)]
            case Role.COORDINATOR:
                return [(role.value, home or 0, one) for one in range(crew.coordinators)]
            case Role.REVIEWER:
                return [(role.value, home or 0, self.number % crew.reviewers)] if crew.reviewers else []
            case Role.INSPECTOR:
                return [(role.value, 0, self.number % crew.inspectors)] if crew.inspectors else []
            case Role.MANAGER:
                return [(role.value, 0, one) for one in range(crew.managers)]
            case Role.OFFICER:
                return [(role.value, 0, one) for one in range(crew.officers)]
            case _:
                return []


def _straight(move: Transition, made: set[str]) -> bool:
    """Whether a move leads on, and was not made before in this track: questions are sent to a body once."""
    return not move.aside and not move.only_follows and move.name not in made
