"""Who shares which functions with whom, and on which days: sharing groups and the memberships in them.

Source: the article of 27 April 2009 asks bodies to join a sharing group, and leaves open what counts as being in one; the
domain notes (user needs 17) ask for membership with dates, function and evidence. Decided here: the host and the clients of
a group are in it, for the functions that it covers, on the days on which both the group and the membership are in force;
talks about joining are noted, and are no membership.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

KINDS: Mapping[str, str] = {"host": "Host", "client": "Client", "talks": "In talks"}
"""How a body can stand to a group. Talks do not count as being in it."""
COUNTS = frozenset({"host", "client"})


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `starts` to `ends`, both included; without `ends` there is no last day."""

    starts: date
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def meets(self, other: "Span") -> bool:
        """Whether two spans have a day in common."""
        return (other.ends is None or self.starts <= other.ends) and (self.ends is None or other.starts <= self.ends)

    def within(self, other: "Span") -> bool:
        """Whether it begins on one of the other's days and, where it has a last day, ends on one."""
        return other.holds(self.starts) and (self.ends is None or other.holds(self.ends))


@dataclass(frozen=True, slots=True)
class Belonging:
    """One body's stand to one group: `body` by its code, the group's name and functions, and the days of both."""

    body: str
    group_id: int
    group: str
    functions: frozenset[str]
    kind: str
    span: Span
    of_group: Span

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day: the membership and the group are."""
        return self.span.holds(day) and self.of_group.holds(day)

    def counts(self, functions: Collection[str], day: date) -> bool:
        """Whether the body is inside the group on a day, for one of these functions. No functions: for any."""
        return self.kind in COUNTS and self.holds(day) and (not functions or not self.functions.isdisjoint(functions))


def inside(belongings: Iterable[Belonging], functions: Collection[str], day: date) -> tuple[Belonging, ...]:
    """The memberships that put a body inside a sharing group on a day, for one of these functions."""
    return tuple(one for one in belongings if one.counts(functions, day))


def talking(belongings: Iterable[Belonging], functions: Collection[str], day: date) -> tuple[Belonging, ...]:
    """The talks about joining a group of one of these functions that are noted for a day. They protect nobody."""
    return tuple(
        one for one in belongings if one.kind == "talks" and one.holds(day) and (not functions or not one.functions.isdisjoint(functions))
    )


def problems(new: Span, group: Span, others: Iterable[Span]) -> tuple[tuple[str, str], ...]:
    """What is wrong with the days of a new membership of a body in a group, each with the field that it is about.

    `others` are the days on which the body stands to the group already.
    """
    found: list[tuple[str, str]] = []
    if new.ends is not None and new.ends < new.starts:
        found.append(("ends", "The last day must not lie before the first day."))
    elif not new.within(group):
        wrong = "ends" if group.holds(new.starts) else "starts"
        found.append((wrong, f"The membership must lie within the days of the group, which is {told(group)}."))
    else:
        clash = next((one for one in others if one.meets(new)), None)
        if clash is not None:
            found.append(("starts", f"The body stands in this group already {told(clash)}. End that first, or choose other days."))
    return tuple(found)


def told(span: Span) -> str:
    """A span in words: 'from 1 May 2009 to 31 March 2010', 'from 1 May 2009'."""
    first = f"from {_day(span.starts)}"
    return first if span.ends is None else f"{first} to {_day(span.ends)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
