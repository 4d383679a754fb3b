"""The statistics of comparator groups, against numpy's own functions, scipy, and the outlier rule of the checks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from workflows.benchmarks import statistics
from workflows.benchmarks.statistics import INTERPOLATION, judgement, standing, standings, summaries, summary
from workflows.returns.outliers import spread

known = st.one_of(st.integers(-50, 50).map(float), st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda v: round(v, 6)))
values = st.lists(st.one_of(known, st.integers(0, 3).map(float), st.none()), max_size=40)
number = pytest.approx


def usable(some):
    return [value for value in some if value is not None]


@given(values)
def test_a_summary_is_what_others_compute(some):
    found, there = summary(some), usable(some)
    assert found.n == len(there)
    if not there:
        assert (found.mean, found.median, found.low, found.high, found.unit) == (None,) * 5
    else:
        assert found.mean == number(np.mean(there), abs=1e-9)
        assert found.median == number(stats.scoreatpercentile(there, 50))
        assert (found.low, found.high) == (min(there), max(there))
        assert found.unit == number(spread(there).unit, abs=1e-12)
    if len(there) < 8:
        assert (found.q1, found.q3, found.limits()) == (None, None, None)
    else:
        assert found.q1 == number(stats.mstats.mquantiles(there, [0.25], alphap=1, betap=1)[0], abs=1e-9)
        assert (found.q1, found.q3) == number(tuple(np.percentile(there, [25, 75], method=INTERPOLATION)), abs=1e-9)
        in_order = [found.low, found.q1, found.median, found.q3, found.high]
        assert in_order == sorted(usable(in_order)), "not one of them is missing"


@given(st.one_of(known, st.integers(0, 3).map(float), st.none()), values, st.sampled_from(["in", "out"]))
def test_a_standing_is_what_others_compute(value, others, own):
    found, there = standing(value, others, own), usable(others)
    among = [*there, value] if value is not None else there
    compared = among if own == "in" else there
    assert found.summary == summary([*others, value] if own == "in" else others)
    assert (found.value, found.own, found.of) == (value, own, len(among))
    if value is None:
        assert (found.rank, found.tied, found.quarter, found.score) == (None, 0, None, None)
        return
    assert found.rank == (int(stats.rankdata(among, "min")[-1]) if len(among) >= 5 else None)
    assert found.tied == there.count(value)
    assert found.score == (number(spread(compared).score(value), rel=1e-6, abs=1e-9) if compared else None)
    limits = found.summary.limits()
    assert not found.outlier or (limits is not None and not limits[0] < value < limits[1])
    if len(compared) < 8:
        assert found.quarter is None and not found.outlier
    else:
        q1, median, q3 = usable([found.summary.q1, found.summary.median, found.summary.q3])
        assert found.quarter == 1 + (value >= q1) + (value > median) + (value > q3)


@st.composite
def tables(draw):
    bodies, indicators = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    cell = st.one_of(st.just(math.nan), st.integers(-3, 3).map(float))
    table = draw(arrays.arrays(float, (bodies, indicators), elements=cell))
    size, count = draw(st.integers(1, bodies)), draw(st.integers(1, 6))
    groups = [draw(st.permutations(range(bodies)))[:size] for _ in range(count)]
    return table, [[body if draw(st.booleans()) else -1 for body in group] for group in groups]


@given(tables(), st.sampled_from([1, 3, 100]), st.sampled_from([0, 10_000]))
def test_many_groups_at_once_are_what_each_is_alone(table_and_groups, part, few):
    """Whatever the size of a part that is worked on, and by either way of ranking."""
    table, groups = table_and_groups
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "PART", part)
        patch.setattr(statistics, "FEW", few)
        found, placed = summaries(table, groups), standings(table, groups, groups, "in")
        outside = [[body for body in range(len(table)) if body not in group][:1] or [-1] for group in groups]
        beside = standings(table, groups, outside, "out")

    def column(bodies, indicator):
        return [None if math.isnan(table[b, indicator]) else float(table[b, indicator]) for b in bodies if b >= 0]

    for g, group in enumerate(groups):
        for i in range(table.shape[1]):
            alone = column(group, i)
            assert found.at(g, i) == placed.summaries.at(g, i) == beside.summaries.at(g, i) == summary(alone)
            for place, body in enumerate(group):
                if body >= 0:
                    (own,) = column([body], i)
                    others = column([b for b in group if b != body], i)
                    assert placed.at(g, place, i) == standing(own, others, "in")
                else:
                    assert placed.at(g, place, i).value is None
            if outside[g][0] >= 0:
                assert beside.at(g, 0, i) == standing(column(outside[g], i)[0], alone, "out")


@given(st.lists(known, min_size=8, max_size=30), st.sampled_from(["lower", "higher"]))
def test_a_judgement_says_what_is_true_of_most(some, direction):
    for place, value in enumerate(some):
        found = standing(value, some[:place] + some[place + 1 :], "in")
        worse = sum(other > value if direction == "lower" else other < value for other in some)
        better = sum(other < value if direction == "lower" else other > value for other in some)
        said = judgement(found, direction)
        assert (said == "better than most") <= (worse * 2 > len(some))
        assert (said == "worse than most") <= (better * 2 > len(some))
        assert judgement(found, "context") == judgement(found, direction, provisional=True) == ""


def test_the_best_and_the_worst_are_told_by_the_direction():
    others = [float(v) for v in range(1, 9)]
    assert judgement(standing(0.0, others), "lower") == judgement(standing(9.0, others), "higher") == "better than most"
    assert judgement(standing(0.0, others), "higher") == judgement(standing(9.0, others), "lower") == "worse than most"
    assert judgement(standing(4.5, others), "lower") == ""
    assert judgement(standing(0.0, others[:7]), "lower") == "", "seven others have no quartiles"


def test_bodies_that_are_alike_are_not_set_apart():
    found = standing(1.0, [1.0] * 20, "in")
    assert (found.rank, found.tied, found.of, found.quarter, found.score) == (1, 20, 21, 2, 0.0)
    assert judgement(found, "lower") == "" and not found.outlier
    assert found.summary.limits() is None


def test_ties_share_a_rank_and_the_next_rank_is_left_out():
    given_ranks = standings([[1.0], [2.0], [2.0], [4.0], [math.nan], [5.0]], [range(6)], [range(6)], "in").rank[0, :, 0]
    assert given_ranks.tolist() == [1, 2, 2, 4, 0, 5]


def test_a_lonely_wild_value_is_an_outlier_only_beside_enough_others():
    others = [float(v) for v in range(10, 18)]
    assert standing(500.0, others).outlier
    assert not standing(500.0, others[:7]).outlier
    assert not standing(14.0, others).outlier
    assert standing(500.0, others[:7]).unusual(minimum=7)
    assert not standing(500.0, others).unusual(score=1000)


@pytest.mark.parametrize(
    ("table", "members", "subjects", "own", "said"),
    [
        ([[1.0], [math.inf]], [[0, 1]], [[0]], "in", "infinite"),
        ([[1.0], [2.0]], [[0, 2]], [[0]], "in", "not in the table"),
        ([[1.0], [2.0]], [[0, -2]], [[0]], "in", "not in the table"),
        ([[1.0], [2.0]], [[0, 0]], [[0]], "in", "twice"),
        ([[1.0], [2.0]], [[0]], [[1]], "in", "own value in, but is not a member"),
        ([[1.0], [2.0]], [[0]], [[0]], "out", "own value out, but is a member"),
        ([[1.0], [2.0]], [[0]], [[0], [1]], "in", "a row of subjects"),
        ([1.0, 2.0], [[0]], [[0]], "in", "bodies by indicators"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("few", [0, 10_000])
def test_groups_that_cannot_be_meant_are_refused(monkeypatch, table, members, subjects, own, said, few):
    monkeypatch.setattr(statistics, "FEW", few)
    with pytest.raises(ValueError, match=said):
        standings(table, members, subjects, own)
