"""The calendar feeds of people."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.record import Recorded


class CalendarFeed(Recorded, Base):
    """The secret address at which a calendar reads a person's deadlines. Only its SHA-256 is kept; one at a time is good."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index("uq_calendar_feeds_current", "person_id", unique=True,
              sqlite_where=text("revoked_at is null"), postgresql_where=text("revoked_at is null")),
    )  # fmt: skip
    entity = "calendar_feed"
    recorded = ("person_id", "revoked_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a calendar read it last; not part of the record, nor is how often it did in which hour."""
    hour: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetches: Mapped[int] = mapped_column(default=0)

    def record_label(self) -> str:
        return "calendar feed"
