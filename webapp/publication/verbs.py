"""Make a snapshot of a round, issue it to bodies under embargo, publish it, note beside it, restate it, choose comparators."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.db import Work
from webapp.publication import building, manifests, queries
from webapp.publication.apart import encoded_apart
from webapp.publication.checklist import Checklist, Line, checklist
from webapp.publication.models import Acknowledgement, ContextNote, GroupRequest, Publication, PublicationDocument, Restatement
from webapp.register.models import Body, Round
from webapp.returns.models import ReturnVersion
from workflows.benchmarks.comparability import value_of
from workflows.benchmarks.publishing import BodySheet
from workflows.benchmarks.release import EDITORS_LIMIT, NOTE_LIMIT
from workflows.engine import Reason

WHY_LIMIT = 2000
"""Characters of the reason for which a warning may stand."""
FEWEST, MOST = 5, 30
"""Bodies of a comparator group of one's own: no rank is told under five, and thirty are a class."""


class PublicationProblem(ValueError):
    """Something that cannot be done with a publication now; each of `texts` says what to do."""

    def __init__(self, *texts: str) -> None:
        super().__init__(" ".join(texts))
        self.texts = texts

    def reasons(self, place: str = "") -> tuple[Reason, ...]:
        """The same as reasons for a page to show, mended at that place of it."""
        return tuple(Reason(text, place) for text in self.texts)


def make(work: Work, round_: Round, *, why: str = "", with_provisional: bool = False, by_itself: bool = False) -> Publication:
    """Make the next publication of a round from what there is now; nobody but the programme team sees it yet.

    Notes that bodies put beside the publication before are carried over, and its notes to editors. `by_itself` computes in a process
    of its own, for a serving one would keep the memory. Raises PublicationProblem where there is no figure to publish.
    """
    session = work.session
    compute = encoded_apart if by_itself else building.encoded
    documents = compute(session, round_, work.now, with_provisional)
    if not documents:
        raise PublicationProblem("There is no figure to publish yet: no return of this round is signed off.")
    digest = hashlib.sha256()
    for kind, key, content in documents:
        digest.update(f"{kind}:{key}:{len(content)}:".encode() + content)
    before = session.scalar(select(func.max(Publication.number)).where(Publication.round_id == round_.id)) or 0
    publication = Publication(round_id=round_.id, number=before + 1, why=why.strip(), with_provisional=with_provisional,
                              editors_note=_editors_note_before(session, round_, before), digest=digest.hexdigest(),
                              made_at=work.now, made_by=work.actor.person_id)  # fmt: skip
    session.add(publication)
    session.flush()
    rows = [{"publication_id": publication.id, "kind": kind, "key": key, "content": content} for kind, key, content in documents]
    session.execute(insert(PublicationDocument), rows)
    _carry_notes(session, round_, publication)
    return publication


def _editors_note_before(session: Session, round_: Round, number: int) -> str:
    query = select(Publication.editors_note).where(Publication.round_id == round_.id, Publication.number == number)
    return session.scalars(query).one_or_none() or ""


def _carry_notes(session: Session, round_: Round, publication: Publication) -> None:
    query = select(ContextNote).join(Publication, Publication.id == ContextNote.publication_id)
    query = query.where(Publication.round_id == round_.id, Publication.number == publication.number - 1, ContextNote.text != "")
    for note in session.scalars(query).all():
        session.add(ContextNote(publication_id=publication.id, case_id=note.case_id, indicator=note.indicator, text=note.text,
                                person_id=note.person_id, changed_at=note.changed_at))  # fmt: skip


def one(session: Session, round_: Round, number: int) -> Publication | None:
    """The publication of a round with that number."""
    return session.scalars(select(Publication).where(Publication.round_id == round_.id, Publication.number == number)).one_or_none()


def _still_open(work: Work, publication: Publication) -> None:
    later = select(func.max(Publication.number)).where(Publication.round_id == publication.round_id)
    newest = work.session.scalar(later) or 0
    if newest > publication.number:
        raise PublicationProblem(f"Publication {newest} was made since, and takes the place of publication {publication.number}.")
    if publication.publish_at is not None and publication.publish_at <= work.now:
        text = f"Publication {publication.number} is published, and what is published never changes. Make another one in its place."
        raise PublicationProblem(text)


def _checklist(work: Work, publication: Publication, moment: datetime) -> Checklist:
    return checklist(work.session, work.session.get_one(Round, publication.round_id), publication, moment)


