"""Tables as a file holds them, before anybody says what their cells mean.

Whoever reads a file makes these; `workflows.returns.tables` makes sense of them. They pass between processes as JSON.
"""

from typing import Literal

import msgspec

Kind = Literal["text", "number", "percent", "date", "yes_no", "error", "formula"]


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """One filled cell. `text` is what it holds, as text: a number as digits (of a percentage 0.12 for 12%), a date as
    2009-11-30, a truth value as `yes` or `no`, an error like #REF!; of a formula that was never computed the formula.
    """

    kind: Kind
    text: str


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A row with its filled cells by column, both counted from 1; of a text file the line it begins on."""

    number: int
    cells: dict[int, Cell]
    hidden: bool = False


class Table(msgspec.Struct, frozen=True, array_like=True):
    """A sheet of a workbook, or a whole text file, which has no name. `merged` are first row and column, last row and column."""

    name: str
    rows: list[Row]
    merged: list[tuple[int, int, int, int]] = []
    hidden: bool = False

    def place(self, row: int, column: int) -> str:
        """How a reader of the file finds a cell: E12, or in a text file line 12, column 5."""
        return f"{letters(column)}{row}" if self.name else f"line {row}, column {column}"


def letters(column: int) -> str:
    """The letters of a column counted from 1: A to Z, then AA."""
    found = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
