"""An overrule covers what it names, while it is in force, and never the own body; times away never overlap."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.away import Away, added, first_met
from workflows.review.conflicts import OWN_BODY
from workflows.review.overruling import Overruled, can_overrule, needs_renewal, standing

DAY = date(2010, 2, 1)
TEXTS = (f"{OWN_BODY}: x.", "Sharing: x.", "Reciprocal: x.", "Worked there: x.")
days = st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40))
texts = st.lists(st.sampled_from(TEXTS), unique=True).map(tuple)
overrules = st.lists(st.builds(Overruled, texts, days, st.sampled_from(["", "approved", "refused"])), max_size=4)


@given(texts, overrules, days)
def test_only_what_an_approved_overrule_names_is_covered_and_only_to_its_last_day(conflicts, made, day):
    left = standing(conflicts, made, day)
    assert set(left) <= set(conflicts)
    for text in conflicts:
        covered = any(text in one.conflicts and one.decision == "approved" and day <= one.ends_on for one in made)
        assert (text in left) == (not covered or not can_overrule(text))
    if not left:
        assert not needs_renewal(conflicts, made, day)


@given(st.builds(Overruled, texts, days, st.sampled_from(["", "approved", "refused"])), days)
def test_an_overrule_waits_holds_or_has_ended_and_never_two_of_these(one, day):
    assert one.waits(day) + one.holds(day) + one.ended(day) <= 1
    assert one.holds(day) or standing(one.conflicts, [one], day) == one.conflicts


@given(st.lists(st.tuples(days, days), max_size=8))
def test_times_away_are_in_order_and_never_overlap(wanted):
    spans: tuple[Away, ...] = ()
    for first, last in wanted:
        try:
            spans = added(spans, Away(first, last))
        except ValueError:
            assert last < first or any(one.meets(first, last) for one in spans)
    for one, following in itertools.pairwise(spans):
        assert one.last < following.first
    for one in spans:
        assert first_met(spans, one.first, one.last) == one


@pytest.mark.parametrize("first, last, words", [
    (date(2009, 12, 3), date(2009, 12, 17), "3 to 17 December 2009"), (date(2010, 3, 3), date(2010, 3, 3), "3 March"),
    (date(2010, 3, 30), date(2010, 4, 2), "30 March to 2 April"), (date(2010, 12, 30), date(2011, 1, 2), "30 December to 2 January 2011"),
])  # fmt: skip
def test_a_time_away_in_words(first, last, words):
    assert Away(first, last).words(DAY) == words
