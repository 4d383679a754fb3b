"""Reads about deadlines."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Row, ScalarSelect, Select, Text, bindparam, cast, func, select, type_coerce
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case
from webapp.db import UtcDateTime, read_rows
from webapp.deadlines.models import ClosingDays, Deadline, DeadlineChange, Extension
from webapp.register.models import Round, programme_of
from webapp.returns.models import ReturnVersion
from workflows.programme import Programme
from workflows.roles import Actor, Role


def runs(deadline: type[Deadline]) -> tuple[ColumnElement[bool], ...]:
    """That a deadline is open and its clock does not stand: only then is something due."""
    return deadline.closed_at.is_(None), deadline.stopped_at.is_(None)


class Running(NamedTuple):
    """An open deadline as a message names it."""

    id: int
    rule: str
    role: str
    due_at: datetime
    audience: int
    explanation: list[str]


def running(session: Session, case: Case) -> list[Running]:
    """The open deadlines of a case, the newest first: one statement."""
    return [Running(*row) for row in read_rows(session, _running(), {"case": case.id})]


@cache
def _running() -> Select[int, str, str, datetime, int, list[str]]:
    found = select(Deadline.id, Deadline.rule, Deadline.role, Deadline.due_at, Deadline.audience, Deadline.explanation)
    query = found.where(Deadline.case_id == bindparam("case"), *runs(Deadline))
    return query.order_by(Deadline.opened_at.desc(), Deadline.id.desc())


class CaseDeadline(NamedTuple):
    """A deadline as the pages of its case tell it, and who may see it; with it when the case's return was first signed off."""

    id: int
    rule: str
    role: str
    action_id: int | None
    audience: int
    opened_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    closed_at: datetime | None
    outcome: str
    explanation: list[str]
    filed_at: datetime | None
    first_due: datetime | None
    extensions: int

    @property
    def original(self) -> datetime | None:
        """When it was due at first, where it is due at another time now."""
        return self.first_due if self.first_due != self.due_at else None


def deadlines_of(session: Session, case: Case) -> list[CaseDeadline]:
    """Every deadline of a case, whoever may see it, open ones first, then by due time."""
    return [CaseDeadline(*row) for row in read_rows(session, _deadlines_of(), {"case": case.id})]


@cache
def _deadlines_of() -> Select[*tuple[Any, ...]]:
    one, change = Deadline, DeadlineChange
    told = (one.id, one.rule, one.role, one.action_id, one.audience, one.opened_at, one.due_at, one.stopped_at, one.closed_at,
            one.outcome, one.explanation)  # fmt: skip
    first = select(change.due_after).where(change.deadline_id == one.id, change.kind == "opened").order_by(change.id).limit(1)
    extended = select(func.count()).select_from(change).where(change.deadline_id == one.id, change.kind == "extended")
    query = select(*told, filed_at(), first.scalar_subquery(), extended.scalar_subquery()).where(one.case_id == bindparam("case"))
    return query.order_by(one.closed_at.is_not(None), one.due_at)


def changes_of(session: Session, case: Case, actor: Actor) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    """What happened to the deadlines of a case, oldest first, as far as an actor may see it, by deadline: one statement.

    Each with the name and the id of whoever did it.
    """
    query = (
        select(DeadlineChange.deadline_id, DeadlineChange.kind, DeadlineChange.at, DeadlineChange.role, DeadlineChange.why,
               DeadlineChange.due_before, DeadlineChange.due_after, DeadlineChange.person_id, Person.name)
        .outerjoin(Person, Person.id == DeadlineChange.person_id)
        .where(DeadlineChange.case_id == case.id, seen_by(DeadlineChange.audience, actor))
        .order_by(DeadlineChange.id)
    )  # fmt: skip
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in session.execute(query):
        found.setdefault(row.deadline_id, []).append(row)
    return found


def extensions_of(session: Session, case: Case, actor: Actor) -> list[Row[Extension, str | None, str | None]]:
    """The requests for more time in a case, the newest first, as far as an actor may see them: each with who asked and who decided."""
    asked, decided = aliased(Person), aliased(Person)
    query = (
        select(Extension, asked.name, decided.name)
        .outerjoin(asked, asked.id == Extension.person_id)
        .outerjoin(decided, decided.id == Extension.decided_by)
        .where(Extension.case_id == case.id, seen_by(Extension.audience, actor))
    )
    return list(session.execute(query.order_by(Extension.id.desc())))


def deadline_of(session: Session, case: Case, actor: Actor, deadline_id: int) -> Deadline | None:
    """A deadline of a case, if the actor may see it."""
    query = select(Deadline).where(Deadline.id == deadline_id, Deadline.case_id == case.id, seen_by(Deadline.audience, actor))
    return session.scalars(query).one_or_none()


