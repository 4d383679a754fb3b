"""What a change of dates brings about, before it is saved: which deadlines move, and which reminders come and go, by day."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import CaseDeadline
from webapp.notices import ahead


@dataclass(frozen=True)
class Moving:
    """One open deadline that would be due at another time, and whose it is."""

    deadline_id: int
    ref: str
    body: str
    rule: str
    old: datetime
    new: datetime
    stands: bool = False
    note: str = ""
    """What has to be said of it: that an extension stays."""


@dataclass(frozen=True)
class Effect:
    """What would be otherwise."""

    moves: tuple[Moving, ...]
    mail: ahead.Effect
    overdue: tuple[Moving, ...]
    """Those that are in time now, and would be overdue at once."""
    relieved: tuple[Moving, ...]
    """Those that are overdue now, and would no longer be."""


def effect_of(session: Session, moving: Iterable[Moving], now: datetime) -> Effect:
    """What it would bring about that these deadlines were due at their new times: seven statements. One that stays as it is counts
    for nothing, and nobody is reminded of one of which the clock stands."""
    moves = tuple(one for one in moving if one.new != one.old)
    return Effect(
        moves, ahead.effect(session, now, {one.deadline_id: one.new for one in moves}),
        tuple(one for one in moves if one.new <= now < one.old), tuple(one for one in moves if one.old <= now < one.new),
    )  # fmt: skip


def seen_mark(deadlines: Iterable[Deadline | CaseDeadline], *more: str) -> str:
    """What a check page was made from, in short: another mark means that somebody has changed something since."""
    parts = sorted(f"{d.id}:{d.due_at.timestamp():.0f}:{d.stopped_at is not None}:{d.closed_at is not None}" for d in deadlines)
    return hashlib.sha256("\n".join((*parts, *more)).encode()).hexdigest()[:20]
