"""Fill in, freeze and correct a return."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.engine import Reason, Refused
from workflows.returns.checks import place
from workflows.returns.corrections import locked
from workflows.returns.values import Answer
from workflows.roles import Side


@dataclass(frozen=True)
class Clash:
    """Two people changed the same item: what one typed, and what another saved meanwhile."""

    item: str
    typed: Answer
    saved: Answer
    revision: int


class Clashes(Exception):
    """Nothing was saved, because items were changed by somebody else since the page was opened."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__(f"{len(clashes)} items were changed by somebody else.")
        self.clashes = clashes


@effect("open_version")
def open_version(move: Move) -> None:
    """A draft to fill in, where there is none yet."""
    session, case = move.work.session, move.case
    if queries.newest_version(session, case.id) is None:
        session.add(ReturnVersion(case_id=case.id, number=1, audience=int(Side.BODY)))
        session.flush()


@effect("freeze_version")
def freeze_version(move: Move) -> None:
    """Signed off: the draft is frozen for good, with the note of the body's committee where there is one."""
    version = move.facts.history.draft
    if version is None:
        raise Refused("state", (Reason("There is no draft of this return to sign off.", "return"),))
    version.frozen_at = move.work.now
    version.signed_by = move.work.actor.person_id
    version.committee = move.inputs.get("committee", "").strip()


def save_answers(work: Work, case: Case, state: str | None, typed: Mapping[str, Answer], seen: Mapping[str, int]) -> int:
    """Save answers into the draft, item by item; gives how many changed.

    `seen` holds the revision of each item on the page that was filled in (0: no value yet). Only items that differ
    from what is stored are touched. Raises Refused when the return is not being filled in or an item that is to change was
    not opened for the correction, and Clashes, saving nothing, when one has been changed by somebody else since.
    """
    if state != "in_progress":
        text = "The return is not with you now, so its figures cannot be changed."
        raise Refused("state", (Reason(text, "return"),))
    session = work.session
    draft = session.scalars(
        select(ReturnVersion)
        .where(ReturnVersion.case_id == case.id, ReturnVersion.frozen_at.is_(None), ReturnVersion.withdrawn_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if draft is None:
        raise Refused("state", (Reason("The return is signed off. Ask for a correction to change it.", "return"),))
    stored = queries.values(session, draft.id)
    changed = {item: answer for item, answer in typed.items() if (queries.answer(stored[item]) if item in stored else Answer()) != answer}
    if closed := [item for item in changed if locked(draft.reopened, item)]:
        raise Refused("state", tuple(_not_opened(case, item) for item in closed))
    clashes = [
        Clash(item, answer, queries.answer(stored[item]), stored[item].revision)
        for item, answer in changed.items()
        if item in stored and stored[item].revision != seen.get(item, 0)
    ]
    if clashes:
        raise Clashes(clashes)
    for item, answer in changed.items():
        value = stored.get(item)
        if value is None:
            value = ReturnValue(version_id=draft.id, case_id=case.id, item=item, revision=0)
            session.add(value)
        value.amount, value.answer_text, value.note, value.basis = answer.amount, answer.text, answer.note, answer.basis
        value.not_known, value.known_by, value.prefilled = answer.not_known, answer.known_by, answer.prefilled
        value.person_id = work.actor.person_id
        value.changed_at = work.now
        value.revision += 1
    return len(changed)


def _not_opened(case: Case, code: str) -> Reason:
    item = case.round.programme.item(code)
    text = f"“{item.label}” was not opened for this correction, so it stays as it was signed off. To change it too, open more items."
    return Reason(text, place(item))
