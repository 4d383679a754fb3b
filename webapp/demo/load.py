"""Load the demo: the real register, made-up headcounts and people, and the 2009 round."""

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from config import programmes
from webapp.cases import moves
from webapp.cases.models import Case
from webapp.db import SYSTEM, Database
from webapp.demo import figures
from webapp.demo.people import HOME, People, make_people
from webapp.register.models import Body, Round
from webapp.register.verbs import import_bodies, open_round
from webapp.returns import verbs as returns
from workflows.register import decode, read_register
from workflows.roles import Actor, Role

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
            select(Case.id, Case.body_id).join(Body, Body.id == Case.body_id).where(Case.stage == "return", Body.code != HOME)
        ).all()
    chosen = rng.sample(refs, min(bodies, len(refs)))
    for case_id, body_id in chosen:
        roles = people.bodies[body_id]
        depth = rng.randint(1, 5)
        at = opened + timedelta(days=rng.randint(1, 25))
        _return_of(database, case_id, roles, rng, at, depth, people)
    return len(chosen)


def _return_of(
    database: Database, case_id: int, roles: dict[Role, Actor], rng: random.Random, at: datetime, depth: int, people: People
) -> None:
    with database.work(roles[Role.PREPARER], at) as work:
        case = work.session.get_one(Case, case_id)
        moves.make(work, case, "return", "start", {})
        work.session.flush()
        if depth > 1:
            returns.save_answers(work, case, figures.answers(rng, case.headcount or 1000), {})
    if depth < 3:
        return
    with database.work(roles[Role.PREPARER], at + timedelta(days=4)) as work:
        moves.make(work, work.session.get_one(Case, case_id), "return", "submit_for_sign_off", {})
    if depth < 4:
        return
    with database.work(roles[Role.APPROVER], at + timedelta(days=6)) as work:
        moves.make(work, work.session.get_one(Case, case_id), "return", "sign_off", {})
    if depth < 5:
        return
    with database.reading() as session:
        partnership = session.get_one(Case, case_id).partnership_id
    actor = people.coordinators.get(partnership or 0, people.officers[0])
    with database.work(actor, at + timedelta(days=9)) as work:
        moves.make(work, work.session.get_one(Case, case_id), "return", "accept", {})


