"""Reading a register of bodies from the sheets of a workbook: lines like those of a CSV file, with the places that Excel shows."""

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal, InvalidOperation

from workflows.register import NO_REGISTER, BadRow, Line, Problem, RegisterError, RegisterReading, check_header, is_header, read_lines
from workflows.returns.cells import Cell, Table, letters

WITHIN = 20
"""The header stands within so many filled rows of a sheet; titles and explanations may stand above it."""
SHOWN = Context(prec=15)
"""Excel shows 15 digits of a number, and keeps a few more that nobody entered."""


def read_sheets(tables: Sequence[Table]) -> RegisterReading:
    """Read every sheet that names the columns of a register. A sheet that does not is noted, and so is a hidden one: not read.

    Raises RegisterError where no sheet is a register, or where one of them is out of shape.
    """
    lines: list[Line] = []
    notes: list[Problem] = []
    used = 0
    for table in tables:
        found = None if table.hidden else _header(table)
        if found is None:
            why = "It is hidden" if table.hidden else "It names no columns of a register"
            notes.append(Problem(0, "", "note", f"{why}, so it was not read.", sheet=table.name))
            continue
        used += 1
        lines += _sheet_lines(table, *found)
    if not used:
        raise RegisterError(f"This is not a register of bodies. A row of a sheet {NO_REGISTER}")
    reading = read_lines(lines)
    return RegisterReading(reading.rows, (*reading.problems, *notes))


def _header(table: Table) -> tuple[int, dict[int, str]] | None:
    """The number of the header's row and its columns by number, where the sheet has one. Raises RegisterError."""
    for row in table.rows[:WITHIN]:
        columns = {number: " ".join(cell.text.split()).lower() for number, cell in row.cells.items()}
        if is_header(list(columns.values())):
            check_header(list(columns.values()), f"Row {row.number} of the sheet “{table.name}”")
            return row.number, columns
    return None


def _sheet_lines(table: Table, header: int, columns: dict[int, str]) -> Iterator[Line]:
    for top, left, bottom, right in table.merged:
        if bottom >= header:
            place = f"{letters(left)}{top}:{letters(right)}{bottom}"
            raise RegisterError(f"The cells {place} of the sheet “{table.name}” are merged. Take them apart, with a value in each row.")
    shown = {name: f"{letters(number)} ({name})" for number, name in columns.items()}
    for row in table.rows:
        if row.number <= header or not any(cell.text.strip() for cell in row.cells.values()):
            continue
        cells = dict.fromkeys(columns.values(), "")
        problem = None
        for number, cell in row.cells.items():
            name = columns.get(number, "")
            if name:
                cells[name] = _text(cell)
            if not name and cell.text.strip():
                problem = BadRow("The cell stands in a column without a heading. Name the column, or empty the cell.", letters(number))
            elif cell.kind == "error":
                problem = BadRow(f"The cell holds the error {cell.text}. Enter the value, or leave it empty.", name)
            elif cell.kind == "formula":
                problem = BadRow(
                    "The cell holds a formula that was never computed. Open the workbook in a spreadsheet program and save it.", name
                )
        yield Line(row.number, cells["ecode"], cells, shown, table.name, problem)


def _text(cell: Cell) -> str:
    """What a cell shows, as the same text that it would be in a CSV file."""
    if cell.kind in ("number", "percent"):
        try:
            number = SHOWN.create_decimal(cell.text)
        except InvalidOperation:
            return cell.text
        if cell.kind == "percent":
            return f"{SHOWN.multiply(number, Decimal(100)).normalize():f}%"
        return f"{number.normalize():f}"
    return " ".join(cell.text.split())
