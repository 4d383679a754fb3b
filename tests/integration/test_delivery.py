"""Delivery to a mail server of the real protocol: once, under one Message-ID, later when it must, never what is not true."""

from collections import Counter
from datetime import timedelta
from time import sleep

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.mailing import DROP, mail_server, notices_of, once, queue_mails
from tests.support.site import at_once
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM, Database
from webapp.deadlines.models import Deadline
from webapp.mail import UNKNOWN, LocalOutbox
from webapp.notices import delivery, truth
from webapp.notices.delivery import deliver
from webapp.notices.models import MailHold, Notice, ReminderPause
from webapp.notices.reminding import remind
from webapp.notices.texts import together
from webapp.record import Event


def test_mails_leave_once_over_few_connections_with_their_headers(database):
    ids = queue_mails(database, NOW, 45)
    with mail_server() as server:
        assert deliver(database, server.transport, NOW) == {"sent": 45, "waiting": 0, "failed": 0, "dropped": 0}
        assert deliver(database, server.transport, NOW + timedelta(days=1))["sent"] == 0
    assert server.sessions <= 4
    assert len(set(server.ids)) == len(server.taken) == 45
    first = notices_of(database, ids)[0]
    (mail,) = [one.message for one in server.taken if one.message_id == first.message_id]
    assert (mail["To"], mail["Subject"], mail["Auto-Submitted"]) == (first.email, "Mail 0", "auto-generated")
    assert mail["Date"] == "Mon, 01 Feb 2010 10:00:00 +0000"
    assert first.message_id.startswith("<notice-") and (first.state, first.sent_at, first.attempts) == ("sent", NOW, 1)
    assert first.answer == "250 2.0.0 queued as 1"
    assert (first.claimed_by, first.leased_until) == ("", None)


def test_four_deliverers_at_once_send_each_mail_once(database):
    queue_mails(database, NOW, 120)
    with mail_server() as server:
        others = [Database(database.url) for _ in range(4)]
        counts = at_once(*(lambda one=one: deliver(one, server.transport, NOW) for one in others))
        for one in others:
            one.engine.dispose()
    assert sum(count["sent"] for count in counts) == 120
    assert len(server.taken) == len(set(server.ids)) == 120


def test_a_mail_of_several_notices_leaves_as_one_and_stays_one(database):
    ids = queue_mails(database, NOW, 5, bundle="daily:2010-02-01")
    with database.work(SYSTEM, NOW) as work:
        person, other = work.session.scalars(select(Person).order_by(Person.id).limit(2))
        work.session.execute(update(Notice).where(Notice.id.in_(ids)).values(person_id=person.id))
        work.session.execute(update(Notice).where(Notice.id == ids[3]).values(person_id=other.id))
        work.session.execute(update(Notice).where(Notice.id == ids[4]).values(not_before=NOW + timedelta(hours=1)))
    with mail_server(recipient=once("451 4.7.1 Greylisted")) as server:
        assert deliver(database, server.transport, NOW) == {"sent": 0, "waiting": 4, "failed": 0, "dropped": 0}
        named = [one.message_id for one in notices_of(database, ids)]
        assert len(set(named[:3])) == 1 and len({named[0], named[3], ""}) == 3 and named[4] == ""
        later = NOW + timedelta(hours=2)
        assert deliver(database, server.transport, later)["sent"] == 5
    assert [one.message_id for one in notices_of(database, ids)][:4] == named[:4]
    (whole,) = [one.message for one in server.taken if one.message_id == named[0]]
    assert whole["Subject"] == "Back-office benchmarking: 3 messages"
    said = whole.get_body(("plain",)).get_content()
    assert [f"This is mail {number}." in said for number in range(5)] == [True, True, True, False, False]
    assert len(server.taken) == 3


def test_greylisting_waits_longer_each_time_and_is_given_up_after_five_days(database):
    (one,) = queue_mails(database, NOW, 1)
    now = NOW
    waits, names = [], set()
    with mail_server(recipient=lambda _: "451 4.7.1 Greylisted, try again later") as server:
        for _ in range(60):
            counts = deliver(database, server.transport, now)
            (notice,) = notices_of(database, [one])
            names.add(notice.message_id)
            if counts["failed"]:
                break
            assert counts["waiting"] == 1 and deliver(database, server.transport, notice.not_before - timedelta(seconds=1))["waiting"] == 0
            waits.append((notice.not_before - now).total_seconds() / 60)
            now = notice.not_before
    assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]
    assert timedelta(days=5) <= now - NOW < timedelta(days=5, hours=4)
    assert (notice.state, len(names), notice.answer) == ("failed", 1, "451 4.7.1 Greylisted, try again later")
    assert notice.error.startswith(f"Given up after {len(waits) + 1} attempts: 451")
    with database.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "notice.failed")).one()
        assert event.entity_key == str(one) and "Given up" in event.why


