"""The picture of a figure among comparators, as data: where each mark stands, and the same in words.

One definition for the page and the PDF; `strip_macros.html` draws it. Marks differ by shape, so that it can be read in black and
white: a filled diamond is the body, a hollow one its value last year, a bar the middle half with a thick line at the median, a thin
line all values, rings the neighbours; an arrow at an edge is off the scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

from workflows.benchmarks.scale import Scale, scale
from workflows.benchmarks.statistics import MINIMUM_FOR_QUARTILES, Direction, Own, Summary
from workflows.returns.words import in_unit, plain, rounded

MarkKind = Literal["body", "last", "neighbour"]
INTERVALS = 4
MARGIN = 3
"""Percent of the width that are left on each side for marks at the ends."""
LONG = 7
"""Labels of ticks with more letters than this are put at half as many places, so that they fit a telephone."""
BETTER: dict[str, str] = {"lower": "Lower is better.", "higher": "Higher is better.", "context": ""}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A body that is shown by a ring."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at a place in percent, with its value in words; `off` is `low` or `high` where it is off the scale."""

    kind: MarkKind
    at: float
    words: str
    off: str = ""

    @property
    def x(self) -> str:
        """Where it is drawn, within the margins."""
        return across(self.at)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the scale, in percent, and what is written there; nothing where it would be too crowded."""

    at: float
    words: str

    @property
    def x(self) -> str:
        """Where it is drawn, within the margins."""
        return across(self.at)


@dataclass(frozen=True, slots=True)
class Span:
    """From a place to another, in percent; `off_low` and `off_high` where it goes on beyond the scale."""

    low: float
    high: float
    off_low: bool = False
    off_high: bool = False

    @property
    def x(self) -> tuple[str, str]:
        """Where it begins and ends, within the margins."""
        return across(self.low), across(self.high)

    @property
    def width(self) -> str:
        """How long it is, in percent of the width."""
        return f"{(self.high - self.low) * (100 - 2 * MARGIN) / 100:.2f}%"


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture: all values, the middle half and the median (None where there are too few for it), marks, ticks, and the
    `text` that says the same in words; `short` says it without the single neighbours."""

    spread: Span | None
    half: Span | None
    median: float | None
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    text: str
    short: str

    @property
    def middle(self) -> str:
        """Where the median is drawn; empty where there is none."""
        return "" if self.median is None else across(self.median)

    def of(self, kind: MarkKind) -> tuple[Mark, ...]:
        """The marks of a kind."""
        return tuple(mark for mark in self.marks if mark.kind == kind)


def picture(
    summary: Summary,
    unit: str,
    *,
    group: str,
    name: str = "",
    value: float | None = None,
    own: Own | None = None,
    last: float | None = None,
    neighbours: Sequence[Neighbour] = (),
    direction: Direction = "context",
    on: Scale | None = None,
) -> Picture:
    """The picture of a body's `value`, and that of last year where it may be compared, beside the `summary` of a group.

    `group` are the group's words (unitary authorities), `own` whether the body is counted in it; without `name` only the group is
    drawn. `unit` is the indicator's. Rows of a table share a scale `on`, that of `shared`, so that they can be compared.
    """
    others = (*(one.value for one in neighbours), *(one for one in (value, last) if one is not None))
    if summary.n == 0 and not others:
        return Picture(None, None, None, (), (), *[_text(summary, unit, group, name, value, own, last, (), direction, None)] * 2)
    on = on or scale(summary, others, INTERVALS)
    ring = sorted(neighbours, key=lambda one: (one.value, one.name))
    marks = [_mark("neighbour", one.value, unit, on, f"{one.name} ") for one in ring]
    if last is not None:
        marks.append(_mark("last", last, unit, on))
    if value is not None:
        marks.append(_mark("body", value, unit, on))
    full, short = (_text(summary, unit, group, name, value, own, last, some, direction, on) for some in (ring, ()))
    median = None if summary.median is None else on.at(summary.median)
    return Picture(
        _span(summary.low, summary.high, on), _span(summary.q1, summary.q3, on), median, tuple(marks), _ticks(on, unit), full, short
    )


def shared(summary: Summary, values: Iterable[float]) -> Scale:
    """The scale of several pictures beside one summary, with the values that will be drawn."""
    return scale(summary, tuple(values), INTERVALS)


def across(at: float) -> str:
    """A place in percent of the scale as one in percent of the width."""
    return f"{MARGIN + at * (100 - 2 * MARGIN) / 100:.2f}%"


@lru_cache(maxsize=4096)  # the rows of a table tell the same quartiles a thousand times
def said(value: float, unit: str) -> str:
    """A statistic in its unit, rounded as figures are shown; from 1,000 on to a whole number."""
    number = Decimal(repr(value))
    shown = plain(number.quantize(Decimal(1), ROUND_HALF_UP)) if abs(number) >= 1000 else rounded(number)
    return _minus(in_unit(shown, unit))


def _minus(text: str) -> str:
    return f"−{text[1:]}" if text.startswith("-") else text


def _mark(kind: MarkKind, value: float, unit: str, on: Scale, before: str = "") -> Mark:
    return Mark(kind, on.at(value), before + said(value, unit), on.off(value))


def _span(low: float | None, high: float | None, on: Scale) -> Span | None:
    if low is None or high is None:
        return None
    return Span(on.at(low), on.at(high), bool(on.off(low)), bool(on.off(high)))


@lru_cache(maxsize=256)
def _ticks(on: Scale, unit: str) -> tuple[Tick, ...]:
    short = "GBP" if unit.startswith("GBP") else unit if unit in ("%", "percent") else ""
    words = [_minus(in_unit(plain(tick), short)) for tick in on.ticks]
    every = 2 if max(map(len, words)) > LONG or len(words) > INTERVALS + 1 else 1
    last = len(words) - 1
    written = {n for n in range(0, last, every) if n + every <= last} | {last}
    return tuple(Tick(on.at(float(tick)), words[n] if n in written else "") for n, tick in enumerate(on.ticks))


def _text(
    summary: Summary, unit: str, group: str, name: str, value: float | None, own: Own | None, last: float | None,
    neighbours: Iterable[Neighbour], direction: Direction, on: Scale | None,
) -> str:  # fmt: skip
    """The picture in words: whatever is drawn is named."""

    def tell(number: float) -> str:
        return said(number, unit) + (" (off the scale)" if on is not None and on.off(number) else "")

    told = []
    if name:
        told.append(f"{name}: {'no usable value' if value is None else tell(value)}.")
    among = f"{summary.n} {group}" + ({"in": ", its own value among them", "out": ", its own value not among them"}.get(own or "", ""))
    if summary.median is None or summary.low is None or summary.high is None:
        told.append(f"None of the {group} has a usable value.")
    elif summary.q1 is not None and summary.q3 is not None:
        told.append(f"Middle half of {among}: {tell(summary.q1)} to {tell(summary.q3)}, median {tell(summary.median)}.")
        told.append(f"All: {tell(summary.low)} to {tell(summary.high)}.")
    else:
        told.append(f"Of {among}: median {tell(summary.median)}. All: {tell(summary.low)} to {tell(summary.high)}.")
        told.append(f"Quartiles need {MINIMUM_FOR_QUARTILES} values.")
    if last is not None:
        told.append(f"Last year {tell(last)}.")
    if near := list(neighbours):
        told.append(f"Neighbours: {'; '.join(f'{one.name} {tell(one.value)}' for one in near)}.")
    if BETTER[direction]:
        told.append(BETTER[direction])
    return " ".join(told)
