"""Look ahead: what will be sent in the next time as far as today's open deadlines tell, and what a change of dates does to it.

By the same rules and to the same people as when a reminder is written (webapp.notices.reminding), leaving by the same sum as a mail
does, in as many statements however many deadlines there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from webapp.access import sees
from webapp.clock import in_london
from webapp.db import read_rows
from webapp.deadlines.calendars import calendar
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.notices.lots import Lot
from webapp.notices.preferences import NOTHING
from webapp.notices.queries import Recipient
from webapp.notices.reminding import written
from webapp.notices.verbs import About, Addressee, Cause, turned_off, who_stands_in
from workflows.deadlines.calendar import london_day
from workflows.deadlines.reminders import LONGEST_WAIT, Now, next_after, reminders_for, rhythm_of, writings
from workflows.programme import Programme, ReminderRule
from workflows.roles import Actor, Role

EVER = datetime.max.replace(tzinfo=UTC)


class Coming(NamedTuple):
    """A reminder that will go to one person, unless the deadline is met before; or that will be due and not go, with why."""

    at: datetime
    """When it is written."""
    leaves: datetime | None
    """When its mail leaves; none where it does not go."""
    bundle: str
    """With which others it leaves as one mail; empty where it leaves alone."""
    why_not: str
    ref: str
    body: str
    email: str
    person: str
    role: str
    rule: ReminderRule
    deadline: str
    due_at: datetime
    person_id: int
    deadline_id: int
    audience: int
    away: Recipient | None = None
    """For whom whoever gets it stands in, where it is a copy."""

    @property
    def day(self) -> date:
        """The day in London on which it leaves, or on which it would be due if it went."""
        return in_london(self.leaves or self.at).date()

    @property
    def rhythm(self) -> str:
        """The mail that it is a part of: "daily", "weekly" or "grouped"; empty where it leaves alone."""
        return rhythm_of(self.bundle)

    @property
    def mail(self) -> tuple[object, ...]:
        """What makes it the same mail as another's."""
        return (self.bundle,) if self.bundle else (self.deadline_id, self.rule.code, self.person_id, self.at, self.away)

    def as_json(self) -> dict[str, str | None]:
        """The reminder as the command line lists it."""
        return {"at": self.at.astimezone(UTC).isoformat(), "ref": self.ref, "body": self.body, "to": self.email, "person": self.person,
                "role": self.role, "rule": self.rule.code, "message": self.rule.message, "deadline": self.deadline,
                "due": self.due_at.isoformat(), "leaves": self.leaves.astimezone(UTC).isoformat() if self.leaves else None,
                "in": self.rhythm, "not_sent": self.why_not, "copy_for": self.away.email if self.away else None}  # fmt: skip


class Open(NamedTuple):
    """A deadline that runs."""

    id: int
    case_id: int
    rule: str
    action_id: int | None
    audience: int
    due_at: datetime


def open_deadlines(session: Session, *among: ColumnElement[bool]) -> list[Open]:
    """Every deadline that runs, or those of them for which all of this holds: one statement."""
    one = Deadline
    query = select(one.id, one.case_id, one.rule, one.action_id, one.audience, one.due_at).where(*runs(one), *among)
    return [Open._make(row) for row in read_rows(session, query)]


def coming(
    session: Session, now: datetime, end: datetime, *, start: datetime | None = None, to: int | None = None, seen: Actor | None = None
) -> list[Coming]:
    """The reminders that leave from `start` (or `now`) to before `end`, soonest first, and those that would if nobody had turned them
    off; only those `to` a person, where one is given, and only of deadlines that the actor `seen` may see: seven statements at most,
    however many deadlines there are.

    Whoever asks about a time that is past is told what was to come then, as far as today's deadlines tell.
    """
    start = start or now
    found = open_deadlines(session)
    lot = Lot(session, {one.case_id for one in found}, now)
    begun = max(now, start - LONGEST_WAIT) if start > now else start
    rows = foretold(lot, found, begun, end, None if to is None else {to})
    return [row for row in rows if start <= (row.leaves or row.at) < end and (seen is None or sees(seen, row.audience))]


