"""The declared tracks hold together, and fit the programme that the project carries."""

import pytest

from config import programmes
from workflows.case import TRACKS
from workflows.engine import diagram
from workflows.plans.track import IN_DELIVERY

PROGRAMME = programmes.read("back-office-2009")
EVERY = [pytest.param(t, id=code) for code, t in TRACKS.items()]
MOVES = [pytest.param(track, move, id=f"{code}.{move.name}") for code, track in TRACKS.items() for move in track.transitions]


@pytest.mark.parametrize("track", EVERY)
def test_every_state_is_reachable(track):
    reached = set(track.entries or (track.initial,))
    while True:
        more = {t.target for t in track.transitions if reached & set(t.sources)} - reached
        if not more:
            break
        reached |= more
    assert reached == {s.code for s in track.states}


@pytest.mark.parametrize("track", EVERY)
def test_only_final_states_have_no_way_out(track):
    for state in track.states:
        out = [t.name for t in track.transitions if state.code in t.sources]
        correctable = (track.code, state.code) == ("return", "accepted")
        assert bool(out) != state.final or correctable, (state.code, out)


@pytest.mark.parametrize("track", EVERY)
def test_whoever_has_the_turn_is_told_what_to_do(track):
    for state in track.states:
        assert bool(state.turn) == bool(state.todo), state.code
        moves = [t for t in track.transitions if state.code in t.sources and not t.aside and not t.only_follows]
        delivery = track.code == "plan" and state.code in IN_DELIVERY
        assert state.turn is None or delivery or any(state.turn in t.roles for t in moves), f"{state.code} waits for a move off the way"


@pytest.mark.parametrize("track, move", MOVES)
def test_a_transition_has_a_role_and_what_it_names_exists(track, move):
    assert move.roles
    assert move.label
    assert move.done
    for state in (*move.sources, move.target):
        track.state(state)
    for rule in (*move.opens, *move.closes):
        PROGRAMME.deadline(rule)
    for tell in move.tells:
        assert tell.to
        PROGRAMME.message(tell.message)
    for code in move.starts:
        assert code in TRACKS
    for guard in move.guards:
        assert guard.name
        assert guard.says


def test_every_declared_effect_is_implemented_and_none_is_idle():
    from webapp import topics
    from webapp.cases.moves import EFFECTS

    assert topics
    declared = {name for track in TRACKS.values() for move in track.transitions for name in move.effects}
    assert declared == set(EFFECTS)


@pytest.mark.parametrize("track", EVERY)
def test_the_diagram_shows_every_state(track):
    text = diagram(track)
    assert all(state.label in text for state in track.states)
