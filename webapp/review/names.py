"""What a reader calls the reviewers of a case: the one place that turns a person into words, for pages, files and the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, String, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased

from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case
from webapp.db import read_rows
from workflows.programme import Programme
from workflows.review.names import Names, called, numbered
from workflows.roles import Side


@dataclass(frozen=True)
class Reviewers:
    """What one reader calls the reviewers of one case. `numbers` are those of all who review it or did, by person."""

    names: Names
    reader: Side
    numbers: Mapping[int, int]

    @classmethod
    def of(cls, session: Session, case: Case, reader: Side) -> "Reviewers":
        """What somebody of that side calls the reviewers of a case: one statement."""
        return cls(case.round.programme.review.names, reader, numbers_of(session, case.id))

    def called(self, person_id: int, name: str) -> str:
        """A reviewer in words."""
        return called(self.names, self.reader, name, self.numbers.get(person_id))

    def writer(self, person: Person, reader_id: int | None) -> str:
        """A reviewer who wrote something, in words for the reader of that id, who may be they themselves."""
        return "You" if person.id == reader_id else self.called(person.id, person.name)


def numbers_of(session: Session, case_id: int) -> dict[int, int]:
    """The numbers of all who review a case or did, by person: one statement."""
    query = select(Assignment.id, Assignment.person_id).where(Assignment.case_id == case_id, Assignment.kind == "reviewer")
    return numbered((one, person) for one, person in read_rows(session, query))


def every_reviewer() -> ScalarSelect[str | None]:
    """The assignments of all who review the case `:case` or did, for a statement that reads something else: `read_numbers` reads it."""
    one = aliased(Assignment)
    told = func.aggregate_strings(cast(one.id, String) + ":" + cast(one.person_id, String), ",")
    return select(told).where(one.case_id == bindparam("case"), one.kind == "reviewer").scalar_subquery()


def read_numbers(told: str | None) -> dict[int, int]:
    """The numbers by person, of what `every_reviewer` gives."""
    pairs = (pair.partition(":") for pair in told.split(",")) if told else ()
    return numbered((int(one), int(person)) for one, _, person in pairs)


def number_of(doer: Any) -> ScalarSelect[int]:
    """The number of whoever did something in its case, as a column of a statement that reads such things; 0 for no reviewer of it.

    `doer` is the entity that tells who and where, with `person_id` and `case_id`: an event, a stay.
    """
    mine, before = aliased(Assignment), aliased(Assignment)
    first = select(func.min(mine.id)).where(mine.case_id == doer.case_id, mine.kind == "reviewer", mine.person_id == doer.person_id)
    until = before.id <= first.correlate(doer).scalar_subquery()
    query = select(func.count(before.person_id.distinct())).where(before.case_id == doer.case_id, before.kind == "reviewer", until)
    return query.correlate(doer).scalar_subquery()


def doer_words(programme: Programme, reader: Side, name: str | None, number: int, *, by_reviewer: bool) -> str | None:
    """Whoever did something, as a reader may know them: a reviewer by name or number, everybody else by name; None for the clock."""
    return called(programme.review.names, reader, name, number) if name is not None and by_reviewer else name
