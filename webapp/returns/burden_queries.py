"""Reads for the burden of a round: the hours that each signed-off return says it took."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.register.models import Body, Round
from webapp.returns.models import ReturnValue, ReturnVersion
from workflows.returns.burden import Burden, burden


@dataclass(frozen=True)
class RoundBurden:
    """The burden of a round, in all and by class of body. `asked` is False where the programme asks nobody for hours."""

    round: Round
    asked: bool
    all: Burden
    by_class: list[tuple[str, Burden]]


def round_burden(session: Session, round_: Round) -> RoundBurden:
    """The hours of the newest signed-off version of every return of a round: one statement."""
    item = round_.programme.burden_item
    newest = (
        select(ReturnVersion.case_id, func.max(ReturnVersion.number).label("number"))
        .join(Case, Case.id == ReturnVersion.case_id)
        .where(Case.round_id == round_.id, ReturnVersion.frozen_at.is_not(None))
        .group_by(ReturnVersion.case_id)
        .subquery()
    )
    query = (
        select(Body.class_name, ReturnValue.amount)
        .select_from(newest)
        .join(ReturnVersion, and_(ReturnVersion.case_id == newest.c.case_id, ReturnVersion.number == newest.c.number))
        .join(Case, Case.id == newest.c.case_id)
        .join(Body, Body.id == Case.body_id)
        .outerjoin(ReturnValue, and_(ReturnValue.version_id == ReturnVersion.id, ReturnValue.item == item))
    )
    hours: dict[str, list[Decimal | None]] = {}
    for class_name, amount in session.execute(query):
        hours.setdefault(class_name, []).append(amount)
    everybody = [one for values in hours.values() for one in values]
    return RoundBurden(round_, bool(item), burden(everybody), [(name, burden(hours[name])) for name in sorted(hours)])


def burden_json(found: RoundBurden) -> dict[str, Any]:
    """The burden of a round as data: hours as numbers."""
    return {"round": found.round.code, "item": found.round.programme.burden_item, **_json(found.all),
            "classes": [{"class": name, **_json(one)} for name, one in found.by_class]}  # fmt: skip


def _json(one: Burden) -> dict[str, Any]:
    numbers = {"total": one.total, "median": one.middle, "lower_quartile": one.lower, "upper_quartile": one.upper}
    return {"returns": one.returns, "told": one.told, **{k: None if v is None else float(v) for k, v in numbers.items()}}
