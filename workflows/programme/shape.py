"""The shape of a programme: everything about it that is data, validated whole, frozen into each round.

A programme is a folder of TOML files (`config/programmes/CODE/`). Each table of a file is one record; every record is
checked by itself and then against the others, so that one reading tells all that is wrong.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from workflows.review.names import Names
from workflows.roles import Role

GRANTING = (Role.COORDINATOR, Role.MANAGER, Role.INSPECTOR, Role.OFFICER)
"""The roles that a programme may let decide on more time."""

MESSAGE_NAMES = frozenset({"body", "round", "ref", "deadline", "due", "url", "person", "reason", "actor", "items"})
"""The names that a message's text may use: the body's name, the round's name, the case's reference, the deadline's
label and its due time in words, the address of the case, the recipient's name, the reason given, who acted, and the items
that it is about, one to a line."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of a programme's files."""


class Function(Record, frozen=True, kw_only=True):
    """A function of the back office. A provisional one is collected but not judged.

    `prefix` begins the codes of its items. `scope` is the guidance on what is counted in and what is left out: where
    there is any, the body says whether it counted so. A `surveyed` one is asked for survey results.
    """

    code: str
    name: str
    provisional: bool = False
    prefix: str = ""
    scope: str = ""
    surveyed: bool = False


Unit = Literal["GBP", "FTE", "people", "count", "days", "percent", "hours", "sq m", "kWh", "miles", "score", "index"]
Kind = Literal["amount", "yes_no", "month", "text"]


class Item(Record, frozen=True, kw_only=True):
    """One question of the return: a figure in its unit, a yes or no, a month, or a text.

    `formula` makes it a figure that is computed and never typed; `part_of` names the item that it cannot exceed;
    `asked_if` the yes-or-no question that it belongs to: it must be answered only where that one is answered yes.
    `note_when` is the answer that needs a note, `note_label` what the note must say. `definition` is the version of
    what is counted: figures of two definitions are not compared. `change_percent` is the move on last year that needs
    an explanation, in place of the programme's.
    """

    code: str
    function: str
    label: str
    unit: Unit = "count"
    kind: Kind = "amount"
    guidance: str = ""
    group: str = "Figures"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    whole: bool = False
    required: bool = True
    formula: str = ""
    part_of: str = ""
    asked_if: str = ""
    note_when: Literal["", "yes", "no"] = ""
    note_label: str = ""
    definition: str = "1"
    change_percent: Decimal | None = None

    @property
    def typed(self) -> bool:
        """Whether somebody enters it."""
        return not self.formula


class Indicator(Record, frozen=True, kw_only=True):
    """A measure computed from items: numerator / denominator x scale, in `unit`.

    It is published only where at least `suppress_under` people are in the numerator, and as many out of it.
    """

    code: str
    official_id: str
    function: str
    tier: Literal["primary", "secondary"] = "primary"
    dimension: Literal["economy_efficiency", "impact", "satisfaction", "modernisation", "context"]
    label: str
    numerator: str
    denominator: str = ""
    scale: Decimal = Decimal(1)
    unit: str
    direction: Literal["lower", "higher", "context"]
    plausible_min: Decimal | None = None
    plausible_max: Decimal | None = None
    certainty: Literal["seen", "part-seen", "recalled", "inferred", "proposed"]
    note: str = ""
    suppress_under: int = 0


class Practice(Record, frozen=True, kw_only=True):
    """A yes/no question about good practice."""

    code: str
    function: str
    number: int
    text: str
    certainty: str = ""


class SurveyStatement(Record, frozen=True, kw_only=True):
    """A statement that those who commission or use a function agree with, from 1 (strongly disagree) to 5."""

    code: str
    audience: Literal["commissioner", "user"]
    text: str
    certainty: str = ""


class Check(Record, frozen=True, kw_only=True):
    """Something that should hold between figures; `holds` is the condition, give or take `tolerance`.

    A hard one blocks the sign-off; a soft one asks for an explanation that travels with the figure; a cross one looks
    across functions, and blocks where `blocks` says so; a signal is a question, never a score. `items` are what it is
    about: it is mended at the first. `text` says what is wrong, `mend` how to mend it. Where an `incomparable` one does not
    hold, what is computed from its first item is published with that note and takes part in no comparison.
    """

    code: str
    kind: Literal["hard", "soft", "cross", "signal"]
    function: str
    items: tuple[str, ...]
    holds: str
    text: str
    mend: str
    tolerance: Decimal = Decimal(0)
    blocks: bool = False
    incomparable: bool = False
    source: str = ""

    @property
    def blocking(self) -> bool:
        """Whether the return cannot be signed off while it does not hold."""
        return self.kind == "hard" or self.blocks


