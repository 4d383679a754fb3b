"""Returned mail: the notice fails, an address that does not exist is marked, and nothing else that comes in changes anything."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select, update

from tests.conftest import NOW
from tests.support.bounces import report
from tests.support.mailing import mail_server, notices_of, queue_mails
from tests.support.site import Browser
from webapp import record
from webapp.accounts.models import Person
from webapp.db import SYSTEM
from webapp.mail import LocalOutbox
from webapp.notices.bounces import take
from webapp.notices.delivery import deliver
from webapp.notices.models import Notice
from webapp.record import Event
from workflows.deadlines.bounces import read

UNKNOWN = "550 5.1.1 <{}>: Recipient address rejected: User unknown"
LATER = NOW + timedelta(hours=1)


def _sent(database, number=1, **more):
    ids = queue_mails(database, NOW, number, **more)
    assert deliver(database, LocalOutbox(), NOW)["sent"] == number
    return notices_of(database, ids)


def _take(database, content, now=LATER):
    with database.work(SYSTEM, now) as work:
        return take(work, read(content))


def _report(notice, **more):
    return report(notice.message_id, more.pop("to", notice.email), **{"date": format_datetime(NOW)} | more)


def _standing(database, notices):
    """All that a report can change: what became of these notices, whose address is marked, and how many events there are."""
    with database.reading() as session:
        marked = session.execute(select(Person.id, Person.mail_refused_at, Person.mail_refused).where(Person.mail_refused_at.is_not(None)))
        states = [(one.state, one.error) for one in notices_of(database, [one.id for one in notices])]
        return states, marked.all(), len(session.scalars(select(Event.seq)).all())


def _events(database, kind):
    with database.reading() as session:
        assert record.verify(session).sound
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.seq)))


@pytest.mark.parametrize("style", ["postfix", "exchange"])
def test_a_returned_mail_fails_and_marks_the_address_once(database, style):
    mine, other = _sent(database, 2)
    said, content = UNKNOWN.format(mine.email), _report(mine, style=style)
    told = _take(database, content)
    assert told == f"Mail {mine.message_id} to {mine.email} failed, and the address is marked as refused: {said}"
    after = _standing(database, [mine, other])
    assert after[:2] == ([("failed", f"Returned after it was sent: {said}"), ("sent", "")], [(mine.person_id, LATER, said)])
    (event,) = _events(database, "notice.failed")
    assert (event.entity_key, event.old, event.new) == (str(mine.id), '{"state": "sent"}', '{"state": "failed"}')
    assert [(one.entity_key, one.why) for one in _events(database, "person.mail_refused")] == [(str(mine.person_id), said)]
    assert "is failed by now, and the report tells of no later sending" in _take(database, content, LATER + timedelta(days=1))
    assert _standing(database, [mine, other]) == after


@pytest.mark.parametrize(("status", "diagnostic"), [
    ("5.2.2", "552 5.2.2 Mailbox full"), ("5.7.1", "554 5.7.1 Looks like spam"), ("5.0.0", "550 Not now"),
    ("4.4.1", "Connection timed out"),
])  # fmt: skip
def test_what_says_nothing_of_the_address_fails_the_mail_alone(database, status, diagnostic):
    (mine,) = _sent(database)
    assert "marked" not in _take(database, _report(mine, status=status, diagnostic=diagnostic))
    ((state, error),), marked, _ = _standing(database, [mine])
    assert (state, marked) == ("failed", []) and status in error and diagnostic in error


@pytest.mark.parametrize(("change", "why"), [
    ({"action": "delayed", "status": "4.4.1"}, "is delayed, not failed"),
    ({"action": "relayed", "status": "2.0.0"}, "is relayed, not failed"),
    ({"action": "delivered", "status": "2.1.5"}, "is delivered, not failed"),
    ({"to": "mallory@example.org"}, "the report is about mallory@example.org, and not about mail"),
])  # fmt: skip
def test_what_is_no_failure_or_of_another_address_changes_nothing(database, change, why):
    (mine,) = _sent(database)
    before = _standing(database, [mine])
    told = _take(database, _report(mine, **change))
    assert told.startswith("Nothing was changed: ") and why in told
    assert _standing(database, [mine]) == before


def test_a_report_of_a_mail_that_nobody_knows_or_of_none_changes_nothing(database):
    (mine,) = _sent(database)
    with database.work(SYSTEM, NOW) as work:  # a notice without a mail is not found by a report without one
        work.session.execute(update(Notice).where(Notice.id == mine.id).values(message_id=""))
    before = _standing(database, [mine])
    assert "no mail of ours has the Message-ID <other@example.org>" in _take(database, report("<other@example.org>", mine.email))
    assert "does not hold the Message-ID" in _take(database, report("", mine.email))
    assert _standing(database, [mine]) == before


def test_a_mail_that_was_forwarded_fails_without_a_mark_on_either_address(database):
    (mine,) = _sent(database)
    told = _take(database, _report(mine, to="elsewhere@example.org", original=mine.email))
    assert told.startswith(f"Mail {mine.message_id} to {mine.email} failed: ")
    assert _standing(database, [mine])[:2] == ([("failed", f"Returned after it was sent: {UNKNOWN.format('elsewhere@example.org')}")], [])


def test_all_notices_of_one_mail_fail_and_no_other(database):
    ids = queue_mails(database, NOW, 4, bundle="daily:2010-02-01")
    with database.work(SYSTEM, NOW) as work:
        person = work.session.scalars(select(Notice.person_id).where(Notice.id == ids[0])).one()
        work.session.execute(update(Notice).where(Notice.id.in_(ids[:3])).values(person_id=person))
    deliver(database, LocalOutbox(), NOW)
    with database.work(SYSTEM, NOW) as work:  # one of them had been overtaken before an attempt that counted
        work.session.execute(update(Notice).where(Notice.id == ids[2]).values(state="dropped"))
    _take(database, _report(notices_of(database, ids)[0]))
    assert [one.state for one in notices_of(database, ids)] == ["failed", "failed", "dropped", "sent"]
    assert [event.entity_key for event in _events(database, "notice.failed")] == [str(one) for one in ids[:2]]
    assert len(_events(database, "person.mail_refused")) == 1


def test_an_address_that_is_another_one_by_now_is_not_marked(database):
    (mine,) = _sent(database)
    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(Person, mine.person_id).email = "another@example.org"
    assert "marked" not in _take(database, _report(mine))
    states, marked, _ = _standing(database, [mine])
    assert (states[0][0], marked) == ("failed", [])


def test_two_mails_to_one_address_mark_it_once_since_the_first(database):
    mails = _sent(database, 2)
    with database.work(SYSTEM, NOW) as work:
        values = {"person_id": mails[0].person_id, "email": mails[0].email}
        work.session.execute(update(Notice).where(Notice.id == mails[1].id).values(**values))
    mails = notices_of(database, [one.id for one in mails])
    assert "marked" in _take(database, _report(mails[0]))
    assert "marked" not in _take(database, _report(mails[1]), LATER + timedelta(days=1))
    states, marked, _ = _standing(database, mails)
    assert [state for state, _ in states] == ["failed", "failed"] and [row.mail_refused_at for row in marked] == [LATER]


def test_a_mail_returned_before_its_sending_was_written_down_stays_failed(database):
    """A fast server: the report is read while whoever sent the mail still has it in hand."""
    (mail,) = queue_mails(database, NOW, 1)

    class Fast(LocalOutbox):
        def talk(self, line, mail):
            assert "marked" in _take(database, report(mail.message_id, mail.to, date=format_datetime(mail.at)))
            return super().talk(line, mail)

    deliver(database, Fast(), NOW)
    (notice,) = notices_of(database, [mail])
    assert (notice.state, notice.claimed_by, notice.leased_until) == ("failed", "", None)
    assert [event.old for event in _events(database, "notice.failed")] == ['{"state": "sending"}']


def test_an_officer_reads_of_it_trusts_the_address_and_sends_again_and_the_old_report_says_nothing_of_that(app, database, clock):
    (mine,) = _sent(database)
    content = _report(mine)
    _take(database, content)
    officer = Browser(app, "officer")
    page = officer.get(f"/outbox/{mine.id}")
    assert "Failed, sent " in page and "Returned after it was sent: 550 5.1.1" in page
    assert f"The address {mine.email} was refused on" in page and "The address works again" in page
    officer.post(f"/outbox/addresses/{mine.person_id}/trust", {}, form=f"/outbox/{mine.id}")
    officer.post("/outbox/selection", {"act": "resend", "ids": str(mine.id)}, form="/outbox")
    waiting = _standing(database, [mine])
    assert "is queued by now" in _take(database, content)
    assert _standing(database, [mine]) == waiting
    assert notices_of(database, [mine.id])[0].sent_at is None
    again = NOW + timedelta(hours=2, microseconds=900)
    with mail_server() as server:
        assert deliver(database, server.transport, max(again, clock.now))["sent"] == 1
    assert server.ids == [mine.message_id]
    sent = _standing(database, [mine])
    assert "is sent by now, and the report tells of no later sending" in _take(database, content)
    assert _standing(database, [mine]) == sent and sent[1] == []
    assert "marked" in _take(database, _report(mine, date=server.taken[0].message["Date"]))
    assert [state for state, _ in _standing(database, [mine])[0]] == ["failed"]
