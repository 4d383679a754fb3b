"""When a reviewer is away: any number of times, each from a first to a last day, none overlapping another."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple


class Away(NamedTuple):
    """One time away, both days included."""

    first: date
    last: date

    def words(self, today: date) -> str:
        """Its days as somebody would say them: '3 to 17 December'. The year is said where it is not today's."""
        first, last = (f"{one.day} {one:%B}" + ("" if one.year == today.year else f" {one.year}") for one in self)
        if self.first == self.last:
            return first
        return (
            f"{self.first.day} to {last}"
            if (self.first.year, self.first.month) == (self.last.year, self.last.month)
            else f"{first} to {last}"
        )

    def meets(self, first: date, last: date) -> bool:
        """Whether any of its days lies within these."""
        return self.first <= last and first <= self.last


def added(spans: Collection[Away], new: Away) -> tuple[Away, ...]:
    """The times away with one more, in the order of their days. Raises ValueError where it ends before it begins, or overlaps one."""
    if new.last < new.first:
        raise ValueError("The last day away must not lie before the first.")
    for one in spans:
        if one.meets(*new):
            raise ValueError(f"That overlaps the time away from {one.words(new.first)}. Remove that one first, or give other days.")
    return tuple(sorted((*spans, new)))


def first_met(spans: Iterable[Away], first: date, last: date) -> Away | None:
    """The first time away of which a day lies within these, if there is one."""
    return next((one for one in sorted(spans) if one.meets(first, last)), None)
