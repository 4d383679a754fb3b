"""The second marking of a sample: which reviews are drawn, and when whoever marked may see what the other said.

A sample is drawn from a seed, so that anybody can draw it again. Both mark blind: neither sees what the other said until both have
rated, that is until the second marker has handed in and the first's draft is issued.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from random import Random

from workflows.review.calibration import MINIMUM_PAIRED, Agreement, Rated, agreement

WRITING = ("unallocated", "allocated", "in_review", "with_body")
"""The states of a review in which its first reviewers still rate."""
OPEN = ("allocated", "in_review", "with_body", "draft_issued", "comments_in", "moderation")
"""The states of a review in which it can be marked a second time."""
MOST_SEED = 999_999


def draw(among: Collection[str], percent: int, seed: int) -> tuple[str, ...]:
    """A share of things by their names, in the order of these: the same for the same things, share and seed, one at least where there
    is one. Raises ValueError for a share that is none."""
    if not 1 <= percent <= 100:
        raise ValueError("A share is from 1 to 100 per cent.")
    every = sorted(set(among))
    return tuple(sorted(Random(seed).sample(every, ceil(len(every) * percent / 100))))


@dataclass(frozen=True, slots=True)
class Twice:
    """One function of a return that was marked twice: as first rated, and by the second marker."""

    unit: tuple[int, str]
    first: int
    second: int

    @property
    def apart(self) -> int:
        """By how many steps the second is above the first; below it is less than nothing."""
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class Spread:
    """How far first and second marks lie apart: how often by how many steps, the mean distance, and how far they agree. Of fewer than
    three functions nothing is told but their number."""

    n: int
    steps: tuple[tuple[int, int], ...] = ()
    mean: Fraction | None = None
    agreement: Agreement = field(default_factory=lambda: Agreement(None, 0, 0))


def spread(marks: Iterable[Twice]) -> Spread:
    """How far first and second marks lie apart."""
    found = list(marks)
    if len(found) < MINIMUM_PAIRED:
        return Spread(len(found))
    steps = Counter(abs(one.apart) for one in found)
    rated = [Rated(number, one.unit, value) for one in found for number, value in ((1, one.first), (2, one.second))]
    return Spread(len(found), tuple(sorted(steps.items())), Fraction(sum(abs(one.apart) for one in found), len(found)), agreement(rated))
