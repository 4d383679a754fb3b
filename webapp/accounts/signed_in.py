"""Who is signed in, and in which of their roles they act."""

from dataclasses import dataclass
from functools import cache, cached_property

from flask_login import UserMixin
from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Organisation, Person, SignIn
from webapp.accounts.sign_ins import digest
from webapp.db import read_rows
from workflows.roles import Actor, Role

NOBODY = Actor(person_id=None, name="", role=None, organisation_id=None)


@dataclass(frozen=True, slots=True)
class Named:
    """A person or an organisation as every page needs it. `demo` is so for people who are made up."""

    id: int
    name: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A membership that holds now. `seen_event` is the last event that was marked as seen in it."""

    id: int
    role: str
    seen_event: int
    organisation: Named


@dataclass
class SignedIn(UserMixin):  # type: ignore[misc]
    """A signed-in person with the memberships that hold now, and the one in which they act.

    `ended` tells that the one in which they acted holds no more: then they act in none until they choose another.
    """

    person: Named
    memberships: list[Held]
    acting: Held | None
    ended: bool = False

    def get_id(self) -> str:
        return str(self.person.id)

    @cached_property
    def actor(self) -> Actor:
        """The person as the domain sees them. Without any membership they act in no role."""
        person, held = self.person, self.acting
        if held is None:
            return Actor(person.id, person.name, None, None)
        return Actor(person.id, person.name, Role(held.role), held.organisation.id, held.organisation.name)


def actor_of(membership: Membership) -> Actor:
    """A membership as an actor."""
    person, organisation = membership.person, membership.organisation
    return Actor(person.id, person.name, Role(membership.role), organisation.id, organisation.name)


@cache
def _holding() -> Select[int, str, bool, int, str, int, int, str]:
    """The statement of every page of a signed-in person: columns alone, and built once."""
    return (
        select(
            Person.id, Person.name, Person.demo, Membership.id, Membership.role, Membership.seen_event, Organisation.id, Organisation.name
        )
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(_going_on(), Membership.until.is_(None))
        .order_by(Membership.id)
    )


@cache
def _without_role() -> Select[int, str, bool]:
    return select(Person.id, Person.name, Person.demo).join(SignIn, SignIn.person_id == Person.id).where(_going_on())


def _going_on() -> ColumnElement[bool]:
    return and_(Person.id == bindparam("person"), Person.active, SignIn.digest == bindparam("digest"), SignIn.ended_at.is_(None))


def load(session: Session, person_id: int, key: str, membership_id: int | None) -> SignedIn | None:
    """The person of a sign-in that has not ended, acting in the membership asked for, or in their first where none is: one statement.

    Somebody who holds no role costs one more.
    """
    values = {"person": person_id, "digest": digest(key)}
    found = read_rows(session, _holding(), values)
    if not found:
        alone = read_rows(session, _without_role(), values)
        return SignedIn(Named(*alone[0]), [], None) if alone else None
    memberships = [Held(held, role, seen, Named(where, name)) for _, _, _, held, role, seen, where, name in found]
    asked = memberships[0].id if membership_id is None else membership_id
    acting = next((m for m in memberships if m.id == asked), None)
    return SignedIn(Named(*found[0][:3]), memberships, acting, ended=acting is None)
