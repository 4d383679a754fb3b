"""What is kept of a reviewer: room, skills, days away, interests in bodies, and conflicts of interest that were overruled."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.review.away import Away
from workflows.review.conflicts import INTERESTS
from workflows.review.overruling import Overruled
from workflows.roles import Side

KNOWN_TO = Side.PARTNERSHIP | Side.PROGRAMME
"""Who may know this of a reviewer."""
CAPACITY = 4
"""For how many reviews at a time somebody is taken to have room of whom nobody has said it."""


class ReviewerProfile(Recorded, Base):
    """For how many reviews at a time a reviewer has room, which functions they know, and when they are away."""

    __tablename__ = "reviewer_profiles"
    __table_args__ = (CheckConstraint("capacity between 0 and 50", name="capacity"),)
    entity = "reviewer_profile"
    recorded = ("capacity", "functions", "away")

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    capacity: Mapped[int] = mapped_column(default=CAPACITY)
    functions: Mapped[list[str]] = mapped_column(JSON)
    away: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    """The first and the last day (ISO) of each time away, in their order; none overlaps another."""
    revision: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship()
    __mapper_args__ = {"version_id_col": revision}

    @property
    def times_away(self) -> tuple[Away, ...]:
        """The times away, in their order."""
        return tuple(Away(date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.away or ())

    @times_away.setter
    def times_away(self, times: tuple[Away, ...]) -> None:
        self.away = [[first.isoformat(), last.isoformat()] for first, last in times]

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


class Overrule(Recorded, Base):
    """A conflict of interest of a person with a case that somebody proposed to overrule until a day; another person approves it or
    refuses it, with the reason. Until it is approved, and after its last day, it counts for nothing."""

    __tablename__ = "overrules"
    __table_args__ = (
        CheckConstraint("decision in ('', 'approved', 'refused')", name="decision"),
        CheckConstraint("(decision = '') = (decided_by is null) and decided_by <> proposed_by", name="second_person"),
        Index("ix_overrules_case_id", "case_id", "person_id"),
    )
    entity = "overrule"
    recorded = ("person_id", "conflicts", "why", "ends_on", "decision", "reason")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    conflicts: Mapped[list[str]] = mapped_column(JSON)
    """Each conflict that it overrules, in the words in which it was told."""
    why: Mapped[str] = mapped_column(Text)
    ends_on: Mapped[date]
    """The last day on which it holds."""
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, or what was said when it was approved."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    proposer: Mapped[Person] = relationship(foreign_keys=[proposed_by])
    decider: Mapped[Person | None] = relationship(foreign_keys=[decided_by])

    @property
    def rule(self) -> Overruled:
        """The same as the rule sees it."""
        return Overruled(tuple(self.conflicts), self.ends_on, self.decision)

    def record_label(self) -> str:
        return "the overruling of a conflict of interest"

    def record_why(self) -> str:
        return self.reason if self.decision else self.why

    def record_audience(self) -> Side:
        return KNOWN_TO
