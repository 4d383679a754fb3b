"""How late a return is: counted from the deadline, in days of London, whether it was made yet or not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.deadlines.calendar import london_day


@dataclass(frozen=True, slots=True)
class Lateness:
    """A return that was not there when it was due: still `late`, `filed_late`, or recorded as `not_returned`."""

    kind: Literal["late", "filed_late", "not_returned"]
    days: int
    due_at: datetime

    @property
    def words(self) -> str:
        """The lateness as pages and lists tell it."""
        if self.kind == "not_returned":
            day = london_day(self.due_at)
            return f"Not returned since {day.day} {day:%B} {day.year}"
        days = f"{self.days:,} day{'' if self.days == 1 else 's'}"
        return f"Late by {days}" if self.kind == "late" else f"Filed {days} late"


def days_late(due_at: datetime, at: datetime) -> int:
    """By how many days a time lies after a due time: 0 when it does not, at least 1 when it does."""
    return max(1, (london_day(at) - london_day(due_at)).days) if at > due_at else 0


def lateness(state: str | None, due_at: datetime | None, filed_at: datetime | None, now: datetime) -> Lateness | None:
    """How late a return is, by where its track stands, when it was due and when its first version was signed off.

    None where it is in time, or where nothing is due: an exempt body has no return to be late with.
    """
    if due_at is None or state in (None, "exempt"):
        return None
    days = days_late(due_at, filed_at or now)
    if not days:
        return None
    kind: Literal["late", "filed_late", "not_returned"] = (
        "filed_late" if filed_at else "not_returned" if state == "not_returned" else "late"
    )
    return Lateness(kind, days, due_at)
