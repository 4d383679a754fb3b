"""Each reminder that was due and still true is sent once, on its day, and none that was not: whatever happens, whatever the clock does.

What should be written, and what should be kept as dropped and why, and then what should leave, when, and what should be dropped
when it would leave, is told by a model that shares nothing with the application but the bank holidays and the programme's file of
reminders. The clock tests share not even that: their days and people are written by hand.
"""

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, func, or_, select, update

from tests.support.deadlines import open_deadline_of, put_off
from tests.support.returns import case_of
from webapp.accounts.models import Membership, Person
from webapp.db import SYSTEM
from webapp.deadlines import extending, verbs
from webapp.deadlines.models import Deadline
from webapp.mail import LocalOutbox
from webapp.notices import pauses
from webapp.notices.delivery import deliver
from webapp.notices.models import Notice, ReminderPause
from webapp.notices.reminding import remind
from workflows.deadlines.reminders import Pause

LONDON = ZoneInfo("Europe/London")
OFF = holidays.country_holidays("GB", subdiv="ENG", years=range(2009, 2014))
SENT = ("queued", "held", "sending", "sent")
OVERTAKEN = "A later reminder of the same deadline was due when it could be written."
UNTRUE = "Its words were not true any more when it could be written."
PROGRAMME = Path(__file__).parents[2] / "config" / "programmes" / "back-office-2009"


class Written(NamedTuple):
    """A reminder as it stands in the programme's file."""

    days: int
    to: tuple[str, ...]
    grouped: bool


def as_written(*deadlines):
    """The reminders of some deadlines as they stand in the programme's file, by deadline and code."""
    found: dict[str, dict[str, Written]] = {deadline: {} for deadline in deadlines}
    for one in tomllib.loads((PROGRAMME / "reminders.toml").read_text())["reminders"]:
        if one["deadline"] in found:
            found[one["deadline"]][one["code"]] = Written(one["working_days"], tuple(one["to"]), one.get("mail") == "grouped")
    return found


REMINDERS = as_written("return_due", "correction", "sign_off")
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


def quiet(day):
    return not works(day) or (day.month, day.day) == (1, 1) or (day.month == 12 and day.day >= 25)


def opens(now):
    """When mail leaves that could leave now: on a quiet day, at nine on the next that is none."""
    day = today(now)
    if not quiet(day):
        return now
    while quiet(day):
        day += timedelta(days=1)
    return london(day, 9)


def leaves(now, due, grouped):
    """When a mail that is written now leaves: a grouped one waits ten minutes for others; none waits beyond its deadline."""
    times = [opens(now + timedelta(minutes=10))] * grouped + [opens(now), now]
    return next(at for at in times if due <= now or at < due or at == now)


PAUSED_ROLES = ("preparer", "approver")


@dataclass
class Pausing:
    """Whether, and until when, the reminders to the body are paused."""

    day: date | None = None

    @property
    def until(self):
        return self.day and london(self.day, 0)

    def why_not(self, role, now):
        if role not in PAUSED_ROLES or self.day is None or now >= self.until:
            return ""
        return f"Reminders to this body are paused until {self.day:%A} {self.day.day} {self.day:%B %Y}: A flood"


@dataclass(eq=False)
class Mail:
    """A reminder to a role that was written and has not left."""

    name: str
    role: str
    due: datetime
    written: datetime
    at: datetime
    """When it may leave."""


