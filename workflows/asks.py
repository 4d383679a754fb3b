"""What a transition asks of the person who makes it, and how each kind of answer is read.

Answers come as text, from a form, the API or a test alike: one reading serves all of them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from workflows import dates
from workflows.deadlines.calendar import london_day

Kind = Literal["text", "choice", "confirm", "items", "date", "number", "reviewer", "inspector"]

YES = "yes"
"""What confirms a thing that must be confirmed."""
KEPT: frozenset[Kind] = frozenset({"choice", "confirm", "items", "date", "number"})
"""The kinds of answer that are kept with the move itself: texts and people have places of their own."""
FAR_YEARS = 20
"""Years from now beyond which a date is taken for a slip."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that is asked: a text, one of `choices`, a confirmation, items of the return, a date, a whole number, a person.

    `limit` is the longest text in characters; `minimum` and `maximum` bound a number. A date of which `past` is True
    lies today or before, of which it is False after today. `wording` names the text of the programme that a confirmation
    is about.
    """

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    hint: str = ""
    limit: int = 4000
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int = 0
    maximum: int = 1_000_000
    past: bool | None = None
    wording: str = ""


class Known(Protocol):
    """What the reading of an answer needs to know: the time, and what can be chosen of the return, by code."""

    @property
    def now(self) -> datetime: ...
    @property
    def items(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Moment:
    """The least that the reading of answers needs, where no case is at hand."""

    now: datetime
    items: Mapping[str, str] = field(default_factory=dict)


class Misfit(ValueError):
    """An answer that cannot be meant; the text says what to give instead."""


def read_day(text: str) -> date:
    """The day that a text means (workflows.dates). Raises Misfit."""
    try:
        return dates.read_day(text)
    except ValueError:
        raise Misfit("must be a real date, like 31 3 2010") from None


def read_number(text: str) -> int:
    """The whole number that a text means. A comma or a space counts only before each three digits. Raises Misfit."""
    tidy = text.strip()
    if not re.fullmatch(r"-?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4}|[0-9]{1,3}(\s[0-9]{3}){1,4})", tidy):
        raise Misfit("must be a whole number, like 250 or 1,250")
    return int(re.sub(r"[\s,]", "", tidy))


def read_items(text: str) -> tuple[str, ...]:
    """The codes of items in a text, each once, in their order."""
    return tuple(dict.fromkeys(text.split()))


def spoken(value: object) -> str:
    """An answer of the API as the text that a form would send: true confirms, a list holds items. Raises Misfit."""
    match value:
        case None | False:
            return ""
        case True:
            return YES
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(one, str) for one in value):
            return " ".join(value)
    raise Misfit("must be a text, a number, true, or a list of codes")


def missing(ask: Ask) -> str:
    """What to say where something that is required was not given."""
    match ask.kind:
        case "confirm":
            return f"Confirm this to go on: “{ask.label}”."
        case "choice":
            return f"Choose one under “{ask.label}”."
        case "items":
            return f"Choose at least one under “{ask.label}”."
        case "reviewer" | "inspector":
            return f"Choose the {ask.label.lower()}."
    return f"Fill in “{ask.label}”."


def misfit(ask: Ask, given: str, known: Known) -> str:
    """Why what was given cannot be meant, as a sentence; empty where it can. People are looked up by their guards."""
    try:
        _read(ask, given, known)
    except Misfit as problem:
        return f"{ask.label} {problem}."
    return ""


def _read(ask: Ask, given: str, known: Known) -> None:
    match ask.kind:
        case "choice":
            _one_of(given, (code for code, _ in ask.choices))
        case "confirm":
            _one_of(given, (YES,))
        case "items":
            for code in read_items(given):
                if code not in known.items:
                    raise Misfit(f"must be items that the return asks for; it has no “{code[:60]}”")
        case "date":
            _in_reach(ask, read_day(given), london_day(known.now))
        case "number":
            number = read_number(given)
            if not ask.minimum <= number <= ask.maximum:
                raise Misfit(f"must be from {ask.minimum:,} to {ask.maximum:,}; it is {number:,}")
        case _:
            if len(given) > ask.limit:
                raise Misfit(f"must be {ask.limit} characters or fewer; it has {len(given)}")


def _one_of(given: str, offered: Iterable[str]) -> None:
    offered = tuple(offered)
    if given not in offered:
        raise Misfit(f"must be {' or '.join(f'“{code}”' for code in offered)}, not “{given[:40]}”")


def _in_reach(ask: Ask, day: date, today: date) -> None:
    if ask.past is True and day > today:
        raise Misfit("must be today or in the past")
    if ask.past is False and day <= today:
        raise Misfit("must be in the future")
    if abs(day.year - today.year) > FAR_YEARS:
        raise Misfit(f"must be within {FAR_YEARS} years of today")


def kept(asks: Iterable[Ask], inputs: Mapping[str, str]) -> dict[str, str] | None:
    """The answers that are kept with the move itself, by name, each in one spelling; None where there are none."""
    found = {}
    for ask in asks:
        given = inputs.get(ask.name, "").strip()
        if given and ask.kind in KEPT:
            found[ask.name] = _spelled(ask, given)
    return found or None


def _spelled(ask: Ask, given: str) -> str:
    match ask.kind:
        case "date":
            return read_day(given).isoformat()
        case "number":
            return str(read_number(given))
        case "items":
            return " ".join(read_items(given))
    return given
