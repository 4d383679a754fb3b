"""Workbooks as people send them: the template filled in by another program, tables made by hand, and parts put out of order."""

import dataclasses
import io
import random
import zipfile
from datetime import UTC, date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook

from config import programmes
from webapp.demo.figures import answers
from webapp.workbooks.opening import read_file
from webapp.workbooks.template import workbook
from workflows.returns import preview, tables
from workflows.returns.figures import Figures
from workflows.returns.layout import COLUMNS, Origin
from workflows.returns.writing import Contents

PROGRAMME = programmes.read("back-office-2009")
TODAY = date(2010, 2, 1)
HERE = Origin(case="2009-E0701", programme=PROGRAMME.code, programme_version=PROGRAMME.version, round="2009", version=1)
LABELS = {label: part for part, label in COLUMNS.items()}
ANSWERS = answers(random.Random(4), 4000, PROGRAMME)
"""A made-up return that is whole."""


def contents(said=None, *, programme=PROGRAMME, revisions=None, **more):
    """What a file of a return holds."""
    said = {} if said is None else said
    return Contents(
        programme=programme, origin=more.pop("origin", HERE), body="Hartlepool Borough Council", round="Back-office benchmarking 2009",
        standing="Version 1.", figures=Figures(programme, said, headcount=4000), made=datetime(2010, 2, 1, 10, tzinfo=UTC),
        revisions=dict.fromkeys(said, 1) if revisions is None else revisions, **more,
    )  # fmt: skip


def template(said=None, **more):
    """The bytes of a template with these answers."""
    return workbook(contents(said, to_fill_in=True, **more))


def cells(book):
    """The cells of a workbook by code and part, wherever their sheets, rows and columns are."""
    found: dict[tuple[str, str], Any] = {}
    for sheet in book.worksheets:
        headings = {LABELS[c.value]: c.column for c in sheet[1] if c.value in LABELS}
        if "code" in headings:
            for row in range(2, sheet.max_row + 1):
                code = sheet.cell(row, headings["code"]).value
                found |= {(code, part): sheet.cell(row, column) for part, column in headings.items()}
    return found


def cell_of(book, code, part):
    """The cell of an item's part."""
    return cells(book)[code, part]


def saved(book):
    """A workbook of openpyxl as bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(content, changes, edit=None):
    """A workbook with cells filled in, by code and part, as a person's program would save it."""
    book = load_workbook(io.BytesIO(content))
    places = cells(book) if changes else {}
    for place, value in changes.items():
        places[place].value = value
    if edit:
        edit(book)
    return saved(book)


def table(*rows, name="Finance"):
    """A small workbook of one sheet with these rows."""
    book = Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    return book


def rezipped(content, change):
    """An archive with parts changed: `change` gets name and bytes, and gives the new bytes, or None to leave the part out."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            new = change(name, source.read(name))
            if new is not None:
                made.writestr(name, new)
    return out.getvalue()


def reading(content, *, programme=PROGRAMME, here=HERE):
    """What is read from a file."""
    return tables.read(read_file(content), programme, here)


def previewed(content, before=None, revisions=None, *, programme=PROGRAMME, here=HERE):
    """What a file would change in a return with these answers, each of revision 1 where nothing else is said."""
    before = {} if before is None else before
    revisions = dict.fromkeys(before, 1) if revisions is None else revisions
    return preview.preview(programme, reading(content, programme=programme, here=here), before, revisions, TODAY, here.version)


def changes(content, before=None):
    """The new answers by code; fails where there is any problem."""
    found = previewed(content, before)
    assert not found.refused, found.refused
    assert not found.problems, found.problems
    return {change.item.code: change.after for change in found.changes}


def problem(content, before=None):
    """The one problem of a file; fails where there is none, or another."""
    found = previewed(content, before)
    assert not found.refused, found.refused
    assert len(found.problems) == 1, found.problems
    return found.problems[0]


def without(contents_, **changed):
    """The contents with something changed."""
    return dataclasses.replace(contents_, **changed)
