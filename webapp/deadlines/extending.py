"""More time on one deadline: asked for, withdrawn, granted, refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.db import Work
from webapp.deadlines.effects import Effect, Moving, effect_of, seen_mark
from webapp.deadlines.models import Deadline, Extension
from webapp.deadlines.queries import CaseDeadline, open_extension
from webapp.deadlines.verbs import as_due, becomes, happened
from webapp.notices.queries import recipients
from webapp.notices.verbs import Addressee, Cause, about, send
from webapp.plans.models import Action
from workflows.asks import Ask, Moment, read_day
from workflows.deadlines.calendar import london_day
from workflows.deadlines.extensions import deciders, extended, may_ask, open_time
from workflows.deadlines.rules import Due, written
from workflows.engine import Reason, Refused, problems_of
from workflows.roles import Actor, Role, Side

ASK_ASKS = (
    Ask("wished", "Last day that you ask for", kind="date", past=False),
    Ask("why", "Why more time is needed", limit=2000, hint="Whoever decides reads it, and it stays on the record."),
)
GIVE_ASKS = (
    Ask("day", "New last day", kind="date", past=False),
    Ask("reason", "Reason", limit=2000, hint="It is told to whoever asked, and it stands in the sum of the date."),
)
DECIDE_ASKS = (
    Ask("decision", "Your decision", kind="choice", choices=(("granted", "Grant more time"), ("refused", "Refuse it"))),
    Ask("day", "New last day", kind="date", past=False, required=False, hint="Where you grant it. It may be another than was asked for."),
    GIVE_ASKS[1],
)


class Changed(Exception):
    """Somebody else has changed the deadline, or its request, since the page was opened."""


def why_not_ask(actor: Actor, facts: CaseFacts, deadline: Deadline | CaseDeadline) -> str:
    """Why an actor cannot ask for more time on a deadline that they see; empty where they can."""
    if not may_ask(Role(deadline.role), actor.role):
        return f"Only whoever owes it can ask for more time: here, the {Role(deadline.role).label}."
    if actor.role is Role.REVIEWER and not facts.accepted:
        return "Only who has accepted the review can ask for more time for it."
    if actor.role is Role.ACTION_OWNER and not _owns(facts, deadline):
        return "Only the owner of this action, or the approver, can ask for more time for it."
    return open_time(deadline.due_at, deadline.stopped_at, deadline.closed_at)


def _owns(facts: CaseFacts, deadline: Deadline | CaseDeadline) -> bool:
    return any(action.id == deadline.action_id and action.owner_id == facts.actor.person_id for action in facts.actions)


def why_not_decide(actor: Actor, case: Case, deadline: Deadline | CaseDeadline, request: Extension | None) -> str:
    """Why an actor cannot decide on more time for a deadline that they see; empty where they can."""
    roles = deciders_of(case, deadline)
    if actor.role not in roles:
        return f"Here the {' or the '.join(role.label for role in roles)} decides on more time."
    if request is not None and actor.person_id is not None and actor.person_id == request.person_id:
        return "You asked for this yourself, so somebody else must decide."
    if actor.role is not None and actor.role.value == deadline.role:
        return "You owe this yourself, so somebody else must decide."
    return open_time(deadline.due_at, deadline.stopped_at, deadline.closed_at)


def deciders_of(case: Case, deadline: Deadline | CaseDeadline) -> tuple[Role, ...]:
    """The roles that decide on more time for a deadline."""
    return deciders(case.round.programme.deadline(deadline.rule), partnership=case.partnership_id is not None)


def ask(work: Work, facts: CaseFacts, deadline: Deadline, inputs: Mapping[str, str]) -> Extension:
    """Ask for more time on a deadline that runs. Nothing stops meanwhile. Raises Refused with all that is wrong."""
    case = facts.case
    if why := why_not_ask(work.actor, facts, deadline):
        raise Refused("state", (Reason(why, "deadlines"),))
    if open_extension(work.session, deadline) is not None:
        raise Refused("state", (Reason("More time is asked for already, and waits for an answer. It can be withdrawn.", "deadlines"),))
    problems = list(problems_of(ASK_ASKS, inputs, Moment(work.now)))
    if not problems and read_day(inputs["wished"]) <= london_day(deadline.due_at):
        problems.append(Reason(f"Ask for a day after {written(london_day(deadline.due_at))}, when it is due now.", "#wished"))
    if problems:
        raise Refused("input", tuple(problems))
    roles = deciders_of(case, deadline)
    assert work.actor.role is not None
    made = Extension(deadline=deadline, case_id=case.id, audience=deadline.audience, deciders=" ".join(role.value for role in roles),
                     person_id=work.actor.person_id, role=work.actor.role.value, asked_at=work.now, wished_on=read_day(inputs["wished"]),
                     why=inputs["why"].strip())  # fmt: skip
    work.session.add(made)
    work.session.flush()
    tell(work, case, deadline, "extension_asked", roles, made.why, f"extension-{made.id}", f"until {written(made.wished_on)}")
    return made


def withdraw(work: Work, request: Extension) -> None:
    """Take one's request back. Raises Refused for anybody else, and where it was decided on."""
    if request.state != "open":
        raise Refused("state", (Reason("This request was settled already.", "deadlines"),))
    if work.actor.person_id != request.person_id:
        raise Refused("state", (Reason("Only whoever asked for more time can withdraw the request.", "deadlines"),))
    request.state, request.decided_at = "withdrawn", work.now
    request.decided_by, request.decided_role = work.actor.person_id, work.actor.role.value if work.actor.role else None


