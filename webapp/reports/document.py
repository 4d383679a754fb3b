"""The finished review as one object, made of the same sections as its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.access import sees
from webapp.allocation import overrules
from webapp.allocation.models import Overrule
from webapp.allocation.overrules import Told
from webapp.cases import queries as cases
from webapp.cases.models import Case
from webapp.review import material, names
from webapp.review import queries as reviews
from webapp.review.material import Material
from webapp.review.models import DraftComment
from webapp.review.names import Reviewers
from webapp.review.preview import Preview
from webapp.review.sheet import Section, Thread, apart, sections
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
    on_files: list[Thread]
    lost: list[Thread]
    remarks: int
    reviewers: Reviewers
    preview: str = ""
    """What a preview says of itself, on its first page."""
    overrules: list[Overrule] = field(default_factory=list)
    interests: list[Told] = field(default_factory=list)
    register: bool = False
    """Whether the register of interests and overrules is printed: for the partnership and the programme, who may know names."""

    def points_on(self, place: str) -> list[DraftComment]:
        """The body's comments on one point of the draft, with what became of them."""
        return [point for point in self.points if point.place == place]


def review_document(session: Session, case: Case, actor: Actor) -> ReviewDocument | None:
    """The finished review of a case, as far as the actor may see it; None while there is none. For those who may know who the
    reviewers are, the register of interests and overrules follows."""
    issued = next((stay for stay, _ in cases.history(session, case, "review", actor) if stay.state == "final"), None)
    if issued is None:
        return None
    document = _document(case, material.read(session, case, actor), issued.since, names.numbers_of(session, case.id))
    if document is None or not sees(actor, overrules.KNOWN_TO):
        return document
    approved = [one for one in overrules.every(session, case.id) if one.decision == "approved"]
    return replace(document, overrules=approved, interests=overrules.interests(reviews.every_assignment(session, case)), register=True)


def preview_document(seen: Preview, now: datetime) -> ReviewDocument | None:
    """The review as it would be printed for whoever a preview is of; None where it would not be final, or not for them."""
    stay = seen.facts.stay("review")
    if stay is None or stay.state != "final":
        return None
    document = _document(seen.facts.case, seen.given, now if seen.after else stay.since, seen.facts.reviewer_numbers)
    return replace(document, preview=f"Preview of what {seen.eyes.words} would read. Not issued.") if document else None


def _document(case: Case, found: Material, issued: datetime, numbers: Mapping[int, int]) -> ReviewDocument | None:
    """Only what is shared with the body is printed, and reviewers are called what the body calls them, so that the document is the
    same for all who may read it."""
    review, version = found.review, found.version
    if review is None or version is None:
        return None
    shared = [note for note in found.notes if note.audience & Side.BODY]
    points = [point for point in review.points if point.sent_at is not None]
    shown = sections(case, version, shared, function_notes=review.notes)
    on_files, lost = apart(shown, shared, case.round.programme)
    reviewers = Reviewers(case.round.programme.review.names, Side.BODY, numbers)
    return ReviewDocument(case, version.number, version.frozen_at, issued, review.summary, review.comments, points, shown,
                          on_files, lost, len(shared), reviewers)  # fmt: skip
