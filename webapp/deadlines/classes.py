"""More time for a whole class of bodies at once: whom it concerns, what would change, who is left out and why, then one press."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import Organisation
from webapp.cases.models import Case
from webapp.cases.queries import reviewed_through
from webapp.db import Work
from webapp.deadlines.effects import Effect, Moving, effect_of, seen_mark
from webapp.deadlines.extending import Changed, give
from webapp.deadlines.models import Deadline, Extension
from webapp.register.models import Body, Round
from workflows.asks import Ask, Moment, read_day
from workflows.case import STAGES
from workflows.deadlines.calendar import at_hour, london_day
from workflows.engine import Reason, Refused, problems_of
from workflows.programme import DeadlineRule
from workflows.roles import Role

ASKS = (
    Ask("day", "New last day", kind="date", past=False),
    Ask("reason", "Reason", limit=2000, hint="Every body is told it, and it stands in the sum of each date."),
)


@dataclass(frozen=True)
class Class:
    """Which bodies: those that fit all that is given."""

    sector: str = ""
    region: str = ""
    partnership: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Choices:
    """What a class can be made of, in one round."""

    regions: list[str]
    partnerships: list[tuple[str, str]]


def choices(session: Session) -> Choices:
    """The regions of the register and the partnerships: two statements."""
    regions = session.scalars(select(Body.region).where(Body.region.is_not(None), Body.region != "").distinct().order_by(Body.region))
    partnerships = select(Organisation.code, Organisation.name).where(Organisation.kind == "partnership").order_by(Organisation.name)
    return Choices([one for one in regions if one], [(row[0] or "", row[1]) for row in session.execute(partnerships)])


def rules_of(round_: Round) -> list[DeadlineRule]:
    """The deadlines of a round that an officer may extend for a whole class: those of bodies, not those of single actions."""
    return [rule for rule in round_.programme.deadlines if Role.OFFICER in rule.granted_by and not rule.given]


@dataclass(frozen=True)
class Line:
    """One body of the class: when it is due, when it would be, or why it is left out."""

    case_id: int
    ref: str
    body: str
    class_name: str
    deadline_id: int | None
    due_at: datetime | None
    new: datetime | None
    left_out: str
    asked: bool


@dataclass(frozen=True)
class Look:
    """The whole class as a check page shows it."""

    lines: list[Line]
    effect: Effect
    mark: str

    @property
    def taken(self) -> list[Line]:
        """The bodies that would get more time."""
        return [line for line in self.lines if not line.left_out]

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        """The bodies that would get more time by their class, the classes by name."""
        found: dict[str, list[Line]] = {}
        for line in self.taken:
            found.setdefault(line.class_name, []).append(line)
        return sorted(found.items())

    @property
    def reasons(self) -> list[tuple[str, list[Line]]]:
        """Those that would not, by why."""
        found: dict[str, list[Line]] = {}
        for line in self.left_out:
            found.setdefault(line.left_out, []).append(line)
        return sorted(found.items(), key=lambda pair: -len(pair[1]))

    @property
    def left_out(self) -> list[Line]:
        """Those that would not, each with why."""
        return [line for line in self.lines if line.left_out]


def read(inputs: Mapping[str, str], now: datetime) -> tuple[date, str]:
    """The new day and the reason that were entered. Raises Refused with all that is wrong."""
    if problems := problems_of(ASKS, inputs, Moment(now)):
        raise Refused("input", tuple(problems))
    return read_day(inputs["day"]), inputs["reason"].strip()


def look(
    session: Session, round_: Round, rule: DeadlineRule, which: Class, day: date, now: datetime, only: frozenset[int] | None = None
) -> Look:
    """What it would be to extend a deadline for a class up to a day; the effect is that of `only` these cases, where given.
    Eight statements."""
    lines, moves, deadlines = [], [], []
    for row in session.execute(_of_class(round_, rule, which)):
        case_id, ref, body, class_name, deadline, asked = row
        new = at_hour(day, rule.at)
        left_out = _left_out(deadline, day)
        lines.append(Line(case_id, ref, body, class_name, deadline.id if deadline else None, deadline.due_at if deadline else None,
                          None if left_out else new, left_out, asked is not None))  # fmt: skip
        if deadline is None:
            continue
        deadlines.append(deadline)
        if not left_out and (only is None or case_id in only):
            moves.append(Moving(deadline.id, ref, body, rule.code, deadline.due_at, new))
    return Look(lines, effect_of(session, moves, now), seen_mark(deadlines, rule.code))


def _of_class(round_: Round, rule: DeadlineRule, which: Class) -> Select[int, str, str, str, Deadline | None, int | None]:
    open_ = and_(Deadline.case_id == Case.id, Deadline.rule == rule.code, Deadline.closed_at.is_(None), Deadline.action_id.is_(None))
    asked = select(Extension.id).where(Extension.deadline_id == Deadline.id, Extension.state == "open").scalar_subquery()
    columns: Select[int, str, str, str, Any, Any] = select(Case.id, Case.ref, Organisation.name, Body.class_name, Deadline, asked)
    query = (
        columns.join(Body, Body.id == Case.body_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(Deadline, open_)
        .where(Case.round_id == round_.id)
    )
    for given, clause in ((which.sector, Case.sector == which.sector), (which.region, Body.region == which.region),
                          (which.stage, Case.stage == which.stage)):  # fmt: skip
        if given:
            query = query.where(clause)
    if which.partnership:
        query = query.where(reviewed_through(which.partnership))
    return query.order_by(Organisation.name, Case.id)


def _left_out(deadline: Deadline | None, day: date) -> str:
    if deadline is None:
        return "nothing of this kind is owed now: not yet, not any more, or not by this body"
    if deadline.stopped_at is not None:
        return "its clock stands, and the days are given back"
    if day <= london_day(deadline.due_at):
        return "it is due no sooner already"
    return ""


def grant(
    work: Work, round_: Round, rule: DeadlineRule, which: Class, day: date, reason: str, chosen: frozenset[int], *, seen: str
) -> list[Line]:
    """Give these cases of a class more time, all of them or, where anything is not as it was `seen`, none. Gives whom.

    Raises Changed, and Refused where nobody is chosen.
    """
    session = work.session
    locked = (
        select(Deadline, Case)
        .join(Case, Case.id == Deadline.case_id)
        .options(joinedload(Case.round), joinedload(Case.partnership), joinedload(Case.body).joinedload(Body.organisation))
        .where(Case.round_id == round_.id, Case.id.in_(chosen), Deadline.rule == rule.code, Deadline.closed_at.is_(None))
        .order_by(Case.id, Deadline.id)
        .with_for_update(of=[Case, Deadline], key_share=True)
    )
    rows: dict[int, Row[Deadline, Case]] = {row[0].id: row for row in session.execute(locked)}
    here = look(session, round_, rule, which, day, work.now)
    if here.mark != seen:
        raise Changed
    taken = [line for line in here.taken if line.case_id in chosen]
    if not taken:
        raise Refused("input", (Reason("Choose at least one body that gets more time.", "#bodies"),))
    query = select(Extension).where(Extension.deadline_id.in_([line.deadline_id for line in taken]), Extension.state == "open")
    requests = {request.deadline_id: request for request in session.scalars(query)}
    work.why = reason
    for line in taken:
        deadline, case = rows[line.deadline_id or 0]
        give(work, case, deadline, requests.get(deadline.id), day, reason)
    return taken


STAGE_CHOICES = [(stage.code, stage.label) for stage in STAGES]
