"""The coordinator's allocation page, its dry run, and the pages on which reviewers and coordinators say what is known of a reviewer."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.allocation import queries, verbs
from webapp.allocation.forms import AWAY_ASKS, INTEREST_ASKS, MOST, PROFILE_ASKS, Choice, read_choices
from webapp.allocation.models import Interest
from webapp.allocation.queries import Board, Colleague
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import work
from webapp.register.models import Round
from webapp.sharing.forms import functions
from workflows.asks import Ask
from workflows.engine import Reason, Refused
from workflows.review.allocation import Lack
from workflows.roles import Role

blueprint = Blueprint("allocation", __name__)


def _partnership() -> int:
    return work().actor.organisation_id or 0


def _round(rounds: list[Row[Round, int]]) -> Round:
    """The round that is asked for, or else the newest in which a return waits."""
    asked = request.values.get("round", "")[:20]
    if asked:
        found = next((one for one, _ in rounds if one.code == asked), None)
    else:
        found = next((one for one, number in rounds if number), rounds[0][0] if rounds else None)
    if found is None:
        raise NotFound(f"There is no round “{asked}”.")
    return found


def _wanted(said: str) -> int:
    return min(max(int(said), 1), MOST) if said.isdecimal() and len(said) < 4 else 1


def _board(round_: Round, limit: int | None) -> Board:
    here = work()
    return queries.board(here.session, round_, _partnership(), verbs.today(here), limit, due=verbs.review_due(round_, here.now))


@blueprint.get("/allocation")
@needs("allocation.propose")
def overview() -> ResponseReturnValue:
    """The reviewers, and the returns that wait for one; with `propose` filled in automatically. Nothing is written."""
    here = work()
    rounds = queries.rounds_waiting(here.session, _partnership())
    if not rounds:
        return _page(None, rounds, 1, [], {})
    wanted = _wanted(request.args.get("reviewers", ""))
    board = _board(_round(rounds), queries.SHOWN)
    if "propose" not in request.args:
        return _page(board, rounds, wanted, [], {})
    proposal = board.proposal(wanted)
    choices = [Choice(one, people) for one, people in proposal.pairs.items() if people]
    return _page(board, rounds, wanted, choices, {lack.return_id: lack for lack in proposal.lacks}, proposed=True)


@blueprint.post("/allocation")
@needs("allocation.propose")
def send() -> ResponseReturnValue:
    """Look through what was chosen, or send the invitations: all of them, or none with every reason why not."""
    here = work()
    choices, sending = read_choices(request.form), request.form.get("do") == "send"
    if not sending:
        here.let_go()
    rounds = queries.rounds_waiting(here.session, _partnership())
    round_ = _round(rounds)
    if sending:
        queries.cases_of(here.session, [choice.case_id for choice in choices])
    board = _board(round_, None)
    wanted = _wanted(request.form.get("reviewers", ""))
    reasons: tuple[Reason, ...] = () if choices else (Reason("Choose a reviewer for one return at least.", "#returns"),)
    if sending and choices:
        try:
            run = verbs.send(here, board, choices)
        except Refused as refused:
            reasons = refused.reasons
        else:
            people = "1 person is" if run.invitations == 1 else f"{run.invitations} reviewers are"
            flash(f"{people} asked to review {len(run.looked)} return{'' if len(run.looked) == 1 else 's'}.")
            return redirect(url_for("allocation.overview", round=round_.code), 303)
    elif choices:
        reasons = verbs.look_through(board, choices).reasons
    shown = {choice.case_id for choice in choices}
    board.returns = [one for number, one in enumerate(board.returns) if number < queries.SHOWN or one.id in shown]
    return _page(board, rounds, wanted, choices, {}, reasons, 422 if sending or not choices else 200)


def _page(
    board: Board | None, rounds: list[Row[Round, int]], wanted: int, choices: Collection[Choice], lacks: Mapping[int, Lack],
    reasons: tuple[Reason, ...] = (), status: int = 200, *, proposed: bool = False,
) -> Response:  # fmt: skip
    run = verbs.look_through(board, choices) if board is not None and choices else None
    places = max([wanted, *(len(choice.people) for choice in choices)])
    html = render_template(
        "allocation.html", board=board, rounds=rounds, wanted=wanted, places=places, run=run, lacks=lacks, most=MOST, proposed=proposed,
        chosen={choice.case_id: choice for choice in choices}, reasons=reasons, names=functions(), day=verbs.today(work()),
    )  # fmt: skip
    return make_response(html, status)


@blueprint.get("/allocation/me")
@needs("reviewer.self")
def me() -> ResponseReturnValue:
    """What is known of oneself as a reviewer."""
    return _known(_myself())


@blueprint.get("/allocation/reviewers/<int:person_id>")
@needs("allocation.propose")
def reviewer(person_id: int) -> ResponseReturnValue:
    """What is known of a reviewer of the partnership."""
    return _known(_colleague(person_id))


def _myself() -> Colleague:
    return _colleague(work().actor.person_id or 0)


def _colleague(person_id: int) -> Colleague:
    found = queries.colleagues(work().session, _partnership(), person_id)
    if not found:
        raise NotFound("There is no such reviewer in your partnership.")
    return found[0]


def _home(person_id: int) -> str:
    here = work().actor
    return url_for("allocation.me") if here.role is Role.REVIEWER else url_for("allocation.reviewer", person_id=person_id)


def _known(who: Colleague, wanted: str = "", reasons: tuple[Reason, ...] = (), status: int = 200) -> Response:
    """The page; the form that was filled in wrongly is `profile`, `away` or `interest`."""
    kept = queries.profile(work().session, who.id)
    blank: Callable[[str, tuple[Ask, ...]], Any] = lambda name, asks: form_of(asks, reasons if name == wanted else ())  # noqa: E731
    profile = blank("profile", PROFILE_ASKS)
    if wanted != "profile":
        profile["capacity"].data = str(who.capacity)
    html = render_template(
        "reviewer.html", who=who, mine=who.id == work().actor.person_id, base=_home(who.id), profile=profile, form=blank, wanted=wanted,
        revision=kept.revision if kept else 0, profile_asks=PROFILE_ASKS, away_asks=AWAY_ASKS, interest_asks=INTEREST_ASKS,
        functions=functions(), chosen=request.form.getlist("functions") if wanted == "profile" else who.functions,
        problem=[r.text for r in reasons if r.place == "#functions"], day=verbs.today(work()),
        reasons=with_anchors(reasons, (*PROFILE_ASKS, *AWAY_ASKS, *INTEREST_ASKS)),
    )  # fmt: skip
    return make_response(html, status)


def _profile(who: Colleague) -> ResponseReturnValue:
    try:
        kept = verbs.keep_profile(work(), who.id, read_inputs(PROFILE_ASKS, request.form), request.form.getlist("functions"),
                                  request.form.get("revision", 0, type=int))  # fmt: skip
    except Refused as refused:
        return _known(who, "profile", refused.reasons, 422)
    if not kept:
        changed = "Somebody else changed this since you opened the page. Look at what is kept now, and save again."
        return _known(who, "", (Reason(changed, "#capacity"),), 409)
    flash("It is saved.")
    return redirect(_home(who.id), 303)


def _away(who: Colleague) -> ResponseReturnValue:
    try:
        new = verbs.add_away(work(), who.id, read_inputs(AWAY_ASKS, request.form))
    except Refused as refused:
        return _known(who, "away", refused.reasons, 422)
    flash(f"Away {new.words(verbs.today(work()))}: it is noted.")
    return redirect(_home(who.id) + "#away", 303)


def _back(who: Colleague) -> ResponseReturnValue:
    verbs.remove_away(work(), who.id, request.form.get("away", "")[:10])
    flash("That time away is taken out.")
    return redirect(_home(who.id) + "#away", 303)


def _interest(who: Colleague) -> ResponseReturnValue:
    try:
        verbs.declare(work(), who.id, read_inputs(INTEREST_ASKS, request.form))
    except Refused as refused:
        return _known(who, "interest", refused.reasons, 422)
    flash("The interest is declared. It counts as a conflict in the allocation.")
    return redirect(_home(who.id), 303)


def _end(who: Colleague, interest_id: int) -> ResponseReturnValue:
    found: Interest | None = queries.interest(work().session, interest_id)
    if found is None or found.person_id != who.id:
        raise NotFound("There is no such interest.")
    verbs.end_interest(work(), found)
    flash("The interest ends today. It stays on the record.")
    return redirect(_home(who.id), 303)


@blueprint.post("/allocation/me")
@needs("reviewer.self")
def keep_me() -> ResponseReturnValue:
    """Say what one has room for and knows."""
    return _profile(_myself())


@blueprint.post("/allocation/me/away")
@needs("reviewer.self")
def away_me() -> ResponseReturnValue:
    """Say when one is away."""
    return _away(_myself())


@blueprint.post("/allocation/me/away/removal")
@needs("reviewer.self")
def back_me() -> ResponseReturnValue:
    """Take out a time away of one's own."""
    return _back(_myself())


