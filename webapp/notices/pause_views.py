"""The page on which officers pause reminders to the people of a body."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.notices import pauses
from webapp.notices.models import ReminderPause
from webapp.templating import day as _day
from workflows.deadlines.reminders import Pause
from workflows.engine import Reason, Refused

blueprint = Blueprint("pauses", __name__)


@blueprint.route("/cases/<ref>/reminders", methods=["GET", "POST"])
@needs("reminders.pause")
def paused(ref: str) -> ResponseReturnValue:
    """The pauses of the case's body, and beginning one: which reminders will not be sent is shown before it is saved."""
    if request.method == "GET":
        return _page(())
    here, case, inputs = work(), this_case(), read_inputs(pauses.ASKS, request.form)
    try:
        pause = pauses.read(inputs, here.now)
        save, seen = request.form.get("do") == "save", request.form.get("was-mark", "")
        silenced = pauses.silenced(here.session, case.body_id, pause, here.now)
        if not save or (seen and seen != silenced.mark):
            pauses.must_go(here.session, case.body_id, here.now)
            reasons = (Reason("What will not be sent has changed since you looked. This is how it is now.", "#not-sent"),) if save else ()
            sent = [(name, value) for name, value in inputs.items() if value]
            return _page(reasons, 409 if save else 200, pause=pause, silenced=silenced, sent=sent)
        pauses.begin(here, case, pause)
    except Refused as refused:
        return _page(refused.reasons, 422 if refused.kind == "input" else 409)
    flash(f"Reminders to {case.body.organisation.name} are paused. They begin again on {_day(pause.until)}.")
    return redirect(url_for("pauses.paused", ref=ref), 303)


def _page(
    reasons: tuple[Reason, ...], status: int = 200, *, pause: Pause | None = None, silenced: pauses.Silenced | None = None,
    sent: list[tuple[str, str]] | None = None,
) -> Response:  # fmt: skip
    here, case, facts = work(), this_case(), facts_here()
    html = render_template(
        "pauses.html", case=case, facts=facts, head=presenter.head(facts), found=pauses.pauses_of(here.session, case.body_id),
        pause=pause, silenced=silenced, sent=sent,
        asked=pauses.ASKS, form=form_of(pauses.ASKS, reasons), reasons=with_anchors(reasons, pauses.ASKS),
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/reminders/<int:pause_id>/end")
@needs("reminders.pause")
def ended(ref: str, pause_id: int) -> ResponseReturnValue:
    """End a pause before its day."""
    found = work().session.get(ReminderPause, pause_id)
    if found is None or found.body_id != this_case().body_id:
        raise NotFound("There is no such pause of reminders to this body.")
    try:
        pauses.end(work(), found)
    except Refused as refused:
        return _page(refused.reasons, 409)
    flash("Reminders go again from now on. What was due meanwhile is not made up.")
    return redirect(url_for("pauses.paused", ref=ref), 303)
