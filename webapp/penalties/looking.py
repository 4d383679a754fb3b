"""The bodies of a round and their figures, as a rule for the penalty looks at them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.cases.models import Case, Stay
from webapp.checks.models import Measures
from webapp.register.models import Body
from webapp.returns.models import ReturnValue, ReturnVersion
from webapp.templating import measured
from workflows.benchmarks.groups import Member, key_of
from workflows.benchmarks.penalty import Figure, Standing, Subject, Told
from workflows.benchmarks.rules import GROUP_KINDS, GroupKind
from workflows.programme import Programme
from workflows.programme.rests import entered_items, scope_item

SETTLED: Mapping[str, Standing] = {"accepted": "returned", "not_returned": "not_returned", "exempt": "exempt"}
"""Where a return must stand to be judged by; in every other state the body is still awaited."""
KINDS: tuple[GroupKind, ...] = ("class", "region", "sector", "population", "headcount", "all")
NOT_FIRM = ("estimate", "provisional")


@dataclass
class Looked:
    """The bodies of a round, and their figures by body and indicator, as a rule looks at them."""

    subjects: list[Subject] = field(default_factory=list)
    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)


def looked_at(
    session: Session,
    round_id: int,
    programme: Programme,
    indicators: Sequence[str],
    at: date,
    same: ColumnElement[bool] | None = None,
) -> Looked:
    """The bodies of a round, grouped as they are on a day, with the values of some indicators in their newest signed-off
    returns; `same` narrows them to those of one group. One statement, however many bodies: what is not firm, not known or
    counted otherwise comes with it.
    """
    of_item = {code: entered_items(programme, programme.indicator(code)) for code in indicators}
    scopes = {code: scope_item(programme, programme.indicator(code).function) for code in indicators}
    rows = session.connection().execute(_looked_at(round_id, indicators, {i for items in of_item.values() for i in items},
                                                   {s for s in scopes.values() if s}, same)).all()  # fmt: skip
    found = Looked()
    marks: dict[str, list[Any]] = {}
    for row in rows:
        if row.code not in marks:
            marks[row.code] = []
            found.subjects.append(_subject(row, programme, at))
        if row.item is not None:
            marks[row.code].append(row)
    values = {row.code: row[-len(indicators) :] for row in rows}
    for code, noted in marks.items():
        for indicator, value in zip(indicators, values[code], strict=True):
            found.figures[code, indicator] = _figure(value, noted, of_item[indicator], scopes[indicator])
    return found


def _looked_at(
    round_id: int, indicators: Sequence[str], items: Collection[str], scopes: Collection[str], same: ColumnElement[bool] | None
) -> Select[*tuple[Any, ...]]:
    newest = (
        select(ReturnVersion.case_id, func.max(ReturnVersion.number).label("number"))
        .join(Case, Case.id == ReturnVersion.case_id)
        .where(Case.round_id == round_id, ReturnVersion.frozen_at.is_not(None), ReturnVersion.withdrawn_at.is_(None))
        .group_by(ReturnVersion.case_id)
        .subquery()
    )
    version, value = ReturnVersion, ReturnValue
    noted = or_(
        and_(value.item.in_(items), or_(value.basis.in_(NOT_FIRM), value.not_known != "")),
        and_(value.item.in_(scopes), value.answer_text == "no"),
    )
    query = (
        select(
            Case.ref, Body.code, Organisation.name, Case.sector, Body.class_name, Body.region, Body.population, Body.end_date,
            Case.headcount, Stay.state,
            value.item, value.basis, value.not_known, value.known_by, *(Measures.by_code[code].as_float() for code in indicators),
        )
        .select_from(Case)
        .join(Body, Body.id == Case.body_id)
        .join(Organisation, Organisation.id == Body.id)
        .join(Stay, and_(Stay.case_id == Case.id, Stay.track == "return", Stay.until.is_(None)))
        .outerjoin(newest, newest.c.case_id == Case.id)
        .outerjoin(version, and_(version.case_id == Case.id, version.number == newest.c.number))
        .outerjoin(Measures, Measures.version_id == version.id)
        .outerjoin(value, and_(value.version_id == version.id, noted))
        .where(Case.round_id == round_id)
        .order_by(Organisation.name, Case.id)
    )  # fmt: skip
    return query if same is None else query.where(same)


def _subject(row: Any, programme: Programme, at: date) -> Subject:
    sector = programme.sector(row.sector).name
    member = Member(row.code, row.name, sector, "", row.class_name, row.region, row.population, row.headcount, row.end_date)
    keys = {kind: key_of(kind, member) for kind in KINDS} if member.active(at) else {}
    groups: dict[str, str] = {kind: GROUP_KINDS["all"] if kind == "all" else key for kind, key in keys.items() if key is not None}
    standing = SETTLED.get(row.state, "awaited")
    return Subject(row.code, row.name, standing, groups, row.class_name, row.region or "", ref=row.ref)


def _figure(value: float | None, noted: Iterable[Any], items: Collection[str], scope: str) -> Figure:
    """A value with what is noted of the items that it rests on."""
    provisional, differs, known_by = False, False, None
    for row in noted:
        if row.item == scope:
            differs = True
        elif row.item in items and row.not_known:
            known_by = max(known_by or row.known_by, row.known_by) if row.known_by else known_by
        elif row.item in items:
            provisional = True
    return Figure(value, provisional, differs, known_by if value is None else None)


def same_group(subject: Body, kind: GroupKind) -> ColumnElement[bool] | None:
    """The condition that a body is of the same group as another, where SQL can tell it; None: look at all."""
    match kind:
        case "class":
            return Body.class_name == subject.class_name
        case "region" if subject.region:
            return Body.region == subject.region
    return None


def says(programme: Programme) -> Told:
    """How the values of a programme's indicators read."""

    def say(code: str, value: float | None) -> str:
        return "no figure" if value is None else measured(Decimal(repr(value)), programme.indicator(code).unit)

    return say
