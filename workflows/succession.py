"""Bodies that end: the map of who takes their place, and what moves to whom when the officer hands a body over.

Source: the reorganisation of 1 April 2009, in which nine unitary councils took the place of 44 councils. Decided here:

* The map is dated and exact: the shares of one body add up to 1, all of its successors begin on one day.
* Whatever is open goes on with exactly one successor: nothing is lost, nothing is doubled. What was said, signed and
  published stays under the old name.
* One successor *answers for* the body's cases: it reads them, and does there what the body would still have to do.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from workflows.engine import Reason
from workflows.register import BadRow, Problem, RegisterError, csv_lines

COLUMNS = ("predecessor", "successor", "date", "share", "source")
LONGEST_SOURCE = 500


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the map: from a day on, `successor` has `share` of what `predecessor` was."""

    predecessor: str
    successor: str
    on: date
    share: Decimal
    source: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class MapReading:
    """The links that can be used, and all there is to say about the rest."""

    links: tuple[Link, ...]
    problems: tuple[Problem, ...]


def read_map(text: str) -> MapReading:
    """Read a successor map from CSV. The links of one body are used together or not at all. Raises RegisterError for a file
    that is none.
    """
    lines = csv_lines(text)
    header = [column.strip().lower() for column in next(lines, (0, []))[1]]
    if not set(COLUMNS) <= set(header) or len(set(header)) < len(header):
        raise RegisterError(f"This is not a successor map. Its first line must name the columns {', '.join(COLUMNS)}, each once.")
    links: list[Link] = []
    problems: list[Problem] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        row = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=False)}
        try:
            if len(cells) != len(header):
                raise BadRow(f"The row has {len(cells)} columns; the header has {len(header)}. Quote texts that hold a comma.")
            links.append(_link(row, number))
        except BadRow as problem:
            problems.append(Problem(number, row.get("predecessor", "").upper(), "refused", str(problem), problem.column))
    broken = {problem.code for problem in problems}
    whole = [link for link in links if link.predecessor not in broken]
    problems += [
        Problem(link.line, link.predecessor, "refused", "Another line of this body is refused, and its lines are used together.")
        for link in links
        if link.predecessor in broken
    ]
    wrong = map_problems(whole)
    broken = {problem.code for problem in wrong}
    return MapReading(tuple(link for link in whole if link.predecessor not in broken), (*problems, *wrong))


def _link(row: Mapping[str, str], line: int) -> Link:
    codes = {}
    for name in ("predecessor", "successor"):
        codes[name] = row[name].upper()
        if not re.fullmatch(r"E[0-9]{4}", codes[name], re.ASCII):
            raise BadRow(f"“{row[name]}” is not a code of a body. A code is E and four digits, like E0820.", name)
    try:
        on = date.fromisoformat(row["date"])
    except ValueError:
        raise BadRow(f"“{row['date']}” is not a date. Enter the first day of the successor, like 2009-04-01.", "date") from None
    if not re.fullmatch(r"[01](\.[0-9]{1,6})?", row["share"], re.ASCII) or not 0 < Decimal(row["share"]) <= 1:
        raise BadRow(f"“{row['share']}” is not a share. Enter a fraction above 0 and up to 1, like 0.25.", "share")
    if not 1 <= len(row["source"]) <= LONGEST_SOURCE:
        raise BadRow(f"Say what shows it, in {LONGEST_SOURCE} characters or fewer.", "source")
    return Link(codes["predecessor"], codes["successor"], on, Decimal(row["share"]), row["source"], line)


def map_problems(links: Iterable[Link]) -> list[Problem]:
    """What is wrong with a map, once for each body that ends: shares, dates, a body twice, a body that follows upon itself."""
    by_body: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        by_body[link.predecessor].append(link)
    after = {code: {link.successor for link in theirs} for code, theirs in by_body.items()}
    found = []
    for code, theirs in by_body.items():
        texts = []
        twice = sorted(name for name, number in Counter(link.successor for link in theirs).items() if number > 1)
        if twice:
            texts.append(f"It names {', '.join(twice)} more than once. Keep one line of each.")
        total = sum((link.share for link in theirs), Decimal(0))
        if total != 1:
            texts.append(f"Its shares add up to {total.normalize():f}, not to 1. Mend them.")
        if len({link.on for link in theirs}) > 1:
            texts.append("Its lines name several dates. A body ends on one day.")
        if code in _reached(code, after):
            texts.append("It follows upon itself. Take the line out that leads back.")
        found += [Problem(theirs[0].line, code, "refused", text) for text in texts]
    return found


def _reached(start: str, after: Mapping[str, Collection[str]]) -> set[str]:
    """All bodies that follow upon one, at whatever remove."""
    found: set[str] = set()
    ahead = list(after.get(start, ()))
    while ahead:
        code = ahead.pop()
        if code not in found:
            found.add(code)
            ahead += after.get(code, ())
    return found


