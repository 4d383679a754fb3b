"""What a file would change in a return, item by item, before anything of it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflows.programme import Item, Programme
from workflows.returns.entries import BadPart, Entry, merged
from workflows.returns.tables import Found, Problem, Reading
from workflows.returns.values import NOTHING, Answer


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that would change. `newer` says that it was changed in the return since the file was made from it."""

    item: Item
    before: Answer
    after: Answer
    found: Found
    revision: int
    newer: bool

    @property
    def place(self) -> str:
        """Where the new answer stands in the file."""
        return f"{self.found.sheet}, {self.found.cell}" if self.found.sheet else self.found.cell


@dataclass(frozen=True, slots=True)
class Preview:
    """Every change that a file would make, in the order of the return; what in it cannot be; and how much says the same."""

    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    more_problems: int
    unchanged: int
    remarks: tuple[str, ...]
    refused: str

    @property
    def sound(self) -> bool:
        """Whether everything in the file can be taken over as it is, and nothing was changed meanwhile."""
        return not (self.refused or self.problems or any(change.newer for change in self.changes))

    def answers(self, chosen: frozenset[str]) -> dict[str, Answer]:
        """The new answers of the chosen items."""
        return {change.item.code: change.after for change in self.changes if change.item.code in chosen}


NO_LOCKS: Mapping[str, str] = {}


def preview(
    programme: Programme,
    reading: Reading,
    before: Mapping[str, Answer],
    revisions: Mapping[str, int],
    today: date,
    version: int | None = None,
    locked: Mapping[str, str] = NO_LOCKS,
) -> Preview:
    """What a reading would change in a return with these answers, of these revisions.

    `version` is that of the return: the revisions that a file made from another version names do not count. `locked` are the
    items that cannot be changed now, with the reason.
    """
    changes: list[Change] = []
    problems = list(reading.problems)
    unchanged = 0
    comparable = version is None or reading.origin.version in (None, version)
    for item in programme.items:
        found = reading.found.get(item.code)
        if found is None or not item.typed:
            continue
        old, revision = before.get(item.code, NOTHING), revisions.get(item.code, 0)
        try:
            new = merged(item, old, found.entry, today)
        except BadPart as problem:
            problems.append(Problem(found.sheet, found.cells.get(problem.part, found.cell), str(problem), item.code))
            continue
        if new == old:
            unchanged += 1
        elif item.code in locked:
            problems.append(Problem(found.sheet, found.cell, locked[item.code], item.code))
        else:
            changes.append(Change(item, old, new, found, revision, comparable and _newer(found.entry, revision)))
    return Preview(tuple(changes), tuple(problems), reading.more_problems, unchanged, tuple(reading.remarks), reading.refused)


def _newer(entry: Entry, revision: int) -> bool:
    return entry.revision is not None and entry.revision != revision
