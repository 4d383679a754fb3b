"""Make, renew and revoke the address of a calendar feed, and count who reads it."""

import secrets
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.sign_ins import digest
from webapp.db import SYSTEM, Database, Work
from webapp.feeds.models import CalendarFeed

PER_HOUR = 60
"""How often a feed may be read within an hour. Calendars do so every few minutes at most."""


class TooOften(Exception):
    """A feed was read more often than any calendar does."""


def feed_of(session: Session, person_id: int) -> CalendarFeed | None:
    """The feed of a person that is good now, if they have one."""
    return session.scalars(select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))).one_or_none()


def renew(work: Work, person_id: int) -> str:
    """A new token for a person's feed; the one before is worth nothing from now on. It is not kept, and cannot be shown again."""
    revoke(work, person_id)
    work.session.flush()
    token = secrets.token_urlsafe(32)
    work.session.add(CalendarFeed(person_id=person_id, digest=digest(token), created_at=work.now))
    return token


def revoke(work: Work, person_id: int) -> bool:
    """Make the address of a person's feed worth nothing; gives whether there was one."""
    feed = feed_of(work.session, person_id)
    if feed is None:
        return False
    feed.revoked_at = work.now
    return True


def reader(database: Database, now: datetime, token: str) -> int | None:
    """The person whose feed a token opens, counted as read now; none for a token that is not good, and for somebody who was deactivated.

    Looked up by the digest of a secret of 256 bits: how long that takes tells nothing of another token. Raises TooOften. It is a
    transaction of its own, as the answer is made in one that only reads.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    again = case((CalendarFeed.hour == hour, CalendarFeed.fetches + 1), else_=1)
    good = CalendarFeed.digest == digest(token), CalendarFeed.revoked_at.is_(None)
    active = CalendarFeed.person_id.in_(select(Person.id).where(Person.active))
    with database.work(SYSTEM, now) as work:
        change = update(CalendarFeed).where(*good, active).values(fetches=again, hour=hour, fetched_at=now)
        found = work.session.execute(
            change.returning(CalendarFeed.person_id, CalendarFeed.fetches).execution_options(synchronize_session=False)
        ).one_or_none()
    if found is None:
        return None
    if found.fetches > PER_HOUR:
        raise TooOften
    return int(found.person_id)
