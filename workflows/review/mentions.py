"""Whom a note calls by name: `@Name` of somebody who takes part, wherever it stands in the text.

The longest name after the @ counts, in capitals or not; a name that nobody bears is a text like any other.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Called(NamedTuple):
    """A name that is called: where it stands in the text, its @ included, and whose it is; of one name several people may be."""

    start: int
    end: int
    people: tuple[int, ...]


def called(text: str, names: Mapping[int, str]) -> list[Called]:
    """The names that a text calls, in its order. `names` are those who take part, by id."""
    by_name: dict[str, list[int]] = {}
    for person, name in names.items():
        if name.strip():
            by_name.setdefault(_alike(name), []).append(person)
    if "@" not in text or not by_name:
        return []
    longest = "|".join(r"\s".join(map(re.escape, name.split())) for name in sorted(by_name, key=len, reverse=True))
    found = re.finditer(rf"(?<!\w)@({longest})(?!\w)", text, re.IGNORECASE)
    return [Called(one.start(), one.end(), tuple(by_name[name])) for one in found if (name := _alike(one.group(1))) in by_name]


def people_called(text: str, names: Mapping[int, str]) -> list[int]:
    """Everybody whom a text calls, each once, in its order."""
    return list(dict.fromkeys(person for one in called(text, names) for person in one.people))


def _alike(name: str) -> str:
    return " ".join(name.split()).lower()
