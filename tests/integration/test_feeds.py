"""Calendar feeds: what stands in them, who may read them, and how they are ended."""

import logging
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.deadlines import home_return_due, open_deadline_of, put_off
from tests.support.returns import bring, case_of
from tests.support.site import Browser, find
from webapp.accounts.models import Membership, Person
from webapp.accounts.people import deactivate, end_role
from webapp.cases.models import Assignment
from webapp.cases.queries import waiting_for
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.demo.accounts import email_of
from webapp.feeds import views
from webapp.feeds.models import CalendarFeed
from webapp.feeds.queries import owed_by
from webapp.feeds.verbs import PER_HOUR
from webapp.record import Event
from workflows.deadlines.calendar import at_hour
from workflows.roles import Actor, Role

FEBRUARY = at_hour(date(2010, 2, 26), "17:00")


def made(app, who):
    """The path of a new feed of a demo account."""
    page = Browser(app, who).post("/calendar", {}, status=200)
    return find(r"<code[^>]*>http://localhost(/calendar/[\w-]{43}\.ics)</code>", page)


def entries(app, path):
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return {str(one["SUMMARY"]): one for one in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_a_deadline_stands_in_it_at_its_hour_with_its_sum_and_its_case(app, database):
    home_return_due(database)
    path = made(app, "preparer")
    (entry,) = entries(app, path).values()
    assert str(entry["SUMMARY"]).startswith("Return: Hartlepool")
    assert entry.decoded("DTSTART") == FEBRUARY == datetime(2010, 2, 26, 17, tzinfo=UTC)
    assert "in London" in str(entry["DESCRIPTION"])
    assert str(entry["URL"]) == f"http://localhost/cases/{REF}"
    assert str(entry["STATUS"]) == "CONFIRMED"
    assert "VALARM" not in app.test_client().get(path).text
    text = app.test_client().get(path).data
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    home_return_due(database, date(2010, 6, 30))
    assert entries(app, path).popitem()[1].decoded("DTSTART") == datetime(2010, 6, 30, 16, tzinfo=UTC), "five in London in summer"


def test_a_moved_date_keeps_its_name_and_rises_in_number(app, database, clock):
    home_return_due(database)
    path = made(app, "preparer")
    (before,) = entries(app, path).values()
    again = entries(app, path).popitem()[1]
    assert again["SEQUENCE"] == before["SEQUENCE"]
    clock.forward(hours=2)
    home_return_due(database, date(2010, 3, 26), at=clock.now)
    (after,) = entries(app, path).values()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("LAST-MODIFIED") == clock.now > before.decoded("LAST-MODIFIED")
    clock.forward(hours=2)
    home_return_due(database, date(2010, 2, 19), at=clock.now)
    assert entries(app, path).popitem()[1]["SEQUENCE"] > after["SEQUENCE"], "also when it moves to an earlier day"


def test_what_is_closed_or_whose_clock_stands_is_not_in_it(app, database):
    home_return_due(database)
    path, approver = made(app, "preparer"), made(app, "approver")
    assert not entries(app, approver)
    bring(database, "submit_for_sign_off")
    assert [name.partition(":")[0] for name in entries(app, approver)] == ["Sign-off"]
    with database.work(SYSTEM, NOW) as work:
        open_deadline_of(work.session, case_of(work.session), "sign_off").stopped_at = NOW
    assert not entries(app, approver)
    with database.work(SYSTEM, NOW) as work:
        open_deadline_of(work.session, case_of(work.session), "return_due").closed_at = NOW
    assert not entries(app, path)


def test_it_has_what_waits_for_the_person_today(app, database):
    """In each role, every date on /today is one of the feed's."""
    with database.reading() as session:
        checked = 0
        for held in session.scalars(select(Membership).where(Membership.until.is_(None), Membership.role != "administrator")).all():
            by = Actor(held.person_id, "", Role(held.role), held.organisation_id)
            dates = {(one.ref, one.due_at) for one in waiting_for(session, by)[0] if one.due_at}
            assert dates <= {(one.ref, one.due_at) for one in owed_by(session, held.person_id)}, held.role
            checked += len(dates)
    assert checked > 20


def test_nobody_reads_what_another_owes(app, database):
    with database.reading() as session:
        for person in session.scalars(select(Person)).all():
            held = {m.role for m in person.memberships if m.until is None}
            owed = owed_by(session, person.id)
            roles = set(session.scalars(select(Deadline.role).where(Deadline.id.in_([one.id for one in owed]))))
            assert roles <= held
        reviewer = session.scalars(select(Assignment).where(Assignment.kind == "reviewer", Assignment.until.is_(None))).all()
        assert any(owed_by(session, one.person_id) for one in reviewer)
    with database.work(SYSTEM, NOW) as work:  # somebody who only marks a second time does not owe the review
        for one in reviewer:
            work.session.get_one(Assignment, one.id).kind = "marker"
    with database.reading() as session:
        mine = [one for r in reviewer for one in owed_by(session, r.person_id)]
        assert not [one for one in mine if one.label == "Peer review"]


def test_it_ends_with_the_role_and_with_the_account(app, database):
    home_return_due(database)
    path = made(app, "preparer")
    assert entries(app, path)
    with database.reading() as session:
        administrator = session.scalars(select(Person.id).where(Person.email == email_of("administrator"))).one()
    by = Actor(administrator, "Demo administrator", Role.ADMINISTRATOR, None)
    with database.work(by, NOW) as work:
        person = work.session.scalars(select(Person).where(Person.email == email_of("preparer"))).one()
        for held in person.memberships:
            end_role(work, held)
    assert not entries(app, path)
    with database.work(by, NOW) as work:
        deactivate(work, work.session.get_one(Person, person.id))
    assert app.test_client().get(path).status_code == 404


def test_an_address_is_shown_once_kept_as_a_digest_renewed_and_ended(app, database):
    preparer = Browser(app, "preparer")
    assert "Make an address" in preparer.get("/calendar")
    first = made(app, "preparer")
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    assert token not in preparer.get("/calendar")
    with database.reading() as session:
        kept = session.scalars(select(CalendarFeed)).one()
        assert len(kept.digest) == 64
        assert token not in repr(vars(kept))
        events = session.scalars(select(Event).where(Event.entity == "calendar_feed")).all()
        assert len(events) == 1
        assert token not in repr([vars(one) for one in events])
        assert kept.digest not in repr([vars(one) for one in events])
    second = made(app, "preparer")
    assert second != first
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200
    assert "A calendar read it last on 1 February 2010" in preparer.get("/calendar")
    preparer.post("/calendar/end", {}, form="/calendar")
    assert app.test_client().get(second).status_code == 404
    assert "The address is ended" in preparer.get("/calendar")
    preparer.post("/calendar/end", {}, form="/calendar")
    assert "There was no address to end" in preparer.get("/calendar")


def test_what_did_not_change_is_not_sent_again(app, database):
    home_return_due(database)
    path = made(app, "preparer")
    first = app.test_client().get(path)
    again = app.test_client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    home_return_due(database, date(2010, 3, 26))
    changed = app.test_client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert app.test_client().head(path).status_code == 200
    assert "no-cache" in first.headers["Cache-Control"]
    assert "private" in first.headers["Cache-Control"]


def test_an_address_that_is_read_too_often_is_closed_for_the_hour(app, database, clock):
    path, other = made(app, "preparer"), made(app, "approver")
    with database.work(SYSTEM, NOW) as work:
        hour = NOW.replace(minute=0, second=0)
        work.session.execute(update(CalendarFeed).values(hour=hour, fetches=PER_HOUR - 1))
    assert app.test_client().get(path).status_code == 200
    refused = app.test_client().get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert app.test_client().get(other).status_code == 200
    clock.forward(hours=1)
    assert app.test_client().get(path).status_code == 200


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "..", "%27%20or%201=1", "%E2%82%AC"])
def test_an_address_that_is_none_is_not_found(app, token):
    assert app.test_client().get(f"/calendar/{token}.ics").status_code == 404


