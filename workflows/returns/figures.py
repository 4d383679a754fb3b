"""The figures of a return: those entered, those computed from them, and the indicators.

One object answers every formula of a programme, so that a page, a check, a report and an export cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from workflows.formulas import NotComputable, formula
from workflows.programme import Indicator, Programme
from workflows.returns.outliers import Spread
from workflows.returns.values import NOTHING, Answer, quoted

Answers = Mapping[str, Answer]
ROUND_TO = 1000


@dataclass
class Figures:
    """What is known of one return. `last` are the amounts of the body's previous return, as far as they were counted by the
    same definitions, `held` figures held from other statistics, both by code; `headcount` is the case's. `comparators` tell
    how the values of each indicator spread in other returns, `compared_with` says whose. Computes each figure once: make a new one for
    new answers.
    """

    programme: Programme
    answers: Answers
    last: Mapping[str, Decimal] = field(default_factory=dict)
    held: Mapping[str, Decimal] = field(default_factory=dict)
    headcount: int | None = None
    comparators: Mapping[str, Spread] = field(default_factory=dict)
    compared_with: str = "others"
    _computed: dict[str, Decimal | NotComputable] = field(default_factory=dict, repr=False)

    def amount(self, code: str) -> Decimal | None:
        """The amount of an item, entered or computed; None where there is none: missing is not zero."""
        try:
            return self.figure(code)
        except NotComputable:
            return None

    def why_not(self, code: str) -> str:
        """Why an item has no amount; empty where it has one."""
        try:
            self.figure(code)
        except NotComputable as reason:
            return str(reason)
        return ""

    def answer(self, code: str) -> Answer:
        """The answer to an item, entered or computed; without amount or reason where there is none."""
        item = self.programme.item(code)
        return Answer(amount=self.amount(code)) if item.formula else self.answers.get(code, NOTHING)

    def figure(self, code: str) -> Decimal:
        """The amount of an item. Raises NotComputable, with the reason."""
        item = self.programme.item(code)
        if item.formula:
            return self._once(code, lambda: formula(item.formula).value(lambda kind, name: self.lookup(kind, name, item.function)))
        answer = self.answers.get(code, NOTHING)
        if answer.amount is not None:
            return answer.amount
        raise NotComputable(f"{quoted(item.label)} is not known" if answer.not_known else f"{quoted(item.label)} is not answered")

    def lookup(self, kind: str, name: str, function: str) -> Decimal:
        """The value of a name in a formula of a function. Raises NotComputable."""
        if kind == "last":
            if name in self.last:
                return self.last[name]
            raise NotComputable("there is no figure of the previous return")
        if kind == "held":
            if name in self.held:
                return self.held[name]
            raise NotComputable("no figure of other statistics is held for this body")
        special = SPECIAL.get(name)
        return self._once(f"{function}:{name}", lambda: special(self, function)) if special else self.figure(name)

    def _once(self, key: str, compute: Callable[[], Decimal]) -> Decimal:
        if key not in self._computed:
            try:
                self._computed[key] = compute()
            except NotComputable as reason:
                self._computed[key] = reason
        found = self._computed[key]
        if isinstance(found, NotComputable):
            raise found
        return found

    def measure(self, indicator: Indicator) -> "Measure":
        """The value of an indicator: numerator / denominator x scale; or why there is none, never 0 in its stead."""
        try:
            return Measure(indicator, self._once(f"indicator:{indicator.code}", lambda: self._measured(indicator)))
        except NotComputable as reason:
            return Measure(indicator, None, str(reason))

    def _measured(self, indicator: Indicator) -> Decimal:
        text = f"({indicator.numerator}) / ({indicator.denominator})" if indicator.denominator else indicator.numerator
        return formula(text).value(lambda kind, name: self.lookup(kind, name, indicator.function)) * indicator.scale

    def measures(self) -> "list[Measure]":
        """Every indicator of the programme, in its order."""
        return [self.measure(indicator) for indicator in self.programme.indicators]


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator's value in its unit, or why it cannot be computed."""

    indicator: Indicator
    value: Decimal | None
    why: str = ""


def _practices_met(figures: Figures, function: str) -> Decimal:
    """The number of a function's practices that are met. Not computable until each is answered yes or no."""
    practices = [p for p in figures.programme.practices if p.function == function]
    said = [figures.answers.get(p.code, NOTHING).text for p in practices]
    if not practices or "" in said:
        raise NotComputable(f"{said.count('')} of {len(practices)} practices are not answered yes or no")
    return Decimal(said.count("yes"))


def _survey_index(figures: Figures, function: str) -> Decimal:
    """The satisfaction index of a function, 0 to 100: the mean of its commissioners' and its users' index."""
    prefix = figures.programme.function(function).prefix
    codes = [code for audience in ("COMMISSIONER", "USER") if figures.programme.find_item(code := f"{prefix}_SURVEY_{audience}")]
    if not codes:
        raise NotComputable("no survey is asked for")
    for code in codes:
        if figures.answers.get(f"{code}_RUN", NOTHING).text == "no":
            raise NotComputable("a survey was not run")
    return sum((figures.figure(code) for code in codes), Decimal(0)) / len(codes)


def _round_share(figures: Figures, function: str) -> Decimal:
    """The percentage of a function's amounts in pounds, other than 0, that are multiples of 1,000."""
    amounts = [
        figures.answers[item.code].amount
        for item in figures.programme.items_of(function)
        if item.unit == "GBP" and item.typed and item.code in figures.answers
    ]
    known = [amount for amount in amounts if amount]
    if not known:
        raise NotComputable("no amount in pounds is entered")
    return Decimal(100 * sum(1 for amount in known if amount % ROUND_TO == 0)) / len(known)


def _case_headcount(figures: Figures, _: str) -> Decimal:
    if figures.headcount is None:
        raise NotComputable("the number of people is not known")
    return Decimal(figures.headcount)


SPECIAL: Mapping[str, Callable[[Figures, str], Decimal]] = {
    "PRACTICES_MET": _practices_met,
    "SURVEY_INDEX": _survey_index,
    "ROUND_SHARE": _round_share,
    "CASE_HEADCOUNT": _case_headcount,
}
"""Names of formulas that are no item: what each is computed from. `workflows.programme.check` knows the same names."""
