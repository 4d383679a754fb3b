"""For every check of a programme a return at which it holds, and one that breaks it, found by changing one thing at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations
from typing import Any

from webapp.demo.figures import HOME_PEOPLE
from workflows.formulas import condition, formula
from workflows.programme import Programme
from workflows.returns.figures import SPECIAL, Figures
from workflows.returns.outliers import spread
from workflows.returns.rules import Rule
from workflows.returns.values import Answer

FACTORS = tuple(Decimal(f) for f in ("0", "0.001", "0.01", "0.1", "0.3", "0.5", "0.7", "1.3", "2", "3", "10", "100", "1000", "-1"))
EDGES = tuple(Decimal(n) for n in (5, 50, 240, 260, 1000, -5))
"""Amounts near the limits that programmes name, where a multiple of what is there would miss them."""


@dataclass(frozen=True)
class Base:
    """A return at which every check of its programme holds, with all that is known besides."""

    programme: Programme
    answers: dict[str, Answer]
    held: dict[str, Decimal] = field(default_factory=dict)
    headcount: int = HOME_PEOPLE
    last: dict[str, Decimal] = field(default_factory=dict)
    comparators: dict[str, Any] = field(default_factory=dict)

    @property
    def figures(self) -> Figures:
        return Figures(self.programme, self.answers, self.last, self.held, self.headcount, self.comparators)

    def with_amount(self, code: str, amount: Decimal) -> "Base":
        return replace(self, answers=self.answers | {code: Answer(amount=amount)})


def settled(programme: Programme, answers: dict[str, Answer], held: dict[str, Decimal]) -> Base:
    """The base of these answers: last year was the same, and the comparators are much alike."""
    figures = Figures(programme, answers)
    last = {item.code: amount for item in programme.items if (amount := figures.amount(item.code)) is not None}
    alike = {m.indicator.code: _around(float(m.value)) for m in figures.measures() if m.value is not None}
    return Base(programme, answers, held, last=last, comparators=alike)


def _around(value):
    return spread([value * (1 + step / 100) + step / 10 for step in range(-10, 11)])


def breaking(base: Base, rule: Rule) -> Base | None:
    """A return that is like the base, but breaks the rule; None where none was found."""
    return next((other for other in _others(base, rule) if rule.broken(other.figures)), None)


def _others(base: Base, rule: Rule) -> Iterator[Base]:
    if rule.origin == "change":
        yield replace(base, last=base.last | {rule.item.code: base.last[rule.item.code] / 3 - 1})
        yield replace(base, last={rule.item.code: base.last[rule.item.code] / 100 - 1})
        return
    if rule.origin == "comparator":
        code = rule.code.removesuffix(".comparator")
        value = base.figures.measure(base.programme.indicator(code)).value or Decimal(0)
        yield replace(base, comparators=base.comparators | {code: _around(float(value) * 3 + 50)})
        return
    names = _names(base.programme, rule)
    for kind, name in names:
        if kind == "held":
            yield from (replace(base, held=base.held | {name: base.held[name] * factor}) for factor in FACTORS)
        elif name == "CASE_HEADCOUNT":
            yield replace(base, headcount=base.headcount * 2)
        elif name in SPECIAL:
            yield from _special(base, rule.function)
        else:
            now = base.figures.amount(name) or Decimal(1)
            yield from (base.with_amount(name, now * factor) for factor in FACTORS)
            yield from (base.with_amount(name, edge) for edge in EDGES)
    yield from _together(base, [name for kind, name in names if kind == "value" and base.answers.get(name)])


def _together(base: Base, entered: list[str]) -> Iterator[Base]:
    """All of several amounts nothing at once; and most of one moved to another."""
    amounts = {name: base.answers[name].amount or Decimal(0) for name in entered}
    yield replace(base, answers=base.answers | {name: Answer(amount=Decimal(0)) for name in amounts})
    for one, other in permutations(amounts, 2):
        moved = amounts[one] * Decimal("0.9")
        yield base.with_amount(one, amounts[one] - moved).with_amount(other, amounts[other] + moved)


def _special(base: Base, function: str) -> Iterator[Base]:
    """Every practice met; every amount in pounds a whole thousand; every survey answered beyond the scale."""
    programme = base.programme
    met = {p.code: Answer(text="yes", note="Seen.") for p in programme.practices if p.function == function}
    yield replace(base, answers=base.answers | met)
    items = [item for item in programme.items_of(function) if item.typed and item.code in base.answers]
    pounds = {i.code: Answer(amount=(base.answers[i.code].amount or Decimal(0)) // 1000 * 1000) for i in items if i.unit == "GBP"}
    yield replace(base, answers=base.answers | pounds)
    yield replace(base, answers=base.answers | {i.code: Answer(amount=Decimal(99)) for i in items if i.unit == "score"})


def _names(programme: Programme, rule: Rule) -> list[tuple[str, str]]:
    """The names of entered figures that a rule rests on, those of its own item first."""
    if rule.origin == "bounds":
        indicator = programme.indicator(rule.code.removesuffix(".bounds"))
        found = [*formula(indicator.numerator).names, *(formula(indicator.denominator).names if indicator.denominator else ())]
    else:
        found = list(condition(rule.holds).names)
    entered: list[tuple[str, str]] = []
    while found:
        kind, name = found.pop(0)
        item = programme.find_item(name) if kind == "value" else None
        if item is not None and item.formula:
            found = [*formula(item.formula).names, *found]
        elif (kind, name) not in entered:
            entered.append((kind, name))
    return entered
