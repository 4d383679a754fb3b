"""The beginning of a text file, to be looked at on a page."""

import codecs
from dataclasses import dataclass
from pathlib import Path

LINES, WIDTH = 200, 2000
_START = 256 * 1024


@dataclass(frozen=True)
class Beginning:
    """The first lines of a text, and whether there is more of it."""

    lines: tuple[str, ...]
    more: bool


def beginning(path: Path) -> Beginning:
    """The first LINES lines of a text file, each cut to WIDTH characters. No more of the file is read than that takes."""
    with path.open("rb") as file:
        data = file.read(_START)
        cut = bool(file.read(1))
    lines = _decoded(data).splitlines()
    if cut and len(lines) > 1:
        lines.pop()
    more = cut or len(lines) > LINES or any(len(line) > WIDTH for line in lines)
    return Beginning(tuple(line[:WIDTH] for line in lines[:LINES]), more)


def _decoded(data: bytes) -> str:
    """Text in the encodings that webapp.evidence.sniff.decoded reads; a character that is cut through at the end is left out."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=False)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
