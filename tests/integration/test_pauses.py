"""Pauses: the people of a body are not reminded for a time, everybody else is, and what is shown beforehand is what comes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.conftest import NOW, REF
from tests.integration.test_reminding import last_of
from tests.support.deadlines import home_return_due
from tests.support.extending import CASE, day
from tests.support.returns import case_of
from tests.support.site import Browser, at_once, find
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.mail import LocalOutbox
from webapp.notices import pauses
from webapp.notices.ahead import coming
from webapp.notices.delivery import deliver
from webapp.notices.lots import Lot
from webapp.notices.models import Notice, ReminderPause
from webapp.notices.reminding import remind
from webapp.record import Event
from webapp.register.models import Round
from workflows.deadlines.reminders import PAUSED, Pause
from workflows.engine import Refused
from workflows.roles import Role, Side

PAGE = f"{CASE}/reminders"
WHY = "The body deals with a flood."
SENT = day("2010-03-01", "day") | {"reason": WHY}
SAYS = f"{PAUSED} until Monday 1 March 2010: {WHY}"


@pytest.fixture
def due(database):
    """The home body's return is due at five on 26 February 2010."""
    home_return_due(database, date(2010, 2, 26))


def test_whoever_looked_at_something_else_looks_again_before_it_is_saved(app, database, clock, due):
    officer = Browser(app, "officer")
    shown = officer.post(PAGE, SENT | {"do": "check"}, status=200)
    mark = {"was-mark": shown.partition('name="was-mark" value="')[2].partition('"')[0]}
    home_return_due(database, date(2010, 3, 5))
    again = officer.post(PAGE, SENT | mark | {"do": "save"}, status=409)
    assert '<a href="#not-sent">What will not be sent has changed since you looked' in again and WHY in again
    assert 'id="not-sent"' in again
    assert again.count('<th scope="row"') < shown.count('<th scope="row"')
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReminderPause)) == 0
    mark = {"was-mark": again.partition('name="was-mark" value="')[2].partition('"')[0]}
    officer.post(PAGE, SENT | mark | {"do": "save"})
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReminderPause)) == 1


def _of_the_body(rows):
    return [row for row in rows if row.ref == REF and Role(row.role).side is Side.BODY]


def _written(database, since):
    with database.reading() as session:
        query = select(Notice).where(Notice.id > since, Notice.rule != "", Notice.case_id == case_of(session).id)
        return list(session.scalars(query.order_by(Notice.id)))


def test_what_will_not_be_sent_is_shown_then_saved_then_comes(app, database, clock, due):
    officer = Browser(app, "officer")
    since = last_of(database)
    with database.reading() as session:
        before = coming(session, NOW, datetime(2010, 4, 1, tzinfo=UTC))
    shown = officer.post(PAGE, SENT | {"do": "check"}, status=200)
    assert "Nothing has been changed yet" in shown
    paused = [row for row in _of_the_body(before) if row.at < datetime(2010, 3, 1, tzinfo=UTC)]
    assert len(paused) >= 4
    assert shown.count('<th scope="row"') == len(paused)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReminderPause)) == 0
    officer.post(PAGE, SENT | {"do": "save"})
    assert "They begin again on 1 March 2010" in officer.get(PAGE)

    with database.reading() as session:
        after = coming(session, NOW, datetime(2010, 4, 1, tzinfo=UTC))
    silent = [row for row in after if row.why_not == SAYS]
    assert {(row.at, row.rule.code, row.person_id) for row in silent} == {(row.at, row.rule.code, row.person_id) for row in paused}
    assert len(after) == len(before)
    for hours in range(0, 24 * 40, 6):
        remind(database, NOW + timedelta(hours=hours))
    told = _written(database, since)
    dropped = {(n.rule, n.person_id) for n in told if n.error == SAYS}
    assert dropped == {(row.rule.code, row.person_id) for row in paused}
    assert all(n.state == "dropped" for n in told if n.error == SAYS)
    later = [n for n in told if n.queued_at >= datetime(2010, 3, 1, tzinfo=UTC) and Role(n.role).side is Side.BODY]
    assert later, "after the pause the body is reminded again"
    assert all(n.state == "queued" for n in later)


def test_whoever_does_not_act_for_the_body_is_reminded_as_ever(app, database, due):
    Browser(app, "officer").post(PAGE, day("2010-04-30", "day") | {"reason": WHY, "do": "save"})
    since = last_of(database)
    for days in range(45):
        remind(database, NOW + timedelta(days=days, hours=1))
    told = _written(database, since)
    assert {n.state for n in told if Role(n.role).side is Side.BODY} == {"dropped"}
    others = [n for n in told if Role(n.role).side is not Side.BODY]
    assert {n.role for n in others} >= {"coordinator", "officer"}
    assert {n.state for n in others} == {"queued"}


