"""Reads of cases: one, a list, what waits for somebody, what changed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, ScalarSelect, Select, and_, bindparam, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.access import Whoever, blind, seen_by, seen_events, sees, values_of, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.looking import by_others, telling
from webapp.cases.models import ASSIGNMENT_AUDIENCES, Assignment, Case, Stay
from webapp.db import read_rows
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.plans.models import Action
from webapp.record import TOLD, Event, Told
from webapp.register.models import Body, Round, programme_of
from webapp.returns.models import ReturnVersion
from webapp.review.models import Annotation
from webapp.review.names import doer_words, number_of
from workflows.case import STAGE_LABELS, TRACKS, track
from workflows.engine import State
from workflows.plans.track import ALL_DONE_TODO, DONE_STATES, IN_DELIVERY
from workflows.programme import Programme
from workflows.returns.lateness import lateness
from workflows.returns.track import RETURN
from workflows.review.annotations import ASKING
from workflows.review.marking import OPEN
from workflows.review.names import KNOWN_TO
from workflows.roles import Actor, Role

PAGE = 50


def case_by_ref(session: Session, ref: str, actor: Actor, *, lock: bool = False) -> Case | None:
    """The case of that reference, if the actor sees it: one statement.

    With `lock`, nobody else moves the case until the transaction ends, so that what is read after it stays true. Rows that
    only point to the case may still be added meanwhile, or whoever adds one while holding what we wait for would wait for us.
    """
    return session.scalars(_case_by_ref(actor.role, lock), {"ref": ref, **values_of(actor)}).one_or_none()


@cache
def _case_by_ref(role: Role | None, lock: bool) -> Select[Case]:
    query = (
        select(Case)
        .options(joinedload(Case.round), joinedload(Case.partnership), joinedload(Case.body).joinedload(Body.organisation))
        .where(Case.ref == bindparam("ref"), visible_cases(Whoever(role)))
    )
    return query.with_for_update(of=Case, key_share=True) if lock else query


def named_like(text: str) -> ColumnElement[bool]:
    """Cases of which the body's name or the reference has a text in it, in a statement that reads the body's organisation."""
    pattern = f"%{text.lower().replace('%', '').replace('_', '')}%"
    return or_(func.lower(Organisation.name).like(pattern), func.lower(Case.ref).like(pattern))


def reviewed_through(code: str) -> ColumnElement[bool]:
    """Cases that the partnership of that code reviews."""
    return Case.partnership_id == select(Organisation.id).where(Organisation.code == code).scalar_subquery()


@dataclass(frozen=True)
class Filter:
    """What a list of cases is narrowed to. Empty means all."""

    text: str = ""
    round: str = ""
    stage: str = ""
    sector: str = ""
    partnership: str = ""
    turn: str = ""
    headcount: str = ""

    @property
    def any(self) -> bool:
        """Whether the list is narrowed at all."""
        return self != Filter()

    def clauses(self, actor: Actor | Whoever) -> list[ColumnElement[bool]]:
        """The filter in SQL. Whose turn it is counts only on tracks that the actor may know of."""
        found: list[ColumnElement[bool]] = []
        if self.text:
            found.append(named_like(self.text))
        if self.round:
            found.append(Round.code == self.round)
        if self.stage:
            found.append(Case.stage == self.stage)
        if self.sector:
            found.append(Case.sector == self.sector)
        if self.partnership:
            found.append(reviewed_through(self.partnership))
        if self.headcount == "unsure":
            found.append(Case.warning != "")
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
    headcount_basis: str = ""
    headcount_on: date | None = None
    headcount_source: str = ""
    return_due: datetime | None = None
    filed_at: datetime | None = None
    tracks: dict[str, str] = field(default_factory=dict)
    turn: str = ""
    since: datetime | None = None
    also: set[str] = field(default_factory=set)
    """Whom actions of the plan wait for."""
    status: State | None = None
    track: str = ""
    deadline: datetime | None = None

    @property
    def stage_label(self) -> str:
        return STAGE_LABELS[self.stage]

    def late(self, now: datetime) -> str:
        """How late the return is, or was, in words; empty where it is in time."""
        found = lateness(self.tracks.get("return"), self.return_due, self.filed_at, now)
        return found.words if found else ""


@dataclass(frozen=True)
class CaseList:
    """A page of a list of cases."""

    rows: list[CaseRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.id, Case.ref, Organisation.name.label("body"), Case.sector, Round.code.label("round"), Case.stage,
            Case.headcount, Case.headcount_basis, Case.headcount_on, Case.headcount_source, return_due(), filed_at(),
        )
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Round, Round.id == Case.round_id)
    )  # fmt: skip


def return_due() -> ScalarSelect[datetime]:
    """When the return of a case is, or was, due, as a column: an extension or a later start counts."""
    due = select(func.max(Deadline.due_at)).where(Deadline.case_id == Case.id, Deadline.rule == "return_due")
    return due.correlate(Case).scalar_subquery()


def filed_at() -> ScalarSelect[datetime | None]:
    """When the first version of the return of a case was signed off, as a column."""
    first = select(func.min(ReturnVersion.frozen_at)).where(ReturnVersion.case_id == Case.id)
    return first.correlate(Case).scalar_subquery()


def case_list(session: Session, actor: Actor, narrowed: Filter, page: int = 1, size: int = PAGE) -> CaseList:
    """A page of the cases that an actor sees, by name of the body: four statements, whatever their number."""
    count, query = _case_list(actor.role, narrowed)
    total = read_rows(session, count, values_of(actor))[0][0]
    last = max(1, -(-total // size))
    page = min(max(1, page), last)
    rows = [CaseRow(*row) for row in read_rows(session, query, {"skipped": (page - 1) * size, "size": size, **values_of(actor)})]
    complete(session, actor, rows)
    return CaseList(rows, total, page)


@lru_cache(maxsize=200)
def _case_list(role: Role | None, narrowed: Filter) -> tuple[Select[int], Select[*tuple[Any, ...]]]:
    clauses = [visible_cases(Whoever(role)), *narrowed.clauses(Whoever(role))]
    count = select(func.count()).select_from(Case).join(Round).join(Organisation, Organisation.id == Case.body_id)
    page = _columns().where(*clauses).order_by(Organisation.name, Case.ref)
    return count.where(*clauses), page.offset(bindparam("skipped", type_=Integer)).limit(bindparam("size", type_=Integer))


def one_row(session: Session, actor: Actor, case_id: int) -> CaseRow:
    """One case as a line of a list, for whoever sees it: three statements."""
    rows = [CaseRow(*row) for row in session.execute(_columns().where(Case.id == case_id))]
    complete(session, actor, rows)
    return rows[0]


def every_case(session: Session, actor: Actor, narrowed: Filter) -> list[CaseRow]:
    """All the cases of a list, for a command or an export: three statements."""
    query = _columns().where(visible_cases(actor), *narrowed.clauses(actor)).order_by(Case.ref)
    rows = [CaseRow(*row) for row in session.execute(query)]
    complete(session, actor, rows)
    return rows


def complete(session: Session, actor: Actor, rows: list[CaseRow]) -> None:
    """Add where the tracks stand and the next deadline, for the rows shown: two statements."""
    by_id = {row.id: row for row in rows}
    known = {t.code for t in TRACKS.values() if sees(actor, t.audience)}
    for stay in read_rows(session, _stays_of(), {"cases": list(by_id)}):
        if stay.track not in known:
            continue
        row = by_id[stay.case_id]
        if stay.action_id is not None:
            row.also.add(stay.turn or "")
            continue
        row.tracks[stay.track] = stay.state
        if stay.track == row.stage or (stay.track == "return" and row.stage in ("exempt", "not_returned")):
            row.turn, row.since, row.track = stay.turn or "", stay.since, stay.track
            row.status = track(stay.track).state(stay.state)
    for deadline in read_rows(session, _open_deadlines_of(actor.role), {"cases": list(by_id)}):
        row = by_id[deadline.case_id]
        if row.deadline is None or deadline.due_at < row.deadline:
            row.deadline = deadline.due_at


@cache
def _stays_of() -> Select[int, str, str, str | None, datetime, int | None]:
    return select(Stay.case_id, Stay.track, Stay.state, Stay.turn, Stay.since, Stay.action_id).where(
        Stay.case_id.in_(bindparam("cases", expanding=True)),
        Stay.until.is_(None),
        or_(Stay.action_id.is_(None), Stay.turn.is_not(None)),
    )


@cache
def _open_deadlines_of(role: Role | None) -> Select[int, datetime]:
    here = Deadline.case_id.in_(bindparam("cases", expanding=True))
    return select(Deadline.case_id, Deadline.due_at).where(here, *runs(Deadline), seen_by(Deadline.audience, Whoever(role)))


def list_choices(session: Session) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The rounds and partnerships that a list can be narrowed to: two statements."""
    rounds, partnerships = ([(row.code, row.name) for row in read_rows(session, query)] for query in _choices())
    return rounds, partnerships


