"""A date is changed in Chromium: its effect is seen, it is saved, time passes, and the mail is there. Time is told by an injected clock."""

import re
import shutil
from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from config.settings import Settings
from tests.support.browser import PHONE, Person
from tests.support.deadlines import home_return_due
from webapp.app import create_app
from webapp.cases.models import Case
from webapp.clock import system_clock
from webapp.deadlines.models import Deadline
from webapp.jobs import tick
from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CASE = "/cases/2009-E0701"
WIDE = {"width": 1280, "height": 900}


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        self.now = system_clock()

    def __call__(self):
        return self.now


@pytest.fixture
def clocked(loaded, tmp_path):
    """The demo, served in this process by a clock that can be set; gives the application, its clock and its address."""
    shutil.copy(loaded, tmp_path / "yardstick.db")
    shutil.copytree(loaded.parent / "evidence", tmp_path / "evidence")
    clock = Clock()
    app = create_app(Settings(tmp_path, f"sqlite:///{tmp_path}/yardstick.db", "x" * 40, "http://localhost", "", "off", 8000), clock=clock)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield app, clock, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.database.engine.dispose()


def _day(person, day, name="day"):
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        person.page.fill(f"#{name}-{part}", str(value))
    return person


def _words(day):
    return f"{day.day} {day:%B} {day.year}"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
def test_an_officer_changes_a_date_sees_the_effect_saves_it_and_the_mail_comes_in_its_time(chromium, clocked, size):
    app, clock, base = clocked
    england = WorkingCalendar("ENG")
    with app.database.reading() as session:
        query = select(Deadline.due_at).join(Case, Case.id == Deadline.case_id).where(Case.ref == CASE[7:], Deadline.rule == "return_due")
        due = london_day(session.scalars(query).one())
    to = england.add_working_days(max(due, london_day(clock.now)), 15)
    reminded = england.add_working_days(to, -10)

    officer = Person(chromium, base, "officer", size=size)
    width = size["width"]
    officer.open("/rounds/2009/dates")
    officer.shot(f"round-dates-{width}").reads("Return", _words(due))
    officer.press("Change the date of Return").reads("open deadlines rest on it")
    officer.press("See the effect").reads("There is a problem", "Fill in “Reason”")
    _day(officer, to).fill("Reason", "The guidance came late.").press("See the effect")
    officer.reads("Nothing has been changed yet", "Mails that will leave besides").shot(f"round-date-check-{width}")
    officer.page.locator("summary", has_text="deadlines that move").click()
    officer.reads("Hartlepool Borough Council")
    officer.press("Change the date").reads("Done", _words(to))

    clock.now = at_hour(reminded - timedelta(days=1), "12:00")
    tick(app.database, app.settings, clock)
    preparer = Person(chromium, base, "preparer", size=size)
    preparer.open("/outbox").reads("the date of Return has changed").does_not_read(f"Return is due 5pm on {to:%A} {_words(to)}")
    preparer.open(f"{CASE}/deadlines").reads(f"due {_words(to)}", "The date was moved", "The guidance came late.", _words(due))
    preparer.shot(f"deadlines-{width}")

    clock.now = at_hour(reminded, "09:01")
    tick(app.database, app.settings, clock)
    preparer.open("/outbox").reads(f"Return is due 5pm on {to:%A} {_words(to)}").shot(f"outbox-after-the-date-{width}")
    assert len(re.findall(f"Return is due 5pm on {to:%A} {_words(to)}", preparer.page.inner_text("main"))) == 1
    for one in (officer, preparer):
        one.context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
def test_more_time_is_asked_for_and_granted(chromium, clocked, size):
    app, clock, base = clocked
    width = size["width"]
    with app.database.reading() as session:
        query = select(Deadline.due_at).join(Case, Case.id == Deadline.case_id).where(Case.ref == CASE[7:], Deadline.rule == "return_due")
        due = max(london_day(session.scalars(query).one()), london_day(clock.now))
    wished, given = due + timedelta(days=14), due + timedelta(days=10)
    preparer, officer = Person(chromium, base, "preparer", size=size), Person(chromium, base, "officer", size=size)
    preparer.open(f"{CASE}/deadlines").press("Ask for more time for Return").shot(f"extension-ask-{width}")
    _day(preparer, wished, "wished").fill("Why more time is needed", "Our ledger is being moved.").press("Ask for more time")
    preparer.reads("More time is asked for", "Until it is granted nothing stops")
    officer.open("/extensions").reads("Our ledger is being moved.").shot(f"extensions-{width}").press(
        "Decide on Return of Hartlepool Borough Council"
    )
    officer.reads("asked on").choose("Grant more time")
    _day(officer, given).fill("Reason", "Ten days must do.").press("Go on")
    officer.reads("Nothing has been changed yet", _words(given)).shot(f"extension-check-{width}").press("Grant more time")
    officer.reads("More time is granted", "Extended once", "At first it was due").shot(f"deadlines-extended-{width}")
    officer.open("/extensions/class").shot(f"extension-class-{width}")
    _day(officer, wished).fill("Reason", "Snow.").press("See whom it concerns")
    officer.reads("Open a class to untick whoever should not get it", "left out, and why").shot(f"extension-class-check-{width}")
    officer.press("Give more time to those ticked").reads("More time is granted to")
    approver = Person(chromium, base, "approver", size=size)
    approver.open(f"{CASE}/closing-days").shot(f"closing-days-{width}")
    _day(_day(approver, date(due.year, 12, 24), "first"), date(due.year, 12, 31), "last").fill("Why", "Christmas closure")
    approver.press("Enter the closing days").reads("Christmas closure", "Take back")
    for one in (preparer, officer, approver):
        one.context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
def test_reminders_to_a_body_are_paused_and_go_again(chromium, clocked, size):
    app, clock, base = clocked
    width, until = size["width"], london_day(clock.now) + timedelta(days=80)
    home_return_due(app.database, london_day(clock.now) + timedelta(days=30), at=clock.now)
    officer, preparer = Person(chromium, base, "officer", size=size), Person(chromium, base, "preparer", size=size)
    officer.open(f"{CASE}/deadlines").press("Pause reminders to the body").press("See what will not be sent")
    officer.reads("There is a problem").shot(f"pause-problem-{width}")
    _day(officer, until).fill("Why", "The town hall is flooded.").press("See what will not be sent")
    officer.reads("Nothing has been changed yet", "What will not be sent", "Return").shot(f"pause-check-{width}").press("Pause reminders")
    officer.reads(f"They begin again on {_words(until)}", "The town hall is flooded.").shot(f"paused-{width}")
    preparer.open(f"{CASE}/deadlines").reads("Reminders to the body are paused until", "The town hall is flooded.")
    preparer.shot(f"paused-body-{width}")
    preparer.open("/reminders?days=90").reads("Not sent", "reminders to this body are paused until").shot(f"paused-ahead-{width}")
    officer.open(f"{CASE}/reminders").press("End it now").reads("Reminders go again from now on", "Ended on")
    preparer.open("/reminders?days=90").does_not_read("Not sent")
    for one in (officer, preparer):
        one.context.close()