def test_a_drop_before_the_text_waits_and_one_after_it_may_have_arrived_and_keeps_its_name(database):
    ids = queue_mails(database, NOW, 2)
    before, after = (one.email for one in notices_of(database, ids))
    dropped, hung = once(DROP), once(DROP)
    with mail_server(
        recipient=lambda to: dropped(to) if to == before else None, text=lambda to: hung(to) if to == after else None
    ) as server:
        while any(one.state != "sent" for one in notices_of(database, ids)):
            deliver(database, server.transport, NOW)
            unknown = [one for one in notices_of(database, ids) if one.error.startswith(UNKNOWN)]
            if unknown:
                assert (unknown[0].email, unknown[0].state, unknown[0].answer) == (after, "queued", "")
            with database.work(SYSTEM, NOW) as work:
                work.session.execute(update(Notice).where(Notice.state == "queued").values(not_before=NOW))
    told = [one.message_id for one in server.arrived if one.to == after]
    assert len(told) == 2 and len(set(told)) == 1
    assert len([one for one in server.arrived if one.to == before]) == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_yes_that_leads_no_further_is_not_sent_and_does_not_stand_in_the_way_of_the_next(database, pipelining):
    ids = queue_mails(database, NOW, 2)
    odd, other = notices_of(database, ids)
    first = once("252 2.1.5 Cannot verify, but will try")
    with mail_server(recipient=lambda to: first(to) if to == odd.email else None, pipelining=pipelining) as server:
        transport = server.transport
        transport.lines = 1
        assert deliver(database, transport, NOW) == {"sent": 1, "waiting": 1, "failed": 0, "dropped": 0}
        assert [one.to for one in server.arrived] == [other.email], "no mail without its text arrived"
        assert notices_of(database, ids)[0].error.startswith("252 2.1.5 Cannot verify")
        assert deliver(database, server.transport, NOW + timedelta(minutes=1))["sent"] == 1
    assert [one.to for one in server.taken] == [other.email, odd.email]


def test_an_address_refused_for_good_is_marked_and_not_tried_until_it_is_another_one(database):
    ids = queue_mails(database, NOW, 1)
    address = notices_of(database, ids)[0].email
    with mail_server(recipient=lambda to: "550 5.1.1 No such user here" if to == address else None) as server:
        assert deliver(database, server.transport, NOW)["failed"] == 1
        with database.work(SYSTEM, NOW) as work:
            work.session.execute(update(Notice).where(Notice.id == ids[0]).values(key="before"))
        more = queue_mails(database, NOW, 2)
        assert deliver(database, server.transport, NOW) == {"sent": 1, "waiting": 0, "failed": 1, "dropped": 0}
        late, other = notices_of(database, more)
        assert (late.state, late.attempts, other.state) == ("failed", 0, "sent")
        assert "refused before. 550 5.1.1 No such user here" in late.error
        with database.work(SYSTEM, NOW) as work:
            person = work.session.scalars(select(Person).where(Person.email == address)).one()
            assert (person.mail_refused_at, person.mail_refused) == (NOW, "550 5.1.1 No such user here")
            person.email = "another@example.org"
            assert (person.mail_refused_at, person.mail_refused) == (None, "")
            work.session.execute(update(Notice).where(Notice.id == late.id).values(state="queued"))
        assert deliver(database, server.transport, NOW)["sent"] == 1
    assert server.taken[-1].to == "another@example.org"
    with database.reading() as session:
        assert session.scalar(select(Event.why).where(Event.kind == "person.mail_refused")) == "550 5.1.1 No such user here"


