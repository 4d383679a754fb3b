"""Nearest neighbours: the bodies whose areas are most alike, whatever they spend on their back office.

Source of the method: CIPFA's Nearest Neighbours Model, as councils described it: variables that tell of the area and its people,
each as a z-score, so that none counts more for its unit; the Euclidean distance; the farthest rescaled to 1; the 15 closest. Which
variables, and which kinds of body may be neighbours, is the programme's data (`neighbours.toml`, `pools.toml`).

Missing is not zero, and nothing is made up for it: a variable that fewer than half of a pool has is left out for all of it, and a
body that lacks a variable that is used is left out of the pool, and has no neighbours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import log

import numpy as np
from numpy.typing import NDArray

from workflows.programme import AreaVariable, Pool, Programme

HOW_MANY = 15
"""How many neighbours a body has, where its pool is large enough (CIPFA's number)."""
KNOWN = 0.5
"""The part of a pool that must have a variable for it to be used there."""


@dataclass(frozen=True, slots=True)
class Area:
    """What is known of a body's area: residents, and amounts by line of each source, in the source's own unit."""

    code: str
    kind: str
    population: int | None = None
    amounts: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A body near another; `distance` is 0 for an area just alike, and 1 for the farthest of the pool."""

    code: str
    distance: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The neighbours of the bodies of one pool, the closest first.

    `variables` are the codes of those used; `unused` those that too few of the pool have; `left_out` the bodies that lack
    a variable that is used, with the codes of what they lack.
    """

    pool: Pool
    variables: tuple[str, ...]
    unused: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    near: Mapping[str, tuple[Neighbour, ...]]


def neighbourhoods(areas: Iterable[Area], programme: Programme, how_many: int = HOW_MANY) -> tuple[Neighbourhood, ...]:
    """The nearest neighbours of every body, pool by pool. Bodies of a kind that is in no pool have none.

    Ties go to the lower code. Give only bodies that are there on the day: one that was abolished is nobody's neighbour.
    """
    every = sorted(areas, key=lambda area: area.code)
    return tuple(_of_pool(pool, [a for a in every if a.kind in pool.kinds], programme.neighbours, how_many) for pool in programme.pools)


def value(variable: AreaVariable, area: Area) -> float | None:
    """The value of a variable for an area; None where anything that it is computed from is not known."""
    if variable.kind in ("population", "log_population"):
        if not area.population:
            return None
        return log(area.population) if variable.kind == "log_population" else float(area.population)
    lines = area.amounts.get(variable.source, {})
    top, under = _total(variable.lines, lines), Decimal(area.population) if area.population else None
    if variable.kind == "share":
        whole, less = _total(variable.share_of, lines), _total(variable.without, lines)
        under = whole - less if whole is not None and less is not None else None
    return float(top / under) if top is not None and under is not None and under > 0 else None


def _of_pool(pool: Pool, areas: Sequence[Area], variables: Sequence[AreaVariable], how_many: int) -> Neighbourhood:
    meant = [variable for variable in variables if pool.code in variable.pools or not variable.pools]
    table = {variable.code: [value(variable, area) for area in areas] for variable in meant}
    enough = {code for code, found in table.items() if areas and sum(v is not None for v in found) >= KNOWN * len(areas)}
    used = tuple(code for code in table if code in enough)
    left_out = {
        area.code: lacking for place, area in enumerate(areas) if (lacking := tuple(code for code in used if table[code][place] is None))
    }
    there = [place for place, area in enumerate(areas) if area.code not in left_out] if used else []
    scores = _z_scores(
        np.array([[table[code][place] for code in used] for place in there], dtype=np.float64).reshape(len(there), len(used))
    )
    codes = [areas[place].code for place in there]
    near = {code: _nearest(scores, place, codes, how_many) for place, code in enumerate(codes)}
    return Neighbourhood(pool, used, tuple(code for code in table if code not in enough), left_out, near)


def _z_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column by its own mean and standard deviation; one in which all are alike tells nothing, and becomes 0."""
    if not len(values):
        return values
    deviation = values.std(axis=0)
    alike = (values == values[0]).all(axis=0)
    return np.where(alike, 0.0, (values - values.mean(axis=0)) / np.where(alike, 1.0, deviation))


def _nearest(scores: NDArray[np.float64], own: int, codes: Sequence[str], how_many: int) -> tuple[Neighbour, ...]:
    """The closest to one body; codes are in order, so that a stable sort leaves ties in it. Rounded, since the last digits of
    equal distances differ by chance."""
    distances = np.sqrt(((scores - scores[own]) ** 2).sum(axis=1)).round(9)
    farthest = distances.max()
    order = [place for place in np.argsort(distances, kind="stable").tolist() if place != own]
    return tuple(Neighbour(codes[place], float(distances[place] / farthest) if farthest else 0.0) for place in order[:how_many])


def _total(lines: Sequence[str], amounts: Mapping[str, Decimal]) -> Decimal | None:
    """The sum of lines; None where one is not known."""
    return None if any(line not in amounts for line in lines) else sum((amounts[line] for line in lines), Decimal(0))
