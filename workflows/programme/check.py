"""What does not fit together in a programme, a line each: file, key, and what was expected."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from itertools import pairwise
from operator import or_

from workflows.formulas import Condition, Formula, FormulaError, condition, formula
from workflows.programme.shape import GRANTING, LISTS, MESSAGE_NAMES, Indicator, Item, Pool, Programme, ReminderRule, Sector
from workflows.roles import Side


def check(programme: Programme) -> list[str]:
    """Everything that does not fit together in a programme, a line each."""
    return problems_of(programme, {name: frozenset() for name in LISTS})


def problems_of(programme: Programme, refused: Mapping[str, frozenset[str] | None]) -> list[str]:
    """The same for a programme as read: references to records that were refused (None: unknown which) are no problem."""
    problems: list[str] = []
    shared: dict[str, str] = {}
    for name in ("items", "indicators", "checks"):
        for record in getattr(programme, name):
            other = shared.setdefault(record.code, name)
            if other != name:
                problems.append(f"{name}.toml: {record.code}: code: expected a code that none of {other}.toml has")
    for name in LISTS:
        seen: set[str] = set()
        for record in getattr(programme, name):
            if not record.code.strip():
                problems.append(f"{name}.toml: code: expected a code that is not empty")
            elif record.code in seen:
                problems.append(f"{name}.toml: {record.code}: expected a code that is used once")
            seen.add(record.code)
    known = _Known(programme, refused)
    return (
        problems + known.head() + known.functions() + known.formulas() + known.sources() + known.neighbours() + known.numbers()
        + known.rules() + known.texts() + known.penalties() + known.ratings()
    )  # fmt: skip


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
        if not programme.declaration.strip():
            found.append("programme.toml: declaration: expected what whoever signs a return declares")
        for code in self.unknown("items", [programme.burden_item] if programme.burden_item else []):
            found.append(f"programme.toml: burden_item: expected one of items.toml, not “{code}”")
        return found

    def functions(self) -> list[str]:
        taken = [
            f"functions.toml: {function.code}: code: expected another: a page of the return has this name"
            for function in self.programme.functions
            if function.code in PAGES
        ]
        return taken + [
            f"{name}.toml: {record.code}: function: expected one of functions.toml, not “{wrong}”"
            for name in ("items", "indicators", "practices", "checks")
            for record in getattr(self.programme, name)
            for wrong in self.unknown("functions", [record.function])
        ]

    def formulas(self) -> list[str]:
        found = []
        for indicator in self.programme.indicators:
            for key in ("numerator", "denominator"):
                text = getattr(indicator, key)
                if text or key == "numerator":
                    found += self._formula(formula, text, f"indicators.toml: {indicator.code}: {key}", FIGURES)
        for item in self.programme.items:
            if item.formula:
                found += self._formula(formula, item.formula, f"items.toml: {item.code}: formula", frozenset())
            for key in ("part_of", "asked_if"):
                for name in self.unknown("items", [getattr(item, key)] if getattr(item, key) else []):
                    found.append(f"items.toml: {item.code}: {key}: expected items of items.toml, not “{name}”")
            if item.formula and item.kind != "amount":
                found.append(f"items.toml: {item.code}: formula: expected only with kind amount, not {item.kind}")
        for check in self.programme.checks:
            where = f"checks.toml: {check.code}"
            found += self._formula(condition, check.holds, f"{where}: holds", CHECK_FIGURES)
            found += [f"{where}: items: expected items of items.toml, not “{name}”" for name in self.unknown("items", check.items)]
            if not check.items:
                found.append(f"{where}: items: expected at least the item at which it is mended")
            if "." in check.code:
                found.append(f"{where}: code: expected no dot, which the codes have of checks that are made from the other files")
        return found or [f"items.toml: {code}: formula: expected no circle of formulas" for code in _circles(self.programme.items)]

    def _formula(self, read: Callable[[str], Formula | Condition], text: str, where: str, words: frozenset[str]) -> list[str]:
        """What is wrong with a formula or condition; `words` are the names that it may use besides codes of items."""
        try:
            names = read(text).names
        except FormulaError as problem:
            return [f"{where}: {problem}"]
        lists = {"value": "items", "last": "items", "held": "held"}
        wanted = [(lists[kind], code) for kind, code in names if not (kind == "value" and code in words)]
        return [f"{where}: expected items of {name}.toml, not “{wrong}”" for name, code in wanted for wrong in self.unknown(name, [code])]

    def sources(self) -> list[str]:
        found = []
        for held in self.programme.held:
            where = f"held.toml: {held.code}"
            found += [f"{where}: source: expected one of sources.toml, not “{w}”" for w in self.unknown("sources", [held.source])]
            wrong = self.unknown("items", [held.item]) if held.item else []
            found += [f"{where}: item: expected items of items.toml, not “{w}”" for w in wrong]
            if not held.lines:
                found.append(f"{where}: lines: expected at least one line of the source")
            if held.prefills and not held.item:
                found.append(f"{where}: item: expected the item that it prefills")
        return found

    def neighbours(self) -> list[str]:
        found = []
        for variable in self.programme.neighbours:
            where = f"neighbours.toml: {variable.code}"
            wanted = {"per_head": ("source", "lines"), "share": ("source", "lines", "share_of")}.get(variable.kind, ())
            found += [f"{where}: {key}: expected with kind {variable.kind}" for key in wanted if not getattr(variable, key)]
            for key in ("source", "lines", "share_of", "without"):
                if key not in (*wanted, "without" if variable.share_of else "") and getattr(variable, key):
                    found.append(f"{where}: {key}: not expected with kind {variable.kind}")
            unknown = self.unknown("sources", [variable.source] if variable.source else [])
            found += [f"{where}: source: expected one of sources.toml, not “{wrong}”" for wrong in unknown]
            unknown = self.unknown("pools", variable.pools)
            found += [f"{where}: pools: expected codes of pools.toml, not “{wrong}”" for wrong in unknown]
            if not variable.note.strip():
                found.append(f"{where}: note: expected why it describes the area")
        if self.programme.neighbours and not self.programme.pools and self.refused["pools"] == frozenset():
            found.append("pools.toml: expected at least one pool of bodies that may be neighbours, as there is neighbours.toml")
        kinds = {kind for sector in self.programme.sectors for kind in sector.kinds}
        for pool in self.programme.pools:
            strange = [kind for kind in pool.kinds if kind not in kinds] if self.refused["sectors"] == frozenset() else []
            found += [f"pools.toml: {pool.code}: kinds: expected kinds of sectors.toml, not “{kind}”" for kind in strange]
        return found + _in_one("pools", "pool", self.programme.pools)

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
            if not rule.granted_by or not set(rule.granted_by) <= set(GRANTING):
                found.append(f"{where}: granted_by: expected one or more of {', '.join(GRANTING)}")
        fixed = [rule for rule in programme.deadlines if rule.fixed is not None]
        found += [f"deadlines.toml: {later.code}: fixed: expected {earlier.fixed} ({earlier.code}) or later, not {later.fixed}"
                  for earlier, later in pairwise(fixed) if later.fixed < earlier.fixed]  # type: ignore[operator]  # fmt: skip
        for reminder in programme.reminders:
            where = f"reminders.toml: {reminder.code}"
            for code in self.unknown("deadlines", [reminder.deadline]):
                found.append(f"{where}: deadline: expected one of deadlines.toml, not “{code}”")
            for code in self.unknown("messages", [reminder.message]):
                found.append(f"{where}: message: expected one of messages.toml, not “{code}”")
            if not reminder.to:
                found.append(f"{where}: to: expected at least one role")
            found += self._ladder(reminder, where)
        for kloe in programme.kloe:
            for code in self.unknown("sectors", kloe.sectors):
                found.append(f"kloe.toml: {kloe.code}: sectors: expected codes of sectors.toml, not “{code}”")
        return found + _in_one("sectors", "sector", programme.sectors)

    def _ladder(self, reminder: ReminderRule, where: str) -> list[str]:
        """What is wrong with a reminder among those of its deadline: who may not know of it, or hears twice on one day."""
        rule = self.programme.find_deadline(reminder.deadline)
        if rule is None:
            return []
        known = reduce(or_, (role.side for role in rule.known_to), rule.role.side | Side.PROGRAMME)
        found = [
            f"{where}: to: expected roles that may know of the deadline, not {role.value}: name it in known_to in deadlines.toml"
            for role in reminder.to
            if not role.side & known
        ]
        for other in self.programme.reminders:
            if other is reminder:
                break
            if (other.deadline, other.working_days) == (reminder.deadline, reminder.working_days):
                found += [
                    f"{where}: to: expected no role that {other.code} reminds on the same day, not {role.value}"
                    for role in reminder.to
                    if role in other.to
                ]
        return found

    def ratings(self) -> list[str]:
        values = [rating.value for rating in self.programme.ratings]
        return [] if values == sorted(set(values)) else [f"ratings.toml: value: expected each step once, from worst to best, not {values}"]

    def penalties(self) -> list[str]:
        found = []
        for rule in self.programme.penalties:
            where = f"penalties.toml: {rule.code}"
            for name in ("indicators", "functions"):
                found += [f"{where}: {name}: expected one of {name}.toml, not “{w}”" for w in self.unknown(name, getattr(rule, name))]
            fit = {indicator.code for indicator in judged(self.programme)}
            known = [code for code in rule.indicators if self.programme.find_indicator(code)]
            found += [f"{where}: indicators: expected a cost where lower is better, of a function that is judged; not “{code}”"
                      for code in known if code not in fit]  # fmt: skip
            if not rule.indicators:
                found.append(f"{where}: indicators: expected at least one")
            if not rule.margin.is_finite() or not 0 <= rule.margin <= MARGIN_MOST:
                found.append(f"{where}: margin: expected 0 to {MARGIN_MOST} percent, not {rule.margin}")
            if rule.minimum < MINIMUM_LEAST:
                found.append(f"{where}: minimum: expected {MINIMUM_LEAST} figures or more, not {rule.minimum}")
            if rule.notice_days < 0:
                found.append(f"{where}: notice_days: expected 0 or more, not {rule.notice_days}")
        return found

    def texts(self) -> list[str]:
        return [
            f"messages.toml: {message.code}: {key}: {problem}"
            for message in self.programme.messages
            for key in ("subject", "body")
            for problem in text_problems(getattr(message, key))
        ]


def judged(programme: Programme) -> list[Indicator]:
    """The indicators that a rule for a penalty may rest on: costs of which lower is better, of functions that are judged."""
    return [
        i for i in programme.indicators
        if i.direction == "lower" and i.dimension == "economy_efficiency"
        and (function := programme.find_function(i.function)) and not function.provisional
    ]  # fmt: skip


MARGIN_MOST = 500
"""Percent above the average beyond which no margin is meant."""
MINIMUM_LEAST = 5
"""Figures below which no average is compared with, whatever the rule: under five there is no rank either. Proposed here."""

PAGES = frozenset({"checks"})
"""Pages of a return, beside which the page of a function stands by its code."""

FIGURES = frozenset({"SURVEY_INDEX", "PRACTICES_MET"})
"""What an indicator's formula may hold besides codes of items: figures computed for its function (workflows.returns.figures)."""

