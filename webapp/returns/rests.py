"""What rests on the values of a return: annotations, findings and scores, and how a value that was seen reads now."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.models import Case
from webapp.challenge.models import Finding
from webapp.review.models import Annotation
from webapp.templating import told
from workflows.returns.figures import Figures
from workflows.roles import Actor


@dataclass(frozen=True)
class Effect:
    """Something that rests on a value: what it is called, and its place below the case."""

    code: str
    label: str
    place: str


def effects(session: Session, case: Case, actor: Actor) -> dict[str, list[Effect]]:
    """What an actor may see of all that rests on the values of a case, by code of item or indicator: two statements."""
    notes = select(Annotation.id, Annotation.item, Annotation.kind).where(Annotation.case_id == case.id)
    found = [
        Effect(row.item, f"{row.kind.replace('_', ' ')} of the peer review", f"review#annotation-{row.id}")
        for row in session.execute(notes.where(seen_by(Annotation.audience, actor)).order_by(Annotation.id))
    ]
    findings = select(Finding.number, Finding.item).where(Finding.case_id == case.id, Finding.item != "", Finding.decision != "withdrawn")
    found += [
        Effect(row.item, f"finding {row.number}", f"challenge#finding-{row.number}")
        for row in session.execute(findings.where(seen_by(Finding.audience, actor)).order_by(Finding.number))
    ]
    by_code: dict[str, list[Effect]] = {}
    for effect in found:
        by_code.setdefault(effect.code, []).append(effect)
    return by_code


def value_now(code: str, value_seen: str, figures: Figures | None) -> str:
    """How a value that something rests on reads now; empty where it reads the same, or where that cannot be seen."""
    item = figures.programme.find_item(code) if figures else None
    if figures is None or item is None:
        return ""
    now = told(figures.answer(code), item)
    return now if now != value_seen else ""
