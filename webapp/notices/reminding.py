"""Queue the reminders that are due."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session

from webapp.db import SYSTEM, Database, table_of
from webapp.deadlines.calendars import calendar
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import DueDeadline, due_for_reminding
from webapp.notices.lots import Lot
from webapp.notices.queries import Recipient
from webapp.notices.verbs import Addressee, Cause, post, rows_of
from workflows.deadlines.calendar import london_day
from workflows.deadlines.reminders import OVERTAKEN, UNTRUE, Now, due_now, next_after, reminders_for
from workflows.programme import ReminderRule
from workflows.roles import Role

log = logging.getLogger("yardstick.notices")
AT_ONCE = 300
"""Deadlines that are gone through in one transaction: so that a hundred thousand that are due hold no lock for long."""


def remind(database: Database, now: datetime) -> int:
    """Queue every reminder that is due now and still true. Run it as often as you like, in as many processes: each is queued once.

    Gives the number queued. Reminders missed during an outage are made up: of one deadline each person is told the latest that is
    due to them and whose words are still true. What that one overtook, and what is not true any more, is put into the ledger as
    dropped, a row for each person who would have had it, so that the ledger says why it was never sent. Works through all that
    is due, a lot at a time, each in a transaction of its own: a deadline that another process has in hand is left to it. Of a lot of
    which one cannot be reminded of, each is taken alone; that one is logged, and seen again the next time.
    """
    queued, alone, failed = 0, 0, list[int]()
    while True:
        limit, deadlines = 1 if alone else AT_ONCE, list[DueDeadline]()
        alone = max(0, alone - 1)
        try:
            with database.work(SYSTEM, now) as work:
                deadlines = due_for_reminding(work.session, now, limit, failed)
                more = _remind_of(work.session, deadlines, now) if deadlines else 0
        except Exception:
            if not deadlines:
                raise
            if len(deadlines) > 1:
                alone = len(deadlines)
            else:
                log.exception("deadline %d cannot be reminded of", deadlines[0].id)
                failed.append(deadlines[0].id)
            continue
        queued += more
        if len(deadlines) < limit:
            return queued


def _remind_of(session: Session, deadlines: list[DueDeadline], now: datetime) -> int:
    lot = Lot(session, {deadline.case_id for deadline in deadlines}, now)
    rows: list[dict[str, Any]] = []
    following = []
    for deadline in deadlines:
        case = lot.cases[deadline.case_id]
        schedule = reminders_for(deadline.rule, deadline.due_at, case.programme, calendar(case.nation))
        found = due_now(schedule, deadline.due_at, deadline.remind_at, now)
        for rule, why_not, people in written(lot, deadline.case_id, deadline.action_id, found, now):
            rows += _rows_of(session, lot, deadline, rule, [Addressee(role, person, deadline) for role, person in people], why_not, now)
        following.append({"deadline": deadline.id, "next": next_after(schedule, now)})
    queued = post(session, rows)
    session.connection().execute(_FOLLOWING, following)
    return queued


Told = tuple[ReminderRule, str, list[tuple[Role, Recipient]]]
"""A reminder, why it is only kept in the ledger (empty where it goes), and to whom."""


def written(lot: Lot, case_id: int, action_id: int | None, found: Now, at: datetime) -> list[Told]:
    """To whom the reminders of a deadline are written that are due at a time; apart those that are only kept in the ledger: they are not
    true any more, whoever they are for is told of a later one, or reminders to their body are paused."""
    together: dict[tuple[str, str], Told] = {}
    for rule, role, person, why_not in _each(lot, case_id, action_id, found, at):
        together.setdefault((rule.code, why_not), (rule, why_not, []))[2].append((role, person))
    return list(together.values())


def _each(lot: Lot, case_id: int, action_id: int | None, found: Now, at: datetime) -> Iterator[tuple[ReminderRule, Role, Recipient, str]]:
    told: set[int] = set()
    for together in found.due:
        before = frozenset(told)
        for rule in together:
            for role, person in lot.told(rule, case_id, action_id):
                told.add(person.id)
                yield rule, role, person, OVERTAKEN if person.id in before else lot.paused(case_id, role, at)
    for rule in found.untrue:
        for role, person in lot.told(rule, case_id, action_id):
            yield rule, role, person, UNTRUE


def _rows_of(
    session: Session, lot: Lot, deadline: DueDeadline, rule: ReminderRule, to: list[Addressee], overtaken: str, now: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of a reminder to these people; `overtaken` says why it is only kept in the ledger.

    The day on which it is due is part of the occasion: a date that was moved is reminded of anew.
    """
    case = lot.cases[deadline.case_id]
    message = case.programme.message(rule.message)
    cause = Cause(message, f"{rule.code}:{deadline.id}:{london_day(deadline.due_at):%Y%m%d}", deadline.audience, rule, overtaken=overtaken)
    rows = rows_of(session, case, cause, to, lot.wishes, now)
    for row in rows:
        if row["optional"] and row["state"] == "queued" and not row["bundle"]:
            lot.wishes[row["person_id"]] = lot.wishes[row["person_id"]].one_more()
    return rows


def _following() -> Update:
    table = table_of(Deadline)
    return update(table).where(table.c.id == bindparam("deadline")).values(remind_at=bindparam("next"))


_FOLLOWING = _following()
