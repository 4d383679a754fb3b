"""The deadlines of a case with their history, more time for one of them, and the closing days of its body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs, sees
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.deadlines import closings, extending, queries
from webapp.deadlines.extending import ASK_ASKS, DECIDE_ASKS, GIVE_ASKS, Changed
from webapp.deadlines.models import ClosingDays, Deadline, Extension
from webapp.deadlines.queries import CaseDeadline
from webapp.review.names import doer_words
from webapp.templating import day as _day
from workflows.deadlines.extensions import open_time
from workflows.deadlines.timeline import Change, Line, line_of
from workflows.engine import Reason, Refused
from workflows.roles import Role

blueprint = Blueprint("deadlines", __name__)

CHANGED = "Somebody else has changed this since you opened the page. Nothing was saved. Look at what it says now, then do it again."


@dataclass(frozen=True)
class Shown:
    """A deadline with all that happened to it, as its page shows it."""

    deadline: CaseDeadline
    label: str
    line: Line | None
    changes: list[Change]
    requests: list["Asked"]
    may_ask: bool
    may_decide: bool
    why_not: str
    """Why no more time can be asked for or given now, told to whoever could otherwise."""

    @property
    def waits(self) -> "Asked | None":
        """The request that waits for an answer."""
        return next((one for one in self.requests if one.request.state == "open"), None)


@dataclass(frozen=True)
class Asked:
    """A request for more time, with who asked and who decided in words, and whether the reader may withdraw it."""

    request: Extension
    who: str
    decider: str
    mine: bool


@blueprint.get("/cases/<ref>/deadlines")
@needs("case.see")
def listed(ref: str) -> ResponseReturnValue:
    """Every deadline that one may see, each with its whole history on one line of time."""
    here, case, facts = work(), this_case(), facts_here()
    every = queries.deadlines_of(here.session, case)
    facts.know_deadlines(every)
    changes = queries.changes_of(here.session, case, here.actor)
    asked: dict[int, list[Asked]] = {}
    for row in queries.extensions_of(here.session, case, here.actor):
        one: Extension = row[0]
        mine = one.state == "open" and one.person_id == here.actor.person_id
        asked.setdefault(one.deadline_id, []).append(
            Asked(one, _who(facts, row[1], one.person_id, one.role), _who(facts, row[2], one.decided_by, one.decided_role), mine)
        )
    shown = [_shown(facts, one, changes.get(one.id, []), asked.get(one.id, [])) for one in every if sees(here.actor, one.audience)]
    html = render_template(
        "deadlines.html", case=case, facts=facts, head=presenter.head(facts), open=[one for one in shown if one.deadline.closed_at is None],
        closed=[one for one in shown if one.deadline.closed_at is not None], granted=sum(one.deadline.extensions for one in shown),
    )  # fmt: skip
    return make_response(html)


def _who(facts: CaseFacts, name: str | None, person_id: int | None, role: str | None) -> str:
    """Whoever did something, as the reader may know them, with their role."""
    number = facts.reviewer_numbers.get(person_id or 0, 0)
    words = doer_words(facts.case.round.programme, facts.actor.side, name, number, by_reviewer=role == Role.REVIEWER)
    return ", ".join(part for part in (words or "Yardstick", Role(role).label if role else "") if part)


def _shown(facts: CaseFacts, one: CaseDeadline, rows: list[Any], asked: list[Asked]) -> Shown:
    programme, role = facts.case.round.programme, facts.actor.role
    changes = [
        Change(row.kind, row.at, _who(facts, row.name, row.person_id, row.role), row.why, row.due_before, row.due_after) for row in rows
    ]
    line = line_of(one.opened_at, one.first_due or one.due_at, one.due_at, one.closed_at, changes, facts.now) if changes else None
    label = programme.deadline(one.rule).label
    if one.action_id is not None:
        label += next((f" {action.number}" for action in facts.actions if action.id == one.action_id), "")
    not_now = open_time(one.due_at, one.stopped_at, one.closed_at) if one.closed_at is None else ""
    waits = next((a.request for a in asked if a.request.state == "open"), None)
    asks = may(facts.actor, "extension.ask") and not extending.why_not_ask(facts.actor, facts, one)
    decides = may(facts.actor, "extension.decide") and not extending.why_not_decide(facts.actor, facts.case, one, waits)
    concerned = bool(not_now) and role is not None and (role.value == one.role or role in extending.deciders_of(facts.case, one))
    return Shown(one, label, line, changes, asked, asks and waits is None, decides, not_now if concerned else "")


def _deadline(deadline_id: int) -> Deadline:
    found = queries.deadline_of(work().session, this_case(), work().actor, deadline_id)
    if found is None:
        raise NotFound("There is no such deadline in this case that you may see.")
    return found


def _label(deadline: Deadline) -> str:
    return this_case().round.programme.deadline(deadline.rule).label


def _back(ref: str, deadline: Deadline, text: str) -> ResponseReturnValue:
    flash(text)
    return redirect(f"{url_for('deadlines.listed', ref=ref)}#deadline-{deadline.id}", 303)


@blueprint.route("/cases/<ref>/deadlines/<int:deadline_id>/extension", methods=["GET", "POST"])
@needs("extension.ask")
def ask(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Ask for more time on a deadline."""
    here, facts, deadline = work(), facts_here(), _deadline(deadline_id)
    if request.method == "GET":
        if why := extending.why_not_ask(here.actor, facts, deadline):
            raise Refused("state", (Reason(why, "deadlines"),))
        return _page("extension_ask.html", facts, deadline, ASK_ASKS, ())
    try:
        extending.ask(here, facts, deadline, read_inputs(ASK_ASKS, request.form))
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _page("extension_ask.html", facts, deadline, ASK_ASKS, refused.reasons, 422)
    return _back(
        ref, deadline, f"You asked for more time for “{_label(deadline)}”. Until it is granted nothing stops: what is due stays due."
    )


