"""The second marking of a sample: drawn with a dry run, blind on every surface until both have rated, told on the calibration page."""

import json
import re

import pytest
from sqlalchemy import delete, func, select

from tests.conftest import NOW
from tests.integration.test_allocation import _conflict, _person
from tests.integration.test_pages import Statements
from tests.integration.test_review_workspace import CASE, _annotate, cast
from tests.support.figures import PROGRAMME
from tests.support.returns import case_of
from tests.support.site import Browser, find
from webapp.allocation.models import ReviewerProfile
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import SYSTEM
from webapp.notices.models import Notice
from webapp.notices.queries import Recipient
from webapp.notices.verbs import tell_person
from webapp.record import Event
from webapp.review.models import SecondMark
from workflows.roles import Role

__all__ = ["cast"]
MARKER = "reviewer-north-east-3"
SAMPLE = "/calibration/sample"
SURFACES = ("/review", "/review?show=all", "/record", "/record.csv", "/status/review", "/review/annotations.jsonld", "/review/marks", "",
            "/reports/review.pdf", "/return/differences")  # fmt: skip
FUNCTIONS = [function.code for function in PROGRAMME.functions if function.prefix]


@pytest.fixture(autouse=True)
def without_the_demos(database):
    """The demo without its own second marking."""
    with database.work(SYSTEM, NOW) as work:
        work.session.execute(delete(SecondMark))
        work.session.execute(delete(Assignment).where(Assignment.kind == "marker"))
        work.session.execute(delete(Notice).where(Notice.message == "second_marking"))


def _marker(app, database):
    """Let somebody mark the home case a second time."""
    with database.work(SYSTEM, NOW) as work:
        case, person = case_of(work.session), _person(work.session, MARKER)
        work.session.add(Assignment(case_id=case.id, kind="marker", person_id=person.id, since=NOW, reason="A test."))
    return Browser(app, MARKER)


def test_who_was_told_what_gives_neither_marker_away(cast, app, database):
    """The mail that asks somebody to mark a second time, as the drawing of a sample sends it, and what the first reviewers were told."""
    second = _marker(app, database)
    with database.work(SYSTEM, NOW) as work:
        case, person = case_of(work.session), _person(work.session, MARKER)
        marker = Recipient(person.id, person.email, person.name)
        tell_person(work, case, "second_marking", Role.REVIEWER, marker, occurrence="second-marking", items=[], why="")
        firsts = select(Assignment.person_id).where(Assignment.case_id == case.id, Assignment.kind == "reviewer")
        notices = select(Notice).where(Notice.case_id == case.id, Notice.person_id.in_(firsts))
        names = {one.person.name for one in work.session.scalars(notices)}
    assert names, "the first reviewers were told something"
    assert person.name in second.get(f"{CASE}/record").partition('id="told"')[2]
    assert not [name for name in names if name in second.get(f"{CASE}/record").partition('id="told"')[2]]
    assert person.name not in cast["reviewer"].get(f"{CASE}/record")
    assert person.name in cast["coordinator"].get(f"{CASE}/record").partition('id="told"')[2]


def _rate(reviewer, function="finance", rating="3", text="FIRSTNOTE", revision="0"):
    data = {"credible": "yes", "explained": "yes", "improvement": text, "rating": rating, "revision": revision}
    reviewer.post(f"{CASE}/review/functions/{function}", data, form=f"{CASE}/review?note={function}")


def _summarise(reviewer, text):
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": text, "revision": seen}, form=f"{CASE}/review")


def _marks(rating="1", note="SECONDNOTE"):
    return {f"rating-{code}": rating for code in FUNCTIONS} | {f"note-{FUNCTIONS[0]}": note}


def _reads(browser, word):
    """Where somebody reads a word."""
    found = [place for place in SURFACES if (got := browser.client.get(f"{CASE}{place}")).status_code == 200 and word in got.text]
    return found + [place for place in ("/today?news=all", "/outbox", "/calibration") if word in browser.client.get(place).text]


