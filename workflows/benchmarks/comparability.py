"""Whether a figure may stand beside those of others: the figure itself, what must be said with it, and why it is left out.

What speaks against a figure travels with it everywhere. Sources: the domain notes on what users of such benchmarks complained
of (comparability 1 to 9), that nothing is judged on provisional data (scoring 16), and that small counts of people are not told.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from workflows.benchmarks.series import unbroken
from workflows.formulas import formula
from workflows.programme import Indicator, Programme
from workflows.programme.rests import items_behind, scope_item
from workflows.returns.checks import Checked
from workflows.returns.figures import Figures, Measure
from workflows.returns.values import NOTHING
from workflows.returns.words import plain

Firmness = Literal["", "estimate", "provisional", "not accepted"]
SCALE = Decimal(1).scaleb(-6)
"""Published figures are kept to six decimals, as amounts are."""


PROVISIONAL = "The measures of this function are provisional, so nobody is compared on them."


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """An indicator of one body as it is published.

    `value` is in the indicator's unit; without one `why` says why there is none. `firmness` says what is not final about it.
    `notes` must be said wherever it is shown. Only with `compared` does it take part in any comparison; `apart` says why not.
    `last` is last year's value where the two may be compared.
    """

    value: Decimal | None = None
    why: str = ""
    firmness: Firmness = ""
    notes: tuple[str, ...] = ()
    compared: bool = False
    apart: str = ""
    last: Decimal | None = None

    @property
    def usable(self) -> float | None:
        """The value for statistics; None where it is left out."""
        return float(self.value) if self.compared and self.value is not None else None


def published(value: Decimal) -> Decimal:
    """A computed value as it is kept and published: to six decimals, without zeros at its end."""
    return plain(value.quantize(SCALE)) if value.adjusted() < 20 else plain(value)


def value_of(
    indicator: Indicator,
    checked: Checked,
    *,
    accepted: bool = True,
    with_provisional: bool = False,
    last: Figures | None = None,
) -> Value:
    """An indicator of a checked return as it is published.

    `accepted` tells whether the return was accepted; `with_provisional` lets what is not final take part in the comparison;
    `last` are the figures of the body's previous return, with the programme by which it was asked.
    """
    figures = checked.figures
    programme = figures.programme
    codes = items_behind(indicator, programme)
    measure = figures.measure(indicator)
    notes = tuple(dict.fromkeys(_notes(indicator, codes, checked)))
    if measure.value is None:
        return Value(why=_why(measure), notes=notes)
    if hidden := _too_few(indicator, figures):
        return Value(why=hidden)
    firmness = _firmness(codes, figures, accepted)
    apart = _apart(indicator, codes, checked, "" if with_provisional else firmness, with_provisional)
    return Value(
        value=published(measure.value), firmness=firmness, notes=notes, compared=not apart, apart=apart,
        last=_last(indicator, programme, last),
    )  # fmt: skip


def _why(measure: Measure) -> str:
    return f"Not computable: {measure.why}." if measure.why else "Not computable."


def _too_few(indicator: Indicator, figures: Figures) -> str:
    """Why a share of people is not told: so few have what it counts, or have not, that they might be known."""
    if not indicator.suppress_under:
        return ""
    texts = (indicator.numerator, indicator.denominator)
    part, whole = (formula(text).value(lambda kind, name: figures.lookup(kind, name, indicator.function)) for text in texts)
    few = min(part, whole - part) < indicator.suppress_under
    return f"Not told: fewer than {indicator.suppress_under} people are behind it." if few else ""


def _firmness(codes: tuple[str, ...], figures: Figures, accepted: bool) -> Firmness:
    bases = {figures.answers.get(code, NOTHING).basis for code in codes}
    if "estimate" in bases:
        return "estimate"
    if "provisional" in bases:
        return "provisional"
    return "" if accepted else "not accepted"


FIRMNESS_WORDS: Mapping[Firmness, str] = {
    "": "",
    "estimate": "An estimate, not a final figure",
    "provisional": "A provisional figure",
    "not accepted": "Signed off, and not accepted yet",
}


def _apart(indicator: Indicator, codes: tuple[str, ...], checked: Checked, firmness: Firmness, with_provisional: bool) -> str:
    """Why a figure is left out of the comparison; empty where it is in it."""
    programme = checked.figures.programme
    if programme.function(indicator.function).provisional and not with_provisional:
        return PROVISIONAL
    if firmness:
        return f"{FIRMNESS_WORDS[firmness]}, so it is not compared."
    if scope := _scope(indicator.function, checked.figures):
        return f"Counted otherwise than the guidance says, so it is not compared. {scope}".strip()
    for outcome in checked.outcomes:
        check = programme.find_check(outcome.code)
        if check is not None and check.incomparable and check.items[0] in codes:
            return f"{outcome.text} It is not compared."
    return ""


def _scope(function: str, figures: Figures) -> str:
    """How a function is counted where it is not as the guidance says; empty where it is."""
    answer = figures.answers.get(scope_item(figures.programme, function), NOTHING)
    return (answer.note or "The body does not say how.") if answer.text == "no" else ""


def _notes(indicator: Indicator, codes: tuple[str, ...], checked: Checked) -> Iterator[str]:
    """What must be said with a figure: how its scope differs, and each check that does not hold with what the body says."""
    if scope := _scope(indicator.function, checked.figures):
        yield f"Counted otherwise than the guidance says: {scope}"
    own = {f"{indicator.code}.bounds", f"{indicator.code}.comparator"}
    for outcome in checked.outcomes:
        if outcome.kind not in ("soft", "cross", "signal"):
            continue
        declared = checked.figures.programme.find_check(outcome.code) is not None
        if outcome.code in own or (declared and outcome.item.code in codes):
            said = f" The body says: “{outcome.explanation.text}”" if outcome.explanation and outcome.explained else ""
            yield f"{outcome.text}{said}"


def _last(indicator: Indicator, programme: Programme, last: Figures | None) -> Decimal | None:
    """Last year's value, unless the series is broken in between."""
    if last is None or not unbroken(indicator.code, programme, last.programme):
        return None
    value = last.measure(last.programme.indicator(indicator.code)).value
    return None if value is None else published(value)