def dates_agree(registered: date | None, on: date) -> bool:
    """Whether the last day that a register gives a body fits the first day of its successors: registers give either."""
    return registered is None or registered in (on, on - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class OpenAction:
    """An action of the body that is not done, by its id. `agreed` ones move; the others go on in the plan they are in."""

    id: int
    number: int
    owner_id: int
    agreed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds in the body, by the id of the membership."""

    id: int
    person_id: int
    role: str


@dataclass(frozen=True)
class Holding:
    """All of a body that goes on when it ends: open actions, roles, and memberships of sharing groups, by their ids."""

    actions: Sequence[OpenAction] = ()
    roles: Sequence[Held] = ()
    sharing: Sequence[int] = ()
    hosts: Collection[int] = ()
    """Those of the sharing memberships in which the body hosts the group."""


@dataclass(frozen=True)
class Choices:
    """What an officer chose: who answers for the body's cases, to whom each agreed action and sharing membership goes (a
    membership may end instead: None), and to whom each role is offered. Successors by their ids.
    """

    heir: int | None = None
    actions: Mapping[int, int] = field(default_factory=dict)
    access: frozenset[tuple[int, int]] = frozenset()
    sharing: Mapping[int, int | None] = field(default_factory=dict)


def choice_problems(
    holding: Holding, successors: Mapping[int, str], choices: Choices, held_there: Collection[tuple[int, int]] = ()
) -> tuple[Reason, ...]:
    """Why what was chosen cannot be: all of it has one place to go to, and whoever owns an action can open it there.

    `successors` have their names by their ids; `held_there` are the people, each with a successor, who own actions there already.
    """
    found = []
    if choices.heir not in successors:
        found.append(Reason("Choose who answers for the body’s cases.", "#heir"))
    role_of = {held.id: held for held in holding.roles}
    reach = {(role_of[one].person_id, to) for one, to in choices.access if one in role_of and role_of[one].role == "action_owner"}
    reach |= set(held_there)
    for action in holding.actions:
        to = choices.actions.get(action.id) if action.agreed else choices.heir
        if action.agreed and to not in successors:
            found.append(Reason(f"Choose to whom action {action.number} goes.", f"#action-{action.id}"))
        elif to is not None and to in successors and (action.owner_id, to) not in reach:
            text = f"The owner of action {action.number} has no role as action owner at {successors[to]}: tick it under “Access”."
            found.append(Reason(text, f"#access-{next((h.id for h in holding.roles if h.person_id == action.owner_id), 0)}"))
    for one in holding.sharing:
        if one not in choices.sharing or choices.sharing[one] not in (*successors, None):
            found.append(Reason("Choose what becomes of each sharing group.", f"#sharing-{one}"))
        elif one in holding.hosts and choices.sharing[one] is None:
            found.append(Reason("The body hosts this sharing group. Choose who hosts it, or end the group first.", f"#sharing-{one}"))
    known = {(held.id, to) for held in holding.roles for to in successors}
    if choices.access - known:
        found.append(Reason("Offer access only to people of the body, at one of its successors.", "#access"))
    agreed = {action.id for action in holding.actions if action.agreed}
    if choices.actions.keys() - agreed or choices.sharing.keys() - set(holding.sharing):
        found.append(Reason("Something was chosen that is not open any more. Look at the page again.", "#heir"))
    return tuple(found)


@dataclass(frozen=True)
class Share:
    """What one successor receives: ids of actions, roles and sharing memberships, and whether it answers for the cases."""

    actions: tuple[int, ...]
    roles: tuple[int, ...]
    sharing: tuple[int, ...]
    answers: bool


NOTHING = Share((), (), (), answers=False)
"""What a successor receives to whom nothing goes: it has nothing to sign."""


def narrowed(choices: Choices, holding: Holding) -> Choices:
    """What was chosen of the things that are still open: an action that was done meanwhile has nowhere to go."""
    agreed = {action.id for action in holding.actions if action.agreed}
    roles = {held.id for held in holding.roles}
    return Choices(
        choices.heir,
        {one: to for one, to in choices.actions.items() if one in agreed},
        frozenset((one, to) for one, to in choices.access if one in roles),
        {one: to for one, to in choices.sharing.items() if one in holding.sharing},
    )


def settle(holding: Holding, successors: Collection[int], choices: Choices) -> dict[int, Share]:
    """What each successor receives, by what was chosen and found without a problem. Every agreed action is in exactly one of
    the shares; a sharing membership in one, or in none where it ends.
    """
    return {
        to: Share(
            tuple(action.id for action in holding.actions if action.agreed and choices.actions.get(action.id) == to),
            tuple(held.id for held in holding.roles if (held.id, to) in choices.access),
            tuple(one for one in holding.sharing if choices.sharing.get(one) == to),
            choices.heir == to,
        )
        for to in successors
    }


@dataclass(frozen=True)
class Ending:
    """What must hold before a body can be handed over: its map, and what stands in the way. Bodies by their names.

    `without_case` are successors that have no case under way; `ended` those that end themselves by that day.
    """

    body: str
    ends_on: date | None
    links: Sequence[Link]
    without_case: Sequence[str] = ()
    ended: Sequence[str] = ()
    correction: str = ""
    """The case in which a correction of the return is open."""
    waiting: bool = False
    """Whether a handover of the body waits for signatures."""
    conflicts: Sequence[str] = ()
    """Reviewers of the body's cases who hold a role at whoever is to answer for them, each as a sentence."""


def obstacles(ending: Ending) -> tuple[Reason, ...]:
    """Every reason why a body cannot be handed over as things stand, with what mends it."""
    found = []
    if not ending.links:
        return (Reason(f"No successor of {ending.body} is on the map. Import it first: yardstick bodies successors FILE."),)
    found += [Reason(f"The map of {ending.body} does not add up. {problem.text}") for problem in map_problems(ending.links)]
    if not dates_agree(ending.ends_on, ending.links[0].on):
        found.append(Reason(f"The register ends {ending.body} on another day than the map. Mend the one that is wrong."))
    found += [
        Reason(f"{name} is in no open round: it has no case under way that could take anything over. Open a round that it is in.")
        for name in ending.without_case
    ]
    found += [Reason(f"{name} ends itself by that day. Import a map that leads to who takes its place.") for name in ending.ended]
    if ending.correction:
        found.append(Reason(f"A correction of the return is open in {ending.correction}. It must be signed off or withdrawn first."))
    if ending.waiting:
        found.append(Reason("A handover of this body waits for its signatures already. Drop it to propose another."))
    found += [Reason(text) for text in ending.conflicts]
    return tuple(found)
