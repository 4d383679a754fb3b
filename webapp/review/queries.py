"""Reads of the peer review: its text, annotations, and who could review."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from webapp.access import Whoever, seen_by
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.facts import conflicts_of
from webapp.cases.models import Assignment, Case
from webapp.review.models import Annotation, Review
from workflows.roles import Actor, Role


def review(session: Session, case: Case, actor: Actor) -> Review | None:
    """The review of a case, if the actor may see it yet."""
    return session.scalars(_review(actor.role), {"case": case.id}).one_or_none()


@cache
def _review(role: Role | None) -> Select[Review]:
    return select(Review).where(Review.case_id == bindparam("case"), seen_by(Review.audience, Whoever(role)))


def annotations(session: Session, case: Case, actor: Actor) -> list[Annotation]:
    """The annotations of a case that an actor may see, oldest first."""
    return list(session.scalars(_annotations(actor.role), {"case": case.id}))


@cache
def _annotations(role: Role | None) -> Select[Annotation]:
    return (
        select(Annotation)
        .options(joinedload(Annotation.author), joinedload(Annotation.version))
        .where(Annotation.case_id == bindparam("case"), seen_by(Annotation.audience, Whoever(role)))
        .order_by(Annotation.id)
    )


def annotation(session: Session, case: Case, actor: Actor, annotation_id: int) -> Annotation | None:
    """One annotation, if the actor may see it."""
    query = select(Annotation).where(Annotation.id == annotation_id, Annotation.case_id == case.id, seen_by(Annotation.audience, actor))
    return session.scalars(query).one_or_none()


@dataclass(frozen=True)
class Candidate:
    """Somebody who could work on a case: with what they have on hand, and what stands against it."""

    id: int
    name: str
    organisations: str
    load: int
    conflicts: tuple[str, ...]


def reviewers(session: Session, case: Case, day: date) -> list[Candidate]:
    """The reviewers of the case's partnership, with load and conflicts: those without a conflict first."""
    here = (Membership.role == "reviewer") & (Membership.organisation_id == case.partnership_id)
    return _candidates(session, case, "reviewer", here, day)


def inspectors(session: Session, case: Case, day: date) -> list[Candidate]:
    """The auditor's inspectors, with load and conflicts: those without a conflict first."""
    return _candidates(session, case, "inspector", Membership.role == "inspector", day)


def _candidates(session: Session, case: Case, kind: str, held: ColumnElement[bool], day: date) -> list[Candidate]:
    load = (
        select(func.count(Assignment.id))
        .where(Assignment.person_id == Person.id, Assignment.kind == kind, Assignment.until.is_(None))
        .scalar_subquery()
    )
    query = select(Person.id, Person.name, load.label("load")).join(Membership, Membership.person_id == Person.id)
    rows = session.execute(query.where(held, Membership.until.is_(None), Person.active).distinct()).all()
    ids = [row.id for row in rows]
    against = conflicts_of(session, case, ids, day)
    theirs = (
        select(Membership.person_id, Organisation.name)
        .join(Organisation)
        .where(Membership.person_id.in_(ids), Organisation.kind == "body", Membership.until.is_(None))
    )
    bodies: dict[int, list[str]] = {}
    for row in session.execute(theirs):
        bodies.setdefault(row.person_id, []).append(row.name)
    found = [Candidate(r.id, r.name, ", ".join(sorted(set(bodies.get(r.id, [])))), r.load, against[r.id]) for r in rows]
    return sorted(found, key=lambda c: (bool(c.conflicts), c.load, c.name))
