"""Look through an allocation of many returns before anything is written, send it, and keep what is known of reviewers."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from webapp.allocation import queries
from webapp.allocation.forms import AWAY_ASKS, INTEREST_ASKS, PROFILE_ASKS, Choice
from webapp.allocation.models import CAPACITY, Interest, ReviewerProfile
from webapp.allocation.queries import Board, Candidate, Colleague, WaitingReturn
from webapp.cases import moves
from webapp.clock import in_london
from webapp.db import Work
from webapp.deadlines.verbs import calendar
from webapp.register.models import Round
from webapp.review.reviewers import assign_beside
from webapp.sharing.forms import checked, functions, no_body, span_of
from webapp.sharing.queries import body_of
from workflows.asks import Moment, read_day
from workflows.deadlines.rules import due
from workflows.engine import Reason, Refused
from workflows.review.away import Away, added
from workflows.review.track import how_to_mend

BESIDE = "Allocated together with the lead."


@dataclass(frozen=True)
class Looked:
    """A return with those chosen for it: what must be mended before it can be sent, and what only speaks against it."""

    one: WaitingReturn
    people: tuple[int, ...]
    problems: tuple[str, ...]
    breaches: tuple[str, ...]
    to_overrule: tuple[Colleague, ...] = ()
    """Those with a conflict that could be overruled."""


@dataclass(frozen=True)
class DryRun:
    """What an allocation would do: the returns, what it makes of each reviewer's load, and choices that are of no return that waits."""

    looked: list[Looked]
    gone: tuple[str, ...]
    loads: list[tuple[Colleague, int]]
    """Reviewers who are given something, and how many they would have on hand."""

    @property
    def by_case(self) -> dict[int, Looked]:
        return {one.one.id: one for one in self.looked}

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it cannot be sent, each with the return that it is about."""
        found = [Reason(f"{one.one.body}: {text}", f"#person-{one.one.id}-1") for one in self.looked for text in one.problems]
        return (*(Reason(text) for text in self.gone), *found)

    @property
    def invitations(self) -> int:
        return sum(len(one.people) for one in self.looked)


def look_through(board: Board, choices: Collection[Choice]) -> DryRun:
    """What is to be said of each choice. A conflict that no overrule in force covers must be mended, and so must what cannot be; that
    somebody is away, has no room or reviewed the body before is told, and left to the coordinator."""
    returns = {one.id: one for one in board.returns}
    here = [(returns[choice.case_id], choice) for choice in choices if choice.case_id in returns]
    gone = len(choices) - len(here)
    given = Counter(person for _, choice in here for person in choice.people)
    edges = {(own, one.body_id): one.body for one, choice in here for person in choice.people if person in board.by_id
             for own in board.by_id[person].bodies}  # fmt: skip
    looked = [_look(board, one, choice, edges, given) for one, choice in here]
    loads = [(who, who.load + given[who.id]) for who in board.colleagues if given[who.id]]
    many = "1 return does" if gone == 1 else f"{gone} returns do"
    return DryRun(looked, (f"{many} not wait for a reviewer any more, and is left out." if gone == 1 else
                           f"{many} not wait for a reviewer any more, and are left out.",) if gone else (), loads)  # fmt: skip


def _look(board: Board, one: WaitingReturn, choice: Choice, edges: Mapping[tuple[int, int], str], given: Mapping[int, int]) -> Looked:
    problems: list[str] = []
    breaches: list[str] = []
    overrule = []
    if choice.seen is not None and choice.seen != one.version:
        problems.append("The case has moved on since you opened the page. Look at it again.")
    if len(set(choice.people)) < len(choice.people):
        problems.append("The same person was chosen twice. Choose somebody else, or nobody, in the second place.")
    for person in dict.fromkeys(choice.people):
        who = board.by_id.get(person)
        if who is None:
            problems.append("Choose one of the reviewers of your partnership.")
            continue
        if person in one.beside:
            problems.append(f"{who.name} reviews this return already.")
        found = board.candidate(one, who)
        against = [f"{text} {how_to_mend(text)}" for text in found.conflicts]
        mutual = next((edges[one.body_id, own] for own in who.bodies if (one.body_id, own) in edges), "")
        if mutual and not any(text.startswith("Reciprocal") for text in (*found.conflicts, *found.overruled)):
            against.append(f"Reciprocal: by this allocation somebody of {one.body} reviews this person's own body. Choose somebody else.")
        problems += [f"{who.name}. {text}" for text in against]
        if found.conflicts and not found.own_body:
            overrule.append(who)
        breaches += _breaches(who, found, given[person])
    return Looked(one, choice.people, tuple(problems), tuple(breaches), tuple(overrule))


def _breaches(who: Colleague, found: Candidate, given: int) -> list[str]:
    said = []
    if who.load + given > who.capacity:
        said.append(f"{who.name} would have {who.load + given} reviews, with room for {who.capacity}.")
    if found.overruled:
        said.append(f"{who.name} has a conflict that is overruled. {' '.join(found.overruled)}")
    if found.away:
        said.append(f"{who.name} is away. {found.away}")
    if found.away_soon:
        said.append(f"{who.name}: {found.away_soon[0].lower()}{found.away_soon[1:]}")
    if found.declined:
        said.append(f"{who.name} declined this review: {found.declined}")
    if found.before:
        said.append(f"{who.name} reviewed this body in an earlier round.")
    return said


def send(work: Work, board: Board, choices: Collection[Choice]) -> DryRun:
    """Allocate every return as chosen, by the declared moves, and ask everybody. Raises Refused with every reason, before anything is
    written, where something must be mended. The cases must be locked, and the board read after that."""
    run = look_through(board, choices)
    if run.reasons:
        raise Refused("input", run.reasons)
    if not run.looked:
        raise Refused("input", (Reason("Choose a reviewer for one return at least."),))
    cases = queries.cases_of(work.session, [one.one.id for one in run.looked])
    for one in run.looked:
        lead, *others = one.people
        case = cases[one.one.id]
        moves.make(work, case, "review", "allocate", {"person": str(lead)})
        for person in others:
            assign_beside(work, case, person, BESIDE)
    return run


def keep_profile(work: Work, person_id: int, inputs: Mapping[str, str], chosen: Collection[str], seen: int) -> bool:
    """Keep what a reviewer has room for and knows. Gives False, changing nothing, when it was changed since revision `seen` (0:
    nothing was kept). Raises Refused with all that is wrong."""
    unknown = set(chosen) - functions().keys()
    more = [Reason("Choose functions from the list.", "#functions")] if unknown else []
    checked(PROFILE_ASKS, inputs, Moment(work.now), more)
    kept = queries.profile(work.session, person_id)
    if (kept.revision if kept else 0) != seen:
        return False
    kept = kept or _profile(work, person_id)
    kept.capacity, kept.functions = int(inputs["capacity"].replace(",", "")), sorted(chosen)
    return True


def _profile(work: Work, person_id: int) -> ReviewerProfile:
    """What is kept of a reviewer of whom nothing was kept yet."""
    kept = ReviewerProfile(person_id=person_id, capacity=CAPACITY, functions=[], away=[])
    work.session.add(kept)
    return kept


def add_away(work: Work, person_id: int, inputs: Mapping[str, str]) -> Away:
    """Keep one more time away of a reviewer. Raises Refused with all that is wrong."""
    checked(AWAY_ASKS, inputs, Moment(work.now))
    new = Away(read_day(inputs["first"]), read_day(inputs["last"]))
    if new.last < today(work):
        raise Refused("input", (Reason("The last day away has passed already.", "#last"),))
    kept = queries.profile(work.session, person_id) or _profile(work, person_id)
    try:
        kept.times_away = added(kept.times_away, new)
    except ValueError as problem:
        raise Refused("input", (Reason(str(problem), "#last" if new.last < new.first else "#first"),)) from None
    return new


def remove_away(work: Work, person_id: int, first: str) -> None:
    """Take out the time away that begins on a day (ISO). Raises Refused where there is none: somebody took it out before."""
    kept = queries.profile(work.session, person_id)
    left = tuple(one for one in kept.times_away if one.first.isoformat() != first) if kept else ()
    if kept is None or len(left) == len(kept.times_away):
        raise Refused("state", (Reason("This time away was taken out already."),))
    kept.times_away = left


def declare(work: Work, person_id: int, inputs: Mapping[str, str]) -> Interest:
    """Keep an interest of a person in a body, as told by whoever acts. Raises Refused with all that is wrong."""
    checked(INTEREST_ASKS, inputs, Moment(work.now))
    body = body_of(work.session, inputs["body"])
    if body is None:
        raise no_body("body", inputs["body"])
    span = span_of(inputs)
    if span.ends is not None and span.ends < span.starts:
        raise Refused("input", (Reason("The last day must not lie before the first day.", "#ends"),))
    made = Interest(person_id=person_id, body_id=body.id, kind=inputs["kind"], note=inputs.get("note", "").strip(), starts=span.starts,
                    ends=span.ends, told_by=work.actor.person_id, at=work.now)  # fmt: skip
    work.session.add(made)
    return made


def end_interest(work: Work, interest: Interest) -> None:
    """Let an interest end today, or on its first day where that is still to come. Raises Refused for one that has ended."""
    last = max(interest.starts, today(work))
    if interest.ends is not None and interest.ends <= last:
        raise Refused("state", (Reason("This interest has ended already."),))
    interest.ends = last


def review_due(round_: Round, now: datetime) -> date | None:
    """When a review that is allocated now will be due by the rules of the round; None where they have no such deadline."""
    rule = round_.programme.find_deadline("peer_review")
    if rule is None:
        return None
    at = due(rule, now, calendar(round_.programme.nation), round_.fixed_date(rule.code)).at
    return in_london(at).date()


def today(work: Work) -> date:
    """The day in London on which the work happens."""
    return in_london(work.now).date()
