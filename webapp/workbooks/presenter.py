"""A preview as its page shows it: function by function, each change with what is there now and what the file says."""

from dataclasses import dataclass

from webapp.templating import told
from workflows.programme import Function, Programme
from workflows.returns.preview import Change, Preview
from workflows.returns.values import Answer


@dataclass(frozen=True)
class Side:
    """One side of a change, in words: the answer, and whatever else of it differs from the other side."""

    answer: str
    more: tuple[tuple[str, str], ...] = ()


def groups(programme: Programme, found: Preview) -> list[tuple[Function, list[tuple[Change, Side, Side]]]]:
    """The changes by function, in the order of the return; functions without any are left out."""
    by_function = []
    for function in programme.functions:
        rows = [(change, *sides(change)) for change in found.changes if change.item.function == function.code]
        if rows:
            by_function.append((function, rows))
    return by_function


def sides(change: Change) -> tuple[Side, Side]:
    """What is in the return, and what is in the file."""
    before, after = _more(change.before), _more(change.after)
    differ = [label for label in before if before[label] != after[label]]
    return (
        Side(told(change.before, change.item), tuple((label, before[label]) for label in differ)),
        Side(told(change.after, change.item), tuple((label, after[label]) for label in differ)),
    )


def _more(answer: Answer) -> dict[str, str]:
    return {"Basis": answer.basis or "none", "Note": answer.note or "none", "Filled in from": answer.prefilled or "confirmed"}