class Source(Record, frozen=True, kw_only=True):
    """A set of statistics from which figures are held: of which year, under which licence, in which layout.

    `file` is the file of it in the programme's data folder, where the programme carries it.
    """

    code: str
    name: str
    period: str
    year: int
    licence: str
    attribution: str
    layout: Literal["ro-raw"]
    file: str = ""


class Held(Record, frozen=True, kw_only=True):
    """A figure held from a source: the sum of `lines`, times `scale`, in `unit`; shown beside `item`.

    `prefills` where its definition is the item's own, so that it may be taken over; `note` says why it is or is not.
    """

    code: str
    source: str
    label: str
    unit: Unit
    lines: tuple[str, ...]
    scale: Decimal = Decimal(1)
    item: str = ""
    prefills: bool = False
    note: str = ""


class AreaVariable(Record, frozen=True, kw_only=True):
    """Something that tells of a body's area and its people, by which nearest neighbours are found.

    Residents, their logarithm, the sum of `lines` of a source per resident, or as a share of the sum of the lines `share_of`
    less the lines `without`. It is used in `pools`, where any are named, else in all of them. `note` says why it describes
    the area, and not how the body runs its services.
    """

    code: str
    label: str
    kind: Literal["population", "log_population", "per_head", "share"]
    source: str = ""
    lines: tuple[str, ...] = ()
    share_of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    note: str


class Pool(Record, frozen=True, kw_only=True):
    """Kinds of body in the register that may be neighbours of one another; `note` says why."""

    code: str
    name: str
    kinds: tuple[str, ...]
    note: str


class Kloe(Record, frozen=True, kw_only=True):
    """A key line of enquiry of the auditor, and the sectors that it bears on."""

    code: str
    theme: str
    title: str
    sectors: tuple[str, ...]


class Sector(Record, frozen=True, kw_only=True):
    """A sector and its route. `kinds` are the kinds of body in the register that belong to it, `certifier` is the officer
    who certifies a return there."""

    code: str
    name: str
    kinds: tuple[str, ...]
    peer_review: bool
    challenge: bool
    plan: bool
    comparison: str
    certifier: str = "the officer responsible for the body’s financial affairs"
    source: str = ""


class DeadlineRule(Record, frozen=True, kw_only=True):
    """When something is due: a fixed date of the round, working days after an event, or a given date; at an hour in London.

    The side of its `role` knows of it, the programme team does, and the sides of the roles in `known_to`: those who wait for it.
    `granted_by` are the roles that decide when more time is asked for; their sides know of it too. The fixed dates of a round
    stand in their order in the file: a later one cannot come before an earlier.
    """

    code: str
    label: str
    role: Role
    known_to: tuple[Role, ...] = ()
    granted_by: tuple[Role, ...] = (Role.OFFICER,)
    fixed: date | None = None
    working_days: int | None = None
    after: str = ""
    given: bool = False
    at: str = "17:00"
    source: str = ""


class ReminderRule(Record, frozen=True, kw_only=True):
    """A reminder, `working_days` before (negative), on (0) or after a deadline, to roles of the case.

    A deadline may have any number: several after it, to other roles each, are the rungs of an escalation, which ends when the
    deadline is closed. One with `mail` "grouped" leaves with the others to the same person, as one mail. A `statutory` one
    cannot be turned off by whoever gets it.
    """

    code: str
    deadline: str
    working_days: int
    to: tuple[Role, ...]
    message: str
    statutory: bool = True
    mail: Literal["single", "grouped"] = "single"

    @property
    def words(self) -> str:
        """When it goes, as people say it."""
        if not self.working_days:
            return "on the day"
        many = abs(self.working_days)
        return f"{many} working day{'' if many == 1 else 's'} {'before' if self.working_days < 0 else 'after'}"


