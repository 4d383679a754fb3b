"""Reading a register from the sheets of a workbook: the same rows as from CSV, and mistakes told by their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.register import RegisterError, read_register
from workflows.register_sheets import read_sheets
from workflows.returns.cells import Cell, Row, Table

HEADER = ("ecode", "name", "kind", "headcount", "central_services_net_current_exp_k")


def sheet(*rows, name="Bodies", header=HEADER, first=1, merged=(), hidden=False):
    """A sheet with a header and rows; a text stands for a text, a pair for a cell of another kind."""
    whole = [header, *rows]
    made = [
        Row(number, {column: Cell(*cell) if isinstance(cell, tuple) else Cell("text", cell) for column, cell in enumerate(row, 1) if cell})
        for number, row in enumerate(whole, first)
    ]
    return Table(name, made, list(merged), hidden)


def problems(*tables):
    return [(p.place, p.text) for p in read_sheets(tables).problems if p.severity == "refused"]


texts = st.sampled_from(["E6002", "E6005", "X", "", "A name", "police authority", "12", "1,250", "-5.5", "1e5", "lots", "2009-04-01"])


@given(st.lists(st.tuples(*[texts] * len(HEADER)), max_size=6))
def test_a_sheet_of_texts_says_the_same_as_csv(rows):
    csv = "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEADER, *rows)) + "\n"
    by_csv, by_sheet = read_register(csv), read_sheets([sheet(*rows)])
    assert [(r.line, r.code, r.name, r.headcount, r.central_services_k) for r in by_csv.rows] == [
        (r.line, r.code, r.name, r.headcount, r.central_services_k) for r in by_sheet.rows
    ]
    assert len(by_csv.problems) == len(by_sheet.problems)


@pytest.mark.parametrize(("kept", "read"), [("251", 251), ("251.0", 251), ("2.51E2", 251), ("0", 0)])
def test_a_number_as_excel_keeps_it(kept, read):
    (row,) = read_sheets([sheet(("E6002", "A", "police authority", ("number", kept)))]).rows
    assert row.headcount == read


def test_a_fraction_as_excel_keeps_it_is_the_one_that_was_entered():
    (row,) = read_sheets([sheet(("E6002", "A", "police authority", "", ("number", "12345.600000000001")))]).rows
    assert str(row.central_services_k) == "12345.6"


@pytest.mark.parametrize(
    ("cell", "told"),
    [(("error", "#REF!"), "the error #REF!"), (("formula", "=A1"), "never computed"), (("percent", "0.12"), "“12%”"),
     (("number", "1.5"), "“1.5”"), (("number", "1e99"), "whole number"), (("number", "nonsense"), "“nonsense”"),
     (("date", "2009-04-01"), "“2009-04-01”"), (("yes_no", "yes"), "“yes”")],
)  # fmt: skip
def test_a_cell_that_is_no_whole_number_is_told_by_its_place(cell, told):
    ((place, text),) = problems(sheet(("E6002", "A", "police authority", cell), first=3))
    assert place == "sheet “Bodies”, row 4, column D (headcount)"
    assert told in text


def test_a_cell_without_a_heading_and_a_code_on_two_sheets():
    one = sheet(("E6002", "A", "police authority", "", "", "more"))
    assert problems(one) == [
        ("sheet “Bodies”, row 2, column F", "The cell stands in a column without a heading. Name the column, or empty the cell.")
    ]
    again = sheet(("E6002", "A", "police authority"), name="Again")
    ((place, text),) = problems(sheet(("E6002", "A", "police authority")), again)
    assert place == "sheet “Again”, row 2, column A (ecode)"
    assert "sheet “Bodies”, row 2 already" in text


def test_what_is_not_read_is_noted_and_a_workbook_without_a_register_is_refused():
    notes = [p.text for p in read_sheets([sheet(), sheet(hidden=True, name="Old"), sheet(header=("a", "b"), name="Notes")]).problems]
    assert notes == ["It is hidden, so it was not read.", "It names no columns of a register, so it was not read."]
    with pytest.raises(RegisterError, match="not a register"):
        read_sheets([sheet(header=("a", "b"))])
    with pytest.raises(RegisterError, match="B2:B3 of the sheet “Bodies” are merged"):
        read_sheets([sheet(("E6002", "A", "police authority"), merged=[(2, 2, 3, 2)])])
    with pytest.raises(RegisterError, match="Row 1 of the sheet “Bodies” names name more than once"):
        read_sheets([sheet(header=("ecode", "name", "kind", "name"))])
