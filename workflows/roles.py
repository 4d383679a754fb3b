"""Who acts: roles, the sides they stand on, and audiences made of sides."""

from dataclasses import dataclass
from enum import IntFlag, StrEnum


class Side(IntFlag):
    """The sides of a case. A set of sides is an audience: who may see a thing.

    The numbers are stored in the database (`audience` columns), so they never change.
    """

    NOBODY = 0
    BODY = 1
    PARTNERSHIP = 2
    AUDITOR = 4
    PROGRAMME = 8


EVERY_SIDE = Side.BODY | Side.PARTNERSHIP | Side.AUDITOR | Side.PROGRAMME


class Role(StrEnum):
    """The nine roles in which a person can act."""

    PREPARER = "preparer"
    APPROVER = "approver"
    ACTION_OWNER = "action_owner"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    INSPECTOR = "inspector"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"

    @property
    def side(self) -> Side:
        return _SIDES[self]

    @property
    def label(self) -> str:
        return _LABELS[self]


_SIDES = {
    Role.PREPARER: Side.BODY,
    Role.APPROVER: Side.BODY,
    Role.ACTION_OWNER: Side.BODY,
    Role.COORDINATOR: Side.PARTNERSHIP,
    Role.REVIEWER: Side.PARTNERSHIP,
    Role.MANAGER: Side.AUDITOR,
    Role.INSPECTOR: Side.AUDITOR,
    Role.OFFICER: Side.PROGRAMME,
    Role.ADMINISTRATOR: Side.PROGRAMME,
}

_LABELS = {
    Role.PREPARER: "preparer",
    Role.APPROVER: "approver (section 151 officer)",
    Role.ACTION_OWNER: "action owner",
    Role.COORDINATOR: "partnership coordinator",
    Role.REVIEWER: "peer reviewer",
    Role.MANAGER: "audit manager",
    Role.INSPECTOR: "inspector",
    Role.OFFICER: "programme officer",
    Role.ADMINISTRATOR: "administrator",
}

SIDE_LABELS = {
    Side.BODY: "the body",
    Side.PARTNERSHIP: "the partnership and its reviewers",
    Side.AUDITOR: "the auditor",
    Side.PROGRAMME: "the programme team",
}


def audience_words(audience: Side) -> str:
    """Who an audience is, in words, for a page that must say who will read something."""
    names = [label for side, label in SIDE_LABELS.items() if side & audience]
    if not names:
        return "nobody"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in one role for one organisation. `person_id` is None for the clock or the command line."""

    person_id: int | None
    name: str
    role: Role | None
    organisation_id: int | None
    organisation: str = ""

    @property
    def side(self) -> Side:
        return self.role.side if self.role else Side.NOBODY
