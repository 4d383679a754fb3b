"""Load the demo: the real register, made-up headcounts and people, and the 2009 round."""

import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import joinedload

import migrations
from config import programmes
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM, Database
from webapp.demo import figures
from webapp.demo.files import invented
from webapp.demo.known import hold_outturn, make_up_last_year
from webapp.demo.people import HOME, People, make_people
from webapp.demo.publishing import add_abolished, publish_all
from webapp.demo.reviewers import tell_of_reviewers
from webapp.demo.sharing import adopt_rule, found_groups
from webapp.demo.walk import EXEMPT_ROUTES, GO_ON, INDICATE, MAIN, NEAR_ROUTES, ROUTES, Walker
from webapp.evidence.store import Store
from webapp.evidence.verbs import Content
from webapp.register.models import Body, Round
from webapp.register.verbs import import_bodies, open_round
from workflows.register import decode, read_register

PROGRAMME = "back-office-2009"
SINCE, DUE = 120, 4
"""How many days ago the demo's round was opened, and its returns were due."""
NEAR = 25
"""How many people above the line a body of the demo has that is only just above it."""
WAITED = timedelta(days=28)
"""How long a reviewer waited who went on without answers: longer than the body has for them."""
FILES = ("english_councils_at_2009_12_01.csv", "other_local_bodies_2010_11.csv")


