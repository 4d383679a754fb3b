"""Yardstick as it is served: a process of its own, asked over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter_ns

from tests.bench.timing import Times
from tests.bench.world import Site

YARDSTICK = Path(sys.executable).with_name("yardstick")


@dataclass
class Served:
    """A running `yardstick serve`, with one connection to it that is kept as long as it lets us."""

    process: subprocess.Popen[bytes]
    connection: HTTPConnection

    @property
    def worker(self) -> int:
        """The process id of its one worker."""
        master = self.process.pid
        (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return int(worker)

    def ask(self, path: str, cookie: str = "") -> int:
        """Fetch a page; gives the nanoseconds from asking to the last byte. Raises AssertionError unless it is 200."""
        started = perf_counter_ns()
        self.connection.request("GET", path, headers={"Cookie": cookie})
        answer = self.connection.getresponse()
        answer.read()
        took = perf_counter_ns() - started
        assert answer.status == 200, f"{path}: {answer.status}"
        return took

    def times(self, path: str, cookie: str, rounds: int) -> Times:
        """The times of a page, asked for again and again."""
        return Times.of([self.ask(path, cookie) for _ in range(rounds)])

    def memory(self) -> float:
        """The worker's proportional set size in MiB: what is its own, and its share of what it shares."""
        lines = Path(f"/proc/{self.worker}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def serving(site: Site, *options: str) -> Iterator[Served]:
    """`yardstick serve` with one worker on a site's database, with the same secret, so that its sign-ins hold there too."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    here = os.environ | {"YARDSTICK_DATABASE_URL": site.url, "YARDSTICK_SECRET_KEY": str(site.app.secret_key), "PORT": str(port),
                         "YARDSTICK_VAR": str(site.folder)}  # fmt: skip
    log = site.folder / f"served-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen([YARDSTICK, "serve", "--workers", "1", *options], env=here, stdout=out, stderr=out)
    served = Served(process, HTTPConnection("127.0.0.1", port, timeout=10))
    try:
        _wait(served, log)
        yield served
    finally:
        served.connection.close()
        process.terminate()
        process.wait(30)


def _wait(served: Served, log: Path) -> None:
    for _ in range(150):
        try:
            served.ask("/sign-in")
            return
        except OSError:
            assert served.process.poll() is None, log.read_text()
            served.connection.close()
            time.sleep(0.2)
    raise AssertionError(f"Yardstick did not answer within half a minute:\n{log.read_text()}")
