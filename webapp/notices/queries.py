"""Reads about notices, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from webapp.access import blind, seen_by
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case
from webapp.db import Columns, read_rows
from webapp.notices.models import MailHold, Notice
from webapp.plans.models import Action
from workflows.deadlines.calendar import at_hour
from workflows.roles import Actor, Role, Side


class Recipient(NamedTuple):
    """Somebody whom a message goes to."""

    id: int
    email: str
    name: str


def recipients(session: Session, case: Case, role: Role, action: Action | None = None) -> list[Recipient]:
    """The people who hold a role in a case now: whom a message to that role goes to.

    A body without a partnership has no coordinator: there the programme's officers take their part.
    """
    if role is Role.COORDINATOR and case.partnership_id is None:
        role = Role.OFFICER
    organisations = (case.partnership_id,) if role is Role.COORDINATOR else case.body.acting_ids
    values = {"case": case.id, "organisations": organisations, "owner": action.owner_id if action else None}
    return [Recipient(*row) for row in read_rows(session, _recipients(role, action is not None), values)]


@cache
def _recipients(role: Role, of_action: bool) -> Select[int, str, str]:
    people = select(Person.id, Person.email, Person.name).where(Person.active).order_by(Person.id)
    held = select(Membership.person_id).where(Membership.role == role.value, Membership.until.is_(None))
    match role:
        case Role.REVIEWER | Role.INSPECTOR:
            return people.join(Assignment, Assignment.person_id == Person.id).where(
                Assignment.case_id == bindparam("case"), Assignment.kind == role.value, Assignment.until.is_(None)
            )
        case Role.ACTION_OWNER if of_action:
            return people.where(Person.id == bindparam("owner"))
        case Role.ACTION_OWNER:
            return people.where(Person.id.in_(select(Action.owner_id).where(Action.case_id == bindparam("case"))))
        case Role.PREPARER | Role.APPROVER | Role.COORDINATOR:
            return people.where(Person.id.in_(held.where(Membership.organisation_id.in_(bindparam("organisations", expanding=True)))))
        case _:
            return people.where(Person.id.in_(held))


def keys_told(session: Session, keys: list[str]) -> set[str]:
    """Which of these keys a notice has already."""
    return {row.key for row in read_rows(session, _keys_told(), {"keys": keys})} if keys else set()


@cache
def _keys_told() -> Select[str]:
    return select(Notice.key).where(Notice.key.in_(bindparam("keys", expanding=True)))


STATES = {
    "queued": "Waiting", "held": "Held", "sending": "Being sent", "sent": "Sent", "failed": "Failed", "dropped": "Overtaken, not sent",
    "cancelled": "Cancelled",
}  # fmt: skip
"""The states of a notice in words, in the order in which they are shown."""


@dataclass(frozen=True)
class OutboxFilter:
    """What the outbox is narrowed to: a state, a part of a name, an address or a case's reference, a rule or message, a day in London."""

    state: str = ""
    person: str = ""
    case: str = ""
    rule: str = ""
    day: date | None = None

    @property
    def any(self) -> bool:
        return any((self.state, self.person, self.case, self.rule, self.day))

    def where(self, *, state: bool = True) -> list[ColumnElement[bool]]:
        """As conditions on notices that are joined with their case and person."""
        found: list[ColumnElement[bool]] = [Notice.state == self.state] if self.state and state else []
        if self.person:
            like = (Person.name.icontains(self.person, autoescape=True), Notice.email.icontains(self.person, autoescape=True))
            found.append(or_(*like))
        if self.case:
            found.append(Case.ref.icontains(self.case, autoescape=True))
        if self.rule:
            found.append(or_(Notice.rule == self.rule, and_(Notice.rule == "", Notice.message == self.rule)))
        if self.day:
            found += [Notice.queued_at >= at_hour(self.day, "00:00"), Notice.queued_at < at_hour(self.day + timedelta(days=1), "00:00")]
        return found


@dataclass(frozen=True)
class OutboxPage:
    """A page of the outbox, newest first; how many notices there are in each state, and which rules they follow."""

    notices: list[Row[Notice, str, str, bool]]
    page: int
    more: bool
    counts: dict[str, int]
    rules: list[str]


