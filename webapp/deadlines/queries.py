"""Reads about deadlines."""

from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.db import UtcDateTime, read_rows
from webapp.deadlines.models import Deadline
from webapp.returns.models import ReturnVersion


def runs(deadline: type[Deadline]) -> tuple[ColumnElement[bool], ...]:
    """That a deadline is open and its clock does not stand: only then is something due."""
    return deadline.closed_at.is_(None), deadline.stopped_at.is_(None)


class Running(NamedTuple):
    """An open deadline as a message names it."""

    id: int
    rule: str
    role: str
    due_at: datetime


def running(session: Session, case: Case) -> list[Running]:
    """The open deadlines of a case, the newest first: one statement."""
    return [Running(*row) for row in read_rows(session, _running(), {"case": case.id})]


@cache
def _running() -> Select[int, str, str, datetime]:
    found = select(Deadline.id, Deadline.rule, Deadline.role, Deadline.due_at)
    query = found.where(Deadline.case_id == bindparam("case"), *runs(Deadline))
    return query.order_by(Deadline.opened_at.desc(), Deadline.id.desc())


class CaseDeadline(NamedTuple):
    """A deadline as the page of its case tells it, and who may see it; with it when the case's return was first signed off."""

    rule: str
    role: str
    action_id: int | None
    audience: int
    due_at: datetime
    stopped_at: datetime | None
    closed_at: datetime | None
    outcome: str
    explanation: list[str]
    filed_at: datetime | None


def deadlines_of(session: Session, case: Case) -> list[CaseDeadline]:
    """Every deadline of a case, whoever may see it, open ones first, then by due time."""
    return [CaseDeadline(*row) for row in read_rows(session, _deadlines_of(), {"case": case.id})]


@cache
def _deadlines_of() -> Select[str, str, int | None, int, datetime, datetime | None, datetime | None, str, list[str], datetime | None]:
    one = Deadline
    told = (one.rule, one.role, one.action_id, one.audience, one.due_at, one.stopped_at, one.closed_at, one.outcome, one.explanation)
    return select(*told, filed_at()).where(one.case_id == bindparam("case")).order_by(one.closed_at.is_not(None), one.due_at)


def filed_at() -> ScalarSelect[datetime | None]:
    """When the return of a parameter's case was first signed off, as a column."""
    first = select(func.min(ReturnVersion.frozen_at)).where(ReturnVersion.case_id == bindparam("case"))
    return first.scalar_subquery()


class Waiting(NamedTuple):
    """A deadline of which a reminder is due."""

    id: int
    case_id: int
    rule: str
    action_id: int | None
    audience: int
    due_at: datetime
    remind_at: datetime


def due_for_reminding(session: Session, now: datetime, limit: int = 500) -> list[Waiting]:
    """Open deadlines whose next reminder is due now, held until the end of the transaction; what another process holds is left out."""
    return [Waiting(*row) for row in read_rows(session, _due_for_reminding(), {"now": now, "most": limit})]


@cache
def _due_for_reminding() -> Select[int, int, str, int | None, int, datetime, datetime]:
    one = Deadline
    found = select(one.id, one.case_id, one.rule, one.action_id, one.audience, one.due_at, type_coerce(one.remind_at, UtcDateTime))
    query = found.where(*runs(one), one.remind_at <= bindparam("now", type_=UtcDateTime))
    return query.order_by(one.remind_at, one.id).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True)