@pytest.mark.parametrize(("rules", "tried"), [
    ({"sender": lambda _: "553 5.7.1 Sender not allowed"}, 4), ({"recipient": lambda _: "554 5.7.1 Relay access denied"}, 4),
    ({"recipient": lambda _: "421 4.3.2 Closing down"}, 4),
])  # fmt: skip
def test_a_server_that_takes_nothing_marks_nobody_and_is_left_alone_until_the_next_tick(database, rules, tried):
    ids = queue_mails(database, NOW, 60)
    with mail_server(**rules) as server:
        counts = deliver(database, server.transport, NOW)
        assert 1 <= counts["waiting"] <= 2 * tried and counts["sent"] == counts["failed"] == 0
        untried = [one for one in notices_of(database, ids) if one.attempts == 0]
        assert len(untried) == 60 - counts["waiting"]
        assert all((one.state, one.first_tried_at, one.claimed_by, one.not_before) == ("queued", None, "", NOW) for one in untried)
        server.sender = server.recipient = None
        assert deliver(database, server.transport, NOW + timedelta(minutes=1))["sent"] == 60
    with database.reading() as session:
        assert session.scalars(select(Person.id).where(Person.mail_refused_at.is_not(None))).all() == []


def test_no_server_at_all_waits(database):
    (one,) = queue_mails(database, NOW, 1)
    with mail_server() as server:
        pass
    assert deliver(database, server.transport, NOW)["waiting"] == 1
    (notice,) = notices_of(database, [one])
    assert notice.state == "queued" and "refused" in notice.error and notice.answer == ""


def test_a_slow_server_keeps_its_claim_while_it_is_at_it_and_another_process_leaves_it_alone(database):
    queue_mails(database, NOW, 6)
    with mail_server(slow=0.5) as server:
        other = Database(database.url)
        counts = at_once(*(lambda one=one: deliver(one, server.transport, NOW, lease=timedelta(seconds=1)) for one in (database, other)))
        other.engine.dispose()
    assert sum(count["sent"] for count in counts) == 6
    assert len(server.taken) == len(set(server.ids)) == 6


def test_a_server_that_is_silent_over_one_mail_lets_the_others_go_on(database):
    """It answers to the first when all others have arrived: that they do not wait for it is why it ever answers in time."""
    ids = queue_mails(database, NOW, 12)
    silent, *others = notices_of(database, ids)
    with mail_server() as server:
        server.slow = lambda to: 0.01 if to == silent.email and len(server.arrived) < len(others) else 0
        assert deliver(database, server.transport, NOW) == {"sent": 12, "waiting": 0, "failed": 0, "dropped": 0}
    assert server.arrived[-1].to == silent.email


def test_a_server_that_is_silent_for_too_long_over_a_mail_leaves_it_waiting(database, monkeypatch):
    monkeypatch.setattr("webapp.mail.TIMEOUT_SECONDS", 1)
    (one,) = queue_mails(database, NOW, 1)
    over: list[bool] = []
    with mail_server(slow=lambda _: 0 if over else 0.05) as server:
        assert deliver(database, server.transport, NOW)["waiting"] == 1
        over.append(True)
    (waits,) = notices_of(database, [one])
    assert (waits.state, waits.error) == ("queued", f"{UNKNOWN}: no answer in 1 seconds")


def test_what_a_server_answered_while_something_else_took_long_counts(database, monkeypatch):
    """Here to keep the first answer takes longer than a server is waited for, and the others' answers came meanwhile."""
    monkeypatch.setattr("webapp.mail.TIMEOUT_SECONDS", 1)
    queue_mails(database, NOW, 8)
    keep, calls = delivery._Run._keep, []

    def slowly(self, answered):
        calls.append(answered)
        if len(calls) == 1:
            sleep(1.5)
        keep(self, answered)

    monkeypatch.setattr(delivery._Run, "_keep", slowly)
    with mail_server() as server:
        assert deliver(database, server.transport, NOW) == {"sent": 8, "waiting": 0, "failed": 0, "dropped": 0}
    assert len(server.ids) == len(set(server.ids)) == 8


def test_an_answer_that_no_database_could_keep_is_kept_without_what_it_could_not(database):
    (one,) = queue_mails(database, NOW, 1)
    with mail_server(text=lambda _: "250 2.0.0 queued\x00 as\x07 1") as server:
        assert deliver(database, server.transport, NOW)["sent"] == 1
    assert notices_of(database, [one])[0].answer == "250 2.0.0 queued  as  1"


