"""A figure beside the one of the year before: by how much it moved, and whether the two may be compared at all."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from workflows.programme import Item, Programme

FIRST_DEFINITION = "1"
"""The definition of figures that were filed before any round: what was asked first."""
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Change:
    """A move on last year. `percent` is None where there is nothing to divide by, or no figure yet; `comparable` is False
    where what is counted was defined anew in between; `large` where the programme asks for an explanation."""

    percent: Decimal | None = None
    comparable: bool = True
    large: bool = False

    @property
    def words(self) -> str:
        """The move in words; empty where there is none to tell."""
        if not self.comparable:
            return "definition changed"
        if self.percent is None:
            return ""
        size = abs(self.percent).quantize(TENTH, ROUND_HALF_UP)
        if size == 0:
            return "no change"
        return f"{'up' if self.percent > 0 else 'down'} {size:,f}%"


def change(now: Decimal | None, last: Decimal | None, item: Item, programme: Programme, last_definition: str | None) -> Change:
    """How an item's figure moved on last year's.

    `last_definition` is the definition under which last year's was given, None for one of before any round. A percentage
    of a negative figure is one of its size, so that a rise is always positive.
    """
    if (last_definition or FIRST_DEFINITION) != item.definition:
        return Change(comparable=False)
    percent = moved(now, last)
    return Change() if percent is None else Change(percent, large=abs(percent) > limit(item, programme))


def moved(now: Decimal | None, last: Decimal | None) -> Decimal | None:
    """The move on last year in percent of last year's size; None where there is nothing to divide by, or no figure yet."""
    return None if now is None or not last else (now - last) * 100 / abs(last)


def limit(item: Item, programme: Programme) -> Decimal:
    """The move in percent above which an item needs an explanation."""
    return programme.change_percent if item.change_percent is None else item.change_percent
