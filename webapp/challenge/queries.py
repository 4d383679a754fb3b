"""Reads of findings and scores."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.models import Case
from webapp.challenge.models import Finding, Score
from workflows.roles import Actor


def findings(session: Session, case: Case, actor: Actor) -> list[Finding]:
    """The findings that an actor may see, in order."""
    query = select(Finding).where(Finding.case_id == case.id, seen_by(Finding.audience, actor))
    return list(session.scalars(query.order_by(Finding.number)))


def finding(session: Session, case: Case, actor: Actor, number: int) -> Finding | None:
    """One finding, if the actor may see it."""
    query = select(Finding).where(Finding.case_id == case.id, Finding.number == number, seen_by(Finding.audience, actor))
    return session.scalars(query).one_or_none()


def scores(session: Session, case: Case, actor: Actor) -> list[Score]:
    """The scores that an actor may see, by line of enquiry."""
    query = select(Score).where(Score.case_id == case.id, seen_by(Score.audience, actor))
    return list(session.scalars(query.order_by(Score.kloe)))


def next_number(session: Session, case: Case) -> int:
    """The number of the next finding."""
    return (session.scalar(select(func.max(Finding.number)).where(Finding.case_id == case.id)) or 0) + 1
