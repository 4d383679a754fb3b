"""What somebody sends for an item, part by part, and the answer that comes of it: for workbooks and for the API alike."""

from dataclasses import replace
from datetime import date

import msgspec

from workflows.programme import Item
from workflows.returns.values import (
    BASES,
    NOT_KNOWN_LIMIT,
    SHORTEST_NOTE,
    Answer,
    BadAnswer,
    Basis,
    lowered,
    read_amount,
    read_not_known,
    read_note,
    read_text,
)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given for one item: None leaves a part as it is, an empty text takes it away.

    An answer takes the place of one that was not known, and the other way round; `revision` is that of the answer which
    whoever made the entry had seen (0: none).
    """

    value: str | None = None
    basis: str | None = None
    not_known: str | None = None
    known_by: date | None = None
    note: str | None = None
    confirmed: bool = False
    revision: int | None = None


class BadPart(BadAnswer):
    """A part of an entry that cannot be; `part` names it."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(text)
        self.part = part


def merged(item: Item, before: Answer, entry: Entry, today: date) -> Answer:
    """The answer to an item after an entry, of the answer before it.

    Whatever stays as it was is not judged again, so that an export read back changes nothing. Raises BadPart.
    """
    try:
        note = before.note if entry.note is None else read_note(entry.note, item)
    except BadAnswer as problem:
        raise BadPart("note", str(problem)) from None
    answer = replace(_answer(item, before, entry, today), note=note)
    if entry.confirmed:
        return replace(answer, prefilled="")
    return replace(answer, prefilled=before.prefilled if answer.same_as(before) else "")


def _answer(item: Item, before: Answer, entry: Entry, today: date) -> Answer:
    unknown = bool(entry.not_known) or entry.known_by is not None
    if entry.value:
        if unknown:
            raise BadPart("not_known", f"Either give {lowered(item.label)}, or say why it is not known, not both. Empty one of them.")
        return _given(item, before, entry.value, entry.basis)
    if entry.basis and (unknown or entry.value == "" or before.amount is None):
        raise BadPart("basis", f"“{entry.basis}” says how firm a figure is, and none is given for {lowered(item.label)}.")
    if unknown:
        return _not_known(item, before, entry, today)
    if entry.value == "" or (entry.not_known == "" and before.not_known):
        return Answer()
    return replace(before, basis=_basis(item, entry.basis)) if entry.basis else before


def _given(item: Item, before: Answer, value: str, basis: str | None) -> Answer:
    try:
        if item.kind != "amount":
            answer = Answer(text=read_text(value, item))
        else:
            answer = Answer(amount=read_amount(value, item))
    except BadAnswer as problem:
        raise BadPart("value", str(problem)) from None
    if answer.amount is None:
        if basis:
            raise BadPart("basis", f"“{basis}” says how firm a figure is; leave it out for {lowered(item.label)}.")
        return answer if answer.given else before
    if basis:
        return replace(answer, basis=_basis(item, basis))
    return replace(answer, basis=before.basis if before.amount == answer.amount else before.basis or "final")


def _not_known(item: Item, before: Answer, entry: Entry, today: date) -> Answer:
    reason = before.not_known if entry.not_known is None else entry.not_known.strip()
    known_by = entry.known_by or before.known_by
    if reason and (reason, known_by) == (before.not_known, before.known_by):
        return before
    part = "known_by" if SHORTEST_NOTE <= len(reason) <= NOT_KNOWN_LIMIT else "not_known"
    try:
        return read_not_known(reason, known_by, today, item)
    except BadAnswer as problem:
        raise BadPart(part, str(problem)) from None


def _basis(item: Item, text: str) -> Basis:
    said = text.strip().lower()
    for basis in BASES:
        if said == basis:
            return basis
    words = ", ".join(BASES[:-1])
    raise BadPart("basis", f"{item.label} must be {words} or {BASES[-1]}. You entered “{text.strip()[:40]}”.")
