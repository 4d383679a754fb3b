"""Reads of cases: one, a list, what waits for somebody, what changed."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.access import seen_by, sees, visible_case_ids, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.record import Event
from webapp.register.models import Body, Round
from workflows.case import STAGE_LABELS, TRACKS, track
from workflows.engine import State
from workflows.roles import Actor, Role

PAGE = 50
TELLING = ("track", "annotation", "finding", "score", "review", "action", "evidence_verdict")
"""The kinds of event that are news by themselves; the others follow from these, and stand in the whole record."""


def case_by_ref(session: Session, ref: str, actor: Actor, *, lock: bool = False) -> Case | None:
    """The case of that reference, if the actor sees it: one statement.

    With `lock`, nobody else moves the case until the transaction ends, so that what is read after it stays true. Rows that
    only point to the case may still be added meanwhile, or whoever adds one while holding what we wait for would wait for us.
    """
    query = (
        select(Case)
        .options(joinedload(Case.round), joinedload(Case.body).joinedload(Body.organisation), joinedload(Case.partnership))
        .where(Case.ref == ref, visible_cases(actor))
    )
    if lock:
        query = query.with_for_update(of=Case, key_share=True)
    return session.scalars(query).unique().one_or_none()


@dataclass(frozen=True)
class Filter:
    """What a list of cases is narrowed to. Empty means all."""

    text: str = ""
    round: str = ""
    stage: str = ""
    sector: str = ""
    partnership: str = ""
    turn: str = ""

    def clauses(self, actor: Actor) -> list[ColumnElement[bool]]:
        """The filter in SQL. Whose turn it is counts only on tracks that the actor may know of."""
        found: list[ColumnElement[bool]] = []
        if self.text:
            pattern = f"%{self.text.lower().replace('%', '').replace('_', '')}%"
            found.append(or_(func.lower(Organisation.name).like(pattern), func.lower(Case.ref).like(pattern)))
        if self.round:
            found.append(Round.code == self.round)
        if self.stage:
            found.append(Case.stage == self.stage)
        if self.sector:
            found.append(Case.sector == self.sector)
        if self.partnership:
            here = select(Organisation.id).where(Organisation.code == self.partnership)
            found.append(Case.partnership_id == here.scalar_subquery())
        if self.turn:
            known = [t.code for t in TRACKS.values() if sees(actor, t.audience)]
            waiting = select(Stay.case_id).where(Stay.turn == self.turn, Stay.until.is_(None), Stay.track.in_(known))
            found.append(Case.id.in_(waiting))
        return found


@dataclass
class CaseRow:
    """A case as a line of a list."""

    id: int
    ref: str
    body: str
    sector: str
    round: str
    stage: str
    headcount: int | None
    tracks: dict[str, str] = field(default_factory=dict)
    turn: str = ""
    since: datetime | None = None
    status: State | None = None
    deadline: datetime | None = None
    deadline_rule: str = ""

    @property
    def stage_label(self) -> str:
        return STAGE_LABELS[self.stage]


@dataclass(frozen=True)
class CaseList:
    """A page of a list of cases."""

    rows: list[CaseRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _columns() -> Select[int, str, str, str, str, str, int | None]:
    return (
        select(Case.id, Case.ref, Organisation.name.label("body"), Case.sector, Round.code.label("round"), Case.stage, Case.headcount)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Round, Round.id == Case.round_id)
    )


def case_list(session: Session, actor: Actor, narrowed: Filter, page: int = 1, size: int = PAGE) -> CaseList:
    """A page of the cases that an actor sees, by name of the body: four statements, whatever their number."""
    clauses = [visible_cases(actor), *narrowed.clauses(actor)]
    count = select(func.count()).select_from(Case).join(Round).join(Organisation, Organisation.id == Case.body_id)
    total = session.scalar(count.where(*clauses)) or 0
    last = max(1, -(-total // size))
    page = min(max(1, page), last)
    query = _columns().where(*clauses).order_by(Organisation.name, Case.ref).offset((page - 1) * size).limit(size)
    rows = [CaseRow(*row) for row in session.execute(query)]
    complete(session, actor, rows)
    return CaseList(rows, total, page)


def every_case(session: Session, actor: Actor, narrowed: Filter) -> list[CaseRow]:
    """All the cases of a list, for a command or an export: three statements."""
    query = _columns().where(visible_cases(actor), *narrowed.clauses(actor)).order_by(Case.ref)
    rows = [CaseRow(*row) for row in session.execute(query)]
    complete(session, actor, rows)
    return rows


def complete(session: Session, actor: Actor, rows: list[CaseRow]) -> None:
    """Add where the tracks stand and the next deadline, for the rows shown: two statements."""
    by_id = {row.id: row for row in rows}
    here = select(Stay.case_id, Stay.track, Stay.state, Stay.turn, Stay.since).where(
        Stay.case_id.in_(by_id), Stay.until.is_(None), Stay.action_id.is_(None)
    )
    for stay in session.execute(here):
        if not sees(actor, track(stay.track).audience):
            continue
        row = by_id[stay.case_id]
        row.tracks[stay.track] = stay.state
        if stay.track == row.stage or (stay.track == "return" and row.stage in ("exempt", "not_returned")):
            row.turn, row.since = stay.turn or "", stay.since
            row.status = track(stay.track).state(stay.state)
    due = select(Deadline.case_id, Deadline.due_at, Deadline.rule).where(
        Deadline.case_id.in_(by_id), Deadline.closed_at.is_(None), seen_by(Deadline.audience, actor)
    )
    for deadline in session.execute(due):
        row = by_id[deadline.case_id]
        if row.deadline is None or deadline.due_at < row.deadline:
            row.deadline, row.deadline_rule = deadline.due_at, deadline.rule


def list_choices(session: Session) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The rounds and partnerships that a list can be narrowed to: two statements."""
    rounds = select(Round.code, Round.name).order_by(Round.id.desc())
    found_rounds = [(r.code, r.name) for r in session.execute(rounds)]
    partnerships = select(Organisation.code, Organisation.name).where(Organisation.kind == "partnership")
    return found_rounds, [(r.code, r.name) for r in session.execute(partnerships.order_by(Organisation.name))]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for an actor's role: which case, which track in which state, since when, due when."""

    ref: str
    body: str
    track: str
    state: str
    since: datetime
    due_at: datetime | None
    action: str

    @property
    def status(self) -> State:
        return track(self.track).state(self.state)

    @property
    def place(self) -> str:
        return "plan" if self.track == "action" else "penalty" if self.track == "penalty" else self.track


