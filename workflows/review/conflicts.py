"""Conflicts of interest of a peer reviewer, computed from facts and not only declared.

Source: the remote, data-led review described in the domain notes (process, section 4): not the own body, not the
same sharing group or talks about one, no job there in three years, another county, not reciprocal. The register
gives no counties, so that here the own body, a second role with the body, a common sharing group or talks about one,
and a reciprocal review are computed; each kind is one function of `Standing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


def own_body(standing: Standing) -> str:
    """Why a person may not review: they belong to the body. Empty if they do not."""
    if standing.body & standing.reviewer_organisations:
        return f"Own body: this person holds a role at {standing.body_name}."
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


KINDS = (own_body, sharing, reciprocal)


def conflicts(standing: Standing) -> tuple[str, ...]:
    """Every conflict, each with its reason. None means that the person may be asked."""
    return tuple(text for kind in KINDS if (text := kind(standing)))
