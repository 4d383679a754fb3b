"""@Name in a note among reviewers: who is told and when, whom it stands before, and that no audience is widened by it."""

import re
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.integration.test_review_workspace import CASE, _annotate, _number, cast
from tests.support.returns import case_of
from tests.support.site import Browser, find, token
from webapp.accounts.models import Person
from webapp.cases.models import Assignment
from webapp.db import SYSTEM
from webapp.notices.models import Notice
from webapp.register.models import Round
from webapp.review.models import Annotation, Mention, Reply

__all__ = ["cast"]
COORDINATOR, BESIDE = "Demo coordinator", "Demo reviewer 3"


@pytest.fixture
def beside(cast, app, database):
    """Another reviewer of the case, who has accepted."""
    with database.work(SYSTEM, NOW) as work:
        person = work.session.scalars(select(Person).where(Person.email.like("reviewer-north-east-3@%"))).one()
        case_id = case_of(work.session).id
        work.session.add(Assignment(case_id=case_id, kind="reviewer", person_id=person.id, since=NOW, accepted_at=NOW))
    return Browser(app, "reviewer-north-east-3")


def _told(database):
    with database.reading() as session:
        rows = session.execute(select(Person.name, Notice.body, Notice.audience).join(Notice, Notice.person_id == Person.id)
                               .where(Notice.message == "mentioned").order_by(Notice.id))  # fmt: skip
        return [tuple(row) for row in rows]


def test_who_is_called_is_told_once_and_it_stands_on_their_page_until_they_put_it_aside(cast, beside, database):
    page = cast["reviewer"].get(f"{CASE}/review?item=FIN_COST_EMP")
    assert f"They can be named: @{COORDINATOR}, @{BESIDE}" in page
    _annotate(cast["reviewer"], "FIN_COST_EMP", f"MARKED1 @demo coordinator and @{BESIDE} and @Nobody: look <b>.")
    assert [name for name, *_ in _told(database)] == [COORDINATOR, BESIDE]
    assert all(audience == 2 for *_, audience in _told(database)), "nobody beyond the partnership learns of it"
    for browser in (cast["coordinator"], beside):
        assert re.search(r"calls you by name in a note on <a [^>]*>“Employees”", browser.get("/today"))
        assert "MARKED1" in browser.get(find(r'href="(/outbox/\d+)"', browser.get("/outbox")))
        page = browser.get(f"{CASE}/review?show=remarks")
        assert '<strong class="ys-mention">@demo coordinator</strong>' in page
        assert f'<strong class="ys-mention">@{BESIDE}</strong> and @Nobody: look &lt;b&gt;.' in page
    number = _number(database, f"MARKED1 @demo coordinator and @{BESIDE} and @Nobody: look <b>.")
    beside.post(f"{CASE}/review/annotations/{number}/replies", {"reply": f"@{COORDINATOR} yes, @{BESIDE}"},
                form=f"{CASE}/review?reply={number}")  # fmt: skip
    assert len(_told(database)) == 2, "once for each annotation and person, and nobody is told of their own words"
    with database.reading() as session:
        mine = session.scalars(select(Mention.id).join(Person, Person.id == Mention.person_id).where(Person.name == COORDINATOR)).one()
    beside.post(f"/today/mentions/{mine}/seen", {}, form="/today", status=404)
    cast["coordinator"].post(f"/today/mentions/{mine}/seen", {}, form="/today")
    assert "calls you by name" not in cast["coordinator"].get("/today")
    assert "calls you by name" in beside.get("/today")
    cast["reviewer"].post(f"{CASE}/review/annotations/{number}/withdrawal", {}, form=f"{CASE}/review")
    assert "calls you by name" not in beside.get("/today"), "what was taken back calls nobody"


