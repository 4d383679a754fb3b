"""The second marking: a sample that anybody can draw again, and how far the marks lie apart."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.calibration import MINIMUM_PAIRED
from workflows.review.marking import Twice, draw, spread

refs = st.lists(st.text("abc123", min_size=1, max_size=4), unique=True, max_size=30)
percents, seeds = st.integers(1, 100), st.integers(0, 999_999)


@given(refs, percents, seeds, st.randoms())
def test_a_sample_is_a_share_of_what_there_is_and_the_same_in_any_order(among, percent, seed, random):
    found = draw(among, percent, seed)
    assert set(found) <= set(among)
    assert len(found) == len(set(found)) == ceil(len(among) * percent / 100)
    shuffled = list(among)
    random.shuffle(shuffled)
    assert draw(shuffled, percent, seed) == found


def test_another_seed_draws_another_sample_and_no_share_is_refused():
    every = [f"r{number}" for number in range(40)]
    assert len({draw(every, 20, seed) for seed in range(20)}) > 15
    assert draw(every, 100, 1) == tuple(sorted(every))
    for percent in (0, 101):
        with pytest.raises(ValueError, match="per cent"):
            draw(every, percent, 1)


marks = st.lists(st.builds(Twice, st.tuples(st.integers(1, 50), st.just("hr")), st.integers(1, 4), st.integers(1, 4)),
                 unique_by=lambda one: one.unit, max_size=12)  # fmt: skip


@given(marks)
def test_the_spread_counts_every_mark_and_tells_nothing_of_few(found):
    told = spread(found)
    assert told.n == len(found)
    if len(found) < MINIMUM_PAIRED:
        assert (told.steps, told.mean, told.agreement.alpha) == ((), None, None)
        return
    assert sum(number for _, number in told.steps) == len(found)
    assert told.mean == Fraction(sum(abs(one.first - one.second) for one in found), len(found))
    assert told.agreement.alpha is None or told.agreement.alpha <= 1
    if told.mean == 0 and told.agreement.alpha is not None:
        assert told.agreement.alpha == 1
