"""Reads of the peer review: its text, annotations, and who could review."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from webapp.access import Whoever, seen_by, values_of
from webapp.accounts.models import Membership, Organisation, Person
from webapp.allocation.models import Interest, Overrule, ReviewerProfile
from webapp.cases.facts import conflicts_of
from webapp.cases.looking import by_others
from webapp.cases.models import Assignment, Case, Stay
from webapp.evidence import queries as evidence
from webapp.evidence.models import Evidence
from webapp.notices.models import Notice
from webapp.record import Event
from webapp.returns.models import ReturnVersion
from webapp.review import mentions
from webapp.review.models import Annotation, DraftComment, FunctionNote, Reply, Review
from workflows.deadlines.calendar import at_hour, london_day
from workflows.review.audiences import Held
from workflows.review.away import first_met
from workflows.review.overruling import Overruled, can_overrule, standing
from workflows.roles import Actor, Role, Side


def review(session: Session, case: Case, actor: Actor) -> Review | None:
    """The review of a case, if the actor may see it yet, with the notes on functions and the comments on the draft that
    they may see: one statement."""
    return review_and_more(session, case, actor, 0).review


class More(NamedTuple):
    """A review as somebody sees it; how many files that they may see stand behind each place of the case; what of it others wrote,
    changed or showed them after an event, as `entity:key`; and for the partnership whom a note can call by name."""

    review: Review | None
    evidence: Mapping[str, int]
    fresh: frozenset[str]
    names: dict[int, str]


def review_and_more(session: Session, case: Case, actor: Actor, since: int) -> More:
    """All of that, after the event of that number: one statement."""
    values = {"case": case.id, "since_event": since, **values_of(actor)}
    found = session.execute(_review(actor.role), values, execution_options={"populate_existing": True})
    review, places, fresh, names = found.unique().one()
    return More(review, evidence.counted(places), frozenset(fresh.split(",")) if fresh else frozenset(), mentions.names_in(names))


@cache
def _review(role: Role | None) -> Select[Review, str | None, str | None, str | None]:
    note, point, writer, whoever = FunctionNote, DraftComment, aliased(Person), Whoever(role)
    names = mentions.names_column() if whoever.side is Side.PARTNERSHIP else literal("")
    return (
        select(Review, evidence.standing_places(whoever), _fresh(whoever), names)
        .select_from(Case)
        .outerjoin(Review, and_(Review.case_id == Case.id, seen_by(Review.audience, whoever)))
        .outerjoin(note, and_(note.case_id == Review.case_id, seen_by(note.audience, whoever)))
        .outerjoin(writer, writer.id == note.person_id)
        .outerjoin(point, and_(point.case_id == Review.case_id, seen_by(point.audience, whoever)))
        .options(
            contains_eager(Review.notes).contains_eager(note.person.of_type(writer)).load_only(writer.name), contains_eager(Review.points)
        )
        .where(Case.id == bindparam("case"))
        .order_by(note.id, point.id)
    )


def _fresh(actor: Whoever) -> ScalarSelect[str | None]:
    """Which things of a review have events that are new to somebody: also such as only show them what was there before."""
    things = [model.entity for model in (Review, Annotation, Reply, FunctionNote, DraftComment)]
    new = Event.case_id == bindparam("case"), Event.seq > bindparam("since_event"), Event.entity.in_(things)
    told = select(func.aggregate_strings(Event.entity + ":" + Event.entity_key, ","))
    return told.where(*new, seen_by(Event.audience, actor), by_others(actor)).scalar_subquery()


def function_note(session: Session, case_id: int, function: str, person_id: int | None) -> FunctionNote | None:
    """What one reviewer says of a function, if they have."""
    mine = FunctionNote.case_id == case_id, FunctionNote.function == function, FunctionNote.person_id == person_id
    return session.scalars(select(FunctionNote).where(*mine)).one_or_none()


def comment(session: Session, case: Case, actor: Actor, comment_id: int) -> DraftComment | None:
    """One of them."""
    query = select(DraftComment).where(DraftComment.id == comment_id, DraftComment.case_id == case.id)
    return session.scalars(query.where(seen_by(DraftComment.audience, actor))).one_or_none()


def unsent_comment(session: Session, case_id: int, place: str) -> DraftComment | None:
    """The comment on a point of the draft that was written and not sent yet."""
    waiting = DraftComment.case_id == case_id, DraftComment.place == place, DraftComment.sent_at.is_(None)
    return session.scalars(select(DraftComment).where(*waiting)).one_or_none()


def annotations(session: Session, case: Case, actor: Actor, *, file: int | None = None) -> list[Annotation]:
    """The annotations of a case, or of one of its files, that an actor may see, each with its replies and the file that it is on
    as far as they may see those, oldest first: one statement."""
    values = {"case": case.id, "file": file, **values_of(actor)}
    found = session.scalars(_annotations(actor.role, file is not None), values, execution_options={"populate_existing": True})
    return list(found.unique())


@cache
def _annotations(role: Role | None, of_file: bool) -> Select[Annotation]:
    author, file, successor, whoever = aliased(Person), aliased(Evidence), aliased(Evidence), Whoever(role)
    query = (
        select(Annotation)
        .outerjoin(Reply, and_(Reply.annotation_id == Annotation.id, seen_by(Reply.audience, whoever)))
        .outerjoin(author, author.id == Reply.author_id)
        .outerjoin(
            file,
            and_(file.case_id == Annotation.case_id, file.number == Annotation.evidence_number, seen_by(file.audience, whoever)),
        )
        .outerjoin(successor, and_(successor.replaces_id == file.id, seen_by(successor.audience, whoever)))
        .options(joinedload(Annotation.author).load_only(Person.name), joinedload(Annotation.version).load_only(ReturnVersion.number))
        .options(contains_eager(Annotation.replies).contains_eager(Reply.author.of_type(author)).load_only(author.name))
        .options(contains_eager(Annotation.evidence.of_type(file)).load_only(*(getattr(file, name) for name in OF_FILE)))
        .options(
            contains_eager(Annotation.evidence.of_type(file)).contains_eager(file.successor.of_type(successor)).load_only(successor.number)
        )
        .where(Annotation.case_id == bindparam("case"), seen_by(Annotation.audience, whoever), Annotation.state != "withdrawn")
        .order_by(Annotation.id, Reply.id)
    )
    return query.where(Annotation.evidence_number == bindparam("file")) if of_file else query


OF_FILE = ("number", "name", "withdrawn_at", "withdrawn_why")
"""What of a file is told with the annotations on it."""


def held(session: Session, case_id: int) -> Held:
    """The annotations of a case that stand, what was said to them and the comments on its draft, whoever may see them: what moves
    of the review change audiences of. Oldest first; three statements."""
    standing = select(Annotation).where(Annotation.case_id == case_id, Annotation.state != "withdrawn").order_by(Annotation.id)
    replies = select(Reply).where(Reply.case_id == case_id).order_by(Reply.id)
    points = select(DraftComment).where(DraftComment.case_id == case_id).order_by(DraftComment.id)
    return Held((), list(session.scalars(standing)), list(session.scalars(replies)), list(session.scalars(points)))


def unsent_answer(session: Session, annotation_id: int) -> Reply | None:
    """The body's answer to a question that was written and not sent yet."""
    waiting = Reply.side == int(Side.BODY), Reply.sent_at.is_(None)
    return session.scalars(select(Reply).where(Reply.annotation_id == annotation_id, *waiting)).one_or_none()


