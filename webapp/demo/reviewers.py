"""What the demo's reviewers have room for and know, and what they declared: all made up."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from webapp.accounts.models import Person
from webapp.allocation import verbs
from webapp.allocation.models import ReviewerProfile
from webapp.cases.models import Assignment, Case
from webapp.db import Database
from webapp.demo.accounts import email_of
from webapp.demo.people import HOME, REVIEWERS_HOME, People
from webapp.register.models import Body
from workflows.review.away import Away

SKILLS = (("finance", "procurement"), ("hr", "legal", "communications"), ("ict", "estates"), ("finance", "hr", "ict"))
NOTE = "Demo: a sister works in the payroll team there; she and it are made up."


def tell_of_reviewers(database: Database, people: People, now: datetime) -> None:
    """Give every reviewer of the demo room and skills, one of the offered partnership times away, and the
    offered one an interest in a body whose return is not there yet."""
    with database.reading() as session:
        offered = session.scalars(select(Person.id).where(Person.email == email_of("reviewer"))).one()
        home = session.scalars(select(Body.partnership_id).where(Body.code == REVIEWERS_HOME)).one()
        nobodys = ~exists().where(Assignment.case_id == Case.id)
        early = select(Body.code).join(Case, Case.body_id == Body.id).where(Case.partnership_id == home, Case.stage == "return", nobodys)
        near = session.scalars(early.where(Body.code.not_in([HOME, REVIEWERS_HOME])).order_by(Body.code).limit(1)).first()
    for partnership, reviewers in people.reviewers.items():
        coordinator = people.coordinators[partnership]
        ids = sorted({one.person_id or 0 for one in reviewers})
        with database.work(coordinator, now) as work:
            for number, person in enumerate(ids):
                profile = ReviewerProfile(person_id=person, capacity=8 if person == offered else 3 + number % 3, away=[],
                                          functions=list(SKILLS[number % len(SKILLS)]))  # fmt: skip
                if partnership == home and person == ids[-1]:
                    here = now.date()
                    profile.times_away = (Away(here - timedelta(days=2), here + timedelta(days=12)),
                                          Away(here + timedelta(days=40), here + timedelta(days=46)))  # fmt: skip
                work.session.add(profile)
    if near is None:
        return
    reviewer = next(one for one in people.reviewers[home or 0] if one.person_id == offered)
    with database.work(reviewer, now) as work:
        verbs.declare(work, offered, {"body": near, "kind": "family", "note": NOTE, "starts": now.date().isoformat(), "ends": ""})
