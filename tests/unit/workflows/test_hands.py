"""In whose hands a case was: the days of all sides add up, and the league counts those who judge as well."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.case import TRACKS
from workflows.deadlines.calendar import WorkingCalendar, london_day
from workflows.deadlines.hands import SIDES, CaseTimes, Counter, Days, Held, Owed, hands, league, ordered, pieces
from workflows.roles import Role, Side

ENGLAND = WorkingCalendar("ENG")
START = datetime(2010, 1, 4, 9, tzinfo=UTC)
ORDER = ("return", "review", "challenge", "plan", "penalty")
ROLES = [None, *{role for track in TRACKS.values() for state in track.states for role in (state.turn, state.alone)}]
Steps = list[tuple[Role | None, int]]
gaps = st.lists(st.tuples(st.sampled_from(ROLES), st.integers(0, 60 * 24 * 40)), min_size=1, max_size=8)


def _track(code: str, steps: Steps, start: datetime = START, action: int | None = None) -> list[Held]:
    """A track that stood in one state after another, each for so many minutes; the last one it stands in now."""
    found, at = [], start
    for number, (role, minutes) in enumerate(steps):
        until = at + timedelta(minutes=minutes)
        found.append(Held(code, action, "x", role, at, until if number < len(steps) - 1 else None))
        at = until
    return found


def _now(*tracks: list[Held]) -> datetime:
    return max(stay.since for stays in tracks for stay in stays) + timedelta(days=3, hours=5)


@given(gaps, gaps, st.integers(0, 60 * 24 * 30))
def test_the_days_of_all_sides_add_up_to_those_that_passed(one: Steps, other: Steps, later: int) -> None:
    first, second = _track("return", one), _track("review", other, START + timedelta(minutes=later))
    now = _now(first, second)
    found = hands(first + second, ENGLAND, now, ORDER)
    for line in (*found.tracks, *([found.all] if found.all else [])):
        start, end = london_day(line.start), london_day(line.end)
        assert line.total == Days((end - start).days, ENGLAND.working_days(start, end))
        if line.track:
            told = sum((line.with_side(side).days for side in SIDES), line.with_nobody.days)
            assert told == line.total.days, "no day twice, and none left out"
            assert line.with_several == Days()
        assert sum(line.with_side(side).days for side in SIDES) + line.with_nobody.days >= line.total.days
        assert round(sum(width for _, _, width in line.parts()), 0) in (99, 100, 101)
    held = [stay for stay in first + second if stay.turn and (stay.until or now) > stay.since]
    assert bool(found.all) is bool(held)
    if found.all:
        assert found.all.start == min(stay.since for stay in held)
        assert found.all.end == max(stay.until or now for stay in held)


@given(gaps, gaps)
def test_with_whom_the_whole_case_lies_now_is_with_whom_its_parts_lie(one: Steps, other: Steps) -> None:
    stays = _track("return", one) + _track("review", other)
    found = hands(stays, ENGLAND, _now(stays), ORDER)
    holders = Side.NOBODY
    for line in found.tracks:
        holders |= line.holder
    assert (found.all.holder if found.all else Side.NOBODY) == holders


@given(st.dates(date(2009, 1, 1), date(2012, 1, 1)), st.integers(0, 400), st.integers(0, 400))
def test_sums_made_once_count_as_the_calendar_does(first: date, start: int, more: int) -> None:
    one, two = first + timedelta(days=start), first + timedelta(days=start + more)
    assert Counter(ENGLAND, first, two).between(one, two) == Days(more, ENGLAND.working_days(one, two))


def _at(day: int, hour: int = 12) -> datetime:
    return datetime(2010, 3, day, hour, tzinfo=UTC)


def test_a_day_counts_for_whoever_had_it_as_the_day_began() -> None:
    stays = [
        Held("return", None, "in_progress", Role.PREPARER, _at(1), _at(3)),
        Held("return", None, "awaiting_sign_off", Role.APPROVER, _at(3), _at(5)),
        Held("return", None, "submitted", Role.COORDINATOR, _at(5), _at(9)),
        Held("return", None, "accepted", None, _at(9), None),
    ]
    (line,) = hands(stays, ENGLAND, _at(20), ORDER).tracks
    assert [(one.side, one.start, one.end) for one in line.pieces] == [
        (Side.BODY, _at(1), _at(5)), (Side.PARTNERSHIP, _at(5), _at(9))
    ], "two people of one side are one stay with it, and what is over waits for nobody"  # fmt: skip
    assert line.days == {Side.BODY: Days(4, 4), Side.PARTNERSHIP: Days(4, 2)}, "6 and 7 March are a weekend"
    assert (line.holder, line.since) == (Side.NOBODY, None)


def test_what_begins_and_ends_on_one_day_costs_nobody_a_day() -> None:
    stays = [
        Held("return", None, "submitted", Role.COORDINATOR, _at(1, 9), _at(1, 15)),
        Held("return", None, "x", Role.PREPARER, _at(1, 15), _at(2)),
    ]
    (line,) = hands(stays, ENGLAND, _at(2), ORDER).tracks
    assert line.with_side(Side.PARTNERSHIP) == Days(0, 0)
    assert line.with_side(Side.BODY) == Days(1, 1)


def test_a_plan_in_delivery_lies_with_whom_its_actions_wait_for() -> None:
    stays = [
        Held("plan", None, "awaited", Role.APPROVER, _at(1), _at(2)),
        Held("plan", None, "in_delivery", Role.ACTION_OWNER, _at(2), None),
        Held("action", 1, "in_progress", Role.ACTION_OWNER, _at(2), _at(4)),
        Held("action", 1, "reported_complete", Role.INSPECTOR, _at(4), _at(10)),
        Held("action", 1, "verified", None, _at(10), None),
        Held("action", 2, "in_progress", Role.ACTION_OWNER, _at(2), _at(6)),
        Held("action", 2, "reported_complete", Role.INSPECTOR, _at(6), _at(9)),
        Held("action", 2, "verified", None, _at(9), None),
    ]
    (line,) = hands(stays, ENGLAND, _at(12), ORDER).tracks
    assert [(one.side, one.start.day, one.end.day) for one in line.pieces] == [
        (Side.BODY, 1, 6), (Side.AUDITOR, 6, 10), (Side.BODY, 10, 12)
    ], "the body's while it has one to do, the auditor's while only verification is left, then the approver reports"  # fmt: skip


def test_actions_that_came_from_a_body_that_ended_count_though_there_is_no_plan() -> None:
    stays = [Held("action", 1, "in_progress", Role.ACTION_OWNER, _at(2), None)]
    assert [(one.side, one.start) for one in pieces(stays, _at(5))["plan"]] == [(Side.BODY, _at(2))]


# The league.


def _owed(**more: object) -> Owed:
    told: dict[str, Any] = {"rule": "acceptance", "side": Side.PARTNERSHIP, "due_at": _at(5, 17), "stopped": False,
                            "closed_at": None, "outcome": "",
                  "returned_at": None, "asked": 0, "granted": 0, "refused": 0}  # fmt: skip
    return Owed(**told | more)


@pytest.mark.parametrize("owed, until, still", [
    (_owed(), _at(12), True), (_owed(closed_at=_at(4), outcome="met"), None, False),
    (_owed(closed_at=_at(8), outcome="missed"), _at(8), False),
    (_owed(stopped=True), None, False), (_owed(due_at=_at(20)), None, False), (_owed(closed_at=_at(8), outcome="lapsed"), None, False),
    (_owed(rule="return_due", closed_at=_at(8), outcome="missed"), _at(12), True),
    (_owed(rule="return_due", closed_at=_at(8), outcome="missed", returned_at=_at(10)), _at(10), False),
    (_owed(rule="return_due", closed_at=_at(4), outcome="met", returned_at=_at(4)), None, False),
])  # fmt: skip
def test_late_is_what_was_not_done_in_time_and_a_return_never_made_stays_late(owed: Owed, until: datetime | None, still: bool) -> None:
    assert owed.over(_at(12)) == (until, still)


@given(st.integers(5, 60), st.integers(1, 60))
def test_a_return_that_is_never_made_is_never_better_than_a_late_one(filed: int, more: int) -> None:
    now = _at(5, 17) + timedelta(days=filed + more)
    rows = []
    for returned in (None, _at(5, 17) + timedelta(days=filed)):
        owed = _owed(rule="return_due", side=Side.BODY, closed_at=_at(9), outcome="missed", returned_at=returned)
        case = CaseTimes(("E1", "Ely"), None, "ENG", [], [owed])
        rows += league([case], now, WorkingCalendar, ("a", "Auditor"), ("p", "Programme"))
    never, late = rows
    assert never.days_over >= late.days_over
    assert (never.late, never.overdue, late.late, late.overdue) == (1, 1, 1, 0)


def _case(code: str, *, partnership: bool = True) -> CaseTimes:
    stays = [
        Held("return", None, "in_progress", Role.PREPARER, _at(1), _at(3)),
        Held("return", None, "submitted", Role.COORDINATOR if partnership else Role.OFFICER, _at(3), _at(11)),
        Held("return", None, "accepted", None, _at(11), None),
        Held("challenge", None, "unallocated", Role.MANAGER, _at(11), None),
    ]
    side = Side.PARTNERSHIP if partnership else Side.PROGRAMME
    owed = [_owed(side=side, closed_at=_at(11), outcome="missed"), _owed(side=Side.BODY, asked=2, granted=1, refused=1, outcome="met",
                                                                     closed_at=_at(3))]  # fmt: skip
    return CaseTimes((code, f"Body {code}"), ("NE", "North East") if partnership else None, "ENG", stays, owed)


def test_the_league_counts_those_who_judge_as_well_as_bodies() -> None:
    rows = league([_case("1"), _case("2"), _case("3", partnership=False)], _at(15), WorkingCalendar, ("ac", "Commission"), ("po", "Team"))
    by = {(row.kind, row.code): row for row in rows}
    assert set(by) == {("body", "1"), ("body", "2"), ("body", "3"), ("partnership", "NE"), ("auditor", "ac"), ("programme", "po")}
    riep, commission, team = by["partnership", "NE"], by["auditor", "ac"], by["programme", "po"]
    assert (riep.cases, riep.in_hand, riep.times, riep.middle, riep.longest) == (2, 0, [6, 6], 6.0, 6)
    assert (riep.late, riep.overdue, riep.days_over) == (2, 0, 8), "four working days each: 8 to 11 March"
    assert (commission.cases, commission.in_hand, commission.longest) == (3, 3, 2), "what runs counts up to now"
    assert (team.cases, team.longest) == (1, 6)
    assert (by["body", "1"].asked, by["body", "1"].granted, by["body", "1"].refused, by["body", "1"].late) == (2, 1, 1, 0)
    assert [row.name for row in ordered(rows, "name", down=False)][:2] == ["Body 1", "Body 2"]
    assert ordered(rows, "in_hand", down=True)[0] is commission
