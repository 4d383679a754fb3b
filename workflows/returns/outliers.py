"""Whether a value stands out from those of comparators: the modified z-score.

Source: B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (ASQC, 1993): 0.6745 (x - median) / MAD, where MAD is
the median of the distances from the median; they propose to look at values above 3.5. A few wild values among the
comparators hardly move it, unlike mean and standard deviation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MAD_UNIT = 0.6745
"""The third quartile of the standard normal distribution, rounded as in the source: MAD / 0.6745 estimates its deviation."""
MEAN_UNIT = 1.253314
"""The square root of pi / 2: so often the mean distance goes into the standard deviation of normal values."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some values, and how far from it a value may be to get the score 1; `unit` 0: they are all alike."""

    n: int
    median: float
    unit: float

    def score(self, value: float) -> float:
        """The modified z-score of a value. Where all the others are alike nothing can be said of it: 0."""
        return (value - self.median) / self.unit if self.unit else 0.0

    def limits(self, score: float) -> tuple[float, float]:
        """The values that get this score, below and above."""
        return self.median - score * self.unit, self.median + score * self.unit


def spread(values: Sequence[float]) -> Spread:
    """The spread of the comparators' values. Raises ValueError where there are none.

    Where more than half of them are equal MAD is 0, and every other value would stand out: then the mean distance times
    1.253314 takes the place of MAD / 0.6745. Where all are equal there is no measure of what is unusual.
    """
    if not values:
        raise ValueError("There are no values to compare with.")
    ordered = sorted(values)
    median = _middle(ordered)
    distances = sorted([abs(value - median) for value in ordered])
    mad = _middle(distances)
    unit = mad / MAD_UNIT if mad else sum(distances) / len(distances) * MEAN_UNIT
    return Spread(len(ordered), median, unit)


def _middle(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
