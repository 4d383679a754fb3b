"""Whom an annotation is for, and who may see it once the review is shown to more."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day
from workflows.deadlines.rules import due, resumed
from workflows.review.annotations import ADDRESSEES, KINDS, audience_after, goes_with_questions, when_seen
from workflows.roles import EVERY_SIDE, Side

sides = st.sampled_from([Side(n) for n in range(16)])
addressees = st.sampled_from(list(ADDRESSEES))
RULE = programmes.read("back-office-2009").deadline("peer_review")
ENGLAND = WorkingCalendar("ENG")
moments = st.datetimes(datetime(2009, 1, 1), datetime(2012, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(addressees, sides, sides)
def test_nobody_loses_sight_and_nobody_gains_it_but_whom_it_is_for(addressee, audience, shown_to):
    after = audience_after(addressee, audience, shown_to)
    assert after & audience == audience
    gained = after & ~audience
    assert gained & ~shown_to == Side.NOBODY
    allowed = {"body": EVERY_SIDE, "auditor": Side.AUDITOR, "reviewers": Side.NOBODY}[addressee]
    assert gained & ~allowed == Side.NOBODY
    assert audience_after(addressee, after, shown_to) == after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("addressee", ADDRESSEES)
def test_what_waits_to_be_seen_says_when(kind, addressee):
    words = when_seen(kind, addressee, Side.PARTNERSHIP)
    assert ("questions" in words) == goes_with_questions(kind, addressee)
    assert bool(words) == (addressee != "reviewers")
    assert when_seen(kind, addressee, EVERY_SIDE) == ""


@given(moments, st.integers(0, 40), st.integers(0, 40))
def test_a_clock_that_stood_gives_its_working_days_back(began, until_stop, stood):
    before = due(RULE, began, ENGLAND)
    stopped = began + timedelta(days=until_stop)
    after = resumed(RULE, before, stopped, stopped + timedelta(days=stood), ENGLAND, "while the body owed answers")
    first, last = london_day(stopped), london_day(stopped + timedelta(days=stood))
    given_back = sum(ENGLAND.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    assert after.at >= before.at
    counted = sum(ENGLAND.is_working(day) for day in _days(london_day(before.at), london_day(after.at)))
    assert counted == given_back
    assert after.explanation[: len(before.explanation)] == before.explanation
    assert f"+ {given_back} working day" in after.explanation[-2]


def _days(first, last):
    """The days after the first up to the last."""
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]


def test_the_sum_of_a_stopped_clock_is_told():
    before = due(RULE, datetime(2010, 3, 1, 10, tzinfo=UTC), ENGLAND)
    after = resumed(RULE, before, datetime(2010, 3, 8, 9, tzinfo=UTC), datetime(2010, 3, 12, 9, tzinfo=UTC), ENGLAND, "it waited")
    assert after.at == at_hour(date(2010, 4, 6), RULE.at), "29 March, and four working days more, of which two are Easter's"
    assert after.explanation[-2:] == (
        "+ 4 working days: the clock stood from Monday 8 March 2010 to Friday 12 March 2010, it waited",
        f"= Tuesday 6 April 2010, {RULE.at} in London",
    )
