"""The finished review as one object, made of the same sections as its page."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.access import sees
from webapp.allocation import overrules
from webapp.allocation.models import Overrule
from webapp.allocation.overrules import Told
from webapp.cases import queries as cases
from webapp.cases.models import Case
from webapp.checks import queries as checks
from webapp.review import queries
from webapp.review.models import DraftComment
from webapp.review.sheet import Section, sections
from workflows.roles import Actor, Side


@dataclass(frozen=True)
class ReviewDocument:
    """A finished review, as its readers see it."""

    case: Case
    version: int
    signed_off: datetime | None
    issued: datetime | None
    summary: str
    comments: str
    points: list[DraftComment]
    sections: list[Section]
    remarks: int
    overrules: list[Overrule] = field(default_factory=list)
    interests: list[Told] = field(default_factory=list)
    register: bool = False
    """Whether the register of interests and overrules is printed: for the partnership and the programme, who may know names."""

    def points_on(self, place: str) -> list[DraftComment]:
        """The body's comments on one point of the draft, with what became of them."""
        return [point for point in self.points if point.place == place]


def review_document(session: Session, case: Case, actor: Actor) -> ReviewDocument | None:
    """The finished review of a case, as far as the actor may see it; None while there is none.

    Only what is shared with the body is printed, so that the document is the same for all who may read it; for those who may know who
    the reviewers are, the register of interests and overrules follows.
    """
    issued = next((stay for stay, _ in cases.history(session, case, "review", actor) if stay.state == "final"), None)
    review = queries.review(session, case, actor)
    version = checks.entered(session, case, actor)
    if issued is None or review is None or version is None:
        return None
    shared = [note for note in queries.annotations(session, case, actor) if note.audience & Side.BODY]
    points = [point for point in review.points if point.sent_at is not None]
    found = sections(case, version, shared, function_notes=review.notes)
    document = ReviewDocument(case, version.number, version.frozen_at, issued.since, review.summary, review.comments, points, found,
                              len(shared))  # fmt: skip
    if not sees(actor, overrules.KNOWN_TO):
        return document
    approved = [one for one in overrules.every(session, case.id) if one.decision == "approved"]
    return replace(document, overrules=approved, interests=overrules.interests(queries.every_assignment(session, case)), register=True)