def outbox(session: Session, actor: Actor, narrowed: OutboxFilter, page: int, size: int = 25) -> OutboxPage:
    """The notices of an actor, each with whether they may read what it says: officers and administrators see all that there are."""
    scope = [] if actor.role in (Role.OFFICER, Role.ADMINISTRATOR) else [_readable(actor)]
    query = _notices(actor).where(*scope, *narrowed.where()).order_by(Notice.id.desc()).offset((page - 1) * size).limit(size + 1)
    rows = list(session.execute(query))
    number = func.count().label("number")
    counted = _joined(select(Notice.state, number)).where(*scope, *narrowed.where(state=False)).group_by(Notice.state)
    counts = {row.state: row.number for row in session.execute(counted)}
    named = sql_case((Notice.rule != "", Notice.rule), else_=Notice.message)
    rules = list(session.scalars(select(named).where(*scope).distinct().order_by(named)))
    return OutboxPage(rows[:size], page, len(rows) > size, {state: counts[state] for state in STATES if state in counts}, rules)


class Troubles(NamedTuple):
    """What of mail an officer should know: mails given up in the last `TROUBLED`, people whose address is refused, whether all is held."""

    failed: int
    refused: int
    held: bool


TROUBLED = timedelta(days=30)


def troubles(session: Session, now: datetime) -> Troubles:
    """What of mail an officer should know: one statement."""
    failed = select(func.count()).select_from(Notice).where(Notice.state == "failed", Notice.not_before > now - TROUBLED)
    refused = select(func.count()).select_from(Person).where(Person.active, Person.mail_refused_at.is_not(None))
    held = exists().where(MailHold.released_at.is_(None))
    return Troubles(*session.execute(select(failed.scalar_subquery(), refused.scalar_subquery(), held)).one())


def matching(session: Session, narrowed: OutboxFilter, states: Sequence[str], limit: int) -> list[int]:
    """The numbers of the notices that fit, in one of these states, the oldest first."""
    query = _joined(select(Notice.id)).where(*narrowed.where(), Notice.state.in_(states))
    return list(session.scalars(query.order_by(Notice.id).limit(limit)))


def told_apart(session: Session, ids: Sequence[int], states: Sequence[str]) -> list[Row[int, str, str, str]]:
    """Of some notices those in one of these states: number, to whom, address and case."""
    query = _joined(select(Notice.id, Person.name, Notice.email, Case.ref))
    return list(session.execute(query.where(Notice.id.in_(ids), Notice.state.in_(states)).order_by(Notice.id)))


def _joined(query: Select[*Columns]) -> Select[*Columns]:
    return query.join(Case, Case.id == Notice.case_id).join(Person, Person.id == Notice.person_id)


def _notices(actor: Actor) -> Select[Notice, str, str, bool]:
    return _joined(select(Notice, Case.ref, Person.name, _readable(actor).label("readable")))


def _readable(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may read a notice: their own, and for an officer those whose cause the programme may know."""
    mine = Notice.person_id == actor.person_id
    return or_(mine, seen_by(Notice.audience, actor)) if actor.role is Role.OFFICER else mine


def notice(session: Session, actor: Actor, notice_id: int) -> Row[Notice, str, str, bool] | None:
    """One notice, if the actor may read it."""
    return session.execute(_notices(actor).where(Notice.id == notice_id, _readable(actor))).one_or_none()


TOLD = 30
"""Who was told, on one page."""


def told(session: Session, case: Case, actor: Actor, page: int = 1) -> tuple[list[Row[Notice, str]], bool]:
    """Who was told what in a case, newest first, and whether there are earlier ones: of one's own side, or for the programme team all
    whose cause it may know.

    First reviewers do not learn here who marks their case a second time, nor a marker what they are told, until both have rated.
    """
    roles = [r.value for r in Role if r.side is actor.side]
    query = select(Notice, Person.name).join(Person, Person.id == Notice.person_id).where(Notice.case_id == case.id)
    query = query.where(seen_by(Notice.audience, actor) if actor.side is Side.PROGRAMME else Notice.role.in_(roles))
    if actor.role is Role.REVIEWER:
        others = and_(Notice.message != "second_marking", ~blind(Notice, actor), ~blind(Notice, Notice))
        query = query.where(or_(Notice.person_id == actor.person_id, others))
    rows = list(session.execute(query.order_by(Notice.id.desc()).offset((page - 1) * TOLD).limit(TOLD + 1)))
    return rows[:TOLD], len(rows) > TOLD