def _must_hold(lines: Iterable[Line]) -> None:
    """Raises PublicationProblem with what stands against a verb: the checklist says where each is mended."""
    texts = []
    for line in lines:
        if line.condition.blocks and line.finding:
            texts += [reason.text for reason in line.finding.reasons]
        else:
            texts.append(f"{line.condition.warns} Mend it, or acknowledge it with a reason.")
    if texts:
        raise PublicationProblem(*texts)


def acknowledge(work: Work, publication: Publication, conditions: Iterable[str], reason: str, at: datetime | None = None) -> None:
    """Let warnings stand, for a reason that stays on the record. Raises PublicationProblem without one, and where nothing is ticked."""
    _still_open(work, publication)
    wanted = set(conditions)
    lines = [line for line in _checklist(work, publication, at or work.now).warning if line.condition.name in wanted]
    kept = reason.strip()
    if not lines:
        raise PublicationProblem("Tick each warning that you have read and let stand.")
    if not kept:
        raise PublicationProblem("Say why the publication is right although these warnings stand: it is kept on the record.")
    if len(kept) > WHY_LIMIT:
        raise PublicationProblem(f"The reason must be {WHY_LIMIT} characters or fewer; it has {len(kept)}.")
    for line in lines:
        assert line.finding is not None
        work.session.add(Acknowledgement(publication_id=publication.id, condition=line.condition.name, told=line.finding.told,
                                         reason=kept, person_id=work.actor.person_id, at=work.now))  # fmt: skip
    work.session.flush()


def write_editors_note(work: Work, publication: Publication, text: str, *, before: str) -> None:
    """Keep the notes to editors, which are printed with what is published.

    `before` is what they were on the page that was filled in. Raises PublicationProblem for a text that is too long, for a
    publication that is public, and where somebody else wrote meanwhile.
    """
    _still_open(work, publication)
    kept, was = (one.replace("\r\n", "\n").strip() for one in (text, before))
    if was != publication.editors_note:
        raise PublicationProblem("Somebody else changed the notes to editors meanwhile. Open the page again and look at them.")
    if len(kept) > EDITORS_LIMIT:
        raise PublicationProblem(f"The notes to editors must be {EDITORS_LIMIT} characters or fewer; they have {len(kept)}.")
    publication.editors_note = kept
    if publication.publish_at is not None:
        manifests.keep(work.session, publication, work.now)


def issue(work: Work, publication: Publication) -> None:
    """Let every body see its own part, under embargo.

    Raises PublicationProblem for one that is published or issued already, and for what blocks it (workflows.benchmarks.release).
    """
    _still_open(work, publication)
    if publication.issued_at is not None:
        raise PublicationProblem(f"Publication {publication.number} is with the bodies already.")
    _must_hold(_checklist(work, publication, work.now).blocking("issue"))
    publication.issued_at = work.now


def publish(work: Work, publication: Publication, at: datetime | None = None, *, although: str = "") -> None:
    """Publish at a time, or now: from then on everybody sees it, to the second, whatever runs or not. Its manifest is made.

    `although` is the reason for which every warning may stand. Raises PublicationProblem for one that is published already, for a
    time that has passed, for what blocks it, and for warnings that nobody has acknowledged.
    """
    _still_open(work, publication)
    moment = at or work.now
    if moment < work.now:
        raise PublicationProblem("The time of publication has passed. Choose a later one, or publish now.")
    found = _checklist(work, publication, moment)
    if although.strip() and found.warning:
        acknowledge(work, publication, [line.condition.name for line in found.warning], although, moment)
        found = _checklist(work, publication, moment)
    _must_hold([*found.blocking("publish"), *found.warning])
    publication.publish_at = moment
    publication.issued_at = publication.issued_at or min(moment, work.now)
    manifests.keep(work.session, publication, work.now)


def hold(work: Work, publication: Publication) -> None:
    """Take the time of publication back. Raises PublicationProblem for one that is published, or that has none."""
    _still_open(work, publication)
    if publication.publish_at is None:
        raise PublicationProblem(f"Publication {publication.number} has no time of publication to take back.")
    publication.publish_at, publication.manifest, publication.manifest_number = None, None, ""


