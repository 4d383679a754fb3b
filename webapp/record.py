"""The record: append-only events, chained by hash, written with every change of state or value.

A model that is `Recorded` cannot change without an event: the session itself notes the change when it flushes, and
refuses one outside a unit of work. The events are numbered and chained just before the commit, under one lock.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import (
    ForeignKey,
    Index,
    Insert,
    Integer,
    Select,
    String,
    Text,
    Update,
    bindparam,
    event,
    insert,
    inspect,
    select,
    update,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db import Base, UtcDateTime, Work, table_of
from workflows.review.anchors import Passage, Place
from workflows.roles import Side

GENESIS = "0" * 64


class UnrecordedChange(RuntimeError):
    """Something of the record was to change outside a unit of work, or to be deleted."""


class Event(Base):
    """One thing that happened: who, in which role, when, to what, old, new, why. Never changed, never removed."""

    blinded: ClassVar[bool] = True
    __tablename__ = "events"
    __table_args__ = (Index("ix_events_case_id_seq", "case_id", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(40))
    entity_key: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(300))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    audience: Mapped[int] = mapped_column(Integer)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Told(NamedTuple):
    """An event as pages and reports tell it: its columns, and no entity, for there are many."""

    seq: int
    at: datetime
    person_id: int | None
    role: str | None
    kind: str
    entity: str
    entity_key: str
    label: str
    old: str | None
    new: str | None
    why: str
    hash: str


TOLD = tuple(getattr(Event, name) for name in Told._fields)
"""The columns of an event that are told, to begin a statement with: `Told(*row[: len(TOLD)])`."""


class RecordHead(Base):
    """The one row that holds the end of the chain; locking it puts writers of events in a row."""

    __tablename__ = "record_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Recorded:
    """A model whose changes are events. `recorded` names the columns that matter."""

    recorded: ClassVar[tuple[str, ...]] = ()
    entity: ClassVar[str] = ""

    def record_key(self) -> str:
        """What names this row within its kind and case."""
        return str(getattr(self, "id", ""))

    def record_label(self) -> str:
        """What a reader calls this row."""
        return f"{self.entity} {self.record_key()}"

    def record_audience(self) -> Side:
        """Who may see the event: by default whoever may see the row, else the programme alone."""
        return Side(getattr(self, "audience", Side.PROGRAMME))

    def record_audience_of(self, names: frozenset[str]) -> Side:
        """Who may see the event of a change of these columns, for a row whose parts have audiences of their own."""
        return self.record_audience()

    def record_case(self) -> int | None:
        return getattr(self, "case_id", None)

    def record_kind(self, created: bool) -> str:
        return f"{self.entity}.{'created' if created else 'changed'}"

    def record_why(self) -> str:
        return ""

    def record_before(self) -> dict[str, Any]:
        """What a new row takes the place of, for rows that follow upon one another."""
        return {}


@dataclass
class _Note:
    source: Recorded | None
    created: bool
    old: dict[str, Any]
    new: dict[str, Any]
    kind: str = ""
    entity: str = ""
    key: str = ""
    label: str = ""
    case_id: int | None = None
    audience: Side = Side.NOBODY
    why: str = ""


def note(
    work: Work,
    kind: str,
    *,
    entity: str,
    key: str,
    label: str,
    audience: Side,
    case_id: int | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    why: str = "",
) -> None:
    """Note an event that no change of a recorded row tells by itself: a refusal, an import, a sign-in."""
    _notes(work.session).append(_Note(None, False, old or {}, new or {}, kind, entity, key, label[:300], case_id, audience, why))


def _notes(session: Session) -> list[_Note]:
    notes: list[_Note] = session.info.setdefault("notes", [])
    return notes


@event.listens_for(Session, "before_flush")
def _collect(session: Session, *_: Any) -> None:
    for thing in session.deleted:
        if isinstance(thing, Recorded | Event):
            raise UnrecordedChange(f"{type(thing).__name__} rows are never deleted.")
    new_ones = session.new  # a new set each time that it is asked for
    incomplete: list[_Note] = []
    session.info["incomplete"] = incomplete
    for thing in (*new_ones, *session.dirty):
        if isinstance(thing, Event):
            raise UnrecordedChange("Events are written by the record alone.")
        if not isinstance(thing, Recorded):
            continue
        created = thing in new_ones
        old, new = _changes(thing, created)
        if created or old or new:
            if "work" not in session.info:
                raise UnrecordedChange(f"{type(thing).__name__} was to change outside a unit of work.")
            noted = _Note(thing, created, old, new)
            _notes(session).append(noted)
            if created:
                incomplete.append(noted)


@event.listens_for(Session, "after_flush")
def _complete(session: Session, *_: Any) -> None:
    """Tell of a new row what it holds: its defaults and the keys of what it belongs to are known only now."""
    for item in session.info.pop("incomplete", ()):
        item.new = {name: value for name in item.source.recorded if (value := getattr(item.source, name)) is not None}


def _changes(thing: Recorded, created: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    if created:
        return thing.record_before(), {}
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    state = inspect(thing, raiseerr=True)
    for name in thing.recorded:
        history = state.attrs[name].history
        if history.has_changes():
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
            if before != after:
                old[name], new[name] = before, after
    return old, new


def _plain(values: dict[str, Any]) -> str | None:
    def text(value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, Enum):
            return value.value
        return str(value) if isinstance(value, Passage | Place) else value

    if not values:
        return None
    return json.dumps({k: text(v) for k, v in values.items()}, ensure_ascii=False, sort_keys=True)


def digest(previous: str, fields: dict[str, Any]) -> str:
    """The hash of an event: SHA-256 over the previous event's hash and this event's fields as canonical JSON."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


