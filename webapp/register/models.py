"""The register of bodies, and the rounds of the programme."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec
from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, aliased, deferred, mapped_column, object_session, relationship

from webapp.accounts.models import Organisation
from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.programme import Programme, thaw
from workflows.roles import EVERY_SIDE, Side


class Body(Recorded, Base):
    """A public body of the register, by its E-code. Shares its id with its organisation."""

    __tablename__ = "bodies"
    entity = "body"
    recorded = ("code", "sector", "kind", "class_name", "region", "partnership_id", "police_force", "population", "snac", "gss",
                "end_date", "replaced_by", "answered_by_id", "took_over", "central_services_k", "total_service_k", "headcount",
                "headcount_source")  # fmt: skip

    id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    sector: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(60))
    class_name: Mapped[str] = mapped_column(String(80))
    region: Mapped[str | None] = mapped_column(String(60))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    police_force: Mapped[str | None] = mapped_column(String(80))
    population: Mapped[int | None]
    snac: Mapped[str | None] = mapped_column(String(10))
    gss: Mapped[str | None] = mapped_column(String(12))
    end_date: Mapped[date | None]
    replaced_by: Mapped[str | None] = mapped_column(String(60))
    """As the source says it, in its own codes; who takes its place is for the successor map (webapp.succession)."""
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    """The successor that answers for its cases since it was handed over."""
    took_over: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    """The bodies that were handed over to it, each with its `name` and the day (`on`) from which on: kept here too, because every
    page of its cases says it."""
    central_services_k: Mapped[Decimal | None] = mapped_column(Exact)
    total_service_k: Mapped[Decimal | None] = mapped_column(Exact)
    headcount: Mapped[int | None]
    headcount_source: Mapped[str] = mapped_column(String(80), default="")
    organisation: Mapped[Organisation] = relationship(foreign_keys=[id])
    answered_by: Mapped[Organisation | None] = relationship(foreign_keys=[answered_by_id])

    def record_key(self) -> str:
        return self.code

    def record_label(self) -> str:
        return f"body {self.code}"

    def record_audience(self) -> Side:
        return EVERY_SIDE

    @property
    def predecessors(self) -> list[tuple[str, date]]:
        """The bodies that were handed over to it: each with its name then, and the day from which on."""
        return [(one["name"], date.fromisoformat(one["on"])) for one in self.took_over]

    @property
    def acting_ids(self) -> tuple[int, ...]:
        """The organisations of which the people act for it: its own, and the successor that answers for it."""
        return (self.id,) if self.answered_by_id is None else (self.id, self.answered_by_id)


class Round(Recorded, Base):
    """One round of a programme, with the programme as it was when the round was opened."""

    __tablename__ = "rounds"
    entity = "round"
    recorded = ("code", "name", "programme_code", "programme_version", "threshold", "dates")

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    programme_code: Mapped[str] = mapped_column(String(60))
    programme_version: Mapped[str] = mapped_column(String(20))
    programme_hash: Mapped[str] = mapped_column(String(64))
    frozen: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    threshold: Mapped[int]
    dates: Mapped[dict[str, str]] = mapped_column(JSON)
    """The fixed dates of this round (ISO), by deadline rule; they take the place of the programme's."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wording_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the messages that officers changed for this round (Wording), as they stand now; nothing while none is changed."""

    def record_key(self) -> str:
        return self.code

    def record_label(self) -> str:
        return self.name

    def record_audience(self) -> Side:
        return EVERY_SIDE

    @property
    def programme(self) -> Programme:
        """The programme as frozen into this round, with the messages that officers changed for it."""
        found = _thaw(self.programme_hash, lambda: self.frozen)
        session = object_session(self)
        return found if session is None else _worded(session, self.id, self.programme_hash, self.wording_hash, found)

    def fixed_date(self, rule: str) -> date | None:
        """The fixed date of a deadline rule in this round, if it has one."""
        given = self.dates.get(rule)
        return date.fromisoformat(given) if given else None


