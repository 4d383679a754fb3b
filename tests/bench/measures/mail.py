"""Mail: how fast it leaves beside a bare loop of smtplib, and what becomes of it when processes are killed."""

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

from tests.bench.declare import Row, benchmark
from tests.bench.world import Site, World
from tests.support.kills import run
from tests.support.mailing import mail_server, queue_mails
from webapp.clock import system_clock
from webapp.db import Database
from webapp.mail import LINES, Mail, Smtp, as_bytes
from webapp.notices.delivery import deliver

MAILS, TURNS, KILLS, SENDER = 10_000, 5, 100, "yardstick@example.org"


def serve(port: int, seconds: float) -> None:
    """Take mail on a port, each in so long, until the process is ended."""
    with mail_server(slow=seconds, port=port, keeps=False):
        while True:
            time.sleep(60)


@contextmanager
def sink(seconds: float) -> Iterator[int]:
    """A mail server in a process of its own; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = get_context("spawn").Process(target=serve, args=(port, seconds), daemon=True)
    process.start()
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.join()


@contextmanager
def _copy(site: Site) -> Iterator[Database]:
    """A database of the site to write to."""
    site.app.database.engine.dispose()
    url = site.store.copy(site.url)
    database = Database(url)
    try:
        yield database
    finally:
        database.engine.dispose()
        site.store.drop(url)


@benchmark("mail", f"{MAILS:,} mails to a local sink, beside a bare loop of smtplib on one connection; 1.5 times its rate is 0.67",
           ratio=1 / 1.5)  # fmt: skip
def mail(world: World) -> Iterator[Row]:
    """To a sink that answers at once, and to one that takes a mail in 2 ms, as a server does that keeps what it takes.

    Some thousand mails in turn by the bare loop and by Yardstick: a machine that has other work to do has it for both.
    """
    for seconds, words in ((0.0, "at once"), (0.002, "in 2 ms")):
        for site in world.sites:
            with sink(seconds) as port, _copy(site) as database:
                now, took, bare = system_clock(), 0.0, 0.0
                queue_mails(database, now, MAILS)
                for _ in range(TURNS):
                    bare += _bare(port, MAILS // TURNS)
                    begun = time.perf_counter()
                    counts = deliver(database, Smtp(f"smtp://127.0.0.1:{port}", SENDER), now, MAILS // TURNS)
                    took += time.perf_counter() - begun
                    assert counts["sent"] == MAILS // TURNS, f"{counts} of {MAILS // TURNS} mails"
            yield Row(f"a mail, the sink answers {words}, {site.name}", took / MAILS * 1000, "ms", floor=bare / MAILS * 1000, n=MAILS,
                      mark="ratio")  # fmt: skip


def _bare(port: int, number: int) -> float:
    """Seconds for so many mails that are written already."""
    written = [as_bytes(Mail("a@example.org", "Mail", "Dear reader,\n\nThis is a mail.\n", f"<{one}@example.org>", system_clock()), SENDER)
               for one in range(number)]  # fmt: skip
    with smtplib.SMTP("127.0.0.1", port) as server:
        begun = time.perf_counter()
        for content in written:
            server.sendmail(SENDER, ["a@example.org"], content)
        return time.perf_counter() - begun


@benchmark("kills", f"{KILLS} kills with SIGKILL at random moments; what is taken twice was in flight at a kill", lost=0, unexplained=0,
           left=LINES)  # fmt: skip
def kills(world: World) -> Iterator[Row]:
    """Two schedulers and four deliverers on PostgreSQL, one process that does both on SQLite."""
    for site, jobs in ((world.sqlite, ["both"]), (world.postgresql, ["schedule"] * 2 + ["deliver"] * 4)):
        with _copy(site) as database:
            found = run(database, system_clock(), jobs, KILLS, seed=6)
        yield Row(f"messages, {site.name}", found.messages, "", n=found.kills)
        yield Row(f"lost, {site.name}", found.lost, "", mark="lost")
        yield Row(f"taken twice, in flight at a kill, same Message-ID, {site.name}", found.twice - found.unexplained, "")
        yield Row(f"taken twice otherwise, {site.name}", found.unexplained, "", mark="unexplained")
        yield Row(f"most in flight of one process at its kill, {site.name}", found.most_left, "", mark="left")
