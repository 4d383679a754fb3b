"""The rule by which a penalty may be indicated: outside every sharing group, and above the benchmark average.

Source: the article of 27 April 2009 names it as one possibility and gives no details. The fairness tests are those of the
domain notes (user needs 16): the same rule for all, published first; earlier savings are noted; nothing from provisional
data; not where the only fault is a definition; small groups protect; not to return is never better than a bad return. The
mean or the median is undefined in the article: the median is proposed there (process, section 7).

An indication is no penalty: `workflows.benchmarks.track` has the body heard, and somebody else decide.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any, Literal

from workflows.benchmarks.rules import Rule, percent
from workflows.benchmarks.sharing import Belonging, inside, talking, told
from workflows.benchmarks.statistics import summary

Standing = Literal["returned", "not_returned", "awaited", "exempt"]
"""Whether there is a return to judge by: accepted, recorded as not made, not settled yet, or not owed."""

PROTECTS: Mapping[str, str] = {
    "exempt": "Exempt: no return is owed",
    "awaited": "The return is not settled yet",
    "sharing": "In a sharing group",
    "not_above": "At or below the threshold",
    "small_group": "Too few figures to compare with",
    "provisional": "Only provisional figures",
    "scope": "Counted otherwise than the guidance says",
    "not_positive": "Zero or negative: not comparable",
    "not_computable": "The figure cannot be computed",
    "promised": "Not known yet, promised by a day to come",
    "no_group": "In no group to compare with",
}
"""What keeps a body from being indicated, by code."""
COUNTS_AGAINST: Mapping[str, str] = {
    "outside": "In no sharing group",
    "above": "Above the threshold",
    "not_returned": "No return was made",
    "missing": "The promised figure did not come",
}
NOTED: Mapping[str, str] = {"talks": "In talks about a sharing group", "savings": "Earlier savings"}
"""What is noted beside the outcome, and changes nothing by itself: whoever decides weighs it."""


HAIR = 1e-9
"""By which share a figure must be over the threshold to be above it: a mean of equal figures can be off by less than that."""


@dataclass(frozen=True, slots=True)
class Saving:
    """A saving that the body made before: pounds a year, since when, what it did, and what shows it."""

    pounds: int
    since: date
    what: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A body as the rule looks at it. `groups` names its group of each kind."""

    code: str
    name: str
    standing: Standing
    groups: Mapping[str, str]
    class_name: str = ""
    region: str = ""
    savings: tuple[Saving, ...] = ()
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A body's value of one indicator in its signed-off return, and what must be known of it.

    `provisional` where an item that it rests on is an estimate or provisional; `scope_differs` where the body says that it
    did not count as the guidance says; `known_by` is the day by which the figure was promised, where it is not known.
    """

    value: float | None = None
    provisional: bool = False
    scope_differs: bool = False
    known_by: date | None = None

    def faults(self, at: date) -> tuple[str, ...]:
        """Why it is not usable, as codes; none where it is."""
        if self.value is None:
            if self.known_by is None:
                return ("not_computable",)
            return ("promised",) if self.known_by >= at else ("missing",)
        found = ("not_positive",) if self.value <= 0 or not isfinite(self.value) else ()
        return (*found, *(("provisional",) if self.provisional else ()), *(("scope",) if self.scope_differs else ()))


NO_FIGURE = Figure()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the figures of one group come to: how many are usable, their average, and the threshold above it."""

    group: str
    indicator: str
    n: int
    average: float | None
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure of a body beside its benchmark."""

    indicator: str
    value: float | None
    benchmark: Benchmark | None

    @property
    def over(self) -> float | None:
        """By how many percent the figure is above the average, below it where negative."""
        if self.value is None or self.benchmark is None or not self.benchmark.average:
            return None
        return 100 * (self.value / self.benchmark.average - 1)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason of an outcome. `code` is a key of PROTECTS, COUNTS_AGAINST or NOTED; `indicator` the figure it is about."""

    code: str
    text: str
    indicator: str = ""

    @property
    def protects(self) -> bool:
        return self.code in PROTECTS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rule says of a body, with every reason: also those that would not be needed any more."""

    subject: Subject
    indicated: bool
    reasons: tuple[Why, ...]
    figures: tuple[Judged, ...]

    @property
    def protections(self) -> tuple[Why, ...]:
        """What keeps the body from being indicated."""
        return tuple(why for why in self.reasons if why.protects)

    @property
    def saved(self) -> int:
        """Earlier savings, in pounds a year."""
        return sum(saving.pounds for saving in self.subject.savings)


@dataclass(frozen=True)
class Findings:
    """What a rule says of every body of a round on a day."""

    rule: Rule
    at: date
    outcomes: tuple[Outcome, ...]
    benchmarks: tuple[Benchmark, ...]
    _of: dict[str, Outcome] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_of", {outcome.subject.code: outcome for outcome in self.outcomes})

    def of(self, code: str) -> Outcome:
        """The outcome of a body. Raises KeyError."""
        return self._of[code]

    @property
    def indicated(self) -> tuple[Outcome, ...]:
        """Those that the rule indicates."""
        return tuple(outcome for outcome in self.outcomes if outcome.indicated)

    def counted(self, group_of: Callable[[Subject], str]) -> list[tuple[str, int, int]]:
        """How many bodies there are and how many of them are indicated, by group, in the groups' order."""
        found: dict[str, list[int]] = {}
        for outcome in self.outcomes:
            line = found.setdefault(group_of(outcome.subject), [0, 0])
            line[0] += 1
            line[1] += outcome.indicated
        return [(name, *line) for name, line in sorted(found.items())]  # type: ignore[misc]

    def protected(self) -> list[tuple[str, int]]:
        """How many bodies each protection keeps, in the order of PROTECTS; a body can have several."""
        counts = dict.fromkeys(PROTECTS, 0)
        for outcome in self.outcomes:
            for code in {why.code for why in outcome.protections}:
                counts[code] += 1
        return [(code, number) for code, number in counts.items() if number]


