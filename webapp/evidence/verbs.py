"""Add, replace, withdraw and judge evidence. The bytes are safe before any of these is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased, joinedload

from webapp.access import may_now
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.db import Work
from webapp.evidence import queries
from webapp.evidence.models import Evidence, EvidenceVerdict
from webapp.evidence.queries import File
from webapp.returns import queries as returns
from webapp.returns.models import ReturnVersion
from workflows.engine import Reason, Refused, Thing
from workflows.returns.figures import Figures
from workflows.roles import Role, Side

FILE_LIMIT = 20 * 1024 * 1024
CASE_LIMIT = 500 * 1024 * 1024
TEXT_LIMIT = 2000
VERDICTS = {"accepted": "Accept it", "refused": "Refuse it"}
ANSWERING = ("in_progress", "submitted", "accepted", "correction_requested")
"""The states of the return in which a query can be answered with a file: not while it waits for its signature."""


@dataclass(frozen=True)
class Content:
    """A file whose bytes are in the store: its tidied name, what it is, how long, its SHA-256, and its pages where they are known."""

    name: str
    media_type: str
    size: int
    sha256: str
    pages: int | None = None


def size_words(size: int) -> str:
    """A number of bytes in words: '812 bytes', '12 kB', '23.4 MB', '1.5 GB'."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < 1_000_000:
        return f"{max(1, round(size / 1024))} kB"
    amount, unit = (size / 1024**2, "MB") if size < 1_000_000_000 else (size / 1024**3, "GB")
    return f"{amount:,.1f}".removesuffix(".0") + f" {unit}"


def why_not(facts: CaseFacts) -> str:
    """Why the actor may not add, replace or withdraw evidence of this case now; empty where they may.

    A preparer may while the return is in progress; preparer and approver may while the reviewer's questions wait for answers.
    """
    state = facts.state("return")
    if facts.actor.role is Role.PREPARER and state == "in_progress":
        return ""
    if state in ANSWERING and may_now(facts.actor, "annotation.answer", facts.state("review")):
        return ""
    if facts.actor.role is Role.PREPARER:
        return "Evidence can be added while the return is in progress, or while the reviewer’s questions wait for your answers."
    return "You can add evidence while the reviewer’s questions wait for your answers. Before that, the preparer does."


def _allowed(facts: CaseFacts) -> None:
    if why := why_not(facts):
        raise Refused("state", (Reason(why, "evidence"),))


def add(work: Work, facts: CaseFacts, place: str, contents: Sequence[Content], expires_on: date | None) -> tuple[list[Evidence], list[int]]:
    """Put files behind a place; gives those added, and the numbers of those that stand there with the same content already.

    Raises Refused when the body may not add any now, or there would be too much in the case.
    """
    _allowed(facts)
    case = facts.case
    number = _room_for(work, case, contents)
    version, seen = _binding(work, case, place)
    standing = _standing(work, case, place)
    added: list[Evidence] = []
    there: list[int] = []
    for content in contents:
        if content.sha256 in standing:
            there.append(standing[content.sha256])
            continue
        number += 1
        standing[content.sha256] = number
        added.append(_row(work, case, place, content, number, expires_on, version, seen))
    work.session.add_all(added)
    return added, there


def replace(work: Work, facts: CaseFacts, old: File, content: Content, expires_on: date | None) -> Evidence:
    """Put a file in the place of another, which stays listed. Raises Refused when that one no longer stands."""
    _allowed(facts)
    must_stand(old, "be replaced")
    case, place = facts.case, old.evidence.place
    if content.sha256 == old.evidence.sha256:
        raise Refused("input", (Reason("This is the very same file. Choose the one that is to take its place.", "#files"),))
    number = _room_for(work, case, [content]) + 1
    version, seen = _binding(work, case, place)
    new = _row(work, case, place, content, number, expires_on, version, seen)
    new.replaces_id = old.evidence.id
    work.session.add(new)
    return new


def withdraw(work: Work, facts: CaseFacts, file: File, why: str) -> None:
    """Withdraw a file, with the reason; it stays listed, and whoever could open it still can."""
    _allowed(facts)
    must_stand(file, "be withdrawn")
    file.evidence.withdrawn_at, file.evidence.withdrawn_why = work.now, why
    work.why = why


def why_no_verdict(facts: CaseFacts, file: File) -> str:
    """Why the actor may not accept or refuse a file now; empty where they may."""
    if facts.actor.role is Role.REVIEWER and not may_now(facts.actor, "annotation.write", facts.state("review")):
        return "Evidence can be accepted or refused while the review is with you."
    if facts.actor.role is Role.REVIEWER and facts.actor.person_id not in facts.reviewer_ids:
        return "Evidence is accepted or refused by those who review the return."
    if facts.actor.role is Role.INSPECTOR and facts.state("challenge") not in ("in_progress", "response_in"):
        return "Evidence can be accepted or refused while the challenge is with you."
    if not file.current:
        return "This file no longer stands, so there is nothing to accept or refuse."
    return ""


