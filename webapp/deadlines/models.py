"""Deadlines of cases, and the ledger of notices."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

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
