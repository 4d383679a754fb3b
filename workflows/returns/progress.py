"""How far a return is: by function and by group of questions, answered of asked, and what stands in the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.engine import Reason
from workflows.programme import Item
from workflows.returns.checks import Checked, answered, asked
from workflows.returns.figures import Figures


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some questions are. `reasons` are what stands between them and the sign-off, `to_explain` so many of them
    explanations that are wanted."""

    answered: int
    asked: int
    reasons: tuple[Reason, ...] = ()
    to_explain: int = 0

    @property
    def open(self) -> int:
        return self.asked - self.answered

    @property
    def clear(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together on the form of a function. `key` names the group on its page."""

    key: str
    name: str
    items: tuple[Item, ...]


def groups(items: Iterable[Item]) -> tuple[Group, ...]:
    """The groups of some items, in the order in which the programme names them first."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.group, []).append(item)
    return tuple(Group(f"group-{number}", name, tuple(held)) for number, (name, held) in enumerate(found.items(), 1))


def count(items: Iterable[Item], figures: Figures) -> Progress:
    """How many of some items are answered, of those asked."""
    wanted = [item for item in items if asked(item, figures)]
    return Progress(sum(1 for item in wanted if answered(item, figures)), len(wanted))


def by_function(checked: Checked) -> Mapping[str, Progress]:
    """How far each function is that asks for anything, with what stands in its way, in the order of the programme."""
    found, figures = {}, checked.figures
    for function in figures.programme.functions:
        items = figures.programme.items_of(function.code)
        if items:
            counted, code = count(items, figures), function.code
            found[code] = Progress(counted.answered, counted.asked, checked.in_way(code), checked.to_explain(code))
    return found


def in_way(reasons: Iterable[Reason], function: str) -> tuple[Reason, ...]:
    """The reasons that are mended on the form of a function."""
    return tuple(reason for reason in reasons if reason.place.startswith(f"return/{function}#"))
