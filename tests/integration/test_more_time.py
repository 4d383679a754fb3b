"""More time, closing days, the history of each deadline, and changing a date of the round."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

import migrations
from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.extending import day
from tests.support.returns import case_of
from tests.support.site import Browser, find
from webapp.cases.models import Assignment, Case
from webapp.db import SYSTEM, Database
from webapp.deadlines.extending import give
from webapp.deadlines.models import Deadline, DeadlineChange, Extension
from webapp.deadlines.verbs import close, next_reminder, reckon
from webapp.jobs import tick
from webapp.notices.models import Notice
from webapp.plans.models import Action
from webapp.register.models import Body, Round
from workflows.deadlines.calendar import at_hour
from workflows.roles import Role, Side

CASE = f"/cases/{REF}"
YARDSTICK = Path(sys.executable).with_name("yardstick")


def _deadline(database, ref=REF, rule="return_due"):
    with database.reading() as session:
        query = select(Deadline).join(Case, Case.id == Deadline.case_id).where(Case.ref == ref, Deadline.rule == rule)
        return session.scalars(query.order_by(Deadline.id.desc())).first()


@pytest.fixture
def running(database, clock):
    """The return of the case, due on Friday 26 February 2010 and not made yet; the round says so too."""
    with database.work(SYSTEM, NOW) as work:
        for one in work.session.scalars(select(Deadline).where(Deadline.rule == "return_due", Deadline.closed_at.is_(None))):
            one.due_at = datetime(2010, 2, 26, 17, tzinfo=UTC)
            one.remind_at = next_reminder(one, work.session.get_one(Case, one.case_id), NOW)
        work.session.flush()
        work.session.execute(
            update(DeadlineChange).where(DeadlineChange.kind == "opened").values(due_after=datetime(2010, 2, 26, 17, tzinfo=UTC))
        )
        round_ = work.session.scalars(select(Round).where(Round.code == "2009")).one()
        round_.dates = {**round_.dates, "return_due": "2010-02-26"}
    return _deadline(database).id


def _hidden(page):
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in ("once", "csrf_token")}


def _ask(browser, number, wished="2010-03-12", why="Our ledger is being moved.", status=303):
    path = f"{CASE}/deadlines/{number}/extension"
    return browser.post(path, day(wished, "wished") | {"why": why}, status=status)


def _check(browser, number, *, given="2010-03-12", reason="The ledger moves.", status=200, decision="granted"):
    path = f"{CASE}/deadlines/{number}/decision"
    mark = _hidden(browser.get(path))["was-mark"]
    return browser.post(path, day(given) | {"decision": decision, "reason": reason, "was-mark": mark, "do": "check"}, status=status)


def _save(browser, number, page, status=303):
    return browser.post(f"{CASE}/deadlines/{number}/decision", _hidden(page) | {"do": "save"}, status=status)


def _mails(database, message):
    with database.reading() as session:
        return session.scalars(select(Notice).where(Notice.message == message).order_by(Notice.id)).all()


# More time on one deadline.


def test_more_time_is_asked_for_granted_another_day_and_told(app, database, running):
    preparer, officer = Browser(app, "preparer"), Browser(app, "officer")
    assert "Ask for more time" in preparer.get(f"{CASE}/deadlines")
    _ask(preparer, running)
    page = preparer.get(f"{CASE}/deadlines")
    assert "Until it is granted nothing stops" in page
    assert "Withdraw the request" in page
    assert _deadline(database).due_at == datetime(2010, 2, 26, 17, tzinfo=UTC), "asking moves nothing"
    assert {m.role for m in _mails(database, "extension_asked")} == {"officer"}
    assert "Our ledger is being moved." in officer.get("/extensions")
    checked = _check(officer, running, given="2010-03-10", reason="Four working days must do.")
    assert "Nothing has been changed yet" in checked
    assert "Mails that will leave besides" in checked
    assert _deadline(database).due_at == datetime(2010, 2, 26, 17, tzinfo=UTC)
    _save(officer, running, checked)
    there = _deadline(database)
    assert there.due_at == datetime(2010, 3, 10, 17, tzinfo=UTC)
    assert there.explanation[-2:] == [
        "+ extension to Wednesday 10 March 2010, granted by the programme officer, because Four working days must do",
        "= Wednesday 10 March 2010, 17:00 in London",
    ]
    assert there.remind_at == datetime(2010, 2, 24, 9, tzinfo=UTC), "ten working days before"
    assert {m.role for m in _mails(database, "extension_granted")} == {"preparer"}
    granted = _mails(database, "extension_granted")[0]
    assert "How this date comes about:" in granted.body
    assert "* + extension to Wednesday 10 March 2010, granted by the programme officer, because Four working days must do" in granted.body
    assert "<li>+ extension to Wednesday 10 March 2010" in granted.html
    for place in (CASE, f"{CASE}/deadlines"):
        page = preparer.get(place)
        assert "26 Feb" in page, "the original date is always shown"
        assert re.search("[Ee]xtended once", page)
    assert "Four working days must do." in preparer.get(f"{CASE}/record")
    assert "Nobody waits for an answer" in officer.get("/extensions")


def test_more_time_is_refused_with_a_reason_and_may_be_asked_for_again(app, database, running):
    approver, officer = Browser(app, "approver"), Browser(app, "officer")
    _ask(approver, running)
    _ask(approver, running, status=409)  # one at a time
    assert "Fill in “Reason”" in _check(officer, running, reason="", status=422)
    _check(officer, running, decision="refused", reason="You had long enough.", status=303)
    assert _deadline(database).due_at == datetime(2010, 2, 26, 17, tzinfo=UTC)
    assert "You had long enough." in approver.get(f"{CASE}/deadlines")
    assert {m.role for m in _mails(database, "extension_refused")} == {"preparer", "approver"}
    _ask(approver, running)
    approver.post(f"{CASE}/deadlines/{running}/extension/withdrawal", {}, form=f"{CASE}/deadlines")
    with database.reading() as session:
        assert list(session.scalars(select(Extension.state).order_by(Extension.id))) == ["refused", "withdrawn"]


def test_only_who_owes_asks_and_only_who_waits_decides(app, database, running):
    preparer, officer, approver = Browser(app, "preparer"), Browser(app, "officer"), Browser(app, "approver")
    officer.post(f"{CASE}/deadlines/{running}/extension", {}, form="/role", status=403)
    preparer.post(f"{CASE}/deadlines/{running}/decision", {}, form="/role", status=403)
    Browser(app, "coordinator").get(f"{CASE}/deadlines/{running}/decision", 409)
    Browser(app, "action-owner").get(f"{CASE}/deadlines/{running}/extension", 409)
    _ask(preparer, running)
    approver.post(f"{CASE}/deadlines/{running}/extension/withdrawal", {}, form=f"{CASE}/deadlines/{running}/extension", status=409)


def test_bad_input_is_told_and_kept(app, running):
    preparer, officer = Browser(app, "preparer"), Browser(app, "officer")
    page = _ask(preparer, running, wished="2010-02-20", why="Keep this.", status=422)
    assert "Ask for a day after Friday 26 February 2010" in page
    assert "Keep this." in page
    assert "must be a real date" in _ask(preparer, running, wished="2010-02-30", status=422)
    page = _check(officer, running, given="2010-02-26", reason="Keep this too.", status=422)
    assert "Give a later day" in page
    assert "Keep this too." in page


def test_a_decision_on_an_old_page_is_refused_with_what_was_typed(app, database, running):
    first, second = Browser(app, "officer"), Browser(app, "officer")
    mine = _check(first, running, given="2010-03-10", reason="The first.")
    _save(second, running, _check(second, running, given="2010-03-12", reason="The second."))
    told = _save(first, running, mine, status=409)
    assert "Somebody else has changed this" in told
    assert "The first." in told
    assert _deadline(database).due_at == datetime(2010, 3, 12, 17, tzinfo=UTC)


def test_more_time_for_an_action_is_shown_with_the_day_that_was_agreed(app, database):
    with database.work(SYSTEM, NOW) as work:
        query = select(Deadline).where(Deadline.rule == "action_due", Deadline.closed_at.is_(None)).order_by(Deadline.id)
        deadline = work.session.scalars(query).first()
        case, action = work.session.get_one(Case, deadline.case_id), work.session.get_one(Action, deadline.action_id)
        action.due_on = date(2010, 11, 30)
        deadline.due_at = at_hour(action.due_on, "17:00")
        ref, plan = case.ref, f"/cases/{case.ref}/plan"
    officer = Browser(app, "officer")
    assert "then moved" not in officer.get(plan)
    with database.work(SYSTEM, NOW) as work:
        case = case_of(work.session, ref)
        give(work, case, work.session.get_one(Deadline, deadline.id), None, date(2011, 3, 31), "The supplier is late.")
    page = officer.get(plan)
    assert '31 March 2011 <span class="ys-quiet">(agreed as 30 November 2010, then extended once)</span>' in page
    assert "extension to Thursday 31 March 2011" in page, "the date opens to its sum"


def test_an_action_is_not_said_to_have_moved_because_its_verification_is_due(app, database):
    with database.reading() as session:
        query = select(Deadline).where(Deadline.rule == "verification", Deadline.closed_at.is_(None))
        deadline = session.scalars(query.order_by(Deadline.id)).first()
        ref, action = session.get_one(Case, deadline.case_id).ref, session.get_one(Action, deadline.action_id)
    page = Browser(app, "officer").get(f"/cases/{ref}/plan")
    here = page[page.index(f'id="action-{action.number}"') :].partition("</article>")[0]
    assert f">{action.due_on.day} {action.due_on:%B %Y}" in here
    assert "agreed as" not in here


def test_an_action_is_late_by_its_extended_day_wherever_that_is_told(app, database, clock):
    """The agreed day passes and the extended one does not: nothing calls the action late; once that passes too, everything does."""
    with database.work(SYSTEM, NOW) as work:
        query = select(Deadline).where(Deadline.rule == "action_due", Deadline.closed_at.is_(None)).order_by(Deadline.id)
        deadline = work.session.scalars(query).first()
        case, action = work.session.get_one(Case, deadline.case_id), work.session.get_one(Action, deadline.action_id)
        for other in work.session.scalars(select(Deadline).where(Deadline.case_id == case.id, Deadline.closed_at.is_(None))):
            if other.id != deadline.id:
                other.due_at = datetime(2012, 1, 1, tzinfo=UTC)
        ref, number, email = case.ref, action.number, action.owner.email.partition("@")[0]
        give(work, case, deadline, None, date(2010, 12, 31), "The supplier is late.")
    for day_, late in ((datetime(2010, 12, 20, 10, tzinfo=UTC), False), (datetime(2011, 1, 3, 10, tzinfo=UTC), True)):
        clock.now = day_
        officer, owner = Browser(app, "officer"), Browser(app, email)
        page = officer.get(f"/cases/{ref}/plan")
        here = page[page.index(f'id="action-{number}"') :].partition("</article>")[0]
        assert ("ys-late" in here) is late
        today = owner.get("/today")
        row = next(r for r in re.findall(r"<tr.*?</tr>", today, re.S) if f"/cases/{ref}/plan#action-{number}" in r)
        assert ("late</span>" in row) is late


def test_a_clock_that_stands_cannot_be_extended_until_it_runs(app, database, running):
    preparer, officer = Browser(app, "preparer"), Browser(app, "officer")
    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(Deadline, running).stopped_at = NOW
    assert "The clock of this deadline stands" in preparer.get(f"{CASE}/deadlines/{running}/extension", 409)
    assert "The clock of this deadline stands" in preparer.get(f"{CASE}/deadlines")
    officer.get(f"{CASE}/deadlines/{running}/decision", 409)


def test_a_request_lapses_when_the_deadline_is_met(app, database, running):
    preparer = Browser(app, "preparer")
    _ask(preparer, running)
    with database.work(SYSTEM, NOW) as work:
        close(work, case_of(work.session), ("return_due",), None)
    with database.reading() as session:
        assert session.scalars(select(Extension.state)).one() == "lapsed"
    assert "Lapsed" in preparer.get(f"{CASE}/deadlines")


def test_the_coordinator_decides_on_a_review_and_the_body_learns_no_reviewers_name(app, database):
    with database.reading() as session:
        query = (
            select(Case.ref)
            .join(Deadline, Deadline.case_id == Case.id)
            .where(Deadline.rule == "body_comments", Case.partnership_id.is_not(None))
        )
        refs = set(session.scalars(query))
        names = {ref: case_of(session, ref) for ref in refs}
        reviewers = {ref: [a.person.name for a in session.scalars(_reviewers(case))] for ref, case in names.items()}
    assert refs
    officer = Browser(app, "officer")
    for ref in sorted(refs)[:3]:
        page = officer.get(f"/cases/{ref}/deadlines")
        assert "Comments on the draft review" in page
        body = Browser(app, f"approver-{ref.partition('-')[2].lower()}")
        page = body.get(f"/cases/{ref}/deadlines")
        assert not [name for name in reviewers[ref] if name in page]
        assert re.search("Reviewer 1|What happened to it", page)


def _reviewers(case):
    return select(Assignment).where(Assignment.case_id == case.id, Assignment.kind == "reviewer")


def test_the_page_costs_no_more_with_much_history(app, database, running):
    officer, preparer = Browser(app, "officer"), Browser(app, "preparer")
    for number in range(3):
        _ask(preparer, running, wished=f"2010-03-{12 + number}")
        _save(officer, running, _check(officer, running, given=f"2010-03-{12 + number}"))
    for browser, place in ((officer, f"{CASE}/deadlines"), (preparer, f"{CASE}/deadlines"), (officer, "/extensions"),
                           (officer, "/extensions/class"), (officer, "/rounds/2009/dates"), (officer, "/rounds/2009/dates/return_due"),
                           (officer, f"{CASE}/deadlines/{running}/decision")):  # fmt: skip
        browser.get(place)
        with Statements(app.database.engine) as statements:
            browser.get(place)
        assert len(statements.told) <= 8, "\n".join(statements.told)
    assert "Extended 3 times" in preparer.get(f"{CASE}/deadlines")


def test_a_reminder_tells_how_the_date_comes_about_to_those_who_may_know_it(app, database, clock, running):
    clock.now = datetime(2010, 2, 19, 9, 1, tzinfo=UTC)
    tick(database, app.settings, clock)
    mails = [m for m in _mails(database, "deadline_coming") if m.deadline_id == running]
    assert mails
    deadline = _deadline(database)
    for mail in mails:
        assert ("How this date comes about:" in mail.body) is bool(Role(mail.role).side & Side(deadline.audience))
        assert mail.body.count("in London") == 1, "the sum once, and its last line once"
    assert not [m for m in _mails(database, "return_accepted") if "How this date" in m.body], "a mail that names no date has no sum"


def test_who_decides_on_requests_is_told_today_how_many_wait(app, running):
    officer = Browser(app, "officer")
    before = re.search(r"(\d+) requests? for more time</a> waits?", officer.get("/today"))
    asked = day("2010-03-12", "wished") | {"why": "The ledger is being moved."}
    Browser(app, "approver").post(f"{CASE}/deadlines/{running}/extension", asked)
    after = re.search(r"(\d+) requests? for more time</a> waits?", officer.get("/today"))
    assert after and int(after[1]) == (int(before[1]) if before else 0) + 1
    assert "for more time</a>" not in Browser(app, "approver").get("/today")


# Closing days.


def test_closing_days_are_not_counted_from_then_on_and_the_sum_says_so(app, database, clock):
    approver, officer = Browser(app, "approver"), Browser(app, "officer")
    sent = day("2010-02-08", "first") | day("2010-02-10", "last") | {"why": "Move to the new offices"}
    with database.reading() as session:
        before = reckon(case_of(session), "sign_off", None, NOW)
    assert "comes before the first" in approver.post(f"{CASE}/closing-days", sent | day("2010-02-07", "last"), status=422)
    approver.post(f"{CASE}/closing-days", sent)
    assert "closed on some of these days already" in officer.post(f"{CASE}/closing-days", sent, status=422)
    with database.reading() as session:
        after = reckon(case_of(session), "sign_off", None, NOW)
        review = reckon(case_of(session), "peer_review", None, NOW)
    assert (after.at - before.at).days == 3, "the fifth working day was the first of the three closing days"
    assert "not counted: Monday 8 February 2010, closed: Move to the new offices" in after.explanation
    assert not [line for line in review.explanation if "closed" in line], "what others owe does not wait for it"
    number = find(r"closing-days/(\d+)/withdrawal", approver.get(f"{CASE}/closing-days"))
    officer.post(f"{CASE}/closing-days/{number}/withdrawal", {}, form=f"{CASE}/closing-days")
    with database.reading() as session:
        assert reckon(case_of(session), "sign_off", None, NOW) == before
    Browser(app, "preparer").get(f"{CASE}/closing-days", 403)


def test_a_body_in_another_nation_has_the_holidays_of_its_own(database):
    with database.work(SYSTEM, NOW) as work:
        work.session.get_one(Body, case_of(work.session).body_id).gss = "S12000036"
    with database.reading() as session:
        found = reckon(case_of(session), "sign_off", None, datetime(2010, 1, 1, 10, tzinfo=UTC))
    assert "not counted: Monday 4 January 2010, New Year Holiday [Scotland] (observed)" in found.explanation or any(
        "4 January 2010" in line and "not counted" in line for line in found.explanation
    )


# A whole class.


def test_a_class_gets_more_time_in_one_press(app, database, running):
    officer, preparer = Browser(app, "officer"), Browser(app, "preparer")
    _ask(preparer, running)
    page = officer.post(
        "/extensions/class", {"round": "2009", "rule": "return_due", "do": "check", "reason": "Snow."} | day("2010-03-05"), status=200
    )
    cases = re.findall(r'name="case" value="(\d+)"', page)
    assert len(cases) > 3
    assert "left out, and why" in page
    groups = re.findall(r"<details[^>]*>.*?(\d+) of (\d+) ticked", page, re.S)
    assert sum(int(many) for _, many in groups) == len(cases), "each body stands in one group, and its count is told"
    assert all(ticked == many for ticked, many in groups)
    assert "its own request is granted with it" in page
    with database.reading() as session:
        mine = str(case_of(session).id)
    chosen = [mine, *[one for one in cases if one != mine][:2]]
    officer.post("/extensions/class", _hidden(page) | {"do": "save", "case": chosen}, form="/extensions/class")
    with database.reading() as session:
        moved = session.scalars(select(DeadlineChange).where(DeadlineChange.kind == "extended")).all()
        assert {str(one.case_id) for one in moved} == set(chosen)
        assert {one.why for one in moved} == {"Snow."}
        assert session.scalars(select(Extension.state)).one() == "granted"
    assert _mails(database, "extension_granted")
    stale = officer.post("/extensions/class", _hidden(page) | {"do": "save", "case": chosen}, form="/extensions/class", status=409)
    assert "Somebody else has changed this" in stale
    fresh = _hidden(stale) | {"do": "save"}
    assert "Choose at least one body" in officer.post("/extensions/class", fresh, form="/extensions/class", status=422)


# A date of the round.


def _look(officer, to, reason="The software came late.", status=200):
    path = "/rounds/2009/dates/return_due"
    return officer.post(path, day(to) | {"reason": reason, "do": "check"}, status=status)


def test_a_date_of_the_round_shows_its_effect_then_moves_what_rests_on_it(app, database, clock, running):
    officer, preparer = Browser(app, "officer"), Browser(app, "preparer")
    _save(officer, running, _check(officer, running, given="2010-03-19"))
    page = _look(officer, "2010-03-12")
    assert "Nothing has been changed yet" in page
    assert "What was given to one deadline alone stays: 1 has" in page
    assert "5 Mar 2010" in page, "the reminder five working days before"
    officer.post("/rounds/2009/dates/return_due", _hidden(page) | {"do": "save"})
    assert _deadline(database).due_at == datetime(2010, 3, 19, 17, tzinfo=UTC), "an extension that is later stays"
    with database.reading() as session:
        rows = session.scalars(
            select(Deadline).where(Deadline.rule == "return_due", Deadline.closed_at.is_(None), Deadline.id != running)
        ).all()
        assert {one.due_at for one in rows} == {datetime(2010, 3, 12, 17, tzinfo=UTC)}
        assert {one.remind_at for one in rows} == {datetime(2010, 2, 26, 9, tzinfo=UTC)}
        assert "the date of the round was moved to Friday 12 March 2010, because The software came late" in rows[0].explanation
        assert session.scalars(select(Round).where(Round.code == "2009")).one().dates["return_due"] == "2010-03-12"
    assert "stays due 19 March 2010" in preparer.get(f"{CASE}/deadlines")
    assert _mails(database, "round_date_moved")
    # Back before the old extension's end, and to the past: overdue at once.
    assert re.search(r"Overdue at once</dt><dd[^>]*><strong[^>]*>\d+", _look(officer, "2010-01-29"))


def test_reminders_of_the_old_date_do_not_stand_in_the_way_of_the_new(app, database, clock, running):
    officer = Browser(app, "officer")
    clock.now = datetime(2010, 2, 19, 9, 1, tzinfo=UTC)
    tick(database, app.settings, clock)
    first = [m for m in _mails(database, "deadline_coming") if m.deadline_id == running]
    assert first
    officer.post("/rounds/2009/dates/return_due", _hidden(_look(officer, "2010-03-12")) | {"do": "save"})
    clock.now = datetime(2010, 2, 26, 9, 1, tzinfo=UTC)
    tick(database, app.settings, clock)
    assert not [m for m in _mails(database, "deadline_today") if m.deadline_id == running], "nothing is due on the old day"
    clock.now = datetime(2010, 3, 5, 9, 1, tzinfo=UTC)
    tick(database, app.settings, clock)
    again = [m for m in _mails(database, "deadline_coming") if m.deadline_id == running]
    assert len(again) == 2 * len(first)


def test_an_old_check_page_of_a_date_is_refused_with_what_was_typed(app, database, running):
    first, second = Browser(app, "officer"), Browser(app, "officer")
    mine = _look(first, "2010-03-12", "Mine, typed at length.")
    second.post("/rounds/2009/dates/return_due", _hidden(_look(second, "2010-03-10")) | {"do": "save"})
    told = first.post("/rounds/2009/dates/return_due", _hidden(mine) | {"do": "save"}, status=409)
    assert "Somebody else has changed this" in told
    assert "Mine, typed at length." in told
    assert _deadline(database).due_at == datetime(2010, 3, 10, 17, tzinfo=UTC)
    assert "This is the date already" in _look(first, "2010-03-10", status=422)
    assert "Fill in “Reason”" in _look(first, "2010-03-11", "", status=422)
    first.get("/rounds/2009/dates/sign_off", 404)
    first.get("/rounds/none/dates", 404)


def test_the_command_line_tells_and_changes_dates(database, running):
    def run(*words):
        env = os.environ | {"YARDSTICK_DATABASE_URL": database.url}
        return subprocess.run([YARDSTICK, "round", "dates", *words], env=env, capture_output=True, text=True, check=False)

    told = json.loads(run("2009", "--json").stdout)
    assert told[0]["code"] == "return_due"
    assert told[0]["date"] == "2010-02-26"
    to = ("2009", "--set", "return_due=2010-03-12", "--why", "Snow.", "--json")
    dry = json.loads(run(*to, "--dry-run").stdout)
    assert dry["changed"] is False
    assert len(dry["moves"]) == told[0]["open"]
    assert _deadline(database).due_at.date() == date(2010, 2, 26)
    assert json.loads(run(*to).stdout)["changed"] is True
    assert _deadline(database).due_at.date() == date(2010, 3, 12)
    assert run("2009", "--set", "return_due=2010-03-13").returncode == 1
    assert "has no date 'nothing'" in run("2009", "--set", "nothing=2010-03-13", "--why", "x").stderr
    assert run("2009", "--dry-run").returncode == 1


def test_what_happened_before_there_was_a_history_is_read_from_the_record(store, _loaded):
    """The rows of a migration are what the verbs write: both tell the same of the demo."""
    url = store.copy(_loaded)
    told = Database(url)
    columns = (DeadlineChange.deadline_id, DeadlineChange.kind, DeadlineChange.at, DeadlineChange.person_id, DeadlineChange.due_before,
               DeadlineChange.due_after)  # fmt: skip
    with told.reading() as session:
        before = sorted(map(tuple, session.execute(select(*columns))), key=repr)
    told.engine.dispose()
    migrations.downgrade(url, "0018")
    migrations.upgrade(url)
    with told.reading() as session:
        after = sorted(map(tuple, session.execute(select(*columns))), key=repr)
    told.engine.dispose()
    store.drop(url)
    assert len(before) > 100
    assert after == before
