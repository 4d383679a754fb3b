"""Fill in, freeze and correct a return."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.checks import verbs as explanations
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.drafts import open_draft, refuse_locked
from webapp.returns.models import ReturnSection, ReturnValue, ReturnVersion
from webapp.returns.sections import withdraw_ready
from workflows.engine import Reason, Refused
from workflows.returns.values import Answer
from workflows.roles import Side


@dataclass(frozen=True)
class Clash:
    """Two people changed the same item: what one typed, and what another saved meanwhile, who and when."""

    item: str
    typed: Answer
    saved: Answer
    revision: int
    person_id: int | None = None
    at: datetime | None = None


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
    for part in queries.parts(session, newest.id).values():
        if part.owner_id is not None:
            session.add(ReturnSection(version_id=version.id, case_id=case.id, function=part.function, owner_id=part.owner_id))
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
    from what is stored are touched; a part of which an answer changes is no longer ready. Raises Refused when the return is
    not being filled in or an item was not reopened, and Clashes, saving nothing, when an item that is to change has been
    changed by somebody else since.
    """
    session = work.session
    draft = open_draft(session, case, state)
    stored = queries.values(session, draft.id)
    changed = {item: answer for item, answer in typed.items() if (queries.answer(stored[item]) if item in stored else Answer()) != answer}
    if not changed:
        return 0
    programme = case.round.programme
    refuse_locked(draft, programme, changed)
    clashes = [
        _clash(stored[item], answer) for item, answer in changed.items() if item in stored and stored[item].revision != seen.get(item, 0)
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
    withdraw_ready(session, draft, {programme.item(item).function for item in changed})
    return len(changed)


def _clash(value: ReturnValue, typed: Answer) -> Clash:
    return Clash(value.item, typed, queries.answer(value), value.revision, value.person_id, value.changed_at)


def save_but_clashes(
    work: Work, case: Case, state: str | None, typed: Mapping[str, Answer], seen: Mapping[str, int]
) -> tuple[int, list[Clash]]:
    """Save all answers that nobody else has changed since; gives how many changed, and the clashes. Raises Refused."""
    try:
        return save_answers(work, case, state, typed, seen), []
    except Clashes as found:
        clashing = {clash.item for clash in found.clashes}
        rest = {item: answer for item, answer in typed.items() if item not in clashing}
        return save_answers(work, case, state, rest, seen), found.clashes
