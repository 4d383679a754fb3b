"""Which days count: the working days of the nation that a case's body is in, less the days on which the body is closed."""

from functools import cache, lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from webapp.cases.models import Case
from webapp.deadlines.models import ClosingDays
from workflows.deadlines.calendar import Closing, WorkingCalendar, nation_of
from workflows.programme import DeadlineRule
from workflows.roles import Side


@cache
def calendar(nation: str) -> WorkingCalendar:
    """The working calendar of a nation."""
    return WorkingCalendar(nation)


def calendar_of(case: Case) -> WorkingCalendar:
    """The working calendar of a case: of the nation that the register's code puts its body in, else of its programme's."""
    return calendar(nation_of(case.body.gss, case.round.programme.nation))


def calendar_for(case: Case, rule: DeadlineRule) -> WorkingCalendar:
    """The same for one rule: working days of what the body itself owes do not count the days on which it is closed."""
    there = calendar_of(case)
    session = object_session(case)
    if rule.working_days is None or rule.role.side is not Side.BODY or session is None:
        return there
    return _closed(there.nation, closings_of(session, case.body_id))


@lru_cache(maxsize=1000)
def _closed(nation: str, closings: tuple[Closing, ...]) -> WorkingCalendar:
    return WorkingCalendar(nation, closings)


def closings_of(session: Session, body_id: int) -> tuple[Closing, ...]:
    """The days on which a body is closed, as entered by now, each once for a session: one statement."""
    known: dict[int, tuple[Closing, ...]] = session.info.setdefault("closings", {})
    if body_id not in known:
        columns = select(ClosingDays.first_on, ClosingDays.last_on, ClosingDays.why)
        query = columns.where(ClosingDays.body_id == body_id, ClosingDays.withdrawn_at.is_(None)).order_by(ClosingDays.first_on)
        known[body_id] = tuple(Closing(*row) for row in session.execute(query))
    return known[body_id]
