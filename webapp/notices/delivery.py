"""Deliver what is queued: each notice claimed once, by whichever process comes first."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update

from webapp.db import SYSTEM, Database
from webapp.mail import Mail, Transport
from webapp.notices.models import Notice

log = logging.getLogger("yardstick.notices")
STUCK = timedelta(minutes=10)
LOT = 20
MAX_ATTEMPTS = 5


def deliver(database: Database, transport: Transport, now: datetime, limit: int = 200) -> dict[str, int]:
    """Send what is queued, at most `limit`. Each notice is claimed by one conditional update, so that only one process sends it.

    Claimed in small lots, so that a lot is settled long before another process would take it for left behind.
    """
    counts = {"sent": 0, "failed": 0}
    while (room := limit - sum(counts.values())) > 0 and (lot := _claim(database, now, min(room, LOT))):
        for notice_id in lot:
            counts["sent" if _deliver(database, transport, now, notice_id) else "failed"] += 1
        if counts["failed"]:
            break  # what failed waits for the next tick
    return counts


def _deliver(database: Database, transport: Transport, now: datetime, notice_id: int) -> bool:
    with database.reading() as session:
        notice = session.get_one(Notice, notice_id)
        mail = Mail(notice.email, notice.subject, notice.body, message_id=f"<notice-{notice.id}@yardstick>", at=now)
        attempts = notice.attempts
    try:
        transport.send(mail)
    except Exception as problem:  # whatever a transport raises, the notice must not stay claimed
        log.warning("notice %s was not delivered: %s", notice_id, problem)
        state = "failed" if attempts >= MAX_ATTEMPTS else "queued"
        _settle(database, notice_id, now, attempts, state=state, error=f"{problem}"[:500] or type(problem).__name__, sent_at=None)
        return False
    _settle(database, notice_id, now, attempts, state="sent", error="", sent_at=now)
    return True


def _claim(database: Database, now: datetime, limit: int) -> list[int]:
    with database.work(SYSTEM, now) as work:
        free = ((Notice.state == "queued") & (Notice.not_before <= now)) | ((Notice.state == "sending") & (Notice.claimed_at < now - STUCK))
        ids = select(Notice.id).where(free).order_by(Notice.id).limit(limit).with_for_update(skip_locked=True)
        claimed = (
            update(Notice)
            .where(Notice.id.in_(ids.scalar_subquery()), free)
            .values(state="sending", claimed_at=now, attempts=Notice.attempts + 1)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        )
        return sorted(work.session.scalars(claimed))


def _settle(database: Database, notice_id: int, now: datetime, attempts: int, *, state: str, error: str, sent_at: datetime | None) -> None:
    """Say how an attempt ended: only whoever made it may, for another process may have claimed the notice since."""
    with database.work(SYSTEM, now) as work:
        change = update(Notice).where(Notice.id == notice_id, Notice.state == "sending", Notice.attempts == attempts)
        work.session.execute(change.values(state=state, error=error, sent_at=sent_at, claimed_at=None))
