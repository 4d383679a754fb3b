"""The statistics of comparator groups: the one place where they are computed, for pages, PDFs, API and export alike.

Values are a table of bodies by indicators, `nan` where a body has no usable value; groups are rows of body numbers, -1 for
nobody. They are floats, to be shown and compared: the figure itself stays a Decimal where it is kept.

What a group is too small for is not told: no quartile under 8 usable values, no rank under 5. Equal values share a rank,
the lowest value having rank 1 (standard competition ranking: 1, 2, 2, 4). The robust outlier score is that of
`workflows.returns.outliers`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any, Final, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workflows.returns.outliers import MAD_UNIT, MEAN_UNIT

INTERPOLATION: Final = "linear"
"""How a quartile between two values is found, by numpy's name: type 7 of R. Hyndman and Y. Fan, Sample Quantiles in Statistical
Packages (The American Statistician 50, 1996). Of n sorted values, counted from 0, the quantile p stands at (n - 1) p; between
two values it lies proportionally. Excel's QUARTILE.INC and R's default do the same."""
MINIMUM_FOR_QUARTILES = 8
"""Usable values below which no quartile is told: each quarter would be one body."""
MINIMUM_FOR_RANK = 5
"""Usable values, the body's own among them, below which no rank is told."""
OUTLIER_SCORE = 3.5
"""The modified z-score above which a value is unusual (Iglewicz and Hoaglin 1993)."""
PART = 1 << 17
"""So many numbers are worked on at a time (1 MiB): they stay in the processor's cache, and memory stays modest."""
FEW = 10_000
"""Up to so many comparisons in a row of values, comparing each with each is quicker than searching in a loop."""

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Own = Literal["in", "out"]
"""Whether a body's own value is among those that it is compared with."""
Direction = Literal["lower", "higher", "context"]


