"""What holds of every track, whatever the facts: the buttons and the decision agree, and every no has a reason."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.facts import BODY, PlainFacts, facts
from workflows.case import MAIN_TRACKS, STAGE_LABELS, TRACKS, stage, track
from workflows.engine import CorrectionFacts, HeadcountFacts, PenaltyFacts, Refused, UnknownTransition, consider, decide, options
from workflows.review.overruling import Overruled
from workflows.review.track import REVIEW
from workflows.roles import Actor, Role

moves = st.sampled_from([(t, m) for t in TRACKS.values() for m in t.transitions])
roles = st.frozensets(st.sampled_from(list(Role)), max_size=3)


def states_of(machine):
    return st.none() | st.sampled_from([s.code for s in machine.states])


GOOD = {"text": "Because.", "confirm": "yes", "items": "FIN_COST_EMP", "number": "251", "reviewer": "2", "inspector": "2"}


def inputs_for(transition):
    """Something sensible for everything that a transition asks."""
    days = {True: "2010-01-15", False: "2010-03-26", None: "2010-02-01"}
    of_kind = {ask.name: ask.choices[0][0] if ask.choices else days[ask.past] for ask in transition.asks if ask.kind in ("choice", "date")}
    return {ask.name: of_kind.get(ask.name) or GOOD[ask.kind] for ask in transition.asks}


@given(st.data())
def test_a_button_and_the_decision_agree(data):
    machine, transition = data.draw(moves)
    state, standing, known = data.draw(states_of(machine)), data.draw(roles), data.draw(facts)
    shown = next(o for o in options(machine, state, standing, known) if o.transition is transition)
    try:
        decide(machine, transition.name, state, standing, known, inputs_for(transition))
    except Refused as refused:
        assert refused.kind == ("input" if shown.allowed else shown.kind)
        assert shown.allowed or refused.reasons == shown.reasons
    else:
        assert shown.allowed


@given(st.data())
def test_every_no_has_a_reason_that_reads_as_a_sentence(data):
    machine, transition = data.draw(moves)
    option = consider(machine, transition, data.draw(states_of(machine)), data.draw(roles), data.draw(facts))
    assert option.allowed != bool(option.reasons)
    for reason in option.reasons:
        assert reason.text[0].isupper()
        assert reason.text.endswith(".")


@given(st.data())
def test_whoever_has_not_the_role_learns_nothing_of_the_case(data):
    machine, transition = data.draw(moves)
    standing = data.draw(roles)
    assume(transition.only_follows or not standing & set(transition.roles))
    one, other = (consider(machine, transition, data.draw(states_of(machine)), standing, data.draw(facts)) for _ in range(2))
    assert one.kind == other.kind == "role"
    assert one.reasons == other.reasons


@given(st.data())
def test_a_move_is_made_only_from_its_sources(data):
    machine, transition = data.draw(moves)
    state = data.draw(states_of(machine))
    option = consider(machine, transition, state, frozenset(transition.roles), data.draw(facts))
    if state not in transition.sources:
        assert not option.allowed
        assert option.kind == ("role" if transition.only_follows else "state")


@given(facts, st.sampled_from(["allocate", "reallocate"]))
def test_nobody_reviews_their_own_body_whatever_is_overruled(known, name):
    known.organisations = {2: frozenset({BODY})}
    known.overrules = (Overruled(known.conflicts(2), date.max, "approved"),)
    with pytest.raises(Refused) as refused:
        decide(
            REVIEW, name, REVIEW.transition(name).sources[0], frozenset({Role.COORDINATOR}), known, {"person": "2", "reason": "Because."}
        )
    assert any(reason.text.startswith("Own body") for reason in refused.value.reasons)


@pytest.mark.parametrize("known", [
    PlainFacts(organisations={2: frozenset({8})}, reviewed_us=frozenset({8})),
    PlainFacts(organisations={2: frozenset({8})}, shares_with={8: "in talks about the sharing group “Demo share”"}),
])  # fmt: skip
def test_another_conflict_is_overruled_by_a_second_person_until_a_day_only(known):
    coordinator, chosen = frozenset({Role.COORDINATOR}), {"person": "2"}
    today = known.now.date()
    against = known.conflicts(2)
    for overrules in (
        (), (Overruled(against, today),), (Overruled(against, today, "refused"),), (Overruled(("Another.",), today, "approved"),),
        (Overruled(against, today - timedelta(days=1), "approved"),),
    ):  # fmt: skip
        known.overrules = overrules
        with pytest.raises(Refused, match="a second person must approve"):
            decide(REVIEW, "allocate", "unallocated", coordinator, known, chosen)
    known.overrules = (Overruled(against, today, "approved"),)
    assert decide(REVIEW, "allocate", "unallocated", coordinator, known, chosen)


def test_a_penalty_is_indicated_only_where_the_rule_in_force_does():
    indicate, officer = track("penalty").transition("indicate"), frozenset({Role.OFFICER})
    for found, words in (
        (PenaltyFacts(True, True), ""),
        (PenaltyFacts(False, False), "No rule for the penalty is in force"),
        (PenaltyFacts(True, False, ("In a sharing group.",)), "The rule does not indicate this body. In a sharing group."),
    ):
        option = consider(track("penalty"), indicate, "not_indicated", officer,
                          PlainFacts(states={"return": "accepted"}, penalty=found))  # fmt: skip
        assert option.allowed == (not words)
        assert words in " ".join(reason.text for reason in option.reasons)
    unsettled = PlainFacts(states={"return": "submitted"}, penalty=PenaltyFacts(False, False))
    option = consider(track("penalty"), indicate, "not_indicated", officer, unsettled)
    assert [reason.place for reason in option.reasons] == ["return"], "what the rule says is not asked before the return is settled"


@given(facts)
def test_four_eyes_hold(known):
    """Who prepared does not sign, who indicated does not decide, who applied does not hear the appeal."""
    me = known.actor.person_id
    known.prepared_by |= {me}
    known.done_by |= {("penalty", "indicate"): me}
    known.passed |= {"representations"}
    for code, name, state, role in (
        ("return", "sign_off", "awaiting_sign_off", Role.APPROVER),
        ("penalty", "apply", "representations_in", Role.OFFICER),
        ("penalty", "withdraw", "representations_in", Role.OFFICER),
        ("penalty", "confirm", "appealed", Role.OFFICER),
        ("penalty", "uphold", "appealed", Role.OFFICER),
    ):
        option = consider(track(code), track(code).transition(name), state, frozenset({role}), known)
        assert option.kind == "guard", (code, name)


@pytest.mark.parametrize("machine, transition", [(t, m) for t in TRACKS.values() for m in t.transitions if m.asks],
                         ids=lambda x: getattr(x, "name", getattr(x, "code", "")))  # fmt: skip
def test_what_is_asked_is_wanted_and_has_a_limit(machine, transition):
    known = PlainFacts(organisations={2: frozenset()}, actor=Actor(9, "Demo person", transition.roles[0], 7), lead_id=9)
    state = transition.sources[0]
    known.states = {"return": "accepted", "plan": "awaited", machine.code: state} if machine.code == "return" else {
        "return": "accepted", "plan": "awaited"}  # fmt: skip
    for more in (
        {"passed": frozenset({"representations"}), "peer_review": False},
        {"correction": CorrectionFacts(1, False, ("Employees",), False)},
        {"correction": CorrectionFacts(1, True, (), True)},
        {"headcount": HeadcountFacts(240, 250, 10, declared=251, declared_exempt=True)},
        {"headcount": HeadcountFacts(255, 250, 10, declared=251)},
    ):
        if consider(machine, transition, state, frozenset(transition.roles), known).allowed:
            break
        known = replace(known, **more)
    assert consider(machine, transition, state, frozenset(transition.roles), known).allowed
    for ask in transition.asks:
        good = inputs_for(transition)
        for bad in (["", "  "] if ask.required else []) + ["x" * (ask.limit + 1)]:
            with pytest.raises(Refused) as refused:
                decide(machine, transition.name, state, frozenset(transition.roles), known, good | {ask.name: bad})
            assert refused.value.kind == "input"
            assert f"#{ask.name}" in {reason.place for reason in refused.value.reasons}


@given(st.data())
def test_a_walk_never_leaves_the_track_and_ends_only_where_it_is_final(data):
    machine = data.draw(st.sampled_from(list(TRACKS.values())))
    state = data.draw(st.sampled_from(machine.entries or (machine.initial,)))
    for _ in range(12):
        ways = [t for t in machine.transitions if state in t.sources]
        if not ways:
            assert machine.state(state).final
            return
        state = data.draw(st.sampled_from(ways)).target
        machine.state(state)


@given(st.fixed_dictionaries({t.code: st.sampled_from([s.code for s in t.states]) for t in MAIN_TRACKS}),
       st.integers(1, 4))  # fmt: skip
def test_the_stage_is_the_first_track_that_is_not_finished(states, begun):
    known = {t.code: states[t.code] for t in MAIN_TRACKS[:begun]}
    found = stage(known)
    assert found in STAGE_LABELS
    finished = [t.state(known[t.code]).final for t in MAIN_TRACKS if t.code in known]
    if found == "closed":
        assert finished == [True] * 4
    elif found in TRACKS:
        assert all(finished[: [t.code for t in MAIN_TRACKS].index(found)])


def test_what_is_not_declared_is_named():
    with pytest.raises(UnknownTransition, match="no track 'nothing'"):
        track("nothing")
    with pytest.raises(UnknownTransition, match="has no move 'sing'"):
        track("return").transition("sing")
