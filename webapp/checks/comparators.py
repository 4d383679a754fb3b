"""How the indicators of a body's class spread among the signed-off returns of a round.

The measures of a signed-off version never change, so each process keeps those of a class until another version is signed
off anywhere: its row in `measures` changes the `Mark`. Checking a return again costs no statement then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from msgspec import json
from sqlalchemy import Select, Text, and_, bindparam, cast, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.checks.models import Measures
from webapp.db import read_rows
from webapp.register.models import Body
from webapp.returns.models import ReturnVersion
from workflows.benchmarks.statistics import Summary, summary
from workflows.returns.outliers import Spread, spread

KEPT = 64
"""How many classes of rounds a process keeps, and how many choices of versions of each."""


class Mark(NamedTuple):
    """How many rows of measures there are, and the newest: with every version signed off it is another one."""

    rows: int
    newest: int


VALUES = json.Decoder(dict[str, float])
"""Reads the measures of a version from their column. The ordinary JSON reader takes three times as long for a thousand."""

ROWS = select(func.count(Measures.id)).scalar_subquery()
NEWEST = select(func.coalesce(func.max(Measures.id), 0)).scalar_subquery()
"""The two halves of the mark, to be asked for along with something else."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The measures of one signed-off version."""

    case_id: int
    number: int
    at: datetime
    values: Mapping[str, float]


@dataclass
class Group:
    """Every signed-off version of a class in a round. Spreads are computed once for each choice of versions."""

    mark: Mark
    signed: list[Signed]
    _spreads: dict[tuple[datetime | None, int | None], Mapping[str, Spread]] = field(default_factory=dict)
    _summaries: dict[int | None, Mapping[str, Summary]] = field(default_factory=dict)

    def add(self, signed: list[Signed], mark: Mark) -> None:
        """Take in what was signed off since."""
        self.mark = mark
        if signed:
            self.signed += signed
            self._spreads.clear()
            self._summaries.clear()

    def spreads(self, case_id: int, before: datetime | None) -> Mapping[str, Spread]:
        """How each indicator spreads among the other cases, by the newest version of each that was signed off before."""
        own = case_id if any(one.case_id == case_id for one in self.signed) else None
        at = before if before is not None and any(one.at >= before for one in self.signed) else None
        if (at, own) not in self._spreads:
            if len(self._spreads) >= KEPT:
                self._spreads.clear()
            self._spreads[at, own] = {code: spread(found) for code, found in self._values(own, at).items()}
        return self._spreads[at, own]

    def summaries(self, case_id: int) -> Mapping[str, Summary]:
        """The median, quartiles and range of each indicator among the other cases, by the newest version of each."""
        own = case_id if any(one.case_id == case_id for one in self.signed) else None
        if own not in self._summaries:
            if len(self._summaries) >= KEPT:
                self._summaries.clear()
            self._summaries[own] = {code: summary(found) for code, found in self._values(own, None).items()}
        return self._summaries[own]

    def _values(self, own: int | None, before: datetime | None) -> dict[str, list[float]]:
        """The values of each indicator in the other cases, by the newest version of each that was signed off before."""
        latest: dict[int, Signed] = {}
        for one in self.signed:
            newer = one.case_id not in latest or latest[one.case_id].number < one.number
            if newer and one.case_id != own and (before is None or one.at < before):
                latest[one.case_id] = one
        values: dict[str, list[float]] = {}
        for one in latest.values():
            for code, value in one.values.items():
                values.setdefault(code, []).append(value)
        return values


_groups: dict[tuple[str, int, str], Group] = {}


def spreads_of(session: Session, case: Case, mark: Mark, before: datetime | None = None) -> Mapping[str, Spread]:
    """How each indicator spreads among the other bodies of the case's class and round: no statement, or one where a version
    was signed off since this process last asked. With `before`, as it was then."""
    return _group(session, case, mark).spreads(case.id, before)


def summaries_of(session: Session, case: Case, mark: Mark) -> Mapping[str, Summary]:
    """The median, quartiles and range of each indicator among the same others, by code; the same statement, if any."""
    return _group(session, case, mark).summaries(case.id)


def _group(session: Session, case: Case, mark: Mark) -> Group:
    key = (str(session.get_bind().engine.url), case.round_id, case.body.kind)
    group = _groups.get(key)
    if group is None or group.mark != mark:
        group = _groups[key] = _brought_up_to(session, case, mark, _groups.pop(key, None))
        while len(_groups) > KEPT:
            _groups.pop(next(iter(_groups)))
    return group


def forget() -> None:
    """Let go of all that this process keeps."""
    _groups.clear()


def _brought_up_to(session: Session, case: Case, mark: Mark, group: Group | None) -> Group:
    """The versions of a class up to a mark: those since the last time are added. Where rows came in another order than their
    numbers, or went, all are read again."""
    if group is not None:
        new = _signed(session, case, group.mark.newest, mark.newest)
        if len(new) == mark.rows - group.mark.rows:
            group.add([one for one in new if one is not None], mark)
            return group
    return Group(mark, [one for one in _signed(session, case, 0, mark.newest) if one is not None])


def _signed(session: Session, case: Case, after: int, newest: int) -> list[Signed | None]:
    """The versions measured in a span: None for each of another class or round. One statement."""
    span = {"round": case.round_id, "kind": case.body.kind, "after": after, "newest": newest}
    found = read_rows(session, _measured(), span)
    return [Signed(case_id, number, at, VALUES.decode(by_code)) if ours else None for ours, case_id, number, at, by_code in found]


@cache
def _measured() -> Select[*tuple[Any, ...]]:
    ours = and_(Case.round_id == bindparam("round"), Body.kind == bindparam("kind"))
    by_code = sql_case((ours, cast(Measures.by_code, Text)))  # of the others nothing is read
    return (
        select(ours, ReturnVersion.case_id, ReturnVersion.number, ReturnVersion.frozen_at, by_code)
        .join(Measures, Measures.version_id == ReturnVersion.id)
        .join(Case, Case.id == ReturnVersion.case_id)
        .join(Body, Body.id == Case.body_id)
        .where(Measures.id > bindparam("after"), Measures.id <= bindparam("newest"))
    )


def compared_with(case: Case) -> str:
    """Whose returns the comparators are, in words."""
    return f"others of the class “{case.body.class_name}”"
