"""Sign in, with guessing slowed down; passwords as argon2 hashes."""

import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select

from webapp.accounts.models import Person, SignInAttempt
from webapp.db import SYSTEM, Database, Work
from webapp.record import note
from workflows.roles import Side

WINDOW = timedelta(minutes=15)
PER_EMAIL = 5
PER_ADDRESS = 40


@cache
def hasher() -> PasswordHasher:
    """The one password hasher, with argon2id at the library's recommended cost."""
    return PasswordHasher()


@cache
def _no_password() -> str:
    return hasher().hash(secrets.token_urlsafe())


class TooManyAttempts(Exception):
    """Sign-in is closed for a while for this e-mail address or this network address."""


def sign_in(database: Database, now: datetime, email: str, password: str, address: str) -> Person | None:
    """The person of that e-mail address and password, or None. Raises TooManyAttempts.

    An attempt counts from before its password is looked at, or many at once would all be let through. A failure is kept in
    a transaction of its own; an unknown address takes as long as a wrong password.
    """
    email = email.strip().lower()[:254]
    _count(database, now, email, address)
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.email == email)).one_or_none()
    matches = _verify(person.password_hash if person else _no_password(), password)
    if person is None or not matches or not person.active:
        _note_failure(database, now, email)
        return None
    return person


def _count(database: Database, now: datetime, email: str, address: str) -> None:
    """Count an attempt as failed, until it succeeds (`signed_in`). Raises TooManyAttempts where there were too many before it."""
    with database.work(SYSTEM, now) as work:
        session = work.session
        if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            for one in (f"email {email}", f"address {address}"):
                session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(one, 0))))
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - 2 * WINDOW))
        counts = session.execute(
            select(
                func.count().filter(SignInAttempt.email == email),
                func.count().filter(SignInAttempt.address == address),
            ).where(SignInAttempt.at > now - WINDOW, or_(SignInAttempt.email == email, SignInAttempt.address == address))
        ).one()
        if counts[0] >= PER_EMAIL or counts[1] >= PER_ADDRESS:
            raise TooManyAttempts
        session.add(SignInAttempt(email=email, address=address, at=now))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _note_failure(database: Database, now: datetime, email: str) -> None:
    with database.work(SYSTEM, now) as work:
        note(work, "sign_in.failed", entity="sign_in", key=email[:80], label=f"sign-in failed for {email}",
             audience=Side.PROGRAMME)  # fmt: skip


def signed_in(work: Work, person: Person) -> None:
    """Keep on the record that somebody signed in, and forget their failures."""
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.email == person.email))
    note(work, "sign_in.done", entity="sign_in", key=str(person.id), label=f"{person.name} signed in", audience=Side.PROGRAMME)
