"""Reading what a preparer typed for the items of a function.

The fields of an item are named after its code: the answer itself, `note-`, `basis-`, `why-` and `by-` (not known, because;
will be known by), `sure-` (a figure that was filled in from elsewhere is right) and `was-` (the revision that was seen).
Where two people changed the same item, `clash-` says that both answers were shown, and `merge-` which of them stands: `mine`
or `theirs`. `confirm` names a group of which all that was filled in from elsewhere is right.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from webapp.returns.drafts import why_locked
from workflows.dates import read_day
from workflows.engine import Reason
from workflows.programme import Item
from workflows.returns.values import (
    BASES,
    NOTHING,
    Answer,
    BadAnswer,
    Basis,
    lowered,
    quoted,
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
    clashed: bool = False
    merge: str = ""
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
    """The day that a text means (workflows.dates); None for an empty text. Raises BadAnswer."""
    text = text.strip()
    try:
        return read_day(text) if text else None
    except ValueError:
        raise BadAnswer(f"Enter a real date, like 31/3/2010. You entered “{text[:20]}”.") from None


def read(
    form: Mapping[str, str], items: tuple[Item, ...], stored: Mapping[str, Answer], today: date, locked: Collection[str] = ()
) -> Reading:
    """Read the form of a function. Items that the form does not hold are left alone.

    `stored` is what is stored now: an answer that was filled in from elsewhere stays so until it is changed or confirmed.
    `locked` items cannot be changed in this correction.
    """
    reading = Reading()
    for item in items:
        if not item.typed or (item.code not in form and f"was-{item.code}" not in form):
            continue
        typed = _typed(form, item)
        if typed.merge == "theirs":
            continue
        reading.typed[item.code] = typed
        try:
            before = stored.get(item.code, NOTHING)
            answer = replace(before, prefilled="") if _untouched(typed, before) else _answer(typed, item, today)
            answer = _kept_prefilled(typed, answer, before)
            if item.code in locked and answer != before:
                raise BadAnswer(why_locked(item.label))
            if typed.clashed and not typed.merge:
                raise BadAnswer(f"Choose which answer to {quoted(item.label)} stands: yours or theirs.")
        except BadAnswer as problem:
            typed.problem = str(problem)
            continue
        reading.answers[item.code] = answer
    return reading


def _untouched(typed: Typed, before: Answer) -> bool:
    """Whether a stored answer stands in the form as it was shown. What was good once is not refused later, like a date gone by."""
    shown = as_typed(before, 0)
    fields = ((t.value.strip(), t.note.replace("\r\n", "\n").strip(), t.reason.strip(), t.known_by.strip()) for t in (typed, shown))
    return before.given and next(fields) == next(fields) and typed.basis in ("", before.basis)


def _kept_prefilled(typed: Typed, answer: Answer, before: Answer) -> Answer:
    """The answer, still marked as filled in from elsewhere where nobody changed or confirmed it."""
    if not before.prefilled:
        return answer
    typed.prefilled = before.prefilled
    return replace(answer, prefilled=before.prefilled) if not typed.sure and answer.same_as(before) else answer


def _typed(form: Mapping[str, str], item: Item) -> Typed:
    code = item.code
    revision = form.get(f"was-{code}", "0")
    return Typed(
        value=form.get(code, ""),
        note=form.get(f"note-{code}", ""),
        basis=form.get(f"basis-{code}", ""),
        reason=form.get(f"why-{code}", ""),
        known_by=form.get(f"by-{code}", ""),
        sure=bool(form.get(f"sure-{code}")) or form.get("confirm") == item.group,
        revision=int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else 0,
        clashed=bool(form.get(f"clash-{code}")),
        merge=form.get(f"merge-{code}", ""),
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
