"""Working days of a nation of the United Kingdom, less the closing days of a body, and the hour of London at which a deadline falls.

Public holidays come from the `holidays` library, which carries the bank holidays of each nation by year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")


@cache
def _holidays(nation: str, year: int) -> Mapping[date, str]:
    """The public holidays of a nation in one year. Whole once it is there, whichever thread asks first.

    (A `holidays` calendar that fills itself marks a year as known before it has filled it.)
    """
    return {day: str(name) for day, name in holidays.country_holidays("GB", subdiv=nation, years=year, expand=False).items()}


NATIONS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}
"""The nations, by the first letter of the code that the Office for National Statistics gives a place in them."""


def nation_of(code: str | None, otherwise: str) -> str:
    """The nation of a place by its statistical code (`E09000001`); `otherwise` where there is no code, or one of no nation."""
    return NATIONS.get((code or "")[:1], otherwise)


@dataclass(frozen=True)
class Closing:
    """Days from `first` to `last`, both included, on which a body is closed, and why."""

    first: date
    last: date
    why: str


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of a nation: ENG, WLS, SCT or NIR; `closings` are the days on which one body of it is closed besides."""

    nation: str = "ENG"
    closings: tuple[Closing, ...] = ()

    def why_not(self, day: date) -> str:
        """Why a day is not a working day: 'Saturday', 'Sunday', the holiday's name or the closing; empty for a working day."""
        name = _holidays(self.nation, day.year).get(day)
        if name:
            return name
        if day.weekday() >= 5:
            return f"{day:%A}"
        return next((f"closed: {one.why}" for one in self.closings if one.first <= day <= one.last), "")

    def is_working(self, day: date) -> bool:
        """Whether a day is a working day."""
        return not self.why_not(day)

    def working_days(self, after: date, until: date) -> int:
        """The working days after a day up to another, that one included; 0 where it is no later."""
        return sum(self.is_working(after + timedelta(days=number)) for number in range(1, (until - after).days + 1))

    def add_working_days(self, day: date, count: int) -> date:
        """The day that is `count` working days after a day (before it where negative).

        With 0 it is the day itself, or the next working day where that is none.
        """
        return self.walk(day, count)[0]

    def walk(self, day: date, count: int) -> tuple[date, tuple[tuple[date, str], ...]]:
        """The same, with every day that was skipped on the way and why."""
        skipped = []
        step = timedelta(days=-1 if count < 0 else 1)
        if count == 0:
            while reason := self.why_not(day):
                skipped.append((day, reason))
                day += step
            return day, tuple(skipped)
        left = abs(count)
        while left:
            day += step
            reason = self.why_not(day)
            if reason:
                skipped.append((day, reason))
            else:
                left -= 1
        return day, tuple(skipped)


def london_day(moment: datetime) -> date:
    """The day that it is in London at an aware time. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A time without a time zone has no day in London.")
    return moment.astimezone(LONDON).date()


def at_hour(day: date, at: str) -> datetime:
    """The UTC time at which a clock in London shows the hour `at` (HH:MM) on a day.

    An hour that comes twice, as summer time ends, is the second of the two; one that is left out, as it begins, is the moment an
    hour later on the clock. So nobody is late whose clock does not show it yet.
    """
    hour, minute = (int(part) for part in at.split(":"))
    return max(datetime.combine(day, time(hour, minute, fold=fold), LONDON).astimezone(UTC) for fold in (0, 1))
