"""The deadlines of a case with their history, more time for one of them, and the closing days of its body."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.deadlines import closings, extending, queries
from webapp.deadlines.extending import ASK_ASKS, DECIDE_ASKS, GIVE_ASKS, Changed
from webapp.deadlines.models import ClosingDays, Deadline, Extension
from webapp.deadlines.presenting import shown_of, who
from webapp.notices.pauses import open_pause
from webapp.templating import day as _day
from workflows.engine import Reason, Refused

blueprint = Blueprint("deadlines", __name__)

CHANGED = "Somebody else has changed this since you opened the page. Nothing was saved. Look at what it says now, then do it again."


@blueprint.get("/cases/<ref>/deadlines")
@needs("case.see")
def listed(ref: str) -> ResponseReturnValue:
    """Every deadline that one may see, each with its whole history on one line of time."""
    here, case, facts = work(), this_case(), facts_here()
    shown = shown_of(here.session, here.actor, facts)
    html = render_template(
        "deadlines.html", case=case, facts=facts, head=presenter.head(facts), open=[one for one in shown if one.deadline.closed_at is None],
        closed=[one for one in shown if one.deadline.closed_at is not None], granted=sum(one.deadline.extensions for one in shown),
        paused=open_pause(here.session, case.body_id, here.now),
    )  # fmt: skip
    return make_response(html)


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
    asks_who = who(facts, waits.person.name if waits.person else None, waits.person_id, waits.role) if waits else ""
    more: dict[str, Any] = {"request_": waits, "who": asks_who, "mark": mark, "effect": None, "reckoned": None}
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
