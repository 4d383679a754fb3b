"""Kill delivering processes with SIGKILL at random moments, and count what became of the mail.

The processes are real ones, forked from a server that has loaded the code; the mail server is in this process.
"""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from tests.support.mailing import mail_server, queue_mails
from webapp.db import Database
from webapp.mail import Smtp
from webapp.notices.delivery import deliver
from webapp.notices.models import Notice
from webapp.notices.reminding import remind

LEASE = timedelta(seconds=15)
"""Shorter than in earnest, so that what the killed leave is taken up within the test; longer than a busy machine lets a process wait."""
BATCH = 400


@dataclass(frozen=True)
class Figures:
    """What a run came to. `unexplained` are mails that the server took twice though nobody was killed while sending them."""

    messages: int
    kills: int
    lost: int
    twice: int
    unexplained: int
    most_left: int
    """The most mails that one killed process had handed to the server and not settled."""

    def __str__(self) -> str:
        return (f"{self.messages} messages, {self.kills} kills: {self.lost} lost, {self.twice} taken twice under the same Message-ID, "
                f"all but {self.unexplained} of them in flight at a kill")  # fmt: skip


def work_on(what: str, url: str, port: int, start: datetime, begun: float) -> None:
    """What a process does until it is killed: as a scheduler, queue what is due; else deliver."""
    database, transport = Database(url), Smtp(f"smtp://127.0.0.1:{port}", "yardstick@example.org")
    while True:
        now = start + timedelta(seconds=time.time() - begun)
        if what in ("schedule", "both"):
            remind(database, now)
        if what in ("deliver", "both"):
            deliver(database, transport, now, lease=LEASE)
        time.sleep(0.01)


def run(database: Database, start: datetime, jobs: list[str], kills: int, seed: int) -> Figures:
    """Let these processes work, kill one at random again and again, start another in its place, and wait until all is settled."""
    chance, context = random.Random(seed), get_context("forkserver")
    context.set_forkserver_preload(["tests.support.kills"])
    begun, left = time.time(), dict[str, int]()

    def now() -> datetime:
        return start + timedelta(seconds=time.time() - begun)

    with mail_server(slow=0.003) as server:

        def begin(what: str) -> Any:
            process = context.Process(target=work_on, args=(what, database.url, server.port, start, begun), daemon=True)
            process.start()
            return process

        queued = len(queue_mails(database, start, BATCH))
        running = [(what, begin(what)) for what in jobs]
        time.sleep(2)
        most_left, before = 0, dict[str, int]()
        try:
            for number in range(kills):
                time.sleep(chance.uniform(0.02, 0.4))
                place = chance.randrange(len(running))
                what, process = running[place]
                os.kill(process.pid, signal.SIGKILL)
                process.join()
                names = _sending(database, process.pid)
                time.sleep(0.1)  # what it had handed over has arrived by now
                arrived = Counter(server.ids)
                # those that another had left before are its own only if they arrived once more
                most_left = max(most_left, sum(arrived[name] > before.get(name, 0) for name in names))
                before |= {name: arrived[name] for name in names}
                left |= dict.fromkeys(names, number)
                running[place] = (what, begin(what))
                if _number(database, _may_leave(now())) < BATCH // 2:
                    queued = len(queue_mails(database, start, BATCH, first=queued))
            deadline = time.time() + 60 + LEASE.total_seconds()
            while _number(database, or_(Notice.state == "sending", _may_leave(now()))) and time.time() < deadline:
                time.sleep(0.2)
        finally:
            for _, process in running:
                process.kill()
                process.join()
        taken = Counter(server.ids)
    with database.reading() as session:
        rows = session.execute(select(Notice.message_id, Notice.state).where(Notice.key.like("test:%") | (Notice.attempts > 0))).all()
    lost = sum(row.state != "sent" or row.message_id not in taken for row in rows if row.state not in ("dropped", "cancelled"))
    twice = [name for name, number in taken.items() if number > 1]
    return Figures(len(rows), kills, lost, len(twice), len([name for name in twice if name not in left]), most_left)


def _sending(database: Database, pid: int) -> list[str]:
    with database.reading() as session:
        mine = select(Notice.message_id).where(Notice.state == "sending", Notice.claimed_by.contains(f":{pid}:"))
        return list(session.scalars(mine))


def _may_leave(now: datetime) -> ColumnElement[bool]:
    """Whether a notice may leave now: some of the reminders wait for a time to which this never comes."""
    return and_(Notice.state == "queued", Notice.not_before <= now)


def _number(database: Database, which: ColumnElement[bool]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Notice).where(which)) or 0
