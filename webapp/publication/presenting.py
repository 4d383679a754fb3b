"""What pages, files and the API show of a publication: one view-model for each document, drawn in several ways."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from webapp.publication import queries
from webapp.publication.queries import Shown
from workflows.benchmarks.comparability import FIRMNESS_WORDS, PROVISIONAL, Value, published
from workflows.benchmarks.picture import Neighbour, Picture, picture
from workflows.benchmarks.publishing import (
    MAIN,
    BodySheet,
    Compared,
    GroupSheet,
    IndicatorSheet,
    Listed,
    Place,
    Row,
    Subject,
    SummarySheet,
    compared,
    group_id,
)  # fmt: skip
from workflows.formulas import formula
from workflows.programme import Function, Indicator, Programme
from workflows.programme.rests import items_behind
from workflows.returns.comparison import Change, moved
from workflows.returns.figures import Figures
from workflows.returns.values import Answer

DIMENSIONS: Mapping[str, str] = {
    "economy_efficiency": "Economy and efficiency",
    "impact": "Impact",
    "satisfaction": "Satisfaction",
    "modernisation": "Modernisation",
    "context": "Context",
}
"""The groups of measures, to be read together and never one alone (the domain notes on the indicators)."""


@dataclass(frozen=True)
class Line:
    """One figure of a body as a page shows it: with where it stands, what is said beside it and where it comes from.

    `group` are the words of the group that it stands in, `name` the body's.
    """

    indicator: Indicator
    figure: Compared
    note: str = ""
    group: str = ""
    name: str = ""

    def picture(self, neighbours: Sequence[Neighbour] = ()) -> Picture:
        """The figure among the others, as a picture and in words; `neighbours` are shown one by one."""
        value = self.figure.value
        return picture(self.figure.standing.summary, self.indicator.unit, group=self.group, name=self.name, value=value.usable,
                       own=self.figure.standing.own, last=None if value.last is None else float(value.last), neighbours=neighbours,
                       direction=self.figure.direction)  # fmt: skip

    @property
    def value(self) -> Value:
        return self.figure.value

    @property
    def remarks(self) -> list[str]:
        """All that must be said with the figure; that its function is provisional is said once for all of it."""
        value = self.figure.value
        apart = "" if value.apart == PROVISIONAL else value.apart
        firmness = FIRMNESS_WORDS[value.firmness]
        said = [firmness] if firmness and not value.apart.startswith(firmness) else []
        notes = [text for text in value.notes if not value.apart.startswith(text)]
        return [text for text in (*said, value.why, apart, *notes) if text]

    @property
    def rank(self) -> str:
        """The rank in words; empty where none is told."""
        found = self.figure.standing
        if found.rank is None:
            return ""
        return f"{found.rank}{' equal' if found.tied else ''} of {found.of}"

    @property
    def change(self) -> str:
        """The move on last year in words; empty where the two may not be compared."""
        words = Change(moved(self.figure.value.value, self.figure.value.last)).words
        return f"{words} on last year" if words.endswith("%") else words


@dataclass(frozen=True)
class Glance:
    """A function in one line: how many of its measures are better and worse than most, by dimension."""

    function: Function
    told: Mapping[str, str]


@dataclass
class Profile:
    """A body's figures beside one comparator group: the page of a body, its file and its JSON. `groups` are all that it may be
    compared with, by id."""

    shown: Shown
    sheet: BodySheet
    group: GroupSheet | None
    groups: dict[str, GroupSheet]
    choices: list[Listed]
    lines: dict[str, list[Line]] = field(default_factory=dict)
    note: str = ""

    @property
    def subject(self) -> Subject:
        return self.sheet.subject

    @property
    def signed_on(self) -> date | None:
        """The day on which the version published was signed off."""
        return date.fromisoformat(self.subject.signed_on) if self.subject.signed_on else None

    @property
    def unusual(self) -> list[Line]:
        """What stands out from the group, or is beyond its quartiles on the worse side: the farthest first."""
        every = [line for of in self.lines.values() for line in of]
        found = [line for line in every if line.figure.unusual or line.figure.judgement == "worse than most"]
        return sorted(found, key=lambda line: -abs(line.figure.standing.score or 0))

    @property
    def functions(self) -> list[Function]:
        """The functions of which something is published."""
        return [f for f in self.shown.programme.functions if self.lines.get(f.code)]

    def dimensions(self, function: str) -> list[tuple[str, list[Line]]]:
        """The lines of a function by dimension, in their order."""
        of = self.lines.get(function, [])
        return [(label, found) for code, label in DIMENSIONS.items() if (found := [one for one in of if one.indicator.dimension == code])]

    def glance(self) -> list[Glance]:
        """All functions side by side, each with every dimension: never one number alone."""
        return [Glance(f, {label: _told(lines) for label, lines in self.dimensions(f.code)}) for f in self.functions]

    @property
    def dimension_labels(self) -> list[str]:
        """The dimensions that occur."""
        used = {line.indicator.dimension for of in self.lines.values() for line in of}
        return [label for code, label in DIMENSIONS.items() if code in used]


def _told(lines: Sequence[Line]) -> str:
    better = sum(1 for line in lines if line.figure.judgement == "better than most")
    worse = sum(1 for line in lines if line.figure.judgement == "worse than most")
    known = sum(1 for line in lines if line.value.usable is not None)
    if not known:
        return "not compared"
    parts = [f"{better} better than most"] * bool(better) + [f"{worse} worse than most"] * bool(worse)
    return ", ".join(parts) or f"{known} compared"


def profile(session: Session, shown: Shown, code: str, group: str = "") -> Profile | None:
    """A body's profile beside the group of that id, or its class: three statements. None for a body that is not published."""
    sheet = queries.sheet(session, shown.id, BodySheet, code)
    if sheet is None:
        return None
    found = {group_id(one.group): one for one in sheet.apart}
    found |= {group_id(one.group): one for one in queries.sheets(session, shown.id, GroupSheet, sheet.groups)}
    choices = [Listed(key, one.group.kind, one.group.words, len(one.group.codes)) for key, one in found.items()]
    order = ("class", "neighbours", "chosen", "region", "population", "headcount", "sector", "all")
    choices.sort(key=lambda one: order.index(one.kind))
    chosen = group if group in found else next((one.id for one in choices if one.kind == MAIN), choices[0].id if choices else "")
    notes = queries.notes(session, shown.id, body=code)
    made = Profile(shown, sheet, found.get(chosen), found, choices, note=notes.get((code, ""), ""))
    if made.group is None:
        return made
    for indicator in shown.programme.indicators:
        if indicator.code in sheet.values:
            figure = compared(sheet, found, chosen, indicator.code, shown.programme)
            made.lines.setdefault(indicator.function, []).append(
                Line(indicator, figure, notes.get((code, indicator.code), ""), made.group.group.words, sheet.subject.name)
            )
    return made


