"""The terms of a rule for the penalty as an officer tries them out: read from a form or an address, or told what is wrong."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from workflows.benchmarks.rules import AVERAGES, GROUP_KINDS, Rule
from workflows.engine import Reason
from workflows.programme import Penalty, Programme
from workflows.programme.check import MARGIN_MOST, MINIMUM_LEAST, judged

NAME_LIMIT, STATEMENT_LIMIT = 120, 2000
MINIMUM_MOST = 1000
FIELDS = ("name", "statement", "average", "margin", "group", "minimum")


def proposed(programme: Programme) -> Penalty | None:
    """The rule that an officer begins with: the programme's first, or one on its first cost; none where nothing is judged."""
    if programme.penalties:
        return programme.penalties[0]
    first = next(iter(judged(programme)), None)
    if first is None:
        return None
    return Penalty(code="cost", name=first.label, statement="To be said by whoever proposes the rule.", indicators=(first.code,))


def functions_of(programme: Programme, indicators: Sequence[str]) -> tuple[str, ...]:
    """The functions of some indicators, each once."""
    return tuple(dict.fromkeys(programme.indicator(code).function for code in indicators))


def first_given(begin: Penalty) -> dict[str, tuple[str, ...]]:
    """A programme's rule as a form would send it."""
    return {
        "name": (begin.name,), "statement": (begin.statement,), "average": (begin.average,), "group": (begin.group,),
        "margin": (f"{begin.margin.normalize():f}",), "minimum": (str(begin.minimum),), "indicator": begin.indicators,
    }  # fmt: skip


Given = Mapping[str, Sequence[str]]


def read_terms(given: Given, programme: Programme, begin: Penalty, version: int) -> tuple[Rule | None, tuple[Reason, ...]]:
    """The rule that was given, by the names of the form's fields, or every reason why it cannot be meant.

    What was not given is as in the rule that one began with. Where the indicators are its own, so are the functions of which
    a sharing group counts; else they are those of the indicators.
    """
    given = {**first_given(begin), **{name: tuple(values) for name, values in given.items() if values}}
    text = {name: given[name][0].strip() for name in FIELDS}
    reasons: list[Reason] = []

    def refuse(name: str, words: str) -> None:
        reasons.append(Reason(words, f"#{name}"))

    if not text["name"] or len(text["name"]) > NAME_LIMIT:
        refuse("name", f"Name the rule in 1 to {NAME_LIMIT} characters.")
    if not text["statement"] or len(text["statement"]) > STATEMENT_LIMIT:
        refuse("statement", f"Say what the rule is for in 1 to {STATEMENT_LIMIT:,} characters.")
    if text["average"] not in AVERAGES:
        refuse("average", "Choose the median or the mean.")
    if text["group"] not in GROUP_KINDS:
        refuse("group", "Choose with whom bodies are compared.")
    margin = _number(text["margin"].removesuffix("%").strip())
    if margin is None or not 0 <= margin <= MARGIN_MOST:
        refuse("margin", f"The margin must be a number from 0 to {MARGIN_MOST} with at most two decimal places, like 10 or 7.5.")
    minimum = int(text["minimum"]) if re.fullmatch(r"\d{1,6}", text["minimum"], re.ASCII) else 0
    if not MINIMUM_LEAST <= minimum <= MINIMUM_MOST:
        refuse("minimum", f"The least number of figures must be a whole number from {MINIMUM_LEAST} to {MINIMUM_MOST:,}, like 8.")
    indicators = tuple(dict.fromkeys(given["indicator"]))
    fit = {indicator.code for indicator in judged(programme)}
    if wrong := [code for code in indicators if code not in fit]:
        refuse("indicator", f"“{wrong[0][:40]}” is no cost of a function that is judged. Choose from the list.")
    if reasons:
        return None, tuple(reasons)
    same = indicators == begin.indicators and begin.functions
    functions = begin.functions if same else functions_of(programme, indicators)
    rule = Rule(begin.code, version, text["name"], text["statement"], indicators, functions, text["average"],  # type: ignore[arg-type]
                text["group"], margin or Decimal(0), minimum)  # type: ignore[arg-type]  # fmt: skip
    return rule, ()


def _number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text, re.ASCII) else None