Figures = Mapping[tuple[str, str], Figure]
"""Figures by the code of the body and of the indicator. One that is absent is not computable."""
Told = Callable[[str, float | None], str]
"""How the value of an indicator reads: `told(code, value)`."""


def plainly(_: str, value: float | None) -> str:
    """A value as a bare number."""
    return "no figure" if value is None else f"{value:,.4g}"


def indicate(
    rule: Rule, subjects: Sequence[Subject], figures: Figures, belongings: Iterable[Belonging], at: date, say: Told = plainly
) -> Findings:
    """What a rule says of every body on a day.

    The average of a group is taken over all usable figures in it, the body's own included. For one that made no return
    the group counts as if its figure were there, so that not to return protects from nothing that a return would not.
    """
    theirs: dict[str, list[Belonging]] = {}
    for one in belongings:
        theirs.setdefault(one.body, []).append(one)
    benchmarks = _benchmarks(rule, subjects, figures, at)
    outcomes = tuple(_judge(rule, subject, figures, theirs.get(subject.code, ()), benchmarks, at, say) for subject in subjects)
    return Findings(rule, at, outcomes, tuple(benchmarks.values()))


def _benchmarks(rule: Rule, subjects: Sequence[Subject], figures: Figures, at: date) -> dict[tuple[str, str], Benchmark]:
    usable: dict[tuple[str, str], list[float | None]] = {}
    for subject in subjects:
        key = subject.groups.get(rule.group)
        if key is None or subject.standing == "exempt":
            continue
        for indicator in rule.indicators:
            values = usable.setdefault((key, indicator), [])
            figure = figures.get((subject.code, indicator), NO_FIGURE)
            if subject.standing != "not_returned" and not figure.faults(at):
                values.append(figure.value)
    found = {}
    for (key, indicator), values in sorted(usable.items()):
        of = summary(values)
        average = of.median if rule.average == "median" else of.mean
        found[key, indicator] = Benchmark(key, indicator, of.n, average, None if average is None else rule.threshold(average))
    return found


