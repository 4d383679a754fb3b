"""Which reviewer reviews which return: a proposal for many at once.

A conflict of interest is never broken, nobody is given more than there is room for, nobody who is away is asked, and no two bodies
review each other. Within that, in this order: as many places as can be are filled; the load is even; the skills fit, and nobody
reviews a body again that they reviewed before. What cannot be filled is told with what stands in the way.

The whole is one integer programme, solved by HiGHS (`scipy.optimize.milp`): that a return's reviewers are different people and that
no two bodies review each other cannot be said to `linear_sum_assignment`. SciPy is loaded when somebody proposes, and not before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

EVEN, MISFIT, AGAIN = 4.0, 1.0, 2.0
"""What a step of uneven load, skills that do not fit at all, and a body reviewed before weigh. Moving one review to somebody with two
fewer saves 2 * EVEN, more than any pair can cost: an even load goes before a good fit."""

Pair = tuple[int, int]
"""A return and a reviewer, by id."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """A return that wants reviewers: of which body, and how much each function of it needs somebody who knows it."""

    id: int
    body: int
    functions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who can review: their own bodies, for how many reviews they have room in all, how many they have on hand, the
    functions that they know, and why they are not to be had now (empty: they are)."""

    id: int
    bodies: frozenset[int] = frozenset()
    capacity: int = 1
    load: int = 0
    skills: frozenset[str] = frozenset()
    away: str = ""

    @property
    def room(self) -> int:
        """How many more they can be given now."""
        return 0 if self.away else max(0, self.capacity - self.load)


@dataclass(frozen=True, slots=True)
class Given:
    """What holds before anything is proposed.

    `conflicts` are pairs that must not be, each with its reasons; `allocated` those that are already; `past` those of earlier
    rounds; `reviewing` the bodies whose people review another body's return in this round: the reviewing body and the reviewed.
    """

    returns: Collection[Wanting]
    reviewers: Collection[Reviewer]
    conflicts: Mapping[Pair, tuple[str, ...]] = field(default_factory=dict)
    allocated: frozenset[Pair] = frozenset()
    past: frozenset[Pair] = frozenset()
    reviewing: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Lack:
    """A return with places that cannot be filled: how many, and how many reviewers each thing keeps away from it."""

    return_id: int
    places: int
    conflict: int
    away: int
    full: int
    reciprocal: int

    @property
    def words(self) -> str:
        """What stands in the way, in a sentence."""
        kept = [(self.conflict, "with a conflict of interest"), (self.away, "away"), (self.full, "with no room for more"),
                (self.reciprocal, "of a body that would be reviewed in return")]  # fmt: skip
        parts = [f"{number} {words}" for number, words in kept if number]
        wanted = "1 reviewer is" if self.places == 1 else f"{self.places} reviewers are"
        return f"{wanted} wanting. Nobody is left: {', '.join(parts) if parts else 'there is no other reviewer'}. {self.relax}"

    @property
    def relax(self) -> str:
        """What would help."""
        if self.full:
            return "Give somebody without a conflict room for more reviews."
        if self.reciprocal:
            return "Give another reviewer to one of the two bodies that would review each other."
        if self.away:
            return "Wait for somebody who is away, or add a reviewer."
        return "Add a reviewer of another body, or overrule a conflict by hand with its reason."


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who is proposed for each return, the best fit first, and what cannot be filled."""

    pairs: Mapping[int, tuple[int, ...]]
    lacks: tuple[Lack, ...]


def misfit(wanting: Wanting, reviewer: Reviewer) -> float:
    """How little a reviewer's skills fit a return, from 0 (all that it needs) to 1 (nothing)."""
    needed = sum(wanting.functions.values())
    known = sum(weight for function, weight in wanting.functions.items() if function in reviewer.skills)
    return 1 - known / needed if needed else 0.0


def cost(given: Given, wanting: Wanting, reviewer: Reviewer) -> float:
    """What speaks against a pair that may be: skills that do not fit, a body reviewed before."""
    return MISFIT * misfit(wanting, reviewer) + AGAIN * ((wanting.id, reviewer.id) in given.past)


def propose(given: Given, wanted: int) -> Proposal:
    """Reviewers for every return until it has as many as are wanted, those that it has already counted.

    Raises ValueError for fewer than one.
    """
    if wanted < 1:
        raise ValueError("A return wants one reviewer at least.")
    returns = sorted(given.returns, key=lambda one: one.id)
    reviewers = sorted(given.reviewers, key=lambda one: one.id)
    has = defaultdict(set)
    for return_id, reviewer_id in given.allocated:
        has[return_id].add(reviewer_id)
    needs = {one.id: max(0, wanted - len(has[one.id])) for one in returns}
    edges = _edges(given, returns, reviewers)
    open_ = [(one, who) for one in returns if needs[one.id] for who in reviewers
             if who.room and who.id not in has[one.id] and not _barred(given, one, who) and not _returned(edges, one, who)]  # fmt: skip
    chosen = _solve(given, open_, needs) if open_ else []
    pairs: dict[int, list[tuple[float, int]]] = {one.id: [] for one in returns}
    for one, who in chosen:
        pairs[one.id].append((cost(given, one, who), who.id))
    after = edges | {(body, one.body) for one, who in chosen for body in who.bodies}
    taken: dict[int, int] = defaultdict(int)
    for _, who in chosen:
        taken[who.id] += 1
    lacks = []
    for one in returns:
        places = needs[one.id] - len(pairs[one.id])
        if places:
            on_it = has[one.id] | {who for _, who in pairs[one.id]}
            lacks.append(_lack(given, one, places, [who for who in reviewers if who.id not in on_it], after, taken))
    return Proposal({one: tuple(who for _, who in sorted(found)) for one, found in pairs.items()}, tuple(lacks))


