"""Whether what a notice says is still true when it is about to leave.

A notice that a move sends tells a fact and stays true; where it waits for the mail of a day or of a week, its reader must still take
part in the case then. A reminder speaks of a deadline, and of what its reader owes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.notices.claims import AGAIN
from webapp.notices.lots import Lot
from webapp.notices.models import Notice, Waiting
from webapp.notices.texts import long_date
from webapp.notices.verbs import COPY
from workflows.deadlines.calendar import WorkingCalendar
from workflows.deadlines.reminders import USUAL, leaving, rhythm_in, rhythm_of, still_true
from workflows.roles import Role

STANDS = "Overtaken: the clock of the deadline stands"
NO_PART = "Overtaken: whoever it was for takes no part in this case any more"


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


def overtaken(session: Session, notices: Sequence[Waiting], people: dict[int, Addressee], now: datetime) -> dict[int, str]:
    """Of these notices those that must not leave any more, each with the reason. At most six statements, however many there are."""
    reasons = {one.id: "Overtaken: whoever it was for was deactivated" for one in notices if not people[one.person_id].active}
    reminders = [one for one in notices if one.rule and one.deadline_id and one.id not in reasons]
    waited = [one for one in notices if not one.rule and rhythm_of(one.bundle) in ("daily", "weekly") and one.id not in reasons]
    if not reminders and not waited:
        return reasons
    lot = Lot(session, {one.case_id for one in (*reminders, *waited)}, now)
    reasons |= {one.id: NO_PART for one in waited if not lot.takes_part(one.person_id, one.case_id)}
    if reminders:
        standing = {row.id: row for row in read_rows(session, _deadlines().where(Deadline.id.in_({one.deadline_id for one in reminders})))}
        reasons |= {one.id: reason for one in reminders if (reason := _why_not(one, standing[one.deadline_id or 0], lot, now))}
    return reasons


def goes_on(session: Session, deadline: Deadline, calendar: WorkingCalendar, now: datetime) -> None:
    """Let reminders wait again that were dropped because the clock of a deadline stood, now that it goes on: those that name the time at
    which it is due. They leave with their reader's next mail of a day or of a week where they were a part of one, else as soon as any
    mail may; what is not true any more for another reason is dropped again then."""
    stopped = Notice.state == "dropped", Notice.error.startswith(STANDS), Notice.due_at == deadline.due_at
    theirs = select(Notice.id, Notice.person_id, Notice.bundle).where(Notice.case_id == deadline.case_id, Notice.deadline_id == deadline.id)
    again = []
    for row in read_rows(session, theirs.where(*stopped)):
        rhythm = rhythm_in(rhythm_of(row.bundle))
        leaves = leaving(optional=rhythm != USUAL, grouped=False, rhythm=rhythm, person_id=row.person_id, calendar=calendar, now=now,
                         due=deadline.due_at)  # fmt: skip
        assert leaves is not None
        again.append({"which": row.id, "at": leaves.not_before, "in": leaves.bundle or row.bundle})
    if again:
        session.connection().execute(AGAIN, again)


def _deadlines() -> Select[int, datetime, datetime | None, datetime | None, str, int | None]:
    return select(Deadline.id, Deadline.due_at, Deadline.stopped_at, Deadline.closed_at, Deadline.outcome, Deadline.action_id)


def _why_not(notice: Waiting, deadline: Any, lot: Lot, now: datetime) -> str:
    """Why a reminder must not leave; empty where it is true."""
    if deadline.closed_at is not None:
        return f"Overtaken: the deadline was closed on {long_date(deadline.closed_at).partition(' on ')[2]} ({deadline.outcome})"
    if deadline.stopped_at is not None:
        return STANDS
    if notice.due_at is not None and notice.due_at != deadline.due_at:
        return f"Overtaken: the deadline was moved to {long_date(deadline.due_at)}"
    role = Role(notice.role)
    if not lot.holds(notice.person_id, notice.case_id, role, deadline.action_id, stands_in=COPY in notice.key):
        return f"Overtaken: whoever it was for is no longer {role.label} in this case"
    if paused := lot.paused(notice.case_id, role, now):
        return paused
    rule = next((rule for rule in lot.cases[notice.case_id].programme.reminders if rule.code == notice.rule), None)
    if rule is not None and not still_true(rule, deadline.due_at, now):
        when = "after" if rule.working_days > 0 else "before" if rule.working_days else "on"
        return f"Overtaken: it speaks of the time {when} the day of the deadline, {long_date(deadline.due_at)}"
    return ""
