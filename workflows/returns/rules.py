"""Every check of a programme, as one kind of thing: those that it declares, and those that follow from its other lists.

Made from the lists: a part is not more than its whole (`ITEM.part`), an indicator lies within its plausible bounds
(`INDICATOR.bounds`), a figure moved no more than so much on last year (`ITEM.change`), an indicator does not stand out
from the body's class (`INDICATOR.comparator`). Codes that a programme declares have no dot, so that all are unique.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workflows.formulas import NotComputable, condition, formula
from workflows.programme import Check, Indicator, Item, Programme
from workflows.returns.figures import Figures
from workflows.returns.names import in_words, label_of, name_of, said
from workflows.returns.outliers import Spread
from workflows.returns.values import quoted
from workflows.returns.words import in_unit, rounded

Kind = Literal["hard", "soft", "cross", "signal", "asked"]
Origin = Literal["programme", "part", "bounds", "change", "comparator", "earlier"]


@dataclass(frozen=True, slots=True)
class Term:
    """A figure that a check is about: its label and value in words. One with a `name` is a figure of the return, or of what
    is held beside it, on which an explanation rests, with its `exact` value; the others are what it is measured by."""

    label: str
    value: str
    name: str = ""
    exact: str = ""


@dataclass(frozen=True)
class Rule:
    """One check: what must hold, where it is mended, and how.

    `broken` gives the figures that show it where it does not hold, and None where it holds or a figure that it needs is
    missing. `holds` tells the condition as the programme writes it; `about` are the names of the figures in it.
    """

    code: str
    kind: Kind
    origin: Origin
    function: str
    item: Item
    text: str
    mend: str
    broken: Callable[[Figures], tuple[Term, ...] | None]
    blocks: bool = False
    holds: str = ""
    source: str = ""

    @property
    def place(self) -> str:
        """Where it is mended, as a path below the case."""
        return place(self.item)


def place(item: Item) -> str:
    """Where an item is entered, as a path below its case."""
    return f"return/{item.function}#{item.code}"


def rules(programme: Programme) -> tuple[Rule, ...]:
    """Every check of a programme: function by function, and in each as its figures follow upon one another."""
    # A programme is never changed and lives as long as the process: it is known by its identity, since hashing all of it
    # would take longer than making the rules.
    known = _made.get(id(programme))
    if known is None or known[0] is not programme:
        known = _made[id(programme)] = (programme, tuple(_rules(programme)))
    return known[1]


_made: dict[int, tuple[Programme, tuple[Rule, ...]]] = {}


def _rules(programme: Programme) -> Iterator[Rule]:
    for function in programme.functions:
        items = programme.items_of(function.code)
        indicators = [i for i in programme.indicators if i.function == function.code]
        yield from (declared(check, programme) for check in programme.checks if check.function == function.code)
        yield from (part_of(item, programme) for item in items if item.part_of)
        yield from (bounds(i, programme) for i in indicators if _can_leave_its_bounds(i, programme))
        yield from (change(item, programme) for item in items if item.kind == "amount")
        yield from (comparator(i, programme) for i in indicators if not function.provisional)


def declared(check: Check, programme: Programme) -> Rule:
    """A check of checks.toml."""
    read = condition(check.holds)
    names = [*check.items, *(name_of(kind, code, check.function) for kind, code in read.names)]

    def broken(figures: Figures) -> tuple[Term, ...] | None:
        try:
            if read.holds(lambda kind, code: figures.lookup(kind, code, check.function), check.tolerance):
                return None
        except NotComputable:
            return None
        return terms(names, figures)

    return Rule(
        check.code, check.kind, "programme", check.function, programme.item(check.items[0]), check.text, check.mend, broken,
        blocks=check.blocking, holds=check.holds, source=check.source,
    )  # fmt: skip


def part_of(item: Item, programme: Programme) -> Rule:
    """A part is not more than its whole. Source: the parts of a cost add up to it (the finance questionnaire)."""
    whole = programme.item(item.part_of)

    def broken(figures: Figures) -> tuple[Term, ...] | None:
        part, of = figures.amount(item.code), figures.amount(whole.code)
        return None if part is None or of is None or part <= of else terms([item.code, whole.code], figures)

    return Rule(
        f"{item.code}.part", "hard", "part", item.function, item,
        f"{quoted(item.label)} is more than {quoted(whole.label)}, of which it is a part.", "Correct one of them.",
        broken, blocks=True, holds=f"{item.code} <= {whole.code}", source="derived: a part cannot exceed the whole",
    )  # fmt: skip


def _can_leave_its_bounds(indicator: Indicator, programme: Programme) -> bool:
    """Whether it has bounds, and is not a count of practices that its bounds hold whatever is answered."""
    low, high = indicator.plausible_min, indicator.plausible_max
    if low is None and high is None:
        return False
    if indicator.numerator.strip() != "PRACTICES_MET" or indicator.denominator or indicator.scale != 1:
        return True
    most = sum(1 for practice in programme.practices if practice.function == indicator.function)
    return (low is not None and low > 0) or (high is not None and high < most)


def bounds(indicator: Indicator, programme: Programme) -> Rule:
    """An indicator lies within its plausible bounds, as the programme gives them."""
    low, high = indicator.plausible_min, indicator.plausible_max
    if low is not None and high is not None:
        within = f"outside {in_unit(low, indicator.unit)} to {in_unit(high, indicator.unit)}"
    elif low is not None:
        within = f"below {in_unit(low, indicator.unit)}"
    else:
        within = f"above {in_unit(high or Decimal(0), indicator.unit)}"

    def broken(figures: Figures) -> tuple[Term, ...] | None:
        value = figures.measure(indicator).value
        if value is None or ((low is None or value >= low) and (high is None or value <= high)):
            return None
        return (_measured(indicator, value), *terms(_names(indicator), figures))

    return Rule(
        f"{indicator.code}.bounds", "soft", "bounds", indicator.function, _entered(indicator, programme),
        f"“{indicator.label}” is {within}, which is not plausible at first sight.",
        "Check the figures that it is computed from: is one in thousands, for another year, or for another part of the body? "
        "If they are right, say what makes it so.",
        broken, holds=_bounds(indicator), source="plausible bounds chosen here: outside them an explanation is asked for",
    )  # fmt: skip


def _bounds(indicator: Indicator) -> str:
    low = f"{indicator.plausible_min:f} <= " if indicator.plausible_min is not None else ""
    high = f" <= {indicator.plausible_max:f}" if indicator.plausible_max is not None else ""
    return f"{low}{indicator.code}{high}"


def limit(item: Item, programme: Programme) -> Decimal:
    """The move on last year, in percent, above which an item needs an explanation."""
    return programme.change_percent if item.change_percent is None else item.change_percent


def change(item: Item, programme: Programme) -> Rule:
    """A figure moved by no more than the item's limit on last year's, where one is known that was counted alike.

    A computed figure is asked about only where none of those moved that it is computed from: else these tell why.
    From zero every move is one of more than any percentage.
    """
    percent = limit(item, programme)
    parts = [name for _, name in formula(item.formula).names] if item.formula else []

    def broken(figures: Figures) -> tuple[Term, ...] | None:
        if not _moved(item, figures) or _a_part_moved(parts, figures):
            return None
        now, last = figures.figure(item.code), figures.last[item.code]
        move = f"{'+' if now > last else '−'}{abs(rounded((now - last) * 100 / abs(last)))}%" if last else "from nothing"
        return (*terms([item.code, f"last({item.code})"], figures), Term("Move on last year", move))

    return Rule(
        f"{item.code}.change", "soft", "change", item.function, item,
        f"{quoted(item.label)} moved by more than {percent:f}% on last year.",
        "Check it, and that both years count the same. If it is right, say what moved it.",
        broken, holds=f"abs({item.code} - last({item.code})) <= {percent / 100:f} * abs(last({item.code}))",
        source="the limit was proposed here",
    )  # fmt: skip


def _moved(item: Item, figures: Figures) -> bool:
    now, last = figures.amount(item.code), figures.last.get(item.code)
    return now is not None and last is not None and abs(now - last) * 100 > limit(item, figures.programme) * abs(last)


def _a_part_moved(parts: list[str], figures: Figures) -> bool:
    for code in parts:
        part = figures.programme.item(code)
        deeper = [name for _, name in formula(part.formula).names] if part.formula else []
        if _moved(part, figures) or _a_part_moved(deeper, figures):
            return True
    return False


def comparator(indicator: Indicator, programme: Programme) -> Rule:
    """An indicator does not stand out from those of the body's class (workflows.returns.outliers). Functions that are
    provisional are not judged, nor is anything where fewer than `outlier_minimum` others are known."""

    def broken(figures: Figures) -> tuple[Term, ...] | None:
        found, value = figures.comparators.get(indicator.code), figures.measure(indicator).value
        if found is None or found.n < programme.outlier_minimum or value is None:
            return None
        if abs(found.score(float(value))) <= float(programme.outlier_score):
            return None
        own = (_measured(indicator, value), *terms(_names(indicator), figures))
        return (*own, *_compared(indicator, found, figures))

    return Rule(
        f"{indicator.code}.comparator", "soft", "comparator", indicator.function, _entered(indicator, programme),
        f"“{indicator.label}” stands out from bodies of the same class.",
        "Check the figures that it is computed from. If they are right, say what makes this body different.",
        broken, source=f"Iglewicz and Hoaglin 1993: a modified z-score above {programme.outlier_score:f}, "
        f"among at least {programme.outlier_minimum} others",
    )  # fmt: skip


def _compared(indicator: Indicator, found: Spread, figures: Figures) -> Iterator[Term]:
    low, high = (_number(edge, indicator) for edge in found.limits(float(figures.programme.outlier_score)))
    yield Term(f"Median of {found.n} {figures.compared_with}", _number(found.median, indicator))
    yield Term("Asked about outside", f"{low} to {high}")


def _number(value: float, indicator: Indicator) -> str:
    return in_unit(rounded(Decimal(repr(value))), indicator.unit)


def _measured(indicator: Indicator, value: Decimal) -> Term:
    return Term(indicator.label, in_unit(rounded(value), indicator.unit))


def _names(indicator: Indicator) -> list[str]:
    """The names of the figures that an indicator is computed from."""
    read = [*formula(indicator.numerator).names, *(formula(indicator.denominator).names if indicator.denominator else ())]
    return [name_of(kind, code, indicator.function) for kind, code in read]


def _entered(indicator: Indicator, programme: Programme) -> Item:
    """The first entered item that an indicator rests on: where its check is mended."""
    codes = [code for kind, code in formula(indicator.numerator).names if kind == "value"]
    while codes:
        item = programme.find_item(codes.pop(0))
        if item is not None and item.typed:
            return item
        codes = [name for _, name in formula(item.formula).names] + codes if item else codes
    items = programme.items_of(indicator.function)
    wanted = {"PRACTICES_MET": {p.code for p in programme.practices}, "SURVEY_INDEX": {i.asked_if for i in items}}
    special = wanted.get(indicator.numerator.strip(), set())
    return next((i for i in items if i.code in special), (items or programme.items)[0])


def terms(names: list[str], figures: Figures) -> tuple[Term, ...]:
    """Figures of a return by name, each once, as a check shows them and an explanation rests on them."""
    programme = figures.programme
    exact = {name: said(name, figures) for name in names}
    return tuple(Term(label_of(n, programme), in_words(n, value, programme), n, value) for n, value in exact.items())
