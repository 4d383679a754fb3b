"""Finding what is due among a million open deadlines."""

import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import perf_counter_ns

from sqlalchemy import text

from tests.bench.declare import Row, benchmark
from tests.bench.world import Site, World
from webapp.clock import system_clock
from webapp.deadlines.queries import due_for_reminding

MILLION, DUE, ROUNDS = 1_000_000, 500, 100
NUMBERS = {
    "sqlite": "(with recursive n(i) as (select 1 union all select i + 1 from n where i < :many) select i from n)",
    "postgresql": "(select i from generate_series(1, :many) as g(i))",
}


@benchmark("due", "what is due now among 1,000,000 open deadlines, of which 500 are: beside the bare indexed query", ratio=3)
def due(world: World) -> Iterator[Row]:
    """Asked 100 times, in turn with the query alone, on both databases."""
    for site in world.sites:
        with site.twins() as (full, _):
            yield _measured(full)


def _measured(site: Site) -> Row:
    database, now = site.app.database, system_clock().replace(microsecond=0)
    dialect = database.engine.dialect.name
    told = "case_id, rule, role, action_id, audience, opened_at, due_at, explanation, stopped_at, closed_at, outcome"
    before, later = ("'{}'".format((now + off).strftime("%Y-%m-%d %H:%M:%S.000000")) for off in (-timedelta(hours=1), timedelta(days=9)))
    zone = "::timestamptz" if dialect == "postgresql" else ""
    with database.engine.begin() as connection:
        connection.execute(text("update deadlines set remind_at = null"))
        connection.execute(
            text(
                f"insert into deadlines ({told}, remind_at) select {told}, case when i <= :due then {before}{zone} else {later}{zone} end"
                f" from (select {told} from deadlines where closed_at is null and stopped_at is null limit 1) one, {NUMBERS[dialect]} m"
            ),
            {"many": MILLION, "due": DUE},
        )
    if dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze deadlines"))
    lock = " for update skip locked" if dialect == "postgresql" else ""
    bare = text(
        "select id, case_id, rule, action_id, audience, due_at, remind_at from deadlines where closed_at is null and remind_at <= :now"
        f" order by remind_at limit {DUE}{lock}"
    )
    asked = now.strftime("%Y-%m-%d %H:%M:%S.000000") if dialect == "sqlite" else now

    def floor() -> int:
        with database.engine.connect() as connection:
            return len(connection.execute(bare, {"now": asked}).all())

    def ours() -> int:
        with database.session(write=False) as session:
            return len(due_for_reminding(session, now))

    assert floor() == ours() == DUE
    times = {call: [_once(call)] for call in (floor, ours)}
    for _ in range(ROUNDS):
        for call, taken in times.items():
            taken.append(_once(call))
    value, least = statistics.median(times[ours]) / 1e6, statistics.median(times[floor]) / 1e6
    return Row(f"due of a million, {site.name}", value, "ms", floor=least, n=ROUNDS, mark="ratio",
               p95=statistics.quantiles(times[ours], n=20)[-1] / 1e6)  # fmt: skip


def _once(call: Callable[[], int]) -> int:
    started = perf_counter_ns()
    call()
    return perf_counter_ns() - started
