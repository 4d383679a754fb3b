"""Reads of the improvement plan."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from webapp.access import seen_by
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case, Stay
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


def rejections(session: Session, case: Case) -> dict[int, str]:
    """Why actions of a case were rejected last, by action: their owners need it until the action is done."""
    query = select(Stay.action_id, Stay.why).where(Stay.case_id == case.id, Stay.track == "action", Stay.transition == "reject")
    return {row.action_id: row.why for row in session.execute(query.order_by(Stay.id)) if row.action_id is not None}


def next_number(session: Session, case: Case) -> int:
    """The number of the next action."""
    return (session.scalar(select(func.max(Action.number)).where(Action.case_id == case.id)) or 0) + 1


def possible_owners(session: Session, case: Case) -> list[tuple[int, str]]:
    """The people of the body who can own an action."""
    query = (
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == case.body_id, Membership.role == "action_owner", Membership.until.is_(None))
        .where(Person.active)
    )
    return [(row.id, row.name) for row in session.execute(query.order_by(Person.name))]
