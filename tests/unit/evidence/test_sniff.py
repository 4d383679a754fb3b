"""What a file is, told by its content: never by its name, and never by halves."""

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import files
from webapp.evidence.looking import LINES, WIDTH, beginning
from webapp.evidence.sniff import KINDS, Unwanted, decoded, sniff


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Tells the media type of some bytes, or why they are not kept."""
    path = tmp_path_factory.mktemp("sniff") / "file"

    def of(data):
        path.write_bytes(data)
        try:
            return sniff(path).media_type
        except Unwanted as why:
            return str(why)

    return of


@pytest.mark.parametrize("media_type", list(files.KEPT))
def test_each_kind_that_is_kept_is_known(told, media_type):
    assert told(files.KEPT[media_type]) == media_type


def test_every_kind_has_a_file_in_this_test():
    assert set(files.KEPT) == set(KINDS)


MACRO_TYPES = files.ooxml(files.EXCEL_WITH_MACROS)
REFUSED = {
    "windows program": (b"MZ\x90\x00\x03\x00\x00\x00", "program"),
    "linux program": (b"\x7fELF\x02\x01\x01\x00" + b"\0" * 50, "program"),
    "java class": (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "program"),
    "shell script": (b"#!/bin/sh\nrm -rf /\n", "program"),
    "postscript": (b"%!PS-Adobe-3.0\nshowpage\n", "PostScript"),
    "rtf": (b"{\\rtf1\\ansi{\\object\\objdata 0105}}", "RTF"),
    "web page": (b"<!DOCTYPE html><title>x</title>", "web page"),
    "web page after a blank and a mark": (b"\xef\xbb\xbf \n< HTML >", "web page"),
    "web page in UTF-16": ("<script>alert(1)</script>".encode("utf-16"), "web page"),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"><circle/></svg>', "drawing"),
    "xml": (b'<?xml version="1.0"?><a/>', "XML"),
    "table with a script in it": (b"a,b\n1,<script>x</script>\n", "web page"),
    "gif": (b"GIF89a" + b"\0" * 20, "PNG or JPEG"),
    "tiff": (b"II*\x00" + b"\0" * 20, "PNG or JPEG"),
    "webp": (b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 8, "PNG or JPEG"),
    "packed folder": (files.package([("a.txt", "x")]), "packed folder"),
    "empty packed folder": (files.package([]), "not of a kind"),
    "7-zip": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 20, "packed folder"),
    "old word": (files.ole("WordDocument", "1Table"), "old Office format"),
    "workbook with a password": (files.ole(*files.LOCKED), "without the password"),
    "document with a password on its entries": (files.encrypted(files.docx()), "without the password"),
    "document that is a bomb": (files.swollen(files.docx()), "more than 500 MB"),
    "picture with a web page in its remarks": (files.png(remark=b"<html><script>alert(1)</script>"), "two kinds"),
    "old excel that claims to be locked": (files.ole("Workbook", *files.LOCKED), "old Office format"),
    "slides": (files.ooxml(files.SLIDES), "presentation"),
    "open slides": (files.opendocument("presentation"), "presentation"),
    "drawing in a package": (files.opendocument("graphics"), "not of a kind"),
    "workbook with macros": (files.xlsx(("xl/vbaProject.bin", "x")), "macros"),
    "document with macros, in other letters": (files.docx(("word/VBAPROJECT.BIN", "x")), "macros"),
    "workbook that says it has macros": (MACRO_TYPES, "macros"),
    "workbook of old macros": (files.xlsx(("xl/macrosheets/sheet1.xml", "x")), "macros"),
    "macros under another name": (
        files.ooxml(files.EXCEL + '"/><Override PartName="/x.bin" ContentType="application/vnd.ms-office.vbaProject'), "macros"),
    "open document with macros": (files.opendocument("text", ("Basic/Standard/Module1.xml", "x")), "macros"),
    "open document with scripts": (files.opendocument("text", ("Scripts/python/x.py", "x")), "macros"),
    "program in a document": (files.docx(("word/embeddings/setup.EXE", "x")), "program"),
    "macros in a document in a document": (files.docx(("word/embeddings/sheet.xlsm", "x")), "program"),
    "two types in one": (files.ooxml(files.EXCEL + f'"/><Override PartName="/y.xml" ContentType="{files.WORD}'), "two kinds"),
    "content types that are no XML": (files.package([("[Content_Types].xml", "x")]), "damaged"),
    "package cut off": (files.docx()[:-30], "damaged"),
    "pdf cut off": (files.pdf()[:200], "damaged"),
    "png cut off": (files.png()[:-4], "damaged"),
    "png cut off early": (files.png()[:20], "damaged"),
    "jpeg cut off": (files.jpeg()[:-2], "damaged"),
    "picture with a package after it": (files.jpeg() + files.docx(), "two kinds"),
    "png with anything after it": (files.png() + b"more", "two kinds"),
    "pdf with a package after it": (files.pdf() + files.package([("a.class", "x")]), "two kinds"),
    "picture with a web page in front": (files.jpeg()[:20] + b"<html><script>x</script>" + files.jpeg()[20:], "two kinds"),
    "picture with a pdf in front": (files.jpeg()[:20] + b"%PDF-1.4" + files.jpeg()[20:], "two kinds"),
    "pdf with a script in front": (b"%PDF-1.4\n<script>x</script>" + files.pdf()[8:], "two kinds"),
    "two packages in one": (files.package([("a", "x")]) + files.docx(), "two kinds"),
    "only blanks": (b" \n\t\n", "nothing in it"),
    "a control character": (b"one\x08two", "not of a kind"),
    "a NUL": (b"one\0two", "not of a kind"),
    "half a UTF-16 character": (b"\xff\xfea", "not of a kind"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_not_kept_is_told_what_to_send_instead(told, name):
    data, why = REFUSED[name]
    said = told(data)
    assert why in said
    assert said.endswith(".")


def test_an_entry_that_stands_twice_in_a_package_is_refused(told):
    """Readers differ in which of the two they take: one is shown to the checker, the other to the victim."""
    out = io.BytesIO(files.docx())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as package:
        package.writestr("main.xml", "another")
    assert "two kinds" in told(out.getvalue())


def test_a_package_is_unpacked_no_further_than_needed(told):
    huge = files.package([("[Content_Types].xml", "<Types>" + " " * 3_000_000 + "</Types>")])
    assert "damaged" in told(huge)


@pytest.mark.parametrize("text, media_type", [
    ("a;b\n1;2\n", "text/csv"), ("a\tb\n1\t2\n", "text/csv"), ("a,b\n1,2,3\n", "text/plain"), ("one line, with a comma", "text/plain"),
    ('"a, with comma",b\n1,2\n', "text/csv"), ("single\ncolumn\n", "text/plain"), ("a,b\n" + "1,2\n" * 9000, "text/csv"),
    ("Cost < £5m and > £2m", "text/plain"), ("A form; an image: the head of finance", "text/plain"),
])  # fmt: skip
def test_a_table_is_told_from_a_text_by_its_rows(told, text, media_type):
    assert told(text.encode()) == media_type
    assert told(text.encode("utf-16")) == media_type
    assert told(text.encode("cp1252")) == media_type


def test_old_western_text_is_read_as_its_writer_saw_it():
    assert decoded("Café £5 – “so”".encode("cp1252")) == "Café £5 – “so”"
    assert decoded("\ufeffCafé".encode()) == "Café"


@given(st.one_of(st.binary(min_size=1, max_size=300), st.sampled_from(sorted(files.KEPT.values())).flatmap(
    lambda data: st.tuples(st.just(data), st.integers(0, len(data) - 1), st.integers(0, 255)).map(
        lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
    )
)))  # fmt: skip
@example(b"PK\x03\x04")
@example(b"\x89PNG\r\n\x1a\n")
@example(b"%PDF-")
def test_whatever_is_sent_is_kept_under_a_kind_or_refused_with_words(told, data):
    """No bytes make it fail: random ones, and whole files with one byte changed."""
    said = told(data)
    assert said in KINDS or said.endswith(".")


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16"]))
def test_the_beginning_of_a_text_is_its_text(tmp_path_factory, text, encoding):
    path = tmp_path_factory.getbasetemp() / "text"
    data = text.encode(encoding)
    path.write_bytes(data)
    found = beginning(path)
    assert len(found.lines) <= LINES
    assert list(found.lines) == decoded(data).splitlines()[:LINES]


def test_a_long_text_is_cut_and_says_so(tmp_path):
    path = tmp_path / "long"
    path.write_text("ä" * 3000 + "\n" + "line\n" * 500)
    found = beginning(path)
    assert (len(found.lines), len(found.lines[0]), found.more) == (LINES, WIDTH, True)
    path.write_bytes(b"\xc3\xa4" * 200_000)
    found = beginning(path)
    assert found.lines == ("ä" * WIDTH,)
    assert found.more
    path.write_text("short\n")
    assert not beginning(path).more
