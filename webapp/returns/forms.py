"""Reading what a preparer typed for the items of a function."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from workflows.engine import Reason
from workflows.programme import Item
from workflows.returns.values import Answer, BadAnswer, read_amount, read_not_known


@dataclass
class Typed:
    """What was typed for one item, as typed, with what is wrong with it."""

    amount: str = ""
    reason: str = ""
    known_by: str = ""
    revision: int = 0
    problem: str = ""


@dataclass
class Reading:
    """A form as read: good answers by item, and all of it as typed, to give back where something is wrong."""

    answers: dict[str, Answer] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)

    @property
    def problems(self) -> list[Reason]:
        return [Reason(t.problem, f"#{code}") for code, t in self.typed.items() if t.problem]

    @property
    def seen(self) -> dict[str, int]:
        return {code: t.revision for code, t in self.typed.items()}


def read_date(text: str) -> date | None:
    """A date like 31/3/2010 or 2010-03-31; None for an empty text. Raises BadAnswer."""
    text = text.strip()
    if not text:
        return None
    written = re.fullmatch(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", text)
    try:
        if written:
            day, month, year = (int(part) for part in written.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        raise BadAnswer(f"Enter a real date, like 31/3/2010. You entered “{text[:20]}”.") from None


def read(form: Mapping[str, str], items: tuple[Item, ...], today: date) -> Reading:
    """Read the form of a function. Items that the form does not hold are left alone."""
    reading = Reading()
    for item in items:
        if item.code not in form or item.sum_of:
            continue
        revision = form.get(f"was-{item.code}", "0")
        typed = Typed(form[item.code], form.get(f"why-{item.code}", ""), form.get(f"by-{item.code}", ""),
                      int(revision) if revision.isdecimal() else 0)  # fmt: skip
        reading.typed[item.code] = typed
        try:
            reading.answers[item.code] = _answer(typed, item, today)
        except BadAnswer as problem:
            typed.problem = str(problem)
    return reading


def _answer(typed: Typed, item: Item, today: date) -> Answer:
    amount = read_amount(typed.amount, item)
    if amount is not None and typed.reason.strip():
        raise BadAnswer(f"Either give {item.label.lower()}, or say why it is not known, not both.")
    if amount is not None:
        return Answer(amount=amount)
    if typed.reason.strip() or typed.known_by.strip():
        return read_not_known(typed.reason, read_date(typed.known_by), today, item)
    return Answer()


def as_typed(answer: Answer | None, revision: int) -> Typed:
    """A stored answer as the form shows it."""
    if answer is None:
        return Typed(revision=revision)
    known_by = f"{answer.known_by.day}/{answer.known_by.month}/{answer.known_by.year}" if answer.known_by else ""
    amount = f"{answer.amount:,f}" if answer.amount is not None else ""
    return Typed(amount, answer.not_known, known_by, revision)
