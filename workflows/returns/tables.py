"""Making sense of tables that people filled in: which answers they hold, and every cell that cannot be read.

Rows and columns are found by their codes and headings, wherever they stand. Nothing is guessed: what cannot be read for
sure is a problem that names its sheet and cell, and the whole item is left as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from workflows.programme import Item, Programme
from workflows.returns.cells import Cell, Row, Table
from workflows.returns.entries import Entry
from workflows.returns.layout import ENTERED, LAYOUT, MARKS, Origin, part_of
from workflows.returns.meaning import BadCell, blank, entered, said, whole

HEADING_WITHIN = 60
"""The heading row is looked for among the first rows that are filled."""
MOST_PROBLEMS = 200
"""Problems told one by one; a file with more of them is not worth a longer list."""


class Problem(msgspec.Struct, frozen=True):
    """Something that was not read, where it stands, and what to do."""

    sheet: str
    cell: str
    text: str
    item: str = ""


class Found(msgspec.Struct, frozen=True):
    """What a file gives for one item: the entry, and the cell of each part of it."""

    entry: Entry
    sheet: str
    cells: dict[str, str]
    hidden: bool = False

    @property
    def cell(self) -> str:
        """Where the entry stands: at its answer, else at the first part that is given."""
        return self.cells.get("value") or next(iter(self.cells.values()))


class Reading(msgspec.Struct, frozen=True):
    """All that was read from a file. `refused` says why nothing of it may be used, where that is so."""

    found: dict[str, Found] = {}
    problems: list[Problem] = []
    more_problems: int = 0
    remarks: list[str] = []
    origin: Origin = Origin()
    refused: str = ""


def read(tables: Iterable[Table], programme: Programme, here: Origin) -> Reading:
    """Read what a file's tables give for a return. `here` is the return that they are meant for."""
    reader = _Reader(programme)
    for table in tables:
        reader.table(table)
    return reader.reading(here)


@dataclass
class _Given:
    """One row with answers, before it is known whether its item stands in another row too."""

    table: Table
    row: Row
    columns: Mapping[str, int]
    item: Item

    def place(self, part: str) -> str:
        return self.table.place(self.row.number, self.columns[part])


