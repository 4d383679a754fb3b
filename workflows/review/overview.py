"""How a coordinator sees the reviews of a partnership: whose turn each is, how old, and whether it is in danger of being late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low

from workflows.deadlines.calendar import WorkingCalendar, london_day

SOON = 5
"""Working days before the last one from which a case is watched, where it is not known how long such a step takes. Proposed here."""
MINIMUM = 5
"""Steps that must have been made for it to be known how long one takes. Proposed here."""


def working_days(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    """The working days that began after one time (aware), up to another; 0 where that is earlier."""
    return calendar.working_days(london_day(start), london_day(end))


def typical(stays: Iterable[tuple[str, datetime, datetime]], calendar: WorkingCalendar) -> Mapping[str, int]:
    """How many working days the cases of a round stayed in each state, in the middle (the lower median): for states that at least
    MINIMUM cases have left. `stays` are states with when they began and ended."""
    found: dict[str, list[int]] = {}
    for state, since, until in stays:
        found.setdefault(state, []).append(working_days(since, until, calendar))
    return {state: median_low(days) for state, days in found.items() if len(days) >= MINIMUM}


@dataclass(frozen=True, slots=True)
class Risk:
    """Whether a case is in danger of being late: `late`, `danger`, or neither; and why, in words."""

    kind: str
    words: str


def risk(state: str, since: datetime, due_at: datetime | None, now: datetime, calendar: WorkingCalendar, usual: Mapping[str, int]) -> Risk:
    """The danger that what a state waits for comes after its deadline; nothing is said where there is none."""
    if due_at is None:
        return Risk("", "")
    if due_at < now:
        days = working_days(due_at, now, calendar)
        return Risk("late", f"{days} working day{'' if days == 1 else 's'} late" if days else "less than a working day late")
    left = working_days(now, due_at, calendar)
    in_words = f"{left} working day{'' if left == 1 else 's'} left" if left else "due today"
    if state in usual:
        still = usual[state] - working_days(since, now, calendar)
        if still > left:
            return Risk("danger", f"{in_words}, and such a step takes {usual[state]}")
        return Risk("", "") if left > 1 else Risk("danger", in_words)
    return Risk("danger", in_words) if left <= SOON else Risk("", "")
