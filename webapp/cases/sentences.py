"""Events as sentences: what somebody did, with the old and the new value, as a reader of the programme would say it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from webapp.challenge.verbs import DECISIONS, RESPONSES
from webapp.record import Told
from webapp.returns.sentences import answer_sentence, carried_sentence, part_sentence
from webapp.templating import day, moment
from workflows.asks import read_items
from workflows.case import TRACKS
from workflows.programme import Programme
from workflows.returns import headcount
from workflows.returns.corrections import chosen
from workflows.returns.values import quoted
from workflows.review.annotations import ADDRESSEES, KINDS
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
    "selector": "the passage or place",
    "evidence_number": "the file",
}
"""Columns whose names are not yet words."""
CHOICES = {"response": RESPONSES, "decision": DECISIONS, "kind": KINDS, "addressee": ADDRESSEES}
"""Columns that hold the code of a choice, and the choices in words."""
AUDIENCES = {"audience": "", "response_audience": "’s response", "decision_audience": "’s decision"}
"""Columns that say who may see a thing, and what of it."""
MAIL = {"notice.failed": "could not deliver {}", "notice.hold": "held {}", "notice.release": "let {} go", "notice.cancel": "cancelled {}",
        "notice.resend": "had {} sent again"}  # fmt: skip
OUTCOMES = {"met": "met", "missed": "missed", "lapsed": "no longer owed"}
SHOWN = 5
"""Of more items than this only the first are named."""
UNSAID = frozenset({*AUDIENCES, "revision", "value_seen", "reported_by"})


@dataclass(frozen=True)
class Moment:
    """What one person did at one moment: a move, and all that followed from it."""

    at: datetime
    who: str | None
    organisation: str | None
    events: list[Told]


def moments(events: Iterable[tuple[Told, str | None, str | None]]) -> list[Moment]:
    """Events that stand together and were one person's doing at one moment, as one, in the order given."""
    together = groupby(events, key=lambda row: (row[0].at, row[0].person_id, row[0].role, row[1], row[2]))
    return [Moment(at, who, organisation, [row[0] for row in rows]) for (at, _, _, who, organisation), rows in together]


def sentence(event: Told, programme: Programme | None = None) -> str:
    """What an event says that was done, without who and when: 'changed Employees from £1,000 to £2,000'.

    `programme` gives items and deadlines their names; without it their codes stand.
    """
    old, new = _values(event.old), _values(event.new)
    label = _label(event, programme)
    match event.entity:
        case "track":
            return _opened(event, new) if event.kind.endswith(".opened") else event.label + _about(new, programme)
        case "return_value":
            item = programme.find_item(event.entity_key) if programme else None
            told = carried_sentence if event.kind.endswith(".carried") else answer_sentence
            return told(label, old, new, item)
        case "return_section":
            return part_sentence(old, new, event.entity_key, programme)
        case "return_explanation":
            return _explanation(new, label)
        case "deadline":
            return _deadline(event, old, new, label)
        case "extension":
            return _extension(new, label)
        case "closing_days" if event.kind.endswith(".created"):
            return f"entered {label}: {_told(new['first_on'])} to {_told(new['last_on'])}"
        case "assignment":
            return _assignment(event, new)
        case "overrule":
            return _overrule(event, new)
        case "earlier_saving" if new.get("withdrawn_at"):
            return f"took back {label}"
        case "penalty_indication":
            return f"kept {label}"
        case "evidence" if new.get("withdrawn_at"):
            return f"withdrew {label}"
        case "evidence" if new.get("replaces_id"):
            return f"added {label} in the place of another file"
        case "evidence_verdict" if new.get("verdict"):
            said = f"{new['verdict']} {label.removeprefix('the verdict on ')}"
            return f"{said}: “{_short(new['why'])}”" if new.get("why") else said
        case "sign_in" | "register" | "request" | "figures":
            return event.label
        case "handover" if event.kind == "handover.applied":
            return event.label
        case "notice":
            return MAIL.get(event.kind, "{}").format(label)
        case "mail_hold":
            return f"held all mail: “{_short(new['reason'])}”" if event.kind.endswith(".created") else "let mail leave again"
        case "reminder_pause" if event.kind.endswith(".created"):
            return f"paused {label} until {_told(new['until'])}"
        case "reminder_pause":
            return f"let {label} go again"
        case "wording":
            taken = new.get("taken_from")
            back = "" if taken is None else f" back to {'those of the programme' if taken == 0 else f'those of version {taken}'}"
            return f"changed the words of the message {new['message']}{back}, now version {new['number']}: “{_short(new['why'])}”"
        case "person" if event.kind == "person.mail_refused":
            return f"found the address {label} refused"
        case "person" if event.kind == "person.mail_trusted":
            return f"took the address {label} for good again"
    if event.entity == "annotation" and (said := _annotation(event, new, label)):
        return said
    if event.entity == "reply" and (said := _reply(event, new, label)):
        return said
    if len(new) == 1 and (name := next(iter(new))) in AUDIENCES:
        before, after = Side(int(old.get(name) or 0)), Side(int(new[name]))
        thing = label + AUDIENCES[name]
        return (
            f"showed {thing} to {audience_words(after & ~before)}"
            if after & ~before
            else f"hid {thing} from {audience_words(before & ~after)}"
        )
    if event.kind.endswith(".created"):
        first = next((str(new[name]) for name in ("title", "text", "what") if new.get(name)), "")
        return f"added {label}" + (f": “{_short(first)}”" if first else f": {new['level']}" if "level" in new else "")
    if event.kind.endswith(".changed"):
        changes = "; ".join(_change(name, old.get(name), new[name]) for name in new if name not in UNSAID)
        return f"changed {label}: {changes}" if changes else f"changed {label}"
    return event.label


