"""Events as sentences: what somebody did, with the old and the new value, as a reader of the programme would say it."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from webapp.record import Event
from webapp.templating import amount, day, moment
from workflows.programme import Programme
from workflows.roles import Side, audience_words

WORDS = {
    "kloe": "line of enquiry",
    "item": "the item it rests on",
    "value_seen": "the value it rests on",
    "response_reason": "reason of the response",
    "decision_reason": "reason of the decision",
    "owner_id": "owner",
    "due_on": "due date",
    "finding_id": "the finding it answers",
    "comments": "the body’s comments",
}
"""Columns whose names are not yet words."""
UNSAID = frozenset({"audience", "revision", "value_seen", "reported_by"})


def sentence(event: Event, programme: Programme | None = None) -> str:
    """What an event says that was done, without who and when: 'changed Employees from £1,000 to £2,000'.

    `programme` gives items and deadlines their names; without it their codes stand.
    """
    old, new = _values(event.old), _values(event.new)
    label = _label(event, programme)
    match event.entity:
        case "track":
            opened = event.kind.endswith(".opened")
            return f"opened the {event.label.replace(': ', ' as “', 1)}”" if opened else event.label
        case "return_value":
            said = _answer(new, event.entity_key, programme)
            return f"changed {label} from {_answer(old, event.entity_key, programme)} to {said}" if old else f"gave {label} as {said}"
        case "deadline":
            return _deadline(event, old, new, label)
        case "assignment":
            kind = event.label.removeprefix("assignment as ")
            return f"ended the allocation of the {kind}" if "until" in new else f"allocated the {kind}"
        case "evidence" if new.get("withdrawn_at"):
            return f"withdrew {label}"
        case "evidence" if new.get("replaces_id"):
            return f"added {label} in the place of another file"
        case "evidence_verdict" if new.get("verdict"):
            said = f"{new['verdict']} {label.removeprefix('the verdict on ')}"
            return f"{said}: “{_short(new['why'])}”" if new.get("why") else said
        case "sign_in" | "register" | "request":
            return event.label
    if set(new) == {"audience"}:
        return f"showed {label} to {audience_words(Side(int(new['audience'])) & ~Side(int(old.get('audience') or 0)))}"
    if event.kind.endswith(".created"):
        first = next((str(new[name]) for name in ("title", "text", "what") if new.get(name)), "")
        return f"added {label}" + (f": “{_short(first)}”" if first else f": {new['level']}" if "level" in new else "")
    if event.kind.endswith(".changed"):
        changes = "; ".join(_change(name, old.get(name), new[name]) for name in new if name not in UNSAID)
        return f"changed {label}: {changes}" if changes else f"changed {label}"
    return event.label


def _values(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def _label(event: Event, programme: Programme | None) -> str:
    label = event.label
    if programme is None:
        return label
    if event.entity in ("return_value", "annotation"):
        code = label.removeprefix("an annotation on ")
        return label.replace(code, f"“{item.label}”") if (item := programme.find_item(code)) else label
    if event.entity == "deadline":
        rule = event.label.removeprefix("deadline ").replace(" ", "_")
        return f"deadline “{found.label}”" if (found := programme.find_deadline(rule)) else label
    return label


def _answer(values: dict[str, Any], code: str, programme: Programme | None) -> str:
    if values.get("amount") is not None:
        return amount(Decimal(values["amount"]), programme.find_item(code) if programme else None)
    if values.get("not_known"):
        return f"not known (“{_short(values['not_known'])}”)"
    return "no answer"


def _deadline(event: Event, old: dict[str, Any], new: dict[str, Any], label: str) -> str:
    if event.kind.endswith(".created"):
        return f"set the {label}: {moment(datetime.fromisoformat(new['due_at']))}"
    if new.get("closed_at"):
        return f"closed the {label}: {'met' if new.get('outcome') == 'met' else 'missed'}"
    if new.get("due_at"):
        return f"moved the {label} from {_told(old.get('due_at'))} to {_told(new['due_at'])}"
    return f"changed the {label}"


def _change(name: str, old: Any, new: Any) -> str:
    words = WORDS.get(name, name.replace("_", " "))
    return f"{words} “{_told(new)}”" if old in (None, "") else f"{words} from “{_told(old)}” to “{_told(new)}”"


def _told(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    text = str(value)
    try:
        return moment(datetime.fromisoformat(text)) if "T" in text else day(date.fromisoformat(text))
    except ValueError:
        return _short(text)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"
