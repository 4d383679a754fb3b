"""What whoever makes a move should have before their eyes: named in the declaration, gathered by the topic that knows."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.cases.facts import CaseFacts
from workflows.engine import Transition


@dataclass(frozen=True)
class Line:
    """One fact of a brief. `place` is the page below the case that tells more; a `warning` stands out."""

    label: str
    text: str
    place: str = ""
    warning: bool = False


@dataclass(frozen=True)
class Brief:
    """Facts under a heading. `place` is the page below the case that has all of it, `read` what a link there says."""

    title: str
    lines: list[Line]
    place: str = ""
    read: str = ""


Gather = Callable[[CaseFacts], Brief]
BRIEFS: dict[str, Gather] = {}


def brief(name: str) -> Callable[[Gather], Gather]:
    """Register what gathers a declared brief."""

    def register(function: Gather) -> Gather:
        BRIEFS[name] = function
        return function

    return register


def brief_of(transition: Transition, facts: CaseFacts) -> Brief | None:
    """The brief of a transition, where it declares one."""
    return BRIEFS[transition.shows](facts) if transition.shows else None
