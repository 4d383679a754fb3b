"""What stands between a publication and the public: each condition once, with what it says, and whether it blocks or only warns.

A condition is to a publication what a guard (workflows.engine) is to a case: its check returns the reasons why not, each with the
place that mends it, here a path below the site. What blocks must be mended. What warns may be right as it is: an officer
acknowledges it, with a reason that stays on the record, and acknowledges it anew when it says something else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from workflows.deadlines.calendar import london_day
from workflows.engine import Reason

NOTE_LIMIT = 400
"""Characters of a note beside a figure. A short one is read; the domain notes ask for a limit (scoring 15)."""
EDITORS_LIMIT = 1500
"""Characters of the notes to editors: what fits on the first page of a press notice."""
LEAST_EMBARGO = timedelta(days=5)
"""For so long bodies should have had their figures before everybody has: a working week's day or two to look, and to write a note."""
NAMED = 8
"""Bodies that a reason names; of more it tells the number."""

Verb = Literal["issue", "publish"]


@dataclass(frozen=True, slots=True)
class CaseNow:
    """A case of the round as it stands now, beside what the publication has of it.

    `published` is the version of its return that is in the publication, 0 for none; `signed` the newest that is signed off.
    """

    ref: str
    name: str
    return_state: str
    penalty_state: str
    published: int
    signed: int


@dataclass(frozen=True, slots=True)
class GroupAsked:
    """A comparator group that a body asked for: undecided, or accepted after the publication was made."""

    ref: str
    name: str
    decided: bool


@dataclass(frozen=True, slots=True)
class LongNote:
    """A note beside a figure that is longer than it may be."""

    ref: str
    name: str
    indicator: str
    length: int


@dataclass(frozen=True, slots=True)
class Release:
    """What the conditions ask about a publication. `moment` is when it is to be public, `set_for` the time that bodies were told."""

    round: str
    number: int
    moment: datetime
    cases: tuple[CaseNow, ...]
    groups: tuple[GroupAsked, ...]
    long_notes: tuple[LongNote, ...]
    undefined: tuple[str, ...]
    with_provisional: bool
    issued_at: datetime | None
    set_for: datetime | None

    @property
    def place(self) -> str:
        """Where publications of the round are made."""
        return f"rounds/{self.round}/publication"


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition. `blocks` are the verbs that it stops; where it stops none, it warns before a publication, and
    `warns` says of what, whatever the bodies that its reasons name."""

    name: str
    says: str
    check: Callable[[Release], Iterable[Reason]]
    blocks: frozenset[Verb] = frozenset()
    warns: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that does not hold, with its reasons."""

    condition: Condition
    reasons: tuple[Reason, ...]

    @property
    def told(self) -> str:
        """All that it says: what an acknowledgement is of."""
        return " ".join(text for text in (self.condition.warns, *(reason.text for reason in self.reasons)) if text)


def _corrected_since(now: Release) -> Iterable[Reason]:
    yield from _told([case for case in now.cases if case.published and case.signed > case.published],
                     "signed a later version of its return off than this publication has: make another publication",
                     "signed later versions of their returns off than this publication has: make another publication",
                     "return/versions")  # fmt: skip


def _undefined(now: Release) -> Iterable[Reason]:
    if now.undefined:
        yield Reason(f"Figures rest on items that have no definition: {', '.join(now.undefined)}. "
                     "Write their guidance in the programme, and open the round with it.", f"guidance/{now.round}")  # fmt: skip


def _groups(now: Release) -> Iterable[Reason]:
    for one in now.groups:
        place = f"cases/{one.ref}/comparators"
        if one.decided:
            yield Reason(f"The comparator group of {one.name} was accepted after this publication was made, and is not in it. "
                         "Make another publication.", f"{now.place}#another")  # fmt: skip
        else:
            yield Reason(f"{one.name} asked for a comparator group of its own, and waits for the decision.", place)


def _long_notes(now: Release) -> Iterable[Reason]:
    for one in now.long_notes:
        beside = f"beside {one.indicator}" if one.indicator else "beside all figures"
        yield Reason(f"The note of {one.name} {beside} has {one.length} characters; the limit is {NOTE_LIMIT}. Ask the body to shorten it.",
                     f"cases/{one.ref}/benchmarks")  # fmt: skip


