"""Reads of the improvement plan."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Case, Stay
from webapp.deadlines.models import Deadline, DeadlineChange
from webapp.plans.models import Action
from workflows.roles import Actor


def actions(session: Session, case: Case, actor: Actor) -> list[Action]:
    """The actions that an actor may see, in order."""
    query = (
        select(Action)
        .options(joinedload(Action.owner), joinedload(Action.finding))
        .where(Action.case_id == case.id, seen_by(Action.audience, actor))
    )
    return list(session.scalars(query.order_by(Action.number)))


def action(session: Session, case: Case, actor: Actor, number: int) -> Action | None:
    """One action, if the actor may see it."""
    query = select(Action).where(Action.case_id == case.id, Action.number == number, seen_by(Action.audience, actor))
    return session.scalars(query).one_or_none()


def due_now() -> ScalarSelect[datetime]:
    """Of an action in a statement: when it is due, or was when it was done; none before its plan is carried out. Its own day is the one
    that was agreed: more time on it moves the deadline alone."""
    newest = (
        select(Deadline.due_at).where(Deadline.action_id == Action.id, Deadline.rule == "action_due").order_by(Deadline.id.desc()).limit(1)
    )
    return newest.correlate(Action).scalar_subquery()


class ActionDue(NamedTuple):
    """When an action is due, or was when it was done: with the sum that leads there, and how often more time was granted."""

    at: datetime
    explanation: list[str]
    extensions: int


def dues(session: Session, actions: Sequence[Action]) -> dict[int, ActionDue]:
    """When those of these actions are due that have a deadline, by their ids: one statement."""
    change = DeadlineChange
    extended = select(func.count()).where(change.deadline_id == Deadline.id, change.kind == "extended").scalar_subquery()
    query = select(Deadline.action_id, Deadline.due_at, Deadline.explanation, extended)
    query = query.where(Deadline.rule == "action_due", Deadline.action_id.in_([one.id for one in actions])).order_by(Deadline.id)
    return {action: ActionDue(*told) for action, *told in session.execute(query) if action is not None}


def rejections(session: Session, case: Case) -> dict[int, str]:
    """Why actions of a case were rejected last, by action: their owners need it until the action is done. One that came from
    another body may have been rejected there."""
    here = aliased(Action)
    query = (
        select(func.coalesce(here.id, Stay.action_id), Stay.why)
        .outerjoin(here, and_(here.came_from_id == Stay.action_id, here.case_id == case.id))
        .where(or_(Stay.case_id == case.id, here.id.is_not(None)), Stay.track == "action", Stay.transition == "reject")
    )
    return {action_id: why for action_id, why in session.execute(query.order_by(Stay.id)) if action_id is not None}


def next_number(session: Session, case: Case) -> int:
    """The number of the next action."""
    return (session.scalar(select(func.max(Action.number)).where(Action.case_id == case.id)) or 0) + 1


def possible_owners(session: Session, case: Case) -> list[tuple[int, str]]:
    """The people of the body who can own an action."""
    query = (
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id.in_(case.body.acting_ids), Membership.role == "action_owner", Membership.until.is_(None))
        .where(Person.active)
    )
    return [(row.id, row.name) for row in session.execute(query.distinct().order_by(Person.name, Person.id))]


class Elsewhere(NamedTuple):
    """The other half of an action that moved: where it is, of which body, and whether one may open that case."""

    ref: str
    number: int
    body: str
    on: date
    opens: bool


def elsewhere(session: Session, actions: Sequence[Action], actor: Actor) -> dict[int, Elsewhere]:
    """Where actions came from or went to, by their ids: one statement. An action that came says where it was; else where it is."""
    ids = [action.id for action in actions]
    other = aliased(Action)
    query: Any = (
        select(Action.id, Case.ref, other.number, Organisation.name, func.coalesce(other.came_from_id, 0) == Action.id, other.at,
               Action.at, visible_cases(actor))
        .join(other, or_(other.id == Action.came_from_id, other.came_from_id == Action.id))
        .join(Case, Case.id == other.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(Action.id.in_(ids))
    )  # fmt: skip
    found: dict[int, Elsewhere] = {}
    for key, ref, number, body, went, there_at, here_at, opens in session.execute(query):
        if went or key not in found:
            found[key] = Elsewhere(ref, number, body, (there_at if went else here_at).date(), bool(opens))
    return found