@dataclass(eq=False)
class Clocked:
    """One deadline as the model keeps it."""

    rule: str
    due: datetime
    seen: datetime
    """Until when its reminders were looked at: what lies before that is past."""
    stopped: datetime | None = None
    closed: bool = False
    told: set[tuple[str, date]] = field(default_factory=set)
    """What was written or dropped, for which day."""
    waiting: list[Mail] = field(default_factory=list)
    stood: list[Mail] = field(default_factory=list)
    """What did not leave because the clock stood."""

    def true(self, name, now):
        days = REMINDERS[self.rule][name].days
        return now <= self.due if days < 0 else now > self.due if days > 0 else today(now) == today(self.due)

    def tick(self, now, pausing):
        """What a tick does with the reminders that came up since the last: it writes to each role its latest of which the words are
        true, and drops the others with a reason. Each is told of once for a day, whichever way."""
        if self.stopped or self.closed:
            return []
        came_up, true = {}, {}
        for name, reminder in REMINDERS[self.rule].items():
            at = london(step(today(self.due), reminder.days), 9)
            if self.seen < at <= now:
                came_up[name] = at
                if self.true(name, now):
                    true[name] = at
        self.seen = max(self.seen, now)
        new = [name for name in came_up if (name, today(self.due)) not in self.told]
        self.told |= {(name, today(self.due)) for name in new}
        heard: dict[str, datetime] = {}
        for name, at in true.items():
            for role in REMINDERS[self.rule][name].to:
                heard[role] = max(at, heard.get(role, at))

        def why(name, role):
            return UNTRUE if name not in true else OVERTAKEN if true[name] < heard[role] else pausing.why_not(role, now)

        found = [(name, role, today(now), why(name, role)) for name in new for role in REMINDERS[self.rule][name].to]
        self.waiting += [Mail(name, role, self.due, now, leaves(now, self.due, REMINDERS[self.rule][name].grouped))
                         for name, role, _, why_not in found if not why_not]  # fmt: skip
        return found

    def deliver(self, now, pausing):
        """What leaves now, and what would and is dropped, with the beginning of the reason. What was written later than now, before the
        clock was set back, waits for that time, but no longer than for its deadline."""
        ready = [one for one in self.waiting if one.at <= now and (one.written <= now or one.written < one.due <= now)]
        self.waiting = [one for one in self.waiting if one not in ready]
        return [(one.name, one.role, self._why_not(one, now, pausing), now) for one in ready]

    def _why_not(self, one, now, pausing):
        if self.closed:
            return "Overtaken: the deadline was closed"
        if self.stopped:
            self.stood.append(one)
            return "Overtaken: the clock of the deadline stands"
        if one.due != self.due:
            return "Overtaken: the deadline was moved"
        return pausing.why_not(one.role, now) or ("" if self.true(one.name, now) else "Overtaken: it speaks of the time")

    def goes_on(self, now):
        """What the clock held up waits again where the date is as it says."""
        for one in [one for one in self.stood if one.due == self.due]:
            self.stood.remove(one)
            one.at = leaves(now, self.due, grouped=False)
            self.waiting.append(one)


AT_LEAVING = ("Overtaken: the deadline was closed", "Overtaken: the clock of the deadline stands", "Overtaken: the deadline was moved",
              "Overtaken: it speaks of the time")  # fmt: skip


def _beginning(why):
    """What a reason begins with, where it goes on with a date."""
    return next((beginning for beginning in AT_LEAVING if why.startswith(beginning)), why)


class Recorded(LocalOutbox):
    """Delivers nowhere, and keeps the names of the mails that it was handed."""

    def __init__(self):
        self.names: list[str] = []

    def talk(self, line, mail):
        self.names.append(mail.message_id)
        return super().talk(line, mail)


