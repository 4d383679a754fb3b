"""The manifest of a publication: what it consists of, each part with its size and digest, and one number over it all.

The number is the SHA-256 of the manifest's own bytes, so that anybody can reckon it from the file that is published. What prints
the number (a page, a PDF, a table that is downloaded alone) cannot be in the manifest itself: it is drawn from the parts that are.
"""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

SUMMARY, NOTES = "summary", "notes"
"""Names of documents of which a publication has one: the round at a glance, and all notes that bodies put beside their figures."""


class Entry(msgspec.Struct, frozen=True):
    """A part: its name, its SHA-256 in hexadecimal, and how many bytes it has."""

    name: str
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that a publication consists of.

    `files` are the tables of the data package, byte for byte; `documents` are what pages, JSON and PDF are drawn from, likewise.
    `definitions` is the digest of the programme as it was frozen into the round, and `program` what drew the tables.
    """

    round: str
    publication: int
    published_at: str
    programme: str
    programme_version: str
    definitions: str
    program: str
    notes_to_editors: str = ""
    files: tuple[Entry, ...]
    documents: tuple[Entry, ...]


def entry(name: str, content: bytes) -> Entry:
    """The entry of a part with that content."""
    return Entry(name, hashlib.sha256(content).hexdigest(), len(content))


def document_name(kind: str, key: str) -> str:
    """What a document of a publication is called in its manifest and in its address."""
    return f"{kind}/{key}" if key else kind


def notes_document(notes: Mapping[tuple[str, str], str]) -> bytes:
    """The notes that bodies put beside their figures as a document, whatever the order in which they were written."""
    told = [{"body": body, "indicator": indicator or None, "note": text} for (body, indicator), text in sorted(notes.items())]
    return msgspec.json.encode(told)


def encode(manifest: Manifest) -> bytes:
    """The manifest as it is kept and published: the same bytes for the same parts, in whatever order these came."""
    ordered = msgspec.structs.replace(manifest, files=_ordered(manifest.files), documents=_ordered(manifest.documents))
    return msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n"


def decode(content: bytes) -> Manifest:
    """A manifest as it was kept. Raises msgspec.MsgspecError where it is none."""
    return msgspec.json.decode(content, type=Manifest)


def number_of(content: bytes) -> str:
    """The number of a manifest, from its bytes."""
    return hashlib.sha256(content).hexdigest()


def differences(kept: Manifest, found: Manifest) -> list[str]:
    """What is otherwise than the manifest says, each in a sentence; nothing where all is as it was published."""
    told = [
        f"{field.replace('_', ' ')}: the manifest says “{was}”, and it is “{now}”."
        for field in ("round", "publication", "published_at", "programme", "programme_version", "definitions", "notes_to_editors")
        if (was := getattr(kept, field)) != (now := getattr(found, field))
    ]
    told += _otherwise("document", kept.documents, found.documents)
    drawn = _otherwise("file", kept.files, found.files)
    if drawn and not told and kept.program != found.program:
        drawn = [f"{text} It was drawn by {kept.program}, and is drawn by {found.program} now." for text in drawn]
    return told + drawn


def _ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: one.name))


def _otherwise(what: str, kept: Iterable[Entry], found: Iterable[Entry]) -> list[str]:
    were, are = {one.name: one for one in kept}, {one.name: one for one in found}
    told = [f"The {what} {name} is missing." for name in were if name not in are]
    told += [f"The {what} {name} is not in the manifest." for name in are if name not in were]
    told += [
        f"The {what} {name} has {are[name].bytes:,} bytes with the digest {are[name].sha256}; "
        f"published were {one.bytes:,} bytes with {one.sha256}."
        for name, one in were.items()
        if name in are and are[name] != one
    ]
    return told
