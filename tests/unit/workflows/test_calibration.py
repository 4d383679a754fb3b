"""How reviewers rate beside one another, against an independent reckoning; and what is not told of small numbers."""

from collections import Counter, defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.calibration import MINIMUM, MINIMUM_PAIRED, Agreement, Rated, agreement, habits

ratings = st.lists(
    st.builds(Rated, st.integers(1, 5), st.tuples(st.integers(1, 6), st.sampled_from(["finance", "hr"])), st.integers(1, 4)),
    unique_by=lambda one: (one.reviewer, one.unit), max_size=40,
)  # fmt: skip


def _alpha(found):
    """Krippendorff's alpha for ordered steps by its definition, in fractions; None where nothing varies."""
    by_unit: dict[tuple[int, str], list[int]] = {}
    for one in found:
        by_unit.setdefault(one.unit, []).append(one.value)
    shared = [values for values in by_unit.values() if len(values) > 1]
    pairs: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for values in shared:
        for i, one in enumerate(values):
            for j, other in enumerate(values):
                if i != j:
                    pairs[one, other] += Fraction(1, len(values) - 1)
    totals: dict[int, Fraction] = defaultdict(Fraction)
    for (one, _), weight in pairs.items():
        totals[one] += weight
    n = sum(totals.values())

    def distance(a, b):
        low, high = min(a, b), max(a, b)
        return (sum(totals[step] for step in totals if low <= step <= high) - Fraction(totals[low] + totals[high]) / 2) ** 2

    observed = sum(weight * distance(*pair) for pair, weight in pairs.items())
    expected = sum(totals[a] * totals[b] * distance(a, b) for a in totals for b in totals)
    return None if not expected else float(1 - (n - 1) * observed / expected)


@given(ratings)
def test_agreement_is_what_its_definition_says(found):
    told = agreement(found)
    units = Counter(one.unit for one in found)
    assert told.units == sum(number > 1 for number in units.values())
    assert told.pairs == sum(number * (number - 1) // 2 for number in units.values())
    if told.units < MINIMUM_PAIRED or (wanted := _alpha(found)) is None:
        assert told.alpha is None
    else:
        assert told.alpha == pytest.approx(wanted, abs=1e-9)


def test_who_agree_wholly_have_one():
    found = [Rated(who, (case, "finance"), value) for case, value in ((1, 1), (2, 3), (3, 4)) for who in (1, 2)]
    assert agreement(found) == Agreement(1.0, 3, 3)
    assert agreement(found).words == "good"
    assert agreement([one for one in found if one.unit[0] < 3]).words == "too little to say"


@given(ratings)
def test_how_each_rates_beside_the_others(found):
    told = {habit.reviewer: habit for habit in habits(found)}
    assert set(told) == {one.reviewer for one in found}
    for who, habit in told.items():
        mine = [one for one in found if one.reviewer == who]
        assert habit.n == len(mine) == sum(habit.steps.values())
        assert (habit.mean is None) == (habit.n < MINIMUM)
        if habit.mean is not None:
            assert habit.mean == Fraction(sum(one.value for one in mine), len(mine))
        if habit.above is not None:
            assert -3 <= habit.above <= 3


def test_a_strict_reviewer_of_weak_functions_is_not_taken_for_strict():
    weak = [Rated(1, (case, "hr"), 1) for case in range(5)]
    others = [Rated(2, (case, "hr"), 1) for case in range(5, 10)] + [Rated(2, (case, "finance"), 4) for case in range(10, 20)]
    found = {habit.reviewer: habit for habit in habits(weak + others)}
    assert found[1].above == 0, "others gave the same to that function"
    assert found[1].mean == 1
    assert found[2].above == 0
