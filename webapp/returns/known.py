"""What is known of a body besides its return: its previous return, and figures held from other statistics."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.register.models import HeldFigure, Round
from webapp.returns import queries
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.programme import Programme
from workflows.returns.figures import Figures
from workflows.returns.series import comparable
from workflows.returns.values import Answer

PREVIOUS = "previous-return"
"""The source of held figures that are a body's previous return, filed before this installation: its lines are codes of items."""
FIRST_DEFINITION = "1"
"""The definition by which figures were filed before any round."""


def previous_return(session: Session, case: Case) -> Figures | None:
    """The newest signed-off version of the body's latest earlier round of the same programme, with the programme by which
    it was asked: one statement."""
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
        select(ReturnValue, Round).join(Case, Case.id == ReturnValue.case_id).join(Round).where(ReturnValue.version_id == newest)
    )
    rows = session.execute(query).all()
    return Figures(rows[0][1].programme, {value.item: queries.answer(value) for value, _ in rows}) if rows else None


def held_lines(session: Session, case: Case) -> dict[str, dict[str, Decimal]]:
    """Every line held about the body, by source: one statement."""
    rows = session.execute(select(HeldFigure.source, HeldFigure.line, HeldFigure.amount).where(HeldFigure.code == case.body.code))
    found: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        found.setdefault(row.source, {})[row.line] = row.amount
    return found


def held_amounts(programme: Programme, lines: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The programme's held figures of a body, by code: the sum of their lines, where the source has every one of them."""
    found = {}
    for held in programme.held:
        theirs = lines.get(held.source, {})
        if all(line in theirs for line in held.lines):
            found[held.code] = sum((theirs[line] for line in held.lines), Decimal(0)) * held.scale
    return found


def last_amounts(session: Session, case: Case, lines: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """What the figures of this return may be compared with: last year's by this installation, or as it was filed before.

    Of what was filed before only the amounts are known, by the first definition of each item; totals that are not among
    them are computed as they are now.
    """
    programme = case.round.programme
    previous = previous_return(session, case)
    if previous is not None:
        return comparable(previous, programme)
    filed = dict(lines.get(PREVIOUS, {}))
    entered = Figures(programme, {code: Answer(amount=amount) for code, amount in filed.items()})
    found = comparable(entered, programme) | filed
    return {item.code: found[item.code] for item in programme.items if item.code in found and item.definition == FIRST_DEFINITION}


def figures_of(session: Session, case: Case, answers: Mapping[str, Answer]) -> Figures:
    """The figures of a return with all that is known besides: two statements."""
    programme, lines = case.round.programme, held_lines(session, case)
    last = last_amounts(session, case, lines)
    return Figures(programme, answers, last=last, held=held_amounts(programme, lines), headcount=case.headcount)
