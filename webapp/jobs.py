"""The scheduler: APScheduler is the clock and nothing more. Each tick asks the database what is due now."""

import logging
from urllib.parse import urlsplit

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from config.settings import Settings
from webapp.clock import Clock
from webapp.db import Database
from webapp.mail import LocalOutbox, Smtp, Transport
from webapp.notices.delivery import deliver
from webapp.notices.reminding import remind

log = logging.getLogger("yardstick.scheduler")
EVERY_SECONDS = 20


def transport_of(settings: Settings) -> Transport:
    """What delivers mail in an installation."""
    return Smtp(settings.smtp_url, f"yardstick@{urlsplit(settings.base_url).hostname}") if settings.smtp_url else LocalOutbox()


def tick(database: Database, settings: Settings, clock: Clock) -> dict[str, int]:
    """Queue what is due, and deliver what is queued. A tick missed is made up, and a tick too many does nothing.

    Mail that waits is delivered though reminding fails. Raises what the delivery raised, or else what reminding raised.
    """
    try:
        queued = remind(database, clock())
    except Exception:
        log.exception("reminders could not be queued; what is queued already is delivered")
        raise
    finally:
        counts = deliver(database, transport_of(settings), clock(), delay=settings.mail_delay, secret=settings.secret_key)
    return {"queued": queued, **counts}


def _guarded(database: Database, settings: Settings, clock: Clock) -> None:
    try:
        done = tick(database, settings, clock)
    except Exception:
        log.exception("a tick failed; the next one makes up for it")
    else:
        if any(done.values()):
            log.info("tick: %s", done)


def start(database: Database, settings: Settings, clock: Clock) -> BackgroundScheduler:
    """Tick in a thread of this process."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(_guarded, "interval", (database, settings, clock), seconds=EVERY_SECONDS, max_instances=1, coalesce=True)
    scheduler.start()
    return scheduler


def run_forever(database: Database, settings: Settings, clock: Clock) -> None:
    """Tick in this process until it is stopped."""
    scheduler = BlockingScheduler(timezone="UTC")
    scheduler.add_job(_guarded, "interval", (database, settings, clock), seconds=EVERY_SECONDS, max_instances=1, coalesce=True)
    scheduler.start()
