"""Several reviewers to one return: added, made the lead and taken off by the coordinator; each accepts or declines for themselves.

What moves the review itself are the declared transitions, which the lead makes. None of these moves it.
"""

from webapp.access import must_be_open
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Assignment, Case
from webapp.db import Work
from webapp.notices.queries import Recipient
from webapp.notices.verbs import tell, tell_person
from webapp.review import queries
from workflows.asks import Ask
from workflows.engine import Reason, Refused, Tell, problems_of
from workflows.returns.track import REASON
from workflows.review.track import DECLARED, PERSON, no_conflict, of_partnership
from workflows.roles import Role, Side

ADD_ASKS: tuple[Ask, ...] = (PERSON, REASON)
ACCEPT_ASKS: tuple[Ask, ...] = (DECLARED,)
REASON_ASKS: tuple[Ask, ...] = (REASON,)


def add(work: Work, facts: CaseFacts, inputs: dict[str, str]) -> Assignment:
    """Give a return another reviewer beside those that it has, with the reason. Raises Refused with all that is wrong."""
    must_be_open("reviewers.keep", facts.state("review"))
    reasons = list(problems_of(ADD_ASKS, inputs, facts)) or [*of_partnership(facts, inputs), *no_conflict(facts, inputs)]
    if not reasons and int(inputs["person"]) in facts.reviewer_ids:
        reasons.append(Reason("This person reviews this return already. Choose somebody else.", "#person"))
    if reasons:
        raise Refused("input", tuple(reasons))
    return assign_beside(work, facts.case, int(inputs["person"]), inputs["reason"])


def assign_beside(work: Work, case: Case, person_id: int, reason: str) -> Assignment:
    """Assign somebody beside the lead, and ask them to accept. Whether they may be was found out before."""
    made = Assignment(case_id=case.id, kind="reviewer", person_id=person_id, lead=False, since=work.now,
                      overrule=queries.overruled_why(work.session, case.id, person_id, work.now), reason=reason.strip())  # fmt: skip
    work.session.add(made)
    work.session.flush()
    person = made.person
    tell_person(work, case, "review_allocated", Role.REVIEWER, Recipient(person.id, person.email, person.name),
                occurrence=f"beside-{made.id}", items=[], why=made.reason)  # fmt: skip
    return made


def make_lead(work: Work, facts: CaseFacts, person_id: int, reason: str) -> Assignment:
    """Let another reviewer of the return lead it. Once the review has begun, only somebody who has accepted it. Raises Refused."""
    state = facts.state("review")
    must_be_open("reviewers.keep", state)
    _reasoned(facts, reason)
    reviewers = _reviewers(work, facts)
    chosen = _one(reviewers, person_id)
    if chosen.lead:
        raise _refused(f"{chosen.person.name} leads this review already.")
    if state != "allocated" and chosen.accepted_at is None:
        raise _refused(f"{chosen.person.name} has not accepted the review yet, and only somebody who has can take it over.")
    for one in reviewers.values():
        if one.lead:
            one.lead, one.reason = False, reason.strip()
    work.session.flush()
    chosen.lead, chosen.reason = True, reason.strip()
    if state == "allocated":
        chosen.accepted_at = None  # the review begins when its lead accepts it
    work.session.flush()
    tell_person(work, facts.case, "review_reallocated", Role.REVIEWER, Recipient(person_id, chosen.person.email, chosen.person.name),
                occurrence=f"lead-{chosen.id}-{facts.case.version}", items=[], why=chosen.reason)  # fmt: skip
    return chosen


def remove(work: Work, facts: CaseFacts, person_id: int, reason: str) -> Assignment:
    """Take a reviewer who does not lead off a return; what they wrote stays, and the lead answers for it. Raises Refused."""
    must_be_open("reviewers.keep", facts.state("review"))
    _reasoned(facts, reason)
    chosen = _one(_reviewers(work, facts), person_id)
    if chosen.lead:
        raise _refused("The lead cannot be taken off. Let another reviewer lead, or give the review to another reviewer.")
    chosen.until, chosen.ended, chosen.reason = work.now, "removed", reason.strip()
    return chosen


def accept(work: Work, facts: CaseFacts, inputs: dict[str, str]) -> Assignment:
    """A reviewer who does not lead accepts their part, and says what could be seen as a conflict of interest. Raises Refused."""
    must_be_open("reviewer.accept", facts.state("review"))
    if problems := problems_of(ACCEPT_ASKS, inputs, facts):
        raise Refused("input", problems)
    mine = _beside(work, facts)
    if mine.accepted_at is not None:
        raise _refused("You have accepted this review already.")
    mine.accepted_at, mine.declared, mine.reason = work.now, inputs.get("declared", "").strip(), ""
    return mine


def decline(work: Work, facts: CaseFacts, reason: str) -> Assignment:
    """A reviewer who does not lead declines: they alone are released, and the coordinator is told. Raises Refused."""
    must_be_open("reviewer.accept", facts.state("review"))
    _reasoned(facts, reason)
    mine = _beside(work, facts)
    mine.until, mine.ended, mine.reason = work.now, "declined", reason.strip()
    tell(work, facts.case, Tell("review_back_to_reviewer", (Role.COORDINATOR,)), transition=None, why=mine.reason, action=None,
         audience=Side.PARTNERSHIP | Side.PROGRAMME, occurrence=f"declined-{mine.id}")  # fmt: skip
    return mine


def _refused(text: str) -> Refused:
    return Refused("state", (Reason(text, "review/reviewers"),))


def _reasoned(facts: CaseFacts, reason: str) -> None:
    if problems := problems_of(REASON_ASKS, {"reason": reason}, facts):
        raise Refused("input", problems)


def _reviewers(work: Work, facts: CaseFacts) -> dict[int, Assignment]:
    return {one.person_id: one for one in queries.assigned(work.session, facts.case.id)}


def _one(reviewers: dict[int, Assignment], person_id: int) -> Assignment:
    if person_id not in reviewers:
        raise _refused("This person does not review this return any more.")
    return reviewers[person_id]


def _beside(work: Work, facts: CaseFacts) -> Assignment:
    """The acting reviewer's own assignment. Raises Refused for the lead, whose acceptance is a move of the review."""
    mine = _one(_reviewers(work, facts), work.actor.person_id or 0)
    if mine.lead:
        raise _refused("You lead this review: accept or decline it on its own page.")
    return mine
