"""Overruling a conflict of interest: proposed by a coordinator, decided on by another or by an officer, told to both on their pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.access import must_be_open, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.allocation.models import Interest, Overrule
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Assignment, Case, Stay
from webapp.clock import in_london
from webapp.db import Work
from webapp.deadlines.verbs import calendar
from webapp.notices.verbs import tell
from webapp.register.models import Round
from workflows.asks import Ask, read_day
from workflows.deadlines.calendar import london_day
from workflows.deadlines.rules import due
from workflows.engine import Reason, Refused, Tell, problems_of
from workflows.review.conflicts import INTERESTS
from workflows.review.overruling import LONGEST, STEPS, can_overrule
from workflows.review.track import of_partnership
from workflows.roles import Actor, Role, Side

PROPOSE_ASKS = (
    Ask("candidate", "Reviewer", kind="reviewer"),
    Ask("why", "Why the conflict can be overruled", limit=2000, hint="Whoever decides reads it, and it is printed in the register."),
    Ask("ends_on", "Last day on which this holds", kind="date", past=False, hint="A year from now at most"),
)
DECIDE_ASKS = (
    Ask("decision", "Your decision", kind="choice", choices=(("approved", "Approve it"), ("refused", "Refuse it"))),
    Ask("reason", "Reason", limit=2000, required=False, hint="Needed where you refuse it"),
)
KNOWN_TO = Side.PARTNERSHIP | Side.PROGRAMME


def every(session: Session, case_id: int) -> list[Overrule]:
    """The register of a case: every overrule that was proposed, the newest first, with the people's names: one statement."""
    people = joinedload(Overrule.person), joinedload(Overrule.proposer), joinedload(Overrule.decider)
    query = select(Overrule).options(*(one.load_only(Person.name) for one in people)).where(Overrule.case_id == case_id)
    return list(session.scalars(query.order_by(Overrule.id.desc())))


@dataclass(frozen=True)
class Told:
    """An interest that somebody who reviews a case declared: at acceptance, or in its body before."""

    name: str
    words: str


def interests(found: Iterable[tuple[Assignment, list[Interest]]]) -> list[Told]:
    """The interests of everybody who reviews a case or did, told at acceptance or declared in its body."""
    told: dict[Told, None] = {}
    for assignment, declared in found:
        name = assignment.person.name
        if assignment.declared:
            told[Told(name, f"declared at acceptance: {assignment.declared}")] = None
        for one in declared:
            until = f" to {_day(one.ends)}" if one.ends else ""
            note = f": {one.note}" if one.note else ""
            told[Told(name, f"{INTERESTS[one.kind].lower()}, from {_day(one.starts)}{until}{note}")] = None
    return list(told)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def one(session: Session, case_id: int, overrule_id: int) -> Overrule | None:
    """One overrule of a case."""
    return session.scalars(select(Overrule).where(Overrule.id == overrule_id, Overrule.case_id == case_id)).one_or_none()


def last_day(round_: Round, now: datetime) -> date:
    """The day up to which an overrule is offered: the end of a review that is allocated now, by the rules of the round, each step
    taking all its time."""
    programme = round_.programme
    at = now
    for code in STEPS:
        if rule := programme.find_deadline(code):
            at = max(at, due(rule, at, calendar(programme.nation), round_.fixed_date(code)).at)
    return min(london_day(at), in_london(now).date() + LONGEST)


def propose(work: Work, facts: CaseFacts, inputs: Mapping[str, str]) -> Overrule:
    """Propose to overrule the conflicts of somebody with a case until a day, and ask those who may decide. Raises Refused with all
    that is wrong."""
    must_be_open("overrule.propose", facts.state("review"))
    reasons = list(problems_of(PROPOSE_ASKS, inputs, facts))
    reasons += [Reason(r.text, "#candidate") for r in of_partnership(facts, {"person": inputs.get("candidate", "")})]
    if reasons:
        raise Refused("input", tuple(dict.fromkeys(reasons)))
    person, today, ends_on = int(inputs["candidate"]), in_london(work.now).date(), read_day(inputs["ends_on"])
    against = facts.conflicts(person)
    if ends_on > today + LONGEST:
        reasons.append(Reason(f"An overrule holds for a year at most. Give a day up to {_day(today + LONGEST)}.", "#ends_on"))
    if not against:
        reasons.append(Reason("This person has no conflict of interest with this body, so nothing need be overruled.", "#candidate"))
    reasons += [Reason(f"{text} This can never be overruled. Choose somebody of another body.", "#candidate")
                for text in against if not can_overrule(text)]  # fmt: skip
    if any(one.person_id == person and one.rule.waits(today) for one in every(work.session, facts.case.id)):
        reasons.append(
            Reason("To overrule the conflict of this person is proposed already, and waits for somebody to decide.", "#candidate")
        )
    if reasons:
        raise Refused("input", tuple(reasons))
    made = Overrule(case_id=facts.case.id, person_id=person, conflicts=list(against), why=inputs["why"].strip(), ends_on=ends_on,
                    proposed_by=work.actor.person_id, proposed_at=work.now)  # fmt: skip
    work.session.add(made)
    work.session.flush()
    _tell(work, facts.case, made, "overrule_proposed", (Role.COORDINATOR, Role.OFFICER), made.why)
    return made