def foretold(
    lot: Lot, deadlines: Iterable[Open], start: datetime, end: datetime = EVER, only: Collection[int] | None = None
) -> list[Coming]:
    """The reminders of deadlines that are written from `start` to before `end`, each for everybody whom it goes to and for whoever gets a
    copy since they stand in then, soonest leaving first; where `only` some people are given, theirs alone.

    It does in their order what will be done at each of these times: who has had as many optional mails by themselves on a day as
    they should gets the others of that day in the next day's mail.
    """
    had: dict[tuple[int, date], int] = defaultdict(int)
    today = london_day(lot.now)
    found = []
    for at, one, here in _in_order(lot, deadlines, start, end):
        case, label = lot.cases[one.case_id], lot.cases[one.case_id].programme.deadline(one.rule).label
        day = london_day(at)
        for rule, why_not, people in written(lot, one.case_id, one.action_id, here, at):
            cause = Cause(case.programme.message(rule.message), "", one.audience, rule)
            for role, person, away in _with_copies(lot, case, cause, people, at):
                if only is not None and person.id not in only:
                    continue
                wishes = NOTHING
                if away is None:
                    wishes = lot.wishes.get(person.id, NOTHING)
                    wishes = wishes._replace(had=had[person.id, day] + (wishes.had if day == today else 0))
                leaves = None if why_not else cause.leaving(case, wishes, person.id, at, one.due_at)
                if leaves and cause.optional and not leaves.bundle:
                    had[person.id, day] += 1
                found.append(Coming(at, leaves.not_before if leaves else None, leaves.bundle if leaves else "",
                                    why_not or ("" if leaves else turned_off(person.name)), case.ref, case.body, person.email, person.name,
                                    role.value, rule, label, one.due_at, person.id, one.id, one.audience, away))  # fmt: skip
    return sorted(found, key=lambda row: (row.leaves or row.at, row.ref, row.email, row.rule.code))


def _with_copies(
    lot: Lot, case: About, cause: Cause, people: Sequence[tuple[Role, Recipient]], at: datetime
) -> Iterator[tuple[Role, Recipient, Recipient | None]]:  # fmt: skip
    """Who is told of a cause at a time, and who gets a copy since they stand in for one of these then, with for whom."""
    to = [Addressee(role, person, None) for role, person in people]
    yield from ((role, person, None) for role, person, _ in to)
    for one, cover, told in who_stands_in(case, cause, to, lot.wishes, at):
        if not told:
            yield one.role, Recipient(cover.person_id, cover.email, cover.name), one.person


def _in_order(lot: Lot, deadlines: Iterable[Open], start: datetime, end: datetime) -> list[tuple[datetime, Open, Now]]:
    """What is written of deadlines in a time, in the order in which it is. Deadlines share their days, so each sum is made once."""
    schedules: dict[tuple[int, str, str, datetime], list[tuple[datetime, Now]]] = {}
    found: list[tuple[datetime, Open, Now]] = []
    for one in deadlines:
        case = lot.cases[one.case_id]
        key = id(case.programme), case.nation, one.rule, one.due_at
        if key not in schedules:
            schedule = reminders_for(one.rule, one.due_at, case.programme, calendar(case.nation))
            every = writings(schedule, one.due_at, next_after(schedule, start))
            schedules[key] = list(takewhile(lambda item: item[0] < end, every))
        found += [(at, one, here) for at, here in schedules[key]]
    return sorted(found, key=lambda item: (item[0], item[1].id))  # as due_for_reminding gives them


@dataclass(frozen=True)
class Counted:
    """How much something is: reminders of so many deadlines, in so many mails, to so many people."""

    deadlines: int
    mails: int
    people: int

    @classmethod
    def of(cls, rows: Sequence[Coming]) -> "Counted":
        """How much these reminders are."""
        return cls(len({row.deadline_id for row in rows}), len({row.mail for row in rows}), len({row.person_id for row in rows}))


@dataclass(frozen=True)
class Reminding:
    """The reminders of one rule that would leave on one day besides, or no longer."""

    day: date
    rule: ReminderRule
    more: Counted
    fewer: Counted


@dataclass(frozen=True)
class Effect:
    """What a change does to the reminders to come: by day and rule, and how many mails there would be more and fewer in all.

    A mail that takes up one reminder more is the same mail.
    """

    reminders: tuple[Reminding, ...] = ()
    more: Counted = Counted(0, 0, 0)
    fewer: Counted = Counted(0, 0, 0)


