"""Names of files as they came, made safe to keep, to show and to send back."""

import re
import unicodedata

LONGEST = 200
NAMELESS = "file"
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's kinds of character that a reader does not see: controls, marks of direction and width, halves of pairs, line ends."""


def tidy(raw: str) -> str:
    """The name that a file is kept under: no folders, nothing invisible, at most LONGEST characters, its ending kept.

    Marks that turn the direction of writing are taken out, because they make `fdp.exe` read as `exe.pdf`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    seen = "".join(" " if c in "\t\r\n" else c for c in last if c in "\t\r\n" or unicodedata.category(c) not in _INVISIBLE)
    return shortened(" ".join(seen.split()).strip(". ") or NAMELESS)


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name cut to a length, before its ending where it has a short one."""
    if len(name) <= longest:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:longest].rstrip()
    return f"{stem[: longest - len(ending) - 1].rstrip('. ')}.{ending}"


def has_ending(name: str, endings: tuple[str, ...]) -> bool:
    """Whether a name ends in one of these, like `.pdf`, with something before it."""
    return any(name.lower().endswith(ending) and len(name) > len(ending) for ending in endings)


def with_ending(name: str, endings: tuple[str, ...]) -> str:
    """The name with an ending that fits what the file is: its own where it fits, else the first one, added after it."""
    if has_ending(name, endings):
        return name
    return shortened(name, LONGEST - len(endings[0])) + endings[0]
