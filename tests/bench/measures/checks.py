"""Checking a whole return, its indicators compared with those of 1,000 other bodies of its class."""

import random
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import Any

from sqlalchemy import Connection, func, insert, select

from tests.bench.declare import Row, benchmark
from tests.bench.timing import Times
from tests.bench.world import Site, World
from webapp.accounts.models import Organisation
from webapp.cases.models import Case
from webapp.checks import comparators, queries
from webapp.checks.models import Measures
from webapp.db import table_of
from webapp.register.models import Body
from webapp.returns.models import ReturnVersion

BODIES, TIMES = 1000, 40
FIRST = 1_000_000
"""The ids of what is made here: above all that the demo made."""


@benchmark("checks", "a whole return is checked: read, every check, every indicator beside 1,000 others of the class", check_ms=100)
def checks(world: World) -> Iterator[Row]:
    """By a process that has asked nothing of the class yet, by one that has, and after yet another body signed off."""
    for site in world.sites:
        with site.twins() as (written, _):
            case_id, sign_off = _class_of(written)
            ways: dict[str, Callable[[], None]] = {
                "the first time": comparators.forget,
                "another body signed off": sign_off,
                "again": lambda: None,
            }
            for what, before in ways.items():
                times = Times.of([_took(written, case_id, before) for _ in range(TIMES)])
                yield Row(f"{site.name}, {what}", times.median, "ms", p95=times.p95, n=times.n, mark="check_ms")


def _took(site: Site, case_id: int, before: Callable[[], None]) -> int:
    """How long one check takes, in nanoseconds. Raises AssertionError unless it was compared with all the others."""
    before()
    with site.app.database.reading() as session:
        case = session.get_one(Case, case_id)
        assert case.round.programme and case.body
        started = perf_counter_ns()
        checked = queries.checked(session, case, queries.entered(session, case))
        took = perf_counter_ns() - started
    assert max(spread.n for spread in checked.figures.comparators.values()) >= BODIES
    return took


def _class_of(site: Site) -> tuple[int, Callable[[], None]]:
    """A signed-off case, after 1,000 like it were made with other figures; and what makes one more of them."""
    engine, rng, made = site.app.database.engine, random.Random(1), iter(range(FIRST, FIRST + 2 * BODIES))
    with engine.begin() as connection:
        version = connection.execute(select(ReturnVersion.id, ReturnVersion.case_id).join(Measures).order_by(Measures.id).limit(1)).one()
        body_id = connection.scalar(select(Case.body_id).where(Case.id == version.case_id))
        like: dict[Any, dict[str, Any]] = {}
        for model, of in ((Organisation, Organisation.id == body_id), (Body, Body.id == body_id), (Case, Case.id == version.case_id),
                          (ReturnVersion, ReturnVersion.id == version.id), (Measures, Measures.version_id == version.id)):  # fmt: skip
            like[model] = dict(connection.execute(select(table_of(model)).where(of)).mappings().one())

        def another(connection: Connection, count: int) -> None:
            ids = [next(made) for _ in range(count)]
            for model, row in like.items():
                connection.execute(insert(table_of(model)), [row | _own(model, row, number, rng) for number in ids])

        another(connection, BODIES)
        assert connection.scalar(select(func.count()).select_from(Case).where(Case.id >= FIRST)) == BODIES

    def sign_off() -> None:
        with engine.begin() as connection:
            another(connection, 1)

    return version.case_id, sign_off


def _own(model: Any, row: dict[str, Any], number: int, rng: random.Random) -> dict[str, Any]:
    """What differs from the row that is copied."""
    own: dict[Any, dict[str, Any]] = {
        Organisation: {"code": f"X{number}", "name": f"Body {number}"},
        Body: {"code": f"X{number}"},
        Case: {"ref": f"BENCH-X{number}", "body_id": number},
        ReturnVersion: {"case_id": number},
        Measures: {"version_id": number},
    }
    if model is Measures:
        own[Measures]["by_code"] = {code: value * rng.lognormvariate(0, 0.4) for code, value in row["by_code"].items()}
    return {"id": number, **own[model]}
