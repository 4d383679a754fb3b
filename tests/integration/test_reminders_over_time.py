"""Each reminder that was due and still true is sent once, on its day, and none that was not: whatever happens, whatever the clock does.

What should be sent is told by a model that shares nothing with the application but the bank holidays.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from tests.support.deadlines import open_deadline_of, put_off
from tests.support.returns import case_of
from webapp.accounts.models import Membership, Person
from webapp.db import SYSTEM
from webapp.deadlines import verbs
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.notices.reminding import remind

LONDON = ZoneInfo("Europe/London")
OFF = holidays.country_holidays("GB", subdiv="ENG", years=range(2009, 2014))
SENT = ("queued", "held", "sending", "sent")
REMINDERS: dict[str, dict[str, tuple[int, tuple[str, ...]]]] = {
    "return_due": {"return_due-before": (-5, ("preparer",)), "return_due-today": (0, ("preparer",)),
                   "return_due-after": (1, ("preparer", "approver"))},
    "correction": {"correction-before": (-5, ("preparer",)), "correction-today": (0, ("preparer",)),
                   "correction-after": (1, ("preparer", "approver"))},
    "sign_off": {"sign_off-today": (0, ("approver",)), "sign_off-after": (1, ("approver",))},
}  # fmt: skip
LENGTHS = {"correction": 10, "sign_off": 5}
"""The working days of the rules; the return's last day is given."""


def works(day):
    return day.weekday() < 5 and day not in OFF


def step(day, count):
    """The day so many working days on, or back."""
    way = timedelta(days=1 if count > 0 else -1)
    while count:
        day += way
        count -= (1 if count > 0 else -1) if works(day) else 0
    return day


def london(day, hour):
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def today(now):
    return now.astimezone(LONDON).date()


@dataclass
class Clocked:
    """One deadline as the model keeps it."""

    rule: str
    due: datetime
    seen: datetime
    """Until when its reminders were looked at: what lies before that is past."""
    stopped: datetime | None = None
    sent: set[tuple[str, date]] = field(default_factory=set)

    def tick(self, now):
        """The reminders that a tick sends: of those that came up since the last, the latest whose words are true."""
        if self.stopped:
            return []
        came_up = {}
        for name, (days, roles) in REMINDERS[self.rule].items():
            at = london(step(today(self.due), days), 9)
            true = now <= self.due if days < 0 else now > self.due if days > 0 else today(now) == today(self.due)
            if self.seen < at <= now and true:
                came_up[name] = at, roles
        self.seen = max(self.seen, now)
        latest = [name for name, (at, _) in came_up.items() if at == max(at for at, _ in came_up.values())]
        new = [name for name in latest if (name, today(self.due)) not in self.sent]
        self.sent |= {(name, today(self.due)) for name in new}
        return [(name, role, today(now)) for name in new for role in came_up[name][1]]


class Reality:
    """The home body's case in a database: nothing else in it is open."""

    def __init__(self, database):
        self.database, self.count = database, 0
        with database.work(SYSTEM, datetime(2009, 11, 2, tzinfo=UTC)) as work:
            work.session.execute(update(Deadline).values(remind_at=None))
            home = case_of(work.session)
            for one in work.session.scalars(select(Deadline).where(Deadline.case_id == home.id, Deadline.closed_at.is_(None))):
                one.closed_at, one.outcome = work.now, "lapsed"
            people = select(Membership.role, Person.email).join(Person, Person.id == Membership.person_id)
            people = people.where(Membership.organisation_id == home.body_id, Membership.until.is_(None), Person.active)
            self.people = work.session.execute(people.where(Membership.role.in_(("preparer", "approver")))).all()
            assert {role for role, _ in self.people} == {"preparer", "approver"}
            self.last = work.session.scalar(select(func.max(Notice.id))) or 0

    def do(self, now, verb, *args, **more):
        with self.database.work(SYSTEM, now) as work:
            verb(work, case_of(work.session), *args, **more)

    def due(self, name):
        with self.database.reading() as session:
            return open_deadline_of(session, case_of(session), name).due_at

    def tick(self, now):
        remind(self.database, now)
        assert remind(self.database, now) == 0, "a tick too many does nothing"

    def sent(self):
        """What was sent since this was asked last: rule, to whom, on which day."""
        with self.database.reading() as session:
            query = select(Notice.id, Notice.rule, Notice.email, Notice.queued_at).where(Notice.id > self.last, Notice.rule != "")
            rows = session.execute(query.where(Notice.state.in_(SENT))).all()
            self.last = session.scalar(select(func.max(Notice.id))) or 0
        self.count += len(rows)
        return Counter((rule_, email, today(at)) for _, rule_, email, at in rows)

    def to_people(self, expected):
        """What the model expects, for the people who hold the roles; each once for one reminder."""
        told = {(name, email, day) for name, role, day in expected for held, email in self.people if held == role}
        return Counter(told)