def _time_told(now: Release) -> Iterable[Reason]:
    if now.set_for is not None and now.moment < now.set_for:
        yield Reason("The bodies were told a later time of publication, and the embargo lasts until then. Take the time back first.",
                     f"{now.place}#checklist")  # fmt: skip


CORRECTING = ("in_progress", "awaiting_sign_off", "correction_requested")
"""Where a return stands while a version that was signed off is being corrected."""


def _in_correction(now: Release) -> Iterable[Reason]:
    yield from _told([case for case in now.cases if case.signed and case.return_state in CORRECTING], "is correcting its return",
                     "are correcting their returns", "return")  # fmt: skip


def _not_accepted(now: Release) -> Iterable[Reason]:
    waiting = [case for case in now.cases if case.published and case.return_state == "submitted"]
    yield from _told(waiting, "signed a return off that is not accepted yet", "signed returns off that are not accepted yet", "return")


def _representations(now: Release) -> Iterable[Reason]:
    waiting = [case for case in now.cases if case.penalty_state in ("representations_in", "appealed")]
    yield from _told(waiting, "made representations against a penalty", "made representations against a penalty", "penalty")


def _provisional(now: Release) -> Iterable[Reason]:
    if now.with_provisional:
        yield Reason("Provisional figures and estimates take part in the comparisons of this publication.", f"{now.place}#another")


def _seen(now: Release) -> Iterable[Reason]:
    if not any(case.published for case in now.cases):
        return  # no body has returned anything: the figures are statistics that were public before
    place = f"{now.place}#checklist"
    if now.issued_at is None:
        yield Reason("The bodies have not seen their figures: this publication was not issued to them.", place)
    elif now.moment - now.issued_at < LEAST_EMBARGO:
        day = london_day(now.issued_at)
        yield Reason(f"The bodies have their figures since {day.day} {day:%B %Y} alone; "
                     f"{LEAST_EMBARGO.days} days are meant for them to look and to write notes.", place)  # fmt: skip


def _told(cases: Sequence[CaseNow], one: str, several: str, page: str) -> Iterable[Reason]:
    """A reason for each body while they are few, and one for all where they are many."""
    if len(cases) > NAMED:
        names = ", ".join(case.name for case in cases[:NAMED])
        yield Reason(f"{len(cases)} bodies {several}: {names} and {len(cases) - NAMED} more.", "cases")
    else:
        for case in cases:
            yield Reason(f"{case.name} {one}.", f"cases/{case.ref}/{page}")


BOTH: frozenset[Verb] = frozenset({"issue", "publish"})
PUBLIC: frozenset[Verb] = frozenset({"publish"})
CONDITIONS: tuple[Condition, ...] = (
    Condition("corrected", "every figure is from the newest version that its body signed off", _corrected_since, BOTH),
    Condition("definitions", "every item that a figure rests on has a definition", _undefined, BOTH),
    Condition("groups", "every comparator group that was asked for is decided, and is in it if accepted", _groups, PUBLIC),
    Condition("notes", "every note beside a figure keeps to the limit", _long_notes, PUBLIC),
    Condition("time", "the time that bodies were told has come", _time_told, PUBLIC),
    Condition(
        "correction",
        "no published return is being corrected",
        _in_correction,
        warns="Returns are being corrected: what changes in them will be restated in public.",
    ),
    Condition(
        "acceptance",
        "every return in it is accepted",
        _not_accepted,
        warns="Returns are not accepted yet: their figures are shown, not compared.",
    ),
    Condition(
        "representations",
        "every representation and appeal of a body is decided",
        _representations,
        warns="Bodies made representations on which nobody has decided.",
    ),
    Condition(
        "provisional",
        "no provisional figure takes part in a comparison",
        _provisional,
        warns="Figures that may still change take part in comparisons.",
    ),
    Condition("embargo", "the bodies had their figures for long enough", _seen, warns="The bodies had little time with their figures."),
)
"""In the order in which they are told: what blocks first."""


def findings(now: Release) -> tuple[Finding, ...]:
    """The conditions that do not hold, each with its reasons."""
    found = ((condition, tuple(condition.check(now))) for condition in CONDITIONS)
    return tuple(Finding(condition, reasons) for condition, reasons in found if reasons)
