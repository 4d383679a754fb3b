"""Evidence that is accepted or refused by a reviewer or an inspector."""

from sqlalchemy import select

from tests.conftest import REF
from tests.support import files
from tests.support.evidence import CASE, LIST, in_review, on_sqlite, send, sign_off
from tests.support.site import Browser, radio, token
from webapp.cases.models import Case
from webapp.evidence.models import EvidenceVerdict


def test_the_body_learns_at_once_what_is_refused_and_of_acceptance_with_the_draft(app, database, preparer):
    send(preparer, ("good.pdf", files.pdf()), ("bad.csv", files.TABLE.encode()))
    sign_off(app)
    reviewer, approver = in_review(app), Browser(app, "approver")
    assert "Choose whether" in reviewer.post(f"{LIST}/1/verdict", {}, form=f"{LIST}/1", status=422)
    assert "Say why" in reviewer.post(f"{LIST}/2/verdict", {"verdict": "refused"}, form=f"{LIST}/2", status=422)
    reviewer.post(f"{LIST}/1/verdict", {"verdict": "accepted", "verdict-why": "A private thought."}, form=f"{LIST}/1")
    reviewer.post(f"{LIST}/2/verdict", {"verdict": "refused", "verdict-why": "It is of another year."}, form=f"{LIST}/2")
    assert "Accepted by Demo reviewer from Gateshead" in reviewer.get(LIST)
    page = approver.get(LIST)
    assert "Refused by Reviewer 1" in page
    assert "Accepted by" not in page
    assert "A private thought" not in approver.get(f"{LIST}/1") + approver.get(f"{CASE}/record.csv")
    assert "It is of another year." in approver.get(f"{LIST}/2")
    assert "refused evidence 2, “bad.csv”: “It is of another year.”" in approver.get("/today")
    manager = Browser(app, "manager")
    assert "Refused by" not in manager.get(LIST), "the auditor judges for itself until the review is final"
    reviewer.post(f"{LIST}/2/verdict", {"verdict": "accepted"}, form=f"{LIST}/2")
    assert "Accepted by Reviewer 1" in approver.get(f"{LIST}/2"), "who knew of the refusal learns that it is lifted"
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": "1"}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    assert approver.get(LIST).count("Accepted by Reviewer 1") == 2
    assert reviewer.post(f"{LIST}/1/verdict", {"verdict": "accepted"}, form="/role", status=409)
    assert "Accepted by" not in manager.get(LIST)
    approver.move("review", "comment", {"comments": "None."})
    coordinator = Browser(app, "coordinator")
    coordinator.move("review", "moderate")
    coordinator.move("review", "issue_final")
    assert manager.get(LIST).count("Accepted by Demo reviewer from Gateshead") == 2
    manager.move("challenge", "allocate", {"person": radio(manager.get(f"{CASE}/moves/challenge/allocate"), "Demo inspector\\s*<")})
    inspector = Browser(app, "inspector")
    inspector.post(f"{LIST}/1/verdict", {"verdict": "refused", "verdict-why": "Not audited."}, form=f"{LIST}/1")
    page = approver.get(f"{LIST}/1")
    assert "Refused by the inspector" in page
    assert "Accepted by Reviewer 1" in page, "each side has its own verdict"
    with database.reading() as session:
        assert len(list(session.scalars(select(EvidenceVerdict).join(Case).where(Case.ref == REF)))) == 4, "none was overwritten"


@on_sqlite
def test_what_was_replaced_is_not_judged(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    sign_off(app)
    reviewer = in_review(app)
    reviewer.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", {"kind": "query", "text": "?", "addressee": "body"},
                  form=f"{CASE}/review?item=FIN_COST_EMP")  # fmt: skip
    reviewer.move("review", "send_queries")
    form = f"{LIST}/1"
    csrf = token(reviewer.get(form))
    send(preparer, ("b.pdf", files.pdf("b")), to=f"{LIST}/1/replacement")
    got = reviewer.client.post(f"{LIST}/1/verdict", data={"csrf_token": csrf, "verdict": "accepted", "verdict-why": "My long reason."})
    assert got.status_code == 409
    assert "My long reason." in got.text
    assert "Save the verdict" not in reviewer.get(form)
