"""What is known besides a return: previous returns as a table, the change on last year, and what can be filled in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.programme import Held, Item, Programme, Source
from workflows.returns.checks import check
from workflows.returns.comparison import Change, change
from workflows.returns.figures import Figures
from workflows.returns.prefill import from_held, from_last_year
from workflows.returns.previous import PreviousError, read_previous
from workflows.returns.progress import by_function, groups
from workflows.returns.values import Answer

COST = Item(code="COST", function="f", label="Cost", unit="GBP", minimum=Decimal(0))
PEOPLE = Item(code="PEOPLE", function="f", label="People", unit="people", whole=True, group="Staff")
MEANT = Item(code="MEANT", function="f", label="Meant", definition="2")
SCOPE = Item(code="SCOPE", function="f", label="Counted so", kind="yes_no")
TOTAL = Item(code="TOTAL", function="f", label="Total", unit="GBP", formula="COST + PEOPLE")
ITEMS = (COST, PEOPLE, MEANT, SCOPE, TOTAL)
PROGRAMME = Programme(
    code="p", name="P", version="1", effective_from=2009, threshold=250, severities=(), items=ITEMS,
    sources=(Source(code="ro", name="Outturn", period="2006/07", year=2006, licence="x", attribution="x", layout="ro-raw"),),
    held=(
        Held(code="SAME", source="ro", label="Same", unit="GBP", lines=("a",), item="COST", prefills=True),
        Held(code="NEAR", source="ro", label="Near", unit="people", lines=("b",), item="PEOPLE"),
    ),
)  # fmt: skip


def test_previous_returns_are_read_with_or_without_a_head():
    text = 'E0701,COST,"1,250"\nE0701,PEOPLE,40\nE0702,TOTAL,7.5\n'
    for table in (text, "Body,Item,Amount\n" + text):
        found = read_previous(table, PROGRAMME)
        assert found.amounts == {"E0701": {"COST": 1250, "PEOPLE": 40}, "E0702": {"TOTAL": Decimal("7.5")}}
        assert found.problems == ()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("E0701,COST,-5", "must be £0 or more"),
        ("E0701,COST,lots", "must be a number"),
        ("E0701,COST,", "has no amount"),
        ("E0701,PEOPLE,1.5", "whole number"),
        ("E0701,SCOPE,yes", "is no figure"),
        ("E0701,NOTHING,1", "is no figure"),
        ("E0701,COST", "has 2 columns"),
        ("Hartlepool Council,COST,1", "is not the code of a body"),
        ("E0700,COST,2", "stands on line 1 already"),
    ],
)
def test_a_row_of_a_previous_return_that_cannot_be_used_is_told(row, said):
    found = read_previous(f"E0700,COST,1\n{row}\n", PROGRAMME)
    assert found.amounts == {"E0700": {"COST": 1}}
    assert [said in p.text for p in found.refused] == [True]
    assert found.refused[0].line == 2


def test_an_empty_table_is_told():
    for text in ("", "body,item,amount\n", "\n \n"):
        with pytest.raises(PreviousError, match="nothing in it"):
            read_previous(text, PROGRAMME)


@given(st.text(max_size=200))
def test_any_text_at_all_is_read_or_told(text):
    try:
        read_previous(text, PROGRAMME)
    except PreviousError as problem:
        assert str(problem)


@pytest.mark.parametrize(
    ("now", "last", "words", "large"),
    [
        ("110", "100", "up 10.0%", False), ("121", "100", "up 21.0%", True), ("79", "100", "down 21.0%", True),
        ("100", "100", "no change", False), ("100.04", "100", "no change", False), ("0", "100", "down 100.0%", True),
        ("-50", "-100", "up 50.0%", True), ("5", "0", "", False), (None, "5", "", False), ("5", None, "", False),
    ],
)  # fmt: skip
def test_a_change_in_words(now, last, words, large):
    now, last = (None if n is None else Decimal(n) for n in (now, last))
    found = change(now, last, COST, PROGRAMME, None)
    assert (found.words, found.large) == (words, large)


def test_figures_of_two_definitions_are_not_compared():
    for last in (None, "1"):
        found = change(Decimal(5), Decimal(4), MEANT, PROGRAMME, last)
        assert found == Change(comparable=False)
        assert found.words == "definition changed"
    assert change(Decimal(5), Decimal(4), MEANT, PROGRAMME, "2").percent == 25


positive = st.decimals(Decimal("0.01"), 10**6, places=2)


@given(positive, positive)
def test_a_change_is_a_rise_exactly_where_there_is_more(now, last):
    found = change(now, last, COST, PROGRAMME, None)
    assert found.percent is not None
    assert (found.percent > 0) == (now > last)
    assert abs(last * (1 + found.percent / 100) - now) < Decimal("0.0001")


LAST = {"COST": Answer(amount=Decimal(5), basis="estimate", note="As audited."), "SCOPE": Answer(text="yes"),
        "MEANT": Answer(amount=Decimal(3)), "TOTAL": Answer(amount=Decimal(9))}  # fmt: skip


def test_last_years_answers_go_into_empty_items_alone():
    taken = from_last_year(ITEMS, {}, LAST, {})
    assert taken == {"COST": Answer(amount=Decimal(5), basis="final", note="As audited."), "SCOPE": Answer(text="yes")}
    assert set(from_last_year(ITEMS, {}, LAST, {"MEANT": "2"})) == {"COST", "SCOPE", "MEANT"}
    assert from_last_year(ITEMS, {"COST": Answer(not_known="Not recorded yet."), "SCOPE": Answer(text="no")}, LAST, {}) == {}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(not_known="Not recorded."), Answer(amount=Decimal(-5)), Answer(text="yes"), Answer(),
        Answer(amount=Decimal(5), prefilled="the year before"), Answer(amount=Decimal(10) ** 20),
    ],
)  # fmt: skip
def test_what_could_not_be_entered_is_not_filled_in(answer):
    assert from_last_year([COST], {}, {"COST": answer}, {}) == {}
    assert from_last_year([SCOPE], {}, {"SCOPE": Answer(text="perhaps")}, {}) == {}


def test_held_figures_fill_in_only_what_is_the_same_thing_and_is_there():
    held = {"SAME": Decimal(12), "NEAR": Decimal(3)}
    assert from_held(PROGRAMME, "ro", ITEMS, {}, held) == {"COST": Answer(amount=Decimal(12), basis="final")}
    assert from_held(PROGRAMME, "other", ITEMS, {}, held) == {}
    assert from_held(PROGRAMME, "ro", ITEMS, {"COST": Answer(amount=Decimal(1))}, held) == {}
    assert from_held(PROGRAMME, "ro", ITEMS, {}, {"SAME": Decimal(0)}) == {}, "0 may mean not returned, and missing is not zero"
    assert from_held(PROGRAMME, "ro", ITEMS, {}, {"SAME": Decimal(-1)}) == {}


def test_groups_stand_in_the_programmes_order():
    found = groups(ITEMS)
    assert [(g.key, g.name, len(g.items)) for g in found] == [("group-1", "Figures", 4), ("group-2", "Staff", 1)]


def test_progress_counts_what_is_asked_and_names_what_stands_in_the_way():
    from config import programmes

    programme = programmes.read("back-office-2009")
    empty = by_function(check(Figures(programme, {})))
    assert list(empty) == [f.code for f in programme.functions]
    assert all(p.answered == 0 and p.open == p.asked == len(p.reasons) for p in empty.values())
    one = by_function(check(Figures(programme, {"FIN_COST_EMP": Answer(amount=Decimal(5), basis="final")})))["finance"]
    assert (one.answered, one.asked) == (1, empty["finance"].asked)
    assert not one.clear
