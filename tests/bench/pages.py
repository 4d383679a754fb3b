"""Measure a page or a form beside its floor: statements, server time, and how much both show."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from sqlalchemy import select

from tests.bench.declare import Row
from tests.bench.floor import Found, Tape, listening, page, saving
from tests.bench.timing import ROUNDS, WARM, Asked, Times, side_by_side
from tests.bench.world import Site, asking, sending
from webapp.db import Database
from webapp.record import RecordHead

ALIKE = 0.2
"""How far the size of a floor's page may be from the size of the page itself, as a part of it."""


def page_beside_floor(site: Site, asked: Asked, template: str, shown: Callable[[Found], dict[str, Any]], what: str = "") -> Iterator[Row]:
    """The rows for one page: its statements, its time as a ratio to its floor's, and the size of both.

    Raises AssertionError where the sizes are not alike, for then the floor shows less, or more.
    """
    engine = site.app.database.engine
    name = f"{what}, {site.name}" if what else site.name
    asked.once()
    with listening(engine) as tape:
        _, ours = asked.once()
    floor = Asked(page(engine, tape, template, shown), asking("/"))
    _, bare = floor.once()
    assert abs(len(bare) / len(ours) - 1) < ALIKE, f"{name}: {len(ours)} bytes, but its floor {len(bare)}"
    times, least = side_by_side(asked, floor)
    yield Row(f"{name}: SQL statements", tape.counted, "", mark="statements")
    yield Row(f"{name}: server time", times.median, "ms", floor=least.median, p95=times.p95, n=times.n, mark="ratio")
    yield Row(f"{name}: size", len(ours) / 1024, "KiB", floor=len(bare) / 1024)


def form_beside_floor(site: Site, twin: str, *forms: Asked) -> Iterator[Row]:
    """The rows for forms that are sent in turn, again and again: their time as a ratio to their floor's.

    The floor works on a twin of the site's database, where it sends the statements of each saving again just after it:
    as both began alike, the same numbers and keys come about in both.
    """
    database, tape = Database(twin), Tape()
    floor = Asked(saving(database.engine, tape), sending("/", lambda: {"text": "as long as the text of an annotation is"}), "303")
    taken: tuple[list[int], list[int]] = ([], [])
    for _, asked in zip(range(WARM + ROUNDS // 2), cycle(forms), strict=False):
        environ = asked.environ()
        with listening(site.app.database.engine) as heard:
            taken[0].append(asked.answer(environ)[0])
        tape.heard = heard.heard
        taken[1].append(floor.once()[0])
    assert _ends(database) == _ends(site.app.database), "the floor did not write what the application wrote"
    database.engine.dispose()
    ours, least = (Times.of(times[WARM:]) for times in taken)
    yield Row(f"{site.name}: SQL statements", tape.counted, "")
    yield Row(f"{site.name}: server time", ours.median, "ms", floor=least.median, p95=ours.p95, n=ours.n, mark="ratio")


def _ends(database: Database) -> tuple[int, str]:
    with database.reading() as session:
        return session.execute(select(RecordHead.seq, RecordHead.hash)).one()._tuple()