class Reality:
    """The home body's case in a database: nothing else in it is open, and no other mail waits."""

    def __init__(self, database, delivers=False):
        self.database, self.delivers, self.queued = database, delivers, 0
        self.count: Counter[str | tuple[str, str]] = Counter()
        self.rows, self.left, self.transport = [], [], Recorded()
        self.waiting: dict[int, tuple[str, str]] = {}
        with database.work(SYSTEM, datetime(2009, 11, 2, tzinfo=UTC)) as work:
            work.session.execute(update(Deadline).values(remind_at=None))
            work.session.execute(update(Notice).where(Notice.state == "queued").values(state="cancelled"))
            home = case_of(work.session)
            for one in work.session.scalars(select(Deadline).where(Deadline.case_id == home.id, Deadline.closed_at.is_(None))):
                one.closed_at, one.outcome = work.now, "lapsed"
            people = select(Membership.role, Person.email).join(Person, Person.id == Membership.person_id)
            there = or_(
                Membership.role.in_(("preparer", "approver")) & (Membership.organisation_id == home.body_id),
                (Membership.role == "coordinator") & (Membership.organisation_id == home.partnership_id),
                Membership.role == "officer",
            )
            self.people = defaultdict(set)
            for role, email in work.session.execute(people.where(there, Membership.until.is_(None), Person.active)):
                self.people[role].add(email)
            assert self.people.keys() == {"preparer", "approver", "coordinator", "officer"}
            self.first = self.last = work.session.scalar(select(func.max(Notice.id))) or 0

    def do(self, now, verb, *args, **more):
        with self.database.work(SYSTEM, now) as work:
            verb(work, case_of(work.session), *args, **more)

    def due(self, name):
        with self.database.reading() as session:
            return open_deadline_of(session, case_of(session), name).due_at

    def tick(self, now):
        """What the scheduler does: write what is due, then deliver what may leave."""
        self.queued += remind(self.database, now)
        assert remind(self.database, now) == 0, "a tick too many does nothing"
        self._read()
        if self.delivers:
            self._deliver(now)

    def _read(self):
        with self.database.reading() as session:
            query = select(Notice.id, Notice.rule, Notice.email, Notice.queued_at, Notice.state, Notice.error)
            rows = session.execute(query.where(Notice.id > self.last, Notice.rule != "").order_by(Notice.id)).all()
            self.last = session.scalar(select(func.max(Notice.id))) or 0
        for row in rows:
            assert (row.state in SENT, row.state == "dropped") == (not row.error, bool(row.error)), row
        self.waiting |= {row.id: (row.rule, row.email) for row in rows if not row.error}
        self.rows += rows

    def _deliver(self, now):
        before = len(self.transport.names)
        deliver(self.database, self.transport, now)
        deliver(self.database, self.transport, now)
        names = self.transport.names[before:]
        with self.database.reading() as session:
            sent = select(Notice.id, Notice.message_id).where(Notice.message_id.in_(names), Notice.rule != "")
            left = {row.id: "" for row in session.execute(sent)}
            ended = select(Notice.id, Notice.error, Notice.state).where(Notice.id.in_(self.waiting), Notice.state != "queued")
            for row in session.execute(ended):
                assert (row.state, bool(row.error)) == (("sent", False) if row.id in left else ("dropped", True)), row
                left[row.id] = row.error
        self.left += [(*self.waiting.pop(number), _beginning(why), now) for number, why in left.items()]
        self.count.update(("left", _beginning(why).partition(" until ")[0]) for why in left.values())
        assert len(set(self.transport.names)) == len(self.transport.names), "no mail was sent twice"

    def forget(self):
        """Nothing was ever written: what somebody had on a day is counted."""
        self.rows, self.left, self.queued = [], [], 0
        self.waiting.clear()
        with self.database.work(SYSTEM, datetime(2009, 11, 2, tzinfo=UTC)) as work:
            work.session.execute(delete(Notice).where(Notice.id > self.first))
            self.last = self.first

    def again(self):
        """What was dropped because the clock stood, and waits again."""
        with self.database.reading() as session:
            query = select(Notice.id, Notice.rule, Notice.email).where(Notice.state == "queued", Notice.rule != "")
            self.waiting |= {row.id: (row.rule, row.email) for row in session.execute(query)}

    def delivered(self):
        """What left or was dropped as it would have left, since this was asked last: rule, to whom, why not, and when."""
        left, self.left = self.left, []
        return Counter(left)

    def told(self):
        """The rows made since this was asked last: rule, to whom, on which day, and why not where it was dropped."""
        self._read()
        rows, self.rows = self.rows, []
        assert self.queued == sum(not row.error for row in rows), "what is dropped does not count as sent"
        self.queued = 0
        self.count.update(row.error.partition(" until ")[0] for row in rows)
        return Counter((row.rule, row.email, today(row.queued_at), row.error) for row in rows)

    def to_people(self, expected):
        """What the model expects, for the people who hold the roles; each once for one reminder."""
        return Counter({(name, email, day, why) for name, role, day, why in expected for email in self.people[role]})


def extend(work, case, name, last):
    extending.give(work, case, open_deadline_of(work.session, case, name), None, last, "They asked for it")


