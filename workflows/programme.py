"""The shape of a programme: everything about it that is data, validated whole, frozen into each round.

A programme is a folder of TOML files (`config/programmes/CODE/`). Each table of a file is one record; every record is
checked by itself and then against the others, so that one reading tells all that is wrong.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

import msgspec

from workflows.roles import Role

MESSAGE_NAMES = frozenset({"body", "round", "ref", "deadline", "due", "url", "person", "reason", "actor"})
"""The names that a message's text may use: the body's name, the round's name, the case's reference, the deadline's
label and its due time in words, the address of the case, the recipient's name, the reason given, who acted."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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

    def find_deadline(self, code: str) -> DeadlineRule | None:
        """The deadline rule of that code, if there is one."""
        return self._deadlines.get(code)

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
    """The programme of a folder's files, by name. Raises ProgrammeError with every problem found, a line each."""
    problems: list[str] = []
    head = _toml(files, "programme.toml", problems) or {}
    for name in sorted(LISTS.keys() & head.keys()):
        problems.append(f"programme.toml: {name}: expected in {name}.toml")
    lists: dict[str, tuple[Any, ...]] = {}
    refused: dict[str, frozenset[str] | None] = {}
    for name, kind in LISTS.items():
        lists[name], refused[name] = _list(files, name, kind, problems)
    for file in files:
        if file.removesuffix(".toml") not in LISTS and file != "programme.toml":
            problems.append(f"{file}: unknown file; expected one of programme.toml, {', '.join(f'{n}.toml' for n in LISTS)}")
    fields = {f.name: f for f in msgspec.structs.fields(Programme) if f.name not in LISTS}
    facts = _values({k: v for k, v in head.items() if k not in LISTS}, fields, "programme.toml", problems)
    programme = Programme(**({**_NO_HEAD, **lists} if facts is None else {**facts, **lists}))
    problems += _check(programme, refused)
    if problems:
        raise ProgrammeError(problems)
    return programme


_NO_HEAD: dict[str, Any] = {"code": "?", "name": "?", "version": "?", "effective_from": 0, "threshold": 0, "severities": ()}
"""Stands in for a head that cannot be read, so that the lists are checked all the same."""


