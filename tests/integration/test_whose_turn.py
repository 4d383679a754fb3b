"""Whose turn it is, since when, by when and where: on /today, and at the head of every page of a case."""

import re

import pytest
from sqlalchemy import delete, select

from tests.support.explaining import boxes, explain
from tests.support.figures import PROGRAMME, typed_return
from tests.support.site import Browser, find
from webapp.accounts.models import Person
from webapp.cases import queries
from webapp.cases.models import Assignment, Case, Stay
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.plans.models import Action
from webapp.review.models import Annotation, Reply
from workflows.case import TRACKS
from workflows.roles import Actor, Role


def _head(page, more=""):
    """What the head of a case's page says of the turn."""
    found = re.search(rf'<section class="ys-turn{more}".*?</section>', page, re.S)
    assert found, "the page does not say whose turn it is"
    return found.group()


def _waits(database, track, state, *where):
    """A case whose track stands in a state."""
    with database.reading() as session:
        query = select(Case.ref).join(Stay, Stay.case_id == Case.id).where(Stay.track == track, Stay.state == state, Stay.until.is_(None))
        return session.scalars(query.where(*where).order_by(Case.id)).first()


def _account(database, ref, role):
    """The name of the account of whoever holds a role in a case."""
    code = ref.partition("-")[2].lower()
    if role in ("preparer", "approver", "owner"):
        own = {"preparer": "preparer", "approver": "approver", "owner": "action-owner"}[role]
        return own if code == "e0701" else f"{role}-{code}"
    with database.reading() as session:
        query = select(Person.email).join(Assignment, Assignment.person_id == Person.id).join(Case, Case.id == Assignment.case_id)
        email = session.scalars(query.where(Case.ref == ref, Assignment.kind == role, Assignment.until.is_(None))).first()
        return email.partition("@")[0]


@pytest.mark.parametrize("track, state, role, place", [
    ("return", "not_started", "preparer", "return"), ("return", "awaiting_sign_off", "approver", "return"),
    ("review", "in_review", "reviewer", "review"), ("review", "draft_issued", "approver", "review"),
    ("challenge", "in_progress", "inspector", "challenge"), ("challenge", "draft_issued", "approver", "challenge"),
    ("plan", "awaited", "approver", "plan"), ("plan", "proposed", "inspector", "plan"),
])  # fmt: skip
def test_today_and_the_case_say_what_to_do_since_when_by_when_and_where(app, database, track, state, role, place):
    ref = _waits(database, track, state)
    browser = Browser(app, _account(database, ref, role))
    todo = TRACKS[track].state(state).todo
    row = next(r for r in re.findall(r"<tr.*?</tr>", browser.get("/today"), re.S) if ref in r and todo in r)
    assert f'href="/cases/{ref}/{place}"' in row, "one click to the place"
    assert f'href="/cases/{ref}/status/{track}"' in row, "the status opens to its facts"
    assert re.search(r"(for \d+ days|since)", row)
    assert re.search(r"(late|in \d+ days|today|tomorrow)</span>", row)
    head = _head(browser.get(f"/cases/{ref}"), " ys-turn--mine")
    assert todo in head
    assert "due " in head


def test_whoever_has_not_the_turn_is_told_whom_it_waits_for(app, database):
    ref = _waits(database, "review", "draft_issued")
    head = _head(Browser(app, "officer").get(f"/cases/{ref}/record"))
    assert "Waiting for the approver" in head
    assert "Comment on the draft review" in head


