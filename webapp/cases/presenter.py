"""A case as its pages show it: where its tracks stand, whose turn it is, and what the actor may do now."""

from dataclasses import dataclass, field
from datetime import datetime

from webapp.access import sees, standing
from webapp.cases.facts import CaseFacts
from webapp.cases.looking import Looked
from webapp.cases.models import Case, Stay
from webapp.plans.models import Action
from webapp.templating import case_url
from workflows.case import CASE_TRACKS, MAIN_TRACKS, TRACKS, track
from workflows.engine import Option, State, Track, consider
from workflows.plans.track import ALL_DONE_TODO, IN_DELIVERY
from workflows.returns.lateness import Lateness
from workflows.roles import Role


@dataclass(frozen=True)
class Turn:
    """Who has the ball: to do what, on which thing at which place below the case, since when, by when.

    `mine` is it for whoever reads.
    """

    role: Role
    todo: str
    thing: str
    place: str
    since: datetime
    due_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class Step:
    """One track of a case: where it stands, since when, and whose turn it is there."""

    track: Track
    state: State | None
    stay: Stay | None
    turn: Turn | None

    @property
    def place(self) -> str:
        return self.track.code


@dataclass(frozen=True)
class Head:
    """What every page of a case says first: the four main tracks and the penalty, the turns of the person who reads, what is news."""

    steps: list[Step]
    penalty: Step | None
    more: list[Turn]
    looked: Looked = field(default_factory=Looked)
    """How far the reader has seen the case, and what is news to them."""

    @property
    def turns(self) -> list[Turn]:
        """Every turn, the reader's own first."""
        steps = [*self.steps, *([self.penalty] if self.penalty else [])]
        mine = {turn.role for turn in self.more}
        found = [step.turn for step in steps if step.turn and (step.turn.mine or step.turn.role not in mine)]
        return sorted(found + self.more, key=lambda turn: not turn.mine)

    def tells(self, late: Lateness) -> bool:
        """Whether a turn tells already how late the return is, so that it need not be said again."""
        return late.kind == "late" and any(turn.due_at == late.due_at for turn in self.turns)


def head(facts: CaseFacts) -> Head:
    """Where a case stands, as the actor may know it."""
    penalty = TRACKS["penalty"]
    known = sees(facts.actor, penalty.audience) and facts.stay("penalty")
    more = _action_turns(facts)
    return Head([_step(facts, machine) for machine in MAIN_TRACKS], _step(facts, penalty) if known else None, more, facts.looked)


def _step(facts: CaseFacts, machine: Track) -> Step:
    stay = facts.stay(machine.code)
    if stay is None:
        return Step(machine, None, None, None)
    return Step(machine, machine.state(stay.state), stay, _turn(facts, machine, stay))


def _turn(facts: CaseFacts, machine: Track, stay: Stay) -> Turn | None:
    if stay.turn is None:
        return None
    if machine.code == "plan" and stay.state in IN_DELIVERY:
        return _delivery(facts, stay)
    role = Role(stay.turn)
    due = _due(facts, machine, role, None)
    return Turn(role, machine.state(stay.state).todo, machine.label, machine.code, stay.since, due, _holds(facts, role))


def _holds(facts: CaseFacts, role: Role) -> bool:
    """Whether the actor is who holds a role in the case: a second marker acts as a reviewer, and the review is not theirs to write."""
    return role is facts.actor.role and (role is not Role.REVIEWER or facts.actor.person_id in facts.reviewer_ids)


def _delivery(facts: CaseFacts, plan: Stay) -> Turn:
    """Whose turn it is in a plan that is carried out: the owners', then the inspector's, and once all is done the approver's.

    To owners and inspectors their own actions are told one by one (`_action_turns`), so the plan's turn is not theirs too.
    """
    machine, label = TRACKS["action"], TRACKS["plan"].label
    stays = [stay for stay in facts.stays if stay.action_id]
    waiting = [stay for stay in stays if stay.turn]
    if stays and not waiting:
        ended = max(stay.since for stay in stays)
        return Turn(Role.APPROVER, ALL_DONE_TODO, label, "plan", ended, None, facts.actor.role is Role.APPROVER)
    role = Role.ACTION_OWNER if any(s.turn == Role.ACTION_OWNER for s in waiting) or not waiting else Role.INSPECTOR
    theirs = [stay for stay in waiting if stay.turn == role]
    dues = [due for stay in theirs if (due := _due(facts, machine, role, stay.action_id))]
    todo = machine.state(theirs[0].state).todo if len(theirs) == 1 else "Carry out the actions"
    if role is Role.INSPECTOR and len(theirs) > 1:
        todo = "Verify that the actions are done"
    return Turn(role, todo, label, "plan", min((s.since for s in theirs), default=plan.since), min(dues, default=None), False)


def _action_turns(facts: CaseFacts) -> list[Turn]:
    """The actions that wait for the actor themselves; the others are told on the plan's page."""
    machine, role = TRACKS["action"], facts.actor.role
    stays = [stay for stay in facts.stays if stay.action_id and role is not None and stay.turn == role.value]
    if not stays or role is None:
        return []
    actions = {action.id: action for action in facts.actions}
    found = []
    for stay in stays:
        action = actions[stay.action_id or 0]
        if role is not Role.ACTION_OWNER or action.owner_id == facts.actor.person_id:
            due = _due(facts, machine, role, action.id)
            thing, place = f"action {action.number}", f"plan#action-{action.number}"
            found.append(Turn(role, machine.state(stay.state).todo, thing, place, stay.since, due, True))
    return found


def _due(facts: CaseFacts, machine: Track, role: Role, action_id: int | None) -> datetime | None:
    """The soonest open deadline of a track for a role, as far as the actor may see it."""
    for found in facts.open_deadlines:
        ours = found.rule in machine.rules and found.role == role.value and found.action_id == action_id
        if ours and sees(facts.actor, found.audience):
            return found.due_at
    return None


def buttons(facts: CaseFacts, tracks: tuple[str, ...], action: Action | None = None) -> list[Option]:
    """The transitions that belong to the actor's role and the present state: allowed, or with the reasons why not yet.

    The straight way comes first. What is not allowed yet is shown to whose turn it is, and only if it lies on that way:
    nobody else works towards it. A move that is of no use in this case is left out.
    """
    found: list[Option] = []
    for code in tracks:
        machine, state = track(code), facts.state(code)
        my_turn = state is not None and machine.turn(state, facts) is facts.actor.role
        for transition in machine.transitions:
            if facts.actor.role not in transition.roles or state not in transition.sources:
                continue
            option = consider(machine, transition, state, standing(facts.actor), facts)
            if option.allowed or (my_turn and option.kind == "guard" and option.fits and not option.transition.aside):
                found.append(option)
    return sorted(found, key=lambda option: option.transition.aside)


def all_buttons(facts: CaseFacts) -> list[Option]:
    """The same over all the tracks of the case itself."""
    return buttons(facts, tuple(t.code for t in CASE_TRACKS))


def move_url(case: Case, option: Option, action: Action | None = None) -> str:
    """Where a transition is made."""
    address = case_url(case.ref, f"moves/{option.track.code}/{option.transition.name}")
    return f"{address}?action={action.number}" if action else address
