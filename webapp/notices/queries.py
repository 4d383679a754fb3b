"""Reads about notices, and who is told."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case
from webapp.db import read_rows
from webapp.notices.models import Notice
from webapp.plans.models import Action
from workflows.roles import Actor, Role, Side


class Recipient(NamedTuple):
    """Somebody whom a message goes to."""

    id: int
    email: str
    name: str


def recipients(session: Session, case: Case, role: Role, action: Action | None = None) -> list[Recipient]:
    """The people who hold a role in a case now: whom a message to that role goes to.

    A body without a partnership has no coordinator: there the programme's officers take their part.
    """
    if role is Role.COORDINATOR and case.partnership_id is None:
        role = Role.OFFICER
    organisations = (case.partnership_id,) if role is Role.COORDINATOR else case.body.acting_ids
    values = {"case": case.id, "organisations": organisations, "owner": action.owner_id if action else None}
    return [Recipient(*row) for row in read_rows(session, _recipients(role, action is not None), values)]


@cache
def _recipients(role: Role, of_action: bool) -> Select[int, str, str]:
    people = select(Person.id, Person.email, Person.name).where(Person.active).order_by(Person.id)
    held = select(Membership.person_id).where(Membership.role == role.value, Membership.until.is_(None))
    match role:
        case Role.REVIEWER | Role.INSPECTOR:
            return people.join(Assignment, Assignment.person_id == Person.id).where(
                Assignment.case_id == bindparam("case"), Assignment.kind == role.value, Assignment.until.is_(None)
            )
        case Role.ACTION_OWNER if of_action:
            return people.where(Person.id == bindparam("owner"))
        case Role.ACTION_OWNER:
            return people.where(Person.id.in_(select(Action.owner_id).where(Action.case_id == bindparam("case"))))
        case Role.PREPARER | Role.APPROVER | Role.COORDINATOR:
            return people.where(Person.id.in_(held.where(Membership.organisation_id.in_(bindparam("organisations", expanding=True)))))
        case _:
            return people.where(Person.id.in_(held))


def keys_told(session: Session, keys: list[str]) -> set[str]:
    """Which of these keys a notice has already."""
    return {row.key for row in read_rows(session, _keys_told(), {"keys": keys})} if keys else set()


@cache
def _keys_told() -> Select[str]:
    return select(Notice.key).where(Notice.key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True)
class OutboxPage:
    """A page of the outbox, newest first."""

    notices: list[Row[Notice, str, str, bool]]
    page: int
    more: bool


def outbox(session: Session, actor: Actor, page: int, size: int = 25) -> OutboxPage:
    """The notices of an actor, each with whether they may read what it says: officers and administrators see all that there are."""
    query = _notices(actor)
    if actor.role not in (Role.OFFICER, Role.ADMINISTRATOR):
        query = query.where(_readable(actor))
    rows = list(session.execute(query.order_by(Notice.id.desc()).offset((page - 1) * size).limit(size + 1)))
    return OutboxPage(rows[:size], page, len(rows) > size)


def _notices(actor: Actor) -> Select[Notice, str, str, bool]:
    return (
        select(Notice, Case.ref, Person.name, _readable(actor).label("readable"))
        .join(Case, Case.id == Notice.case_id)
        .join(Person, Person.id == Notice.person_id)
    )


def _readable(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may read a notice: their own, and for an officer those whose cause the programme may know."""
    mine = Notice.person_id == actor.person_id
    return or_(mine, seen_by(Notice.audience, actor)) if actor.role is Role.OFFICER else mine


def notice(session: Session, actor: Actor, notice_id: int) -> Row[Notice, str, str, bool] | None:
    """One notice, if the actor may read it."""
    return session.execute(_notices(actor).where(Notice.id == notice_id, _readable(actor))).one_or_none()


def told(session: Session, case: Case, actor: Actor) -> list[Row[Notice, str]]:
    """Who was told what in a case, newest first: of one's own side, or for the programme team all whose cause it may know."""
    roles = [r.value for r in Role if r.side is actor.side]
    query = select(Notice, Person.name).join(Person, Person.id == Notice.person_id).where(Notice.case_id == case.id)
    query = query.where(seen_by(Notice.audience, actor) if actor.side is Side.PROGRAMME else Notice.role.in_(roles))
    return list(session.execute(query.order_by(Notice.id.desc()).limit(30)))
