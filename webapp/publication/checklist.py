"""The checklist before a publication: what blocks it, what warns, and what an officer has let stand with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.publication import queries
from webapp.publication.models import Publication
from webapp.publication.queries import Acknowledged, Made
from webapp.register.models import Round
from workflows.benchmarks.publishing import SummarySheet
from workflows.benchmarks.release import CONDITIONS, Condition, Finding, Release, Verb, findings
from workflows.programme import Programme
from workflows.programme.rests import items_behind


@dataclass(frozen=True)
class Line:
    """A condition with what was found; `stands` is the acknowledgement of just that, `before` one of something else."""

    condition: Condition
    finding: Finding | None
    stands: Acknowledged | None = None
    before: Acknowledged | None = None

    @property
    def state(self) -> str:
        """`holds`, `blocks`, `warns`, or `stands` for a warning that is acknowledged."""
        if self.finding is None:
            return "holds"
        if self.condition.blocks:
            return "blocks"
        return "stands" if self.stands else "warns"


@dataclass(frozen=True)
class Checklist:
    """Every condition of a publication, in order."""

    lines: tuple[Line, ...]

    def blocking(self, verb: Verb) -> list[Line]:
        """What stops a verb."""
        return [line for line in self.lines if line.state == "blocks" and verb in line.condition.blocks]

    @property
    def warning(self) -> list[Line]:
        """The warnings that nobody has acknowledged as they are."""
        return [line for line in self.lines if line.state == "warns"]

    @property
    def settled(self) -> list[Line]:
        """What holds, or stands with a reason."""
        return [line for line in self.lines if line.state in ("holds", "stands")]


def checklist(session: Session, round_: Round, publication: Publication | Made, moment: datetime) -> Checklist:
    """The checklist of a publication that is to be public at that moment: five statements."""
    summary = queries.sheet(session, publication.id, SummarySheet, "")
    versions = {one.code: one.version for one in summary.subjects} if summary else {}
    now = Release(
        round=round_.code, number=publication.number, moment=moment, cases=queries.cases_now(session, round_.id, versions),
        groups=queries.groups_asked(session, round_.id, publication.made_at), long_notes=queries.long_notes(session, publication.id),
        undefined=_undefined(round_.programme), with_provisional=publication.with_provisional, issued_at=publication.issued_at,
        set_for=publication.publish_at,
    )  # fmt: skip
    found = {finding.condition.name: finding for finding in findings(now)}
    said: dict[str, list[Acknowledged]] = {}
    for one in queries.acknowledged(session, publication.id):
        said.setdefault(one.condition, []).append(one)
    return Checklist(tuple(_line(condition, found.get(condition.name), said.get(condition.name, [])) for condition in CONDITIONS))


def _line(condition: Condition, finding: Finding | None, said: list[Acknowledged]) -> Line:
    line = Line(condition, finding)
    if finding is None or not said:
        return line
    stands = next((one for one in reversed(said) if one.told == finding.told), None)
    return replace(line, stands=stands, before=None if stands else said[-1])


def _undefined(programme: Programme) -> tuple[str, ...]:
    """The amounts that measures rest on and whose guidance does not say what is counted: a practice says it in its own words."""
    behind = dict.fromkeys(code for one in programme.indicators for code in items_behind(one, programme))
    items = (programme.item(code) for code in behind)
    return tuple(item.code for item in items if item.typed and item.kind == "amount" and not item.guidance.strip())
