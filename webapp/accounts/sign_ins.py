"""Who is signed in: begun with a key that only the cookie holds, and ended here, so that no copy of the cookie lives on."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update

from webapp.accounts.models import Person, SignIn
from webapp.db import Work
from webapp.record import note
from workflows.roles import Side

KEPT = timedelta(days=30)
"""How long a sign-in is known. A cookie lasts eight hours from its last use; whoever used one for this long signs in again."""


def digest(key: str) -> str:
    """What is kept of a key: its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()


def begin(work: Work, person: Person) -> str | None:
    """Begin a sign-in, and forget those of long ago; gives the key that the cookie must hold.

    None where the person was deactivated, or their password changed, since it was looked at.
    """
    same = select(Person.id).where(Person.id == person.id, Person.active, Person.password_hash == person.password_hash)
    if work.session.execute(same.with_for_update()).first() is None:
        return None
    key = secrets.token_urlsafe(32)
    work.session.execute(delete(SignIn).where(SignIn.begun_at < work.now - KEPT))
    work.session.add(SignIn(digest=digest(key), person_id=person.id, begun_at=work.now))
    return key


def end(work: Work, key: str) -> None:
    """End the sign-in of a key: every copy of its cookie is worth nothing from now on."""
    change = update(SignIn).where(SignIn.digest == digest(key), SignIn.ended_at.is_(None))
    ended = work.session.execute(change.values(ended_at=work.now).returning(SignIn.person_id)).scalar()
    if ended is not None:
        note(work, "sign_in.ended", entity="sign_in", key=str(ended), label=f"{work.actor.name} signed out", audience=Side.PROGRAMME)


def end_all(work: Work, person: Person) -> None:
    """End every sign-in of a person, wherever they are signed in."""
    work.session.execute(update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=work.now))
