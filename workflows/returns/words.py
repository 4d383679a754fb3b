"""Figures in words: an amount in its unit, as a reader of a return says it."""

from decimal import ROUND_HALF_UP, Decimal

BARE = frozenset({"", "count", "people", "score", "index", "ratio"})
"""Units that are told by the label, so that the number stands alone."""


def in_unit(value: Decimal, unit: str) -> str:
    """A number with thousands separated, in its unit: £1,250, 12.5%, 1,000 FTE, £34 per sq m, 7 of 10."""
    text = f"{value:,f}"
    if unit.startswith("GBP"):
        pounds = f"−£{text[1:]}" if text.startswith("-") else f"£{text}"
        return pounds + unit.removeprefix("GBP")
    if unit in ("percent", "%"):
        return f"{text}%"
    if unit.startswith("count of "):
        return f"{text} {unit.removeprefix('count ')}"
    return text if unit in BARE else f"{text} {unit}"


def rounded(value: Decimal) -> Decimal:
    """A computed number as one shows it: two decimals, or three significant digits where it is smaller than 1; without
    zeros at its end.

    >>> rounded(Decimal("3.14159")), rounded(Decimal("0.0123456")), rounded(Decimal("250.00"))
    (Decimal('3.14'), Decimal('0.0123'), Decimal('250'))
    """
    if not value:
        return Decimal(0)
    places = 2 if abs(value) >= 1 else 2 - value.adjusted()
    if value.adjusted() + places > 26:
        return value
    return plain(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def plain(value: Decimal) -> Decimal:
    """The same number without zeros at its end and without an exponent, so that equal numbers are written alike."""
    tidy = value.normalize()
    return tidy + 0 if tidy.as_tuple().exponent <= 0 else tidy.quantize(Decimal(1))  # type: ignore[operator]


def exact(value: Decimal) -> str:
    """A number to the last digit, written in one way only."""
    return format(plain(value), "f")
