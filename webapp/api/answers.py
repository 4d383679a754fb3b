"""Answers as the API tells them, and as they are sent to it: read part by part, each problem with a pointer to its place."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from werkzeug.exceptions import BadRequest

from workflows.programme import Item, Programme
from workflows.returns.entries import BadPart, Entry, merged
from workflows.returns.values import NOTHING, Answer

FIELDS = ("amount", "text", "note", "basis", "not_known", "known_by", "prefilled", "revision")
"""An answer's fields: those that a GET gives and a PATCH takes."""
EXACT_DIGITS = 15
"""Significant digits that every double holds (IEEE 754): a JSON number with more may have lost some before it was sent."""


def answer_json(answer: Answer, revision: int) -> dict[str, Any]:
    """An answer, with the amount as text so that no digit is lost, and the revision to send back with a change."""
    return {
        "amount": amount_text(answer.amount),
        "text": answer.text,
        "note": answer.note,
        "basis": answer.basis,
        "not_known": answer.not_known,
        "known_by": answer.known_by.isoformat() if answer.known_by else None,
        "prefilled": answer.prefilled,
        "revision": revision,
    }


def amount_text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


class Number(str):
    """A JSON number with a fraction or an exponent, kept as it was written."""


@dataclass
class Sent:
    """What was sent, as far as it can be read, and each problem with a pointer to where it stands (RFC 6901)."""

    entries: dict[str, Entry] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def problem(self, detail: str, *path: str) -> None:
        """Note a problem, once for the same place."""
        pointer = "#/" + "/".join(part[:80].replace("~", "~0").replace("/", "~1") for part in path)
        self.problems.setdefault(pointer, detail)


def body(content: bytes) -> tuple[int, dict[str, Any]]:
    """The version and the answers that were sent. Raises BadRequest for what is not JSON of that shape."""
    try:
        sent = json.loads(content, parse_float=Number, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as wrong:
        raise BadRequest(f"What was sent is not JSON that can be read: {wrong}.") from None
    if not isinstance(sent, dict) or not isinstance(sent.get("answers"), dict):
        raise BadRequest('Send JSON like {"version": 1, "answers": {"CODE": {"amount": "1200", "basis": "final", "revision": 3}}}.')
    if strange := sorted(sent.keys() - {"version", "answers"}):
        raise BadRequest(f"“{strange[0][:40]}” is not known. Send “version” and “answers”.")
    version = sent.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise BadRequest("Give the version of the return that you change, as a number. GET tells it.")
    return version, sent["answers"]


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{twice[:60]}” stands in it twice")
    return found


def read(answers: Mapping[str, Any], programme: Programme, before: Mapping[str, Answer]) -> Sent:
    sent = Sent()
    for code, fields in answers.items():
        item = programme.find_item(code)
        if item is None:
            sent.problem(f"This return has no item “{code[:60]}”.", "answers", code)
        elif not item.typed:
            sent.problem(f"{item.label} is computed from other items, and cannot be sent.", "answers", code)
        elif not isinstance(fields, dict):
            sent.problem('Send an object, like {"amount": "1200"}.', "answers", code)
        else:
            sent.entries[code] = _entry(sent, item, fields, before.get(code, NOTHING))
    return sent


def _entry(sent: Sent, item: Item, fields: Mapping[str, Any], before: Answer) -> Entry:
    """What is sent for one item: a field that is left out leaves its part as it is, null or an empty text takes it away."""
    code = item.code
    for name in sorted(fields.keys() - set(FIELDS)):
        sent.problem(f"An answer has no field “{name[:40]}”. Its fields are {', '.join(FIELDS)}.", "answers", code, name)
    texts: dict[str, str] = {}
    for name in ("text", "note", "basis", "not_known", "known_by", "prefilled"):
        said = fields.get(name)
        if said is not None and (not isinstance(said, str) or isinstance(said, Number)):
            sent.problem(f"“{name}” must be a text in quotation marks, or null.", "answers", code, name)
        elif name in fields:
            texts[name] = said or ""
    revision = fields.get("revision", 0)
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 0:
        sent.problem("“revision” must be the number that GET gave with this answer; 0 where there was none.", "answers", code, "revision")
        revision = 0
    if texts.get("prefilled") and texts["prefilled"] != before.prefilled:
        sent.problem("“prefilled” may be sent back as it was, or empty to confirm the answer.", "answers", code, "prefilled")
    return Entry(
        value=_value(sent, item, fields, texts, before),
        basis=texts.get("basis") or None,
        not_known=texts.get("not_known"),
        known_by=_known_by(sent, code, texts.get("known_by", "")),
        note=texts.get("note"),
        confirmed=texts.get("prefilled") == "",
        revision=revision,
    )


def _value(sent: Sent, item: Item, fields: Mapping[str, Any], texts: Mapping[str, str], before: Answer) -> str | None:
    mine, other = ("amount", "text") if item.kind == "amount" else ("text", "amount")
    if fields.get(other) not in (None, ""):
        sent.problem(f"{item.label} is answered with “{mine}”, not with “{other}”.", "answers", item.code, other)
    if mine not in fields:
        return None
    value = _amount(sent, item.code, fields["amount"]) if mine == "amount" else texts.get("text", "")
    there = before.amount is not None or bool(before.text)
    return value or ("" if there else None)


def _amount(sent: Sent, code: str, said: Any) -> str:
    """An amount as a text of digits: sent as such, or as a number that cannot have lost any."""
    if isinstance(said, Number):
        number = Decimal(said)
        if len(number.normalize().as_tuple().digits) <= EXACT_DIGITS and abs(number.adjusted()) <= EXACT_DIGITS:
            return format(number, "f")
        sent.problem(f"{said[:40]} has more digits than a JSON number keeps. Send the amount as a text, in quotation marks.",
                     "answers", code, "amount")  # fmt: skip
    elif isinstance(said, str):
        return said
    elif isinstance(said, int) and not isinstance(said, bool):
        return str(said)
    elif said is not None:
        sent.problem('“amount” must be a number, best as a text like "1200.50", or null.', "answers", code, "amount")
    return ""


def _known_by(sent: Sent, code: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        sent.problem("“known_by” must be a date like 2010-03-31, or null.", "answers", code, "known_by")
        return None


def answers_of(sent: Sent, programme: Programme, before: Mapping[str, Answer], today: date) -> dict[str, Answer]:
    """The answers that come of what was sent; what cannot be is noted as a problem."""
    answers = {}
    for code, entry in sent.entries.items():
        item = programme.item(code)
        try:
            answers[code] = merged(item, before.get(code, NOTHING), entry, today)
        except BadPart as wrong:
            name = wrong.part if wrong.part != "value" else "amount" if item.kind == "amount" else "text"
            sent.problem(str(wrong), "answers", code, name)
    return answers