def test_a_text_that_goes_beyond_the_partnership_calls_nobody_and_says_why(cast, beside, database):
    for addressee in ("body", "auditor"):
        page = cast["reviewer"].post(
            f"{CASE}/review/items/FIN_COST_EMP/annotations",
            {"kind": "query", "text": f"MARKED2 ask @{BESIDE} about it.", "addressee": addressee},
            form=f"{CASE}/review?item=FIN_COST_EMP", status=422,
        )  # fmt: skip
        assert f"Take out “@{BESIDE}”, or write this for the partnership’s reviewers alone" in page
        assert f"MARKED2 ask @{BESIDE} about it." in page, "what was typed is kept"
    with database.reading() as session:
        assert session.scalars(select(Annotation).where(Annotation.text.like("MARKED2%"))).all() == []
    _annotate(cast["reviewer"], "FIN_COST_EMP", "MARKED2 write to clerk@example.org, @Nobody.", kind="query", addressee="body")
    number = _number(database, "MARKED2 write to clerk@example.org, @Nobody.")
    change = {"kind": "query", "text": f"MARKED2 @{COORDINATOR}", "addressee": "body", "revision": "1"}
    assert "Take out" in cast["reviewer"].post(
        f"{CASE}/review/annotations/{number}", change, form=f"{CASE}/review?edit={number}", status=422
    )
    cast["reviewer"].move("review", "send_queries")
    again = {"reply": f"MARKED2 @{COORDINATOR} again", "ask_again": "y"}
    here = f"{CASE}/review/annotations/{number}/replies"
    page = cast["reviewer"].post(here, again, form=f"{CASE}/review?reply={number}", status=422)
    assert "Take out" in page
    assert _told(database) == []
    cast["reviewer"].post(
        here, again | {"ask_again": ""} | {"reply": f"MARKED3 @{COORDINATOR} among us"}, form=f"{CASE}/review?reply={number}"
    )
    assert [name for name, *_ in _told(database)] == [COORDINATOR]
    with database.reading() as session:
        assert [one.audience for one in session.scalars(select(Reply).where(Reply.text.like("MARKED3%")))] == [2], "nothing is widened"
    for who in ("preparer", "approver", "manager", "officer"):
        assert "MARKED3" not in cast[who].client.get(f"{CASE}/review?show=all").text + cast[who].get("/today") + cast[who].get("/outbox")


def test_who_takes_no_part_any_more_is_not_called_and_a_round_without_the_message_mails_nobody(cast, beside, database):
    with database.work(SYSTEM, NOW) as work:
        for one in work.session.scalars(select(Assignment).join(Person).where(Person.name == BESIDE, Assignment.until.is_(None))):
            one.until, one.ended = NOW + timedelta(minutes=1), "removed"
    assert f"@{BESIDE}" not in cast["reviewer"].get(f"{CASE}/review?item=FIN_COST_EMP")
    _annotate(cast["reviewer"], "FIN_COST_EMP", f"MARKED4 @{BESIDE}")
    assert _told(database) == []
    with database.work(SYSTEM, NOW) as work:
        round_ = work.session.scalars(select(Round).where(Round.code == "2009")).one()
        old = round_.programme
        older = msgspec.structs.replace(old, messages=tuple(one for one in old.messages if one.code != "mentioned"))
        round_.frozen, round_.programme_hash = msgspec.json.encode(older), "older"
    _annotate(cast["reviewer"], "FIN_COST_EMP", f"MARKED5 @{COORDINATOR}")
    assert _told(database) == []
    assert "calls you by name" in cast["coordinator"].get("/today")


def test_pages_with_many_mentions_cost_eight_statements_at_most(cast, app, database):
    costs: list[dict[tuple[str, str], int]] = []
    for _ in range(2):
        for number in range(5):
            _annotate(cast["reviewer"], "FIN_COST_EMP", f"{len(costs)}{number} @{COORDINATOR}")
        told = {}
        for who in ("coordinator", "reviewer"):
            for place in ("/today", f"{CASE}/review?show=remarks"):
                cast[who].get(place)
                with Statements(app.database.engine) as statements:
                    cast[who].get(place)
                told[who, place] = len(statements.told)
        costs.append(told)
    assert costs[0] == costs[1]
    assert max(costs[0].values()) <= 8, costs[0]


def test_the_script_of_an_open_page_is_told_by_field_that_nobody_can_be_called_there(cast, database):
    reviewer = cast["reviewer"]
    page = reviewer.get(f"{CASE}/review?item=FIN_COST_EMP")
    data = {"csrf_token": token(page), "on": "1", "kind": "query", "addressee": "body", "text": f"NOTHERE @{COORDINATOR}?"}
    got = reviewer.client.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", data=data, headers={"X-Fragment": "1"})
    assert got.status_code == 422
    assert f"Take out “@{COORDINATOR}”" in got.json["text"][0]
    assert "NOTHERE" not in reviewer.get(f"{CASE}/review?show=all"), "nothing was saved"
