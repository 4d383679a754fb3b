"""A return as a reviewer reads it: each figure with the remarks on it and what the body says. The page of the review and the
printed review are made of the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.checks.queries import Entered, Said, said_of
from webapp.review.models import Annotation
from webapp.templating import told
from workflows.programme import Function, Item, Programme
from workflows.returns.checks import belongs
from workflows.returns.figures import Figures


@dataclass(frozen=True)
class Line:
    """An item with its answer in words, what was remarked on it, and what the body says on it."""

    item: Item
    value: str
    annotations: list[Annotation]
    said: list[Said]


@dataclass(frozen=True)
class Section:
    """The items of one function."""

    function: Function
    lines: list[Line]


def sections(programme: Programme, version: Entered | None, notes: Iterable[Annotation]) -> list[Section]:
    """Every function that asks anything, with its items in the programme's order; `notes` stand beside the items that they
    are on. What was not asked, after a no, is left out. Give only what the reader may see."""
    figures = Figures(programme, version.answers if version else {})
    said = said_of(version, figures)
    by_item: dict[str, list[Annotation]] = {}
    for note in notes:
        by_item.setdefault(note.item, []).append(note)
    found = []
    for function in programme.functions:
        lines = [
            Line(item, told(figures.answer(item.code), item), by_item.get(item.code, []), said.get(item.code, []))
            for item in programme.items_of(function.code)
            if item.code in by_item or item.code in said or belongs(item, figures)
        ]
        if lines:
            found.append(Section(function, lines))
    return found


def remarked(found: Iterable[Section]) -> list[Section]:
    """Of these sections only what was remarked on."""
    kept = [Section(section.function, [line for line in section.lines if line.annotations]) for section in found]
    return [section for section in kept if section.lines]
