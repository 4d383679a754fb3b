"""Who could share a function with a body: near, similar, above the benchmark in it too, and in no sharing group for it yet.

The register tells regions, partnerships and police areas, and no coordinates: near is the same police area (mostly a county
or two), the same region, or the same partnership, and the page says which. Similar is the same class and a size within a
factor of two. Both are proposed here; both hold one way as the other, so that candidates are candidates of each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.benchmarks.statistics import MINIMUM_FOR_QUARTILES, MINIMUM_FOR_RANK, Summary, summary

SIZE_FACTOR = 2
"""How many times as large as the other the larger of two similar bodies is at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A body as a possible partner for one function.

    `value` is the indicator's value in its signed-off return where it is usable, `spent` the pounds a year that it divides,
    where they are known; `sharing` whether the body is in a sharing group for the function.
    """

    code: str
    name: str
    class_name: str
    region: str | None = None
    partnership: str | None = None
    police_area: str | None = None
    people: int | None = None
    value: float | None = None
    spent: float | None = None
    sharing: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """What a cost would fall by, in pounds a year before the cost of change: to the median of the comparators, and to their
    lower quartile where there are figures enough for one."""

    to_median: float
    to_quartile: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A body that could share, why it is near and similar, and the saving that its own cost would allow."""

    place: Place
    near: tuple[str, ...]
    similar: tuple[str, ...]
    saving: Range | None


@dataclass(frozen=True, slots=True)
class Matching:
    """Whom a body could share a function with. `why_not` says why nobody is named, where the body itself is no candidate."""

    own: Place
    comparators: Summary
    saving: Range | None
    candidates: tuple[Candidate, ...]
    why_not: tuple[str, ...]


def near(one: Place, other: Place) -> tuple[str, ...]:
    """Why two bodies are near, the nearest reason first; none where they are not known to be."""
    pairs = (("police area", one.police_area, other.police_area), ("region", one.region, other.region),
             ("partnership", one.partnership, other.partnership))  # fmt: skip
    return tuple(f"same {words}: {here}" for words, here, there in pairs if here and here == there)


def similar(one: Place, other: Place) -> tuple[str, ...]:
    """Why two bodies are similar: class and size; none where either differs or is not known."""
    if one.class_name != other.class_name or not one.people or not other.people:
        return ()
    larger, smaller = max(one.people, other.people), min(one.people, other.people)
    if larger > SIZE_FACTOR * smaller:
        return ()
    return (f"same class: {one.class_name}", f"{one.people:,} and {other.people:,} people")


def above(place: Place, comparators: Summary) -> bool:
    """Whether a body's figure is usable and above the median of its comparators, where enough figures are known."""
    median = comparators.median if comparators.n >= MINIMUM_FOR_RANK else None
    return place.value is not None and median is not None and place.value > median


def saving(place: Place, comparators: Summary) -> Range | None:
    """What the body's cost would fall by if its figure were that of the comparators; never less than nothing.

    The cost is taken to fall in the same share as the figure, which is a cost over something that sharing does not change.
    None where the cost, or enough figures to compare with, are not known.
    """
    median = comparators.median
    if place.value is None or place.value <= 0 or place.spent is None or median is None or comparators.n < MINIMUM_FOR_RANK:
        return None
    to_quartile = (
        None if comparators.q1 is None or comparators.n < MINIMUM_FOR_QUARTILES else _fall(place.spent, place.value, comparators.q1)
    )
    return Range(_fall(place.spent, place.value, median), to_quartile)


def _fall(spent: float, value: float, target: float) -> float:
    return max(0.0, spent * (1 - target / value))


def match(own: Place, others: Iterable[Place]) -> Matching:
    """Whom a body could share with, those with the most reasons to be near first, then the nearest in size.

    The comparators are the usable figures of its class, its own included: the median is then the same for all of the class.
    """
    others = [other for other in others if other.code != own.code]
    comparators = summary([place.value for place in [own, *others] if place.class_name == own.class_name])
    why_not = tuple(_why_not(own, comparators))
    found = [] if why_not else [_candidate(own, other, comparators) for other in others]
    candidates = sorted((c for c in found if c is not None), key=lambda c: (-len(c.near), _apart(own, c.place), c.place.name))
    return Matching(own, comparators, saving(own, comparators), tuple(candidates), why_not)


def _why_not(own: Place, comparators: Summary) -> Iterable[str]:
    if own.sharing:
        yield "The body is in a sharing group for this function already."
    if own.value is None:
        yield "The body has no figure in a signed-off return that can be compared."
    elif comparators.n < MINIMUM_FOR_RANK:
        yield f"Only {comparators.n} figures of the class can be compared; at least {MINIMUM_FOR_RANK} are needed."
    elif not above(own, comparators):
        yield "The body’s figure is not above the median of its class: by this measure it would gain nothing by sharing."


def _candidate(own: Place, other: Place, comparators: Summary) -> Candidate | None:
    reasons, alike = near(own, other), similar(own, other)
    if not reasons or not alike or other.sharing or not above(other, comparators):
        return None
    return Candidate(other, reasons, alike, saving(other, comparators))


def _apart(one: Place, other: Place) -> float:
    return abs((one.people or 0) / (other.people or 1) - 1)


def together(matching: Matching) -> Sequence[float]:
    """What the body and its candidates would save together if each came to the median: pounds a year, those known."""
    ranges = [matching.saving, *(candidate.saving for candidate in matching.candidates)]
    return [one.to_median for one in ranges if one is not None]
