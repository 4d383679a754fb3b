"""Whether what a notice says is still true when it is about to leave.

A notice that a move sends tells a fact and stays true; a reminder speaks of a deadline, and of what its reader owes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.notices.texts import long_date
from webapp.notices.verbs import COPY
from webapp.plans.models import Action
from webapp.register.models import Body, Round, programme_of
from workflows.deadlines.reminders import still_true
from workflows.roles import Role


class Addressee(NamedTuple):
    """Somebody whom mail goes to, as they are now."""

    id: int
    email: str
    active: bool
    refused_at: datetime | None
    refused: str


def addressees(session: Session, ids: Iterable[int]) -> dict[int, Addressee]:
    """People by their number."""
    query = select(Person.id, Person.email, Person.active, Person.mail_refused_at, Person.mail_refused)
    return {row.id: Addressee(*row) for row in read_rows(session, query.where(Person.id.in_(set(ids))))}


def overtaken(session: Session, notices: Sequence[Notice], people: dict[int, Addressee], now: datetime) -> dict[int, str]:
    """Of these notices those that must not leave any more, each with the reason. At most seven statements, however many there are."""
    reasons = {one.id: "Overtaken: whoever it was for was deactivated" for one in notices if not people[one.person_id].active}
    reminders = [one for one in notices if one.rule and one.deadline_id and one.id not in reasons]
    if reminders:
        standing = _Standing(session, reminders)
        reasons |= {one.id: reason for one in reminders if (reason := standing.why_not(one, now))}
    return reasons


class _Standing:
    """How the deadlines of some reminders stand, and who holds which role: read for all of them at once."""

    def __init__(self, session: Session, reminders: Sequence[Notice]) -> None:
        self.session = session
        ids, people = {one.case_id for one in reminders}, {one.person_id for one in reminders}
        deadlines = select(Deadline.id, Deadline.due_at, Deadline.stopped_at, Deadline.closed_at, Deadline.outcome, Deadline.action_id)
        self.deadlines = self._by_id(deadlines.where(Deadline.id.in_({one.deadline_id for one in reminders})))
        cases = select(Case.id, Case.partnership_id, Case.body_id, Body.answered_by_id, Case.round_id, Round.programme_hash)
        self.cases = self._by_id(cases.join(Body, Body.id == Case.body_id).join(Round, Round.id == Case.round_id).where(Case.id.in_(ids)))
        held = select(Membership.person_id, Membership.role, Membership.organisation_id)
        held = held.where(Membership.person_id.in_(people), Membership.until.is_(None))
        self.held = {(person, Role(role), organisation) for person, role, organisation in read_rows(session, held)}
        given = select(Assignment.person_id, Assignment.kind, Assignment.case_id)
        given = given.where(Assignment.person_id.in_(people), Assignment.case_id.in_(ids), Assignment.until.is_(None))
        self.given = {tuple(row) for row in read_rows(session, given)}
        owned = select(Action.owner_id, Action.id, Action.case_id).where(Action.owner_id.in_(people), Action.case_id.in_(ids))
        self.owned = {tuple(row) for row in read_rows(session, owned)}

    def _by_id(self, query: Any) -> dict[int, Any]:
        return {row.id: row for row in read_rows(self.session, query)}

    def why_not(self, notice: Notice, now: datetime) -> str:
        """Why a reminder must not leave; empty where it is true."""
        deadline = self.deadlines[notice.deadline_id or 0]
        if deadline.closed_at is not None:
            return f"Overtaken: the deadline was closed on {long_date(deadline.closed_at).partition(' on ')[2]} ({deadline.outcome})"
        if deadline.stopped_at is not None:
            return "Overtaken: the clock of the deadline stands"
        if notice.due_at is not None and notice.due_at != deadline.due_at:
            return f"Overtaken: the deadline was moved to {long_date(deadline.due_at)}"
        if not self._holds(notice, deadline.action_id):
            return f"Overtaken: whoever it was for is no longer {Role(notice.role).label} in this case"
        case = self.cases[notice.case_id]
        programme = programme_of(self.session, case.round_id, case.programme_hash)
        rule = next((rule for rule in programme.reminders if rule.code == notice.rule), None)
        if rule is not None and not still_true(rule, deadline.due_at, now):
            when = "after" if rule.working_days > 0 else "before" if rule.working_days else "on"
            return f"Overtaken: it speaks of the time {when} the day of the deadline, {long_date(deadline.due_at)}"
        return ""

    def _holds(self, notice: Notice, action_id: int | None) -> bool:
        """Whether somebody still holds the role in the case in which they are told: as `queries.recipients` finds them."""
        case, person, role = self.cases[notice.case_id], notice.person_id, Role(notice.role)
        if role is Role.COORDINATOR and case.partnership_id is None:
            role = Role.OFFICER
        match role:
            case Role.REVIEWER | Role.INSPECTOR:
                return (person, role.value, notice.case_id) in self.given
            case Role.ACTION_OWNER:
                if COPY in notice.key:  # for whoever stands in: they hold the role, and no action
                    return any((person, role, one) in self.held for one in (case.body_id, case.answered_by_id))
                theirs = {action for who, action, of in self.owned if (who, of) == (person, notice.case_id)}
                return bool(theirs) if action_id is None else action_id in theirs
            case Role.COORDINATOR:
                return (person, role, case.partnership_id) in self.held
            case Role.PREPARER | Role.APPROVER:
                return any((person, role, one) in self.held for one in (case.body_id, case.answered_by_id))
            case _:
                return any(who == person and what is role for who, what, _ in self.held)
