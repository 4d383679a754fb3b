"""Which reminders are due and still true, and when mail may leave: in every nation, over clock changes and the end of the year."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.deadlines.calendar import LONDON, WorkingCalendar, london_day
from workflows.deadlines.reminders import (
    DIGEST_HOUR,
    GATHER,
    RHYTHMS,
    Kind,
    Leaving,
    Pause,
    Rung,
    due_now,
    kind_of,
    leaving,
    next_after,
    quiet,
    reminders_for,
    rhythm_in,
    still_true,
)
from workflows.programme import ReminderRule
from workflows.roles import Role

ENGLAND = WorkingCalendar("ENG")
nations = st.sampled_from(["ENG", "WLS", "SCT", "NIR"]).map(WorkingCalendar)
BEGIN = datetime(2009, 1, 1, tzinfo=UTC)
moments = st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
offsets = st.lists(st.integers(-15, 15), min_size=1, max_size=8, unique=True)


def rule(days, code="", **more):
    return ReminderRule(code=code or f"r{days}", deadline="due", working_days=days, to=(Role.PREPARER,), message="m", **more)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def rungs(days, due, calendar=ENGLAND):
    class Plain:
        reminders = tuple(rule(one) for one in days)

    return reminders_for("due", due, Plain, calendar)  # type: ignore[arg-type]


def leaves(now, **more):
    usual: dict[str, Any] = {"optional": True, "grouped": False, "rhythm": "immediately", "person_id": 7, "calendar": ENGLAND}
    return leaving(**(usual | {"now": now} | more))


DUE = at("2010-02-26T17:00")


@pytest.mark.parametrize("now, due", [
    ("2010-02-12T09:00", -10), ("2010-02-19T09:00:30", -5), ("2010-02-25T12:00", -1), ("2010-02-26T09:00", 0), ("2010-03-05T09:00", 5),
])  # fmt: skip
def test_each_rung_goes_on_its_day(now, due):
    schedule = rungs((-10, -5, -1, 0, 1, 5), DUE)
    found = due_now(schedule, DUE, max(rung.at for rung in schedule if rung.at <= at(now)), at(now))
    assert _days(found) == ([[due]], [])


def _days(found):
    return [[one.working_days for one in together] for together in found.due], [one.working_days for one in found.untrue]


def test_after_an_outage_what_is_true_goes_the_latest_first_and_the_rest_does_not():
    schedule = rungs((-10, -5, -1, 0, 1, 5), DUE)
    assert _days(due_now(schedule, DUE, schedule[0].at, at("2010-02-25T11:00"))) == ([[-1], [-5], [-10]], [])
    night = due_now(schedule, DUE, schedule[2].at, at("2010-02-27T03:00"))
    assert _days(night) == ([], [-1, 0]), "it is neither coming nor today any more, and to say that it has passed is not due yet"


def test_all_that_go_at_one_time_go_together():
    schedule = [Rung(rule(5, "a"), DUE + timedelta(days=7)), Rung(rule(5, "b"), DUE + timedelta(days=7))]
    assert [[one.code for one in together] for together in due_now(schedule, DUE, DUE, DUE + timedelta(days=8)).due] == [["a", "b"]]


@given(offsets, moments, nations, st.lists(st.integers(1, 20 * 24 * 60), max_size=25))
def test_whenever_it_ticks_each_rung_goes_once_or_is_dropped_once(days, due, calendar, steps):
    """Ticks at random, an outage of days among them; the next is looked up from the clock, as it is kept beside the deadline."""
    schedule = rungs(days, due, calendar)
    now = due - timedelta(days=40)
    begun = next_after(schedule, now)
    told = []
    for step in [*steps, 80 * 24 * 60]:
        now += timedelta(minutes=step)
        if begun is None or begun > now:
            continue
        found = due_now(schedule, due, begun, now)
        true = [one for together in found.due for one in together]
        assert all(still_true(one, due, now) for one in true)
        assert not any(still_true(one, due, now) for one in found.untrue)
        told += [one.code for one in (*true, *found.untrue)]
        begun = next_after(schedule, now)
    assert sorted(told) == sorted(rung.rule.code for rung in schedule)


@given(offsets, moments, nations)
def test_reminders_before_and_after_go_on_working_days_at_nine_in_london(days, due, calendar):
    for rung in rungs(days, due, calendar):
        assert rung.at.astimezone(LONDON).time() == time(9)
        if rung.rule.working_days:
            assert calendar.is_working(london_day(rung.at))


def test_a_kind_is_read_off_the_days():
    assert [kind_of(rule(days)) for days in (-3, 0, 2)] == [Kind.BEFORE, Kind.ON, Kind.AFTER]
    assert kind_of(None) is Kind.NEWS
    assert all(kind.label for kind in Kind)


@pytest.mark.parametrize("day, nation, expected", [
    (date(2010, 2, 1), "ENG", False),
    (date(2010, 2, 6), "ENG", True),
    (date(2010, 4, 2), "ENG", True),
    (date(2010, 4, 5), "SCT", False),
    (date(2010, 3, 17), "NIR", True),
    (date(2010, 3, 17), "ENG", False),
    (date(2010, 11, 30), "SCT", True),
    (date(2009, 12, 24), "ENG", False),
    (date(2009, 12, 30), "ENG", True),
    (date(2010, 1, 1), "WLS", True),
    (date(2010, 1, 4), "ENG", False),
    (date(2010, 1, 4), "SCT", True),
])  # fmt: skip
def test_quiet_days_are_those_of_the_nation_and_the_days_round_new_year(day, nation, expected):
    assert quiet(day, WorkingCalendar(nation)) is expected


@pytest.mark.parametrize("now, more, expected", [
    ("2010-02-01T14:00", {}, Leaving(at("2010-02-01T14:00"), "")),
    ("2010-02-06T14:00", {}, Leaving(at("2010-02-08T09:00"), "")),
    ("2009-12-24T23:30", {}, Leaving(at("2009-12-24T23:30"), "")),
    ("2009-12-25T08:00", {}, Leaving(at("2010-01-04T09:00"), "")),
    ("2010-02-06T14:00", {"due": at("2010-02-07T17:00")}, Leaving(at("2010-02-06T14:00"), "")),
    ("2010-02-06T14:00", {"due": at("2010-02-08T09:00")}, Leaving(at("2010-02-06T14:00"), "")),
    ("2010-02-06T14:00", {"due": at("2010-02-08T17:00")}, Leaving(at("2010-02-08T09:00"), "")),
    ("2010-02-06T14:00", {"due": at("2010-02-01T17:00")}, Leaving(at("2010-02-08T09:00"), "")),
    ("2010-02-01T09:00", {"rhythm": "daily"}, Leaving(at("2010-02-01T10:00"), "daily:7:2010-02-01")),
    ("2010-02-01T10:01", {"rhythm": "daily"}, Leaving(at("2010-02-02T10:00"), "daily:7:2010-02-02")),
    ("2010-02-05T18:00", {"rhythm": "daily"}, Leaving(at("2010-02-08T10:00"), "daily:7:2010-02-08")),
    ("2010-02-02T09:00", {"rhythm": "weekly"}, Leaving(at("2010-02-08T10:00"), "weekly:7:2010-02-08")),
    ("2010-03-30T09:00", {"rhythm": "weekly"}, Leaving(at("2010-04-06T10:00"), "weekly:7:2010-04-06")),
    ("2010-02-02T09:00", {"rhythm": "weekly", "due": at("2010-02-05T17:00")}, Leaving(at("2010-02-02T10:00"), "daily:7:2010-02-02")),
    ("2010-02-02T11:00", {"rhythm": "weekly", "due": at("2010-02-02T17:00")}, Leaving(at("2010-02-02T11:00"), "")),
    ("2010-02-02T11:00", {"rhythm": "off"}, None),
    ("2010-02-02T11:00", {"rhythm": "off", "optional": False}, Leaving(at("2010-02-02T11:00"), "")),
    ("2010-02-02T11:00", {"rhythm": "weekly", "optional": False}, Leaving(at("2010-02-02T11:00"), "")),
    ("2010-02-02T09:00", {"grouped": True, "optional": False}, Leaving(at("2010-02-02T09:10"), "grouped:7:2010-02-02")),
    ("2010-02-02T09:00", {"grouped": True, "optional": False, "rhythm": "daily"}, Leaving(at("2010-02-02T10:00"), "daily:7:2010-02-02")),
    ("2010-02-02T09:00", {"grouped": True, "optional": False, "rhythm": "off"}, Leaving(at("2010-02-02T09:10"), "grouped:7:2010-02-02")),
    ("2010-02-02T11:00", {"crowded": True}, Leaving(at("2010-02-03T10:00"), "daily:7:2010-02-03")),
    ("2010-02-02T11:00", {"crowded": True, "optional": False}, Leaving(at("2010-02-02T11:00"), "")),
])  # fmt: skip
def test_when_mail_leaves(now, more, expected):
    assert leaves(at(now), **more) == expected


@given(moments, st.booleans(), st.booleans(), st.sampled_from(RHYTHMS), nations, st.none() | moments, st.booleans())
def test_mail_is_never_early_never_late_and_quiet_days_are_quiet(now, optional, grouped, rhythm, calendar, due, crowded):
    found = leaves(now, optional=optional, grouped=grouped, rhythm=rhythm, calendar=calendar, due=due, crowded=crowded)
    if found is None:
        assert optional and rhythm == "off"
        return
    assert found.not_before >= now
    assert found.not_before - now < timedelta(days=24), "a week, and the longest row of quiet days"
    if due is not None and due > now:
        assert found.not_before < due, "no mail waits beyond its deadline"
    if quiet(london_day(found.not_before), calendar):
        assert found == Leaving(now, "")
        assert due is not None and due > now
    if found.bundle:
        name, person, day = found.bundle.split(":")
        assert person == "7" and day == str(london_day(found.not_before))
        assert name in ("daily", "weekly", "grouped")
        if name != "grouped":
            assert f"{found.not_before.astimezone(LONDON):%H:%M}" == DIGEST_HOUR
    if not optional and not grouped:
        assert not found.bundle
    if optional or grouped:
        wait = timedelta(days=24) if rhythm in ("daily", "weekly") or crowded else GATHER
        assert found.not_before - now <= wait or quiet(london_day(now), calendar) or quiet(london_day(now + GATHER), calendar)


@given(moments, moments, nations)
def test_mails_of_one_bundle_leave_at_one_time(one, two, calendar):
    first, second = (leaves(now, rhythm="weekly", calendar=calendar) for now in (one, two))
    assert first is not None and second is not None
    assert (first.bundle == second.bundle) == (first.not_before == second.not_before)


@pytest.mark.parametrize("kept, expected", [("daily", "daily"), ("hourly", "immediately"), (None, "immediately"), (3, "immediately")])
def test_a_rhythm_that_is_none_is_the_usual_one(kept, expected):
    assert rhythm_in(kept) == expected


@given(st.integers(-200 * 24 * 60, 200 * 24 * 60), st.sampled_from(list(Role)))
def test_a_pause_stops_who_acts_for_the_body_until_its_day_and_nobody_else(minutes, role):
    pause = Pause(datetime(2010, 4, 1, tzinfo=LONDON).astimezone(UTC), "A flood.")
    said = pause.stops(role, datetime(2010, 3, 31, 23, tzinfo=UTC) + timedelta(minutes=minutes))
    paused = minutes < 0 and role in (Role.PREPARER, Role.APPROVER, Role.ACTION_OWNER)
    assert said == ("Reminders to this body are paused until Thursday 1 April 2010: A flood." if paused else "")
