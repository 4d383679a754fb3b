"""People, organisations, memberships, and what signing in needs."""

from datetime import datetime
from functools import partial

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.db import Base, UtcDateTime
from webapp.record import Recorded
from workflows.roles import Role, Side


class Organisation(Recorded, Base):
    """A body, a partnership, the auditor or the programme: whatever a person can act for."""

    __tablename__ = "organisations"
    entity = "organisation"
    recorded = ("kind", "code", "name")

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200), index=True)

    def record_key(self) -> str:
        return self.code

    def record_label(self) -> str:
        return self.name


OWN = {
    "audit-commission": partial(Organisation, kind="auditor", code="audit-commission", name="Audit Commission"),
    "programme": partial(Organisation, kind="programme", code="programme", name="Programme team"),
}
"""The organisations of a programme that no register of bodies holds: made when somebody is first given a role in one."""


class Person(Recorded, Base):
    """Somebody who can sign in. The password is an argon2 hash."""

    __tablename__ = "people"
    entity = "person"
    recorded = ("email", "name", "active")

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when a mail server refuses their address for good; none while it takes mail."""
    mail_refused: Mapped[str] = mapped_column(Text, default="")
    """What the mail server said of it."""
    memberships: Mapped[list["Membership"]] = relationship(back_populates="person", order_by="Membership.id")

    @validates("email")
    def _another_address(self, _: str, email: str) -> str:
        """What a mail server said of one address says nothing of another."""
        if self.mail_refused_at is not None and email != self.email:
            self.mail_refused_at, self.mail_refused = None, ""
        return email

    def record_label(self) -> str:
        return self.name


class Membership(Recorded, Base):
    """A role that a person holds in an organisation, from a day on, until it is ended."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id", "role"),
        CheckConstraint(f"role in ({', '.join(repr(r.value) for r in Role)})", name="role"),
        Index("ix_memberships_organisation_id_role", "organisation_id", "role"),
    )
    entity = "membership"
    recorded = ("person_id", "organisation_id", "role", "until")

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_event: Mapped[int] = mapped_column(default=0)
    """The last event that this person has marked as seen in this role; not part of the record."""
    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()

    def record_label(self) -> str:
        return f"{Role(self.role).label}"

    def record_audience(self) -> Side:
        return Side.PROGRAMME


class SignIn(Base):
    """One signing in of a person, from `begun_at` until `ended_at`. The cookie holds its key; only the key's SHA-256 is kept."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInAttempt(Base):
    """An attempt to sign in that failed, or is being decided, kept to slow down guessing. Old ones may be deleted."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_email_at", "email", "at"), Index("ix_sign_in_attempts_address_at", "address", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiToken(Recorded, Base):
    """A token for the API, acting as one membership. Only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    entity = "api_token"
    recorded = ("membership_id", "name", "revoked_at")

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    membership: Mapped[Membership] = relationship()

    def record_label(self) -> str:
        return f"API token {self.name}"


class OnceKey(Base):
    """A form or API request that was carried out, so that a double click or a retry is carried out once."""

    __tablename__ = "once_keys"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(300))
    answer: Mapped[str] = mapped_column(String(4000), default="")
    """Where a form led to, or the body of an API answer."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
