"""A round in simulation: the same from the same seed, with the mail that the rules make, and late as often as the pace says."""

import math
import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.deadlines.calendar import WorkingCalendar
from workflows.deadlines.simulation import MINIMUM, Crew, Pace, Unit, assumed, measured, simulate
from workflows.programme import Programme

OPENED = datetime(2009, 11, 2, 9, tzinfo=UTC)
UNITS = [Unit(number % 9) for number in range(60)]
SWIFT = 0.01


@pytest.fixture(scope="module")
def programme() -> Programme:
    return programmes.read("back-office-2009")


def test_the_same_seed_gives_the_same_and_another_another(programme: Programme) -> None:
    first = simulate(programme, UNITS, Crew(), OPENED, 1)
    assert first == simulate(programme, UNITS, Crew(), OPENED, 1)
    assert first != simulate(programme, UNITS, Crew(), OPENED, 2)


def test_where_everybody_is_swift_nothing_is_late_and_no_reminder_of_a_passed_day_goes(programme: Programme) -> None:
    paces = {rule.code: Pace(SWIFT, 1.01) for rule in programme.deadlines}
    made = simulate(programme, UNITS, Crew(), OPENED, 1, paces)
    assert made.kept
    assert all(one.late == 0 for one in made.kept)
    swift = sum(load.reminders for load in made.loads)
    slow = simulate(programme, UNITS, Crew(), OPENED, 1, {rule.code: Pace(100, 1.01) for rule in programme.deadlines})
    assert all(one.share_late == 1 for one in slow.kept if one.rule != "return_due")
    assert sum(load.reminders for load in slow.loads) > 3 * swift
    assert slow.last > made.last


def test_every_reminder_of_a_deadline_that_is_missed_goes_once(programme: Programme) -> None:
    """One body, one person in each role: a return that is late by months is reminded of before, on and after its day, ten working days
    long; counted day by day."""
    paces = {"return_due": Pace(160, 1.001), **{r.code: Pace(SWIFT, 1.01) for r in programme.deadlines if r.code != "return_due"}}
    made = simulate(programme, [Unit(0)], Crew(), OPENED, 1, paces)
    by_day = {load.day: load for load in made.loads}
    preparer = (date(2010, 2, 12), date(2010, 2, 19), date(2010, 2, 25), date(2010, 2, 26))
    preparer_and_approver, approver_and_coordinator, officer = date(2010, 3, 1), date(2010, 3, 5), date(2010, 3, 12)
    expected = {**dict.fromkeys(preparer, 1), preparer_and_approver: 2, approver_and_coordinator: 2, officer: 1}
    for day, people in expected.items():
        assert (by_day[day].reminders, by_day[day].people, by_day[day].most) == (people, people, 1)
    assert {load.day for load in made.loads if load.reminders and load.day < date(2010, 6, 1)} == expected.keys()


def test_the_share_that_is_late_is_about_what_the_pace_says(programme: Programme) -> None:
    """Half of all take longer than their median: where that is the time they have, half are late."""
    made = simulate(programme, [Unit(0)] * 400, Crew(), OPENED, 1, {"acceptance": Pace(4.5, 2.0)})
    acceptance = next(one for one in made.kept if one.rule == "acceptance")
    expected = 1 - 0.5 * (1 + math.erf(math.log(5 / 4.5) / math.log(2.0) / math.sqrt(2)))
    assert abs(acceptance.share_late - expected) < 0.08


def test_the_sums_agree(programme: Programme) -> None:
    made = simulate(programme, UNITS, Crew(preparers=2, officers=3), OPENED, 5)
    assert sum(week.mails for week in made.weeks()) == made.mails == sum(load.mails for load in made.loads)
    assert made.busiest is not None
    assert made.busiest.most == max(week.most for week in made.weeks())
    assert [load.day for load in made.loads] == sorted({load.day for load in made.loads})
    assert all(load.most * load.people >= load.mails >= load.people for load in made.loads)
    calendar = WorkingCalendar()
    moves = [load.day for load in made.loads if load.messages]
    assert all(calendar.is_working(day) for day in moves), "people work on working days"


def test_a_route_without_a_review_has_none(programme: Programme) -> None:
    made = simulate(programme, [Unit(None, peer_review=False)] * 5, Crew(), OPENED, 1)
    assert not {"allocation", "peer_review", "moderation"} & {one.rule for one in made.kept}
    assert {"challenge", "response", "plan_proposal"} <= {one.rule for one in made.kept}
    bare = simulate(programme, [Unit(None, peer_review=False, challenge=False, plan=False)] * 5, Crew(), OPENED, 1)
    assert {one.rule for one in bare.kept} == {"return_due", "sign_off", "acceptance"}
    assert not simulate(programme, [], Crew(), OPENED, 1).loads


def test_the_paces_are_of_the_programme_and_of_the_round(programme: Programme) -> None:
    usual = assumed(programme, OPENED, {})
    assert usual["sign_off"].median == 3.5
    assert "action_due" not in usual
    later = assumed(programme, OPENED, {"return_due": date(2010, 6, 30)})
    assert later["return_due"].median > usual["return_due"].median


@given(st.lists(st.floats(0, 200), min_size=0, max_size=60))
def test_what_was_measured_is_taken_from_twenty_on(days: list[float]) -> None:
    pace = measured(days)
    assert (pace is None) == (len(days) < MINIMUM)
    if pace:
        assert pace.finished == len(days)
        assert pace.draw(random.Random(1)) > 0
        assert pace.spread >= 1
