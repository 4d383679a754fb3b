"""What still stands between a return and its sign-off: missing answers and hard checks, and sums of cost lines."""

from collections.abc import Mapping
from decimal import Decimal

from workflows.engine import Reason
from workflows.programme import Item, Programme
from workflows.returns.values import Answer

Answers = Mapping[str, Answer]


def place(item: Item) -> str:
    """Where an item is entered, as a path below its case."""
    return f"return/{item.function}#{item.code}"


def total(item: Item, answers: Answers) -> Decimal | None:
    """The sum of the parts of a summed item; None while a part is missing or not known: missing is not zero."""
    amounts = [answers[part].amount if part in answers else None for part in item.sum_of]
    if not amounts or any(amount is None for amount in amounts):
        return None
    return sum((a for a in amounts if a is not None), Decimal(0))


def amount(item: Item, answers: Answers) -> Decimal | None:
    """The amount of an item, entered or summed; None where there is none."""
    if item.sum_of:
        return total(item, answers)
    answer = answers.get(item.code)
    return answer.amount if answer else None


def missing(programme: Programme, answers: Answers) -> tuple[Reason, ...]:
    """Each required item without an answer."""
    return tuple(
        Reason(f"Answer “{item.label}”, or say why it is not known.", place(item))
        for item in programme.items
        if item.required and not item.sum_of and not (item.code in answers and answers[item.code].given)
    )


def broken(programme: Programme, answers: Answers) -> tuple[Reason, ...]:
    """Each hard check that does not hold: here, a total that is above the cost of which it is a part.

    Source: the finance questionnaire's rules that the parts of a cost add up to it (domain notes, indicators).
    """
    reasons = []
    for item in programme.items:
        if not item.part_of:
            continue
        whole = programme.item(item.part_of)
        part_amount, whole_amount = amount(item, answers), amount(whole, answers)
        if part_amount is not None and whole_amount is not None and part_amount > whole_amount:
            text = (
                f"“{item.label}” ({part_amount:,}) is more than “{whole.label}” ({whole_amount:,}), of which it is a part. "
                "Correct one of them."
            )
            reasons.append(Reason(text, place(item)))
    return tuple(reasons)


def gaps(programme: Programme, answers: Answers) -> tuple[Reason, ...]:
    """All that stands between this return and its sign-off, in the order of the form."""
    return missing(programme, answers) + broken(programme, answers)
