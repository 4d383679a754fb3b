"""The calibration page: how the reviewers of a partnership rate beside one another in a round. For its coordinators alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from webapp.access import visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case
from webapp.register.models import Round
from webapp.review.models import FunctionNote
from workflows.programme import Programme
from workflows.review.calibration import Agreement, Habit, Rated, agreement, habits
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
class Calibration:
    """All of it: each reviewer with how they rate, how far they agree, and what more than one rated, the furthest apart first."""

    round: Round
    habits: list[tuple[str, Habit]]
    agreement: Agreement
    pairs: list[Pair]


def calibration(session: Session, actor: Actor, found: Round) -> Calibration:
    """How the reviewers of the actor's partnership rate in a round: one statement."""
    query = (
        select(FunctionNote.person_id, Person.name, FunctionNote.case_id, Case.ref, Organisation.name.label("body"),
               FunctionNote.function, FunctionNote.rating)
        .join(Case, Case.id == FunctionNote.case_id)
        .join(Person, Person.id == FunctionNote.person_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(Case.round_id == found.id, FunctionNote.rating.is_not(None), visible_cases(actor))
        .order_by(FunctionNote.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    ratings = [Rated(row.person_id, (row.case_id, row.function), row.rating) for row in rows]
    names = {row.person_id: row.name for row in rows}
    ordered = sorted(habits(ratings), key=lambda habit: names[habit.reviewer])
    return Calibration(found, [(names[h.reviewer], h) for h in ordered], agreement(ratings), _pairs(rows, found.programme))


def _pairs(rows: Sequence[Row[*tuple[object, ...]]], programme: Programme) -> list[Pair]:
    by_unit: dict[tuple[str, str], list[Row[*tuple[object, ...]]]] = {}
    for row in rows:
        by_unit.setdefault((row.ref, row.function), []).append(row)
    found = [
        Pair(ref, theirs[0].body, programme.function(function).name, [(row.name, row.rating) for row in theirs])
        for (ref, function), theirs in by_unit.items() if len(theirs) > 1
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (-pair.apart, pair.body, pair.function))
