"""Reads for the allocation: the reviewers of a partnership, the returns that wait for one, and what stands against each pair."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.accounts.models import Membership, Organisation, Person
from webapp.allocation.models import CAPACITY, Interest, ReviewerProfile
from webapp.cases.facts import Reviewed, conflicts_among
from webapp.cases.models import Assignment, Case, Stay
from webapp.register.models import Body, Round
from webapp.returns.models import ReturnExplanation, ReturnVersion
from webapp.review.queries import finished
from webapp.templating import day as day_words
from workflows.programme import Programme
from workflows.review.allocation import Given, Proposal, Reviewer, Wanting, misfit, propose
from workflows.review.conflicts import INTERESTS
from workflows.review.track import OWN_BODY

SHOWN = 100
"""So many returns, those that have waited longest, are allocated at once on the page; the command takes all."""


@dataclass
class Colleague:
    """A reviewer of a partnership: their own bodies, what they have on hand and room for, know, and when they are away."""

    id: int
    name: str
    load: int
    capacity: int = CAPACITY
    said: bool = False
    """Whether anybody has said what they have room for and know."""
    functions: tuple[str, ...] = ()
    away_from: date | None = None
    away_until: date | None = None
    bodies: dict[int, str] = field(default_factory=dict)
    interests: list["Declared"] = field(default_factory=list)

    def away(self, day: date) -> str:
        """Why they are not to be had on a day, in words; empty where they are."""
        if self.away_from is None or self.away_until is None or not self.away_from <= day <= self.away_until:
            return ""
        return f"Away until {day_words(self.away_until)}."

    def as_reviewer(self, day: date) -> Reviewer:
        """The same as the allocation reckons with it."""
        return Reviewer(self.id, frozenset(self.bodies), self.capacity, self.load, frozenset(self.functions), self.away(day))


@dataclass(frozen=True)
class Declared:
    """An interest in a body that was declared: by whom it was told, and for which days."""

    id: int
    body: str
    kind: str
    note: str
    starts: date
    ends: date | None
    told_by: str

    @property
    def words(self) -> str:
        return INTERESTS[self.kind]

    def holds(self, day: date) -> bool:
        """Whether it holds on a day, or will."""
        return self.ends is None or self.ends >= day


@dataclass
class WaitingReturn:
    """A return that waits for a reviewer, and how much each function of it needs somebody who knows it."""

    id: int
    ref: str
    version: int
    body_id: int
    body: str
    class_name: str
    answered_by: int | None = None
    """The successor that answers for a body that has ended."""
    beside: frozenset[int] = frozenset()
    """Who reviews it already, beside a lead that is wanting."""
    declined: dict[int, str] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def as_wanting(self) -> Wanting:
        """The same as the allocation reckons with it."""
        return Wanting(self.id, self.body_id, self.weights)


@dataclass(frozen=True)
class Candidate:
    """One reviewer for one return: what stands against it, what only speaks against it, and how well the skills fit (percent)."""

    colleague: Colleague
    conflicts: tuple[str, ...]
    away: str
    full: bool
    declined: str
    before: bool
    fit: int

    @property
    def own_body(self) -> bool:
        """Whether the conflict is the own body, which nobody can overrule."""
        return any(text.startswith(OWN_BODY) for text in self.conflicts)

    @property
    def why_not(self) -> list[str]:
        """All that stands or speaks against it, in sentences."""
        found = [*self.conflicts]
        if self.away:
            found.append(self.away)
        if self.full:
            found.append(f"No room: {self.colleague.load} of {self.colleague.capacity} in hand.")
        if self.declined:
            found.append(f"Declined this review: {self.declined}")
        if self.before:
            found.append("Reviewed this body in an earlier round.")
        return found

    @property
    def order(self) -> tuple[bool, bool, bool, bool, bool, int, int, str]:
        """The best first."""
        return (bool(self.conflicts), bool(self.away), bool(self.declined), self.full, self.before, self.colleague.load, -self.fit,
                self.colleague.name)  # fmt: skip


@dataclass
class Board:
    """All that an allocation of one partnership in one round looks at, on a day."""

    round: Round
    day: date
    colleagues: list[Colleague]
    returns: list[WaitingReturn]
    total: int
    conflicts: Mapping[tuple[int, int], tuple[str, ...]]
    """By body and person."""
    past: frozenset[tuple[int, int]]
    """Body and person of earlier rounds."""
    reviewing: frozenset[tuple[int, int]]
    """The bodies whose people review another body's return in this round."""

    @property
    def programme(self) -> Programme:
        return self.round.programme

    @cached_property
    def by_id(self) -> dict[int, Colleague]:
        return {one.id: one for one in self.colleagues}

    @property
    def conflicts_by_case(self) -> dict[tuple[int, int], tuple[str, ...]]:
        """The conflicts by case and person."""
        cases = {one.body_id: one.id for one in self.returns}
        return {(cases[body], person): against for (body, person), against in self.conflicts.items() if body in cases}

    def candidates(self, one: WaitingReturn) -> list[Candidate]:
        """Every reviewer for a return, the best first."""
        return sorted((self.candidate(one, who) for who in self.colleagues if who.id not in one.beside), key=lambda c: c.order)

    def candidate(self, one: WaitingReturn, who: Colleague) -> Candidate:
        """What there is to say of one reviewer for one return."""
        fit = round(100 * (1 - misfit(one.as_wanting, who.as_reviewer(self.day))))
        return Candidate(who, self.conflicts.get((one.body_id, who.id), ()), who.away(self.day), who.load >= who.capacity,
                         one.declined.get(who.id, ""), (one.body_id, who.id) in self.past, fit)  # fmt: skip

    def proposal(self, wanted: int) -> Proposal:
        """Reviewers for every return that waits. Whoever declined a review is not asked again. Raises ValueError for fewer than one."""
        barred = dict(self.conflicts_by_case)
        for one in self.returns:
            barred |= {(one.id, person): (reason,) for person, reason in one.declined.items()}
        before = frozenset((one.id, who.id) for one in self.returns for who in self.colleagues if (one.body_id, who.id) in self.past)
        there = frozenset((one.id, person) for one in self.returns for person in one.beside)
        given = Given([one.as_wanting for one in self.returns], [who.as_reviewer(self.day) for who in self.colleagues], barred, there,
                      before, self.reviewing)  # fmt: skip
        return propose(given, wanted)