def test_one_answer_that_cannot_be_kept_costs_no_other_its_own(database, monkeypatch, caplog):
    ids = queue_mails(database, NOW, 8)
    odd = notices_of(database, ids)[1].id
    keep = delivery._Run._keep

    def refusing(self, answered):
        if any(notice.id == odd for claimed, _ in answered for notice in claimed.notices):
            raise ValueError("this answer will not do")
        keep(self, answered)

    with monkeypatch.context() as refused, mail_server() as server:
        refused.setattr(delivery._Run, "_keep", refusing)
        with pytest.raises(ValueError, match="will not do"):
            deliver(database, server.transport, NOW)
        taken = set(server.ids)
    mails = {one.id: one for one in notices_of(database, ids)}
    assert {one.message_id for one in mails.values() if one.state == "sent"} == taken - {mails[odd].message_id}
    (told,) = [one.getMessage() for one in caplog.records if "may be sent again" in one.getMessage()]
    assert told.count("<") == 1 and mails[odd].message_id in told
    assert {one.state for one in mails.values()} == {"sent", "sending", "queued"}
    assert [one.id for one in mails.values() if one.state == "sending"] == [odd]


@pytest.mark.parametrize("moved", [timedelta(minutes=6), timedelta(days=-3)], ids=["later", "the clock was set back"])
def test_what_a_dead_process_left_is_taken_up_under_its_name_and_not_sooner(database, moved):
    ids = queue_mails(database, NOW, 2)
    with database.work(SYSTEM, NOW) as work:
        left = {"state": "sending", "claimed_by": "dead:1:a", "message_id": "<kept@example.org>", "attempts": 1, "first_tried_at": NOW}
        work.session.execute(update(Notice).where(Notice.id == ids[0]).values(leased_until=NOW + timedelta(minutes=5), **left))
        work.session.execute(update(Notice).where(Notice.id == ids[1]).values(state="cancelled"))
    with mail_server() as server:
        assert deliver(database, server.transport, NOW + timedelta(minutes=4))["sent"] == 0
        assert deliver(database, server.transport, NOW + moved)["sent"] == 1
    assert server.ids == ["<kept@example.org>"]


def _away():
    return OperationalError("update", None, Exception("the database is away"))


class GoesAway(LocalOutbox):
    """While it sends the second mail, the database goes away: PostgreSQL ends every connection, SQLite is locked until it is `back`."""

    lines = 1

    def __init__(self, database):
        self.database, self.lock = database, database.session(write=True)
        self.sent, self.pauses = [], []

    def talk(self, line, mail):
        self.sent.append(mail.message_id)
        if len(self.sent) == 2 and self.database.engine.dialect.name == "postgresql":
            every = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            self.lock.execute(text(every))
            self.lock.rollback()
        elif len(self.sent) == 2:
            self.lock.connection()
        return super().talk(line, mail)

    def back(self, seconds):
        self.pauses.append(seconds)
        self.lock.rollback()


def test_answers_are_kept_though_the_database_goes_away_for_a_moment(database, monkeypatch):
    def impatient(self, real=Database.apart):
        apart = real(self)
        if apart.dialect.name == "sqlite":
            apart.connection.execute("PRAGMA busy_timeout=1")
        return apart

    monkeypatch.setattr(Database, "apart", impatient)
    ids, transport = queue_mails(database, NOW, 4), GoesAway(database)
    assert deliver(database, transport, NOW, pause=transport.back) == {"sent": 4, "waiting": 0, "failed": 0, "dropped": 0}
    assert transport.pauses == [delivery.PAUSES[0]] and len(set(transport.sent)) == len(transport.sent) == 4
    assert {one.state for one in notices_of(database, ids)} == {"sent"}


