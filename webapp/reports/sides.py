"""Each figure that somebody had something to say of, the sides beside one another: as filed, the peer's view, the inspector's, agreed."""

from dataclasses import dataclass

from webapp.access import sees
from webapp.cases.models import Case
from webapp.challenge import queries as challenge
from webapp.challenge.models import Finding
from webapp.checks.queries import entered_in_each
from webapp.db import Work
from webapp.returns.rests import value_of
from webapp.review import queries as review
from webapp.review.models import Annotation
from workflows.programme import Indicator, Item
from workflows.returns.figures import Figures
from workflows.review.annotations import ASKING
from workflows.review.sides import STANDINGS, Judged, standing
from workflows.roles import Actor


@dataclass(frozen=True)
class Beside:
    """A figure with what each side says of it, as far as the reader may know."""

    what: Item | Indicator
    filed: str
    """As it was signed off first."""
    now: str
    """As the newest version has it; empty where that is the same."""
    notes: list[Annotation]
    findings: list[tuple[Finding, Judged]]
    """Each with the response and the decision as far as the reader may know them."""
    code: str

    @property
    def words(self) -> str:
        return STANDINGS[self.code]


@dataclass(frozen=True)
class Sides:
    """All of them in the order of the return, and the numbers of the first and the newest version that the reader sees."""

    first: int
    newest: int
    figures: list[Beside]

    def count(self, code: str) -> int:
        """How many stand so."""
        return sum(one.code == code for one in self.figures)


def sides(work: Work, case: Case) -> Sides | None:
    """The figures of a case with the sides beside one another; None where the reader sees no signed version of its return.

    Three statements: the versions, the annotations with their replies, the findings.
    """
    here, actor, programme = work.session, work.actor, case.round.programme
    versions = [one for one in entered_in_each(here, case, actor) if one.frozen_at and not one.withdrawn_at]
    if not versions:
        return None
    newest, first = versions[0], versions[-1]
    before, now = (Figures(programme, one.answers, headcount=case.headcount) for one in (first, newest))
    notes: dict[str, list[Annotation]] = {}
    for note in review.annotations(here, case, actor):
        notes.setdefault(note.item, []).append(note)
    findings: dict[str, list[Finding]] = {}
    for finding in challenge.findings(here, case, actor):
        findings.setdefault(finding.item, []).append(finding)
    figures = []
    every: tuple[Item | Indicator, ...] = (*programme.items, *programme.indicators)
    for what in every:
        said, found = notes.get(what.code, []), findings.get(what.code, [])
        if not said and not found:
            continue
        filed, value = value_of(before, what), value_of(now, what)
        judged = [(one, _judged(one, actor)) for one in found]
        asked = [note.state for note in said if note.kind in ASKING]
        code = standing(filed=filed, now=value, queries=asked, findings=[one for _, one in judged])
        figures.append(Beside(what, filed, value if value != filed else "", said, judged, code))
    return Sides(first.number, newest.number, figures)


def _judged(finding: Finding, actor: Actor) -> Judged:
    return Judged(
        finding.response if sees(actor, finding.response_audience) else "",
        finding.decision if sees(actor, finding.decision_audience) else "",
    )
