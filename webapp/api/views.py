"""The API: cases and their transitions, by token, with the same rules as the pages."""

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from webapp.access import needs, sees, standing
from webapp.accounts.signed_in import NOBODY, actor_of
from webapp.accounts.tokens import membership_of
from webapp.api.presenting import ask_json, case_json
from webapp.app import yardstick
from webapp.cases import moves, queries
from webapp.cases.views import read_filter
from webapp.checks.presenting import checked_json
from webapp.checks.views import checked_here
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.plans import queries as plans
from webapp.plans.models import Action
from webapp.security import csrf
from workflows.asks import KEPT, Misfit, spoken
from workflows.case import track
from workflows.engine import options

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)


@blueprint.before_request
def by_token() -> None:
    """Who acts is told by the token alone: cookies do not count here, so that no other site can act for anybody."""
    g.token_actor = NOBODY
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        with yardstick().database.reading() as session:
            membership = membership_of(session, token.strip())
            if membership is not None:
                g.token_actor = actor_of(membership)


@blueprint.get("/cases")
@needs("cases.list")
def cases() -> ResponseReturnValue:
    """A page of the cases that the token's role sees."""
    found = queries.case_list(work().session, work().actor, read_filter(), request.args.get("page", 1, type=int))
    return jsonify({"cases": [case_json(row) for row in found.rows], "total": found.total, "page": found.page, "pages": found.pages})


@blueprint.get("/cases/<ref>")
@needs("case.see")
def case(ref: str) -> ResponseReturnValue:
    """One case."""
    here = this_case()
    row = queries.one_row(work().session, work().actor, here.id)
    counted = {"headcount": here.headcount, "headcount_basis": here.headcount_basis, "headcount_source": here.headcount_source,
               "headcount_on": here.headcount_on.isoformat() if here.headcount_on else None}  # fmt: skip
    return jsonify({**case_json(row), "version": here.version, "late": row.late(work().now), **counted})


@blueprint.get("/cases/<ref>/return/checks")
@needs("case.see")
def return_checks(ref: str) -> ResponseReturnValue:
    """What still stands between a return and its sign-off, and every check that does not hold, with the body's words."""
    entered, checked = checked_here(facts_here(), request.args.get("version", type=int))
    if entered is None:
        raise NotFound("There is no version of this return that you may see in this role.")
    return jsonify(checked_json(checked, entered))


@blueprint.get("/cases/<ref>/transitions")
@needs("case.see")
def transitions(ref: str) -> ResponseReturnValue:
    """Every transition of a track: allowed or not, and why not."""
    code = request.args.get("track", "")
    if not code:
        raise BadRequest("Name the track: ?track=return, review, challenge, plan, action or penalty.")
    machine = track(code)
    if not sees(work().actor, machine.audience):
        raise NotFound(f"There is no {machine.label} track that you may see in this role.")
    facts = facts_here(_action(request.args.get("action", type=int)) if machine.per_action else None)
    state = facts.state(code)
    found = [
        {
            "name": o.transition.name,
            "label": o.transition.label,
            "target": o.transition.target,
            "roles": [r.value for r in o.transition.roles],
            "asks": [ask_json(a, this_case().round.programme.declaration_of(this_case().sector)) for a in o.transition.asks],
            "allowed": o.allowed,
            "kind": o.kind,
            "reasons": [{"text": r.text, "place": r.place} for r in o.reasons],
        }
        for o in options(machine, state, standing(work().actor), facts)
    ]
    return jsonify({"track": code, "state": state, "version": this_case().version, "transitions": found})


def sent_json() -> Any:
    """The JSON that was sent; None where it is none, or nested beyond reading."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _action(number: int | None) -> Action:
    found = plans.action(work().session, this_case(), work().actor, number) if number else None
    if found is None:
        raise NotFound("Name an action of this plan: action=1.")
    return found


@blueprint.post("/cases/<ref>/transitions")
@needs("case.move")
def move(ref: str) -> ResponseReturnValue:
    """Make a transition. With an Idempotency-Key, a retry is answered like the first request."""
    sent = sent_json()
    if not isinstance(sent, dict) or not isinstance(sent.get("track"), str) or not isinstance(sent.get("name"), str):
        raise BadRequest('Send JSON like {"track": "return", "name": "sign_off", "version": 3}.')
    version = sent.get("version")
    if not isinstance(version, int):
        raise BadRequest("Give the version of the case on which you decided, as a number.")
    here = work()
    machine = track(sent["track"])
    action = _action(sent.get("action") if isinstance(sent.get("action"), int) else None) if machine.per_action else None
    asks = {ask.name: ask for ask in machine.transition(sent["name"]).asks}
    given = {name: value for name, value in sent.items() if name not in ("track", "name", "version", "action")}
    texts = [name for name in given if name not in asks or asks[name].kind not in KEPT]
    wrong = sorted(name for name in texts if not isinstance(given[name], str))
    if wrong:
        raise BadRequest(f"Give {', '.join(wrong)} as text, in quotation marks.")
    inputs = {name: _spoken(name, value) for name, value in given.items()}
    made = moves.make(here, this_case(), sent["track"], sent["name"], inputs, seen=version, action=action)
    here.session.flush()
    return jsonify({"track": sent["track"], "state": made.target, "version": this_case().version, "done": made.done})


def _spoken(name: str, value: object) -> str:
    try:
        return spoken(value)
    except Misfit as problem:
        raise BadRequest(f"“{name}” {problem}.") from None
