"""What of a review somebody sees: read by the visibility rule, or looked at with another's eyes, now or once a transition was made.

Whoever looks with another's eyes loses nothing of who they are: they see what both may see. What a transition would show is found
by doing to the rows in hand what it declares (workflows.review.audiences.carry), after they were taken out of the session, so that
nothing of it can reach the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from webapp.access import sees
from webapp.cases.models import Case
from webapp.checks import queries as checks
from webapp.checks.queries import Entered
from webapp.evidence import queries as evidence
from webapp.review import queries
from webapp.review.models import Annotation, DraftComment, FunctionNote, Reply, Review
from workflows.engine import Transition
from workflows.review.audiences import Held, Text, carry
from workflows.roles import Actor

Thing = TypeVar("Thing", Annotation, Reply, FunctionNote, DraftComment)


@dataclass(frozen=True)
class Material:
    """The return, the review with its notes on functions and the comments on it, how many files stand behind what, annotations; and
    as `entity:key` what of it is new to the reader since they last looked; and whom a note can call by name."""

    version: Entered | None
    review: Review | None
    evidence: Mapping[str, int]
    notes: list[Annotation]
    fresh: frozenset[str] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)


def read(session: Session, case: Case, actor: Actor, since: int = 0) -> Material:
    """What an actor sees: three statements. With `since`, what is new after the event of that number is known too."""
    version = checks.entered(session, case, actor)
    more = queries.review_and_more(session, case, actor, since)
    return Material(version, more.review, more.evidence, queries.annotations(session, case, actor), more.fresh if since else frozenset(),
                    more.names)  # fmt: skip


def read_as(session: Session, case: Case, me: Actor, other: Actor, after: Transition | None, now: datetime) -> Material:
    """What another would see of what I see, now or after a transition: four statements. Nothing is changed."""
    review = queries.review(session, case, me)
    notes = queries.annotations(session, case, me)
    points, said = (review.points, review.notes) if review else ([], [])
    replies = [reply for note in notes for reply in note.replies]
    for row in (*([review] if review else []), *said, *points, *notes, *replies):
        session.expunge(row)
    for point in points:
        if not sees(me, point.decision_audience):
            point.decision = point.reason = ""
    if after is not None:
        texts: list[Text] = [*([review] if review else []), *said]
        carry(after, Held(texts, notes, replies, points), now)
    for note in notes:
        set_committed_value(note, "replies", _seen(other, note.replies))
    if review is not None:
        set_committed_value(review, "notes", _seen(other, said))
        set_committed_value(review, "points", _seen(other, points))
    shown = review if review is not None and sees(other, review.audience) else None
    version = checks.entered(session, case, other, beside=me.role)
    return Material(version, shown, evidence.counts(session, case, other, beside=me.role), _seen(other, notes))


def _seen(reader: Actor, things: Iterable[Thing]) -> list[Thing]:
    return [thing for thing in things if sees(reader, thing.audience)]
