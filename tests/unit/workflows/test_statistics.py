"""The real revenue outturn, read as it was found; and what a file that is none is told."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.register import decode
from workflows.statistics import CAPITAL_COLUMNS, LAYOUTS, REVENUE, StatisticsError, read_ro_raw

FILE = programmes.data("back-office-2009", "ro_2006_07_by_la_raw.csv")
CENTRAL = "Expenditure on Protective, Central and Other Services > Central services"
SUPPORT, PENSIONS = f"{CENTRAL} > Management & support services", f"{CENTRAL} > Retirement benefits"


@pytest.fixture(scope="module")
def reading():
    return read_ro_raw(decode(FILE.read_bytes()))


def test_every_authority_and_every_column_is_there(reading):
    assert len(reading.rows) == 388
    assert len(set(reading.paths)) == len(reading.paths) == 115 + 14 + 1
    assert all(set(row.amounts) == set(reading.paths) for row in reading.rows), "no cell of the real file is blank"
    assert reading.refused == ()


def test_the_figures_are_those_of_the_file(reading):
    hartlepool = next(row for row in reading.rows if row.code == "E0701")
    assert hartlepool.name.startswith("Hartlepool")
    assert hartlepool.amounts[SUPPORT] == 14_954
    assert hartlepool.amounts[REVENUE] == 206_834
    below = [amount for row in reading.rows for path, amount in row.amounts.items() if amount < 0 and path != REVENUE]
    assert len(below) == 68
    assert sum(1 for row in reading.rows if row.amounts[PENSIONS] < 0) == 23


def test_38_bodies_have_support_services_of_zero_or_less(reading):
    low = {row.name: row.amounts[SUPPORT] for row in reading.rows if row.amounts[SUPPORT] <= 0}
    assert len(low) == 38
    assert {"Essex", "Devon", "Cumbria"} <= low.keys()
    assert {name for name, amount in low.items() if amount < 0} == {"Huntingdonshire", "Sedgemoor"}


def test_its_quirks_are_told(reading):
    told = [problem.text for problem in reading.problems]
    assert len(told) == 2
    assert told[0].startswith("25,157 figures are 0, which means none or not returned")
    assert told[1] == "68 figures are below 0, 23 of them of the line “Retirement benefits”."


@pytest.mark.parametrize("code", programmes.codes())
def test_every_held_line_stands_in_the_file_of_its_source(reading, code):
    programme = programmes.read(code)
    for held in programme.held:
        source = programme.find_source(held.source)
        assert source is not None
        assert LAYOUTS[source.layout] is read_ro_raw
        assert set(held.lines) <= set(reading.paths), held.code


def test_the_revenue_columns_are_all_but_capital(reading):
    capital = [path for path in reading.paths if path.startswith("Capital Expenditure > ")]
    assert len(capital) == CAPITAL_COLUMNS
    assert reading.paths[-15:-1] == tuple(capital)
    for row in reading.rows:
        assert row.amounts[REVENUE] == sum(amount for path, amount in row.amounts.items() if path not in {*capital, REVENUE})


def table(*rows, lines=(("Group ", "Part  ", "Roads "), ("Group", "Other", "Roads"))):
    columns = [*lines, *(("Capital Expenditure ", "Capital Expenditure", f"Capital {n} ") for n in range(CAPITAL_COLUMNS))]
    heads = [["", "", *names] for names in zip(*columns, strict=True)]
    heads[2][:2] = ["E-code ", "Local authority"]
    return "\n".join(",".join(cells) for cells in (*heads, *rows))


def row(code, name, *amounts):
    return [code, name, *amounts, *["1"] * CAPITAL_COLUMNS]


def test_the_same_line_of_two_groups_is_two_lines():
    found = read_ro_raw(table(row("E0101", "A", "5", "-2")))
    assert found.rows[0].amounts["Group > Part > Roads"] == 5
    assert found.rows[0].amounts["Group > Other > Roads"] == -2
    assert found.rows[0].amounts[REVENUE] == 3


def test_a_blank_is_no_figure_and_a_nameless_row_is_kept():
    found = read_ro_raw(table(row("E0101", " ", "5", " ")))
    assert set(found.rows[0].amounts) & {"Group > Other > Roads", REVENUE} == set(), "missing is not zero"
    assert [p.text for p in found.problems][:2] == [
        "The name is blank: the row is matched by its code all the same.", "1 cells are blank: no figure is held for them."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row("E0101", "A", "many", "1"), "is not a number"),
        (row("E0101", "A", "1e9", "1"), "is not a number"),
        (row("E0101", "A", "9" * 13, "1"), "is not a number"),
        (row("somewhere", "A", "1", "1"), "is not an E-code"),
        (row("E0101", "A", "1"), "has 17 columns"),
        (row("E0199", "B", "1", "1"), "stands on line 4 already"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_the_others_are_kept(bad, said):
    found = read_ro_raw(table(row("E0199", "Good", "1", "1"), bad))
    assert [r.code for r in found.rows] == ["E0199"]
    assert len(found.refused) == 1
    assert said in found.refused[0].text
    assert found.refused[0].line == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a revenue outturn"),
        ("ecode,name,kind\nE0101,A,x\n", "not a revenue outturn"),
        (table().replace("E-code ", "Code"), "not a revenue outturn"),
        (table(lines=(("G", "P", "Roads"), ("G", "P", "Roads"))), "Two columns are named “G > P > Roads”"),
        (table(lines=(("Capital Expenditure", "P", "Roads"),)), "to be the last 14"),
        (table(lines=()), "Expected revenue columns"),
        ('a,"b\nc', "not a revenue outturn"),
        ("a,b\nc\nE-code,Local authority,x", "different numbers of columns"),
    ],
)
def test_a_file_that_is_none_is_told_what_was_expected(text, said):
    with pytest.raises(StatisticsError, match=said):
        read_ro_raw(text)


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)), min_size=1, max_size=5))
def test_whatever_stands_in_it_is_held_to_the_pound(amounts):
    rows = [row(f"E{n:04}", "A", str(a), str(b)) for n, (a, b) in enumerate(amounts)]
    found = read_ro_raw(table(*rows))
    assert [r.amounts[REVENUE] for r in found.rows] == [Decimal(a + b) for a, b in amounts]


@given(st.text(max_size=300))
def test_any_text_at_all_is_read_or_told(text):
    try:
        read_ro_raw(text)
    except StatisticsError as problem:
        assert str(problem)