def open_extension(session: Session, deadline: Deadline) -> Extension | None:
    """The request for more time on a deadline that waits for an answer."""
    return session.scalars(select(Extension).where(Extension.deadline_id == deadline.id, Extension.state == "open")).one_or_none()


@dataclass(frozen=True)
class WaitingRequest:
    """A request for more time that waits, as a line of the list of them."""

    ref: str
    body: str
    programme: Programme
    deadline_id: int
    rule: str
    due_at: datetime
    stopped_at: datetime | None
    wished_on: date
    why: str
    who: str | None
    role: str
    asked_at: datetime
    deciders: tuple[Role, ...]

    @property
    def label(self) -> str:
        """What the deadline is called."""
        return self.programme.deadline(self.rule).label


def _waiting(actor: Actor) -> list[ColumnElement[bool]]:
    """As conditions on requests for more time with their cases: those that wait, for an officer all of them, else those that the actor
    may decide on."""
    one = Extension
    whose = [] if actor.role is Role.OFFICER else [one.deciders.contains(actor.role.value if actor.role else "-")]
    return [one.state == "open", visible_cases(actor), seen_by(one.audience, actor), *whose]


def number_waiting(session: Session, actor: Actor) -> int:
    """How many requests for more time wait, as `waiting_extensions` lists them."""
    query = select(func.count()).select_from(Extension).join(Case, Case.id == Extension.case_id)
    return session.scalar(query.where(*_waiting(actor))) or 0


MOST = 200
"""Requests that the list of them shows."""


def waiting_extensions(session: Session, actor: Actor) -> list[WaitingRequest]:
    """The requests for more time that wait, the oldest first: for an officer all of them, else those that the actor may decide on."""
    one, here = Extension, Deadline
    query = (
        select(Case.ref, Organisation.name, Round.id, Round.programme_hash, here.id, here.rule, here.due_at, here.stopped_at,
               one.wished_on, one.why, Person.name, one.role, one.asked_at, one.deciders)
        .join(here, here.id == one.deadline_id).join(Case, Case.id == one.case_id).join(Round, Round.id == Case.round_id)
        .join(Organisation, Organisation.id == Case.body_id).outerjoin(Person, Person.id == one.person_id)
        .where(*_waiting(actor))
    )  # fmt: skip
    return [
        WaitingRequest(
            row[0],
            row[1],
            programme_of(session, row[2], row[3]),
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            row[10],
            row[11],
            row[12],
            tuple(Role(r) for r in row[13].split()),
        )
        for row in session.execute(query.order_by(one.asked_at, one.id).limit(MOST))
    ]


def closing_days_of(session: Session, case: Case) -> list[ClosingDays]:
    """The days on which the body of a case is closed, the latest first."""
    query = select(ClosingDays).options(joinedload(ClosingDays.person).load_only(Person.name)).where(ClosingDays.body_id == case.body_id)
    return list(session.scalars(query.order_by(ClosingDays.first_on.desc(), ClosingDays.id.desc())))


def filed_at() -> ScalarSelect[datetime | None]:
    """When the return of a parameter's case was first signed off, as a column."""
    first = select(func.min(ReturnVersion.frozen_at)).where(ReturnVersion.case_id == bindparam("case"))
    return first.scalar_subquery()


class DueDeadline(NamedTuple):
    """A deadline of which a reminder is due."""

    id: int
    case_id: int
    rule: str
    action_id: int | None
    audience: int
    due_at: datetime
    remind_at: datetime
    sum: str
    """How the date comes about, as it is kept: few of these are read, and reading costs as much as finding them."""

    @property
    def explanation(self) -> list[str]:
        """How the date comes about, line by line."""
        found: list[str] = json.loads(self.sum)
        return found


def due_for_reminding(session: Session, now: datetime, limit: int = 500, but: Collection[int] = ()) -> list[DueDeadline]:
    """Open deadlines whose next reminder is due now, `but` for these, held until the end of the transaction; what another process
    holds is left out."""
    values = {"now": now, "most": limit} | ({"but": list(but)} if but else {})
    return list(map(DueDeadline._make, read_rows(session, _due_for_reminding(bool(but)), values)))


@cache
def _due_for_reminding(but_for_some: bool) -> Select[int, int, str, int | None, int, datetime, datetime, str]:
    one = Deadline
    found = select(one.id, one.case_id, one.rule, one.action_id, one.audience, one.due_at, type_coerce(one.remind_at, UtcDateTime),
                   cast(one.explanation, Text))  # fmt: skip
    query = found.where(*runs(one), one.remind_at <= bindparam("now", type_=UtcDateTime))
    if but_for_some:  # which is rare, and to write out an empty list takes a twentieth of the time
        query = query.where(one.id.not_in(bindparam("but", expanding=True)))
    return query.order_by(one.remind_at, one.id).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True)
