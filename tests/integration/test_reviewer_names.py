"""What the body calls its reviewers: by a number that stays theirs, or by name, as the programme says, on every surface."""

import json
import re

import msgspec
import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support import files
from tests.support.evidence import send
from tests.support.returns import actor, case_of
from tests.support.reviewing import CASE, LEAD, SECOND, Review
from tests.unit.workflows.test_programme import files as library
from webapp.accounts.models import Person
from webapp.db import SYSTEM
from webapp.register.models import Round
from webapp.reports.pdf import report_html
from workflows.programme import dump, load

BOTH = ("reviewer", SECOND)


def _printed(app, database, who):
    with app.test_request_context(), database.reading() as session:
        return report_html(session, case_of(session), "review", actor(session, who), NOW)


def _worked_on(app, database):
    """The home case with a question, a remark and a note of each of two reviewers, and the questions with the body."""
    review = Review(app, database, second=True)
    for number, (who, item) in enumerate(zip(BOTH, ("FIN_COST_EMP", "FIN_COST_IT"), strict=True)):
        review.annotate(item, f"Question {number}?", who=who, kind="query", addressee="body")
        review.annotate(item, f"Remark {number}.", who=who, addressee="body")
        review.note(f"Improve {number}.", who=who)
    review["reviewer"].move("review", "send_queries")
    return review


def _to_draft(review, resolving=BOTH):
    """The questions are answered, with a file; the file is judged, the questions are resolved, the draft is issued."""
    send(review["preparer"], ("good.pdf", files.pdf()))
    for number in range(2):
        review.answer(review.number(f"Question {number}?"), f"Answer {number}.")
    review["approver"].move("review", "send_answers")
    verdict = {"verdict": "refused", "verdict-why": "Of another year."}
    review[resolving[-1]].post(f"{CASE}/evidence/1/verdict", verdict, form=f"{CASE}/evidence/1")
    for number, who in enumerate(resolving):
        review.resolve(review.number(f"Question {number}?"), who=who)
    review.summarise("Credible.")
    review["reviewer"].move("review", "issue_draft")


def _to_final(review):
    review["approver"].move("review", "comment", {"comments": ""})
    review["coordinator"].move("review", "moderate")
    review["coordinator"].move("review", "issue_final")


def _name(database, email):
    with database.reading() as session:
        return session.scalars(select(Person.name).where(Person.email.like(f"{email}@%"))).one()


def test_the_body_reads_numbers_and_on_no_surface_a_name(app, database):
    review = _worked_on(app, database)
    names = (LEAD, _name(database, SECOND))
    assert names[0] not in names[1]

    def check():
        for who in ("preparer", "approver"):
            told = review.everywhere(who)
            assert len(told) > 40
            for place, text in told.items():
                assert not any(name in text for name in names), f"{who} reads the name of a reviewer at {place}"
            page = told[f"{CASE}/review?show=all"]
            assert page.count("Reviewer 1,") == page.count("Reviewer 2,") > 0

    check()
    _to_draft(review)
    check()
    page = review["approver"].get(f"{CASE}/review?show=all")
    notes = page.partition('id="functions"')[2].partition('id="figures"')[0]
    assert "Reviewer 1, " in notes and "Reviewer 2, " in notes, "the notes on functions too"
    assert "Refused by Reviewer 2" in review["approver"].get(f"{CASE}/evidence/1")
    assert "Reviewer 1" in review["approver"].get(f"{CASE}/status/review")
    assert "Reviewer 1</strong>, peer reviewer" in review["approver"].get("/today?news=all")
    told = json.loads(review["approver"].get(f"{CASE}/review/annotations.jsonld"))
    assert {one["creator"]["name"] for one in told["first"]["items"]} == {"Reviewer 1", "Reviewer 2"}
    _to_final(review)
    check()
    printed = _printed(app, database, "approver")
    assert "Reviewer 2:" in printed and not any(name in printed for name in names)
    inner = _printed(app, database, "coordinator")
    assert "Register of interests and overrules" in inner and "Register of interests" not in printed
    without = re.sub(r"<h2>Register of interests and overrules</h2>.*?(?=<h2>The figures</h2>)", "", inner, flags=re.S)
    assert "".join(printed.split()) == "".join(without.split()), "one document for all, but for the register"
    for who in ("coordinator", "reviewer", "officer", "manager"):
        page = review[who].get(f"{CASE}/review?show=all")
        assert names[1] in page and "Reviewer 2" not in page, f"{who} knows them by name"


def test_a_number_stays_with_whoever_has_it(app, database):
    review = _worked_on(app, database)
    with database.reading() as session:
        second = session.scalars(select(Person.id).where(Person.email.like(f"{SECOND}@%"))).one()
    here = f"{CASE}/review/reviewers"
    review["coordinator"].post(f"{here}/{second}/removal", {"reason": "Ill."}, form=here)
    third = review.add("reviewer-north-east-3")
    review.annotate("FIN_PAYSLIPS", "Remark 3.", who="reviewer-north-east-3", addressee="body")
    _to_draft(review, resolving=("reviewer", "reviewer"))
    page = review["approver"].get(f"{CASE}/review?show=all")
    assert "Reviewer 3, " in page and "Reviewer 2, " in page, "who left keeps their number"
    assert third not in page


def test_where_the_programme_says_so_the_body_reads_the_name(app, database):
    with database.work(SYSTEM, NOW) as work:
        found = work.session.scalars(select(Round).where(Round.code == REF.partition("-")[0])).one()
        shown = msgspec.structs.replace(found.programme, review=load(library()).review)
        found.frozen, found.programme_hash = dump(shown), "shown"
    review = _worked_on(app, database)
    _to_draft(review)
    for place in (
        f"{CASE}/review?show=all",
        f"{CASE}/record",
        f"{CASE}/status/review",
        "/today?news=all",
        f"{CASE}/review/annotations.jsonld",
    ):
        page = review["approver"].get(place)
        assert LEAD in page, place
        assert "Reviewer 1" not in page, place
    assert f"Refused by {_name(database, SECOND)}" in review["approver"].get(f"{CASE}/evidence")
    _to_final(review)
    assert f"{_name(database, SECOND)}:" in _printed(app, database, "approver")


@pytest.mark.parametrize("who", ["preparer", "coordinator"])
def test_names_cost_no_statement(app, database, who):
    review = _worked_on(app, database)
    for place, most in (("review?show=all", 8), ("record", 8), ("", 8), ("status/review", 8)):
        review[who].get(f"{CASE}/{place}".rstrip("/"))
        with Statements(app.database.engine) as sent:
            review[who].get(f"{CASE}/{place}".rstrip("/"))
        assert len(sent.told) <= most
