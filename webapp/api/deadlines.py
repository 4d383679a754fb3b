"""The deadlines of a case and more time for them, by token, with the same rules as the pages; and in whose hands it was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from webapp.access import needs
from webapp.api.returns import blueprint
from webapp.api.views import sent_json
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.deadlines import extending, queries
from webapp.deadlines.extending import ASK_ASKS, DECIDE_ASKS, GIVE_ASKS, Changed
from webapp.deadlines.models import Deadline, Extension
from webapp.deadlines.presenting import Asked, Shown, shown_of
from webapp.errors import Conflict
from webapp.hands.presenting import hands_json
from webapp.hands.queries import of_case
from workflows.asks import Ask
from workflows.engine import Reason, Refused

__all__ = ["blueprint"]


@blueprint.get("/cases/<ref>/hands")
@needs("case.see")
def hands(ref: str) -> ResponseReturnValue:
    """With whom the case lay, and for how long, on each track that the token's role may know of."""
    here = work()
    return jsonify(hands_json(of_case(here.session, this_case(), here.actor, here.now), here.now))


@blueprint.get("/cases/<ref>/deadlines")
@needs("case.see")
def deadlines(ref: str) -> ResponseReturnValue:
    """The deadlines of a case: each with its sum, its history, the requests for more time and what may be done now."""
    here, facts = work(), facts_here()
    return jsonify({"deadlines": [_deadline_json(one) for one in shown_of(here.session, here.actor, facts)]})


def _deadline_json(one: Shown) -> dict[str, Any]:
    told = one.deadline
    return {
        "id": told.id, "rule": told.rule, "label": one.label, "role": told.role, "opened_at": told.opened_at.isoformat(),
        "due_at": told.due_at.isoformat(), "first_due_at": (told.first_due or told.due_at).isoformat(), "extensions": told.extensions,
        "clock_stands_since": _iso(told.stopped_at), "closed_at": _iso(told.closed_at), "outcome": told.outcome,
        "how_it_comes_about": told.explanation,
        "history": [{"kind": change.kind, "at": change.at.isoformat(), "who": change.who, "why": change.why,
                     "due_before": _iso(change.due_before), "due_after": change.due_after.isoformat()} for change in one.changes],
        "requests": [_request_json(asked) for asked in one.requests],
        "may": {"ask": one.may_ask, "decide": one.may_decide, "withdraw": any(asked.mine for asked in one.requests),
                "why_not": one.why_not},
        "mark": extending.mark_of(told, one.waits.request if one.waits else None) if one.may_decide else None,
    }  # fmt: skip


def _request_json(asked: Asked) -> dict[str, Any]:
    one = asked.request
    return {
        "state": one.state, "asked_at": one.asked_at.isoformat(), "who": asked.who, "wished": one.wished_on.isoformat(), "why": one.why,
        "decided_at": _iso(one.decided_at), "decider": asked.decider if one.decided_at else "",
        "granted": one.granted_on.isoformat() if one.granted_on else None, "answer": one.answer,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _found(deadline_id: int) -> Deadline:
    found = queries.deadline_of(work().session, this_case(), work().actor, deadline_id)
    if found is None:
        raise NotFound("There is no such deadline in this case that you may see.")
    return found


def _texts(asks: Sequence[Ask], *more: str) -> dict[str, str]:
    """What was sent for these questions, each as text. Raises BadRequest for anything else."""
    sent, known = sent_json(), [ask.name for ask in asks] + list(more)
    if not isinstance(sent, dict):
        raise BadRequest(f"Send JSON with {', '.join(f'“{name}”' for name in known)}; dates like 2010-03-12.")
    if strange := sorted(set(sent) - set(known)):
        raise BadRequest(f"“{strange[0][:40]}” is not known here. Send {', '.join(f'“{name}”' for name in known)}.")
    if wrong := sorted(name for name, value in sent.items() if not isinstance(value, str)):
        raise BadRequest(f"Give {', '.join(wrong)} as text, in quotation marks.")
    return dict(sent)


@blueprint.post("/cases/<ref>/deadlines/<int:deadline_id>/extension")
@needs("extension.ask")
def ask(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Ask for more time: `wished`, the day, and `why`."""
    deadline = _found(deadline_id)
    made = extending.ask(work(), facts_here(), deadline, _texts(ASK_ASKS))
    return _told(deadline, made)


@blueprint.post("/cases/<ref>/deadlines/<int:deadline_id>/extension/withdrawal")
@needs("extension.ask")
def withdraw(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Take one's request for more time back."""
    deadline = _found(deadline_id)
    found = queries.open_extension(work().session, deadline)
    if found is None:
        raise NotFound("There is no request for more time on this deadline that waits for an answer.")
    extending.withdraw(work(), found)
    return _told(deadline, found)


@blueprint.post("/cases/<ref>/deadlines/<int:deadline_id>/decision")
@needs("extension.decide")
def decide(ref: str, deadline_id: int) -> ResponseReturnValue:
    """Grant more time or refuse it (`decision`, `day`, `reason`), with the `mark` of the deadline as GET gave it.

    Where nobody asked more time is given: `day` and `reason`.
    """
    here, case, deadline = work(), this_case(), _found(deadline_id)
    waits = queries.open_extension(here.session, deadline)
    if why := extending.why_not_decide(here.actor, case, deadline, waits):
        raise Refused("state", (Reason(why, "deadlines"),))
    inputs = _texts(DECIDE_ASKS if waits else GIVE_ASKS, "mark")
    mark = inputs.pop("mark", "")
    if not mark:
        raise BadRequest("Give the “mark” of the deadline on which you decided. GET tells it.")
    if mark != extending.mark_of(deadline, waits):
        raise Conflict("Somebody else has changed this deadline, or its request, since you read it. Nothing was saved. Read it again.")
    decision = extending.read_decision(here, deadline, waits, inputs)
    try:
        extending.decide(here, case, deadline, decision, seen=mark)
    except Changed:
        raise Conflict("Somebody else has changed this deadline meanwhile. Nothing was saved. Read it again.") from None
    return _told(deadline, waits)


def _told(deadline: Deadline, request: Extension | None) -> Response:
    work().session.flush()
    return jsonify({"id": deadline.id, "due_at": deadline.due_at.isoformat(), "how_it_comes_about": deadline.explanation,
                    "request": request.state if request else None})  # fmt: skip
