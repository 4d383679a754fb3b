"""Tell everybody whose annotation, finding or score rests on a value that a corrected return changed."""

from collections.abc import Iterable

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.challenge.models import Finding, Score
from webapp.db import Work
from webapp.notices import verbs as notices
from webapp.notices.queries import recipients
from webapp.returns.models import ReturnVersion
from webapp.review.models import Annotation
from webapp.templating import measured, told
from workflows.returns.differences import Change, MeasureChange, differences
from workflows.returns.figures import Figures
from workflows.roles import Role, Side

MESSAGE = "values_changed"


@effect("tell_reviewers_of_changes")
def tell_reviewers(move: Move) -> None:
    """A corrected return was signed off, so the partnership sees it: whoever annotated a changed value is told."""
    version = move.facts.history.newest
    changed = _changed(move, version, Side.PARTNERSHIP)
    if version is None or not changed:
        return
    query = select(Annotation.item, Annotation.author_id).where(Annotation.case_id == move.case.id, Annotation.item.in_(changed))
    query = query.where(Annotation.state != "withdrawn")
    resting = [(row.item, row.author_id) for row in move.work.session.execute(query)]
    _tell(move.work, move.case, Role.REVIEWER, version, changed, resting)


@effect("tell_auditor_of_changes")
def tell_auditor(move: Move) -> None:
    """A corrected return was accepted, so the auditor sees it: whoever made a finding, or a score of the same line of
    enquiry, on a changed value is told."""
    version = move.facts.history.newest
    changed = _changed(move, version, Side.AUDITOR)
    if version is None or not changed:
        return
    session, case_id = move.work.session, move.case.id
    findings = select(Finding.item, Finding.author_id, Finding.kloe).where(Finding.case_id == case_id, Finding.item.in_(changed))
    rows = session.execute(findings).all()
    resting = [(row.item, row.author_id) for row in rows]
    scores = select(Score.kloe, Score.person_id).where(Score.case_id == case_id, Score.kloe.in_({row.kloe for row in rows}))
    for score in session.execute(scores):
        resting += [(row.item, score.person_id) for row in rows if row.kloe == score.kloe]
    _tell(move.work, move.case, Role.INSPECTOR, version, changed, resting)


def _changed(move: Move, version: ReturnVersion | None, side: Side) -> dict[str, Change | MeasureChange]:
    """The changes of a version against the one before that a side could see, by item and indicator; none where it saw this one before."""
    history = move.facts.history
    if version is None or version.audience & side:
        return {}
    earlier = [v for v in history.versions if v.audience & side and v.frozen_at is not None and v.number < version.number]
    if not earlier:
        return {}
    history.load((earlier[-1], version))
    old, new = (Figures(move.case.round.programme, history.answers(v), headcount=move.case.headcount) for v in (earlier[-1], version))
    found = differences(old, new)
    every: list[Change | MeasureChange] = [*found.entered, *found.computed, *found.measures]
    return {change.code: change for change in every}


def _tell(
    work: Work,
    case: Case,
    role: Role,
    version: ReturnVersion,
    changed: dict[str, Change | MeasureChange],
    resting: Iterable[tuple[str, int]],
) -> None:
    """Tell who holds the role now: of what rests on their own work, and of the work of whoever has left."""
    holders = recipients(work.session, case, role)
    ids = {person.id for person in holders}
    rows = list(resting)
    for person in holders:
        mine = {item for item, author in rows if author == person.id or author not in ids}
        items = [_line(changed[code]) for code in changed if code in mine]
        if items and person.id != work.actor.person_id:
            occurrence, why = f"v{version.number}", version.reason
            notices.tell_person(work, case, MESSAGE, role, person, occurrence=occurrence, items=items, why=why)


def _line(change: Change | MeasureChange) -> str:
    if isinstance(change, MeasureChange):
        old, new = (measured(value, change.indicator.unit) or "not computable" for value in (change.move.old, change.move.new))
        return f"{change.indicator.label}: was {old}, now {new}"
    return f"{change.item.label}: was {told(change.old, change.item)}, now {told(change.new, change.item)}"