CHECK_FIGURES = FIGURES | {"ROUND_SHARE", "CASE_HEADCOUNT"}
"""What a check's condition may hold besides."""


def _in_one(name: str, what: str, lists: Iterable[Sector | Pool]) -> list[str]:
    """What is wrong with kinds of body that should be of one sector, or of one pool, alone."""
    found = []
    taken: dict[str, str] = {}
    for record in lists:
        for kind in record.kinds:
            if kind in taken:
                other = taken[kind]
                found.append(f"{name}.toml: {record.code}: kinds: expected kinds of one {what}; “{kind}” is of {other} too")
            taken[kind] = record.code
    return found


def _circles(items: Iterable[Item]) -> list[str]:
    """The codes of computed items that need themselves, however indirectly."""
    needs = {i.code: [name for _, name in formula(i.formula).names] for i in items if i.formula}

    def reaches(code: str, goal: str, seen: set[str]) -> bool:
        if code in seen:
            return False
        seen.add(code)
        return any(name == goal or reaches(name, goal, seen) for name in needs.get(code, ()))

    return [code for code in needs if reaches(code, code, set())]


_TEXT_WORDS = MESSAGE_NAMES | {"if", "else", "elif", "endif", "not", "and", "or"}


def text_problems(text: str) -> list[str]:
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
    problems += [f"expected only {', '.join(sorted(MESSAGE_NAMES))}, not “{name}”" for name in unknown_names(text)]
    return problems or _tag_problems(tags)


