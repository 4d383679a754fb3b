"""What stands between a return and its sign-off, and explanations that rest on the figures they were given for."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.support.broken import FACTORS
from workflows.programme import Check, Function, Held, Indicator, Item, Practice, Programme
from workflows.programme.questions import with_questions
from workflows.returns.checks import Earlier, also_asked, belongs, check
from workflows.returns.explanations import LIMIT, BadExplanation, Explanation, fits, given_for, read_explanation
from workflows.returns.figures import Figures
from workflows.returns.outliers import spread
from workflows.returns.values import Answer

COMMON: dict[str, Any] = {"official_id": "", "dimension": "impact", "unit": "%", "direction": "lower", "certainty": "proposed",
                          "function": "fin"}  # fmt: skip
PROGRAMME = with_questions(
    Programme(
        code="p", name="P", version="1", effective_from=2009, threshold=250, severities=(), outlier_minimum=3,
        functions=(Function(code="fin", name="Finance", prefix="FIN"), Function(code="law", name="Law", provisional=True)),
        items=(
            Item(code="A", function="fin", label="Staff", unit="GBP"), Item(code="B", function="fin", label="Systems", unit="GBP"),
            Item(code="SUM", function="fin", label="Cost", unit="GBP", formula="A + B"),
            Item(code="INCOME", function="fin", label="Income", unit="GBP", part_of="SUM"),
            Item(code="PEOPLE", function="fin", label="People", change_percent=Decimal(50)),
            Item(code="L", function="law", label="Lawyers"),
        ),
        indicators=(
            Indicator(code="SHARE", label="Staff share", numerator="A", denominator="SUM", scale=Decimal(100),
                      plausible_min=Decimal(10), plausible_max=Decimal(90), **COMMON),
            Indicator(code="LAW", label="Lawyers", numerator="L", **COMMON | {"function": "law", "unit": "FTE"}),
        ),
        practices=(Practice(code="FIN_PRACTICE_1", function="fin", number=1, text="We plan"),),
        held=(Held(code="OLD", source="s", label="Cost in the statistics", unit="GBP", lines=("x",)),),
        checks=(
            Check(code="NET", kind="hard", function="fin", items=("INCOME",), holds="INCOME < SUM", text="No cost is left.",
                  mend="Enter the gross cost."),
            Check(code="HALF", kind="soft", function="fin", items=("SUM",), holds="SUM >= 0.5 * held(OLD)", text="Less than half.",
                  mend="Say why."),
            Check(code="ROUND", kind="signal", function="fin", items=("A",), holds="ROUND_SHARE <= 80", text="All is round.",
                  mend="Are these estimates?"),
        ),
    )
)  # fmt: skip
FULL = {"A": 500, "B": 501, "INCOME": 10, "PEOPLE": 20, "L": 3}
amounts = st.integers(-1000, 1000)


def figures(*, last=None, held=None, compared=None, **values):
    said = {code: Answer(amount=Decimal(n)) for code, n in (FULL | values).items() if n is not None}
    said["FIN_PRACTICE_1"] = Answer(text="no")
    found = {code: spread(v) for code, v in (compared or {}).items()}
    return Figures(PROGRAMME, said, {c: Decimal(n) for c, n in (last or {}).items()}, {c: Decimal(n) for c, n in (held or {}).items()},
                   comparators=found)  # fmt: skip


def codes(checked):
    return [o.code for o in checked.outcomes]


def test_nothing_stands_in_the_way_of_a_return_that_fits():
    checked = check(figures(last=FULL, held={"OLD": 1200}))
    assert codes(checked) == []
    assert checked.gaps == ()


def test_gaps_are_what_is_missing_then_what_blocks_then_what_is_to_be_explained():
    checked = check(figures(B=None, INCOME=2000, last={"A": 100}, held={"OLD": 9000}))
    assert [g.text[:20] for g in checked.gaps] == ["Answer “Systems”, or", "Mend this or say why"], "without B there is no sum to check"
    checked = check(figures(L=None, INCOME=2000, held={"OLD": 9000}))
    assert codes(checked) == ["NET", "HALF", "INCOME.part"]
    assert [g.place for g in checked.gaps] == ["return/law#L", "return/fin#INCOME", "return/fin#INCOME", "return/checks#HALF"]
    assert [g.place for g in checked.in_way("law")] == ["return/law#L"]
    assert checked.in_way("fin") == checked.gaps[1:]
    assert checked.to_explain("fin") == 1


@given(st.dictionaries(st.sampled_from(["A", "B", "PEOPLE"]), amounts), st.dictionaries(st.sampled_from(["A", "B", "PEOPLE"]), amounts))
def test_a_move_on_last_year_is_asked_about_above_its_limit(values, last):
    checked = check(figures(**values, last=last))
    now = FULL | values
    for code, limit in (("A", 20), ("B", 20), ("PEOPLE", 50)):
        moved = code in last and abs(now[code] - last[code]) > limit / 100 * abs(last[code])
        assert (f"{code}.change" in codes(checked)) == moved


def test_a_total_is_asked_about_only_where_none_of_its_parts_is():
    assert codes(check(figures(last={"SUM": 500}))) == ["SUM.change"]
    assert codes(check(figures(last={"SUM": 500, "A": 100, "B": 501}))) == ["A.change"]
    assert codes(check(figures(last={"SUM": 1100, "A": 600, "B": 500}))) == [], "nothing moved by more than a fifth"


def test_what_moved_from_nothing_moved():
    outcome = check(figures(last={"A": 0})).outcome("A.change")
    assert outcome is not None
    assert [t.value for t in outcome.terms] == ["£500", "£0", "from nothing"]
    assert check(figures(A=0, last={"A": 0})).outcome("A.change") is None


@given(amounts, amounts)
def test_an_indicator_outside_its_bounds_is_asked_about(a, b):
    checked = check(figures(A=a, B=b))
    outside = a + b != 0 and not 10 <= 100 * a / (a + b) <= 90
    assert ("SHARE.bounds" in codes(checked)) == outside


def test_comparators_are_asked_only_where_there_are_enough_and_the_function_is_judged():
    wild = {"SHARE": [5.0, 5.1, 5.2], "LAW": [90.0, 91.0, 92.0]}
    checked = check(figures(compared=wild))
    assert codes(checked) == ["SHARE.comparator"], "provisional functions are not judged"
    assert [t.value for t in checked.outcomes[0].terms] == ["49.95%", "£500", "£1,001", "5.1%", "4.58% to 5.62%"]
    assert checked.outcomes[0].terms[-2].label == "Median of 3 others"
    assert codes(check(figures(compared={"SHARE": [5.0, 5.1]}))) == []
    assert codes(check(figures(compared={"SHARE": [5.0] * 9}))) == [], "where all are alike nothing is unusual"


def test_a_signal_is_a_question_and_holds_nothing_up():
    checked = check(figures(A=5000, B=4000, INCOME=1000))
    assert codes(checked) == ["ROUND"]
    assert checked.gaps == ()
    assert [o.status for o in checked.unanswered] == ["unanswered"]
    said = {"ROUND": Explanation("From the ledger.", checked.outcomes[0].rests_on)}
    assert [o.status for o in check(checked.figures, said).outcomes] == ["answered"]


def test_an_explanation_stands_until_its_figures_change_and_then_says_for_what_it_was_given():
    before = check(figures(last={"A": 100}))
    rests_on = before.outcomes[0].rests_on
    assert rests_on == "A=500; last(A)=100"
    said = {"A.change": Explanation("A team moved here.", rests_on, "asked")}
    assert check(before.figures, said).gaps == ()
    for changed in (figures(A=501, last={"A": 100}), figures(last={"A": 101})):
        checked = check(changed, said)
        assert [o.status for o in checked.outcomes] == ["confirm"]
        assert checked.gaps[0].text.startswith("Confirm or change what you said")
        assert given_for(rests_on, PROGRAMME) == [("Staff", "£500"), ("Staff, last year", "£100")]
    again = {"A.change": Explanation("A team moved here.", check(figures(A=501, last={"A": 100})).outcomes[0].rests_on)}
    assert check(figures(A=501, last={"A": 100}), again).gaps == ()
    taken_back = {"A.change": Explanation("", rests_on)}
    assert [o.status for o in check(before.figures, taken_back).outcomes] == ["explain"]


@given(st.sampled_from(["A", "B", "PEOPLE"]), st.sampled_from([f for f in FACTORS if f != 1]))
def test_an_explanation_rests_on_every_figure_of_its_check_and_on_no_other(code, factor):
    broken = figures(A=20, B=900)
    outcome = check(broken).outcome("SHARE.bounds")
    assert outcome is not None
    said = {"SHARE.bounds": Explanation("It is bought in.", outcome.rests_on)}
    other = figures(**{"A": 20, "B": 900} | {code: Decimal(FULL[code] if code == "PEOPLE" else 20) * factor})
    found = check(other, said).outcome("SHARE.bounds")
    if found is not None:
        same = all(other.amount(c) == broken.amount(c) for c in ("A", "SUM"))
        assert found.explained == same
        assert found.stale != same


def test_a_check_that_blocks_cannot_be_explained_away():
    checked = check(figures(INCOME=2000))
    said = {o.code: Explanation("It is so.", o.rests_on) for o in checked.outcomes}
    assert check(checked.figures, said).gaps == checked.gaps


def test_a_version_by_itself_tells_which_explanations_belong_to_it():
    version = figures()
    assert fits("A=500; last(A)=100", version), "last year is not part of it"
    assert fits("SUM=1001; held(OLD)=5; CASE_HEADCOUNT(fin)=9", version)
    assert not fits("A=501; last(A)=100", version)
    assert not fits("ROUND_SHARE(fin)=100", version)
    assert fits("FIN_PRACTICE_1=no", version)
    assert fits("GONE=", version), "an item that is not asked for has no value now as then"


def test_what_an_earlier_round_left_open_is_a_question_on_the_figure_of_now():
    earlier = [
        Earlier("earlier.query-7", "A", "Does it hold the pension team?", "Say."),
        Earlier("earlier.query-8", "GONE", "Why?", "Say."),
    ]
    said = {"earlier.query-7": Explanation("It does not.", "A=500")}
    asked = also_asked(check(figures()), earlier)
    assert [(o.code, o.status, o.place) for o in asked.outcomes] == [("earlier.query-7", "unanswered", "return/fin#A")]
    assert asked.gaps == ()
    assert [o.status for o in also_asked(check(figures()), earlier, said).outcomes] == ["answered"]
    assert [o.status for o in also_asked(check(figures(A=501)), earlier, said).outcomes] == ["unanswered"]


def test_an_answer_that_was_only_filled_in_is_to_be_confirmed():
    found = figures()
    answers = {**found.answers, "A": Answer(amount=Decimal(500), prefilled="last year’s return")}
    checked = check(replace(found, answers=answers, _computed={}))
    assert [(gap.kind, gap.reason.text) for gap in checked.missing] == [
        ("confirm", "Confirm “Staff”: it was filled in from last year’s return.")
    ]


@pytest.mark.parametrize("text, kept", [("  because \r\n of it ", "because \n of it"), ("", ""), ("   ", "")])
def test_an_explanation_is_kept_as_it_was_written(text, kept):
    assert read_explanation(text) == kept


@pytest.mark.parametrize("text, told", [("ok", "a few words"), ("x" * (LIMIT + 1), "2,000 characters or fewer; this has 2,001")])
def test_what_explains_nothing_or_too_much_is_refused(text, told):
    with pytest.raises(BadExplanation, match=told):
        read_explanation(text)


def test_what_is_asked_only_after_a_yes_has_no_place_after_a_no():
    run, item = Item(code="RUN", function="fin", label="Run", kind="yes_no"), Item(code="HOW", function="fin", label="How", asked_if="RUN")
    programme = structs.replace(PROGRAMME, items=(*PROGRAMME.items, run, item))
    assert belongs(item, Figures(programme, {"RUN": Answer(text="yes")}))
    assert not belongs(item, Figures(programme, {"RUN": Answer(text="no")}))
    assert belongs(item, Figures(programme, {}))
    assert belongs(item, Figures(programme, {"RUN": Answer(text="no"), "HOW": Answer(not_known="It was lost.")}))
