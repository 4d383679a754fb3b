"""Reading statistics from which figures are held: the government's revenue outturn as it was found, quirks told, not hidden.

A line of the statistics is named by its path, `Group > Sub-group > Line`, each name trimmed of the spaces around it: the
same line name stands under several groups. Nothing is corrected here: a figure is what the file says, in its own unit.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from workflows.register import Problem

HEADERS = 3
FIRST_COLUMNS = ("E-code", "Local authority")
CAPITAL_COLUMNS = 14
CAPITAL_GROUP = "Capital Expenditure"
REVENUE = "revenue"
"""The path that stands for all revenue columns summed, as `held.toml` names it."""
CODE = re.compile(r"[A-Z]\d{4}", re.ASCII)
AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """The figures of one authority by path, in the unit of the file; a blank cell is no figure at all."""

    line: int
    code: str
    name: str
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class StatisticsReading:
    """The paths of a file in its order (revenue first, then capital, then the sum of the revenue columns), its rows, and
    what there is to say about it."""

    paths: tuple[str, ...]
    rows: tuple[StatisticsRow, ...]
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "refused")


class StatisticsError(ValueError):
    """A file that is not laid out as expected; the text says what was expected."""


class _BadRow(ValueError):
    pass


def read_ro_raw(text: str) -> StatisticsReading:
    """Read a revenue outturn in the layout `ro-raw`, in £ thousand. Raises StatisticsError for a file that is none.

    Three header rows of group, sub-group and line; then a row for each authority: E-code, name, revenue columns, and 14
    columns of capital spending. 0 means none as well as not returned: the file does not tell which.
    """
    rows = _rows(text)
    paths = _paths([cells for _, cells in rows[:HEADERS]])
    revenue = paths[:-CAPITAL_COLUMNS]
    found: dict[str, StatisticsRow] = {}
    problems: list[Problem] = []
    for line, cells in rows[HEADERS:]:
        code = cells[0].strip()
        try:
            row = _row(line, cells, paths, revenue)
            if row.code in found:
                raise _BadRow(f"The code {row.code} stands on line {found[row.code].line} already. Keep one of the two rows.")
            found[row.code] = row
        except _BadRow as problem:
            problems.append(Problem(line, code, "refused", str(problem)))
    problems += _quirks(tuple(found.values()), paths)
    return StatisticsReading((*paths, REVENUE), tuple(found.values()), tuple(problems))


LAYOUTS: Mapping[str, Callable[[str], StatisticsReading]] = {"ro-raw": read_ro_raw}
"""How a source's file is read, by the layout that the source names."""


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        raise StatisticsError(f"Line {reader.line_num} cannot be read ({problem}). Look for a quotation mark that is not closed.") from None


def _paths(headers: list[list[str]]) -> tuple[str, ...]:
    wanted = f"three header rows of group, sub-group and line, the third beginning with {' and '.join(FIRST_COLUMNS)}"
    if len(headers) < HEADERS or tuple(cell.strip() for cell in headers[2][:2]) != FIRST_COLUMNS:
        raise StatisticsError(f"This is not a revenue outturn by service line: expected {wanted}.")
    if len({len(cells) for cells in headers}) != 1:
        raise StatisticsError("The three header rows have different numbers of columns. Give each column its group, sub-group and line.")
    names = [[cell.strip() for cell in column] for column in zip(*(cells[2:] for cells in headers), strict=True)]
    if len(names) <= CAPITAL_COLUMNS or any(column[0] != CAPITAL_GROUP for column in names[-CAPITAL_COLUMNS:]):
        raise StatisticsError(f"Expected revenue columns, and then {CAPITAL_COLUMNS} columns of the group “{CAPITAL_GROUP}”.")
    if any(column[0] == CAPITAL_GROUP for column in names[:-CAPITAL_COLUMNS]):
        raise StatisticsError(f"Expected the columns of “{CAPITAL_GROUP}” to be the last {CAPITAL_COLUMNS}.")
    paths = tuple(" > ".join(column) for column in names)
    twice = [path for path, times in Counter(paths).items() if times > 1]
    if twice:
        raise StatisticsError(f"Two columns are named “{twice[0]}”. Keep one of them.")
    return paths


def _row(line: int, cells: list[str], paths: tuple[str, ...], revenue: tuple[str, ...]) -> StatisticsRow:
    if len(cells) != len(paths) + 2:
        raise _BadRow(f"The row has {len(cells)} columns; the header has {len(paths) + 2}. Quote names that hold a comma.")
    code, name = cells[0].strip(), " ".join(cells[1].split())
    if not CODE.fullmatch(code):
        raise _BadRow(f"“{code[:20]}” is not an E-code, like E0701. Bodies are matched by their code, never by their name.")
    amounts = {path: _amount(cell, path) for path, cell in zip(paths, cells[2:], strict=True) if cell.strip()}
    if all(path in amounts for path in revenue):
        amounts[REVENUE] = sum((amounts[path] for path in revenue), Decimal(0))
    return StatisticsRow(line, code, name, amounts)


def _amount(cell: str, path: str) -> Decimal:
    tidy = re.sub(r"[\s,]", "", cell)
    if not AMOUNT.fullmatch(tidy):
        raise _BadRow(f"“{cell.strip()[:40]}” under “{path}” is not a number. Correct the cell, or leave it blank.")
    return Decimal(tidy)


def _quirks(rows: tuple[StatisticsRow, ...], paths: tuple[str, ...]) -> list[Problem]:
    """What a reader of the figures must know, as notes on the whole file, and on rows that lack something."""
    notes = [
        Problem(row.line, row.code, "note", "The name is blank: the row is matched by its code all the same.")
        for row in rows
        if not row.name
    ]
    for row in rows:
        if missing := sum(1 for path in paths if path not in row.amounts):
            notes.append(Problem(row.line, row.code, "note", f"{missing} cells are blank: no figure is held for them."))
    held = [(path, amount) for row in rows for path, amount in row.amounts.items() if path != REVENUE]
    zeros, below = sum(1 for _, amount in held if amount == 0), Counter(path for path, amount in held if amount < 0)
    if zeros:
        notes.append(Problem(0, "", "note", f"{zeros:,} figures are 0, which means none or not returned: the file does not tell which."))
    if below:
        path, most = below.most_common(1)[0]
        line = path.rpartition(" > ")[2]
        notes.append(Problem(0, "", "note", f"{below.total():,} figures are below 0, {most:,} of them of the line “{line}”."))
    return notes
