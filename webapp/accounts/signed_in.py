"""Who is signed in, and in which of their roles they act."""

from dataclasses import dataclass

from flask_login import UserMixin
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from webapp.accounts.models import Membership, Person
from workflows.roles import Actor, Role

NOBODY = Actor(person_id=None, name="", role=None, organisation_id=None)


@dataclass
class SignedIn(UserMixin):  # type: ignore[misc]
    """A signed-in person with the memberships that hold now, and the one in which they act."""

    person: Person
    memberships: list[Membership]
    acting: Membership | None

    def get_id(self) -> str:
        return str(self.person.id)

    @property
    def actor(self) -> Actor:
        """The person as the domain sees them. Without any membership they act in no role."""
        if self.acting is None:
            return Actor(self.person.id, self.person.name, None, None)
        return actor_of(self.acting)


def actor_of(membership: Membership) -> Actor:
    """A membership as an actor."""
    person, organisation = membership.person, membership.organisation
    return Actor(person.id, person.name, Role(membership.role), organisation.id, organisation.name)


def load(session: Session, person_id: int, membership_id: int | None) -> SignedIn | None:
    """A person who may be signed in, acting in the membership asked for, or their first: one statement."""
    query = (
        select(Membership)
        .join(Membership.person)
        .join(Membership.organisation)
        .options(contains_eager(Membership.person), contains_eager(Membership.organisation))
        .where(Person.id == person_id, Person.active, Membership.until.is_(None))
        .order_by(Membership.id)
    )
    memberships = list(session.scalars(query))
    if not memberships:
        person = session.get(Person, person_id)
        return SignedIn(person, [], None) if person is not None and person.active else None
    acting = next((m for m in memberships if m.id == membership_id), memberships[0])
    return SignedIn(memberships[0].person, memberships, acting)
