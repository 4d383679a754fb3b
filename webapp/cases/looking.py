"""What changed in a case since somebody last looked: which events are news, from where they count, and how many there are.

One has seen what one marked as seen, and what there was when one last did something in the case oneself: whichever is later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, and_, bindparam, cast, func, or_, select, update

from webapp.access import Whoever, seen_by
from webapp.cases.models import Case, Look
from webapp.db import Work, insert_once, table_of
from webapp.record import Event, Told
from workflows.case import TRACKS

TELLING = ("track", "handover", "annotation", "reply", "function_note", "draft_comment", "finding", "score", "review", "action",
           "evidence_verdict", "overrule")  # fmt: skip
"""The kinds of event that are news by themselves; the others follow from these, and stand in the whole record."""


def telling() -> ColumnElement[bool]:
    """The events that are news: not what follows from another, as that more may now see a thing, or that a track began to lie idle."""
    idle = [f"{t.code}.opened" for t in TRACKS.values() if t.state(t.initial).turn is None]
    new = func.coalesce(Event.new, "")
    widened = and_(Event.kind.like("%.changed"), new.like('{"%audience": %}'), new.not_like("%,%"))
    return and_(Event.entity.in_(TELLING), Event.kind.not_in([*idle, "review.created"]), ~widened)


def by_others(actor: Whoever) -> ColumnElement[bool]:
    """The events that are not the actor's own doing."""
    return or_(Event.person_id.is_(None), Event.person_id != actor.person_id)


@dataclass(frozen=True)
class Looked:
    """How far somebody has seen a case: to which event and when (0 and none: they never looked), and the events that are news since."""

    seen: int = 0
    at: datetime | None = None
    news: tuple[int, ...] = ()

    @property
    def newest(self) -> int:
        """The number of the newest of these events."""
        return max(self.news, default=self.seen)

    def of(self, events: list[tuple[Told, str | None, str | None]]) -> list[tuple[Told, str | None]]:
        """Those of a case's events that are news, with who did them."""
        return [(event, who) for event, who, _ in events if event.seq in self.news]


def columns(actor: Whoever) -> list[ScalarSelect[Any]]:
    """What a statement about the case `:case` reads besides, for `read` to make a Looked of. Bind `values_of` the actor with it."""
    marked = (Look.case_id == bindparam("case"), Look.person_id == actor.person_id, Look.role == (actor.role or ""))
    own = Event.case_id == bindparam("case"), Event.person_id == actor.person_id
    last = select(Event.seq).where(*own).order_by(Event.seq.desc()).limit(1)
    last_at = select(Event.at).where(*own).order_by(Event.seq.desc()).limit(1)
    mark = select(Look.event).where(*marked)
    since = [Event.seq > func.coalesce(one.scalar_subquery(), 0) for one in (mark, last)]
    news = select(func.aggregate_strings(cast(Event.seq, String), ","))
    news = news.where(Event.case_id == bindparam("case"), *since, seen_by(Event.audience, actor), by_others(actor), telling())
    return [one.scalar_subquery() for one in (mark, select(Look.at).where(*marked), last, last_at, news)]


def read(told: Sequence[Any]) -> Looked:
    """A Looked, of what `columns` read."""
    marked, marked_at, did, did_at, news = told
    earlier, at = (marked, marked_at) if (marked or 0) >= (did or 0) else (did, did_at)
    return Looked(earlier or 0, at, tuple(sorted(int(one) for one in news.split(","))) if news else ())


def mark_seen(work: Work, case: Case, event: int) -> None:
    """Note that the actor has seen a case up to an event. It never goes back, nor beyond what there is."""
    actor = work.actor
    there = work.session.scalar(select(func.max(Event.seq)).where(Event.case_id == case.id, seen_by(Event.audience, actor))) or 0
    seen = min(event, there)
    key = {"person_id": actor.person_id, "case_id": case.id, "role": actor.role.value if actor.role else ""}
    if not insert_once(work.session, table_of(Look), tuple(key), {**key, "event": seen, "at": work.now}):
        mine = update(Look).where(*(getattr(Look, name) == value for name, value in key.items()), Look.event < seen)
        work.session.execute(mine.values(event=seen, at=work.now), execution_options={"synchronize_session": False})
