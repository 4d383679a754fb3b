"""What is kept of a reviewer: room, skills, days away, and interests in bodies."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.review.conflicts import INTERESTS
from workflows.roles import Side

KNOWN_TO = Side.PARTNERSHIP | Side.PROGRAMME
"""Who may know this of a reviewer."""
CAPACITY = 4
"""For how many reviews at a time somebody is taken to have room of whom nobody has said it."""


class ReviewerProfile(Recorded, Base):
    """For how many reviews at a time a reviewer has room, which functions they know, and when they are away next."""

    __tablename__ = "reviewer_profiles"
    __table_args__ = (
        CheckConstraint("capacity between 0 and 50", name="capacity"),
        CheckConstraint("(away_from is null) = (away_until is null) and away_from <= away_until", name="away"),
    )
    entity = "reviewer_profile"
    recorded = ("capacity", "functions", "away_from", "away_until")

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    capacity: Mapped[int] = mapped_column(default=CAPACITY)
    functions: Mapped[list[str]] = mapped_column(JSON)
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship()
    __mapper_args__ = {"version_id_col": revision}

    def record_key(self) -> str:
        return str(self.person_id)

    def record_label(self) -> str:
        return "what a reviewer has room for and knows"

    def record_audience(self) -> Side:
        return KNOWN_TO


class Interest(Recorded, Base):
    """An interest of a person in a body, declared by whoever told it, from a first to a last day or on. Never deleted: it is ended."""

    __tablename__ = "interests"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in INTERESTS)})", name="kind"),
        CheckConstraint("ends is null or ends >= starts", name="days"),
        Index("ix_interests_person_id", "person_id"),
    )
    entity = "interest"
    recorded = ("person_id", "body_id", "kind", "note", "starts", "ends")

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    starts: Mapped[date]
    ends: Mapped[date | None]
    told_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[Organisation] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    def record_label(self) -> str:
        return "a declared interest"

    def record_audience(self) -> Side:
        return KNOWN_TO
