"""The terms of a rule, as an officer types them."""

from decimal import Decimal

import msgspec
import pytest

from config import programmes
from workflows.benchmarks.terms import first_given, proposed, read_terms
from workflows.programme.check import judged

PROGRAMME = programmes.read("back-office-2009")
BEGIN = PROGRAMME.penalties[0]


def test_the_programmes_own_rule_reads_as_it_stands():
    assert proposed(PROGRAMME) == BEGIN
    rule, reasons = read_terms({}, PROGRAMME, BEGIN, 4)
    assert rule is not None
    assert reasons == ()
    assert (rule.code, rule.version, rule.indicators, rule.functions) == ("finance-cost", 4, ("FIN-P1",), ("finance",))
    assert (rule.average, rule.group, rule.margin, rule.minimum) == ("median", "class", Decimal(10), 8)
    assert read_terms(first_given(BEGIN), PROGRAMME, BEGIN, 4) == (rule, ())


def test_what_is_typed_takes_its_place_and_functions_follow_the_indicators():
    given = {"margin": [" 7.5 %"], "average": ["mean"], "group": ["region"], "minimum": ["5"], "indicator": ["HR-P1a", "ICT-P1", "HR-P1a"]}
    rule, reasons = read_terms(given, PROGRAMME, BEGIN, 1)
    assert rule is not None
    assert reasons == ()
    assert (rule.margin, rule.average, rule.group, rule.minimum) == (Decimal("7.5"), "mean", "region", 5)
    assert (rule.indicators, rule.functions) == (("HR-P1a", "ICT-P1"), ("hr", "ict"))


@pytest.mark.parametrize(
    "name, typed",
    [
        ("margin", "ten"), ("margin", "-1"), ("margin", "501"), ("margin", "1e2"), ("margin", "nan"), ("margin", "1.234"), ("margin", "٣"),
        ("minimum", "4"), ("minimum", "0"), ("minimum", "many"), ("minimum", "8.5"), ("minimum", "1001"),
        ("average", "mode"), ("group", "neighbours"), ("name", " "), ("name", "x" * 121), ("statement", ""), ("statement", "x" * 2001),
        ("indicator", "FIN-P2"), ("indicator", "LEG-P1"), ("indicator", "nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_beside_its_field(name, typed):
    rule, reasons = read_terms({name: [typed]}, PROGRAMME, BEGIN, 1)
    assert rule is None
    assert [reason.place for reason in reasons] == [f"#{name}"]


def test_all_that_is_wrong_is_told_at_once():
    _, reasons = read_terms({"margin": ["x"], "minimum": ["y"], "average": ["z"]}, PROGRAMME, BEGIN, 1)
    assert {reason.place for reason in reasons} == {"#margin", "#minimum", "#average"}


def test_only_costs_of_functions_that_are_judged_can_be_chosen():
    found = judged(PROGRAMME)
    assert {i.code for i in found} >= {"FIN-P1", "HR-P1a", "ICT-P1"}
    assert not {i.function for i in found} & {"legal", "travel", "communications"}
    assert {i.direction for i in found} == {"lower"}


def test_a_programme_without_a_rule_begins_with_its_first_cost_and_one_without_costs_with_none():
    bare = msgspec.structs.replace(PROGRAMME, penalties=())
    begin = proposed(bare)
    assert begin is not None
    assert begin.indicators == (judged(bare)[0].code,)
    assert read_terms({}, bare, begin, 1)[1] == ()
    assert proposed(msgspec.structs.replace(bare, indicators=())) is None