def test_no_address_is_logged_not_even_when_something_breaks(app, monkeypatch, caplog):
    path = made(app, "preparer")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_):
        raise RuntimeError("out of paper")

    monkeypatch.setattr(views, "owed_by", broken)
    with caplog.at_level(logging.DEBUG):
        assert app.test_client().get(path).status_code == 500
    assert "out of paper" in caplog.text
    assert "/calendar/<token>.ics" in caplog.text
    assert path.removeprefix("/calendar/").removesuffix(".ics") not in caplog.text


def test_it_costs_the_same_for_few_and_for_many(app, database):
    paths = {who: made(app, who) for who in ("preparer", "coordinator", "manager", "officer")}
    costs = {}
    for who, path in paths.items():
        app.test_client().get(path)
        with Statements(app.database.engine) as statements:
            app.test_client().get(path)
        costs[who] = len(statements.told)
    assert max(costs.values()) <= 8
    assert len(set(costs.values())) == 1


def test_text_that_looks_like_more_of_the_file_stays_text(app, database):
    home_return_due(database)
    with database.work(SYSTEM, NOW) as work:
        deadline = open_deadline_of(work.session, case_of(work.session), "return_due")
        deadline.explanation = ["one, two; three\\n", "END:VEVENT\r\nBEGIN:VEVENT", "ünïcode " * 30]
    path = made(app, "preparer")
    (entry,) = entries(app, path).values()
    assert "one, two; three\\n" in str(entry["DESCRIPTION"])
    assert "ünïcode" in str(entry["DESCRIPTION"])
    assert not re.search(rb"^END:VEVENT\r\nBEGIN:VEVENT", app.test_client().get(path).data, re.MULTILINE)


def test_an_extension_that_nobody_noted_still_moves_the_entry(app, database):
    """The date itself is always the one of now, whichever way it was moved."""
    home_return_due(database)
    path = made(app, "preparer")
    with database.work(SYSTEM, NOW) as work:
        put_off(work, case_of(work.session), "return_due", FEBRUARY + timedelta(days=3))
    assert entries(app, path).popitem()[1].decoded("DTSTART") == FEBRUARY + timedelta(days=3)
