"""Whatever is answered, a file that was written and read back says exactly the same."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.workbooks import TODAY, contents, previewed
from webapp.workbooks.table import csv_table
from webapp.workbooks.template import workbook
from workflows.programme import Function, Item
from workflows.programme.shape import Programme
from workflows.returns.layout import bare, kept, plain, spoken, taken
from workflows.returns.values import BASES, LONGEST_WAIT, NOTE_LIMIT, TEXT_LIMIT, Answer

FUNCTIONS = (Function(code="f", name="Money: [all] / of it*"), Function(code="g", name="Money: [all] / of it?"))
ITEMS = (
    Item(code="COST", function="f", label="=Cost", unit="GBP"),
    Item(code="SHARE", function="f", label="Share", unit="percent"),
    Item(code="HEADS", function="g", label="+Heads", unit="people"),
    Item(code="SCOPE", function="g", label="Counted so", kind="yes_no"),
    Item(code="MONTH", function="f", label="Month", kind="month"),
    Item(code="BY", function="g", label="Who ran it", kind="text"),
    Item(code="SUM", function="g", label="Sum", unit="GBP", formula="COST + HEADS / SHARE"),
)
PROGRAMME = Programme(code="back-office-2009", name="Small", version="1", effective_from=2009, threshold=250, severities=("low",),
                      functions=FUNCTIONS, items=ITEMS)  # fmt: skip

# What the database can keep, apart from the two characters that no file may hold: no NUL, no half of a surrogate pair.
characters = st.characters(codec="utf-8", exclude_characters="\0\ufffe\uffff")
awkward = st.sampled_from([
    "=1+1", "+44", "-", "@sum", "'=x", "''+x", "clear", '"clear"', 'CLEAR"', "\u200bclear", '"clear"\u200b', "_x000D_", "_x0041_", "a\rb",
    "a,b;c\td", '"', "'", "#REF!", "n/a", "yes", "1e5", "0012", "\u200bx", "\x0b\x01", "<b>&amp;</b>", "a\n\n b", "\x1a\x1a",
])  # fmt: skip
texts = awkward | st.text(characters, max_size=60)
notes = texts.map(lambda text: text.replace("\r\n", "\n").strip()[:NOTE_LIMIT])
words = texts.map(lambda text: " ".join(text.split())[:TEXT_LIMIT].strip())
reasons = st.text(characters, min_size=5, max_size=80).map(str.strip).filter(lambda text: len(text) >= 5)
amounts = st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=4) | st.integers(-(10**9), 10**9).map(Decimal)
days = st.dates(min_value=TODAY + timedelta(days=1), max_value=TODAY + timedelta(days=LONGEST_WAIT))
basis = st.sampled_from(BASES)
unknown = st.builds(Answer, not_known=reasons, known_by=days, note=notes)


def _answers():
    said = {
        "amount": st.builds(Answer, amount=amounts.map(lambda a: a.normalize() + 0), basis=basis, note=notes),
        "yes_no": st.builds(Answer, text=st.sampled_from(["yes", "no"]), note=notes),
        "month": st.builds(Answer, text=st.dates(date(1901, 1, 1), date(2199, 12, 1)).map(lambda d: d.isoformat()[:7]), note=notes),
        "text": st.builds(Answer, text=words.filter(bool), note=notes),
    }
    nothing = st.builds(Answer, note=notes)
    return st.fixed_dictionaries({}, optional={item.code: said[item.kind] | unknown | nothing for item in ITEMS if item.typed})


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(_answers())
def test_a_file_that_was_written_and_read_back_says_exactly_the_same(said):
    held = contents(said, programme=PROGRAMME, revisions={})
    said = {code: answer for code, answer in said.items() if answer != Answer()}
    for content in (workbook(held), csv_table(held), workbook(contents(said, programme=PROGRAMME, revisions={}, to_fill_in=True))):
        anew = previewed(content, programme=PROGRAMME)
        assert not anew.refused
        assert not anew.problems
        assert anew.answers(frozenset(said)) == said
        again = previewed(content, said, programme=PROGRAMME)
        assert not again.problems
        assert (again.changes, again.unchanged) == ((), len(said))


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(["COST", "SHARE"]), unknown, min_size=1), st.integers(-500, 0))
def test_a_date_that_has_passed_since_changes_nothing(said, ago):
    said = {
        code: Answer(not_known=a.not_known, known_by=TODAY + timedelta(days=ago), note=a.note, prefilled="") for code, a in said.items()
    }
    for content in (workbook(contents(said, programme=PROGRAMME)), csv_table(contents(said, programme=PROGRAMME))):
        again = previewed(content, said, programme=PROGRAMME)
        assert (again.changes, again.problems, again.unchanged) == ((), (), len(said))


@given(texts)
def test_texts_are_kept_from_being_words_or_formulas_and_come_back(text):
    assert taken(kept(text)) == text
    assert bare(kept(text)).casefold() != "clear"
    assert spoken(plain(text)) == text
    assert not plain(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
