"""A return as a table: its columns, the words in it, and what says whose it is.

What writes a template or an export and what reads one back share this page, so that they cannot differ.
"""

import re

import msgspec

LAYOUT = 1
"""The number of this layout; a file of a higher one comes from a newer Yardstick, and is refused."""

COLUMNS = {
    "case": "Case",
    "version": "Return version",
    "function": "Function",
    "code": "Code",
    "group": "Group",
    "question": "Question",
    "unit": "Unit",
    "value": "Answer",
    "basis": "Basis",
    "not_known": "Not known because",
    "known_by": "Will be known by",
    "note": "Note",
    "prefilled": "Filled in from",
    "confirmed": "Right for this year",
    "last": "Last year",
    "guidance": "Guidance",
    "revision": "Revision",
}
"""Every column by what it holds; none stands in every file."""

ALIASES = {"item": "code", "item code": "code", "amount": "value", "value": "value", "figure": "value", "notes": "note"}
"""Other headings that a table made by hand may have."""

ENTERED = ("value", "basis", "not_known", "known_by", "note", "confirmed")
"""The columns that somebody fills in. The others are never read as answers."""

MARKS = {
    "Layout": "layout",
    "Programme": "programme",
    "Programme version": "programme_version",
    "Round": "round",
    "Case": "case",
    "Return version": "version",
}
"""What the first sheet says, label by label, about where a workbook comes from."""

CLEAR = "clear"
"""The word that takes an answer away; an empty cell leaves it as it is."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a file comes from, or where it is to go: texts are empty, and numbers None, where that is not known."""

    case: str = ""
    programme: str = ""
    programme_version: str = ""
    round: str = ""
    version: int | None = None
    layout: int | None = None


def part_of(heading: str) -> str | None:
    """What a column of that heading holds, however it is spaced and capitalised; None for a heading that is not ours."""
    said = " ".join(heading.split()).casefold().rstrip(" :*")
    return _PARTS.get(said) or ALIASES.get(said)


_PARTS = {label.casefold(): part for part, label in COLUMNS.items()}


def bare(text: str) -> str:
    """A text as a word: without the spaces around it, of whatever kind, and without characters that nobody sees."""
    return " ".join(re.sub(r"[\u200b-\u200d\u2060\ufeff]", "", text).split())


def kept(text: str) -> str:
    """A text as it is written down where the word `clear` would take it away: that word in quotes, all else as it is."""
    return f'"{text}"' if re.fullmatch(rf'"*{CLEAR}"*', bare(text), re.IGNORECASE) else text


def taken(text: str) -> str:
    """The text that `kept` wrote down."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"' and re.fullmatch(rf'"+{CLEAR}"+', bare(text), re.IGNORECASE)
    return text[1:-1] if quoted else text


_FORMULA_LIKE = re.compile(r"'*[=+\-@\t\r\n]")


def plain(text: str) -> str:
    """A text for a CSV file that no spreadsheet takes for a formula: an apostrophe stands before what could be one.

    Source: OWASP, CSV injection. `spoken` takes it off again, from such texts alone, so that nothing is lost on the way.
    """
    return f"'{text}" if _FORMULA_LIKE.match(text) else text


def spoken(text: str) -> str:
    """The text that `plain` wrote down."""
    return text[1:] if text.startswith("'") and _FORMULA_LIKE.match(text) else text
