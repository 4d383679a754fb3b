"""What officers see of all mail, and what they do with it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.bench.floor import listening
from tests.conftest import NOW
from tests.support.mailing import mail_server, notices_of, queue_mails
from tests.support.site import Browser, find
from webapp import record
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.mail import LocalOutbox
from webapp.notices.delivery import deliver
from webapp.notices.models import MailHold, Notice
from webapp.record import Event


def _act(browser, act, ids, **more):
    query = "&".join([f"act={act}", *(f"id={one}" for one in ids)])
    page = browser.get(f"/outbox/selection?{query}")
    chosen = find(r'name="ids" value="([\d,]*)"', page)
    browser.post("/outbox/selection", {"act": act, "ids": chosen, **more}, form=f"/outbox/selection?{query}")
    return page


def _events(database, kind):
    with database.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.seq)))


def test_mail_is_held_let_go_cancelled_and_sent_with_an_event_for_each(app, database, clock):
    ids = queue_mails(database, NOW, 4)
    officer = Browser(app, "officer")
    page = _act(officer, "hold", ids[:3], why="The date is wrong")
    assert "Hold: 3 mails" in page
    assert [one.state for one in notices_of(database, ids)] == ["held", "held", "held", "queued"]
    _act(officer, "release", ids[:1])
    assert "2 of those that you chose are not in a state for it" in _act(officer, "cancel", [*ids[1:2], *ids[2:3], 999999, 999998])
    deliver(database, LocalOutbox(), clock.now)
    assert [one.state for one in notices_of(database, ids)] == ["sent", "cancelled", "cancelled", "sent"]
    assert [event.why for event in _events(database, "notice.hold")] == ["The date is wrong"] * 3
    assert len(_events(database, "notice.cancel")) == 2 and len(_events(database, "notice.release")) == 1
    assert all(one.settled_by for one in notices_of(database, ids[:3]))
    assert "No mail is cancelled" in officer.client.post(
        "/outbox/selection", data=officer.form("/outbox") | {"act": "cancel", "ids": str(ids[0])}, follow_redirects=True).text  # fmt: skip
    with database.reading() as session:
        assert record.verify(session).sound


def test_what_was_sent_is_sent_again_as_a_mail_of_its_own_and_what_failed_under_its_name(app, database, clock):
    sent, failed = queue_mails(database, NOW, 2)
    refused = notices_of(database, [failed])[0].email
    officer = Browser(app, "officer")
    with mail_server(recipient=lambda to: "550 5.1.1 Nobody" if to == refused else None) as server:
        deliver(database, server.transport, clock.now)
        name = notices_of(database, [failed])[0].message_id
        _act(officer, "resend", [sent, failed])
        server.recipient = None
        assert deliver(database, server.transport, clock.now) == {"sent": 1, "waiting": 0, "failed": 1, "dropped": 0}
        page = officer.get(f"/outbox/{failed}")
        assert "550 5.1.1 Nobody" in page
        with database.reading() as session:
            person = notices_of(database, [failed])[0].person_id
            again = session.scalars(select(Notice).where(Notice.again_of_id == sent)).one()
        officer.post(f"/outbox/addresses/{person}/trust", {}, form=f"/outbox/{failed}")
        _act(officer, "resend", [failed])
        assert deliver(database, server.transport, clock.now)["sent"] == 1
    first, second = notices_of(database, [sent])[0], notices_of(database, [again.id])[0]
    assert (second.state, second.subject, second.key) == ("sent", first.subject, f"again:1:{sent}")
    assert len(set(server.ids)) == len(server.ids) == 3 and server.ids[-1] == name
    assert "sent again" in officer.get(f"/outbox/{again.id}")
    assert len(_events(database, "person.mail_trusted")) == 1


@pytest.mark.parametrize("tried", [False, True])
def test_a_mail_of_several_notices_is_held_let_go_and_cancelled_whole(app, database, clock, tried):
    """Also before anything was tried, when they have nothing in common yet but the reader and the bundle."""
    ids = queue_mails(database, NOW, 5, bundle="daily")
    with database.work(SYSTEM, NOW) as work:
        people = list(work.session.scalars(select(Person.id).order_by(Person.id)))[:2]
        for these, person in ((ids[:4], people[0]), (ids[4:], people[1])):
            work.session.execute(update(Notice).where(Notice.id.in_(these)).values(person_id=person))
        work.session.execute(update(Notice).where(Notice.id == ids[3]).values(bundle=""))
    if tried:
        with mail_server(recipient=lambda _: "451 4.7.1 Later") as server:
            deliver(database, server.transport, clock.now)
    officer = Browser(app, "officer")
    for act, which, said, state in (("hold", 1, "Hold", "held"), ("release", 0, "Let go", "queued"), ("hold", 2, "Hold", "held"),
                                    ("cancel", 1, "Cancel", "cancelled")):  # fmt: skip
        assert f"{said}: 3 mails" in _act(officer, act, [ids[which]])
        assert [one.state for one in notices_of(database, ids)] == [state] * 3 + ["queued"] * 2
    assert len(_events(database, "notice.cancel")) == 3


def test_all_mail_is_held_with_a_reason_and_released(app, database, clock):
    ids = queue_mails(database, NOW, 2)
    officer = Browser(app, "officer")
    assert "Enter why all mail is held" in officer.post("/outbox/hold", {"why": " "}, form="/outbox", status=422)
    officer.post("/outbox/hold", {"why": "Wrong dates in round 2009"}, form="/outbox")
    assert "Wrong dates in round 2009" in officer.get("/outbox")
    assert "held already" in officer.post("/outbox/hold", {"why": "x"}, form="/outbox", status=422)
    assert deliver(database, LocalOutbox(), clock.now)["sent"] == 0
    officer.post("/outbox/release", {}, form="/outbox")
    assert "not held" in officer.post("/outbox/release", {}, form="/outbox", status=422)
    assert deliver(database, LocalOutbox(), clock.now)["sent"] == 2
    assert {one.state for one in notices_of(database, ids)} == {"sent"}
    with database.reading() as session:
        assert len(session.scalars(select(MailHold)).all()) == 1
    assert [event.kind for event in _events(database, "mail_hold.created") + _events(database, "mail_hold.changed")] == [
        "mail_hold.created", "mail_hold.changed",
    ]  # fmt: skip


@pytest.mark.parametrize(("query", "fits"), [
    ("state=held", [1]), ("state=queued", [0, 2]), ("person=PERSON", [2]),
    ("rule=chase", [0]), ("day=2010-02-02", [2]), ("case=nowhere", []),
    ("state=queued&day=2010-02-01", [0]),
])  # fmt: skip
def test_the_outbox_is_narrowed(app, database, clock, query, fits):
    ids = queue_mails(database, NOW, 3)
    with database.work(SYSTEM, NOW) as work:
        changed: tuple[dict[str, object], ...] = ({"rule": "chase"}, {"state": "held"}, {"queued_at": NOW + timedelta(days=1)})
        for one, values in zip(ids, changed, strict=True):
            work.session.execute(update(Notice).where(Notice.id == one).values(**values))
        name = work.session.scalar(select(Person.email).join(Notice, Notice.person_id == Person.id).where(Notice.id == ids[2]))
        work.session.execute(update(Notice).where(Notice.id.not_in(ids)).values(state="cancelled", queued_at=NOW - timedelta(days=9)))
    page = Browser(app, "officer").get(f"/outbox?{query.replace('PERSON', name)}")
    shown = [int(one) for one in re.findall(r'href="/outbox/(\d+)"', page) if int(one) in ids]
    assert sorted(shown) == [ids[number] for number in fits]


def test_bad_input_is_told(app, database):
    queue_mails(database, NOW, 1)
    officer = Browser(app, "officer")
    assert "Enter the day like 2010-02-26" in officer.get("/outbox?day=soon", 422)
    assert "Enter a day from 1990" in officer.get("/outbox?day=0001-01-01", 422)
    assert "Choose the mails first" in officer.get("/outbox/selection?act=hold", 422)
    assert "Choose what to do" in officer.get("/outbox/selection?act=burn", 400)
    officer.post("/outbox/selection", {"act": "hold", "ids": "x,,٣"}, form="/outbox")


def test_all_that_the_list_is_narrowed_to_is_chosen_at_once(app, database):
    ids = queue_mails(database, NOW, 40)
    page = Browser(app, "officer").get("/outbox/selection?act=cancel&all=1&state=queued")
    assert "Cancel: 40 mails" in page and f'value="{",".join(map(str, ids))}"' in page


def test_the_page_costs_the_same_however_many_there_are_and_html_is_shut_in(app, database, clock):
    queue_mails(database, NOW, 1)
    officer = Browser(app, "officer")
    officer.get("/outbox")
    counted = []
    for number in (3, 60):
        with database.work(SYSTEM, NOW) as work:
            for one in work.session.scalars(select(Notice).where(Notice.key.like("test:%"))):
                one.key = f"old{number}:{one.id}"
        ids = queue_mails(database, NOW, number, html="<script>alert('x')</script><p>Hello</p>")
        with listening(app.database.engine) as tape:
            officer.get("/outbox")
        counted.append(tape.counted)
    assert counted[0] == counted[1] <= 8
    page = officer.get(f"/outbox/{ids[0]}")
    assert "<script>alert" not in page and 'sandbox srcdoc="&lt;script&gt;' in page


def test_an_officer_is_told_today_of_mail_that_could_not_be_delivered_or_is_held(app, database, clock):
    ids = queue_mails(database, NOW, 3)
    officer = Browser(app, "officer")
    assert "could not be delivered" not in officer.get("/today")
    refused = notices_of(database, ids[:1])[0].email
    with mail_server(recipient=lambda to: "550 5.1.1 Nobody" if to == refused else None) as server:
        deliver(database, server.transport, clock.now)
    page = officer.get("/today")
    number = sum(one.state == "failed" for one in notices_of(database, ids))
    assert f"{number} mail{'' if number == 1 else 's'} could not be delivered" in page
    assert "The address of one person is refused, so they get no mail." in page
    assert "All mail is held" not in page
    officer.post("/outbox/hold", {"why": "A wrong date"}, form="/outbox")
    assert "All mail is held" in officer.get("/today")
    assert "could not be delivered" not in Browser(app, "preparer").get("/today")
    clock.forward(days=31)
    assert "could not be delivered" not in Browser(app, "officer").get("/today")


def test_who_was_told_in_a_case_is_read_page_by_page(app, database, clock):
    ids = queue_mails(database, NOW, 35)
    with database.reading() as session:
        ref = session.scalars(select(Case.ref).join(Notice, Notice.case_id == Case.id).where(Notice.id == ids[0])).one()
    officer = Browser(app, "officer")
    first, second = (officer.get(f"/cases/{ref}/record?told={page}").partition('id="told"')[2] for page in (1, 2))
    assert first.count("<tr") == 31
    assert "Mail 34<" in first and "Mail 34<" not in second
    assert "Mail 0<" in second and "Mail 0<" not in first
    assert "?told=2#told" in first and "?told=1#told" in second
    assert "Nobody before that." in officer.get(f"/cases/{ref}/record?told=9999")
