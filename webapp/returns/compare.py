"""Two versions of a return side by side, or a version and last year's: as the page and the download show it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.returns.rests import Effect
from webapp.templating import amount, measured, told
from workflows.programme import Function, Item, Programme
from workflows.returns.differences import KINDS, Change, Differences, MeasureChange, Move, SaidChange
from workflows.returns.values import Answer

LAST_YEAR = "last-year"


@dataclass(frozen=True)
class Line:
    """One difference as it is shown: what it is of, the two values, by how much, of what kind, and what rests on it."""

    code: str
    label: str
    old: str
    new: str
    change: str
    percent: str
    kind: str
    effects: list[Effect]
    function: str
    place: str = ""


@dataclass(frozen=True)
class Group:
    """The differences of one function, entered and computed apart from indicators."""

    function: Function
    entered: list[Line]
    computed: list[Line]
    measures: list[Line]


def groups(programme: Programme, found: Differences, effects: dict[str, list[Effect]]) -> list[Group]:
    """The differences by function, in the programme's order; functions without any are left out."""
    entered, computed = ([_line(c, effects) for c in part] for part in (found.entered, found.computed))
    measures = [_measure_line(c, effects) for c in found.measures]
    made = []
    for function in programme.functions:
        here = [[line for line in part if line.function == function.code] for part in (entered, computed, measures)]
        if any(here):
            made.append(Group(function, *here))
    return made


def said_lines(programme: Programme, changes: Iterable[SaidChange]) -> list[Line]:
    """The explanations that differ: each beside the item that it is of, with what was asked."""
    found = []
    for c in changes:
        item = programme.find_item(c.item)
        label = f"{item.label}: {c.asked}" if item and c.asked else item.label if item else c.asked or c.code
        function = item.function if item else ""
        place = f"return/{function}/{item.code}" if item and item.typed else ""
        found.append(Line(c.code, label, c.old, c.new, "", "", KINDS[c.kind], [], function, place))
    return found


def _line(change: Change, effects: dict[str, list[Effect]]) -> Line:
    item, move = change.item, change.move
    return Line(
        item.code, item.label, _said(change.old, item, change.kind), _said(change.new, item, change.kind), moved(move, item), percent(move),
        KINDS[change.kind], effects.get(item.code, []), item.function, f"return/{item.function}/{item.code}" if item.typed else "",
    )  # fmt: skip


def _said(answer: Answer, item: Item, kind: str) -> str:
    """An answer, with its note and basis where these alone differ."""
    said = told(answer, item)
    if kind != "note":
        return said
    parts = [said, f"({answer.basis})" if answer.basis else "", f"Note: {answer.note}" if answer.note else ""]
    return " ".join(part for part in parts if part)


def _measure_line(change: MeasureChange, effects: dict[str, list[Effect]]) -> Line:
    indicator, move = change.indicator, change.move
    old, new = (
        measured(value, indicator.unit) if value is not None else f"Cannot be computed: {why}"
        for value, why in ((move.old, change.old_why), (move.new, change.new_why))
    )
    by = move.absolute
    change_words = f"{'+' if by > 0 else ''}{measured(by, indicator.unit)}" if by else ""
    label = f"{indicator.official_id} {indicator.label}"
    return Line(
        indicator.code, label, old, new, change_words, percent(move), KINDS[change.kind], effects.get(indicator.code, []),
        indicator.function,
    )  # fmt: skip


def moved(move: Move, item: Item) -> str:
    """By how much an amount went up or down, in its unit: +£1,200 or −£300; empty where there are not two."""
    by = move.absolute
    if not by:
        return ""
    return f"+{amount(by, item)}" if by > 0 else amount(by, item).replace("-", "−", 1)


def percent(move: Move) -> str:
    """The same in percent: +12.5%; empty where there is nothing to divide by."""
    by = move.percent
    if not by:
        return ""
    size = abs(by).quantize(Decimal("0.1"))
    return f"{'+' if by > 0 else '−'}{size:,f}%"


HEAD = ("ref", "from", "to", "function", "code", "label", "part", "kind", "old", "new", "change", "percent",
        "old_note", "new_note", "old_basis", "new_basis", "rests_on_it")  # fmt: skip


Sides = tuple[str, str, str]
"""What a table compares: the reference of the case, the older side and the newer."""


def said_rows(sides: Sides, programme: Programme, changes: Iterable[SaidChange]) -> Iterator[list[Any]]:
    """The explanations that differ, as rows of the same table."""
    for line in said_lines(programme, changes):
        yield [*sides, line.function, line.code, line.label, "explanation", line.kind, line.old, line.new, None, None, "", "", "", "", ""]


def rows(sides: Sides, found: Differences, effects: dict[str, list[Effect]]) -> Iterator[list[Any]]:
    """The differences as rows of a table: numbers as numbers, so that a spreadsheet can go on reckoning."""
    for part, changes in (("entered", found.entered), ("computed", found.computed)):
        for c in changes:
            yield [
                *sides, c.item.function, c.code, c.item.label, part, KINDS[c.kind], _cell(c.old, c.item), _cell(c.new, c.item),
                c.move.absolute, _rounded(c.move.percent), c.old.note, c.new.note, c.old.basis, c.new.basis,
                _resting(effects.get(c.code, [])),
            ]  # fmt: skip
    for m in found.measures:
        yield [
            *sides, m.indicator.function, m.code, m.indicator.label, "indicator", KINDS[m.kind],
            _rounded(m.move.old) if m.move.old is not None else m.old_why, _rounded(m.move.new) if m.move.new is not None else m.new_why,
            _rounded(m.move.absolute), _rounded(m.move.percent), "", "", "", "", _resting(effects.get(m.code, [])),
        ]  # fmt: skip


def _cell(answer: Answer, item: Item) -> Any:
    return answer.amount if answer.amount is not None else told(answer, item) if answer.given else ""


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 6).normalize() + 0


def _resting(effects: list[Effect]) -> str:
    return "; ".join(effect.label for effect in effects)
