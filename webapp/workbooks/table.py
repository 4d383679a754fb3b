"""Writing a return as CSV: UTF-8 with a mark, which Excel needs, and no text that a spreadsheet would take for a formula."""

import csv
import io
from datetime import date
from decimal import Decimal

from workflows.returns.layout import COLUMNS, plain
from workflows.returns.writing import CSV, Contents, Written, lines


def csv_table(contents: Contents) -> bytes:
    """The CSV file of a return: a row for each item, each with the return and the version that it is of."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([COLUMNS[part] for part in CSV])
    for line in lines(contents):
        writer.writerow([_cell(line[part], month=part == "value") for part in CSV])
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _cell(value: Written, *, month: bool) -> str:
    """A cell as CSV holds it: numbers and dates as such, texts kept from being formulas."""
    match value:
        case None:
            return ""
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()[:7] if month else value.isoformat()
        case int():
            return str(value)
        case _:
            return plain(value)
