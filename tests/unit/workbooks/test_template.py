"""The template and the export, as another program sees them: locked, guarded, labelled, and with sums that add up."""

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from tests.support.workbooks import ANSWERS, LABELS, PROGRAMME, cell_of, cells, contents, template
from webapp.workbooks.table import csv_table
from webapp.workbooks.template import workbook
from workflows.programme import Function, Item
from workflows.returns.figures import Figures
from workflows.returns.layout import ENTERED
from workflows.returns.values import Answer
from workflows.returns.writing import EXPORT, TEMPLATE, sheet_names, spreadsheet_formula

COST, MONTH = "FIN_COST_EMP", "FIN_SURVEY_USER_MONTH"


@pytest.fixture(scope="module")
def book():
    said = ANSWERS | {
        "FIN_COST_IT": Answer(not_known="The ledger is not closed.", known_by=date(2010, 6, 30)),
        COST: Answer(Decimal("1200.5"), note="=1+1", basis="estimate", prefilled="the previous return"),
        MONTH: Answer(text="2009-11"),
    }
    return load_workbook(io.BytesIO(template(said, last={COST: Answer(Decimal(1100))}, demo=True)))


def _parts(sheet):
    return {LABELS[c.value]: c.column for c in sheet[1] if c.value in LABELS}


def test_a_sheet_for_every_function_after_one_that_explains(book):
    assert book.sheetnames == ["Read me", *(f.name for f in PROGRAMME.functions)]
    said = " ".join(str(c.value) for row in book["Read me"].iter_rows() for c in row if c.value)
    for text in ("Hartlepool", "2009-E0701", "2009.3", "back-office-2009", "leaves the answer in the return as it is", "clear",
                 "made up", "Missing is not zero"):  # fmt: skip
        assert text in said
    for function in PROGRAMME.functions:
        sheet = book[function.name]
        codes = [sheet.cell(row, _parts(sheet)["code"]).value for row in range(2, sheet.max_row + 1)]
        assert codes == [item.code for item in PROGRAMME.items_of(function.code)]
        assert tuple(_parts(sheet)) == TEMPLATE


def test_the_sheets_are_accessible_and_ready_to_print(book):
    assert book.properties.title == "Return of Hartlepool Borough Council, Back-office benchmarking 2009"
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for function in PROGRAMME.functions:
        sheet = book[function.name]
        assert sheet.freeze_panes == "A2"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert all(sheet.column_dimensions[c.column_letter].width > 8 for c in sheet[1])
        assert all(sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1)), "no row without a code"


def test_only_what_may_be_answered_is_unlocked_and_no_password_keeps_the_rest(book):
    for function in PROGRAMME.functions:
        sheet = book[function.name]
        assert sheet.protection.sheet
        assert not sheet.protection.password
        parts = _parts(sheet)
        for row, item in enumerate(PROGRAMME.items_of(function.code), 2):
            for part, column in parts.items():
                cell = sheet.cell(row, column)
                opened = item.typed and part in ENTERED
                if part == "basis":
                    opened = item.typed and item.kind == "amount"
                if part == "confirmed":
                    opened = item.code == COST
                assert cell.protection.locked is not opened, (item.code, part)
                assert (cell.border.left.style == "medium") is opened, "told by the border too, not by colour alone"


def _rules(sheet, cell):
    return [rule for rule in sheet.data_validations.dataValidation if cell.coordinate in rule.sqref]


def test_answers_are_guarded_and_chosen_from_lists(book):
    def rule(code, part):
        cell = cell_of(book, code, part)
        return _rules(cell.parent, cell)[0]

    assert rule("FIN_SCOPE", "value").formula1 == '"yes,no,clear"'
    assert rule(COST, "basis").formula1 == '"final,provisional,estimate"'
    assert rule(COST, "confirmed").formula1 == '"yes"'
    amount = rule(COST, "value")
    where = cell_of(book, COST, "value").coordinate
    assert (amount.type, amount.formula1) == ("custom", f'IF(ISNUMBER({where}),AND(ISNUMBER({where}),{where}>=0),LOWER({where})="clear")')
    assert PROGRAMME.item(COST).guidance[:100] in amount.prompt
    whole = rule("ORG_STAFF_HEADCOUNT", "value")
    assert "=INT(" in whole.formula1
    assert "whole number" in whole.error
    assert rule(COST, "known_by").type == "date"
    assert rule("FIN_SCOPE", "note").prompt.startswith("If no: ")
    every = [rule for sheet in book.worksheets for rule in sheet.data_validations.dataValidation]
    assert all(len(rule.prompt or "") <= 255 and len(rule.error or "") <= 255 and len(rule.formula1 or "") <= 255 for rule in every)


def test_the_answers_so_far_stand_in_the_template_in_their_own_kinds(book):
    def value(code, part):
        return cell_of(book, code, part).value

    assert (value(COST, "value"), value(COST, "basis"), value(COST, "last")) == (1200.5, "estimate", 1100)
    assert (value(COST, "prefilled"), value(COST, "confirmed"), value(COST, "revision")) == ("the previous return", None, 1)
    assert cell_of(book, COST, "value").number_format == "[$£-809]#,##0.00"
    assert value("FIN_COST_IT", "value") is None
    assert value("FIN_COST_IT", "not_known") == "The ledger is not closed."
    assert value("FIN_COST_IT", "known_by") == datetime.fromisoformat("2010-06-30")
    assert (value("FIN_SCOPE", "value"), value("FIN_COST_OTHER", "revision")) == ("yes", 1)
    note = cell_of(book, COST, "note")
    assert (note.value, note.data_type, note.number_format) == ("=1+1", "s", "@"), "a text, never a formula"
    month = cell_of(book, MONTH, "value")
    assert (month.value.day, month.number_format) == (1, "mmmm yyyy")


