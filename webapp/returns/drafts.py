"""The draft of a return: whether it may be changed now, and what of it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import may
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.returns.models import ReturnVersion
from workflows.engine import Reason, Refused
from workflows.programme import Programme


def editable(facts: CaseFacts) -> bool:
    """Whether the actor may fill in the return now."""
    return may(facts.actor, "return.edit") and facts.state("return") == "in_progress"


def open_draft(session: Session, case: Case, state: str | None) -> ReturnVersion:
    """The draft that may be filled in now, locked until the transaction ends. Raises Refused where there is none."""
    if state != "in_progress":
        text = "The return is not with you now, so its figures cannot be changed."
        raise Refused("state", (Reason(text, "return"),))
    draft = session.scalars(
        select(ReturnVersion).where(ReturnVersion.case_id == case.id, ReturnVersion.frozen_at.is_(None)).with_for_update()
    ).one_or_none()
    if draft is None:
        raise Refused("state", (Reason("The return is signed off. Ask for a correction to change it.", "return"),))
    return draft


def locked(draft: ReturnVersion | None, programme: Programme) -> frozenset[str]:
    """The items that this draft leaves as they were: all but those reopened, where a correction reopened some only."""
    if draft is None or not draft.reopened:
        return frozenset()
    return frozenset(item.code for item in programme.items if item.typed) - frozenset(draft.reopened)


def why_locked(label: str) -> str:
    """Why an item cannot be changed in this correction."""
    return f"“{label}” was not reopened in this correction, so it stays as it was signed off. Ask for it to be reopened to change it."


def refuse_locked(draft: ReturnVersion, programme: Programme, changed: Collection[str]) -> None:
    """Refuse changes of items that a correction did not reopen. Raises Refused."""
    shut = locked(draft, programme)
    reasons = tuple(
        Reason(why_locked(item.label), f"return/{item.function}#{item.code}")
        for item in programme.items
        if item.code in changed and item.code in shut
    )
    if reasons:
        raise Refused("guard", reasons)