def pause(work, case, until):
    pauses.begin(work, case, Pause(until, "A flood"))


def end_pause(work, case):
    """End a pause that goes on; of one that is over nothing is left either, where the clock is set back."""
    found = pauses.open_pause(work.session, case.body_id, work.now)
    if found is not None:
        pauses.end(work, found)
    work.session.flush()
    work.session.execute(update(ReminderPause).where(ReminderPause.ended_at.is_(None)).values(ended_at=work.now))


STARTS = (date(2009, 12, 18), date(2010, 2, 1), date(2010, 3, 19), date(2010, 10, 22), date(2012, 2, 20))
"""Before Christmas, on an ordinary day, before both changes of the clock, before a leap day."""

GAPS = (1, 5, 8, 8, 8, 8, 11, 24, 50, 75, 170, 250)
"""Hours between two ticks: the last four are outages. Steps of Hypothesis come or stay away together, so they are of one step."""


def machine(reality):
    class Case(RuleBasedStateMachine):
        """Random things happen to the deadlines of one case while the clock goes on, and now and then back."""

        @initialize(start=st.sampled_from(STARTS))
        def begin(self, start):
            self.now = london(start, 8)
            self.open, self.closed = {}, []
            self.expected, self.leaving = [], []
            self.pausing = Pausing()
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

        @precondition(lambda self: any(not one.stopped for one in self.open.values()))
        @rule(data=st.data(), days=st.integers(1, 30))
        def extend(self, data, days):
            one = self._running(data)
            last = max(today(one.due), today(self.now)) + timedelta(days=days)
            one.due, one.seen = london(last, 17), self.now
            reality.do(self.now, extend, one.rule, last)

        @precondition(lambda self: any(not one.stopped for one in self.open.values()))
        @rule(data=st.data(), days=st.integers(-5, 3))
        def move(self, data, days):
            """As the date of a round moves it: to an earlier day too, or to the same."""
            one = self._running(data)
            one.due, one.seen = london(max(today(one.due), today(self.now)) + timedelta(days=days), 17), self.now
            reality.do(self.now, put_off, one.rule, one.due)

        def _running(self, data):
            return self.open[data.draw(st.sampled_from(sorted(name for name, one in self.open.items() if not one.stopped)))]

        @precondition(lambda self: self.pausing.day is None)
        @rule(days=st.integers(1, 20))
        def pause(self, days):
            self.pausing.day = today(self.now) + timedelta(days=days)
            reality.do(self.now, pause, self.pausing.until)

        @precondition(lambda self: self.pausing.day is not None)
        @rule()
        def end_the_pause(self):
            reality.do(self.now, end_pause)
            self.pausing = Pausing()

        @precondition(lambda self: self.open)
        @rule(data=st.data())
        def stop(self, data):
            one = self.open[data.draw(st.sampled_from(sorted(self.open)))]
            reality.do(self.now, verbs.stop, (one.rule,))
            one.stopped = one.stopped or self.now

        @precondition(lambda self: any(one.stopped for one in self.open.values()))
        @rule(data=st.data())
        def resume(self, data):
            self._resume(self.open[data.draw(st.sampled_from(sorted(n for n, o in self.open.items() if o.stopped)))])

        @rule(hours=st.integers(1, 16))
        def all_stand_for_some_hours(self, hours):
            """From eight in the morning, and so over the hour at which reminders go."""
            self.now = london(today(self.now) + timedelta(days=1), 8)
            self._tick()
            for one in self.open.values():
                reality.do(self.now, verbs.stop, (one.rule,))
                one.stopped = one.stopped or self.now
            self.now += timedelta(hours=hours)
            self._tick()
            for one in self.open.values():
                self._resume(one)

        def _resume(self, one):
            reality.do(self.now, verbs.resume, (one.rule,))
            first, last = today(one.stopped), today(self.now)
            stood = sum(works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
            one.due = london(step(today(one.due), stood), 17)
            one.stopped, one.seen = None, self.now if stood else one.seen
            one.goes_on(self.now)
            reality.again()

        @precondition(lambda self: len(self.open) > 1)
        @rule(data=st.data(), withdrawn=st.booleans())
        def submit_or_withdraw(self, data, withdrawn):
            one = self.open.pop(data.draw(st.sampled_from(sorted(self.open))))
            reality.do(self.now, verbs.close, (one.rule,), None, lapsed=withdrawn)
            one.closed = True
            self.closed.append(one)

        @rule(gaps=st.lists(st.sampled_from(GAPS), min_size=3, max_size=20))
        def time_passes(self, gaps):
            """A tick after an hour, some hours or a day, or after an outage over one rung of the ladder or over several."""
            for hours in gaps:
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

        def _tick(self):
            reality.tick(self.now)
            for one in (*self.open.values(), *self.closed):
                self.expected += one.tick(self.now, self.pausing)
                self.leaving += one.deliver(self.now, self.pausing)

        @invariant()
        def what_was_due_was_sent_once_or_dropped_once(self):
            if not hasattr(self, "open"):
                return
            for one in self.open.values():
                assert reality.due(one.rule) == one.due
            assert reality.told() == reality.to_people(self.expected)
            leaving = Counter(self.leaving).items()
            assert reality.delivered() == Counter({(name, email, why, now): number for (name, role, why, now), number in leaving
                                                   for email in reality.people[role]})  # fmt: skip
            self.expected, self.leaving = [], []

        def teardown(self):
            for name in getattr(self, "open", {}):
                reality.do(self.now, verbs.close, (name,), None, lapsed=True)
            reality.do(self.now, end_pause)
            reality.forget()

    return Case


def test_whatever_happens_each_reminder_is_sent_once_while_it_is_true(database):
    postgres = database.engine.dialect.name == "postgresql"
    usual = settings(max_examples=24 if postgres else 50, stateful_step_count=20 if postgres else 30, deadline=None,
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    reality = Reality(database, delivers=True)
    run_state_machine_as_test(machine(reality), settings=usual)
    assert reality.count[""] > (30 if postgres else 200), "there was something to send"
    assert reality.count["left", ""] > (10 if postgres else 100), "and it was sent"
    assert reality.count[OVERTAKEN] + reality.count[UNTRUE] > (3 if postgres else 20), "and something that could not be sent any more"
    dropped = sum(number for what, number in reality.count.items() if isinstance(what, tuple) and what != ("left", ""))
    assert postgres or dropped, "and something that had become untrue when it would have left"


# The clock jumps.


LADDER = {
    "early": ("preparer",), "before": ("preparer",), "eve": ("preparer",), "today": ("preparer",), "after": ("preparer", "approver"),
    "after-5": ("approver",), "after-5-coordinator": ("coordinator",), "after-10": ("officer",),
}  # fmt: skip
"""The reminders of the return, in order, and who gets each."""
WHY = {"": "", OVERTAKEN: " overtaken", UNTRUE: " untrue"}


def run(reality, *hours):
    """Tick at each of these times; gives what was sent or dropped, with the time in London at which it was, in the ladder's order.

    Holds that each went to everybody whom it should go to, and to nobody else, once.
    """
    found = []
    for now in hours:
        reality.tick(now)
        told = reality.told()
        why = {(rule_.removeprefix("return_due-"), email): why for rule_, email, _, why in told}
        came = [name for name in LADDER if any(name == one for one, _ in why)]
        became = {(name, role): why.get((name, min(reality.people[role])), "nobody was told") for name in came for role in LADDER[name]}
        assert told == reality.to_people((f"return_due-{name}", role, today(now), said) for (name, role), said in became.items())
        for name in came:
            said = {role: WHY[became[name, role]] for role in LADDER[name]}
            words = said[LADDER[name][0]] if len(set(said.values())) == 1 else "".join(f" {role}{one}" for role, one in said.items() if one)
            found.append(f"{name} {now.astimezone(LONDON):%d %b %H:%M}{words}")
    return found


def ladder(*days):
    """All of them sent at nine on these days; the coordinator's goes with the approver's before it, and its day is not given apart."""
    by = dict(zip((name for name in LADDER if name != "after-5-coordinator"), days, strict=True))
    return [f"{name} {by[name.removesuffix('-coordinator')]} 09:00" for name in LADDER]


def hourly(first, last):
    """Every hour from eight on one day to the end of another."""
    start, end = london(first, 8), london(last, 23)
    return [start + timedelta(hours=number) for number in range(int((end - start) / timedelta(hours=1)) + 1)]


@pytest.mark.parametrize(
    "opened, due, days",
    [
        # Summer time begins on the 28th; Easter is on 4 April.
        (date(2010, 3, 15), date(2010, 3, 29), ("15 Mar", "22 Mar", "26 Mar", "29 Mar", "30 Mar", "07 Apr", "14 Apr")),
        # Summer time ends on the 31st.
        (date(2010, 10, 18), date(2010, 11, 1), ("18 Oct", "25 Oct", "29 Oct", "01 Nov", "02 Nov", "08 Nov", "15 Nov")),
        (date(2012, 2, 13), date(2012, 2, 29), ("15 Feb", "22 Feb", "28 Feb", "29 Feb", "01 Mar", "07 Mar", "14 Mar")),
        (date(2012, 2, 13), date(2012, 3, 7), ("22 Feb", "29 Feb", "06 Mar", "07 Mar", "08 Mar", "14 Mar", "21 Mar")),
        # Boxing Day is kept on the 28th. That mail may have to wait on quiet days does not change when it is written.
        (date(2009, 12, 9), date(2009, 12, 24), ("10 Dec", "17 Dec", "23 Dec", "24 Dec", "29 Dec", "05 Jan", "12 Jan")),
        (date(2009, 12, 14), date(2009, 12, 31), ("15 Dec", "22 Dec", "30 Dec", "31 Dec", "04 Jan", "08 Jan", "15 Jan")),
        (date(2009, 12, 14), date(2010, 1, 4), ("16 Dec", "23 Dec", "31 Dec", "04 Jan", "05 Jan", "11 Jan", "18 Jan")),
    ],
)
def test_reminders_come_at_nine_on_the_right_days(database, opened, due, days):
    reality = Reality(database)
    reality.do(london(opened, 8), verbs.open_deadline, "return_due", None, given=due)
    told = run(reality, *hourly(opened, due + timedelta(days=21)))
    assert told == ladder(*days)


FRIDAY = date(2010, 2, 26)


def _returning(database):
    reality = Reality(database)
    reality.do(london(date(2010, 2, 8), 8), verbs.open_deadline, "return_due", None, given=FRIDAY)
    return reality


@pytest.mark.parametrize(
    "last, back, told",
    [
        (date(2010, 2, 18), "22 Feb 11:30", ["early 12 Feb 09:00", "before 22 Feb 11:30", "eve 25 Feb 09:30", "today 26 Feb 09:30",
                                             "after 01 Mar 09:30", "after-5 05 Mar 09:30", "after-5-coordinator 05 Mar 09:30",
                                             "after-10 12 Mar 09:30"]),
        (date(2010, 2, 17), "26 Feb 08:30", ["early 12 Feb 09:00", "before 26 Feb 08:30 overtaken", "eve 26 Feb 08:30",
                                             "today 26 Feb 09:30", "after 01 Mar 09:30", "after-5 05 Mar 09:30",
                                             "after-5-coordinator 05 Mar 09:30", "after-10 12 Mar 09:30"]),
        (date(2010, 2, 24), "26 Feb 16:30", ["early 12 Feb 09:00", "before 19 Feb 09:00", "eve 26 Feb 16:30 overtaken",
                                             "today 26 Feb 16:30", "after 01 Mar 09:30", "after-5 05 Mar 09:30",
                                             "after-5-coordinator 05 Mar 09:30", "after-10 12 Mar 09:30"]),
        (date(2010, 2, 25), "28 Feb 11:30", ["early 12 Feb 09:00", "before 19 Feb 09:00", "eve 25 Feb 09:00",
                                             "today 28 Feb 11:30 untrue", "after 01 Mar 09:30", "after-5 05 Mar 09:30",
                                             "after-5-coordinator 05 Mar 09:30", "after-10 12 Mar 09:30"]),
        (date(2010, 2, 25), "01 Mar 09:30", ["early 12 Feb 09:00", "before 19 Feb 09:00", "eve 25 Feb 09:00",
                                             "today 01 Mar 09:30 untrue", "after 01 Mar 09:30", "after-5 05 Mar 09:30",
                                             "after-5-coordinator 05 Mar 09:30", "after-10 12 Mar 09:30"]),
        (date(2010, 2, 17), "08 Mar 09:30", ["early 12 Feb 09:00", "before 08 Mar 09:30 untrue", "eve 08 Mar 09:30 untrue",
                                             "today 08 Mar 09:30 untrue", "after 08 Mar 09:30 approver overtaken", "after-5 08 Mar 09:30",
                                             "after-5-coordinator 08 Mar 09:30", "after-10 12 Mar 09:30"]),
        (date(2010, 2, 26), "13 Mar 11:30", ["early 12 Feb 09:00", "before 19 Feb 09:00", "eve 25 Feb 09:00", "today 26 Feb 09:00",
                                             "after 13 Mar 11:30 approver overtaken", "after-5 13 Mar 11:30",
                                             "after-5-coordinator 13 Mar 11:30", "after-10 13 Mar 11:30"]),
    ],
)  # fmt: skip
def test_what_was_missed_in_an_outage_is_made_up_once_if_it_is_still_true_and_else_dropped_once(database, last, back, told):
    reality = _returning(database)
    again = datetime.strptime(f"2010 {back}", "%Y %d %b %H:%M").replace(tzinfo=UTC)
    after = [now for number in range(24 * 24) if (now := again + timedelta(hours=number)) < london(date(2010, 3, 15), 0)]
    assert run(reality, *hourly(date(2010, 2, 8), last), *after) == told


def test_a_clock_that_is_set_back_sends_nothing_again(database):
    reality = _returning(database)
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 19))) == ["early 12 Feb 09:00", "before 19 Feb 09:00"]
    told = run(reality, *hourly(date(2010, 2, 17), date(2010, 3, 3)))
    assert told == ["eve 25 Feb 09:00", "today 26 Feb 09:00", "after 01 Mar 09:00"]
    told = run(reality, *hourly(date(2010, 2, 8), date(2010, 3, 12)))
    assert told == ["after-5 05 Mar 09:00", "after-5-coordinator 05 Mar 09:00", "after-10 12 Mar 09:00"]
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 3, 15))) == []


