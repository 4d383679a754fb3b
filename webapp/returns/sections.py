"""The parts of a return among the people who fill it in: who looks after which, what is ready, who has what open now."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.checks import queries as checks
from webapp.db import Work
from webapp.returns import queries
from webapp.returns.drafts import open_draft
from webapp.returns.models import ReturnSection, ReturnVersion
from workflows.engine import Reason, Refused


def _section(session: Session, draft: ReturnVersion, function: str) -> ReturnSection:
    query = select(ReturnSection).where(ReturnSection.version_id == draft.id, ReturnSection.function == function)
    found = session.scalars(query).one_or_none()
    if found is None:
        found = ReturnSection(version_id=draft.id, case_id=draft.case_id, function=function)
        session.add(found)
    return found


def touch(work: Work, case: Case, state: str | None, function: str) -> ReturnSection:
    """Note that the actor works in a part now, for others to see; gives the part. Raises Refused when the return is not being
    filled in."""
    section = _section(work.session, open_draft(work.session, case, state), function)
    section.open_by, section.open_at = work.actor.person_id, work.now
    return section


def set_owners(work: Work, case: Case, state: str | None, owners: Mapping[str, int | None]) -> int:
    """Say who looks after which parts, by code of function; None is nobody. Gives how many changed.

    Raises Refused when the return is not being filled in, or when somebody is not a preparer of the body.
    """
    session = work.session
    draft = open_draft(session, case, state)
    sections = {s.function: s for s in session.scalars(select(ReturnSection).where(ReturnSection.version_id == draft.id))}
    before = {function: section.owner_id for function, section in sections.items()}
    changed = {function: owner for function, owner in owners.items() if before.get(function) != owner}
    if set(changed.values()) - {None, *(person.id for person in queries.preparers_of(session, case))}:
        text = "Choose among the preparers of your body. Ask the administrator to add somebody who is missing."
        raise Refused("input", (Reason(text, "return/owners"),))
    for function, owner in changed.items():
        if function not in sections:
            sections[function] = ReturnSection(version_id=draft.id, case_id=case.id, function=function)
            session.add(sections[function])
        sections[function].owner_id = owner
    return len(changed)


def set_ready(work: Work, case: Case, state: str | None, function: str, ready: bool) -> bool:
    """Say that a part is ready, or that it is not after all. Gives whether that is news.

    Raises Refused when the return is not being filled in, and where something still stands in the way of the part.
    """
    session = work.session
    draft = open_draft(session, case, state)
    section = _section(session, draft, function)
    if ready == (section.ready_at is not None):
        return False
    if ready:
        reasons = checks.checked(session, case, checks.entered(session, case)).in_way(function)
        if reasons:
            raise Refused("guard", reasons)
    section.ready_by = work.actor.person_id if ready else None
    section.ready_at = work.now if ready else None
    return True


def withdraw_ready(session: Session, draft: ReturnVersion, functions: Collection[str]) -> list[str]:
    """Withdraw the ready mark of parts of which an answer changed; gives those that had one."""
    query = select(ReturnSection).where(
        ReturnSection.version_id == draft.id, ReturnSection.function.in_(functions), ReturnSection.ready_at.is_not(None)
    )
    found = list(session.scalars(query))
    for section in found:
        section.ready_by = section.ready_at = None
    return [section.function for section in found]
