"""What the demo's reviewers have room for and know, what they declared and what was overruled, and a second marking: all made up."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select

from webapp.accounts.models import Person
from webapp.allocation import overrules, verbs
from webapp.allocation.models import ReviewerProfile
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import Database
from webapp.demo.accounts import email_of
from webapp.demo.people import HOME, REVIEWERS_HOME, People
from webapp.register.models import Body, Round
from webapp.review import marking
from workflows.asks import Moment
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
    if home is not None:
        _overrule(database, people, home, now)
        _mark_twice(database, people, home, now)
    if near is None:
        return
    reviewer = next(one for one in people.reviewers[home or 0] if one.person_id == offered)
    with database.work(reviewer, now) as work:
        verbs.declare(work, offered, {"body": near, "kind": "family", "note": NOTE, "starts": now.date().isoformat(), "ends": ""})


def _goes_on(partnership: int, *states: str) -> Select[Case]:
    """The cases of a partnership of which the review is in one of some states."""
    here = Stay.track == "review", Stay.state.in_(states), Stay.until.is_(None)
    return select(Case).join(Stay, Stay.case_id == Case.id).where(Case.partnership_id == partnership, *here).order_by(Case.id)


def _overrule(database: Database, people: People, home: int, now: datetime) -> None:
    """Overrule a declared interest of one of the partnership's reviewers in a body whose review goes on: the coordinator proposes it,
    an officer approves it."""
    asked, then = people.reviewers[home][-1], now - timedelta(days=1)
    with database.work(people.coordinators[home], then) as work:
        case = work.session.scalars(_goes_on(home, "in_review", "with_body", "draft_issued").limit(1)).first()
        if case is None:
            return
        ref, body = case.ref, case.body.code
        verbs.declare(work, asked.person_id or 0, {"body": body, "kind": "work", "note": "Demo: one training day, unpaid.",
                                                   "starts": then.date().isoformat(), "ends": ""})  # fmt: skip
        work.session.flush()
        facts = CaseFacts(work.session, case, work.actor, work.now)
        until = overrules.last_day(case.round, work.now).isoformat()
        overrules.propose(work, facts, {"candidate": str(asked.person_id), "why": "Demo: nobody else knows its systems.", "ends_on": until})
    with database.work(people.officers[0], now) as work:
        case = work.session.scalars(select(Case).where(Case.ref == ref)).one()
        (made,) = overrules.every(work.session, case.id)
        overrules.decide(work, CaseFacts(work.session, case, work.actor, work.now), made, {"decision": "approved", "reason": ""})


def _mark_twice(database: Database, people: People, home: int, now: datetime) -> None:
    """Draw a sample of the partnership's reviews; the first of those who were asked hands in marks, each a step above the middle."""
    with database.work(people.coordinators[home], now) as work:
        round_ = work.session.scalars(select(Round).order_by(Round.id)).first()
        if round_ is None:
            return
        drawn = marking.sample(work.session, round_, home, now.date(), {"percent": "15", "seed": "2009"}, Moment(now))
        marking.send(work, drawn)
    asked = next(((one.one.id, one.marker[0]) for one in drawn.drawn if one.marker), None)
    if asked is None:
        return
    marker = next(one for one in people.reviewers[home] if one.person_id == asked[1])
    with database.work(marker, now) as work:
        case = work.session.get_one(Case, asked[0])
        found = marking.marking_of(work.session, case, marker)
        programme = case.round.programme
        step = str(programme.ratings[len(programme.ratings) // 2].value)
        said = {function.code: (step, "Demo: a mark that is made up.") for function in marking.marked_functions(programme)}
        assert found is not None
        marking.save(work, CaseFacts(work.session, case, marker, now), found, said, hand_in=True)
