"""Files that stand behind an answer or a function of a return. Replaced, never overwritten; withdrawn, never deleted."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side


class Evidence(Recorded, Base):
    """One file of a case, kept under the SHA-256 of its content.

    `place` is the code of the item, practice or function that it stands behind, `value_seen` the answer there when it
    was uploaded. `replaces_id` is the file whose place it took; that one stays.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("replaces_id"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_evidence_case_id_place", "case_id", "place"),
    )
    entity = "evidence"
    recorded = ("place", "name", "media_type", "size", "sha256", "value_seen", "replaces_id", "expires_on", "withdrawn_at",
                "withdrawn_why", "audience")  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    place: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    value_seen: Mapped[str] = mapped_column(String(560), default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    expires_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pages: Mapped[int | None]
    """How many pages it has, where that is known."""
    uploader: Mapped[Person] = relationship(foreign_keys=[uploaded_by])
    successor: Mapped["Evidence | None"] = relationship(
        viewonly=True, lazy="raise", uselist=False, primaryjoin="Evidence.id == foreign(Evidence.replaces_id)"
    )
    """The file that took its place, where the reader may see it; loaded with a query that tells so."""

    def record_key(self) -> str:
        return str(self.number)

    def record_label(self) -> str:
        return f"evidence {self.number}, “{self.name}”"[:300]


class EvidenceVerdict(Recorded, Base):
    """What a reviewer or an inspector made of a file. Each verdict is a new row; the last one of each side counts.

    That a file is accepted is for the side alone until its draft goes out; that it is refused, the body sees at once,
    because it must act.
    """

    blinded: ClassVar[bool] = True
    __tablename__ = "evidence_verdicts"
    __table_args__ = (
        CheckConstraint("verdict in ('accepted', 'refused')", name="verdict"),
        Index("ix_evidence_verdicts_case_id", "case_id"),
        Index("ix_evidence_verdicts_evidence_id_side", "evidence_id", "side"),
    )
    entity = "evidence_verdict"
    recorded = ("evidence_id", "side", "verdict", "why", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    side: Mapped[int]
    """The side of whoever judged (workflows.roles.Side)."""
    verdict: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence: Mapped[Evidence] = relationship()

    def record_label(self) -> str:
        return f"the verdict on {self.evidence.record_label()}"[:300]
