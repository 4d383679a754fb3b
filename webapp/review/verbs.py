"""Allocate, annotate, ask, answer, write and comment on a peer review."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.access import must_be_open
from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case
from webapp.cases.moves import Effect, Move, effect
from webapp.clock import in_london
from webapp.db import Work
from webapp.notices import verbs as notices
from webapp.returns.models import ReturnVersion
from webapp.review import mentions, queries
from webapp.review.models import Annotation, DraftComment, FunctionNote, Reply, Review
from workflows.engine import Reason, Refused, Tell
from workflows.review.anchors import Anchor, Passage, anew
from workflows.review.annotations import ASKING
from workflows.review.audiences import EFFECTS, Held
from workflows.roles import Actor, Role, Side

ANNOTATION_LIMIT = 2000
SUMMARY_LIMIT = 8000
GONE = "The passage is not in the return any more, so it cannot hold there. Write a new annotation, and settle this one."
SAID = "This was sent, so it stands as it is. Write a reply to add to it."


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
    move.work.session.add(Assignment(case_id=move.case.id, kind=kind, person_id=person.id, since=move.work.now))


@effect("assign_reviewer")
def assign_reviewer(move: Move) -> None:
    """The chosen person leads the review, in place of whoever led it; the others stay. The review's text begins empty."""
    work, chosen = move.work, int(move.inputs["person"])
    reason, overrule = move.inputs.get("reason", "").strip(), queries.overruled_why(work.session, move.case.id, chosen, work.now)
    reviewers = {one.person_id: one for one in queries.assigned(work.session, move.case.id)}
    for one in reviewers.values():
        if one.lead:
            one.until, one.ended, one.reason = work.now, "replaced", reason
    work.session.flush()
    if chosen in reviewers:
        lead = reviewers[chosen]
        lead.lead, lead.accepted_at, lead.reason, lead.overrule = True, None, reason, overrule
    else:
        work.session.add(Assignment(case_id=move.case.id, kind="reviewer", person_id=chosen, lead=True, since=work.now,
                                    overrule=overrule, reason=reason))  # fmt: skip
    _review(work, move.case)


@effect("accept_review")
def accept_review(move: Move) -> None:
    """The lead accepted, and said what could be seen as a conflict."""
    for one in queries.assigned(move.work.session, move.case.id):
        if one.person_id == move.work.actor.person_id:
            one.accepted_at, one.declared, one.reason = move.work.now, move.inputs.get("declared", "").strip(), ""


@effect("release_reviewer")
def release_reviewer(move: Move) -> None:
    """The lead declined; whoever reviews beside them stays."""
    for one in queries.assigned(move.work.session, move.case.id):
        if one.person_id == move.work.actor.person_id:
            one.until, one.ended, one.reason = move.work.now, "declined", move.inputs.get("reason", "").strip()


@effect("keep_comments")
def keep_comments(move: Move) -> None:
    """The body's comments on the whole of the draft, kept as sent."""
    _review(move.work, move.case).comments = move.inputs.get("comments", "").strip()


def _on_rows(change: Callable[[Held, datetime], None]) -> Effect:
    """An effect that changes who sees which rows, as the domain says."""
    return lambda move: change(queries.held(move.work.session, move.case.id), move.work.now)


for _name, _change in EFFECTS.items():
    effect(_name)(_on_rows(_change))


def _review(work: Work, case: Case) -> Review:
    review = work.session.scalars(select(Review).where(Review.case_id == case.id)).one_or_none()
    if review is None:
        review = Review(case_id=case.id, audience=int(Side.PARTNERSHIP), summary="", comments="")
        work.session.add(review)
    return review


def annotate(
    work: Work, case: Case, state: str | None, *, version: ReturnVersion, item: str, value: str, kind: str, text: str,
    addressee: str, anchor: Anchor | None = None, evidence_number: int | None = None,
) -> Annotation:  # fmt: skip
    """Annotate an item of a version, on the value that it has there, or on a passage of what is said of it; or a file that stands
    behind an item or a function, or a place in it. The partnership alone sees it until it is sent or issued; those whom it calls by
    name are told. Raises Refused where it calls somebody and is for others than the reviewers."""
    must_be_open("annotation.write", state)
    if addressee != "reviewers":
        mentions.refuse(work.session, case, text, "#text")
    annotation = Annotation(case_id=case.id, version_id=version.id, item=item, value_seen=value, kind=kind, text=text.strip(),
                            addressee=addressee, audience=int(Side.PARTNERSHIP), author_id=work.actor.person_id, at=work.now,
                            selector=anchor, evidence_number=evidence_number, replies=[])  # fmt: skip
    work.session.add(annotation)
    if addressee == "reviewers":
        mentions.tell(work, case, annotation, text)
    return annotation


