"""What is published of a round: documents made once, kept as they are, and drawn by pages, files and API alike.

One document for each indicator (every body's figure), one for each comparator group (how every indicator spreads in it), and
one for each body (its figures, where it stands in its groups, and the items that they were computed from).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import msgspec
import numpy as np

from workflows.benchmarks.comparability import Value
from workflows.benchmarks.groups import Group
from workflows.benchmarks.statistics import Direction, Own, Standing, Summary, judgement, standings
from workflows.programme import Programme

MAIN = "class"
"""The kind of comparator group by which bodies are ranked in tables."""


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """A body as it is published: who it is, and what became of its return.

    `status` is one of STATUSES; `told` says it in words. `signed_on` is the day (ISO) on which the version published was
    signed off; `note` must be said wherever a figure of it is shown.
    """

    code: str
    name: str
    kind: str
    class_name: str
    sector: str
    region: str = ""
    status: str = "returned"
    told: str = ""
    version: int = 0
    signed_on: str = ""
    note: str = ""


class Term(msgspec.Struct, frozen=True, array_like=True):
    """When a return was due at first and in the end (days, ISO), and how often more time was granted for it."""

    first_due: str
    due: str
    extensions: int = 0

    @property
    def extended(self) -> str:
        """How often more time was granted, in words."""
        return {0: "not extended", 1: "extended once"}.get(self.extensions, f"extended {self.extensions} times")


STATUSES: Mapping[str, str] = {
    "returned": "Returned in time",
    "returned_late": "Returned late",
    "late": "Not returned yet",
    "not_returned": "Not returned",
    "exempt": "Exempt",
    "statistics": "From published statistics",
}


def group_id(group: Group) -> str:
    """What names a group within a publication."""
    return f"{group.kind}:{group.key}"


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a body stands in a group for one indicator (workflows.benchmarks.statistics.Standing, without the group's summary)."""

    rank: int | None = None
    of: int = 0
    tied: int = 0
    quarter: int | None = None
    score: float | None = None

    def standing(self, value: float | None, summary: Summary, own: Own) -> Standing:
        """The whole standing, given the group's summary."""
        return Standing(value, own, summary, self.rank, self.of, self.tied, self.quarter, self.score)


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """A body in the table of an indicator, with its place in its MAIN group."""

    subject: Subject
    value: Value
    place: Place = Place()


class IndicatorSheet(msgspec.Struct, frozen=True):
    """The table of an indicator: every body that has a figure, or could have had one."""

    code: str
    rows: tuple[Row, ...]
    groups: tuple[str, ...]
    """The ids of the MAIN groups, in the order of their names."""


class GroupSheet(msgspec.Struct, frozen=True):
    """How each indicator spreads in a group, by code."""

    group: Group
    summaries: dict[str, Summary]


