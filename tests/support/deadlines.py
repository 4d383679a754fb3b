"""Deadlines moved by hand, as an extension moves them."""

from datetime import date

from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.support.returns import case_of
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.deadlines.verbs import next_reminder
from workflows.deadlines.calendar import at_hour


def open_deadline_of(session, case, rule):
    """The open deadline of a rule in a case, if there is one."""
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule == rule, Deadline.closed_at.is_(None))
    return session.scalars(query).one_or_none()


def put_off(work, case, rule, due_at):
    """Let an open deadline be due at another time; its next reminder follows from that, as when a clock goes on."""
    deadline = open_deadline_of(work.session, case, rule)
    deadline.due_at = due_at
    if deadline.stopped_at is None:
        deadline.remind_at = next_reminder(deadline, case, work.now)


def home_return_due(database, day=None, *, at=NOW):
    """Let the home body's return be due at five on a day: 26 February 2010, as in the programme, where none is given."""
    with database.work(SYSTEM, at) as work:
        put_off(work, case_of(work.session, REF), "return_due", at_hour(day or date(2010, 2, 26), "17:00"))
