"""The record: nothing changes without an event, and nothing in it is altered unnoticed."""

import json
from collections import defaultdict
from datetime import timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from tests.conftest import NOW, REF
from tests.support.extending import ask_for_more_time
from tests.support.returns import case_of
from tests.support.successors import hand_over
from webapp import record
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.cases import moves
from webapp.cases.models import Case, Stay
from webapp.db import SYSTEM, Base, Work
from webapp.deadlines.models import ClosingDays, Extension
from webapp.feeds import verbs as feeds
from webapp.notices import pauses, preferences, wording
from webapp.notices.models import ReminderPause
from webapp.notices.officer_verbs import hold_all, release_all
from webapp.notices.preferences_models import StandIn
from webapp.notices.wording import Typed
from webapp.record import Event, Recorded, UnrecordedChange, note
from webapp.register.models import Round
from webapp.returns.models import ReturnExplanation, ReturnValue
from workflows.case import TRACKS
from workflows.deadlines.reminders import Kind, Pause
from workflows.programme import MESSAGE_NAMES
from workflows.roles import Actor, Role, Side

MODELS = sorted((m.class_ for m in Base.registry.mappers if issubclass(m.class_, Recorded)), key=lambda m: m.__name__)


HANDED = frozenset({"Action", "Assignment", "Body", "Handover", "HandoverSignature", "Membership", "SharingMember", "Stay"})
"""The models that a handover changes. No body of the demo ends while its actions are open, so a test hands one over."""


def test_the_demo_and_a_handover_make_every_declared_transition(app, database):
    hand_over(app, database)
    with database.reading() as session:
        made = set(session.execute(select(Stay.track, Stay.transition).distinct()))
    assert {(t.code, m.name) for t in TRACKS.values() for m in t.transitions} - made == set()


def test_every_transition_has_one_event_with_who_role_old_new_and_why(database):
    """Each state that any track was ever in, of a demo that makes every transition."""
    with database.reading() as session:
        events = list(session.scalars(select(Event).where(Event.entity == "track").order_by(Event.seq)))
        stays = list(session.scalars(select(Stay).order_by(Stay.id)))
        roles = {t.code: {m.name: m for m in t.transitions} for t in TRACKS.values()}
    by_key = defaultdict(list)
    for event in events:
        by_key[event.case_id, event.entity_key, event.at, event.kind].append(event)
    assert len(events) == len(stays)
    for stay in stays:
        key = (stay.case_id, stay.record_key(), stay.since, f"{stay.track}.{stay.transition or 'opened'}")
        event = by_key[key].pop()
        assert json.loads(event.new) == {"state": stay.state} | ({"entered": stay.entered} if stay.entered else {})
        assert event.person_id == stay.person_id
        assert event.why == stay.why
        assert (json.loads(event.old) if event.old else {}) == ({"state": stay.came_from} if stay.came_from else {})
        if stay.transition and not (move := roles[stay.track][stay.transition]).only_follows:
            assert event.role in {role.value for role in move.roles}
            assert stay.came_from in move.sources
            assert stay.state == move.target


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_the_record_alone_can_rebuild_every_row(app, database, model):
    """What the events of a row say, one after another, is what the row holds now: no change went past the record."""
    if model.__name__ in HANDED:
        hand_over(app, database)
    if model in (ClosingDays, Extension):
        ask_for_more_time(app, database)
    _about_mail(database)
    with database.work(SYSTEM, NOW) as work:
        make_token(work, work.session.scalars(select(Membership)).first(), "for the test")
    told: dict[tuple[int | None, str], dict[str, object]] = defaultdict(dict)
    with database.reading() as session:
        for event in session.scalars(select(Event).where(Event.entity == model.entity).order_by(Event.seq)):
            if model is Stay or event.kind.endswith((".created", ".carried")):
                told[event.case_id, event.entity_key].clear()
            if event.new:
                told[event.case_id, event.entity_key].update(json.loads(event.new))
        rows = list(session.scalars(select(model)))
        if model in (Stay, ReturnValue, ReturnExplanation):
            rows = _newest(rows)
        assert rows
        for row in rows:
            now = {name: getattr(row, name) for name in model.recorded}
            known = json.loads(record._plain({name: value for name, value in now.items() if value is not None}) or "{}")
            said = {name: value for name, value in told[row.record_case(), row.record_key()].items() if value is not None}
            assert said == known, row.record_label()


