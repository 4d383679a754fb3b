"""When something is due by its rule, why then, and when its reminders go."""

from dataclasses import dataclass
from datetime import date, datetime

from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day
from workflows.programme import DeadlineRule, Programme, ReminderRule

REMINDER_HOUR = "09:00"


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due (UTC), and the sum that leads there, line by line."""

    at: datetime
    explanation: tuple[str, ...]


def written(day: date) -> str:
    """A day as a sum tells it: Friday 26 February 2010."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def due(rule: DeadlineRule, event_at: datetime, calendar: WorkingCalendar, given: date | None = None) -> Due:
    """When a rule makes something due, for an event at `event_at` (aware).

    `given` takes the place of the rule's fixed date, and is the date itself for a rule that is given one. Raises
    ValueError when such a rule is given none.
    """
    if rule.working_days is not None:
        start = london_day(event_at)
        day, skipped = calendar.walk(start, rule.working_days)
        lines = [f"{written(start)}: {rule.after or 'it began'}", f"+ {rule.working_days} working days"]
        lines += [f"not counted: {written(off)}, {why}" for off, why in skipped if why not in ("Saturday", "Sunday")]
        weekend = sum(1 for _, why in skipped if why in ("Saturday", "Sunday"))
        if weekend:
            lines.append(f"not counted: {weekend} day{'s' if weekend > 1 else ''} of weekends")
    else:
        fixed = given or rule.fixed
        if fixed is None:
            raise ValueError(f"The deadline {rule.code!r} needs a date.")
        day = fixed
        lines = [f"{written(day)}: {'a date agreed for this' if rule.given else 'a fixed date of the round'}"]
    lines.append(f"= {written(day)}, {rule.at} in London")
    return Due(at_hour(day, rule.at), tuple(lines))


def resumed(rule: DeadlineRule, before: Due, stopped_at: datetime, now: datetime, calendar: WorkingCalendar, why: str) -> Due:
    """When something is due after its clock stood from `stopped_at` to `now` (aware): as many working days later as began between.

    A clock that starts again on the working day on which it was stopped gives nothing back.
    """
    first, last = london_day(stopped_at), london_day(now)
    days = calendar.working_days(first, last)
    day = calendar.add_working_days(london_day(before.at), days) if days else london_day(before.at)
    lines = (f"+ {days} working day{'' if days == 1 else 's'}: the clock stood from {written(first)} to {written(last)}, {why}",
             f"= {written(day)}, {rule.at} in London")  # fmt: skip
    return Due(at_hour(day, rule.at), (*before.explanation, *lines))


def reminders_for(deadline: str, due_at: datetime, programme: Programme, calendar: WorkingCalendar) -> list[tuple[ReminderRule, datetime]]:
    """The reminders of a deadline that is due at a time, with when each goes (UTC), soonest first.

    They go at nine in the morning in London, the given working days before or after the day on which it is due.
    """
    day = london_day(due_at)
    found = []
    for rule in programme.reminders:
        if rule.deadline == deadline:
            on = calendar.add_working_days(day, rule.working_days) if rule.working_days else day
            found.append((rule, at_hour(on, REMINDER_HOUR)))
    return sorted(found, key=lambda pair: (pair[1], pair[0].code))
