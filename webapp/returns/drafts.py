"""The draft of a return: whether it may be changed now, and what of it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import may_now, must_be_open
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.returns.models import ReturnVersion
from workflows.engine import Reason, Refused
from workflows.programme import Programme
from workflows.returns.values import quoted


def editable(facts: CaseFacts) -> bool:
    """Whether the actor may fill in the return now."""
    return may_now(facts.actor, "return.edit", facts.state("return"))


def open_draft(session: Session, case: Case, state: str | None) -> ReturnVersion:
    """The draft that may be filled in now, locked until the transaction ends. Raises Refused where there is none."""
    must_be_open("return.edit", state)
    draft = session.scalars(
        select(ReturnVersion)
        .where(ReturnVersion.case_id == case.id, ReturnVersion.frozen_at.is_(None), ReturnVersion.withdrawn_at.is_(None))
        .with_for_update()
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
    return f"{quoted(label)} was not reopened in this correction, so it stays as it was signed off. To change it too, open more items."


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
