"""The scale of a picture: from which number to which, and the round numbers written along it."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from workflows.benchmarks.statistics import OUTLIER_SCORE, Summary

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
"""What a step between two ticks is, times a power of ten: numbers that are easy to count by."""
ENOUGH = 3
"""So many values tell where the middle is; of fewer none is called unusual."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale between two round numbers, with its ticks."""

    ticks: tuple[Decimal, ...]

    @property
    def low(self) -> float:
        return float(self.ticks[0])

    @property
    def high(self) -> float:
        return float(self.ticks[-1])

    def at(self, value: float) -> float:
        """The place of a value in percent of the scale: 0 or 100 for what is off it."""
        if value <= self.low:
            return 0.0
        return 100.0 if value >= self.high else round((value - self.low) / (self.high - self.low) * 100, 2)

    def off(self, value: float) -> str:
        """`low` or `high` for a value that is off the scale; else nothing."""
        return "low" if value < self.low else "high" if value > self.high else ""


def scale(summary: Summary, others: tuple[float, ...], intervals: int) -> Scale:
    """The scale on which a summary and some other values are shown, with at most so many intervals and two more.

    It reaches as far as values that are not unusual: what is beyond the outlier score is off the scale, so that one wild value
    does not press all the others into a line.
    """
    shown = [value for value in (summary.low, summary.q1, summary.median, summary.q3, summary.high, *others) if value is not None]
    core = [value for value in (summary.q1, summary.median, summary.q3) if value is not None]
    usual = shown
    if summary.median is not None and summary.unit and summary.n >= ENOUGH:
        low, high = summary.median - OUTLIER_SCORE * summary.unit, summary.median + OUTLIER_SCORE * summary.unit
        beyond = [low] * any(value < low for value in shown) + [high] * any(value > high for value in shown)
        usual = [value for value in shown if low <= value <= high] + beyond + core
        if min(shown) >= 0:
            usual = [max(value, 0.0) for value in usual]
    least, most = (min(usual), max(usual)) if usual else (0.0, 1.0)
    if least == most:
        room = abs(least) / 10 or 1.0
        least, most = (least - room if least < 0 else max(least - room, 0.0)), most + room
    return Scale(_ticks(Decimal(repr(least)), Decimal(repr(most)), intervals))


def _ticks(least: Decimal, most: Decimal, intervals: int) -> tuple[Decimal, ...]:
    rough = (most - least) / intervals
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(one * power for one in STEPS if one * power >= rough)
    first = (least / step).to_integral_value(ROUND_FLOOR)
    last = max((most / step).to_integral_value(ROUND_CEILING), first + 1)
    return tuple((first + place) * step for place in range(int(last - first) + 1))
