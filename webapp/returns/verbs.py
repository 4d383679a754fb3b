"""Fill in, freeze and correct a return."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.checks import verbs as explanations
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.engine import Reason, Refused
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
    """A draft: the first version, or a corrected one that begins with the values of the one before."""
    session, case = move.work.session, move.case
    newest = queries.newest_version(session, case.id)
    if newest is not None and newest.frozen_at is None:
        return
    asked_for = move.facts.stay("return")
    version = ReturnVersion(case_id=case.id, number=newest.number + 1 if newest else 1, audience=int(Side.BODY),
                            reason=asked_for.why if newest and asked_for else "")  # fmt: skip
    session.add(version)
    session.flush()
    if newest is None:
        return
    for old in queries.values(session, newest.id).values():
        copy = ReturnValue(version_id=version.id, case_id=case.id, item=old.item, amount=old.amount, answer_text=old.answer_text,
                           note=old.note, basis=old.basis, not_known=old.not_known, known_by=old.known_by,
                           prefilled=old.prefilled, person_id=old.person_id, changed_at=old.changed_at)  # fmt: skip
        session.add(copy)
    explanations.carry(move.work, newest, version)


@effect("freeze_version")
def freeze_version(move: Move) -> None:
    """Signed off: the newest version is frozen for good."""
    version = queries.newest_version(move.work.session, move.case.id)
    if version is None or version.frozen_at is not None:
        raise Refused("state", (Reason("There is no draft of this return to sign off.", "return"),))
    version.frozen_at = move.work.now
    version.signed_by = move.work.actor.person_id


def save_answers(work: Work, case: Case, state: str | None, typed: Mapping[str, Answer], seen: Mapping[str, int]) -> int:
    """Save answers into the draft, item by item; gives how many changed.

    `seen` holds the revision of each item on the page that was filled in (0: no value yet). Only items that differ
    from what is stored are touched. Raises Refused when the return is not being filled in, and Clashes, saving nothing, when an item
    that is to change has been changed by somebody else since.
    """
    if state != "in_progress":
        text = "The return is not with you now, so its figures cannot be changed."
        raise Refused("state", (Reason(text, "return"),))
    session = work.session
    draft = session.scalars(
        select(ReturnVersion).where(ReturnVersion.case_id == case.id, ReturnVersion.frozen_at.is_(None)).with_for_update()
    ).one_or_none()
    if draft is None:
        raise Refused("state", (Reason("The return is signed off. Ask for a correction to change it.", "return"),))
    stored = queries.values(session, draft.id)
    changed = {item: answer for item, answer in typed.items() if (queries.answer(stored[item]) if item in stored else Answer()) != answer}
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