def write_note(work: Work, case: Case, indicator: str, text: str, *, seen: int) -> ContextNote:
    """Keep what a body says beside one of its figures, or beside all of them; an empty one takes it back.

    `seen` is the revision on which the page was made, 0 for none. Raises PublicationProblem where no publication is under embargo, for a
    text that is too long, for an indicator of which nothing is published, and where somebody else wrote meanwhile.
    """
    session = work.session
    shown = queries.issued(session, case.round_id, work.now)
    if shown is None or shown.public:
        text = "Notes beside figures can be written while a publication is under embargo, before it is published."
        raise PublicationProblem(text)
    if indicator and shown.programme.find_indicator(indicator) is None:
        raise PublicationProblem(f"There is no measure {indicator} in this programme.")
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) > NOTE_LIMIT:
        raise PublicationProblem(f"The note must be {NOTE_LIMIT} characters or fewer; it has {len(kept)}.")
    query = select(ContextNote).where(ContextNote.publication_id == shown.id, ContextNote.case_id == case.id,
                                      ContextNote.indicator == indicator)  # fmt: skip
    note = session.scalars(query).one_or_none()
    if note is not None and note.revision != seen:
        raise PublicationProblem("Somebody else changed this note meanwhile. Open the page again and look at it.")
    if note is None:
        note = ContextNote(publication_id=shown.id, case_id=case.id, indicator=indicator, revision=0)
    note.text, note.person_id, note.changed_at = kept, work.actor.person_id, work.now
    note.revision += 1
    session.add(note)
    if shown.manifest:
        manifests.keep(session, session.get_one(Publication, shown.id), work.now)
    return note


@effect("restate")
def restate(move: Move) -> None:
    """Signed off: what is published of the body and is otherwise in this version goes on the public list, with old and new."""
    work, case = move.work, move.case
    session = work.session
    entered = move.facts.entered
    publication = queries.shown(session, work.actor, work.now, case.round.code)
    if publication is None or entered is None:
        return
    sheet = queries.sheet(session, publication.id, BodySheet, case.body.code)
    if sheet is None or not sheet.subject.version:
        return
    stood = _restated(session, publication.id, case)
    checked = move.facts.checked
    for code, was in sheet.values.items():
        # As it would be published: what is not told of few people is not told here either.
        new = value_of(case.round.programme.indicator(code), checked).value
        old = stood.get(code, was.value)
        if old != new:
            session.add(Restatement(publication_id=publication.id, case_id=case.id, indicator=code,
                                    version=entered.number, old=old, new=new, reason=_reason(session, entered.version_id),
                                    at=work.now))  # fmt: skip


def _restated(session: Session, publication_id: int, case: Case) -> dict[str, Any]:
    """What figures were restated to since they were published, by indicator: the newest."""
    query = select(Restatement.indicator, Restatement.new).where(
        Restatement.publication_id == publication_id, Restatement.case_id == case.id
    )
    return {row.indicator: row.new for row in session.execute(query.order_by(Restatement.id))}


def _reason(session: Session, version_id: int) -> str:
    return session.scalars(select(ReturnVersion.reason).where(ReturnVersion.id == version_id)).one()


def ask_for_group(work: Work, case: Case, codes: Sequence[str], reason: str) -> GroupRequest:
    """Ask for a comparator group of the body's own. Raises PublicationProblem with everything that is wrong with it."""
    session = work.session
    wanted = list(dict.fromkeys(code.upper() for code in codes))
    wrong = list(_wrong_with(session, case, wanted, reason))
    if any(one.decision == "" for one in queries.requests_of(session, case.id)):
        wrong.append("A group that was asked for waits for its decision already. Wait for that, or withdraw it first.")
    if wrong:
        raise PublicationProblem(*wrong)
    request = GroupRequest(case_id=case.id, members=wanted, reason=reason.strip(), asked_by=work.actor.person_id, asked_at=work.now)
    session.add(request)
    return request


def _wrong_with(session: Session, case: Case, codes: Sequence[str], reason: str) -> Iterable[str]:
    known = set(session.scalars(select(Body.code).where(Body.code.in_(codes))))
    if strangers := [code for code in codes if code not in known]:
        yield f"There is no body {', '.join(strangers)} in the register. Use the codes of the register, like E0724."
    if case.body.code in codes:
        yield "A body is not compared with itself: leave its own code out."
    if not FEWEST <= len(codes) <= MOST:
        yield f"Name {FEWEST} to {MOST} bodies; there are {len(codes)}."
    if len(reason.strip()) < FEWEST:
        yield "Say why these bodies are the better comparison."


def decide_on_group(work: Work, request: GroupRequest, *, accept: bool, reason: str) -> None:
    """Decide on a comparator group, with the reason. Raises PublicationProblem for one that is decided, or without a reason."""
    if request.decision:
        raise PublicationProblem(f"This group was {request.decision} already.")
    if not reason.strip():
        raise PublicationProblem("Give the reason of the decision: the body reads it.")
    request.decision = "accepted" if accept else "refused"
    request.decided_reason, request.decided_by, request.decided_at = reason.strip(), work.actor.person_id, work.now
