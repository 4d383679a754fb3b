"""Queue the reminders that are due, and tell which will be."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import SYSTEM, Database, Work
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import due_for_reminding, runs
from webapp.deadlines.verbs import calendar_of, next_reminder
from webapp.notices.queries import recipients
from webapp.notices.verbs import queue
from webapp.plans.models import Action
from workflows.deadlines.calendar import london_day
from workflows.deadlines.rules import reminders_for
from workflows.roles import Role


def remind(database: Database, now: datetime) -> int:
    """Queue every reminder that is due now and still true. Run it as often as you like: each is queued once.

    Gives the number queued. Reminders missed during an outage are made up: of one deadline the latest that is due and whose
    words are still true.
    """
    queued = 0
    with database.work(SYSTEM, now) as work:
        for deadline in due_for_reminding(work.session, now):
            queued += _remind_of(work, deadline)
    return queued


def _remind_of(work: Work, deadline: Deadline) -> int:
    case = work.session.get_one(Case, deadline.case_id)
    action = work.session.get(Action, deadline.action_id) if deadline.action_id else None
    programme = case.round.programme
    schedule = reminders_for(deadline.rule, deadline.due_at, programme, calendar_of(case))
    begun = deadline.remind_at or work.now
    reached = [at for rule, at in schedule if begun <= at <= work.now and _still_true(rule.working_days, deadline, work.now)]
    queued = 0
    for rule, at in schedule:
        if reached and at == max(reached):
            for role in (Role(r) for r in rule.to):
                for person in recipients(work.session, case, role, action):
                    occurrence = f"{rule.code}:{deadline.id}:{london_day(deadline.due_at)}"  # a date that moves is reminded of anew
                    queued += queue(work.session, case, rule.message, role, person.id, person.email, person.name,
                                    occurrence, work.now, audience=deadline.audience, deadline=deadline, rule=rule.code)  # fmt: skip
    deadline.remind_at = next_reminder(deadline, case, work.now)
    return queued


def _still_true(working_days: int, deadline: Deadline, now: datetime) -> bool:
    """Whether what a reminder says is true now: that a deadline is coming, that it is today, or that it has passed."""
    if working_days > 0:
        return now > deadline.due_at
    return now <= deadline.due_at if working_days < 0 else in_london(now).date() == in_london(deadline.due_at).date()


def preview(session: Session, start: datetime, end: datetime) -> list[dict[str, str]]:
    """What will be sent from `start` to before `end`, as far as today's open deadlines tell: to whom, when and why."""
    rows = []
    for deadline in session.scalars(select(Deadline).where(*runs(Deadline)).order_by(Deadline.due_at)):
        case = session.get_one(Case, deadline.case_id)
        programme = case.round.programme
        for rule, at in reminders_for(deadline.rule, deadline.due_at, programme, calendar_of(case)):
            if not start <= at < end:
                continue
            action = session.get(Action, deadline.action_id) if deadline.action_id else None
            for role in (Role(r) for r in rule.to):
                for person in recipients(session, case, role, action):
                    rows.append({
                        "at": at.astimezone(UTC).isoformat(), "ref": case.ref, "body": case.body.organisation.name,
                        "to": person.email, "role": role.value, "rule": rule.code, "message": rule.message,
                        "deadline": programme.deadline(deadline.rule).label, "due": deadline.due_at.isoformat(),
                    })  # fmt: skip
    return sorted(rows, key=lambda row: (row["at"], row["ref"], row["to"]))
