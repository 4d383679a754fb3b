"""Memberships in sharing groups as dated intervals, and who could share."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.penalties import AT, belonging, days, spans
from workflows.benchmarks.candidates import SIZE_FACTOR, Place, above, match, near, saving, similar
from workflows.benchmarks.sharing import Span, inside, problems, talking, told
from workflows.benchmarks.statistics import summary


def _days(span, last=date(2012, 1, 1)):
    end = span.ends or last
    return {span.starts + timedelta(days=n) for n in range((end - span.starts).days + 1)}


@given(spans(), spans(), days)
def test_spans_are_sets_of_days(one, other, day):
    assert one.holds(day) == (day in _days(one))
    assert one.meets(other) == bool(_days(one) & _days(other))
    assert one.meets(other) == other.meets(one)
    ends_in = one.ends is None or one.ends in _days(other, date(2013, 1, 1))
    assert one.within(other) == (one.starts in _days(other, date(2013, 1, 1)) and ends_in)


@given(st.lists(spans(), max_size=8), spans())
def test_memberships_that_are_taken_never_overlap(wanted, group):
    taken: list[Span] = []
    for span in wanted:
        if not problems(span, group, taken):
            taken.append(span)
    ordered = sorted(taken, key=lambda span: span.starts)
    assert all(one.ends is not None and one.ends < other.starts for one, other in pairwise(ordered))
    assert all(group.holds(span.starts) for span in taken)


@pytest.mark.parametrize(
    "new, field, words",
    [
        (Span(date(2010, 5, 2), date(2010, 5, 1)), "ends", "before the first day"),
        (Span(date(2009, 4, 30)), "starts", "from 1 May 2009 to 31 March 2012"),
        (Span(date(2010, 6, 1), date(2012, 4, 1)), "ends", "within the days of the group"),
        (Span(date(2009, 12, 31)), "starts", "already from 1 May 2009 to 31 December 2009"),
    ],
)
def test_what_is_wrong_with_days_is_told_with_its_field(new, field, words):
    group = Span(date(2009, 5, 1), date(2012, 3, 31))
    found = problems(new, group, [Span(date(2009, 5, 1), date(2009, 12, 31))])
    assert [(name, words in text) for name, text in found] == [(field, True)]
    assert not problems(Span(date(2010, 1, 1)), group, [Span(date(2009, 5, 1), date(2009, 12, 31))])


def test_talks_are_told_apart_and_functions_matter():
    host, talks = belonging("E01", "host"), belonging("E01", "talks")
    assert inside([host, talks], ("finance",), AT) == (host,)
    assert talking([host, talks], ("finance",), AT) == (talks,)
    assert inside([host], (), AT) == (host,)
    assert inside([host], ("hr",), AT) == talking([talks], ("hr",), AT) == ()
    assert told(Span(date(2009, 5, 1))) == "from 1 May 2009"


places = st.builds(
    Place, code=st.uuids().map(str), name=st.text(max_size=3), class_name=st.sampled_from(["UA", "CTY"]),
    region=st.none() | st.sampled_from(["North", "South"]), partnership=st.none() | st.sampled_from(["N", "S"]),
    police_area=st.none() | st.sampled_from(["Cleveland", "Kent"]), people=st.none() | st.integers(1, 4000),
    value=st.none() | st.floats(0.01, 50), spent=st.none() | st.floats(1, 1e9), sharing=st.booleans(),
)  # fmt: skip


@given(st.lists(places, min_size=1, max_size=24))
def test_candidates_are_near_similar_above_the_median_outside_and_candidates_of_each_other(world):
    found = {own.code: match(own, world) for own in world}
    for own in world:
        matching = found[own.code]
        assert bool(matching.why_not) <= (not matching.candidates)
        for candidate in matching.candidates:
            other = candidate.place
            assert other.value is not None and own.people and other.people
            assert matching.comparators.median is not None
            assert own.code in {c.place.code for c in found[other.code].candidates}
            assert other.value > matching.comparators.median
            assert not other.sharing
            assert other.class_name == own.class_name
            assert max(own.people, other.people) <= SIZE_FACTOR * min(own.people, other.people)
            assert candidate.near
            assert found[other.code].comparators == matching.comparators


@given(places, st.lists(st.floats(0.01, 50), max_size=20))
def test_a_saving_is_never_less_than_nothing_nor_more_than_is_spent(place, others):
    comparators = summary(others)
    found = saving(place, comparators)
    if found is None:
        assert len(others) < 5 or place.value is None or place.spent is None
        return
    assert 0 <= found.to_median <= place.spent
    assert (found.to_median > 0) <= above(place, comparators)
    assert (found.to_quartile is None) == (len(others) < 8)
    assert found.to_quartile is None or found.to_median <= found.to_quartile <= place.spent


@given(places, places)
def test_near_and_similar_hold_one_way_as_the_other(one, other):
    assert near(one, other) == near(other, one)
    assert bool(similar(one, other)) == bool(similar(other, one))


def test_the_saving_to_the_median_and_to_the_quartile():
    comparators = summary([1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0])
    found = saving(Place("E01", "Demo", "UA", value=4.0, spent=400_000.0), comparators)
    assert found is not None
    assert found.to_median == pytest.approx(200_000)
    assert found.to_quartile == pytest.approx(400_000 * (1 - 1.75 / 4))


def test_whoever_cannot_gain_is_told_why():
    own = Place("E01", "Demo", "UA", region="North", people=1000, value=2.0, spent=1.0)
    peers = [Place(f"E1{n}", "Peer", "UA", region="North", people=1000, value=float(n)) for n in range(1, 8)]
    assert "not above the median" in match(own, peers).why_not[0]
    assert "Only 2 figures" in match(own, peers[:1]).why_not[0]
    assert "no figure" in match(Place("E01", "Demo", "UA"), peers).why_not[0]
    inside_already = Place("E01", "Demo", "UA", people=1000, value=9.0, sharing=True)
    assert "already" in match(inside_already, peers).why_not[0]