def test_questions_wait_for_the_body_and_its_answers_for_the_reviewer(app, database):
    ref = _waits(database, "review", "with_body")
    with database.reading() as session:
        asked = select(Annotation).join(Case, Case.id == Annotation.case_id).where(Case.ref == ref, Annotation.sent_at.is_not(None))
        first = session.scalars(asked).one().id
        deadlines = select(Deadline).join(Case, Case.id == Deadline.case_id).where(Case.ref == ref, Deadline.closed_at.is_(None))
        assert {d.rule: d.stopped_at is not None for d in session.scalars(deadlines)} == {"peer_review": True, "query_answers": False}
        session.execute(delete(Reply).where(Reply.annotation_id == first))
        session.commit()
    preparer, reviewer = Browser(app, _account(database, ref, "preparer")), Browser(app, _account(database, ref, "reviewer"))
    assert "Answer the reviewer’s questions" in _row(preparer.get("/today"), ref)
    assert "The clock stands since" in reviewer.get(f"/cases/{ref}")
    page = preparer.get(f"/cases/{ref}/review")
    assert "Send the answers to the reviewer</strong> is not possible yet" in page
    preparer.move("review", "send_answers", ref=ref, form=f"/cases/{ref}", status=422)
    path, form = f"/cases/{ref}/review/annotations/{first}/answer", f"/cases/{ref}/review?answer={first}"
    preparer.post(path, {"answer": "It does.", "revision": "0"}, form=form)
    assert "send them now" in preparer.get(f"/cases/{ref}/review")
    assert "It does." not in reviewer.get(f"/cases/{ref}/review")
    overtaken = preparer.post(path, {"answer": "It does not.", "revision": "0"}, form=form, status=409)
    assert "It does not." in overtaken, "what was typed is given back"
    preparer.move("review", "send_answers", ref=ref)
    assert "Resolve a query that the body answered" in _row(reviewer.get("/today"), ref)
    assert "It does." in reviewer.get(f"/cases/{ref}/review")
    assert "the body has answered it" in reviewer.get(f"/cases/{ref}")
    with database.reading() as session:
        rows = {d.rule: d for d in session.scalars(deadlines)}
        assert list(rows) == ["peer_review"]
        assert rows["peer_review"].stopped_at is None
        assert "the clock stood from" in rows["peer_review"].explanation[-2]
    preparer.post(path, {"answer": "Once more.", "revision": "1"}, form="/role", status=409)
    resolution = f"/cases/{ref}/review/annotations/{first}/resolution"
    reviewer.post(resolution, {}, form=f"/cases/{ref}/review")
    assert "Resolve a query that the body answered" not in _row(reviewer.get("/today"), ref)
    assert "resolved already" in reviewer.post(resolution, {}, form=f"/cases/{ref}/review", status=409)


def test_the_review_goes_on_without_answers_once_their_last_day_has_passed(app, database, clock):
    ref = _waits(database, "review", "with_body")
    reviewer = Browser(app, _account(database, ref, "reviewer"))
    refused = reviewer.move("review", "go_on", ref=ref, form=f"/cases/{ref}", status=422)
    assert "may still answer" in refused
    clock.forward(days=60)
    reviewer = Browser(app, _account(database, ref, "reviewer"))
    reviewer.move("review", "go_on", ref=ref)
    assert "In review" in reviewer.get(f"/cases/{ref}/review")


def _row(page, ref):
    return " ".join(row for row in re.findall(r"<tr.*?</tr>", page, re.S) if ref in row)


def test_an_annotation_is_addressed_later_by_who_wrote_it_alone_and_stands_once_it_is_sent(app, database):
    ref = _waits(database, "review", "in_review")
    reviewer, preparer = Browser(app, _account(database, ref, "reviewer")), Browser(app, _account(database, ref, "preparer"))
    form = f"/cases/{ref}/review?item=FIN_COST"
    told = {"kind": "query", "text": "Is the pool of cars in it?"}
    assert f"Annotate “{PROGRAMME.item('FIN_COST').label}”" in reviewer.get(form), "a computed item can be annotated too"
    reviewer.post(f"/cases/{ref}/review/items/FIN_COST/annotations", told, form=form)
    assert "Only the partnership and its reviewers see it" in reviewer.get(f"/cases/{ref}/review")
    with database.reading() as session:
        number = session.scalars(select(Annotation.id).order_by(Annotation.id.desc())).first()
    path, editing = f"/cases/{ref}/review/annotations/{number}", f"/cases/{ref}/review?edit={number}"
    anew = told | {"text": "Is the pool of cars in it, or not?", "addressee": "body", "revision": "1"}
    preparer.post(path, anew, form="/role", status=403)
    reviewer.post(path, anew, form=editing)
    assert "with your next questions" in reviewer.get(f"/cases/{ref}/review")
    assert "so yours was not saved" in reviewer.post(path, anew, form=editing, status=409), "an old page"
    assert anew["text"] not in preparer.get(f"/cases/{ref}/review")
    reviewer.move("review", "send_queries", ref=ref)
    assert anew["text"] in preparer.get(f"/cases/{ref}/review")
    assert "stands as it is" in reviewer.post(path, anew | {"revision": "3"}, form=f"/cases/{ref}/review", status=409)
    assert "stands as it is" in reviewer.post(f"{path}/withdrawal", {}, form=f"/cases/{ref}/review", status=409)


def test_what_nobody_else_has_read_can_be_taken_back_and_stays_on_the_record(app, database):
    ref = _waits(database, "review", "in_review")
    reviewer = Browser(app, _account(database, ref, "reviewer"))
    reviewer.post(f"/cases/{ref}/review/items/FIN-P1/annotations", {"kind": "comment", "text": "A slip of mine."},
                  form=f"/cases/{ref}/review?item=FIN-P1")  # fmt: skip
    with database.reading() as session:
        number = session.scalars(select(Annotation.id).order_by(Annotation.id.desc())).first()
    reviewer.post(f"/cases/{ref}/review/annotations/{number}/withdrawal", {}, form=f"/cases/{ref}/review")
    assert "A slip of mine." not in reviewer.get(f"/cases/{ref}/review?show=all")
    record = reviewer.get(f"/cases/{ref}/record")
    assert "A slip of mine." in record
    assert "took back the annotation on" in record
    reviewer.post(f"/cases/{ref}/review/annotations/{number}/withdrawal", {}, form=f"/cases/{ref}/review", status=404)


