"""Whom a body is compared with: the comparator groups of a register as it was on a day.

A group of a class, region, sector or size band is the same for all of its members, and each is counted in it. Nearest
neighbours and chosen groups belong to one body, which is left out; they need not be mutual: A may have B among its neighbours
and B not A. Bodies that were abolished or merged drop out of every group by their date.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workflows.benchmarks.statistics import Own

GroupKind = Literal["class", "region", "sector", "population", "headcount", "all", "neighbours", "chosen"]

POPULATION_BOUNDS = (100_000, 150_000, 200_000, 250_000, 300_000)
"""Where a band of residents begins. Chosen here: with the councils of 2009 each band of a sector that has more than a handful of
them has enough for quartiles. Within one sector only: a district and a unitary of one size do different things."""
HEADCOUNT_BOUNDS = (250, 500, 1_000, 2_500, 5_000, 10_000)
"""Where a band of employees begins: the threshold of the programme of 2009, and then about twice as many each time."""
PROPER = ("London", "City", "Greater")
"""First words of classes that keep their capital in the middle of a sentence."""


@dataclass(frozen=True, slots=True)
class Member:
    """A body of the register, as far as groups need it. `end_date` is the first day on which it is no more."""

    code: str
    name: str
    sector: str
    kind: str
    class_name: str
    region: str | None = None
    population: int | None = None
    headcount: int | None = None
    end_date: date | None = None

    def active(self, at: date) -> bool:
        """Whether the body is there on that day."""
        return self.end_date is None or self.end_date > at


@dataclass(frozen=True, slots=True)
class Group:
    """A comparator group: the codes of its bodies in order, and its words, as in “12 unitary authorities”.

    `own` says whether the body that is compared is counted in: then it must be one of `codes`; else it must not.
    """

    kind: GroupKind
    key: str
    words: str
    own: Own
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A group of a body's own choice; who may choose, and with what reason, is not decided here."""

    key: str
    words: str
    codes: Sequence[str]


Groups = Mapping[GroupKind, Mapping[str, Group]]


def groups(
    members: Iterable[Member],
    at: date,
    sector_names: Mapping[str, str] | None = None,
    neighbours: Mapping[str, Sequence[str]] | None = None,
    chosen: Iterable[Chosen] = (),
) -> Groups:
    """Every group on a day, by kind and key: the key of neighbours is the body's code, that of others the class, region, ...

    `sector_names` are the names of sectors by code. A body of which a thing is not known is in no group of that kind.
    Raises ValueError where neighbours or a chosen group name a body that is not in the register, or itself.
    """
    register = {member.code: member for member in members}
    there = sorted((member for member in register.values() if member.active(at)), key=lambda member: member.code)
    names = sector_names or {}
    words: dict[GroupKind, Callable[[Member], str]] = {
        "class": lambda member: plural(member.class_name),
        "region": lambda member: f"bodies in {_region(member.region or '')}",
        "sector": lambda member: _sector(member, names),
        "population": lambda member: f"{_sector(member, names)} with {_band(member.population, POPULATION_BOUNDS)} residents",
        "headcount": lambda member: f"{_sector(member, names)} with {_band(member.headcount, HEADCOUNT_BOUNDS)} employees",
        "all": lambda member: "bodies",
    }
    found: dict[GroupKind, dict[str, Group]] = {}
    for kind, say in words.items():
        by_key: dict[str, list[Member]] = {}
        for member in there:
            if (key := key_of(kind, member)) is not None:
                by_key.setdefault(key, []).append(member)
        found[kind] = {key: Group(kind, key, say(of[0]), "in", tuple(m.code for m in of)) for key, of in sorted(by_key.items())}
    here = {member.code for member in there}
    found["neighbours"] = {
        code: Group("neighbours", code, "nearest neighbours", "out", _known(near, register, here, code))
        for code, near in sorted((neighbours or {}).items())
        if code in here
    }
    found["chosen"] = {
        one.key: Group("chosen", one.key, one.words, "out", _known(one.codes, register, here))
        for one in sorted(chosen, key=lambda one: one.key)
    }
    return found


def key_of(kind: GroupKind, member: Member) -> str | None:
    """The key of the group of a kind that a body is a member of; None where it is of none, or where groups are not of members."""
    if kind == "class":
        return member.class_name
    if kind == "region":
        return member.region
    if kind == "sector":
        return member.sector
    if kind == "population" and member.population is not None:
        return f"{member.sector}: {_band(member.population, POPULATION_BOUNDS)}"
    if kind == "headcount" and member.headcount is not None:
        return f"{member.sector}: {_band(member.headcount, HEADCOUNT_BOUNDS)}"
    return "all" if kind == "all" else None


def rows(of: Sequence[Group], numbers: Mapping[str, int]) -> NDArray[np.intp]:
    """The groups as rows of body numbers, as `statistics` wants them; a body that has no number, hence no values, is nobody."""
    found = np.full((len(of), max((len(group.codes) for group in of), default=0)), -1, dtype=np.intp)
    for place, group in enumerate(of):
        found[place, : len(group.codes)] = [numbers.get(code, -1) for code in group.codes]
    return found


def plural(class_name: str) -> str:
    """A class of bodies in the plural, to stand in a sentence: unitary authorities, London boroughs."""
    first, _, rest = class_name.partition(" ")
    text = class_name if first in PROPER or first.isupper() else f"{first[:1].lower()}{first[1:]} {rest}".strip()
    if text.endswith("y") and text[-2:-1] not in tuple("aeiou"):
        return text[:-1] + "ies"
    return text if text.endswith("s") else text + "s"


def _sector(member: Member, names: Mapping[str, str]) -> str:
    name = names.get(member.sector, f"bodies of the sector “{member.sector}”")
    return name[:1].lower() + name[1:]


def _region(name: str) -> str:
    """A region after “in”: the South West, but London."""
    return f"the {name}" if name.split(" ")[0] in ("North", "South", "East", "West") else name


def _band(size: int | None, bounds: Sequence[int]) -> str:
    """The band of a size in words, which is its key as well."""
    if size is None:
        raise ValueError("There is no band of a size that is not known.")
    place = sum(size >= bound for bound in bounds)
    if place == 0:
        return f"under {bounds[0]:,}"
    return f"{bounds[place - 1]:,} or more" if place == len(bounds) else f"{bounds[place - 1]:,} to {bounds[place] - 1:,}"


def _known(codes: Sequence[str], register: Mapping[str, Member], here: set[str], own: str = "") -> tuple[str, ...]:
    """Those of the codes that are there, each once, in the order given."""
    strangers = [code for code in codes if code not in register]
    if strangers:
        raise ValueError(f"{', '.join(strangers)}: not in the register of bodies.")
    if own in codes:
        raise ValueError(f"{own}: a body is not its own neighbour.")
    return tuple(code for code in dict.fromkeys(codes) if code in here)
