"""Reading a register of bodies: two shapes of CSV, with the quirks of real data told, not hidden."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to tell about a line: `refused` when it was left out, else a `note`."""

    line: int
    code: str
    severity: Literal["refused", "note"]
    text: str


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The rows that can be used, and all there is to say about the rest."""

    rows: tuple[BodyRow, ...]
    problems: tuple[Problem, ...]


class RegisterError(ValueError):
    """A file that is no register; the text says what was expected."""


class _BadRow(ValueError):
    pass


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or in Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV text, with the number of the last one that each reaches to. Raises RegisterError."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise RegisterError(f"Line {reader.line_num} cannot be read ({problem}). Look for a quotation mark that is not closed.") from None


def read_register(text: str) -> RegisterReading:
    """Read a register. Raises RegisterError for a file that is none."""
    lines = _lines(text)
    header = [column.strip().lower() for column in next(lines, (0, []))[1]]
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise RegisterError(f"The first line names {', '.join(twice)} more than once. Keep one column of each name.")
    if not set(COUNCILS) <= set(header) and not set(OTHERS) <= set(header):
        raise RegisterError(
            f"This is not a register of bodies. The first line must name at least the columns {', '.join(COUNCILS)} "
            f"(councils) or {', '.join(OTHERS)} (other bodies)."
        )
    rows: dict[str, BodyRow] = {}
    problems: list[Problem] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        code = cells[header.index("ecode")].strip() if len(cells) > header.index("ecode") else ""
        try:
            if len(cells) != len(header):
                raise _BadRow(f"The row has {len(cells)} columns; the header has {len(header)}. Quote names that hold a comma.")
            row = _row({name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=True)}, line)
            if row.code in rows:
                raise _BadRow(f"The code {row.code} was used on line {rows[row.code].line} already. Keep one of the two rows.")
            rows[row.code] = row
        except _BadRow as problem:
            problems.append(Problem(line, code, "refused", str(problem)))
    return RegisterReading(tuple(rows.values()), tuple(problems + _notes(tuple(rows.values()))))


LONGEST = {"name": 200, "kind": 60, "region": 60, "riep": 200, "police_force": 80, "snac": 10, "gss_code": 12, "replaced_by": 60}
"""Most characters that are kept of a column."""


def _row(cells: Mapping[str, str], line: int) -> BodyRow:
    code = cells["ecode"].upper()
    if not re.fullmatch(r"E[0-9]{4}", code):
        raise _BadRow(f"“{cells['ecode']}” is not a code of a body. A code is E and four digits, like E0724.")
    if not cells["name"]:
        raise _BadRow("The name is missing. Enter the body’s name.")
    for name, limit in LONGEST.items():
        if len(cells.get(name, "")) > limit:
            raise _BadRow(f"The column {name} has more than {limit} characters. Shorten it.")
    council = "la_type" in cells
    kind = cells["la_type"].upper() if council else cells["kind"].lower()
    if council and kind not in CLASSES:
        raise _BadRow(f"“{cells['la_type']}” is not a class of council. Use one of {', '.join(CLASSES)}.")
    if not kind:
        raise _BadRow("The kind of body is missing.")
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
    )


def _whole(cells: Mapping[str, str], name: str) -> int | None:
    text = cells.get(name, "").replace(",", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise _BadRow(
            f"“{cells[name]}” in the column {name} is not a whole number below a thousand million. Enter a number or leave it empty."
        )
    return int(text)


def _number(cells: Mapping[str, str], name: str) -> Decimal | None:
    text = cells.get(name, "").replace(",", "")
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,4})?", text, re.ASCII):
        raise _BadRow(f"“{cells[name]}” in the column {name} is not a number like 12345.6. Enter a number or leave it empty.")
    return Decimal(text)


def _date(cells: Mapping[str, str], name: str) -> date | None:
    text = cells.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _BadRow(f"“{text}” in the column {name} is not a date. Enter one like 2009-04-01 or leave it empty.") from None


def _notes(rows: tuple[BodyRow, ...]) -> list[Problem]:
    notes = []
    by_name = defaultdict(list)
    for row in rows:
        by_name[row.name.lower()].append(row)
    for same in by_name.values():
        for row in same[1:]:
            text = f"The name “{row.name}” is that of {same[0].code} too. Both are kept: a body is known by its code."
            notes.append(Problem(row.line, row.code, "note", text))
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
