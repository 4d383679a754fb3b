"""Load the demo: the real register, made-up headcounts and people, and the 2009 round."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from config import programmes
from webapp.cases.models import Case
from webapp.db import SYSTEM, Database
from webapp.demo import figures
from webapp.demo.people import HOME, People, make_people
from webapp.demo.walk import STEPS, Walker
from webapp.register.models import Body, Round
from webapp.register.verbs import import_bodies, open_round
from workflows.register import decode, read_register

PROGRAMME = "back-office-2009"
FILES = ("english_councils_at_2009_12_01.csv", "other_local_bodies_2010_11.csv")


def load(database: Database, *, now: datetime, bodies: int, seed: int, if_empty: bool) -> str:
    """Load the demo into an empty database; gives a line that says what was done."""
    with database.reading() as session:
        if session.scalar(select(Round.id).limit(1)):
            return "There is a round already; the demo is left as it is." if if_empty else _refuse()
    rng = random.Random(seed)
    opened = now - timedelta(days=70)
    people = _set_up(database, rng, opened, now)
    moved = _walk(database, people, rng, opened, now, bodies)
    return f"The demo is loaded: {moved} cases moved on."


def _refuse() -> str:
    raise LookupError("There is a round already. The demo is loaded into an empty database only.")


def _set_up(database: Database, rng: random.Random, opened: datetime, now: datetime) -> People:
    programme = programmes.read(PROGRAMME)
    with database.work(SYSTEM, opened - timedelta(days=1)) as work:
        for name in FILES:
            reading = read_register(decode(programmes.data(PROGRAMME, name).read_bytes()))
            import_bodies(work, reading, programme)
        found = list(work.session.scalars(select(Body).options(joinedload(Body.organisation)).order_by(Body.code)))
        for number, body in enumerate(found):
            body.headcount = 250 if number % 97 == 5 else figures.headcount(rng, body.kind)
            body.headcount_source = figures.HEADCOUNT_SOURCE
        people = make_people(work.session, work.now, found)
    with database.work(people.officers[0], opened) as work:
        due = (now + timedelta(days=10)).date().isoformat()
        open_round(work, code="2009", name="Back-office benchmarking 2009 (demo)", programme=programme,
                   dates={"return_due": due}, threshold=programme.threshold)  # fmt: skip
    return people


def _walk(database: Database, people: People, rng: random.Random, opened: datetime, now: datetime, bodies: int) -> int:
    with database.reading() as session:
        refs = session.execute(
            select(Case.id, Case.body_id, Case.partnership_id)
            .join(Body, Body.id == Case.body_id)
            .where(Case.stage == "return", Body.code != HOME)
            .order_by(Case.id)
        ).all()
    chosen = rng.sample(refs, min(bodies, len(refs)))
    for number, row in enumerate(chosen):
        steps = 1 + number % len(STEPS)
        walker = Walker(database, row.id, row.partnership_id, people.bodies[row.body_id],
                        people, rng)  # fmt: skip
        walker.walk(_times(opened, now, steps, rng), steps)
    return len(chosen)


def _times(opened: datetime, now: datetime, steps: int, rng: random.Random) -> Iterator[datetime]:
    """Times of the steps, evenly spread between the opening and now."""
    span = (now - opened - timedelta(days=2)) / max(steps, 1)
    span = min(span, timedelta(days=5))
    at = now - span * steps - timedelta(hours=rng.randint(1, 30))
    for _ in range(steps):
        yield at
        at += span
