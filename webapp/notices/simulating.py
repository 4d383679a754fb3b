"""A round in simulation: its bodies, people and finished deadlines as they are, and what comes of them (workflows.deadlines.simulation)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.deadlines.verbs import calendar
from webapp.register.models import Round, programme_of
from workflows.deadlines.calendar import WorkingCalendar, london_day
from workflows.deadlines.simulation import Crew, Pace, Simulation, Unit, assumed, measured, simulate
from workflows.programme import Programme
from workflows.roles import Role

AGAIN = 999_999_999
"""The highest seed that is taken."""


@dataclass(frozen=True)
class Assumption:
    """What is assumed, or was measured, of how long one deadline takes."""

    rule: str
    label: str
    pace: Pace


@dataclass(frozen=True)
class Simulated:
    """A simulated round, with all that was assumed."""

    simulation: Simulation
    crew: Crew
    assumptions: list[Assumption]


def simulated(session: Session, round_: Round, seed: int) -> Simulated:
    """Simulate a round with the bodies and people that it has: three statements. Nothing is changed."""
    programme = programme_of(session, round_.id, round_.programme_hash)
    units, partnerships = _units(session, round_, programme)
    paces = _paces(session, round_, programme, calendar(programme.nation))
    crew = _crew(session, len(units), partnerships)
    dates = tuple(sorted((code, date.fromisoformat(day)) for code, day in round_.dates.items()))
    found = _simulated(programme, units, crew, round_.opened_at, seed, tuple(sorted(paces.items())), dates)
    taken = {**assumed(programme, round_.opened_at, dict(dates)), **paces}
    told = [Assumption(rule.code, rule.label, taken[rule.code]) for rule in programme.deadlines if rule.code in taken]
    return Simulated(found, crew, told)


@lru_cache(maxsize=8)
def _simulated(
    programme: Programme, units: tuple[Unit, ...], crew: Crew, opened_at: datetime, seed: int, paces: tuple[tuple[str, Pace], ...],
    dates: tuple[tuple[str, date], ...],
) -> Simulation:  # fmt: skip
    """Kept for whoever looks again: a round of 450 bodies takes most of a second."""
    return simulate(programme, units, crew, opened_at, seed, dict(paces), dict(dates))


def _units(session: Session, round_: Round, programme: Programme) -> tuple[tuple[Unit, ...], int]:
    """The bodies that return in the round, and how many partnerships they are of."""
    query = select(Case.sector, Case.partnership_id).where(Case.round_id == round_.id, Case.stage != "exempt").order_by(Case.id)
    rows = read_rows(session, query)
    numbers = {place: number for number, place in enumerate(sorted({place for _, place in rows if place is not None}))}
    sectors = {sector.code: sector for sector in programme.sectors}
    found = []
    for code, place in rows:
        sector = sectors[code]
        home = None if place is None else numbers[place]
        found.append(Unit(home, sector.peer_review, sector.challenge, sector.plan))
    return tuple(found), len(numbers)


def _crew(session: Session, bodies: int, partnerships: int) -> Crew:
    """How many people there are in each role, on the average where a body or a partnership has them; one at least."""
    query = select(Membership.role, Membership.person_id).join(Person, Person.id == Membership.person_id)
    rows = read_rows(session, query.where(Membership.until.is_(None), Person.active).distinct())
    counts = Counter(role for role, _ in rows)

    def each(role: Role, places: int = 1) -> int:
        return max(1, round(counts[role.value] / max(1, places)))

    return Crew(
        preparers=each(Role.PREPARER, bodies), approvers=each(Role.APPROVER, bodies), coordinators=each(Role.COORDINATOR, partnerships),
        reviewers=each(Role.REVIEWER, partnerships), managers=each(Role.MANAGER), inspectors=each(Role.INSPECTOR),
        officers=each(Role.OFFICER),
    )  # fmt: skip


def _paces(session: Session, round_: Round, programme: Programme, days: WorkingCalendar) -> Mapping[str, Pace]:
    """How long the finished deadlines of the round took, where there are enough of them.

    Of a rule that gives working days it is so many, and those by which it was closed after or before it was due: a due date moved
    on by as much as its clock stood.
    """
    query = select(Deadline.rule, Deadline.opened_at, Deadline.due_at, Deadline.closed_at).join(Case, Case.id == Deadline.case_id)
    query = query.where(Case.round_id == round_.id, Deadline.outcome.in_(("met", "missed")), Deadline.closed_at.is_not(None))
    taken: dict[str, list[float]] = defaultdict(list)
    for code, opened, due, closed in read_rows(session, query):
        rule = programme.find_deadline(code)
        if closed is None or rule is None:
            continue
        if rule.working_days is None:
            taken[code].append(days.working_days(london_day(opened), london_day(closed)))
        else:
            late, early = (days.working_days(london_day(a), london_day(b)) for a, b in ((due, closed), (closed, due)))
            taken[code].append(max(0, rule.working_days + late - early))
    return {rule: pace for rule, found in taken.items() if (pace := measured(found))}
