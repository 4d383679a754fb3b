"""What still stands between a return and its sign-off: missing answers and hard checks."""

from collections.abc import Iterator

from workflows.engine import Reason
from workflows.formulas import NotComputable, condition
from workflows.programme import Check, Item
from workflows.returns.figures import Figures
from workflows.returns.values import NOTHING, lowered, note_wanted


def place(item: Item) -> str:
    """Where an item is entered, as a path below its case."""
    return f"return/{item.function}#{item.code}"


def asked(item: Item, figures: Figures) -> bool:
    """Whether an item must be answered: it is required, entered, and not of a question that was answered no."""
    if not (item.required and item.typed):
        return False
    return not item.asked_if or figures.answers.get(item.asked_if, NOTHING).yes


def answered(item: Item, figures: Figures) -> bool:
    """Whether an item has an answer that somebody stands by, with the note that it needs."""
    answer = figures.answers.get(item.code, NOTHING)
    return answer.settled and not note_wanted(item, answer)


def missing(figures: Figures) -> Iterator[Reason]:
    """Each required item without an answer, or whose answer is only taken over, or lacks its note."""
    for item in figures.programme.items:
        if not asked(item, figures):
            continue
        answer = figures.answers.get(item.code, NOTHING)
        if not answer.given:
            yield Reason(f"Answer “{item.label}”, or say why it is not known.", place(item))
        elif answer.prefilled:
            yield Reason(f"Confirm “{item.label}”: it was filled in from {answer.prefilled}.", place(item))
        elif note_wanted(item, answer):
            yield Reason(f"Give a note on “{item.label}”: {lowered(item.note_label)}.", place(item))


def parts(figures: Figures) -> Iterator[Reason]:
    """Each item that is above the one of which it is a part.

    Source: the finance questionnaire's rules that the parts of a cost add up to it (domain notes, indicators).
    """
    for item in figures.programme.items:
        if not item.part_of:
            continue
        whole = figures.programme.item(item.part_of)
        part_amount, whole_amount = figures.amount(item.code), figures.amount(whole.code)
        if part_amount is not None and whole_amount is not None and part_amount > whole_amount:
            yield Reason(
                f"“{item.label}” ({part_amount:,}) is more than “{whole.label}” ({whole_amount:,}), of which it is a part. "
                "Correct one of them.",
                place(item),
            )


def fails(check: Check, figures: Figures) -> bool:
    """Whether a check's condition does not hold. A condition with a missing figure is not applied."""
    try:
        return not condition(check.holds).holds(lambda kind, name: figures.lookup(kind, name, check.function), check.tolerance)
    except NotComputable:
        return False


def broken(figures: Figures) -> tuple[Reason, ...]:
    """Everything that blocks the sign-off although all is answered: parts above their whole, and blocking checks."""
    failing = (c for c in figures.programme.checks if c.blocking and fails(c, figures))
    return (*parts(figures), *(Reason(f"{c.text} {c.mend}", place(figures.programme.item(c.items[0]))) for c in failing))


def gaps(figures: Figures) -> tuple[Reason, ...]:
    """All that stands between this return and its sign-off, in the order of the form."""
    return (*missing(figures), *broken(figures))
