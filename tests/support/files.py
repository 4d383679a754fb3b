"""Small files of every kind, made on the spot: whole ones, and such as must not be kept."""

import io
import struct
import zipfile
import zlib

from webapp.demo.files import _pdf

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text by which every virus scanner can be tried (eicar.org)."""

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
EXCEL_WITH_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def pdf(text="A page"):
    return _pdf(text)


def png(width=2, height=2, remark=b""):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x0b\x55\x63" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + (chunk(b"tEXt", b"Comment\0" + remark) if remark else b"")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def jpeg():
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xdb\x00\x04\x00\x01" + b"\xff\xd9"


def package(entries):
    """A ZIP file of these entries, in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in entries:
            made.writestr(name, data)
    return out.getvalue()


def ooxml(main, *more):
    """An Office file with this content type of its main part, and more entries."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/main.xml" ContentType="{main}"/></Types>'
    )
    return package([("[Content_Types].xml", types), ("main.xml", "<x/>"), *more])


def docx(*more):
    return ooxml(WORD, *more)


def xlsx(*more):
    return ooxml(EXCEL, *more)


def opendocument(kind, *more):
    return package([("mimetype", f"application/vnd.oasis.opendocument.{kind}"), ("content.xml", "<x/>"), *more])


def _in_directory(data, at, value):
    """A ZIP file with a field of each entry of its directory, so many bytes after its signature, set to a value."""
    out, place = bytearray(data), data.find(b"PK\x01\x02")
    while place >= 0:
        out[place + at : place + at + len(value)] = value
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(out)


def encrypted(data):
    """A ZIP file whose entries say that they need a password."""
    return _in_directory(data, 8, b"\x01\x00")


def swollen(data):
    """A ZIP file whose entries say that they unpack to 1 GB each."""
    return _in_directory(data, 24, struct.pack("<I", 1 << 30))


def ole(*names):
    """The container of the old Office formats, with streams of these names."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + b"".join(n.encode("utf-16-le").ljust(128, b"\0") for n in names)


LOCKED = ("EncryptionInfo", "EncryptedPackage")
TABLE = "Function,Cost\nFinance,12\nIT,30\n"

KEPT = {
    "application/pdf": pdf(), "image/png": png(), "image/jpeg": jpeg(), "text/csv": TABLE.encode(),
    "text/plain": b"A note\nof two lines, and a comma.\n",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx(),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": xlsx(),
    "application/vnd.oasis.opendocument.text": opendocument("text"),
    "application/vnd.oasis.opendocument.spreadsheet": opendocument("spreadsheet"),
}  # fmt: skip
