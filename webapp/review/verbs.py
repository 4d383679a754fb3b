"""Allocate, annotate, write and comment on a peer review."""

from sqlalchemy import select

from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case
from webapp.cases.moves import Move, effect
from webapp.clock import in_london
from webapp.db import Work
from webapp.deadlines import verbs as deadlines
from webapp.returns.models import ReturnVersion
from webapp.review.models import ASKING, Annotation, Review
from workflows.engine import Reason, Refused, Tell
from workflows.roles import Actor, Role, Side

KINDS = {"comment": "Comment", "query": "Query", "correction": "Correction wanted", "good_practice": "Good practice"}
ANNOTATION_LIMIT = 2000
SUMMARY_LIMIT = 8000


class Overtaken(Exception):
    """Somebody else changed the same thing since the page was opened; nothing was changed."""


def release(work: Work, case: Case, kind: str) -> None:
    """End the current assignments of a kind on a case."""
    query = select(Assignment).where(Assignment.case_id == case.id, Assignment.kind == kind, Assignment.until.is_(None))
    for assignment in work.session.scalars(query):
        assignment.until = work.now
    work.session.flush()


def assign(move: Move, kind: str) -> None:
    """Assign the person chosen in a transition, in place of whoever was assigned."""
    release(move.work, move.case, kind)
    person = move.work.session.get_one(Person, int(move.inputs["person"]))
    overrule = move.inputs.get("overrule", "").strip()
    move.work.session.add(Assignment(case_id=move.case.id, kind=kind, person_id=person.id, since=move.work.now, overrule=overrule))


@effect("assign_reviewer")
def assign_reviewer(move: Move) -> None:
    """The chosen person reviews the case; the review's text begins empty."""
    assign(move, "reviewer")
    _review(move.work, move.case)


@effect("release_reviewer")
def release_reviewer(move: Move) -> None:
    """The reviewer declined."""
    release(move.work, move.case, "reviewer")


@effect("keep_comments")
def keep_comments(move: Move) -> None:
    """The body's comments on the draft, kept as sent."""
    _review(move.work, move.case).comments = move.inputs["comments"].strip()


def _review(work: Work, case: Case) -> Review:
    review = work.session.scalars(select(Review).where(Review.case_id == case.id)).one_or_none()
    if review is None:
        review = Review(case_id=case.id, audience=int(Side.PARTNERSHIP), summary="", comments="")
        work.session.add(review)
    return review


def _in_review(state: str | None) -> None:
    if state != "in_review":
        text = "The review is not with you now, so nothing can be added to it."
        raise Refused("state", (Reason(text, "review"),))


def annotate(
    work: Work, case: Case, state: str | None, *, version: ReturnVersion, item: str, value: str, kind: str, text: str,
    share: bool,
) -> Annotation:  # fmt: skip
    """Annotate an item of a version, on the value that it has there. Reviewers only, unless shared with the body."""
    _in_review(state)
    audience = Side.PARTNERSHIP | (Side.BODY if share else Side.NOBODY)
    annotation = Annotation(case_id=case.id, version_id=version.id, item=item, value_seen=value, kind=kind, text=text.strip(),
                            audience=int(audience), author_id=work.actor.person_id, at=work.now)  # fmt: skip
    work.session.add(annotation)
    if share and kind in ASKING:
        _ask_body(work, case)
    return annotation


def _ask_body(work: Work, case: Case) -> None:
    """Tell the body that it is asked something: once a day, however many queries there are."""
    told = Tell("query_to_body", (Role.PREPARER, Role.APPROVER))
    day = in_london(work.now).date().isoformat()
    deadlines.tell(work, case, told, transition=None, why="", action=None, audience=Side.BODY | Side.PARTNERSHIP, occurrence=f"asked-{day}")


def answer(work: Work, annotation: Annotation, text: str, seen: int) -> None:
    """The body's answer to a query that was shared with it. Raises Overtaken when it was changed since revision `seen`."""
    if annotation.revision != seen:
        raise Overtaken
    if annotation.kind not in ASKING or annotation.state == "resolved":
        raise Refused("state", (Reason("This annotation does not wait for an answer.", "review"),))
    annotation.answer = text.strip()
    annotation.answered_by = work.actor.person_id
    annotation.state = "answered"


def resolve(work: Work, annotation: Annotation, state: str | None, reviewers: frozenset[int]) -> None:
    """Only who raised an annotation resolves it, and once, while the review is being written."""
    _in_review(state)
    if not answers_for(work.actor, annotation, reviewers):
        raise Refused("role", (Reason("Only who raised a query may resolve it.", "review"),))
    if annotation.state == "resolved":
        raise Refused("state", (Reason("This is resolved already.", "review"),))
    annotation.state = "resolved"


def share(work: Work, case: Case, annotation: Annotation, state: str | None) -> None:
    """Show an annotation to the body before the draft is issued: only who wrote it may."""
    _in_review(state)
    if annotation.author_id != work.actor.person_id:
        raise Refused("role", (Reason("Only who wrote an annotation may share it.", "review"),))
    annotation.audience |= int(Side.BODY)
    if annotation.kind in ASKING:
        _ask_body(work, case)


def answers_for(actor: Actor, annotation: Annotation, reviewers: frozenset[int]) -> bool:
    """Whether an annotation is an actor's own, or was left to them by a reviewer who is none any more."""
    left = actor.person_id in reviewers and annotation.author_id not in reviewers
    return annotation.author_id == actor.person_id or left


def write_summary(work: Work, case: Case, state: str | None, text: str, seen: int) -> bool:
    """Write the review's summary. Gives False, changing nothing, when it was changed since revision `seen`."""
    _in_review(state)
    review = _review(work, case)
    if review.id is not None and review.revision != seen:
        return False
    review.summary = text.strip()
    return True
