"""Deadlines of cases, what happened to each, requests for more time, and the days on which bodies are closed."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.deadlines.calendar import Closing
from workflows.roles import EVERY_SIDE, Role, Side


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
    """When the next reminder falls due; none when all have been written. While the clock stands none is, and this is kept."""

    def record_label(self) -> str:
        return f"deadline {self.rule.replace('_', ' ')}"


class DeadlineChange(Base):
    """One thing that happened to a deadline, written with its event: what its history is told and reckoned from. Never changed."""

    blinded: ClassVar[bool] = True
    __tablename__ = "deadline_changes"
    __table_args__ = (
        CheckConstraint("kind in ('opened', 'stopped', 'resumed', 'extended', 'moved', 'closed')", name="kind"),
        Index("ix_deadline_changes_deadline_id", "deadline_id", "id"),
        Index("ix_deadline_changes_case_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    audience: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    """The role in which the person acted; none for the clock."""
    why: Mapped[str] = mapped_column(Text, default="")
    due_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_after: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline: Mapped[Deadline] = relationship()


class Extension(Recorded, Base):
    """A request for more time on a deadline: what was wished and why, and what was decided. One at a time for each deadline."""

    blinded: ClassVar[bool] = True
    __tablename__ = "extensions"
    __table_args__ = (
        CheckConstraint("state in ('open', 'granted', 'refused', 'withdrawn', 'lapsed')", name="state"),
        Index("uq_extensions_open", "deadline_id", unique=True,
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("ix_extensions_case_id", "case_id", "id"),
        Index("ix_extensions_waiting", "asked_at", "id",
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )  # fmt: skip
    entity = "extension"
    recorded = ("wished_on", "state", "granted_on")

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    audience: Mapped[int]
    deciders: Mapped[str] = mapped_column(String(80))
    """The roles that may decide, each between spaces, as the programme says of the deadline."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wished_on: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(9), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_role: Mapped[str | None] = mapped_column(String(20))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    deadline: Mapped[Deadline] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def decided_by_roles(self) -> tuple[Role, ...]:
        """The roles that may decide."""
        return tuple(Role(one) for one in self.deciders.split())

    def record_label(self) -> str:
        return f"request for more time on the deadline {self.deadline.rule.replace('_', ' ')}"

    def record_why(self) -> str:
        return self.answer or self.why


class ClosingDays(Recorded, Base):
    """A time for which a body is closed: not counted in working days of what it owes, where that began after it was entered."""

    __tablename__ = "closing_days"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="order"),
        Index("ix_closing_days_body_id", "body_id", "first_on"),
    )
    entity = "closing_days"
    recorded = ("first_on", "last_on", "withdrawn_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    why: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def closing(self) -> Closing:
        """These days, as a calendar counts them out."""
        return Closing(self.first_on, self.last_on, self.why)

    def record_label(self) -> str:
        return "the closing days of a body"

    def record_why(self) -> str:
        return self.why

    def record_audience(self) -> Side:
        return EVERY_SIDE