def test_a_database_that_cannot_be_reached_is_told_as_one_that_went_away(tmp_path):
    for url in (f"sqlite:///{tmp_path}/nowhere/yardstick.db", f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"):
        with pytest.raises(OperationalError, match="connect"):
            Database(url).apart()


def test_what_is_settled_at_the_second_attempt_is_counted_and_told_once(database, monkeypatch):
    queue_mails(database, NOW, 1)
    outcomes, calls = delivery._Run._outcomes, []

    def at_first_away(*given):
        found = outcomes(*given)
        calls.append(found)
        if len(calls) == 1:
            raise _away()
        return found

    monkeypatch.setattr(delivery._Run, "_outcomes", at_first_away)
    with mail_server(recipient=lambda _: "550 5.1.1 No such user here") as server:
        assert deliver(database, server.transport, NOW, pause=lambda _: None)["failed"] == 1
    assert len(calls) == 2
    with database.reading() as session:
        kinds = [one.kind for one in session.scalars(select(Event).where(Event.kind.in_(("notice.failed", "person.mail_refused"))))]
    assert sorted(kinds) == ["notice.failed", "person.mail_refused"]


def test_a_database_that_stays_away_ends_it_with_what_was_in_flight_logged(database, monkeypatch, caplog):
    queue_mails(database, NOW, 12)
    pauses: list[float] = []
    with mail_server() as server:
        with monkeypatch.context() as away:
            away.setattr(delivery._Run, "_mark_sent", lambda *_: (_ for _ in ()).throw(_away()))
            with pytest.raises(OperationalError):
                deliver(database, server.transport, NOW, pause=pauses.append)
        assert set(delivery.PAUSES) == set(pauses) and sum(pauses) < delivery.LEASE.total_seconds() / 4
        in_flight = set(server.ids)
        assert 1 <= len(in_flight) <= 4
        (told,) = [one.getMessage() for one in caplog.records if "may be sent again" in one.getMessage()]
        assert all(f"{name} (250 2.0.0 queued as 1)" in told for name in in_flight) and told.count("<") == len(in_flight)
        assert deliver(database, server.transport, NOW + timedelta(minutes=6))["sent"] == 12
    assert {name for name, number in Counter(server.ids).items() if number == 2} == in_flight and len(set(server.ids)) == 12


def test_whatever_is_raised_while_sending_what_is_in_flight_is_brought_to_its_end_and_kept(database, monkeypatch):
    ids = queue_mails(database, NOW, 9)
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    confirm, calls = delivery._Run._confirm, []

    def broken(*given):
        calls.append(given)
        if len(calls) == 4:
            raise RuntimeError("something else")
        return confirm(*given)

    monkeypatch.setattr(delivery._Run, "_confirm", broken)
    with mail_server() as server:
        with pytest.raises(RuntimeError, match="something else"):
            deliver(database, server.transport, NOW)
        sent = [one.message_id for one in notices_of(database, ids) if one.state == "sent"]
        assert len(sent) == 3 and sorted(sent) == sorted(server.ids)
        assert deliver(database, server.transport, NOW)["sent"] == 6, "those that had not begun were given back"
    assert len(set(server.ids)) == len(server.ids) == 9


def test_a_mail_that_cannot_be_written_fails_with_the_reason_and_the_others_leave(database, monkeypatch):
    ids = queue_mails(database, NOW, 3)

    def broken(notices, **more):
        if notices[0].id == ids[0]:
            raise ValueError("no such template")
        return together(notices, **more)

    monkeypatch.setattr(delivery, "together", broken)
    assert deliver(database, LocalOutbox(), NOW) == {"sent": 2, "waiting": 0, "failed": 1, "dropped": 0}
    bad, *others = notices_of(database, ids)
    assert (bad.state, bad.error) == ("failed", "It could not be written: ValueError: no such template")
    assert {one.state for one in others} == {"sent"}
    with database.reading() as session:
        assert session.scalars(select(Event.entity_key).where(Event.kind == "notice.failed")).all() == [str(bad.id)]


def test_a_notice_that_cannot_be_judged_waits_as_after_an_attempt_and_the_others_leave(database, clock, monkeypatch):
    _, reminders = _reminders(database, clock)
    facts = queue_mails(database, clock.now, 2, first=1)
    odd, real = reminders[0].id, truth._why_not

    def broken(notice, *given):
        if notice.id == odd:
            raise LookupError("no such role")
        return real(notice, *given)

    monkeypatch.setattr(truth, "_why_not", broken)
    counts = deliver(database, LocalOutbox(), clock.now + timedelta(minutes=10))
    assert (counts["waiting"], counts["failed"], counts["sent"]) == (1, 0, len(reminders) - 1 + len(facts))
    (bad,) = notices_of(database, [odd])
    said = "Whether it is still true could not be told: LookupError: no such role"
    assert (bad.state, bad.error, bad.attempts, bad.not_before) == ("queued", said, 1, clock.now + timedelta(minutes=11))
    late = clock.now + timedelta(days=6)
    with database.work(SYSTEM, late) as work:
        work.session.execute(update(Notice).where(Notice.id == odd).values(due_at=None))
    assert deliver(database, LocalOutbox(), late)["failed"] == 1
    assert notices_of(database, [odd])[0].error == f"Given up: {said}"
    with database.reading() as session:
        assert session.scalars(select(Event.entity_key).where(Event.kind == "notice.failed")).all() == [str(odd)]


class Robbed(LocalOutbox):
    """While it sends its first mail, another process takes up all the others."""

    lines = 1

    def __init__(self, database):
        self.database, self.sent = database, 0

    def talk(self, line, mail):
        self.sent += 1
        with self.database.work(SYSTEM, NOW) as work:
            others = Notice.state == "sending", Notice.message_id != mail.message_id
            work.session.execute(update(Notice).where(*others).values(claimed_by="another:1:b", state="sent", sent_at=NOW))
        return super().talk(line, mail)


def test_what_another_took_up_meanwhile_is_not_sent(database, monkeypatch):
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    queue_mails(database, NOW, 5)
    transport = Robbed(database)
    assert deliver(database, transport, NOW) == {"sent": 1, "waiting": 0, "failed": 0, "dropped": 0}
    assert transport.sent == 1


def test_nothing_leaves_while_all_mail_is_held_or_before_its_delay(database):
    ids = queue_mails(database, NOW, 3)
    with database.work(SYSTEM, NOW) as work:
        hold = MailHold(held_at=NOW, held_by=work.session.scalars(select(Person.id)).first(), reason="Wrong dates")
        work.session.add(hold)
    assert deliver(database, LocalOutbox(), NOW)["sent"] == 0
    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(MailHold, hold.id).released_at = NOW
    delay = timedelta(minutes=10)
    assert deliver(database, LocalOutbox(), NOW + timedelta(minutes=9), delay=delay)["sent"] == 0
    assert deliver(database, LocalOutbox(), NOW + timedelta(minutes=10), delay=delay)["sent"] == 3
    assert {one.state for one in notices_of(database, ids)} == {"sent"}


@pytest.mark.parametrize(("due", "leaves"), [
    (None, 10), (timedelta(days=3), 10), (timedelta(minutes=11), 10), (timedelta(minutes=10), 0), (timedelta(minutes=4), 0),
    (timedelta(days=-1), 10),
])  # fmt: skip
def test_the_delay_lets_no_mail_wait_beyond_its_deadline(database, due, leaves):
    """What is due before the delay is over leaves at once; what is later, or was due before it was written, waits as any other."""
    ids = queue_mails(database, NOW, 1, due_at=None if due is None else NOW + due)
    delay = timedelta(minutes=10)
    for minutes in (0, 10):
        deliver(database, LocalOutbox(), NOW + timedelta(minutes=minutes), delay=delay)
        assert notices_of(database, ids)[0].state == ("sent" if minutes >= leaves else "queued")


def _reminders(database, clock):
    """The reminders of one deadline, queued and not sent, and nothing else that is queued."""
    queue_mails(database, clock.now, 0)
    with database.work(SYSTEM, clock.now) as work:
        case = work.session.scalars(select(Case).where(Case.ref == REF)).one()
        runs = Deadline.case_id == case.id, Deadline.closed_at.is_(None), Deadline.remind_at.is_not(None)
        deadline = work.session.scalars(select(Deadline).where(*runs).order_by(Deadline.remind_at)).first()
    clock.now = deadline.remind_at
    assert remind(database, clock.now)
    with database.work(SYSTEM, clock.now) as work:
        others = update(Notice).where(Notice.state == "queued", Notice.deadline_id != deadline.id)
        work.session.execute(others.values(state="cancelled").execution_options(synchronize_session=False))
        return deadline, list(work.session.scalars(select(Notice).where(Notice.state == "queued").order_by(Notice.id)))


def _closed(session, deadline, notice, now):
    deadline.closed_at, deadline.outcome = now, "met"


def _stopped(session, deadline, notice, now):
    deadline.stopped_at = now


def _moved(session, deadline, notice, now):
    deadline.due_at += timedelta(days=7)


def _role_ended(session, deadline, notice, now):
    query = select(Membership).where(Membership.person_id == notice.person_id, Membership.role == notice.role)
    for held in session.scalars(query):
        held.until = now


def _deactivated(session, deadline, notice, now):
    session.get_one(Person, notice.person_id).active = False


def _paused(session, deadline, notice, now):
    case = session.get_one(Case, deadline.case_id)
    session.add(ReminderPause(body_id=case.body_id, case_id=case.id, at=now, until=now + timedelta(days=9), reason="A flood"))


OVERTAKEN = [
    (_closed, "was closed"), (_stopped, "clock of the deadline stands"), (_moved, "was moved to"), (_role_ended, "is no longer"),
    (_deactivated, "deactivated"), (_paused, "A flood"),
]  # fmt: skip


@pytest.mark.parametrize(("bundle", "left"), [("daily:1:2010-02-01", "dropped"), ("weekly:1:2010-02-01", "dropped"), ("", "sent")])
def test_news_that_waited_for_a_days_mail_does_not_leave_to_somebody_who_takes_no_part_any_more(database, bundle, left):
    """By a digest a week can pass; what leaves by itself was told when it was true."""
    with database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == REF)).one()
        theirs = Membership.organisation_id == case.body_id, Membership.role == "preparer", Membership.until.is_(None)
        goes, stays = work.session.scalars(select(Membership).where(*theirs).order_by(Membership.id).limit(2))
        work.session.execute(update(Membership).where(Membership.person_id == goes.person_id).values(until=NOW))
    ids = [queue_mails(database, NOW, 1, first=number, bundle=bundle, person_id=one.person_id, case_id=case.id)[-1]
           for number, one in ((1, goes), (2, stays))]  # fmt: skip
    deliver(database, LocalOutbox(), NOW)
    gone, other = notices_of(database, ids)
    assert (gone.state, other.state) == (left, "sent")
    assert gone.error == ("" if left == "sent" else truth.NO_PART)


