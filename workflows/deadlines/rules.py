"""When something is due by its rule, and why then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day
from workflows.programme import DeadlineRule


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due (UTC), and the sum that leads there, line by line."""

    at: datetime
    explanation: tuple[str, ...]


def written(day: date) -> str:
    """A day as a sum tells it: Friday 26 February 2010."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


NOT_COUNTED = "not counted: "


def short(explanation: Sequence[str]) -> list[str]:
    """A sum as a mail tells it: what was not counted in one line for each run of such days, and the same day with its hour only at the end.

    Nothing is left out but what the last line says again.
    """
    found: list[str] = []
    for line in explanation:
        if line.startswith(NOT_COUNTED) and found and found[-1].startswith(NOT_COUNTED):
            found[-1] += f"; {line.removeprefix(NOT_COUNTED)}"
        else:
            found.append(line)
    return [line for number, line in enumerate(found) if not line.startswith("= ") or number == len(found) - 1]


def due(rule: DeadlineRule, event_at: datetime, calendar: WorkingCalendar, given: date | None = None) -> Due:
    """When a rule makes something due, for an event at `event_at` (aware).

    `given` takes the place of the rule's fixed date, and is the date itself for a rule that is given one. Raises
    ValueError when such a rule is given none.
    """
    if rule.working_days is not None:
        start = london_day(event_at)
        day, skipped = calendar.walk(start, rule.working_days)
        lines = [f"{written(start)}: {rule.after or 'it began'}", f"+ {rule.working_days} working days"]
        lines += [f"{NOT_COUNTED}{written(off)}, {why}" for off, why in skipped if why not in ("Saturday", "Sunday")]
        weekend = sum(1 for _, why in skipped if why in ("Saturday", "Sunday"))
        if weekend:
            lines.append(f"{NOT_COUNTED}{weekend} day{'s' if weekend > 1 else ''} of weekends")
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
