"""@Name in what reviewers write among themselves: who can be called, who is told, and what stands on their page.

A mention never widens who may read a thing: only those who may see the note can be called, and a text that goes beyond the
partnership calls nobody, for names of reviewers are not told there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Exists, ScalarSelect, Select, String, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Assignment, Case
from webapp.db import Work, insert_once, table_of
from webapp.notices.queries import Recipient
from webapp.notices.verbs import tell_person
from webapp.register.models import Round, programme_of
from webapp.review.models import Annotation, Mention
from workflows.engine import Reason, Refused
from workflows.returns.values import quoted
from workflows.review.mentions import called, people_called
from workflows.roles import Actor, Role, Side


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part in a review: a reviewer of the case, or else a coordinator of its partnership."""

    person: Recipient
    role: Role


def participants(session: Session, case: Case) -> dict[int, Participant]:
    """Everybody whom a note on a case can call, by id: one statement."""
    reviews = exists().where(Assignment.case_id == case.id, *_reviews())
    query = select(Person.id, Person.email, Person.name, reviews).where(Person.active, or_(reviews, _coordinates(case.partnership_id)))
    return {row[0]: Participant(Recipient(*row[:3]), Role.REVIEWER if row[3] else Role.COORDINATOR) for row in session.execute(query)}


def names_of(found: Mapping[int, Participant]) -> dict[int, str]:
    """The names of such people, by id."""
    return {number: one.person.name for number, one in found.items()}


def _reviews() -> tuple[ColumnElement[bool], ...]:
    return Assignment.person_id == Person.id, Assignment.kind == "reviewer", Assignment.until.is_(None)


def _coordinates(partnership: Any) -> Exists:
    return exists().where(Membership.person_id == Person.id, Membership.role == Role.COORDINATOR.value, Membership.until.is_(None),
                          Membership.organisation_id == partnership)  # fmt: skip


def names_column() -> ScalarSelect[str | None]:
    """The same people of a statement's case as one text for `names_in`, so that a page need not ask for them apart."""
    reviews = exists().where(Assignment.case_id == Case.id, *_reviews()).correlate(Case, Person)
    coordinates = _coordinates(Case.partnership_id).correlate(Case, Person)
    named = cast(Person.id, String) + literal(":") + Person.name
    query = select(func.aggregate_strings(named, "\n")).where(Person.active, or_(reviews, coordinates))
    return query.correlate(Case).scalar_subquery()


def names_in(text: str | None) -> dict[int, str]:
    """The people of such a text by id, in the order of their names."""
    pairs = (line.partition(":") for line in (text or "").splitlines())
    return dict(sorted(((int(number), name) for number, _, name in pairs), key=lambda pair: pair[1]))


def marked(text: str, names: Mapping[int, str]) -> Markup:
    """A text with the names that it calls set off."""
    parts, at = [], 0
    for one in called(text, names):
        parts += [escape(text[at : one.start]), Markup('<strong class="ys-mention">{}</strong>').format(text[one.start : one.end])]
        at = one.end
    return Markup("").join([*parts, escape(text[at:])])


def in_words(names: Iterable[str]) -> str:
    """Whom one can call, for the hint of a form."""
    found = ", ".join(f"@{name}" for name in names)
    return f"To draw somebody’s attention write @ and their name. They can be named: {found}." if found else ""


def refuse(session: Session, case: Case, text: str, place: str) -> None:
    """Raise Refused where a text that goes beyond the partnership calls somebody by name."""
    if "@" not in text:
        return
    found = participants(session, case)
    if people := people_called(text, names_of(found)):
        name = found[people[0]].person.name
        raise Refused("input", (Reason(f"Take out “@{name}”, or write this for the partnership’s reviewers alone: "
                                       "beyond the partnership nobody learns the names of reviewers.", place),))  # fmt: skip


def tell(work: Work, case: Case, annotation: Annotation, text: str) -> None:
    """Tell everybody whom a text among the reviewers calls, once for each annotation and person."""
    if "@" not in text:
        return
    work.session.flush()
    found = participants(work.session, case)
    for one in people_called(text, names_of(found)):
        if one == work.actor.person_id:
            continue
        values = {"case_id": case.id, "annotation_id": annotation.id, "person_id": one, "by_id": work.actor.person_id, "at": work.now,
                  "seen_at": None}  # fmt: skip
        if insert_once(work.session, table_of(Mention), ("annotation_id", "person_id"), values):
            tell_person(work, case, "mentioned", found[one].role, found[one].person, occurrence=f"mention-{annotation.id}",
                        items=[case.round.programme.called(annotation.item)], why=text.strip())  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A note that calls somebody and was not put aside by them yet."""

    id: int
    ref: str
    body: str
    by: str
    at: datetime
    annotation_id: int
    figure: str


def waiting(session: Session, actor: Actor, limit: int = 20) -> list[Waiting]:
    """The notes that call an actor, the newest first, of those that they may see: one statement."""
    if actor.side is not Side.PARTNERSHIP:
        return []
    rows = session.execute(_waiting(actor).limit(limit))
    found = []
    for number, ref, body, by, at, annotation, item, round_id, programme_hash in rows:
        on = programme_of(session, round_id, programme_hash).called(item)
        found.append(Waiting(number, ref, body, by, at, annotation, quoted(on)))
    return found


def _waiting(actor: Actor) -> Select[int, str, str, str, datetime, int, str, int, str]:
    return (
        select(Mention.id, Case.ref, Organisation.name, Person.name, Mention.at, Annotation.id, Annotation.item, Round.id,
               Round.programme_hash)
        .join(Case, Case.id == Mention.case_id)
        .join(Round, Round.id == Case.round_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Annotation, Annotation.id == Mention.annotation_id)
        .join(Person, Person.id == Mention.by_id)
        .where(Mention.person_id == actor.person_id, Mention.seen_at.is_(None), visible_cases(actor))
        .where(and_(seen_by(Annotation.audience, actor), Annotation.state != "withdrawn"))
        .order_by(Mention.id.desc())
    )  # fmt: skip


def put_aside(work: Work, mention_id: int) -> bool:
    """Take a note that calls the actor off their page; gives whether there was one of theirs."""
    mine = Mention.id == mention_id, Mention.person_id == work.actor.person_id
    found = work.session.scalars(select(Mention).where(*mine)).one_or_none()
    if found is None:
        return False
    found.seen_at = found.seen_at or work.now
    return True
