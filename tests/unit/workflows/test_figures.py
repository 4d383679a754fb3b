"""Figures computed from a return: items, indicators, practices and surveys; and the gaps before sign-off."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.programme import Check, Function, Indicator, Item, Practice, Programme, SurveyStatement
from workflows.programme.questions import with_questions
from workflows.returns import checks
from workflows.returns.figures import Figures
from workflows.returns.values import Answer

COMMON = {"dimension": "impact", "unit": "x", "direction": "context", "certainty": "proposed", "official_id": "", "function": "fin"}
PROGRAMME = with_questions(
    Programme(
        code="p", name="P", version="1", effective_from=2009, threshold=250, severities=(),
        functions=(Function(code="fin", name="Finance", prefix="FIN", scope="Count it all.", surveyed=True),),
        items=(
            Item(code="A", function="fin", label="A", unit="GBP"), Item(code="B", function="fin", label="B", unit="GBP"),
            Item(code="SUM", function="fin", label="Sum", unit="GBP", formula="A + B"),
            Item(code="NET", function="fin", label="Net", unit="GBP", formula="SUM - INCOME"),
            Item(code="INCOME", function="fin", label="Income", unit="GBP", part_of="SUM"),
            Item(code="EXTRA", function="fin", label="Extra", required=False),
        ),
        indicators=tuple(Indicator(**(COMMON | more)) for more in (
            {"code": "SHARE", "label": "Share", "numerator": "A", "denominator": "SUM", "scale": Decimal(100)},
            {"code": "MET", "label": "Met", "numerator": "PRACTICES_MET"}, {"code": "INDEX", "label": "Index", "numerator": "SURVEY_INDEX"},
        )),
        practices=tuple(Practice(code=f"FIN_PRACTICE_{n}", function="fin", number=n, text=f"Practice {n}") for n in (2, 1)),
        surveys=tuple(SurveyStatement(code=f"{a}{n}", audience=a, text="I agree") for a in ("commissioner", "user") for n in (1, 2)),
        checks=(Check(code="POSITIVE", kind="hard", function="fin", items=("A",), holds="NET > 0", text="Net is not above zero.",
                      mend="Enter the gross cost."),),
    )
)  # fmt: skip
amounts = st.none() | st.decimals(-1000, 1000, places=2)


def figures(**values):
    return Figures(PROGRAMME, {code: v if isinstance(v, Answer) else Answer(amount=v) for code, v in values.items() if v is not None})


@given(amounts, amounts, amounts)
def test_computed_items_add_up_or_are_missing_as_their_parts_are(a, b, income):
    found = figures(A=a, B=b, INCOME=income)
    assert found.amount("SUM") == (None if None in (a, b) else a + b)
    assert found.amount("NET") == (None if None in (a, b, income) else a + b - income)
    assert bool(found.why_not("SUM")) == (None in (a, b))


@given(amounts, amounts)
def test_an_indicator_is_computed_or_says_why_not(a, b):
    measure = figures(A=a, B=b).measure(PROGRAMME.indicator("SHARE"))
    if None in (a, b):
        assert measure.value is None
        assert "is not answered" in measure.why
    elif a + b == 0:
        assert measure.value is None
        assert "zero" in measure.why
    else:
        assert measure.value is not None
        assert abs(measure.value * (a + b) - a * 100) < Decimal("0.0001")


def test_practices_are_counted_once_all_are_answered():
    met = PROGRAMME.indicator("MET")
    assert "1 of 2 practices" in figures(FIN_PRACTICE_1=Answer(text="yes")).measure(met).why
    both = figures(FIN_PRACTICE_1=Answer(text="yes"), FIN_PRACTICE_2=Answer(text="no"))
    assert both.measure(met).value == 1


scores = st.decimals(1, 5, places=1)


@given(st.lists(scores, min_size=4, max_size=4))
def test_the_satisfaction_index_runs_from_0_to_100_and_needs_both_surveys(values):
    codes = [f"FIN_SURVEY_{a}_{n}" for a in ("COMMISSIONER", "USER") for n in (1, 2)]
    run = {f"FIN_SURVEY_{a}_RUN": Answer(text="yes") for a in ("COMMISSIONER", "USER")}
    index = PROGRAMME.indicator("INDEX")
    found = figures(**dict(zip(codes, values, strict=True)), **run).measure(index).value
    assert found is not None
    assert abs(found - (sum(values) / 4 - 1) * 25) < Decimal("1e-9")
    assert 0 <= found <= 100
    none = figures(**dict(zip(codes, values, strict=True)), **run | {"FIN_SURVEY_USER_RUN": Answer(text="no", note="None was run.")})
    assert none.measure(index).why == "a survey was not run"


def test_gaps_follow_what_is_answered():
    def texts(**values):
        return [g.text for g in checks.check(figures(**values)).gaps]

    every = {"A": Decimal(5), "B": Decimal(6), "INCOME": Decimal(1), "FIN_SCOPE": Answer(text="yes"),
             "FIN_PRACTICE_1": Answer(text="no"), "FIN_PRACTICE_2": Answer(text="yes", note="Minutes of May."),
             "FIN_SURVEY_COMMISSIONER_RUN": Answer(text="no", note="None was run."),
             "FIN_SURVEY_USER_RUN": Answer(text="no", note="None was run.")}  # fmt: skip
    assert texts(**every) == []
    assert len(texts()) == 8, "the items of a survey that was not run are not asked for"
    assert "Give a note on “Practice 2”: what shows it, and where it can be seen." in texts(
        **every | {"FIN_PRACTICE_2": Answer(text="yes")}
    )
    assert texts(**every | {"A": Answer(amount=Decimal(5), prefilled="last year")}) == ["Confirm “A”: it was filled in from last year."]
    assert len(texts(**every | {"FIN_SURVEY_USER_RUN": Answer(text="yes")})) == 5
    assert any("is more than “Sum”" in t for t in texts(**every | {"INCOME": Decimal(12)}))
    assert "Net is not above zero. Enter the gross cost." in texts(**every | {"INCOME": Decimal(11)})
    assert texts(**every | {"A": Answer(not_known="Not recorded.")}) == [], "a check with a missing figure is not applied"


@pytest.mark.parametrize(("values", "share"), [((1000, 2500), 50), ((3000, 4000), 100), ((1, 0), 0)])
def test_the_share_of_round_amounts(values, share):
    found = figures(A=Decimal(values[0]), B=Decimal(values[1]))
    assert found.lookup("value", "ROUND_SHARE", "fin") == share
