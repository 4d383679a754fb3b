"""Whether reviewers rate alike: how each one's ratings lie beside those of others, and how far two agree who rated the same.

Nothing is corrected by it: it is for whoever moderates to read, and small numbers are not told.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import krippendorff
import numpy as np

MINIMUM = 5
"""Ratings below which nothing is said of how somebody rates; proposed here, as for ranks."""
MINIMUM_PAIRED = 3
"""Rated things that two have in common, below which their agreement is not told; proposed here."""
RELIABLE, TENTATIVE = Fraction(4, 5), Fraction(2, 3)
"""Agreement that is relied on, and that which allows tentative conclusions (Krippendorff, Content Analysis, 2004, p. 241)."""


@dataclass(frozen=True, slots=True)
class Rated:
    """One rating: by whom, of what (a function of a case), how high, and what kind of thing it was (its function)."""

    reviewer: int
    unit: tuple[int, str]
    value: int

    @property
    def function(self) -> str:
        return self.unit[1]


@dataclass(frozen=True, slots=True)
class Habit:
    """How one reviewer rates: `n` ratings, how often each step, their mean; and by how much they are above (+) what others gave
    to the same functions in the round, on the scale's own steps, or None where there is too little to say."""

    reviewer: int
    n: int
    steps: Mapping[int, int] = field(default_factory=dict)
    mean: Fraction | None = None
    above: Fraction | None = None


def habits(ratings: Iterable[Rated]) -> list[Habit]:
    """How each reviewer rates beside the others, by function, so that whoever was given weak returns of one function is not taken
    for strict: by reviewer id. Of fewer than MINIMUM ratings neither mean nor difference is told."""
    found = list(ratings)
    by_reviewer: dict[int, list[Rated]] = {}
    for one in found:
        by_reviewer.setdefault(one.reviewer, []).append(one)
    return [_habit(reviewer, mine, found) for reviewer, mine in sorted(by_reviewer.items())]


def _habit(reviewer: int, mine: Sequence[Rated], every: Sequence[Rated]) -> Habit:
    steps = Counter(one.value for one in mine)
    if len(mine) < MINIMUM:
        return Habit(reviewer, len(mine), steps)
    others: dict[str, list[int]] = {}
    for one in every:
        if one.reviewer != reviewer:
            others.setdefault(one.function, []).append(one.value)
    beside = [one.value - Fraction(sum(others[one.function]), len(others[one.function])) for one in mine if one.function in others]
    mean = Fraction(sum(one.value for one in mine), len(mine))
    return Habit(reviewer, len(mine), steps, mean, sum(beside, Fraction(0)) / len(beside) if len(beside) >= MINIMUM else None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far reviewers agree on what more than one of them rated: Krippendorff's alpha for ordered steps (1: wholly, 0: as by
    chance), of `units` things and `pairs` pairs of ratings. None where there is too little, or all is rated alike."""

    alpha: float | None
    units: int
    pairs: int

    @property
    def words(self) -> str:
        """What the number means."""
        if self.alpha is None:
            return "too little to say"
        return "good" if self.alpha >= RELIABLE else "tentative" if self.alpha >= TENTATIVE else "weak"


def agreement(ratings: Iterable[Rated]) -> Agreement:
    """How far reviewers agree on the things that more than one of them rated.

    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), with the distance of ordered steps.
    """
    by_unit: dict[tuple[int, str], dict[int, int]] = {}
    for one in ratings:
        by_unit.setdefault(one.unit, {})[one.reviewer] = one.value
    shared = [list(values.values()) for values in by_unit.values() if len(values) > 1]
    pairs = sum(len(values) * (len(values) - 1) // 2 for values in shared)
    if len(shared) < MINIMUM_PAIRED:
        return Agreement(None, len(shared), pairs)
    values = sorted({value for found in shared for value in found})
    if len(values) < 2:
        return Agreement(None, len(shared), pairs)  # nothing varies, so that there is nothing to agree on
    counts = np.array([[found.count(value) for value in values] for found in shared])
    alpha = krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement="ordinal")
    return Agreement(float(alpha), len(shared), pairs)
