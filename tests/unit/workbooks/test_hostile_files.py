"""Files that are made to do harm, or that are broken: refused with what to do, within bounds, and before any XML is parsed."""

import io
import re
import resource
import subprocess
import sys
import zipfile

import pytest

from tests.support.workbooks import ANSWERS, HERE, PROGRAMME, rezipped, template
from webapp.workbooks import archive, reader, xlsx
from webapp.workbooks.apart import read_apart
from webapp.workbooks.opening import Unreadable, read_file
from workflows.returns import tables

BOOK = template(ANSWERS)
SHEET = "xl/worksheets/sheet3.xml"


def _refused(content, told):
    with pytest.raises(Unreadable, match=told):
        read_file(content)


def _with(name, data, book=BOOK):
    out = io.BytesIO(book)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, data)
    return out.getvalue()


def _in(part, old, new, book=BOOK):
    def change(name, data):
        assert name != part or old in data
        return data.replace(old, new) if name == part else data

    return rezipped(book, change)


@pytest.fixture
def unparsed(monkeypatch):
    """Fails as soon as any XML is parsed."""

    def parse(*_, **__):
        raise AssertionError("XML was parsed")

    monkeypatch.setattr("webapp.workbooks.xlsx.sax.parse", parse)


def test_a_bomb_is_refused_before_any_xml_is_parsed(unparsed):
    _refused(_with("xl/media/image1.png", b"\0" * (archive.MOST_BYTES + 1)), "far larger than such a workbook")
    _refused(_with("xl/worksheets/sheet99.xml", b"\0" * 20_000_000), "far larger than such a workbook")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        for number in range(archive.MOST_PARTS + 1):
            made.writestr(f"{number}", b"")
    _refused(many.getvalue(), "2,001 parts")


@pytest.mark.parametrize(
    ("name", "told"),
    [("xl/vbaProject.bin", "macros"), ("xl/macrosheets/sheet1.xml", "macros"), ("xl/workbook.bin", "binary workbook")],
)
def test_macros_and_binary_workbooks_are_refused_before_any_xml_is_parsed(unparsed, name, told):
    _refused(_with(name, b"x"), told)


def test_a_part_that_unpacks_to_more_than_it_says_is_refused():
    """The directory of the archive says that the sheet is small, so no more than that is unpacked, and it is found damaged."""
    lying = bytearray(BOOK)
    entry = lying.rindex(SHEET.encode()) - 46
    assert lying[entry : entry + 4] == b"PK\x01\x02"
    lying[entry + 24 : entry + 28] = (2000).to_bytes(4, "little")
    _refused(bytes(lying), "sheet3.xml” is damaged")


