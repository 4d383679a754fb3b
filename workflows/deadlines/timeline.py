"""The whole history of one deadline on one line of time, as a picture of percentages and as words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a deadline: when, by whom in words, why, and when it was due before and afterwards."""

    kind: str
    at: datetime
    who: str
    why: str
    due_before: datetime | None
    due_after: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the line: from where, how long (percent), and whether the clock ran, stood, or it was late."""

    x: float
    width: float
    kind: Literal["ran", "stood", "late"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the line: where (percent), what it is."""

    x: float
    kind: Literal["opened", "original", "due", "closed", "now"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """The picture."""

    start: datetime
    end: datetime
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]


def line_of(
    opened_at: datetime, first_due: datetime, due_at: datetime, closed_at: datetime | None, changes: Sequence[Change], now: datetime
) -> Line:
    """The line of a deadline, from when it was opened to the last that is known of it: due, closed, or now."""
    until = closed_at or now
    end = max(until, due_at, first_due)
    if end <= opened_at:  # closed in the moment in which it was opened, at its due time or after it
        return Line(opened_at, end, (), (Mark(0, "opened", opened_at),))
    total = (end - opened_at).total_seconds()

    def at(moment: datetime) -> float:
        return round(min(max((moment - opened_at).total_seconds() / total, 0), 1) * 100, 2)

    spans: list[Span] = []
    last, stands = opened_at, False
    stops = [(c.at, c.kind == "stopped") for c in changes if c.kind in ("stopped", "resumed")]
    for moment, stopped in [*stops, (until, False)]:
        spans += _spans(at, last, min(moment, until), due_at, stands)
        last, stands = moment, stopped
    marks = [Mark(0, "opened", opened_at)]
    if first_due != due_at:
        marks.append(Mark(at(first_due), "original", first_due))
    marks.append(Mark(at(due_at), "due", due_at))
    marks.append(Mark(at(until), "closed" if closed_at else "now", until))
    return Line(opened_at, end, tuple(spans), tuple(marks))


def _spans(at: Callable[[datetime], float], start: datetime, end: datetime, due_at: datetime, stands: bool) -> list[Span]:
    if end <= start:
        return []
    if stands or end <= due_at:
        return [_span(at(start), at(end), "stood" if stands else "ran")]
    if start >= due_at:
        return [_span(at(start), at(end), "late")]
    return [_span(at(start), at(due_at), "ran"), _span(at(due_at), at(end), "late")]


def _span(start: float, end: float, kind: Literal["ran", "stood", "late"]) -> Span:
    return Span(start, round(end - start, 2), kind)