def decide(work: Work, facts: CaseFacts, overrule: Overrule, inputs: Mapping[str, str]) -> None:
    """Approve an overrule, or refuse it with the reason. Raises Refused for whoever proposed it, for whom it is about, where it was
    decided before, and with all that is wrong with the answer."""
    must_be_open("overrule.decide", facts.state("review"))
    if why := why_not_decide(work.actor, overrule, in_london(work.now).date()):
        raise Refused("state", (Reason(why, "review/reviewers"),))
    reasons = list(problems_of(DECIDE_ASKS, inputs, facts))
    if inputs.get("decision") == "refused" and not inputs.get("reason", "").strip():
        reasons.append(Reason("Give the reason why you refuse it.", "#reason"))
    if reasons:
        raise Refused("input", tuple(reasons))
    overrule.decision, overrule.reason = inputs["decision"], inputs.get("reason", "").strip()
    overrule.decided_by, overrule.decided_at = work.actor.person_id, work.now
    _tell(work, facts.case, overrule, f"overrule_{overrule.decision}", (Role.COORDINATOR,), overrule.reason)


def why_not_decide(actor: Actor, overrule: Overrule, day: date) -> str:
    """Why somebody cannot decide on an overrule, in words; empty where they can."""
    if overrule.decision:
        return "This was decided on already."
    if not overrule.rule.waits(day):
        return "Its last day has passed, so there is nothing to decide any more."
    if actor.person_id in (overrule.proposed_by, None):
        return "You proposed this, so somebody else must decide: another coordinator, or an officer of the programme."
    if actor.person_id == overrule.person_id:
        return "This is about you, so somebody else must decide."
    return ""


def _tell(work: Work, case: Case, overrule: Overrule, message: str, to: tuple[Role, ...], why: str) -> None:
    tell(work, case, Tell(message, to), transition=None, why=why, action=None, audience=KNOWN_TO, occurrence=f"overrule-{overrule.id}")


@dataclass(frozen=True)
class Pending:
    """An overrule that somebody has to do something about: decide on it, or renew it, because it ended while the review goes on."""

    ref: str
    body: str
    person: str
    ends_on: date
    ended: bool


def pending(session: Session, actor: Actor, now: datetime) -> list[Pending]:
    """The overrules that wait for an actor: to be decided on by them; and, for a coordinator, those that ended while the person
    still reviews. One statement."""
    day, later = in_london(now).date(), aliased(Overrule)
    goes_on = exists().where(Stay.case_id == Case.id, Stay.track == "review", Stay.until.is_(None), Stay.state != "final")
    decide = and_(Overrule.decision == "", Overrule.ends_on >= day, Overrule.proposed_by != actor.person_id,
                  Overrule.person_id != actor.person_id)  # fmt: skip
    reviews = exists().where(Assignment.case_id == Case.id, Assignment.person_id == Overrule.person_id, Assignment.kind == "reviewer",
                             Assignment.until.is_(None))  # fmt: skip
    renewed = exists().where(later.case_id == Overrule.case_id, later.person_id == Overrule.person_id, later.id > Overrule.id,
                             or_(later.decision == "approved", and_(later.decision == "", later.ends_on >= day)))  # fmt: skip
    ended = and_(Overrule.decision == "approved", Overrule.ends_on < day, reviews, ~renewed)
    query = (
        select(Case.ref, Organisation.name, Person.name, Overrule.ends_on)
        .join(Case, Case.id == Overrule.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Person, Person.id == Overrule.person_id)
        .where(visible_cases(actor), goes_on, or_(decide, ended) if actor.role is Role.COORDINATOR else decide)
        .order_by(Overrule.id)
    )
    return [Pending(*row, ended=row[3] < day) for row in session.execute(query)]