def _about_mail(database):
    """A calendar, rhythms and a stand-in of an officer, a hold of all mail, a pause of reminders and other words of a message, each
    changed once; the demo has none."""
    officer = _actor(database, "officer", Role.OFFICER)
    assert officer.person_id is not None
    with database.work(officer, NOW) as work:
        feeds.renew(work, officer.person_id)
        preferences.keep_rhythms(work, officer.person_id, {Kind.BEFORE.value: "daily"})
        membership = work.session.scalars(select(Membership).where(Membership.person_id == officer.person_id)).first()
        days = {"first": NOW.date(), "last": NOW.date() + timedelta(days=7)}
        stand_in = StandIn(membership_id=membership.id, person_id=_another(work, officer.person_id), **days)
        work.session.add(stand_in)
        hold_all(work, "A test.")
        paused = pauses.begin(work, case_of(work.session), Pause(NOW + timedelta(days=9), "A test."))
        wording.save(work, work.session.scalars(select(Round).where(Round.code == "2009")).one(), "nudge",
                     Typed("{{ body }}: now", "{{ person }}", "A test.", 0, MESSAGE_NAMES))  # fmt: skip
    with database.work(officer, NOW + timedelta(days=1)) as work:
        feeds.renew(work, officer.person_id)
        preferences.keep_rhythms(work, officer.person_id, {Kind.BEFORE.value: "weekly"})
        work.session.get(StandIn, stand_in.id).ended_at = work.now
        release_all(work)
        pauses.end(work, work.session.get_one(ReminderPause, paused.id))
        wording.save(
            work,
            work.session.scalars(select(Round).where(Round.code == "2009")).one(),
            "nudge",
            Typed("{{ body }}: soon", "{{ person }}", "Another.", 1),
        )


def _another(work, person_id):
    return work.session.scalars(select(Person.id).where(Person.id != person_id).order_by(Person.id)).first()


def _newest(rows):
    """Rows that follow upon one another under one key: the last of each."""
    return {(row.case_id, row.record_key()): row for row in sorted(rows, key=lambda row: row.id)}.values()


def test_nothing_recorded_changes_outside_a_unit_of_work(database):
    with database.session(write=True) as session:
        session.scalars(select(Case)).first().headcount = 1
        with pytest.raises(UnrecordedChange, match="outside a unit of work"):
            session.flush()


def test_nothing_recorded_is_deleted_and_no_event_is_written_by_hand(database):
    with pytest.raises(UnrecordedChange, match="never deleted"), database.work(SYSTEM, NOW) as work:
        work.session.delete(work.session.scalars(select(Case)).first())
    with pytest.raises(UnrecordedChange, match="the record alone"), database.work(SYSTEM, NOW) as work:
        work.session.add(Event(seq=1))


def test_a_move_that_fails_leaves_nothing_behind(database, monkeypatch):
    """The state, the event, the deadline and the message come together or not at all."""
    preparer = _actor(database, "preparer", Role.PREPARER)
    before = _counts(database)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the last thing to be done fails")

    monkeypatch.setattr(moves, "_restage", broken)
    with pytest.raises(RuntimeError), database.work(preparer, NOW) as work:
        moves.make(work, _case(work), "return", "start", {})
    assert _counts(database) == before


def _counts(database):
    with database.reading() as session:
        return {
            t: session.scalar(text(f"select count(*) from {t}")) for t in ("stays", "events", "deadlines", "notices", "return_versions")
        }


def _case(work: Work) -> Case:
    return work.session.scalars(select(Case).where(Case.ref == REF)).one()


def _actor(database, name, role):
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.email.like(f"{name}@%"))).one()
        return Actor(person.id, person.name, role, person.memberships[0].organisation_id)


def _altered(database, *statements):
    """Change the events as somebody with the keys of the database could: past what keeps them append-only."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").scalars().all():
                connection.exec_driver_sql(f"drop trigger {name}")
        else:
            connection.exec_driver_sql("alter table events disable trigger user")
        for statement in statements:
            connection.exec_driver_sql(statement)
    with database.reading() as session:
        return record.verify(session)


def test_events_can_only_be_added(database):
    for statement in ("update events set why = 'x' where seq = 3", "delete from events where seq = 3"):
        with pytest.raises(Exception, match="append-only"), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with database.reading() as session:
        found = record.verify(session)
        assert found.sound
        assert found.events == session.scalar(text("select count(*) from events"))


@pytest.mark.parametrize(
    "statement, problem",
    [
        ("update events set why = 'something else' where seq = 40", "Event 40 was altered"),
        ("update events set role = 'officer' where seq = (select min(seq) from events where role = 'preparer')", "was altered"),
        ("delete from events where seq = 40", "Event 40 is missing"),
        ("delete from events where seq = (select max(seq) from events)", "removed or added at the end"),
        ("update record_head set seq = seq - 1", "removed or added at the end"),
    ],
)
def test_what_was_altered_or_removed_is_found(database, statement, problem):
    found = _altered(database, statement)
    assert not found.sound
    assert problem in found.problem


def test_whatever_clock_a_time_was_told_by_the_record_holds(database):
    with database.work(SYSTEM, NOW.astimezone(ZoneInfo("Asia/Tokyo"))) as work:
        note(work, "test.noted", entity="test", key="1", label="a test was noted", audience=Side.PROGRAMME)
    with database.reading() as session:
        assert record.verify(session).sound


def test_people_who_write_at_once_make_one_chain(database):
    failed = []

    def write(number):
        for turn in range(5):
            try:
                with database.work(SYSTEM, NOW + timedelta(seconds=turn)) as work:
                    note(work, "test.noted", entity="test", key=str(number), label="noted", audience=Side.PROGRAMME)
            except Exception as problem:
                failed.append(problem)

    threads = [Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with database.reading() as session:
        assert record.verify(session).sound
        assert session.scalar(text("select count(*) from events where entity = 'test'")) == 30