class Wording(Recorded, Base):
    """The words of one message in one round, in one version: never changed, another wording is another version.

    Version 0 is what came with the programme, and stands there. The latest version holds.
    """

    __tablename__ = "wordings"
    __table_args__ = (UniqueConstraint("round_id", "message", "number"),)
    entity = "wording"
    recorded = ("round_id", "message", "number", "subject", "body", "made_by", "made_at", "why", "taken_from")

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    message: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(Text)
    taken_from: Mapped[int | None]
    """The earlier version of which it is the words again; 0 for those of the programme."""

    def record_key(self) -> str:
        return f"{self.round_id}-{self.message}-{self.number}"

    def record_label(self) -> str:
        return f"version {self.number} of the message {self.message}"

    def record_why(self) -> str:
        return self.why


class HeldFigure(Base):
    """One line of other statistics about one body, in the source's own unit, as it was found there.

    Reference data: imported whole, source by source, with one event; a body that is not in the register is kept by its code.
    """

    __tablename__ = "held_figures"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    line: Mapped[str] = mapped_column(String(300), primary_key=True)
    """Group, sub-group and line of the source, joined by ' > '."""
    amount: Mapped[Decimal] = mapped_column(Exact)
    note: Mapped[str] = mapped_column(String(80), default="")
    """What must be said wherever it is shown, such as that it was made up for the demo; mostly nothing."""


_thawed: dict[str, Programme] = {}


def _thaw(programme_hash: str, frozen: Callable[[], bytes]) -> Programme:
    cached = _thawed.get(programme_hash)
    if cached is None:
        cached = _thawed[programme_hash] = thaw(frozen())
    return cached


def programme_of(session: Session, round_id: int, programme_hash: str, wording_hash: str | None = None) -> Programme:
    """The programme as frozen into a round of which the hash is known: one statement the first time, none later.

    With the hash of the round's wording its messages are those of the round, which is one more the first time; who writes
    no message needs none.
    """
    found = _thaw(programme_hash, lambda: session.scalars(select(Round.frozen).where(Round.id == round_id)).one())
    return _worded(session, round_id, programme_hash, wording_hash, found)


Words = Mapping[str, tuple[str, str]]
"""Subject and text of messages, by code."""
WORDINGS_KEPT = 64
"""So many programmes with changed messages are kept at hand: each round has one that holds."""
_wordings: dict[tuple[str, str], Programme] = {}


def _worded(session: Session, round_id: int, programme_hash: str, wording_hash: str | None, programme: Programme) -> Programme:
    if not wording_hash:
        return programme
    cached = _wordings.get((programme_hash, wording_hash))
    if cached is not None:
        return cached
    words = words_of(session, round_id)
    messages = tuple(
        msgspec.structs.replace(one, subject=words[one.code][0], body=words[one.code][1]) if one.code in words else one
        for one in programme.messages
    )
    found = msgspec.structs.replace(programme, messages=messages)
    while len(_wordings) >= WORDINGS_KEPT:
        _wordings.pop(next(iter(_wordings)), None)
    # under what was read, which may be newer than what was asked for
    _wordings[programme_hash, hash_of(words)] = found
    return found


def words_of(session: Session, round_id: int) -> Words:
    """The messages that are changed in a round, as they stand now: one statement."""
    later = aliased(Wording)
    latest = select(func.max(later.number)).where(later.round_id == Wording.round_id, later.message == Wording.message).scalar_subquery()
    query = select(Wording.message, Wording.subject, Wording.body).where(Wording.round_id == round_id, Wording.number == latest)
    return {row.message: (row.subject, row.body) for row in session.execute(query)}


def hash_of(words: Words) -> str:
    """What names these words, and no others: for Round.wording_hash."""
    return hashlib.sha256(json.dumps(dict(words), ensure_ascii=False, sort_keys=True).encode()).hexdigest()
