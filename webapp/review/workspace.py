"""The review of one case as its page shows it to one reader: the figures, what is on them, and which form is open."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from webapp.access import may_now, sees
from webapp.cases.facts import CaseFacts, Query
from webapp.checks import comparators
from webapp.checks import queries as checks
from webapp.checks.queries import Entered
from webapp.db import Work
from webapp.review import queries, sheet, verbs
from webapp.review.models import Annotation, DraftComment, Review
from webapp.review.sheet import Line, Section
from workflows.review.annotations import ASKING
from workflows.roles import Side

SHOW: Mapping[str, str] = {
    "unusual": "Unusual, or with remarks",
    "remarks": "With remarks",
    "waiting": "Questions that are open",
    "changed": "Changed since the remark",
    "all": "Every figure",
}
"""What of the figures a reader can ask to see."""


@dataclass
class Open:
    """Which form a page holds open: of what kind, on what, and with what was typed where it could not be saved."""

    kind: str = ""
    on: str = ""
    form: object = None


@dataclass(frozen=True)
class Can:
    """What a reader may do with an annotation: change it or take it back, reply, resolve, say that it still holds, answer it, or
    comment on it as a point of the draft."""

    change: bool = False
    reply: bool = False
    resolve: bool = False
    confirm: bool = False
    answer: bool = False
    comment: bool = False


OWN_NEW = Can(change=True, reply=True)
"""What one may do with what one has just written."""


@dataclass
class Workspace:
    """All of it. `show` and `function` narrow the figures."""

    work: Work
    facts: CaseFacts
    show: str
    function: str
    open: Open = field(default_factory=Open)

    def __post_init__(self) -> None:
        here, case, actor = self.work.session, self.facts.case, self.work.actor
        self.version: Entered | None = checks.entered(here, case, actor)
        self.review: Review | None
        self.review, self.evidence, self.names = queries.review_with(here, case, actor)
        self.notes: list[Annotation] = queries.annotations(here, case, actor)
        self.writing = may_now(actor, "annotation.write", self.state) and self.facts.accepted
        self.answering = may_now(actor, "annotation.answer", self.state)
        self.commenting = may_now(actor, "draft.comment", self.state)
        self.deciding = may_now(actor, "comment.decide", self.state)
        self.comments: list[DraftComment] = self.review.points if self.review else []
        self.facts.know(undecided_comments=sum(bool(one.sent_at) and not one.decision for one in self.comments))
        self.facts.know(queries=[self._query(note) for note in self.notes if note.kind in ASKING and note.state in ("open", "answered")])
        if self.review is not None:
            self.facts.know(review_summary=self.review.summary)

    @property
    def state(self) -> str | None:
        return self.facts.state("review")

    def _query(self, note: Annotation) -> Query:
        """The same facts of a question that its own statement would read."""
        waiting = [reply for reply in note.replies if reply.for_other and reply.sent_at is None]
        sides = {reply.side for reply in waiting}
        return Query(note.id, note.item, note.state, note.addressee, note.sent_at, int(Side.BODY) in sides, int(Side.PARTNERSHIP) in sides)

    @cached_property
    def sections(self) -> list[Section]:
        """Every figure of the return, by function."""
        case, session = self.facts.case, self.work.session
        checked = checks.checked(session, case, self.version) if self.inner and self.version else None
        others = None
        if checked is not None and self.version is not None:
            by_code = comparators.summaries_of(session, case, self.version.mark)
            others = sheet.Others(comparators.compared_with(case), case.body.organisation.name, by_code)
        notes = self.review.notes if self.review else []
        return sheet.sections(case, self.version, self.notes, checked=checked, others=others, function_notes=notes)

    @cached_property
    def inner(self) -> bool:
        """Whether the reader reviews: comparators, checks and what is unusual are for them, and not for whoever is reviewed."""
        return self.work.actor.side is Side.PARTNERSHIP

    @cached_property
    def narrowed(self) -> list[Section]:
        """The figures that the reader asked to see."""
        found = [section for section in self.sections if self.function in ("", section.function.code)]
        return sheet.unusual_first(found, self._wanted) if self.show == "unusual" else sheet.kept(found, self._wanted)

    def _wanted(self, line: Line) -> bool:
        """Whether a figure is among those asked for, or is the one on which a form is open."""
        if self.open.on and (line.code == self.open.on or any(str(thread.note.id) == self.open.on for thread in line.threads)):
            return True
        match self.show:
            case "unusual":
                return line.unusual or bool(line.threads)
            case "remarks":
                return bool(line.threads)
            case "waiting":
                return self.waits(line)
            case "changed":
                return any(thread.now for thread in line.threads)
            case _:
                return True

    def waits(self, line: Line) -> bool:
        """Whether something is to be done about a figure by one side or the other."""
        return any(thread.note.kind in ASKING and thread.note.state in ("open", "answered") for thread in line.threads)

    @cached_property
    def lost(self) -> list[Annotation]:
        """Annotations on what the return does not hold any more: listed as such, never dropped."""
        held = {line.code for section in self.sections for line in section.lines}
        return [note for note in self.notes if note.item not in held]

    @cached_property
    def counts(self) -> Counter[str]:
        """How much there is of what: questions to send, with the body, answered, settled; remarks; changed; unusual figures."""
        found: Counter[str] = Counter()
        for query in self.facts.queries:
            found["to send"] += query.to_send
            found["with the body"] += query.state == "open" and query.sent_at is not None and not query.asks_again
            found["answered"] += query.state == "answered"
            found["unanswered"] += query.unanswered
        found["remarks"] = len(self.notes)
        for section in self.sections:
            for line in section.lines:
                found["figures"] += 1
                found["unusual"] += line.unusual
                found["changed"] += sum(bool(thread.now) for thread in line.threads)
        return found

    def can(self, note: Annotation) -> "Can":
        """What the reader may do with an annotation now."""
        here, waits = self.work.actor, note.state in ("open", "answered")
        mine = self.writing and verbs.answers_for(here, note, self.facts.reviewer_ids)
        asks = note.kind in ASKING
        return Can(
            change=mine and waits and note.audience == int(Side.PARTNERSHIP),
            reply=self.writing and waits,
            resolve=mine and waits and asks,
            confirm=mine and waits,
            answer=self.answering and asks and note.state == "open" and note.sent_at is not None,
            comment=self.commenting and not asks,
        )

    @property
    def commented(self) -> bool:
        """Whether the points of the draft can have comments beside them."""
        return bool(self.comments) or self.commenting

    def comments_on(self, place: str) -> list[DraftComment]:
        """The body's comments on one point of the draft."""
        return [comment for comment in self.comments if comment.place == place]

    def sees_decision(self, comment: DraftComment) -> bool:
        """Whether the reader may know what became of a comment."""
        return bool(comment.decision) and sees(self.work.actor, comment.decision_audience)