def place_of(event: Told) -> str:
    """The place below the case at which one sees what an event is about; the case itself where there is none."""
    key = event.entity_key
    match event.entity:
        case "track":
            track, _, action = key.partition("-")
            return "plan" if action else track
        case "annotation":
            return f"review?show=all#annotation-{key}"
        case "reply":
            return f"review?show=all#{event.label.removeprefix('a reply on ')}"
        case "function_note":
            return f"review#function-{event.label.removeprefix('the note on ')}"
        case "draft_comment":
            return f"review?show=all#comment-{key}"
        case "review":
            return "review#the-summary"
        case "finding":
            return "challenge#findings"
        case "score":
            return "challenge#scores"
        case "action":
            return "plan"
        case "evidence_verdict":
            return "evidence"
        case "deadline" | "extension" | "reminder_pause":
            return "deadlines"
    return ""


def _about(new: dict[str, Any], programme: Programme | None) -> str:
    """The items, or the headcount, that a move of a track was about."""
    entered = new.get("entered") or {}
    if "count" in entered:
        return f": {headcount.words(int(entered['count']), entered['basis'], date.fromisoformat(entered['on']), '')}"
    codes = read_items(entered.get("items", ""))
    labels = [one.label for one in chosen(programme, codes)] if programme else list(codes)
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return f": {', '.join(quoted(label) for label in labels[:SHOWN])}{more}" if labels else ""


def _annotation(event: Told, new: dict[str, Any], label: str) -> str:
    """What was done to an annotation: made, answered, settled or taken back. Empty for anything else."""
    on = label.removeprefix("an annotation on ")
    if event.kind.endswith(".created"):
        on += f" ({where})" if (where := _where(new)) else ""
        return f"added a {KINDS.get(new.get('kind', ''), 'comment').lower()} on {on}: “{_short(str(new.get('text', '')))}”"
    match new.get("state"):
        case "resolved":
            return f"resolved the query on {on}"
        case "withdrawn":
            return f"took back the annotation on {on}"
        case "answered":
            return f"answered the query on {on}"
        case "open":
            return f"asked again about {on}"
    return f"wrote the annotation on {on} anew: “{_short(str(new['text']))}”" if new.get("text") else ""


def _where(new: dict[str, Any]) -> str:
    """The passage, or the place in a file, that an annotation stands on."""
    place = str(new.get("selector") or "")
    if number := new.get("evidence_number"):
        return f"file {number}, {place}" if place else f"file {number}"
    return f"“{_short(place)}”" if place else ""