def board(session: Session, round_: Round, partnership_id: int, day: date, limit: int | None = SHOWN) -> Board:
    """The reviewers of a partnership and the returns of a round that wait for one: eleven statements, however many there are."""
    people = colleagues(session, partnership_id)
    returns, total = waiting(session, round_, partnership_id, limit)
    about = {one.body_id: Reviewed(one.body, (one.body_id, one.answered_by) if one.answered_by else (one.body_id,)) for one in returns}
    ids = [who.id for who in people]
    against = conflicts_among(session, round_.id, about, ids, day) if returns and ids else {}
    return Board(round_, day, people, returns, total, against, _past(session, round_, about, ids), _reviewing(session, round_.id))


def rounds_waiting(session: Session, partnership_id: int) -> list[Row[str, str, int]]:
    """The rounds with the number of returns of a partnership that wait for a reviewer, the newest first: one statement."""
    here = exists().where(Stay.case_id == Case.id, *_unallocated())
    query = (
        select(Round.code, Round.name, func.count(Case.id))
        .outerjoin(Case, and_(Case.round_id == Round.id, Case.partnership_id == partnership_id, here))
        .group_by(Round.id, Round.code, Round.name)
    )
    return list(session.execute(query.order_by(Round.id.desc())))


def _unallocated() -> tuple[ColumnElement[bool], ...]:
    return Stay.track == "review", Stay.state == "unallocated", Stay.until.is_(None)


def colleagues(session: Session, partnership_id: int, person_id: int | None = None) -> list[Colleague]:
    """The reviewers of a partnership by name, or one of them, with all that is known of them: three statements."""
    load = (
        select(func.count(Assignment.id))
        .where(Assignment.person_id == Person.id, Assignment.kind == "reviewer", Assignment.until.is_(None), ~finished())
        .correlate(Person)
        .scalar_subquery()
    )
    query = (
        select(Person.id, Person.name, load.label("load"), ReviewerProfile)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(ReviewerProfile, ReviewerProfile.person_id == Person.id)
        .where(Membership.role == "reviewer", Membership.organisation_id == partnership_id, Membership.until.is_(None), Person.active)
        .order_by(Person.name, Person.id)
    )
    if person_id is not None:
        query = query.where(Person.id == person_id)
    found = {}
    for row in session.execute(query):
        known = row.ReviewerProfile
        found[row.id] = Colleague(row.id, row.name, row.load) if known is None else Colleague(
            row.id, row.name, row.load, known.capacity, True, tuple(known.functions), known.away_from, known.away_until)  # fmt: skip
    held = (
        select(Membership.person_id, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(found), Organisation.kind == "body", Membership.until.is_(None))
    )
    for person, body, name in session.execute(held.order_by(Organisation.name)):
        found[person].bodies[body] = name
    teller = aliased(Person)
    columns = (Interest.id, Organisation.name, Interest.kind, Interest.note, Interest.starts, Interest.ends, teller.name)
    told = (
        select(Interest.person_id, *columns)
        .join(Organisation, Organisation.id == Interest.body_id)
        .join(teller, teller.id == Interest.told_by)
        .where(Interest.person_id.in_(found))
    )
    for row in session.execute(told.order_by(Interest.starts, Interest.id)):
        found[row[0]].interests.append(Declared(*row[1:]))
    return list(found.values())