@dataclass
class _Reader:
    programme: Programme
    given: dict[str, list[_Given]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    headings: int = 0
    spoiled: set[str] = field(default_factory=set)
    """The items of which nothing is taken, because something of theirs cannot be read."""

    def __post_init__(self) -> None:
        self.codes = {item.code.casefold(): item for item in self.programme.items}

    def problem(self, table: Table, row: int, column: int, text: str, item: str = "") -> None:
        """Note a problem once, and take nothing of its item."""
        found = Problem(table.name, table.place(row, column), text, item)
        if self.problems[-1:] != [found]:
            self.problems.append(found)
        self.spoiled.add(item)

    def table(self, table: Table) -> None:
        """Read one table: its answers, or whose workbook it says it is, or a remark that nothing of it was read."""
        heading = self._heading(table)
        if heading is None:
            self._without_heading(table)
            return
        self.headings += 1
        number, columns = heading
        if columns is None:
            return
        for row in table.rows:
            if row.number > number:
                self._row(table, row, columns)

    def _heading(self, table: Table) -> tuple[int, dict[str, int] | None] | None:
        """The row of a table's headings with the column of each part; no columns where they cannot be told apart."""
        for row in table.rows[:HEADING_WITHIN]:
            columns, twice = _columns(row)
            if "code" not in columns or not columns.keys() & set(ENTERED):
                continue
            for part, first, second in twice:
                if part in ("code", *ENTERED):
                    label = said(row.cells[second])
                    other = table.place(row.number, first)
                    self.problem(table, row.number, second, f"“{label}” heads two columns, here and at {other}. Keep one of them.")
                    return row.number, None
            return row.number, columns
        return None

    def _without_heading(self, table: Table) -> None:
        origin = _origin(table)
        if origin is not None:
            self.origins.append(origin)
            return
        for row in table.rows:
            for column, cell in sorted(row.cells.items()):
                if said(cell).casefold() in self.codes:
                    self.problem(table, row.number, column, "Above this code there is no row with the headings “Code” and “Answer”. "
                                 "Put the heading row of the template back, then upload the file again.")  # fmt: skip
                    return
        if table.rows and table.name:
            self.remarks.append(f"Nothing was read from the sheet “{table.name}”: it has no headings “Code” and “Answer”.")

    def _row(self, table: Table, row: Row, columns: Mapping[str, int]) -> None:
        code_cell = row.cells.get(columns["code"])
        code = said(code_cell).casefold() if code_cell else ""
        answers = [c for part in ENTERED if (c := columns.get(part)) in row.cells and not blank(row.cells[c])]
        self._from(row, columns)
        if part_of(code) == "code" and answers:
            self._repeated(table, row, columns)
            return
        item = self.codes.get(code)
        if item is None:
            if answers and code:
                self.problem(table, row.number, columns["code"], f"“{said(code_cell)[:60]}” is not a code of this return. "
                             "Copy the code from the template, or empty this row’s answer columns.")  # fmt: skip
            elif answers:
                self.problem(
                    table, row.number, answers[0], "This row has an answer but no code. Put the item’s code into the column “Code”."
                )
            return
        if not item.typed:
            return
        merge = next((m for m in table.merged if _touches(m, row.number, columns)), None)
        if merge:
            self.spoiled.add(item.code)
            first, last = table.place(merge[0], merge[1]), table.place(merge[2], merge[3])
            text = f"The cells {first} to {last} are merged, so it cannot be told which row they answer. Unmerge them, and give each row "
            self.problem(table, merge[0], merge[1], f"{text}its own answer.")
        elif answers:
            self.given.setdefault(item.code, []).append(_Given(table, row, columns, item))

    def _repeated(self, table: Table, row: Row, columns: Mapping[str, int]) -> None:
        """A second row of headings: passed over where it says the same, else a problem."""
        again, _ = _columns(row)
        for part, column in again.items():
            if part in ("code", *ENTERED) and columns.get(part) != column:
                self.problem(table, row.number, column, f"A second row of headings has “{said(row.cells[column])}” in another column than "
                             "the first. Keep one row of headings, the template’s.")  # fmt: skip
                return

    def _from(self, row: Row, columns: Mapping[str, int]) -> None:
        """What a row of a text file says about where it comes from."""
        case, version = (row.cells.get(columns.get(part, 0)) for part in ("case", "version"))
        if case is not None and not blank(case):
            self.origins.append(Origin(case=said(case), version=whole(version) if version else None))

    def reading(self, here: Origin) -> Reading:
        """All that was read, and whether it may be used for this return."""
        found = {}
        for code, rows in self.given.items():
            if len(rows) > 1:
                places = ", ".join(_where(g) for g in rows[1:4])
                text = f"{code} stands in more than one row with an answer: here and at {places}. Keep one of them."
                self.problem(rows[0].table, rows[0].row.number, rows[0].columns["code"], text, code)
            elif code not in self.spoiled and (one := self._entry(rows[0])) is not None:
                found[code] = one
        origins = list(dict.fromkeys((o.case, o) for o in self.origins))
        refused = self._refused([o for _, o in origins], here)
        origin = origins[0][1] if origins else Origin()
        return Reading(
            found={} if refused else found,
            problems=[] if refused else self.problems[:MOST_PROBLEMS],
            more_problems=0 if refused else max(0, len(self.problems) - MOST_PROBLEMS),
            remarks=[] if refused else [*_origin_remarks(origin, here), *self.remarks],
            origin=origin,
            refused=refused,
        )

    def _entry(self, given: _Given) -> Found | None:
        values: dict[str, object] = {}
        cells: dict[str, str] = {}
        sound = True
        for part in ENTERED:
            cell = given.row.cells.get(given.columns.get(part, 0))
            if cell is None or blank(cell):
                continue
            try:
                values[part] = entered(part, cell, given.item)
            except BadCell as problem:
                self.problems.append(Problem(given.table.name, given.place(part), str(problem), given.item.code))
                sound = False
            cells[part] = given.place(part)
        revision = given.row.cells.get(given.columns.get("revision", 0))
        if revision is not None and not blank(revision):
            seen = whole(revision)
            values["revision"] = -1 if seen is None else seen
        if not sound or not cells:
            return None
        entry = msgspec.convert(values, Entry)
        return Found(entry, given.table.name, cells, given.row.hidden or given.table.hidden)

    def _refused(self, origins: list[Origin], here: Origin) -> str:
        """Why a file may not be used for this return; empty where it may."""
        for origin in origins:
            if (origin.layout or 0) > LAYOUT:
                return "This file was made by a newer version of Yardstick. Download the template again from this return, and use that."
            if origin.case and here.case and origin.case.casefold() != here.case.casefold():
                return (
                    f"This file is of the return {origin.case}; you are filling in {here.case}. Nothing was read from it. Download the "
                    f"template of {here.case} and copy into it what belongs there."
                )
            if origin.programme and here.programme and origin.programme != here.programme:
                return (
                    f"This file is of another programme, “{origin.programme}”; this return is of “{here.programme}”. "
                    "Nothing was read from it. Download this return’s template and use that."
                )
        if not self.headings and not self.problems:
            return (
                "No answers were found: no table in this file has a row with the headings “Code” and “Answer”. Download the "
                "template of this return, fill it in, and upload that."
            )
        return ""


def _columns(row: Row) -> tuple[dict[str, int], list[tuple[str, int, int]]]:
    """The parts that a row of headings names with their columns, and each part that it names twice with both columns."""
    columns: dict[str, int] = {}
    twice = []
    for column, cell in sorted(row.cells.items()):
        part = part_of(said(cell)) if cell.kind == "text" else None
        if part is None:
            continue
        if part in columns:
            twice.append((part, columns[part], column))
        else:
            columns[part] = column
    return columns, twice


def _touches(merge: tuple[int, int, int, int], row: int, columns: Mapping[str, int]) -> bool:
    """Whether merged cells take in the code or an answer of a row; a single cell is not merged with anything."""
    top, left, bottom, right = merge
    if not top <= row <= bottom or (top, left) == (bottom, right):
        return False
    return any(left <= columns[part] <= right for part in ("code", *ENTERED) if part in columns)


def _where(given: _Given) -> str:
    sheet = f"“{given.table.name}”, " if given.table.name else ""
    return f"{sheet}{given.place('code')}"


_READ: Mapping[str, Callable[[Cell], object]] = {"layout": whole, "version": whole}


def _origin(table: Table) -> Origin | None:
    """Where a workbook comes from, where this sheet tells it: labels in one column, what they name in the next."""
    marks = dict(_marks(table))
    if "case" not in marks or "layout" not in marks:
        return None
    return Origin(**{name: _READ.get(name, said)(cell) for name, cell in marks.items()})  # type: ignore[arg-type]


def _marks(table: Table) -> Iterator[tuple[str, Cell]]:
    for row in table.rows[: HEADING_WITHIN * 2]:
        for column, cell in row.cells.items():
            beside = row.cells.get(column + 1)
            name = MARKS.get(said(cell))
            if name and beside is not None and cell.kind == "text":
                yield name, beside


def _origin_remarks(origin: Origin, here: Origin) -> Iterator[str]:
    """What is worth knowing before anything is taken over."""
    if not origin.case:
        yield f"The file does not say whose return it is. Make sure that these are figures for {here.case or 'this return'}."
    if origin.version is not None and here.version is not None and origin.version != here.version:
        yield f"The file was made from version {origin.version}; the draft is version {here.version} now. Look at each change with care."
    if origin.programme_version and here.programme_version and origin.programme_version != here.programme_version:
        yield (
            f"The file was made with version {origin.programme_version} of the questions; this return asks version "
            f"{here.programme_version}."
        )
