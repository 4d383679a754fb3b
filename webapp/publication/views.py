"""Publishing a round, and a body's own figures among others: under embargo, with the notes that it puts beside them."""

import re
from datetime import datetime, time

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.cases import presenter
from webapp.clock import LONDON
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.publication import presenting, queries, verbs
from webapp.publication.checklist import checklist
from webapp.publication.models import GroupRequest, Publication
from webapp.publication.verbs import PublicationProblem
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from webapp.templating import case_url, moment
from workflows.benchmarks.release import EDITORS_LIMIT, NOTE_LIMIT
from workflows.dates import read_day
from workflows.engine import Reason

blueprint = Blueprint("publication", __name__)


def _round(code: str) -> Round:
    found = round_by_code(work().session, code)
    if found is None:
        raise NotFound(f"There is no round {code}.")
    return found


@blueprint.get("/rounds/<code>/publication")
@needs("round.publish")
def publications(code: str) -> ResponseReturnValue:
    """The publications of a round, and what may be done with each."""
    return _publications(_round(code))


def _publications(round_: Round, problems: tuple[Reason, ...] = (), status: int = 200) -> Response:
    here = work()
    made = queries.of_round(here.session, round_.id)
    newest = next((one for one in made[:1] if one.publish_at is None or one.publish_at > here.now), None)
    found = checklist(here.session, round_, newest, newest.publish_at or here.now) if newest else None
    asked = queries.groups_asked(here.session, round_.id, None) if found is None else ()
    html = render_template("publication.html", round=round_, made=made, checklist=found, asked=asked, problems=problems,
                           typed=request.form, editors_limit=EDITORS_LIMIT, why_limit=verbs.WHY_LIMIT)  # fmt: skip
    return make_response(html, status)


@blueprint.post("/rounds/<code>/publication")
@needs("round.publish")
def make(code: str) -> ResponseReturnValue:
    """Make the next publication from the figures as they are now."""
    round_ = _round(code)
    why = request.form.get("why", "").strip()[:2000]
    try:
        made = verbs.make(work(), round_, why=why, with_provisional=request.form.get("with_provisional") == "yes", by_itself=True)
    except PublicationProblem as problem:
        return _publications(round_, problem.reasons(), 409)
    flash(f"Publication {made.number} is made. Nobody but the programme team sees it yet.")
    return redirect(url_for("publication.publications", code=code), 303)


@blueprint.post("/rounds/<code>/publication/<int:number>/<verb>")
@needs("round.publish")
def change(code: str, number: int, verb: str) -> ResponseReturnValue:
    """Issue a publication to bodies, publish it now or at a time, take that time back; let warnings stand, write to editors."""
    round_ = _round(code)
    found = verbs.one(work().session, round_, number)
    if found is None or verb not in DO:
        raise NotFound(f"There is no publication {number} of this round, or nothing called {verb} to be done with it.")
    try:
        said = DO[verb](found)
    except PublicationProblem as problem:
        return _publications(round_, problem.reasons(PLACES.get(verb, "#checklist")), 422 if verb in PLACES else 409)
    flash(said)
    return redirect(url_for("publication.publications", code=code), 303)


def _issue(found: Publication) -> str:
    verbs.issue(work(), found)
    return f"Publication {found.number} is with the bodies, under embargo: each sees its own figures, and may put notes beside them."


def _publish(found: Publication) -> str:
    verbs.publish(work(), found)
    return f"Publication {found.number} is published."


def _set(found: Publication) -> str:
    at = _moment()
    verbs.publish(work(), found, at)
    return f"Publication {found.number} will be published on {moment(at)}."


def _hold(found: Publication) -> str:
    verbs.hold(work(), found)
    return f"The time of publication {found.number} is taken back."


def _acknowledge(found: Publication) -> str:
    verbs.acknowledge(work(), found, request.form.getlist("condition"), request.form.get("reason", ""), found.publish_at)
    return "The warnings that you ticked stand, with your reason on the record."


def _editors(found: Publication) -> str:
    verbs.write_editors_note(work(), found, request.form.get("editors", ""), before=request.form.get("before", ""))
    return f"The notes to editors of publication {found.number} are kept."


DO = {"issue": _issue, "publish": _publish, "set": _set, "hold": _hold, "acknowledge": _acknowledge, "editors": _editors}
PLACES = {"set": "#hour", "acknowledge": "#reason", "editors": "#editors"}
"""Where on the page what was typed is mended, by verb; the others type nothing."""


def _moment() -> datetime:
    """The day and hour that was typed, in London. Raises PublicationProblem."""
    typed = [request.form.get(f"at-{part}", "").strip() for part in ("day", "month", "year")]
    try:
        day = read_day("/".join(typed))
    except ValueError:
        raise PublicationProblem("The day of publication must be a real date, like 31 3 2011.") from None
    hour = request.form.get("hour", "").strip() or "9:30"
    if not re.fullmatch(r"([01]?\d|2[0-3])[:.][0-5]\d", hour):
        raise PublicationProblem("The hour of publication must look like 9:30.")
    hours, minutes = re.split(r"[:.]", hour)
    return datetime.combine(day, time(int(hours), int(minutes)), LONDON)


