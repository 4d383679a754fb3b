"""What returns cost those who make them: the hours that were spent, in all and in the middle.

Source: domain notes, user needs 10: record the hours spent on each return and publish the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, quantiles

QUARTILES_FROM = 8
"""Fewer values than this have no quartiles: they would be one body's figure."""


@dataclass(frozen=True, slots=True)
class Burden:
    """Hours over a number of returns that told theirs, out of `returns`. Quartiles are None for fewer than 8 values."""

    returns: int
    told: int
    total: Decimal
    middle: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None


def burden(hours: Sequence[Decimal | None]) -> Burden:
    """The burden of returns by the hours of each; None for one that did not tell.

    Quartiles are interpolated between ranks, with the lowest and the highest value as the ends (method 7 of Hyndman and Fan 1996).
    """
    told = sorted(value for value in hours if value is not None)
    if not told:
        return Burden(len(hours), 0, Decimal(0))
    lower = upper = None
    if len(told) >= QUARTILES_FROM:
        lower, _, upper = quantiles(told, n=4, method="inclusive")
    return Burden(len(hours), len(told), sum(told, Decimal(0)), median(told), lower, upper)
