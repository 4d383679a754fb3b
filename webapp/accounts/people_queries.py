"""Reads of people and the roles that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import Membership, Organisation, Person, SignIn
from webapp.db import read_rows

PER_PAGE = 50


@dataclass(frozen=True)
class PeopleFilter:
    """What a list of people is narrowed to: a name, an address or an organisation; a role; `in` or `out` for who is let in."""

    text: str = ""
    role: str = ""
    state: str = ""

    @property
    def any(self) -> bool:
        return bool(self.text or self.role or self.state)


@dataclass
class PersonRow:
    """A person of the list, with their roles and where they hold them."""

    id: int
    name: str
    email: str
    active: bool
    roles: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class PeoplePage:
    """A page of the list."""

    rows: Sequence[PersonRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


def people(session: Session, narrowed: PeopleFilter, page: int) -> PeoplePage:
    """A page of the people, by name: three statements."""
    where = _where(narrowed)
    total = session.scalar(select(func.count()).select_from(Person).where(*where)) or 0
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    query = select(Person.id, Person.name, Person.email, Person.active).where(*where).order_by(Person.name, Person.id)
    rows = {row[0]: PersonRow(*row) for row in read_rows(session, query.offset((page - 1) * PER_PAGE).limit(PER_PAGE))}
    roles = (
        select(Membership.person_id, Membership.role, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(rows), Membership.until.is_(None))
        .order_by(Membership.id)
    )
    for person_id, role, organisation in read_rows(session, roles) if rows else ():
        rows[person_id].roles.append((role, organisation))
    return PeoplePage(list(rows.values()), total, page)


def _where(narrowed: PeopleFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    holds = select(Membership.id).join(Organisation, Organisation.id == Membership.organisation_id)
    holds = holds.where(Membership.person_id == Person.id, Membership.until.is_(None))
    if narrowed.text:
        here = Organisation.name.icontains(narrowed.text, autoescape=True) | (Organisation.code == narrowed.text.upper())
        named = Person.name.icontains(narrowed.text, autoescape=True) | Person.email.icontains(narrowed.text, autoescape=True)
        where.append(named | holds.where(here).exists())
    if narrowed.role:
        where.append(holds.where(Membership.role == narrowed.role).exists())
    if narrowed.state:
        where.append(Person.active.is_(narrowed.state == "in"))
    return where


def person(session: Session, person_id: int) -> tuple[Person, list[Membership]] | None:
    """A person with every role that they hold or held, those that go on first: two statements."""
    found = session.get(Person, person_id)
    if found is None:
        return None
    query = select(Membership).options(joinedload(Membership.organisation)).where(Membership.person_id == person_id)
    memberships = session.scalars(query.order_by(Membership.until.is_not(None), Membership.id))
    return found, list(memberships)


def signed_in_at(session: Session, person_id: int) -> datetime | None:
    """When somebody last signed in, as far as it is known: one statement."""
    return session.scalar(select(func.max(SignIn.begun_at)).where(SignIn.person_id == person_id))
