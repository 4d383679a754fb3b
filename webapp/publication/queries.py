"""Reads of publications: which one an actor may see now, and its documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import json
from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, undefer

from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case, Stay
from webapp.clock import in_london
from webapp.db import read_rows
from webapp.publication.models import Acknowledgement, ContextNote, GroupRequest, Publication, PublicationDocument, Restatement
from webapp.register.models import Body, Round, programme_of
from webapp.returns.models import ReturnVersion
from workflows.benchmarks.publishing import BodySheet, GroupSheet, IndicatorSheet, SummarySheet
from workflows.benchmarks.release import NOTE_LIMIT, CaseNow, GroupAsked, LongNote
from workflows.programme import Programme
from workflows.roles import Actor, Side

Sheet = TypeVar("Sheet", SummarySheet, IndicatorSheet, GroupSheet, BodySheet)
KINDS: dict[type, str] = {SummarySheet: "summary", IndicatorSheet: "indicator", GroupSheet: "group", BodySheet: "body"}
_decoders: dict[type, Any] = {kind: json.Decoder(kind) for kind in KINDS}


@dataclass(frozen=True)
class Shown:
    """A publication that somebody may see, with its round's programme."""

    id: int
    number: int
    digest: str
    with_provisional: bool
    made_at: datetime
    issued_at: datetime | None
    publish_at: datetime | None
    public: bool
    round_code: str
    round_name: str
    programme: Programme
    manifest: str
    """The number of its manifest; empty while no time of publication is set."""
    editors_note: str
    restated: int
    """How many figures were restated since: what a page tells besides the documents."""

    @property
    def published_on(self) -> str:
        """The day of publication in London (ISO); empty where it is not public."""
        return in_london(self.publish_at).date().isoformat() if self.public and self.publish_at else ""

    @property
    def sealed(self) -> str:
        """The number of the manifest, once it is final; empty until the publication is public."""
        return self.manifest if self.public else ""


