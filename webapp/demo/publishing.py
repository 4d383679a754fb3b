"""What the demo publishes: the real outturn of 2006/07, and the made-up figures of 2009, some of them restated since."""

import random
from datetime import datetime, timedelta

from sqlalchemy import Row, select

from config import programmes
from webapp.cases.models import Case, Stay
from webapp.db import Database, Work
from webapp.demo.people import HOME, People
from webapp.demo.walk import Walker
from webapp.evidence.verbs import Content
from webapp.publication import verbs
from webapp.register.models import Body, Round
from webapp.register.verbs import import_bodies, open_round
from webapp.succession.mapping import import_map
from workflows.register import decode, read_register
from workflows.roles import Role
from workflows.succession import read_map

PROGRAMME, SUCCESSORS = "back-office-2009", "successors_2009_04_01.csv"
OUTTURN, ABOLISHED = "outturn-2006", "councils_abolished_2009_04_01.csv"
RESTATED = ("volunteer_correction", "fill", "submit_for_sign_off", "sign_off", "accept")
"""What becomes of a return of which published figures are restated."""
NEIGHBOURLY = ("E0702", "E0703", "E0704", "E4502", "E4503", "E4504")
"""The group that a body of the demo asks for: others of the North East."""

EDITORS = (
    "Demo: the bodies are real; every figure of this round is made up.\n"
    "Quartiles are of class; a rank of 1 is the lowest value, which is not always the best. A figure stands beside the words of the body "
    "that it is of: print both. What was corrected since is on the list of restatements."
)
"""The notes to editors of the demo."""

Found = Row[int, int, int | None]
"""A case, its body and its partnership."""


def add_abolished(work: Work) -> None:
    """Put the councils into the register that ended on 1 April 2009, with who took their place: the statistics of 2006/07 have
    them still."""
    content = programmes.data(OUTTURN, ABOLISHED).read_bytes()
    import_bodies(work, read_register(decode(content)), programmes.read(OUTTURN))
    import_map(work, read_map(decode(programmes.data(PROGRAMME, SUCCESSORS).read_bytes())))


def publish_all(database: Database, people: People, files: tuple[Content, ...], rng: random.Random, now: datetime) -> None:
    """Publish the outturn; then the round of 2009, correct a published figure, and put the next publication to the bodies. A
    demo of a few bodies has no return to publish."""
    officer = people.officers[0]
    with database.work(officer, now - timedelta(days=3)) as work:
        open_round(work, code="2006", name="Revenue outturn 2006/07: support services", programme=programmes.read(OUTTURN), dates={},
                   threshold=0, asks=False)  # fmt: skip
        verbs.publish(work, verbs.make(work, _round(work, "2006")))
    accepted = _accepted(database)
    if len(accepted) < 2:
        return
    with database.work(officer, now - timedelta(days=2)) as work:
        first = verbs.make(work, _round(work, "2009"), why="Demo: the figures of the first returns.")
        verbs.write_editors_note(work, first, EDITORS, before="")
        verbs.publish(work, first, although="Demo: the first returns are shown as they came.")
    _correct(database, people, accepted[0], files, rng, now - timedelta(days=1))
    with database.work(officer, now - timedelta(hours=3)) as work:
        verbs.issue(work, verbs.make(work, _round(work, "2009"), why="Demo: with the returns that came since."))
    _say(database, people, accepted[1], now - timedelta(hours=2))


def _round(work: Work, code: str) -> Round:
    return work.session.scalars(select(Round).where(Round.code == code)).one()


def _correct(database: Database, people: People, found: Found, files: tuple[Content, ...], rng: random.Random, at: datetime) -> None:
    """Correct a return that was accepted and published: its figures are restated in public."""
    walker = Walker(database, found.id, found.partnership_id, people.bodies[found.body_id], people, files, rng, RESTATED)
    for number, step in enumerate(RESTATED):
        walker.go(step, at + timedelta(minutes=number))


def _say(database: Database, people: People, found: Found, at: datetime) -> None:
    """Put notes beside the figures of one body, and ask for a comparator group for it."""
    with database.work(people.bodies[found.body_id][Role.APPROVER], at) as work:
        case = work.session.get_one(Case, found.id)
        verbs.write_note(work, case, "", "Demo: we ran payroll for two neighbours in this year; their share is in our cost.", seen=0)
        verbs.write_note(work, case, "FIN-P1", "Demo: the new ledger was paid for in this year alone.", seen=0)
        verbs.ask_for_group(work, case, NEIGHBOURLY, "Demo: unitary councils of our coast are more like us.")


def _accepted(database: Database) -> list[Found]:
    """Cases whose return is accepted and whose review nobody has begun, those of other classes than the offered body's first:
    a corrected return changes what others of its class are asked."""
    with database.reading() as session:
        stands = select(Stay.case_id).where(Stay.until.is_(None))
        home = select(Body.kind).where(Body.code == HOME).scalar_subquery()
        query = (
            select(Case.id, Case.body_id, Case.partnership_id)
            .join(Body, Body.id == Case.body_id)
            .where(Case.id.in_(stands.where(Stay.track == "return", Stay.state == "accepted")))
            .where(Case.id.in_(stands.where(Stay.track == "review", Stay.state.in_(("unallocated", "allocated")))))
            .where(Body.code != HOME, Body.code.not_in(NEIGHBOURLY))
            .order_by(Body.kind == home, Case.id)
        )
        return list(session.execute(query.limit(2)))
