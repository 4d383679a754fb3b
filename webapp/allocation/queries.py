"""Reads for the allocation: the reviewers of a partnership, the returns that wait for one, and what stands against each pair."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Row, Select, Text, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.accounts.models import Membership, Organisation, Person
from webapp.allocation.models import CAPACITY, Interest, Overrule, ReviewerProfile
from webapp.cases.facts import Reviewed, conflicts_among
from webapp.cases.models import Assignment, Case, Stay
from webapp.register.models import Body, Round
from webapp.returns.models import ReturnExplanation, ReturnVersion
from webapp.review.queries import finished, work_of
from workflows.programme import Programme
from workflows.review.allocation import Given, Proposal, Reviewer, Wanting, misfit, propose
from workflows.review.away import Away, first_met
from workflows.review.conflicts import INTERESTS, OWN_BODY
from workflows.review.overruling import Overruled, standing

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
    times_away: tuple[Away, ...] = ()
    bodies: dict[int, str] = field(default_factory=dict)
    interests: list["Declared"] = field(default_factory=list)

    def away(self, day: date) -> str:
        """Why they are not to be had on a day, in words; empty where they are."""
        found = first_met(self.times_away, day, day)
        return f"Away {found.words(day)}." if found else ""

    def away_soon(self, day: date, until: date) -> str:
        """When they will be away after a day and before another, in words; empty where they will not, or are already."""
        found = first_met(self.times_away, day, until)
        return f"Away {found.words(day)}, before the review is due." if found and found.first > day else ""

    def coming(self, day: date) -> list[Away]:
        """The times away that are not over."""
        return [one for one in self.times_away if one.last >= day]

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
    marking: dict[int, str] = field(default_factory=dict)
    """Who marks it a second time or did, and who declined to with the reason (empty: they did not)."""
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
    """Those that nothing overrules."""
    overruled: tuple[str, ...]
    """Those that an overrule in force covers."""
    away: str
    away_soon: str
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
        found = [*self.conflicts, *(f"Overruled: {text}" for text in self.overruled)]
        found += [text for text in (self.away, self.away_soon) if text]
        if self.full:
            found.append(f"No room: {self.colleague.load} of {self.colleague.capacity} in hand.")
        if self.declined:
            found.append(f"Declined this review: {self.declined}")
        if self.before:
            found.append("Reviewed this body in an earlier round.")
        return found

    @property
    def cleared(self) -> bool:
        """Whether nothing stands against inviting them now."""
        return not (self.conflicts or self.away or self.declined or self.full)

    @property
    def why(self) -> str:
        """What speaks for somebody who is cleared, in a sentence."""
        parts = ["no conflict of interest" if not self.overruled else "the conflict of interest is overruled",
                 f"{self.colleague.load} of {self.colleague.capacity} in hand", f"skills fit {self.fit}%"]  # fmt: skip
        return ", ".join(parts).capitalize() + "."

    @property
    def order(self) -> tuple[bool, bool, bool, bool, bool, bool, bool, int, int, str]:
        """The best first."""
        return (bool(self.conflicts), bool(self.away), bool(self.declined), self.full, self.before, bool(self.overruled),
                bool(self.away_soon), self.colleague.load, -self.fit, self.colleague.name)  # fmt: skip


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
    overrules: Mapping[tuple[int, int], list[Overruled]] = field(default_factory=dict)
    """By case and person."""
    due: date | None = None
    """When a review that is allocated now will be due."""

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
        against = self.conflicts.get((one.body_id, who.id), ())
        left = standing(against, self.overrules.get((one.id, who.id), ()), self.day)
        soon = who.away_soon(self.day, self.due) if self.due else ""
        return Candidate(who, left, tuple(text for text in against if text not in left), who.away(self.day), soon,
                         who.load >= who.capacity, one.declined.get(who.id, ""), (one.body_id, who.id) in self.past, fit)  # fmt: skip

    def proposal(self, wanted: int) -> Proposal:
        """Reviewers for every return that waits. Whoever declined a review is not asked again, and nobody is proposed whose conflict
        is overruled: that is for a coordinator to choose. Raises ValueError for fewer than one."""
        barred = dict(self.conflicts_by_case)
        for one in self.returns:
            barred |= {(one.id, person): (reason,) for person, reason in one.declined.items()}
        before = frozenset((one.id, who.id) for one in self.returns for who in self.colleagues if (one.body_id, who.id) in self.past)
        there = frozenset((one.id, person) for one in self.returns for person in one.beside)
        given = Given([one.as_wanting for one in self.returns], [who.as_reviewer(self.day) for who in self.colleagues], barred, there,
                      before, self.reviewing)  # fmt: skip
        return propose(given, wanted)


def board(
    session: Session, round_: Round, partnership_id: int, day: date, limit: int | None = SHOWN, *, case: Case | None = None,
    due: date | None = None, states: Collection[str] = ("unallocated",),
) -> Board:  # fmt: skip
    """The reviewers of a partnership and the returns of a round of which the review is in some states (those that wait for a reviewer),
    or one case alone: five statements, however many there are. `due` is when a review that is allocated now will be due."""
    people = colleagues(session, partnership_id)
    if case is None:
        returns, total = waiting(session, round_, partnership_id, limit, states)
    else:
        body = case.body
        returns, total = (
            [WaitingReturn(case.id, case.ref, case.version, body.id, body.organisation.name, body.class_name, body.answered_by_id)],
            1,
        )
    about = {one.body_id: Reviewed(one.body, (one.body_id, one.answered_by) if one.answered_by else (one.body_id,)) for one in returns}
    ids = [who.id for who in people]
    against = conflicts_among(session, round_.id, about, ids, day) if returns and ids else {}
    found = Board(round_, day, people, returns, total, against, frozenset(), frozenset(), {}, due)
    _know(session, found)
    return found


def rounds_waiting(session: Session, partnership_id: int) -> list[Row[Round, int]]:
    """The rounds with the number of returns of a partnership that wait for a reviewer, the newest first: one statement."""
    here = exists().where(Stay.case_id == Case.id, *_in_states(("unallocated",)))
    number = (
        select(func.count(Case.id)).where(Case.round_id == Round.id, Case.partnership_id == partnership_id, here).correlate(Round)
    ).scalar_subquery()
    return list(session.execute(select(Round, number).order_by(Round.id.desc())))


def _in_states(states: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return Stay.track == "review", Stay.state.in_(states), Stay.until.is_(None)


def colleagues(session: Session, partnership_id: int, person_id: int | None = None) -> list[Colleague]:
    """The reviewers of a partnership by name, or one of them, with all that is known of them: two statements."""
    load = (
        select(func.count(Assignment.id))
        .where(Assignment.person_id == Person.id, Assignment.kind.in_(work_of("reviewer")), Assignment.until.is_(None), ~finished())
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
            row.id, row.name, row.load, known.capacity, True, tuple(known.functions), known.times_away)  # fmt: skip
    teller = aliased(Person)
    nothing, no_day = literal(""), cast(null(), Date)
    held = (
        select(Membership.person_id, Organisation.id, Organisation.name, nothing, nothing, no_day, no_day, nothing)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(found), Organisation.kind == "body", Membership.until.is_(None))
    )
    columns = (Interest.id, Organisation.name, Interest.kind, Interest.note, Interest.starts, Interest.ends, teller.name)
    told = (
        select(Interest.person_id, *columns)
        .join(Organisation, Organisation.id == Interest.body_id)
        .join(teller, teller.id == Interest.told_by)
        .where(Interest.person_id.in_(found))
    )
    rows: list[Any] = list(session.execute(union_all(held, told)))
    for person, body, name, kind, *_ in sorted(rows, key=lambda row: row[2]):
        if not kind:
            found[person].bodies[body] = name
    for row in sorted((row for row in rows if row[3]), key=lambda row: (row[5], row[1])):
        found[row[0]].interests.append(Declared(*row[1:]))
    return list(found.values())


def waiting(
    session: Session, round_: Round, partnership_id: int, limit: int | None, states: Collection[str]
) -> tuple[list[WaitingReturn], int]:
    """The returns of a round of which the review is in some states, the longest waiting first, and how many there are: one statement."""
    query = (
        select(Case.id, Case.ref, Case.version, Case.body_id, Organisation.name, Body.class_name, Body.answered_by_id,
               func.count().over())
        .join(Stay, Stay.case_id == Case.id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Body, Body.id == Case.body_id)
        .where(Case.round_id == round_.id, Case.partnership_id == partnership_id, *_in_states(states))
    )  # fmt: skip
    rows = session.execute(query.order_by(Stay.since, Case.id).limit(limit)).all()
    return [WaitingReturn(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def _know(session: Session, here: Board) -> None:
    """Tell a board all that is known of its returns and of who reviews what: one statement."""
    found = {one.id: one for one in here.returns}
    programme = here.programme
    functions = {item.code: item.function for item in programme.items}
    for one in here.returns:
        one.weights = {function.code: 1.0 for function in programme.functions if function.prefix}
    past: set[tuple[int, int]] = set()
    reviewing: set[tuple[int, int]] = set()
    overrules: dict[tuple[int, int], list[Overruled]] = {}
    for what, first, second, words, more, day in session.execute(_known_of(here, found)):
        match what:
            case "on it":
                found[first].beside |= {second}
            case "declined":
                found[first].declined[second] = words or "no reason was kept."
            case "marks":
                found[first].marking[second] = (words or "no reason was kept.") if more == "declined" else ""
            case "explained" if functions.get(words, words) in found[first].weights:
                found[first].weights[functions.get(words, words)] += 1.0
            case "past":
                past.add((first, second))
            case "reviewing":
                reviewing.add((first, second))
            case "overrule":
                overrules.setdefault((first, second), []).append(Overruled(tuple(json.loads(words)), day, more))
    here.past, here.reviewing, here.overrules = frozenset(past), frozenset(reviewing), overrules


def _known_of(here: Board, cases: Collection[int]) -> Any:
    """Who reviews the returns or declined them; which figures were explained; who reviewed the bodies in an earlier round; which
    bodies' people review which body in this one; and the overrules."""
    nothing, no_day = literal(""), cast(null(), Date)
    reviewer = Assignment.kind == "reviewer"

    def rows(what: str, first: Any, second: Any, words: Any = nothing, more: Any = nothing, day: Any = no_day) -> Select[Any]:
        return select(literal(what), first, second, words, more, day)

    signed = select(func.max(ReturnVersion.id)).where(ReturnVersion.case_id.in_(cases), ReturnVersion.frozen_at.is_not(None))
    signed = signed.where(ReturnVersion.withdrawn_at.is_(None)).group_by(ReturnVersion.case_id)
    bodies, people = [one.body_id for one in here.returns], [who.id for who in here.colleagues]
    on_it = rows("on it", Assignment.case_id, Assignment.person_id).where(
        Assignment.case_id.in_(cases), reviewer, Assignment.until.is_(None)
    )
    declined = rows("declined", Assignment.case_id, Assignment.person_id, Assignment.reason)
    declined = declined.where(Assignment.case_id.in_(cases), reviewer, Assignment.until.is_not(None), Assignment.ended == "declined")
    marks = rows("marks", Assignment.case_id, Assignment.person_id, Assignment.reason, Assignment.ended)
    marks = marks.where(Assignment.case_id.in_(cases), Assignment.kind == "marker")
    explained = rows("explained", ReturnExplanation.case_id, cast(null(), Integer), ReturnExplanation.item)
    past = rows("past", Case.body_id, Assignment.person_id).join(Assignment, Assignment.case_id == Case.id)
    past = past.where(Case.round_id < here.round.id, Case.body_id.in_(bodies), Assignment.person_id.in_(people), reviewer)
    reviewing = (
        rows("reviewing", Membership.organisation_id, Case.body_id)
        .join(Assignment, Assignment.person_id == Membership.person_id)
        .join(Case, Case.id == Assignment.case_id)
        .where(Case.round_id == here.round.id, Assignment.kind.in_(work_of("reviewer")), Assignment.until.is_(None))
        .where(Membership.until.is_(None))
    )
    overrules = rows("overrule", Overrule.case_id, Overrule.person_id, cast(Overrule.conflicts, Text), Overrule.decision, Overrule.ends_on)
    return union_all(
        on_it, declined, marks, explained.where(ReturnExplanation.version_id.in_(signed)), past.where(Assignment.ended == ""), reviewing,
        overrules.where(Overrule.case_id.in_(cases)),
    )  # fmt: skip


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