SORTS = ("value", "name", "class", "region", "rank")


@dataclass(frozen=True)
class Order:
    """How the table of an indicator is narrowed and sorted. What is not known counts as nothing said."""

    sort: str = "value"
    down: bool = False
    kind: str = ""
    region: str = ""

    @property
    def by(self) -> str:
        """By what it is sorted."""
        return self.sort if self.sort in SORTS else SORTS[0]

    @property
    def words(self) -> str:
        """The order as a table tells it."""
        return f"{self.by} {'descending' if self.down else 'ascending'}"

    @property
    def asked(self) -> dict[str, str]:
        """What an address says to ask for the same again; what goes without saying is left out."""
        said = {
            "sort": self.by if self.by != SORTS[0] else "",
            "order": "down" if self.down else "",
            "class": self.kind,
            "region": self.region,
        }
        return {name: value for name, value in said.items() if value}

    def rows(self, sheet: IndicatorSheet) -> list[Row]:
        """The rows that are wanted, in order; those without a value come last whichever way the others are sorted."""
        wanted = [row for row in sheet.rows if self.kind in ("", row.subject.class_name) and self.region in ("", row.subject.region)]
        wanted.sort(key=lambda row: (row.subject.name, row.subject.code))
        if self.sort in ("name", "class", "region"):
            names = {"name": lambda r: r.subject.name, "class": lambda r: r.subject.class_name, "region": lambda r: r.subject.region}
            return sorted(wanted, key=names[self.sort], reverse=self.down)
        numbers = {row.subject.code: row.place.rank if self.sort == "rank" else row.value.value for row in wanted}
        known = sorted((r for r in wanted if numbers[r.subject.code] is not None), key=lambda r: numbers[r.subject.code], reverse=self.down)  # type: ignore[arg-type,return-value]
        return known + [row for row in wanted if numbers[row.subject.code] is None]


@dataclass(frozen=True)
class Step:
    """A figure on the way to an indicator: an item with its amount, and the formula where it is computed."""

    code: str
    label: str
    unit: str
    amount: Decimal | None
    text: str
    formula: str


@dataclass(frozen=True)
class Origin:
    """Where a published figure comes from: items, version, comparators; `again` is the value computed from the items
    anew, which must be the published one."""

    line: Line
    profile: Profile
    steps: tuple[Step, ...]
    again: Decimal | None
    standings: tuple[tuple[Listed, Compared], ...]
    picture: Picture

    @property
    def same(self) -> bool:
        """Whether the items give the published value."""
        return self.again == self.line.value.value


def origin(session: Session, shown: Shown, code: str, indicator: str) -> Origin | None:
    """Where a figure comes from: four statements. None where it is not published."""
    made = profile(session, shown, code)
    line = next((one for of in made.lines.values() for one in of if one.indicator.code == indicator), None) if made else None
    if made is None or line is None:
        return None
    programme, sheet = shown.programme, made.sheet
    steps = tuple(_step(code, sheet, programme) for code in items_behind(line.indicator, programme))
    standings = tuple((choice, compared(sheet, made.groups, choice.id, indicator, programme)) for choice in made.choices)
    again = recomputed(sheet, line.indicator, programme)
    drawn = line.picture(_neighbours(session, shown, sheet, indicator))
    return Origin(line, made, steps, again, standings, drawn)


