"""What the body's earlier round left open on its figures: queries, findings, and actions that are not done.

The body sees it beside its draft before it signs, and may answer at once; who reviews the return then has the answer.
"""

from sqlalchemy import Date, Row, ScalarSelect, Select, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from webapp.access import seen_by
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case, Stay
from webapp.challenge.models import Finding
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.plans.queries import due_now
from webapp.register.models import Round
from webapp.review.models import Annotation, Reply
from webapp.templating import day
from workflows.deadlines.calendar import london_day
from workflows.plans.track import DONE_STATES
from workflows.programme import Programme
from workflows.programme.rests import items_behind
from workflows.returns.checks import Checked, Earlier, Outcome, also_asked
from workflows.review.annotations import ASKING
from workflows.roles import Actor, Side

MEND = "Say what has become of it since. Your answer goes with the figure to whoever reviews it."


def asked_before(session: Session, case: Case, actor: Actor) -> list[Earlier]:
    """What the latest earlier round of the same programme left open, as far as the actor may see it: one statement."""
    previous = (
        select(Case.id)
        .join(Round, Round.id == Case.round_id)
        .where(Case.body_id == case.body_id, Case.round_id < case.round_id, Round.programme_code == case.round.programme_code)
        .order_by(Case.round_id.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    open_then = union_all(_queries(previous, actor), _findings(previous, actor), _actions(previous, actor)).subquery()
    query = select(open_then, Round.name.label("round")).join(Case, Case.id == open_then.c.case_id).join(Round, Round.id == Case.round_id)
    rows = session.execute(query.order_by(open_then.c.what.desc(), open_then.c.id))
    programme = case.round.programme
    return [Earlier(f"earlier.{row.what}-{row.id}", _item(programme, row.item), _words(row), MEND) for row in rows]


def _item(programme: Programme, code: str) -> str:
    """The item at which something is answered: of a measure, the first that is entered for it."""
    measure = programme.find_indicator(code)
    behind = items_behind(measure, programme) if measure else ()
    return next((item for item in behind if programme.item(item).typed), code)


def with_earlier(facts: CaseFacts) -> Checked:
    """The newest version of a return with its checks, and with what the round before left open: one statement more."""
    said = facts.entered.explanations if facts.entered else {}
    return also_asked(facts.checked, asked_before(facts.session, facts.case, facts.actor), said)


def unanswered(facts: CaseFacts) -> tuple[Outcome, ...]:
    """The questions that the body may still answer before it signs."""
    return with_earlier(facts).unanswered


def _words(row: Row[*tuple[object, ...]]) -> str:
    if row.what == "query":
        answer = f" You answered: “{row.more}”" if row.more else ""
        return f"{row.round}: the reviewer asked, “{row.text}” It was not resolved.{answer}"
    if row.what == "finding":
        recommended = f" Recommended: “{row.more}”" if row.more else ""
        return f"{row.round}, finding {row.number}, “{row.title}”: {row.text}{recommended}"
    due = day(row.due_on)
    if row.due_at is not None and london_day(row.due_at) != row.due_on:
        due = f"{day(row.due_at)} (agreed as {due})"
    return f"{row.round}, action {row.number}, due {due}, is not done: “{row.text}”"


def _queries(case_id: ScalarSelect[int], actor: Actor) -> Select[*tuple[object, ...]]:
    note = Annotation
    said = select(Reply.text).where(Reply.annotation_id == note.id, Reply.side == int(Side.BODY), seen_by(Reply.audience, actor))
    answer = said.order_by(Reply.id.desc()).limit(1).scalar_subquery()
    return select(
        literal("query").label("what"), note.case_id, note.id, literal(0).label("number"), note.item, literal("").label("title"),
        note.text, func.coalesce(answer, "").label("more"), cast(null(), Date).label("due_on"),
        cast(null(), Deadline.due_at.type).label("due_at"),
    ).where(note.case_id == case_id, note.kind.in_(ASKING), note.state.in_(("open", "answered")),
            seen_by(note.audience, actor))  # fmt: skip


def _findings(case_id: ScalarSelect[int], actor: Actor) -> Select[*tuple[object, ...]]:
    found = Finding
    # That a finding was withdrawn is told to the body when the outcome is issued: until then it stands.
    stands = or_(found.decision != "withdrawn", found.decision_audience.bitwise_and(int(Side.BODY)) == 0)
    return select(
        literal("finding"), found.case_id, found.id, found.number, found.item, found.title,
        found.condition, found.recommendation, cast(null(), Date), cast(null(), Deadline.due_at.type),
    ).where(found.case_id == case_id, found.item != "", stands, seen_by(found.audience, actor))  # fmt: skip


def _actions(case_id: ScalarSelect[int], actor: Actor) -> Select[*tuple[object, ...]]:
    action = Action
    return (
        select(literal("action"), action.case_id, action.id, action.number, Finding.item, literal(""),
               action.what, literal(""), action.due_on, due_now())
        .join(Finding, Finding.id == action.finding_id)
        .join(Stay, Stay.action_id == action.id)
        .where(action.case_id == case_id, Finding.item != "", Stay.until.is_(None), Stay.state.not_in(DONE_STATES))
        .where(seen_by(action.audience, actor), seen_by(Finding.audience, actor))
    )  # fmt: skip
