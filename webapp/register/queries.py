"""Reads of rounds and bodies."""

from collections import Counter

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.register.models import Round


def rounds(session: Session) -> list[tuple[Round, dict[str, int], int]]:
    """The rounds, newest first, with the number of cases at each stage, and of those with a warning of the headcount: two
    statements."""
    counts: dict[int, dict[str, int]] = {}
    warned: Counter[int] = Counter()
    numbers = select(Case.round_id, Case.stage, func.count(), func.count().filter(Case.warning != "")).group_by(Case.round_id, Case.stage)
    for round_id, stage, number, near in session.execute(numbers):
        counts.setdefault(round_id, {})[stage] = number
        warned[round_id] += near
    return [(r, counts.get(r.id, {}), warned[r.id]) for r in session.scalars(select(Round).order_by(Round.id.desc()))]


def round_by_code(session: Session, code: str) -> Round | None:
    """The round of that code."""
    return session.scalars(select(Round).where(Round.code == code)).one_or_none()


def asking_rounds(session: Session) -> list[Round]:
    """The rounds that ask bodies for returns, newest first: one statement."""
    return list(session.scalars(select(Round).where(exists().where(Case.round_id == Round.id)).order_by(Round.id.desc())))
