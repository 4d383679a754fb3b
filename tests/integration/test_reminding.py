"""Reminders in the ledger: each once, the ladder, an outage made up, bundles, lots, several processes; who is told as for one case."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support.mailing import notices_of, queue_mails
from tests.support.site import at_once
from webapp import jobs
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM, Database
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import due_for_reminding
from webapp.deadlines.verbs import calendar
from webapp.notices import preferences, reminding
from webapp.notices.lots import Lot
from webapp.notices.models import Notice
from webapp.notices.queries import recipients
from webapp.notices.reminding import remind
from webapp.plans.models import Action
from workflows.deadlines.reminders import next_after, reminders_for
from workflows.roles import Role

DUE = datetime(2010, 3, 26, 17, tzinfo=UTC)


def begin(database, due=DUE, rule="return_due", count=1, before=NOW):
    """Leave some deadlines of a rule open, due at a time, and no other to be reminded of; gives their numbers."""
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        session.execute(update(Deadline).values(remind_at=None).execution_options(synchronize_session=False))
        session.execute(update(Notice).values(state="sent").execution_options(synchronize_session=False))
        one = select(Deadline.id).where(Deadline.rule == rule, Deadline.closed_at.is_(None)).order_by(Deadline.id).limit(count)
        ids = list(session.scalars(one))
        programme = session.scalars(select(Case)).first().round.programme
        first = next_after(reminders_for(rule, due, programme, calendar("ENG")), before)
        session.execute(update(Deadline).where(Deadline.id.in_(ids)).values(due_at=due, remind_at=first))
        return ids


def written(database, since=0):
    with database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.rule != "", Notice.id > since).order_by(Notice.id)))


def last_of(database):
    with database.reading() as session:
        return session.scalar(select(func.max(Notice.id))) or 0


def test_the_ladder_goes_rung_by_rung_each_once_and_stops_when_it_is_answered(database):
    (number,) = begin(database)
    since = last_of(database)
    now = NOW
    while now < datetime(2010, 4, 14, tzinfo=UTC):
        now += timedelta(hours=7)
        for _ in range(2):
            remind(database, now)
    told = {(n.rule.removeprefix("return_due-"), n.role, n.kind) for n in written(database, since)}
    assert {rule for rule, _, _ in told} == {"early", "before", "eve", "today", "after", "after-5", "after-5-coordinator", "after-10"}
    assert {role for rule, role, _ in told if rule == "after"} == {"preparer", "approver"}
    assert {role for rule, role, _ in told if rule == "after-10"} == {"officer"}
    assert all(n.state == "queued" and n.deadline_id == number for n in written(database, since))
    (other,) = begin(database)
    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(Deadline, other).closed_at = NOW
    assert remind(database, DUE) == 0


def test_grouped_reminders_to_one_person_share_a_bundle_and_single_ones_leave_alone(database):
    begin(database, count=3)
    since = last_of(database)
    remind(database, DUE + timedelta(days=20))
    rows = written(database, since)
    officers = [n for n in rows if n.rule == "return_due-after-10" and n.state == "queued"]
    assert len(officers) >= 3
    for person in {n.person_id for n in officers}:
        assert len({n.bundle for n in officers if n.person_id == person}) == 1
    assert all(n.bundle.startswith(f"grouped:{n.person_id}:") for n in officers)


def test_what_an_outage_overtook_is_in_the_ledger_as_dropped_with_why(database):
    begin(database)
    since = last_of(database)
    assert remind(database, datetime(2010, 3, 25, 12, tzinfo=UTC)) > 0
    rows = written(database, since)
    states = {(n.rule, n.state) for n in rows}
    assert states == {("return_due-early", "dropped"), ("return_due-before", "dropped"), ("return_due-eve", "queued")}
    assert {n.error for n in rows if n.state == "dropped"} == {"A later reminder of the same deadline was due when it could be written."}
    assert all(n.bundle == "" for n in rows if n.state == "dropped")
    assert remind(database, datetime(2010, 3, 25, 12, tzinfo=UTC)) == 0
    assert len(written(database, since)) == len(rows)


def test_a_clock_that_is_set_back_says_nothing_twice(database):
    begin(database)
    since = last_of(database)
    remind(database, datetime(2010, 3, 19, 9, tzinfo=UTC))
    rows = len(written(database, since))
    for back in (datetime(2010, 3, 12, 9, tzinfo=UTC), datetime(2010, 3, 19, 10, tzinfo=UTC)):
        assert remind(database, back) == 0
    assert len(written(database, since)) == rows


def test_a_date_that_was_moved_is_reminded_of_anew(database):
    (number,) = begin(database)
    remind(database, datetime(2010, 3, 19, 9, tzinfo=UTC))
    since = last_of(database)
    with database.work(SYSTEM, NOW) as work:
        deadline = work.session.get_one(Deadline, number)
        deadline.due_at = DUE + timedelta(days=14)
        deadline.remind_at = datetime(2010, 3, 31, 8, tzinfo=UTC)
    assert remind(database, datetime(2010, 3, 31, 8, tzinfo=UTC)) > 0
    assert {n.rule for n in written(database, since)} == {"return_due-before"}


def test_it_works_through_all_that_is_due_lot_by_lot_in_as_many_statements_each(database, monkeypatch):
    counts: list[int] = []
    for most in (2, 7):
        monkeypatch.setattr(reminding, "AT_ONCE", most)
        ids = begin(database, count=most * 2 + 1, due=DUE + timedelta(days=len(counts)))
        begin_of = select(func.count()).select_from(Deadline).where(Deadline.id.in_(ids), Deadline.remind_at <= DUE + timedelta(days=4))
        with Statements(database.engine) as statements:
            assert remind(database, DUE + timedelta(days=4)) > 0
        counts.append(len([s for s in statements.told if s.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE"))]))
        with database.reading() as session:
            assert session.scalar(begin_of) == 0, "nothing is left for the next tick"
    assert counts[0] == counts[1], "three lots each time, however large"


def test_one_deadline_that_cannot_be_reminded_of_stands_in_nobodys_way_and_is_seen_again(database, monkeypatch, caplog):
    monkeypatch.setattr(reminding, "AT_ONCE", 3)
    ids = begin(database, count=7)
    since = last_of(database)
    now, bad = DUE + timedelta(days=4), ids[1]

    def broken(rule, due, *more):
        if due == DUE + timedelta(hours=1):
            raise LookupError("no such calendar")
        return reminders_for(rule, due, *more)

    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(Deadline, bad).due_at = DUE + timedelta(hours=1)
    with monkeypatch.context() as once:
        once.setattr(reminding, "reminders_for", broken)
        assert remind(database, now) > 0
    assert {n.deadline_id for n in written(database, since)} == {*ids} - {bad}
    assert [one.getMessage() for one in caplog.records if one.exc_info] == [f"deadline {bad} cannot be reminded of"]
    assert remind(database, now) > 0
    assert {n.deadline_id for n in written(database, since)} == {*ids}


def test_mail_is_delivered_though_reminding_fails_which_is_raised_at_the_end(app, database, clock, monkeypatch, caplog):
    (one,) = queue_mails(database, NOW, 1)

    def broken(*_):
        raise LookupError("no such programme")

    monkeypatch.setattr(jobs, "remind", broken)
    with pytest.raises(LookupError, match="no such programme"):
        jobs.tick(database, app.settings, clock)
    assert notices_of(database, [one])[0].state == "sent"
    assert "reminders could not be queued" in caplog.text


def test_the_same_people_are_told_as_of_one_case(database):
    with database.reading() as session:
        cases = list(session.scalars(select(Case).order_by(Case.id)))
        actions = dict(session.execute(select(Action.case_id, Action.id)).all())
        lot = Lot(session, {case.id for case in cases}, NOW)
        for case in cases[:200]:
            for role in Role:
                assert lot.recipients(case.id, role, None) == recipients(session, case, role), (case.ref, role)
            if case.id in actions:
                action = session.get_one(Action, actions[case.id])
                assert lot.recipients(case.id, Role.ACTION_OWNER, action.id) == recipients(session, case, Role.ACTION_OWNER, action)


def test_whoever_turned_a_kind_off_has_it_in_the_ledger_as_dropped(database):
    begin(database)
    since = last_of(database)
    with database.work(SYSTEM, NOW) as work:
        for person in work.session.scalars(select(Person.id).join(Membership).where(Membership.role == "preparer").distinct()):
            preferences.keep_rhythms(work, person, {"before": "off"})
    remind(database, datetime(2010, 3, 12, 9, tzinfo=UTC))
    assert {n.state for n in written(database, since)} == {"dropped"}
    remind(database, datetime(2010, 3, 19, 9, tzinfo=UTC))
    assert {n.state for n in written(database, since) if n.rule == "return_due-before"} == {"queued"}, "that one is statutory"


def test_several_processes_at_once_double_nothing_and_wait_for_nobody(database):
    begin(database, count=30)
    since = last_of(database)
    now = datetime(2010, 3, 19, 9, tzinfo=UTC)
    others = [Database(database.url) for _ in range(3)]
    try:
        at_once(*(lambda one=one: remind(one, now) for one in others))
    finally:
        for one in others:
            one.engine.dispose()
    remind(database, now)
    keys = [n.key for n in written(database, since)]
    assert len(keys) == len(set(keys)) > 0
    with database.reading() as session:
        assert due_for_reminding(session, now) == []


def test_what_another_has_in_hand_is_left_to_it(database):
    begin(database, count=5)
    now = datetime(2010, 3, 19, 9, tzinfo=UTC)
    if database.engine.dialect.name != "postgresql":
        return  # SQLite has one writer at a time
    with database.reading() as session:
        held = due_for_reminding(session, now, limit=5)
        assert len(held) == 5
        assert remind(database, now) == 0, "it does not wait for who holds them"
    assert remind(database, now) > 0
