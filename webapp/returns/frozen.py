"""A version that was signed off, or withdrawn, never changes: whatever would change it is refused before it is written.

The database refuses the same by triggers (migration 0007), for what goes past the models.
"""

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from webapp.returns.models import ReturnExplanation, ReturnSection, ReturnValue, ReturnVersion

Part = ReturnValue | ReturnExplanation | ReturnSection
OF_NO_RECORD = ("open_by", "open_at")
"""What a section says of who has it open now: not part of the version."""


class FrozenVersion(RuntimeError):
    """A change of a version that was signed off or withdrawn."""


@event.listens_for(Session, "before_flush")
def _refuse(session: Session, *_: Any) -> None:
    new, deleted = session.new, session.deleted  # each a new set each time that it is asked for
    for thing in (*new, *session.dirty, *deleted):
        if isinstance(thing, ReturnVersion):
            _check_version(thing, deleted=thing in deleted)
        elif isinstance(thing, Part) and (thing in new or thing in deleted or _changed(thing)):
            _check_part(session, thing)


def _changed(thing: Any) -> set[str]:
    names = {column.key for column in inspect(type(thing)).column_attrs} - set(OF_NO_RECORD)
    state = inspect(thing, raiseerr=True)
    return {name for name in names if state.attrs[name].history.has_changes()}


def _check_version(version: ReturnVersion, deleted: bool) -> None:
    if closed(version) and (deleted or _changed(version) - {"audience"}):
        raise FrozenVersion(f"Version {version.number} is signed off or withdrawn: it never changes.")


def _check_part(session: Session, part: Part) -> None:
    with session.no_autoflush:
        version = session.get(ReturnVersion, part.version_id) if part.version_id is not None else None
    if version is not None and closed(version):
        raise FrozenVersion(f"{type(part).__name__} of version {version.number}: it is signed off or withdrawn, and never changes.")


def closed(version: ReturnVersion) -> bool:
    """Whether a version was signed off or withdrawn already, as the database has it: not by the change that is being made."""
    state = inspect(version, raiseerr=True)
    for name in ("frozen_at", "withdrawn_at"):
        history = state.attrs[name].history
        before = history.deleted[0] if history.deleted else history.unchanged[0] if history.unchanged else None
        if before is not None:
            return True
    return False
