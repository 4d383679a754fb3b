"""The deadlines of a case with all that happened to them, as its page and the API tell them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.access import may, sees
from webapp.cases.facts import CaseFacts
from webapp.deadlines import extending, queries
from webapp.deadlines.models import Extension
from webapp.deadlines.queries import CaseDeadline
from webapp.review.names import doer_words
from workflows.deadlines.extensions import open_time
from workflows.deadlines.timeline import Change, Line, line_of
from workflows.roles import Actor, Role


@dataclass(frozen=True)
class Shown:
    """A deadline with all that happened to it, as its page shows it."""

    deadline: CaseDeadline
    label: str
    line: Line | None
    changes: list[Change]
    requests: list["Asked"]
    may_ask: bool
    may_decide: bool
    why_not: str
    """Why no more time can be asked for or given now, told to whoever could otherwise."""

    @property
    def waits(self) -> "Asked | None":
        """The request that waits for an answer."""
        return next((one for one in self.requests if one.request.state == "open"), None)


@dataclass(frozen=True)
class Asked:
    """A request for more time, with who asked and who decided in words, and whether the reader may withdraw it."""

    request: Extension
    who: str
    decider: str
    mine: bool


def shown_of(session: Session, actor: Actor, facts: CaseFacts) -> list[Shown]:
    """Every deadline of a case that an actor may see, those that run first: three statements."""
    every = queries.deadlines_of(session, facts.case)
    facts.know_deadlines(every)
    changes = queries.changes_of(session, facts.case, actor)
    asked: dict[int, list[Asked]] = {}
    for row in queries.extensions_of(session, facts.case, actor):
        one: Extension = row[0]
        mine = one.state == "open" and one.person_id == actor.person_id
        asked.setdefault(one.deadline_id, []).append(
            Asked(one, who(facts, row[1], one.person_id, one.role), who(facts, row[2], one.decided_by, one.decided_role), mine)
        )
    return [_shown(facts, one, changes.get(one.id, []), asked.get(one.id, [])) for one in every if sees(actor, one.audience)]


def who(facts: CaseFacts, name: str | None, person_id: int | None, role: str | None) -> str:
    """Whoever did something, as the reader may know them, with their role."""
    number = facts.reviewer_numbers.get(person_id or 0, 0)
    words = doer_words(facts.case.round.programme, facts.actor.side, name, number, by_reviewer=role == Role.REVIEWER)
    return ", ".join(part for part in (words or "Yardstick", Role(role).label if role else "") if part)


def _shown(facts: CaseFacts, one: CaseDeadline, rows: list[Any], asked: list[Asked]) -> Shown:
    programme, role = facts.case.round.programme, facts.actor.role
    changes = [
        Change(row.kind, row.at, who(facts, row.name, row.person_id, row.role), row.why, row.due_before, row.due_after) for row in rows
    ]
    line = line_of(one.opened_at, one.first_due or one.due_at, one.due_at, one.closed_at, changes, facts.now) if changes else None
    label = programme.deadline(one.rule).label
    if one.action_id is not None:
        label += next((f" {action.number}" for action in facts.actions if action.id == one.action_id), "")
    not_now = open_time(one.due_at, one.stopped_at, one.closed_at) if one.closed_at is None else ""
    waits = next((a.request for a in asked if a.request.state == "open"), None)
    asks = may(facts.actor, "extension.ask") and not extending.why_not_ask(facts.actor, facts, one)
    decides = may(facts.actor, "extension.decide") and not extending.why_not_decide(facts.actor, facts.case, one, waits)
    concerned = bool(not_now) and role is not None and (role.value == one.role or role in extending.deciders_of(facts.case, one))
    return Shown(one, label, line, changes, asked, asks and waits is None, decides, not_now if concerned else "")
