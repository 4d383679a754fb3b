"""Open, stop, resume and close deadlines; each writes what happened beside what is."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import reduce
from operator import or_

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.calendars import calendar, calendar_for, calendar_of
from webapp.deadlines.models import Deadline, DeadlineChange, Extension
from webapp.notices.truth import goes_on
from webapp.plans.models import Action
from workflows.deadlines.extensions import Kind
from workflows.deadlines.reminders import next_after, reminders_for
from workflows.deadlines.rules import Due, due, resumed
from workflows.roles import Role, Side

__all__ = ["calendar", "calendar_of"]


def reckon(case: Case, code: str, action: Action | None, now: datetime, given: date | None = None) -> Due:
    """When a deadline of a case would fall due if it began now, or on the day given, with the sum that leads there."""
    rule = case.round.programme.deadline(code)
    if given is None:
        given = action.due_on if action is not None and code == "action_due" else case.round.fixed_date(code)
    return due(rule, now, calendar_for(case, rule), given)


def open_deadline(work: Work, case: Case, code: str, action: Action | None, *, given: date | None = None) -> None:
    """Open a deadline by its rule, or on the day given in its place; its reminders follow from it.

    None is opened where the round's programme has no such rule: it was frozen before there was one.
    """
    rule = case.round.programme.find_deadline(code)
    if rule is None:
        return
    reckoned = reckon(case, code, action, work.now, given)
    role = Role(rule.role)
    if role is Role.COORDINATOR and case.partnership_id is None:
        role = Role.OFFICER
    audience = reduce(or_, (known.side for known in (*rule.known_to, *rule.granted_by)), role.side | Side.PROGRAMME)
    deadline = Deadline(case_id=case.id, rule=code, role=role.value, action_id=action.id if action else None,
                        audience=int(audience), opened_at=work.now, due_at=reckoned.at,
                        explanation=list(reckoned.explanation), remind_at=None)  # fmt: skip
    deadline.remind_at = next_reminder(deadline, case, work.now)
    work.session.add(deadline)
    happened(work, deadline, "opened", None)


def happened(work: Work, deadline: Deadline, kind: Kind, before: datetime | None, why: str = "") -> None:
    """Write what happened to a deadline, which is due as it says now, beside its event."""
    actor = work.actor
    told = DeadlineChange(deadline=deadline, case_id=deadline.case_id, audience=deadline.audience, kind=kind, at=work.now,
                          person_id=actor.person_id, role=actor.role.value if actor.role else None, why=why, due_before=before,
                          due_after=deadline.due_at)  # fmt: skip
    work.session.add(told)


def next_reminder(deadline: Deadline, case: Case, after: datetime) -> datetime | None:
    """When the next reminder of a deadline falls due after a time; None where there is none."""
    return next_after(reminders_for(deadline.rule, deadline.due_at, case.round.programme, calendar_of(case)), after)


def becomes(work: Work, case: Case, deadline: Deadline, reckoned: Due) -> None:
    """Let a deadline be due at another time, with the sum that leads there."""
    deadline.due_at, deadline.explanation = reckoned.at, list(reckoned.explanation)
    deadline.remind_at = next_reminder(deadline, case, work.now)


def as_due(deadline: Deadline) -> Due:
    """When a deadline is due, with its sum."""
    return Due(deadline.due_at, tuple(deadline.explanation))


def of_action(session: Session, action: Action) -> list[Deadline]:
    """The deadlines of an action that run."""
    return list(session.scalars(select(Deadline).where(Deadline.action_id == action.id, Deadline.closed_at.is_(None))))


def carry(work: Work, running: list[Deadline], case: Case, action: Action, why: str) -> None:
    """Open in another case what ran in one: the same is due by the same time, and its sum says why it is here."""
    for old in running:
        new = Deadline(case_id=case.id, rule=old.rule, role=old.role, action_id=action.id, audience=old.audience, opened_at=work.now,
                       due_at=old.due_at, explanation=[*old.explanation, why], remind_at=None)  # fmt: skip
        new.remind_at = next_reminder(new, case, work.now)
        work.session.add(new)
        happened(work, new, "opened", None, why)


def close(work: Work, case: Case, rules: tuple[str, ...], action: Action | None, *, lapsed: bool = False) -> None:
    """Close the open deadlines of these rules: met, or missed where the time has passed; or lapsed, where nothing is owed any more.
    A request for more time on one of them lapses with it."""
    closed = list(_open(work.session, case, rules, action))
    for deadline in closed:
        deadline.closed_at = work.now
        in_time = deadline.stopped_at is not None or work.now <= deadline.due_at
        deadline.outcome = "lapsed" if lapsed else "met" if in_time else "missed"
        deadline.remind_at = deadline.stopped_at = None
        happened(work, deadline, "closed", deadline.due_at)
    if closed:
        asked = select(Extension).where(Extension.deadline_id.in_([one.id for one in closed]), Extension.state == "open")
        for request in work.session.scalars(asked):
            request.state, request.decided_at = "lapsed", work.now


def stop(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Stop the clock of the open deadlines of these rules: nothing is due and nobody is reminded until it starts again."""
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            deadline.stopped_at = work.now
            happened(work, deadline, "stopped", deadline.due_at, "the body owes answers")


def resume(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Start the clock of these deadlines again, and give the working days back for which it stood.

    Where that leaves the date as it was, its reminders go on as if the clock had not stood: what fell meanwhile is made up, and what
    was dropped for it waits again.
    """
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            continue
        rule, before = case.round.programme.deadline(deadline.rule), deadline.due_at
        reckoned = resumed(rule, as_due(deadline), deadline.stopped_at, work.now, calendar_of(case), "while the body owed answers")
        stopped_at, deadline.stopped_at = deadline.stopped_at, None
        if reckoned.at == before:
            # what was stopped before this was kept has none
            deadline.remind_at = deadline.remind_at or next_reminder(deadline, case, stopped_at)
            deadline.explanation = list(reckoned.explanation)
        else:
            becomes(work, case, deadline, reckoned)
        goes_on(work.session, deadline, calendar_of(case), work.now)
        happened(work, deadline, "resumed", before, "the body owed answers")


def _open(session: Session, case: Case, rules: tuple[str, ...], action: Action | None = None) -> Iterable[Deadline]:
    if not rules:
        return ()
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule.in_(rules), Deadline.closed_at.is_(None))
    return session.scalars(query if action is None else query.where(Deadline.action_id == action.id))
