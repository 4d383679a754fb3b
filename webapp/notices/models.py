"""The ledger of notices."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side


class Notice(Base):
    """A message to one person: written in the transaction of its cause, under a key that exists once, then delivered."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state in ('queued', 'held', 'sending', 'sent', 'failed', 'dropped', 'cancelled')", name="state"),
        Index("ix_notices_state", "state", "not_before", "id"),
        Index("ix_notices_message_id", "message_id"),
        Index("ix_notices_person_id", "person_id", "id"),
        Index("ix_notices_case_id", "case_id", "id"),
        Index(
            "ix_notices_leased_until", "leased_until", sqlite_where=text("state = 'sending'"), postgresql_where=text("state = 'sending'")
        ),
        Index(
            "ix_notices_bundle",
            "person_id",
            "bundle",
            sqlite_where=text("state = 'queued' and bundle <> ''"),
            postgresql_where=text("state = 'queued' and bundle <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    """Rule, subject, recipient and occurrence: nothing can be queued twice."""
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(60), default="")
    """The reminder rule that it follows; empty for a message that a move sends."""
    kind: Mapped[str] = mapped_column(String(6), default="news")
    """What a person chooses a rhythm for: a reminder before, on or after a deadline, or news."""
    optional: Mapped[bool] = mapped_column(default=False)
    """Whether the programme leaves it to the person to have it: a statutory one cannot be turned off."""
    email: Mapped[str] = mapped_column(String(254))
    audience: Mapped[int]
    """The sides that may know what it says, besides whoever it goes to: those that may know its cause."""
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(9), default="queued")
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it may leave: at once, with the person's next digest, after a quiet day, or at the next attempt."""
    bundle: Mapped[str] = mapped_column(String(80), default="")
    """Notices to one person under one such name leave together as one mail; empty for one that leaves alone."""
    message_id: Mapped[str] = mapped_column(String(160), default="")
    """The Message-ID of the mail that carries it, the same at every attempt; given when it is first claimed."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its deadline was due as its words say it: a reminder of another date is not sent."""
    again_of_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    """The notice that an officer sent again, of which this is the second sending."""
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    """The process that sends it now: machine, process and a number drawn by lot. Nobody else may settle it."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when that process has it, unless it says that it is still there; then another takes it up."""
    first_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    """What the mail server answered at the last attempt."""
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The officer who held, sent again or cancelled it."""
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Waiting(NamedTuple):
    """A notice as delivery reads it: the columns that it needs, since an entity takes four times as long."""

    id: int
    key: str
    case_id: int
    deadline_id: int | None
    person_id: int
    role: str
    rule: str
    kind: str
    optional: bool
    email: str
    subject: str
    body: str
    html: str
    state: str
    bundle: str
    message_id: str
    due_at: datetime | None
    first_tried_at: datetime | None
    attempts: int
    error: str


class ReminderPause(Recorded, Base):
    """A time in which the people of a body are not reminded of what it owes: from when an officer paused it until a day, or until
    one ended it before."""

    __tablename__ = "reminder_pauses"
    __table_args__ = (Index("ix_reminder_pauses_body_id", "body_id", "until"),)
    entity = "reminder_pause"
    recorded = ("until", "ended_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    """The case from which it was paused, which has it on its record: it holds in every case of the body."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    def goes_on(self, at: datetime) -> bool:
        """Whether it goes on at a time after it began, as `open_at` asks the database."""
        return self.ended_at is None and self.until > at

    def record_label(self) -> str:
        return "reminders to the body"

    def record_why(self) -> str:
        return "" if self.ended_at else self.reason

    def record_audience(self) -> Side:
        return Side.BODY | Side.PROGRAMME


def open_at(at: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    """Whether a pause goes on at a time after it began."""
    return and_(ReminderPause.ended_at.is_(None), ReminderPause.until > at)


class MailHold(Recorded, Base):
    """A time in which no mail leaves at all: from when an officer held it until one released it."""

    __tablename__ = "mail_holds"
    entity = "mail_hold"
    recorded = ("held_at", "reason", "released_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def record_label(self) -> str:
        return "all mail"