def _toml(files: Mapping[str, bytes], name: str, problems: list[str]) -> dict[str, Any] | None:
    if name not in files:
        problems.append(f"{name}: the file is missing")
        return None
    try:
        return tomllib.loads(files[name].decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        problems.append(f"{name}: not valid TOML: {problem}")
        return None


def _list(
    files: Mapping[str, bytes], name: str, kind: type[_Record], problems: list[str]
) -> tuple[tuple[_Record, ...], frozenset[str] | None]:
    """The records of a list's file, and the codes of those refused: references to them are no second problem.

    None for the codes means that the file could not be read, so nothing is known of what it would have declared.
    """
    file = f"{name}.toml"
    content = _toml(files, file, problems)
    if content is None:
        return (), None
    problems += [f"{file}: {key}: expected only tables that begin with [[{name}]]" for key in content if key != name]
    tables = content.get(name, [])
    if not isinstance(tables, list):
        problems.append(f"{file}: {name}: expected tables that begin with [[{name}]]")
        return (), None
    fields = {f.name: f for f in msgspec.structs.fields(kind)}
    records, refused = [], set()
    for number, table in enumerate(tables, 1):
        if not isinstance(table, dict):
            problems.append(f"{file}: table {number}: expected a table that begins with [[{name}]]")
            continue
        code = table.get("code")
        values = _values(table, fields, f"{file}: {code or f'table {number}'}", problems)
        if values is not None:
            records.append(kind(**values))
        elif isinstance(code, str):
            refused.add(code)
    # A stray table such as [[item]] may hold any code, so what is declared is unknown.
    return tuple(records), None if content.keys() - {name} else frozenset(refused)


def _values(
    table: Mapping[str, Any], fields: Mapping[str, msgspec.structs.FieldInfo], where: str, problems: list[str]
) -> dict[str, Any] | None:
    """The values of a table, each of its field's type; None, with every problem told, where they are no record."""
    found = []
    values = {}
    for name in table:
        if name not in fields:
            found.append(f"{where}: {name}: unknown; expected one of {', '.join(fields)}")
    for name, field in fields.items():
        if name not in table:
            if field.required:
                found.append(f"{where}: {name}: expected, but missing")
            continue
        try:
            values[name] = msgspec.convert(table[name], field.type)
        except msgspec.ValidationError as problem:
            found.append(f"{where}: {name}: {_said(problem, field.type)}")
    problems += found
    return None if found else values


def _said(problem: Exception, kind: Any) -> str:
    """What was expected, in words: the choices, where there is a choice."""
    text = re.sub(r" - at `\$.*`$", "", str(problem))
    wrong = re.match(r"Invalid enum value (.*)", text)
    if wrong:
        return f"expected one of {', '.join(_choices(kind))}, not {wrong.group(1)}"
    return text[0].lower() + text[1:]


def _choices(kind: Any) -> list[str]:
    """The choices of a type: of an enumeration, a Literal, or a tuple of either."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(choice.value) for choice in kind]
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    return [choice for part in get_args(kind) for choice in _choices(part)]


def check(programme: Programme) -> list[str]:
    """Everything that does not fit together in a programme, a line each."""
    return _check(programme, {name: frozenset() for name in LISTS})


def _check(programme: Programme, refused: Mapping[str, frozenset[str] | None]) -> list[str]:
    problems: list[str] = []
    for name in LISTS:
        seen: set[str] = set()
        for record in getattr(programme, name):
            if not record.code.strip():
                problems.append(f"{name}.toml: code: expected a code that is not empty")
            elif record.code in seen:
                problems.append(f"{name}.toml: {record.code}: expected a code that is used once")
            seen.add(record.code)
    known = _Known(programme, refused)
    return problems + known.head() + known.functions() + known.formulas() + known.numbers() + known.rules() + known.texts()


class _Known:
    """The checks of one record against the others."""

    def __init__(self, programme: Programme, refused: Mapping[str, frozenset[str] | None]) -> None:
        self.programme = programme
        self.refused = refused

    def unknown(self, name: str, codes: Iterable[str]) -> list[str]:
        """Those of the codes that a list does not declare. None of them, where the list could not be read."""
        refused = self.refused[name]
        if refused is None:
            return []
        declared = {record.code for record in getattr(self.programme, name)} | refused
        return [code for code in codes if code not in declared]

    def head(self) -> list[str]:
        programme = self.programme
        found = []
        if programme.threshold < 0:
            found.append(f"programme.toml: threshold: expected 0 or more people, not {programme.threshold}")
        if not 0 <= programme.threshold_warning_percent <= 100:
            wrong = programme.threshold_warning_percent
            found.append(f"programme.toml: threshold_warning_percent: expected 0 to 100, not {wrong}")
        first, last = programme.effective_from, programme.effective_to
        if last is not None and last < first:
            found.append(f"programme.toml: effective_to: expected {first} or later, not {last}")
        return found

    def functions(self) -> list[str]:
        return [
            f"{name}.toml: {record.code}: function: expected one of functions.toml, not “{wrong}”"
            for name in ("items", "indicators", "practices")
            for record in getattr(self.programme, name)
            for wrong in self.unknown("functions", [record.function])
        ]

    def formulas(self) -> list[str]:
        found = []
        for indicator in self.programme.indicators:
            if not indicator.numerator.strip():
                found.append(f"indicators.toml: {indicator.code}: numerator: expected items of items.toml, not nothing")
            for key in ("numerator", "denominator"):
                names = [n for n in re.findall(r"[A-Za-z_]\w*", getattr(indicator, key)) if n not in FORMULA_WORDS]
                for name in self.unknown("items", names):
                    found.append(f"indicators.toml: {indicator.code}: {key}: expected items of items.toml, not “{name}”")
        sums = {i.code for i in self.programme.items if i.sum_of}
        for item in self.programme.items:
            for key, codes in (("sum_of", item.sum_of), ("part_of", (item.part_of,) if item.part_of else ())):
                for name in self.unknown("items", codes):
                    found.append(f"items.toml: {item.code}: {key}: expected items of items.toml, not “{name}”")
            for name in item.sum_of:
                if name in sums:
                    found.append(f"items.toml: {item.code}: sum_of: expected items that are typed, not the sum “{name}”")
        return found

    def numbers(self) -> list[str]:
        pairs = (("items", "minimum", "maximum"), ("indicators", "plausible_min", "plausible_max"))
        found = []
        for name, low_key, high_key in pairs:
            for record in getattr(self.programme, name):
                low, high = getattr(record, low_key), getattr(record, high_key)
                where = f"{name}.toml: {record.code}"
                wild = [k for k, v in ((low_key, low), (high_key, high)) if v is not None and not v.is_finite()]
                found += [f"{where}: {key}: expected a finite number" for key in wild]
                if not wild and low is not None and high is not None and high < low:
                    found.append(f"{where}: {high_key}: expected {low} ({low_key}) or more, not {high}")
        found += [
            f"indicators.toml: {i.code}: scale: expected a number above 0, not {i.scale}"
            for i in self.programme.indicators
            if not i.scale.is_finite() or i.scale <= 0
        ]
        return found

    def rules(self) -> list[str]:
        programme = self.programme
        found = []
        for rule in programme.deadlines:
            where = f"deadlines.toml: {rule.code}"
            if sum((rule.fixed is not None, rule.working_days is not None, rule.given)) != 1:
                found.append(f"{where}: expected exactly one of fixed, working_days, given")
            if rule.working_days is not None and rule.working_days < 0:
                found.append(f"{where}: working_days: expected 0 or more, not {rule.working_days}")
            if rule.working_days is not None and not rule.after:
                found.append(f"{where}: after: expected the words of the event that it counts from")
            if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", rule.at):
                found.append(f"{where}: at: expected an hour like 17:00, not “{rule.at}”")
        for reminder in programme.reminders:
            where = f"reminders.toml: {reminder.code}"
            for code in self.unknown("deadlines", [reminder.deadline]):
                found.append(f"{where}: deadline: expected one of deadlines.toml, not “{code}”")
            for code in self.unknown("messages", [reminder.message]):
                found.append(f"{where}: message: expected one of messages.toml, not “{code}”")
            if not reminder.to:
                found.append(f"{where}: to: expected at least one role")
        for kloe in programme.kloe:
            for code in self.unknown("sectors", kloe.sectors):
                found.append(f"kloe.toml: {kloe.code}: sectors: expected codes of sectors.toml, not “{code}”")
        taken: dict[str, str] = {}
        for sector in programme.sectors:
            for kind in sector.kinds:
                if kind in taken:
                    other = taken[kind]
                    found.append(f"sectors.toml: {sector.code}: kinds: expected kinds of one sector; “{kind}” is of {other} too")
                taken[kind] = sector.code
        return found

    def texts(self) -> list[str]:
        return [
            f"messages.toml: {message.code}: {key}: {problem}"
            for message in self.programme.messages
            for key in ("subject", "body")
            for problem in _text_problems(getattr(message, key))
        ]


FORMULA_WORDS = frozenset({"SURVEY_INDEX", "PRACTICES_MET", "abs"})
"""What a formula may hold besides codes of items: two figures that are not typed, and the absolute value."""

_TEXT_WORDS = MESSAGE_NAMES | {"if", "else", "elif", "endif", "not", "and", "or"}


def _text_problems(text: str) -> list[str]:
    """What is wrong with a message's text: empty, a tag that is not closed, an if without its endif, an unknown name."""
    if not text.strip():
        return ["expected a text, not nothing"]
    tags = re.findall(r"\{([{%])-?(.*?)-?[%}]\}", text, re.DOTALL)
    problems = []
    if re.search(r"\{[{%]|[%}]\}", re.sub(r"\{\{((?!\{\{|\}\}).)*\}\}|\{%((?!\{%|%\}).)*%\}", "", text, flags=re.DOTALL)):
        problems.append("expected each {{ to be closed by }}, and each {% by %}")
    opened = [inside.split()[0] for kind, inside in tags if kind == "%" and inside.split()]
    if opened.count("if") != opened.count("endif"):
        problems.append("expected an {% endif %} for each {% if %}")
    for _, inside in tags:
        for name in re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", inside)):
            if name not in _TEXT_WORDS:
                problems.append(f"expected only {', '.join(sorted(MESSAGE_NAMES))}, not “{name}”")
    return problems


def dump(programme: Programme) -> bytes:
    """A programme as bytes, to be frozen into a round. `thaw` gives the same programme back."""
    return msgspec.json.encode(programme)


def thaw(frozen: bytes) -> Programme:
    """The programme that was frozen into these bytes."""
    return msgspec.json.decode(frozen, type=Programme)