@blueprint.post("/allocation/me/interests")
@needs("reviewer.self")
def declare_mine() -> ResponseReturnValue:
    """Declare an interest in a body."""
    return _interest(_myself())


@blueprint.post("/allocation/me/interests/<int:interest_id>/end")
@needs("reviewer.self")
def end_mine(interest_id: int) -> ResponseReturnValue:
    """Set the last day of an interest of one's own."""
    return _end(_myself(), interest_id)


@blueprint.post("/allocation/reviewers/<int:person_id>")
@needs("allocation.propose")
def keep_reviewer(person_id: int) -> ResponseReturnValue:
    """Keep what a reviewer has room for and knows."""
    return _profile(_colleague(person_id))


@blueprint.post("/allocation/reviewers/<int:person_id>/away")
@needs("allocation.propose")
def away_for(person_id: int) -> ResponseReturnValue:
    """Note when a reviewer is away."""
    return _away(_colleague(person_id))


@blueprint.post("/allocation/reviewers/<int:person_id>/away/removal")
@needs("allocation.propose")
def back_for(person_id: int) -> ResponseReturnValue:
    """Take out a reviewer's time away."""
    return _back(_colleague(person_id))


@blueprint.post("/allocation/reviewers/<int:person_id>/interests")
@needs("allocation.propose")
def declare_for(person_id: int) -> ResponseReturnValue:
    """Note an interest that a reviewer told of."""
    return _interest(_colleague(person_id))


@blueprint.post("/allocation/reviewers/<int:person_id>/interests/<int:interest_id>/end")
@needs("allocation.propose")
def end_for(person_id: int, interest_id: int) -> ResponseReturnValue:
    """Set the last day of a reviewer's interest."""
    return _end(_colleague(person_id), interest_id)
