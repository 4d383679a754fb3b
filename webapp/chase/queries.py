"""Reads for chasing: the cases without a return, and the contacts with their bodies."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import Session

from webapp.access import visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case, Contact, Stay
from webapp.cases.queries import named_like, return_due, reviewed_through
from webapp.register.models import Round
from webapp.returns.models import ReturnVersion
from workflows.engine import State
from workflows.returns.lateness import Lateness, lateness
from workflows.returns.track import RETURN
from workflows.roles import Actor

PAGE = 50
STATES = ("not_started", "in_progress", "awaiting_sign_off", "not_returned")
"""Where a return stands that somebody still has to make."""
ONLY = {"late": "Late only", "promised": "With a promise", "broken": "Promise has passed", "silent": "No contact yet"}


@dataclass(frozen=True)
class ChaseFilter:
    """What the list is narrowed to. Empty means all; a state or a narrowing that is not known finds nothing."""

    text: str = ""
    round: str = ""
    partnership: str = ""
    state: str = ""
    only: str = ""

    def clauses(self, now: datetime, today: date) -> list[ColumnElement[bool]]:
        """The filter in SQL, at a time that is on a day in London."""
        found: list[ColumnElement[bool]] = []
        if self.text:
            found.append(named_like(self.text))
        if self.round:
            found.append(Round.code == self.round)
        if self.partnership:
            found.append(reviewed_through(self.partnership))
        if self.state:
            found.append(Stay.state == self.state)
        if self.only:
            narrowed: dict[str, ColumnElement[bool]] = {
                "late": return_due() < now, "promised": promised().is_not(None), "broken": promised() < today,
                "silent": ~exists().where(Contact.case_id == Case.id),
            }  # fmt: skip
            found.append(narrowed.get(self.only, Case.id.is_(None)))
        return found


def promised() -> ScalarSelect[date | None]:
    """The day that a body promised last, as a column."""
    last = select(Contact.promised_on).where(Contact.case_id == Case.id, Contact.promised_on.is_not(None))
    return last.order_by(Contact.at.desc(), Contact.id.desc()).limit(1).correlate(Case).scalar_subquery()


@dataclass
class ChaseRow:
    """A case without a return: how late, and what was said last."""

    id: int
    ref: str
    body: str
    round: str
    partnership: str | None
    state: str
    since: datetime
    due: datetime | None
    promised: date | None
    contacts: int = 0
    last: "ContactRow | None" = None

    @property
    def status(self) -> State:
        return RETURN.state(self.state)

    def late(self, now: datetime) -> Lateness | None:
        """How late the return is."""
        return lateness(self.state, self.due, None, now)

    def broken(self, today: date) -> bool:
        """Whether the day that was promised has passed."""
        return self.promised is not None and self.promised < today


@dataclass(frozen=True)
class ContactRow:
    """One contact with a body, with who had it."""

    at: datetime
    way: str
    note: str
    promised_on: date | None
    who: str


def _rows(actor: Actor, narrowed: ChaseFilter, now: datetime, today: date) -> Select[*tuple[Any, ...]]:
    partnership = select(Organisation.name).where(Organisation.id == Case.partnership_id).correlate(Case).scalar_subquery()
    due = return_due()
    return (
        select(Case.id, Case.ref, Organisation.name.label("body"), Round.code.label("round"), partnership.label("partnership"), Stay.state,
               Stay.since, due.label("due"), promised().label("promised"))
        .join(Round, Round.id == Case.round_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Stay, Stay.case_id == Case.id)
        .where(Stay.track == "return", Stay.until.is_(None), Stay.state.in_(STATES), visible_cases(actor))
        .where(~exists().where(ReturnVersion.case_id == Case.id, ReturnVersion.frozen_at.is_not(None)))
        .where(*narrowed.clauses(now, today))
        .order_by(due.is_(None), due, Organisation.name, Case.ref)
    )  # fmt: skip


@dataclass(frozen=True)
class ChaseList:
    """A page of the list."""

    rows: list[ChaseRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def chase_list(session: Session, actor: Actor, narrowed: ChaseFilter, now: datetime, today: date, page: int = 1) -> ChaseList:
    """A page of the cases without a return that an actor sees, the latest first: three statements, whatever their number."""
    query = _rows(actor, narrowed, now, today)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).with_only_columns(Case.id).subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rows = [ChaseRow(*row) for row in session.execute(query.offset((page - 1) * PAGE).limit(PAGE))]
    _with_contacts(session, rows)
    return ChaseList(rows, total, page)


def everyone(session: Session, actor: Actor, narrowed: ChaseFilter, now: datetime, today: date) -> list[ChaseRow]:
    """The whole list, for a download or a command: two statements."""
    rows = [ChaseRow(*row) for row in session.execute(_rows(actor, narrowed, now, today))]
    _with_contacts(session, rows)
    return rows


def _with_contacts(session: Session, rows: list[ChaseRow]) -> None:
    """Add the last contact with each body, and how many there were."""
    by_id = {row.id: row for row in rows}
    query = (
        select(Contact.case_id, Contact.at, Contact.way, Contact.note, Contact.promised_on, Person.name)
        .join(Person, Person.id == Contact.person_id)
        .where(Contact.case_id.in_(by_id))
    )
    for one in session.execute(query.order_by(Contact.at, Contact.id)):
        row = by_id[one.case_id]
        row.contacts += 1
        row.last = ContactRow(one.at, one.way, one.note, one.promised_on, one.name)


def contacts(session: Session, case: Case) -> list[Row[datetime, str, str, date | None, str]]:
    """Every contact with the body of a case, newest first."""
    query = (
        select(Contact.at, Contact.way, Contact.note, Contact.promised_on, Person.name)
        .join(Person, Person.id == Contact.person_id)
        .where(Contact.case_id == case.id)
    )
    return list(session.execute(query.order_by(Contact.at.desc(), Contact.id.desc())))
