"""The peer review of a case, and the annotations on its return."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.db import Base, UtcDateTime
from webapp.evidence.models import Evidence
from webapp.record import Recorded
from webapp.returns.models import ReturnVersion
from workflows.review.anchors import Anchor, as_selector, from_selector
from workflows.roles import Side


class Selector(TypeDecorator[Anchor]):
    """A passage or a place in a file, kept as a selector of the Web Annotation model."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Anchor | None, dialect: Dialect) -> Any:
        return None if value is None else as_selector(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Anchor | None:
        return None if value is None else from_selector(value)


class Review(Recorded, Base):
    """The review's text. Its audience widens when the draft is issued and when it is final."""

    blinded: ClassVar[bool] = True
    __tablename__ = "reviews"
    entity = "review"
    recorded = ("summary", "comments", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    comments: Mapped[str] = mapped_column(Text, default="")
    """The body's comments on the whole of the draft, printed unedited."""
    audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    revision: Mapped[int] = mapped_column(default=1)
    notes: Mapped[list["FunctionNote"]] = relationship(
        viewonly=True, primaryjoin="foreign(FunctionNote.case_id) == Review.case_id", order_by="FunctionNote.id"
    )
    points: Mapped[list["DraftComment"]] = relationship(
        viewonly=True, primaryjoin="foreign(DraftComment.case_id) == Review.case_id", order_by="DraftComment.id"
    )
    """Both are loaded with a query that tells which of them may be seen, and never by themselves."""
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return "the peer review"


class Annotation(Recorded, Base):
    """A remark on one item in one version of the return, with the value that it was made on, and whom it is for.

    With a `selector` it stands on a passage of what the body says on the item. With an `evidence_number` it stands on that file of
    the case, or with both on a place in it; then `item` is what the file stands behind, and may be a function.
    """

    blinded: ClassVar[bool] = True
    __tablename__ = "annotations"
    __table_args__ = (
        CheckConstraint("kind in ('query', 'correction', 'comment', 'good_practice')", name="kind"),
        CheckConstraint("state in ('open', 'answered', 'resolved', 'withdrawn')", name="state"),
        CheckConstraint("addressee in ('reviewers', 'body', 'auditor')", name="addressee"),
        ForeignKeyConstraint(["case_id", "evidence_number"], ["evidence.case_id", "evidence.number"]),
        Index("ix_annotations_case_id", "case_id"),
    )
    entity = "annotation"
    recorded = ("item", "kind", "text", "state", "addressee", "audience", "value_seen", "selector", "evidence_number")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    item: Mapped[str] = mapped_column(String(60))
    value_seen: Mapped[str] = mapped_column(String(560))
    selector: Mapped[Anchor | None] = mapped_column(Selector)
    evidence_number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="open")
    addressee: Mapped[str] = mapped_column(String(12), default="reviewers")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it went to the body with the reviewer's questions."""
    audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    version: Mapped[ReturnVersion] = relationship()
    replies: Mapped[list["Reply"]] = relationship(viewonly=True)
    """Loaded with a query that tells which of them may be seen, and never by itself."""
    evidence: Mapped[Evidence | None] = relationship(viewonly=True, lazy="raise")
    """The file, where the reader may see it; loaded like the replies."""
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"an annotation on {self.item}"


class Reply(Recorded, Base):
    """What was said to an annotation: by a reviewer, or by the body in answer. It is sent together with others of its side;
    until then only that side sees it."""

    blinded: ClassVar[bool] = True
    __tablename__ = "annotation_replies"
    __table_args__ = (Index("ix_annotation_replies_case_id", "case_id"), Index("ix_annotation_replies_annotation_id", "annotation_id"))
    entity = "reply"
    recorded = ("text", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    item: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    side: Mapped[int]
    """The side that says it."""
    for_other: Mapped[bool]
    """Whether it is to be sent to the other side: an answer of the body always, of a reviewer one that asks the body again."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    audience: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"a reply on {self.item}"


class Mention(Base):
    """That a note, or a reply to it, calls somebody by name: once for each annotation and person. What it says is the note's own and on
    the record with it; this tells only who was told, and when they put it aside."""

    __tablename__ = "mentions"
    __table_args__ = (UniqueConstraint("annotation_id", "person_id"), Index("ix_mentions_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FunctionNote(Recorded, Base):
    """What one reviewer says of one function of a return: whether it is credible and explained, what should improve, a rating.

    It is shown to the body with the draft, as part of it.
    """

    blinded: ClassVar[bool] = True
    __tablename__ = "function_notes"
    __table_args__ = (
        UniqueConstraint("case_id", "function", "person_id"),
        CheckConstraint("credible in ('', 'yes', 'partly', 'no')", name="credible"),
        CheckConstraint("explained in ('', 'yes', 'partly', 'no')", name="explained"),
    )
    entity = "function_note"
    recorded = ("function", "credible", "explained", "improvement", "rating", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    function: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    credible: Mapped[str] = mapped_column(String(8), default="")
    explained: Mapped[str] = mapped_column(String(8), default="")
    improvement: Mapped[str] = mapped_column(Text, default="")
    rating: Mapped[int | None]
    audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship()
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"the note on {self.function}"


class SecondMark(Recorded, Base):
    """What a second marker says of one function: a rating, and why. It is for calibration alone: no draft and no review has it, and its
    events are told to nobody, for the first reviewers must not learn of it before both have rated."""

    __tablename__ = "second_marks"
    __table_args__ = (UniqueConstraint("case_id", "function", "person_id"),)
    entity = "second_mark"
    recorded = ("function", "rating", "note")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    function: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    rating: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"the second mark of {self.function}"

    def record_audience(self) -> Side:
        return Side.NOBODY


class DraftComment(Recorded, Base):
    """What the body says on one point of the draft review, printed unedited, and what became of it."""

    blinded: ClassVar[bool] = True
    __tablename__ = "draft_comments"
    __table_args__ = (
        CheckConstraint("decision in ('', 'accepted', 'not_accepted')", name="decision"),
        Index("ix_draft_comments_case_id", "case_id"),
    )
    entity = "draft_comment"
    recorded = ("place", "text", "decision", "reason", "audience", "decision_audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    place: Mapped[str] = mapped_column(String(80))
    """The point of the draft: `summary`, `function:CODE` or `annotation:ID`."""
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was sent with the others; until then the body alone sees it. A later draft has comments of its own."""
    decision: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    decision_audience: Mapped[int] = mapped_column(default=int(Side.PARTNERSHIP))
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": revision}

    def record_label(self) -> str:
        return f"the body’s comment on {self.place.replace(':', ' ')}"

    def record_audience_of(self, names: frozenset[str]) -> Side:
        return Side(self.decision_audience if names & {"decision", "reason", "decision_audience"} else self.audience)
