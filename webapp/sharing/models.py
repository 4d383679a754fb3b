"""Sharing groups and the bodies in them, as dated intervals that any day can be asked of."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base
from webapp.record import Recorded
from webapp.register.models import Body
from workflows.benchmarks.sharing import KINDS, Span
from workflows.roles import EVERY_SIDE, Side


class SharingGroup(Recorded, Base):
    """Bodies that share functions of the back office. Public: who shares what is for everybody to know.

    `functions` are codes of the programmes; `evidence` says what shows that the group exists.
    """

    __tablename__ = "sharing_groups"
    __table_args__ = (CheckConstraint("ends is null or ends >= starts", name="days"),)
    entity = "sharing_group"
    recorded = ("name", "host_id", "functions", "starts", "ends", "evidence", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    functions: Mapped[list[str]] = mapped_column(JSON)
    starts: Mapped[date]
    ends: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(Text)
    audience: Mapped[int] = mapped_column(default=int(EVERY_SIDE))
    host: Mapped[Body] = relationship()

    def record_label(self) -> str:
        return f"the sharing group “{self.name}”"

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.starts, self.ends)


class SharingMember(Recorded, Base):
    """A body that hosts a group, is a client of it, or talks about joining, from a first to a last day."""

    __tablename__ = "sharing_members"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint("ends is null or ends >= starts", name="days"),
        Index("ix_sharing_members_body_id", "body_id"),
        Index("ix_sharing_members_group_id", "group_id"),
    )
    entity = "sharing_member"
    recorded = ("group_id", "body_id", "kind", "starts", "ends", "note", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("sharing_groups.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    kind: Mapped[str] = mapped_column(String(10))
    starts: Mapped[date]
    ends: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[int] = mapped_column(default=int(EVERY_SIDE))
    group: Mapped[SharingGroup] = relationship()
    body: Mapped[Body] = relationship()

    def record_label(self) -> str:
        return f"a membership in sharing group {self.group_id}"

    def record_audience(self) -> Side:
        return Side(self.audience)

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.starts, self.ends)
