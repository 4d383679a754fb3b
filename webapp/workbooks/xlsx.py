"""Reading an Excel workbook (.xlsx, ECMA-376) in one pass and constant memory, into plain tables.

A cell of a return needs its value, whether a formula lies behind it, and its number format together, and the sheet's
merged cells: 0.12 shown as 12% means 12. openpyxl streams either formulas or values and no merged cells, and calamine
knows no formats; so the parts are parsed here, with the SAX parser of the standard library, and defusedxml to refuse any DTD.
"""

import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from posixpath import join, normpath
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException, sax

from webapp.workbooks.archive import BROKEN, SAVE_AGAIN, Unreadable, open_archive
from workflows.returns.cells import Cell, Row, Table

MOST_CELLS = 100_000
"""Filled cells of a whole workbook; a return has about 5,000."""
LONGEST_TEXT = 32_767
"""Characters that a cell of Excel can hold."""
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MOST_MERGES = 10_000

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The built-in number formats that show dates and times (ECMA-376, 18.8.30, with those of East Asia)."""
PERCENTS = frozenset({9, 10})


def read_workbook(content: bytes) -> list[Table]:
    """The sheets of a workbook with their filled cells. Raises Unreadable."""
    with open_archive(content) as archive:
        return _Workbook(archive).tables()


class _Part(ContentHandler):
    """Calls `seen` for every element of a part, with its name (without a prefix) and attributes."""

    def __init__(self, seen: Callable[[str, Any], None]) -> None:
        super().__init__()
        self.seen = seen

    def startElement(self, name: str, attrs: Any) -> None:
        self.seen(_local(name), attrs)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Workbook:
    """The workbook's own parts: its sheets, shared texts and number formats."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = {part.filename: part.filename for part in archive.infolist()}
        self.names |= {name.lower(): name for name in self.names}
        self.cells = 0

    def tables(self) -> list[Table]:
        main = self._main()
        related = self._relations(main)
        since_1904 = False
        sheets: list[tuple[str, str, bool]] = []

        def seen(name: str, attrs: Any) -> None:
            nonlocal since_1904
            if name == "workbookPr":
                since_1904 = attrs.get("date1904", "0") in ("1", "true")
            elif name == "sheet":
                key = next((value for label, value in attrs.items() if label.endswith(":id")), "")
                sheets.append((attrs.get("name", ""), key, attrs.get("state", "visible") != "visible"))

        self.parse(main, _Part(seen))
        texts = self._texts(self._target(related, "/sharedStrings"))
        formats = self._formats(self._target(related, "/styles"))
        found = []
        for title, key, hidden in sheets:
            if key not in related:
                raise Unreadable(f"The workbook lacks its sheet “{title[:40]}”. {SAVE_AGAIN}")
            kind, part = related[key]
            if kind.endswith("/worksheet"):
                sheet = _Sheet(self, title, texts, formats, since_1904)
                self.parse(part, sheet)
                found.append(Table(title, sheet.rows, sheet.merged, hidden))
        if not found:
            raise Unreadable(f"The workbook has no sheet with cells. {SAVE_AGAIN}")
        return found

    def parse(self, part: str, handler: ContentHandler) -> None:
        """Parse a part of the archive. Raises Unreadable where it is missing, broken, or has a DTD, which no workbook needs."""
        name = self.names.get(part) or self.names.get(part.lower())
        if name is None:
            raise Unreadable(f"The workbook lacks its part “{part[:80]}”. {SAVE_AGAIN}")
        try:
            with self.archive.open(name) as stream:
                sax.parse(stream, handler, forbid_dtd=True)
        except Unreadable:
            raise
        except DefusedXmlException:
            raise Unreadable("The workbook defines XML entities, which no spreadsheet program does. It was not read.") from None
        except (SAXException, *BROKEN):
            raise Unreadable(f"The workbook’s part “{name[:80]}” is damaged. {SAVE_AGAIN}") from None

    def _main(self) -> str:
        """The workbook's main part, which must be that of a workbook without macros."""
        kinds: dict[str, str] = {}

        def seen(name: str, attrs: Any) -> None:
            if name == "Override":
                kinds[attrs.get("PartName", "").lstrip("/")] = attrs.get("ContentType", "")

        self.parse("[Content_Types].xml", _Part(seen))
        if any("macroenabled" in kind.lower() for kind in kinds.values()):
            raise Unreadable("The workbook may hold macros (.xlsm). Save it as “Excel workbook (.xlsx)”, and upload that.")
        main = next((part for part, kind in kinds.items() if kind == MAIN), "")
        if not main:
            raise Unreadable(f"This is an Office document, but no Excel workbook. {SAVE_AGAIN}")
        return main

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: kind and name, by the key of the reference."""
        folder, _, name = part.rpartition("/")
        found: dict[str, tuple[str, str]] = {}

        def seen(element: str, attrs: Any) -> None:
            if element == "Relationship" and attrs.get("TargetMode", "Internal") != "External":
                target = attrs.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
                found[attrs.get("Id", "")] = attrs.get("Type", ""), path

        self.parse(join(folder, "_rels", f"{name}.rels"), _Part(seen))
        return found

    @staticmethod
    def _target(related: dict[str, tuple[str, str]], kind: str) -> str:
        return next((part for ending, part in related.values() if ending.endswith(kind)), "")

    def _texts(self, part: str) -> list[str]:
        if not part:
            return []
        handler = _Texts()
        self.parse(part, handler)
        return handler.texts

    def _formats(self, part: str) -> list[str]:
        """What each cell style shows its number as: `date`, `percent` or `number`."""
        if not part:
            return []
        codes: dict[str, str] = {}
        styles: list[str] = []
        inside = ""

        def seen(name: str, attrs: Any) -> None:
            nonlocal inside
            if name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = name
            elif name == "numFmt":
                codes[attrs.get("numFmtId", "")] = attrs.get("formatCode", "")
            elif name == "xf" and inside == "cellXfs":
                styles.append(attrs.get("numFmtId", "0"))

        self.parse(part, _Part(seen))
        return [_shown(key, codes) for key in styles]


def _shown(key: str, codes: dict[str, str]) -> str:
    if key in codes:
        # Quoted texts, escaped characters, colours and currencies say nothing of the kind of number.
        code = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', "", codes[key].lower())
        return "percent" if "%" in code else "date" if re.search(r"[dmyhs]", code.replace("general", "")) else "number"
    number = int(key) if key.isdecimal() and len(key) < 9 else 0
    return "date" if number in DATES else "percent" if number in PERCENTS else "number"


class _Texts(ContentHandler):
    """The texts that cells share, without the reading aids that may stand beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.pieces: list[str] = []
        self.listening = self.aside = False

    def startElement(self, name: str, attrs: Any) -> None:
        name = _local(name)
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.aside = True
        elif name == "t":
            self.listening = not self.aside

    def endElement(self, name: str) -> None:
        name = _local(name)
        if name == "si":
            self.texts.append(_unescaped("".join(self.pieces)))
        elif name == "rPh":
            self.aside = False
        elif name == "t":
            self.listening = False

    def characters(self, content: str) -> None:
        if self.listening:
            self.pieces.append(content)


