"""Reading what somebody typed beside files, and of the verdict on one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from webapp.evidence.verbs import TEXT_LIMIT, VERDICTS
from webapp.returns.forms import read_date
from workflows.engine import Reason
from workflows.programme import Programme
from workflows.returns.values import BadAnswer


@dataclass
class Typed:
    """What was typed beside the files, as typed; `until` is the date as it was read."""

    place: str = ""
    expires: str = ""
    until: date | None = None
    problems: list[Reason] = field(default_factory=list)


def read_upload(form: Mapping[str, str], programme: Programme, today: date, *, placed: bool) -> Typed:
    """Read the form that goes with files. Where they are `placed` already (a replacement), no place is asked for."""
    typed = Typed(place=form.get("place", "").strip()[:60], expires=form.get("expires", "").strip()[:40])
    if not placed and programme.find_item(typed.place) is None and programme.find_function(typed.place) is None:
        typed.problems.append(Reason("Choose what the files stand behind.", "#place"))
    try:
        typed.until = read_date(typed.expires)
    except BadAnswer as problem:
        typed.problems.append(Reason(str(problem), "#expires"))
    if typed.until is not None and not today <= typed.until <= date(today.year + 50, 1, 1):
        when = "has passed already" if typed.until < today else "is too far off"
        typed.problems.append(Reason(f"The day until which it counts {when}. Enter another one, or leave it empty.", "#expires"))
    return typed


@dataclass
class Words:
    """A choice with its reason, as typed."""

    choice: str = ""
    why: str = ""
    problems: list[Reason] = field(default_factory=list)


def read_withdrawal(form: Mapping[str, str]) -> Words:
    """The reason for which a file is withdrawn."""
    words = Words(why=form.get("why", "").strip())
    if not words.why:
        words.problems.append(Reason("Say why the file is withdrawn.", "#why"))
    _not_too_long(words, "#why")
    return words


def read_verdict(form: Mapping[str, str]) -> Words:
    """What a reviewer or an inspector makes of a file. A refusal needs its reason, because the body must act on it."""
    words = Words(form.get("verdict", ""), form.get("verdict-why", "").strip())
    if words.choice not in VERDICTS:
        words.problems.append(Reason("Choose whether the file is accepted or refused.", "#verdict"))
    if words.choice == "refused" and not words.why:
        words.problems.append(Reason("Say why the file is refused, and what would do instead. The body reads it.", "#verdict-why"))
    _not_too_long(words, "#verdict-why")
    return words


def _not_too_long(words: Words, place: str) -> None:
    if len(words.why) > TEXT_LIMIT:
        text = f"The reason must be {TEXT_LIMIT:,} characters or fewer; it has {len(words.why):,}."
        words.problems.append(Reason(text, place))
