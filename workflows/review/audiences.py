"""Who sees what of a review, and what each of its transitions changes about that.

This is the one place that says it. The verbs do it to rows that are kept, a preview does it to rows in hand that never are, and
the table of who sees what in which phase is made by letting samples go every way through the track.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from workflows.engine import Transition
from workflows.review.annotations import audience_after, goes_with_questions
from workflows.review.track import REVIEW
from workflows.roles import EVERY_SIDE, Side


class Text(Protocol):
    """The review's own text, or a note on a function."""

    audience: Any


class Remark(Text, Protocol):
    """An annotation that stands."""

    id: Any
    kind: Any
    addressee: Any
    state: Any
    sent_at: Any


class Said(Text, Protocol):
    """A reply to an annotation; `for_other` is one that is to be sent to the other side."""

    annotation_id: Any
    side: Any
    for_other: Any
    sent_at: Any


class Point(Text, Protocol):
    """A comment of the body on a point of the draft, and what became of it."""

    sent_at: Any
    decision_audience: Any


@dataclass
class Held:
    """What of a review has an audience, in hand. Annotations that were taken back are not among the remarks."""

    texts: Sequence[Text] = ()
    remarks: Sequence[Remark] = ()
    replies: Sequence[Said] = ()
    points: Sequence[Point] = ()

    def unsent(self, side: Side) -> list[Said]:
        """What a side wrote for the other and did not send yet. Of remarks that are settled nothing waits."""
        standing = {remark.id for remark in self.remarks if remark.state == "open"}
        mine = (one for one in self.replies if one.side == int(side) and one.for_other and one.sent_at is None)
        return [one for one in mine if one.annotation_id in standing]

    def questions(self) -> list[Remark]:
        """The questions that wait to be sent to the body: new ones and those asked again."""
        again = {one.annotation_id for one in self.unsent(Side.PARTNERSHIP)}
        asked = (one for one in self.remarks if goes_with_questions(one.kind, one.addressee) and one.state == "open")
        return [one for one in asked if one.sent_at is None or one.id in again]


def _send_queries(held: Held, now: datetime) -> None:
    """Every question that waits goes to the body in one batch: new ones, and those that ask again."""
    questions, again = held.questions(), held.unsent(Side.PARTNERSHIP)
    for remark in questions:
        if remark.sent_at is None:
            remark.sent_at = now
            remark.audience |= int(Side.BODY)
    for reply in again:
        reply.sent_at = now
        reply.audience |= int(Side.BODY)


def _send_answers(held: Held, now: datetime) -> None:
    """Every answer that was written goes to the reviewers, and what they answer counts as answered."""
    answered = set()
    for reply in held.unsent(Side.BODY):
        reply.sent_at = now
        reply.audience |= int(Side.PARTNERSHIP)
        answered.add(reply.annotation_id)
    for remark in held.remarks:
        if remark.id in answered:
            remark.state = "answered"


def _send_comments(held: Held, now: datetime) -> None:
    """The body's comments on points of the draft go to the partnership."""
    for point in held.points:
        if point.sent_at is None:
            point.sent_at = now
            point.audience |= int(Side.PARTNERSHIP)


def _show(to: Side) -> Callable[[Held, datetime], None]:
    """What is for the body, or kept for the auditor, goes with the review, and with it what was said to it and sent."""

    def show(held: Held, _: datetime) -> None:
        seen = {}
        for remark in held.remarks:
            seen[remark.id] = remark.audience = int(audience_after(remark.addressee, Side(remark.audience), to))
        for reply in held.replies:
            if reply.sent_at is not None:
                reply.audience |= seen.get(reply.annotation_id, 0) & int(to)

    return show


def _show_decisions(held: Held, _: datetime) -> None:
    """What became of the body's comments is told with the final review, to all who read it."""
    for point in held.points:
        if point.sent_at is not None:
            point.audience = point.decision_audience = int(EVERY_SIDE)


EFFECTS: Mapping[str, Callable[[Held, datetime], None]] = {
    "send_queries": _send_queries,
    "send_answers": _send_answers,
    "send_comments": _send_comments,
    "show_annotations_with_draft": _show(Side.BODY),
    "show_annotations_with_final": _show(Side.BODY | Side.AUDITOR | Side.PROGRAMME),
    "show_decisions_on_comments": _show_decisions,
}
"""What the effects that transitions declare do to audiences."""


def carry(transition: Transition, held: Held, now: datetime) -> None:
    """Change what is in hand as a transition of the review would: its effects on audiences, then what it widens and hides."""
    for name in transition.effects:
        if name in EFFECTS:
            EFFECTS[name](held, now)
    for text in held.texts:
        for widen in transition.widens:
            if widen.thing == "review":
                text.audience |= int(widen.to)
        for hide in transition.hides:
            if hide.thing == "review":
                text.audience &= ~int(hide.side)