def test_neither_marker_sees_what_the_other_said_before_both_have_rated(cast, app, database):
    second = _marker(app, database)
    assert "Mark this return a second time" in second.get("/today")
    assert "Write the review" not in second.get("/today")
    _annotate(cast["reviewer"], "FIN_COST_EMP", "FIRSTREMARK")
    _annotate(cast["reviewer"], "FIN_COST_IT", "FIRSTQUERY", kind="query", addressee="body")
    _rate(cast["reviewer"])
    _summarise(cast["reviewer"], "FIRSTSUMMARY")
    cast["reviewer"].move("review", "send_queries")
    firsts = ("FIRSTREMARK", "FIRSTQUERY", "FIRSTNOTE", "FIRSTSUMMARY")
    for word in firsts:
        assert _reads(second, word) == [], word
        assert _reads(cast["reviewer"], word), word
    second.post(f"{CASE}/review/marks", _marks() | {"do": "save"}, form=f"{CASE}/review/marks")
    everybody = (*cast.values(),)
    for browser in everybody:
        assert _reads(browser, "SECONDNOTE") == []
    second.post(f"{CASE}/review/marks", _marks() | {"do": "hand_in"}, form=f"{CASE}/review/marks")
    for word in firsts:
        assert _reads(second, word) == [], "the first reviewer can still change what they said"
    cast["reviewer"].get(f"{CASE}/review/marks", status=404)
    assert "SECONDNOTE" in cast["coordinator"].get(f"{CASE}/review/marks")
    with database.work(SYSTEM, NOW) as work:
        asked = Stay.case_id == case_of(work.session).id, Stay.track == "review", Stay.until.is_(None)
        work.session.scalars(select(Stay).where(*asked)).one().state = "draft_issued"
    for word in ("FIRSTREMARK", "FIRSTNOTE", "FIRSTSUMMARY"):
        assert "/review?show=all" in _reads(second, word)
    assert "FIRSTNOTE" in second.get(f"{CASE}/review/marks")
    assert "SECONDNOTE" in cast["reviewer"].get(f"{CASE}/review/marks")
    for who in ("preparer", "approver", "manager", "officer"):
        assert _reads(cast[who], "SECONDNOTE") == []
    second.post(f"{CASE}/review/marks", _marks("4") | {"do": "save"}, form=f"{CASE}/review", status=409)


def test_a_marker_who_has_not_handed_in_stays_blind_when_the_draft_and_the_final_review_are_issued(cast, app, database):
    second = _marker(app, database)
    _rate(cast["reviewer"])
    _annotate(cast["reviewer"], "FIN_COST_EMP", "FIRSTREMARK", addressee="body")
    _summarise(cast["reviewer"], "FIRSTSUMMARY")
    cast["reviewer"].move("review", "issue_draft")
    for word in ("FIRSTNOTE", "FIRSTREMARK", "FIRSTSUMMARY"):
        assert _reads(second, word) == []
    cast["approver"].move("review", "comment", {"comments": "BODYCOMMENT"})
    cast["coordinator"].move("review", "moderate")
    second.post(f"{CASE}/review/marks", _marks() | {"do": "save"}, form=f"{CASE}/review/marks")
    cast["coordinator"].move("review", "issue_final")
    for word in ("FIRSTNOTE", "FIRSTREMARK", "FIRSTSUMMARY", "BODYCOMMENT"):
        assert _reads(second, word) == []
    second.get(f"{CASE}/reports/review.pdf", status=404)
    assert "SECONDNOTE" not in cast["coordinator"].get(f"{CASE}/review") + cast["coordinator"].get("/calibration")
    html = cast["approver"].client.get(f"{CASE}/reports/review.pdf")
    assert html.status_code == 200
    second.post(f"{CASE}/review/marks", _marks() | {"do": "hand_in"}, form=f"{CASE}/review", status=409)


def test_a_marker_does_nothing_else_in_the_review_and_can_decline_with_a_reason(cast, app, database):
    second = _marker(app, database)
    assert "Your turn:" not in second.get(f"{CASE}/review"), "the review is the first reviewers' to write"
    assert "Your turn:" in cast["reviewer"].get(f"{CASE}/review")
    form = f"{CASE}/review/marks"
    for place, data in (
        ("items/FIN_COST_EMP/annotations", {"kind": "comment", "text": "x", "addressee": "reviewers"}), ("summary", {"summary": "x"}),
        ("functions/finance", {"rating": "1"}),
    ):  # fmt: skip
        second.post(f"{CASE}/review/{place}", data, form=form, status=409)
    cast["reviewer"].post(f"{CASE}/review/marks", _marks() | {"do": "save"}, form=f"{CASE}/review", status=404)
    page = second.post(form, {f"rating-{FUNCTIONS[0]}": "9", f"note-{FUNCTIONS[0]}": "KEPTTEXT", "do": "save"}, status=422)
    assert "Choose one of the steps of the scale." in page
    assert "KEPTTEXT" in page
    page = second.post(form, {f"rating-{FUNCTIONS[0]}": "2", f"note-{FUNCTIONS[0]}": "x" * 2001, "do": "hand_in"}, status=422)
    assert "before you hand in" in page
    assert "2,000 characters or fewer" in page
    assert "Fill in “Reason”" in second.post(f"{form}/refusal", {"reason": " "}, form=form, status=422)
    second.post(f"{form}/refusal", {"reason": "MARKEDREASON"}, form=form)
    second.get(CASE, status=404)
    assert "declined: MARKEDREASON" in cast["coordinator"].get("/calibration")


