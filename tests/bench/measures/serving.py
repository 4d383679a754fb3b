"""Yardstick as it is served: the memory of a worker, and how even its answers are."""

from collections.abc import Iterator

from tests.bench.declare import Row, benchmark
from tests.bench.served import serving
from tests.bench.world import World

ONE_THREAD, AS_IT_COMES = ("--threads", "1"), ()
WARM, ROUNDS = 100, 500


@benchmark("memory", "a serving worker after 600 pages over HTTP, the scheduler inside: its proportional set size (PSS)", memory=110)
def memory(world: World) -> Iterator[Row]:
    """With one thread and with as many as it has by default, on both databases."""
    for site in world.sites:
        officer = site.signed_in("officer").cookie
        case = f"/cases/{site.full_case}"
        pages = ("/today", "/cases", case, f"{case}/return", f"{case}/review", f"{case}/challenge", f"{case}/plan", f"{case}/record",
                 "/outbox", "/rounds")  # fmt: skip
        for options, words in ((ONE_THREAD, "1 thread"), (AS_IT_COMES, "default threads")):
            with serving(site, *options) as served:
                for number in range(600):
                    served.ask(pages[number % len(pages)], officer)
                yield Row(f"worker, {words}, {site.name}", served.memory(), "MiB", mark="memory")


@benchmark("over_http", "pages over HTTP, one connection, one worker as it comes: the p95 as a multiple of the median", ratio=2)
def over_http(world: World) -> Iterator[Row]:
    """The list of cases and a full case, on both databases."""
    for site in world.sites:
        officer = site.signed_in("officer").cookie
        with serving(site) as served:
            for path, words in (("/cases", "case list"), (f"/cases/{site.full_case}", "case overview")):
                served.times(path, officer, WARM)
                times = served.times(path, officer, ROUNDS)
                yield Row(f"{words}, {site.name}: median", times.median, "ms", n=times.n)
                yield Row(f"{words}, {site.name}: p95 over median", times.p95, "ms", floor=times.median, n=times.n, mark="ratio")
