"""Whether a review is in danger of being late."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflows.deadlines.calendar import WorkingCalendar
from workflows.review.overview import MINIMUM, risk, typical, working_days

ENGLAND = WorkingCalendar("ENG")
MONDAY = datetime(2010, 3, 1, 10, tzinfo=UTC)
moments = st.datetimes(datetime(2009, 1, 1), datetime(2012, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(moments, moments)
def test_working_days_are_those_of_the_calendar(start, end):
    found = working_days(start, end, ENGLAND)
    assert 0 <= found <= max(0, (end - start).days + 1)
    assert working_days(start, end + timedelta(days=30), ENGLAND) >= found


def test_a_week_has_five():
    assert working_days(MONDAY, MONDAY + timedelta(days=7), ENGLAND) == 5
    assert working_days(MONDAY, MONDAY - timedelta(days=7), ENGLAND) == 0


def test_what_a_step_takes_is_known_from_five_cases_on():
    week = (MONDAY, MONDAY + timedelta(days=7))
    assert typical([("in_review", *week)] * (MINIMUM - 1), ENGLAND) == {}
    assert typical([("in_review", *week)] * MINIMUM, ENGLAND) == {"in_review": 5}


def test_late_in_danger_and_neither():
    def told(due, usual, since=MONDAY, now=MONDAY):
        return risk("in_review", since, due, now, ENGLAND, usual)

    assert told(None, {}).kind == ""
    assert told(MONDAY - timedelta(days=7), {}).words == "5 working days late"
    assert told(MONDAY - timedelta(hours=1), {}).words == "less than a working day late"
    assert told(MONDAY + timedelta(hours=3), {}).words == "due today"
    assert told(MONDAY + timedelta(days=4), {}).kind == "danger"
    assert told(MONDAY + timedelta(days=14), {}).kind == ""
    assert told(MONDAY + timedelta(days=14), {"in_review": 12}).words == "10 working days left, and such a step takes 12"
    assert told(MONDAY + timedelta(days=4), {"in_review": 3}).kind == "", "such a step takes less than is left"
    assert told(MONDAY + timedelta(days=7), {"in_review": 12}, since=MONDAY - timedelta(days=14)).kind == "", "ten days are gone already"