def test_the_auditor_does_not_learn_of_actions_before_they_are_proposed(app, database):
    """An action that is being drawn up waits for nobody outside the body, and its text is not told."""
    ref = _waits(database, "plan", "awaited")
    approver, inspector = Browser(app, _account(database, ref, "approver")), Browser(app, _account(database, ref, "inspector"))
    page = approver.get(f"/cases/{ref}/plan")
    finding, owner = (find(p, page) for p in (r'<option value="(\d+)"[^>]*>Finding', r'name="owner"[^>]*value="(\d+)"'))
    action = {"finding": finding, "what": "Leave the building", "owner": owner, "due_on": ["31", "3", "2011"]}
    approver.post(f"/cases/{ref}/plan/actions", action, form=f"/cases/{ref}/plan")
    for page in ("/today", f"/cases/{ref}", f"/cases/{ref}/plan"):
        assert "Leave the building" not in inspector.get(page)
    with database.reading() as session:
        actor = _actor(session, _account(database, ref, "inspector"), Role.INSPECTOR)
        assert not [one for one in queries.waiting_for(session, actor, limit=500)[0] if one.ref == ref]


def _actor(session, name, role):
    person = session.scalars(select(Person).where(Person.email.like(f"{name}@%"))).one()
    return Actor(person.id, person.name, role, person.memberships[0].organisation_id)


def test_a_plan_whose_every_action_is_done_waits_for_the_approver(app, database):
    with database.reading() as session:
        stay = session.scalars(select(Stay).where(Stay.track == "action", Stay.state == "reported_complete", Stay.until.is_(None))).first()
        action = session.get_one(Action, stay.action_id)
        ref, number = session.get_one(Case, stay.case_id).ref, action.number
    approver, inspector = Browser(app, _account(database, ref, "approver")), Browser(app, _account(database, ref, "inspector"))
    assert "Report the plan complete" not in _row(approver.get("/today"), ref)
    assert f"/cases/{ref}/plan#action-{number}" in _row(inspector.get("/today"), ref)
    inspector.move("action", "verify", {"reason": "Seen."}, ref=ref, action=str(number))
    assert "Report the plan complete" in _row(approver.get("/today"), ref)
    assert "Your turn:" in approver.get(f"/cases/{ref}")
    why = inspector.get(f"/cases/{ref}/status/action?action={number}")
    assert "verified the action" in why
    assert "Seen." in why


def test_a_body_without_a_partnership_is_accepted_by_the_programme_which_is_told(app, database):
    ref = _waits(database, "return", "in_progress", Case.partnership_id.is_(None))
    if ref is None:
        ref = _waits(database, "return", "not_started", Case.partnership_id.is_(None))
        Browser(app, _account(database, ref, "preparer")).move("return", "start", ref=ref, form=f"/cases/{ref}")
    _fill(Browser(app, _account(database, ref, "preparer")), ref)
    Browser(app, _account(database, ref, "approver")).move("return", "sign_off", ref=ref)
    officer = Browser(app, "officer")
    assert "Accept the return" in _row(officer.get("/today"), ref)
    with database.reading() as session:
        case_id = session.scalars(select(Case.id).where(Case.ref == ref)).one()
        told = session.scalars(select(Notice.email).where(Notice.case_id == case_id, Notice.message == "return_submitted")).all()
        due = session.scalars(select(Deadline.role).where(Deadline.case_id == case_id, Deadline.rule == "acceptance")).all()
    assert any(email.startswith("officer@") for email in told)
    assert due == ["officer"]


def _fill(preparer, ref):
    for part, fields in typed_return().items():
        page = preparer.get(f"/cases/{ref}/return/{part}")
        seen = dict(re.findall(r'name="(was-[A-Z_0-9]+)" value="(\d+)"', page))
        preparer.post(f"/cases/{ref}/return/{part}", fields | seen)
    if boxes(preparer.get(f"/cases/{ref}/return/checks")):
        explain(preparer, "We counted the people of our stations on another day.", ref=ref)
    preparer.move("return", "submit_for_sign_off", ref=ref)


def test_news_is_told_by_case_without_what_only_follows(app, database):
    page = Browser(app, "officer").get("/today")
    news = page[page.index('id="news"') :]
    assert news.count('class="ys-news__case"') >= 2
    for noise in ("showed ", "opened the penalty", "added the peer review"):
        assert noise not in news