def open_to(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Which publications an actor may open: everybody those that are published, the programme team every one.

    A body sees its own part of one under embargo, on its case: that is not asked for here.
    """
    published = and_(Publication.publish_at.is_not(None), Publication.publish_at <= now)
    return Publication.id.is_not(None) if actor.side & Side.PROGRAMME else published


def shown(session: Session, actor: Actor, now: datetime, round_code: str, number: int | None = None) -> Shown | None:
    """The newest published publication of a round, or the one of that number if the actor may see it: one statement."""
    clauses = [Round.code == round_code]
    if number is None:
        clauses += [Publication.publish_at.is_not(None), Publication.publish_at <= now]
    else:
        clauses += [Publication.number == number, open_to(actor, now)]
    return _one(session, now, clauses)


def by_id(session: Session, publication_id: int, now: datetime) -> Shown | None:
    """A publication, whoever asks."""
    return _one(session, now, [Publication.id == publication_id])


def issued(session: Session, round_id: int, now: datetime) -> Shown | None:
    """The newest publication of a round that bodies may see their part of: issued under embargo, or published."""
    return _one(session, now, [Publication.round_id == round_id, Publication.issued_at.is_not(None), Publication.issued_at <= now])


def _one(session: Session, now: datetime, clauses: list[ColumnElement[bool]]) -> Shown | None:
    restated = select(func.count()).where(Restatement.publication_id == Publication.id).correlate(Publication).scalar_subquery()
    query = (
        select(Publication.id, Publication.number, Publication.digest, Publication.with_provisional, Publication.made_at,
               Publication.issued_at, Publication.publish_at, Publication.manifest_number, Publication.editors_note,
               Round.id, Round.code, Round.name, Round.programme_hash, restated)
        .join(Round, Round.id == Publication.round_id)
        .where(*clauses)
        .order_by(Publication.number.desc())
        .limit(1)
    )  # fmt: skip
    for row in read_rows(session, query):
        (
            publication,
            number,
            digest,
            provisional,
            made,
            issued_at,
            publish_at,
            manifest,
            editors,
            round_id,
            code,
            name,
            programme_hash,
            count,
        ) = row
        public = publish_at is not None and publish_at <= now
        programme = programme_of(session, round_id, programme_hash)
        return Shown(
            publication, number, digest, provisional, made, issued_at, publish_at, public, code, name, programme, manifest, editors, count
        )
    return None


def sheet(session: Session, publication_id: int, kind: type[Sheet], key: str) -> Sheet | None:
    """One document of a publication: one statement."""
    return next(iter(sheets(session, publication_id, kind, [key])), None)


def sheets(session: Session, publication_id: int, kind: type[Sheet], keys: Iterable[str] | None = None) -> list[Sheet]:
    """Documents of one kind, those of these keys or all, in the order of their keys: one statement."""
    query = select(PublicationDocument.content).where(
        PublicationDocument.publication_id == publication_id, PublicationDocument.kind == KINDS[kind]
    )
    if keys is not None:
        query = query.where(PublicationDocument.key.in_(list(keys)))
    decode = _decoders[kind].decode
    return [decode(content) for (content,) in read_rows(session, query.order_by(PublicationDocument.key))]


def notes(session: Session, publication_id: int, *, body: str | None = None, indicator: str | None = None) -> dict[tuple[str, str], str]:
    """The notes that bodies put beside their figures, by code of body and of indicator (empty: on all): one statement."""
    query = (
        select(Body.code, ContextNote.indicator, ContextNote.text)
        .join(Case, Case.id == ContextNote.case_id)
        .join(Body, Body.id == Case.body_id)
        .where(ContextNote.publication_id == publication_id, ContextNote.text != "")
    )
    if body is not None:
        query = query.where(Body.code == body)
    if indicator is not None:
        query = query.where(ContextNote.indicator.in_((indicator, "")))
    return {(code, of): text for code, of, text in read_rows(session, query)}


@dataclass(frozen=True)
class Restated:
    """A published figure that was restated."""

    number: int
    body: str
    name: str
    indicator: str
    version: int
    old: Decimal | None
    new: Decimal | None
    reason: str
    at: datetime


def restatements(session: Session, round_code: str, now: datetime) -> list[Restated]:
    """Every restatement of published figures of a round, newest first: one statement."""
    query = (
        select(Publication.number, Body.code, Organisation.name, Restatement.indicator, Restatement.version, Restatement.old,
               Restatement.new, Restatement.reason, Restatement.at)
        .join(Publication, Publication.id == Restatement.publication_id)
        .join(Round, Round.id == Publication.round_id)
        .join(Case, Case.id == Restatement.case_id)
        .join(Body, Body.id == Case.body_id)
        .join(Organisation, Organisation.id == Body.id)
        .where(Round.code == round_code, Publication.publish_at.is_not(None), Publication.publish_at <= now)
        .order_by(Restatement.at.desc(), Organisation.name, Restatement.indicator)
    )  # fmt: skip
    return [Restated(*row) for row in read_rows(session, query)]


@dataclass(frozen=True)
class PublishedRound:
    """A round of which something is published."""

    code: str
    name: str
    number: int
    publish_at: datetime


def published_rounds(session: Session, now: datetime) -> list[PublishedRound]:
    """The rounds of which something is published, newest first: one statement."""
    query = (
        select(Round.code, Round.name, func.max(Publication.number), func.max(Publication.publish_at))
        .join(Publication, Publication.round_id == Round.id)
        .where(Publication.publish_at.is_not(None), Publication.publish_at <= now)
        .group_by(Round.id, Round.code, Round.name)
        .order_by(func.max(Publication.publish_at).desc(), Round.code)
    )
    return [PublishedRound(code, name, number, at) for code, name, number, at in read_rows(session, query) if at is not None]


@dataclass(frozen=True)
class Made:
    """A publication in the officers' list, with who made it and how many notes bodies have put beside their figures."""

    id: int
    number: int
    why: str
    with_provisional: bool
    made_at: datetime
    who: str | None
    issued_at: datetime | None
    publish_at: datetime | None
    editors_note: str
    manifest: str
    notes: int


def of_round(session: Session, round_id: int) -> list[Made]:
    """Every publication of a round, newest first: one statement."""
    noted = select(func.count()).where(ContextNote.publication_id == Publication.id, ContextNote.text != "").correlate(Publication)
    query = (
        select(Publication.id, Publication.number, Publication.why, Publication.with_provisional, Publication.made_at, Person.name,
               Publication.issued_at, Publication.publish_at, Publication.editors_note, Publication.manifest_number,
               noted.scalar_subquery())
        .outerjoin(Person, Person.id == Publication.made_by)
        .where(Publication.round_id == round_id)
        .order_by(Publication.number.desc())
    )  # fmt: skip
    return [Made(*row) for row in read_rows(session, query)]


def all_published(
    session: Session, now: datetime, round_code: str | None = None, number: int | None = None
) -> list[tuple[str, Publication]]:
    """The publications that are public, of one round or of all, the oldest first, each with the code of its round: one statement."""
    query = select(Round.code, Publication).join(Round, Round.id == Publication.round_id).options(undefer(Publication.manifest))
    query = query.where(Publication.publish_at.is_not(None), Publication.publish_at <= now)
    if round_code is not None:
        query = query.where(Round.code == round_code)
    if number is not None:
        query = query.where(Publication.number == number)
    return [(code, found) for code, found in session.execute(query.order_by(Round.id, Publication.number))]


def manifest(session: Session, publication_id: int) -> bytes | None:
    """The manifest of a publication as it is kept: one statement."""
    return session.scalars(select(Publication.manifest).where(Publication.id == publication_id)).one()


def document(session: Session, publication_id: int, kind: str, key: str) -> bytes | None:
    """A document of a publication as it is stored: one statement."""
    query = select(PublicationDocument.content).where(
        PublicationDocument.publication_id == publication_id, PublicationDocument.kind == kind, PublicationDocument.key == key
    )
    return session.scalars(query).one_or_none()


def requests_of(session: Session, case_id: int) -> list[GroupRequest]:
    """The comparator groups that a body asked for, newest first."""
    return list(session.scalars(select(GroupRequest).where(GroupRequest.case_id == case_id).order_by(GroupRequest.id.desc())))


def groups_asked(session: Session, round_id: int, made_at: datetime | None) -> tuple[GroupAsked, ...]:
    """The comparator groups of a round that wait for a decision, or that were accepted after a publication was made: one statement."""
    late = and_(GroupRequest.decision == "accepted", GroupRequest.decided_at > made_at) if made_at else false()
    query = (
        select(Case.ref, Organisation.name, GroupRequest.decision)
        .join(GroupRequest, GroupRequest.case_id == Case.id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(Case.round_id == round_id, or_(GroupRequest.decision == "", late))
        .order_by(GroupRequest.asked_at)
    )
    return tuple(GroupAsked(ref, name, bool(decision)) for ref, name, decision in read_rows(session, query))


def cases_now(session: Session, round_id: int, published: Mapping[str, int]) -> tuple[CaseNow, ...]:
    """Where the cases of a round stand, beside the versions of their returns that are published, by code of body: one statement."""
    newest = select(func.max(ReturnVersion.number)).where(ReturnVersion.case_id == Case.id, ReturnVersion.frozen_at.is_not(None))
    returned, penalty = aliased(Stay), aliased(Stay)
    query = (
        select(Case.ref, Body.code, Organisation.name, returned.state, penalty.state, newest.correlate(Case).scalar_subquery())
        .join(Body, Body.id == Case.body_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(returned, and_(returned.case_id == Case.id, returned.track == "return", returned.until.is_(None)))
        .outerjoin(penalty, and_(penalty.case_id == Case.id, penalty.track == "penalty", penalty.until.is_(None)))
        .where(Case.round_id == round_id)
        .order_by(Organisation.name, Case.ref)
    )
    return tuple(
        CaseNow(ref, name, state or "", judged or "", published.get(code, 0), signed or 0)
        for ref, code, name, state, judged, signed in read_rows(session, query)
    )


def long_notes(session: Session, publication_id: int) -> tuple[LongNote, ...]:
    """The notes beside figures of a publication that are longer than they may be: one statement."""
    size = func.length(ContextNote.text)
    query = (
        select(Case.ref, Organisation.name, ContextNote.indicator, size)
        .join(Case, Case.id == ContextNote.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(ContextNote.publication_id == publication_id, size > NOTE_LIMIT)
        .order_by(Organisation.name, ContextNote.indicator)
    )
    return tuple(LongNote(*row) for row in read_rows(session, query))


@dataclass(frozen=True)
class Acknowledged:
    """A warning that an officer let stand: what it said then, why, who, and when."""

    condition: str
    told: str
    reason: str
    who: str | None
    at: datetime


def acknowledged(session: Session, publication_id: int) -> list[Acknowledged]:
    """What officers let stand before a publication, the newest last: one statement."""
    one = Acknowledgement
    query = select(one.condition, one.told, one.reason, Person.name, one.at).outerjoin(Person, Person.id == one.person_id)
    return [Acknowledged(*row) for row in read_rows(session, query.where(one.publication_id == publication_id).order_by(one.id))]


def note(session: Session, publication_id: int, case_id: int, indicator: str) -> ContextNote | None:
    """The note that a body put beside one of its figures in a publication."""
    query = select(ContextNote).where(ContextNote.publication_id == publication_id, ContextNote.case_id == case_id)
    return session.scalars(query.where(ContextNote.indicator == indicator)).one_or_none()


def names(session: Session) -> dict[str, str]:
    """The names of all bodies by code: one statement."""
    query = select(Body.code, Organisation.name).join(Organisation, Organisation.id == Body.id).order_by(Organisation.name)
    return {row.code: row.name for row in read_rows(session, query)}
