"""Makes the manifest of a publication from what is stored, and says whether what is stored still is what it tells."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.db import read_rows
from webapp.publication import open_data, queries
from webapp.publication.models import Publication, PublicationDocument
from webapp.publication.queries import Shown
from webapp.record import Event
from webapp.register.models import Round
from workflows.benchmarks.manifest import (
    NOTES,
    Manifest,
    decode,
    differences,
    document_name,
    encode,
    entry,
    notes_document,
    number_of,
)  # fmt: skip


def make(session: Session, publication: Publication, now: datetime) -> bytes:
    """The manifest of a publication that has a time, as it stands now. Reads every document of it."""
    return encode(_manifest(session, publication, now))


def keep(session: Session, publication: Publication, now: datetime) -> None:
    """Make the manifest of a publication that has a time, and keep it with its number."""
    publication.manifest = make(session, publication, now)
    publication.manifest_number = number_of(publication.manifest)


def _manifest(session: Session, publication: Publication, now: datetime) -> Manifest:
    session.flush()
    shown = queries.by_id(session, publication.id, now)
    assert shown is not None
    assert shown.publish_at is not None, "the time of publication is part of the manifest"
    stored = select(PublicationDocument.kind, PublicationDocument.key, PublicationDocument.content)
    documents = [
        entry(document_name(kind, key), _as_bytes(content))
        for kind, key, content in read_rows(session, stored.where(PublicationDocument.publication_id == publication.id))
    ]
    frozen = session.scalars(select(Round.frozen).where(Round.id == publication.round_id)).one()
    documents.append(entry(NOTES, notes_document(queries.notes(session, shown.id))))
    return Manifest(
        round=shown.round_code, publication=shown.number, published_at=shown.publish_at.isoformat(), programme=shown.programme.code,
        programme_version=shown.programme.version, definitions=number_of(frozen), program=f"Yardstick {version('yardstick')}",
        notes_to_editors=shown.editors_note,
        files=tuple(entry(name, content.encode()) for name, content in _files(session, shown)), documents=tuple(documents),
    )  # fmt: skip


def _as_bytes(content: bytes | str) -> bytes:
    """What is stored: whoever writes past the models may have left SQLite a text."""
    return content.encode() if isinstance(content, str) else content


def _files(session: Session, shown: Shown) -> list[tuple[str, str]]:
    return [(f"{name}.csv", open_data.text_of(table)) for name, table in open_data.frozen_tables(session, shown).items()]


@dataclass(frozen=True)
class Verified:
    """What a look at a published publication found: each of `problems` is a sentence, none where all is as it was published."""

    round: str
    publication: int
    number: str
    parts: int
    problems: tuple[str, ...]


def verify(session: Session, publication: Publication, round_code: str, now: datetime) -> Verified:
    """Make the manifest of a publication anew from what is stored, and compare it with the one that was published.

    A publication of before manifests were kept has none: that is a problem too, for nothing can be said of it.
    """
    content = publication.manifest
    if content is None:
        text = "It was published before manifests were kept. The next publication of the round has one."
        return Verified(round_code, publication.number, "", 0, (text,))
    problems: list[str] = []
    if number_of(content) != publication.manifest_number:
        problems.append(f"The manifest itself was altered: its number is {number_of(content)}, not {publication.manifest_number}.")
    if not _on_record(session, publication):
        problems.append("The record of events tells of no manifest with this number.")
    parts = 0
    try:
        kept = decode(content)
        parts = len(kept.files) + len(kept.documents)
        problems += differences(kept, _manifest(session, publication, now))
    except (msgspec.MsgspecError, KeyError) as problem:
        problems.append(f"What is stored cannot be read: {problem}.")
    return Verified(round_code, publication.number, publication.manifest_number, parts, tuple(problems))


def _on_record(session: Session, publication: Publication) -> bool:
    """Whether an event tells of the manifest's number: the chain of events vouches for it (webapp.record.verify)."""
    told = select(Event.seq).where(Event.entity == Publication.entity, Event.entity_key == publication.record_key())
    return session.scalar(told.where(Event.new.contains(publication.manifest_number)).limit(1)) is not None
