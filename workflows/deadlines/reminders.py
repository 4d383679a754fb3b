"""When the reminders of a deadline go, which of them are due and still true, and when a mail may leave.

All of it is told the time and the calendar. What a person wishes is a rhythm for each kind of mail; what is no working day is asked
of the calendar, so that a calendar that knows more days off needs nothing here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, get_args

from workflows.deadlines.calendar import WorkingCalendar, at_hour, london_day
from workflows.deadlines.rules import written
from workflows.programme import Programme, ReminderRule
from workflows.roles import Role, Side

REMINDER_HOUR = "09:00"
"""When reminders go, and when mail that waited for the end of quiet days leaves."""
DIGEST_HOUR = "10:00"
"""When a day's or a week's mail leaves: after the reminders of the day were written."""
GATHER = timedelta(minutes=10)
"""For how long a grouped mail waits for others to the same person: reminders of one morning are written within minutes."""
LONGEST_WAIT = timedelta(days=21)
"""No mail waits longer than this by itself: a week for its digest, and quiet days from Christmas to New Year with the days beside them."""
MOST_A_DAY = 10
"""How many optional mails a person gets in a day, each by itself; what is more leaves with the next day's mail, as one."""

Rhythm = Literal["immediately", "daily", "weekly", "off"]
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
USUAL: Rhythm = "immediately"


class Kind(StrEnum):
    """The kinds of mail for which a person chooses a rhythm."""

    BEFORE = "before"
    ON = "on"
    AFTER = "after"
    NEWS = "news"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    Kind.BEFORE: "Reminders before a deadline",
    Kind.ON: "Reminders on the day of a deadline",
    Kind.AFTER: "Reminders after a deadline",
    Kind.NEWS: "News of a case",
}


class Rung(NamedTuple):
    """A reminder of a deadline, and when it goes (UTC)."""

    rule: ReminderRule
    at: datetime


class Now(NamedTuple):
    """What of a deadline is to be said now, the latest first and together what goes at one time; and what is not true any more."""

    due: tuple[tuple[ReminderRule, ...], ...]
    untrue: tuple[ReminderRule, ...]


UNTRUE = "Its words were not true any more when it could be written."
OVERTAKEN = "A later reminder of the same deadline was due when it could be written."
"""Why a reminder is dropped: to everybody, or to whoever is told of a later one."""


PAUSED = "Reminders to this body are paused"


class Pause(NamedTuple):
    """A time, until before `until`, in which a body's own people are not reminded of what it owes. Its deadlines run on."""

    until: datetime
    why: str

    def stops(self, role: Role, at: datetime) -> str:
        """Why whoever holds a role in a case of the body is not reminded at a time; empty where they are: everybody who does not act
        for the body is reminded as ever."""
        if role.side is not Side.BODY or at >= self.until:
            return ""
        return f"{PAUSED} until {written(london_day(self.until))}: {self.why}"


class Leaving(NamedTuple):
    """When a mail may leave, and with which others: those of one bundle leave as one mail, without one it leaves alone."""

    not_before: datetime
    bundle: str

    @property
    def rhythm(self) -> str:
        """Which mail it is a part of: "daily", "weekly" or "grouped"; empty where it leaves alone."""
        return rhythm_of(self.bundle)


def rhythm_of(bundle: str) -> str:
    """Which mail the notices of a bundle leave as: "daily", "weekly" or "grouped"; empty for those that leave alone."""
    return bundle.partition(":")[0]


def kind_of(rule: ReminderRule | None) -> Kind:
    """The kind of mail that a reminder is; without one it is news, which a move sends."""
    if rule is None:
        return Kind.NEWS
    return Kind.BEFORE if rule.working_days < 0 else Kind.AFTER if rule.working_days > 0 else Kind.ON


def reminders_for(deadline: str, due_at: datetime, programme: Programme, calendar: WorkingCalendar) -> list[Rung]:
    """The reminders of a deadline that is due at a time, with when each goes, soonest first.

    They go at nine in the morning in London, the given working days before or after the day on which it is due.
    """
    day = london_day(due_at)
    found = []
    for rule in programme.reminders:
        if rule.deadline == deadline:
            on = calendar.add_working_days(day, rule.working_days) if rule.working_days else day
            found.append(Rung(rule, at_hour(on, REMINDER_HOUR)))
    return sorted(found, key=lambda rung: (rung.at, rung.rule.code))


def next_after(schedule: Sequence[Rung], after: datetime) -> datetime | None:
    """When the next of these reminders goes after a time; none when all have gone."""
    return min((rung.at for rung in schedule if rung.at > after), default=None)


