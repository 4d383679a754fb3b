"""What pages of evidence cost, and what the demo has of it."""

import re

from sqlalchemy import select, text

from tests.integration.test_pages import Statements
from tests.support import files
from tests.support.evidence import CASE, LIST, in_review, on_sqlite, send, sign_off
from tests.support.site import Browser
from webapp.cases.models import Assignment
from webapp.evidence.models import Evidence


def test_pages_of_evidence_cost_eight_statements_at_most_however_many_files(app, database, preparer):
    preparer.post(f"{CASE}/return/finance", {"FIN_COST_EMP": "1"})
    send(preparer, *[(f"{n}.pdf", files.pdf(str(n))) for n in range(9)])
    sign_off(app)
    reviewer = in_review(app)
    reviewer.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", {"kind": "query", "text": "?", "addressee": "body"},
                  form=f"{CASE}/review?item=FIN_COST_EMP")  # fmt: skip
    reviewer.move("review", "send_queries")
    for number in (1, 2, 3):
        reviewer.post(f"{LIST}/{number}/verdict", {"verdict": "refused", "verdict-why": "No."}, form=f"{LIST}/{number}")
    for who in (preparer, Browser(app, "approver"), reviewer, Browser(app, "coordinator"), Browser(app, "manager")):
        for place in ("/evidence", "/evidence?place=FIN_COST_EMP", "/evidence/1", "/evidence/1/file", "/return", "/return/finance",
                      "/return/finance/FIN_COST_EMP", "/return/finance/FIN_COST", "/review"):  # fmt: skip
            who.client.get(f"{CASE}{place}")
            with Statements(app.database.engine) as statements:
                assert who.client.get(f"{CASE}{place}").status_code == 200
            assert len(statements.told) <= 8, f"{place}:\n" + "\n".join(statements.told)


@on_sqlite
def test_a_long_list_has_pages(app, database, preparer, monkeypatch):
    monkeypatch.setattr("webapp.evidence.queries.PAGE", 3)
    send(preparer, *[(f"{n}.pdf", files.pdf(str(n))) for n in range(7)])
    first, last = preparer.get(LIST), preparer.get(f"{LIST}?page=3")
    assert [int(n) for n in re.findall(r'id="file-(\d+)"', first)] == [7, 6, 5]
    assert [int(n) for n in re.findall(r'id="file-(\d+)"', last)] == [1]
    assert "Earlier files" in first
    assert "Later files" in last
    for page in ("0", "-1", "x", "9" * 30):
        preparer.get(f"{LIST}?page={page}")
    assert preparer.client.get(f"{LIST}/{'9' * 30}").status_code in (400, 404)


@on_sqlite
def test_the_demo_s_files_say_that_they_are_invented(app, database):
    with database.reading() as session:
        found = {e.sha256: e for e in session.scalars(select(Evidence))}
        assert session.scalar(text("select count(*) from evidence_verdicts")) > 0
        assert session.scalar(select(Assignment.id).limit(1))
    assert len(found) == 2
    for evidence in found.values():
        assert "invented" in evidence.name
        assert b"Invented for the demo" in app.evidence.verified(evidence.sha256).read_bytes()
