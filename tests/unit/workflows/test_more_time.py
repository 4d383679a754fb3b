"""Extensions, closing days, dates of a round that move, the order of dates, clock changes, and the line of time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.deadlines.calendar import Closing, WorkingCalendar, at_hour, london_day, nation_of
from workflows.deadlines.extensions import Step, extended, may_ask, moved, open_time, out_of_order
from workflows.deadlines.rules import Due, due, resumed, short
from workflows.deadlines.timeline import Change, line_of
from workflows.programme import DeadlineRule
from workflows.roles import Role

ENGLAND = WorkingCalendar("ENG")
RULE = DeadlineRule(code="x", label="The thing", role=Role.PREPARER, working_days=10, after="it began")
FIXED = DeadlineRule(code="y", label="The date", role=Role.PREPARER, fixed=date(2010, 2, 26))
days = st.dates(date(2005, 1, 1), date(2035, 6, 30))
spans = st.integers(1, 60)


def _at(day: date) -> Due:
    return Due(at_hour(day, "17:00"), ("so",))


@given(days, spans)
def test_an_extension_never_shortens(day: date, more: int) -> None:
    before = _at(day)
    after = extended(RULE, before, day + timedelta(days=more), Role.OFFICER, "Snow.")
    assert after.at > before.at
    assert after.explanation[0] == "so"
    assert "granted by the programme officer, because Snow" in after.explanation[1]
    for other in (day, day - timedelta(days=more)):
        with pytest.raises(ValueError, match="later"):
            extended(RULE, before, other, Role.OFFICER, "x")


@given(days, st.integers(1, 20), st.integers(1, 20))
def test_a_stop_and_an_extension_by_working_days_come_to_the_same_in_either_order(day: date, stood: int, more: int) -> None:
    start = ENGLAND.add_working_days(day, 0)
    begun = at_hour(start, "10:00")
    ended = at_hour(ENGLAND.add_working_days(start, stood), "10:00")

    def stop(before: Due) -> Due:
        return resumed(RULE, before, begun, ended, ENGLAND, "x")

    def extend(before: Due) -> Due:
        return extended(RULE, before, ENGLAND.add_working_days(london_day(before.at), more), Role.OFFICER, "x")

    first = due(RULE, begun, ENGLAND)
    assert stop(extend(first)).at == extend(stop(first)).at


@given(days, spans, st.integers(1, 20))
def test_days_given_back_after_an_extension_come_on_top_of_it(day: date, more: int, stood: int) -> None:
    start = ENGLAND.add_working_days(day, 0)
    until = ENGLAND.add_working_days(start + timedelta(days=more), 0)
    after = extended(RULE, _at(start), until, None, "x") if until > start else _at(start)
    again = resumed(RULE, after, at_hour(start, "10:00"), at_hour(ENGLAND.add_working_days(start, stood), "10:00"), ENGLAND, "x")
    assert london_day(again.at) == ENGLAND.add_working_days(london_day(after.at), stood)


@given(days, days, days)
def test_a_date_of_the_round_that_moves_leaves_a_later_extension_as_it_is(old: date, new: date, until: date) -> None:
    after = moved(FIXED, _at(old), new, [Step("extended", old, until)], ENGLAND, "Snow")
    assert london_day(after.at) == max(new, until)
    assert any("the date of the round was moved to" in line for line in after.explanation)
    assert london_day(moved(FIXED, _at(old), new, [], ENGLAND, "x").at) == new


@given(days, days, st.integers(1, 20))
def test_days_given_back_are_given_back_on_the_new_date_too(old: date, new: date, stood: int) -> None:
    old = ENGLAND.add_working_days(old, 0)
    steps = [Step("resumed", old, ENGLAND.add_working_days(old, stood))]
    assert london_day(moved(FIXED, _at(old), new, steps, ENGLAND, "x").at) == ENGLAND.add_working_days(new, stood)


@given(days, st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_closing_days_only_ever_make_later_and_are_told(day: date, first: int, length: int, count: int) -> None:
    closing = Closing(day + timedelta(days=first), day + timedelta(days=first + length), "Christmas closure")
    closed = WorkingCalendar("ENG", (closing,))
    end, skipped = closed.walk(day, count)
    assert end >= ENGLAND.add_working_days(day, count)
    assert not closing.first <= end <= closing.last
    counted = [off for off, why in skipped if why == "closed: Christmas closure"]
    assert ENGLAND.working_days(day, end) == count + len(counted)
    assert all(closing.first <= off <= closing.last and ENGLAND.is_working(off) for off in counted)


def test_a_sum_tells_the_closing_days() -> None:
    christmas = WorkingCalendar("ENG", (Closing(date(2009, 12, 29), date(2009, 12, 31), "Christmas closure"),))
    rule = DeadlineRule(code="x", label="x", role=Role.PREPARER, working_days=5, after="it began")
    found = due(rule, datetime(2009, 12, 23, 10, tzinfo=UTC), christmas)
    assert "not counted: Wednesday 30 December 2009, closed: Christmas closure" in found.explanation
    assert london_day(found.at) == date(2010, 1, 7)


def test_deadlines_end_at_the_hour_on_the_clock_across_both_changes_and_on_29_february() -> None:
    assert at_hour(date(2010, 3, 27), "17:00") == datetime(2010, 3, 27, 17, tzinfo=UTC)
    assert at_hour(date(2010, 3, 28), "17:00") == datetime(2010, 3, 28, 16, tzinfo=UTC)
    assert at_hour(date(2010, 10, 30), "17:00") == datetime(2010, 10, 30, 16, tzinfo=UTC)
    assert at_hour(date(2010, 10, 31), "17:00") == datetime(2010, 10, 31, 17, tzinfo=UTC)
    assert at_hour(date(2010, 10, 31), "01:30") == datetime(2010, 10, 31, 1, 30, tzinfo=UTC), "the second of the two"
    assert at_hour(date(2010, 3, 28), "01:30") == datetime(2010, 3, 28, 1, 30, tzinfo=UTC), "left out: half past two on the clock"
    assert due(RULE, datetime(2010, 3, 22, 10, tzinfo=UTC), ENGLAND).at == datetime(2010, 4, 7, 16, tzinfo=UTC)
    assert london_day(extended(FIXED, _at(date(2012, 2, 28)), date(2012, 2, 29), None, "x").at) == date(2012, 2, 29)
    assert ENGLAND.add_working_days(date(2012, 2, 28), 1) == date(2012, 2, 29)


def test_who_may_ask_for_whom_and_when() -> None:
    assert may_ask(Role.PREPARER, Role.APPROVER)
    assert may_ask(Role.ACTION_OWNER, Role.APPROVER)
    assert not may_ask(Role.ACTION_OWNER, Role.PREPARER)
    assert may_ask(Role.REVIEWER, Role.REVIEWER)
    assert not may_ask(Role.REVIEWER, Role.COORDINATOR)
    assert not may_ask(Role.OFFICER, Role.OFFICER)
    now = datetime(2010, 2, 1, tzinfo=UTC)
    assert open_time(now, None, None) == ""
    assert "stands" in open_time(now, now, None)
    assert "come to an end" in open_time(now, None, now)


def test_a_later_date_cannot_come_before_an_earlier_and_it_is_said_which() -> None:
    later = DeadlineRule(code="z", label="The next", role=Role.PREPARER, fixed=date(2010, 4, 1))
    assert out_of_order([(FIXED, date(2010, 2, 26)), (later, date(2010, 2, 26))]) == []
    (told,) = out_of_order([(FIXED, date(2010, 5, 1)), (later, date(2010, 4, 1))])
    assert told == "“The next” on Thursday 1 April 2010 would come before “The date” on Saturday 1 May 2010. It has to follow it."


def test_the_nation_of_a_place() -> None:
    assert [nation_of(code, "ENG") for code in ("S12000036", "W06000015", "N09000003", "E06000001", None, "K02000001")] == [
        "SCT", "WLS", "NIR", "ENG", "ENG", "ENG",
    ]  # fmt: skip


moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(moments, st.lists(moments, min_size=3, max_size=3), st.lists(moments, max_size=4), st.booleans())
def test_the_line_of_time_holds_its_marks_and_covers_what_has_passed_once(
    opened: datetime, others: list[datetime], turns: list[datetime], closed: bool
) -> None:
    first, due_at, now = others
    now = max(now, opened)
    changes = [Change("stopped" if n % 2 == 0 else "resumed", max(at, opened), "x", "", None, due_at) for n, at in enumerate(sorted(turns))]
    line = line_of(opened, first, due_at, now if closed else None, changes, now)
    assert all(0 <= mark.x <= 100 for mark in line.marks)
    ends = 0.0
    for span in line.spans:
        assert span.x >= ends - 0.011
        assert span.width >= 0
        ends = span.x + span.width
    assert ends <= 100.02


@given(days, st.integers(1, 30), spans)
def test_a_sum_in_short_leaves_out_nothing_but_what_its_last_line_says_again(day: date, length: int, more: int) -> None:
    rule = DeadlineRule(code="x", label="The thing", role=Role.PREPARER, working_days=length, after="it began")
    first = due(rule, at_hour(day, "10:00"), ENGLAND)
    found = extended(rule, first, london_day(first.at) + timedelta(days=more), Role.OFFICER, "Snow.")
    told = short(found.explanation)
    assert told[0] == found.explanation[0]
    assert told[-1] == found.explanation[-1]
    assert len([line for line in told if line.startswith("= ")]) == 1
    assert len([line for line in told if line.startswith("not counted")]) <= 1
    for line in found.explanation:
        assert line.startswith("= ") or any(line.removeprefix("not counted: ") in one for one in told)
    assert len(told) <= len(found.explanation)
