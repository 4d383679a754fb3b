"""The names by which checks and explanations speak of figures: `FIN_COST`, `last(FIN_COST)`, `held(RO_MSS)`, and
`PRACTICES_MET(finance)` for what is computed for a function."""

import re
from decimal import Decimal

from workflows.formulas import NotComputable
from workflows.programme import Programme
from workflows.returns.figures import SPECIAL, Figures
from workflows.returns.words import exact, in_unit, rounded

CALLED = re.compile(r"(\w+)\((.+)\)")

WORDS = {
    "PRACTICES_MET": "Practices that are met",
    "SURVEY_INDEX": "Satisfaction index",
    "ROUND_SHARE": "Amounts that are whole thousands",
    "CASE_HEADCOUNT": "People, as the register holds it",
}
"""Names of formulas that are no item, as people call them."""
UNITS = {"ROUND_SHARE": "percent", "CASE_HEADCOUNT": "people", "SURVEY_INDEX": "index"}


def name_of(kind: str, code: str, function: str) -> str:
    """The name of what a formula of a function calls `code`, of a kind of workflows.formulas.KINDS."""
    if kind != "value":
        return f"{kind}({code})"
    return f"{code}({function})" if code in SPECIAL else code


def _split(name: str) -> tuple[str, str, str]:
    """The kind, the code and the function that a name was made of."""
    called = CALLED.fullmatch(name)
    if called is None:
        return "value", name, ""
    first, second = called.groups()
    return (first, second, "") if first in ("last", "held") else ("value", first, second)


def label_of(name: str, programme: Programme) -> str:
    """What people call it: the item's label, with “last year” where it is last year's. An unknown name stays as it is."""
    kind, code, _ = _split(name)
    if kind == "held":
        return next((held.label for held in programme.held if held.code == code), code)
    item = programme.find_item(code)
    label = item.label if item else WORDS.get(code, code)
    return f"{label}, last year" if kind == "last" else label


def unit_of(name: str, programme: Programme) -> str:
    """The unit of its value; empty for a plain number."""
    kind, code, _ = _split(name)
    if kind == "held":
        return next((held.unit for held in programme.held if held.code == code), "")
    item = programme.find_item(code)
    return item.unit if item else UNITS.get(code, "")


def said(name: str, figures: Figures) -> str:
    """Its value in a return, exactly and written in one way only; empty where there is none."""
    kind, code, function = _split(name)
    if kind == "value" and figures.programme.find_item(code) is not None:
        answer = figures.answer(code)
        return exact(answer.amount) if answer.amount is not None else re.sub(r"[;=]", ",", answer.text)
    try:
        return exact(figures.lookup(kind, code, function))
    except (NotComputable, KeyError):
        return ""


def in_words(name: str, value: str, programme: Programme) -> str:
    """An exact value as `said` gives it, in words and in its unit."""
    if not value:
        return "not known"
    try:
        return in_unit(rounded(Decimal(value)), unit_of(name, programme))
    except ArithmeticError:
        return value.capitalize() if value in ("yes", "no") else value