def still_true(rule: ReminderRule, due_at: datetime, now: datetime) -> bool:
    """Whether what a reminder says is true now: that a deadline is coming, that it is today, or that it has passed."""
    match kind_of(rule):
        case Kind.AFTER:
            return now > due_at
        case Kind.BEFORE:
            return now <= due_at
    return london_day(now) == london_day(due_at)


def due_now(schedule: Sequence[Rung], due_at: datetime, begun: datetime, now: datetime) -> Now:
    """Which reminders of a deadline are to be written now, of those that fell due from `begun` on: those whose words are still true.

    After an outage these can be several: each person is told the latest of theirs, which makes those before it overtaken for them.
    """
    fell = [rung for rung in schedule if begun <= rung.at <= now]
    true = [rung for rung in fell if still_true(rung.rule, due_at, now)]
    latest_first = sorted({rung.at for rung in true}, reverse=True)
    return Now(
        tuple(tuple(rung.rule for rung in true if rung.at == at) for at in latest_first),
        tuple(rung.rule for rung in fell if rung not in true),
    )


def writings(schedule: Sequence[Rung], due_at: datetime, at: datetime | None) -> Iterator[tuple[datetime, Now]]:
    """When reminders of a deadline are written, and which, if nothing else happens: from the one that goes `at` a time on, those of
    one time together."""
    while at is not None:
        yield at, due_now(schedule, due_at, at, at)
        at = next_after(schedule, at)


def quiet(day: date, calendar: WorkingCalendar) -> bool:
    """Whether a day is one on which mail that can wait does not leave: no working day of the calendar, or from Christmas to New Year."""
    return not calendar.is_working(day) or (day.month, day.day) >= (12, 25) or (day.month, day.day) == (1, 1)


def leaving(
    *, optional: bool, grouped: bool, rhythm: Rhythm, person_id: int, calendar: WorkingCalendar, now: datetime,
    due: datetime | None = None, crowded: bool = False,
) -> Leaving | None:  # fmt: skip
    """When a mail to a person may leave, and in which bundle; None where the person has turned such mail off.

    Optional mail can be turned off, and keeps to the person's rhythm as grouped mail does; any other leaves by itself. `crowded`
    says that the person has had as many optional mails by themselves today as they should: what is more keeps to the day's mail.
    On quiet days nothing leaves: it waits for nine o'clock on the next day that is none. But **no mail waits beyond its deadline**:
    where the thing falls `due` before the mail would leave, it takes the next shorter rhythm, and in the end leaves at once.
    """
    if optional and rhythm == "off":
        return None
    for found in _choices(optional, grouped, rhythm, crowded, person_id, calendar, now):
        if due is None or due <= now or found.not_before < due:
            return found
    return Leaving(now, "")


def _choices(
    optional: bool, grouped: bool, rhythm: Rhythm, crowded: bool, person_id: int, calendar: WorkingCalendar, now: datetime
) -> Iterator[Leaving]:
    """When it could leave, the most wished for first."""
    if optional or grouped:
        if rhythm == "weekly":
            yield _digest("weekly", now, person_id, calendar)
        if rhythm in ("weekly", "daily") or crowded:
            yield _digest("daily", now, person_id, calendar)
    if grouped:
        at = _opens(now + GATHER, calendar)
        yield Leaving(at, f"grouped:{person_id}:{london_day(at)}")
    yield Leaving(_opens(now, calendar), "")


def _opens(moment: datetime, calendar: WorkingCalendar) -> datetime:
    """The time itself, or nine o'clock on the next day that is not quiet."""
    day = london_day(moment)
    return moment if not quiet(day, calendar) else at_hour(_next(day, calendar), REMINDER_HOUR)


def _next(day: date, calendar: WorkingCalendar) -> date:
    while quiet(day, calendar):
        day += timedelta(days=1)
    return day


def _digest(rhythm: str, now: datetime, person_id: int, calendar: WorkingCalendar) -> Leaving:
    """The next mail of a day or of a week: on a Monday, or the first day after it that is not quiet."""
    day = london_day(now)
    if at_hour(day, DIGEST_HOUR) < now:
        day += timedelta(days=1)
    if rhythm == "weekly":
        day += timedelta(days=-day.weekday() % 7)
    day = _next(day, calendar)
    return Leaving(at_hour(day, DIGEST_HOUR), f"{rhythm}:{person_id}:{day}")


def rhythm_in(chosen: object) -> Rhythm:
    """A rhythm as it was kept; the usual one where none was chosen."""
    return next((rhythm for rhythm in RHYTHMS if rhythm == chosen), USUAL)
