"""What a transition, a guard with its reason, and a track are; and what may be done now.

A transition is declared once. Routes, permission checks, buttons and the reason why a button is not there,
the event, deadlines, messages, the API and the diagrams all read that one declaration.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from workflows.asks import Ask, Known, misfit, missing
from workflows.roles import EVERY_SIDE, Actor, Role, Side

Inputs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be done, and how to mend it. `place` names the page that mends it.

    A place is a path below the case (`return/finance#FIN_COST_EMP`), or empty.
    """

    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as guards need them: who, and which organisations they belong to."""

    id: int
    name: str
    organisations: frozenset[int]


class Facts(Protocol):
    """What guards may ask about a case. The web layer answers each from the database when asked, tests from a record."""

    @property
    def now(self) -> datetime: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def items(self) -> Mapping[str, str]: ...
    @property
    def body_id(self) -> int: ...
    @property
    def peer_review(self) -> bool: ...
    @property
    def challenge(self) -> bool: ...
    @property
    def plan(self) -> bool: ...
    def state(self, track: str) -> str | None: ...
    @property
    def gaps(self) -> tuple[Reason, ...]: ...
    @property
    def prepared_by(self) -> frozenset[int]: ...
    @property
    def final_date_passed(self) -> bool: ...
    @property
    def signed_version(self) -> int | None: ...
    @property
    def correction(self) -> "CorrectionFacts | None": ...
    @property
    def correction_changes(self) -> bool: ...
    @property
    def headcount(self) -> "HeadcountFacts": ...
    @property
    def reviewer_ids(self) -> frozenset[int]: ...
    @property
    def lead_id(self) -> int | None: ...
    @property
    def inspector_ids(self) -> frozenset[int]: ...
    def conflicts(self, person_id: int) -> tuple[str, ...]: ...
    def standing_conflicts(self, person_id: int) -> tuple[str, ...]: ...
    def may_be(self, person_id: int, role: Role) -> bool: ...
    @property
    def review_summary(self) -> str: ...
    @property
    def open_queries(self) -> tuple[Reason, ...]: ...
    @property
    def queries_to_send(self) -> int: ...
    @property
    def undecided_comments(self) -> int: ...
    @property
    def unanswered_queries(self) -> tuple[Reason, ...]: ...
    @property
    def findings(self) -> tuple["FindingFacts", ...]: ...
    @property
    def scored_kloe(self) -> frozenset[str]: ...
    @property
    def penalty(self) -> "PenaltyFacts": ...
    @property
    def actions(self) -> tuple["ActionFacts", ...]: ...
    @property
    def action(self) -> "ActionFacts | None": ...
    def did(self, track: str, transition: str) -> int | None: ...
    def deadline_passed(self, rule: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One finding as guards need it."""

    id: int
    number: int
    recommendation: bool
    response: str | None
    decided: bool


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """One action of the plan as guards need it."""

    id: int
    number: int
    finding_id: int
    state: str
    owner_id: int | None
    dated: bool
    reported_by: int | None


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """The correction that is being made: of which signed version, volunteered by the body or asked for, of which items
    alone (labels; none: all of them), and whether that version had been accepted."""

    of_version: int
    volunteered: bool
    only: tuple[str, ...]
    was_accepted: bool


@dataclass(frozen=True, slots=True)
class HeadcountFacts:
    """The count of the case, the line above which bodies return, and how near it asks for care (percent of the line).

    `declared` is the count that waits for the officer's confirmation, `declared_by` who entered it, and
    `declared_exempt` whether the body was exempt until then.
    """

    count: int | None
    line: int
    near_percent: int
    declared: int | None = None
    declared_by: int | None = None
    declared_exempt: bool = False


