"""What a person wishes of their mail, and who stands in for them while they are away."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Membership, Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.deadlines.reminders import Kind, Rhythm, rhythm_in


class MailSettings(Recorded, Base):
    """In which rhythm a person has each kind of mail, as far as it is not statutory. Without a row it is immediately."""

    __tablename__ = "mail_settings"
    entity = "mail_settings"
    recorded = ("rhythms",)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    rhythms: Mapped[dict[str, str]] = mapped_column(JSON)
    """By kind of mail (workflows.deadlines.reminders)."""
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def rhythm(self, kind: Kind) -> Rhythm:
        """The rhythm of one kind of mail."""
        return rhythm_in(self.rhythms.get(kind.value))

    def record_key(self) -> str:
        return str(self.person_id)

    def record_label(self) -> str:
        return "how often somebody has their mail"


class StandIn(Recorded, Base):
    """Somebody who is told too of what a person owes in one of their roles, from a first to a last day. Never deleted: it is ended."""

    __tablename__ = "stand_ins"
    __table_args__ = (
        CheckConstraint("last >= first", name="days"),
        Index("ix_stand_ins_membership_id", "membership_id"),
        Index("ix_stand_ins_person_id", "person_id"),
    )
    entity = "stand_in"
    recorded = ("membership_id", "person_id", "first", "last", "ended_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    """The role of whoever is away."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Who stands in."""
    first: Mapped[date]
    last: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken back before its last day."""
    membership: Mapped[Membership] = relationship()
    person: Mapped[Person] = relationship()

    def record_label(self) -> str:
        return "who stands in while somebody is away"
