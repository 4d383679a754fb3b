"""What officers do about time: the requests for more of it, a whole class at once, and the dates of a round."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import work
from webapp.deadlines import classes, dates, queries
from webapp.deadlines.classes import Class
from webapp.deadlines.extending import Changed
from webapp.deadlines.views import CHANGED
from webapp.register.models import Round
from webapp.register.queries import asking_rounds, round_by_code
from webapp.templating import day as _day
from workflows.engine import Reason, Refused
from workflows.programme import DeadlineRule

blueprint = Blueprint("time", __name__)


@blueprint.get("/extensions")
@needs("extensions.list")
def extensions() -> ResponseReturnValue:
    """The requests for more time that wait for an answer."""
    here = work()
    return render_template("extensions.html", found=queries.waiting_extensions(here.session, here.actor), most=queries.MOST,
                           officer=may(here.actor, "extensions.bulk"))  # fmt: skip


def _round(code: str) -> Round:
    found = round_by_code(work().session, code)
    if found is None:
        raise NotFound(f"There is no round {code}.")
    return found


@blueprint.route("/extensions/class", methods=["GET", "POST"])
@needs("extensions.bulk")
def of_class() -> ResponseReturnValue:
    """Give a whole class of bodies more time: the check page lists each of them before anything is saved."""
    here, rounds = work(), asking_rounds(work().session)
    if not rounds:
        return _class_page(rounds, None, None, Class(), ())
    round_ = _round(request.values.get("round", rounds[0].code)[:20])
    rules = classes.rules_of(round_)
    rule = next((one for one in rules if one.code == request.values.get("rule", "")), rules[0] if rules else None)
    which = Class(**{name: request.values.get(name, "").strip()[:80] for name in ("sector", "region", "partnership", "stage")})
    if request.method == "GET" or rule is None:
        return _class_page(rounds, round_, rule, which, ())
    inputs, do = read_inputs(classes.ASKS, request.form), request.form.get("do", "")
    sent = {int(one) for one in request.form.getlist("case") if one.isascii() and one.isdigit()}
    chosen = frozenset(sent) if do in ("again", "save") else None
    try:
        day, reason = classes.read(inputs, here.now)
    except Refused as refused:
        return _class_page(rounds, round_, rule, which, refused.reasons, 422)
    reasons: tuple[Reason, ...] = ()
    if do == "save":
        try:
            taken = classes.grant(here, round_, rule, which, day, reason, chosen or frozenset(), seen=request.form.get("was-mark", ""))
        except Changed:
            reasons = (Reason(CHANGED),)
        except Refused as refused:
            reasons = refused.reasons
        else:
            many = len(taken)
            flash(f"More time is granted to {many} {'body' if many == 1 else 'bodies'} until {_day(day)}. They are told.")
            return redirect(url_for("time.extensions"), 303)
    look = classes.look(here.session, round_, rule, which, day, here.now, chosen)
    if chosen is None:
        chosen = frozenset(line.case_id for line in look.taken)
    html = render_template("extension_class_check.html", round=round_, rule=rule, which=which, day=day, reason=reason, look=look,
                           chosen=chosen, inputs=inputs, reasons=reasons)  # fmt: skip
    return make_response(html, (409 if reasons and not reasons[0].place else 422) if reasons else 200)


def _class_page(
    rounds: list[Round], round_: Round | None, rule: DeadlineRule | None, which: Class, reasons: tuple[Reason, ...], status: int = 200
) -> Response:
    html = render_template(
        "extension_class.html", rounds=rounds, round=round_, rule=rule, rules=classes.rules_of(round_) if round_ else [], which=which,
        choices=classes.choices(work().session), stages=classes.STAGE_CHOICES, asked=classes.ASKS, form=form_of(classes.ASKS, reasons),
        reasons=with_anchors(reasons, classes.ASKS),
    )  # fmt: skip
    return make_response(html, status)


@blueprint.get("/rounds/<code>/dates")
@needs("round.dates")
def round_dates(code: str) -> ResponseReturnValue:
    """The dates of a round."""
    round_ = _round(code)
    return render_template("round_dates.html", round=round_, dates=dates.dates(work().session, round_))


@blueprint.route("/rounds/<code>/dates/<rule>", methods=["GET", "POST"])
@needs("round.dates")
def round_date(code: str, rule: str) -> ResponseReturnValue:
    """Change a date of a round: the effect is shown before it is saved."""
    here, round_ = work(), _round(code)
    known = {one.rule.code: one for one in dates.dates(here.session, round_)}
    if rule not in known:
        raise NotFound(f"The round {code} has no such date.")
    found = known[rule]
    if request.method == "GET":
        return _date_page(round_, found, ())
    inputs, save = read_inputs(dates.ASKS, request.form), request.form.get("do") == "save"
    try:
        day, reason = dates.read(round_, found.rule, inputs, here.now)
        if save:
            done = dates.change(here, round_, found.rule, day, reason, seen=request.form.get("was-mark", ""))
            many = len(done.effect.moves)
            flash(f"“{found.rule.label}” of {round_.name} is now {_day(day)}. {many} deadline{'' if many == 1 else 's'} moved with it.")
            return redirect(url_for("time.round_dates", code=code), 303)
    except Changed:
        return _date_page(round_, found, (Reason(CHANGED),), 409)
    except Refused as refused:
        # What was checked before can only be wrong now because somebody else has changed a date meanwhile.
        return _date_page(round_, found, ((Reason(CHANGED),) if save else ()) + refused.reasons, 409 if save else 422)
    look = dates.look(here.session, round_, found.rule, day, reason, here.now)
    html = render_template("round_date_check.html", round=round_, found=found, day=day, reason=reason, look=look, inputs=inputs)
    return make_response(html)


def _date_page(round_: Round, found: Any, reasons: tuple[Reason, ...], status: int = 200) -> Response:
    html = render_template("round_date.html", round=round_, found=found, asked=dates.ASKS, form=form_of(dates.ASKS, reasons),
                           reasons=with_anchors(reasons, dates.ASKS))  # fmt: skip
    return make_response(html, status)
