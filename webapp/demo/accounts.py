"""The accounts that a demo offers: one for each role. They exist only where the demo was loaded."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from webapp.accounts.models import Membership, Person

PASSWORD = "yardstick-demo-2009"
DOMAIN = "demo.yardstick.example"
OFFERED = ("preparer", "approver", "action-owner", "coordinator", "reviewer", "manager", "inspector", "officer", "administrator")


def email_of(name: str) -> str:
    """The address of a demo person."""
    return f"{name}@{DOMAIN}"


def demo_accounts(session: Session) -> list[dict[str, Any]]:
    """The accounts that this installation's demo offers, none where no demo was loaded: one statement."""
    emails = [email_of(name) for name in OFFERED]
    query = (
        select(Membership)
        .join(Membership.person)
        .join(Membership.organisation)
        .options(contains_eager(Membership.person), contains_eager(Membership.organisation))
        .where(Person.email.in_(emails), Person.demo, Membership.until.is_(None))
        .order_by(Membership.id)
    )
    roles: dict[str, list[dict[str, str]]] = {}
    for held in session.scalars(query):
        roles.setdefault(held.person.email, []).append({"role": held.role, "organisation": held.organisation.name})
    return [{"email": email, "password": PASSWORD, "roles": roles[email]} for email in emails if email in roles]