def rewrite(
    work: Work, case: Case, annotation: Annotation, state: str | None, reviewers: frozenset[int], *, kind: str, text: str,
    addressee: str, seen: int,
) -> None:  # fmt: skip
    """Write an annotation anew, by who wrote it and as long as nobody else has read it. Raises Overtaken, Refused."""
    _own(work, annotation, state, reviewers)
    if annotation.revision != seen:
        raise Overtaken
    if addressee != "reviewers":
        mentions.refuse(work.session, case, text, "#text")
    annotation.kind, annotation.text, annotation.addressee = kind, text.strip(), addressee
    if addressee == "reviewers":
        mentions.tell(work, case, annotation, text)


def withdraw(work: Work, annotation: Annotation, state: str | None, reviewers: frozenset[int]) -> None:
    """Take back an annotation, by who wrote it and as long as nobody else has read it. The record keeps it."""
    _own(work, annotation, state, reviewers)
    annotation.state = "withdrawn"


def _own(work: Work, annotation: Annotation, state: str | None, reviewers: frozenset[int]) -> None:
    must_be_open("annotation.write", state)
    if not answers_for(work.actor, annotation, reviewers):
        raise Refused("role", (Reason("Only who wrote an annotation may change it.", "review"),))
    if Side(annotation.audience) & ~Side.PARTNERSHIP:
        raise Refused("state", (Reason(SAID, "review"),))
    if annotation.state not in ("open", "answered"):
        raise Refused("state", (Reason("This annotation is settled, so it stands as it is.", "review"),))


def confirm(
    work: Work, annotation: Annotation, state: str | None, version: ReturnVersion, value: str, reviewers: frozenset[int],
    *, texts: Sequence[str] = (), successor: int | None = None,
) -> None:  # fmt: skip
    """Say that an annotation holds on a newer version too, by whoever answers for it: on the value there, on its passage as it
    reads in the `texts` there, on the file that took the place of its own. Raises Refused where the passage is gone."""
    must_be_open("annotation.write", state)
    if not answers_for(work.actor, annotation, reviewers):
        raise Refused("role", (Reason("Only who wrote an annotation may say that it still holds.", "review"),))
    if isinstance(annotation.selector, Passage):
        passage = anew(annotation.selector, texts)
        if passage is None:
            raise Refused("state", (Reason(GONE, f"review#annotation-{annotation.id}"),))
        annotation.selector = passage
    if successor is not None:
        annotation.evidence_number = successor
    annotation.version_id, annotation.value_seen = version.id, value


def reply(work: Work, case: Case, annotation: Annotation, state: str | None, text: str, *, ask_again: bool) -> Reply:
    """A reviewer's reply to an annotation: among the reviewers, where it can call somebody by name, or asking the body again with the
    next questions. Raises Refused."""
    must_be_open("annotation.write", state)
    if annotation.state in ("resolved", "withdrawn"):
        raise Refused("state", (Reason("This annotation is settled. Write a new one on the figure.", "review"),))
    if ask_again and not (annotation.kind in ASKING and annotation.sent_at):
        raise Refused("state", (Reason("The body was not asked this yet, so it cannot be asked again.", "review"),))
    if ask_again:
        mentions.refuse(work.session, case, text, "#reply")
    said = _say(work, annotation, text, Side.PARTNERSHIP, for_other=ask_again)
    if ask_again:
        annotation.state = "open"
    else:
        mentions.tell(work, case, annotation, text)
    return said


def answer(work: Work, annotation: Annotation, state: str | None, text: str, seen: int) -> None:
    """The body's answer to a question, kept until all are sent together. Raises Overtaken when it was changed since revision `seen`."""
    must_be_open("annotation.answer", state)
    if annotation.kind not in ASKING or annotation.state != "open" or annotation.sent_at is None:
        raise Refused("state", (Reason("This annotation does not wait for an answer.", "review"),))
    kept = queries.unsent_answer(work.session, annotation.id)
    if (kept.revision if kept else 0) != seen:
        raise Overtaken
    if kept is None:
        _say(work, annotation, text, Side.BODY, for_other=True)
    else:
        kept.text, kept.author_id, kept.at = text.strip(), work.actor.person_id or 0, work.now