@blueprint.get("/cases/<ref>/benchmarks")
@needs("benchmarks.see")
def benchmarks(ref: str) -> ResponseReturnValue:
    """A body's figures among others, as they are to be published or are."""
    return _benchmarks()


def _benchmarks(problems: tuple[Reason, ...] = (), status: int = 200) -> Response:
    here, case = work(), this_case()
    shown = queries.issued(here.session, case.round_id, here.now)
    profile = presenting.profile(here.session, shown, case.body.code, request.args.get("group", "")[:160]) if shown else None
    asked = request.form.get("indicator", request.args.get("indicator", ""))[:20]
    note = queries.note(here.session, shown.id, case.id, asked) if shown else None
    writes = shown is not None and not shown.public and may(here.actor, "context.write")
    indicator = shown.programme.find_indicator(asked) if shown else None
    html = render_template("benchmarks.html", case=case, head=presenter.head(facts_here()), shown=shown, profile=profile, writes=writes,
                           indicator=indicator, note=note, limit=NOTE_LIMIT, problems=problems, typed=request.form,
                           origin_of=_origin_of)  # fmt: skip
    return make_response(html, status)


def _origin_of(code: str) -> str:
    return url_for("publication.origin", ref=this_case().ref, indicator=code)


@blueprint.get("/cases/<ref>/benchmarks/<indicator>")
@needs("benchmarks.see")
def origin(ref: str, indicator: str) -> ResponseReturnValue:
    """Where a figure of the body comes from."""
    here, case = work(), this_case()
    shown = queries.issued(here.session, case.round_id, here.now)
    found = presenting.origin(here.session, shown, case.body.code, indicator) if shown else None
    if shown is None or found is None:
        raise NotFound(f"There is no figure {indicator} of this body to show.")
    return render_template("benchmarks_origin.html", case=case, head=presenter.head(facts_here()), shown=shown, origin=found,
                           profile=found.profile, words=presenting.words_of)  # fmt: skip


@blueprint.post("/cases/<ref>/benchmarks")
@needs("context.write")
def write_note(ref: str) -> ResponseReturnValue:
    """Keep the note that a body puts beside a figure, or beside all of them."""
    form = request.form
    try:
        verbs.write_note(work(), this_case(), form.get("indicator", "")[:20], form.get("note", ""), seen=form.get("seen", 0, type=int))
    except PublicationProblem as problem:
        return _benchmarks(problem.reasons("#note-text"), 422)
    flash("Your note is kept. It is printed as you wrote it, beside the figure." if form.get("note", "").strip() else "Your note is gone.")
    return redirect(url_for("publication.benchmarks", ref=ref), 303)


@blueprint.get("/cases/<ref>/comparators")
@needs("benchmarks.see")
def comparators(ref: str) -> ResponseReturnValue:
    """The comparator groups that a body asked for, and a form to ask for one."""
    return _comparators()


def _comparators(problems: tuple[Reason, ...] = (), status: int = 200) -> Response:
    here, case = work(), this_case()
    names = queries.names(here.session)
    html = render_template("comparators.html", case=case, head=presenter.head(facts_here()), names=names,
                           requests=queries.requests_of(here.session, case.id), problems=problems, typed=request.form,
                           asks=may(here.actor, "group.ask"),
                           decides=may(here.actor, "group.decide"), fewest=verbs.FEWEST, most=verbs.MOST)  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/comparators")
@needs("group.ask")
def ask(ref: str) -> ResponseReturnValue:
    """Ask for a comparator group of the body's own."""
    codes = re.findall(r"[A-Za-z]\d{4}", request.form.get("codes", "")[:4000])
    try:
        verbs.ask_for_group(work(), this_case(), codes, request.form.get("reason", "")[:2000])
    except PublicationProblem as problem:
        return _comparators(problem.reasons(), 422)
    flash("The group is asked for. The programme team decides on it.")
    return redirect(url_for("publication.comparators", ref=ref), 303)


@blueprint.post("/cases/<ref>/comparators/<int:number>")
@needs("group.decide")
def decide(ref: str, number: int) -> ResponseReturnValue:
    """Decide on a comparator group that was asked for."""
    here = work()
    found = here.session.get(GroupRequest, number)
    if found is None or found.case_id != this_case().id:
        raise NotFound("There is no such request in this case.")
    try:
        verbs.decide_on_group(here, found, accept=request.form.get("decision") == "accept", reason=request.form.get("reason", "")[:2000])
    except PublicationProblem as problem:
        return _comparators(problem.reasons(), 422)
    flash(f"The group is {found.decision}.")
    return redirect(case_url(ref, "comparators"), 303)