def annotation(session: Session, case: Case, actor: Actor, annotation_id: int) -> Annotation | None:
    """One annotation, if the actor may see it."""
    query = select(Annotation).where(Annotation.id == annotation_id, Annotation.case_id == case.id, seen_by(Annotation.audience, actor))
    return session.scalars(query.where(Annotation.state != "withdrawn")).one_or_none()


def overruled_why(session: Session, case_id: int, person_id: int, now: datetime) -> str:
    """Why the conflict of somebody with a case is overruled, by the overrule in force that ends last; empty where there is none."""
    mine = Overrule.case_id == case_id, Overrule.person_id == person_id, Overrule.decision == "approved"
    query = select(Overrule.why).where(*mine, Overrule.ends_on >= london_day(now))
    return session.scalars(query.order_by(Overrule.ends_on.desc()).limit(1)).one_or_none() or ""


def nudged(session: Session, round_id: int, day: date) -> set[str]:
    """The cases of a round in which somebody was nudged since a day in London began, by reference."""
    query = select(Case.ref).join(Notice, Notice.case_id == Case.id).where(Case.round_id == round_id, Notice.message == "nudge")
    return set(session.scalars(query.where(Notice.queued_at >= at_hour(day, "00:00"))))


def assigned(session: Session, case_id: int) -> list[Assignment]:
    """Who reviews a case now, the lead first."""
    query = select(Assignment).where(Assignment.case_id == case_id, Assignment.kind == "reviewer", Assignment.until.is_(None))
    return list(session.scalars(query.order_by(Assignment.lead.desc(), Assignment.id)))


