"""Reads for calendar feeds: what a person owes in all of their roles."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from webapp.access import CASE_ROLES, seen_by, visible_cases
from webapp.accounts.models import Membership, Organisation
from webapp.cases.models import Assignment, Case
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.plans.models import Action
from webapp.record import Event
from webapp.register.models import Round, programme_of
from workflows.roles import Actor, Role


class Owed(NamedTuple):
    """A deadline as a calendar shows it. `changes` is how often it was changed since it was opened, `changed_at` when last."""

    id: int
    label: str
    due_at: datetime
    opened_at: datetime
    explanation: list[str]
    ref: str
    body: str
    action: str | None
    changes: int
    changed_at: datetime


def owed_by(session: Session, person_id: int) -> list[Owed]:
    """The open deadlines that a person owes in any of their roles, soonest due first: three statements, and one for each round.

    By the rule of `/today`: those of cases that they see in the role that owes it, and whose clock runs.
    """
    held = select(Membership.role, Membership.organisation_id).where(Membership.person_id == person_id, Membership.until.is_(None))
    actors = [Actor(person_id, "", Role(role), organisation) for role, organisation in read_rows(session, held)]
    mine = [_owes(actor) for actor in actors if actor.role in CASE_ROLES]
    if not mine:
        return []
    query = (
        select(
            Deadline.id, Deadline.rule, Deadline.due_at, Deadline.opened_at, Deadline.explanation, Deadline.case_id, Case.ref,
            Organisation.name, Action.what, Round.id.label("round_id"), Round.programme_hash,
        )
        .join(Case, Case.id == Deadline.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Round, Round.id == Case.round_id)
        .outerjoin(Action, Action.id == Deadline.action_id)
        .where(*runs(Deadline), or_(*mine))
        .order_by(Deadline.due_at, Deadline.id)
    )  # fmt: skip
    rows = session.connection().execute(query).all()
    changed = _changed(session, sorted({row.case_id for row in rows}))
    found = []
    for row in rows:
        label = programme_of(session, row.round_id, row.programme_hash).deadline(row.rule).label
        times, last = changed.get(str(row.id), (0, row.opened_at))
        found.append(Owed(row.id, label, row.due_at, row.opened_at, row.explanation, row.ref, row.name, row.what, times, last))
    return found


def _owes(actor: Actor) -> ColumnElement[bool]:
    """That an actor owes a deadline: their role does, in a case that they see; a reviewer in one that they review, and do not only mark
    a second time; an owner of actions, their own."""
    assert actor.role is not None
    clauses = [Deadline.role == actor.role.value, visible_cases(actor), seen_by(Deadline.audience, actor)]
    if actor.role is Role.ACTION_OWNER:
        clauses.append(or_(Deadline.action_id.is_(None), Action.owner_id == actor.person_id))
    if actor.role is Role.REVIEWER:
        clauses.append(
            exists().where(Assignment.case_id == Case.id, Assignment.person_id == actor.person_id, Assignment.kind == Role.REVIEWER.value,
                           Assignment.until.is_(None))
        )  # fmt: skip
    return and_(*clauses)


def _changed(session: Session, cases: list[int]) -> dict[str, tuple[int, datetime]]:
    """How often deadlines of these cases were changed, and when last, by their key in the record: what only rises."""
    query = select(Event.entity_key, func.count(), func.max(Event.at)).where(Event.case_id.in_(cases), Event.entity == "deadline")
    query = query.where(Event.kind != "deadline.created").group_by(Event.entity_key)
    return {key: (times, last) for key, times, last in read_rows(session, query)} if cases else {}
