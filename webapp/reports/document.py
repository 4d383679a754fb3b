"""The review as one object: the page's facts, the PDF and whatever else shows it come from here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.cases import queries as cases
from webapp.cases.models import Case
from webapp.checks import queries as checks
from webapp.checks.queries import Said
from webapp.review import queries
from webapp.review.models import Annotation
from webapp.templating import told
from workflows.returns.figures import Figures
from workflows.roles import Actor, Side


@dataclass(frozen=True)
class Line:
    """A figure of the return with what was remarked on it, and what the body says on it."""

    label: str
    code: str
    value: str
    annotations: list[Annotation]
    total: bool
    said: list[Said]


@dataclass(frozen=True)
class Section:
    """The figures of one function."""

    name: str
    lines: list[Line]


@dataclass(frozen=True)
class ReviewDocument:
    """A finished review, as its readers see it."""

    case: Case
    version: int
    signed_off: datetime | None
    issued: datetime | None
    summary: str
    comments: str
    sections: list[Section]
    remarks: int


def review_document(session: Session, case: Case, actor: Actor) -> ReviewDocument | None:
    """The finished review of a case, as far as the actor may see it; None while there is none.

    Only what is shared with the body is printed, so that the document is the same for all who may read it.
    """
    issued = next((stay for stay, _ in cases.history(session, case, "review", actor) if stay.state == "final"), None)
    review = queries.review(session, case, actor)
    version = checks.entered(session, case, actor)
    if issued is None or review is None or version is None:
        return None
    shared: dict[str, list[Annotation]] = {}
    for annotation in queries.annotations(session, case, actor):
        if annotation.audience & Side.BODY:
            shared.setdefault(annotation.item, []).append(annotation)
    programme = case.round.programme
    figures = Figures(programme, version.answers)
    said = checks.said_of(version, figures)
    sections = []
    for part in programme.functions:
        lines = []
        for item in programme.items_of(part.code):
            value = told(figures.answer(item.code), item)
            lines.append(Line(item.label, item.code, value, shared.get(item.code, []), bool(item.formula), said.get(item.code, [])))
        if lines:
            sections.append(Section(part.name, lines))
    return ReviewDocument(case, version.number, version.frozen_at, issued.since, review.summary, review.comments, sections,
                          sum(len(found) for found in shared.values()))  # fmt: skip
