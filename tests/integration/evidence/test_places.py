"""Annotations on a file, a page of it or an area: made on the file's page, shown there and in the review, never lost."""

import io
import json
import re

import pytest
from pypdf import PdfWriter
from sqlalchemy import select

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support import files
from tests.support.evidence import CASE, LIST, in_review, last_events, rows, send, sign_off
from tests.support.returns import case_of
from tests.support.site import Browser, find, token
from webapp.db import SYSTEM
from webapp.evidence.models import Evidence
from webapp.reports.pdf import report_html
from webapp.review.models import Annotation
from workflows.review.anchors import Area, Place
from workflows.roles import Actor, Role

AREA = {"left": "10", "top": "20.5", "width": "30%", "height": "15"}


def paged(number):
    """A PDF of so many empty pages."""
    made, out = PdfWriter(), io.BytesIO()
    for _ in range(number):
        made.add_blank_page(595, 842)
    made.write(out)
    return out.getvalue()


@pytest.fixture
def reviewer(app, preparer):
    """The reviewer of a return with a PDF of three pages and a picture behind a figure, and a text behind a whole function."""
    send(preparer, ("ledger.pdf", paged(3)), ("chart.png", files.png(40, 30)))
    send(preparer, ("manual.docx", files.docx()), ("table.csv", files.TABLE.encode()), place="finance")
    sign_off(app)
    return in_review(app)


def annotate(reviewer, number, text, *, status=303, **more):
    data = {"kind": "comment", "text": text} | more
    return reviewer.post(f"{LIST}/{number}/annotations", data, form=f"{LIST}/{number}", status=status)


def noted(database, text):
    with database.reading() as session:
        return session.scalars(select(Annotation).where(Annotation.text == text)).one()


def card(page, number):
    return find(rf'(?s)<article[^>]*id="annotation-{number}">(.*?)</article>', page)


def row(page, item="FIN_COST_EMP"):
    return find(rf'(?s)<tr[^>]*id="{item}" data-figure>(.*?)</tr>', page)


def test_the_pages_of_a_pdf_are_counted_when_it_comes_and_of_what_is_none_nothing_is_said(reviewer, database):
    assert [file.pages for file in rows(database)] == [3, None, None, None]


def test_a_page_and_an_area_are_shown_on_the_file_and_in_the_figure_s_row_and_told_on_the_record(reviewer, database):
    annotate(reviewer, 1, "Not this year.", page="2", **AREA)
    note = noted(database, "Not this year.")
    assert (note.item, note.evidence_number, note.selector) == ("FIN_COST_EMP", 1, Place(2, Area(10, 20.5, 30, 15)))
    assert note.value_seen
    where = "page 2 of file 1, an area of 30% by 15%, 10% from the left and 20.5% from the top"
    assert f"On {where}" in card(reviewer.get(f"{LIST}/1"), note.id)
    shown = card(reviewer.get(f"{CASE}/review?show=remarks"), note.id)
    assert f'href="{LIST}/1#annotation-{note.id}">{where}</a>' in shown
    assert f'id="annotation-{note.id}"' in row(reviewer.get(f"{CASE}/review?show=remarks"))
    assert "(file 1, page 2, an area of 30% by 15%" in reviewer.get(f"{CASE}/record")
    assert json.loads(last_events(database)[0].new)["evidence_number"] == 1
    annotate(reviewer, 1, "The whole of it.")
    assert noted(database, "The whole of it.").selector is None
    assert "file 1</a>" in card(reviewer.get(f"{CASE}/review?show=remarks"), noted(database, "The whole of it.").id)


@pytest.mark.parametrize("number, fields, told", [
    (1, {"page": "4"}, "The file has 3 pages. Enter the number of a page from 1 to 3, or leave it empty."),
    (1, {"page": "0"}, "from 1 to 3"), (1, {"page": "two"}, "from 1 to 3"),
    (3, {"page": "10000"}, "Enter the number of a page from 1 to 9,999"),
    (1, AREA, "Enter the page that the area is on."),
    (1, {"page": "1", "left": "10"}, "Enter top too, or leave all four of the area empty."),
    (2, AREA | {"left": "far"}, "Left must be a number from 0 up to 100, like 12.5."),
    (2, AREA | {"top": "-1"}, "Top must be a number from 0"), (2, AREA | {"width": "0"}, "Width must be a number above 0 up to 100"),
    (2, AREA | {"height": "1e1"}, "Height must be"), (2, AREA | {"height": "١٢"}, "Height must be"),
    (2, AREA | {"left": "80"}, "The area must end within the page: left and width come to 110%."),
    (2, AREA | {"text": " "}, "Write the annotation."),
    (2, AREA | {"kind": "perhaps"}, "Choose a kind."),
])  # fmt: skip
def test_what_is_no_place_is_told_and_nothing_typed_is_lost(reviewer, database, number, fields, told):
    sent = {"kind": "comment", "text": "Typed &amp; kept."} | fields
    page = reviewer.post(f"{LIST}/{number}/annotations", sent, form=f"{LIST}/{number}", status=422)
    assert told in page
    for name, value in fields.items():
        assert name in ("kind", "text") or re.search(rf'name="{name}"[^>]*value="{re.escape(value)}"', page), name
    assert "text" in fields or "Typed &amp;amp; kept.</textarea>" in page
    with database.reading() as session:
        assert session.scalars(select(Annotation).where(Annotation.evidence_number.is_not(None))).all() == []