@dataclass(frozen=True, slots=True)
class Summary:
    """How the `n` usable values of a group spread; None where there are too few of them. `unit` is the distance from the
    median with the outlier score 1, 0 where all are alike."""

    n: int
    mean: float | None
    median: float | None
    q1: float | None
    q3: float | None
    low: float | None
    high: float | None
    unit: float | None

    def limits(self, score: float = OUTLIER_SCORE) -> tuple[float, float] | None:
        """The values below and above which one is an outlier; None where there is no measure of what is unusual, or where
        there are fewer values than quartiles need."""
        if self.median is None or not self.unit or self.n < MINIMUM_FOR_QUARTILES:
            return None
        return self.median - score * self.unit, self.median + score * self.unit


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a body stands in a group: `rank` of `of` values, its own among them, shared with `tied` others; `quarter` 1
    (below the first quartile) to 4 (above the third), 2 and 3 up to the median and above it. `score` is the modified z-score.

    A value that equals a quartile is in the middle half, so that bodies that are alike are never set apart. `summary` has the
    own value in it where `own` is "in". None where there is no value, or too few.
    """

    value: float | None
    own: Own
    summary: Summary
    rank: int | None
    of: int
    tied: int
    quarter: int | None
    score: float | None

    def unusual(self, score: float = OUTLIER_SCORE, minimum: int = MINIMUM_FOR_QUARTILES) -> bool:
        """Whether the value is beyond an outlier score, in a group of at least so many: a programme sets both."""
        return self.score is not None and self.summary.n >= minimum and abs(self.score) > score

    @property
    def outlier(self) -> bool:
        """Whether the value is unusual by the score of the source, in a group that is large enough for quartiles."""
        return self.unusual()


@dataclass(frozen=True, slots=True)
class Summaries:
    """The summaries of groups, each an array of groups by indicators; nan where a Summary has None."""

    n: NDArray[np.int32]
    mean: Floats
    median: Floats
    q1: Floats
    q3: Floats
    low: Floats
    high: Floats
    unit: Floats

    def at(self, group: int, indicator: int) -> Summary:
        """That of one group and indicator."""
        where = group, indicator
        numbers = (self.mean, self.median, self.q1, self.q3, self.low, self.high, self.unit)
        return Summary(int(self.n[where]), *(_known(numbers_of[where]) for numbers_of in numbers))


@dataclass(frozen=True, slots=True)
class Standings:
    """The standings of subjects, each an array of groups by subjects by indicators: nan, or 0 for rank and quarter, where a
    Standing has None."""

    summaries: Summaries
    own: Own
    value: Floats
    rank: NDArray[np.int32]
    of: NDArray[np.int32]
    tied: NDArray[np.int32]
    quarter: NDArray[np.int8]
    score: Floats

    def at(self, group: int, subject: int, indicator: int) -> Standing:
        """That of the subject in that place of its group, for one indicator."""
        where = group, subject, indicator
        return Standing(
            value=_known(self.value[where]),
            own=self.own,
            summary=self.summaries.at(group, indicator),
            rank=int(self.rank[where]) or None,
            of=int(self.of[where]),
            tied=int(self.tied[where]),
            quarter=int(self.quarter[where]) or None,
            score=_known(self.score[where]),
        )


Arrays = TypeVar("Arrays", Summaries, Standings)


def summaries(values: ArrayLike, members: ArrayLike) -> Summaries:
    """The summaries of groups: `values` are bodies by indicators, `members` groups by places, with body numbers.

    Raises ValueError for an infinite value, for a body that is not in the table or stands twice in a group. What is given back
    takes 60 bytes for each group and indicator: of very many groups, ask for one function's indicators at a time.
    """
    table, groups = _checked(values, members)
    found = _empty_summaries(len(groups), len(table))
    for part in _parts(groups, len(table)):
        _summarise(_sorted(table, groups[part]), _slice(found, part))
    return found


def standings(values: ArrayLike, members: ArrayLike, subjects: ArrayLike, own: Own) -> Standings:
    """Where bodies stand: `subjects` are groups by places, the bodies to be placed in the group of the same row, -1 for nobody.

    With `own` "in" each must be a member of its group (a class, a region), with "out" none may be (neighbours, an own group).
    Raises ValueError as `summaries` does, and where this is not so. What is given back takes 29 bytes more for each subject.
    """
    table, groups = _checked(values, members)
    placed = np.asarray(subjects, dtype=np.intp)
    if placed.ndim != 2 or len(placed) != len(groups):
        raise ValueError(f"There must be a row of subjects for each of the {len(groups)} groups.")
    _no_strangers(table, placed)
    _in_or_out(groups, placed, own)
    found = _empty_standings(placed, len(table), own)
    for part in _parts(groups, len(table)):
        ordered = _sorted(table, groups[part])
        summary = _slice(found.summaries, part)
        _summarise(ordered, summary)
        _place(ordered, np.take(table, placed[part], axis=1), summary, own, _slice(found, part))
    return found


def summary(values: Sequence[float | None]) -> Summary:
    """The summary of one indicator in one group. Raises ValueError for an infinite value."""
    return summaries(_column(values), _row(len(values))).at(0, 0)


def standing(value: float | None, others: Sequence[float | None], own: Own = "out") -> Standing:
    """Where a value stands beside those of others; with `own` "in" it is counted among them. Raises ValueError as `summary`."""
    together = [*others, value]
    members = _row(len(together) if own == "in" else len(others))
    return standings(_column(together), members, [[len(others)]], own).at(0, 0, 0)


def judgement(standing: Standing, direction: Direction, provisional: bool = False) -> str:
    """What a standing says: better or worse than most where the value is beyond the quartile on that side; else nothing.

    Nothing is said of a measure without direction, of provisional data, or of a group too small for quartiles.
    """
    if provisional or direction == "context" or standing.quarter not in (1, 4):
        return ""
    return "better than most" if (standing.quarter == 1) == (direction == "lower") else "worse than most"


def _summarise(ordered: Floats, into: Summaries) -> None:
    """Fill in the summaries of sorted values (indicators by groups by places)."""
    usable = ordered == ordered
    n = _sum(usable.astype(np.float64)).astype(np.intp)
    total = _sum(np.where(usable, ordered, 0.0))
    median = _middle(ordered, n)
    distances = np.abs(ordered - median[..., None])
    far = _sum(np.where(usable, distances, 0.0))
    distances.sort(axis=-1)
    mad = _middle(distances, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, mean_distance = total / n, far / n
    into.n[:] = n.T
    into.mean[:] = mean.T
    into.median[:] = median.T
    into.low[:] = ordered[..., 0].T if ordered.shape[-1] else np.nan
    into.high[:] = _pick(ordered, n - 1).T
    into.unit[:] = np.where(mad != 0, mad / MAD_UNIT, mean_distance * MEAN_UNIT).T
    enough = n >= MINIMUM_FOR_QUARTILES
    for quantile, found in ((0.25, into.q1), (0.75, into.q3)):
        found[:] = np.where(enough, _quantile(ordered, n, quantile), np.nan).T


def _place(ordered: Floats, value: Floats, summary: Summaries, own: Own, into: Standings) -> None:
    """Fill in the standings of values (indicators by groups by subjects) among sorted ones."""
    known = value == value
    lower, same = _lower_and_same(ordered, value)
    into.value[:] = np.moveaxis(value, 0, -1)
    here = np.moveaxis(known, 0, -1)
    counted = here.astype(np.intp)
    into.of[:] = summary.n[:, None, :] + (counted if own == "out" else 0)
    into.tied[:] = np.moveaxis(same, 0, -1) - (counted if own == "in" else 0)
    into.rank[:] = np.where(here & (into.of >= MINIMUM_FOR_RANK), np.moveaxis(lower, 0, -1) + 1, 0)
    q1, median, q3, unit = (numbers[:, None, :] for numbers in (summary.q1, summary.median, summary.q3, summary.unit))
    quarter = 2 + (into.value > median) + (into.value > q3) - (into.value < q1)
    into.quarter[:] = np.where(here & (q1 == q1), quarter, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (into.value - median) / unit
    into.score[:] = np.where(unit == 0, np.where(here, 0.0, np.nan), score)


def _lower_and_same(ordered: Floats, value: Floats) -> tuple[Ints, Ints]:
    """How many of the sorted values are lower than each value, and how many are equal to it."""
    if ordered.shape[-1] * value.shape[-1] <= FEW:
        each, all_of = value[..., :, None], ordered[..., None, :]
        return (all_of < each).sum(axis=-1), (all_of == each).sum(axis=-1)
    lower, same = np.zeros(value.shape, np.intp), np.zeros(value.shape, np.intp)
    for place in np.ndindex(*value.shape[:-1]):
        row, asked = ordered[place], value[place]
        row = row[: np.count_nonzero(row == row)]
        lower[place] = np.searchsorted(row, asked, "left")
        same[place] = np.where(asked == asked, np.searchsorted(row, asked, "right") - lower[place], 0)
    return lower, same


def _quantile(ordered: Floats, n: Ints, quantile: float) -> Floats:
    """The quantile of the first `n` sorted values of each row, by INTERPOLATION."""
    at = np.maximum(n - 1, 0) * quantile
    below = np.floor(at).astype(np.intp)
    low, high = _pick(ordered, below), _pick(ordered, np.minimum(below + 1, n - 1))
    part = at - below
    return np.asarray(np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part)))


def _middle(ordered: Floats, n: Ints) -> Floats:
    """The median of the first `n` sorted values of each row: the quantile 1/2, rounded no more than it must be."""
    return (_pick(ordered, (n - 1) // 2) + _pick(ordered, n // 2)) / 2


def _pick(ordered: Floats, place: Ints) -> Floats:
    """The value in that place of each row; that in the last place stands for one out of it, nan where a row is empty."""
    size = ordered.shape[-1]
    if not size:
        return np.full(place.shape, np.nan)
    rows = np.arange(0, place.size * size, size).reshape(place.shape)
    return np.take(ordered, rows + np.clip(place, 0, size - 1))


def _sum(values: Floats) -> Floats:
    """The sums of rows: of short ones, four times as quickly as by `sum`."""
    return np.asarray(np.einsum("...i->...", values))


def _sorted(table: Floats, groups: Ints) -> Floats:
    """The values of the members, sorted, those not usable last: indicators by groups by places."""
    found = np.take(table, groups, axis=1)
    found.sort(axis=-1)
    return found


def _checked(values: ArrayLike, members: ArrayLike) -> tuple[Floats, Ints]:
    """The values as indicators by bodies, with nobody as the last body, and the groups."""
    given = np.asarray(values, dtype=np.float64)
    groups = np.asarray(members, dtype=np.intp)
    if given.ndim != 2 or groups.ndim != 2:
        raise ValueError("Values must be bodies by indicators, and members groups by places.")
    table = np.full((given.shape[1], len(given) + 1), np.nan)
    table[:, :-1] = given.T
    if np.isinf(table).any():
        raise ValueError("A value is infinite. Give nan for what is not usable.")
    _no_strangers(table, groups)
    ordered = np.sort(groups, axis=-1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any():
        raise ValueError("A body stands twice in a group, and would be counted twice.")
    return table, groups


def _no_strangers(table: Floats, bodies: Ints) -> None:
    if bodies.size and (bodies.min() < -1 or bodies.max() >= table.shape[1] - 1):
        raise ValueError("A group names a body that is not in the table.")


def _in_or_out(groups: Ints, placed: Ints, own: Own) -> None:
    if groups.shape[1] * placed.shape[1] <= FEW:
        found = (placed[:, :, None] == groups[:, None, :]).any(axis=-1)
    else:
        found = np.array([*starmap(np.isin, zip(placed, groups, strict=True))]).reshape(placed.shape)
    if (found != (own == "in"))[placed >= 0].any():
        raise ValueError(f"A body is to be placed with its own value {own}, but is {'not ' * (own == 'in')}a member of the group.")


def _parts(groups: Ints, indicators: int) -> Iterator[slice]:
    size = max(1, PART // max(1, groups.shape[1] * indicators))
    yield from (slice(start, start + size) for start in range(0, len(groups), size))


def _empty_summaries(groups: int, indicators: int) -> Summaries:
    shape = (groups, indicators)
    return Summaries(np.empty(shape, np.int32), *(np.empty(shape) for _ in range(7)))


def _empty_standings(placed: Ints, indicators: int, own: Own) -> Standings:
    shape = (*placed.shape, indicators)
    rank, of, tied = (np.empty(shape, np.int32) for _ in range(3))
    summary = _empty_summaries(len(placed), indicators)
    return Standings(summary, own, np.empty(shape), rank, of, tied, np.empty(shape, np.int8), np.empty(shape))


def _slice(arrays: Arrays, part: slice) -> Arrays:
    """The same for a part of the groups, sharing memory."""
    return type(arrays)(*(_part_of(getattr(arrays, name), part) for name in arrays.__slots__))


def _part_of(of: Any, part: slice) -> Any:
    if isinstance(of, Summaries):
        return _slice(of, part)
    return of if isinstance(of, str) else of[part]


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([[np.nan if value is None else value] for value in values], dtype=np.float64).reshape(-1, 1)


def _row(size: int) -> Ints:
    return np.arange(size, dtype=np.intp).reshape(1, -1)


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