class Meanwhile(LocalOutbox):
    """Sends one mail at a time; while it sends the first, something happens. Keeps what it sends."""

    lines = 1

    def __init__(self, change):
        self.change, self.sent = change, []

    def talk(self, line, mail):
        self.sent.append(mail)
        if len(self.sent) == 1:
            self.change()
        return super().talk(line, mail)


def _led(database, now):
    """Queue a mail that leaves before all others."""
    (one,) = queue_mails(database, now - timedelta(days=1), 1, first=1)
    return one


@pytest.mark.parametrize(("change", "why"), OVERTAKEN)
def test_what_becomes_untrue_while_others_are_sent_does_not_leave(database, clock, monkeypatch, change, why):
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    deadline, notices = _reminders(database, clock)
    first = _led(database, clock.now)

    def happens():
        with database.work(SYSTEM, clock.now) as work:
            change(work.session, work.session.get_one(Deadline, deadline.id), notices[0], clock.now)

    transport = Meanwhile(happens)
    counts = deliver(database, transport, clock.now)
    led, dropped = notices_of(database, [first])[0], notices_of(database, [notices[0].id])[0]
    assert led.state == "sent" and transport.sent[0].message_id == led.message_id
    assert dropped.state == "dropped" and why in dropped.error
    assert (dropped.attempts, dropped.message_id, dropped.first_tried_at, dropped.claimed_by) == (0, "", None, "")
    assert (dropped.email, dropped.subject) not in [(one.to, one.subject) for one in transport.sent]
    assert counts["dropped"] >= 1 and counts["sent"] == len(transport.sent)


