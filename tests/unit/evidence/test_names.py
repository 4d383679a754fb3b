"""Names of files: whatever is sent, what is kept is one line that reads as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.evidence.names import LONGEST, has_ending, tidy, with_ending

ENDINGS = st.sampled_from([(".pdf",), (".jpg", ".jpeg"), (".docx", ".xlsx")])


@pytest.mark.parametrize(
    "raw, kept",
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\ann\\Budget 2009.xlsx", "Budget 2009.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("/", "file"),
        ("", "file"),
        ("..", "file"),
        (" . hidden. ", "hidden"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("two\r\nlines\x00.csv", "two lines.csv"),
        ("Cafe\u0301 ☕.pdf", "Café ☕.pdf"),
        ("half \ud800.pdf", "half .pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("y" * 300, "y" * 200),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(raw, kept):
    assert tidy(raw) == kept


@given(st.text(st.characters(codec=None), max_size=400))
def test_no_name_has_folders_or_anything_that_one_cannot_see(raw):
    name = tidy(raw)
    assert 0 < len(name) <= LONGEST
    assert not set(name) & {"/", "\\"}
    assert not {unicodedata.category(c) for c in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert name == name.strip()
    assert name.strip(".")
    assert tidy(name) == name, "tidied twice is tidied once"
    name.encode()


@given(st.text(max_size=400), ENDINGS)
def test_a_kept_file_has_an_ending_that_fits_what_it_is(raw, endings):
    name = with_ending(tidy(raw), endings)
    assert has_ending(name, endings)
    assert len(name) <= LONGEST
    assert with_ending(name, endings) == name


def test_a_program_that_is_really_a_pdf_is_named_as_one():
    assert with_ending("setup.exe", (".pdf",)) == "setup.exe.pdf"
    assert with_ending("SCAN.PDF", (".pdf",)) == "SCAN.PDF"
    assert with_ending(".pdf", (".pdf",)) == ".pdf.pdf"