def effect(session: Session, now: datetime, changes: Mapping[int, datetime]) -> Effect:
    """What it does to the reminders after `now` that deadlines, by their ids, became due at other times. Nothing is changed.

    A change of a deadline that is not open or of which the clock stands changes nothing. With the mail that these people get of
    others, since that may be the same: seven statements, however many changes there are.
    """
    if not changes:
        return Effect()
    before = open_deadlines(session)
    after = [one._replace(due_at=changes[one.id]) if one.id in changes else one for one in before]
    lot = Lot(session, {one.case_id for one in before}, now)
    people = {person for one in before if one.id in changes for person in _ever_told(lot, one)}
    return compared(foretold(lot, before, now, only=people), foretold(lot, after, now, only=people))


def effect_of_rules(session: Session, now: datetime, end: datetime, programme: Programme) -> Effect:
    """What it does to the reminders from `now` to before `end` that a programme's rules were these: seven statements.

    It concerns the rounds of that programme, of which each keeps the rules that it was opened with. Raises KeyError for a kind of
    deadline that the programme does not know any more.
    """
    found = open_deadlines(session)
    lot = Lot(session, {one.case_id for one in found}, now)
    before = foretold(lot, found, now, end)
    lot.cases = {key: one._replace(programme=programme) if one.programme.code == programme.code else one for key, one in lot.cases.items()}
    return compared(before, foretold(lot, found, now, end))


def _ever_told(lot: Lot, one: Open) -> Iterator[int]:
    for rule in lot.cases[one.case_id].programme.reminders:
        if rule.deadline == one.rule:
            for _, person in lot.told(rule, one.case_id, one.action_id):
                yield person.id
                yield from (cover.person_id for cover in lot.wishes.get(person.id, NOTHING).covers)


def compared(before: Iterable[Coming], after: Iterable[Coming]) -> Effect:
    """What is otherwise in one list than in another, of that which leaves."""
    old, new = ({_same(row): row for row in rows if row.leaves} for rows in (before, after))
    added, gone = [new[key] for key in new.keys() - old.keys()], [old[key] for key in old.keys() - new.keys()]
    kinds: dict[tuple[date, str], tuple[list[Coming], list[Coming]]] = defaultdict(lambda: ([], []))
    for which, rows in enumerate((added, gone)):
        for row in rows:
            kinds[row.day, row.rule.code][which].append(row)
    told = [Reminding(day, (one or two)[0].rule, Counted.of(one), Counted.of(two)) for (day, _), (one, two) in sorted(kinds.items())]
    was, will = ({row.mail for row in rows} for rows in (old.values(), new.values()))
    more = Counted.of([row for row in added if row.mail not in was])
    return Effect(tuple(told), more, Counted.of([row for row in gone if row.mail not in will]))


def _same(row: Coming) -> tuple[object, ...]:
    """What makes a reminder the same before and after a change: the same rule to the same person, leaving on the same day so."""
    return row.deadline_id, row.rule.code, row.person_id, row.away, row.day, row.rhythm


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
            and (not self.rule or row.rule.code == self.rule)
            and (not self.role or row.role == self.role)
            and (not case or case in row.ref.casefold() or case in row.body.casefold())
        )


class DayCount(NamedTuple):
    """How much leaves on a day: mails, the reminders in them, people who get any, and the most mails that one of them gets."""

    day: date
    mails: int
    reminders: int
    people: int
    most: int


def by_day(rows: Iterable[Coming], first: date, last: date) -> list[DayCount]:
    """The counts of every day from the first to the last, those with nothing too. What does not go counts for nothing."""
    mails: dict[date, dict[int, set[object]]] = defaultdict(lambda: defaultdict(set))
    reminders: dict[date, int] = defaultdict(int)
    for row in rows:
        if row.leaves:
            mails[row.day][row.person_id].add(row.mail)
            reminders[row.day] += 1
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    found = []
    for day in days:
        counts = [len(here) for here in mails[day].values()]
        found.append(DayCount(day, sum(counts), reminders[day], len(counts), max(counts, default=0)))
    return found
