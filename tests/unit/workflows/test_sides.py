"""How a figure stands between the sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.sides import STANDINGS, Judged, standing

STATES = st.sampled_from(("open", "answered", "resolved"))
JUDGED = st.builds(Judged, st.sampled_from(("", "agreed", "partly", "not_agreed")), st.sampled_from(("", "kept", "changed", "withdrawn")))


@pytest.mark.parametrize(
    ("queries", "findings", "now", "code"),
    [
        ((), (), "5", "remarked"),
        (("resolved",), (), "5", "agreed"),
        (("resolved",), (), "6", "corrected"),
        (("resolved", "answered"), (), "6", "open"),
        ((), (Judged("agreed", ""),), "5", "open"),
        ((), (Judged("", "kept"),), "5", "open"),
        ((), (Judged("agreed", "kept"),), "5", "agreed"),
        ((), (Judged("partly", "kept"),), "6", "disputed"),
        ((), (Judged("not_agreed", "changed"),), "5", "agreed"),
        ((), (Judged("", "withdrawn"),), "5", "agreed"),
    ],
)
def test_a_figure_stands_as_the_sides_left_it(queries, findings, now, code):
    assert standing(filed="5", now=now, queries=queries, findings=findings) == code


@given(st.lists(STATES), st.lists(JUDGED), st.booleans(), st.integers(0, 5))
def test_a_finding_that_was_withdrawn_changes_nothing_that_others_left(queries, findings, changed, at):
    now = "6" if changed else "5"
    before = standing(filed="5", now=now, queries=queries, findings=findings)
    after = standing(filed="5", now=now, queries=queries, findings=[*findings[:at], Judged("not_agreed", "withdrawn"), *findings[at:]])
    assert before in STANDINGS
    assert after == ("agreed" if before == "remarked" else before)


@given(st.lists(STATES), st.lists(JUDGED), st.booleans())
def test_whatever_waits_for_somebody_leaves_it_open(queries, findings, changed):
    now = "6" if changed else "5"
    assert standing(filed="5", now=now, queries=[*queries, "answered"], findings=findings) == "open"
    assert standing(filed="5", now=now, queries=queries, findings=[*findings, Judged("agreed", "")]) == "open"