def test_a_mail_of_which_a_part_became_untrue_meanwhile_leaves_with_the_rest_under_its_name(database, clock, monkeypatch):
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    deadline, (reminder, *others) = _reminders(database, clock)
    _led(database, clock.now)
    facts = queue_mails(database, clock.now, 2, first=2, bundle="grouped", person_id=reminder.person_id)[-2:]
    with database.work(SYSTEM, clock.now) as work:
        work.session.execute(update(Notice).where(Notice.id.in_([one.id for one in others])).values(state="cancelled"))
        work.session.execute(update(Notice).where(Notice.id == reminder.id).values(bundle="grouped"))
    names: list[str] = []

    def happens():
        names.extend(one.message_id for one in notices_of(database, [reminder.id, *facts]))
        with database.work(SYSTEM, clock.now) as work:
            work.session.get_one(Deadline, deadline.id).stopped_at = clock.now
            work.session.get_one(Person, reminder.person_id).email = "another@example.org"

    transport = Meanwhile(happens)
    assert deliver(database, transport, clock.now) == {"sent": 3, "waiting": 0, "failed": 0, "dropped": 1}
    assert len(set(names)) == 1, "it was one mail before it began"
    _, whole = transport.sent
    assert (whole.message_id, whole.to) == (names[0], "another@example.org")
    assert whole.subject.endswith(": 2 messages") and reminder.subject not in whole.body and "This is mail 3." in whole.body
    assert [(one.state, one.message_id, one.attempts) for one in notices_of(database, facts)] == [("sent", names[0], 1)] * 2
    assert {one.email for one in notices_of(database, facts)} == {"another@example.org"}
    assert notices_of(database, [reminder.id])[0].state == "dropped"


