"""Which items that somebody enters an indicator rests on, however indirectly."""

from workflows.formulas import formula
from workflows.programme.shape import Indicator, Programme


def entered_items(programme: Programme, indicator: Indicator) -> frozenset[str]:
    """The codes of the items that are typed and go into an indicator's numerator or denominator."""
    texts = [text for text in (indicator.numerator, indicator.denominator) if text]
    found: set[str] = set()
    waiting = [name for text in texts for _, name in formula(text).names]
    while waiting:
        item = programme.find_item(waiting.pop())
        if item is None or item.code in found:
            continue
        found.add(item.code)
        waiting += [name for _, name in formula(item.formula).names] if item.formula else []
    return frozenset(code for code in found if programme.item(code).typed)


def scope_item(programme: Programme, function: str) -> str:
    """The item in which a body says whether it counted a function as the guidance says; empty where none asks."""
    prefix = programme.function(function).prefix
    item = programme.find_item(f"{prefix}_SCOPE") if prefix else None
    return item.code if item else ""
