"""Look through an allocation of many returns before anything is written, send it, and keep what is known of reviewers."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from webapp.allocation import queries
from webapp.allocation.forms import INTEREST_ASKS, PROFILE_ASKS, Choice
from webapp.allocation.models import Interest, ReviewerProfile
from webapp.allocation.queries import Board, Candidate, Colleague, WaitingReturn
from webapp.cases import moves
from webapp.clock import in_london
from webapp.db import Work
from webapp.review.reviewers import assign_beside
from webapp.sharing.forms import checked, functions, no_body, span_of
from webapp.sharing.queries import body_of
from workflows.asks import Moment, read_day
from workflows.engine import Reason, Refused

BESIDE = "Allocated together with the lead."


@dataclass(frozen=True)
class Looked:
    """A return with those chosen for it: what must be mended before it can be sent, and what only speaks against it."""

    one: WaitingReturn
    people: tuple[int, ...]
    overrule: str
    conflicts: Mapping[int, tuple[str, ...]]
    """By person."""
    problems: tuple[str, ...]
    breaches: tuple[str, ...]

    @property
    def asks_overrule(self) -> bool:
        """Whether a reason can mend it: a conflict that can be overruled, or was."""
        return bool(self.conflicts)


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
    """What is to be said of each choice. A conflict that is not overruled must be mended, and so must what cannot be; that somebody
    is away, has no room or reviewed the body before is told, and left to the coordinator."""
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
    problems, breaches, conflicts = [], [], {}
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
        against = [*found.conflicts]
        mutual = next((edges[one.body_id, own] for own in who.bodies if (one.body_id, own) in edges), "")
        if mutual and not any(text.startswith("Reciprocal") for text in against):
            against.append(f"Reciprocal: by this allocation somebody of {one.body} reviews this person's own body.")
        if against:
            conflicts[person] = tuple(against)
            problems += _mend(who, found, against, choice.overrule)
        breaches += _breaches(who, found, given[person])
    return Looked(one, choice.people, choice.overrule, conflicts, tuple(problems), tuple(breaches))


def _mend(who: Colleague, found: Candidate, against: list[str], overrule: str) -> list[str]:
    if found.own_body:
        return [f"{who.name}. {text} Choose somebody of another body." for text in against if text in found.conflicts]
    return [] if overrule else [f"{who.name}. {text} Choose somebody else, or give the reason for overruling it." for text in against]


def _breaches(who: Colleague, found: Candidate, given: int) -> list[str]:
    said = []
    if who.load + given > who.capacity:
        said.append(f"{who.name} would have {who.load + given} reviews, with room for {who.capacity}.")
    if found.away:
        said.append(f"{who.name} is away. {found.away}")
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
        moves.make(work, case, "review", "allocate", {"person": str(lead), "overrule": one.overrule if lead in one.conflicts else ""})
        for person in others:
            assign_beside(work, case, person, one.overrule if person in one.conflicts else "", BESIDE)
    return run


def keep_profile(work: Work, person_id: int, inputs: Mapping[str, str], chosen: Collection[str], seen: int) -> bool:
    """Keep what a reviewer has room for, knows, and when they are away. Gives False, changing nothing, when it was changed since
    revision `seen` (0: nothing was kept). Raises Refused with all that is wrong."""
    unknown = set(chosen) - functions().keys()
    more = [Reason("Choose functions from the list.", "#functions")] if unknown else []
    checked(PROFILE_ASKS, inputs, Moment(work.now), more)
    start, end = (read_day(said) if (said := inputs.get(name, "").strip()) else None for name in ("away_from", "away_until"))
    if (start is None) != (end is None):
        place = "#away_from" if start is None else "#away_until"
        raise Refused("input", (Reason("Give both the first and the last day away, or neither.", place),))
    if start is not None and end is not None and end < start:
        raise Refused("input", (Reason("The last day away must not lie before the first.", "#away_until"),))
    kept = queries.profile(work.session, person_id)
    if (kept.revision if kept else 0) != seen:
        return False
    if kept is None:
        kept = ReviewerProfile(person_id=person_id)
        work.session.add(kept)
    kept.capacity, kept.functions = int(inputs["capacity"].replace(",", "")), sorted(chosen)
    kept.away_from, kept.away_until = start, end
    return True


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


def today(work: Work) -> date:
    """The day in London on which the work happens."""
    return in_london(work.now).date()