def waiting(session: Session, round_: Round, partnership_id: int, limit: int | None) -> tuple[list[WaitingReturn], int]:
    """The returns of a round that wait for a reviewer, the longest waiting first, and how many there are: four statements."""
    query = (
        select(Case.id, Case.ref, Case.version, Case.body_id, Organisation.name, Body.class_name, Body.answered_by_id)
        .join(Stay, Stay.case_id == Case.id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Body, Body.id == Case.body_id)
        .where(Case.round_id == round_.id, Case.partnership_id == partnership_id, *_unallocated())
    )
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = {row.id: WaitingReturn(*row) for row in session.execute(query.order_by(Stay.since, Case.id).limit(limit))}
    every = select(Assignment.case_id, Assignment.person_id, Assignment.ended, Assignment.reason, Assignment.until).where(
        Assignment.case_id.in_(found), Assignment.kind == "reviewer"
    )
    for case_id, person, ended, reason, until in session.execute(every.order_by(Assignment.id)):
        if until is None:
            found[case_id].beside |= {person}
        elif ended == "declined":
            found[case_id].declined[person] = reason or "no reason was kept."
    functions = {item.code: item.function for item in round_.programme.items}
    for one in found.values():
        one.weights = {function.code: 1.0 for function in round_.programme.functions if function.prefix}
    signed = select(func.max(ReturnVersion.id)).where(ReturnVersion.case_id.in_(found), ReturnVersion.frozen_at.is_not(None))
    signed = signed.where(ReturnVersion.withdrawn_at.is_(None)).group_by(ReturnVersion.case_id)
    explained = select(ReturnExplanation.case_id, ReturnExplanation.item).where(ReturnExplanation.version_id.in_(signed))
    for case_id, item in session.execute(explained):
        function = functions.get(item, item)
        if function in found[case_id].weights:
            found[case_id].weights[function] += 1.0
    return list(found.values()), total


def _past(session: Session, round_: Round, bodies: Collection[int], people: Collection[int]) -> frozenset[tuple[int, int]]:
    """Who reviewed which of some bodies in an earlier round."""
    query = (
        select(Case.body_id, Assignment.person_id)
        .join(Assignment, Assignment.case_id == Case.id)
        .where(Case.round_id < round_.id, Case.body_id.in_(bodies), Assignment.person_id.in_(people), Assignment.kind == "reviewer")
        .where(Assignment.ended == "")
    )
    return frozenset((body, person) for body, person in session.execute(query))


def _reviewing(session: Session, round_id: int) -> frozenset[tuple[int, int]]:
    """The bodies whose people review another body's return in a round."""
    query = (
        select(Membership.organisation_id, Case.body_id)
        .join(Assignment, Assignment.person_id == Membership.person_id)
        .join(Case, Case.id == Assignment.case_id)
        .where(Case.round_id == round_id, Assignment.kind == "reviewer", Assignment.until.is_(None), Membership.until.is_(None))
    )
    return frozenset((own, reviewed) for own, reviewed in session.execute(query))


def profile(session: Session, person_id: int) -> ReviewerProfile | None:
    """What is kept of a reviewer."""
    return session.get(ReviewerProfile, person_id)


def interest(session: Session, interest_id: int) -> Interest | None:
    """One declared interest."""
    return session.scalars(select(Interest).options(joinedload(Interest.body)).where(Interest.id == interest_id)).one_or_none()


def cases_of(session: Session, ids: Collection[int]) -> dict[int, Case]:
    """The cases of these ids with what moves need of them, locked in the order of their ids, so that nobody else moves them."""
    query = select(Case).options(joinedload(Case.round), joinedload(Case.body).joinedload(Body.organisation), joinedload(Case.partnership))
    query = query.where(Case.id.in_(ids)).order_by(Case.id).with_for_update(of=Case, key_share=True)
    return {case.id: case for case in session.scalars(query)}
