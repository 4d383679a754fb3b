"""The case as a whole: its six tracks, and the stage that is read off them."""

from collections.abc import Mapping
from typing import NamedTuple

from workflows.benchmarks.track import PENALTY
from workflows.challenge.track import CHALLENGE
from workflows.engine import Track, UnknownTransition
from workflows.plans.track import ACTION, PLAN
from workflows.returns.track import RETURN
from workflows.review.track import REVIEW

TRACKS: Mapping[str, Track] = {t.code: t for t in (RETURN, REVIEW, CHALLENGE, PLAN, ACTION, PENALTY)}
CASE_TRACKS = tuple(t for t in TRACKS.values() if not t.per_action)
MAIN_TRACKS = (RETURN, REVIEW, CHALLENGE, PLAN)


def track(code: str) -> Track:
    """The track of that code. Raises UnknownTransition for an unknown one."""
    if code not in TRACKS:
        raise UnknownTransition(f"There is no track {code!r}. The tracks are: {', '.join(TRACKS)}.")
    return TRACKS[code]


TURNS = {role for t in TRACKS.values() for s in t.states for role in (s.turn, s.alone) if role}
"""The roles that something can wait for."""


class Stage(NamedTuple):
    """A stage of the case, in the order in which a case goes through them."""

    code: str
    label: str


STAGES = (
    Stage("return", "Return"),
    Stage("review", "Peer review"),
    Stage("challenge", "Challenge"),
    Stage("plan", "Improvement plan"),
    Stage("closed", "Closed"),
    Stage("not_returned", "Not returned"),
    Stage("exempt", "Exempt"),
)
STAGE_LABELS = {s.code: s.label for s in STAGES}


def stage(states: Mapping[str, str]) -> str:
    """The stage of a case, read off the states of its tracks: the first one that is not finished.

    `states` maps track codes to state codes; a track that has not started is absent.
    """
    if states["return"] in ("exempt", "not_returned"):
        return states["return"]
    for part in MAIN_TRACKS:
        state = states.get(part.code)
        if state is None or not part.state(state).final:
            return part.code
    return "closed"
