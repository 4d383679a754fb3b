"""Pauses: times in which the people of a body are not reminded of what it owes, set by an officer.

Its deadlines run on, whoever else is told of them is told, and so is news. What would be written in the time is kept in the ledger
as not sent, with the reason; it is not made up afterwards.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.effects import seen_mark
from webapp.deadlines.models import Deadline
from webapp.notices.ahead import Coming, foretold, open_deadlines
from webapp.notices.lots import Lot
from webapp.notices.models import Notice, ReminderPause, open_at
from webapp.register.models import Body
from workflows.asks import Ask, Moment, read_day
from workflows.deadlines.calendar import at_hour
from workflows.deadlines.reminders import Pause
from workflows.deadlines.rules import written
from workflows.engine import Reason, Refused, problems_of
from workflows.roles import Role, Side

ASKS = (
    Ask("day", "First day on which they are reminded again", kind="date", past=False),
    Ask("reason", "Why", limit=300, hint="For example: the body deals with a flood. The body reads it, and it stays on the record."),
)
LONGEST_DAYS = 92
"""For how long reminders are paused at most: whoever needs longer has to look at it again."""


class Silenced(NamedTuple):
    """What a pause brings about: the reminders that would be sent and are not, soonest first, and how many that wait in the outbox."""

    reminders: list[Coming]
    waiting: int

    @property
    def mark(self) -> str:
        """The same in short: another mark means that something else would be silenced by now."""
        parts = [f"{row.ref}:{row.at.timestamp():.0f}:{row.rule.code}:{row.role}:{row.person_id}" for row in self.reminders]
        return seen_mark((), str(self.waiting), *parts)


def pauses_of(session: Session, body_id: int) -> list[ReminderPause]:
    """All pauses of a body, the newest first, with who made each."""
    query = select(ReminderPause).options(joinedload(ReminderPause.person).load_only(Person.name))
    return list(session.scalars(query.where(ReminderPause.body_id == body_id).order_by(ReminderPause.id.desc())))


def open_pause(session: Session, body_id: int, now: datetime) -> ReminderPause | None:
    """The pause of a body that goes on now, if any."""
    return session.scalars(select(ReminderPause).where(ReminderPause.body_id == body_id, open_at(now)).limit(1)).first()


def read(inputs: Mapping[str, str], now: datetime) -> Pause:
    """The pause that the answers mean. Raises Refused with all that is wrong with them."""
    problems = list(problems_of(ASKS, inputs, Moment(now)))
    if problems:
        raise Refused("input", tuple(problems))
    until = at_hour(read_day(inputs["day"]), "00:00")
    if until - now > timedelta(days=LONGEST_DAYS):
        last = written((now + timedelta(days=LONGEST_DAYS)).date())
        raise Refused("input", (Reason(f"Reminders are paused for {LONGEST_DAYS} days at most: choose a day up to {last}.", "#day"),))
    return Pause(until, inputs["reason"].strip())


def silenced(session: Session, body_id: int, pause: Pause, now: datetime) -> Silenced:
    """What a pause from now on would bring about, in nine statements. Nothing is changed."""
    cases = select(Case.id).where(Case.body_id == body_id)
    deadlines = open_deadlines(session, Deadline.case_id.in_(cases))
    rows = foretold(Lot(session, {one.case_id for one in deadlines}, now), deadlines, now, pause.until)
    waits = select(func.count()).where(
        Notice.case_id.in_(cases), Notice.rule != "", Notice.state.in_(("queued", "held")), Notice.not_before < pause.until,
        Notice.role.in_([role.value for role in Role if role.side is Side.BODY]),
    )  # fmt: skip
    return Silenced([row for row in rows if row.leaves and pause.stops(Role(row.role), row.at)], session.scalar(waits) or 0)


def must_go(session: Session, body_id: int, now: datetime) -> None:
    """Raise Refused where reminders to a body are paused already."""
    if (other := open_pause(session, body_id, now)) is not None:
        who = other.person.name if other.person else "Somebody"
        raise Refused("state", (Reason(f"{who} paused reminders to this body already. End that pause first.", "#pauses"),))


def begin(work: Work, case: Case, pause: Pause) -> ReminderPause:
    """Pause the reminders to the people of a case's body from now on. Raises Refused where they are paused already."""
    work.session.execute(select(Body.id).where(Body.id == case.body_id).with_for_update(key_share=True))
    must_go(work.session, case.body_id, work.now)
    made = ReminderPause(body_id=case.body_id, case_id=case.id, at=work.now, until=pause.until, reason=pause.why,
                         person_id=work.actor.person_id)  # fmt: skip
    work.session.add(made)
    return made


def end(work: Work, found: ReminderPause) -> None:
    """Let reminders to a body go again from now on. Raises Refused where the pause is over."""
    if not found.goes_on(work.now):
        raise Refused("state", (Reason("This pause is over already.", "#pauses"),))
    found.ended_at = work.now
