"""The statistics of comparator groups, beside bare numpy over the same arrays.

The floor is the least that numpy can do for the same numbers where no value is missing and nothing is checked: gather, sort,
interpolate, average, sort the distances from the median; for standings, count what is lower and what is equal as well. It sorts along
the contiguous axis and in parts of the same size: a plain `numpy.quantile` takes up to four times as long.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from config import programmes
from tests.bench.declare import Row, benchmark
from tests.bench.world import World
from workflows.benchmarks.neighbours import HOW_MANY
from workflows.benchmarks.statistics import FEW, PART, standings, summaries

BODIES, CLASSES, MANY = 1000, 6, 100_000
TIMES, FEW_TIMES = 30, 3
MISSING = 0.03
Array = Any


@benchmark("benchmarks", "summaries and standings of every indicator, beside bare numpy over the same arrays", ratio=2)
def benchmarks(_: World) -> Iterator[Row]:
    """1,000 bodies in classes and all together; then 100,000 with groups of 16, some indicators at a time."""
    indicators = len(programmes.read("back-office-2009").indicators)
    rng = np.random.default_rng(1)
    values, everybody = _values(rng, BODIES, indicators), np.arange(BODIES)[None, :]
    classes = rng.permutation(np.arange(CLASSES * -(-BODIES // CLASSES))).reshape(CLASSES, -1)
    classes[classes >= BODIES] = -1
    for what, groups in ((f"{CLASSES} classes", classes), ("all in one group", everybody)):
        named = f"{BODIES:,} bodies, {what}, {indicators} indicators"
        yield _row(f"{named}, summaries", TIMES, _each(summaries, values, groups), _each(_bare, values, groups))
        ours, bare = _each(standings, values, groups, groups, "in"), _each(_bare_standings, values, groups, groups)
        yield _row(f"{named}, standings", TIMES, ours, bare)
    few = indicators // 8
    values = _values(rng, MANY, few)
    own = np.arange(MANY)[:, None]
    near = (own + rng.permutation(MANY - 1)[: HOW_MANY + 1] + 1) % MANY
    parts = -(-indicators // few)
    named = f"{MANY:,} bodies, groups of {HOW_MANY + 1}, {parts} times {few} indicators"
    yield _row(f"{named}, summaries", FEW_TIMES, _each(summaries, values, near, times=parts), _each(_bare, values, near, times=parts))
    ours, bare = _each(standings, values, near, own, "out", times=parts), _each(_bare_standings, values, near, own, times=parts)
    yield _row(f"{named}, standings", FEW_TIMES, ours, bare)


def _values(rng: np.random.Generator, bodies: int, indicators: int) -> Array:
    values = rng.lognormal(size=(bodies, indicators))
    values[rng.random(values.shape) < MISSING] = np.nan
    return values


def _each(function: Callable[..., object], *given: Any, times: int = 1) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            function(*given)

    return run


def _row(what: str, times: int, ours: Callable[[], None], floor: Callable[[], None]) -> Row:
    """The median seconds of both, in turn, each first as often as second."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(times + 1):
        for mine in (True, False) if number % 2 else (False, True):
            started = perf_counter()
            (ours if mine else floor)()
            if number:  # the first time is warm-up
                taken[mine].append(perf_counter() - started)
    return Row(what, median(taken[True]), "s", floor=median(taken[False]), n=times, mark="ratio")


def _bare(values: Array, groups: Array) -> None:
    for ordered, _ in _parts(np.ascontiguousarray(values.T), groups):
        _bare_summary(ordered)


def _bare_standings(values: Array, groups: Array, subjects: Array) -> None:
    table = np.ascontiguousarray(values.T)
    for ordered, part in _parts(table, groups):
        _bare_summary(ordered)
        placed = table[:, subjects[part]]
        if groups.shape[1] * subjects.shape[1] <= FEW:
            (ordered[..., None, :] < placed[..., None]).sum(axis=-1)
            (ordered[..., None, :] == placed[..., None]).sum(axis=-1)
            continue
        for place in np.ndindex(*placed.shape[:-1]):
            np.searchsorted(ordered[place], placed[place], "left")
            np.searchsorted(ordered[place], placed[place], "right")


def _bare_summary(ordered: Array) -> None:
    size = ordered.shape[-1]
    middle = _at(ordered, 0.5)
    _at(ordered, 0.25), _at(ordered, 0.75)
    ordered.sum(axis=-1) / size
    distances = np.abs(ordered - middle[..., None])
    distances.sort(axis=-1)
    _at(distances, 0.5)


def _parts(table: Array, groups: Array) -> Iterator[tuple[Array, slice]]:
    size = max(1, PART // (groups.shape[1] * len(table)))
    for start in range(0, len(groups), size):
        part = slice(start, start + size)
        ordered = table[:, groups[part]]
        ordered.sort(axis=-1)
        yield ordered, part


def _at(ordered: Array, quantile: float) -> Array:
    place = (ordered.shape[-1] - 1) * quantile
    low = ordered[..., int(place)]
    return low + (ordered[..., min(int(place) + 1, ordered.shape[-1] - 1)] - low) * (place - int(place))
