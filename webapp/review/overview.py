"""The coordinator's overview: every review of the partnership in a round, by state, with whose turn it is, its age and its danger."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from webapp.access import seen_by, visible_cases
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.deadlines.verbs import calendar
from webapp.register.models import Round
from workflows.engine import State
from workflows.review.overview import Risk, risk, typical, working_days
from workflows.review.track import REVIEW
from workflows.roles import Actor, Role


@dataclass(frozen=True)
class Row:
    """One case: where its review stands, since when and for how many working days, who reviews it, when it is due, its danger."""

    ref: str
    body: str
    state: State
    turn: Role | None
    since: datetime
    days: int
    reviewers: str
    due_at: datetime | None
    risk: Risk


@dataclass(frozen=True)
class Overview:
    """All of it: the rows that are not over, the most endangered first; how many there are in each state; who has how many on hand."""

    round: Round
    rows: list[Row]
    counts: list[tuple[State, int]]
    load: list[tuple[str, int]]
    elsewhere: int
    """Cases of the partnership whose review has not begun, because the return is not accepted."""


def rounds_with_cases(session: Session) -> list[tuple[str, str]]:
    """The rounds that have cases, by code and name, the newest first: figures that are only held have none. One statement."""
    query = select(Round.code, Round.name).where(exists().where(Case.round_id == Round.id)).order_by(Round.id.desc())
    return [(row.code, row.name) for row in session.execute(query)]


def overview(session: Session, actor: Actor, found: Round, now: datetime, state: str = "") -> Overview:
    """The reviews of the actor's partnership in a round: four statements. `state` narrows the rows to one state of the track."""
    here = Case.round_id == found.id, visible_cases(actor)
    working = calendar(found.programme.nation)
    usual = typical(_left(session, actor, found), working)
    rows = []
    counts: dict[str, int] = {}
    load: dict[str, int] = {}
    people = _reviewers(session, actor, found)
    due = select(func.min(Deadline.due_at)).where(Deadline.case_id == Case.id, Deadline.rule.in_(sorted(REVIEW.rules)), *runs(Deadline))
    due = due.where(seen_by(Deadline.audience, actor)).correlate(Case)
    query = (
        select(Case.id, Case.ref, Organisation.name, Stay.state, Stay.turn, Stay.since, due.scalar_subquery().label("due_at"))
        .join(Organisation, Organisation.id == Case.body_id)
        .join(Stay, Stay.case_id == Case.id)
        .where(*here, Stay.track == "review", Stay.until.is_(None))
    )
    for row in session.execute(query):
        counts[row.state] = counts.get(row.state, 0) + 1
        names = people.get(row.id, [])
        if not REVIEW.state(row.state).final:
            for name in names:
                load[name] = load.get(name, 0) + 1
        if row.state == state if state else not REVIEW.state(row.state).final:
            rows.append(Row(row.ref, row.name, REVIEW.state(row.state), Role(row.turn) if row.turn else None, row.since,
                            working_days(row.since, now, working), ", ".join(names), row.due_at,
                            risk(row.state, row.since, row.due_at, now, working, usual)))  # fmt: skip
    every = session.scalar(select(func.count()).select_from(Case).where(*here)) or 0
    order = {"late": 0, "danger": 1, "": 2}
    rows.sort(key=lambda row: (order[row.risk.kind], row.due_at or datetime.max.replace(tzinfo=now.tzinfo), -row.days, row.body))
    return Overview(found, rows, [(s, counts[s.code]) for s in REVIEW.states if s.code in counts],
                    sorted(load.items(), key=lambda one: (-one[1], one[0])), every - sum(counts.values()))  # fmt: skip


def _left(session: Session, actor: Actor, found: Round) -> list[tuple[str, datetime, datetime]]:
    """How long each state of the track was stayed in that was left."""
    query = select(Stay.state, Stay.since, Stay.until).join(Case, Case.id == Stay.case_id)
    query = query.where(Case.round_id == found.id, visible_cases(actor), Stay.track == "review", Stay.until.is_not(None))
    return [(state, since, until) for state, since, until in session.execute(query) if until is not None]


def _reviewers(session: Session, actor: Actor, found: Round) -> dict[int, list[str]]:
    """Who reviews each case now."""
    one = aliased(Assignment)
    query = select(one.case_id, Person.name).join(Person, Person.id == one.person_id).join(Case, Case.id == one.case_id)
    query = query.where(Case.round_id == found.id, visible_cases(actor), one.kind == "reviewer", one.until.is_(None))
    by_case: dict[int, list[str]] = {}
    for row in session.execute(query.order_by(one.id)):
        by_case.setdefault(row.case_id, []).append(row.name)
    return by_case
