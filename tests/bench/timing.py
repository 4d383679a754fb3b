"""Server times: the WSGI application is called as a server calls it, without network and without a test client."""

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from config.gunicorn import COLLECT

WSGI = Callable[..., Any]
Environ = dict[str, Any]
ROUNDS, WARM = 400, 40


@dataclass(frozen=True)
class Times:
    """Times in milliseconds."""

    median: float
    p95: float
    n: int

    @classmethod
    def of(cls, nanoseconds: list[int]) -> "Times":
        milliseconds = [one / 1e6 for one in nanoseconds]
        return cls(statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1], len(milliseconds))


@dataclass(frozen=True)
class Asked:
    """An application and what it is asked, anew each time; `status` is what it must answer."""

    app: WSGI
    environ: Callable[[], Environ]
    status: str = "200"

    def once(self) -> tuple[int, bytes]:
        """How long one answer took, in nanoseconds, and its body. Raises AssertionError for another status."""
        return self.answer(self.environ())

    def answer(self, environ: Environ) -> tuple[int, bytes]:
        """The same for a request that is made already."""
        told: list[str] = []
        started = perf_counter_ns()
        answer = self.app(environ, lambda status, _headers, _problem=None: told.append(status))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        took = perf_counter_ns() - started
        assert told[0].startswith(self.status), f"{told[0]}\n{body.decode()}"
        return took, body


def side_by_side(ours: Asked, floor: Asked, rounds: int = ROUNDS) -> tuple[Times, Times]:
    """The times of both, warm, in turn, each first as often as second."""
    for _ in range(WARM):
        ours.once()
        floor.once()
    taken: tuple[list[int], list[int]] = ([], [])
    order = [(ours, taken[0]), (floor, taken[1])]
    for _ in range(rounds):
        for asked, times in order:
            times.append(asked.once()[0])
        order.reverse()
    return Times.of(taken[0]), Times.of(taken[1])


def as_served() -> None:
    """Collect garbage as rarely as a serving process does (config/gunicorn.py)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
