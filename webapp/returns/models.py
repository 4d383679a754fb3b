"""The return of a case: numbered versions, the values in each, who works on which function, and explanations of checks."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side

PREFILLED_LIMIT = 80
"""Characters that name where an answer was taken over from."""


class ReturnVersion(Recorded, Base):
    """A version of a return: a draft until it is signed off, then frozen for good.

    A corrected version says why it was made (`reason`) and which items alone were reopened (`reopened`; none: all of them).
    """

    __tablename__ = "return_versions"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("(frozen_at is null) = (signed_by is null)", name="signed"),
    )
    entity = "return_version"
    recorded = ("number", "frozen_at", "signed_by", "reopened", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reopened: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    values: Mapped[list["ReturnValue"]] = relationship(back_populates="version")

    def record_label(self) -> str:
        return f"version {self.number} of the return"

    def record_key(self) -> str:
        return f"v{self.number}"

    def record_why(self) -> str:
        return self.reason


class ReturnValue(Recorded, Base):
    """The answer to one item in one version (workflows.returns.values.Answer). `revision` guards against overwriting."""

    __tablename__ = "return_values"
    __table_args__ = (
        UniqueConstraint("version_id", "item"),
        CheckConstraint(
            "(amount is null or (not_known = '' and answer_text = '')) and (not_known = '' or answer_text = '')", name="one_answer"
        ),
        CheckConstraint("basis in ('', 'estimate', 'provisional', 'final')", name="basis"),
        Index("ix_return_values_case_id", "case_id"),
    )
    entity = "return_value"
    recorded = ("amount", "answer_text", "note", "basis", "not_known", "known_by", "prefilled")

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    item: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Decimal | None] = mapped_column(Exact)
    answer_text: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(String(12), default="")
    not_known: Mapped[str] = mapped_column(String(500), default="")
    known_by: Mapped[date | None]
    prefilled: Mapped[str] = mapped_column(String(PREFILLED_LIMIT), default="")
    revision: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[ReturnVersion] = relationship(back_populates="values")

    def record_key(self) -> str:
        return self.item

    def record_label(self) -> str:
        return self.item

    def record_audience(self) -> Side:
        return Side.BODY


class ReturnSection(Recorded, Base):
    """A function of one version: who looks after it, who last said that it is ready, and who has it open now."""

    __tablename__ = "return_sections"
    __table_args__ = (UniqueConstraint("version_id", "function"),)
    entity = "return_section"
    recorded = ("owner_id", "ready_by", "ready_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    function: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ready_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    open_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who last worked in it, for others to see; not part of the record, as little as `open_at`."""
    open_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def record_key(self) -> str:
        return f"{self.version_id}-{self.function}"

    def record_label(self) -> str:
        return f"the part {self.function} of the return"

    def record_audience(self) -> Side:
        return Side.BODY


class ReturnExplanation(Recorded, Base):
    """Why a check does not hold, in one version: it travels with the figures. `rests_on` are those it was given for, and
    `asked` is what the check said then, for readers to whom the code says nothing."""

    __tablename__ = "return_explanations"
    __table_args__ = (UniqueConstraint("version_id", "check_code"), Index("ix_return_explanations_case_id", "case_id"))
    entity = "return_explanation"
    recorded = ("item", "asked", "text", "rests_on")

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    check_code: Mapped[str] = mapped_column(String(80))
    item: Mapped[str] = mapped_column(String(60))
    asked: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    rests_on: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def record_key(self) -> str:
        return self.check_code

    def record_label(self) -> str:
        return f"“{self.asked or self.check_code}”"

    def record_audience(self) -> Side:
        return Side.BODY


class ReturnImport(Base):
    """A workbook or table that was read and is shown before anything of it is saved. Of use until applied; may be deleted."""

    __tablename__ = "return_imports"
    __table_args__ = (Index("ix_return_imports_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What was read, as webapp.workbooks keeps it: answers by item with where they stood, and problems."""
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