STARTS = (date(2009, 12, 18), date(2010, 2, 1), date(2010, 3, 19), date(2010, 10, 22), date(2012, 2, 20))
"""Before Christmas, on an ordinary day, before both changes of the clock, before a leap day."""


def machine(reality):
    class Case(RuleBasedStateMachine):
        """Random things happen to the deadlines of one case while the clock goes on, and now and then back."""

        @initialize(start=st.sampled_from(STARTS))
        def begin(self, start):
            self.now = london(start, 8)
            self.open = {}
            self.expected = []
            for name in REMINDERS:
                self._open(name, 8)

        @precondition(lambda self: len(self.open) < len(REMINDERS))
        @rule(data=st.data(), days=st.integers(0, 25))
        def open_again(self, data, days):
            self._open(data.draw(st.sampled_from(sorted(REMINDERS.keys() - self.open.keys()))), days)

        def _open(self, name, days):
            if name in LENGTHS:
                reality.do(self.now, verbs.open_deadline, name, None)
                due = london(step(today(self.now), LENGTHS[name]), 17)
            else:
                last = today(self.now) + timedelta(days=days)
                reality.do(self.now, verbs.open_deadline, name, None, given=last)
                due = london(last, 17)
            self.open[name] = Clocked(name, due, self.now)

        @precondition(lambda self: self.open)
        @rule(data=st.data(), days=st.integers(-5, 30))
        def extend(self, data, days):
            one = self.open[data.draw(st.sampled_from(sorted(self.open)))]
            if one.stopped:
                return
            one.due, one.seen = london(today(one.due) + timedelta(days=days), 17), self.now
            reality.do(self.now, put_off, one.rule, one.due)

        @precondition(lambda self: self.open)
        @rule(data=st.data())
        def stop(self, data):
            one = self.open[data.draw(st.sampled_from(sorted(self.open)))]
            reality.do(self.now, verbs.stop, (one.rule,))
            one.stopped = one.stopped or self.now

        @precondition(lambda self: any(one.stopped for one in self.open.values()))
        @rule(data=st.data())
        def resume(self, data):
            one = self.open[data.draw(st.sampled_from(sorted(n for n, o in self.open.items() if o.stopped)))]
            reality.do(self.now, verbs.resume, (one.rule,))
            first, last = today(one.stopped), today(self.now)
            stood = sum(works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
            one.due = london(step(today(one.due), stood), 17)
            one.stopped, one.seen = None, self.now

        @precondition(lambda self: len(self.open) > 1)
        @rule(data=st.data(), withdrawn=st.booleans())
        def submit_or_withdraw(self, data, withdrawn):
            one = self.open.pop(data.draw(st.sampled_from(sorted(self.open))))
            reality.do(self.now, verbs.close, (one.rule,), None, lapsed=withdrawn)

        @rule(hours=st.one_of(st.integers(1, 30), st.integers(31, 100)))
        def time_passes(self, hours):
            """A tick after an hour or a day, or after an outage of some days."""
            self.now += timedelta(hours=hours)
            self._tick()

        @rule(hours=st.integers(1, 24))
        def the_clock_is_set_back(self, hours):
            self.now -= timedelta(hours=hours)
            self._tick()

        @rule(days=st.integers(1, 12))
        def days_pass_with_ticks(self, days):
            for _ in range(days * 3):
                self.now += timedelta(hours=8)
                self._tick()

        @rule(days=st.integers(4, 15))
        def weeks_pass_with_ticks(self, days):
            self.days_pass_with_ticks(days)

        def _tick(self):
            reality.tick(self.now)
            for one in self.open.values():
                self.expected += one.tick(self.now)

        @invariant()
        def what_was_due_and_true_was_sent_once(self):
            if not hasattr(self, "open"):
                return
            for one in self.open.values():
                assert reality.due(one.rule) == one.due
            assert reality.sent() == reality.to_people(self.expected)
            self.expected = []

        def teardown(self):
            for name in getattr(self, "open", {}):
                reality.do(self.now, verbs.close, (name,), None, lapsed=True)

    return Case


def test_whatever_happens_each_reminder_is_sent_once_while_it_is_true(database):
    postgres = database.engine.dialect.name == "postgresql"
    usual = settings(max_examples=6 if postgres else 25, stateful_step_count=20 if postgres else 30, deadline=None,
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    reality = Reality(database)
    run_state_machine_as_test(machine(reality), settings=usual)
    assert reality.count > (15 if postgres else 60), "there was something to send"


# The clock jumps.


def run(reality, *hours):
    """Tick at each of these times; gives what was sent, with the time in London at which it was."""
    found = []
    for now in hours:
        reality.tick(now)
        found += [(name, now.astimezone(LONDON)) for name, _, _ in sorted(reality.sent())]
    return [(name.partition("-")[2], f"{at:%d %b %H:%M}") for name, at in dict.fromkeys(found)]


def hourly(first, last):
    """Every hour from eight on one day to the end of another."""
    start, end = london(first, 8), london(last, 23)
    return [start + timedelta(hours=number) for number in range(int((end - start) / timedelta(hours=1)) + 1)]


@pytest.mark.parametrize(
    "opened, due, sent",
    [
        (date(2010, 3, 15), date(2010, 3, 29), ["22 Mar 09:00", "29 Mar 09:00", "30 Mar 09:00"]),  # summer time begins on the 28th
        (date(2010, 10, 18), date(2010, 11, 1), ["25 Oct 09:00", "01 Nov 09:00", "02 Nov 09:00"]),  # and ends on the 31st
        (date(2012, 2, 13), date(2012, 2, 29), ["22 Feb 09:00", "29 Feb 09:00", "01 Mar 09:00"]),
        (date(2012, 2, 13), date(2012, 3, 7), ["29 Feb 09:00", "07 Mar 09:00", "08 Mar 09:00"]),
        (date(2009, 12, 9), date(2009, 12, 24), ["17 Dec 09:00", "24 Dec 09:00", "29 Dec 09:00"]),  # Boxing Day is kept on the 28th
        (date(2009, 12, 14), date(2009, 12, 31), ["22 Dec 09:00", "31 Dec 09:00", "04 Jan 09:00"]),
        (date(2009, 12, 14), date(2010, 1, 4), ["23 Dec 09:00", "04 Jan 09:00", "05 Jan 09:00"]),
    ],
)  # fmt: skip
def test_reminders_come_at_nine_on_the_right_days(database, opened, due, sent):
    reality = Reality(database)
    reality.do(london(opened, 8), verbs.open_deadline, "return_due", None, given=due)
    told = run(reality, *hourly(opened, due + timedelta(days=6)))
    assert told == list(zip(("before", "today", "after"), sent, strict=True))


FRIDAY = date(2010, 2, 26)


def _returning(database):
    reality = Reality(database)
    reality.do(london(date(2010, 2, 8), 8), verbs.open_deadline, "return_due", None, given=FRIDAY)
    return reality


@pytest.mark.parametrize(
    "last, back, sent",
    [
        (date(2010, 2, 18), datetime(2010, 2, 22, 11, 30, tzinfo=UTC), [("before", "22 Feb 11:30"), ("today", "26 Feb 09:30"),
                                                                        ("after", "01 Mar 09:30")]),
        (date(2010, 2, 24), datetime(2010, 2, 26, 16, 30, tzinfo=UTC), [("before", "19 Feb 09:00"), ("today", "26 Feb 16:30"),
                                                                        ("after", "01 Mar 09:30")]),
        (date(2010, 2, 25), datetime(2010, 2, 28, 11, 30, tzinfo=UTC), [("before", "19 Feb 09:00"), ("after", "01 Mar 09:30")]),
        (date(2010, 2, 25), datetime(2010, 3, 1, 9, 30, tzinfo=UTC), [("before", "19 Feb 09:00"), ("after", "01 Mar 09:30")]),
        (date(2010, 2, 17), datetime(2010, 3, 8, 9, 30, tzinfo=UTC), [("after", "08 Mar 09:30")]),
    ],
)  # fmt: skip
def test_what_was_missed_in_an_outage_is_made_up_once_if_it_is_still_true(database, last, back, sent):
    reality = _returning(database)
    after = [back + timedelta(hours=number) for number in range(24 * 8)]
    assert run(reality, *hourly(date(2010, 2, 8), last), *after) == sent


def test_a_clock_that_is_set_back_sends_nothing_again(database):
    reality = _returning(database)
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 19))) == [("before", "19 Feb 09:00")]
    told = run(reality, *hourly(date(2010, 2, 17), date(2010, 3, 3)))
    assert told == [("today", "26 Feb 09:00"), ("after", "01 Mar 09:00")]
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 3, 8))) == []


def test_a_clock_that_is_set_back_does_not_let_an_extension_send_anything_again(database):
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 19)))
    back = london(date(2010, 2, 17), 8)
    reality.do(back, put_off, "return_due", london(FRIDAY, 17))  # the very same day: nothing new to be said
    assert run(reality, *hourly(date(2010, 2, 17), date(2010, 2, 24))) == []


def test_another_day_is_reminded_of_anew(database):
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 22)))
    reality.do(london(date(2010, 2, 23), 8), put_off, "return_due", london(date(2010, 3, 12), 17))
    told = run(reality, *hourly(date(2010, 2, 23), date(2010, 3, 17)))
    assert told == [("before", "05 Mar 09:00"), ("today", "12 Mar 09:00"), ("after", "15 Mar 09:00")]
