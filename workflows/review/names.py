"""What a peer reviewer is called: by name, or towards whoever is reviewed by a number, as the programme says."""

from collections.abc import Iterable
from typing import Literal

from workflows.roles import Side

Names = Literal["numbered", "shown"]
"""Towards the body: `Reviewer 1` and so on, or the name."""
KNOWN_TO = Side.PARTNERSHIP | Side.AUDITOR | Side.PROGRAMME
"""The sides that know reviewers by name whatever the programme says."""


def numbered(assigned: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The number of each reviewer of a case, by person. `assigned` are the assignments as (id, person), of all who review it
    or did: who was assigned first has the first number and keeps it, whoever leaves or comes back."""
    found: dict[int, int] = {}
    for _, person in sorted(assigned):
        found.setdefault(person, len(found) + 1)
    return found


def called(names: Names, reader: Side, name: str, number: int | None) -> str:
    """What a reader calls a reviewer of that name and number. Who has no number yet is “A reviewer”, never named."""
    if names == "shown" or reader & KNOWN_TO:
        return name
    return f"Reviewer {number}" if number else "A reviewer"