def test_what_waits_in_the_outbox_does_not_leave_while_it_is_paused(app, database, due):
    with database.work(SYSTEM, NOW) as work:
        work.session.execute(update(Notice).values(state="sent").execution_options(synchronize_session=False))
    since = last_of(database)
    remind(database, datetime(2010, 2, 26, 9, 1, tzinfo=UTC))
    waits = [n for n in _written(database, since) if n.state == "queued"]
    assert waits
    app.clock.now = datetime(2010, 2, 26, 9, 2, tzinfo=UTC)
    officer = Browser(app, "officer")
    assert f"{len(waits)} reminders that wait in the outbox already" in officer.post(PAGE, SENT | {"do": "check"}, status=200)
    officer.post(PAGE, SENT | {"do": "save"})
    deliver(database, LocalOutbox(), datetime(2010, 2, 26, 9, 30, tzinfo=UTC))
    ended = _written(database, since)
    assert {(n.state, n.error) for n in ended if n.id in {one.id for one in waits}} == {("dropped", SAYS)}


def test_it_is_ended_before_its_day_once_and_only_what_comes_after_goes(app, database, clock, due):
    officer = Browser(app, "officer")
    officer.post(PAGE, SENT | {"do": "save"})
    refused = officer.post(PAGE, SENT | {"do": "save"}, status=409)
    assert "paused reminders to this body already" in refused
    assert '<a href="#pauses">' in refused and 'id="pauses"' in refused
    since = last_of(database)
    for on in (19, 25):
        remind(database, datetime(2010, 2, on, 9, 1, tzinfo=UTC))
    clock.now = datetime(2010, 2, 25, 12, tzinfo=UTC)
    number = find(rf"{PAGE}/(\d+)/end", officer.get(PAGE))
    officer.post(f"{PAGE}/{number}/end", {}, form=PAGE)
    assert "What was due meanwhile is not made up" in officer.get(PAGE)
    assert "This pause is over already" in officer.post(f"{PAGE}/{number}/end", {}, form=PAGE, status=409)
    remind(database, datetime(2010, 2, 26, 9, 1, tzinfo=UTC))
    told = [n for n in _written(database, since) if Role(n.role).side is Side.BODY]
    assert {n.state for n in told if n.queued_at < clock.now} == {"dropped"}
    assert {(n.rule, n.state) for n in told if n.queued_at > clock.now} == {("return_due-today", "queued")}
    with database.reading() as session:
        events = list(session.scalars(select(Event).where(Event.entity == "reminder_pause").order_by(Event.seq)))
    assert [(e.kind, e.why) for e in events] == [("reminder_pause.created", WHY), ("reminder_pause.changed", "")]
    assert {e.audience for e in events} == {Side.BODY | Side.PROGRAMME}
    record = officer.get(f"{CASE}/record")
    assert "paused reminders to the body until" in record
    assert "let reminders to the body go again" in record


def test_the_body_reads_why_and_its_reviewer_does_not(app, database, due):
    Browser(app, "officer").post(PAGE, SENT | {"do": "save"})
    assert WHY in Browser(app, "preparer").get(f"{CASE}/deadlines")
    assert WHY not in Browser(app, "coordinator").get(f"{CASE}/deadlines")
    assert SAYS[0].lower() + SAYS[1:] in Browser(app, "preparer").get("/reminders")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"reason": WHY}, "First day on which they are reminded again"),
        (day("2010-02-01", "day") | {"reason": WHY}, "must be"),
        (day("2010-05-06", "day") | {"reason": WHY}, "Reminders are paused for 92 days at most"),
        (day("2010-03-01", "day"), "Why"),
    ],
)
def test_a_pause_that_cannot_be_meant_is_told_and_nothing_is_lost(app, database, sent, says):
    page = Browser(app, "officer").post(PAGE, sent | {"do": "save"}, status=422)
    assert "There is a problem" in page
    assert says in page
    assert WHY in page or "reason" not in sent
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReminderPause)) == 0


def test_a_pause_is_ended_from_its_own_body_alone_and_two_are_refused_at_once(app, database):
    officer = Browser(app, "officer")
    officer.post(PAGE, SENT | {"do": "save"})
    assert "paused reminders to this body already" in officer.post(PAGE, SENT | {"do": "check"}, status=409)
    with database.reading() as session:
        number = session.scalars(select(ReminderPause.id)).one()
        other = session.scalars(select(Case.ref).where(Case.body_id != case_of(session).body_id).order_by(Case.id)).first()
    officer.post(f"/cases/{other}/reminders/{number}/end", {}, form=PAGE, status=404)
    officer.post(f"{PAGE}/99999/end", {}, form=PAGE, status=404)


def test_of_two_officers_who_pause_at_once_one_is_refused(database):
    def pause():
        try:
            with database.work(SYSTEM, NOW) as work:
                pauses.begin(work, case_of(work.session), Pause(NOW + timedelta(days=9), WHY))
        except Refused:
            return "refused"
        return "paused"

    assert sorted(at_once(*[pause] * 4)) == ["paused", "refused", "refused", "refused"]


def test_it_holds_in_every_case_of_the_body(database):
    """Made from one case, it is in another of the same body too, in another round."""
    with database.work(SYSTEM, NOW) as work:
        case = case_of(work.session)
        another = select(Case).where(Case.body_id != case.body_id, Case.round_id == case.round_id).order_by(Case.id)
        other = work.session.scalars(another).first()
        pauses.begin(work, case, Pause(NOW + timedelta(days=9), WHY))
        round_ = work.session.scalars(select(Round.id).where(Round.id != case.round_id)).first()
        other.round_id, other.body_id = round_, case.body_id
        work.session.flush()
        assert set(Lot(work.session, {case.id, other.id}, NOW).pauses) == {case.id, other.id}
        work.session.rollback()
