"""What one cell means: as an amount, a yes or no, a month, a date, a word or a text. Or why that cannot be told for sure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from workflows.dates import read_day
from workflows.programme import Item
from workflows.returns.cells import Cell
from workflows.returns.layout import CLEAR, bare, taken
from workflows.returns.values import BASES, BadAnswer, lowered, quoted, read_amount, read_text

PLACES = Decimal("0.0001")
"""Amounts have at most four decimal places."""
NEAR, NEARER = Decimal("1e-9"), Decimal("1e-14")
"""How far a spreadsheet's binary fraction may lie off the decimal that is meant: absolutely, and for its size.

A double holds 15 to 17 significant digits (IEEE 754), so 0.1 + 0.2 comes as 0.30000000000000004."""


class BadCell(ValueError):
    """A cell that cannot be read; the text says what to do."""


def said(cell: Cell | None) -> str:
    """What a cell says as a word."""
    return "" if cell is None else bare(cell.text)


def blank(cell: Cell) -> bool:
    """Whether a cell only looks filled. A formula or an error is not blank."""
    return cell.kind == "text" and not cell.text.strip()


def whole(cell: Cell) -> int | None:
    """A cell as a whole number of at most nine digits; None for anything else."""
    text = said(cell)
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) and cell.kind in ("number", "text") else None


def entered(part: str, cell: Cell, item: Item) -> object:
    """What was entered as a part of an answer to an item. Raises BadCell.

    Texts for an Entry, except `known_by`, which is a date, and `confirmed`, which is true or false. The word `clear` is
    an empty text.
    """
    if cell.kind == "error":
        raise BadCell(f"The cell shows the error {cell.text[:20]}. Mend its formula, or type the answer itself.")
    if cell.kind == "formula":
        raise BadCell(
            "The cell holds a formula that was never computed. Open the file in a spreadsheet program, save it, and upload it "
            "again; or type the answer itself."
        )
    if cell.kind == "text" and said(cell).casefold() == CLEAR and part in ("value", "not_known", "note"):
        return ""
    return _READ[part](cell, item)


def _value(cell: Cell, item: Item) -> str:
    text = _VALUES[item.kind](cell, item)
    try:
        if item.kind == "amount":
            read_amount(text, item)
        else:
            read_text(text, item)
    except BadAnswer as problem:
        raise BadCell(str(problem)) from None
    return text


NO_FIGURE = frozenset(
    {"n/a", "na", "n.a.", "n.a", "-", "–", "—", "--", "nil", "none", "null", "tbc", "tba", "?", "x", "unknown", "not known"}
)
"""Words that people enter in place of a figure, and that may mean nothing, not known, or not applicable."""


def _amount(cell: Cell, item: Item) -> str:
    match cell.kind:
        case "number":
            return format(tidied(_number(cell, item), item), "f")
        case "percent":
            if item.unit != "percent":
                raise BadCell(f"The cell is formatted as a percentage, and {lowered(item.label)} is not one. Enter it as a plain number.")
            return format(tidied(_number(cell, item) * 100, item), "f")
        case "date":
            raise BadCell(
                f"The cell holds the date {_day(cell)}. Spreadsheets take 1/3 for a date: enter {lowered(item.label)} as a number."
            )
        case "yes_no":
            raise BadCell(f"The cell says {'TRUE' if cell.text == 'yes' else 'FALSE'}. Enter {lowered(item.label)} as a number.")
    text = said(cell).removeprefix("'")
    if text.casefold() in NO_FIGURE:
        raise BadCell(
            f"“{text}” is no figure. Leave the cell empty to leave the answer as it is, enter 0 if there is none at all, or say "
            "under “Not known because” why it is not known."
        )
    if re.fullmatch(r"[-+]?\d+(?:\.\d+)?e[-+]?\d+", text[:60], re.IGNORECASE | re.ASCII):
        raise BadCell(
            f"“{text[:40]}” is in scientific notation, which may have lost digits. Format the cell as a number, so that it shows every "
            "digit, and save the file again."
        )
    return text


def _number(cell: Cell, item: Item) -> Decimal:
    if not re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?", cell.text[:80], re.IGNORECASE | re.ASCII):
        raise BadCell(f"The cell’s number “{cell.text[:40]}” cannot be read. Type {lowered(item.label)} again.")
    return Decimal(cell.text[:80])


def tidied(number: Decimal, item: Item) -> Decimal:
    """The amount that a spreadsheet's number stands for: with at most four decimal places. Raises BadCell for one with more.

    What lies off by less than a binary fraction can tell is that fraction's noise, and is rounded away.
    """
    if abs(number) >= Decimal(10) ** 15:
        raise BadCell(f"{item.label} must be a number of at most 15 digits.")
    near = number.quantize(PLACES)
    if abs(number - near) > max(NEAR, abs(number) * NEARER):
        shown = f"{number:.10f}".rstrip("0")
        raise BadCell(f"{item.label} must have at most four decimal places; the cell holds {shown}. Round it, as with =ROUND(…, 4).")
    return near.normalize() + 0


def _yes_no(cell: Cell, item: Item) -> str:
    if cell.kind in ("date", "percent") or (cell.kind == "number" and cell.text not in ("0", "1")):
        held = _day(cell) if cell.kind == "date" else cell.text[:40]
        raise BadCell(f"{quoted(item.label)} must be answered yes or no. The cell holds {held}.")
    return said(cell)


def _month(cell: Cell, item: Item) -> str:
    if cell.kind == "date" and _is_day(cell):
        return cell.text[:7]
    if cell.kind != "text":
        raise BadCell(f"{item.label} must be a month, like 11/2009. The cell holds {cell.text[:40]}.")
    text = said(cell)
    short = re.fullmatch(r"([A-Za-z]{3,9})[- ’']{1,2}(\d{2})", text, re.ASCII)
    return f"{short.group(1)} 20{short.group(2)}" if short else text.replace("-", " ") if re.fullmatch(r"[A-Za-z]+-\d{4}", text) else text


def _words(cell: Cell, item: Item) -> str:
    if cell.kind == "date":
        return _day(cell)
    if cell.kind == "number" and re.fullmatch(r"[-+]?\d+(\.\d+)?e[-+]?\d+", cell.text[:60], re.IGNORECASE | re.ASCII):
        return format(_number(cell, item), "f")
    return taken(cell.text)


def _basis(cell: Cell, item: Item) -> str:
    text = said(cell).casefold()
    if text not in BASES:
        raise BadCell(f"“{said(cell)[:40]}” does not say how firm the figure is. Choose {', '.join(BASES[:-1])} or {BASES[-1]}.")
    return text


def _known_by(cell: Cell, item: Item) -> date:
    try:
        return date.fromisoformat(cell.text[:10]) if cell.kind == "date" else read_day(said(cell)[:40])
    except ValueError:
        shown = said(cell)[:40]
        raise BadCell(f"“{shown}” is not a date. Enter the day by which the figure will be known, like 31/3/2010.") from None


def _confirmed(cell: Cell, item: Item) -> bool:
    text = said(cell).casefold()
    if text in ("yes", "y", "true", "1"):
        return True
    if text in ("no", "n", "false", "0"):
        return False
    raise BadCell(
        f"Enter yes where {lowered(item.label)}, which was filled in for you, is right for this year too. You entered “{text[:40]}”."
    )


def _is_day(cell: Cell) -> bool:
    """Whether a date is one: 0 and 60 shown as dates are days that never were."""
    try:
        date.fromisoformat(cell.text[:10])
    except ValueError:
        return False
    return True


def _day(cell: Cell) -> str:
    """A cell's date as people write it; as it stands, where it is none."""
    if not _is_day(cell):
        return cell.text[:20]
    day = date.fromisoformat(cell.text[:10])
    return f"{day.day}/{day.month}/{day.year}"


_Reads = Callable[[Cell, Item], object]
_VALUES: Mapping[str, Callable[[Cell, Item], str]] = {"amount": _amount, "yes_no": _yes_no, "month": _month, "text": _words}
_READ: Mapping[str, _Reads] = {
    "value": _value,
    "basis": _basis,
    "not_known": _words,
    "known_by": _known_by,
    "note": _words,
    "confirmed": _confirmed,
}
