"""Reading figures of returns that were filed before this installation: a table of body, item and amount."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from workflows.programme import Programme
from workflows.register import Problem
from workflows.returns.values import BadAnswer, read_amount

COLUMNS = ("body", "item", "amount")


@dataclass(frozen=True, slots=True)
class PreviousReading:
    """The amounts that can be used, by code of body and of item, and all there is to say about the rest."""

    amounts: Mapping[str, Mapping[str, Decimal]]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "refused")


class PreviousError(ValueError):
    """A file that is no such table; the text says what was expected."""


class _BadRow(ValueError):
    pass


def read_previous(text: str, programme: Programme) -> PreviousReading:
    """Read a table of `body,item,amount`; a first line of these names may stand over it. Raises PreviousError.

    An amount is taken for an entered item as its form would take it, and for a computed one too, for where only the total
    is known. A row that cannot be used is refused with its reason, the others are kept.
    """
    found: dict[str, dict[str, Decimal]] = {}
    lines: dict[tuple[str, str], int] = {}
    problems: list[Problem] = []
    for line, cells in _rows(text):
        code = cells[0]
        try:
            body, item, amount = _row(cells, programme)
            if (body, item) in lines:
                raise _BadRow(f"{item} of {body} stands on line {lines[body, item]} already. Keep one of the two rows.")
            lines[body, item] = line
            found.setdefault(body, {})[item] = amount
        except _BadRow as problem:
            problems.append(Problem(line, code[:20], "refused", str(problem)))
    if not found and not problems:
        raise PreviousError(f"There is nothing in it. Expected rows of {', '.join(COLUMNS)}, like E0701,FIN_COST_EMP,1250000.")
    return PreviousReading(found, tuple(problems))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        raise PreviousError(f"Line {reader.line_num} cannot be read ({problem}). Look for a quotation mark that is not closed.") from None
    if rows and tuple(cell.lower() for cell in rows[0][1]) == COLUMNS:
        return rows[1:]
    return rows


def _row(cells: list[str], programme: Programme) -> tuple[str, str, Decimal]:
    if len(cells) != len(COLUMNS):
        raise _BadRow(f"The row has {len(cells)} columns; expected three: {', '.join(COLUMNS)}. Quote amounts that hold a comma.")
    body, code, text = cells
    if not re.fullmatch(r"[A-Za-z0-9]{1,12}", body, re.ASCII):
        raise _BadRow(f"“{body[:20]}” is not the code of a body, like E0701.")
    item = programme.find_item(code)
    if item is None or item.kind != "amount":
        raise _BadRow(f"“{code[:60]}” is no figure of the programme {programme.code}. Use the code that stands beside the item.")
    try:
        amount = read_amount(text, item)
    except BadAnswer as problem:
        raise _BadRow(str(problem)) from None
    if amount is None:
        raise _BadRow(f"{item.label} has no amount. Leave the row out: missing is not zero.")
    return body, item.code, amount
