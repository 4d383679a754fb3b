"""The shape of a programme: everything about it that is data, validated whole, frozen into each round.

A programme is a folder of TOML files (`config/programmes/CODE/`). Each table of a file is one record; every record is
checked by itself and then against the others, so that one reading tells all that is wrong.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec

from workflows.roles import Role

MESSAGE_NAMES = frozenset(
    {"body", "round", "ref", "deadline", "due", "url", "person", "reason", "actor"}
)
"""The names that a message's text may use: the body's name, the round's name, the case's reference, the deadline's
label and its due time in words, the address of the case, the recipient's name, the reason given, who acted."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Function(_Record, frozen=True, kw_only=True):
    """A function of the back office. A provisional one is collected but not judged."""

    code: str
    name: str
    provisional: bool = False


class Item(_Record, frozen=True, kw_only=True):
    """One figure of the return. `sum_of` makes it a sum that is not typed; `part_of` names the item that it cannot exceed."""

    code: str
    function: str
    label: str
    unit: Literal["GBP", "FTE", "people", "count", "days", "percent"]
    guidance: str = ""
    group: str = "Figures"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    whole: bool = False
    required: bool = True
    sum_of: tuple[str, ...] = ()
    part_of: str = ""


class Indicator(_Record, frozen=True, kw_only=True):
    """A measure computed from items: numerator / denominator x scale, in `unit`."""

    code: str
    official_id: str
    function: str
    dimension: Literal["economy_efficiency", "impact", "satisfaction", "modernisation"]
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


class Practice(_Record, frozen=True, kw_only=True):
    """A yes/no question about good practice."""

    code: str
    function: str
    number: int
    text: str
    certainty: str = ""


class Kloe(_Record, frozen=True, kw_only=True):
    """A key line of enquiry of the auditor, and the sectors that it bears on."""

    code: str
    theme: str
    title: str
    sectors: tuple[str, ...]


class Sector(_Record, frozen=True, kw_only=True):
    """A sector and its route. `kinds` are the kinds of body in the register that belong to it."""

    code: str
    name: str
    kinds: tuple[str, ...]
    peer_review: bool
    challenge: bool
    plan: bool
    comparison: str
    source: str = ""


class DeadlineRule(_Record, frozen=True, kw_only=True):
    """When something is due: a fixed date of the round, working days after an event, or a given date; at an hour in London."""

    code: str
    label: str
    role: Role
    fixed: date | None = None
    working_days: int | None = None
    after: str = ""
    given: bool = False
    at: str = "17:00"
    source: str = ""


class ReminderRule(_Record, frozen=True, kw_only=True):
    """A reminder, `working_days` before (negative), on (0) or after a deadline, to roles of the case."""

    code: str
    deadline: str
    working_days: int
    to: tuple[Role, ...]
    message: str
    statutory: bool = True


class Message(_Record, frozen=True, kw_only=True):
    """The text of a message: Jinja, with the names of MESSAGE_NAMES."""

    code: str
    subject: str
    body: str


