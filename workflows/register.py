"""Reading a register of bodies: two shapes of table, with the quirks of real data told, not hidden.

This module reads CSV; `workflows.register_sheets` makes the same lines of the sheets of a workbook.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

CLASSES = {
    "UA": "Unitary authority",
    "MD": "Metropolitan district",
    "LBO": "London borough",
    "CC": "City of London Corporation",
    "CTY": "County council",
    "NMD": "Non-metropolitan district",
    "SRA": "Strategic regional authority",
}
COUNCILS = ("ecode", "name", "la_type", "region", "riep")
OTHERS = ("ecode", "name", "kind")


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body as a register tells it. Money in £ thousand; whatever the register does not tell is None."""

    line: int
    code: str
    name: str
    kind: str
    class_name: str
    region: str | None = None
    riep: str | None = None
    police_force: str | None = None
    population: int | None = None
    snac: str | None = None
    gss: str | None = None
    end_date: date | None = None
    replaced_by: str | None = None
    central_services_k: Decimal | None = None
    total_service_k: Decimal | None = None
    headcount: int | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to tell about a line, and about which of its columns: `refused` when it was left out, else a `note`."""

    line: int
    code: str
    severity: Literal["refused", "note"]
    text: str
    column: str = ""
    sheet: str = ""

    @property
    def place(self) -> str:
        """Where a reader of the file finds it, in words."""
        line = f"{'row' if self.sheet else 'line'} {self.line}" if self.line else ""
        parts = (f"sheet “{self.sheet}”" if self.sheet else "", line, f"column {self.column}" if self.column else "")
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a register below its header: its texts by column, and what the file calls each column.

    `problem` is what is wrong with the line as a whole, before anybody says what its texts mean.
    """

    number: int
    code: str
    cells: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    problem: "BadRow | None" = None


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The rows that can be used, and all there is to say about the rest."""

    rows: tuple[BodyRow, ...]
    problems: tuple[Problem, ...]


class RegisterError(ValueError):
    """A file that is no register; the text says what was expected."""


class BadRow(ValueError):
    """A row that cannot be used; the text says what to do. `column` names the column that is wrong, where it is one."""

    def __init__(self, text: str, column: str = "") -> None:
        super().__init__(text)
        self.column = column


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or in Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV text, with the number of the last one that each reaches to. Raises RegisterError."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise RegisterError(f"Line {reader.line_num} cannot be read ({problem}). Look for a quotation mark that is not closed.") from None


def read_register(text: str) -> RegisterReading:
    """Read a register from CSV. Raises RegisterError for a file that is none."""
    lines = csv_lines(text)
    header = [column.strip().lower() for column in next(lines, (0, []))[1]]
    check_header(header, "The first line")
    return read_lines(_line(header, number, cells) for number, cells in lines if any(cell.strip() for cell in cells))


def is_header(columns: Sequence[str]) -> bool:
    """Whether these are the columns of a register."""
    return set(COUNCILS) <= set(columns) or set(OTHERS) <= set(columns)


NO_REGISTER = (
    f"must name at least the columns {', '.join(COUNCILS)} (councils) or {', '.join(OTHERS)} (other bodies)."
)  # fmt: skip


def check_header(columns: Sequence[str], where: str) -> None:
    """Raise RegisterError for columns, named `where`, that are not those of a register."""
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise RegisterError(f"{where} names {', '.join(twice)} more than once. Keep one column of each name.")
    if not is_header(columns):
        raise RegisterError(f"This is not a register of bodies. {where} {NO_REGISTER}")


def _line(header: list[str], number: int, cells: list[str]) -> Line:
    code = cells[header.index("ecode")].strip() if len(cells) > header.index("ecode") else ""
    if len(cells) != len(header):
        text = f"The row has {len(cells)} columns; the header has {len(header)}. Quote names that hold a comma."
        return Line(number, code, problem=BadRow(text))
    return Line(number, code, {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=True)})


def read_lines(lines: Iterable[Line]) -> RegisterReading:
    """Read the lines of a register, whatever kind of file they stand in."""
    rows: dict[str, BodyRow] = {}
    places: dict[str, str] = {}
    problems: list[Problem] = []
    for line in lines:
        try:
            if line.problem is not None:
                raise line.problem
            row = _row(line.cells, line.number, line.sheet)
            if row.code in rows:
                raise BadRow(f"The code {row.code} was used on {places[row.code]} already. Keep one of the two rows.", "ecode")
            rows[row.code], places[row.code] = row, Problem(line.number, row.code, "note", "", sheet=line.sheet).place
        except BadRow as problem:
            column = line.columns.get(problem.column, problem.column)
            problems.append(Problem(line.number, line.code, "refused", str(problem), column, line.sheet))
    return RegisterReading(tuple(rows.values()), tuple(problems + _notes(tuple(rows.values()))))


LONGEST = {"name": 200, "kind": 60, "region": 60, "riep": 200, "police_force": 80, "snac": 10, "gss_code": 12, "replaced_by": 60}
"""Most characters that are kept of a column."""


def _row(cells: Mapping[str, str], line: int, sheet: str) -> BodyRow:
    code = cells["ecode"].upper()
    if not re.fullmatch(r"E[0-9]{4}", code):
        raise BadRow(f"“{cells['ecode']}” is not a code of a body. A code is E and four digits, like E0724.", "ecode")
    if not cells["name"]:
        raise BadRow("The name is missing. Enter the body’s name.", "name")
    for name, limit in LONGEST.items():
        if len(cells.get(name, "")) > limit:
            raise BadRow(f"The column {name} has more than {limit} characters. Shorten it.", name)
    council = "la_type" in cells
    kind = cells["la_type"].upper() if council else cells["kind"].lower()
    if council and kind not in CLASSES:
        raise BadRow(f"“{cells['la_type']}” is not a class of council. Use one of {', '.join(CLASSES)}.", "la_type")
    if not kind:
        raise BadRow("The kind of body is missing. Enter it, like police authority.", "la_type" if council else "kind")
    if kind == "gla group":
        kind = "GLA group"
    return BodyRow(
        line=line,
        code=code,
        name=cells["name"],
        kind=kind,
        class_name=CLASSES[kind] if council else kind[0].upper() + kind[1:],
        region=cells.get("region") or None,
        riep=cells.get("riep") or None,
        police_force=cells.get("police_force") or None,
        population=_whole(cells, "population_mid2008ish"),
        snac=cells.get("snac") or None,
        gss=cells.get("gss_code") or None,
        end_date=_date(cells, "end_date"),
        replaced_by=cells.get("replaced_by") or None,
        central_services_k=_number(cells, "central_services_net_current_exp_k"),
        total_service_k=_number(cells, "total_service_net_current_exp_k"),
        headcount=_whole(cells, "headcount"),
        sheet=sheet,
    )


def _whole(cells: Mapping[str, str], name: str) -> int | None:
    text = cells.get(name, "").replace(",", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        text = f"“{cells[name]}” in the column {name} is not a whole number below a thousand million. Enter a number or leave it empty."
        raise BadRow(text, name)
    return int(text)


def _number(cells: Mapping[str, str], name: str) -> Decimal | None:
    text = cells.get(name, "").replace(",", "")
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,4})?", text, re.ASCII):
        raise BadRow(f"“{cells[name]}” in the column {name} is not a number like 12345.6. Enter a number or leave it empty.", name)
    return Decimal(text)


def _date(cells: Mapping[str, str], name: str) -> date | None:
    text = cells.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRow(f"“{text}” in the column {name} is not a date. Enter one like 2009-04-01 or leave it empty.", name) from None


def _notes(rows: tuple[BodyRow, ...]) -> list[Problem]:
    notes = []
    by_name = defaultdict(list)
    for row in rows:
        by_name[row.name.lower()].append(row)
    for same in by_name.values():
        for row in same[1:]:
            text = f"The name “{row.name}” is that of {same[0].code} too. Both are kept: a body is known by its code."
            notes.append(Problem(row.line, row.code, "note", text, sheet=row.sheet))
    blanks = (
        ("no police force", [r for r in rows if r.riep and not r.police_force]),
        ("no population", [r for r in rows if r.riep and r.population is None]),
        ("no headcount, so whether they are above the threshold must be asked", [r for r in rows if r.headcount is None]),
        ("central services at or below zero: not comparable as it stands",
         [r for r in rows if r.central_services_k is not None and r.central_services_k <= 0]),
    )  # fmt: skip
    for text, found in blanks:
        if found:
            few = ", ".join(r.code for r in found[:5]) + (" and others" if len(found) > 5 else "")
            bodies = "body has" if len(found) == 1 else "bodies have"
            notes.append(Problem(0, "", "note", f"{len(found)} {bodies} {text}: {few}."))
    return notes