def judge(work: Work, facts: CaseFacts, file: File, verdict: str, why: str) -> EvidenceVerdict:
    """Accept or refuse a file in the name of the actor's side; a refusal is shown to the body at once.

    Whoever knew of the side's earlier verdict learns of this one too. Raises Refused while the case is not with
    the actor, or when the file no longer stands.
    """
    if reason := why_no_verdict(facts, file):
        raise Refused("state", (Reason(reason, f"evidence/{file.evidence.number}"),))
    side = work.actor.side
    earlier = next((v for v in file.verdicts if v.side == int(side)), None)
    audience = int(side) | (earlier.audience if earlier else 0) | (int(Side.BODY) if verdict == "refused" else 0)
    found = EvidenceVerdict(evidence=file.evidence, case_id=facts.case.id, side=int(side), verdict=verdict, why=why, audience=audience,
                            person_id=work.actor.person_id, at=work.now)  # fmt: skip
    work.session.add(found)
    return found


def widen(work: Work, case: Case, thing: Thing, to: Side) -> None:
    """Let more sides see the evidence when they may see more of the `return`, or the verdicts with their `review` or `challenge`.

    What was withdrawn or replaced before was never theirs to see; a verdict is shown to nobody who does not see its file,
    and only the last one counts. Nothing is taken back when a draft is: what was said of a file was said.
    """
    if thing not in ("return", "review", "challenge"):
        return
    if thing == "return":
        later = aliased(Evidence)
        standing = select(Evidence).where(
            Evidence.case_id == case.id, Evidence.withdrawn_at.is_(None), ~exists().where(later.replaces_id == Evidence.id)
        )
        for evidence in work.session.scalars(standing):
            evidence.audience |= int(to)
        return
    side = Side.PARTNERSHIP if thing == "review" else Side.AUDITOR
    of_side = (EvidenceVerdict.case_id == case.id, EvidenceVerdict.side == int(side))
    last = select(func.max(EvidenceVerdict.id)).where(*of_side).group_by(EvidenceVerdict.evidence_id)
    verdicts = select(EvidenceVerdict).where(EvidenceVerdict.id.in_(last))
    for verdict in work.session.scalars(verdicts.options(joinedload(EvidenceVerdict.evidence))):
        verdict.audience |= int(to) & verdict.evidence.audience


def must_stand(file: File, done: str) -> None:
    """Raise Refused, with what to do instead, where a file was replaced or withdrawn; `done` is what it cannot: be replaced."""
    number = file.evidence.number
    if file.replaced_by is not None:
        text = f"File {number} was replaced by file {file.replaced_by}, so it cannot {done} any more. Open that one instead."
        raise Refused("state", (Reason(text, f"evidence/{file.replaced_by}"),))
    if file.evidence.withdrawn_at is not None:
        text = f"File {number} was withdrawn, so it cannot {done} any more. Add the new file to the list instead."
        raise Refused("state", (Reason(text, "evidence"),))


def _room_for(work: Work, case: Case, contents: Sequence[Content]) -> int:
    """The last number given in the case. Raises Refused where these files are too much for it."""
    held = queries.held(work.session, case)
    size = held.size + sum(content.size for content in contents)
    if size > CASE_LIMIT:
        text = (
            f"The files of this case would come to {size_words(size)}; {size_words(CASE_LIMIT)} is the most. "
            "Files that were replaced or withdrawn are kept and count too. Make the new files smaller, or send fewer."
        )
        raise Refused("input", (Reason(text, "#files"),))
    return held.last


def _binding(work: Work, case: Case, place: str) -> tuple[ReturnVersion | None, str]:
    """What a new file is bound to: the newest version of the return, and the answer at its place there, in words."""
    version = returns.newest_version(work.session, case.id)
    item = case.round.programme.find_item(place)
    if version is None or item is None:
        return version, ""
    figures = Figures(case.round.programme, returns.answers(work.session, version.id), headcount=case.headcount)
    return version, queries.words_of(figures.answer(place), item)


def _standing(work: Work, case: Case, place: str) -> dict[str, int]:
    """The files that stand behind a place: number by content."""
    later = aliased(Evidence)
    query = select(Evidence.sha256, Evidence.number).where(
        Evidence.case_id == case.id, Evidence.place == place, Evidence.withdrawn_at.is_(None),
        ~exists().where(later.replaces_id == Evidence.id),
    )  # fmt: skip
    return {row.sha256: row.number for row in work.session.execute(query)}


def _row(
    work: Work, case: Case, place: str, content: Content, number: int, expires_on: date | None, version: ReturnVersion | None, seen: str
) -> Evidence:
    """A new file. Whoever sees the version to which it is bound sees it too: of a draft, the body alone."""
    audience = version.audience if version is not None and version.frozen_at is not None else int(Side.BODY)
    return Evidence(case_id=case.id, number=number, place=place, name=content.name, media_type=content.media_type,
                    size=content.size, sha256=content.sha256, pages=content.pages, value_seen=seen, expires_on=expires_on,
                    audience=audience | int(Side.BODY), uploaded_by=work.actor.person_id, uploaded_at=work.now)  # fmt: skip
