"""Real spreadsheets are messy: each is read rightly, or refused with the cell named."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.worksheet.cell_range import CellRange

from tests.support.workbooks import (
    ANSWERS,
    HERE,
    PROGRAMME,
    changes,
    contents,
    filled,
    previewed,
    problem,
    reading,
    rezipped,
    saved,
    table,
    template,
)
from webapp.workbooks.opening import Unreadable, read_file
from webapp.workbooks.template import workbook
from workflows.programme import Item
from workflows.returns.layout import Origin
from workflows.returns.values import Answer

HEAD = ("Code", "Question", "Unit", "Answer", "Basis", "Not known because", "Will be known by", "Note")
COST, MONTH, BY, RUN = "FIN_COST_EMP", "FIN_SURVEY_USER_MONTH", "FIN_SURVEY_USER_BY", "FIN_SURVEY_USER_RUN"
SHARE = Item(code="SHARE", function="finance", label="Share", unit="percent")
WITH_SHARE = type(PROGRAMME)(**{f: getattr(PROGRAMME, f) for f in PROGRAMME.__struct_fields__ if f != "items"},
                             items=(*PROGRAMME.items, SHARE))  # fmt: skip


def _one(code, value, number_format=None):
    """A small workbook with one answer, as a cell of that format."""
    book = table(HEAD, (code, "", "", value))
    if number_format:
        book.active["D2"].number_format = number_format
    return saved(book)


def _csv(*lines, encoding="utf-8"):
    return "\r\n".join(lines).encode(encoding)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (1200, "1200"), (1200.5, "1200.5"), ("1,200", "1200"), ("£1,234,567.89", "1234567.89"), (" 1200 ", "1200"),
        ("\u00a01\u00a0200\u00a0", "1200"), ("1 200 000", "1200000"), ("1200\u200b", "1200"), ("'1200", "1200"), ("1200.", "1200"),
        (0, "0"), ("0", "0"), (0.1 + 0.2, "0.3"), (1234.5600000000001, "1234.56"), (1e11, "100000000000"),
        (99999999999.99, "99999999999.99"),
        (2.7755575615628914e-17, "0"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_and_programs_write_it(written, amount):
    found = changes(_one(COST, written))
    assert found == {COST: Answer(amount=Decimal(amount), basis="final")}
    assert "E" not in format(found[COST].amount, "f")


@pytest.mark.parametrize("written", ["(1,200)", "(£1,200)", "-1200", "\u22121,200", -1200])
def test_a_negative_amount_is_read_however_it_is_written(written):
    """FIN_DEBTORS cannot be negative, so the reading is seen by what it is refused for; an item without a minimum takes it."""
    free = Item(code="FREE", function="finance", label="Free", unit="GBP")
    programme = type(PROGRAMME)(**{f: getattr(PROGRAMME, f) for f in PROGRAMME.__struct_fields__ if f != "items"}, items=(free,))
    found = previewed(_one("FREE", written), programme=programme)
    assert [change.after.amount for change in found.changes] == [Decimal(-1200)]
    assert "must be £0 or more" in problem(_one(COST, written)).text


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("n/a", "enter 0 if there is none"), ("-", "enter 0 if there is none"), ("–", "enter 0 if there is none"),
        ("TBC", "say under “Not known because”"), ("lots", "must be a number"), ("12,5", "a comma or a space only before each three"),
        ("1,23,456", "a comma or a space only"), ("12 5", "a comma or a space only"), ("1.234,56", "number"), ("1.2E+05", "scientific"),
        ("12%", "must be a number"), (1 / 3, "at most four decimal places"), (0.00001, "at most four decimal places"),
        (1e15, "at most 15 digits"), (True, "TRUE"), (date(2010, 3, 1), "holds the date 1/3/2010"),
        (datetime.fromisoformat("2010-03-01T12:00"), "holds the date 1/3/2010"), ("-5", "must be £0 or more"),
        ("9" * 40, "number"), ("1200 approx", "number"),
        ("£1,200k", "number"), ("١٢", "number"), ("1" * 300, "number"), ("=1+1 or so", "never computed"),
    ],
)  # fmt: skip
def test_what_is_no_amount_for_sure_is_refused_with_its_cell(written, told):
    found = problem(_one(COST, written))
    assert (found.sheet, found.cell, found.item) == ("Finance", "D2", COST)
    assert told in found.text


@pytest.mark.parametrize("written", [None, "", "   ", "\u00a0", "\n"])
def test_an_empty_answer_leaves_the_answer_as_it_is(written):
    assert changes(_one(COST, written), ANSWERS) == {}


def test_a_percentage_is_read_as_it_is_shown():
    for value, shown, amount in ((0.12, "0%", "12"), (0.07, "0.00%", "7"), (0.125, "0.0%", "12.5"), (12, "0.00", "12"), (1.5, "0%", "150"),
                                 ("12%", "@", "12"), ("12.5 %", "@", "12.5"), (0.1, '0.0"%"', "0.1"), (0.3333, "0%", "33.33")):  # fmt: skip
        found = previewed(_one("SHARE", value, shown), programme=WITH_SHARE)
        assert [c.after.amount for c in found.changes] == [Decimal(amount)], (value, shown, found.problems)
    assert "formatted as a percentage" in problem(_one(COST, 0.12, "0%")).text
    assert "at most four decimal places" in previewed(_one("SHARE", 1 / 3, "0%"), programme=WITH_SHARE).problems[0].text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Yes", "yes"),
        (" no. ", "no"),
        ("Y", "yes"),
        (True, "yes"),
        (False, "no"),
        (1, "yes"),
        (0, "no"),
        ("TRUE", "yes"),
        ("No\u00a0", "no"),
    ],
)
def test_yes_and_no_are_read_as_people_and_programs_write_them(written, said):
    assert changes(_one(RUN, written)) == {RUN: Answer(text=said)}


@pytest.mark.parametrize("written", ["maybe", 2, 0.5, date(2010, 1, 1), "yes/no"])
def test_what_is_neither_yes_nor_no_is_refused(written):
    assert "must be answered yes or no" in problem(_one(RUN, written)).text


@pytest.mark.parametrize(
    ("written", "said"),
    [(date(2009, 11, 1), "2009-11"), (datetime.fromisoformat("2009-11-30T09:30"), "2009-11"), ("11/2009", "2009-11"), ("Nov-09", "2009-11"),
     ("November 2009", "2009-11"), ("nov 2009", "2009-11"), ("2009-11", "2009-11"), ("Nov-2009", "2009-11")],
)  # fmt: skip
def test_a_month_is_read_from_a_date_or_a_text(written, said):
    assert changes(_one(MONTH, written)) == {MONTH: Answer(text=said)}


@pytest.mark.parametrize("written", [200911, 40118, "13/2009", "last year", True])
def test_what_is_no_month_is_refused(written):
    assert "must be a month" in problem(_one(MONTH, written)).text


@pytest.mark.parametrize(
    "written",
    [date(2010, 6, 30), datetime.fromisoformat("2010-06-30"), "30/6/2010", "30.6.2010", "30 June 2010", "30-Jun-10"],
)
def test_the_day_by_which_a_figure_will_be_known_is_read_from_a_date_or_a_text(written):
    row = (COST, "", "", None, None, "The ledger is not closed.", written)
    assert changes(saved(table(HEAD, row))) == {COST: Answer(not_known="The ledger is not closed.", known_by=date(2010, 6, 30))}


@pytest.mark.parametrize(
    ("reason", "day", "cell", "told"),
    [
        ("The ledger is not closed.", None, "F2", "Enter the date by which"), ("The ledger is not closed.", 40268, "G2", "is not a date"),
        ("The ledger is not closed.", "31/2/2010", "G2", "is not a date"), ("The ledger is not closed.", "1/2/2010", "G2", "in the future"),
        ("x", "1/3/2010", "F2", "Say why"), (None, "1/3/2010", "G2", "Say why"), ("y" * 501, "1/3/2010", "F2", "500 characters"),
    ],
)  # fmt: skip
def test_what_is_not_known_needs_a_reason_and_a_day_to_come(reason, day, cell, told):
    found = problem(saved(table(HEAD, (COST, "", "", None, None, reason, day))))
    assert told in found.text
    assert found.cell == cell


def test_numbers_dates_and_texts_in_a_text_answer_and_a_note():
    for value, text in ((2009, "2009"), (date(2010, 3, 1), "1/3/2010"), ("An  agency\u00a0", "An agency"), (1e16, "10000000000000000")):
        assert changes(_one(BY, value)) == {BY: Answer(text=text)}
    row = ("FIN_SCOPE", "", "", "no", None, None, None, "Line one\nline two, £5 \u2013 “so”")
    assert changes(saved(table(HEAD, row)))["FIN_SCOPE"].note == "Line one\nline two, £5 \u2013 “so”"
    long = problem(saved(table(HEAD, ("FIN_SCOPE", "", "", "no", None, None, None, "n" * 2001))))
    assert (long.cell, "2000 characters" in long.text) == ("H2", True)


def test_the_word_clear_takes_away_an_answer_a_reason_or_a_note():
    before = {COST: Answer(amount=Decimal(5), basis="final", note="As agreed."), BY: Answer(text="An agency"),
              RUN: Answer(not_known="Nobody knows.", known_by=date(2010, 5, 1))}  # fmt: skip
    assert changes(_one(COST, "clear"), before) == {COST: Answer(note="As agreed.")}
    assert changes(_one(COST, " Clear "), before)[COST].amount is None
    assert changes(_one(RUN, "CLEAR"), before) == {RUN: Answer()}
    assert changes(saved(table(HEAD, (COST, "", "", None, None, None, None, "clear"))), before) == {COST: Answer(Decimal(5), basis="final")}
    assert changes(saved(table(HEAD, (RUN, "", "", None, None, "clear"))), before) == {RUN: Answer()}
    assert changes(saved(table(HEAD, (COST, "", "", None, None, "clear"))), before) == {}, "there was no reason to take away"


def test_an_answer_takes_the_place_of_a_reason_and_the_other_way_round():
    unknown = {COST: Answer(not_known="Nobody knows.", known_by=date(2010, 5, 1))}
    assert changes(_one(COST, 7), unknown) == {COST: Answer(Decimal(7), basis="final")}
    row = (COST, "", "", None, None, "Nobody knows.", "1/5/2010")
    assert changes(saved(table(HEAD, row)), {COST: Answer(Decimal(7), basis="final")}) == unknown
    both = problem(saved(table(HEAD, (COST, "", "", 7, None, "Nobody knows.", "1/5/2010"))))
    assert (both.cell, "not both" in both.text) == ("F2", True)


def test_how_firm_a_figure_is():
    before = {COST: Answer(Decimal(5), basis="estimate")}
    assert changes(saved(table(HEAD, (COST, "", "", 6))), before)[COST].basis == "estimate", "as it was, where nothing is said"
    assert changes(saved(table(HEAD, (COST, "", "", None, " FINAL "))), before) == {COST: Answer(Decimal(5), basis="final")}
    assert problem(saved(table(HEAD, (COST, "", "", 6, "firm")))).cell == "E2"
    for row in ((RUN, "", "", "yes", "final"), (COST, "", "", None, "final"), (COST, "", "", None, "final", "Nobody knows.", "1/5/2010")):
        assert problem(saved(table(HEAD, row))).cell == "E2"


def test_of_a_formula_the_computed_value_is_read():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Finance")
    sheet.write_row(0, 0, HEAD)
    for row, (code, value) in enumerate(((COST, 12.5), (RUN, "yes"), ("FIN_COST_IT", "")), 1):
        sheet.write_string(row, 0, code)
        sheet.write_formula(row, 3, "=Workings!A1", None, value)
    book.close()
    never = previewed(out.getvalue())
    assert [(p.cell, "never computed" in p.text) for p in never.problems] == [("D4", True)]
    # Of a formula that gives an empty text, Excel says that it was computed: there is no answer.
    excel = rezipped(out.getvalue(), lambda name, part: part.replace(b'<c r="D4">', b'<c r="D4" t="str">'))
    assert changes(excel) == {COST: Answer(Decimal("12.5"), basis="final"), RUN: Answer(text="yes")}


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#NAME?"])
def test_an_error_is_refused_with_its_cell(error):
    found = problem(_one(COST, error))
    assert found.cell == "D2"
    assert error in found.text


def test_the_template_filled_in_by_another_program_is_read_though_its_sums_are_not_computed():
    content = filled(template(ANSWERS), {(COST, "value"): 4321, (MONTH, "value"): date(2009, 11, 1), (RUN, "value"): "yes"})
    assert previewed(content, ANSWERS).sound
    found = changes(content, ANSWERS)
    assert found[COST].amount == 4321
    assert found[MONTH].text == "2009-11"
    assert set(found) <= {COST, MONTH, RUN}


def _moved(book):
    sheet = book["Finance"]
    sheet.insert_cols(2)
    sheet.insert_rows(5, 3)
    sheet["B1"] = "Workings"
    sheet["B6"] = "taken from the ledger"
    sheet.title = "Money"
    sheet.move_range(CellRange(min_col=1, min_row=10, max_col=16, max_row=10).coord, rows=200)
    book.move_sheet("Money", offset=3)
    book.create_sheet("Our sums").append(["Total", 17])


def test_moved_rows_columns_and_sheets_are_found_by_code_and_heading():
    content = filled(template(ANSWERS), {(COST, "value"): 4321}, _moved)
    found = previewed(content, ANSWERS)
    assert [(c.item.code, c.after.amount, c.place) for c in found.changes] == [(COST, 4321, "Money, F3")]
    assert not found.problems
    assert "Our sums" in " ".join(found.remarks)


def test_reordered_columns_and_headings_with_spaces_and_capitals():
    book = table(("NOTE ", " answer:", "Basis*", "code"), ("Seen.", "12", "Estimate", COST.lower()))
    assert changes(saved(book)) == {COST: Answer(Decimal(12), basis="estimate", note="Seen.")}


def test_a_title_above_the_headings_and_a_second_row_of_headings():
    rows = (("Finance return",), (None,), HEAD, HEAD, (COST, "", "", 12), HEAD, ("FIN_COST_IT", "", "", 13))
    assert {code: a.amount for code, a in changes(saved(table(*rows))).items()} == {COST: 12, "FIN_COST_IT": 13}
    other = table(HEAD, ("Code", "Answer", "x", "y"), (COST, "", "", 12))
    assert "second row of headings" in problem(saved(other)).text


def test_shifted_cells_are_refused_where_they_stand():
    found = previewed(saved(table(HEAD, ("", COST, "", "GBP", 5), (COST, "", "", "final", 12))))
    assert {p.cell for p in found.problems} == {"D2", "D3", "E3"}
    assert not found.changes


def test_a_sheet_without_its_heading_row_is_refused_at_its_first_code():
    found = previewed(saved(table((COST, "Employees", "£", 5), ("FIN_COST_IT", "IT", "£", 6))))
    assert [(p.cell, "no row with the headings" in p.text) for p in found.problems] == [("A1", True)]


def test_two_columns_of_the_same_heading_are_refused():
    found = previewed(saved(table(("Code", "Answer", "Answer"), (COST, 1, 2))))
    assert [p.cell for p in found.problems] == ["C1"]
    assert not found.changes


def test_duplicate_and_unknown_codes():
    found = previewed(saved(table(HEAD, (COST, "", "", 1), (COST, "", "", 2), ("FIN_COST_IT", "", "", 3), ("FIN_NOTHING", "", "", 4),
                                  ("Total", "", "", None), (None, "", "", 9))))  # fmt: skip
    assert {p.cell for p in found.problems} == {"A2", "A5", "D7"}
    assert [c.item.code for c in found.changes] == ["FIN_COST_IT"]
    assert "A3" in next(p.text for p in found.problems if p.cell == "A2")
    again = previewed(saved(table(HEAD, (COST, "", "", 1), (COST, "", "", None))))
    assert [c.after.amount for c in again.changes] == [1], "an empty row says nothing else"


def test_merged_answers_are_refused_and_merged_titles_are_not():
    book = table(("Finance return",), HEAD, (COST, "", "", 1), ("FIN_COST_IT", "", "", None), ("FIN_COST_ACCOM", "", "", 3))
    book.active.merge_cells("A1:H1")
    book.active.merge_cells("D3:D4")
    found = previewed(saved(book))
    assert [(p.cell, "D3 to D4 are merged" in p.text) for p in found.problems] == [("D3", True)]
    assert [c.item.code for c in found.changes] == ["FIN_COST_ACCOM"]


def test_hidden_rows_and_sheets_are_read_and_said_to_be_hidden():
    book = table(HEAD, (COST, "", "", 1), ("FIN_COST_IT", "", "", 2))
    book.active.row_dimensions[3].hidden = True
    assert [(c.item.code, c.found.hidden) for c in previewed(saved(book)).changes] == [(COST, False), ("FIN_COST_IT", True)]
    book.create_sheet("Front")
    book["Finance"].sheet_state = "hidden"
    assert all(c.found.hidden for c in previewed(saved(book)).changes)


def test_computed_items_are_never_read():
    assert changes(_one("FIN_COST", 999)) == {}
    assert changes(filled(template(ANSWERS), {("FIN_COST", "value"): 999}), ANSWERS) == {}


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin(case="2009-E0724", programme=HERE.programme, round="2009", version=1),
         "is of the return 2009-E0724; you are filling in 2009-E0701"),
        (Origin(case="2008-E0701", programme=HERE.programme, round="2008", version=1), "is of the return 2008-E0701"),
        (Origin(case="2009-E0701", programme="library-peers", round="2009", version=1), "another programme"),
    ],
)  # fmt: skip
def test_another_bodys_or_years_workbook_is_refused_whole(origin, told):
    found = previewed(template(ANSWERS, origin=origin))
    assert told in found.refused
    assert not found.changes
    assert not found.problems


def test_a_csv_of_another_return_is_refused_whole():
    lines = ("Case,Code,Answer", f"2009-E0701,{COST},5", "2009-E0724,FIN_COST_IT,6")
    assert "is of the return 2009-E0724" in previewed(_csv(*lines)).refused


def test_a_file_of_a_newer_layout_or_without_any_heading_is_refused():
    def newer(book):
        sheet = book["Read me"]
        next(row for row in sheet.iter_rows() if row[0].value == "Layout")[1].value = "99"

    assert "newer version of Yardstick" in previewed(filled(template(), {}, newer)).refused
    assert "No answers were found" in previewed(saved(table(("a", "b"), (1, 2)))).refused
    assert "No answers were found" in previewed(_csv("a,b", "1,2")).refused


def test_an_older_version_and_a_file_without_an_origin_are_told():
    older = Origin(case=HERE.case, programme=HERE.programme, programme_version="2009.1", round="2009", version=3)
    remarks = " ".join(previewed(template({COST: Answer(Decimal(1), basis="final")}, origin=older)).remarks)
    assert "made from version 3; the draft is version 1" in remarks
    assert "version 2009.1 of the questions" in remarks
    assert "does not say whose return it is" in " ".join(previewed(_one(COST, 1)).remarks)
    gone = filled(template(), {(COST, "value"): 5}, lambda book: book.remove(book["Read me"]))
    assert "does not say whose return it is" in " ".join(previewed(gone).remarks)
    assert len(previewed(gone).changes) == 1


def test_what_was_changed_in_the_return_since_the_file_was_made_is_marked():
    before = {COST: Answer(Decimal(120), basis="final"), "FIN_COST_IT": Answer(Decimal(7), basis="final")}
    made = template({COST: Answer(Decimal(100), basis="final"), "FIN_COST_IT": Answer(Decimal(7), basis="final")})
    content = filled(made, {("FIN_COST_ACCOM", "value"): 3})
    found = previewed(content, before, {COST: 2, "FIN_COST_IT": 2})
    assert [(c.item.code, c.newer) for c in found.changes] == [(COST, True), ("FIN_COST_ACCOM", False)]
    assert not found.sound
    fresh = previewed(content, {}, {})
    assert [c.newer for c in fresh.changes] == [True, True, False], "what is no longer there was changed too"
    garbled = previewed(filled(made, {(COST, "revision"): "x"}), before, {COST: 1, "FIN_COST_IT": 1})
    assert [c.newer for c in garbled.changes] == [True]


def test_what_was_filled_in_stays_so_until_it_is_confirmed_or_changed():
    before = {COST: Answer(Decimal(5), basis="final", prefilled="the previous return")}
    book = template(before)
    assert previewed(book, before).unchanged == 1
    assert changes(filled(book, {(COST, "confirmed"): "yes"}), before) == {COST: Answer(Decimal(5), basis="final")}
    assert changes(filled(book, {(COST, "value"): 6}), before) == {COST: Answer(Decimal(6), basis="final")}
    assert changes(filled(book, {(COST, "confirmed"): "no"}), before) == {}
    assert problem(filled(book, {(COST, "confirmed"): "perhaps"}), before).text.startswith("Enter yes")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_any_usual_encoding_and_with_any_usual_separator(encoding, separator):
    note = "It says “so”, £5; café"
    quoted = f'"{note.replace(chr(34), chr(34) * 2)}"'
    lines = (separator.join(("Code", "Answer", "Note")), separator.join((COST, "1200", quoted)))
    assert changes(_csv(*lines, encoding=encoding)) == {COST: Answer(Decimal(1200), basis="final", note=note)}


def test_csv_with_a_line_that_names_its_separator_and_lines_in_quotes():
    content = _csv("sep=;", "Code;Answer;Note", f'{COST};12;"one\r\ntwo"', "FIN_COST_IT;x;")
    found = previewed(content)
    assert [c.after.note for c in found.changes] == ["one\ntwo"]
    assert [p.cell for p in found.problems] == ["line 5, column 2"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"), (b"  \n \n", "empty"), (b"\xef\xbb\xbf", "empty"),
        (b"Code,Answer\n" + COST.encode() + b',"1\n2', "Line 2"), (b'Code,Answer\nX,"a"b\n', "Line 2"),
        (b"\x00\x01\x02\x03" * 50, "neither a workbook"), (bytes(range(256)) * 4, "neither a workbook"),
        (b"%PDF-1.7 and so on", "PDF"), (b"<html><table><tr><td>Code</td></tr></table>", "web page or XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x89PNG\r\n\x1a\n", "neither a workbook"),
    ],
)  # fmt: skip
def test_what_is_neither_a_workbook_nor_a_table_is_refused_with_what_to_do(content, told):
    with pytest.raises(Unreadable, match=told):
        read_file(content)


def test_what_a_file_is_is_told_by_its_content_not_by_its_name():
    """A CSV named .xlsx and a workbook named .csv are both read: the reader is not even told the name."""
    assert changes(_csv("Code,Answer", f"{COST},5")) == changes(_one(COST, 5))


def test_a_workbook_of_google_or_libreoffice_with_inline_texts_and_without_addresses():
    rows = "<row><c t='inlineStr'><is><t>Code</t></is></c><c t='inlineStr'><is><r><t>Ans</t></r><r><t>wer</t></r></is></c></row>"
    rows += f"<row><c t='inlineStr'><is><t>{COST}</t></is></c><c><v>1.25E2</v></c></row>"  # fmt: skip
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types><Override PartName='/xl/workbook.xml' ContentType="
        "'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>",
        "xl/workbook.xml": f"<x:workbook xmlns:x='m' xmlns:r='{relations}'><x:sheets><x:sheet name='S' r:id='a'/></x:sheets></x:workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships><Relationship Id='a' Type='{relations}/worksheet' Target='/xl/s.xml'/>"
        "</Relationships>",
        "xl/s.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    assert changes(out.getvalue()) == {COST: Answer(Decimal(125), basis="final")}


def test_dates_since_1904_and_the_day_that_never_was():
    book = table(HEAD, (MONTH, "", "", date(2009, 11, 1)))
    book.epoch = datetime.fromisoformat("1904-01-01")
    assert changes(saved(book)) == {MONTH: Answer(text="2009-11")}
    book = table(HEAD, (MONTH, "", "", 60), (COST, "", "", 2958466))
    for cell in ("D2", "D3"):
        book.active[cell].number_format = "dd/mm/yyyy"
    assert {p.cell for p in previewed(saved(book)).problems} == {"D2", "D3"}


def test_an_export_says_of_which_version_it_is_and_a_template_holds_the_answers_so_far():
    book = load_workbook(io.BytesIO(workbook(contents(ANSWERS))))
    marks = {row[0].value: row[1].value for row in book["Read me"].iter_rows(max_col=2)}
    assert (marks["Case"], marks["Return version"], marks["Round"]) == ("2009-E0701", "1", "2009")
    assert reading(workbook(contents(ANSWERS))).origin.version == 1
