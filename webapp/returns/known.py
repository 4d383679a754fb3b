"""What is known of a body besides its return: its previous return, and figures held from other statistics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.register.models import HeldFigure, Round, programme_of
from webapp.returns import queries
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.programme import Programme
from workflows.returns.comparison import FIRST_DEFINITION
from workflows.returns.figures import Figures
from workflows.returns.values import Answer

PREVIOUS = "previous-return"
"""The source of held figures that are a body's previous return, filed before this installation: its lines are codes of items."""


@dataclass(frozen=True)
class LastYear:
    """A body's previous return, with the programme by which it was asked.

    `filed_before` marks one that was filed before any round of this installation: `programme` is then the present one,
    whose formulas say what its lines add up to. `note` must be told wherever one of its figures is shown.
    """

    answers: Mapping[str, Answer]
    programme: Programme
    filed_before: bool = False
    note: str = ""

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self.programme, self.answers)

    @property
    def words(self) -> str:
        """Where an answer was taken over from, for whoever must confirm it."""
        return f"last year’s return, {self.note}" if self.note else "last year’s return"

    def amount(self, code: str) -> Decimal | None:
        """The amount of an item, entered or computed; None where there was none."""
        answer = self.answers.get(code)
        if answer is not None:
            return answer.amount
        return self._figures.amount(code) if self.programme.find_item(code) else None

    def definition(self, code: str) -> str:
        """The definition under which an item was answered; the first for a return of before any round."""
        item = None if self.filed_before else self.programme.find_item(code)
        return item.definition if item else FIRST_DEFINITION

    def comparable(self, programme: Programme) -> dict[str, Decimal]:
        """The amounts of a programme's items that were counted by the same definition, entered or computed, by code."""
        found = {}
        for item in programme.items:
            amount = self.amount(item.code)
            if amount is not None and self.definition(item.code) == item.definition:
                found[item.code] = amount
        return found


@dataclass(frozen=True)
class Known:
    """What is known of a body besides the return at hand: held figures by code, notes on them by source."""

    last: LastYear | None = None
    held: Mapping[str, Decimal] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def known(session: Session, case: Case) -> Known:
    """All that is known of the body of a case besides its return: two statements."""
    lines, notes = _held(session, case)
    return Known(_last(session, case, lines, notes), held_amounts(case.round.programme, lines), notes)


def figures_of(session: Session, case: Case, answers: Mapping[str, Answer]) -> Figures:
    """The figures of a return with all that is known besides: two statements."""
    return with_known(known(session, case), case, answers)


def with_known(found: Known, case: Case, answers: Mapping[str, Answer]) -> Figures:
    """The figures of a return with what was found to be known besides."""
    programme = case.round.programme
    last = found.last.comparable(programme) if found.last else {}
    return Figures(programme, answers, last=last, held=found.held, headcount=case.headcount)


def _last(session: Session, case: Case, lines: Mapping[str, Mapping[str, Decimal]], notes: Mapping[str, str]) -> LastYear | None:
    """The newest signed-off version of the body's latest earlier round of the same programme, or what was filed before: one statement."""
    newest = (
        select(ReturnVersion.id)
        .join(Case, Case.id == ReturnVersion.case_id)
        .join(Round, Round.id == Case.round_id)
        .where(Case.body_id == case.body_id, Case.round_id < case.round_id, ReturnVersion.frozen_at.is_not(None))
        .where(Round.programme_code == case.round.programme_code)
        .order_by(Case.round_id.desc(), ReturnVersion.number.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    query = (
        select(ReturnValue, Round.id, Round.programme_hash)
        .join(Case, Case.id == ReturnValue.case_id)
        .join(Round, Round.id == Case.round_id)
        .where(ReturnValue.version_id == newest)
    )
    # Before the first round of an installation there is none to ask for.
    rows = session.execute(query).all() if case.round_id > 1 else []
    if rows:
        answers = {value.item: queries.answer(value) for value, _, _ in rows}
        return LastYear(answers, programme_of(session, rows[0].id, rows[0].programme_hash))
    filed = lines.get(PREVIOUS)
    if not filed:
        return None
    return LastYear({code: Answer(amount=amount) for code, amount in filed.items()}, case.round.programme, True, notes.get(PREVIOUS, ""))


def _held(session: Session, case: Case) -> tuple[dict[str, dict[str, Decimal]], dict[str, str]]:
    """Every line held about the body, and what must be said of it, by source: one statement."""
    columns = (HeldFigure.source, HeldFigure.line, HeldFigure.amount, HeldFigure.note)
    found: dict[str, dict[str, Decimal]] = {}
    notes: dict[str, str] = {}
    for row in session.execute(select(*columns).where(HeldFigure.code == case.body.code)):
        found.setdefault(row.source, {})[row.line] = row.amount
        if row.note:
            notes[row.source] = row.note
    return found, notes


def held_amounts(programme: Programme, lines: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The programme's held figures of a body, by code: the sum of their lines, where the source has every one of them."""
    found = {}
    for held in programme.held:
        theirs = lines.get(held.source, {})
        if all(line in theirs for line in held.lines):
            found[held.code] = sum((theirs[line] for line in held.lines), Decimal(0)) * held.scale
    return found