@dataclass(frozen=True)
class Decision:
    """A decision as it was entered: granted up to a day, or refused, and why."""

    granted: bool
    day: date | None
    reason: str


def read_decision(work: Work, deadline: Deadline, request: Extension | None, inputs: Mapping[str, str]) -> Decision:
    """The decision that was entered. Raises Refused with all that is wrong with it."""
    asks = DECIDE_ASKS if request is not None else GIVE_ASKS
    problems = list(problems_of(asks, inputs, Moment(work.now)))
    granted = request is None or inputs.get("decision") == "granted"
    given = inputs.get("day", "").strip()
    if granted and not given and request is not None:
        problems.append(Reason("Give the new last day, since you grant more time.", "#day"))
    if not problems and granted and read_day(given) <= london_day(deadline.due_at):
        due = written(london_day(deadline.due_at))
        problems.append(Reason(f"More time ends after {due}, when it is due now. Give a later day.", "#day"))
    if problems:
        raise Refused("input", tuple(problems))
    return Decision(granted, read_day(given) if granted else None, inputs["reason"].strip())


def effect_of_granting(work: Work, case: Case, deadline: Deadline, decision: Decision) -> tuple[Due, Effect]:
    """The sum that the date would have, and what it would bring about."""
    assert decision.day is not None
    reckoned = extended(case.round.programme.deadline(deadline.rule), as_due(deadline), decision.day, work.actor.role, decision.reason)
    one = Moving(deadline.id, case.ref, case.body.organisation.name, deadline.rule, deadline.due_at, reckoned.at)
    return reckoned, effect_of(work.session, [one], work.now)


def mark_of(deadline: Deadline | CaseDeadline, request: Extension | None) -> str:
    """What a page about a decision was made from."""
    return seen_mark([deadline], f"{request.id}:{request.state}" if request else "")


def decide(work: Work, case: Case, deadline: Deadline, decision: Decision, *, seen: str | None = None) -> None:
    """Grant more time on a deadline, with its request where there is one, or refuse it.

    Raises Refused where it cannot be decided on now, Changed where something is not as it was `seen`.
    """
    request = open_extension(work.session, deadline)
    if seen is not None and seen != mark_of(deadline, request):
        raise Changed
    if why := why_not_decide(work.actor, case, deadline, request):
        raise Refused("state", (Reason(why, "deadlines"),))
    work.why = decision.reason
    if not decision.granted:
        assert request is not None
        _settle(work, request, "refused", None, decision.reason)
        _tell_outcome(work, case, deadline, request, "extension_refused", decision.reason, f"extension-{request.id}")
        return
    assert decision.day is not None
    give(work, case, deadline, request, decision.day, decision.reason)


def give(work: Work, case: Case, deadline: Deadline, request: Extension | None, day: date, reason: str) -> None:
    """Extend a deadline up to a day; a request for more time on it is granted with it. Everybody who owes it is told."""
    before = deadline.due_at
    reckoned = extended(case.round.programme.deadline(deadline.rule), as_due(deadline), day, work.actor.role, reason)
    becomes(work, case, deadline, reckoned)
    happened(work, deadline, "extended", before, reason)
    if request is not None:
        _settle(work, request, "granted", day, reason)
    _tell_outcome(work, case, deadline, request, "extension_granted", reason, f"extended-{deadline.id}-{day.isoformat()}")


def _settle(work: Work, request: Extension, state: str, day: date | None, reason: str) -> None:
    request.state, request.granted_on, request.answer = state, day, reason
    request.decided_by, request.decided_at = work.actor.person_id, work.now
    request.decided_role = work.actor.role.value if work.actor.role else None


def _tell_outcome(work: Work, case: Case, deadline: Deadline, request: Extension | None, message: str, why: str, occurrence: str) -> None:
    roles = [Role(deadline.role), *([Role(request.role)] if request else [])]
    tell(work, case, deadline, message, tuple(dict.fromkeys(roles)), why, occurrence)


def tell(
    work: Work, case: Case, deadline: Deadline, message: str, roles: tuple[Role, ...], why: str, occurrence: str, items: str = ""
) -> None:
    """Queue a message about a deadline to whoever holds these roles in its case, but not to whoever acts. None is queued where the
    round's programme was frozen before there was such a message."""
    session, found = work.session, case.round.programme.find_message(message)
    if found is None:
        return
    session.flush()
    action = session.get(Action, deadline.action_id) if deadline.action_id else None
    to = {one.id: Addressee(role, one, deadline) for role in reversed(roles) for one in recipients(session, case, role, action)}
    to.pop(work.actor.person_id or 0, None)
    audience = reduce(or_, (role.side for role in roles), Side(deadline.audience))
    cause = Cause(found, occurrence, int(audience), why=why, actor=work.actor.organisation or work.actor.name, items=items)
    send(work, about(case), cause, list(to.values()))