def unknown_names(text: str) -> list[str]:
    """The words in the tags of a message's text that are neither names of a message nor words of an `if`, as often as they stand."""
    return [word for word in _words_in_tags(text) if word not in _TEXT_WORDS]


def names_in(text: str) -> frozenset[str]:
    """The names of MESSAGE_NAMES that a message's text uses, to say them or to ask after them."""
    return MESSAGE_NAMES & set(_words_in_tags(text))


def _words_in_tags(text: str) -> list[str]:
    tags = re.findall(r"\{[{%]-?(.*?)-?[%}]\}", text, re.DOTALL)
    return [word for inside in tags for word in re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", inside))]


_NAME = r"(?!(?:if|else|elif|endif|not|and|or)\b)\w+"
_TAGS = {"{": _NAME, "%": rf"(if|elif) (not )?{_NAME}( (and|or) (not )?{_NAME})*|else|endif"}


def _tag_problems(tags: Iterable[tuple[str, str]]) -> list[str]:
    """What is wrong with the tags of a text of which the names are known: so that whatever is let in can be written."""
    open_ifs: list[bool] = []
    for kind, inside in tags:
        said = " ".join(inside.split())
        if not re.fullmatch(_TAGS[kind], said):
            return [f"expected a name in {{{{ }}}}, and if, elif, else or endif in {{% %}}, not “{said}”"]
        word = said.split()[0] if kind == "%" else ""
        if word == "if":
            open_ifs.append(False)
        elif word and (not open_ifs or (word != "endif" and open_ifs[-1])):
            return [f"expected an {{% if %}} before {{% {word} %}}, and one {{% else %}} at most"]
        elif word == "else":
            open_ifs[-1] = True
        elif word == "endif":
            open_ifs.pop()
    return []
