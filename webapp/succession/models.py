"""The successor map of the register, handovers of bodies that end, and who signed them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from webapp.register.models import Body
from workflows.roles import EVERY_SIDE, Side


class Succession(Recorded, Base):
    """From a day on, one body has a share of what another was. Public: it is in the Orders.

    A line that a later map leaves out is taken off, and stays on the record.
    """

    __tablename__ = "successions"
    __table_args__ = (
        UniqueConstraint("predecessor_id", "successor_id"),
        CheckConstraint("predecessor_id <> successor_id", name="two_bodies"),
        Index("ix_successions_successor_id", "successor_id"),
    )
    entity = "succession"
    recorded = ("predecessor_id", "successor_id", "starts", "share", "source", "taken_off_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    starts: Mapped[date]
    """The first day of the successor: from it on the predecessor is no more."""
    share: Mapped[Decimal] = mapped_column(Exact)
    source: Mapped[str] = mapped_column(Text)
    taken_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    predecessor: Mapped[Body] = relationship(foreign_keys=[predecessor_id])
    successor: Mapped[Body] = relationship(foreign_keys=[successor_id])

    def record_label(self) -> str:
        return "a line of the successor map"

    def record_audience(self) -> Side:
        return EVERY_SIDE


class Handover(Recorded, Base):
    """A proposal of what of a body goes to which successor; applied when each side has signed it. One waits at a time."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("(applied_at is null) = (applied_by is null)", name="applied"),
        CheckConstraint("applied_at is null or dropped_at is null", name="one_end"),
        Index("uq_handovers_waiting", "predecessor_id", unique=True,
              sqlite_where=text("applied_at is null and dropped_at is null"),
              postgresql_where=text("applied_at is null and dropped_at is null")),
        Index("ix_handovers_heir_id", "heir_id"),
    )  # fmt: skip
    entity = "handover"
    recorded = ("predecessor_id", "heir_id", "starts", "choices", "reason", "applied_at", "dropped_at", "dropped_why")

    id: Mapped[int] = mapped_column(primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    heir_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    """The successor that answers for the body's cases."""
    starts: Mapped[date]
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What was chosen (webapp.succession.verbs.kept), which is what both sides sign."""
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dropped_why: Mapped[str] = mapped_column(Text, default="")
    predecessor: Mapped[Body] = relationship(foreign_keys=[predecessor_id])
    heir: Mapped[Body] = relationship(foreign_keys=[heir_id])
    proposer: Mapped[Person] = relationship(foreign_keys=[proposed_by])
    signatures: Mapped[list["HandoverSignature"]] = relationship(order_by="HandoverSignature.id", back_populates="handover")

    def record_label(self) -> str:
        return "the handover of a body"

    def record_audience(self) -> Side:
        return Side.PROGRAMME

    @property
    def waits(self) -> bool:
        """Whether it was neither applied nor dropped."""
        return self.applied_at is None and self.dropped_at is None


class HandoverSignature(Recorded, Base):
    """An approver of one of the bodies accepts a handover. Nobody signs one for two bodies."""

    __tablename__ = "handover_signatures"
    __table_args__ = (UniqueConstraint("handover_id", "body_id"), UniqueConstraint("handover_id", "person_id"))
    entity = "handover_signature"
    recorded = ("handover_id", "body_id", "person_id")

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    handover: Mapped[Handover] = relationship(back_populates="signatures")
    person: Mapped[Person] = relationship()

    def record_label(self) -> str:
        return "the signature under a handover"

    def record_audience(self) -> Side:
        return Side.PROGRAMME
