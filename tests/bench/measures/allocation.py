"""The allocation of a whole round, beside the same places filled by `linear_sum_assignment`, which knows no pair that excludes another.

The floor is the least that an exact solver can do for as many places: a square of costs, one row for each place of a return and one
column for each place of a reviewer. It may give a return the same reviewer twice, and lets bodies review each other.
"""

import random
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import numpy as np
from scipy.optimize import linear_sum_assignment

from config import programmes
from tests.bench.declare import Row, benchmark
from tests.bench.world import World
from workflows.review.allocation import EVEN, Given, Reviewer, Wanting, cost, propose

RETURNS, REVIEWERS, WANTED, CAPACITY, TIMES = 350, 120, 2, 8, 3
CONFLICT, PAST = 0.05, 0.02


@benchmark("allocation", "reviewers proposed for every return of a round", seconds=5)
def allocation(_: World) -> Iterator[Row]:
    """Conflicts, earlier rounds and skills drawn at random, a reviewer's own body among those reviewed."""
    given = _given(random.Random(1))
    ours, floor = [], []
    for _number in range(TIMES):
        started = perf_counter()
        proposal = propose(given, WANTED)
        ours.append(perf_counter() - started)
        started = perf_counter()
        _bare(given)
        floor.append(perf_counter() - started)
    assert not proposal.lacks, "every place can be filled"
    named = f"{RETURNS} returns, {WANTED} of {REVIEWERS} reviewers each"
    yield Row(named, median(ours), "s", floor=median(floor), n=TIMES, mark="seconds")


def _given(rng: random.Random) -> Given:
    functions = [function.code for function in programmes.read("back-office-2009").functions]
    returns = [Wanting(one, one, {code: rng.randint(1, 5) for code in functions}) for one in range(RETURNS)]
    reviewers = [Reviewer(one, frozenset({rng.randrange(RETURNS)}), CAPACITY, 0, frozenset(rng.sample(functions, 3)))
                 for one in range(REVIEWERS)]  # fmt: skip
    pairs = [(one.id, who.id) for one in returns for who in reviewers]
    conflicts = {pair: ("Sharing.",) for pair in pairs if rng.random() < CONFLICT}
    return Given(returns, reviewers, conflicts, past=frozenset(pair for pair in pairs if rng.random() < PAST))


def _bare(given: Given) -> None:
    costs = [[cost(given, one, who) + EVEN * (2 * step + 1) for who in given.reviewers for step in range(CAPACITY)]
             for one in given.returns for _ in range(WANTED)]  # fmt: skip
    linear_sum_assignment(np.array(costs))
