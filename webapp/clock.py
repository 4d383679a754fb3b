"""The one clock. Everybody else is handed the time."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=4096)
def in_london(moment: datetime) -> datetime:
    """An aware time as it reads on a clock in London."""
    return moment.astimezone(LONDON)
