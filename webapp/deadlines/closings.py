"""The days on which a body is closed: entered by its approver or an officer, taken back by them."""

from collections.abc import Mapping

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.models import ClosingDays
from workflows.asks import Ask, Moment, read_day
from workflows.engine import Reason, Refused, problems_of

ASKS = (
    Ask("first", "First day on which the body is closed", kind="date"),
    Ask("last", "Last day on which it is closed", kind="date", past=False),
    Ask("why", "Why", limit=200, hint="For example: Christmas closure. It stands in the sum of each date that it changes."),
)
LONGEST = 31
"""Days that a body is closed in one go at most: more is no closing."""
MOST_A_YEAR = 60
"""Days within a year either way for which a body is closed at most, so that every deadline comes to an end."""


def enter(work: Work, case: Case, inputs: Mapping[str, str]) -> ClosingDays:
    """Enter days on which the body of a case is closed: not counted in working days of what it owes, where that begins after now.

    Raises Refused with all that is wrong.
    """
    problems = list(problems_of(ASKS, inputs, Moment(work.now)))
    if problems:
        raise Refused("input", tuple(problems))
    first, last = read_day(inputs["first"]), read_day(inputs["last"])
    if last < first:
        problems.append(Reason("The last day comes before the first. Give the first day, then the last.", "#last"))
    elif (last - first).days >= LONGEST:
        problems.append(Reason(f"Closing days are at most {LONGEST} days in one go. Ask for more time instead.", "#last"))
    query = select(ClosingDays.first_on, ClosingDays.last_on)
    others = work.session.execute(query.where(ClosingDays.body_id == case.body_id, ClosingDays.withdrawn_at.is_(None))).all()
    if any(one.first_on <= last and first <= one.last_on for one in others):
        problems.append(Reason("The body is closed on some of these days already. Take the earlier entry back first.", "#first"))
    near = sum((one.last_on - one.first_on).days + 1 for one in others if abs((one.first_on - first).days) <= 365)
    if near + max((last - first).days + 1, 0) > MOST_A_YEAR:
        problems.append(Reason(f"A body is closed for {MOST_A_YEAR} days a year at most. Take another entry back first.", "#first"))
    if problems:
        raise Refused("input", tuple(problems))
    made = ClosingDays(body_id=case.body_id, first_on=first, last_on=last, why=inputs["why"].strip(), person_id=work.actor.person_id,
                       at=work.now)  # fmt: skip
    work.session.add(made)
    return made


def take_back(work: Work, found: ClosingDays) -> None:
    """Take closing days back: deadlines that begin from now on count them again; those that run stay as they are. Raises Refused
    where they were taken back before."""
    if found.withdrawn_at is not None:
        raise Refused("state", (Reason("These closing days were taken back already.", "closing-days"),))
    found.withdrawn_at = work.now