class BodySheet(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is published of a body: figures by indicator, places by group and indicator, and the items behind the figures.

    `apart` are groups of its own (its neighbours, a group asked for), with their summaries: nobody else needs them.
    """

    subject: Subject
    values: dict[str, Value] = {}
    places: dict[str, dict[str, Place]] = {}
    groups: tuple[str, ...] = ()
    apart: tuple[GroupSheet, ...] = ()
    items: dict[str, Decimal] = {}
    texts: dict[str, str] = {}
    """Answers other than amounts that figures rest on, such as a practice that is met."""
    term: Term | None = None


class Listed(msgspec.Struct, frozen=True):
    """A comparator group in the list of them: its id, kind and words, and how many bodies are in it."""

    id: str
    kind: str
    words: str
    size: int


class SummarySheet(msgspec.Struct, frozen=True):
    """The whole at a glance: the bodies with what became of their returns, and the groups; `day` (ISO) is that of the register."""

    day: str
    subjects: tuple[Subject, ...]
    groups: tuple[Listed, ...]
    terms: dict[str, Term] = {}
    """When each return was due, by the body's code; nothing in publications that were made before this was told."""

    def counts(self) -> dict[str, int]:
        """How many bodies there are of each status that occurs, in the order of STATUSES."""
        found = {status: sum(1 for one in self.subjects if one.status == status) for status in STATUSES}
        return {status: number for status, number in found.items() if number}


@dataclass(frozen=True)
class Return:
    """A body's return, as far as it is published."""

    subject: Subject
    values: Mapping[str, Value] = field(default_factory=dict)
    items: Mapping[str, Decimal] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    term: Term | None = None


@dataclass(frozen=True)
class Documents:
    """The documents of a publication."""

    summary: SummarySheet
    indicators: tuple[IndicatorSheet, ...]
    groups: tuple[GroupSheet, ...]
    bodies: tuple[BodySheet, ...]


def documents(
    programme: Programme, day: date, returns: Sequence[Return], common: Iterable[Group], own: Mapping[str, Sequence[Group]]
) -> Documents:
    """The documents of a round: `common` are the groups that bodies are part of, `own` those of single bodies, by their code.

    A group names bodies by code; those without a return are no part of its statistics. Raises ValueError for a body twice.
    """
    codes = [indicator.code for indicator in programme.indicators]
    numbers = {one.subject.code: number for number, one in enumerate(returns)}
    if len(numbers) != len(returns):
        raise ValueError("A body stands twice among the returns.")
    table = np.array([[_usable(one.values.get(code)) for code in codes] for one in returns], dtype=np.float64).reshape(
        len(returns), len(codes)
    )
    sheets = [BodySheet(one.subject, dict(one.values), {}, (), (), dict(one.items), dict(one.texts), one.term) for one in returns]
    places: list[dict[str, dict[str, Place]]] = [{} for _ in returns]
    groups = [group for group in common if any(code in numbers for code in group.codes)]

    def placed(group: Group, subjects: Sequence[int]) -> GroupSheet:
        """How every indicator spreads in a group; the subjects are given their places in it."""
        members = [numbers[code] for code in group.codes if code in numbers and (group.own == "in" or numbers[code] not in subjects)]
        found = standings(table, [members], [subjects], group.own)
        for position, number in enumerate(subjects):
            known = returns[number].values
            places[number][group_id(group)] = {code: _place(found.at(0, position, at)) for at, code in enumerate(codes) if code in known}
        return GroupSheet(group, {code: found.summaries.at(0, at) for at, code in enumerate(codes)})

    shared = tuple(placed(group, [numbers[code] for code in group.codes if code in numbers]) for group in groups)
    apart = [tuple(placed(group, [number]) for group in own.get(one.subject.code, ())) for number, one in enumerate(returns)]
    bodies = tuple(
        msgspec.structs.replace(sheet, places=places[number], apart=apart[number],
                                groups=tuple(group_id(group) for group in groups if sheet.subject.code in group.codes))
        for number, sheet in enumerate(sheets)
    )  # fmt: skip
    subjects = tuple(sorted((one.subject for one in returns), key=lambda one: (one.name, one.code)))
    terms = {one.subject.code: one.term for one in returns if one.term is not None}
    listed = tuple(Listed(group_id(g), g.kind, g.words, sum(code in numbers for code in g.codes)) for g in groups)
    return Documents(
        SummarySheet(day.isoformat(), subjects, listed, terms), tuple(_indicator(code, bodies, groups) for code in codes), shared, bodies
    )


def _indicator(code: str, bodies: Sequence[BodySheet], groups: Sequence[Group]) -> IndicatorSheet:
    rows = []
    main = {member: group_id(group) for group in groups if group.kind == MAIN for member in group.codes}
    for body in bodies:
        value = body.values.get(code)
        if value is not None:
            place = body.places.get(main.get(body.subject.code, ""), {}).get(code, Place())
            rows.append(Row(body.subject, value, place))
    return IndicatorSheet(code, tuple(rows), tuple(group_id(group) for group in groups if group.kind == MAIN))


def _usable(value: Value | None) -> float:
    found = value.usable if value is not None else None
    return float("nan") if found is None else found


def _place(found: Standing) -> Place:
    score = None if found.score is None else round(found.score, 4)
    return Place(found.rank, found.of, found.tied, found.quarter, score)


@dataclass(frozen=True)
class Compared:
    """A figure of a body beside one group: what a page, a picture and a file show of it."""

    value: Value
    standing: Standing
    direction: Direction
    provisional: bool

    @property
    def judgement(self) -> str:
        """Better or worse than most; nothing where it is not to be judged."""
        return judgement(self.standing, self.direction, self.provisional)

    @property
    def unusual(self) -> bool:
        """Whether the value stands out from the group."""
        return self.standing.outlier


def compared(sheet: BodySheet, groups: Mapping[str, GroupSheet], group_id: str, code: str, programme: Programme) -> Compared:
    """A body's figure beside a group that it belongs to, or that is its own. Raises KeyError for another one."""
    indicator = programme.indicator(code)
    value = sheet.values[code]
    group = groups[group_id]
    place = sheet.places.get(group_id, {}).get(code, Place())
    standing = place.standing(value.usable, group.summaries[code], group.group.own)
    provisional = programme.function(indicator.function).provisional or bool(value.firmness)
    return Compared(value, standing, indicator.direction, provisional)