def test_an_address_that_is_refused_is_not_tried_again_with_the_same_lot(database, monkeypatch):
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    ids = queue_mails(database, NOW, 6)
    with database.work(SYSTEM, NOW) as work:
        person = work.session.scalars(select(Person).order_by(Person.id)).first()
        work.session.execute(update(Notice).where(Notice.id.in_(ids)).values(person_id=person.id))
    tried: list[str] = []

    def refused(address):
        tried.append(address)
        return "550 5.1.1 No such user here"

    with mail_server(recipient=refused) as server:
        transport = server.transport
        transport.lines = 1
        assert deliver(database, transport, NOW) == {"sent": 0, "waiting": 0, "failed": 6, "dropped": 0}
    assert tried == [person.email]
    one, *others = notices_of(database, ids)
    assert one.error.startswith("550 5.1.1") and all("refused before. 550 5.1.1 No such user" in other.error for other in others)
    with database.reading() as session:
        assert len(session.scalars(select(Event).where(Event.kind == "notice.failed")).all()) == 6


def test_what_is_seen_again_while_sending_costs_as_many_statements_however_much_waits(database, monkeypatch):
    monkeypatch.setattr(delivery, "CONFIRM_SECONDS", -1)
    costs: list[int] = []
    for number in (6, 40):
        with database.work(SYSTEM, NOW) as work:
            work.session.execute(update(Person).values(active=True))
        queue_mails(database, NOW, number, first=1000 * len(costs))

        def happens(number=number):
            with database.work(SYSTEM, NOW) as work:
                people = update(Person).execution_options(synchronize_session=False)
                work.session.execute(people.where(Person.id % 2 == 1).values(active=False))
                work.session.execute(people.where(Person.id % 2 == 0).values(email=func.replace(Person.email, "@", f"{number}@")))
            statements.told.clear()

        class Counted(Meanwhile):
            def talk(self, line, mail):
                costs.extend([len(statements.told)] if len(self.sent) == 1 else [])
                return super().talk(line, mail)

        with Statements(database.engine) as statements:
            counts = deliver(database, Counted(happens), NOW)
        assert counts["sent"] >= 2 and counts["sent"] + counts["dropped"] == number
    assert costs[0] == costs[1] <= 10


@pytest.mark.parametrize(("change", "why"), OVERTAKEN)
def test_a_reminder_that_is_overtaken_is_dropped_with_the_reason(database, clock, change, why):
    deadline, notices = _reminders(database, clock)
    with database.work(SYSTEM, clock.now) as work:
        change(work.session, work.session.get_one(Deadline, deadline.id), notices[0], clock.now)
    with mail_server() as server:
        counts = deliver(database, server.transport, clock.now)
    assert counts["dropped"] >= 1
    dropped = notices_of(database, [notices[0].id])[0]
    assert dropped.state == "dropped" and why in dropped.error and dropped.attempts == 0
    assert dropped.subject not in [one.message["Subject"] for one in server.taken if one.to == dropped.email]


def test_a_reminder_of_a_day_that_passed_during_an_outage_is_dropped_and_a_fact_still_leaves(database, clock):
    deadline, notices = _reminders(database, clock)
    with database.work(SYSTEM, clock.now) as work:
        values = {"rule": "", "key": "fact"}
        work.session.execute(update(Notice).where(Notice.id == notices[0].id).values(values))
    deliver(database, LocalOutbox(), deadline.due_at + timedelta(days=3))
    fact, *others = notices_of(database, [one.id for one in notices])
    assert fact.state == "sent"
    assert others and all(one.state == "dropped" and "before the day" in one.error for one in others)
