"""The peer review of a case, and the annotations on its return."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from webapp.returns.models import ReturnVersion
from workflows.roles import Side

ASKING = ("query", "correction")
"""The kinds of annotation that ask for an answer, and are to be resolved."""


class Review(Recorded, Base):
    """The review's text. Its audience widens when the draft is issued and when it is final."""

    __tablename__ = "reviews"
    entity = "review"
    recorded = ("summary", "comments", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    comments: Mapped[str] = mapped_column(Text, default="")
    """The body's comments on the draft, printed unedited."""
    audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return "the peer review"


class Annotation(Recorded, Base):
    """A remark on one item in one version of the return, with the value that it was made on."""

    __tablename__ = "annotations"
    __table_args__ = (
        CheckConstraint("kind in ('query', 'correction', 'comment', 'good_practice')", name="kind"),
        CheckConstraint("state in ('open', 'answered', 'resolved')", name="state"),
        Index("ix_annotations_case_id", "case_id"),
    )
    entity = "annotation"
    recorded = ("item", "kind", "text", "state", "answer", "audience", "value_seen")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    item: Mapped[str] = mapped_column(String(60))
    value_seen: Mapped[str] = mapped_column(String(560))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    version: Mapped[ReturnVersion] = relationship()
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"an annotation on {self.item}"
