"""Writing a return as an Excel workbook: the template to fill in away from the screen, and the export of a version.

XlsxWriter, because it writes the value of a formula beside it: a program that does not compute (Excel's protected view,
a telephone) shows the sums all the same. Texts are written as texts, so that none of them is ever taken for a formula.
"""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from webapp.workbooks import readme
from webapp.workbooks.looks import Formats, height, line_count
from workflows.programme import Function, Item
from workflows.returns.layout import CLEAR, COLUMNS, ENTERED
from workflows.returns.values import BASES, NOT_KNOWN_LIMIT, NOTE_LIMIT
from workflows.returns.writing import Contents, Written, sheet_names, spreadsheet_formula

WIDTHS = {"code": 27, "group": 24, "question": 46, "unit": 12, "value": 18, "basis": 13, "not_known": 28, "known_by": 14, "note": 38,
          "prefilled": 18, "confirmed": 11, "last": 16, "guidance": 110, "revision": 9}  # fmt: skip
WRAPPED = ("group", "question", "value", "not_known", "note", "prefilled", "last", "guidance")
PRINTED = "note"
"""The last column that is printed: with the others, a page would be too small to read."""
MESSAGE, TITLE = 255, 32
"""Characters of a drop-down's message and title that Excel takes."""
FORMATS = {"GBP": "[$£-809]#,##0.00", "percent": "0.00%", "FTE": "#,##0.0###", "score": "0.0###", "index": "0.0###"}
"""Number formats by unit; the others as `#,##0.0###`, and whole ones as `#,##0`."""


def workbook(contents: Contents) -> bytes:
    """The workbook of a return."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({
        "title": f"Return of {contents.body}, {contents.round}", "subject": contents.origin.case,
        "author": "Yardstick", "created": contents.made.replace(tzinfo=None),
    })  # fmt: skip
    names = sheet_names(contents.functions, readme.SHEET)
    formats = Formats(book)
    readme.write(book, contents, names, formats)
    writer = _Writer(contents, names, formats)
    for function in contents.functions:
        writer.sheet(book.add_worksheet(names[function.code]), function)
    book.close()
    return out.getvalue()


class _Writer:
    """Writes the sheet of each function."""

    def __init__(self, contents: Contents, names: Mapping[str, str], formats: Formats) -> None:
        self.contents, self.names, self.formats = contents, names, formats
        self.columns = contents.columns
        self.at = {part: number for number, part in enumerate(self.columns)}
        self.rows = {
            item.code: row for function in contents.functions for row, item in enumerate(contents.programme.items_of(function.code), 1)
        }

    def sheet(self, sheet: Any, function: Function) -> None:
        items = self.contents.programme.items_of(function.code)
        heading = self.formats.heading()
        sheet.set_row(0, height(2))
        for part, column in self.at.items():
            sheet.set_column(column, column, WIDTHS[part])
            sheet.write_string(0, column, COLUMNS[part], heading)
        for item in items:
            self._row(sheet, item, self.rows[item.code])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, len(items), self.at[PRINTED])
        title = f"{self.contents.body}, {function.name}".replace("&", "&&")
        sheet.set_header(f"&L{title[:180]}&R{self.contents.origin.case}")
        sheet.set_footer("&LMade with Yardstick&RPage &P of &N")
        if self.contents.to_fill_in:
            sheet.protect("", {"format_columns": True, "format_rows": True})

    def _row(self, sheet: Any, item: Item, row: int) -> None:
        cells = self.contents.line(item)
        texts = [(part, cells[part]) for part in self.at if part in WRAPPED]
        sheet.set_row(row, height(max(line_count(str(text or ""), WIDTHS[part]) for part, text in texts)))
        for part, column in self.at.items():
            open_to_all = self._open(item, part, cells)
            look = self._look(item, part, open_to_all)
            if part == "value" and item.formula:
                self._formula(sheet, item, row, column, look, cells[part])
            else:
                _write(sheet, row, column, cells[part], look, percent=item.unit == "percent" and part in ("value", "last"))
            if open_to_all:
                self._guard(sheet, item, part, row, column)

    def _open(self, item: Item, part: str, cells: Mapping[str, Written]) -> bool:
        """Whether a cell is there to be filled in."""
        if not (self.contents.to_fill_in and item.typed and part in ENTERED) or item.code in self.contents.locked:
            return False
        if part == "basis":
            return item.kind == "amount"
        return part != "confirmed" or bool(cells["prefilled"])

    def _look(self, item: Item, part: str, open_to_all: bool) -> Any:
        shown = {"num_format": "@"}
        if part in ("value", "last"):
            shown = {"num_format": _number_format(item), "align": "right" if item.kind in ("amount", "month") else "left"}
        elif part == "known_by":
            shown = {"num_format": "dd/mm/yyyy"}
        elif part in ("revision", "version"):
            shown = {"num_format": "0"}
        if open_to_all:
            return self.formats.asked(**shown)
        if not item.typed and part in ("code", "question", "value", "basis"):
            return self.formats.told(italic=True, bold=part == "value", **shown)
        return self.formats.told(**shown)

    def _formula(self, sheet: Any, item: Item, row: int, column: int, look: Any, value: Written) -> None:
        text = spreadsheet_formula(item, lambda code: self._address(code, item.function), self.contents.programme.item)
        known = value if isinstance(value, Decimal) else None
        shown = "" if known is None else float(known / 100 if item.unit == "percent" else known)
        sheet.write_formula(row, column, text, look, shown)

    def _address(self, code: str, function: str) -> str:
        cell: str = xl_rowcol_to_cell(self.rows[code], self.at["value"], row_abs=True, col_abs=True)
        there = self.contents.programme.item(code).function
        return cell if there == function else f"{quote_sheetname(self.names[there])}!{cell}"

    def _guard(self, sheet: Any, item: Item, part: str, row: int, column: int) -> None:
        """What may be entered in a cell, and a hint that is shown when it is chosen."""
        rule = _rule(item, part, xl_rowcol_to_cell(row, column))
        hint = {"value": item.guidance, "note": item.note_label and f"If {item.note_when}: {item.note_label}"}.get(part, "")
        if hint:
            rule |= {"input_title": item.code[:TITLE], "input_message": _short(hint)}
        if rule:
            sheet.data_validation(row, column, row, column, {"ignore_blank": True, **rule})


def _rule(item: Item, part: str, cell: str) -> dict[str, Any]:
    """The rule of a cell, by XlsxWriter's names. Yardstick judges again whatever comes back."""
    match part:
        case "value" if item.kind == "yes_no":
            return _choice(["yes", "no", CLEAR], "Choose yes or no. “clear” takes the answer away.")
        case "value" if item.kind == "amount":
            return _amount_rule(item, cell)
        case "basis":
            return _choice(list(BASES), f"Choose {', '.join(BASES[:-1])} or {BASES[-1]}.")
        case "confirmed":
            return _choice(["yes"], "Choose yes if what was filled in is right for this year too.")
        case "known_by":
            return {"validate": "date", "criteria": ">", "value": date(2000, 1, 1), "error_title": "Will be known by",
                    "error_message": "Enter the date by which the figure will be known, like 31/3/2010."}  # fmt: skip
        case "note" | "not_known":
            most = NOTE_LIMIT if part == "note" else NOT_KNOWN_LIMIT
            return {"validate": "length", "criteria": "<=", "value": most, "error_title": COLUMNS[part][:TITLE],
                    "error_message": f"At most {most} characters."}  # fmt: skip
    return {"validate": "any"} if item.guidance else {}


