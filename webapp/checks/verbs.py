"""Explain what does not hold, carry explanations into a corrected version, and keep the measures of a signed-off one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.checks.models import Measures
from webapp.db import Work
from webapp.returns import queries as returns
from webapp.returns.drafts import open_draft
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnExplanation, ReturnVersion
from workflows.returns.checks import Checked, Outcome
from workflows.returns.figures import Figures


@dataclass(frozen=True)
class Given:
    """What was typed on one check: the text, the revision and the figures that were on the page, and whether it was ticked
    that what was said before still holds."""

    text: str
    seen: int = 0
    rests_on: str = ""
    confirmed: bool = False


@dataclass(frozen=True)
class Clash:
    """What was typed and could not be saved, because meanwhile `saved` was, or the figures changed (`moved`), or the check
    holds now (no `outcome`)."""

    code: str
    typed: str
    saved: str = ""
    moved: bool = False
    outcome: Outcome | None = None


class Clashes(Exception):
    """Nothing was saved, because what was explained is not any more what it was on the page."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__(f"{len(clashes)} explanations met a change.")
        self.clashes = clashes


def explain(work: Work, case: Case, state: str | None, checked: Checked, given: Mapping[str, Given]) -> int:
    """Keep what the body says on checks that do not hold, by their codes; gives how many explanations changed.

    `checked` is the draft as it stands in this very transaction. An empty text takes an explanation back. Raises Refused
    when the return is not being filled in, and Clashes, saving nothing, when somebody else changed one, or its figures
    changed, since the page was opened.
    """
    draft = open_draft(work.session, case, state)
    stored = {one.check_code: one for one in _explanations(work, draft.id)}
    wanted, clashes = [], []
    for code, typed in given.items():
        outcome, before = checked.outcome(code), stored.get(code)
        if not _changes(typed, outcome, before):
            continue
        saved = before.text if before and before.revision != typed.seen else ""
        if outcome is None or outcome.blocks or saved or outcome.rests_on != typed.rests_on:
            moved = outcome is not None and outcome.rests_on != typed.rests_on
            clashes.append(Clash(code, typed.text, saved, moved, outcome))
        else:
            wanted.append((outcome, typed, before))
    if clashes:
        raise Clashes(clashes)
    for outcome, typed, before in wanted:
        one = before or ReturnExplanation(version_id=draft.id, case_id=case.id, check_code=outcome.code, revision=0)
        one.item, one.asked, one.text, one.rests_on = outcome.item.code, outcome.text, typed.text, outcome.rests_on
        one.person_id, one.changed_at = work.actor.person_id, work.now
        one.revision += 1
        work.session.add(one)
    return len(wanted)


def _changes(typed: Given, outcome: Outcome | None, before: ReturnExplanation | None) -> bool:
    """Whether what was typed is anything new: another text than is kept, or a word that it still holds."""
    if typed.text != (before.text if before else ""):
        return True
    return typed.confirmed and outcome is not None and outcome.stale


def _explanations(work: Work, version_id: int) -> Iterable[ReturnExplanation]:
    return work.session.scalars(select(ReturnExplanation).where(ReturnExplanation.version_id == version_id))


def carry(work: Work, old: ReturnVersion, new: ReturnVersion) -> None:
    """Copy the explanations of a version into the one that corrects it, as they are: their figures are copied too."""
    for one in _explanations(work, old.id):
        copy = ReturnExplanation(version_id=new.id, case_id=new.case_id, check_code=one.check_code, item=one.item, asked=one.asked,
                                 text=one.text, rests_on=one.rests_on, person_id=one.person_id, changed_at=one.changed_at)  # fmt: skip
        work.session.add(copy)


@effect("keep_measures")
def keep_measures(move: Move) -> None:
    """Signed off: the indicators of the newest version are computed for good, for others to be compared with."""
    if (entered := move.facts.entered) is not None:
        move.work.session.add(Measures(version_id=entered.version_id, by_code=measure(move.facts.checked.figures)))


def measure(figures: Figures) -> dict[str, float]:
    """The value of every indicator that can be computed, by code."""
    return {found.indicator.code: float(found.value) for found in figures.measures() if found.value is not None}


def keep_missing_measures(work: Work) -> int:
    """Compute the measures of signed-off versions that have none, as of an installation that is brought up to date; gives
    how many. What is held of the bodies besides is asked for body by body: this runs once."""
    query = (
        select(ReturnVersion)
        .outerjoin(Measures, Measures.version_id == ReturnVersion.id)
        .where(ReturnVersion.frozen_at.is_not(None), Measures.id.is_(None))
    )
    found = list(work.session.scalars(query))
    for version in found:
        case = work.session.get_one(Case, version.case_id)
        figures = figures_of(work.session, case, returns.answers(work.session, version.id))
        work.session.add(Measures(version_id=version.id, by_code=measure(figures)))
    return len(found)