def load_whole(url: str, store: Store, *, now: datetime, bodies: int, seed: int, if_empty: bool) -> str:
    """Load the demo into an empty database, wholly or not at all; gives a line that says what was done.

    A database in a file is loaded beside its place and moved there at the end, so that what was cut off leaves nothing behind.
    Raises LookupError where there is something already.
    """
    here = Database(url)
    try:
        with here.reading() as session:
            empty = not session.scalar(select(func.count()).select_from(Organisation))
        place = Path(here.engine.url.database or "") if here.engine.dialect.name == "sqlite" else None
        if not empty or place is None or not place.is_file():
            return load(here, store, now=now, bodies=bodies, seed=seed, if_empty=if_empty)
    finally:
        here.engine.dispose()
    beside = place.with_name(f".{place.name}.loading")
    for left in place.parent.glob(f"{beside.name}*"):
        left.unlink()
    beside.touch(mode=0o600)
    migrations.upgrade(f"sqlite:///{beside}")
    database = Database(f"sqlite:///{beside}")
    told = load(database, store, now=now, bodies=bodies, seed=seed, if_empty=if_empty)
    database.engine.dispose()
    with closing(sqlite3.connect(beside)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file, before that is moved
    for ending in ("-wal", "-shm"):
        Path(f"{place}{ending}").unlink(missing_ok=True)
    beside.replace(place)
    return told


def load(database: Database, store: Store, *, now: datetime, bodies: int, seed: int, if_empty: bool) -> str:
    """Load the demo into an empty database; gives a line that says what was done."""
    with database.reading() as session:
        rounds, persons = (session.scalar(select(func.count()).select_from(model)) for model in (Round, Person))
        if persons and not rounds:
            raise LookupError("The database holds people but no round: the demo is loaded into an empty database only. Make it anew.")
        if rounds:
            return "There is a round already; the demo is left as it is." if if_empty else _refuse()
    rng = random.Random(seed)
    opened = (now - timedelta(days=SINCE)).replace(hour=9, minute=30)
    people = _set_up(database, rng, opened, now)
    files = invented(store)
    moved = _walk(database, people, files, rng, opened, now, bodies)
    with database.work(SYSTEM, now) as work:
        make_up_last_year(work, programmes.read(PROGRAMME), seed)
    tell_of_reviewers(database, people, now)
    publish_all(database, people, files, rng, now)
    return f"The demo is loaded: {moved} cases moved on."


def _refuse() -> str:
    raise LookupError("There is a round already. The demo is loaded into an empty database only.")


def _set_up(database: Database, rng: random.Random, opened: datetime, now: datetime) -> People:
    programme = programmes.read(PROGRAMME)
    with database.work(SYSTEM, opened - timedelta(days=1)) as work:
        for name in FILES:
            reading = read_register(decode(programmes.data(PROGRAMME, name).read_bytes()))
            import_bodies(work, reading, programme)
        hold_outturn(work, programme)
        add_abolished(work)
        there = or_(Body.end_date.is_(None), Body.end_date > opened.date())
        found = list(work.session.scalars(select(Body).options(joinedload(Body.organisation)).where(there).order_by(Body.code)))
        for number, body in enumerate(found):
            body.headcount = 250 if number % 97 == 5 else figures.headcount(rng, body.kind)
            body.headcount = figures.HOME_PEOPLE if body.code == HOME else body.headcount
            body.headcount_source = figures.HEADCOUNT_SOURCE
        people = make_people(work.session, work.now, found)
    with database.work(people.officers[0], opened) as work:
        due = (now - timedelta(days=DUE)).date().isoformat()
        open_round(work, code="2009", name="Back-office benchmarking 2009 (demo)", programme=programme,
                   dates={"return_due": due}, threshold=programme.threshold)  # fmt: skip
    return people


def _walk(
    database: Database, people: People, files: tuple[Content, ...], rng: random.Random, opened: datetime, now: datetime, bodies: int
) -> int:
    with database.reading() as session:
        refs = session.execute(
            select(
                Case.id,
                Case.body_id,
                Case.partnership_id,
                Case.sector,
                Case.stage,
                Case.headcount,
                Round.threshold,
                Body.code,
                Body.class_name,
            )
            .join(Body, Body.id == Case.body_id)
            .join(Round, Round.id == Case.round_id)
            .order_by(Case.id)
        ).all()
    chosen = _ways(refs, rng)[:bodies]
    adopt_rule(database, people, opened)
    found_groups(database, people, opened, [(row.code, row.partnership_id, route) for row, route in chosen])
    days = _working_days(opened + timedelta(days=1), now)
    steps: list[tuple[datetime, int, Walker, str]] = []
    for number, (row, route) in enumerate(chosen):
        walker = Walker(database, row.id, row.partnership_id, people.bodies[row.body_id], people, files, rng, route)
        last = opened
        for at, step in zip(_times(days, len(route), rng), route, strict=True):
            at = now - timedelta(days=DUE - 2) if step == "record_not_returned" else at
            if GO_ON in route and step != GO_ON:
                at -= WAITED
            last = max(at, last + timedelta(minutes=1))
            steps.append((last, number, walker, step))
    for at, _, walker, step in sorted(steps, key=lambda s: s[:2]):
        walker.go(step, at)
    return len(chosen)


def _ways(refs: Sequence[Row[*tuple[Any, ...]]], rng: random.Random) -> list[tuple[Row[*tuple[Any, ...]], tuple[str, ...]]]:
    """Which case goes which way.

    Every way is gone by a body of a sector that has every track. The partnership of the offered accounts comes first: the
    first ways end in the return and the peer review. Then come bodies that prove their headcount, and a body of each other
    sector that goes the whole way; the rest go the ways over again.
    """
    home = next(row for row in refs if row.code == HOME)
    near = [row for row in refs if row.threshold < row.headcount <= row.threshold + NEAR][: len(NEAR_ROUTES)]
    exempt = [row for row in refs if row.stage == "exempt"][: len(EXEMPT_ROUTES)]
    others = [row for row in refs if row.stage == "return" and row.code != HOME and row not in near]
    rng.shuffle(others)
    others.sort(key=lambda row: row.partnership_id != home.partnership_id)
    full = _dear_ones_alike([row for row in others if row.sector == home.sector][: len(ROUTES)])
    first = {row.sector: row for row in others if row.sector != home.sector}
    ways = [*zip(full, ROUTES, strict=False), *zip(exempt, EXEMPT_ROUTES, strict=False), *zip(near, NEAR_ROUTES, strict=False)]
    ways += [(first[sector], MAIN) for sector in sorted(first)]
    taken = {row.id for row, _ in ways}
    return ways + list(zip([row for row in others if row.id not in taken], cycle(ROUTES), strict=False))


def _dear_ones_alike(full: list[Row[*tuple[Any, ...]]]) -> list[Row[*tuple[Any, ...]]]:
    """The bodies so that those for which a penalty will be indicated are of the class that most are of: only there are figures
    enough to be above their average."""
    places = [number for number, route in enumerate(ROUTES[: len(full)]) if INDICATE in route]
    common, _ = Counter(row.class_name for row in full).most_common(1)[0]
    spare = [number for number, row in enumerate(full) if row.class_name == common and number not in places]
    full = list(full)
    for place in places:
        if full[place].class_name != common and spare:
            other = spare.pop()
            full[place], full[other] = full[other], full[place]
    return full


def _working_days(first: datetime, last: datetime) -> list[datetime]:
    """Nine in the morning of every weekday of a span, its last day left out."""
    start = first.replace(hour=9, minute=0, second=0, microsecond=0)
    days = (start + timedelta(days=number) for number in range((last - start).days))
    return [day for day in days if day.weekday() < 5]


def _times(days: list[datetime], steps: int, rng: random.Random) -> list[datetime]:
    """Times of a case's steps in their order, in office hours: the last of them within the last two weeks."""
    recent = max(len(days) - rng.randint(1, 10), 1)
    chosen = sorted(rng.choices(range(max(0, recent - 3 * steps - 5), recent), k=steps))
    minutes = sorted(rng.sample(range(8 * 60), steps))
    return [days[number] + timedelta(minutes=minute) for number, minute in zip(chosen, minutes, strict=True)]
