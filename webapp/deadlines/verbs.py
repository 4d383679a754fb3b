"""Open and close deadlines, queue notices, remind, deliver."""

import logging
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, reduce
from operator import or_

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from workflows.deadlines.calendar import WorkingCalendar
from workflows.deadlines.reminders import next_after, reminders_for
from workflows.deadlines.rules import Due, due, resumed
from workflows.roles import Role, Side

log = logging.getLogger("yardstick.deadlines")
_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


@cache
def calendar(nation: str) -> WorkingCalendar:
    """The working calendar of a nation."""
    return WorkingCalendar(nation)


def reckon(case: Case, code: str, action: Action | None, now: datetime, given: date | None = None) -> Due:
    """When a deadline of a case would fall due if it began now, or on the day given, with the sum that leads there."""
    programme = case.round.programme
    if given is None:
        given = action.due_on if action is not None and code == "action_due" else case.round.fixed_date(code)
    return due(programme.deadline(code), now, calendar(programme.nation), given)


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
    audience = reduce(or_, (Role(known).side for known in rule.known_to), role.side | Side.PROGRAMME)
    deadline = Deadline(case_id=case.id, rule=code, role=role.value, action_id=action.id if action else None,
                        audience=int(audience), opened_at=work.now, due_at=reckoned.at,
                        explanation=list(reckoned.explanation), remind_at=None)  # fmt: skip
    deadline.remind_at = next_reminder(deadline, case, work.now)
    work.session.add(deadline)


def next_reminder(deadline: Deadline, case: Case, after: datetime) -> datetime | None:
    programme = case.round.programme
    return next_after(reminders_for(deadline.rule, deadline.due_at, programme, calendar(programme.nation)), after)


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


def close(work: Work, case: Case, rules: tuple[str, ...], action: Action | None, *, lapsed: bool = False) -> None:
    """Close the open deadlines of these rules: met, or missed where the time has passed; or lapsed, where nothing is owed any more."""
    for deadline in _open(work.session, case, rules, action):
        deadline.closed_at = work.now
        in_time = deadline.stopped_at is not None or work.now <= deadline.due_at
        deadline.outcome = "lapsed" if lapsed else "met" if in_time else "missed"
        deadline.remind_at = deadline.stopped_at = None


def stop(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Stop the clock of the open deadlines of these rules: nothing is due and nobody is reminded until it starts again."""
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            deadline.stopped_at, deadline.remind_at = work.now, None


def resume(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Start the clock of these deadlines again, and give the working days back for which it stood."""
    programme = case.round.programme
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            continue
        reckoned = resumed(programme.deadline(deadline.rule), Due(deadline.due_at, tuple(deadline.explanation)), deadline.stopped_at,
                           work.now, calendar(programme.nation), "while the body owed answers")  # fmt: skip
        deadline.due_at, deadline.explanation, deadline.stopped_at = reckoned.at, list(reckoned.explanation), None
        deadline.remind_at = next_reminder(deadline, case, work.now)


def _open(session: Session, case: Case, rules: tuple[str, ...], action: Action | None = None) -> Iterable[Deadline]:
    if not rules:
        return ()
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule.in_(rules), Deadline.closed_at.is_(None))
    return session.scalars(query if action is None else query.where(Deadline.action_id == action.id))
