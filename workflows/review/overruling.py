"""Overruling a conflict of interest: proposed by one person, decided on by another, and for a time.

An overrule covers the conflicts that it names and no others, so that what comes up later has to be looked at anew. The own body is
never overruled.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.review.conflicts import OWN_BODY

LONGEST = timedelta(days=365)
"""An overrule holds for a year at most: rounds are yearly, and none outlasts its round."""
STEPS = ("peer_review", "query_answers", "body_comments", "moderation")
"""The deadlines of a review from its allocation to its end: an overrule is offered up to the last of them."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """An overrule as the rule sees it: the conflicts that it names, its last day, and what was decided: `approved`, `refused`, or
    nothing yet."""

    conflicts: tuple[str, ...]
    ends_on: date
    decision: str = ""

    def waits(self, day: date) -> bool:
        """Whether somebody has yet to decide; whose last day has passed is not waited for any more."""
        return not self.decision and day <= self.ends_on

    def holds(self, day: date) -> bool:
        """Whether somebody may be invited by it on a day."""
        return self.decision == "approved" and day <= self.ends_on

    def ended(self, day: date) -> bool:
        """Whether it held, and does so no more."""
        return self.decision == "approved" and day > self.ends_on


def can_overrule(conflict: str) -> bool:
    """Whether a conflict is of a kind that can be overruled: the own body is not."""
    return not conflict.startswith(OWN_BODY)


def standing(conflicts: Iterable[str], overrules: Collection[Overruled], day: date) -> tuple[str, ...]:
    """The conflicts that nothing overrules on a day, in their order."""
    covered = {text for one in overrules if one.holds(day) for text in one.conflicts if can_overrule(text)}
    return tuple(text for text in conflicts if text not in covered)


def needs_renewal(conflicts: Iterable[str], overrules: Collection[Overruled], day: date) -> bool:
    """Whether somebody who reviews does so on an overrule that has ended, with a conflict that still stands."""
    return any(one.ended(day) for one in overrules) and bool(standing(conflicts, overrules, day))