def _choice(words: list[str], message: str) -> dict[str, Any]:
    return {"validate": "list", "source": words, "error_title": "Choose from the list", "error_message": message}


def _amount_rule(item: Item, cell: str) -> dict[str, Any]:
    scale = 100 if item.unit == "percent" else 1
    tests = [f"ISNUMBER({cell})"]
    limits = []
    if item.minimum is not None:
        tests.append(f"{cell}>={item.minimum / scale:f}")
        limits.append(f"{item.minimum:f} or more")
    if item.maximum is not None:
        tests.append(f"{cell}<={item.maximum / scale:f}")
        limits.append(f"{item.maximum:f} or less")
    if item.whole:
        tests.append(f"{cell}=INT({cell})")
    words = " and ".join(limits)
    message = f"Enter a {'whole ' if item.whole else ''}number{f', {words}' if words else ''}. The word “{CLEAR}” takes the answer away."
    return {"validate": "custom", "value": f'=IF(ISNUMBER({cell}),AND({",".join(tests)}),LOWER({cell})="{CLEAR}")',
            "error_title": item.code[:TITLE], "error_message": _short(message)}  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= MESSAGE else text[: MESSAGE - 1] + "…"


def _number_format(item: Item) -> str:
    if item.kind == "amount":
        return FORMATS.get(item.unit) or ("#,##0" if item.whole else "#,##0.0###")
    return "mmmm yyyy" if item.kind == "month" else "@"


EXACT_DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number; one with more is written as text, which loses nothing."""


def _write(sheet: Any, row: int, column: int, value: Written, look: Any, *, percent: bool = False) -> None:
    match value:
        case None | "":
            sheet.write_blank(row, column, None, look)
        case Decimal():
            number = value / 100 if percent else value
            if len(number.normalize().as_tuple().digits) > EXACT_DIGITS:
                sheet.write_string(row, column, format(value, "f") + ("%" if percent else ""), look)
            else:
                sheet.write_number(row, column, float(number), look)
        case int():
            sheet.write_number(row, column, value, look)
        case date():
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001
        case _:
            sheet.write_string(row, column, sound(value), look)


def sound(text: str) -> str:
    """A text that XML can hold: the two characters that are none are shown as such."""
    return re.sub("[\ufffe\uffff]", "\ufffd", text)
