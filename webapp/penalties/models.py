"""The rules for the penalty of a round, what an indication rested on, and savings that bodies made before."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db import Base, Exact, UtcDateTime
from webapp.record import Recorded
from workflows.benchmarks.rules import AVERAGES, GROUP_KINDS, Rule
from workflows.roles import EVERY_SIDE, Side

BODY_AND_PROGRAMME = int(Side.BODY | Side.PROGRAMME)


class PenaltyRule(Recorded, Base):
    """A rule of a round in one version: a draft until an officer who did not draft it adopts it, then public and never changed.

    It is in force from `in_force_on`, some days after its adoption, so that it is published before anybody is judged by it.
    A draft that another took the place of, or that was adopted by nobody, is dropped. Another rule is another version.
    """

    __tablename__ = "penalty_rules"
    __table_args__ = (
        UniqueConstraint("round_id", "version"),
        CheckConstraint("(adopted_at is null) = (adopted_by is null) and (adopted_at is null) = (in_force_on is null)", name="adopted"),
        CheckConstraint("adopted_by is null or adopted_by <> drafted_by", name="four_eyes"),
        CheckConstraint("adopted_at is null or dropped_at is null", name="one_end"),
        CheckConstraint(f"average in ({', '.join(repr(code) for code in AVERAGES)})", name="average"),
        CheckConstraint(f"group_kind in ({', '.join(repr(code) for code in GROUP_KINDS)})", name="group_kind"),
    )
    entity = "penalty_rule"
    recorded = ("version", "name", "statement", "indicators", "functions", "average", "group_kind", "margin", "minimum", "notice_days",
                "drafted_by", "adopted_by", "adopted_at", "in_force_on", "dropped_at", "audience")  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    code: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    statement: Mapped[str] = mapped_column(Text)
    indicators: Mapped[list[str]] = mapped_column(JSON)
    functions: Mapped[list[str]] = mapped_column(JSON)
    average: Mapped[str] = mapped_column(String(10))
    group_kind: Mapped[str] = mapped_column(String(20))
    margin: Mapped[Decimal] = mapped_column(Exact)
    minimum: Mapped[int]
    notice_days: Mapped[int]
    drafted_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    draft_reason: Mapped[str] = mapped_column(Text)
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    adopted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    adopted_reason: Mapped[str] = mapped_column(Text, default="")
    in_force_on: Mapped[date | None]
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    audience: Mapped[int] = mapped_column(default=int(Side.PROGRAMME))

    def record_key(self) -> str:
        return f"{self.round_id}-v{self.version}"

    def record_label(self) -> str:
        return f"version {self.version} of the rule for the penalty, “{self.name}”"

    def record_why(self) -> str:
        return self.adopted_reason or self.draft_reason

    @property
    def rule(self) -> Rule:
        """The rule as the domain has it."""
        return Rule(self.code, self.version, self.name, self.statement, tuple(self.indicators), tuple(self.functions),
                    self.average, self.group_kind, self.margin, self.minimum)  # type: ignore[arg-type]  # fmt: skip


class PenaltyIndication(Recorded, Base):
    """What an indication rested on: the rule in its version, and the figures as they were. Never changed.

    `rested_on` is as `workflows.benchmarks.penalty.kept` makes it.
    """

    __tablename__ = "penalty_indications"
    __table_args__ = (Index("ix_penalty_indications_case_id", "case_id"),)
    entity = "penalty_indication"
    recorded = ("rule_id", "rested_on")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("penalty_rules.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    rested_on: Mapped[dict[str, Any]] = mapped_column(JSON)
    audience: Mapped[int] = mapped_column(default=BODY_AND_PROGRAMME)

    def record_label(self) -> str:
        return "the figures that the indication rests on"


class EarlierSaving(Recorded, Base):
    """A saving that a body made before the round: whole pounds a year, since when, what it did, and what shows it."""

    __tablename__ = "earlier_savings"
    __table_args__ = (CheckConstraint("pounds > 0", name="pounds"), Index("ix_earlier_savings_case_id", "case_id"))
    entity = "earlier_saving"
    recorded = ("pounds", "since", "what", "evidence", "withdrawn_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    pounds: Mapped[int]
    since: Mapped[date]
    what: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[int] = mapped_column(default=BODY_AND_PROGRAMME)

    def record_label(self) -> str:
        return f"an earlier saving of £{self.pounds:,} a year"

    def record_why(self) -> str:
        return self.withdrawn_why


PUBLIC = int(EVERY_SIDE)
"""Who may see an adopted rule: it is published."""


class RuleStands(RuntimeError):
    """A change of an adopted rule, or of what an indication rested on."""


@event.listens_for(Session, "before_flush")
def _refuse(session: Session, *_: Any) -> None:
    for thing in (*session.dirty, *session.deleted):
        if isinstance(thing, PenaltyIndication) and (thing in session.deleted or session.is_modified(thing)):
            raise RuleStands("What an indication rested on never changes.")
        if isinstance(thing, PenaltyRule) and (thing in session.deleted or session.is_modified(thing)):
            history = inspect(thing, raiseerr=True).attrs["adopted_at"].history
            before = history.deleted[0] if history.deleted else history.unchanged[0] if history.unchanged else None
            if before is not None:
                raise RuleStands(f"Version {thing.version} of the rule is adopted: it never changes. Adopt another version.")
