"""The actions of a body's improvement plan."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.challenge.models import Finding
from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side

PLAN_AUDIENCE = Side.BODY | Side.AUDITOR | Side.PROGRAMME


class Action(Recorded, Base):
    """One action: what, for which finding, whose, by when, worth how much a year (pounds)."""

    __tablename__ = "actions"
    __table_args__ = (UniqueConstraint("case_id", "number"), Index("ix_actions_owner_id", "owner_id"))
    entity = "action"
    recorded = ("what", "finding_id", "owner_id", "due_on", "target_saving", "report", "came_from_id")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"))
    """The finding; of an action that came from another body, a finding on that one."""
    came_from_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"), unique=True)
    """The action of a body that ended, which goes on as this one."""
    what: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    due_on: Mapped[date]
    target_saving: Mapped[Decimal | None] = mapped_column(Exact)
    report: Mapped[str] = mapped_column(Text, default="")
    reported_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    finding: Mapped[Finding] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    came_from: Mapped["Action | None"] = relationship(remote_side=[id])
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"action {self.number}"

    def record_key(self) -> str:
        return str(self.number)
