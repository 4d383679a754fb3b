"""Findings and scores of the auditor's challenge."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side


class Finding(Recorded, Base):
    """What the inspector found: condition, criterion, cause, effect, recommendation; response; decision."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("response in ('', 'agreed', 'partly', 'not_agreed')", name="response"),
        CheckConstraint("decision in ('', 'kept', 'changed', 'withdrawn')", name="decision"),
    )
    entity = "finding"
    recorded = ("title", "condition", "criterion", "cause", "effect", "recommendation", "severity", "kloe", "item",
                "response", "response_reason", "decision", "decision_reason", "audience", "response_audience",
                "decision_audience")  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    condition: Mapped[str] = mapped_column(Text)
    criterion: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text, default="")
    effect: Mapped[str] = mapped_column(Text)
    recommendation: Mapped[str] = mapped_column(Text, default="")
    severity: Mapped[str] = mapped_column(String(20))
    kloe: Mapped[str] = mapped_column(String(10))
    item: Mapped[str] = mapped_column(String(60), default="")
    """The item of the return that the finding rests on, and below the value it had in which version."""
    value_seen: Mapped[str] = mapped_column(String(560), default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("return_versions.id"))
    response: Mapped[str] = mapped_column(String(12), default="")
    response_reason: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[str] = mapped_column(String(12), default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[int] = mapped_column(default=int(Side.AUDITOR))
    response_audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    """Who may see the response: the body alone until it is sent."""
    decision_audience: Mapped[int] = mapped_column(default=int(Side.AUDITOR))
    """Who may see the decision: the auditor alone until the outcome is issued."""
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"finding {self.number}"

    def record_audience_of(self, names: frozenset[str]) -> Side:
        for part in ("response", "decision"):
            if names <= {part, f"{part}_reason", f"{part}_audience"}:
                return Side(getattr(self, f"{part}_audience"))
        return self.record_audience()

    def record_key(self) -> str:
        return str(self.number)


class Score(Recorded, Base):
    """The score of 1 to 4 for one line of enquiry, with its reason."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("case_id", "kloe"),
        CheckConstraint("level between 1 and 4", name="level"),
    )
    entity = "score"
    recorded = ("level", "reason", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kloe: Mapped[str] = mapped_column(String(10))
    level: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    audience: Mapped[int] = mapped_column(default=int(Side.AUDITOR))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def record_key(self) -> str:
        return self.kloe

    def record_label(self) -> str:
        return f"the score for line of enquiry {self.kloe}"
