"""The rule for the penalty: its terms, and the sentences in which everybody can read it.

Source: the article of 27 April 2009, which names it as one possibility: outside a sharing group, and above the benchmark
average. Mean or median is undefined there; the domain notes propose the median (process, section 7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Average = Literal["median", "mean"]
GroupKind = Literal["class", "region", "sector", "population", "headcount", "all"]
AVERAGES: Mapping[str, str] = {"median": "Median", "mean": "Mean"}
GROUP_KINDS: Mapping[str, str] = {
    "class": "Class of body", "region": "Region", "sector": "Sector", "population": "Sector and residents",
    "headcount": "Sector and employees", "all": "All bodies",
}  # fmt: skip
"""What a body may be compared with: groups of which each body is in one, so that the rule is the same for all."""


ALIKE: Mapping[str, str] = {
    "class": "of the same class", "region": "of the same region", "sector": "of the same sector",
    "population": "of the same sector and about as many residents", "headcount": "of the same sector and about as many employees",
    "all": "",
}  # fmt: skip
"""What the bodies of one group have in common, in a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a round, of one version.

    A body is above the average where each figure named in `indicators` is more than `margin` percent above the `average`
    of its group of the kind `group`; and that is only said where at least `minimum` figures of the group are usable.
    It is outside every sharing group where it is in none, on the day, that covers one of `functions`.
    """

    code: str
    version: int
    name: str
    statement: str
    indicators: tuple[str, ...]
    functions: tuple[str, ...]
    average: Average = "median"
    group: GroupKind = "class"
    margin: Decimal = Decimal(0)
    minimum: int = 8

    def threshold(self, average: float) -> float:
        """The figure above which a body is above the average."""
        return average * (1 + float(self.margin) / 100)


def percent(margin: Decimal) -> str:
    """A margin in words: 10%, 7.5%."""
    return f"{margin.normalize():f}%"


def terms(rule: Rule, labels: Mapping[str, str], functions: Mapping[str, str]) -> list[str]:
    """The rule in sentences, for everybody to read: `labels` name its indicators, `functions` the functions."""
    figures = " and ".join(f"“{labels.get(code, code)}”" for code in rule.indicators)
    shared = " or ".join(functions.get(code, code) for code in rule.functions) or "any function"
    above = f"more than {percent(rule.margin)} above" if rule.margin else "above"
    kind = f"all bodies {ALIKE[rule.group]}".strip()
    return [
        (
            f"A penalty may be indicated for a body that is outside every sharing group for {shared} on the day, and whose {figures} "
            f"{'are each' if len(rule.indicators) > 1 else 'is'} {above} the {rule.average} of {kind}, the body’s own figure included."
        ),
        f"Nothing is said where fewer than {rule.minimum} figures can be compared.",
        (
            "Estimates and provisional figures, figures that are zero or negative, and those counted otherwise than the guidance says, "
            "never count: neither against a body nor in the average."
        ),
        (
            "A body that made no return, or not the figure that it promised, is treated as one above the average. It is never better off "
            "than with a bad return."
        ),
        "Only host and clients of a sharing group are inside it, from the first to the last day of their membership. Talks are noted.",
        "Earlier savings are noted beside the figure, and weighed by whoever decides.",
        "An indication is no penalty: the body is heard, an officer who did not indicate it decides, and a third hears an appeal.",
    ]
