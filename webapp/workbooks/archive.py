"""Opening a file that says it is a workbook, before any of its XML is parsed: what it is, and that it is not a bomb."""

import io
import zipfile
import zlib

MOST_PARTS = 2_000
MOST_BYTES = 64 * 1024 * 1024
"""What all parts may hold together, unpacked. A return of a few hundred rows takes about 0.3 MB."""
MOST_TIMES = 400
"""How many times its packed size a part of more than a megabyte may be. Sheets of blank rows reach about 60."""
ONE_MEGABYTE = 1024 * 1024

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

SAVE_AGAIN = "Open it in a spreadsheet program, save it as “Excel workbook (.xlsx)”, and upload it again."


class Unreadable(ValueError):
    """A file that cannot be read; the text says why, and what to do."""


def is_archive(content: bytes) -> bool:
    """Whether a file is a zip archive, as every .xlsx file is."""
    return content.startswith(ZIP)


def refuse_others(content: bytes) -> None:
    """Raise Unreadable for a file that is plainly neither a workbook nor text."""
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable("The workbook is protected with a password. Take the password off, and save it again.")
        raise Unreadable("This is an old Excel file (.xls). Save it as “Excel workbook (.xlsx)”, and upload that.")
    if content.startswith(b"%PDF"):
        raise Unreadable("This is a PDF. Upload the workbook (.xlsx) or a CSV file.")
    if content.startswith((b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise Unreadable("This is neither a workbook (.xlsx) nor a CSV file.")
    if content[:200].lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise Unreadable(f"This is a web page or XML, although it may be named like a workbook. {SAVE_AGAIN}")


def open_archive(content: bytes) -> zipfile.ZipFile:
    """The parts of a workbook. Raises Unreadable for an archive that is damaged, too large, encrypted, with macros, or no .xlsx."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, OverflowError):
        raise Unreadable(f"The file is damaged or cut off. {SAVE_AGAIN}") from None
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise Unreadable(f"The file has {len(parts):,} parts, far more than such a workbook needs. Copy its cells into a new one.")
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable("The file is protected with a password. Take the password off, and save it again.")
    if sum(part.file_size for part in parts) > MOST_BYTES or any(_swollen(part) for part in parts):
        raise Unreadable(
            "Unpacked, the file is far larger than such a workbook needs to be. Delete the sheets, pictures and empty rows that do not "
            "belong to it, or copy its cells into a new one."
        )
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise Unreadable("The workbook holds macros. Save it as “Excel workbook (.xlsx)”, which has none, and upload that.")
    if any(name.endswith(".bin") and name.startswith("xl/workbook") for name in names):
        raise Unreadable(f"This is a binary workbook (.xlsb). {SAVE_AGAIN}")
    if "content.xml" in names and "mimetype" in names:
        raise Unreadable(f"This is an OpenDocument file (.ods). {SAVE_AGAIN}")
    if "[content_types].xml" not in names:
        raise Unreadable(f"This is an archive, but no Excel workbook. {SAVE_AGAIN}")
    return archive


def _swollen(part: zipfile.ZipInfo) -> bool:
    return part.file_size > ONE_MEGABYTE and part.file_size > MOST_TIMES * max(1, part.compress_size)


BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, NotImplementedError, RuntimeError, IndexError)
"""What zipfile raises while it unpacks a part of a damaged archive."""
