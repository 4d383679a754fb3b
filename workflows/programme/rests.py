"""Which items an indicator rests on, however indirectly."""

from collections.abc import Iterator

from workflows.formulas import formula
from workflows.programme.shape import Indicator, Programme

_behind: dict[int, tuple[Programme, dict[str, tuple[str, ...]]]] = {}


def items_behind(indicator: Indicator, programme: Programme) -> tuple[str, ...]:
    """The codes of all items that an indicator rests on, through every computed one, surveys and practices too, in order of use."""
    # Known by the programme's identity, as its rules are (workflows.returns.rules): to hash all of it takes longer than this.
    kept = _behind.get(id(programme))
    if kept is None or kept[0] is not programme:
        kept = _behind[id(programme)] = (programme, {})
    if indicator.code not in kept[1]:
        kept[1][indicator.code] = _items_behind(indicator, programme)
    return kept[1][indicator.code]


def _items_behind(indicator: Indicator, programme: Programme) -> tuple[str, ...]:
    text = f"({indicator.numerator}) / ({indicator.denominator})" if indicator.denominator else indicator.numerator
    found: dict[str, None] = {}
    waiting = [name for _, name in formula(text).names]
    while waiting:
        name = waiting.pop(0)
        item = programme.find_item(name)
        if item is None:
            waiting += [code for code in _figure(name, indicator.function, programme) if code not in found]
        elif name not in found:
            found[name] = None
            waiting += [code for _, code in formula(item.formula).names] if item.formula else []
    return tuple(found)


def _figure(name: str, function: str, programme: Programme) -> Iterator[str]:
    """The items that a figure stands for which is computed for the whole function (workflows.returns.figures)."""
    if name == "PRACTICES_MET":
        yield from (practice.code for practice in programme.practices if practice.function == function)
    if name == "SURVEY_INDEX":
        prefix = programme.function(function).prefix
        codes = (f"{prefix}_SURVEY_{audience}" for audience in ("COMMISSIONER", "USER"))
        yield from (code for code in codes if programme.find_item(code))


def entered_items(programme: Programme, indicator: Indicator) -> frozenset[str]:
    """The codes of the items that are typed and go into an indicator's numerator or denominator."""
    return frozenset(code for code in items_behind(indicator, programme) if programme.item(code).typed)


def scope_item(programme: Programme, function: str) -> str:
    """The item in which a body says whether it counted a function as the guidance says; empty where none asks."""
    prefix = programme.function(function).prefix
    item = programme.find_item(f"{prefix}_SCOPE") if prefix else None
    return item.code if item else ""
