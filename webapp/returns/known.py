"""What is known of a body besides its return: its previous return, and figures held from other statistics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Date, Integer, Select, bindparam, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.db import read_rows
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
    """All that is known of the body of a case besides its return: one statement, for many pages need it."""
    previous: dict[str, Answer] = {}
    asked_by: Programme | None = None
    lines: dict[str, dict[str, Decimal]] = {}
    notes: dict[str, str] = {}
    # Before the first round of an installation there is no earlier return to ask for.
    programme = case.round.programme
    sources = sorted({PREVIOUS, *(held.source for held in programme.held)})  # with them the key finds the lines: no row is gone through
    body = {"body": case.body_id, "body_code": case.body.code, "sources": sources, "round": case.round_id, "programme": programme.code}
    for source, code, *answer, round_id, programme_hash in read_rows(session, _known(case.round_id > 1), body):
        if source:
            amount, _, note, *_ = answer
            lines.setdefault(source, {})[code] = amount
            if note:
                notes[source] = note
        else:
            previous[code] = Answer(*answer)
            asked_by = asked_by or programme_of(session, round_id, programme_hash)
    held = held_amounts(programme, lines)
    if asked_by is not None:
        return Known(LastYear(previous, asked_by), held, notes)
    filed = {code: Answer(amount=amount) for code, amount in lines.get(PREVIOUS, {}).items()}
    return Known(LastYear(filed, programme, True, notes.get(PREVIOUS, "")) if filed else None, held, notes)


def figures_of(session: Session, case: Case, answers: Mapping[str, Answer]) -> Figures:
    """The figures of a return with all that is known besides: one statement."""
    return with_known(known(session, case), case, answers)


def with_known(found: Known, case: Case, answers: Mapping[str, Answer]) -> Figures:
    """The figures of a return with what was found to be known besides."""
    programme = case.round.programme
    last = found.last.comparable(programme) if found.last else {}
    return Figures(programme, answers, last=last, held=found.held, headcount=case.headcount)


@cache
def _known(later: bool) -> Select[*tuple[Any, ...]]:
    return select(union_all(_previous(), _held()).subquery()) if later else _held()


def _previous() -> Select[*tuple[Any, ...]]:
    """The newest signed-off version of the body's latest earlier round of the same programme, with the round that asked it."""
    newest = (
        select(ReturnVersion.id)
        .join(Case, Case.id == ReturnVersion.case_id)
        .join(Round, Round.id == Case.round_id)
        .where(Case.body_id == bindparam("body"), Case.round_id < bindparam("round"), ReturnVersion.frozen_at.is_not(None))
        .where(Round.programme_code == bindparam("programme"))
        .order_by(Case.round_id.desc(), ReturnVersion.number.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    return (
        select(literal("").label("source"), ReturnValue.item.label("code"), *queries.answer_columns(),
               Round.id.label("round_id"), Round.programme_hash)
        .join(Case, Case.id == ReturnValue.case_id)
        .join(Round, Round.id == Case.round_id)
        .where(ReturnValue.version_id == newest)
    )  # fmt: skip


def _held() -> Select[*tuple[Any, ...]]:
    """Every line that these sources hold about the body, and what must be said of it, in the columns of a previous return."""
    held, empty = HeldFigure, literal("")
    return select(
        held.source, held.line.label("code"), held.amount, empty.label("answer_text"), held.note, empty.label("basis"),
        empty.label("not_known"), cast(null(), Date).label("known_by"), empty.label("prefilled"),
        cast(null(), Integer).label("round_id"), empty.label("programme_hash"),
    ).where(held.source.in_(bindparam("sources", expanding=True)), held.code == bindparam("body_code"))  # fmt: skip


def held_amounts(programme: Programme, lines: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The programme's held figures of a body, by code: the sum of their lines, where the source has every one of them."""
    found = {}
    for held in programme.held:
        theirs = lines.get(held.source, {})
        if all(line in theirs for line in held.lines):
            found[held.code] = sum((theirs[line] for line in held.lines), Decimal(0)) * held.scale
    return found
