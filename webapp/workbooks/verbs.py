"""Keep what was read from an uploaded file until its preparer has seen it, and take over what they choose."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import PureWindowsPath

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import Work
from webapp.record import note
from webapp.returns import drafts
from webapp.returns import queries as returns
from webapp.returns import verbs as returning
from webapp.returns.models import ReturnImport
from webapp.workbooks.queries import origin_of
from workflows.engine import Reason, Refused
from workflows.returns import tables
from workflows.returns.cells import Table
from workflows.returns.preview import Preview, preview
from workflows.returns.tables import Reading
from workflows.roles import Side

NOT_OPEN = "The return is not with you now, so its figures cannot be changed. What is in the file can be uploaded once it is."


def must_be_open(state: str | None) -> None:
    """Raise Refused unless the return is being filled in."""
    if state != "in_progress":
        raise Refused("state", (Reason(NOT_OPEN, "return"),))


def understood(session: Session, case: Case, read: list[Table]) -> Reading:
    """What a file's tables give for the draft of a case."""
    version = returns.newest_version(session, case.id)
    return tables.read(read, case.round.programme, origin_of(case, version))


def keep(work: Work, case: Case, filename: str, content: bytes, reading: Reading) -> ReturnImport:
    """Keep a reading for its uploader to look at; it takes the place of their earlier ones that were not taken over."""
    person = work.actor.person_id
    earlier = delete(ReturnImport).where(
        ReturnImport.case_id == case.id, ReturnImport.person_id == person, ReturnImport.applied_at.is_(None)
    )
    work.session.execute(earlier)
    kept = ReturnImport(case_id=case.id, person_id=person, at=work.now, filename=plain_name(filename),
                        sha256=fingerprint(content), content=msgspec.to_builtins(reading))  # fmt: skip
    work.session.add(kept)
    work.session.flush()
    return kept


def fingerprint(content: bytes) -> str:
    """The SHA-256 of a file, by which the record names it."""
    return hashlib.sha256(content).hexdigest()


def plain_name(filename: str) -> str:
    """A file's name without its folders and without characters that nobody sees."""
    name = "".join(c for c in PureWindowsPath(filename).name if c.isprintable()).strip()
    return name[:200] or "file"


def reading_of(kept: ReturnImport) -> Reading:
    """What was read from an uploaded file."""
    return msgspec.convert(kept.content, Reading)


def preview_of(session: Session, case: Case, reading: Reading, today: date) -> Preview:
    """What a reading would change in the draft of a case as it is now: two statements."""
    version = returns.newest_version(session, case.id)
    stored = returns.values(session, version.id) if version else {}
    programme = case.round.programme
    return preview(
        programme,
        reading,
        returns.as_answers(stored),
        {code: value.revision for code, value in stored.items()},
        today,
        version.number if version else None,
        {code: drafts.why_locked(programme.item(code).label) for code in drafts.locked(version, programme)},
    )


def take_over(work: Work, case: Case, state: str | None, kept: ReturnImport, chosen: Collection[str], seen: Mapping[str, int]) -> int:
    """Save the chosen answers of an uploaded file, once; gives how many changed.

    `seen` holds the revision of each item on the page where they were chosen. Raises Refused where that is not possible,
    and webapp.returns.verbs.Clashes, saving nothing, where one of them was changed by somebody else since.
    """
    must_be_open(state)
    if kept.applied_at is not None:
        raise Refused("state", (Reason("This file was taken over already. Upload it again to see what is left of it.", "return/import"),))
    changed = save(work, case, reading_of(kept), kept.filename, kept.sha256, frozenset(chosen), seen)
    kept.applied_at = work.now
    return changed


def save(work: Work, case: Case, reading: Reading, filename: str, sha256: str, chosen: frozenset[str], seen: Mapping[str, int]) -> int:
    """Save the chosen answers of a reading, with one event that names the file; gives how many changed. Raises as `take_over`."""
    found = preview_of(work.session, case, reading, in_london(work.now).date())
    answers = found.answers(chosen)
    work.why = f"from the file “{filename}”"
    changed = returning.save_answers(work, case, "in_progress", answers, seen)
    if changed:
        told = f"took over {changed} answer{'s' if changed != 1 else ''} from the file “{filename}”"
        note(work, "return.imported", entity="return_import", key=sha256[:16], label=told, audience=Side.BODY, case_id=case.id,
             new={"file": filename, "sha256": sha256, "changed": changed, "left": len(found.changes) - len(answers)})  # fmt: skip
    return changed