def _edges(given: Given, returns: Collection[Wanting], reviewers: Collection[Reviewer]) -> frozenset[tuple[int, int]]:
    """The bodies that review another in this round already, in any way that is told."""
    body, bodies = {one.id: one.body for one in returns}, {who.id: who.bodies for who in reviewers}
    told = {(own, body[one]) for one, who in given.allocated if one in body for own in bodies.get(who, ())}
    return given.reviewing | told


def _barred(given: Given, one: Wanting, who: Reviewer) -> bool:
    return one.body in who.bodies or bool(given.conflicts.get((one.id, who.id)))


def _returned(edges: Collection[tuple[int, int]], one: Wanting, who: Reviewer) -> bool:
    """Whether the body reviews one of the reviewer's own bodies."""
    return any((one.body, own) in edges for own in who.bodies)


def _lack(
    given: Given, one: Wanting, places: int, others: list[Reviewer], edges: Collection[tuple[int, int]], taken: Mapping[int, int]
) -> Lack:
    """Why nobody of the others can be given the return, each counted once, by what is hardest to mend."""
    found: dict[str, int] = dict.fromkeys(("conflict", "away", "full", "reciprocal"), 0)
    for who in others:
        if _barred(given, one, who):
            found["conflict"] += 1
        elif who.away:
            found["away"] += 1
        elif _returned(edges, one, who):
            found["reciprocal"] += 1
        elif who.room <= taken.get(who.id, 0):
            found["full"] += 1
    return Lack(one.id, places, **found)


def _solve(given: Given, open_: list[tuple[Wanting, Reviewer]], needs: Mapping[int, int]) -> list[tuple[Wanting, Reviewer]]:
    """The pairs to choose. The programme has a yes or no for each pair; for each reviewer one step for each further review, each
    dearer than the one before, so that the sum of the steps is least where the load is even; and for each return what stays open.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    returns = list({one.id: one for one, _ in open_}.values())
    reviewers = list({who.id: who for _, who in open_}.values())
    row_of = {one.id: number for number, one in enumerate(returns)}
    line_of = {who.id: len(returns) + number for number, who in enumerate(reviewers)}
    most = sum(needs[one.id] for one in returns)
    costs = [cost(given, one, who) for one, who in open_]
    entries: list[tuple[int, int, float]] = []
    for column, (one, who) in enumerate(open_):
        entries += [(row_of[one.id], column, 1.0), (line_of[who.id], column, 1.0)]
    for who in reviewers:
        for step in range(min(who.room, len(returns))):
            entries.append((line_of[who.id], len(costs), -1.0))
            costs.append(EVEN * (2 * (who.load + step) + 1))
    dearest = max(costs) + (MISFIT + AGAIN) * most + 1  # so that filling one place more always pays
    upper = [1.0] * len(costs)
    for one in returns:
        entries.append((row_of[one.id], len(costs), 1.0))
        costs.append(dearest)
        upper.append(float(needs[one.id]))
    least = [float(needs[one.id]) for one in returns] + [0.0] * len(reviewers)
    both = _mutual(open_)
    for number, pair in enumerate(both):
        entries += [(len(least) + number, column, 1.0) for column in pair]
    lower = np.array(least + [0.0] * len(both))
    highest = np.array(least + [1.0] * len(both))
    rows, columns, values = zip(*entries, strict=True)
    matrix = coo_array((values, (rows, columns)), shape=(len(lower), len(costs))).tocsr()
    whole = np.zeros(len(costs))
    whole[: len(open_)] = 1
    found: Any = milp(np.array(costs), integrality=whole, bounds=Bounds(0, np.array(upper)),
                      constraints=LinearConstraint(matrix, lower, highest), options={"mip_rel_gap": 0.0})  # fmt: skip
    if found.x is None:  # to leave every place open is always a solution
        raise RuntimeError(f"The allocation could not be solved: {found.message}")
    return [pair for pair, value in zip(open_, found.x, strict=False) if value > 0.5]


def _mutual(open_: list[tuple[Wanting, Reviewer]]) -> list[tuple[int, int]]:
    """The pairs of places in the list of which one alone may be chosen: of two bodies, each with a reviewer for the other."""
    by_bodies: dict[tuple[int, int], list[int]] = defaultdict(list)
    for column, (one, who) in enumerate(open_):
        for own in who.bodies:
            by_bodies[own, one.body].append(column)
    found = set()
    for (own, reviewed), columns in by_bodies.items():
        if own < reviewed:
            found |= {(a, b) for a in columns for b in by_bodies.get((reviewed, own), ())}
    return sorted(found)