@cache
def _choices() -> tuple[Select[str, str], Select[str, str]]:
    partnerships = select(Organisation.code, Organisation.name).where(Organisation.kind == "partnership")
    return select(Round.code, Round.name).order_by(Round.id.desc()), partnerships.order_by(Organisation.name)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for an actor's role: in which case, what is to be done and where, since when, due when.

    `status` and `track` are those of the track that waits; a query in a review has none. `action` tells which action it is.
    """

    ref: str
    body: str
    todo: str
    place: str
    since: datetime
    due_at: datetime | None = None
    track: str = ""
    status: State | None = None
    action: str = ""
    action_number: int | None = None

    @property
    def order(self) -> tuple[bool, datetime, datetime]:
        """Soonest due first, then longest waiting."""
        return self.due_at is None, self.due_at or self.since, self.since


def waiting_for(session: Session, actor: Actor, limit: int = 100) -> tuple[list[Waiting], int]:
    """What waits for an actor, soonest due first, and how much there is in all: four statements at most."""
    if actor.role is None:
        return [], 0
    query, count = _waiting_for(actor.role)
    asked = _queries(session, actor) + _parts(session, actor)
    rows = [_waiting(row, actor) for row in read_rows(session, query, {"limit": limit, **values_of(actor)})] + asked
    total = read_rows(session, count, values_of(actor))[0][0] + len(asked)
    return sorted(rows, key=lambda row: row.order)[:limit], total


@cache
def _waiting_for(role: Role) -> tuple[Select[str, str, str, str, datetime, datetime | None, str, int], Select[int]]:
    actor = Whoever(role)
    since: ColumnElement[datetime] = Stay.since.expression
    turn = Stay.turn == role.value
    if role is Role.APPROVER:
        done, ended = _delivered()
        turn, since = or_(turn, done), case((done, ended), else_=Stay.since)
    clauses = [visible_cases(actor), Stay.until.is_(None), turn, or_(Stay.action_id.is_(None), seen_by(Action.audience, actor))]
    if role is Role.ACTION_OWNER:
        clauses.append(Action.owner_id == actor.person_id)
    if role is Role.REVIEWER:  # until the lead accepts, the review waits for the lead; the others are told apart (`_parts`)
        leads = exists().where(Assignment.case_id == Stay.case_id, Assignment.person_id == actor.person_id, Assignment.until.is_(None),
                               Assignment.lead)  # fmt: skip
        reviews = exists().where(Assignment.case_id == Stay.case_id, Assignment.person_id == actor.person_id,
                                 Assignment.kind == "reviewer", Assignment.until.is_(None))  # fmt: skip
        clauses += [reviews, or_(Stay.track != "review", Stay.state != "allocated", leads)]
    due = aliased(Deadline)
    same_action = or_(and_(Stay.action_id.is_(None), due.action_id.is_(None)), due.action_id == Stay.action_id)
    same_track = or_(*(and_(Stay.track == t.code, due.rule.in_(sorted(t.rules))) for t in TRACKS.values()))
    soonest = (
        select(func.min(due.due_at))
        .where(due.case_id == Stay.case_id, *runs(due), due.role == role.value, same_action, same_track)
        .correlate(Stay)
        .scalar_subquery()
    )
    count = select(func.count()).select_from(Stay).join(Case, Case.id == Stay.case_id).outerjoin(Action, Action.id == Stay.action_id)
    query = (
        select(
            Case.ref, Organisation.name, Stay.track, Stay.state, since.label("since"), soonest.label("due_at"), Action.what, Action.number
        )
        .join(Case, Case.id == Stay.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(Action, Action.id == Stay.action_id)
        .where(*clauses)
        .order_by(soonest.is_(None), soonest, Stay.since, Stay.id)
        .limit(bindparam("limit", type_=Integer))
    )
    return query, count.where(*clauses)


@dataclass(frozen=True)
class Overdue:
    """A return whose last day has passed, of a body that never signed one off: somebody must look what is to be done."""

    ref: str
    body: str
    state: State
    due_at: datetime

    def late(self, now: datetime) -> str:
        """How late it is, in words."""
        found = lateness(self.state.code, self.due_at, None, now)
        return found.words if found else ""


def overdue_returns(session: Session, actor: Actor, now: datetime, limit: int = 10) -> tuple[list[Overdue], int]:
    """The returns that could be recorded as not made, the longest overdue first, and how many there are: one statement.

    Nothing is moved by the clock: that no return was made is for an officer to say, who may know why.
    """
    candidates = RETURN.transition("record_not_returned").sources
    query = (
        select(Case.ref, Organisation.name, Stay.state, Deadline.due_at, func.count().over())
        .join(Case, Case.id == Deadline.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Stay, and_(Stay.case_id == Case.id, Stay.track == "return", Stay.until.is_(None)))
        .where(Deadline.rule == "return_due", Deadline.closed_at.is_(None), Deadline.due_at < now, visible_cases(actor))
        .where(Stay.state.in_(candidates))
        .where(~exists().where(ReturnVersion.case_id == Case.id, ReturnVersion.frozen_at.is_not(None)))
        .order_by(Deadline.due_at, Organisation.name)
        .limit(limit)
    )
    rows = session.execute(query).all()
    return [Overdue(ref, name, RETURN.state(state), due_at) for ref, name, state, due_at, _ in rows], rows[0][4] if rows else 0


def _waiting(row: Any, actor: Actor) -> Waiting:
    machine = track(row.track)
    state = machine.state(row.state)
    delivered = actor.role is Role.APPROVER and row.track == "plan" and row.state in IN_DELIVERY
    place = (
        f"plan#action-{row.number}" if row.number else "review/next" if row.state == "unallocated" and row.track == "review" else row.track
    )
    return Waiting(row.ref, row.name, ALL_DONE_TODO if delivered else state.todo, place, row.since, row.due_at, row.track, state,
                   row.what or "", row.number)  # fmt: skip


def _delivered() -> tuple[ColumnElement[bool], ColumnElement[datetime]]:
    """Whether a plan is in delivery with every action done, and since when: then it waits for the approver."""
    one = aliased(Stay)
    now = and_(one.case_id == Stay.case_id, one.action_id.is_not(None), one.until.is_(None))
    unfinished = exists().where(now, one.state.not_in(DONE_STATES))
    ended = select(func.max(one.since)).where(now).correlate(Stay).scalar_subquery()
    return and_(Stay.track == "plan", Stay.state.in_(IN_DELIVERY), exists().where(now), ~unfinished), ended


def _queries(session: Session, actor: Actor) -> list[Waiting]:
    """Answers of the body that wait for whoever asked: one line a case."""
    if actor.role is not Role.REVIEWER:
        return []
    found = []
    for row in read_rows(session, _queries_of(), values_of(actor)):
        many = "a query" if row.number == 1 else f"{row.number} queries"
        found.append(Waiting(row.ref, row.name, f"Resolve {many} that the body answered", f"review#annotation-{row.first}", row.since))
    return found


@cache
def _queries_of() -> Select[str, str, int, int, datetime]:
    return (
        select(Case.ref, Organisation.name, func.count().label("number"), func.min(Annotation.id).label("first"),
               func.min(Annotation.at).label("since"))
        .join(Case, Case.id == Annotation.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(visible_cases(Whoever(Role.REVIEWER)), Annotation.kind.in_(ASKING), Annotation.state == "answered")
        .where(exists().where(Assignment.case_id == Case.id, Assignment.person_id == Whoever.person_id, Assignment.until.is_(None),
                              Assignment.kind == "reviewer"))
        .group_by(Case.ref, Organisation.name)
        .order_by(Case.ref)
    )  # fmt: skip


def _parts(session: Session, actor: Actor) -> list[Waiting]:
    """Reviews that somebody else leads and in which the actor has not accepted their part, or has yet to mark a second time."""
    if actor.role is not Role.REVIEWER:
        return []
    rows = read_rows(session, _parts_of(), values_of(actor))
    return [Waiting(row.ref, row.name, *PARTS[row.kind], row.since) for row in rows]


PARTS = {
    "reviewer": ("Accept your part of the review, or decline it", "review/reviewers"),
    "marker": ("Mark this return a second time, or decline to", "review/marks"),
}
"""What waits for a reviewer in a review that they do not lead, and where, by the kind of their work."""


@cache
def _parts_of() -> Select[str, str, datetime, str]:
    here = exists().where(Stay.case_id == Case.id, Stay.track == "review", Stay.until.is_(None))
    accept = and_(Assignment.kind == "reviewer", Assignment.accepted_at.is_(None),
                  here.where(Stay.state.in_(("allocated", "in_review", "with_body"))))  # fmt: skip
    mark = and_(Assignment.kind == "marker", Assignment.marked_at.is_(None), here.where(Stay.state.in_(OPEN)))
    me = Whoever(Role.REVIEWER)
    return (
        select(Case.ref, Organisation.name, Assignment.since.label("since"), Assignment.kind)
        .join(Case, Case.id == Assignment.case_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .where(Assignment.person_id == me.person_id, Assignment.until.is_(None), ~Assignment.lead)
        .where(Case.partnership_id == me.organisation_id, or_(accept, mark))
        .order_by(Case.ref)
    )


def _who(actor: Whoever) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """The columns that tell who did something: `_doer` puts them into words."""
    return Person.name.expression, literal(0) if actor.side & KNOWN_TO else number_of(Event)


def _doer(actor: Actor, programme: Programme, event: Told, name: str | None, number: int) -> str | None:
    return doer_words(programme, actor.side, name, number, by_reviewer=event.role == Role.REVIEWER.value)


@dataclass(frozen=True)
class News:
    """What others did in one case since one last looked, newest first."""

    ref: str
    body: str
    programme: Programme
    events: list[tuple[Told, str | None]]


def news(session: Session, actor: Actor, since_event: int, limit: int = 30) -> tuple[list[News], bool]:
    """What others did in the cases that an actor sees, after an event: the case with the newest first; and whether there is more."""
    found: dict[str, News] = {}
    rows = read_rows(session, _news(actor.role), {"since_event": since_event, "limit": limit + 1, **values_of(actor)})
    for *columns, ref, body, name, number, round_id, programme_hash in rows[:limit]:
        told = Told(*columns)
        if ref not in found:
            found[ref] = News(ref, body, programme_of(session, round_id, programme_hash), [])
        found[ref].events.append((told, _doer(actor, found[ref].programme, told, name, number)))
    return list(found.values()), len(rows) > limit


@cache
def _news(role: Role | None) -> Select[*tuple[Any, ...]]:
    actor = Whoever(role)
    return (
        select(*TOLD, Case.ref, Organisation.name, *_who(actor), Round.id, Round.programme_hash)
        .join(Case, Case.id == Event.case_id)
        .join(Round, Round.id == Case.round_id)
        .join(Organisation, Organisation.id == Case.body_id)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(Event.seq > bindparam("since_event"), visible_cases(actor), seen_by(Event.audience, actor))
        .where(by_others(actor), telling())
        .order_by(Event.seq.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def events_of(
    session: Session,
    case: Case,
    actor: Actor,
    *,
    limit: int = 100,
    before: int | None = None,
    entity: str = "",
    key: str = "",
    news: bool = False,
    since: int | None = None,
) -> list[tuple[Told, str | None, str | None]]:
    """The record of a case as an actor sees it, newest first, with names of people and organisations: one statement.

    With `news` only what is news by itself, and with `since` what others did that is, after the event of that number.
    """
    query = _events_of(actor.role, before is not None, bool(entity), bool(key), news, since is not None)
    values = {"case": case.id, "before": before, "entity": entity, "key": key, "limit": limit, "since_event": since, **values_of(actor)}
    found, programme = [], case.round.programme
    for *columns, name, number, organisation in read_rows(session, query, values):
        told = Told(*columns)
        found.append((told, _doer(actor, programme, told, name, number), organisation))
    return found


@cache
def _events_of(role: Role | None, before: bool, entity: bool, key: bool, news: bool, since: bool) -> Select[*tuple[Any, ...]]:
    actor = Whoever(role)
    query = (
        select(*TOLD, *_who(actor), Organisation.name)
        .outerjoin(Person, Person.id == Event.person_id)
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .where(Event.case_id == bindparam("case"), seen_events(actor))
    )
    if before:
        query = query.where(Event.seq < bindparam("before"))
    if entity:
        query = query.where(Event.entity == bindparam("entity"))
    if key:
        query = query.where(Event.entity_key == bindparam("key"))
    if news:
        query = query.where(telling())
    if since:
        query = query.where(Event.seq > bindparam("since_event"), by_others(actor), telling())
    return query.order_by(Event.seq.desc()).limit(bindparam("limit", type_=Integer))


def history(session: Session, case: Case, track_code: str, actor: Actor, action: Action | None = None) -> list[tuple[Stay, str | None]]:
    """Every state that a track of a case, or of one action, has been in, as far as the actor may see, with who moved it there."""
    reviewers = [t.name for t in track(track_code).transitions if Role.REVIEWER in t.roles]
    query = (
        select(Stay, Person.name, number_of(Stay))
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.track == track_code, or_(seen_by(Stay.audience, actor), Stay.until.is_(None)))
        .where(or_(Stay.track != "review", Stay.until.is_(None), ~blind(Stay, actor)) if actor.role is Role.REVIEWER else true())
    )
    if action is None:
        query = query.where(Stay.case_id == case.id, Stay.action_id.is_(None))
    else:  # one that came from another body has what it was there before what it is here
        ids = [action.id]
        while (action := action.came_from) is not None:
            ids.append(action.id)
        query = query.where(Stay.action_id.in_(ids))
    programme = case.round.programme
    return [(stay, doer_words(programme, actor.side, name, number, by_reviewer=stay.transition in reviewers))
            for stay, name, number in session.execute(query.order_by(Stay.id))]  # fmt: skip


def assigned(session: Session, case: Case, actor: Actor) -> list[Row[str, str]]:
    """Who is assigned to a case now, as far as the actor may know: kind and name."""
    return list(read_rows(session, _assigned(actor.role), {"case": case.id})) if _kinds(actor.role) else []


def _kinds(role: Role | None) -> list[str]:
    """The kinds of assignments of which a role may know."""
    return [kind for kind, audience in ASSIGNMENT_AUDIENCES.items() if sees(Whoever(role), audience)]


@cache
def _assigned(role: Role | None) -> Select[str, str]:
    query = select(Assignment.kind, Person.name).join(Person).where(Assignment.case_id == bindparam("case"), Assignment.until.is_(None))
    return query.where(Assignment.kind.in_(_kinds(role))).order_by(Assignment.kind)
