"""The whole thread through the web application: from an opened round to a closed improvement plan."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import REF
from tests.support.figures import typed_return
from tests.support.site import Browser, find, radio, token
from webapp import record
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.mail import LocalOutbox
from webapp.notices.delivery import deliver
from webapp.notices.reminding import remind


def test_the_whole_thread(app, database, clock):
    preparer, approver = Browser(app, "preparer"), Browser(app, "approver")
    coordinator, reviewer = Browser(app, "coordinator"), Browser(app, "reviewer")
    manager, inspector, owner = Browser(app, "manager"), Browser(app, "inspector"), Browser(app, "action-owner")
    case = f"/cases/{REF}"

    preparer.move("return", "start")
    assert "Answer “" in preparer.get(case)
    forms = typed_return()
    bad = forms["finance"] | {"FIN_COST_EMP": "lots", "FIN_COST_IT": "-5"}
    page = preparer.post(f"{case}/return/finance", bad, status=422)
    assert "must be a number" in page
    assert "must be £0 or more" in page
    assert 'value="lots"' in page
    for part, fields in forms.items():
        preparer.post(f"{case}/return/{part}", fields)
    preparer.move("return", "submit_for_sign_off")
    preparer.move("return", "sign_off", status=403, form="/role")
    assert "submitted the return for sign-off" in approver.get("/today")
    approver.move("return", "sign_off")
    coordinator.move("return", "accept")

    page = coordinator.get(f"{case}/moves/review/allocate")
    own = radio(page, "Demo reviewer from Hartlepool")
    refused = coordinator.move("review", "allocate", {"person": own}, status=422)
    assert "Own body" in refused
    reviewer.get(case, status=404)
    coordinator.move("review", "allocate", {"person": radio(page, "Demo reviewer from Gateshead")})
    reviewer.move("review", "begin")
    reviewer.post(f"{case}/review/items/FIN_COST_EMP/annotations", {"kind": "comment", "text": "Private thought"},
                  form=f"{case}/review?item=FIN_COST_EMP")  # fmt: skip
    reviewer.post(f"{case}/review/items/FIN_COST_IT/annotations", {"kind": "comment", "text": "Shared remark", "addressee": "body"},
                  form=f"{case}/review?item=FIN_COST_IT")  # fmt: skip
    reviewer.post(f"{case}/review/summary", {"summary": "Credible.", "revision": "1"}, form=f"{case}/review")
    assert "Credible." not in approver.get(f"{case}/review")
    assert "Shared remark" not in approver.get(f"{case}/review"), "what is for the body goes to it with the draft"
    reviewer.move("review", "issue_draft")
    page = approver.get(f"{case}/review")
    assert "Credible." in page
    assert "Shared remark" in page
    assert "Private thought" not in page
    approver.move("review", "comment", {"comments": "No comments."})
    coordinator.move("review", "moderate")
    assert "Credible." not in manager.get(f"{case}/review")
    coordinator.move("review", "issue_final")
    assert "Credible." in manager.get(f"{case}/review")
    pdf = approver.client.get(f"{case}/reports/review.pdf")
    assert pdf.status_code == 200
    assert pdf.data.startswith(b"%PDF")

    page = manager.get(f"{case}/moves/challenge/allocate")
    manager.move("challenge", "allocate", {"person": radio(page, "Demo inspector\\s*<")})
    finding = {"title": "Cost", "kloe": "1.2", "item": "FIN_COST", "severity": "high", "condition": "High", "criterion": "Median",
               "effect": "Money", "recommendation": "Share the service"}  # fmt: skip
    inspector.post(f"{case}/challenge/findings", finding, form=f"{case}/challenge")
    inspector.post(f"{case}/challenge/scores", {"kloe": "1.2", "level": "2", "reason": "Adequate"}, form=f"{case}/challenge")
    changing = f"{case}/challenge?change=1"
    page = inspector.get(changing)
    assert 'value="Cost"' in page, "what was recorded is there to be changed"
    assert "Median</textarea>" in page
    stale = {"revision": find(r'name="revision" value="(\d+)"', page)}
    inspector.post(f"{case}/challenge/findings/1", finding | stale | {"title": ""}, form=changing, status=422)
    inspector.post(f"{case}/challenge/findings/1", finding | stale | {"title": "Cost of finance"}, form=changing)
    assert "Cost of finance" in inspector.get(f"{case}/challenge")
    assert "from “Cost” to “Cost of finance”" in inspector.get(f"{case}/record")
    inspector.post(f"{case}/challenge/findings/1", finding | stale, form=changing, status=409)
    inspector.post(f"{case}/challenge/findings/7", finding, form=changing, status=404)
    inspector.move("challenge", "issue_draft")
    inspector.post(f"{case}/challenge/findings/1", finding, form=f"{case}/challenge", status=409)
    approver.post(f"{case}/challenge/findings/1/response", {"f1-response": "agreed"}, form=f"{case}/challenge")
    approver.move("challenge", "respond")
    inspector.post(f"{case}/challenge/findings/1/decision", {"f1-decision": "kept", "f1-reason": "Agreed"}, form=f"{case}/challenge")
    inspector.move("challenge", "send_to_quality_assurance")
    page = " ".join(manager.get(f"{case}/moves/challenge/issue_final").split())
    assert "The decisions on the responses can then be seen by" in page
    manager.move("challenge", "issue_final")

    page = approver.get(f"{case}/plan")
    found = find(r'<option value="(\d+)"[^>]*>Finding 1', page)
    person = find(r'name="owner"[^>]*value="(\d+)"', page)
    action = {"finding": found, "what": "Join the group", "owner": person, "due_on": ["31", "3", "2011"], "saving": "£10,000"}
    approver.post(f"{case}/plan/actions", action, form=f"{case}/plan")
    approver.move("plan", "propose")
    inspector.move("plan", "agree")
    owner.move("action", "start", action="1")
    owner.move("action", "report_complete", {"reason": "Joined"}, action="1")
    inspector.move("action", "verify", {"reason": "Seen"}, action="1")
    approver.move("plan", "complete")
    inspector.move("plan", "close")

    with database.reading() as session:
        assert session.scalar(select(Case.stage).where(Case.ref == REF)) == "closed"
        assert record.verify(session).sound
    assert "closed the improvement plan" in approver.get("/today")


def test_a_forged_form_is_refused_and_nothing_typed_is_lost(app):
    preparer = Browser(app, "preparer")
    got = preparer.client.post(f"/cases/{REF}/return/finance", data={"FIN_COST_EMP": "123456"})
    assert got.status_code == 400
    assert "123456" in got.text


def test_a_stale_page_is_told_so_and_a_double_click_counts_once(app, database):
    preparer = Browser(app, "preparer")
    page = preparer.get(f"/cases/{REF}")
    data = {"csrf_token": token(page), "version": find(r'name="version" value="(\d+)"', page), "once": "same"}
    path = f"/cases/{REF}/moves/return/start"
    first, again = preparer.client.post(path, data=data), preparer.client.post(path, data=data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    stale = preparer.client.post(path, data=data | {"once": "other"})
    assert stale.status_code == 409


def test_what_was_altered_is_found(app, database):
    with database.reading() as session:
        assert record.verify(session).sound
    with pytest.raises(Exception, match="append-only"), database.engine.begin() as connection:
        connection.exec_driver_sql("update events set why = 'x' where seq = 3")


def test_a_reminder_is_queued_once_however_often_it_ticks(app, database, clock):
    deliver(database, LocalOutbox(), clock.now, limit=5000)
    clock.forward(days=10)
    assert remind(database, clock.now) > 0
    assert remind(database, clock.now) == 0


def test_the_project_carries_its_own_data():
    folder = Path("config/programmes/back-office-2009/data")
    assert {p.name for p in folder.iterdir()} >= {"README.md", "english_councils_at_2009_12_01.csv", "other_local_bodies_2010_11.csv"}


def test_the_system_is_nobody(database):
    assert SYSTEM.role is None


@pytest.mark.parametrize("who", ["preparer", "approver", "officer", "coordinator", "manager"])
def test_every_page_of_a_case_opens_for_who_sees_it(app, who):
    browser = Browser(app, who)
    places = ("", "/return", "/return/finance", "/return/finance/FIN_COST_EMP", "/review", "/challenge", "/plan", "/record",
              "/record.csv", "/status/return", "/status/review")  # fmt: skip
    for place in places:
        browser.get(f"/cases/{REF}{place}")
