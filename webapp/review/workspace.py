"""The review of one case as its page shows it to one reader: the figures, what is on them, and which form is open."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from webapp.access import may_now, sees
from webapp.accounts.models import Person
from webapp.cases.facts import CaseFacts, Query
from webapp.checks import comparators
from webapp.checks import queries as checks
from webapp.checks.queries import Entered
from webapp.db import Work
from webapp.review import material, sheet, verbs
from webapp.review.material import Material
from webapp.review.models import Annotation, DraftComment, FunctionNote, Reply, Review
from webapp.review.names import Reviewers
from webapp.review.sheet import Line, Section, Thread
from workflows.review.annotations import ASKING
from workflows.roles import Actor, Side

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
    """What a reader may do with an annotation: change it or take it back, reply, resolve, say that it still holds where what it was
    made on has changed, answer it, or comment on it as a point of the draft."""

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
    """All of it. `show` and `function` narrow the figures. `given` is what there is, where it is not the reader's own to read:
    then it is only to be looked at."""

    work: Work
    facts: CaseFacts
    show: str
    function: str
    open: Open = field(default_factory=Open)
    given: Material | None = None

    def __post_init__(self) -> None:
        actor, looked = self.reader, self.facts.looked
        found = self.given or material.read(self.work.session, self.facts.case, actor, looked.seen)
        self.version: Entered | None = found.version
        self.review: Review | None = found.review
        self.evidence, self.fresh, self.names = found.evidence, found.fresh, found.names
        self.notes: list[Annotation] = found.notes
        own = self.given is None
        self.writing = own and may_now(actor, "annotation.write", self.state) and self.facts.accepted
        self.answering = own and may_now(actor, "annotation.answer", self.state)
        self.commenting = own and may_now(actor, "draft.comment", self.state)
        self.deciding = own and may_now(actor, "comment.decide", self.state)
        self.reviewers = Reviewers(self.facts.case.round.programme.review.names, actor.side, self.facts.reviewer_numbers)
        self.comments: list[DraftComment] = self.review.points if self.review else []
        self.facts.know(undecided_comments=sum(bool(one.sent_at) and not one.decision for one in self.comments))
        self.facts.know(queries=[self._query(note) for note in self.notes if note.kind in ASKING and note.state in ("open", "answered")])
        if self.review is not None:
            self.facts.know(review_summary=self.review.summary)

    @property
    def state(self) -> str | None:
        return self.facts.state("review")

    @property
    def reader(self) -> Actor:
        """Whoever the page is for."""
        return self.facts.actor

    def who(self, person: Person, side: Side) -> str:
        """Whoever wrote something for a side, as the reader may know them."""
        if side is Side.BODY and person.id != self.reader.person_id:
            return person.name if self.reader.side is Side.BODY and self.given is None else "The body"
        return self.reviewers.writer(person, self.reader.person_id)

    def writer(self, thing: Annotation | Reply, side: Side) -> str:
        """Whoever wrote an annotation or an answer; one's own needs nobody read."""
        return "You" if thing.author_id == self.reader.person_id else self.who(thing.author, side)

    def new(self, thing: Annotation | Reply | FunctionNote | DraftComment | Review) -> bool:
        """Whether others wrote, changed or showed a thing of the review since the reader last looked."""
        return f"{thing.entity}:{thing.record_key()}" in self.fresh

    @cached_property
    def new_figures(self) -> frozenset[str]:
        """The figures that others entered since the reader last looked: in the draft that they share, or in a version that was
        signed off since in the place of another."""
        version, looked = self.version, self.facts.looked
        if version is None or looked.at is None:
            return frozenset()
        since = looked.at
        if version.frozen_at is not None:
            if version.before_at is None or version.frozen_at <= since:
                return frozenset()
            since = version.before_at
        return frozenset(code for code, edit in version.edits.items() if edit.person_id != self.reader.person_id and edit.at > since)

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
        return self.reader.side is Side.PARTNERSHIP

    @cached_property
    def narrowed(self) -> list[Section]:
        """The figures that the reader asked to see."""
        found = [section for section in self.sections if self.function in ("", section.function.code)]
        return sheet.unusual_first(found, self._wanted) if self.show == "unusual" else sheet.kept(found, self._wanted)

    @property
    def pictured(self) -> bool:
        """Whether any of them stands among comparators."""
        return any(line.summary is not None for section in self.narrowed for line in section.lines)

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
                return any(thread.changed for thread in line.threads)
            case _:
                return True

    def waits(self, line: Line) -> bool:
        """Whether something is to be done about a figure by one side or the other."""
        return any(thread.note.kind in ASKING and thread.note.state in ("open", "answered") for thread in line.threads)

    @property
    def on_files(self) -> list[Thread]:
        """Annotations on files that stand behind a function, and so beside no figure."""
        return self._apart[0]

    @property
    def lost(self) -> list[Thread]:
        """Annotations on what the return does not hold any more: listed as such, never dropped."""
        return self._apart[1]

    @cached_property
    def _apart(self) -> tuple[list[Thread], list[Thread]]:
        return sheet.apart(self.sections, self.notes, self.facts.case.round.programme)

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
                found["changed"] += sum(thread.changed for thread in line.threads)
        return found

    def can(self, thread: Thread) -> "Can":
        """What the reader may do with an annotation now."""
        note = thread.note
        here, waits = self.reader, note.state in ("open", "answered")
        mine = self.writing and verbs.answers_for(here, note, self.facts.reviewer_ids)
        asks = note.kind in ASKING
        return Can(
            change=mine and waits and note.audience == int(Side.PARTNERSHIP),
            reply=self.writing and waits,
            resolve=mine and waits and asks,
            confirm=mine and waits and (bool(thread.now) or (thread.successor is not None and not thread.gone)),
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
        return bool(comment.decision) and sees(self.reader, comment.decision_audience)
