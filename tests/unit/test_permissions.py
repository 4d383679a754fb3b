"""The permissions as they are declared: what hangs on the state of a track names that track, its states and why not else."""

import pytest

from webapp.access import PERMISSIONS, may_now, must_be_open
from workflows.case import TRACKS
from workflows.engine import Refused
from workflows.roles import Actor, Role

STATED = [p for p in PERMISSIONS.values() if p.track or p.states or p.closed]


@pytest.mark.parametrize("permission", STATED, ids=lambda p: p.name)
def test_a_permission_for_some_states_names_states_of_its_track_and_a_reason(permission):
    assert permission.on_case
    assert permission.states
    assert permission.closed.endswith(".")
    assert set(permission.states) < {state.code for state in TRACKS[permission.track].states}


@pytest.mark.parametrize("permission", STATED, ids=lambda p: p.name)
def test_it_holds_for_its_roles_in_its_states_alone_and_is_refused_with_the_reason_else(permission):
    for role in Role:
        actor = Actor(1, "Somebody", role, 1, "Somewhere")
        for state in (*(s.code for s in TRACKS[permission.track].states), None):
            assert may_now(actor, permission.name, state) == (role in permission.roles and state in permission.states)
    for state in permission.states:
        must_be_open(permission.name, state)
    with pytest.raises(Refused) as refused:
        must_be_open(permission.name, None)
    assert refused.value.reasons[0].text == permission.closed
    assert refused.value.reasons[0].place == permission.track