CHAINED = ("seq", "at", "person_id", "role", "organisation_id", "case_id", "kind", "entity", "entity_key", "label",
           "old", "new", "why", "audience")  # fmt: skip


def _chained(values: dict[str, Any]) -> dict[str, Any]:
    fields = {name: values[name] for name in CHAINED}
    fields["at"] = values["at"].astimezone(UTC).isoformat()  # as it is kept and read again, whatever clock it was told by
    return fields


def write_events(work: Work) -> None:
    """Flush, then number, chain and insert the events of this unit of work. The head's lock is held to the commit."""
    session = work.session
    session.flush()
    notes = session.info.pop("notes", [])
    if not notes:
        return
    read, add, move = _statements()
    connection = session.connection()  # for rows, not entities: the session's own part costs as much again
    head = connection.execute(read).one()
    seq, previous = head.seq, head.hash
    rows = []
    for item in notes:
        seq += 1
        row = {"seq": seq, "at": work.now, **_who(work), **_what(item, work)}
        row["previous"] = previous
        previous = row["hash"] = digest(previous, _chained(row))
        rows.append(row)
    connection.execute(add, rows)
    connection.execute(move, {"end_seq": seq, "end_hash": previous})


@cache
def _statements() -> tuple[Select[int, str], Insert, Update]:
    """To read and lock the end of the chain, to add events, and to move the end: built once, for every saving needs them."""
    end = update(table_of(RecordHead)).values(seq=bindparam("end_seq"), hash=bindparam("end_hash"))
    return select(RecordHead.seq, RecordHead.hash).with_for_update(), insert(table_of(Event)), end


def _who(work: Work) -> dict[str, Any]:
    actor = work.actor
    return {
        "person_id": actor.person_id,
        "role": actor.role.value if actor.role else None,
        "organisation_id": actor.organisation_id,
    }


def _what(item: _Note, work: Work) -> dict[str, Any]:
    source = item.source
    if source is None:
        return {"case_id": item.case_id, "kind": item.kind, "entity": item.entity, "entity_key": item.key,
                "label": item.label, "old": _plain(item.old), "new": _plain(item.new), "why": item.why,
                "audience": int(item.audience)}  # fmt: skip
    return {
        "case_id": source.record_case(),
        "kind": source.record_kind(item.created),
        "entity": source.entity,
        "entity_key": source.record_key(),
        "label": source.record_label()[:300],
        "old": _plain(item.old),
        "new": _plain(item.new),
        "why": source.record_why() or work.why,
        "audience": int(source.record_audience() if item.created else source.record_audience_of(frozenset(item.new))),
    }


@dataclass(frozen=True)
class Verification:
    """What a walk over the whole chain found. `broken` is the number of the first event that does not fit."""

    events: int
    head: str
    broken: int | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        return self.broken is None


def verify(session: Session) -> Verification:
    """Walk the whole chain: numbers without a gap, every hash right, the end as the head says."""
    expected, previous = 0, GENESIS
    columns = [getattr(Event, name) for name in (*CHAINED, "previous", "hash")]
    heads = session.execute(select(RecordHead.seq, RecordHead.hash)).all()
    if len(heads) != 1:
        return Verification(0, "", 0, f"There must be one row that holds the end of the chain; there are {len(heads)}.")
    head = heads[0]
    rows = iter(session.execute(select(*columns).order_by(Event.seq)).yield_per(500))
    while True:
        try:
            row = next(rows, None)
        except (ValueError, TypeError) as unreadable:
            return Verification(expected, previous, expected + 1, f"After event {expected} there is one that cannot be read: {unreadable}.")
        if row is None:
            break
        expected += 1
        values = row._asdict()
        problem = _problem(values, expected, previous)
        if problem:
            return Verification(expected - 1, previous, expected, problem)
        previous = values["hash"]
    if head.seq != expected or head.hash != previous:
        at = f"The chain ends at event {expected}, but its head says {head.seq}: events were removed or added at the end."
        return Verification(expected, previous, expected + 1, at)
    return Verification(expected, previous)


def _problem(values: dict[str, Any], expected: int, previous: str) -> str:
    if values["seq"] != expected:
        return f"Event {expected} is missing; event {values['seq']} stands in its place."
    if values["previous"] != previous:
        return f"Event {expected} does not name the hash of the event before it."
    if any(isinstance(value, bytes) for value in values.values()) or values["hash"] != digest(previous, _chained(values)):
        return f"Event {expected} was altered: its content does not fit its hash."
    return ""
