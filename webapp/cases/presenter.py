"""A case as its pages show it: the tracks with their facts, and what the actor may do now."""

from dataclasses import dataclass

from flask import url_for

from webapp.access import standing
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case, Stay
from webapp.plans.models import Action
from workflows.case import CASE_TRACKS, MAIN_TRACKS, TRACKS, track
from workflows.engine import Option, State, Track, options
from workflows.roles import Role


@dataclass(frozen=True)
class Step:
    """One track as the head of a case page shows it."""

    track: Track
    state: State | None
    stay: Stay | None

    @property
    def place(self) -> str:
        return self.track.code


def steps(facts: CaseFacts) -> list[Step]:
    """The four main tracks in order, where each stands."""
    found = []
    for machine in MAIN_TRACKS:
        stay = facts.stay(machine.code)
        found.append(Step(machine, machine.state(stay.state) if stay else None, stay))
    return found


def buttons(facts: CaseFacts, tracks: tuple[str, ...], action: Action | None = None) -> list[Option]:
    """The transitions of these tracks that belong to the actor's role, the present state and this case: allowed, or with the
    reasons why not."""
    found = []
    for code in tracks:
        machine = track(code)
        state = facts.state(code)
        found += [o for o in options(machine, state, standing(facts.actor), facts) if o.kind in ("allowed", "guard") and o.fits]
    return found


def all_buttons(facts: CaseFacts) -> list[Option]:
    """The same over all the tracks of the case itself."""
    return buttons(facts, tuple(t.code for t in CASE_TRACKS))


def move_url(case: Case, option: Option, action: Action | None = None) -> str:
    """Where a transition is made."""
    number = action.number if action else None
    return url_for("cases.move", ref=case.ref, track_code=option.track.code, name=option.transition.name, action=number)


@dataclass(frozen=True)
class Holder:
    """Who has the ball in a case, by track."""

    track: Track
    role: Role
    stay: Stay
    mine: bool


def holders(facts: CaseFacts) -> list[Holder]:
    """Whose turn it is, in every track that waits for somebody."""
    found = []
    for stay in facts.stays:
        if stay.turn and not TRACKS[stay.track].per_action:
            role = Role(stay.turn)
            found.append(Holder(TRACKS[stay.track], role, stay, role is facts.actor.role))
    return found