def test_a_picture_is_shown_with_the_areas_of_its_notes_over_it(reviewer, database):
    assert "<rect" not in reviewer.get(f"{LIST}/2")
    annotate(reviewer, 2, "This bar.", **AREA)
    page = reviewer.get(f"{LIST}/2")
    assert f'<img src="{LIST}/2/file"' in page
    assert re.search(r'<rect x="10(\.0)?" y="20.5" width="30(\.0)?" height="15(\.0)?"', page)
    assert f'href="#annotation-{noted(database, "This bar.").id}"' in page
    assert noted(database, "This bar.").selector.page is None
    assert 'name="page"' not in page, "a picture has no pages"
    table = reviewer.get(f"{LIST}/4")
    assert 'name="left"' not in table
    annotate(reviewer, 4, "A table.", page="3", **AREA)
    assert noted(database, "A table.").selector is None, "what is not asked is not taken"


def test_files_behind_a_whole_function_have_a_section_of_their_own(reviewer, database):
    annotate(reviewer, 3, "On the manual.", page="12", kind="query", addressee="body")
    note = noted(database, "On the manual.")
    assert (note.item, note.value_seen) == ("finance", "")
    for show in ("unusual", "remarks", "waiting", "changed", "all"):
        page = reviewer.get(f"{CASE}/review?show={show}")
        section = page.partition('id="on-files"')[2]
        assert "page 12 of file 3" in card(section, note.id), show
        assert "On what the return does not hold any more" not in page
    assert "Finance, page 12 of file 3" in reviewer.get(f"{CASE}/moves/review/send_queries")
    assert "Resolve your query on “Finance”" in reviewer.get(f"{CASE}/review")
    reviewer.post(f"{CASE}/review/annotations/{note.id}/replies", {"reply": "So I think."}, form=f"{CASE}/review?reply={note.id}")
    assert "1 reply, in the review" in reviewer.get(f"{LIST}/3")


def test_a_file_that_is_replaced_or_withdrawn_keeps_its_notes_which_say_so(app, reviewer, preparer, database):
    annotate(reviewer, 1, "Which year?", page="2", kind="query", addressee="body")
    annotate(reviewer, 2, "Blurred.", addressee="body")
    reviewer.move("review", "send_queries")
    send(preparer, ("newer.pdf", paged(5)), to=f"{LIST}/1/replacement")
    preparer.post(f"{LIST}/2/withdrawal", {"why": "Of another body."}, form=f"{LIST}/2")
    asked, blurred = noted(database, "Which year?"), noted(database, "Blurred.")
    for page in (reviewer.get(f"{CASE}/review?show=remarks"), reviewer.get(f"{CASE}/review?show=changed")):
        assert "file 1 was replaced by file 5" in card(page, asked.id)
        assert "file 2 was withdrawn: “Of another body.”" in card(page, blurred.id)
    assert "file 1 was replaced by file 5" in card(reviewer.get(f"{LIST}/1"), asked.id)
    assert 'id="annotate"' not in reviewer.get(f"{LIST}/1")
    refused = reviewer.post(f"{LIST}/1/annotations", {"kind": "comment", "text": "Late."}, form="/role", status=409)
    assert "was replaced by file 5" in refused
    reviewer.post(f"{CASE}/review/annotations/{asked.id}/confirmation", {}, form=f"{CASE}/review")
    assert noted(database, "Which year?").evidence_number == 5
    page = reviewer.get(f"{CASE}/review?show=remarks")
    assert "page 2 of file 5" in card(page, asked.id)
    assert "Changed since" not in card(page, asked.id)
    assert "file 2 was withdrawn" in card(page, blurred.id)
    annotate(reviewer, 5, "The new one.", page="5")


