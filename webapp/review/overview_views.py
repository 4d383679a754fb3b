"""What a coordinator sees of all reviews of the partnership: how they stand, and how the reviewers rate beside one another."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from webapp.review import queries, verbs
from webapp.review.calibration import calibration
from webapp.review.overview import overview, rounds_with_cases
from workflows.review.calibration import MINIMUM
from workflows.roles import Role

blueprint = Blueprint("reviews", __name__)


def _round() -> tuple[Round, list[tuple[str, str]]]:
    """The round that is asked for, or the newest that has cases; and all that can be chosen."""
    rounds = rounds_with_cases(work().session)
    code = request.args.get("round", "") or (rounds[0][0] if rounds else "")
    found = round_by_code(work().session, code[:40])
    if found is None:
        raise NotFound("There is no such round.")
    return found, rounds


@blueprint.get("/reviews")
@needs("reviews.list")
def reviews() -> ResponseReturnValue:
    """Every review of the partnership in a round, the most endangered first."""
    here = work()
    found, rounds = _round()
    state = request.args.get("state", "")[:20]
    shown = overview(here.session, here.actor, found, here.now, state)
    nudged = queries.nudged(here.session, found.id, in_london(here.now).date())
    return make_response(render_template("reviews.html", shown=shown, rounds=rounds, narrowed=state, nudged=nudged))


@blueprint.post("/cases/<ref>/nudge")
@needs("case.nudge")
def nudge(ref: str) -> ResponseReturnValue:
    """Remind whoever has the turn in the review, once a day."""
    stay = facts_here().stay("review")
    told = verbs.nudge(work(), this_case(), Role(stay.turn) if stay and stay.turn else None)
    many = f"{told} {'person was' if told == 1 else 'people were'} told that {this_case().body.organisation.name} waits for them."
    flash(many if told else "They were told today already, so they are not told again.")
    kept = {name: request.args[name][:40] for name in ("round", "state") if request.args.get(name)}
    return redirect(url_for("reviews.reviews", **kept) + f"#{ref}", 303)  # type: ignore[arg-type]


@blueprint.get("/calibration")
@needs("calibration.see")
def calibrated() -> ResponseReturnValue:
    """How the reviewers of the partnership rate beside one another in a round."""
    here = work()
    found, rounds = _round()
    shown = calibration(here.session, here.actor, found)
    return make_response(render_template("calibration.html", shown=shown, rounds=rounds, ratings=found.programme.ratings, minimum=MINIMUM,
                                         seed=f"{in_london(here.now):%y%m%d}"))  # fmt: skip
