"""What changed in a case since one last looked: told on each of its pages, to each for themselves, and moved by nobody else."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from tests.conftest import NOW, REF
from tests.integration.test_pages import CASE_PLACES, Statements
from tests.support.returns import case_of, enter, move
from tests.support.reviewing import CASE, SECOND, Review
from tests.support.site import Browser, find, token
from webapp.cases.models import Look
from webapp.db import SYSTEM
from webapp.record import Event
from workflows.returns.values import Answer

BANNER = 'class="ys-looked"'


@pytest.fixture
def review(app, database):
    """The home case with two reviewers, of whom the second has just accepted."""
    return Review(app, database, second=True)


def _count(page):
    found = re.search(r"<strong>(\d+) things? (?:changed since you last looked|happened here so far)", page)
    return int(found.group(1)) if found else 0


def _looks(database):
    with database.reading() as session:
        return {(one.person_id, one.role): one.event for one in session.scalars(select(Look))}


def _press(browser, place=CASE):
    page = browser.get(place)
    form = page[page.index(BANNER) :].partition("</section>")[0]
    data = {name: find(rf'name="{name}"[^>]*value="([^"]*)"', form) for name in ("csrf_token", "once", "event", "back")}
    got = browser.client.post(f"{CASE}/seen", data=data)
    assert got.status_code == 303
    return got.location


def test_what_others_did_is_told_and_each_marks_it_for_themselves(review, database, clock):
    coordinator, second = review["coordinator"], review[SECOND]
    assert _count(coordinator.get(CASE)) == 0
    assert _count(second.get(CASE)) == 0, "the last thing that happened is what they did themselves"
    clock.forward(days=1)
    review.annotate("FIN_COST_EMP", "Look at this.")
    review.note("Improve it.")
    for browser in (coordinator, second):
        page = browser.get(CASE)
        assert _count(page) == 2
        assert "since you last looked on 1 February 2010" in page
        told = page[page.index(BANNER) :].partition("</section>")[0]
        assert "Look at this." in told
        number = review.number("Look at this.")
        assert f'href="{CASE}/review?show=all#annotation-{number}"' in told
        listed = browser.get(f"{CASE}/record?since=" + find(rf"{CASE}/record\?since=(\d+)", told))
        assert len(re.findall(r"Event \d+", listed)) == 2, "the list has what the number counts"
    assert _count(review["reviewer"].get(CASE)) == 0, "nobody is told what they did themselves"
    assert _press(coordinator, f"{CASE}/review") == f"{CASE}/review", "back to where one was"
    assert BANNER not in coordinator.get(CASE)
    assert BANNER not in coordinator.get(f"{CASE}/review")
    assert _count(second.get(CASE)) == 2, "it is still news to another"
    review.annotate("FIN_COST_IT", "Mine.", who=SECOND)
    assert _count(second.get(CASE)) == 0, "who does something in the case has looked"
    assert _count(coordinator.get(CASE)) == 1


def test_it_stands_on_every_page_of_a_case_and_looking_writes_nothing(review, database):
    review.annotate("FIN_COST_EMP", "Look at this.")
    coordinator, before = review["coordinator"], _looks(database)
    with Statements(review.app.database.engine) as sent:
        for place in (*CASE_PLACES, "/evidence", "/contacts", "/review/reviewers", "/return/differences", "/return/checks"):
            assert _count(coordinator.get(f"{CASE}{place}")) >= 1, place
    assert not [one for one in sent.told if not one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert _looks(database) == before


def test_nobody_is_told_of_what_they_may_not_see(review):
    for who in ("preparer", "manager"):
        if _count(review[who].get(CASE)):
            _press(review[who])
    review.annotate("FIN_COST_EMP", "For us alone.")
    asked = review.annotate("FIN_COST_IT", "And this?", kind="query", addressee="body")
    assert _count(review["preparer"].get(CASE)) == _count(review["manager"].get(CASE)) == 0
    review["reviewer"].move("review", "send_queries")
    page = review["preparer"].get(f"{CASE}/review")
    assert _count(page) == 1, "that questions were sent"
    card = page[page.index(f'id="annotation-{asked}"') :].partition("</article>")[0]
    assert "ys-new" in card, "what was sent is new to the body, whenever it was written"


def test_what_is_new_is_marked_on_the_review(review):
    asked = review.annotate("FIN_COST_EMP", "Is it so?", kind="query", addressee="body")
    review.annotate("FIN_PAYSLIPS", "Old remark.")
    review["reviewer"].move("review", "send_queries")
    coordinator = review["coordinator"]
    _press(coordinator)
    assert "ys-new" not in coordinator.get(f"{CASE}/review?show=all")
    review.answer(asked, "It is.")
    assert "ys-new" not in coordinator.get(f"{CASE}/review?show=all"), "an answer that is not sent is the body’s own"
    review["approver"].move("review", "send_answers")
    review.note("Improve it.")
    review.summarise("Credible.")
    page = coordinator.get(f"{CASE}/review?show=all")
    card = page[page.index(f'id="annotation-{asked}"') :].partition("</article>")[0]
    assert card.count("ys-new") == 2, "the question, which is answered, and the answer"
    assert page.count("ys-new") == 4, "and the note and the summary"


def test_a_figure_that_was_corrected_is_marked_once_it_is_signed(review, database, clock):
    reviewer, coordinator = review["reviewer"], review["coordinator"]
    assert BANNER not in coordinator.get(CASE)
    clock.forward(days=1)
    move(database, "approver", "volunteer_correction", {"reason": "A slip.", "material": "no"}, at=clock.now)
    enter(database, {"FIN_PAYROLL_ERRORS": Answer(amount=Decimal(91))}, at=clock.now)
    clock.forward(days=1)
    review.annotate("FIN_COST_EMP", "Seen meanwhile.")
    assert "ys-new" not in reviewer.get(f"{CASE}/review?show=all"), "a draft is the body’s own"
    clock.forward(days=1)
    move(database, "preparer", "submit_for_sign_off", at=clock.now)
    move(database, "approver", "sign_off", {"declaration": "yes"}, at=clock.now)
    for browser, more in ((reviewer, 0), (coordinator, 1)):
        page = browser.get(f"{CASE}/review?show=all")
        row = page[page.index('id="FIN_PAYROLL_ERRORS"') :].partition("</tr>")[0]
        assert "ys-new" in row
        assert page.count("ys-new") == 1 + more, "and the remark, for who did not write it"
    _press(reviewer)
    assert "ys-new" not in reviewer.get(f"{CASE}/review?show=all")


def test_a_forged_look_is_refused_and_none_reaches_beyond_what_there_is(app, review, database):
    coordinator = review["coordinator"]
    data = {"csrf_token": token(coordinator.get("/role"))}
    with database.reading() as session:
        last = session.scalar(select(func.max(Event.seq)).where(Event.case_id == case_of(session).id))
    before = _looks(database)
    for wrong in ("", "0", "-3", "x", "9" * 12):
        assert coordinator.client.post(f"{CASE}/seen", data=data | {"event": wrong}).status_code == 400
    stranger = Browser(app, "coordinator-south-east")
    forged = {"csrf_token": token(stranger.get("/role")), "event": "1"}
    assert stranger.client.post(f"{CASE}/seen", data=forged).status_code == 404
    assert _looks(database) == before
    for back in ("https://elsewhere.example/", "//elsewhere.example", f"{CASE}x", ""):
        got = coordinator.client.post(f"{CASE}/seen", data=data | {"event": "2000000000", "back": back})
        assert got.location == CASE
    (seen,) = set(_looks(database).values())
    assert seen <= last
    coordinator.client.post(f"{CASE}/seen", data=data | {"event": "1"})
    assert set(_looks(database).values()) == {seen}, "it never goes back"
    review.annotate("FIN_COST_EMP", "After that.")
    assert _count(coordinator.get(CASE)) == 1, "what comes later is news all the same"


def test_it_costs_no_statement_however_much_there_is(review, database):
    coordinator = review["coordinator"]
    review.annotate("FIN_COST_EMP", "One.")
    costs = {}
    for place in ("", "/review?show=all", "/record", "/challenge"):
        coordinator.get(f"{CASE}{place}")
        with Statements(review.app.database.engine) as sent:
            coordinator.get(f"{CASE}{place}")
        costs[place] = len(sent.told)
    with database.work(SYSTEM, NOW) as work:
        work.session.execute(update(Look).values(event=0))
    for number in range(12):
        review.annotate("FIN_COST_IT", f"More {number}.")
    for place, few in costs.items():
        with Statements(review.app.database.engine) as sent:
            assert _count(coordinator.get(f"{CASE}{place}")) >= 12
        assert len(sent.told) == few <= 8, place


def test_a_case_that_one_never_looked_at_says_so(review):
    assert "happened here so far" in review["manager"].get(CASE)
    assert REF in review["manager"].get(CASE)
