"""The allocation: whatever is given, no rule is broken, as many places as can be are filled, and what lacks is told."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.review.allocation import Given, Reviewer, Wanting, misfit, propose

BODIES = range(1, 7)
FUNCTIONS = ("finance", "hr", "it")


@st.composite
def worlds(draw):
    """Returns and reviewers of a few bodies, so that conflicts, reciprocal pairs and lacks abound."""
    bodies = draw(st.lists(st.sampled_from(BODIES), unique=True, max_size=5))
    weights = st.dictionaries(st.sampled_from(FUNCTIONS), st.integers(1, 3))
    returns = [Wanting(10 + body, body, draw(weights)) for body in bodies]
    reviewers = [
        Reviewer(100 + number, draw(st.frozensets(st.sampled_from(BODIES), max_size=2)), draw(st.integers(0, 4)), draw(st.integers(0, 2)),
                 draw(st.frozensets(st.sampled_from(FUNCTIONS))), draw(st.sampled_from(["", "", "", "Away until Monday."])))
        for number in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    pairs = st.tuples(st.sampled_from([one.id for one in returns] or [0]), st.sampled_from([who.id for who in reviewers] or [0]))
    conflicts = dict.fromkeys(draw(st.frozensets(pairs, max_size=6)), ("Sharing.",))
    reviewing = draw(st.frozensets(st.tuples(st.sampled_from(BODIES), st.sampled_from(BODIES)), max_size=3))
    return Given(returns, reviewers, conflicts, draw(st.frozensets(pairs, max_size=2)), draw(st.frozensets(pairs, max_size=3)), reviewing)


def _chosen(world, proposal):
    who = {one.id: one for one in world.reviewers}
    return [(one, who[reviewer]) for one in world.returns for reviewer in proposal.pairs[one.id]]


def _has(world, one):
    return {reviewer for return_id, reviewer in world.allocated if return_id == one.id}


@settings(max_examples=150)
@given(worlds(), st.integers(1, 3))
def test_no_rule_is_ever_broken(world, wanted):
    chosen = _chosen(world, propose(world, wanted))
    for one, who in chosen:
        assert one.body not in who.bodies
        assert (one.id, who.id) not in world.conflicts
        assert not who.away
        assert who.id not in _has(world, one)
    for who in world.reviewers:
        assert sum(reviewer is who for _, reviewer in chosen) <= max(0, who.capacity - who.load)
    for one in world.returns:
        mine = [who.id for place, who in chosen if place is one]
        assert len(mine) == len(set(mine)) <= max(0, wanted - len(_has(world, one)))


@settings(max_examples=150)
@given(worlds(), st.integers(1, 3))
def test_no_two_bodies_review_each_other_by_what_is_proposed(world, wanted):
    chosen = _chosen(world, propose(world, wanted))
    new = {(own, one.body) for one, who in chosen for own in who.bodies}
    body, who = {one.id: one.body for one in world.returns}, {one.id: one for one in world.reviewers}
    there = {(own, body[one]) for one, reviewer in world.allocated if one in body and reviewer in who for own in who[reviewer].bodies}
    for own, reviewed in new:
        assert (reviewed, own) not in new | there | world.reviewing


@settings(max_examples=150)
@given(worlds(), st.integers(1, 3))
def test_whatever_is_not_filled_is_told_with_what_keeps_everybody_else_away(world, wanted):
    proposal = propose(world, wanted)
    lacks = {lack.return_id: lack for lack in proposal.lacks}
    for one in world.returns:
        open_ = max(0, wanted - len(_has(world, one))) - len(proposal.pairs[one.id])
        assert open_ == (lacks[one.id].places if one.id in lacks else 0)
        if one.id in lacks:
            lack = lacks[one.id]
            on_it = _has(world, one) | set(proposal.pairs[one.id])
            others = sum(who.id not in on_it for who in world.reviewers)
            assert lack.conflict + lack.away + lack.full + lack.reciprocal == others, "nobody is left who could still be given it"
            assert lack.words.startswith(str(open_))


@settings(max_examples=100)
@given(st.integers(2, 6), st.integers(1, 12), st.integers(1, 2), st.randoms())
def test_the_load_is_even_where_nothing_stands_in_the_way(reviewers, returns, wanted, rng):
    """Skills and earlier rounds never cost an even load."""
    who = [Reviewer(100 + n, capacity=50, load=rng.randint(0, 1), skills=frozenset(rng.sample(FUNCTIONS, 1))) for n in range(reviewers)]
    wanting = [Wanting(n, n, {rng.choice(FUNCTIONS): 1}) for n in range(returns)]
    past = frozenset((one.id, rng.choice(who).id) for one in wanting)
    proposal = propose(Given(wanting, who, past=past), wanted)
    assert not proposal.lacks
    load = Counter({one.id: one.load for one in who})
    load.update(reviewer for found in proposal.pairs.values() for reviewer in found)
    assert max(load.values()) - min(load.values()) <= 1


def test_skills_that_fit_and_bodies_not_reviewed_before_go_first_at_the_same_load():
    returns = [Wanting(1, 1, {"finance": 2, "hr": 1}), Wanting(2, 2, {"it": 1})]
    reviewers = [Reviewer(101, skills=frozenset({"it"})), Reviewer(102, skills=frozenset({"finance"}))]
    assert misfit(returns[0], reviewers[1]) == pytest.approx(1 / 3)
    assert propose(Given(returns, reviewers), 1).pairs == {1: (102,), 2: (101,)}
    again = frozenset({(1, 102), (2, 101)})
    assert propose(Given(returns, reviewers, past=again), 1).pairs == {1: (101,), 2: (102,)}
    one_left = propose(Given(returns[:1], reviewers[1:], past=again), 1)
    assert one_left.pairs == {1: (102,)}, "a body reviewed before is avoided, not forbidden"


def test_as_many_as_can_be_are_proposed_and_each_lack_says_what_would_help():
    returns = [Wanting(1, 1), Wanting(2, 2), Wanting(3, 3)]
    full = propose(Given(returns, [Reviewer(101, capacity=2)]), 1)
    assert sum(map(len, full.pairs.values())) == 2
    assert full.lacks[0].words == (
        "1 reviewer is wanting. Nobody is left: 1 with no room for more. Give somebody without a conflict room for more reviews."
    )
    mutual = propose(Given(returns[:2], [Reviewer(101, frozenset({1})), Reviewer(102, frozenset({2}))]), 1)
    assert sum(map(len, mutual.pairs.values())) == 1
    assert (mutual.lacks[0].conflict, mutual.lacks[0].reciprocal) == (1, 1)
    assert mutual.lacks[0].relax.startswith("Give another reviewer to one of the two bodies")
    away = propose(Given(returns[:1], [Reviewer(101, away="Away until Monday.")]), 1)
    assert away.lacks[0].relax.startswith("Wait for somebody who is away")
    barred = propose(Given(returns[:1], [Reviewer(101, frozenset({1}))]), 1)
    assert barred.lacks[0].relax.startswith("Add a reviewer of another body")
    assert "there is no other reviewer" in propose(Given(returns[:1], []), 2).lacks[0].words
    with pytest.raises(ValueError, match="one reviewer at least"):
        propose(Given(returns, []), 0)


def test_who_does_not_allocate_does_not_load_the_solver():
    loaded = "import sys, webapp.app, workflows.review.allocation; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