def test_a_clock_that_is_set_back_does_not_let_an_extension_send_anything_again(database):
    reality = _returning(database)
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 19))) == ["early 12 Feb 09:00", "before 19 Feb 09:00"]
    back = london(date(2010, 2, 11), 8)
    reality.do(back, put_off, "return_due", london(FRIDAY, 17))  # the very same day: nothing new to be said
    assert run(reality, *hourly(date(2010, 2, 11), date(2010, 2, 24))) == []


def test_another_day_is_reminded_of_anew(database):
    reality = _returning(database)
    assert run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 22))) == ["early 12 Feb 09:00", "before 19 Feb 09:00"]
    reality.do(london(date(2010, 2, 23), 8), put_off, "return_due", london(date(2010, 3, 12), 17))
    days = ("26 Feb", "05 Mar", "11 Mar", "12 Mar", "15 Mar", "19 Mar", "26 Mar")
    assert run(reality, *hourly(date(2010, 2, 23), date(2010, 3, 31))) == ladder(*days)


# The clock of a deadline stands for less than a working day.


def at(day, hour, minute=0):
    return london(day, hour) + timedelta(minutes=minute)


def test_what_fell_while_the_clock_stood_is_made_up_where_the_date_stays(database):
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 24)))
    eve = FRIDAY - timedelta(days=1)
    reality.do(at(eve, 8, 50), verbs.stop, ("return_due",))
    assert run(reality, at(eve, 9, 5)) == []
    reality.do(at(eve, 9, 30), verbs.resume, ("return_due",))
    assert reality.due("return_due") == london(FRIDAY, 17)
    assert run(reality, at(eve, 9, 31), at(eve, 9, 32)) == ["eve 25 Feb 09:31"]
    assert run(reality, *hourly(FRIDAY, FRIDAY)) == ["today 26 Feb 09:00"]


