"""Drawing a sample of reviews to be marked a second time, and the page on which that is done."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may_now, needs
from webapp.allocation.verbs import today
from webapp.cases import presenter
from webapp.cases.forms import form_of, read_inputs
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from webapp.review import marking, queries
from webapp.review.marking import DECLINE_ASKS, SAMPLE_ASKS, Sample
from workflows.asks import Moment
from workflows.engine import Reason, Refused

blueprint = Blueprint("marking", __name__)


def _round() -> Round:
    found = round_by_code(work().session, request.values.get("round", "")[:40])
    if found is None:
        raise NotFound("There is no such round.")
    return found


@blueprint.get("/calibration/sample")
@needs("marking.draw")
def dry_run() -> ResponseReturnValue:
    """What a draw would do. Nothing is written."""
    round_ = _round()
    try:
        drawn = _drawn(round_)
    except Refused as refused:
        return _page(round_, None, refused.reasons, 422)
    return _page(round_, drawn)


def _drawn(round_: Round) -> Sample:
    here = work()
    inputs = read_inputs(SAMPLE_ASKS, request.values)
    return marking.sample(here.session, round_, here.actor.organisation_id or 0, today(here), inputs, Moment(here.now))


def _page(round_: Round, drawn: Sample | None, reasons: tuple[Reason, ...] = (), status: int = 200) -> Response:
    form = form_of(SAMPLE_ASKS, reasons)
    for name in ("percent", "seed"):
        form[name].data = request.values.get(name, "")[:20]
    html = render_template("marking_sample.html", round=round_, sample=drawn, form=form, reasons=reasons)
    return make_response(html, status)


@blueprint.post("/calibration/sample")
@needs("marking.draw")
def draw() -> ResponseReturnValue:
    """Ask everybody who was found, if what was looked at is still what would be done."""
    round_ = _round()
    try:
        drawn = _drawn(round_)
    except Refused as refused:
        return _page(round_, None, refused.reasons, 422)
    if request.form.get("said", "") != drawn.said:
        changed = "The reviews or the reviewers have changed since you looked, so nothing was sent. This is what would be done now."
        return _page(round_, drawn, (Reason(changed),), 409)
    asked = marking.send(work(), drawn)
    flash(f"{asked} review{'' if asked == 1 else 's'} will be marked a second time." if asked else "Nobody could be asked.")
    return redirect(url_for("reviews.calibrated", round=round_.code) + "#second-marking", 303)


@blueprint.get("/cases/<ref>/review/marks")
@needs("marks.see")
def marks(ref: str) -> ResponseReturnValue:
    """The second marking of a case: the form for its marker, both marks side by side for whoever may see them."""
    return _marks()


def _marking() -> marking.Marking:
    found = marking.marking_of(work().session, this_case(), work().actor)
    if found is None:
        raise NotFound("There is no second marking of this return that you may see.")
    return found


def _said() -> dict[str, tuple[str, str]]:
    functions = marking.marked_functions(this_case().round.programme)
    return {one.code: (request.form.get(f"rating-{one.code}", "")[:4], request.form.get(f"note-{one.code}", "")) for one in functions}


def _marks(reasons: tuple[Reason, ...] = (), status: int = 200) -> Response:
    here, case, facts = work(), this_case(), facts_here()
    found = _marking()
    mine = found.assignment.person_id == here.actor.person_id
    kept = marking.marks(here.session, found, here.actor)
    said = {code: (str(mark.rating or ""), mark.note) for code, mark in kept.items()}
    if reasons and "do" in request.form:
        said = _said()
    review = None if mine and not found.opened else queries.review(here.session, case, here.actor)
    programme = case.round.programme
    html = render_template(
        "marks.html", case=case, facts=facts, head=presenter.head(facts), marking=found, mine=mine, said=said, reasons=reasons,
        functions=marking.marked_functions(programme), programme=programme, notes=review.notes if review else [],
        writes=mine and found.assignment.marked_at is None and may_now(here.actor, "marks.write", facts.state("review")),
        by_place={reason.place.removeprefix("#"): reason.text for reason in reasons}, limit=marking.NOTE_LIMIT,
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/review/marks")
@needs("marks.write")
def write(ref: str) -> ResponseReturnValue:
    """Keep the marks, or hand them in."""
    hand_in = request.form.get("do") == "hand_in"
    try:
        marking.save(work(), facts_here(), _marking(), _said(), hand_in=hand_in)
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _marks(refused.reasons, 422)
    flash("You handed in your marks." if hand_in else "Your marks are saved. Nobody sees them before you hand them in.")
    return redirect(url_for("marking.marks", ref=ref), 303)


@blueprint.post("/cases/<ref>/review/marks/refusal")
@needs("marks.write")
def decline(ref: str) -> ResponseReturnValue:
    """Decline to mark a second time, with the reason."""
    try:
        marking.decline(work(), facts_here(), _marking(), read_inputs(DECLINE_ASKS, request.form)["reason"])
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _marks(refused.reasons, 422)
    flash(f"You declined to mark the return of {this_case().body.organisation.name} a second time.")
    return redirect(url_for("cases.today"), 303)