def test_a_workbook_that_may_hold_macros_is_refused_whatever_it_is_named():
    content = _in("[Content_Types].xml", b"spreadsheetml.sheet.main+xml", b"x")
    _refused(content, "no Excel workbook")
    content = _in("[Content_Types].xml", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                  b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")  # fmt: skip
    _refused(content, "xlsm")


LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
OUTSIDE = b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize("bomb", [LAUGHS, OUTSIDE, b"<!DOCTYPE x>", b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_xml_with_entities_is_refused_in_every_part(bomb, part):
    def change(name, data):
        return data.replace(b"?>", b"?>" + bomb, 1) if name == part else data

    _refused(rezipped(BOOK, change), "defines XML entities")


def test_an_encrypted_archive_is_refused():
    content = bytearray(BOOK)
    start = content.index(b"PK\x01\x02")
    content[start + 8] |= 1
    _refused(bytes(content), "password")


def test_other_archives_and_documents_are_refused():
    for names, told in ((("content.xml", "mimetype"), "OpenDocument"), (("readme.txt",), "no Excel workbook")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in names:
                made.writestr(name, b"x")
        _refused(out.getvalue(), told)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    _refused(empty.getvalue(), "no Excel workbook")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_off_is_refused(share):
    _refused(BOOK[: int(len(BOOK) * share)], "damaged or cut off")


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
def test_a_missing_or_broken_part_is_named(part):
    _refused(rezipped(BOOK, lambda name, data: None if name == part else data), part.split("/")[-1].partition(".")[0])
    _refused(rezipped(BOOK, lambda name, data: data[: len(data) // 2] if name == part else data), "is damaged")


def test_damage_within_a_sheet_names_the_sheet_and_the_cell():
    _refused(_in(SHEET, b'<c r="A3"', b'<c r="A4"'), "“Finance” is damaged at the cell A4 in row 3")
    _refused(_in(SHEET, b'<c r="B3"', b'<c r="A3"'), "“Finance” is damaged at the cell A3, which stands there twice")
    _refused(_in(SHEET, b'<c r="A3"', b'<c r="A3x"'), "damaged at the cell A3x")
    _refused(_in(SHEET, b'<row r="3"', b'<row r="9999999"'), "damaged at row 9999999")
    _refused(_in(SHEET, b"<pageMargins", b'<mergeCells><mergeCell ref="nowhere"/></mergeCells><pageMargins'), "the merged cells nowhere")
    lost = rezipped(BOOK, lambda name, data: data.replace(b"<si>", b"<gone>").replace(b"</si>", b"</gone>") if "shared" in name else data)
    _refused(lost, "whose text is missing")


def test_a_cell_or_a_workbook_that_holds_too_much_is_refused_with_its_place():
    long = b'<row r="900"><c r="A900" t="inlineStr"><is><t>' + b"x" * 40_000 + b"</t></is></c></row></sheetData>"
    _refused(_in(SHEET, b"</sheetData>", long), "The cell A900 of the sheet “Finance” holds more than 32,767 characters")
    cells = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(900, 900 + xlsx.MOST_CELLS))
    _refused(_in(SHEET, b"</sheetData>", cells + b"</sheetData>"), "more than 100,000 filled cells")
    _refused(b"Code,Answer\n" + b"A,1\n" * 50_001, "more than 100,000 filled cells")


def _blank_rows():
    """The template with 25 MB of blank but formatted rows below the finance sheet's."""
    rows = b"".join(b'<row r="%d" spans="1:14" ht="15"><c r="A%d" s="3"/><c r="B%d" s="3"/></row>' % (n, n, n) for n in range(200, 300_000))
    return _in(SHEET, b"</sheetData>", rows + b"</sheetData>")


def test_megabytes_of_blank_rows_are_read_past():
    found = tables.read(read_apart(_blank_rows()), PROGRAMME, HERE)
    assert len(found.found) == len(ANSWERS)
    assert not found.problems


def test_a_whole_workbook_takes_less_than_200_megabytes():
    script = (
        "import sys; from pathlib import Path; from webapp.workbooks import reader; reader.main(); "
        "print(Path('/proc/self/status').read_text(), file=sys.stderr)"
    )
    for book in (BOOK, _blank_rows()):
        done = subprocess.run([sys.executable, "-c", script], input=book, capture_output=True, check=True)
        highest = re.search(rb"VmHWM:\s+(\d+) kB", done.stderr)
        assert highest
        assert int(highest.group(1)) < 200 * 1024
        assert b"FIN_COST_EMP" in done.stdout


def test_the_child_reads_what_is_read_here():
    assert read_apart(BOOK) == read_file(BOOK)
    with pytest.raises(Unreadable, match="empty"):
        read_apart(b"")


def test_the_child_is_bounded_and_knows_no_secret(monkeypatch):
    monkeypatch.setenv("YARDSTICK_SECRET_KEY", "must not be handed on")
    seen = {}

    def run(*_, **options):
        seen.update(options["env"])
        return subprocess.CompletedProcess([], -9, b"", b"killed")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(Unreadable, match="too long to read, or too much memory"):
        read_apart(BOOK)
    assert "PATH" in seen
    assert not [name for name in seen if name.startswith("YARDSTICK")]


def test_a_file_that_needs_more_memory_than_is_allowed_is_refused_by_the_child():
    small = "import sys; from webapp.workbooks import reader; reader.MEMORY = 100 * 1024 * 1024; reader.main()"
    command = [sys.executable, "-c", small]
    done = subprocess.run(command, input=b"x" * 25_000_000 + b",\n", capture_output=True, check=True)
    assert b"needs more memory" in done.stdout


def test_a_child_that_does_not_end_is_given_up(monkeypatch):
    def late(*_, **__):
        raise subprocess.TimeoutExpired([], 1)

    monkeypatch.setattr(subprocess, "run", late)
    with pytest.raises(Unreadable, match="too long"):
        read_apart(BOOK)


def test_the_childs_bounds_are_set_before_it_reads():
    script = (
        "import io, resource, sys\nfrom webapp.workbooks import reader\n"
        "class Asked(io.RawIOBase):\n    def read(self, *_):\n"
        "        bounds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)\n"
        "        print([resource.getrlimit(bound) for bound in bounds], file=sys.stderr)\n"
        "        return b''\n"
        "class In:\n    buffer = Asked()\nsys.stdin = In()\nreader.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert f"[({reader.MEMORY}, {reader.MEMORY}), ({reader.SECONDS}, {reader.SECONDS}), (0, 0)]" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0, "this process is left as it was"
