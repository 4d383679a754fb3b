"""Annotations as W3C Web Annotations (JSON-LD), out and in again without loss.

Source: Web Annotation Data Model and Vocabulary, W3C Recommendations of 23 February 2017. A passage is a TextQuoteSelector that
refines the figure; a place in a file is a media fragment of the file's own address. What the model has no word for (whom a
remark is for, where it stands, the value that it was made on) stands under `yardstick:` names, so that readers of the model can
leave it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from workflows.review.anchors import Anchor, NoAnchor, Passage, Place, as_selector, from_selector
from workflows.review.annotations import ADDRESSEES, KINDS, STATES

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"yardstick": "https://yardstick.example/ns#"}]
MOTIVATIONS: Mapping[str, str] = {"comment": "commenting", "query": "questioning", "correction": "editing", "good_practice": "highlighting"}
"""The motivation of the vocabulary that is nearest to each kind."""
REPLYING = "replying"


@dataclass(frozen=True)
class Said:
    """A reply: its words, when, by whom (a name, and the side as a number), and whether it was for the other side and is sent."""

    text: str
    at: datetime
    by: str
    side: int
    for_other: bool
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Note:
    """An annotation with all that belongs to it, free of any database."""

    item: str
    version: int
    value_seen: str
    kind: str
    text: str
    addressee: str
    state: str
    at: datetime
    by: str
    sent_at: datetime | None = None
    replies: Sequence[Said] = field(default_factory=tuple)
    anchor: Anchor | None = None
    """The passage of the figure's words, or the place in the file, that it stands on."""
    file: int | None = None
    """The number of the file that it stands on, which stands behind `item`, a figure or a function."""


class NotAnnotations(ValueError):
    """What was given is no collection of annotations that can be read; the text says what was expected where."""


def collection(address: str, notes: Sequence[Note]) -> dict[str, Any]:
    """An annotation collection as JSON-LD: `address` is that of the return, and each item and version has its own below it."""
    items = [_annotation(address, number, note) for number, note in enumerate(notes, 1)]
    return {
        "@context": CONTEXT,
        "id": f"{address}/annotations.jsonld",
        "type": "AnnotationCollection",
        "total": len(notes),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }


def _annotation(address: str, number: int, note: Note) -> dict[str, Any]:
    name = f"{address}/annotations/{number}"
    bodies = [{"type": "TextualBody", "value": note.text, "format": "text/plain", "purpose": MOTIVATIONS[note.kind]}]
    bodies += [_reply(said) for said in note.replies]
    return {
        "id": name, "type": "Annotation", "motivation": MOTIVATIONS[note.kind], "created": note.at.isoformat(),
        "creator": {"type": "Person", "name": note.by}, "body": bodies,
        "target": _target(address, note) | {
            "yardstick:item": note.item, "yardstick:version": note.version, "yardstick:valueSeen": note.value_seen,
        },
        "yardstick:kind": note.kind, "yardstick:addressee": note.addressee, "yardstick:state": note.state,
        "yardstick:sentAt": _time(note.sent_at),
    }  # fmt: skip


def _target(address: str, note: Note) -> dict[str, Any]:
    """What it stands on: the figure, a passage of the words on it, or a place in a file, which has an address beside the return's."""
    if note.file is not None:
        source = f"{address.rpartition('/')[0]}/evidence/{note.file}"
        place = {"selector": as_selector(note.anchor)} if note.anchor else {}
        return {"source": source, **place, "yardstick:file": note.file}
    figure: dict[str, Any] = {"type": "FragmentSelector", "value": note.item}
    if note.anchor is not None:
        figure["refinedBy"] = as_selector(note.anchor)
    return {"source": f"{address}?version={note.version}", "selector": figure}


def _reply(said: Said) -> dict[str, Any]:
    return {"type": "TextualBody", "value": said.text, "format": "text/plain", "purpose": REPLYING, "created": said.at.isoformat(),
            "creator": {"type": "Person", "name": said.by}, "yardstick:side": said.side, "yardstick:forOther": said.for_other,
            "yardstick:sentAt": _time(said.sent_at)}  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def read(content: bytes) -> list[Note]:
    """The annotations of a collection as `collection` writes it. Raises NotAnnotations, with the place."""
    try:
        found = msgspec.json.decode(content)
        items = found["first"]["items"] if isinstance(found, dict) and "first" in found else None
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
        items = None
    if not isinstance(items, list):
        raise NotAnnotations("This is no annotation collection. Take the file that Yardstick gives, a JSON-LD AnnotationCollection.")
    return [_read_note(number, item) for number, item in enumerate(items, 1)]


def _read_note(number: int, item: Any) -> Note:
    try:
        target, bodies = item["target"], item["body"]
        first, *rest = bodies if isinstance(bodies, list) else [bodies]
        kind = item["yardstick:kind"] if "yardstick:kind" in item else _nearest(item["motivation"])
        note = Note(
            item=_words(target["yardstick:item"]), version=int(target["yardstick:version"]),
            value_seen=_words(target["yardstick:valueSeen"]),
            kind=kind, text=_words(first["value"]), addressee=item.get("yardstick:addressee", "reviewers"),
            state=item.get("yardstick:state", "open"), at=_at(item["created"]), by=_words(item["creator"]["name"]),
            sent_at=_at(item.get("yardstick:sentAt")) if item.get("yardstick:sentAt") else None,
            replies=tuple(_read_reply(one) for one in rest), anchor=_read_anchor(target), file=_read_file(target),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as problem:
        raise NotAnnotations(f"Annotation {number} cannot be read: {problem or type(problem).__name__}.") from None
    for name, value, known in (("kind", note.kind, KINDS), ("addressee", note.addressee, ADDRESSEES), ("state", note.state, STATES)):
        if not isinstance(value, str) or value not in known:
            raise NotAnnotations(f"Annotation {number}: {name}: expected one of {', '.join(known)}, not “{str(value)[:40]}”.")
    if not note.text.strip():
        raise NotAnnotations(f"Annotation {number} has no text.")
    return note


def _read_file(target: Mapping[str, Any]) -> int | None:
    number = target.get("yardstick:file")
    if number is not None and (not isinstance(number, int) or number < 1):
        raise TypeError(f"expected the number of a file, not {str(number)[:40]}")
    return number


def _read_anchor(target: Mapping[str, Any]) -> Anchor | None:
    """The passage or the place of a target. Raises NoAnchor, which is a ValueError."""
    told, in_file = target.get("selector"), _read_file(target) is not None
    if not in_file:
        told = told.get("refinedBy") if isinstance(told, Mapping) else None
    anchor = None if told is None else from_selector(told)
    if anchor is not None and not isinstance(anchor, Place if in_file else Passage):
        raise NoAnchor(f"a {'place in a file' if in_file else 'passage of the words on a figure'} was expected")
    return anchor


def _read_reply(one: Any) -> Said:
    sent = one.get("yardstick:sentAt")
    return Said(_words(one["value"]), _at(one["created"]), _words(one["creator"]["name"]), int(one["yardstick:side"]),
                bool(one["yardstick:forOther"]), _at(sent) if sent else None)  # fmt: skip


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"the time {text} has no time zone")
    return at


def _nearest(motivation: Any) -> str:
    return next(kind for kind, known in MOTIVATIONS.items() if known == motivation)


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected words, not {str(value)[:40]}")
    return value