def _reply(event: Told, new: dict[str, Any], label: str) -> str:
    """What was said to an annotation. Empty where only more may see it now."""
    on = label.removeprefix("a reply on ")
    if not new.get("text"):
        return ""
    return f"{'replied' if event.kind.endswith('.created') else 'changed the reply'} on {on}: “{_short(str(new['text']))}”"


def _assignment(event: Told, new: dict[str, Any]) -> str:
    """What was done about somebody who works on a case."""
    kind = event.label.removeprefix("assignment as ")
    if "until" in new:
        return f"declined the work of a {kind}" if new.get("ended") == "declined" else f"ended the allocation of the {kind}"
    if event.kind.endswith(".created"):
        return f"allocated the {kind}" if new.get("lead") or kind != "reviewer" else f"allocated a {kind} beside the lead"
    if new.get("accepted_at"):
        said = f", and declared: “{_short(new['declared'])}”" if new.get("declared") else ", declaring no conflict of interest"
        return f"accepted the work of a {kind}{said}"
    if "lead" in new:
        return f"made another {kind} the lead" if new["lead"] else "ended the lead of a reviewer"
    return f"changed the allocation of the {kind}"


def _overrule(event: Told, new: dict[str, Any]) -> str:
    """What was done about the overruling of a conflict of interest."""
    if event.kind.endswith(".created"):
        return f"proposed to overrule a conflict of interest until {_told(new['ends_on'])}: “{_short(' '.join(new['conflicts']))}”"
    return f"{new.get('decision') or 'changed'} {event.label}"


def _explanation(new: dict[str, Any], label: str) -> str:
    """What was said on a check that does not hold: explained, taken back, or confirmed when its figures changed."""
    if new.get("text"):
        return f"explained {label}: “{_short(str(new['text']))}”"
    return f"took back what was said on {label}" if "text" in new else f"confirmed what was said on {label}"


def _opened(event: Told, new: dict[str, Any]) -> str:
    """A track that starts: where it starts is said only where that is not its ordinary beginning."""
    machine = TRACKS.get(event.entity_key.partition("-")[0])
    if machine is None or new.get("state") == machine.initial:
        return f"opened the {event.label.partition(':')[0]}"
    return f"opened the {event.label.replace(': ', ' as “', 1)}”"


def _values(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def _label(event: Told, programme: Programme | None) -> str:
    label = event.label
    if programme is None:
        return label
    if event.entity in ("return_value", "annotation", "reply"):
        code = label.removeprefix("an annotation on ").removeprefix("a reply on ")
        return label if (called := programme.called(code)) == code else label.replace(code, quoted(called))
    if event.entity in ("deadline", "extension"):
        before, _, words = event.label.partition("deadline ")
        found = programme.find_deadline(words.replace(" ", "_"))
        return f"{before}deadline “{found.label}”" if found else label
    return label


def _deadline(event: Told, old: dict[str, Any], new: dict[str, Any], label: str) -> str:
    if event.kind.endswith(".created"):
        return f"set the {label}: {moment(datetime.fromisoformat(new['due_at']))}"
    if new.get("closed_at"):
        return f"closed the {label}: {OUTCOMES[new.get('outcome') or 'met']}"
    if new.get("stopped_at"):
        return f"stopped the clock of the {label}"
    if "stopped_at" in new and not new.get("due_at"):
        return f"started the clock of the {label} again"
    if new.get("due_at"):
        return f"moved the {label} from {_told(old.get('due_at'))} to {_told(new['due_at'])}"
    return f"changed the {label}"


def _extension(new: dict[str, Any], label: str) -> str:
    """What was done about a request for more time."""
    about = label.removeprefix("request for more time on ")
    match new.get("state"):
        case "open":
            return f"asked for more time on {about}, until {_told(new['wished_on'])}"
        case "granted":
            return f"granted more time on {about}, until {_told(new['granted_on'])}"
        case "refused":
            return f"refused more time on {about}"
        case "withdrawn":
            return f"withdrew the {label}"
    return f"let the {label} lapse"


def _change(name: str, old: Any, new: Any) -> str:
    words = WORDS.get(name, name.replace("_", " "))
    old, new = CHOICES.get(name, {}).get(old, old), CHOICES.get(name, {}).get(new, new)
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
