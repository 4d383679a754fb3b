"""The catalogue as its pages show it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from workflows.programme import Function, Indicator, Item, Programme
from workflows.returns.rules import Origin, Rule, rules
from workflows.returns.words import in_unit

UNITS = {"GBP": "£", "percent": "%", "count": "a number", "people": "people", "score": "a score", "index": "an index"}
ANSWERS = {"yes_no": "yes or no", "month": "a month", "text": "words"}
DIRECTIONS = {"lower": "Lower is better", "higher": "Higher is better", "context": "Neither is better: it is context"}
CERTAINTY = {
    "seen": "seen in a published source",
    "part-seen": "seen in part",
    "recalled": "recalled, not seen",
    "inferred": "inferred from other sets",
    "proposed": "proposed for this programme",
}
MADE: tuple[tuple[Origin, str], ...] = (
    ("part", "A part is not more than its whole"),
    ("bounds", "An indicator is plausible"),
    ("change", "A figure did not move much on last year"),
    ("comparator", "An indicator does not stand out from bodies of the same class"),
)
"""The checks that are made from the other lists, by where they come from, and what they are called together."""


@dataclass(frozen=True)
class Made:
    """Checks of one kind that are made from the items or indicators of a function. They are all mended alike."""

    title: str
    rules: Sequence[Rule]

    @property
    def mend(self) -> str:
        return self.rules[0].mend


@dataclass(frozen=True)
class Entry:
    """A function in the catalogue."""

    function: Function
    groups: list[tuple[str, list[Item]]]
    indicators: list[Indicator]
    declared: list[Rule]
    made: list[Made]


def entry(programme: Programme, function: Function) -> Entry:
    """All that the catalogue says of a function."""
    here = [rule for rule in rules(programme) if rule.function == function.code]
    groups: dict[str, list[Item]] = {}
    for item in programme.items_of(function.code):
        groups.setdefault(item.group, []).append(item)
    made = [Made(title, found) for origin, title in MADE if (found := [rule for rule in here if rule.origin == origin])]
    return Entry(
        function, list(groups.items()), [i for i in programme.indicators if i.function == function.code],
        [rule for rule in here if rule.origin == "programme"], made,
    )  # fmt: skip


def answer_words(item: Item) -> str:
    """What is entered for an item: its unit, or yes or no, a month, words."""
    return UNITS.get(item.unit, item.unit) if item.kind == "amount" else ANSWERS[item.kind]


def formula_of(indicator: Indicator) -> str:
    """The formula of an indicator: numerator / denominator × scale."""
    over = f"({indicator.numerator}) / ({indicator.denominator})" if indicator.denominator else indicator.numerator
    tidy = re.sub(r"\((\w+)\)", r"\1", over)
    return f"{tidy} × {indicator.scale:,f}" if indicator.scale != 1 else tidy


def bounds_of(indicator: Indicator) -> str:
    """The plausible bounds of an indicator in words; empty where it has none."""
    low, high = indicator.plausible_min, indicator.plausible_max
    parts = [f"{word} {in_unit(edge, indicator.unit)}" for word, edge in (("from", low), ("to", high)) if edge is not None]
    return " ".join(parts)


def linked(text: str, code: str, programme: Programme) -> Markup:
    """A formula in which every item links to its entry in the catalogue of the round of that code."""
    return Markup("").join(_link(part, code, programme) for part in re.split(r"(\w+)", text))


def _link(part: str, code: str, programme: Programme) -> Markup:
    item = programme.find_item(part)
    if item is None:
        return Markup.escape(part)
    address = url_for("guidance.function", round_code=code, function=item.function, _anchor=item.code)
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(address, item.code)
