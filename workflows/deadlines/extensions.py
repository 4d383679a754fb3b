"""More time: who may ask, who may grant, what a later day does to the sum of a date, and what moves when a date of the round does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day
from workflows.deadlines.rules import Due, written
from workflows.programme import DeadlineRule, Programme
from workflows.roles import Role, Side

Kind = Literal["opened", "stopped", "resumed", "extended", "moved", "closed"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a deadline that runs: on which day it was due before, and on which afterwards."""

    kind: str
    before: date
    after: date


def may_ask(owes: Role, asks: Role | None) -> bool:
    """Whether a role may ask for more time on what another role owes: one's own, or what one's body owes with one.

    An action is for its owner, or for the approver, to ask for: the preparer has no part in it.
    """
    if asks is None or asks is Role.OFFICER:
        return False
    if owes.side is not Side.BODY:
        return asks is owes
    if owes is Role.ACTION_OWNER:
        return asks in (Role.ACTION_OWNER, Role.APPROVER)
    return asks in (Role.PREPARER, Role.APPROVER)


def deciders(rule: DeadlineRule, *, partnership: bool) -> tuple[Role, ...]:
    """The roles that decide on more time in a case; where it has no partnership, the officer takes the coordinator's part."""
    roles = (role if partnership or role is not Role.COORDINATOR else Role.OFFICER for role in rule.granted_by)
    return tuple(dict.fromkeys(roles))


def extended(rule: DeadlineRule, before: Due, day: date, by: Role | None, why: str) -> Due:
    """When something is due once more time was granted up to a day. Raises ValueError for a day that is not later.

    An extension names a day. Days that are given back afterwards, since the clock stood, come on top of it; those that were
    given back before are in the date that it takes the place of.
    """
    if day <= london_day(before.at):
        raise ValueError("An extension ends later than the date that it takes the place of.")
    granted = f", granted by the {by.label}" if by else ""
    lines = (f"+ extension to {written(day)}{granted}, because {_clause(why)}", f"= {written(day)}, {rule.at} in London")
    return Due(at_hour(day, rule.at), (*before.explanation, *lines))


def moved(rule: DeadlineRule, before: Due, to: date, steps: Sequence[Step], calendar: WorkingCalendar, why: str) -> Due:
    """When something is due once the date of the round that it rests on was moved to a day.

    What was given to this deadline alone stays: the working days for which its clock stood are given back on the new date too,
    and an extension that is later than the new date stays as it is.
    """
    day, lines = to, [f"the date of the round was moved to {written(to)}, because {_clause(why)}"]
    for step in steps:
        if step.kind == "resumed" and (days := calendar.working_days(step.before, step.after)):
            day = calendar.add_working_days(day, days)
            lines.append(f"+ {days} working day{'' if days == 1 else 's'} that were given back")
        elif step.kind == "extended":
            stays = step.after > day
            lines.append(f"the extension to {written(step.after)} {'is later, and stays' if stays else 'is used up'}")
            day = max(day, step.after)
    lines.append(f"= {written(day)}, {rule.at} in London")
    return Due(at_hour(day, rule.at), (*before.explanation, *lines))


def _clause(why: str) -> str:
    """A reason within a sentence: in one line, without its full stop."""
    return " ".join(why.split()).rstrip(".")


def dates_of(programme: Programme, dates: Mapping[str, str]) -> list[tuple[DeadlineRule, date]]:
    """The fixed dates of a round, in their order: the programme's, unless `dates` (ISO) give another."""
    return [(rule, date.fromisoformat(dates[rule.code]) if rule.code in dates else rule.fixed)
            for rule in programme.deadlines if rule.fixed is not None]  # fmt: skip


def out_of_order(dates: Iterable[tuple[DeadlineRule, date]]) -> list[str]:
    """Which dates of a round come before one that they follow, each in a sentence."""
    return [
        f"“{later.label}” on {written(day)} would come before “{earlier.label}” on {written(first)}. It has to follow it."
        for (earlier, first), (later, day) in pairwise(dates)
        if day < first
    ]


def open_time(due_at: datetime, stopped_at: datetime | None, closed_at: datetime | None) -> str:
    """Why nobody can ask for, or give, more time on a deadline now; empty where they can."""
    if closed_at is not None:
        return "This deadline has come to an end, so there is nothing to extend."
    if stopped_at is not None:
        return (
            "The clock of this deadline stands while another side owes an answer: no time is lost, and the days are given back. "
            "It can be extended once the clock runs again."
        )
    return ""
