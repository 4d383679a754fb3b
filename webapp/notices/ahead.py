"""Look ahead: what will be sent in the next time as far as today's open deadlines tell, and what a change of dates does to it.

The same rules and the same recipients as when a reminder is written (webapp.notices.reminding), but in a number of statements
that does not grow with the deadlines: who holds which role is read for all cases at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Assignment, Case
from webapp.clock import in_london
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.deadlines.verbs import calendar
from webapp.plans.models import Action
from webapp.register.models import Body, Round, programme_of
from workflows.deadlines.calendar import nation_of
from workflows.deadlines.reminders import Rung, reminders_for
from workflows.programme import Programme, ReminderRule
from workflows.roles import Actor, Role

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
    """A deadline that runs, with what its reminders and their recipients follow from."""

    id: int
    case_id: int
    rule: str
    action_id: int | None
    due_at: datetime
    ref: str
    body: str
    body_id: int
    answered_by_id: int | None
    partnership_id: int | None
    owner_id: int | None
    round_id: int
    programme_hash: str
    gss: str | None


def coming(session: Session, start: datetime, end: datetime, *, to: int | None = None, seen: Actor | None = None) -> list[Coming]:
    """The reminders that go from `start` to before `end`, soonest first; only those `to` a person, where one is given, and only of
    deadlines that the actor `seen` may see: six statements at most, however many deadlines there are."""
    where = seen_by(Deadline.audience, seen) if seen else true()
    rows = _due_between(session, _open(session, where), start, end)
    return sorted((row for row in _to_whom(session, rows) if to is None or row.person_id == to), key=_order)


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
    before, after = ({_same(row): row for row in _to_whom(session, _due_between(session, ones, now, ever))} for ones in (found, changed))
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
    query = (
        select(
            Deadline.id, Deadline.case_id, Deadline.rule, Deadline.action_id, Deadline.due_at, Case.ref, Organisation.name, Body.id,
            Body.answered_by_id, Case.partnership_id, Action.owner_id, Round.id, Round.programme_hash,
            Body.gss,
        )
        .join(Case, Case.id == Deadline.case_id)
        .join(Body, Body.id == Case.body_id)
        .join(Organisation, Organisation.id == Body.id)
        .join(Round, Round.id == Case.round_id)
        .outerjoin(Action, Action.id == Deadline.action_id)
        .where(*runs(Deadline), where)
    )  # fmt: skip
    return [_Open._make(row) for row in read_rows(session, query)]


Going = tuple[_Open, ReminderRule, datetime, Programme]


def _due_between(session: Session, deadlines: Iterable[_Open], start: datetime, end: datetime) -> list[Going]:
    """The reminders of deadlines that go in a time. Deadlines share their days, so each sum is made once."""
    schedules: dict[tuple[str, str, str, datetime], list[Rung]] = {}
    found: list[Going] = []
    for one in deadlines:
        programme = programme_of(session, one.round_id, one.programme_hash)
        nation = nation_of(one.gss, programme.nation)
        key = one.programme_hash, nation, one.rule, one.due_at
        if key not in schedules:
            schedules[key] = reminders_for(one.rule, one.due_at, programme, calendar(nation))
        found += [(one, rule, at, programme) for rule, at in schedules[key] if start <= at < end]
    return found


def _to_whom(session: Session, going: list[Going]) -> list[Coming]:
    """Each reminder for everybody whom it goes to: once, in the first of its roles that they hold."""
    people = _Holders(session, going)
    found = []
    for one, rule, at, programme in going:
        label, told = programme.deadline(one.rule).label, set()
        for role in (Role(r) for r in rule.to):
            for person_id, email, name in people.of(one, role):
                if person_id not in told:
                    told.add(person_id)
                    found.append(Coming(at, one.ref, one.body, email, name, role.value, rule.code, rule.message, label, one.due_at,
                                        person_id, one.id))  # fmt: skip
    return found


Named = tuple[int, str, str]
WORKING = (Role.REVIEWER, Role.INSPECTOR)


@dataclass
class _Holders:
    """Who holds which role in which case: what `webapp.notices.queries.recipients` says of one, for many at once."""

    session: Session
    going: list[Going]
    held: dict[tuple[str, int | None], list[Named]] = field(default_factory=lambda: defaultdict(list))
    """By role and organisation, and by role alone for those who hold it for the whole programme."""
    assigned: dict[tuple[str, int], list[Named]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[int, Named] = field(default_factory=dict)
    owners_of: dict[int, list[Named]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        roles = {Role(role) for _, rule, _, _ in self.going for role in rule.to}
        cases = sorted({one.case_id for one, *_ in self.going})
        if Role.COORDINATOR in roles:
            roles.add(Role.OFFICER)  # who takes their part where there is no partnership
        if by_membership := roles - {*WORKING, Role.ACTION_OWNER}:
            self._read_memberships(by_membership)
        if by_case := roles & {*WORKING}:
            self._read_assignments(by_case, cases)
        if Role.ACTION_OWNER in roles:
            self._read_owners(cases)

    def _people(self, *first: Any) -> Any:
        return select(*first, Person.id, Person.email, Person.name).where(Person.active).order_by(Person.id)

    def _read_memberships(self, roles: set[Role]) -> None:
        query = self._people(Membership.role, Membership.organisation_id).join(Membership, Membership.person_id == Person.id)
        query = query.where(Membership.until.is_(None), Membership.role.in_(sorted(role.value for role in roles)))
        for role, organisation, *person in read_rows(self.session, query):
            self.held[role, organisation].append(tuple(person))
            if tuple(person) not in self.held[role, None]:
                self.held[role, None].append(tuple(person))

    def _read_assignments(self, roles: set[Role], cases: list[int]) -> None:
        query = self._people(Assignment.kind, Assignment.case_id).join(Assignment, Assignment.person_id == Person.id)
        query = query.where(Assignment.until.is_(None), Assignment.kind.in_(sorted(role.value for role in roles)))
        wanted = set(cases)
        for kind, case_id, *person in read_rows(self.session, query):
            if case_id in wanted:
                self.assigned[kind, case_id].append(tuple(person))

    def _read_owners(self, cases: list[int]) -> None:
        query = self._people(Action.case_id).join(Action, Action.owner_id == Person.id)
        wanted = set(cases)
        for case_id, *person in read_rows(self.session, query.distinct()):
            if case_id in wanted:
                self.owners_of[case_id].append(tuple(person))
                self.owners[person[0]] = tuple(person)

    def of(self, one: _Open, role: Role) -> list[Named]:
        """Those whom a message to a role of a deadline's case goes to."""
        if role is Role.COORDINATOR and one.partnership_id is None:
            role = Role.OFFICER
        match role:
            case Role.REVIEWER | Role.INSPECTOR:
                return self.assigned[role.value, one.case_id]
            case Role.ACTION_OWNER if one.action_id is not None:
                return [self.owners[one.owner_id]] if one.owner_id in self.owners else []
            case Role.ACTION_OWNER:
                return self.owners_of[one.case_id]
            case Role.COORDINATOR:
                return self.held[role.value, one.partnership_id]
            case Role.PREPARER | Role.APPROVER:
                acting = {one.body_id, one.answered_by_id} - {None}
                found = {person for organisation in acting for person in self.held[role.value, organisation]}
                return sorted(found)
            case _:
                return self.held[role.value, None]


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