class Message(Record, frozen=True, kw_only=True):
    """The text of a message: Jinja, with the names of MESSAGE_NAMES. The HTML of a mail is made from the same text.

    `statutory` is about a message that a move sends: one that is not can be turned off. A reminder's own rule says it for a reminder.
    """

    code: str
    subject: str
    body: str
    statutory: bool = True


class Penalty(Record, frozen=True, kw_only=True):
    """A rule for the penalty that an officer may begin with (workflows.benchmarks.penalty): proposed, never in force by itself.

    A body is above the average where each figure of `indicators` is more than `margin` percent above the `average` of its
    `group`, of at least `minimum` figures; and outside where it is in no sharing group for one of `functions` (none: the
    functions of the indicators). A rule is in force `notice_days` days after it was adopted and published.
    """

    code: str
    name: str
    statement: str
    indicators: tuple[str, ...]
    functions: tuple[str, ...] = ()
    average: Literal["median", "mean"] = "median"
    group: Literal["class", "region", "sector", "population", "headcount", "all"] = "class"
    margin: Decimal = Decimal(0)
    minimum: int = 8
    notice_days: int = 14
    source: str = ""


class Rating(Record, frozen=True, kw_only=True):
    """One step of the scale on which a peer reviewer rates a function, from worst to best, with what it means."""

    code: str
    value: int
    label: str
    descriptor: str


class ReviewRules(Record, frozen=True, kw_only=True):
    """How the peer review is held: whether the body learns who reviews it, or reads `Reviewer 1`, `Reviewer 2` (workflows.review.names)."""

    names: Names = "numbered"


DECLARATION = (
    "I certify that the figures of this return were taken from the body’s own records, that they follow the guidance of each "
    "function except where the return says how they differ, and that the return is complete and right to the best of my "
    "knowledge and belief. What is not known, estimated or provisional is marked as such."
)