REFERENCE = r"(?:(?:'([^']+)'|([A-Za-z]+))!)?\$([A-Z]+)\$(\d+)"


def _computed(places, code):
    """The value of an item's cell, computed as a spreadsheet would: only IF, COUNT, IFERROR, ABS and arithmetic occur."""
    cell = places[code, "value"]
    if not str(cell.value).startswith("="):
        return cell.value
    inner = re.fullmatch(r'=IF\(COUNT\((.*?)\)=(\d+),IFERROR\((.*),""\),""\)', cell.value)
    assert inner, cell.value
    there = {(c.parent.title, c.coordinate): of for (of, part), c in places.items() if part == "value"}

    def number(found):
        sheet = found.group(1) or found.group(2) or cell.parent.title
        return repr(_computed(places, there[sheet, f"{found.group(3)}{found.group(4)}"]))

    values = [eval(re.sub(REFERENCE, number, one)) for one in inner.group(1).split(",")]
    assert len(values) == int(inner.group(2))
    if not all(isinstance(value, int | float) for value in values):
        return ""
    return eval(re.sub(REFERENCE, number, inner.group(3)), {"ABS": abs})


def test_computed_rows_add_up_in_the_sheet_to_what_the_return_computes():
    content = template(ANSWERS)
    places = cells(load_workbook(io.BytesIO(content)))
    beside = cells(load_workbook(io.BytesIO(content), data_only=True))
    figures = Figures(PROGRAMME, ANSWERS, headcount=4000)
    computed = [item for item in PROGRAMME.items if item.formula]
    assert len(computed) > 20
    for item in computed:
        amount, value = figures.amount(item.code), beside[item.code, "value"].value
        assert beside[item.code, "basis"].value == "computed"
        if amount is None:
            assert value is None
            assert "Cannot be computed" in beside[item.code, "not_known"].value
            assert _computed(places, item.code) == ""
        else:
            assert value == pytest.approx(float(amount)), "the value stands beside the formula"
            assert _computed(places, item.code) == pytest.approx(float(amount))


def test_a_sum_is_empty_until_all_its_parts_are_there(book):
    places = cells(book)
    assert _computed(places, "FIN_COST") == "", "IT is not known, so the gross cost is not"
    assert _computed(places, "ORG_BACK_OFFICE_COST") == ""


def test_a_formula_is_translated_with_percentages_as_hundredths():
    items = {"A": Item(code="A", function="f", label="A", unit="percent"), "B_2": Item(code="B_2", function="f", label="B", unit="GBP")}
    item = Item(code="C", function="f", label="C", unit="percent", formula="abs(A - 1e2) * (B_2 / -3) + 0.5")
    text = spreadsheet_formula(item, {"A": "$E$2", "B_2": "'My sheet'!$E$3"}.__getitem__, items.__getitem__)
    expected = "(ABS(($E$2*100) - 100.0) * ('My sheet'!$E$3 / -3) + 0.5)/100"
    assert text == f'=IF(COUNT($E$2,\'My sheet\'!$E$3)=2,IFERROR({expected},""),"")'
    assert spreadsheet_formula(Item(code="D", function="f", label="D", formula="2 * 3"), str, items.__getitem__) == "=2 * 3"


def test_sheets_have_names_that_a_workbook_can_have():
    names = ("Read me", "read ME", "A/B: [c]*?", "x" * 50, "x" * 60, "History", "'quoted'", "[]")
    functions = [Function(code=f"f{number}", name=name) for number, name in enumerate(names)]
    made = list(sheet_names(functions, "Read me").values())
    assert len({name.casefold() for name in made}) == len(names)
    for name in made:
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", name)
        assert name.casefold() not in ("read me", "history")


def test_an_export_is_open_and_holds_what_the_version_says():
    made = load_workbook(io.BytesIO(workbook(contents(ANSWERS))))
    sheet = made["Finance"]
    assert tuple(_parts(sheet)) == EXPORT
    assert not sheet.protection.sheet
    assert not sheet.data_validations.dataValidation
    assert cell_of(made, COST, "value").value == float(ANSWERS[COST].amount or 0)


def test_a_csv_export_is_utf_8_with_a_mark_and_without_formulas():
    said = ANSWERS | {COST: Answer(Decimal("-1200.5"), note='=HYPERLINK("http://127.0.0.1","x")\n£5', basis="final"),
                      "FIN_COST_IT": Answer(not_known="+44 is missing.", known_by=date(2010, 6, 30))}  # fmt: skip
    content = csv_table(contents(said))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))}
    assert len(rows) == len(PROGRAMME.items)
    row = rows[COST]
    assert (row["Case"], row["Return version"], row["Function"], row["Unit"]) == ("2009-E0701", "1", "Finance", "£")
    assert row["Answer"] == "-1200.5", "a number stays a number"
    assert row["Note"] == '\'=HYPERLINK("http://127.0.0.1","x")\n£5'
    assert (rows["FIN_COST_IT"]["Not known because"], rows["FIN_COST_IT"]["Will be known by"]) == ("'+44 is missing.", "2010-06-30")
    assert rows["FIN_COST"]["Not known because"].startswith("Cannot be computed: ")
    assert not [cell for row in rows.values() for name, cell in row.items() if cell.startswith(("=", "+", "@", "\t", "\r"))]
