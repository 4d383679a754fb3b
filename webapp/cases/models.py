"""The case, where each of its tracks stands and stood, and who is assigned to it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from webapp.register.models import Body, Round
from workflows.case import STAGES, track
from workflows.roles import EVERY_SIDE, Side

if TYPE_CHECKING:
    from webapp.plans.models import Action


class Case(Recorded, Base):
    """One body in one round. `version` goes up with every move, so that a stale page is noticed."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("round_id", "body_id"),
        CheckConstraint(f"stage in ({', '.join(repr(s.code) for s in STAGES)})", name="stage"),
        Index("ix_cases_partnership_id", "partnership_id"),
        Index("ix_cases_body_id", "body_id"),
        Index("ix_cases_round_id_stage", "round_id", "stage"),
    )
    entity = "case"
    recorded = ("ref", "headcount", "headcount_basis", "headcount_on", "headcount_source")

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(40), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    sector: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str] = mapped_column(String(20))
    headcount: Mapped[int | None]
    headcount_source: Mapped[str] = mapped_column(String(80), default="")
    headcount_basis: Mapped[str] = mapped_column(String(20), default="")
    """What was counted: `people`, or `fte` for full-time equivalents; empty where the register does not say."""
    headcount_on: Mapped[date | None]
    warning: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    round: Mapped[Round] = relationship()
    body: Mapped[Body] = relationship()
    partnership: Mapped[Organisation | None] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def record_key(self) -> str:
        return self.ref

    def record_label(self) -> str:
        return f"case {self.ref}"

    def record_audience(self) -> Side:
        return EVERY_SIDE

    def record_case(self) -> int | None:
        return self.id


class Stay(Recorded, Base):
    """A track of a case (or of one action) in one state, from `since` to `until`; no `until` is where it stands now."""

    __tablename__ = "stays"
    __table_args__ = (
        Index("ix_stays_case_id_until", "case_id", "until"),
        Index("uq_stays_current_track", "case_id", "track", unique=True,
              sqlite_where=text("until is null and action_id is null"),
              postgresql_where=text("until is null and action_id is null")),
        Index("uq_stays_current_action", "action_id", unique=True,
              sqlite_where=text("until is null and action_id is not null"),
              postgresql_where=text("until is null and action_id is not null")),
        Index("ix_stays_turn", "turn", "case_id", sqlite_where=text("until is null"), postgresql_where=text("until is null")),
    )  # fmt: skip
    entity = "track"
    recorded = ("state", "entered")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    track: Mapped[str] = mapped_column(String(20))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    state: Mapped[str] = mapped_column(String(30))
    came_from: Mapped[str | None] = mapped_column(String(30))
    transition: Mapped[str] = mapped_column(String(30), default="")
    """The transition that led here; empty where the track started here."""
    why: Mapped[str] = mapped_column(Text, default="")
    entered: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """What was entered with the transition besides texts: choices, items, dates and numbers, by the name of what asked."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    turn: Mapped[str | None] = mapped_column(String(20))
    audience: Mapped[int] = mapped_column(default=int(EVERY_SIDE))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    action: Mapped["Action | None"] = relationship(viewonly=True)

    def record_key(self) -> str:
        return self.track if self.action_id is None else f"{self.track}-{self.action_id}"

    def record_kind(self, created: bool) -> str:
        return f"{self.track}.{self.transition or 'opened'}"

    def record_label(self) -> str:
        here = track(self.track)
        if not self.transition:
            return f"{here.label}: {here.state(self.state).label.lower()}"
        return here.transition(self.transition).done

    def record_why(self) -> str:
        return self.why

    def record_before(self) -> dict[str, Any]:
        return {"state": self.came_from} if self.came_from else {}


class Assignment(Recorded, Base):
    """A reviewer or inspector who works on a case, or a reviewer who marks it a second time, from a day on, until released.

    One of the reviewers leads: with the lead's acceptance the review begins, and the lead issues it. Each accepts for themselves.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("kind in ('reviewer', 'inspector', 'marker')", name="kind"),
        CheckConstraint("ended in ('', 'declined', 'removed', 'replaced')", name="ended"),
        Index("ix_assignments_person_id", "person_id", "kind"),
        Index("uq_assignments_current", "case_id", "kind", "person_id", unique=True,
              sqlite_where=text("until is null"), postgresql_where=text("until is null")),
        Index("uq_assignments_lead", "case_id", unique=True,
              sqlite_where=text("until is null and lead"), postgresql_where=text("until is null and lead")),
    )  # fmt: skip
    entity = "assignment"
    recorded = ("kind", "person_id", "until", "overrule", "lead", "accepted_at", "declared", "ended", "marked_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    overrule: Mapped[str] = mapped_column(Text, default="")
    lead: Mapped[bool] = mapped_column(default=False)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declared: Mapped[str] = mapped_column(Text, default="")
    """What the reviewer said at acceptance that could be seen as a conflict of interest."""
    ended: Mapped[str] = mapped_column(String(12), default="")
    """How it ended before the work was done: declined by the person, or removed or replaced by the coordinator."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was made, changed or ended, as said last."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    marked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a second marker handed in their marks."""
    person: Mapped[Person] = relationship()

    def record_label(self) -> str:
        return f"assignment as {self.kind}"

    def record_why(self) -> str:
        return self.reason

    def record_audience(self) -> Side:
        return ASSIGNMENT_AUDIENCES[self.kind]


class Contact(Recorded, Base):
    """A word with a body about its return: a call, a mail, a meeting, and what it promised."""

    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("way in ('phone', 'mail', 'meeting', 'letter')", name="way"),
        Index("ix_contacts_case_id", "case_id"),
    )
    entity = "contact"
    recorded = ("way", "note", "promised_on")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    way: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    promised_on: Mapped[date | None]
    person: Mapped[Person] = relationship()

    def record_label(self) -> str:
        return f"a contact by {self.way}"

    def record_audience(self) -> Side:
        return Side.PARTNERSHIP | Side.PROGRAMME


class Look(Base):
    """How far a person has seen a case in one role: up to which event they marked it as seen, and when. It is theirs alone."""

    __tablename__ = "looks"
    __table_args__ = (Index("ix_looks_case_id", "case_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    event: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


ASSIGNMENT_AUDIENCES = {"reviewer": Side.PARTNERSHIP | Side.PROGRAMME, "inspector": Side.AUDITOR | Side.PROGRAMME, "marker": Side.PROGRAMME}
"""Who may know who works on a case, by kind of work. Of a second marker the first reviewers learn nothing before both have rated."""
