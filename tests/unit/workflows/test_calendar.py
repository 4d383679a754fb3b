"""Working days, deadlines by rule, and when reminders go."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.deadlines.calendar import LONDON, WorkingCalendar, at_hour, london_day
from workflows.deadlines.reminders import reminders_for
from workflows.deadlines.rules import due
from workflows.programme import DeadlineRule, Programme
from workflows.roles import Role

ENGLAND = WorkingCalendar("ENG")
LIBRARY = Path(__file__).parents[2] / "data" / "programmes" / "library-peers-2026"
days = st.dates(date(2005, 1, 1), date(2035, 12, 31))
counts = st.integers(-80, 80)
moments = st.builds(lambda day, hour: at_hour(day, f"{hour:02}:30"), days, st.integers(0, 23))
calendars = st.sampled_from([WorkingCalendar(nation) for nation in ("ENG", "SCT", "WLS", "NIR")])


@pytest.fixture(scope="module")
def programme() -> Programme:
    return programmes.read("back-office-2009")


@given(calendars, days)
def test_a_day_is_worked_or_there_is_a_reason_why_not(calendar: WorkingCalendar, day: date) -> None:
    assert calendar.is_working(day) == (not calendar.why_not(day))
    if day.weekday() >= 5:
        assert not calendar.is_working(day)


@given(calendars, days, counts)
def test_a_walk_ends_on_a_working_day_and_counts_exactly(calendar: WorkingCalendar, day: date, count: int) -> None:
    end, skipped = calendar.walk(day, count)
    assert calendar.is_working(end)
    assert end == calendar.add_working_days(day, count)
    if count:
        assert abs((end - day).days) == abs(count) + len(skipped)
        assert (end > day) == (count > 0)
    else:
        assert (end - day).days == len(skipped)
    assert all(why == calendar.why_not(off) != "" for off, why in skipped)


@given(calendars, days, st.integers(0, 40), st.integers(0, 40))
def test_steps_add_up(calendar: WorkingCalendar, day: date, first: int, second: int) -> None:
    start = calendar.add_working_days(day, 0)
    one_by_one = calendar.add_working_days(calendar.add_working_days(start, first), second)
    assert one_by_one == calendar.add_working_days(start, first + second)


@given(calendars, days, counts)
def test_there_and_back_again(calendar: WorkingCalendar, day: date, count: int) -> None:
    start = calendar.add_working_days(day, 0)
    assert calendar.add_working_days(calendar.add_working_days(start, count), -count) == start


@given(calendars, days, days, counts)
def test_who_starts_later_never_ends_earlier(calendar: WorkingCalendar, one: date, other: date, count: int) -> None:
    first, last = sorted((one, other))
    assert calendar.add_working_days(first, count) <= calendar.add_working_days(last, count)


def test_a_year_is_the_same_whether_it_is_asked_for_alone_or_among_others() -> None:
    for nation in ("ENG", "SCT", "WLS", "NIR"):
        together = holidays.country_holidays("GB", subdiv=nation, years=range(2005, 2036))
        calendar = WorkingCalendar(nation)
        day = date(2005, 1, 1)
        while day.year < 2036:
            assert calendar.is_working(day) == (day not in together and day.weekday() < 5), (nation, day)
            day += timedelta(days=1)


def test_christmas_of_the_first_round() -> None:
    end, skipped = ENGLAND.walk(date(2009, 12, 23), 5)
    assert end == date(2010, 1, 4)
    assert (date(2009, 12, 25), "Christmas Day") in skipped
    assert (date(2009, 12, 28), "Boxing Day (observed)") in skipped
    assert (date(2009, 12, 27), "Sunday") in skipped


def test_a_holiday_of_one_year_only_and_of_one_nation_only() -> None:
    assert not ENGLAND.is_working(date(2011, 4, 29))
    assert ENGLAND.is_working(date(2010, 1, 4))
    assert not WorkingCalendar("SCT").is_working(date(2010, 1, 4))


def test_an_hour_of_london_in_winter_and_summer() -> None:
    assert at_hour(date(2010, 2, 26), "17:00") == datetime(2010, 2, 26, 17, tzinfo=UTC)
    assert at_hour(date(2010, 7, 26), "17:00") == datetime(2010, 7, 26, 16, tzinfo=UTC)
    assert at_hour(date(2010, 7, 26), "17:00").tzinfo is UTC


@given(days, st.integers(0, 23), st.integers(0, 59))
def test_the_hour_falls_on_its_day(day: date, hour: int, minute: int) -> None:
    assert london_day(at_hour(day, f"{hour:02}:{minute:02}")) == day


def test_the_day_in_london_is_not_always_the_day_in_utc() -> None:
    assert london_day(datetime(2010, 7, 1, 23, 30, tzinfo=UTC)) == date(2010, 7, 2)
    assert london_day(datetime(2010, 1, 1, 23, 30, tzinfo=UTC)) == date(2010, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        london_day(datetime(2010, 7, 1, 23, 30, tzinfo=UTC).replace(tzinfo=None))


def test_working_days_after_an_event_are_a_sum_that_can_be_read(programme: Programme) -> None:
    reckoned = due(programme.deadline("sign_off"), datetime(2009, 12, 23, 12, tzinfo=UTC), ENGLAND)
    assert reckoned.at == datetime(2010, 1, 4, 17, tzinfo=UTC)
    assert reckoned.explanation == (
        "Wednesday 23 December 2009: the return was submitted for sign-off",
        "+ 5 working days",
        "not counted: Friday 25 December 2009, Christmas Day",
        "not counted: Saturday 26 December 2009, Boxing Day",
        "not counted: Monday 28 December 2009, Boxing Day (observed)",
        "not counted: Friday 1 January 2010, New Year's Day",
        "not counted: 3 days of weekends",
        "= Monday 4 January 2010, 17:00 in London",
    )


def test_an_event_late_at_night_counts_from_the_day_in_london(programme: Programme) -> None:
    rule = programme.deadline("sign_off")
    late = due(rule, datetime(2010, 7, 1, 23, 30, tzinfo=UTC), ENGLAND)
    assert late.at == due(rule, datetime(2010, 7, 2, 9, tzinfo=UTC), ENGLAND).at


def test_a_fixed_date_and_the_round_s_own(programme: Programme) -> None:
    rule, event = programme.deadline("return_due"), datetime(2009, 12, 1, tzinfo=UTC)
    assert due(rule, event, ENGLAND).at == datetime(2010, 2, 26, 17, tzinfo=UTC)
    moved = due(rule, event, ENGLAND, date(2010, 3, 31))
    assert moved.at == datetime(2010, 3, 31, 16, tzinfo=UTC)
    assert moved.explanation[0] == "Wednesday 31 March 2010: a fixed date of the round"


def test_a_given_date_must_be_given(programme: Programme) -> None:
    rule, event = programme.deadline("action_due"), datetime(2009, 12, 1, tzinfo=UTC)
    assert due(rule, event, ENGLAND, date(2010, 9, 30)).at == datetime(2010, 9, 30, 16, tzinfo=UTC)
    with pytest.raises(ValueError, match="action_due"):
        due(rule, event, ENGLAND)


@given(moments, st.integers(0, 60))
def test_a_deadline_is_at_its_hour_in_london_whatever_the_season(event: datetime, count: int) -> None:
    rule = DeadlineRule(code="x", label="X", role=Role.PREPARER, working_days=count, after="it began", at="17:00")
    at = due(rule, event, ENGLAND).at.astimezone(LONDON)
    assert (at.hour, at.minute) == (17, 0)
    assert ENGLAND.is_working(at.date())
    assert at.date() >= london_day(event)


def test_reminders_before_on_and_after(programme: Programme) -> None:
    found = reminders_for("return_due", datetime(2010, 2, 26, 17, tzinfo=UTC), programme, ENGLAND)
    assert [(rule.code, at) for rule, at in found] == [
        ("return_due-early", datetime(2010, 2, 12, 9, tzinfo=UTC)),
        ("return_due-before", datetime(2010, 2, 19, 9, tzinfo=UTC)),
        ("return_due-eve", datetime(2010, 2, 25, 9, tzinfo=UTC)),
        ("return_due-today", datetime(2010, 2, 26, 9, tzinfo=UTC)),
        ("return_due-after", datetime(2010, 3, 1, 9, tzinfo=UTC)),
        ("return_due-after-5", datetime(2010, 3, 5, 9, tzinfo=UTC)),
        ("return_due-after-5-coordinator", datetime(2010, 3, 5, 9, tzinfo=UTC)),
        ("return_due-after-10", datetime(2010, 3, 12, 9, tzinfo=UTC)),
    ]
    assert found[4][0].to == (Role.PREPARER, Role.APPROVER)


def test_reminders_of_a_summer_day_go_at_nine_in_london(programme: Programme) -> None:
    found = reminders_for("action_due", datetime(2010, 9, 30, 16, tzinfo=UTC), programme, ENGLAND)
    assert {at.astimezone(LONDON).hour for _, at in found} == {9}
    assert {at.hour for _, at in found} == {8}


def test_a_date_on_a_weekend_is_reminded_of_on_the_day_itself(programme: Programme) -> None:
    found = reminders_for("action_due", datetime(2010, 1, 2, 17, tzinfo=UTC), programme, ENGLAND)
    assert [london_day(at) for _, at in found] == [date(2009, 12, 23), date(2010, 1, 2), date(2010, 1, 4)]


def test_reminders_of_a_programme_of_another_nation() -> None:
    library = programmes.read_folder(LIBRARY)
    calendar = WorkingCalendar(library.nation)
    due_at = due(library.deadline("count_due"), datetime(2026, 1, 5, tzinfo=UTC), calendar).at
    assert due_at == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert [at for _, at in reminders_for("count_due", due_at, library, calendar)] == [datetime(2026, 11, 26, 9, tzinfo=UTC)]
    assert reminders_for("visit", due_at, library, calendar) == []
