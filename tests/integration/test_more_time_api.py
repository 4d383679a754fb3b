"""More time by the API: asked for, withdrawn, granted and refused by the same rules as on the pages; time in hands as data."""

import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.support.deadlines import home_return_due
from tests.support.returns import case_of
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.cases.models import Case
from webapp.cli.common import COMMAND_LINE
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline, DeadlineChange, Extension
from webapp.demo.accounts import email_of
from webapp.hands import queries
from webapp.notices.models import Notice

PLACE = f"/api/v1/cases/{REF}/deadlines"


class Client:
    """Somebody who asks with a token."""

    def __init__(self, app, who):
        self.app = app
        with app.database.work(SYSTEM, NOW) as work:
            membership = work.session.scalars(select(Membership).join(Person).where(Person.email == email_of(who))).first()
            self.headers = {"Authorization": f"Bearer {make_token(work, membership, 'test')}"}

    def get(self, path, status=200):
        got = self.app.test_client().get(path, headers=self.headers)
        assert got.status_code == status, got.text
        return got.json

    def post(self, path, sent=None, status=200, **headers):
        got = self.app.test_client().post(path, json=sent, headers=self.headers | headers)
        assert got.status_code == status, got.text
        return got.json


@pytest.fixture
def running(app, database):
    """The number of the deadline of the return, due on 26 February 2010."""
    home_return_due(database)
    with database.reading() as session:
        query = select(Deadline.id).join(Case, Case.id == Deadline.case_id).where(Case.ref == REF, Deadline.rule == "return_due")
        return session.scalars(query).one()


def _one(client, number):
    return next(one for one in client.get(PLACE)["deadlines"] if one["id"] == number)


def _states(database):
    with database.reading() as session:
        return list(session.scalars(select(Extension.state).order_by(Extension.id)))


def test_more_time_is_asked_for_and_granted(app, database, running):
    preparer, officer = Client(app, "preparer"), Client(app, "officer")
    assert _one(preparer, running)["may"] == {"ask": True, "decide": False, "withdraw": False, "why_not": ""}
    assert _one(preparer, running)["mark"] is None
    asked = preparer.post(f"{PLACE}/{running}/extension", {"wished": "2010-03-12", "why": "Our ledger is being moved."})
    assert asked["request"] == "open"
    assert asked["due_at"] == "2010-02-26T17:00:00+00:00", "asking moves nothing"
    there = _one(officer, running)
    (request,) = there["requests"]
    assert (request["state"], request["wished"], request["why"]) == ("open", "2010-03-12", "Our ledger is being moved.")
    assert there["may"]["decide"] is True
    decided = {"decision": "granted", "day": "2010-03-10", "reason": "Four days must do.", "mark": there["mark"]}
    told = officer.post(f"{PLACE}/{running}/decision", decided)
    assert (told["due_at"], told["request"]) == ("2010-03-10T17:00:00+00:00", "granted")
    assert told["how_it_comes_about"][-2].startswith("+ extension to Wednesday 10 March 2010, granted by the programme officer")
    after = _one(preparer, running)
    assert after["extensions"] == 1
    assert [change["kind"] for change in after["history"]] == ["opened", "extended"]
    assert after["requests"][0]["granted"] == "2010-03-10"
    with database.reading() as session:
        assert session.scalars(select(Notice.id).where(Notice.message == "extension_granted")).first(), "they are told"
        assert session.scalars(select(DeadlineChange.why).where(DeadlineChange.kind == "extended")).one() == "Four days must do."
    stale = officer.post(f"{PLACE}/{running}/decision", {"day": "2010-03-12", "reason": "Again.", "mark": there["mark"]}, 409)
    assert "Read it again" in stale["detail"]
    assert _one(officer, running)["due_at"] == "2010-03-10T17:00:00+00:00"


def test_more_time_is_refused_withdrawn_and_given_without_being_asked_for(app, database, running):
    preparer, officer = Client(app, "preparer"), Client(app, "officer")
    ask = {"wished": "2010-03-12", "why": "Snow."}
    preparer.post(f"{PLACE}/{running}/extension", ask)
    preparer.post(f"{PLACE}/{running}/extension", ask, 409)  # one at a time
    officer.post(f"{PLACE}/{running}/decision", {"decision": "refused", "reason": "No.", "mark": _one(officer, running)["mark"]})
    preparer.post(f"{PLACE}/{running}/extension", ask)
    assert _one(preparer, running)["may"]["withdraw"] is True
    assert Client(app, "approver").post(f"{PLACE}/{running}/extension/withdrawal", status=409)["reasons"]
    assert preparer.post(f"{PLACE}/{running}/extension/withdrawal")["request"] == "withdrawn"
    preparer.post(f"{PLACE}/{running}/extension/withdrawal", status=404)
    assert _states(database) == ["refused", "withdrawn"]
    given = {"day": "2010-03-05", "reason": "The software came late.", "mark": _one(officer, running)["mark"]}
    assert officer.post(f"{PLACE}/{running}/decision", given)["request"] is None
    assert _one(preparer, running)["due_at"] == "2010-03-05T17:00:00+00:00"


def test_the_same_people_may_as_on_the_pages(app, running):
    ask, decide = f"{PLACE}/{running}/extension", f"{PLACE}/{running}/decision"
    Client(app, "officer").post(ask, {}, 403)
    Client(app, "preparer").post(decide, {}, 403)
    told = Client(app, "coordinator").post(decide, {"decision": "refused", "reason": "x", "mark": "x"}, 409)
    assert "decides on more time" in told["reasons"][0]["text"]
    Client(app, "manager").post(ask, {}, 404)
    assert running not in [one["id"] for one in Client(app, "manager").get(PLACE)["deadlines"]]


@pytest.mark.parametrize("sent, status, told", [
    ([1], 400, "Send JSON with"), ({"wished": 5, "why": "x"}, 400, "as text"), ({"wish": "2010-03-12"}, 400, "is not known"),
    ({"wished": "12 March", "why": "x"}, 422, ""), ({"wished": "2010-02-20", "why": "x"}, 422, "Ask for a day after"),
    ({"wished": "2010-03-12"}, 422, "Why more time is needed"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_and_nothing_is_saved(app, database, running, sent, status, told):
    got = Client(app, "preparer").post(f"{PLACE}/{running}/extension", sent, status)
    assert told in got["detail"] + " ".join(reason["text"] for reason in got.get("reasons", []))
    assert _states(database) == []


def test_a_decision_without_a_mark_is_not_taken(app, database, running):
    got = Client(app, "officer").post(f"{PLACE}/{running}/decision", {"day": "2010-03-12", "reason": "x"}, 400)
    assert "mark" in got["detail"]
    with database.reading() as session:
        assert session.scalars(select(DeadlineChange).where(DeadlineChange.kind == "extended")).first() is None


def test_a_request_that_is_sent_again_under_its_key_counts_once(app, database, running):
    preparer = Client(app, "preparer")
    for _ in range(2):
        preparer.post(f"{PLACE}/{running}/extension", {"wished": "2010-03-12", "why": "Snow."}, **{"Idempotency-Key": "once"})
    assert _states(database) == ["open"]


def test_the_time_in_hands_is_told_as_data_by_the_tracks_that_one_may_know_of(app, database, running):
    told = Client(app, "officer").get(f"/api/v1/cases/{REF}/hands")
    assert told["all"]["with_now"] == ["body"]
    with database.reading() as session:
        found = queries.of_case(session, case_of(session), COMMAND_LINE, NOW)
    assert found.all is not None
    assert sum(one["days"] for one in told["all"]["days"]) == found.all.total.days
