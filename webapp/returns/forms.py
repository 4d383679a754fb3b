"""Reading what a preparer typed for the items of a function.

The fields of an item are named after its code: the answer itself, `note-`, `basis-`, `why-` and `by-` (not known, because;
will be known by), `sure-` (a figure that was filled in from elsewhere is right) and `was-` (the revision that was seen).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from workflows.engine import Reason
from workflows.programme import Item
from workflows.returns.values import (
    BASES,
    Answer,
    BadAnswer,
    Basis,
    lowered,
    read_amount,
    read_not_known,
    read_note,
    read_text,
)


@dataclass
class Typed:
    """What was typed for one item, as typed, with what is wrong with it."""

    value: str = ""
    note: str = ""
    basis: str = ""
    reason: str = ""
    known_by: str = ""
    prefilled: str = ""
    sure: bool = False
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


def read(form: Mapping[str, str], items: tuple[Item, ...], stored: Mapping[str, Answer], today: date) -> Reading:
    """Read the form of a function. Items that the form does not hold are left alone.

    `stored` is what is stored now: an answer that was filled in from elsewhere stays so until it is changed or confirmed.
    """
    reading = Reading()
    for item in items:
        if not item.typed or (item.code not in form and f"was-{item.code}" not in form):
            continue
        typed = _typed(form, item)
        reading.typed[item.code] = typed
        try:
            answer = _answer(typed, item, today)
        except BadAnswer as problem:
            typed.problem = str(problem)
            continue
        before = stored.get(item.code)
        if before is not None and before.prefilled:
            typed.prefilled = before.prefilled
            if not typed.sure and answer.same_as(before):
                answer = replace(answer, prefilled=before.prefilled)
        reading.answers[item.code] = answer
    return reading


def _typed(form: Mapping[str, str], item: Item) -> Typed:
    code = item.code
    revision = form.get(f"was-{code}", "0")
    return Typed(
        value=form.get(code, ""),
        note=form.get(f"note-{code}", ""),
        basis=form.get(f"basis-{code}", ""),
        reason=form.get(f"why-{code}", ""),
        known_by=form.get(f"by-{code}", ""),
        sure=bool(form.get(f"sure-{code}")),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def _answer(typed: Typed, item: Item, today: date) -> Answer:
    note = read_note(typed.note, item)
    unknown = bool(typed.reason.strip() or typed.known_by.strip())
    if item.kind == "amount":
        amount = read_amount(typed.value, item)
        answer = Answer(amount=amount, note=note, basis=read_basis(typed.basis, item) if amount is not None else "")
    else:
        answer = Answer(text=read_text(typed.value, item), note=note)
    if answer.given and unknown:
        raise BadAnswer(f"Either give {lowered(item.label)}, or say why it is not known, not both.")
    if unknown:
        return replace(read_not_known(typed.reason, read_date(typed.known_by), today, item), note=note)
    return answer


def read_basis(text: str, item: Item) -> Basis:
    """How firm an amount is; final where nothing is said. Raises BadAnswer."""
    said = text.strip().lower()
    for basis in BASES:
        if said in (basis, ""):
            return basis
    raise BadAnswer(f"{item.label} must be an estimate, provisional or final. You entered “{text.strip()[:40]}”.")


def as_typed(answer: Answer | None, revision: int) -> Typed:
    """A stored answer as the form shows it."""
    if answer is None:
        return Typed(revision=revision)
    known_by = f"{answer.known_by.day}/{answer.known_by.month}/{answer.known_by.year}" if answer.known_by else ""
    value = f"{answer.amount:,f}" if answer.amount is not None else answer.text
    return Typed(value, answer.note, answer.basis, answer.not_known, known_by, answer.prefilled, revision=revision)
