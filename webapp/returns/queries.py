"""Reads of returns: versions and their values."""

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.models import Case
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.returns.values import Answer, Basis
from workflows.roles import Actor


def newest_version(session: Session, case_id: int) -> ReturnVersion | None:
    """The newest version, draft or frozen; one that was withdrawn does not count."""
    query = select(ReturnVersion).where(ReturnVersion.case_id == case_id, ReturnVersion.withdrawn_at.is_(None))
    return session.scalars(query.order_by(ReturnVersion.number.desc()).limit(1)).one_or_none()


def visible_version(session: Session, case: Case, actor: Actor, number: int | None = None) -> ReturnVersion | None:
    """The newest version that an actor may see, or the one of that number if they may see it."""
    query = select(ReturnVersion).where(ReturnVersion.case_id == case.id, seen_by(ReturnVersion.audience, actor))
    query = query.where(ReturnVersion.withdrawn_at.is_(None) if number is None else ReturnVersion.number == number)
    return session.scalars(query.order_by(ReturnVersion.number.desc()).limit(1)).one_or_none()


def versions(session: Session, case: Case, actor: Actor) -> list[ReturnVersion]:
    """The versions that an actor may see, newest first."""
    query = select(ReturnVersion).where(ReturnVersion.case_id == case.id, seen_by(ReturnVersion.audience, actor))
    return list(session.scalars(query.order_by(ReturnVersion.number.desc())))


def values(session: Session, version_id: int) -> dict[str, ReturnValue]:
    """The stored values of a version, by item."""
    query = select(ReturnValue).where(ReturnValue.version_id == version_id)
    return {value.item: value for value in session.scalars(query)}


def answer(value: ReturnValue) -> Answer:
    """A stored value as the domain sees it."""
    return Answer(value.amount, value.answer_text, value.note, _basis(value.basis), value.not_known, value.known_by, value.prefilled)


def _basis(text: str) -> Basis:
    return cast("Basis", text)


def answers(session: Session, version_id: int) -> dict[str, Answer]:
    """The answers of a version, by item."""
    return {item: answer(value) for item, value in values(session, version_id).items()}


def values_of_item(session: Session, version_ids: list[int], item: str) -> dict[int, ReturnValue]:
    """The values of one item, by version."""
    query = select(ReturnValue).where(ReturnValue.version_id.in_(version_ids), ReturnValue.item == item)
    return {value.version_id: value for value in session.scalars(query)}
