"""The calibration page: how the reviewers of a partnership rate beside one another in a round. For its coordinators alone."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.record import Event
from webapp.register.models import Body, Round
from webapp.review.models import FunctionNote, SecondMark
from workflows.programme import Programme
from workflows.review.calibration import Agreement, Habit, Rated, agreement, habits
from workflows.review.marking import Spread, Twice, spread
from workflows.roles import Actor


@dataclass(frozen=True)
class Pair:
    """Something that two or more rated: of which body and function, with each reviewer's name and rating."""

    ref: str
    body: str
    function: str
    ratings: list[tuple[str, int]]

    @property
    def apart(self) -> int:
        """How many steps lie between the highest and the lowest."""
        values = [value for _, value in self.ratings]
        return max(values) - min(values)


@dataclass(frozen=True)
class Marked:
    """A review that is marked a second time: by whom, when they handed in, or why they declined."""

    ref: str
    body: str
    marker: str
    marked_at: datetime | None
    declined: str


@dataclass(frozen=True)
class Moved:
    """A rating that was changed after the draft was issued: of which body and function, from what to what, by whom, and why the review
    had been sent back."""

    ref: str
    body: str
    function: str
    old: int | None
    new: int | None
    who: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Calibration:
    """All of it: each reviewer with how they rate and of which classes the bodies are that they rated; how far they agree, and what more
    than one rated, the furthest apart first; the second marking; and the ratings that moderation changed."""

    round: Round
    habits: list[tuple[str, Habit]]
    mixes: Mapping[int, str]
    agreement: Agreement
    pairs: list[Pair]
    marked: list[Marked]
    spread: Spread
    moved: list[Moved]


def calibration(session: Session, actor: Actor, found: Round) -> Calibration:
    """How the reviewers of the actor's partnership rate in a round: three statements."""
    query = (
        select(FunctionNote.person_id, Person.name, FunctionNote.case_id, Case.ref, Organisation.name.label("body"),
               FunctionNote.function, FunctionNote.rating, Body.class_name)
        .join(Case, Case.id == FunctionNote.case_id)
        .join(Body, Body.id == Case.body_id)
        .join(Person, Person.id == FunctionNote.person_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(Case.round_id == found.id, FunctionNote.rating.is_not(None), visible_cases(actor))
        .order_by(FunctionNote.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    ratings = [Rated(row.person_id, (row.case_id, row.function), row.rating) for row in rows]
    names = {row.person_id: row.name for row in rows}
    ordered = sorted(habits(ratings), key=lambda habit: names[habit.reviewer])
    first: dict[tuple[int, str], int] = {}
    for one in ratings:
        first.setdefault(one.unit, one.value)
    marked, second = _second(session, actor, found)
    twice = [Twice(unit, first[unit], value) for unit, value in second.items() if unit in first]
    return Calibration(found, [(names[h.reviewer], h) for h in ordered], _mixes(rows), agreement(ratings), _pairs(rows, found.programme),
                       marked, spread(twice), _moved(session, actor, found))  # fmt: skip


def _mixes(rows: Sequence[Any]) -> dict[int, str]:
    """Of which classes the bodies are that each reviewer rated, in words, the most frequent first."""
    found = {(row.person_id, row.case_id): row.class_name for row in rows}
    by_person: dict[int, Counter[str]] = {}
    for (person, _), name in found.items():
        by_person.setdefault(person, Counter())[name] += 1
    return {person: ", ".join(f"{name}: {number}" for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])))
            for person, counts in by_person.items()}  # fmt: skip


def _second(session: Session, actor: Actor, found: Round) -> tuple[list[Marked], dict[tuple[int, str], int]]:
    """The reviews that are marked a second time; and the ratings of those that were handed in, by case and function."""
    mark = and_(SecondMark.case_id == Assignment.case_id, SecondMark.person_id == Assignment.person_id)
    query = (
        select(Assignment.id, Case.id.label("case_id"), Case.ref, Organisation.name.label("body"), Person.name, Assignment.marked_at,
               Assignment.ended, Assignment.reason, SecondMark.function, SecondMark.rating)
        .join(Case, Case.id == Assignment.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Person, Person.id == Assignment.person_id)
        .outerjoin(SecondMark, mark)
        .where(Assignment.kind == "marker", Case.round_id == found.id, visible_cases(actor))
        .order_by(Assignment.id)
    )  # fmt: skip
    marked, ratings = {}, {}
    for row in session.execute(query):
        declined = (row.reason or "no reason was kept") if row.ended == "declined" else ""
        marked[row.id] = Marked(row.ref, row.body, row.name, row.marked_at, declined)
        if row.marked_at is not None and row.rating is not None:
            ratings[row.case_id, row.function] = row.rating
    return list(marked.values()), ratings


def _moved(session: Session, actor: Actor, found: Round, limit: int = 100) -> list[Moved]:
    """The ratings that were changed after the draft had been issued, the newest first, as the record tells it."""
    back = Stay.case_id == Event.case_id, Stay.track == "review"
    issued = select(func.min(Stay.since)).where(*back, Stay.state == "draft_issued").correlate(Event).scalar_subquery()
    why = select(Stay.why).where(*back, Stay.transition == "send_back", Stay.since <= Event.at).correlate(Event)
    query = (
        select(Event.at, Event.old, Event.new, Event.label, Person.name, Case.ref, Organisation.name.label("body"),
               why.order_by(Stay.since.desc()).limit(1).scalar_subquery().label("reason"))
        .join(Case, Case.id == Event.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Person, Person.id == Event.person_id)
        .where(Case.round_id == found.id, visible_cases(actor), seen_by(Event.audience, actor))
        .where(Event.entity == "function_note", Event.kind == "function_note.changed", Event.new.like('%"rating":%'), Event.at > issued)
        .order_by(Event.seq.desc())
        .limit(limit)
    )  # fmt: skip
    names = {function.code: function.name for function in found.programme.functions}
    moved = []
    for row in session.execute(query):
        code = row.label.removeprefix("the note on ")
        old, new = (json.loads(text or "{}").get("rating") for text in (row.old, row.new))
        moved.append(Moved(row.ref, row.body, names.get(code, code), old, new, row.name, row.at, row.reason or ""))
    return moved


def _pairs(rows: Sequence[Row[*tuple[object, ...]]], programme: Programme) -> list[Pair]:
    by_unit: dict[tuple[str, str], list[Row[*tuple[object, ...]]]] = {}
    for row in rows:
        by_unit.setdefault((row.ref, row.function), []).append(row)
    found = [
        Pair(ref, theirs[0].body, programme.function(function).name, [(row.name, row.rating) for row in theirs])
        for (ref, function), theirs in by_unit.items() if len(theirs) > 1
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (-pair.apart, pair.body, pair.function))
