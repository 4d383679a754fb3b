"""Read a programme from its files, each record by itself, then whole."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from workflows.programme.check import problems_of
from workflows.programme.questions import with_questions
from workflows.programme.shape import LISTS, OPTIONAL, Programme, Record


class ProgrammeError(ValueError):
    """A programme that cannot be used. The text has a line for each problem: file, key, and what was expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


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
    programme = with_questions(programme)
    problems += problems_of(programme, refused)
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
    files: Mapping[str, bytes], name: str, kind: type[Record], problems: list[str]
) -> tuple[tuple[Record, ...], frozenset[str] | None]:
    """The records of a list's file, and the codes of those refused: references to them are no second problem.

    None for the codes means that the file could not be read, so nothing is known of what it would have declared.
    """
    file = f"{name}.toml"
    if name in OPTIONAL and file not in files:
        return (), frozenset()
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
        if isinstance(field.type, type) and issubclass(field.type, Record) and isinstance(table[name], dict):
            inner = {f.name: f for f in msgspec.structs.fields(field.type)}
            facts = _values(table[name], inner, f"{where}: {name}", found)
            values[name] = None if facts is None else field.type(**facts)
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