def every_assignment(session: Session, case: Case) -> list[tuple[Assignment, list[Interest]]]:
    """Everybody who reviews a case or did, those who do now and the lead first, each with the interests in its body that they
    declared: one statement."""
    theirs = and_(Interest.person_id == Assignment.person_id, Interest.body_id.in_(case.body.acting_ids))
    query = (
        select(Assignment, Interest)
        .outerjoin(Interest, theirs)
        .options(joinedload(Assignment.person).load_only(Person.name))
        .where(Assignment.case_id == case.id, Assignment.kind == "reviewer")
        .order_by(Assignment.until.is_not(None), Assignment.lead.desc(), Assignment.id, Interest.id)
    )
    found: dict[int, tuple[Assignment, list[Interest]]] = {}
    for one, interest in session.execute(query):
        found.setdefault(one.id, (one, []))[1].extend([interest] if interest else [])
    return list(found.values())


@dataclass(frozen=True)
class Candidate:
    """Somebody who could work on a case: with what they have on hand, what stands against it, and what speaks against it."""

    id: int
    name: str
    organisations: str
    load: int
    conflicts: tuple[str, ...]
    """Those that no overrule in force covers."""
    away: str = ""
    overruled: tuple[str, ...] = ()

    @property
    def own_body(self) -> bool:
        """Whether the conflict is the own body, which nobody can overrule."""
        return any(not can_overrule(text) for text in self.conflicts)


def reviewers(session: Session, case: Case, day: date, register: Iterable[Overrule] | None = None) -> list[Candidate]:
    """The reviewers of the case's partnership, with load and conflicts: those without a conflict first. `register` are the overrules
    of the case where they have been read already. Two statements, and one for the overrules."""
    here = (Membership.role == "reviewer") & (Membership.organisation_id == case.partnership_id)
    if register is None:
        register = session.scalars(select(Overrule).where(Overrule.case_id == case.id))
    return _candidates(session, case, "reviewer", here, day, register)


def inspectors(session: Session, case: Case, day: date) -> list[Candidate]:
    """The auditor's inspectors, with load and conflicts: those without a conflict first."""
    return _candidates(session, case, "inspector", Membership.role == "inspector", day)


def finished() -> ColumnElement[bool]:
    """Whether an assignment is to a review that is final, or to mark one that was marked, so that it takes nobody's time any more."""
    final = Stay.track == "review", Stay.state == "final", Stay.until.is_(None)
    over = exists().where(Stay.case_id == Assignment.case_id, *final).correlate(Assignment)
    return or_(and_(Assignment.kind == "reviewer", over), and_(Assignment.kind == "marker", or_(over, Assignment.marked_at.is_not(None))))


def work_of(kind: str) -> tuple[str, ...]:
    """The kinds of assignments that take the time of somebody of a kind: a reviewer also marks a second time."""
    return ("reviewer", "marker") if kind == "reviewer" else (kind,)


def _candidates(
    session: Session, case: Case, kind: str, held: ColumnElement[bool], day: date, register: Iterable[Overrule] = ()
) -> list[Candidate]:
    load = (
        select(func.count(Assignment.id))
        .where(Assignment.person_id == Person.id, Assignment.kind.in_(work_of(kind)), Assignment.until.is_(None), ~finished())
        .correlate(Person)
        .scalar_subquery()
    )
    there = exists().where(held, Membership.person_id == Person.id, Membership.until.is_(None))
    bodies = (
        select(func.aggregate_strings(Organisation.name, "\n"))
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == Person.id, Organisation.kind == "body", Membership.until.is_(None))
        .correlate(Person)
        .scalar_subquery()
    )
    query = select(Person.id, Person.name, load.label("load"), ReviewerProfile, bodies.label("bodies")).outerjoin(ReviewerProfile)
    rows = session.execute(query.where(there, Person.active)).all()
    against = conflicts_of(session, case, [row.id for row in rows], day)
    overrules: dict[int, list[Overruled]] = {}
    for one in register:
        overrules.setdefault(one.person_id, []).append(one.rule)
    found = []
    for row in rows:
        left = standing(against[row.id], overrules.get(row.id, ()), day)
        away = first_met(row.ReviewerProfile.times_away, day, day) if row.ReviewerProfile and kind == "reviewer" else None
        own = ", ".join(sorted(set((row.bodies or "").split("\n"))))
        found.append(Candidate(row.id, row.name, own, row.load, left, f"Away {away.words(day)}." if away else "",
                               tuple(text for text in against[row.id] if text not in left)))  # fmt: skip
    return sorted(found, key=lambda c: (bool(c.conflicts), bool(c.away), c.load, c.name))
