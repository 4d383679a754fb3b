"""Reads of rounds and bodies."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.register.models import Round


def rounds(session: Session) -> list[tuple[Round, dict[str, int]]]:
    """The rounds, newest first, with the number of cases at each stage: two statements."""
    counts: dict[int, dict[str, int]] = {}
    for round_id, stage, number in session.execute(select(Case.round_id, Case.stage, func.count()).group_by(Case.round_id, Case.stage)):
        counts.setdefault(round_id, {})[stage] = number
    return [(r, counts.get(r.id, {})) for r in session.scalars(select(Round).order_by(Round.id.desc()))]


def round_by_code(session: Session, code: str) -> Round | None:
    """The round of that code."""
    return session.scalars(select(Round).where(Round.code == code)).one_or_none()
