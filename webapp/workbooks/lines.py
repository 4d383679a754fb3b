"""Reading a table from text: CSV as spreadsheet programs write it, whatever its encoding and its separator."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from webapp.workbooks.archive import Unreadable
from webapp.workbooks.xlsx import MOST_CELLS
from workflows.returns.cells import Cell, Row, Table
from workflows.returns.layout import ENTERED, part_of, spoken
from workflows.returns.tables import HEADING_WITHIN

SEPARATORS = ",;\t|"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMED = re.compile(r"\Asep=([,;\t|:^~])(?=[\r\n])")
"""The first line by which Excel lets a file say what separates its columns."""
MOST_CONTROLS = 100
"""A file in which more than one character of so many is a control character is no text."""
SAVE_AS_UTF8 = "Save it as “CSV UTF-8 (comma delimited)”, or as a workbook (.xlsx), and upload that."


def read_lines(content: bytes) -> list[Table]:
    """The one table of a text file. Raises Unreadable."""
    text = decoded(content)
    if not text.strip():
        raise Unreadable("The file is empty. Save it anew, and upload that.")
    separator = _separator(text)
    text = NAMED.sub("", text, count=1)  # its line end stays, so that the other lines keep their numbers
    rows = []
    filled = 0
    for number, cells in _lines(text, separator):
        found = {column: Cell("text", spoken(cell)) for column, cell in enumerate(cells, 1) if cell}
        filled += len(found)
        if filled > MOST_CELLS:
            raise Unreadable(f"The file has more than {MOST_CELLS:,} filled cells (at line {number}), far more than a return.")
        if found:
            rows.append(Row(number, found))
    return [Table("", rows)]


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows-1252. Raises Unreadable for what is no text."""
    marked = next((name for mark, name in BOMS if content.startswith(mark)), "")
    encoding = marked or _unmarked(content)
    for name in (encoding, "cp1252") if encoding == "utf-8" else (encoding,):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if marked or len(re.findall(r"[\x01-\x08\x0e-\x1a\x7f]", text)) * MOST_CONTROLS <= len(text):
            return text
    raise Unreadable(f"The file is neither a workbook (.xlsx) nor readable text. {SAVE_AS_UTF8}")


def _unmarked(content: bytes) -> str:
    """The encoding of a text without a mark: every other byte of UTF-16 is zero in a text like ours."""
    sample = content[:4000]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.6 * half:
        return "utf-16-le"
    if half and sample[0::2].count(0) > 0.6 * half:
        return "utf-16-be"
    return "utf-8"


def _separator(text: str) -> str:
    """What separates the columns: what the file says, or else what gives it a row with our headings."""
    named = NAMED.match(text)
    if named:
        return named.group(1)
    for separator in SEPARATORS:
        try:
            for row, (_, cells) in enumerate(_lines(text, separator)):
                parts = {part_of(cell) for cell in cells}
                if "code" in parts and parts & set(ENTERED):
                    return separator
                if row >= HEADING_WITHIN:
                    break
        except Unreadable:
            continue
    return ","


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line that each begins on. Raises Unreadable."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as problem:
        raise Unreadable(
            f"Line {before + 1} cannot be read ({problem}). Look for a quotation mark that is not closed, or not doubled inside a text."
        ) from None