def test_a_date_that_is_given_back_days_is_reminded_of_by_that_date_alone(database):
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), date(2010, 2, 24)))
    eve = FRIDAY - timedelta(days=1)
    reality.do(at(eve, 8, 50), verbs.stop, ("return_due",))
    reality.do(at(FRIDAY, 8, 50), verbs.resume, ("return_due",))
    assert run(reality, *hourly(FRIDAY, FRIDAY)) == ["eve 26 Feb 09:00"], "the eve of the day that was given back"


LATE = date(2010, 3, 5)
"""A Friday, five working days after that on which the return was due."""


@pytest.mark.parametrize("resumed, waits, leaves", [
    (at(LATE, 9, 30), None, at(LATE, 9, 30)),
    (at(date(2010, 3, 6), 11), at(date(2010, 3, 8), 8, 59), at(date(2010, 3, 8), 9)),
    (at(date(2010, 3, 8), 8), at(date(2010, 3, 9), 8), None),
])  # fmt: skip
def test_what_was_dropped_because_the_clock_stood_waits_again_where_the_date_stays(database, resumed, waits, leaves):
    """The reminder to coordinators is grouped, so that it leaves ten minutes after it was written: meanwhile the clock is stopped."""
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), LATE - timedelta(days=1)))
    deliver(database, LocalOutbox(), at(LATE, 8))
    reality.tick(at(LATE, 9))
    to_coordinators = select(Notice).where(Notice.id > reality.first, Notice.rule == "return_due-after-5-coordinator").order_by(Notice.id)

    def delivered(now):
        remind(database, now)
        deliver(database, LocalOutbox(), now)
        with database.reading() as session:
            return [(one.id, one.state) for one in session.scalars(to_coordinators)]

    reality.do(at(LATE, 9, 5), verbs.stop, ("return_due",))
    dropped = delivered(at(LATE, 9, 10))
    assert {state for _, state in dropped} == {"dropped"}
    reality.do(resumed, verbs.resume, ("return_due",))
    if waits:
        assert delivered(waits)[: len(dropped)] == [(number, "queued" if leaves else "dropped") for number, _ in dropped]
    if leaves:
        assert delivered(leaves) == [(number, "sent") for number, _ in dropped]


