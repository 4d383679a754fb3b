"""Where the two sides stand on a figure: what was filed, what the reviewer and the inspector say of it, and what is agreed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

STANDINGS: Mapping[str, str] = {
    "open": "Still open",
    "disputed": "Not agreed",
    "corrected": "Agreed: corrected",
    "agreed": "Agreed as filed",
    "remarked": "Remarks only",
}
"""How a figure stands between the sides, in words, those that ask for something first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding on a figure as far as a reader knows it: the body's response and the inspector's decision, '' where there is none."""

    response: str
    decision: str


def standing(*, filed: str, now: str, queries: Collection[str], findings: Collection[Judged]) -> str:
    """How a figure stands: one of `STANDINGS`.

    `filed` and `now` are the value in words as it was signed off first and as it is; `queries` the states of the questions
    asked about it. A question that is not resolved, or a finding that waits for a response or a decision, leaves it open. A
    finding that stands although the body does not agree, or agrees in part, leaves it disputed. Findings that were withdrawn
    say nothing any more.
    """
    left = [one for one in findings if one.decision != "withdrawn"]
    if any(state in ("open", "answered") for state in queries) or any(not (one.response and one.decision) for one in left):
        return "open"
    if any(one.response != "agreed" and one.decision == "kept" for one in left):
        return "disputed"
    if now != filed:
        return "corrected"
    return "agreed" if queries or findings else "remarked"
