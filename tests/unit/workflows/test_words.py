"""Figures in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.returns.words import exact, in_unit, rounded

amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=4)


@pytest.mark.parametrize(
    "value, unit, told",
    [("1250", "GBP", "£1,250"), ("-3.5", "GBP", "−£3.5"), ("12.5", "percent", "12.5%"), ("9", "%", "9%"),
     ("34", "GBP per sq m", "£34 per sq m"),
     ("1000", "FTE", "1,000 FTE"), ("1000", "people", "1,000"), ("3", "working days", "3 working days"), ("0", "count", "0")],
)  # fmt: skip
def test_an_amount_is_told_in_its_unit(value, unit, told):
    assert in_unit(Decimal(value), unit) == told


@given(amounts)
def test_a_number_is_written_in_one_way_only_and_reads_back_the_same(value):
    assert Decimal(exact(value)) == value
    assert exact(value) == exact(value * Decimal("1.000")) == exact(value + Decimal("0E+3"))
    assert "E" not in exact(value)


@given(amounts)
def test_rounding_keeps_what_matters(value):
    found = rounded(value)
    assert abs(found - value) <= (Decimal("0.005") if abs(value) >= 1 else abs(value) * Decimal("0.005"))
    assert rounded(found) == found


def test_small_numbers_keep_three_digits():
    assert [rounded(Decimal(v)) for v in ("3.14159", "0.0123456", "250.00", "0")] == [Decimal(v) for v in ("3.14", "0.0123", "250", "0")]