def _say(work: Work, annotation: Annotation, text: str, side: Side, *, for_other: bool) -> Reply:
    said = Reply(case_id=annotation.case_id, annotation_id=annotation.id, item=annotation.item, text=text.strip(), side=int(side),
                 for_other=for_other, audience=int(side), author_id=work.actor.person_id, at=work.now)  # fmt: skip
    work.session.add(said)
    return said


def resolve(work: Work, annotation: Annotation, state: str | None, reviewers: frozenset[int]) -> None:
    """Only who raised an annotation resolves it, and once, while the review is being written."""
    must_be_open("annotation.write", state)
    if not answers_for(work.actor, annotation, reviewers):
        raise Refused("role", (Reason("Only who raised a query may resolve it.", "review"),))
    if annotation.state in ("resolved", "withdrawn"):
        raise Refused("state", (Reason("This is resolved already.", "review"),))
    annotation.state = "resolved"


def answers_for(actor: Actor, annotation: Annotation, reviewers: frozenset[int]) -> bool:
    """Whether an annotation is an actor's own, or was left to them by a reviewer who is none any more."""
    left = actor.person_id in reviewers and annotation.author_id not in reviewers
    return annotation.author_id == actor.person_id or left


def write_summary(work: Work, case: Case, state: str | None, text: str, seen: int) -> bool:
    """Write the review's summary. Gives False, changing nothing, when it was changed since revision `seen`."""
    must_be_open("annotation.write", state)
    review = _review(work, case)
    if review.id is not None and review.revision != seen:
        return False
    review.summary = text.strip()
    return True


@dataclass(frozen=True)
class Judgement:
    """What a reviewer says of one function: credible and explained (yes, partly, no, or not said), what should improve, a rating."""

    credible: str
    explained: str
    improvement: str
    rating: int | None


def judge(work: Work, case: Case, state: str | None, function: str, said: Judgement, seen: int) -> None:
    """Keep what the acting reviewer says of one function. Raises Overtaken when it was changed since revision `seen` (0: none)."""
    must_be_open("annotation.write", state)
    note = queries.function_note(work.session, case.id, function, work.actor.person_id)
    if (note.revision if note else 0) != seen:
        raise Overtaken
    if note is None:
        note = FunctionNote(case_id=case.id, function=function, person_id=work.actor.person_id, audience=int(Side.PARTNERSHIP), at=work.now)
        work.session.add(note)
    note.credible, note.explained, note.improvement, note.rating = said.credible, said.explained, said.improvement.strip(), said.rating
    note.at = work.now


def comment(work: Work, case: Case, state: str | None, place: str, text: str, seen: int) -> None:
    """The body's comment on one point of the draft, kept until all are sent. Raises Overtaken."""
    must_be_open("draft.comment", state)
    kept = queries.unsent_comment(work.session, case.id, place)
    if (kept.revision if kept else 0) != seen:
        raise Overtaken
    if kept is None:
        work.session.add(DraftComment(case_id=case.id, place=place, text=text.strip(), person_id=work.actor.person_id, at=work.now,
                                      audience=int(Side.BODY), decision_audience=int(Side.PARTNERSHIP)))  # fmt: skip
    else:
        kept.text, kept.person_id, kept.at = text.strip(), work.actor.person_id or 0, work.now


def decide(work: Work, comment: DraftComment, state: str | None, decision: str, reason: str, seen: int) -> None:
    """Accept a comment of the body, or not, with the reason. Raises Overtaken when somebody decided since revision `seen`."""
    must_be_open("comment.decide", state)
    if comment.revision != seen:
        raise Overtaken
    comment.decision, comment.reason, comment.decided_by = decision, reason.strip(), work.actor.person_id


def nudge(work: Work, case: Case, turn: Role | None) -> int:
    """Remind whoever has the turn in the review that it waits for them, once a day at most; gives how many are told.

    Raises Refused where it waits for nobody, or for whoever asks.
    """
    if turn is None or turn is work.actor.role:
        raise Refused("state", (Reason("This review waits for nobody else.", "review"),))
    day = in_london(work.now).date().isoformat()
    audience = turn.side | Side.PARTNERSHIP | Side.PROGRAMME
    return notices.tell(work, case, Tell("nudge", (turn,)), transition=None, why="", action=None, audience=audience,
                          occurrence=f"nudged-{day}")  # fmt: skip
