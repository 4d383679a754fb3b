"""An indicator from round to round: whether two values may be compared at all.

A series is unbroken where the indicator is reckoned in the same way, and each item behind it was asked by the same definition. The
two programmes are those frozen into the two rounds, so that an edit for the next round is seen here.
"""

from workflows.programme import Indicator, Programme
from workflows.programme.rests import items_behind


def unbroken(code: str, this: Programme, then: Programme) -> bool:
    """Whether the values of an indicator in two rounds are of one series. Raises KeyError where
    this round's programme has no such indicator."""
    here, there = this.indicator(code), then.find_indicator(code)
    if there is None:
        return False
    reckoned = [(one.numerator, one.denominator, one.scale, one.unit) for one in (here, there)]
    return reckoned[0] == reckoned[1] and _asked(here, this) == _asked(there, then)


def _asked(indicator: Indicator, programme: Programme) -> dict[str, tuple[str, str, str]]:
    """How each item behind an indicator was asked."""
    items = (programme.item(code) for code in items_behind(indicator, programme))
    return {item.code: (item.definition, item.unit, item.formula) for item in items}
