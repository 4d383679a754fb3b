"""What can be filled in from elsewhere: answers of last year and held figures, into questions that are not answered yet."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from workflows.programme import Item, Programme
from workflows.returns.comparison import FIRST_DEFINITION
from workflows.returns.figures import Answers
from workflows.returns.values import NOTHING, Answer, BadAnswer, read_text, within


def from_last_year(items: Iterable[Item], answers: Answers, last: Answers, definitions: Mapping[str, str]) -> dict[str, Answer]:
    """Last year's answers to the items that are entered and not answered yet.

    `definitions` are those under which last year's answers were given, by item; an item that it does not name had the
    first. An answer is left out where what is counted was defined anew since, where it was not known or never confirmed,
    and where it could not be entered now.
    """
    found = {}
    for item in _empty(items, answers):
        if definitions.get(item.code, FIRST_DEFINITION) == item.definition and last.get(item.code, NOTHING).settled:
            taken = _taken(last[item.code], item)
            if taken is not None:
                found[item.code] = taken
    return found


def from_held(programme: Programme, source: str, items: Iterable[Item], answers: Answers, held: Mapping[str, Decimal]) -> dict[str, Answer]:
    """The held figures of a source that are the same thing as an item that is not answered yet.

    0 is left out: in the statistics it means not returned as well as none, and missing is not zero.
    """
    empty = {item.code: item for item in _empty(items, answers)}
    found = {}
    for one in programme.held:
        if one.prefills and one.source == source and one.item in empty and held.get(one.code):
            taken = _taken(Answer(amount=held[one.code]), empty[one.item])
            if taken is not None:
                found[one.item] = taken
    return found


def _empty(items: Iterable[Item], answers: Answers) -> list[Item]:
    return [item for item in items if item.typed and not answers.get(item.code, NOTHING).given]


def _taken(answer: Answer, item: Item) -> Answer | None:
    """An answer as it would be entered for the item today; None where it could not be."""
    if answer.not_known or (answer.amount is None) == (item.kind == "amount"):
        return None
    try:
        if answer.amount is not None:
            return replace(answer, amount=within(answer.amount, item), basis="final")
        return replace(answer, text=read_text(answer.text, item))
    except BadAnswer:
        return None
