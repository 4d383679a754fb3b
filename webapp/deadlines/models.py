"""Deadlines of cases, and the ledger of notices."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded


class Deadline(Recorded, Base):
    """Something that a role owes in a case by a time. Open until closed; the due time explains itself."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("ix_deadlines_case_id_closed_at", "case_id", "closed_at"),
        Index("ix_deadlines_remind_at", "remind_at",
              sqlite_where=text("closed_at is null"), postgresql_where=text("closed_at is null")),
        Index("ix_deadlines_rule_due_at", "rule", "due_at",
              sqlite_where=text("closed_at is null"), postgresql_where=text("closed_at is null")),
        CheckConstraint("outcome in ('', 'met', 'missed', 'lapsed')", name="outcome"),
    )  # fmt: skip
    entity = "deadline"
    recorded = ("rule", "due_at", "stopped_at", "closed_at", "outcome")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    rule: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    audience: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    explanation: Mapped[list[str]] = mapped_column(JSON)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when its clock stands, because another side owes an answer; none while it runs."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(8), default="")
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next reminder falls due; none when all have been written."""

    def record_label(self) -> str:
        return f"deadline {self.rule.replace('_', ' ')}"


class Notice(Base):
    """A message to one person: written in the transaction of its cause, under a key that exists once, then delivered."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state in ('queued', 'sending', 'sent', 'failed', 'dropped')", name="state"),
        Index("ix_notices_state", "state", "id"),
        Index("ix_notices_person_id", "person_id", "id"),
        Index("ix_notices_case_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    """Rule, subject, recipient and occurrence: nothing can be queued twice."""
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    audience: Mapped[int]
    """The sides that may know what it says, besides whoever it goes to: those that may know its cause."""
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    person: Mapped[Person] = relationship()