def test_who_sees_a_note_on_a_file_is_who_sees_a_note_anywhere(app, reviewer, preparer, database):
    annotate(reviewer, 1, "PRIVATEPLACE", page="1")
    annotate(reviewer, 1, "ASKEDPLACE", page="1", kind="query", addressee="body")
    annotate(reviewer, 3, "SAIDPLACE", page="1", addressee="body")
    people = {who: Browser(app, who) for who in ("preparer", "approver", "coordinator", "manager", "officer")} | {"reviewer": reviewer}
    places = (f"{LIST}/1", f"{LIST}/2", f"{LIST}/3", LIST, f"{CASE}/review?show=all", f"{CASE}/record", f"{CASE}/record.csv",
              f"{CASE}/review/annotations.jsonld", f"{CASE}/return/finance/FIN_COST_EMP", "/today", "/outbox")  # fmt: skip

    def readers(word):
        return {who for who, browser in people.items() if any(word in browser.client.get(place).text for place in places)}

    inner = {"coordinator", "reviewer"}
    assert readers("PRIVATEPLACE") == readers("ASKEDPLACE") == readers("SAIDPLACE") == inner
    reviewer.move("review", "send_queries")
    assert readers("ASKEDPLACE") == inner | {"preparer", "approver"}
    assert readers("SAIDPLACE") == readers("PRIVATEPLACE") == inner
    assert "ASKEDPLACE" in preparer.get(f"{LIST}/1")
    assert "Demo reviewer" not in preparer.get(f"{LIST}/1"), "a body learns no reviewer's name"
    number = noted(database, "ASKEDPLACE").id
    said = {"answer": "See page 3.", "revision": "0"}
    preparer.post(f"{CASE}/review/annotations/{number}/answer", said, form=f"{CASE}/review?answer={number}")
    preparer.move("review", "send_answers")
    reviewer.post(f"{CASE}/review/annotations/{number}/resolution", {}, form=f"{CASE}/review")
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": seen}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    assert readers("SAIDPLACE") == inner | {"preparer", "approver"}
    people["approver"].move("review", "comment", {"comments": ""})
    people["coordinator"].move("review", "moderate")
    people["coordinator"].move("review", "issue_final")
    assert readers("SAIDPLACE") == readers("ASKEDPLACE") == set(people)
    assert readers("PRIVATEPLACE") == inner
    with app.app_context(), database.reading() as session:
        actor = Actor(None, "x", Role.APPROVER, None, "")
        html = report_html(session, case_of(session), "review", actor, NOW)
    assert "on page 1 of file 1, Reviewer 1: ASKEDPLACE" in html
    assert "on page 1 of file 3, Reviewer 1: SAIDPLACE" in html
    assert "PRIVATEPLACE" not in html


def test_whoever_may_not_open_the_file_learns_its_number_and_no_more(app, reviewer, preparer, database):
    annotate(reviewer, 1, "FORAUDIT", page="1", addressee="body", kind="query")
    with app.database.work(SYSTEM, NOW) as work:
        work.session.scalars(select(Evidence).where(Evidence.number == 1, Evidence.name == "ledger.pdf")).one().audience = 3
        work.session.scalars(select(Annotation).where(Annotation.text == "FORAUDIT")).one().audience = 15
    page = Browser(app, "manager").get(f"{CASE}/review?show=all")
    assert "page 1 of file 1" in page
    assert "ledger.pdf" not in page
    assert f"{LIST}/1#" not in page


def test_a_body_cannot_annotate_nor_can_a_reviewer_once_the_draft_is_out(app, reviewer, preparer):
    preparer.post(f"{LIST}/1/annotations", {"kind": "comment", "text": "x"}, form="/role", status=403)
    assert 'id="annotate"' not in preparer.get(f"{LIST}/1")
    reviewer.post(f"{LIST}/99/annotations", {"kind": "comment", "text": "x"}, form="/role", status=404)
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": seen}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    assert 'id="annotate"' not in reviewer.get(f"{LIST}/1")
    reviewer.post(f"{LIST}/1/annotations", {"kind": "comment", "text": "x"}, form="/role", status=409)


def test_places_go_out_as_media_fragments_and_come_in_again(reviewer, database):
    annotate(reviewer, 1, "Out and in.", page="2", **AREA)
    annotate(reviewer, 3, "Of the manual.")
    told = json.loads(reviewer.client.get(f"{CASE}/review/annotations.jsonld").text)
    target = told["first"]["items"][0]["target"]
    assert target["source"].endswith(f"{LIST}/1")
    assert target["selector"] == {
        "type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": "page=2&xywh=percent:10,20.5,30,15",
    }  # fmt: skip
    for one in list(told["first"]["items"]):
        told["first"]["items"].append(one | {"body": [{"type": "TextualBody", "value": "New: " + one["body"][0]["value"]}]})

    def take_in(status):
        data = {"csrf_token": token(reviewer.get(f"{CASE}/review")), "file": (io.BytesIO(json.dumps(told).encode()), "a.jsonld")}
        got = reviewer.client.post(f"{CASE}/review/annotations.jsonld", data=data)
        assert got.status_code == status, got.text
        return got.text

    take_in(303)
    assert "2 annotations added, 2 were there already." in reviewer.get(f"{CASE}/review")
    assert noted(database, "New: Out and in.").selector == noted(database, "Out and in.").selector
    assert noted(database, "New: Of the manual.").evidence_number == 3
    target["yardstick:file"] = 3
    assert "does not stand behind their figures in this case: 3." in take_in(422)


def test_the_pages_of_files_cost_no_more_with_many_notes(app, reviewer, preparer):
    annotate(reviewer, 2, "One.", **AREA)
    counts = []
    for _ in range(2):
        for who in (reviewer, preparer, Browser(app, "manager")):
            who.client.get(f"{LIST}/2")
            with Statements(app.database.engine) as told:
                assert who.client.get(f"{LIST}/2").status_code == 200
            counts.append(len(told.told))
        for number in range(8):
            annotate(reviewer, 2, f"More {number}.", **AREA)
    assert counts[:3] == counts[3:]
    assert max(counts) <= 8
