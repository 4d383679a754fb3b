"""Why a check does not hold, in the body's words, and the figures for which it was said."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.programme import Programme
from workflows.returns.figures import Figures
from workflows.returns.names import in_words, label_of, said
from workflows.returns.values import SHORTEST_NOTE

LIMIT = 2000
"""Characters that an explanation may have."""
SEPARATOR = "; "


class BadExplanation(ValueError):
    """Something typed that explains nothing; the text says what to write."""


def read_explanation(text: str) -> str:
    """What was typed as it is kept; empty for nothing. Raises BadExplanation."""
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) > LIMIT:
        raise BadExplanation(f"An explanation must be {LIMIT:,} characters or fewer; this has {len(kept):,}.")
    if kept and len(kept) < SHORTEST_NOTE:
        raise BadExplanation("Say in a few words why it is so.")
    return kept


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the body said, beside which item, on what was `asked`. `rests_on` holds the figures for which it was said, such as
    `FIN_COST=1250000; last(FIN_COST)=900000`: when they change, it stands no more until somebody confirms or changes it.
    Without text it was taken back.
    """

    text: str
    rests_on: str
    asked: str = ""
    item: str = ""
    revision: int = 1

    def stands(self, rests_on: str) -> bool:
        """Whether it was said for these figures."""
        return bool(self.text) and self.rests_on == rests_on


def rests(figures: Iterable[tuple[str, str]]) -> str:
    """Names and exact values as they are kept with an explanation."""
    return SEPARATOR.join(f"{name}={value}" for name, value in figures)


def _kept(rests_on: str) -> list[tuple[str, str]]:
    return [(name, value) for part in rests_on.split(SEPARATOR) if part for name, _, value in [part.rpartition("=")]]


def given_for(rests_on: str, programme: Programme) -> list[tuple[str, str]]:
    """The labels of the figures that an explanation was given for, and their values in words."""
    return [(label_of(name, programme), in_words(name, value, programme)) for name, value in _kept(rests_on)]


def fits(rests_on: str, figures: Figures) -> bool:
    """Whether an explanation was given for the figures of this return. What is held beside it is left aside, so that a
    version by itself tells which explanations belong to it."""
    return all(said(name, figures) == value for name, value in _kept(rests_on) if not name.startswith(BESIDE))


BESIDE = ("last(", "held(", "CASE_HEADCOUNT(")
"""How the names begin of figures that are not entered in the return."""
