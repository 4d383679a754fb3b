"""What may be entered for an item: numbers, yes and no, months, texts, and what is not known."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.returns.forms import as_typed, read, read_date
from workflows.programme import Item
from workflows.returns.values import (
    BASES,
    LONGEST_WAIT,
    NOTHING,
    Answer,
    BadAnswer,
    lowered,
    note_wanted,
    quoted,
    read_amount,
    read_not_known,
    read_text,
)

TODAY = date(2010, 2, 1)
COST = Item(code="COST", function="f", label="Cost", unit="GBP")
PERCENT = Item(code="SHARE", function="f", label="Share", unit="percent")
YES_NO = Item(code="SCOPE", function="f", label="Counted so", kind="yes_no", note_when="no", note_label="How it differs")
MONTH = Item(code="MONTH", function="f", label="Month", kind="month")
TEXT = Item(code="BY", function="f", label="Who ran it", kind="text")
ITEMS = (COST, YES_NO, MONTH, TEXT)
amounts = st.decimals(min_value=-(10**14), max_value=10**14, places=4)


@given(amounts)
def test_an_amount_reads_back_however_it_is_written(amount):
    plain, grouped = format(amount, "f"), f"{amount:,f}"
    for text in (plain, grouped, f" £{grouped} ", f"\u00a0{plain}\u2009", plain.replace("-", "\u2212")):
        assert read_amount(text, COST) == amount
    if amount < 0:
        assert read_amount(f"(£{-amount:,f})", COST) == amount
    assert read_amount(f"{plain} %", PERCENT) == amount


@pytest.mark.parametrize("text", ["", "  ", "£", "\u00a0"])
def test_nothing_is_nothing_and_not_zero(text):
    assert read_amount(text, COST) is None
    assert read_amount("0", COST) == 0


@pytest.mark.parametrize(
    "text",
    [
        "lots",
        "1e9",
        "1.2.3",
        "NaN",
        "Infinity",
        "--1",
        "(",
        "()",
        "1 000 a",
        "12%",
        "¼",
        "١٢",
        "0x10",
        "1_000",
        "12,5",
        "1,25",
        "12 5",
        "1,23,456",
    ],
)
def test_what_is_no_number_is_told_with_an_example(text):
    with pytest.raises(BadAnswer, match=r"Cost must be a number, like 1250"):
        read_amount(text, COST)


@given(st.text(max_size=40))
def test_any_text_is_an_answer_or_is_told_what_to_enter(text):
    for item in (COST, PERCENT):
        try:
            found = read_amount(text, item)
        except BadAnswer as problem:
            assert item.label in str(problem)
        else:
            assert found is None or found.is_finite()
    for item in (YES_NO, MONTH, TEXT):
        try:
            read_text(text, item)
        except BadAnswer as problem:
            assert item.label in str(problem)


@pytest.mark.parametrize(
    ("text", "said"),
    [("11/2009", "2009-11"), ("2009-11", "2009-11"), ("2009-11-05", "2009-11"), ("Nov 2009", "2009-11"), ("november 2009", "2009-11"),
     ("1-2010", "2010-01"), ("", "")],
)  # fmt: skip
def test_a_month(text, said):
    assert read_text(text, MONTH) == said


@pytest.mark.parametrize("text", ["13/2009", "0/2009", "2009", "soon", "11/09", "11/20099", "Nop 2009"])
def test_no_month(text):
    with pytest.raises(BadAnswer, match="like 11/2009"):
        read_text(text, MONTH)


def test_yes_and_no():
    assert {read_text(t, YES_NO) for t in ("yes", "Y", "YES", "true", "1")} == {"yes"}
    assert {read_text(t, YES_NO) for t in ("no", "N", "No.", "false", "0")} == {"no"}
    with pytest.raises(BadAnswer, match="yes or no"):
        read_text("perhaps", YES_NO)


def test_a_note_is_wanted_where_the_item_says_so():
    assert note_wanted(YES_NO, Answer(text="no"))
    assert note_wanted(YES_NO, Answer(text="no", note=" x  "))
    assert not note_wanted(YES_NO, Answer(text="no", note="Payroll is with HR."))
    assert not note_wanted(YES_NO, Answer(text="yes"))
    assert not note_wanted(COST, Answer(amount=Decimal(1)))


def test_not_known_says_why_and_by_when():
    assert read_not_known(" Not recorded. ", date(2010, 3, 1), TODAY, COST) == Answer(not_known="Not recorded.", known_by=date(2010, 3, 1))
    for reason, by, said in (
        ("", date(2010, 3, 1), "Say why"), ("x", date(2010, 3, 1), "Say why"), ("Not recorded.", None, "Enter the date"),
        ("Not recorded.", TODAY, "in the future"), ("x" * 501, date(2010, 3, 1), "500 characters"),
        ("Not recorded.", TODAY + timedelta(days=LONGEST_WAIT + 1), "within five years"),
    ):  # fmt: skip
        with pytest.raises(BadAnswer, match=said):
            read_not_known(reason, by, TODAY, COST)
    latest = TODAY + timedelta(days=LONGEST_WAIT)
    assert read_not_known("Not recorded.", latest, TODAY, COST).known_by == latest


@pytest.mark.parametrize("text", ["31/2/2010", "soon", "2010-13-01", "1/1/10", "32.1.2010"])
def test_no_date(text):
    with pytest.raises(BadAnswer, match="real date"):
        read_date(text)


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=5, max_size=60)
days = st.dates(date(2010, 2, 2), date(2015, 1, 31))
answers = st.one_of(
    st.builds(lambda a, n, b: (COST, Answer(amount=a, note=n, basis=b)), amounts, words, st.sampled_from(BASES)),
    st.builds(lambda r, d: (COST, Answer(not_known=r, known_by=d)), words, days),
    st.builds(lambda t, n: (YES_NO, Answer(text=t, note=n)), st.sampled_from(["yes", "no"]), words),
    st.builds(lambda y, m: (MONTH, Answer(text=f"{y}-{m:02}")), st.integers(1990, 2030), st.integers(1, 12)),
    st.builds(lambda t: (TEXT, Answer(text=t)), words),
)


@given(answers)
def test_whatever_is_stored_comes_back_from_its_own_form(pair):
    item, answer = pair
    typed = as_typed(answer, 3)
    code = item.code
    form = {code: typed.value, f"note-{code}": typed.note, f"basis-{code}": typed.basis, f"why-{code}": typed.reason,
            f"by-{code}": typed.known_by, f"was-{code}": "3"}  # fmt: skip
    reading = read(form, ITEMS, {}, TODAY)
    assert reading.answers == {code: answer}
    assert reading.seen == {code: 3}


def test_what_was_filled_in_stays_so_until_it_is_changed_or_confirmed():
    before = {"COST": Answer(amount=Decimal(5), basis="final", prefilled="last year")}
    form = {"COST": "5", "was-COST": "1"}
    assert read(form, ITEMS, before, TODAY).answers["COST"].prefilled == "last year"
    assert read(form | {"sure-COST": "1"}, ITEMS, before, TODAY).answers["COST"].prefilled == ""
    assert read(form | {"COST": "6"}, ITEMS, before, TODAY).answers["COST"].prefilled == ""
    assert not before["COST"].settled
    assert before["COST"].same_as(Answer(amount=Decimal(5), basis="final"))


def test_an_answer_and_not_known_at_once_is_refused():
    for value in ({"COST": "5"}, {"SCOPE": "yes"}):
        code = next(iter(value))
        reading = read(value | {f"why-{code}": "Not recorded.", f"by-{code}": "1/3/2010"}, ITEMS, {}, TODAY)
        assert "not both" in reading.problems[0].text
        assert not reading.answers


def test_a_basis_that_is_none_is_told():
    assert "estimate" in read({"COST": "5", "basis-COST": "guess"}, ITEMS, {}, TODAY).problems[0].text


def test_an_empty_form_answers_nothing_and_an_absent_item_is_left_alone():
    assert read({"COST": "", "was-COST": "0"}, ITEMS, {}, TODAY).answers == {"COST": NOTHING}
    assert read({}, ITEMS, {}, TODAY).answers == {}
    assert set(read({"was-SCOPE": "0"}, ITEMS, {}, TODAY).answers) == {"SCOPE"}, "radios that are not chosen are not sent"


@pytest.mark.parametrize(("label", "said"), [("Cost of it", "cost of it"), ("IT", "IT"), ("“Quoted”", "“Quoted”"), ("A", "A")])
def test_a_label_in_a_sentence(label, said):
    assert lowered(label) == said


def test_a_label_that_is_a_quotation_is_not_quoted_twice():
    assert quoted("Employees") == "“Employees”"
    assert quoted("“I know whom to contact”") == "“I know whom to contact”"
