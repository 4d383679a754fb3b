"""What rests on the values of a return: annotations, findings and scores, and how a value that was seen reads now."""

from dataclasses import dataclass

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.models import Case
from webapp.challenge.models import Finding
from webapp.review.models import Annotation
from webapp.templating import measured, told
from workflows.programme import Indicator, Item
from workflows.returns.figures import Figures
from workflows.roles import Actor

NOTE, FINDING = 0, 1


@dataclass(frozen=True)
class Effect:
    """Something that rests on a value: what it is called, and its place below the case."""

    code: str
    label: str
    place: str


def effects(session: Session, case: Case, actor: Actor) -> dict[str, list[Effect]]:
    """What an actor may see of all that rests on the values of a case, by code of item or indicator: one statement."""
    notes = select(literal(NOTE), Annotation.id, Annotation.item, Annotation.kind)
    notes = notes.where(Annotation.case_id == case.id, seen_by(Annotation.audience, actor), Annotation.state != "withdrawn")
    findings = select(literal(FINDING), Finding.number, Finding.item, literal(""))
    findings = findings.where(Finding.case_id == case.id, Finding.item != "", Finding.decision != "withdrawn")
    both = union_all(notes, findings.where(seen_by(Finding.audience, actor)))
    found = []
    for thing, number, item, kind in sorted((row[0], row[1], row[2], row[3]) for row in session.execute(both)):
        if thing == NOTE:
            found.append(Effect(item, f"{kind.replace('_', ' ')} of the peer review", f"review#annotation-{number}"))
        else:
            found.append(Effect(item, f"finding {number}", f"challenge#finding-{number}"))
    by_code: dict[str, list[Effect]] = {}
    for effect in found:
        by_code.setdefault(effect.code, []).append(effect)
    return by_code


def value_of(figures: Figures, figure: Item | Indicator) -> str:
    """The value of an item or an indicator in words; of an indicator that has none, why."""
    if isinstance(figure, Item):
        return told(figures.answer(figure.code), figure)
    found = figures.measure(figure)
    return measured(found.value, figure.unit) if found.value is not None else f"Not computable: {found.why}"


def value_now(code: str, value_seen: str, figures: Figures | None) -> str:
    """How a value that something rests on reads now; empty where it reads the same, or where that cannot be seen."""
    figure = figures.programme.find_figure(code) if figures else None
    if figures is None or figure is None:
        return ""
    now = value_of(figures, figure)
    return now if now != value_seen else ""
