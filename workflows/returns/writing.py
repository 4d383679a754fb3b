"""A return as lines of a table, to be written as a workbook or as CSV: the counterpart of `workflows.returns.tables`."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from workflows.formulas import formula
from workflows.programme import Function, Item, Programme
from workflows.returns.figures import Figures
from workflows.returns.layout import Origin, kept
from workflows.returns.values import NOTHING, Answer, lowered

Written = str | Decimal | date | int | None

COMPUTED = "computed"
"""Stands in the column Basis of a figure that nobody types."""

TEMPLATE = ("code", "group", "question", "unit", "value", "basis", "not_known", "known_by", "note", "prefilled", "confirmed", "last",
            "guidance", "revision")  # fmt: skip
EXPORT = ("code", "group", "question", "unit", "value", "basis", "not_known", "known_by", "note", "prefilled", "revision")
CSV = ("case", "version", "function", *EXPORT)
"""The columns of each kind of file, in their order (workflows.returns.layout)."""

UNITS = {"GBP": "£", "percent": "%", "count": "number"}
"""Units in words that a spreadsheet's reader knows; the others are words already."""


@dataclass(frozen=True)
class Contents:
    """All that a file of one return holds. `last` are the answers of the previous return, with what must be said of them;
    `to_fill_in` says that it is a template, with whatever is answered so far; `locked` are items that cannot be changed now.
    """

    programme: Programme
    origin: Origin
    body: str
    round: str
    standing: str
    figures: Figures
    made: datetime
    revisions: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, Answer] = field(default_factory=dict)
    last_note: str = ""
    locked: frozenset[str] = frozenset()
    to_fill_in: bool = False
    demo: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return TEMPLATE if self.to_fill_in else EXPORT

    @property
    def functions(self) -> list[Function]:
        """The functions that have items, in their order."""
        return [function for function in self.programme.functions if self.programme.items_of(function.code)]

    def line(self, item: Item) -> dict[str, Written]:
        """The cells of an item's row, by column: numbers as numbers, dates as dates, the rest as text."""
        answer = self.figures.answer(item.code)
        return {
            "case": self.origin.case,
            "version": self.origin.version,
            "function": self.programme.function(item.function).name,
            "code": item.code,
            "group": item.group,
            "question": item.label,
            "unit": unit(item),
            "value": value(item, answer),
            "basis": answer.basis if item.typed else COMPUTED,
            "not_known": kept(answer.not_known) if item.typed else self._why_not(item),
            "known_by": answer.known_by,
            "note": kept(answer.note),
            "prefilled": answer.prefilled,
            "confirmed": None,
            "last": value(item, self.last.get(item.code, NOTHING)),
            "guidance": self._guidance(item),
            "revision": self.revisions.get(item.code, 0) if item.typed else None,
        }

    def _why_not(self, item: Item) -> str:
        reason = self.figures.why_not(item.code)
        return f"Cannot be computed: {reason}." if reason else ""

    def _guidance(self, item: Item) -> str:
        parts = [item.guidance]
        if item.asked_if and (question := self.programme.find_item(item.asked_if)):
            parts.append(f"Only if “{question.label}” is answered yes.")
        if item.note_when:
            parts.append(f"If {item.note_when}, say in the note: {lowered(item.note_label)}.")
        if not item.required and item.typed:
            parts.append("May be left out.")
        return " ".join(part for part in parts if part)


def unit(item: Item) -> str:
    """What an item is answered in."""
    if item.kind == "amount":
        return UNITS.get(item.unit, item.unit)
    return {"yes_no": "yes or no", "month": "month", "text": "text"}[item.kind]


def value(item: Item, answer: Answer) -> Written:
    """An answer as its cell holds it: an amount in the item's unit, a month as its first day, else the text."""
    if answer.amount is not None:
        return answer.amount
    if item.kind == "month" and answer.text:
        return date.fromisoformat(f"{answer.text}-01")
    return kept(answer.text)


def lines(contents: Contents) -> Iterator[dict[str, Written]]:
    """The rows of all items, function by function."""
    for function in contents.functions:
        for item in contents.programme.items_of(function.code):
            yield contents.line(item)


def sheet_names(functions: list[Function], taken: str) -> dict[str, str]:
    """A sheet's name for each function, by its code: its name without what Excel forbids, at most 31 characters, used once."""
    names: dict[str, str] = {}
    used = {taken.casefold(), "history"}
    for function in functions:
        plain = re.sub(r"[\[\]:*?/\\]", " ", function.name).strip("' ")[:31] or function.code[:31]
        name, number = plain, 2
        while name.casefold() in used:
            name, number = f"{plain[:27]} {number}", number + 1
        used.add(name.casefold())
        names[function.code] = name
    return names


def spreadsheet_formula(item: Item, cell: Callable[[str], str], item_of: Callable[[str], Item]) -> str:
    """A computed item's formula for a spreadsheet. `cell` gives the address of an item's answer.

    Empty until every figure is there, and where it would divide by zero: missing is not zero. Percentages stand in their cells
    as hundredths.
    """
    names = [name for _, name in formula(item.formula).names]

    def written(found: re.Match[str]) -> str:
        if found.group() == "abs":
            return "ABS"
        return f"({cell(found.group())}*100)" if item_of(found.group()).unit == "percent" else cell(found.group())

    # Parsed and written anew: only the numbers, names and signs of the grammar are left, in a form that spreadsheets share.
    text = ast.unparse(ast.parse(item.formula.strip(), mode="eval"))
    text = re.sub(r"(?<![\w.])[A-Za-z_]\w*", written, text)
    if item.unit == "percent":
        text = f"({text})/100"
    return f'=IF(COUNT({",".join(cell(name) for name in names)})={len(names)},IFERROR({text},""),"")' if names else f"={text}"
