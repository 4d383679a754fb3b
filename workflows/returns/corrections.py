"""Which items a correction opens; the others stay as they were signed off."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.programme import Programme
from workflows.returns.rules import place


def reopened(programme: Programme, chosen: Iterable[str]) -> list[str]:
    """The entered items that a correction opens, in the programme's order: those chosen, those of a function that was chosen,
    and the questions that hang on them.

    None chosen opens all, told as an empty list. Codes that are not entered are passed over.
    """
    wanted = set(chosen)
    wanted |= {i.code for i in programme.items if i.function in wanted}
    return [i.code for i in programme.items if i.typed and (i.code in wanted or i.asked_if in wanted)]


def choices(programme: Programme) -> dict[str, str]:
    """What can be chosen to be corrected, with its label: each entered item, and each function as a whole."""
    functions = {f.code: f"All of {f.name}" for f in programme.functions if programme.items_of(f.code)}
    return functions | {i.code: i.label for i in programme.items if i.typed}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Something that is to be corrected: its label, and where it is entered, as a path below the case."""

    label: str
    place: str


def chosen(programme: Programme, codes: Iterable[str]) -> list[Chosen]:
    """What these codes stand for: items or whole functions. Unknown ones are passed over."""
    found = []
    for code in codes:
        if item := programme.find_item(code):
            found.append(Chosen(item.label, place(item)))
        elif function := programme.find_function(code):
            found.append(Chosen(f"All of {function.name}", f"return/{code}"))
    return found