def test_the_draw_is_looked_at_first_and_asks_people_as_the_allocation_would(cast, app, database):
    coordinator = cast["coordinator"]
    with database.work(SYSTEM, NOW) as work:
        case = case_of(work.session)
        reviewing = {one.person_id for one in work.session.scalars(select(Assignment).where(Assignment.case_id == case.id))}
        for profile in work.session.scalars(select(ReviewerProfile)):
            profile.capacity = 50
        full = _person(work.session, "reviewer-north-east-2").id
        work.session.get_one(ReviewerProfile, full).capacity = 0
        case_id, partnership = case.id, case.partnership_id
    conflicted, _ = _conflict(database, case_id, "reviewer-north-east-4")
    for field, typed, words in (("percent", "0", "must be from 1 to 100"), ("percent", "many", "whole number"), ("seed", "", "Fill in")):
        asked = {"round": "2009", "percent": "100", "seed": "7"} | {field: typed}
        got = coordinator.client.get(SAMPLE, query_string=asked)
        assert got.status_code == 422
        assert words in got.text
    address = f"{SAMPLE}?round=2009&percent=100&seed=7"
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Event))
    with Statements(app.database.engine) as statements:
        page = coordinator.get(address)
    assert len(statements.told) <= 8
    assert coordinator.get(address).partition("<table")[2].partition("</table>")[0] == page.partition("<table")[2].partition("</table>")[0]
    assert "Nothing has been sent" in page
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before
    fields = dict(re.findall(r'name="(round|percent|seed|said)" value="([^"]*)"', page.partition("<table")[2]))
    assert "so nothing was sent" in coordinator.post(SAMPLE, fields | {"said": "1:2"}, form=address, status=409)
    coordinator.post(SAMPLE, fields, form=address)
    with database.reading() as session:
        made = session.scalars(select(Assignment).where(Assignment.kind == "marker")).all()
        drawn = select(func.count()).select_from(Case).join(Stay).where(
            Stay.track == "review", Stay.until.is_(None), Case.partnership_id == partnership,
            Stay.state.in_(("allocated", "in_review", "with_body", "draft_issued", "comments_in", "moderation")))  # fmt: skip
        assert 0 < len(made) <= session.scalar(drawn)
        mine = next(one for one in made if one.case_id == case_id)
        assert mine.person_id not in reviewing | {full, conflicted}
        for one in made:
            others = session.scalars(select(Assignment.person_id).where(Assignment.case_id == one.case_id, Assignment.kind == "reviewer"))
            assert one.person_id not in set(others)
        assert session.scalar(select(func.count()).select_from(Notice).where(Notice.message == "second_marking")) == len(made)
        event = session.scalars(select(Event).where(Event.kind == "second_marking.drawn").order_by(Event.seq.desc())).first()
        assert json.loads(event.new)["seed"] == 7
        assert "seed 7" in event.why
    assert "waits for the marks" in coordinator.get("/calibration")
    page = coordinator.get(address)
    assert not any(f":{one.person_id}" in page and f"{one.case_id}:" in page for one in made), "nothing is drawn twice"


def test_the_calibration_page_tells_spread_case_mix_and_what_moderation_changed(cast, app, database, clock):
    second = _marker(app, database)
    for number, function in enumerate(FUNCTIONS):
        _rate(cast["reviewer"], function, str(1 + number % 4))
    few = cast["coordinator"].get("/calibration")
    assert "0 functions were marked twice: too little to say" in few
    marks = {f"rating-{code}": str(min(4, 2 + number % 4)) for number, code in enumerate(FUNCTIONS)}
    second.post(f"{CASE}/review/marks", marks | {"do": "hand_in"}, form=f"{CASE}/review/marks")
    page = cast["coordinator"].get("/calibration")
    assert f"{len(FUNCTIONS)} functions were marked twice, 2 alike, {len(FUNCTIONS) - 2} a step apart" in page
    assert "Krippendorff’s alpha of them is" in page
    assert "Unitary authority: " in page
    assert "No rating was changed after its draft had been issued." in page
    _summarise(cast["reviewer"], "Fine.")
    cast["reviewer"].move("review", "issue_draft")
    cast["approver"].move("review", "comment", {"comments": ""})
    cast["coordinator"].move("review", "moderate")
    clock.forward(minutes=10)
    cast["coordinator"].move("review", "send_back", {"reason": "MARKEDWHY: too mild."})
    _rate(cast["reviewer"], FUNCTIONS[0], "4", revision=find(r'name="revision" value="(\d+)"', cast["reviewer"].get(
        f"{CASE}/review?note={FUNCTIONS[0]}").partition(f'id="function-{FUNCTIONS[0]}"')[2]))  # fmt: skip
    page = cast["coordinator"].get("/calibration")
    log = page.partition("Ratings changed in moderation</h2>")[2]
    assert re.search(r'data-label="Before">1</td><td[^>]*>4</td>', log)
    assert "MARKEDWHY: too mild." in log
    with Statements(app.database.engine) as statements:
        cast["coordinator"].get("/calibration")
    assert len(statements.told) <= 8
    with database.reading() as session:
        events = session.scalars(select(Event).where(Event.entity == "second_mark")).all()
        assert events
        assert all(event.audience == 0 for event in events), "no page tells of it"
