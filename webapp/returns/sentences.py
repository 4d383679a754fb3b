"""What happened to an answer, or to a part of a return, as a sentence."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.templating import day, told
from workflows.programme import Item, Programme
from workflows.returns.values import Answer

Values = Mapping[str, Any]
SAID = ("amount", "answer_text", "not_known")
"""The columns of which one holds the answer itself."""


def answer_sentence(label: str, old: Values, new: Values, item: Item | None) -> str:
    """What an event of an answer says that was done: 'changed “Employees” from £1,000 to £2,000'.

    `old` and `new` hold the columns that changed; without `old` the answer is new. `item` gives its amount a unit.
    """
    if not old:
        return f"gave {label} as {_words(new, item)}{_firm(new)}{_from(new)}{_noted(new)}"
    if any(name in new for name in SAID):
        return f"changed {label} from {_words(old, item)} to {_words(new, item)}{_from(new)}"
    if old.get("prefilled") and not new.get("prefilled"):
        return f"confirmed {label}, which was filled in from {old['prefilled']}"
    changes = []
    if new.get("basis"):
        changes.append(f"marked {label} as {new['basis']}")
    if new.get("known_by"):
        changes.append(f"will know {label} by {day(date.fromisoformat(new['known_by']))}")
    if "note" in new:
        changes.append(f"noted on {label}: “{_short(new['note'])}”" if new["note"] else f"took the note on {label} away")
    return " and ".join(changes) or f"changed {label}"


def carried_sentence(label: str, old: Values, new: Values, item: Item | None) -> str:
    """What an event says of an answer that a corrected version takes over from the one before, given as `answer_sentence` is."""
    return f"carried {label} over into the new version: {_words(new, item)}"


def part_sentence(old: Values, new: Values, key: str, programme: Programme | None) -> str:
    """What an event of a part of the return says that was done; `key` ends in the code of its function."""
    code = key.partition("-")[2]
    function = programme.find_function(code) if programme else None
    name = f"“{function.name if function else code}”"
    if new.get("ready_at"):
        return f"marked {name} as ready"
    if "ready_at" in old:
        return f"withdrew the mark that {name} is ready"
    if "owner_id" in new or "owner_id" in old:
        return f"chose who looks after {name}" if new.get("owner_id") else f"left {name} to nobody"
    return f"began to work on {name}"


def _words(values: Values, item: Item | None) -> str:
    """The answer that some columns hold. Those that are not among them did not change, and were empty."""
    amount = values.get("amount")
    answer = Answer(amount=Decimal(amount) if amount is not None else None, text=values.get("answer_text") or "")
    if values.get("not_known"):
        return f"not known (“{_short(values['not_known'])}”)"
    if not answer.given:
        return "no answer"
    if item is not None:
        words = told(answer, item)
        return words.lower() if item.kind == "yes_no" else words
    return f"{answer.amount:,f}" if answer.amount is not None else f"“{_short(answer.text)}”"


def _firm(values: Values) -> str:
    basis = values.get("basis")
    return f", {'an ' if basis == 'estimate' else ''}{basis}" if basis in ("estimate", "provisional") else ""


def _from(values: Values) -> str:
    return f", filled in from {values['prefilled']}" if values.get("prefilled") else ""


def _noted(values: Values) -> str:
    return f", with a note: “{_short(values['note'])}”" if values.get("note") else ""


def _short(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= 200 else text[:199] + "…"
