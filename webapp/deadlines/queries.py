"""Reads about deadlines, notices and who is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, select, true
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case
from webapp.deadlines.models import Deadline, Notice
from webapp.plans.models import Action
from workflows.roles import Actor, Role, Side


def recipients(session: Session, case: Case, role: Role, action: Action | None = None) -> list[Person]:
    """The people who hold a role in a case now: whom a message to that role goes to."""
    people = select(Person).where(Person.active).order_by(Person.id)
    match role:
        case Role.REVIEWER | Role.INSPECTOR:
            people = people.join(Assignment, Assignment.person_id == Person.id).where(
                Assignment.case_id == case.id, Assignment.kind == role.value, Assignment.until.is_(None)
            )
        case Role.ACTION_OWNER:
            owners = select(Action.owner_id).where(Action.case_id == case.id)
            people = people.where(Person.id.in_(owners if action is None else [action.owner_id]))
        case Role.PREPARER | Role.APPROVER:
            people = _members(people, role, case.body_id)
        case Role.COORDINATOR:
            people = _members(people, role, case.partnership_id)
        case _:
            people = _members(people, role, None, anywhere=True)
    return list(session.scalars(people).unique())


def _members(people: Select[Person], role: Role, organisation: int | None, anywhere: bool = False) -> Select[Person]:
    held = select(Membership.person_id).where(Membership.role == role.value, Membership.until.is_(None))
    if not anywhere:
        held = held.where(Membership.organisation_id == organisation)
    return people.where(Person.id.in_(held))


def open_deadlines(session: Session, case_ids: list[int], actor: Actor) -> dict[int, list[Deadline]]:
    """The open deadlines that an actor sees, by case, soonest first: one statement."""
    query = (
        select(Deadline)
        .where(Deadline.case_id.in_(case_ids), Deadline.closed_at.is_(None), seen_by(Deadline.audience, actor))
        .order_by(Deadline.due_at)
    )
    found: dict[int, list[Deadline]] = {}
    for deadline in session.scalars(query):
        found.setdefault(deadline.case_id, []).append(deadline)
    return found


@dataclass(frozen=True)
class OutboxPage:
    """A page of the outbox, newest first."""

    notices: list[Row[Notice, str, str]]
    page: int
    more: bool


def outbox(session: Session, actor: Actor, page: int, size: int = 25) -> OutboxPage:
    """The notices that an actor may read: officers and administrators all, everybody else their own."""
    query = (
        select(Notice, Case.ref, Person.name)
        .join(Case, Case.id == Notice.case_id)
        .join(Person, Person.id == Notice.person_id)
        .where(_readable(actor))
    )
    rows = list(session.execute(query.order_by(Notice.id.desc()).offset((page - 1) * size).limit(size + 1)))
    return OutboxPage(rows[:size], page, len(rows) > size)


def _readable(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.role in (Role.OFFICER, Role.ADMINISTRATOR) else Notice.person_id == actor.person_id


def notice(session: Session, actor: Actor, notice_id: int) -> Row[Notice, str, str] | None:
    """One notice, if the actor may read it."""
    query = (
        select(Notice, Case.ref, Person.name)
        .join(Case, Case.id == Notice.case_id)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.id == notice_id, _readable(actor))
    )
    return session.execute(query).one_or_none()


def told(session: Session, case: Case, actor: Actor) -> list[Row[Notice, str]]:
    """Who was told what in a case, newest first: to one's own side, or all for the programme team."""
    roles = [r.value for r in Role if r.side is actor.side]
    query = select(Notice, Person.name).join(Person, Person.id == Notice.person_id).where(Notice.case_id == case.id)
    if actor.side is not Side.PROGRAMME:
        query = query.where(Notice.role.in_(roles))
    return list(session.execute(query.order_by(Notice.id.desc()).limit(30)))


def due_for_reminding(session: Session, now: datetime, limit: int = 500) -> list[Deadline]:
    """Open deadlines whose next reminder is due now."""
    query = select(Deadline).where(Deadline.closed_at.is_(None), Deadline.remind_at <= now)
    return list(session.scalars(query.order_by(Deadline.remind_at).limit(limit).with_for_update(skip_locked=True)))