def _judge(
    rule: Rule,
    subject: Subject,
    figures: Figures,
    belongings: Collection[Belonging],
    benchmarks: Mapping[tuple[str, str], Benchmark],
    at: date,
    say: Told,
) -> Outcome:
    reasons: list[Why] = []
    if subject.standing in ("exempt", "awaited"):
        reasons.append(Why(subject.standing, PROTECTS[subject.standing] + "."))
    within = inside(belongings, rule.functions, at)
    if not within and not reasons:
        reasons.append(Why("outside", f"In no sharing group for {' or '.join(rule.functions) or 'any function'}."))
    for one in within:
        reasons.append(Why("sharing", f"In the sharing group “{one.group}” as {one.kind}, {told(one.span)}."))
    judged = []
    for indicator in rule.indicators:
        figure = figures.get((subject.code, indicator), NO_FIGURE)
        benchmark = benchmarks.get((subject.groups.get(rule.group, ""), indicator))
        shown = figure.value if subject.standing in ("returned", "awaited") else None
        judged.append(Judged(indicator, shown, benchmark))
        if subject.standing in ("returned", "not_returned"):
            reasons += _reasons(rule, subject, figure, indicator, benchmark, at, say)
    for one in talking(belongings, rule.functions, at):
        reasons.append(Why("talks", f"In talks about the sharing group “{one.group}”, {told(one.span)}. Talks are no membership."))
    reasons += [Why("savings", saving_words(saving)) for saving in subject.savings]
    return Outcome(subject, not any(why.protects for why in reasons), tuple(reasons), tuple(judged))


def _reasons(rule: Rule, subject: Subject, figure: Figure, indicator: str, benchmark: Benchmark | None, at: date, say: Told) -> list[Why]:
    """What one figure says for and against: every reason, not only the first."""
    faults = ("not_returned",) if subject.standing == "not_returned" else figure.faults(at)
    absent = [code for code in faults if code in COUNTS_AGAINST]
    found = [Why(code, _fault_words(code, indicator, figure, say), indicator) for code in faults]
    if benchmark is None:
        return [*found, Why("no_group", PROTECTS["no_group"] + ".", indicator)]
    n = benchmark.n + (1 if absent else 0)
    if n < rule.minimum:
        text = f"Only {n} figure{'' if n == 1 else 's'} to compare with in “{benchmark.group}”; at least {rule.minimum} are needed."
        found.append(Why("small_group", text, indicator))
    if faults or benchmark.average is None or benchmark.threshold is None or figure.value is None:
        return found
    code = "above" if figure.value > benchmark.threshold * (1 + HAIR) else "not_above"
    side = "above" if code == "above" else "at or below"
    bar = f"the {rule.average} of {say(indicator, benchmark.average)}"
    if rule.margin:
        bar = f"{say(indicator, benchmark.threshold)}, which is {percent(rule.margin)} above {bar}"
    text = f"{say(indicator, figure.value)} is {side} {bar} of {benchmark.n} figures in “{benchmark.group}”."
    return [*found, Why(code, text, indicator)]


def _fault_words(code: str, indicator: str, figure: Figure, say: Told) -> str:
    match code:
        case "not_returned":
            return "No return was made. Not to return is never better than a bad return."
        case "missing" | "promised" if figure.known_by is not None:
            day = f"{figure.known_by.day} {figure.known_by:%B %Y}"
            return f"The figure was promised by {day} and did not come." if code == "missing" else f"The figure is promised by {day}."
        case "not_positive":
            return f"{say(indicator, figure.value)} is zero or negative, mostly from net counting: not comparable."
        case "provisional":
            return f"{say(indicator, figure.value)} rests on estimates or provisional figures, which never count."
        case "scope":
            return f"{say(indicator, figure.value)} is counted otherwise than the guidance says: not comparable."
    return PROTECTS[code] + "."


def saving_words(saving: Saving) -> str:
    """An earlier saving in words."""
    since = f"{saving.since.day} {saving.since:%B %Y}"
    return f"£{saving.pounds:,} a year saved since {since}: {saving.what}" + (f" ({saving.evidence})" if saving.evidence else "")


def kept(outcome: Outcome, at: date) -> dict[str, Any]:
    """The numbers and reasons of an outcome as plain data, to be kept with an indication for good."""
    return {
        "at": at.isoformat(),
        "figures": [
            {"indicator": one.indicator, "value": one.value, "group": one.benchmark.group if one.benchmark else None,
             "n": one.benchmark.n if one.benchmark else 0, "average": one.benchmark.average if one.benchmark else None,
             "threshold": one.benchmark.threshold if one.benchmark else None}
            for one in outcome.figures
        ],
        "reasons": [{"code": why.code, "text": why.text} for why in outcome.reasons],
        "savings": outcome.saved,
    }  # fmt: skip
