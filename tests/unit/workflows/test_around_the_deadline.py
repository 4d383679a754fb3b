"""Lateness, headcounts near the line, the hours that returns took, what a correction opens, and what of a return is firm."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.returns import headcount
from workflows.returns.burden import QUARTILES_FROM, burden
from workflows.returns.corrections import choices, chosen, reopened
from workflows.returns.figures import Figures
from workflows.returns.lateness import days_late, lateness
from workflows.returns.tally import tally
from workflows.returns.values import Answer

PROGRAMME = programmes.read("back-office-2009")
DUE = datetime(2010, 2, 26, 17, tzinfo=UTC)
TYPED = [item.code for item in PROGRAMME.items if item.typed]
times = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda span: DUE + span)


@given(times)
def test_days_late_are_none_in_time_and_at_least_one_after(at):
    assert (days_late(DUE, at) == 0) == (at <= DUE)
    assert days_late(DUE, at) <= days_late(DUE, at + timedelta(days=1))


@pytest.mark.parametrize("state, filed, now, words", [
    ("not_started", None, DUE, None), ("in_progress", None, DUE + timedelta(minutes=1), "Late by 1 day"),
    ("awaiting_sign_off", None, DUE + timedelta(days=3), "Late by 3 days"), ("not_returned", None, DUE + timedelta(days=3),
     "Not returned since 26 February 2010"), ("submitted", DUE - timedelta(days=1), DUE + timedelta(days=90), None),
    ("accepted", DUE + timedelta(days=4), DUE + timedelta(days=90), "Filed 4 days late"), ("exempt", None, DUE + timedelta(days=3), None),
    ("in_progress", DUE + timedelta(days=1), DUE + timedelta(days=9), "Filed 1 day late"), (None, None, DUE + timedelta(days=3), None),
])  # fmt: skip
def test_how_late_a_return_is_in_words(state, filed, now, words):
    found = lateness(state, DUE, filed, now)
    assert (found.words if found else None) == words


def test_what_was_never_due_is_never_late():
    assert lateness("not_started", None, None, DUE) is None


def test_a_deadline_in_summer_counts_days_of_london():
    due = datetime(2010, 6, 30, 16, tzinfo=UTC)
    assert days_late(due, datetime(2010, 6, 30, 22, 59, tzinfo=UTC)) == 1
    assert days_late(due, datetime(2010, 7, 1, 23, 1, tzinfo=UTC)) == 2


@given(st.integers(0, 30_000), st.integers(1, 1000), st.integers(0, 100))
def test_the_line_itself_is_exempt_and_care_is_asked_for_near_it(count, line, percent):
    assert headcount.exempt(count, line) == (count <= line)
    assert headcount.near(line, line, percent)
    assert bool(headcount.warning(count, line, percent)) == headcount.near(count, line, percent)


@pytest.mark.parametrize("count, said", [(225, "exempt"), (250, "exempt"), (251, "in"), (275, "in"), (224, ""), (276, "")])
def test_within_ten_percent_of_the_line_there_is_a_warning(count, said):
    warning = headcount.warning(count, 250, 10)
    assert (f"is {said} only just" in warning) if said else warning == ""


def test_a_headcount_is_told_with_its_basis_its_day_and_where_it_is_from():
    on = date(2009, 12, 31)
    assert headcount.words(None, "", None, "") == "Not known"
    assert headcount.words(1250, "people", on, headcount.DECLARED) == "1,250 people on 31 December 2009, declared by the body"
    assert headcount.words(240, "fte", on, "") == "240 full-time equivalents on 31 December 2009"
    assert headcount.words(300, "", None, "made up for the demo") == "300 people, made up for the demo"
    assert headcount.words(300, "", None, "register") == "300 people, from the register; what was counted, and when, is not said"


hours = st.lists(st.none() | st.integers(0, 5000).map(Decimal), max_size=40)


@given(hours)
def test_the_burden_is_the_sum_and_the_middle_of_what_was_told(values):
    found, told = burden(values), [v for v in values if v is not None]
    assert (found.returns, found.told, found.total) == (len(values), len(told), sum(told))
    assert found.middle == (median(told) if told else None)
    assert (found.lower is None) == (found.upper is None) == (len(told) < QUARTILES_FROM)
    if found.lower is not None and found.upper is not None and found.middle is not None:
        assert min(told) <= found.lower <= found.middle <= found.upper <= max(told)


def test_quartiles_by_the_stated_method():
    found = burden([Decimal(n) for n in (1, 2, 3, 4, 5, 6, 7, 8)])
    assert (found.lower, found.middle, found.upper) == (Decimal("2.75"), Decimal("4.5"), Decimal("6.25"))


@given(st.lists(st.sampled_from([i.code for i in PROGRAMME.items]), max_size=6))
def test_a_correction_opens_what_was_chosen_and_what_hangs_on_it(chosen):
    opened = reopened(PROGRAMME, chosen)
    assert set(opened) >= {code for code in chosen if PROGRAMME.item(code).typed}
    assert all(PROGRAMME.item(code).typed for code in opened)
    assert reopened(PROGRAMME, opened) == opened
    for item in PROGRAMME.items:
        if item.typed:
            hangs_on = item.asked_if in chosen
            assert (item.code in opened) == (item.code in chosen or hangs_on)


def test_a_correction_of_nothing_in_particular_opens_everything():
    assert reopened(PROGRAMME, []) == []


def test_a_whole_function_can_be_chosen():
    finance = [i.code for i in PROGRAMME.items_of("finance") if i.typed]
    assert reopened(PROGRAMME, ["finance"]) == finance
    opened = reopened(PROGRAMME, ["finance", "HR_FTE"])
    assert opened == [*finance, "HR_FTE"]
    assert choices(PROGRAMME)["finance"] == "All of Finance"
    assert set(choices(PROGRAMME)) == {f.code for f in PROGRAMME.functions} | set(TYPED)
    assert [one.label for one in chosen(PROGRAMME, ["finance", "HR_FTE", "NOTHING"])] == ["All of Finance", PROGRAMME.item("HR_FTE").label]


def test_a_survey_that_was_run_after_all_opens_its_questions():
    opened = reopened(PROGRAMME, ["FIN_SURVEY_USER_RUN"])
    assert "FIN_SURVEY_USER_1" in opened
    assert "FIN_SURVEY_USER_SAMPLE" in opened


def test_what_is_not_firm_is_counted():
    said = {
        "ORG_SCOPE": Answer(text="no", note="Schools are counted."), "ORG_STAFF_HEADCOUNT": Answer(amount=Decimal(4000), basis="final"),
        "ORG_STAFF_FTE": Answer(amount=Decimal(3500), basis="estimate"), "ORG_PAY_BILL": Answer(amount=Decimal(9), basis="provisional"),
        "ORG_RUNNING_COST": Answer(not_known="The ledger is late.", known_by=date(2010, 3, 31)),
    }  # fmt: skip
    found = tally(Figures(PROGRAMME, said))
    assert (found.answered, found.not_known, found.estimated, found.provisional, found.scope) == (5, 1, 1, 1, 1)
    assert found.measured + found.not_computable == len(PROGRAMME.indicators)
    assert found.open == sum(1 for i in PROGRAMME.items if i.typed and i.required and not i.asked_if and i.code not in said)
