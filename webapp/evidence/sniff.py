"""What a file is, told by its content alone: neither its name nor what the browser says of it is believed.

Signatures as in the formats' own specifications; which OOXML or OpenDocument file it is stands in the package itself
(ECMA-376 part 2, `[Content_Types].xml`; OpenDocument 1.2 part 3, `mimetype`).
"""

import csv
import mmap
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """A kind of file that is kept. `shown` tells whether it can be looked at on a page, and how; `paged` whether it has pages."""

    media_type: str
    words: str
    endings: tuple[str, ...]
    shown: Literal["", "image", "text"] = ""
    paged: bool = False


_OOXML, _ODF = "application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument"
PDF = Kind("application/pdf", "PDF", (".pdf",), paged=True)
PNG = Kind("image/png", "PNG picture", (".png",), "image")
JPEG = Kind("image/jpeg", "JPEG picture", (".jpg", ".jpeg"), "image")
DOCX = Kind(f"{_OOXML}.wordprocessingml.document", "Word document", (".docx",), paged=True)
XLSX = Kind(f"{_OOXML}.spreadsheetml.sheet", "Excel workbook", (".xlsx",))
ODT = Kind(f"{_ODF}.text", "OpenDocument text", (".odt",), paged=True)
ODS = Kind(f"{_ODF}.spreadsheet", "OpenDocument spreadsheet", (".ods",))
CSV = Kind("text/csv", "CSV table", (".csv", ".txt"), "text")
TXT = Kind("text/plain", "Text", (".txt", ".csv"), "text")
KINDS = {k.media_type: k for k in (PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS, CSV, TXT)}
ACCEPTED = "PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS, CSV or TXT"
ENDINGS = tuple(sorted({ending for kind in KINDS.values() for ending in kind.endings}))


class Unwanted(Exception):
    """A file that is not kept. The text goes on from the file's name: 'is a program. Send ...'."""


_OTHER = f"is not of a kind that can be kept here. Send {ACCEPTED}."
_PROGRAM = "is a program, and programs are not kept."
_OLD_OFFICE = "is in an old Office format, which can hold macros. Save it as DOCX, XLSX or PDF, and send that."
_MACROS = "holds macros. Save it without them, as DOCX, XLSX, ODT, ODS or PDF, and send that."
_TWO = "is two kinds of file in one, which is not kept. Save it anew from the program that made it, and send that."
_CUT_OFF = "is cut off or damaged. Check that it opens, and send it again."
_MARKUP = "holds the code of a web page or a drawing (HTML, SVG or XML). Save it as PDF, and send that."
_PICTURE = "is a picture of another kind. Save it as PNG or JPEG, and send that."
_PACKED = "is a packed folder. Unpack it, and send the files in it one by one."
_LOCKED = "has a password, so nobody can scan it or review it. Save it without the password, and send that."
_BOMB = "unpacks to more than 500 MB, which no document needs. Save it anew as PDF, or in parts, and send those."
_SLIDES = "is a presentation. Save it as PDF, and send that."
REFUSED = (
    (b"\x7fELF", _PROGRAM), (b"\xca\xfe\xba\xbe", _PROGRAM), (b"\xfe\xed\xfa\xce", _PROGRAM), (b"\xfe\xed\xfa\xcf", _PROGRAM),
    (b"\xce\xfa\xed\xfe", _PROGRAM), (b"\xcf\xfa\xed\xfe", _PROGRAM), (b"\x00asm", _PROGRAM), (b"#!", _PROGRAM),
    (b"GIF8", _PICTURE), (b"II*\x00", _PICTURE), (b"MM\x00*", _PICTURE),
    (b"7z\xbc\xaf\x27\x1c", _PACKED), (b"Rar!\x1a", _PACKED), (b"\x1f\x8b", _PACKED),
    (b"{\\rtf", "is an RTF text, which can hold other files. Save it as DOCX or PDF, and send that."),
    (b"%!PS", "is PostScript, which is a program for printers. Save it as PDF, and send that."),
)  # fmt: skip
_PNG, _OLE, _ZIP = b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_TAG = rb"<\s*(?:!doctype\b|\?xml\b|\?php\b|/?(?:html|head|body|script|svg|iframe|object|embed|style|link|meta|form|img)\b)"
_MARKUP_BYTES, _MARKUP_TEXT = re.compile(_TAG, re.I), re.compile(_TAG.decode(), re.I)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ENCRYPTED = 1  # the bit in the flags of an entry of a ZIP file
_HEAD, _TAIL, _START = 1024, 4096, 20_000
_ENTRY_LIMIT = 1024 * 1024
UNPACKED_LIMIT = 500 * 1024 * 1024
"""How many bytes a package may say that it holds: far more than a workbook of 20 MB does, far less than a bomb."""
_UNREADABLE = (zipfile.BadZipFile, OSError, ValueError, LookupError, RuntimeError, NotImplementedError, OverflowError, EOFError,
               struct.error, zlib.error)  # fmt: skip


