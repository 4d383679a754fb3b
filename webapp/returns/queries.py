"""Reads of returns: versions, their values, and the people who fill them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from webapp.access import Whoever, seen_by
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import read_rows
from webapp.returns.models import ReturnSection, ReturnValue, ReturnVersion
from workflows.returns.values import Answer, Basis
from workflows.roles import Actor, Role


def newest_version(session: Session, case_id: int) -> ReturnVersion | None:
    """The newest version, draft or frozen; one that was withdrawn does not count."""
    query = select(ReturnVersion).where(ReturnVersion.case_id == case_id, ReturnVersion.withdrawn_at.is_(None))
    return session.scalars(query.order_by(ReturnVersion.number.desc()).limit(1)).one_or_none()


def visible_version(session: Session, case: Case, actor: Actor, number: int | None = None) -> ReturnVersion | None:
    """The newest version that an actor may see, or the one of that number if they may see it."""
    query = _visible_version(actor.role, number is not None)
    return session.scalars(query, {"case": case.id, "number": number}).one_or_none()


@cache
def _visible_version(role: Role | None, numbered: bool) -> Select[ReturnVersion]:
    query = select(ReturnVersion).where(ReturnVersion.case_id == bindparam("case"), seen_by(ReturnVersion.audience, Whoever(role)))
    query = query.where(ReturnVersion.number == bindparam("number") if numbered else ReturnVersion.withdrawn_at.is_(None))
    return query.order_by(ReturnVersion.number.desc()).limit(1)


def values(session: Session, version_id: int) -> dict[str, ReturnValue]:
    """The stored values of a version, by item."""
    return {value.item: value for value in session.scalars(_values(), {"version": version_id})}


@cache
def _values() -> Select[ReturnValue]:
    return select(ReturnValue).where(ReturnValue.version_id == bindparam("version"))


def values_and_names(session: Session, version_id: int) -> tuple[dict[str, ReturnValue], dict[int, str]]:
    """The stored values of a version by item, and the names of who changed them last by person: one statement."""
    found: dict[str, ReturnValue] = {}
    names: dict[int, str] = {}
    for value, name in session.execute(_values_and_names(), {"version": version_id}):
        found[value.item] = value
        if value.person_id is not None:
            names[value.person_id] = name
    return found, names


@cache
def _values_and_names() -> Select[ReturnValue, str]:
    return _values().add_columns(Person.name).outerjoin(Person, Person.id == ReturnValue.person_id)


@dataclass(frozen=True)
class Part:
    """A function of a draft among the people who fill it in."""

    function: str
    owner_id: int | None
    owner: str | None
    ready_at: datetime | None
    ready_by: str | None
    open_at: datetime | None
    open_by: str | None
    open_by_id: int | None


def parts(session: Session, version_id: int) -> dict[str, Part]:
    """The parts of a version that somebody looks after, worked in or marked, by function: one statement."""
    return {row[0]: Part(*row) for row in read_rows(session, _parts(), {"version": version_id})}


@cache
def _parts() -> Select[*tuple[Any, ...]]:
    return with_people(select().select_from(ReturnSection)).where(ReturnSection.version_id == bindparam("version"))


def with_people(query: Select[Any]) -> Select[Any]:
    """A statement that reads parts of returns, with the columns of `Part` added at its end."""
    owner, ready, opened = aliased(Person), aliased(Person), aliased(Person)
    s = ReturnSection
    return (
        query.add_columns(s.function, s.owner_id, owner.name, s.ready_at, ready.name, s.open_at, opened.name, s.open_by)
        .outerjoin(owner, owner.id == s.owner_id)
        .outerjoin(ready, ready.id == s.ready_by)
        .outerjoin(opened, opened.id == s.open_by)
    )


def preparers_of(session: Session, case: Case) -> list[Row[int, str]]:
    """The preparers of a case's body now, by name: id and name, one statement."""
    query = (
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id.in_(case.body.acting_ids), Membership.role == Role.PREPARER.value)
        .where(Membership.until.is_(None), Person.active)
        .distinct()
    )
    return list(session.execute(query.order_by(Person.name, Person.id)))


def answer(value: ReturnValue) -> Answer:
    """A stored value as the domain sees it."""
    return Answer(value.amount, value.answer_text, value.note, _basis(value.basis), value.not_known, value.known_by, value.prefilled)


def answer_columns() -> tuple[InstrumentedAttribute[Any], ...]:
    """The columns of a stored value that make its answer, in the order in which an answer is made of them."""
    value = ReturnValue
    return (value.amount, value.answer_text, value.note, value.basis, value.not_known, value.known_by, value.prefilled)


def as_answers(values: Mapping[str, ReturnValue]) -> dict[str, Answer]:
    """Stored values, by item, as the domain sees them."""
    return {item: answer(value) for item, value in values.items()}


def _basis(text: str) -> Basis:
    return cast("Basis", text)


def answers(session: Session, version_id: int, only: str = "") -> dict[str, Answer]:
    """The answers of a version by item, or the one to an item alone: columns and no entities, for there are hundreds."""
    found = read_rows(session, _answers(bool(only)), {"version": version_id, "item": only})
    return _by_item(found)


@cache
def _answers(one: bool) -> Select[str, Decimal | None, str, str, str, str, date | None, str]:
    query = select(*_shown()).where(ReturnValue.version_id == bindparam("version"))
    return query.where(ReturnValue.item == bindparam("item")) if one else query


def _by_item(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, Answer]:
    return {row[0]: Answer(row[1], row[2], row[3], _basis(row[4]), row[5], row[6], row[7]) for row in rows}


def _shown() -> Any:
    value = ReturnValue
    return value.item, value.amount, value.answer_text, value.note, value.basis, value.not_known, value.known_by, value.prefilled


def newest_answers(session: Session, case: Case, actor: Actor) -> dict[str, Answer]:
    """The answers of the newest version that an actor may see, by item: one statement."""
    found = read_rows(session, _newest_answers(actor.role), {"case": case.id})
    return _by_item(found)


@cache
def _newest_answers(role: Role | None) -> Select[str, Decimal | None, str, str, str, str, date | None, str]:
    newest = _visible_version(role, False).with_only_columns(ReturnVersion.id)
    return select(*_shown()).where(ReturnValue.version_id == newest.scalar_subquery())
