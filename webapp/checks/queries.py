"""Reads of the checks: what was entered in a version with what the body says on it, and the return as it is checked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Date, Row, Select, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from webapp.access import Whoever, seen_by
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.checks import comparators
from webapp.db import Exact, read_rows
from webapp.returns import queries as returns
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnExplanation, ReturnValue, ReturnVersion
from workflows.returns.checks import Checked, check
from workflows.returns.explanations import Explanation, belonging
from workflows.returns.figures import Figures
from workflows.returns.values import Answer
from workflows.roles import Actor, Role


@dataclass(frozen=True)
class Edit:
    """The last change of an answer or an explanation: who (by id and by name) and when."""

    person_id: int | None
    who: str
    at: datetime


@dataclass
class Entered:
    """All that was entered in one version: answers by item, explanations by check, and who changed which answer last."""

    version_id: int
    number: int
    frozen_at: datetime | None
    withdrawn_at: datetime | None
    before_at: datetime | None
    """When the version before it that counts was signed off."""
    mark: comparators.Mark
    answers: dict[str, Answer] = field(default_factory=dict)
    explanations: dict[str, Explanation] = field(default_factory=dict)
    edits: dict[str, Edit] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)
    """Everybody who entered something of it, carried over or not."""

    @property
    def draft(self) -> bool:
        """Whether it is still being filled in: neither signed off nor withdrawn."""
        return self.frozen_at is None and self.withdrawn_at is None


def entered(
    session: Session, case: Case, actor: Actor | None = None, number: int | None = None, *, beside: Role | None = None
) -> Entered | None:
    """What was entered in the newest version of a return that counts, or in the one of that number: of those that the actor
    may see, where one is named, and somebody `beside` them too. One statement, for it is asked for on many pages of a return.
    """
    query = _entered(Whoever(actor.role, beside) if actor is not None else None, number is not None)
    found = _by_version(read_rows(session, query, {"case": case.id, "number": number}))
    return next(iter(found.values()), None)


def entered_in(session: Session, case_id: int, version_ids: Collection[int]) -> dict[int, Entered]:
    """What was entered in several versions of one return, by the ids of the versions: one statement."""
    return _by_version(read_rows(session, _entered_in(), {"case": case_id, "versions": list(version_ids)}))


def entered_in_each(session: Session, case: Case, actor: Actor) -> list[Entered]:
    """The same of every version that the actor may see, newest first: one statement."""
    found = _by_version(read_rows(session, _entered_in_each(Whoever(actor.role)), {"case": case.id}))
    return sorted(found.values(), key=lambda entered: entered.number, reverse=True)


def _by_version(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, Entered]:
    versions: dict[int, Entered] = {}
    for row in rows:
        (
            version_id,
            number,
            frozen_at,
            withdrawn_at,
            before_at,
            measured,
            newest,
            who,
            check_code,
            item,
            *answer,
            revision,
            person_id,
            changed_at,
        ) = row
        here = versions.get(version_id)
        if here is None:
            here = Entered(version_id, number, frozen_at, withdrawn_at, before_at, comparators.Mark(measured, newest))
            versions[version_id] = here
        if check_code:
            _, text, rests_on, _, asked, *_ = answer
            here.explanations[check_code] = Explanation(text, rests_on, asked, item, revision)
        elif item:
            here.answers[item] = Answer(*answer)
            here.edits[item] = Edit(person_id, who or "somebody", changed_at)
        if person_id is not None:
            here.people.add(person_id)
    return versions


@cache
def _entered(actor: Whoever | None, numbered: bool) -> Select[*tuple[Any, ...]]:
    wanted = select(ReturnVersion.id).where(ReturnVersion.case_id == bindparam("case"))
    if actor is not None:
        wanted = wanted.where(seen_by(ReturnVersion.audience, actor))
    wanted = wanted.where(ReturnVersion.number == bindparam("number") if numbered else ReturnVersion.withdrawn_at.is_(None))
    wanted = wanted.order_by(ReturnVersion.number.desc()).limit(1)
    return _content().where(ReturnVersion.id == wanted.scalar_subquery())


@cache
def _entered_in() -> Select[*tuple[Any, ...]]:
    return _content().where(ReturnVersion.id.in_(bindparam("versions", expanding=True)))


@cache
def _entered_in_each(actor: Whoever) -> Select[*tuple[Any, ...]]:
    return _content().where(ReturnVersion.case_id == bindparam("case"), seen_by(ReturnVersion.audience, actor))


def _content() -> Select[*tuple[Any, ...]]:
    """Versions with all that was entered in each."""
    version = ReturnVersion
    content = union_all(_values(), _explanations()).subquery()
    said = [column for column in content.c if column.name != "version_id"]
    older = aliased(version)
    before = select(func.max(older.frozen_at)).where(
        older.case_id == version.case_id, older.number < version.number, older.withdrawn_at.is_(None)
    )
    return (
        select(
            version.id,
            version.number,
            version.frozen_at,
            version.withdrawn_at,
            before.correlate(version).scalar_subquery(),
            comparators.ROWS,
            comparators.NEWEST,
            Person.name,
            *said,
        )
        .outerjoin(content, content.c.version_id == version.id)
        .outerjoin(Person, Person.id == content.c.person_id)
    )


def _values() -> Select[*tuple[object, ...]]:
    value = ReturnValue
    return select(
        value.version_id, literal("").label("check_code"), value.item, *returns.answer_columns(), value.revision,
        value.person_id, value.changed_at,
    ).where(value.case_id == bindparam("case"))  # fmt: skip


def _explanations() -> Select[*tuple[object, ...]]:
    """Explanations in the columns of values: `note` holds what they rest on, `not_known` what was asked."""
    said, empty = ReturnExplanation, literal("")
    return select(
        said.version_id, said.check_code, said.item, cast(null(), Exact), said.text, said.rests_on, empty, said.asked,
        cast(null(), Date), empty, said.revision, said.person_id, said.changed_at,
    ).where(said.case_id == bindparam("case"))  # fmt: skip


def checked(session: Session, case: Case, found: Entered | None, *, before: datetime | None = None) -> Checked:
    """A return with its checks: one statement, and one more where another return was signed off since the last time.

    With `before`, it is compared with the returns that were signed off before that time.
    """
    figures = figures_of(session, case, found.answers if found else {})
    if found is None:
        return check(figures)
    figures.comparators = comparators.spreads_of(session, case, found.mark, before)
    figures.compared_with = comparators.compared_with(case)
    return check(figures, found.explanations)


def checked_by_itself(case: Case, found: Entered | None) -> Checked:
    """A version with those of its checks that need nothing but the version itself: no statement."""
    figures = Figures(case.round.programme, found.answers if found else {}, headcount=case.headcount)
    return check(figures, found.explanations if found else {})


@dataclass(frozen=True)
class Said:
    """What the body says on one figure, and on what."""

    code: str
    asked: str
    text: str


def said_of(found: Entered | None, figures: Figures) -> Mapping[str, list[Said]]:
    """What the body says in a version beside its figures, by item: no statement.

    What was said on figures that were changed afterwards does not belong to the version any more.
    """
    said: dict[str, list[Said]] = {}
    for code, one in belonging(found.explanations, figures).items() if found else ():
        said.setdefault(one.item, []).append(Said(code, one.asked, one.text))
    return said