@pytest.mark.parametrize("day, leaves", [(date(2010, 2, 25), at(FRIDAY, 10)), (FRIDAY, at(FRIDAY, 11))], ids=["the next", "none in time"])
def test_what_waited_for_a_days_mail_waits_for_the_next_one_before_the_deadline(database, day, leaves):
    reality = _returning(database)
    run(reality, *hourly(date(2010, 2, 8), day - timedelta(days=1)))
    reality.tick(at(day, 9))
    rule_ = "return_due-today" if day == FRIDAY else "return_due-eve"
    theirs = select(Notice).where(Notice.id > reality.first, Notice.rule == rule_).order_by(Notice.id)
    with database.work(SYSTEM, at(day, 9)) as work:
        for one in work.session.scalars(theirs):
            one.bundle, one.not_before = f"daily:{one.person_id}:{day}", at(day, 10)
    reality.do(at(day, 9, 30), verbs.stop, ("return_due",))
    deliver(database, LocalOutbox(), at(day, 10))
    with database.reading() as session:
        assert {one.state for one in session.scalars(theirs)} == {"dropped"}
    reality.do(at(day, 11), verbs.resume, ("return_due",))
    with database.reading() as session:
        waiting = session.scalars(theirs).all()
    assert len(waiting) == len(reality.people["preparer"])
    assert {(one.state, one.not_before) for one in waiting} == {("queued", leaves)}
    assert {one.bundle for one in waiting} == {f"daily:{one.person_id}:{FRIDAY}" for one in waiting}
    deliver(database, LocalOutbox(), leaves)
    with database.reading() as session:
        assert {one.state for one in session.scalars(theirs)} == {"sent"}