@dataclass
class Sample:
    """A thing of a review that stands for all of its kind; it has what any of them has."""

    audience: int = int(Side.PARTNERSHIP)
    kind: str = "comment"
    addressee: str = "reviewers"
    state: str = "open"
    sent_at: datetime | None = None
    side: int = int(Side.PARTNERSHIP)
    for_other: bool = True
    decision_audience: int = int(Side.PARTNERSHIP)
    id: int = 1
    annotation_id: int = 1


_THEN = datetime(2010, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Thing:
    """A row of the table: what it is, by which right it is written (webapp.access) and so while the review is in which states, the
    sample, and how to read its audience."""

    code: str
    label: str
    right: str
    written: tuple[str, ...]
    made: Callable[[], Held]
    read: Callable[[Held], int]


def _remark(code: str, label: str, kind: str, addressee: str) -> Thing:
    return Thing(code, label, "annotation.write", ("in_review", "with_body"),
                 lambda: Held(remarks=[Sample(kind=kind, addressee=addressee)]), lambda held: int(held.remarks[0].audience))  # fmt: skip


def _text(code: str, label: str) -> Thing:
    return Thing(code, label, "annotation.write", ("in_review", "with_body"), lambda: Held(texts=[Sample()]),
                 lambda held: int(held.texts[0].audience))  # fmt: skip


def _asked() -> Held:
    asked = Sample(kind="query", addressee="body", sent_at=_THEN, audience=int(Side.PARTNERSHIP | Side.BODY))
    return Held(remarks=[asked], replies=[Sample(side=int(Side.BODY), audience=int(Side.BODY))])


THINGS: tuple[Thing, ...] = (
    _remark("for_reviewers", "Annotations for the reviewers", "comment", "reviewers"),
    _remark("questions", "Questions to the body", "query", "body"),
    Thing("answers", "The body’s answers", "annotation.answer", ("with_body",), _asked, lambda held: int(held.replies[0].audience)),
    _remark("for_body", "Other annotations for the body", "comment", "body"),
    _remark("for_auditor", "Annotations kept for the auditor", "comment", "auditor"),
    _text("function_notes", "Notes and ratings of functions"),
    _text("summary", "The summary: the draft, then the final review"),
    Thing("comments", "The body’s comments on points of the draft", "draft.comment", ("draft_issued",),
          lambda: Held(points=[Sample(audience=int(Side.BODY))]), lambda held: int(held.points[0].audience)),
    Thing("decisions", "Decisions on these comments", "comment.decide", ("comments_in", "moderation"),
          lambda: Held(points=[Sample(audience=int(Side.BODY | Side.PARTNERSHIP), sent_at=_THEN)]),
          lambda held: int(held.points[0].decision_audience)),
)  # fmt: skip
"""What a review is made of, as far as it has an audience."""


@dataclass(frozen=True)
class Cell:
    """Who sees a thing in a state of the review: `always`, and `also` where it was sent or shown before, which depends on the way
    that the review took."""

    always: Side
    also: Side


@dataclass(frozen=True)
class Phases:
    """The table: the states on the straight way from where something is written, and a row of cells for each thing, by its code.

    The states before are left out: what is there when a review is given to somebody else is seen as it was while it was written.
    """

    states: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Cell]]

    def cell(self, thing: str, state: str) -> Cell:
        """Who sees a thing in a state."""
        return self.rows[thing][state]


@cache
def phases() -> Phases:
    """Who sees what in which phase, found by letting a sample of each thing go every way that the declared transitions allow."""
    rows = {thing.code: {state: _cell(thing, ways) for state, ways in _ways(thing).items()} for thing in THINGS}
    straight = {state for thing in THINGS for state in thing.written}
    for transition in REVIEW.transitions:  # declared in the order of the way, so that one walk reaches all of it
        if not transition.aside and straight & set(transition.sources):
            straight.add(transition.target)
    return Phases(tuple(s.code for s in REVIEW.states if s.code in straight), rows)


def _cell(thing: Thing, ways: Iterable[Held]) -> Cell:
    always, ever = int(EVERY_SIDE), 0
    for held in ways:
        always &= thing.read(held)
        ever |= thing.read(held)
    return Cell(Side(always), Side(ever & ~always))


@cache
def _ways(thing: Thing) -> dict[str, list[Held]]:
    """Every way in which a thing can be there in each state, from wherever it can be written."""
    found: dict[str, list[Held]] = {}
    todo = [(state, thing.made()) for state in thing.written]
    while todo:
        state, held = todo.pop()
        if held in found.setdefault(state, []):
            continue
        found[state].append(held)
        for transition in REVIEW.transitions:
            if state in transition.sources:
                then = deepcopy(held)
                carry(transition, then, _THEN)
                todo.append((transition.target, then))
    return found


def gained(transition: Transition) -> Side:
    """The sides that see more of a review once a transition was made."""
    sides = Side.NOBODY
    for thing in THINGS:
        for held in (one for source in transition.sources for one in _ways(thing).get(source, ())):
            then = deepcopy(held)
            carry(transition, then, _THEN)
            sides |= Side(thing.read(then) & ~thing.read(held))
    return sides
