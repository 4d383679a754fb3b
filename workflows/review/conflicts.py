"""Conflicts of interest of a peer reviewer, computed from facts and not only declared.

Source: the remote, data-led review described in the domain notes (process, section 4): not the own body, not the
same sharing group or talks about one, no job there in three years, another county, not reciprocal. The register
gives no counties, so that these cannot be computed. What can be: the own body, a role there that ended less than three years
ago, a common sharing group or talks about one, a reciprocal review, and an interest that was declared; each kind is one
function of `Standing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

OWN_BODY = "Own body"
"""How the reason begins that can never be overruled."""
YEARS = 3
"""For so long after somebody left a body they do not review it."""
INTERESTS: Mapping[str, str] = {
    "family": "A relative or close friend works there",
    "money": "A financial interest",
    "work": "Paid or unpaid work for it",
    "office": "A councillor or board member there",
    "other": "Something else",
}
"""The kinds of interest that a reviewer can declare."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a possible reviewer of one body's return. Ids are organisations' ids."""

    reviewer_organisations: frozenset[int]
    body: frozenset[int]
    """The body and, once it has ended, the successor that answers for it."""
    body_name: str
    reviewed_by_people_of: frozenset[int] = frozenset()
    """Bodies whose returns people of `body` review in the same round."""
    shares_with: Mapping[int, str] = field(default_factory=dict)
    """Bodies that share with `body` on the day, or talk with it about sharing, each with how and in which group."""
    left: date | None = None
    """The day on which the last role at the body ended, where that is less than three years ago."""
    interests: tuple[str, ...] = ()
    """Interests in the body that were declared and hold on the day, by kind."""


def own_body(standing: Standing) -> str:
    """Why a person may not review: they belong to the body. Empty if they do not."""
    if standing.body & standing.reviewer_organisations:
        return f"{OWN_BODY}: this person holds a role at {standing.body_name}."
    return ""


def reciprocal(standing: Standing) -> str:
    """Why not: somebody of the body reviews this person's own body in the same round. Empty otherwise."""
    if standing.reviewed_by_people_of & standing.reviewer_organisations:
        return f"Reciprocal: somebody of {standing.body_name} reviews this person's own body in this round."
    return ""


def sharing(standing: Standing) -> str:
    """Why not: the person belongs to a body that shares functions with it, or talks about that. Empty otherwise."""
    found = sorted(standing.shares_with[one] for one in standing.reviewer_organisations if one in standing.shares_with)
    return f"Sharing: this person's own body is {found[0]} as {standing.body_name}." if found else ""


def worked_there(standing: Standing) -> str:
    """Why not: the person held a role at the body less than three years ago. Empty otherwise, and where they still hold one."""
    if standing.left is None or standing.body & standing.reviewer_organisations:
        return ""
    day = f"{standing.left.day} {standing.left:%B %Y}"
    return f"Worked there: this person held a role at {standing.body_name} until {day}, less than three years ago."


def interest(standing: Standing) -> str:
    """Why not: the person has an interest in the body, and it was declared. Empty otherwise."""
    said = ", ".join(INTERESTS.get(kind, kind)[0].lower() + INTERESTS.get(kind, kind)[1:] for kind in sorted(standing.interests))
    return f"Declared interest in {standing.body_name}: {said}." if said else ""


KINDS = (own_body, worked_there, interest, sharing, reciprocal)


def since(day: date) -> date:
    """The first day that still lies less than three years before a day."""
    back = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return back.replace(year=back.year - YEARS)


def conflicts(standing: Standing) -> tuple[str, ...]:
    """Every conflict, each with its reason. None means that the person may be asked."""
    return tuple(text for kind in KINDS if (text := kind(standing)))
