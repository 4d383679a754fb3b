"""Who may add evidence, and when; who may see it."""

import re

from tests.support import files
from tests.support.evidence import CASE, DEBTORS, ITEM, LIST, in_review, on_sqlite, rows, send, sign_off, submit
from tests.support.site import Browser, find


@on_sqlite
def test_only_while_the_return_is_in_progress(app, database):
    preparer = Browser(app, "preparer")
    assert "Add evidence</button>" not in preparer.get(ITEM)
    got = send(preparer, ("a.pdf", files.pdf()), status=409)
    assert "Evidence can be added while the return is in progress" in got.text
    preparer.move("return", "start")
    send(preparer, ("a.pdf", files.pdf()))
    assert send(Browser(app, "approver"), ("b.pdf", files.pdf("b")), status=409)
    assert send(Browser(app, "officer"), ("b.pdf", files.pdf("b")), status=403)
    assert send(Browser(app, "approver-e4501"), ("b.pdf", files.pdf("b")), status=404)
    assert len(rows(database)) == 1


def test_preparer_and_approver_answer_a_query_with_a_file_that_its_asker_sees(app, database, preparer):
    sign_off(app)
    reviewer, approver = in_review(app), Browser(app, "approver")
    assert send(preparer, ("a.pdf", files.pdf()), status=409)
    private = {"kind": "query", "text": "Is it right?"}
    annotate = f"{CASE}/review/items/FIN_COST_EMP/annotations"
    reviewer.post(annotate, private, form=f"{CASE}/review?item=FIN_COST_EMP")
    assert send(approver, ("a.pdf", files.pdf()), status=409), "a query that the body cannot see is none"
    reviewer.post(annotate, private | {"addressee": "body"}, form=f"{CASE}/review?item=FIN_COST_EMP")
    assert send(approver, ("a.pdf", files.pdf()), status=409), "nor is one that was not sent yet"
    reviewer.move("review", "send_queries")
    send(approver, ("answer.pdf", files.pdf()))
    send(preparer, ("more.csv", files.TABLE.encode()))
    assert {e.audience for e in rows(database)} == {15}
    for who in (reviewer, Browser(app, "coordinator"), Browser(app, "manager")):
        assert "answer.pdf" in who.get(LIST)
        assert who.client.get(f"{LIST}/1/file").data == files.pdf()
    number = find(r"answer=(\d+)", preparer.get(f"{CASE}/review"))
    preparer.post(f"{CASE}/review/annotations/{number}/answer", {"answer": "See the file.", "revision": "0"}, form=f"{CASE}/review")
    preparer.move("review", "send_answers")
    assert send(preparer, ("late.pdf", files.pdf("late")), status=409)


@on_sqlite
def test_not_while_the_approver_has_it_to_sign(app, database, preparer):
    submit(app)
    assert send(preparer, ("a.pdf", files.pdf()), status=409)
    assert rows(database) == []


def _no_trace(browser, *names):
    """Nothing of evidence: no name, no number, no file, on no page and not in the record."""
    for place in ("/evidence", "/return", "/return/finance", "/return/finance/FIN_COST_EMP", "/review", "/record", "/record.csv", ""):
        page = browser.client.get(f"{CASE}{place}").text
        for name in names:
            assert name not in page, f"{place} tells {name}"
        assert not re.search(r"\b1 file\b", page), place
    for path in ("1", "1/file", "1/view"):
        assert browser.client.get(f"{LIST}/{path}").status_code == 404
    assert '"1 file' not in browser.get("/today")


def test_a_draft_s_evidence_is_for_the_body_then_for_whoever_sees_the_figures(app, database, preparer):
    send(preparer, ("private-name.csv", files.TABLE.encode()))
    coordinator, officer, manager = (Browser(app, who) for who in ("coordinator", "officer", "manager"))
    for who in (coordinator, officer, manager):
        _no_trace(who, "private-name")
    for name in ("approver", "action-owner"):
        assert "private-name" in Browser(app, name).get(LIST)
    sign_off(app)
    _no_trace(manager, "private-name")
    for who in (coordinator, officer):
        assert "private-name" in who.get(LIST)
        assert who.client.get(f"{LIST}/1/file").status_code == 200
        assert "1 file<" in who.get(f"{CASE}/return/finance")
    assert "showed evidence 1, “private-name.csv” to the partnership" in coordinator.get(f"{CASE}/record?entity=evidence")
    coordinator.move("return", "accept")
    assert manager.client.get(f"{LIST}/1/file").status_code == 200


def test_what_was_withdrawn_or_replaced_in_the_draft_is_never_shown_to_others(app, database, preparer):
    send(preparer, ("withdrawn-name.csv", files.TABLE.encode()), ("replaced-name.pdf", files.pdf()))
    preparer.post(f"{LIST}/1/withdrawal", {"why": "It names people."}, form="/role")
    send(preparer, ("standing-name.pdf", files.pdf("new")), to=f"{LIST}/2/replacement")
    sign_off(app)
    page = Browser(app, "coordinator").get(LIST)
    assert "standing-name" in page
    assert "withdrawn-name" not in page
    assert "replaced-name" not in page
    assert "In place of" not in page
    assert page.count('id="file-') == 1
    assert preparer.get(LIST).count('id="file-') == 3


def test_the_answer_that_it_was_uploaded_for_is_kept_beside_it(app, database, preparer):
    """In a draft the body sees which; whoever else sees the file learns of an answer only if it was once signed off."""
    preparer.post(f"{CASE}/return/finance", {"FIN_DEBTORS": "777"})
    send(preparer, ("a.pdf", files.pdf()), place="FIN_DEBTORS")
    sign_off(app)
    assert "Uploaded when it was: £777" in preparer.get(DEBTORS)
    coordinator = Browser(app, "coordinator")
    for place in (DEBTORS, LIST, f"{LIST}/1"):
        page = coordinator.get(place)
        assert "Uploaded when the answer was another" in page
        assert "777" not in page
    assert "777" not in re.sub("[0-9a-f]{64}", "", coordinator.get(f"{CASE}/record.csv")), "hashes may hold any digits"
    signed = find(r'Version 1</dt><dd class="govuk-summary-list__value">([^<]+)<', coordinator.get(DEBTORS)).strip()
    coordinator.move("return", "request_correction", {"reason": "Check it."})
    preparer.move("return", "start_correction")
    send(preparer, ("b.csv", files.TABLE.encode()), place="FIN_DEBTORS")
    assert "b.csv" not in coordinator.get(LIST), "a correction is a draft again"
    was = find(r'name="was-FIN_DEBTORS" value="(\d+)"', preparer.get(f"{CASE}/return/finance"))
    corrected = int(signed.removeprefix("£").replace(",", "")) + 1
    preparer.post(f"{CASE}/return/finance", {"FIN_DEBTORS": str(corrected), "was-FIN_DEBTORS": was})
    preparer.move("return", "submit_for_sign_off")
    Browser(app, "approver").move("return", "sign_off", {"declaration": "yes"})
    for who in (preparer, coordinator):
        for place in (DEBTORS, LIST):
            assert f"Uploaded when it was: {signed}" in who.get(place), "an answer that was signed off is no secret"
    assert "777" not in coordinator.get(LIST)
