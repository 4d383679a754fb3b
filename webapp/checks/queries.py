"""Reads of the checks: what was entered in a version with what the body says on it, and the return as it is checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Date, Select, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.models import Case
from webapp.checks import comparators
from webapp.db import Exact
from webapp.returns import queries as returns
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnExplanation, ReturnValue, ReturnVersion
from workflows.returns.checks import Checked, Earlier, check
from workflows.returns.explanations import Explanation, fits
from workflows.returns.figures import Figures
from workflows.returns.values import Answer
from workflows.roles import Actor


@dataclass
class Entered:
    """All that was entered in one version. `people` entered something of it: figures or explanations, carried over or not."""

    version_id: int
    number: int
    frozen_at: datetime | None
    mark: comparators.Mark
    answers: dict[str, Answer] = field(default_factory=dict)
    explanations: dict[str, Explanation] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)


def entered(session: Session, case: Case, actor: Actor | None = None, number: int | None = None) -> Entered | None:
    """What was entered in the newest version of a return, or in the one of that number: of those that the actor may see,
    where one is named. One statement, for it is asked for on every page of a return that is being filled in.
    """
    wanted = select(ReturnVersion.id).where(ReturnVersion.case_id == case.id)
    if actor is not None:
        wanted = wanted.where(seen_by(ReturnVersion.audience, actor))
    if number is not None:
        wanted = wanted.where(ReturnVersion.number == number)
    wanted = wanted.order_by(ReturnVersion.number.desc()).limit(1)
    content = union_all(_values(case), _explanations(case)).subquery()
    query = (
        select(ReturnVersion.id.label("id"), ReturnVersion.number, ReturnVersion.frozen_at, content,
               comparators.ROWS.label("measured"), comparators.NEWEST.label("newest"))
        .outerjoin(content, content.c.version_id == ReturnVersion.id)
        .where(ReturnVersion.id == wanted.scalar_subquery())
    )  # fmt: skip
    found: Entered | None = None
    for row in session.execute(query):
        if found is None:
            found = Entered(row.id, row.number, row.frozen_at, comparators.Mark(row.measured, row.newest))
        if row.check_code:
            found.explanations[row.check_code] = Explanation(row.text, row.note, row.not_known, row.revision)
        elif row.item:
            found.answers[row.item] = Answer(row.amount, row.text, row.note, returns.basis(row.basis), row.not_known, row.known_by,
                                             row.prefilled)  # fmt: skip
        if row.person_id is not None:
            found.people.add(row.person_id)
    return found


def _values(case: Case) -> Select[*tuple[object, ...]]:
    value = ReturnValue
    return select(
        value.version_id, literal("").label("check_code"), value.item, value.amount, value.answer_text.label("text"), value.note,
        value.basis, value.not_known, value.known_by, value.prefilled, value.revision, value.person_id,
    ).where(value.case_id == case.id)  # fmt: skip


def _explanations(case: Case) -> Select[*tuple[object, ...]]:
    """Explanations in the columns of values: `note` holds what they rest on, `not_known` what was asked."""
    said, empty = ReturnExplanation, literal("")
    return select(
        said.version_id, said.check_code, said.item, cast(null(), Exact), said.text, said.rests_on,
        empty, said.asked, cast(null(), Date), empty, said.revision, said.person_id,
    ).where(said.case_id == case.id)  # fmt: skip


def checked(
    session: Session, case: Case, found: Entered | None, *, asked_before: Iterable[Earlier] = (), before: datetime | None = None
) -> Checked:
    """A return with its checks: two statements, and one more where another return was signed off since the last time.

    With `before`, it is compared with the returns that were signed off before that time.
    """
    figures = figures_of(session, case, found.answers if found else {})
    if found is None:
        return check(figures)
    figures.comparators = comparators.spreads_of(session, case, found.mark, before)
    figures.compared_with = comparators.compared_with(case)
    return check(figures, found.explanations, asked_before)


@dataclass(frozen=True)
class Said:
    """What the body says on one figure, and on what."""

    code: str
    asked: str
    text: str


def explanations_of(session: Session, version_id: int, figures: Figures) -> Mapping[str, list[Said]]:
    """What the body says in a version beside its figures, by item: one statement.

    `figures` are that version's. What was said on figures that were changed afterwards does not belong to it any more.
    """
    query = select(ReturnExplanation).where(ReturnExplanation.version_id == version_id, ReturnExplanation.text != "")
    found: dict[str, list[Said]] = {}
    for one in session.scalars(query.order_by(ReturnExplanation.id)):
        if fits(one.rests_on, figures):
            found.setdefault(one.item, []).append(Said(one.check_code, one.asked, one.text))
    return found
