"""A review as somebody else would see it, now or after the next step: the same rule and the same view-model with another actor."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.access import may
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case, Stay
from webapp.db import Work
from webapp.review import material
from webapp.review.material import Material
from workflows.engine import Transition
from workflows.review.audiences import gained
from workflows.review.track import REVIEW
from workflows.roles import Actor, Role, Side


@dataclass(frozen=True)
class Eyes:
    """Whose eyes a preview looks with: the word in the address, what the page calls them, and the role; none for the public."""

    code: str
    words: str
    role: Role | None

    @property
    def side(self) -> Side:
        return self.role.side if self.role else Side.NOBODY

    def actor(self, case: Case) -> Actor:
        """Somebody of that side, who is nobody in particular."""
        return Actor(None, self.words, self.role, case.body_id if self.side is Side.BODY else None)


EYES: Mapping[str, Eyes] = {
    one.code: one
    for one in (
        Eyes("body", "the body", Role.APPROVER),
        Eyes("auditor", "the auditor", Role.MANAGER),
        Eyes("public", "the public", None),
    )
}


def next_steps(state: str | None) -> list[Transition]:
    """The moves from a state of the review that show more of it to whoever did not write it, in declared order."""
    return [t for t in REVIEW.transitions if state in t.sources and gained(t) & ~Side.PARTNERSHIP]


def shown_by(transition: Transition, actor: Actor) -> list[Eyes]:
    """Whose preview to offer beside a move: of those who see more by it; none to whoever may not preview."""
    ours = transition in REVIEW.transitions and may(actor, "review.preview")
    return [one for one in EYES.values() if one.side & gained(transition)] if ours else []


@dataclass(frozen=True)
class Preview:
    """What a page of a preview is made of: whose eyes, after which move (none: as it is), the facts as they would be for them, and
    what they would see of what whoever looks may see."""

    eyes: Eyes
    after: Transition | None
    facts: CaseFacts
    given: Material


def preview(work: Work, facts: CaseFacts, eyes: Eyes, after: Transition | None) -> Preview:
    """Look at a review with another's eyes. `facts` are those of whoever looks; nothing is changed: four statements."""
    case, other = facts.case, eyes.actor(facts.case)
    then = CaseFacts(work.session, case, other, work.now, stays=[_then(stay, after) for stay in facts.stays])
    then.know(reviewer_numbers=facts.reviewer_numbers)
    return Preview(eyes, after, then, material.read_as(work.session, case, work.actor, other, after, work.now))


def _then(stay: Stay, after: Transition | None) -> Stay:
    """Where a track stands after the move; a stay of its own, which no session knows."""
    if after is None or stay.track != REVIEW.code:
        return stay
    return Stay(case_id=stay.case_id, track=stay.track, state=after.target, came_from=stay.state, transition=after.name)