@dataclass(frozen=True, slots=True)
class PenaltyFacts:
    """Whether a rule for the penalty is in force in the round, whether it indicates the body today, and why it does not."""

    in_force: bool
    indicated: bool
    protections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A named condition. `check` returns the reasons why not; none means yes.

    `asks` is True when the answer depends on what the actor is about to enter, so that it is only asked then.
    `fits` is True when a no means that the move is of no use in this case: no page offers it, and its status page alone
    tells why.
    """

    name: str
    says: str
    check: Callable[[Facts, Inputs], Iterable[Reason]]
    asks: bool = False
    fits: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """A message of the programme, and the roles in the case that it goes to."""

    message: str
    to: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Widen:
    """More sides may now see a thing of the case."""

    thing: "Thing"
    to: Side


@dataclass(frozen=True, slots=True)
class Hide:
    """Some sides no longer see a thing of the case: it is being written anew, and they see it when it is issued again."""

    thing: "Thing"
    side: Side


Thing = Literal["return", "review", "challenge", "responses", "decisions"]
"""What of a case has an audience: the return's newest version; the review with what was shared of it; findings and scores;
the body's responses to findings; the inspector's decisions on these."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Another transition that this one brings with it, where its track stands in one of its sources."""

    track: str
    name: str
    each_action: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a track can stand. `turn` is the role that the next move is waited for from, and `todo` says what it is to do.

    `alone` is the role whose turn it is where the body has no peer review, and so no partnership.
    """

    code: str
    label: str
    turn: Role | None = None
    todo: str = ""
    alone: Role | None = None
    final: bool = False
    colour: str = "grey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One move on one track, with all that it needs and all that it brings about.

    It `closes` the deadlines that it meets, and those that it makes void it `lapses`. It `stops` the clock of deadlines while
    another side owes an answer, and `resumes` it: the working days between are given back.
    `aside` marks a move that leads off the straight way (back, away, or to a penalty): pages offer it after the others.
    `shows` names what whoever makes it should have before their eyes (webapp.cases.briefs).
    """

    name: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[Role, ...]
    label: str
    done: str
    guards: tuple[Guard, ...] = ()
    asks: tuple[Ask, ...] = ()
    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    lapses: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    tells: tuple[Tell, ...] = ()
    starts: tuple[str, ...] = ()
    follows: tuple[Follow, ...] = ()
    widens: tuple[Widen, ...] = ()
    hides: tuple[Hide, ...] = ()
    effects: tuple[str, ...] = ()
    seen_by: Side = EVERY_SIDE
    confirm: bool = True
    only_follows: bool = False
    aside: bool = False
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """A state machine of a case. `entry` tells in which state it starts, and `entry_*` what that start brings about.

    `audience` are the sides that may know where the track stands.
    """

    code: str
    label: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    entry: Callable[[Facts], str] | None = None
    entries: tuple[str, ...] = ()
    entry_opens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entry_starts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entry_tells: Mapping[str, tuple[Tell, ...]] = field(default_factory=dict)
    per_action: bool = False
    audience: Side = EVERY_SIDE

    def state(self, code: str) -> State:
        """The state of that code. Raises KeyError for an unknown one."""
        for state in self.states:
            if state.code == code:
                return state
        raise KeyError(f"track {self.code} has no state {code!r}")

    def transition(self, name: str) -> Transition:
        """The transition of that name. Raises UnknownTransition."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        known = ", ".join(t.name for t in self.transitions)
        raise UnknownTransition(f"The {self.label} track has no move {name!r}. It has: {known}.")

    @property
    def rules(self) -> frozenset[str]:
        """The deadlines that this track opens or closes."""
        moves = (code for t in self.transitions for code in (*t.opens, *t.closes, *t.lapses))
        return frozenset(moves) | {code for codes in self.entry_opens.values() for code in codes}

    def turn(self, code: str, facts: Facts) -> Role | None:
        """Whose turn it is in a state of a case."""
        state = self.state(code)
        return state.turn if facts.peer_review or state.alone is None else state.alone

    def starts_in(self, facts: Facts) -> str:
        """The state in which the track starts for this case."""
        return self.entry(facts) if self.entry else self.initial


class UnknownTransition(LookupError):
    """A track or transition that is not declared."""


class Refused(Exception):
    """A transition that may not be made now: `kind` is `role`, `state`, `guard` or `input`, with every reason."""

    def __init__(self, kind: str, reasons: tuple[Reason, ...]) -> None:
        super().__init__(" ".join(r.text for r in reasons))
        self.kind = kind
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Option:
    """A transition as it stands for one actor now: allowed, or why not and what kind of why. `fits` is False where it is
    of no use in this case."""

    track: Track
    transition: Transition
    kind: Literal["allowed", "role", "state", "guard"]
    reasons: tuple[Reason, ...] = ()
    fits: bool = True

    @property
    def allowed(self) -> bool:
        return self.kind == "allowed"


def roles_words(roles: Iterable[Role]) -> str:
    """Roles in a sentence: 'the approver or the programme officer'."""
    return " or ".join(f"the {role.label}" for role in roles)


def consider(track: Track, transition: Transition, state: str | None, standing: frozenset[Role], facts: Facts) -> Option:
    """Whether an actor with that standing on the case may make the transition now.

    The order is fixed: role, then state, then guards; a person without the role learns nothing of the guards.
    `standing` is the set of roles that the actor holds on this very case (see webapp.access).
    """
    if transition.only_follows:
        text = "This happens by itself, as part of another step."
        return Option(track, transition, "role", (Reason(text),))
    if not standing & set(transition.roles):
        return Option(track, transition, "role", (Reason(f"Only {roles_words(transition.roles)} of this case can do this."),))
    if state not in transition.sources:
        return Option(track, transition, "state", (Reason(_not_now(track, transition, state)),))
    reasons: list[Reason] = []
    for guard in transition.guards:
        found = [] if guard.asks else list(guard.check(facts, {}))
        if found and guard.fits:
            return Option(track, transition, "guard", tuple(found), fits=False)
        reasons += found
    if reasons:
        return Option(track, transition, "guard", tuple(reasons))
    return Option(track, transition, "allowed")


def _not_now(track: Track, transition: Transition, state: str | None) -> str:
    wanted = " or ".join(f"“{track.state(s).label}”" for s in transition.sources)
    if state is None:
        return f"The {track.label} has not started yet. This can be done once it is {wanted}."
    here = track.state(state)
    turn = f" It is waiting for {roles_words((here.turn,))}." if here.turn else ""
    return f"The {track.label} is “{here.label}”. This can be done when it is {wanted}.{turn}"


def options(track: Track, state: str | None, standing: frozenset[Role], facts: Facts) -> tuple[Option, ...]:
    """Every transition of a track as it stands for this actor, in declared order."""
    return tuple(consider(track, t, state, standing, facts) for t in track.transitions)


def decide(track: Track, name: str, state: str | None, standing: frozenset[Role], facts: Facts, inputs: Inputs) -> Transition:
    """The transition, if it may be made now with these inputs. Raises Refused with every reason, UnknownTransition."""
    transition = track.transition(name)
    option = consider(track, transition, state, standing, facts)
    if not option.allowed:
        raise Refused(option.kind, option.reasons)
    if problems := problems_of(transition.asks, inputs, facts):
        raise Refused("input", problems)
    reasons = tuple(r for guard in transition.guards if guard.asks for r in guard.check(facts, inputs))
    if reasons:
        raise Refused("input", reasons)
    return transition


def problems_of(asks: Iterable[Ask], inputs: Inputs, known: Known) -> tuple[Reason, ...]:
    """What is wrong with answers to what is asked: each with the place of its field."""
    found = []
    for ask in asks:
        given = inputs.get(ask.name, "").strip()
        wrong = misfit(ask, given, known) if given else missing(ask) if ask.required else ""
        if wrong:
            found.append(Reason(wrong, f"#{ask.name}"))
    return tuple(found)


def diagram(track: Track) -> str:
    """The track as Mermaid text, from its declared transitions."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {s.code} : {s.label}" for s in track.states]
    for entry in track.entries or (track.initial,):
        lines.append(f"    [*] --> {entry}")
    for t in track.transitions:
        who = "with another step" if t.only_follows else " or ".join(r.label for r in t.roles)
        lines += [f"    {source} --> {t.target} : {t.label} ({who})" for source in t.sources]
    lines += [f"    {s.code} --> [*]" for s in track.states if s.final]
    return "\n".join(lines) + "\n"