def _page(
    template: str, facts: CaseFacts, deadline: Deadline, asks: Any, reasons: tuple[Reason, ...], status: int = 200, **more: Any
) -> Response:
    form = more.pop("form", None) or form_of(asks, reasons)
    html = render_template(template, case=this_case(), facts=facts, head=presenter.head(facts), deadline=deadline, label=_label(deadline),
                           rule=this_case().round.programme.deadline(deadline.rule), asked=asks, form=form,
                           reasons=with_anchors(reasons, asks), deciders=extending.deciders_of(this_case(), deadline), **more)  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/deadlines/<int:deadline_id>/extension/withdrawal")
@needs("extension.ask")
def withdraw(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Take one's request for more time back."""
    deadline = _deadline(deadline_id)
    found = queries.open_extension(work().session, deadline)
    if found is None:
        raise NotFound("There is no request for more time on this deadline that waits for an answer.")
    extending.withdraw(work(), found)
    return _back(ref, deadline, "The request for more time is withdrawn.")


@blueprint.route("/cases/<ref>/deadlines/<int:deadline_id>/decision", methods=["GET", "POST"])
@needs("extension.decide")
def decide(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Grant more time or refuse it: what granting brings about is shown before it is saved."""
    here, case, facts, deadline = work(), this_case(), facts_here(), _deadline(deadline_id)
    waits = queries.open_extension(here.session, deadline)
    if why := extending.why_not_decide(here.actor, case, deadline, waits):
        raise Refused("state", (Reason(why, "deadlines"),))
    asks = DECIDE_ASKS if waits is not None else GIVE_ASKS
    mark = extending.mark_of(deadline, waits)
    who = _who(facts, waits.person.name if waits.person else None, waits.person_id, waits.role) if waits else ""
    more: dict[str, Any] = {"request_": waits, "who": who, "mark": mark, "effect": None, "reckoned": None}
    if request.method == "GET":
        return _page("extension_decide.html", facts, deadline, asks, (), form=_offered(waits), **more)
    inputs = read_inputs(asks, request.form)
    seen = request.form.get("was-mark", "")
    try:
        if seen != mark:
            raise Changed
        decision = extending.read_decision(here, deadline, waits, inputs)
        if decision.granted and request.form.get("do") != "save":
            reckoned, effect = extending.effect_of_granting(here, case, deadline, decision)
            more |= {"effect": effect, "reckoned": reckoned}
            return _page("extension_decide.html", facts, deadline, asks, (), **more, values=_sent(inputs))
        extending.decide(here, case, deadline, decision, seen=seen)
    except Changed:
        return _page("extension_decide.html", facts, deadline, asks, (Reason(CHANGED),), 409, **more)
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _page("extension_decide.html", facts, deadline, asks, refused.reasons, 422, **more)
    if decision.granted:
        return _back(ref, deadline, f"More time is granted: “{_label(deadline)}” is due on {_day(deadline.due_at)}. They are told.")
    return _back(ref, deadline, f"More time for “{_label(deadline)}” is refused. They are told.")


def _offered(waits: Extension | None) -> Any:
    """The form of a decision, with the day that was wished."""
    form = form_of(DECIDE_ASKS if waits is not None else GIVE_ASKS)
    if waits is not None:
        wished = waits.wished_on
        form["day"].data, form["day"].raw_data = wished, [str(wished.day), str(wished.month), str(wished.year)]
    return form


def _sent(inputs: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was entered, for the hidden fields of a check page."""
    return [(name, value) for name, value in inputs.items() if value]


@blueprint.route("/cases/<ref>/closing-days", methods=["GET", "POST"])
@needs("closings.keep")
def closing_days(ref: str) -> ResponseReturnValue:
    """The days on which the body is closed, and entering some."""
    if request.method == "GET":
        return _closing_page(())
    try:
        closings.enter(work(), this_case(), read_inputs(closings.ASKS, request.form))
    except Refused as refused:
        return _closing_page(refused.reasons, 422)
    flash("Entered. Deadlines of working days that begin from now on do not count these days.")
    return redirect(url_for("deadlines.closing_days", ref=ref), 303)


def _closing_page(reasons: tuple[Reason, ...], status: int = 200) -> Response:
    here, facts = work(), facts_here()
    html = render_template("closing_days.html", case=this_case(), facts=facts, head=presenter.head(facts),
                           days=queries.closing_days_of(here.session, this_case()), asked=closings.ASKS,
                           form=form_of(closings.ASKS, reasons), reasons=with_anchors(reasons, closings.ASKS))  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/closing-days/<int:closing_id>/withdrawal")
@needs("closings.keep")
def closing_back(ref: str, closing_id: int) -> ResponseReturnValue:
    """Take closing days back."""
    found = work().session.get(ClosingDays, closing_id)
    if found is None or found.body_id != this_case().body_id:
        raise NotFound("There are no such closing days of this body.")
    closings.take_back(work(), found)
    flash("Taken back. Deadlines that run already stay as they are.")
    return redirect(url_for("deadlines.closing_days", ref=ref), 303)