class Programme(Record, frozen=True, kw_only=True, dict=True):
    """A whole programme. `threshold` is the number of people above which a body must return.

    `change_percent` is the move on last year above which a figure needs an explanation; `outlier_score` the modified
    z-score above which an indicator stands out from its class, where at least `outlier_minimum` values are known.
    `declaration` is what whoever signs a return off declares. `burden_item` is the item that tells the hours which the
    return took; empty where none asks.
    """

    code: str
    name: str
    version: str
    effective_from: int
    effective_to: int | None = None
    threshold: int
    threshold_warning_percent: int = 10
    nation: Literal["ENG", "SCT", "WLS", "NIR"] = "ENG"
    severities: tuple[str, ...]
    change_percent: Decimal = Decimal(20)
    outlier_score: Decimal = Decimal("3.5")
    outlier_minimum: int = 8
    declaration: str = DECLARATION
    burden_item: str = ""
    notes: str = ""
    review: ReviewRules = ReviewRules()
    functions: tuple[Function, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    practices: tuple[Practice, ...] = ()
    surveys: tuple[SurveyStatement, ...] = ()
    checks: tuple[Check, ...] = ()
    sources: tuple[Source, ...] = ()
    held: tuple[Held, ...] = ()
    neighbours: tuple[AreaVariable, ...] = ()
    pools: tuple[Pool, ...] = ()
    kloe: tuple[Kloe, ...] = ()
    sectors: tuple[Sector, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    messages: tuple[Message, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    ratings: tuple[Rating, ...] = ()

    @cached_property
    def _items(self) -> dict[str, Item]:
        return {i.code: i for i in self.items}

    @cached_property
    def _items_of(self) -> dict[str, tuple[Item, ...]]:
        return {f.code: tuple(i for i in self.items if i.function == f.code) for f in self.functions}

    @cached_property
    def _deadlines(self) -> dict[str, DeadlineRule]:
        return {d.code: d for d in self.deadlines}

    @cached_property
    def _messages(self) -> dict[str, Message]:
        return {m.code: m for m in self.messages}

    @cached_property
    def _sectors(self) -> dict[str, Sector]:
        return {s.code: s for s in self.sectors}

    def item(self, code: str) -> Item:
        """The item of that code. Raises KeyError."""
        return self._items[code]

    def find_item(self, code: str) -> Item | None:
        """The item of that code, if there is one."""
        return self._items.get(code)

    @cached_property
    def _functions(self) -> dict[str, Function]:
        return {f.code: f for f in self.functions}

    @cached_property
    def _indicators(self) -> dict[str, Indicator]:
        return {i.code: i for i in self.indicators}

    def function(self, code: str) -> Function:
        """The function of that code. Raises KeyError."""
        return self._functions[code]

    def find_function(self, code: str) -> Function | None:
        """The function of that code, if there is one."""
        return self._functions.get(code)

    def find_source(self, code: str) -> Source | None:
        """The source of that code, if there is one."""
        return next((s for s in self.sources if s.code == code), None)

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code. Raises KeyError."""
        return self._indicators[code]

    def find_indicator(self, code: str) -> Indicator | None:
        """The indicator of that code, if there is one."""
        return self._indicators.get(code)

    def find_figure(self, code: str) -> Item | Indicator | None:
        """The item or the indicator of that code, if there is one: whatever of a return has a value that can be remarked on."""
        return self.find_item(code) or self.find_indicator(code)

    def called(self, code: str) -> str:
        """What an item, an indicator or a function is called; the code itself where there is none of it any more."""
        figure, function = self.find_figure(code), self.find_function(code)
        return figure.label if figure else function.name if function else code

    @cached_property
    def held_by_item(self) -> dict[str, Held]:
        """The held figures that may be taken over, by the item that they answer."""
        return {h.item: h for h in self.held if h.prefills and h.item}

    @cached_property
    def answered_by_statistics(self) -> bool:
        """Whether every amount that is asked for is held already, so that figures can be published of who did not return them."""
        asked = [i for i in self.items if i.typed and i.required and i.kind == "amount"]
        return bool(asked) and all(i.code in self.held_by_item for i in asked)

    @cached_property
    def _checks(self) -> dict[str, Check]:
        return {c.code: c for c in self.checks}

    def find_check(self, code: str) -> Check | None:
        """The check of that code, if the programme declares it."""
        return self._checks.get(code)

    def items_of(self, function: str) -> tuple[Item, ...]:
        """The items of a function, in order; none for an unknown one."""
        return self._items_of.get(function, ())

    def deadline(self, code: str) -> DeadlineRule:
        """The deadline rule of that code. Raises KeyError."""
        return self._deadlines[code]

    def find_deadline(self, code: str) -> DeadlineRule | None:
        """The deadline rule of that code, if there is one."""
        return self._deadlines.get(code)

    def message(self, code: str) -> Message:
        """The message of that code. Raises KeyError."""
        return self._messages[code]

    def find_message(self, code: str) -> Message | None:
        """The message of that code, if there is one."""
        return self._messages.get(code)

    def sector(self, code: str) -> Sector:
        """The sector of that code. Raises KeyError."""
        return self._sectors[code]

    def declaration_of(self, sector: str) -> str:
        """What whoever signs a return of that sector declares. Raises KeyError for an unknown sector."""
        return f"I am {self.sector(sector).certifier}, or act for that officer. {self.declaration}"

    def sector_for_kind(self, kind: str) -> Sector | None:
        """The sector that a kind of body in the register belongs to, if any."""
        return next((s for s in self.sectors if kind in s.kinds), None)


LISTS: Mapping[str, type[Record]] = {
    "functions": Function,
    "items": Item,
    "indicators": Indicator,
    "practices": Practice,
    "surveys": SurveyStatement,
    "checks": Check,
    "sources": Source,
    "held": Held,
    "neighbours": AreaVariable,
    "pools": Pool,
    "kloe": Kloe,
    "sectors": Sector,
    "deadlines": DeadlineRule,
    "reminders": ReminderRule,
    "messages": Message,
    "penalties": Penalty,
    "ratings": Rating,
}
"""The lists of a programme: each stands in the file of its name, as an array of tables of its name."""

OPTIONAL = frozenset({"surveys", "checks", "sources", "held", "neighbours", "pools", "penalties", "ratings"})
"""The lists that a programme can do without, file and all."""


def dump(programme: Programme) -> bytes:
    """A programme as bytes, to be frozen into a round. `thaw` gives the same programme back."""
    return msgspec.json.encode(programme)


def thaw(frozen: bytes) -> Programme:
    """The programme that was frozen into these bytes."""
    return msgspec.json.decode(frozen, type=Programme)
