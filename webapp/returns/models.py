"""The return of a case: numbered versions, and the values in each."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Side


class ReturnVersion(Recorded, Base):
    """A version of a return: a draft until it is signed off, then frozen for good."""

    __tablename__ = "return_versions"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("(frozen_at is null) = (signed_by is null)", name="signed"),
    )
    entity = "return_version"
    recorded = ("number", "frozen_at", "signed_by", "audience")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[int] = mapped_column(default=int(Side.BODY))
    values: Mapped[list["ReturnValue"]] = relationship(back_populates="version")

    def record_label(self) -> str:
        return f"version {self.number} of the return"

    def record_key(self) -> str:
        return f"v{self.number}"

    def record_why(self) -> str:
        return self.reason


class ReturnValue(Recorded, Base):
    """The answer to one item in one version: an amount, or why it is not known. `revision` guards against overwriting."""

    __tablename__ = "return_values"
    __table_args__ = (
        UniqueConstraint("version_id", "item"),
        CheckConstraint("amount is null or not_known = ''", name="one_answer"),
    )
    entity = "return_value"
    recorded = ("amount", "not_known", "known_by")

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    item: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Decimal | None] = mapped_column(Exact)
    not_known: Mapped[str] = mapped_column(String(500), default="")
    known_by: Mapped[date | None]
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