def _unescaped(text: str) -> str:
    """A text with its characters that XML cannot hold, which Excel writes as _x000D_ (ECMA-376, 22.4.2.4)."""
    if "_x" not in text:
        return text
    return re.sub("_x([0-9A-Fa-f]{4})_", _character, text)


def _character(found: re.Match[str]) -> str:
    number = int(found.group(1), 16)
    return found.group() if number == 0 or 0xD800 <= number < 0xE000 else chr(number)


class _Sheet(ContentHandler):
    """The filled cells of one sheet, row by row, and its merged cells."""

    def __init__(self, workbook: _Workbook, title: str, texts: list[str], formats: list[str], since_1904: bool) -> None:
        super().__init__()
        self.workbook, self.title = workbook, title
        self.texts, self.formats, self.since_1904 = texts, formats, since_1904
        self.rows: list[Row] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.row, self.column = 0, 0
        self.cells: dict[int, Cell] = {}
        self.hidden = self.aside = False
        self.kind = self.style = self.address = ""
        self.formula: str | None = None
        self.value: str | None = None
        self.pieces: list[str] | None = None
        self.length = 0

    def startElement(self, name: str, attrs: Any) -> None:
        name = _local(name)
        if name == "c":
            self._begin(attrs)
        elif name == "row":
            said = attrs.get("r", "")
            self.row = int(said) if said.isdecimal() and len(said) < 9 else self.row + 1
            if self.row > LAST_ROW:
                raise self.damaged(f"row {self.row}")
            self.column, self.cells = 0, {}
            self.hidden = attrs.get("hidden", "0") in ("1", "true")
        elif name in ("v", "f") or (name == "t" and not self.aside):
            self.pieces, self.length = [], 0
        elif name == "rPh":
            self.aside = True
        elif name == "mergeCell":
            self._merge(attrs.get("ref", ""))

    def endElement(self, name: str) -> None:
        name = _local(name)
        if name == "c":
            self._finish()
        elif name == "row":
            if self.cells:
                self.rows.append(Row(self.row, self.cells, self.hidden))
        elif name == "rPh":
            self.aside = False
        elif self.pieces is not None and name in ("v", "f", "t"):
            text, self.pieces = "".join(self.pieces), None
            if name == "f":
                self.formula = text
            else:
                self.value = (self.value or "") + text if name == "t" else text

    def characters(self, content: str) -> None:
        if self.pieces is not None:
            self.length += len(content)
            if self.length > LONGEST_TEXT:
                raise Unreadable(
                    f"The cell {self.address} of the sheet “{self.title}” holds more than {LONGEST_TEXT:,} characters. Shorten it."
                )
            self.pieces.append(content)

    def damaged(self, where: str) -> Unreadable:
        return Unreadable(f"The sheet “{self.title[:40]}” is damaged at {where[:40]}. {SAVE_AGAIN}")

    def _begin(self, attrs: Any) -> None:
        self.address = attrs.get("r", "")
        if self.address:
            row, self.column = _position(self.address) or (0, 0)
            if row != self.row or not 0 < self.column <= LAST_COLUMN:
                raise self.damaged(f"the cell {self.address} in row {self.row}")
        else:
            self.column += 1
        self.kind, self.style = attrs.get("t", "n"), attrs.get("s", "0")
        self.formula = self.value = None

    def _finish(self) -> None:
        cell = self._cell()
        if cell is None:
            return
        if self.column in self.cells:
            raise self.damaged(f"the cell {self.address}, which stands there twice")
        self.workbook.cells += 1
        if self.workbook.cells > MOST_CELLS:
            raise Unreadable(
                f"The workbook has more than {MOST_CELLS:,} filled cells, far more than it needs (at {self.address} of the sheet "
                f"“{self.title[:40]}”). Delete the sheets and rows that do not belong to it."
            )
        self.cells[self.column] = cell

    def _cell(self) -> Cell | None:
        value = self.value
        if self.formula is not None and not value and self.kind != "str":
            return Cell("formula", f"={self.formula[:80]}")
        if not value:
            return None
        match self.kind:
            case "s":
                if not (value.isdecimal() and len(value) < 9 and int(value) < len(self.texts)):
                    raise self.damaged(f"the cell {self.address}, whose text is missing")
                text = self.texts[int(value)]
                return Cell("text", text) if text else None
            case "str" | "inlineStr":
                return Cell("text", _unescaped(value))
            case "b":
                return Cell("yes_no", "yes" if value.strip() in ("1", "true") else "no")
            case "e":
                return Cell("error", value.strip())
            case "d":
                return Cell("date", value.strip()[:10])
        return self._number(value.strip())

    def _number(self, text: str) -> Cell:
        style = int(self.style) if self.style.isdecimal() and len(self.style) < 9 else 0
        shown = self.formats[style] if style < len(self.formats) else "number"
        if shown == "date":
            return _day(text, self.since_1904)
        return Cell("percent" if shown == "percent" else "number", text)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = _position(first), _position(last or first)
        if start is None or end is None or len(self.merged) == MOST_MERGES:
            raise self.damaged(f"the merged cells {reference}")
        self.merged.append((*start, *end))


_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def _position(address: str) -> tuple[int, int] | None:
    """Row and column of an address like E12; None for what is no address."""
    found = _ADDRESS.fullmatch(address.replace("$", "").upper())
    if found is None:
        return None
    column = 0
    for letter in found.group(1):
        column = column * 26 + ord(letter) - 64
    return int(found.group(2)), column


def _day(text: str, since_1904: bool) -> Cell:
    """The date that a number of days means; as the spreadsheet shows it, #### where there is no such day."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]*)?(E[-+]?[0-9]{1,2})?", text, re.IGNORECASE | re.ASCII):
        return Cell("error", "####")
    days = int(float(text))
    if since_1904:
        days += 1462
    if not 0 <= days < 2_958_466:
        return Cell("error", "####")
    if days in NO_DAYS:
        return Cell("date", NO_DAYS[days])
    return Cell("date", (date(1899, 12, 30 if days > 60 else 31) + timedelta(days=days)).isoformat())


NO_DAYS = {0: "1900-01-00", 60: "1900-02-29"}
"""Days that Excel shows and that never were: its calendar, which is that of Lotus 1-2-3, takes 1900 for a leap year."""
