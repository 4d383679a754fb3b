"""Publications of a round, their documents, the notes that bodies put beside their figures, and what was restated."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.roles import EVERY_SIDE, Side


class Publication(Recorded, Base):
    """A numbered snapshot of a round. Bodies see their part of it once it is `issued_at`, under embargo until `publish_at`;
    from then on everybody sees it, and it never changes. A later number takes its place.

    `digest` is the SHA-256 of its documents. `with_provisional` lets figures that are not final take part in comparisons.
    `manifest` tells all that it consists of, as published, and `manifest_number` is its SHA-256 (workflows.benchmarks.manifest). Both
    are there once a time of publication is set, follow the notes until that time, and stay as they are from then on.
    `editors_note` are the notes to editors, printed with what is published.
    """

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("round_id", "number"),)
    entity = "publication"
    recorded = ("number", "why", "with_provisional", "digest", "issued_at", "publish_at", "manifest_number", "editors_note")

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]
    why: Mapped[str] = mapped_column(Text, default="")
    with_provisional: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    manifest: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    manifest_number: Mapped[str] = mapped_column(String(64), default="")
    editors_note: Mapped[str] = mapped_column(Text, default="")

    def record_key(self) -> str:
        return f"{self.round_id}-{self.number}"

    def record_label(self) -> str:
        return f"publication {self.number}"

    def record_why(self) -> str:
        return self.why

    def record_audience(self) -> Side:
        return EVERY_SIDE if self.issued_at or self.publish_at else Side.PROGRAMME


class Acknowledgement(Recorded, Base):
    """A warning that an officer has read and lets stand: the condition (workflows.benchmarks.release), what it said, and why."""

    __tablename__ = "acknowledgements"
    __table_args__ = (Index("ix_acknowledgements_publication_id", "publication_id"),)
    entity = "acknowledgement"
    recorded = ("condition", "told", "reason")

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"))
    condition: Mapped[str] = mapped_column(String(20))
    told: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    def record_key(self) -> str:
        return f"{self.publication_id}-{self.condition}"

    def record_label(self) -> str:
        return f"the warning “{self.condition}” before publication"

    def record_why(self) -> str:
        return self.reason


class PublicationDocument(Base):
    """A document of a publication (workflows.benchmarks.publishing), as JSON. The database refuses to change it."""

    __tablename__ = "publication_documents"
    __table_args__ = (CheckConstraint("kind in ('indicator', 'group', 'body', 'summary')", name="kind"),)

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ContextNote(Recorded, Base):
    """What a body says beside its figures, in so few words, printed unedited: on one indicator, or on all (`indicator` empty)."""

    __tablename__ = "context_notes"
    __table_args__ = (UniqueConstraint("publication_id", "case_id", "indicator"),)
    entity = "context_note"
    recorded = ("indicator", "text")

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    indicator: Mapped[str] = mapped_column(String(20), default="")
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    def record_key(self) -> str:
        return self.indicator or "all"

    def record_label(self) -> str:
        return f"the note beside {self.indicator or 'the figures'}"

    def record_audience(self) -> Side:
        return Side.BODY | Side.PROGRAMME


class Restatement(Recorded, Base):
    """A published figure that a later version of the return gives otherwise: told in public, with old and new."""

    __tablename__ = "restatements"
    __table_args__ = (UniqueConstraint("case_id", "version", "indicator"), Index("ix_restatements_publication_id", "publication_id"))
    entity = "restatement"
    recorded = ("indicator", "old", "new", "version")

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    indicator: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    old: Mapped[Decimal | None] = mapped_column(Exact)
    new: Mapped[Decimal | None] = mapped_column(Exact)
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    def record_key(self) -> str:
        return f"{self.indicator}-v{self.version}"

    def record_label(self) -> str:
        return f"the published figure {self.indicator}"

    def record_why(self) -> str:
        return self.reason

    def record_audience(self) -> Side:
        return EVERY_SIDE


class GroupRequest(Recorded, Base):
    """A comparator group of its own that a body asked for, with its reason, and what was decided."""

    __tablename__ = "group_requests"
    __table_args__ = (
        CheckConstraint("decision in ('', 'accepted', 'refused')", name="decision"),
        Index("ix_group_requests_case_id", "case_id"),
    )
    entity = "group_request"
    recorded = ("members", "reason", "decision", "decided_reason")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    members: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(String(10), default="")
    decided_reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def record_label(self) -> str:
        return "the comparator group asked for"

    def record_why(self) -> str:
        return self.decided_reason or self.reason

    def record_audience(self) -> Side:
        return Side.BODY | Side.PROGRAMME
