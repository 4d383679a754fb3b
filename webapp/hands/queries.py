"""Reads for the time in hands: of one case, and of all cases of a round."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from webapp.access import sees
from webapp.accounts.models import Organisation
from webapp.cases.models import Case, Stay
from webapp.db import read_rows
from webapp.deadlines.calendars import calendar, calendar_of
from webapp.deadlines.models import Deadline, DeadlineChange, Extension
from webapp.register.models import Body, Round
from webapp.returns.models import ReturnVersion
from workflows.case import MAIN_TRACKS, TRACKS
from workflows.deadlines import hands
from workflows.deadlines.calendar import london_day, nation_of
from workflows.deadlines.hands import CaseTimes, Hands, Held, Owed
from workflows.roles import Actor, Role

ORDER = (*MAIN_TRACKS, TRACKS["penalty"])
"""The tracks by which the time in hands is told; actions count with the plan."""


def of_case(session: Session, case: Case, actor: Actor, now: datetime) -> Hands:
    """The time in hands of a case, by the tracks that an actor may know of: one statement."""
    query = select(*_held()).where(Stay.case_id == case.id).order_by(Stay.since, Stay.id)
    known = [track.code for track in ORDER if sees(actor, track.audience)]
    return hands.hands([_read(row) for row in session.execute(query)], calendar_of(case), now, known)


def _held() -> tuple[Any, ...]:
    return Stay.track, Stay.action_id, Stay.state, Stay.turn, Stay.since, Stay.until


def _read(row: Row[*tuple[Any, ...]]) -> Held:
    return Held(row.track, row.action_id, row.state, Role(row.turn) if row.turn else None, row.since, row.until)


class Stood(NamedTuple):
    """A time for which the clock of a deadline stood, and the working days that were given back; none of either while it stands."""

    rule: str
    start: datetime
    end: datetime | None
    days: int
    why: str


def stood(rows: dict[int, list[Row[*tuple[Any, ...]]]], rules: dict[int, str], case: Case) -> list[Stood]:
    """For which times clocks of a case stood, from what happened to its deadlines (`deadlines.queries.changes_of`), by their rules."""
    found = []
    for number, changes in rows.items():
        start: datetime | None = None
        for row in changes:
            if row.kind == "stopped":
                start = row.at
            elif start is not None and row.kind in ("resumed", "closed"):
                days = _given_back(case, start, row.at) if row.kind == "resumed" else 0
                found.append(Stood(rules[number], start, row.at, days, row.why))
                start = None
        if start is not None:
            found.append(Stood(rules[number], start, None, 0, next(row.why for row in changes if row.at == start)))
    return sorted(found, key=lambda one: one.start)


def _given_back(case: Case, start: datetime, end: datetime) -> int:
    return calendar_of(case).working_days(london_day(start), london_day(end))


def round_league(session: Session, round_: Round, now: datetime) -> list[hands.Row]:
    """Who had cases of a round in hand, for how long, and how often late: four statements, whatever the number of cases."""
    stays: dict[int, list[Held]] = defaultdict(list)
    for row in read_rows(session, _stays(), {"round": round_.id}):
        stays[row.case_id].append(_read(row))
    owed: dict[int, list[Owed]] = defaultdict(list)
    for row in read_rows(session, _owed(), {"round": round_.id}):
        owed[row.case_id].append(Owed(row.rule, Role(row.role).side, row.due_at, row.stopped_at is not None, row.closed_at, row.outcome,
                                      row.returned_at, row.asked, row.granted, row.refused))  # fmt: skip
    nation = round_.programme.nation
    cases = [
        CaseTimes((row.code, row.body), (row.partnership_code or "", row.partnership) if row.partnership else None,
                  nation_of(row.gss, nation), stays[row.id], owed[row.id])
        for row in read_rows(session, _cases(), {"round": round_.id})
    ]  # fmt: skip
    offices = {kind: (code or kind, name) for kind, code, name in read_rows(session, _offices())}
    auditor, programme = offices.get("auditor", ("auditor", "The auditor")), offices.get("programme", ("programme", "The programme team"))
    return hands.league(cases, now, calendar, auditor, programme)


def _stays() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(Stay.case_id, *_held()).join(Case, Case.id == Stay.case_id)
    return query.where(Case.round_id == bindparam("round")).order_by(Stay.case_id, Stay.since, Stay.id)


def _owed() -> Select[*tuple[Any, ...]]:
    one, request, change = Deadline, Extension, DeadlineChange
    returned = select(func.min(ReturnVersion.frozen_at)).where(ReturnVersion.case_id == one.case_id).scalar_subquery()
    asked = select(func.count()).where(request.deadline_id == one.id).scalar_subquery()
    refused = select(func.count()).where(request.deadline_id == one.id, request.state == "refused").scalar_subquery()
    granted = select(func.count()).where(change.deadline_id == one.id, change.kind == "extended").scalar_subquery()
    told = (one.case_id, one.rule, one.role, one.due_at, one.stopped_at, one.closed_at, one.outcome, returned.label("returned_at"),
            asked.label("asked"), granted.label("granted"), refused.label("refused"))  # fmt: skip
    return select(*told).join(Case, Case.id == one.case_id).where(Case.round_id == bindparam("round")).order_by(one.case_id, one.id)


def _cases() -> Select[*tuple[Any, ...]]:
    body, partnership = aliased(Organisation), aliased(Organisation)
    told = (Case.id, Body.code, body.name.label("body"), Body.gss, partnership.code.label("partnership_code"),
            partnership.name.label("partnership"))  # fmt: skip
    query: Select[*tuple[Any, ...]] = select(*told).join(Body, Body.id == Case.body_id).join(body, body.id == Case.body_id)
    return query.outerjoin(partnership, partnership.id == Case.partnership_id).where(Case.round_id == bindparam("round")).order_by(Case.id)


def _offices() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(Organisation.kind, Organisation.code, Organisation.name)
    return query.where(Organisation.kind.in_(("auditor", "programme"))).order_by(Organisation.id.desc())