def sniff(path: Path) -> Kind:
    """The kind of a file. Raises Unwanted for one that is not kept, with what to send instead."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        head = data[:_HEAD]
        for signature, why in REFUSED:
            if head.startswith(signature):
                raise Unwanted(why)
        if head.startswith(_ZIP):
            return _package(path)
        found = _binary(head, data)
        if found is None:
            return _text(data[:])
    if _MARKUP_BYTES.search(head) or _is_package_too(path) or (found is not PDF and b"%PDF-" in head):
        raise Unwanted(_TWO)
    return found


def _binary(head: bytes, data: mmap.mmap) -> Kind | None:
    if head.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-_TAIL:]:
            raise Unwanted(_CUT_OFF)
        return PDF
    if head.startswith(_PNG):
        _whole_png(data)
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        if data.find(b"\xff\xd9") < 0:
            raise Unwanted(_CUT_OFF)
        return JPEG
    if head.startswith(_OLE):
        raise Unwanted(_ole(data))
    return None


def _whole_png(data: mmap.mmap) -> None:
    """Walk the chunks of a PNG to its end. Raises Unwanted for one that is cut off, or has something after its end."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        at += 12 + length
        if name == b"IEND" and at <= len(data):
            if at < len(data):
                raise Unwanted(_TWO)
            return
    raise Unwanted(_CUT_OFF)


def _ole(data: mmap.mmap) -> str:
    """Why an OLE file is not kept: an old Office file, or an OOXML file under a password (MS-OFFCRYPTO), alone in its container."""

    def named(text: str) -> bool:
        return data.find(text.encode("utf-16-le")) >= 0

    if named("EncryptedPackage") and named("EncryptionInfo") and not any(map(named, ("WordDocument", "Workbook", "VBA"))):
        return _LOCKED
    return _OLD_OFFICE


def _is_package_too(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            return bool(package.infolist())
    except _UNREADABLE:
        return False


_PARTS = {
    f"{_OOXML}.wordprocessingml.document.main+xml": DOCX,
    f"{_OOXML}.spreadsheetml.sheet.main+xml": XLSX,
}
_PROGRAM_NAMES = (".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jar", ".msi", ".hta", ".lnk",
                  ".docm", ".xlsm", ".xlsb", ".pptm", ".dotm", ".xltm")  # fmt: skip


def _package(path: Path) -> Kind:
    """A ZIP file: kept where it is a Word, Excel or OpenDocument file without macros or programs in it."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            names = [info.filename for info in entries]
            if any(info.flag_bits & _ENCRYPTED for info in entries):
                raise Unwanted(_LOCKED)
            if sum(info.file_size for info in entries) > UNPACKED_LIMIT:
                raise Unwanted(_BOMB)
            if min(info.header_offset for info in entries) or len({name.lower() for name in names}) < len(names):
                raise Unwanted(_TWO)
            if "[Content_Types].xml" in names:
                found = _ooxml(_entry(package, "[Content_Types].xml"))
            elif "mimetype" in names:
                found = _opendocument(_entry(package, "mimetype"))
            else:
                raise Unwanted(_PACKED)
    except _UNREADABLE:
        raise Unwanted(_CUT_OFF) from None
    if any(_is_macro(name.lower()) for name in names):
        raise Unwanted(_MACROS)
    if any(name.lower().endswith(_PROGRAM_NAMES) for name in names):
        raise Unwanted("has a program or a file with macros inside. Take it out, and send the rest.")
    return found


def _entry(package: zipfile.ZipFile, name: str) -> bytes:
    """An entry, unpacked no further than it may reasonably be long."""
    with package.open(name) as entry:
        data = entry.read(_ENTRY_LIMIT + 1)
    if len(data) > _ENTRY_LIMIT:
        raise Unwanted(_CUT_OFF)
    return data


def _is_macro(name: str) -> bool:
    parts = name.split("/")
    basic = parts[0] == "basic" and name.endswith(".xml") and parts[-1] not in ("script-lc.xml", "script-lb.xml")
    scripts = parts[0] == "scripts" and not name.endswith("/")
    return "vbaproject" in name or "macrosheets" in parts or basic or scripts


def _ooxml(content_types: bytes) -> Kind:
    types = {t.strip().lower() for t in _content_types(content_types)}
    if any("macro" in t or "vbaproject" in t for t in types):
        raise Unwanted(_MACROS)
    found = {kind for part, kind in _PARTS.items() if part.lower() in types}
    if len(found) == 1:
        return found.pop()
    raise Unwanted(_SLIDES if any("presentationml" in t for t in types) else _OTHER if not found else _TWO)


def _content_types(xml: bytes) -> Iterator[str]:
    try:
        root = ET.fromstring(xml)
    except ET.ParseError:
        raise Unwanted(_CUT_OFF) from None
    for element in root:
        yield element.get("ContentType", "")


def _opendocument(mimetype: bytes) -> Kind:
    for kind in (ODT, ODS):
        if mimetype.strip() == kind.media_type.encode():
            return kind
    raise Unwanted(_SLIDES if b"presentation" in mimetype else _OTHER)


def decoded(data: bytes) -> str:
    """The text of a text file: UTF-8, UTF-16 with its mark, else Windows' western characters. Raises ValueError."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _text(data: bytes) -> Kind:
    try:
        text = decoded(data)
    except ValueError:
        text = "\0"
    if _CONTROLS.search(text):
        raise Unwanted(_PROGRAM if data.startswith(b"MZ") else _PICTURE if data[8:12] == b"WEBP" else _OTHER)
    if _MARKUP_TEXT.search(text):
        raise Unwanted(_MARKUP)
    if not text.strip():
        raise Unwanted("has nothing in it but blanks. Check it, and send it again.")
    return CSV if _tabular(text) else TXT


def _tabular(text: str) -> bool:
    """Whether the lines, as far as they are looked at, are rows of one and the same number of columns, two or more."""
    lines = [line for line in text[:_START].splitlines() if line.strip()]
    if len(text) > _START:
        lines.pop()
    for delimiter in ",;\t":
        try:
            widths = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        except csv.Error:
            continue
        if len(lines) > 1 and len(widths) == 1 and widths.pop() > 1:
            return True
    return False
