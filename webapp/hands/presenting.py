"""How the time in hands is told: as words, as rows of a table, as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.case import TRACKS
from workflows.deadlines.hands import COLUMNS, SIDES, Days, Hands, Line, Row, ordered
from workflows.roles import SIDE_LABELS, Side

KINDS = {"body": "Bodies", "partnership": "Partnerships", "auditor": "The auditor", "programme": "The programme team"}
HEADS = {
    "name": "Who", "cases": "Cases", "in_hand": "In hand now", "median": "Median", "longest": "Longest", "total": "Total",
    "overdue": "Overdue now", "late": "Ever late", "days_over": "Days over", "asked": "Asked", "granted": "Granted", "refused": "Refused",
}  # fmt: skip
"""The columns of the league, in their order."""
LETTERS = {Side.BODY: "B", Side.PARTNERSHIP: "P", Side.AUDITOR: "A", Side.PROGRAMME: "T"}
"""What stands in the parts of a bar."""


def side_words(side: Side) -> str:
    """With whom something lies, in words: several sides at once are each named."""
    names = [SIDE_LABELS[one] for one in SIDES if one & side]
    return " and ".join(([", ".join(names[:-1])] if len(names) > 1 else []) + names[-1:]) or "nobody"


def letters(side: Side) -> str:
    """The same as letters, for a bar."""
    return "".join(letter for one, letter in LETTERS.items() if one & side)


def days_words(days: Days) -> str:
    """So many days in words."""
    return f"{days.working:,} working day{'' if days.working == 1 else 's'} ({days.days:,} in all)"


def line_words(line: Line) -> str:
    """What a bar shows, in a sentence."""
    parts = [f"{days_words(days)} with {side_words(side)}" for side in SIDES if (days := line.with_side(side)) != Days()]
    if line.with_nobody != Days():
        parts.append(f"{days_words(line.with_nobody)} with nobody")
    name = TRACKS[line.track].label if line.track else "the whole case"
    return f"{name[0].upper()}{name[1:]}: {'; '.join(parts) or 'less than a day'}."


@dataclass(frozen=True)
class Order:
    """By what the league is sorted; what is not known counts as nothing said."""

    sort: str = "longest"
    down: bool = True
    kind: str = ""

    @property
    def by(self) -> str:
        return self.sort if self.sort in COLUMNS else "longest"

    def rows(self, league: Iterable[Row]) -> list[Row]:
        """The rows of the kinds that are wanted, in order."""
        return ordered((row for row in league if self.kind in ("", row.kind)), self.by, down=self.down)

    def asked(self, **more: str) -> dict[str, str]:
        """What an address says to ask for the same again, or for `more`."""
        said = {"sort": self.by, "order": "down" if self.down else "up", "kind": self.kind, **more}
        return {name: value for name, value in said.items() if value}


CSV_HEAD = ("kind", "code", "name", "cases", "in_hand_now", "median_working_days", "longest_working_days", "total_working_days",
            "deadlines", "overdue_now", "ever_late", "working_days_over", "extensions_asked",
            "extensions_granted", "extensions_refused")  # fmt: skip


def league_row(row: Row) -> tuple[str | int | float | None, ...]:
    """A row of the league as a table to download has it, under CSV_HEAD."""
    return (row.kind, row.code, row.name, row.cases, row.in_hand, row.middle, row.longest, row.total, row.deadlines, row.overdue, row.late,
            row.days_over, row.asked, row.granted, row.refused)  # fmt: skip


def league_json(row: Row) -> dict[str, Any]:
    """The same as data."""
    return dict(zip(CSV_HEAD, league_row(row), strict=True))


def hands_json(found: Hands, now: datetime) -> dict[str, Any]:
    """The time in hands of a case as data."""
    return {
        "as_of": now.isoformat(),
        "tracks": [_line_json(line) for line in found.tracks],
        "all": _line_json(found.all) if found.all else None,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "track": line.track or "all",
        "from": line.start.isoformat(),
        "to": line.end.isoformat(),
        "with_now": _names(line.holder),
        "since": line.since.isoformat() if line.since else None,
        "days": [{"with": _names(side), "days": days.days, "working_days": days.working} for side, days in line.days.items()],
        "pieces": [{"with": _names(one.side), "from": one.start.isoformat(), "to": one.end.isoformat()} for one in line.pieces],
    }


def _names(side: Side) -> list[str]:
    return [(one.name or "").lower() for one in SIDES if one & side]
