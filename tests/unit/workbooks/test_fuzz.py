"""Hundreds of broken files, the same at every run: each is read, or refused with a clear text. Nothing else ever happens."""

import io
import random
import zipfile

import pytest
from openpyxl import load_workbook

from tests.support.workbooks import ANSWERS, PROGRAMME, contents, previewed, saved, template
from webapp.workbooks.archive import Unreadable
from webapp.workbooks.table import csv_table
from workflows.returns.preview import Preview
from workflows.returns.values import Answer

BOOK = template(ANSWERS)
with zipfile.ZipFile(io.BytesIO(BOOK)) as _opened:
    PARTS = {name: _opened.read(name) for name in _opened.namelist()}
TABLE = csv_table(contents(ANSWERS))
WILD = (
    None, "", " ", "yes", "NO", "clear", '"clear"', "n/a", "-", "12,5", "1,200", "(5)", "£5k", "5%", "1E+400", "=1/0", "=A1", "#REF!", True,
    False, 0, -0.0, 1e308, -1e15, 5e-324, 1 / 3, 123456789012345678, "9" * 400, "x" * 32_000, "\u200b", "\ufeff", "é" * 300, "31/02/2010",
    "2010-06-30", "'=1", "@", "_x0000_", "_xD800_", "<c>", "FIN_COST_EMP", "Code", "Answer", "Nov-09", "13/13/2013",
)  # fmt: skip


def _flip(rng, content):
    changed = bytearray(content)
    for _ in range(rng.choice([1, 3, 20, 200])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(rng, content):
    start = rng.choice([0, 0, rng.randrange(len(content))])
    return content[start : rng.randrange(start, len(content))]


def _shuffle(rng, content):
    """Pieces of a file in another order, or more than once."""
    size = rng.randrange(1, len(content))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(rng.choices(pieces, k=len(pieces)))


def _zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


SWAPS = (
    (b"<c ", b"<row "), (b' t="s"', b' t="n"'), (b' t="s"', b' t="inlineStr"'), (b"<v>", b"<v>9"), (b"<v>", b"<f>"), (b"</row>", b""),
    (b' r="A', b' r="ZZZZ'), (b' s="', b' s="999'), (b"<v>", b"<v>\xff\xfe"), (b"<si>", b"<si><rPh>"),
    (b'formatCode="', b'formatCode="%d/'), (b"sheetId", b"r:id"), (b"Target=", b"Target='../../' x="), (b"<v>", b"<v>&amp;lt;"),
    (b"<t>", b"<t>\x00"), (b"worksheet", b"chartsheet"), (b' r="', b' r="-'), (b' r="', b' r="99999999999999999999'),
    (b"numFmtId", b"numfmtid"), (b"UTF-8", b"UTF-16"),
)  # fmt: skip


def _mangle(rng, _):
    """One or two XML parts with their bytes flipped, cut, or their elements and attributes made into others."""
    parts = dict(PARTS)
    for name in rng.sample(sorted(parts), rng.randint(1, 2)):
        data = parts[name]
        match rng.randrange(4):
            case 0:
                parts[name] = _flip(rng, data)
            case 1:
                parts[name] = _cut(rng, data)
            case 2:
                parts[name] = parts[rng.choice(sorted(parts))]
            case _:
                old, new = rng.choice(SWAPS)
                parts[name] = data.replace(old, new, rng.choice([1, 5, -1]))
    for name in rng.sample(sorted(parts), rng.choice([0, 0, 1])):
        del parts[name]
    return _zipped(parts)


def _sheet_parts(rng, _):
    """The cells of the sheets put out of order, where most of a workbook is."""
    parts = dict(PARTS)
    for name in rng.sample([n for n in sorted(parts) if "worksheets/sheet" in n and "_rels" not in n], 3):
        old, new = rng.choice(SWAPS)
        places = parts[name].count(old)
        parts[name] = parts[name].replace(old, new, rng.randint(1, max(1, places)))
    return _zipped(parts)


MUTATIONS = (_flip, _cut, _shuffle, _mangle, _mangle, _sheet_parts, _sheet_parts)


def _outcome(content, before):
    """What comes of a file: a preview, or a clear text. Anything else is an error of ours, and fails the test."""
    try:
        found = previewed(content, before)
    except Unreadable as refused:
        assert len(str(refused)) > 20
        assert str(refused)[-1] == "."
        return "unreadable"
    assert isinstance(found, Preview)
    for problem in found.problems:
        assert problem.cell
        assert len(problem.text) > 20
        assert len(problem.text) < 500
    for change in found.changes:
        assert isinstance(change.after, Answer)
        assert change.before == before.get(change.item.code, Answer())
        assert change.after.amount is None or (change.after.amount.is_finite() and abs(change.after.amount) < 10**15)
    return "refused" if found.refused else "read"


@pytest.mark.parametrize("seed", range(6))
def test_broken_workbooks_are_read_or_refused_and_nothing_else(seed):
    rng = random.Random(seed)
    outcomes = [_outcome(rng.choice(MUTATIONS)(rng, BOOK), ANSWERS) for _ in range(60)]
    assert {"unreadable", "read"} <= set(outcomes), "both happen, so both were tried"


@pytest.mark.parametrize("seed", range(2))
def test_broken_tables_are_read_or_refused_and_nothing_else(seed):
    rng = random.Random(100 + seed)
    contents_of = [lambda: rng.choice((_flip, _cut, _shuffle))(rng, TABLE), lambda: _flip(rng, TABLE.decode("utf-8-sig").encode("utf-16")),
                   lambda: rng.randbytes(rng.randrange(1, 3000))]  # fmt: skip
    outcomes = [_outcome(rng.choice(contents_of)(), ANSWERS) for _ in range(100)]
    assert len(set(outcomes)) > 1


def test_wild_values_in_any_cell_are_read_or_told_with_their_cell():
    rng = random.Random(7)
    book = load_workbook(io.BytesIO(BOOK))
    told = 0
    for _ in range(3):
        for sheet in book.worksheets:
            for row in sheet.iter_rows(max_col=14):
                for cell in row:
                    if rng.random() < 0.05:
                        cell.value = rng.choice(WILD)
                        if rng.random() < 0.1:
                            cell.number_format = rng.choice(["0%", "dd/mm/yyyy", "@", "[h]:mm", '"£"0', "General"])
            if rng.random() < 0.3 and sheet.max_row > 3:
                top, left = rng.randint(1, sheet.max_row), rng.randint(1, 9)
                sheet.merge_cells(start_row=top, end_row=top + 2, start_column=left, end_column=left + rng.randint(0, 2))
        content = saved(book)
        told += len(previewed(content, ANSWERS).problems)
        assert _outcome(content, ANSWERS) in ("read", "refused")
        book = load_workbook(io.BytesIO(BOOK))
    assert told > 100


def test_the_programmes_items_are_all_in_the_file_that_is_broken_here():
    assert previewed(BOOK, {}).answers(frozenset(i.code for i in PROGRAMME.items)) == ANSWERS
