"""Tokens for the API: shown once, kept as a digest."""

import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import ApiToken, Membership, Person
from webapp.db import Work


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(work: Work, membership: Membership, name: str) -> str:
    """A new token that acts as a membership. It is not kept, and cannot be shown again."""
    token = f"ys_{secrets.token_urlsafe(32)}"
    work.session.add(ApiToken(membership_id=membership.id, name=name, digest=_digest(token), created_at=work.now))
    return token


def membership_of(session: Session, token: str) -> Membership | None:
    """The membership that a token acts as, if both still hold: one statement."""
    query = (
        select(Membership)
        .join(ApiToken, ApiToken.membership_id == Membership.id)
        .join(Membership.person)
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
        .where(ApiToken.digest == _digest(token), ApiToken.revoked_at.is_(None), Membership.until.is_(None), Person.active)
    )
    return session.scalars(query).one_or_none()