def waiting_for(session: Session, actor: Actor, limit: int = 100) -> tuple[list[Waiting], int]:
    """What waits for an actor, soonest due first, and how much there is in all: two statements."""
    if actor.role is None:
        return [], 0
    clauses = [visible_cases(actor), Stay.until.is_(None), Stay.turn == actor.role.value]
    if actor.role is Role.ACTION_OWNER:
        clauses.append(Stay.action_id.in_(select(Action.id).where(Action.owner_id == actor.person_id)))
    due = aliased(Deadline)
    same_owner = or_(and_(Stay.action_id.is_(None), due.action_id.is_(None)), due.action_id == Stay.action_id)
    soonest = (
        select(func.min(due.due_at))
        .where(due.case_id == Stay.case_id, due.closed_at.is_(None), due.role == Stay.turn, same_owner)
        .correlate(Stay)
        .scalar_subquery()
    )
    total = session.scalar(select(func.count()).select_from(Stay).join(Case, Case.id == Stay.case_id).where(*clauses)) or 0
    query = (
        select(Case.ref, Organisation.name, Stay.track, Stay.state, Stay.since, soonest.label("due_at"), Action.what)
        .join(Case, Case.id == Stay.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(Action, Action.id == Stay.action_id)
        .where(*clauses)
        .order_by(soonest.is_(None), soonest, Stay.since, Stay.id)
        .limit(limit)
    )
    rows = [Waiting(r.ref, r.name, r.track, r.state, r.since, r.due_at, r.what or "") for r in session.execute(query)]
    return rows, total


def news(session: Session, actor: Actor, since_event: int, limit: int = 30) -> list[Row[Event, str, str, str | None, Round]]:
    """What others did in the cases that an actor sees, newest first, after an event."""
    query = (
        select(Event, Case.ref, Organisation.name, Person.name, Round)
        .join(Case, Case.id == Event.case_id)
        .join(Round, Round.id == Case.round_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(Event.seq > since_event, Event.case_id.in_(visible_case_ids(actor)), seen_by(Event.audience, actor))
        .where(or_(Event.person_id.is_(None), Event.person_id != actor.person_id))
        .where(Event.entity.in_(TELLING))
    )
    return list(session.execute(query.order_by(Event.seq.desc()).limit(limit)))


def last_event(session: Session) -> int:
    """The number of the last event there is."""
    return session.scalar(select(func.max(Event.seq))) or 0


def events_of(
    session: Session,
    case: Case,
    actor: Actor,
    *,
    limit: int = 100,
    before: int | None = None,
    entity: str = "",
    key: str = "",
    telling: bool = False,
) -> list[Row[Event, str | None, str | None]]:
    """The record of a case as an actor sees it, newest first, with names of people and organisations: one statement."""
    query = (
        select(Event, Person.name, Organisation.name)
        .outerjoin(Person, Person.id == Event.person_id)
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .where(Event.case_id == case.id, seen_by(Event.audience, actor))
    )
    if before is not None:
        query = query.where(Event.seq < before)
    if entity:
        query = query.where(Event.entity == entity)
    if key:
        query = query.where(Event.entity_key == key)
    if telling:
        query = query.where(Event.entity.in_(TELLING))
    return list(session.execute(query.order_by(Event.seq.desc()).limit(limit)))


def history(session: Session, case: Case, track_code: str, actor: Actor) -> list[Row[Stay, str | None]]:
    """Every state that a track of a case has been in, as far as the actor may see, with who moved it there."""
    query = (
        select(Stay, Person.name)
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.case_id == case.id, Stay.track == track_code)
        .where(or_(seen_by(Stay.audience, actor), Stay.until.is_(None)))
    )
    return list(session.execute(query.order_by(Stay.id)))


def assigned(session: Session, case: Case) -> list[Row[str, str]]:
    """Who is assigned to a case now: kind and name."""
    query = select(Assignment.kind, Person.name).join(Person).where(Assignment.case_id == case.id, Assignment.until.is_(None))
    return list(session.execute(query.order_by(Assignment.kind)))