def _neighbours(session: Session, shown: Shown, sheet: BodySheet, indicator: str) -> list[Neighbour]:
    """The nearest neighbours of a body with their values, as far as these are compared."""
    near = {code for one in sheet.apart if one.group.kind == "neighbours" for code in one.group.codes}
    table = queries.sheet(session, shown.id, IndicatorSheet, indicator) if near else None
    rows = table.rows if table else ()
    return [Neighbour(r.subject.name, value) for r in rows if r.subject.code in near and (value := r.value.usable) is not None]


def picture_of(group: GroupSheet, indicator: Indicator) -> Picture:
    """How an indicator spreads in a group, with no body marked."""
    return picture(group.summaries[indicator.code], indicator.unit, group=group.group.words, direction=indicator.direction)


def _step(code: str, sheet: BodySheet, programme: Programme) -> Step:
    item = programme.item(code)
    return Step(code, item.label, item.unit, sheet.items.get(code), sheet.texts.get(code, ""), item.formula)


def recomputed(sheet: BodySheet, indicator: Indicator, programme: Programme) -> Decimal | None:
    """The value of an indicator, computed anew from the published items; None where they do not suffice."""
    answers = {code: Answer(amount=amount) for code, amount in sheet.items.items() if programme.item(code).typed}
    answers |= {code: Answer(text=text) for code, text in sheet.texts.items()}
    value = Figures(programme, answers).measure(indicator).value
    return None if value is None else published(value)


def words_of(text: str, programme: Programme, function: str) -> str:
    """A formula with the labels of its items in place of their codes."""
    said = text
    for _, name in sorted(formula(text).names, key=lambda pair: -len(pair[1])):
        item = programme.find_item(name)
        if item is not None:
            said = said.replace(name, f"“{item.label}”")
    return said.replace("PRACTICES_MET", "number of practices met").replace("SURVEY_INDEX", "satisfaction index")


@dataclass(frozen=True)
class FunctionLine:
    """An indicator in the table of its function: how it spreads in each class."""

    indicator: Indicator
    groups: tuple[GroupSheet, ...]


def function_lines(session: Session, shown: Shown, function: str, summary: SummarySheet) -> list[FunctionLine]:
    """How the indicators of a function spread in each class: one statement besides that of the summary."""
    ids = [one.id for one in summary.groups if one.kind == MAIN]
    groups = tuple(queries.sheets(session, shown.id, GroupSheet, ids))
    return [FunctionLine(one, groups) for one in shown.programme.indicators if one.function == function]


def found_bodies(summary: SummarySheet, text: str) -> list[Subject]:
    """The bodies of which the name holds the text, or the code is it."""
    wanted = " ".join(text.lower().split())
    return [one for one in summary.subjects if wanted and (wanted in one.name.lower() or wanted == one.code.lower())]


Told = tuple[Subject, str, Value, Place]
"""A figure as a row of the open data tells it: whose, which, what, and its place in the class."""


def of_bodies(bodies: Iterable[BodySheet]) -> Iterator[Told]:
    """Every figure of some bodies."""
    for sheet in bodies:
        places = sheet.places.get(next((key for key in sheet.groups if key.startswith(f"{MAIN}:")), ""), {})
        yield from ((sheet.subject, code, value, places.get(code, Place())) for code, value in sheet.values.items())


def of_rows(code: str, rows: Iterable[Row]) -> Iterator[Told]:
    """Figures of one measure, in the order of the rows."""
    yield from ((row.subject, code, row.value, row.place) for row in rows)


def of_lines(made: Profile, lines: Iterable[Line]) -> Iterator[Told]:
    """Figures of a body in the order of the lines, each with its place in the class, whatever group the lines are beside."""
    found = {code: told for told in of_bodies([made.sheet]) for code in [told[1]]}
    yield from (found[line.indicator.code] for line in lines)


def flat(shown: Shown, found: Iterable[Told], notes: Mapping[tuple[str, str], str]) -> Iterator[dict[str, object]]:
    """Figures as flat records: rows of the open data."""
    programme = shown.programme
    for subject, code, value, place in found:
        yield {
            "round": shown.round_code, "publication": shown.number, "body": subject.code, "name": subject.name,
            "class": subject.class_name, "region": subject.region, "indicator": code, "value": value.value,
            "unit": programme.indicator(code).unit, "why_none": value.why, "firmness": value.firmness,
            "compared": value.compared and value.value is not None, "not_compared_because": value.apart,
            "rank_in_class": place.rank, "ranked": place.of if place.rank else None,
            "quarter_in_class": place.quarter, "last_year": value.last,
            "comparability_notes": " | ".join(value.notes), "context_note": notes.get((subject.code, code), ""),
            "return_version": subject.version or None, "signed_off_on": subject.signed_on,
            "body_note": notes.get((subject.code, ""), ""), "remark": subject.note,
        }  # fmt: skip
