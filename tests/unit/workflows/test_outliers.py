"""The modified z-score, against the textbook formula computed exactly by other means."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workflows.returns.outliers import MAD_UNIT, MEAN_UNIT, spread

numbers = st.integers(-10_000, 10_000)
values = st.lists(numbers, min_size=1, max_size=60)


def textbook(x, others):
    """0.6745 (x - median) / MAD by exact fractions; with MAD 0 by the mean distance; None where all are alike."""
    exact = [Fraction(v) for v in others]
    median = statistics.median(exact)
    distances = [abs(v - median) for v in exact]
    mad = statistics.median(distances)
    if mad:
        return Fraction(str(MAD_UNIT)) * (Fraction(x) - median) / mad
    mean = sum(distances) / len(distances)
    return (Fraction(x) - median) / (Fraction(str(MEAN_UNIT)) * mean) if mean else None


@given(numbers, values)
def test_it_is_the_textbooks(x, others):
    expected, found = textbook(x, others), spread([float(v) for v in others])
    assert found.n == len(others)
    assert found.median == statistics.median(others)
    assert found.score(float(x)) == (pytest.approx(float(expected)) if expected is not None else 0)


@given(numbers, values, st.integers(-500, 500), st.sampled_from([-3, -0.5, 0.25, 2, 1000]))
def test_it_does_not_depend_on_order_place_or_unit(x, others, shift, scale):
    here = spread([float(v) for v in others]).score(float(x))
    assert spread([float(v) for v in reversed(others)]).score(float(x)) == here
    moved = spread([v * scale + shift for v in map(float, others)]).score(x * scale + shift)
    assert moved == pytest.approx(here if scale > 0 else -here, rel=1e-6, abs=1e-6)


@given(values, st.floats(0.5, 10))
def test_its_limits_are_the_values_with_that_score(others, score):
    found = spread([float(v) for v in others])
    low, high = found.limits(score)
    if found.unit:
        assert found.score(low) == pytest.approx(-score)
        assert found.score(high) == pytest.approx(score)
    else:
        assert low == high == found.median


@given(st.lists(st.integers(90, 110), min_size=9, max_size=40))
def test_one_wild_value_among_the_others_hides_nobody(others):
    """Of a mean and a deviation this is not so: the wild value would draw both to itself. Nor is it so of the mean distance,
    which stands in where most of the others are equal."""
    assume(statistics.multimode(others)[0] != statistics.median(others) or others.count(statistics.mode(others)) * 2 < len(others) - 1)
    assert spread([*map(float, others), 1e9]).score(1e6) > 3.5


def test_nothing_is_unusual_where_all_the_others_are_alike_or_most_of_them():
    assert spread([100.0] * 12).score(99.0) == 0
    most = spread([100.0] * 9 + [50.0])
    assert abs(most.score(98.0)) < 3.5
    assert abs(most.score(50.0)) > 3.5


def test_there_must_be_somebody_to_compare_with():
    with pytest.raises(ValueError, match="no values"):
        spread([])
