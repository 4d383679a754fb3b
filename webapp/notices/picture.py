"""A picture of counts as bars, drawn on the server: where each bar stands, in percent, and what is written below it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

LABELS = 5
"""So many days are written below the bars at most: a telephone has no room for more."""
TALL = 90
ROOM = 82
"""Beyond so many percent of the width nothing is written: it would not have room on a telephone."""


class Bar(NamedTuple):
    """One bar: its place and width in percent of the picture's width, its height in pixels, and the day below it, if one is written."""

    x: float
    width: float
    height: float
    day: date
    labelled: bool


class Bars(NamedTuple):
    """The bars, and what the tallest stands for."""

    bars: list[Bar]
    most: int
    years: bool
    """Whether the bars go over so long a time that the year must be written."""


def bars(counts: Sequence[tuple[date, int]]) -> Bars:
    """The bars of counts by day, or by week where each is told by its Monday; Mondays are written below, where there is room."""
    most = max((count for _, count in counts), default=0)
    mondays = [number for number, (day, _) in enumerate(counts) if day.weekday() == 0]
    every = -(-len(mondays) // LABELS) or 1
    labelled = set(mondays[::every])
    step = 100 / max(1, len(counts))
    found = [
        Bar(
            round(number * step, 3),
            round(step * 0.8, 3),
            round(TALL * count / most, 1) if most else 0.0,
            day,
            number in labelled and number * step <= ROOM,
        )
        for number, (day, count) in enumerate(counts)
    ]
    years = bool(counts) and (counts[-1][0] - counts[0][0]).days > 300
    return Bars(found, most, years)
