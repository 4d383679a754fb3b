"""The accounts that a demo offers: one for each role. They exist only where the demo was loaded."""

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Organisation, Person
from webapp.db import read_rows

PASSWORD = "yardstick-demo-2009"
DOMAIN = "demo.yardstick.example"
OFFERED = ("preparer", "approver", "action-owner", "coordinator", "reviewer", "manager", "inspector", "officer", "administrator")


def email_of(name: str) -> str:
    """The address of a demo person."""
    return f"{name}@{DOMAIN}"


def demo_accounts(session: Session) -> list[dict[str, Any]]:
    """The accounts that this installation's demo offers, none where no demo was loaded: one statement."""
    emails = [email_of(name) for name in OFFERED]
    roles: dict[str, list[dict[str, str]]] = {}
    for email, role, organisation in read_rows(session, _offered(), {"emails": emails}):
        roles.setdefault(email, []).append({"role": role, "organisation": organisation})
    return [{"email": email, "password": PASSWORD, "roles": roles[email]} for email in emails if email in roles]


@cache
def _offered() -> Select[str, str, str]:
    return (
        select(Person.email, Membership.role, Organisation.name)
        .join(Membership, Membership.person_id == Person.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Person.email.in_(bindparam("emails", expanding=True)), Person.demo, Membership.until.is_(None))
        .order_by(Membership.id)
    )
