"""What of a body is open when it ends, read together: for the officer's page, the proposal, and its application."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.register.models import Body
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.succession import queries
from webapp.succession.models import Succession
from workflows.benchmarks.sharing import KINDS
from workflows.engine import Reason
from workflows.plans.track import MOVABLE
from workflows.roles import Role
from workflows.succession import NOTHING, Choices, Ending, Held, Holding, Link, OpenAction, choice_problems, obstacles, settle


@dataclass(frozen=True)
class Outlook:
    """A body that ends: its successors by their ids, all that is open, and whatever is in the way of handing it over."""

    body: Body
    lines: list[Succession]
    names: dict[int, str]
    receiving: dict[int, Case]
    actions: list[Row[Action, str, str, str]]
    roles: list[Row[int, int, str, str]]
    sharing: list[Row[SharingMember, str]]
    queries: list[Row[str, int]]
    deadlines: list[Deadline]
    cases: list[Case]
    assigned: list[Row[str, str, int, str]]
    signed: list[Row[str, int]]
    obstacles: tuple[Reason, ...]

    @property
    def holding(self) -> Holding:
        """All that must have somewhere to go."""
        return Holding(
            tuple(OpenAction(action.id, action.number, action.owner_id, state in MOVABLE) for action, state, *_ in self.actions),
            tuple(Held(key, person, role) for key, person, _, role in self.roles),
            tuple(member.id for member, _ in self.sharing),
            frozenset(member.id for member, _ in self.sharing if member.kind == "host"),
        )

    @property
    def due(self) -> dict[int, datetime]:
        """When the deadlines of actions that run are due, by the action's id."""
        return {one.action_id: one.due_at for one in self.deadlines if one.action_id is not None and one.rule == "action_due"}

    @property
    def moving(self) -> list[Row[Action, str, str, str]]:
        return [row for row in self.actions if row[1] in MOVABLE]

    @property
    def staying(self) -> list[Row[Action, str, str, str]]:
        return [row for row in self.actions if row[1] not in MOVABLE]

    def rule(self, deadline: Deadline) -> tuple[str, str]:
        """The case that a deadline is in, and what it is called there."""
        case = next(case for case in self.cases if case.id == deadline.case_id)
        return case.ref, case.round.programme.deadline(deadline.rule).label


def look(session: Session, body: Body, now: datetime, *, heir: int | None = None, proposed: bool = False, lock: bool = False) -> Outlook:
    """Look at a body that ends. With the `heir` that is to answer for its cases, conflicts of its reviewers are known too.

    With `proposed` it is looked at for a handover that waits, so that this is in the way of nothing; `lock` locks the cases.
    """
    lines = queries.lines_of(session, body)
    names = {line.successor_id: line.successor.organisation.name for line in lines}
    cases, receiving = queries.cases(session, body, lock=lock), queries.receiving(session, names, lock=lock)
    assigned, waiting = queries.assigned(session, body), queries.waiting_handover(session, body)
    reviewers = {person: (name, ref) for ref, kind, person, name in assigned if kind == "reviewer"}
    theirs = queries.members_among(session, reviewers, heir) if heir in names and heir is not None else set()
    ending = Ending(
        body=body.organisation.name,
        ends_on=body.end_date,
        links=[Link(body.code, line.successor.code, line.starts, line.share, line.source) for line in lines],
        without_case=[name for key, name in names.items() if key not in receiving],
        ended=[names[line.successor_id] for line in lines if (end := line.successor.end_date) is not None and end <= line.starts],
        correction=queries.correction_open(session, body),
        waiting=waiting is not None and not proposed,
        conflicts=[f"{name} reviews {ref} and holds a role at {names[heir]}, which is to answer for it. Another reviewer must be "
                   "allocated first." for person, (name, ref) in reviewers.items() if person in theirs and heir is not None],
    )  # fmt: skip
    day = lines[0].starts if lines else in_london(now).date()
    return Outlook(
        body, lines, names, receiving, queries.open_actions(session, body), queries.roles_of(session, body),
        queries.sharing_of(session, body, day), queries.queries_open(session, body), queries.deadlines_open(session, body), cases,
        assigned, queries.signed_versions(session, body), obstacles(ending),
    )  # fmt: skip


def wrong(session: Session, seen: Outlook, choices: Choices) -> tuple[Reason, ...]:
    """Why what was chosen cannot be."""
    owners = {action.owner_id for action, *_ in seen.actions}
    return choice_problems(seen.holding, seen.names, choices, queries.owners_there(session, owners, seen.names))


def parties(seen: Outlook, choices: Choices, session: Session) -> tuple[list[int], tuple[Reason, ...]]:
    """The bodies that must sign: each successor that receives something, and the body itself while it has an approver; and, for
    each that has nobody to sign, the reason that keeps it from being signed.
    """
    receive = [to for to, share in settle(seen.holding, seen.names, choices).items() if share != NOTHING]
    able = queries.have_approver(session, [seen.body.id, *receive])
    missing = tuple(
        Reason(f"{seen.names[to]} has no approver who could sign. Somebody must be given that role first.")
        for to in receive
        if to not in able
    )
    return ([seen.body.id] if seen.body.id in able else []) + receive, missing


@dataclass(frozen=True)
class Part:
    """What one successor receives, in words."""

    name: str
    answers: bool
    actions: list[str]
    roles: list[str]
    sharing: list[str]


def described(session: Session, choices: Choices) -> tuple[list[Part], list[str]]:
    """What was chosen, in words, whether it is still open or not: by successor, and which sharing memberships end. Four statements."""
    action_rows = session.execute(
        select(Action.id, Action.number, Action.what, Case.ref, Person.name)
        .join(Case, Case.id == Action.case_id).join(Person, Person.id == Action.owner_id).where(Action.id.in_(choices.actions))
    )  # fmt: skip
    actions = {row.id: f"Action {row.number} of {row.ref}: {row.what} (owner: {row.name})" for row in action_rows}
    roles = {key: f"{name}, {Role(role).label}" for key, name, role in _roles(session, [one for one, _ in choices.access])}
    groups = select(SharingMember.id, SharingGroup.name, SharingMember.kind).join(SharingGroup, SharingGroup.id == SharingMember.group_id)
    sharing = {
        key: f"{name}, {KINDS[kind].lower()}" for key, name, kind in session.execute(groups.where(SharingMember.id.in_(choices.sharing)))
    }
    ids = {choices.heir, *choices.actions.values(), *(to for _, to in choices.access), *choices.sharing.values()} - {None}
    names = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)).order_by(Organisation.name))
    parts = [
        Part(
            name,
            key == choices.heir,
            [actions[one] for one in sorted(actions) if choices.actions[one] == key],
            sorted(roles[one] for one, to in choices.access if to == key),
            [sharing[one] for one in sorted(sharing) if choices.sharing[one] == key],
        )
        for key, name in names
    ]
    return parts, [sharing[one] for one in sorted(sharing) if choices.sharing[one] is None]


def _roles(session: Session, memberships: list[int]) -> Any:
    query = select(Membership.id, Person.name, Membership.role).join(Person, Person.id == Membership.person_id)
    return session.execute(query.where(Membership.id.in_(memberships)))