class Programme(_Record, frozen=True, kw_only=True, dict=True):
    """A whole programme. `threshold` is the number of people above which a body must return."""

    code: str
    name: str
    version: str
    effective_from: int
    effective_to: int | None = None
    threshold: int
    threshold_warning_percent: int = 10
    nation: Literal["ENG", "SCT", "WLS", "NIR"] = "ENG"
    severities: tuple[str, ...]
    notes: str = ""
    functions: tuple[Function, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    practices: tuple[Practice, ...] = ()
    kloe: tuple[Kloe, ...] = ()
    sectors: tuple[Sector, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    messages: tuple[Message, ...] = ()

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

    def items_of(self, function: str) -> tuple[Item, ...]:
        """The items of a function, in order; none for an unknown one."""
        return self._items_of.get(function, ())

    def deadline(self, code: str) -> DeadlineRule:
        """The deadline rule of that code. Raises KeyError."""
        return self._deadlines[code]

    def message(self, code: str) -> Message:
        """The message of that code. Raises KeyError."""
        return self._messages[code]

    def sector(self, code: str) -> Sector:
        """The sector of that code. Raises KeyError."""
        return self._sectors[code]

    def sector_for_kind(self, kind: str) -> Sector | None:
        """The sector that a kind of body in the register belongs to, if any."""
        return next((s for s in self.sectors if kind in s.kinds), None)


class ProgrammeError(ValueError):
    """A programme that cannot be used. The text has a line for each problem: file, key, and what was expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


LISTS: Mapping[str, type[_Record]] = {
    "functions": Function,
    "items": Item,
    "indicators": Indicator,
    "practices": Practice,
    "kloe": Kloe,
    "sectors": Sector,
    "deadlines": DeadlineRule,
    "reminders": ReminderRule,
    "messages": Message,
}
"""The lists of a programme: each stands in the file of its name, as an array of tables of its name."""


def load(files: Mapping[str, bytes]) -> Programme:
    """The programme of a folder's files, by name. Raises ProgrammeError with every problem found."""
    problems: list[str] = []
    head = _toml(files, "programme.toml", problems)
    lists: dict[str, tuple[Any, ...]] = {}
    for name, kind in LISTS.items():
        file = f"{name}.toml"
        tables = _toml(files, file, problems).get(name, [])
        if not isinstance(tables, list):
            problems.append(f"{file}: {name}: expected tables that begin with [[{name}]]")
            tables = []
        lists[name] = tuple(r for i, table in enumerate(tables) if (r := _record(table, kind, file, i, problems)))
    for file in files:
        if file.removesuffix(".toml") not in LISTS and file != "programme.toml":
            problems.append(f"{file}: unknown file; expected one of programme.toml, {', '.join(f'{n}.toml' for n in LISTS)}")
    programme = None
    try:
        programme = msgspec.convert({**head, **lists}, Programme, strict=False)
    except msgspec.ValidationError as problem:
        problems.append(f"programme.toml: {_said(problem)}")
    if programme is not None:
        problems += check(programme)
    if problems or programme is None:
        raise ProgrammeError(problems)
    return programme


def _toml(files: Mapping[str, bytes], name: str, problems: list[str]) -> dict[str, Any]:
    if name not in files:
        problems.append(f"{name}: the file is missing")
        return {}
    try:
        return tomllib.loads(files[name].decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        problems.append(f"{name}: not valid TOML: {problem}")
        return {}


def _record(table: Any, kind: type[_Record], file: str, index: int, problems: list[str]) -> _Record | None:
    code = table.get("code", "") if isinstance(table, dict) else ""
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as problem:
        problems.append(f"{file}: {code or f'table {index + 1}'}: {_said(problem)}")
        return None


def _said(problem: Exception) -> str:
    text = str(problem)
    where = re.search(r" - at `\$\.?(.*?)`$", text)
    return f"{where.group(1)}: {text[: where.start()]}" if where else text


def check(programme: Programme) -> list[str]:
    """Everything that does not fit together in a programme, a line each."""
    problems: list[str] = []
    for name in LISTS:
        seen: set[str] = set()
        for record in getattr(programme, name):
            if record.code in seen:
                problems.append(f"{name}.toml: {record.code}: expected a code that is used once")
            seen.add(record.code)
    known = _Known(programme)
    problems += known.functions() + known.formulas() + known.rules() + known.texts()
    return problems


class _Known:
    """The checks of one record against the others."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.item_codes = {i.code for i in programme.items}

    def functions(self) -> list[str]:
        codes = {f.code for f in self.programme.functions}
        found = []
        for name in ("items", "indicators", "practices"):
            for record in getattr(self.programme, name):
                if record.function not in codes:
                    found.append(f"{name}.toml: {record.code}: function: expected one of functions.toml, not “{record.function}”")
        return found

    def formulas(self) -> list[str]:
        found = []
        special = {"SURVEY_INDEX", "PRACTICES_MET", "abs"}
        for indicator in self.programme.indicators:
            for key in ("numerator", "denominator"):
                for name in re.findall(r"[A-Za-z_]\w*", getattr(indicator, key)):
                    if name not in self.item_codes and name not in special:
                        found.append(f"indicators.toml: {indicator.code}: {key}: expected items of items.toml, not “{name}”")
        for item in self.programme.items:
            for name in (*item.sum_of, *([item.part_of] if item.part_of else [])):
                if name not in self.item_codes:
                    key = "sum_of" if name in item.sum_of else "part_of"
                    found.append(f"items.toml: {item.code}: {key}: expected items of items.toml, not “{name}”")
        return found

    def rules(self) -> list[str]:
        programme = self.programme
        deadlines, messages = {d.code for d in programme.deadlines}, {m.code for m in programme.messages}
        sectors = {s.code for s in programme.sectors}
        found = []
        for rule in programme.deadlines:
            if sum((rule.fixed is not None, rule.working_days is not None, rule.given)) != 1:
                found.append(f"deadlines.toml: {rule.code}: expected exactly one of fixed, working_days, given")
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", rule.at):
                found.append(f"deadlines.toml: {rule.code}: at: expected an hour like 17:00, not “{rule.at}”")
        for reminder in programme.reminders:
            if reminder.deadline not in deadlines:
                found.append(f"reminders.toml: {reminder.code}: deadline: expected one of deadlines.toml, not “{reminder.deadline}”")
            if reminder.message not in messages:
                found.append(f"reminders.toml: {reminder.code}: message: expected one of messages.toml, not “{reminder.message}”")
        for kloe in programme.kloe:
            found += [
                f"kloe.toml: {kloe.code}: sectors: expected codes of sectors.toml, not “{code}”"
                for code in kloe.sectors
                if code not in sectors
            ]
        return found

    def texts(self) -> list[str]:
        found = []
        for message in self.programme.messages:
            for key in ("subject", "body"):
                for tag in re.findall(r"\{[{%](.*?)[%}]\}", getattr(message, key), re.DOTALL):
                    words = re.sub(r"'[^']*'|\"[^\"]*\"", "", tag)
                    for name in re.findall(r"\b[a-z_]+\b", words):
                        if name not in MESSAGE_NAMES | {"if", "else", "elif", "endif", "not", "and", "or"}:
                            allowed = ", ".join(sorted(MESSAGE_NAMES))
                            found.append(f"messages.toml: {message.code}: {key}: expected only {allowed}, not “{name}”")
        return found


def dump(programme: Programme) -> bytes:
    """A programme as bytes, to be frozen into a round. `thaw` gives the same programme back."""
    return msgspec.json.encode(programme)


def thaw(frozen: bytes) -> Programme:
    """The programme that was frozen into these bytes."""
    return msgspec.json.decode(frozen, type=Programme)
