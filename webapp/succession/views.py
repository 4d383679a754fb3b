"""Bodies that end: the map, the officer's preview and proposal, and a handover with its signatures."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.clock import in_london
from webapp.context import work
from webapp.register.models import Body
from webapp.succession import queries, verbs
from webapp.succession.looking import described, look
from webapp.succession.models import Handover
from workflows.engine import Reason, Refused
from workflows.roles import Role
from workflows.succession import Choices, Holding

blueprint = Blueprint("succession", __name__)


@blueprint.get("/successors")
@needs("succession.see")
def listed() -> ResponseReturnValue:
    """The successor map: for an officer all of it, for an approver what concerns their body."""
    here = work()
    mine = None if here.actor.role is Role.OFFICER else here.actor.organisation_id
    return render_template("successors.html", found=queries.the_map(here.session, mine))


@blueprint.get("/successors/<code>")
@needs("succession.keep")
def body(code: str) -> ResponseReturnValue:
    """What of a body will move when it ends, and what stays; with choices in the address, a preview of what they do."""
    here, found = work(), _body(code)
    choices = read_choices(request.args)
    if "preview" not in request.args:
        return _page(found, choices, (), 200)
    try:
        verbs.check(here, found, choices)
    except Refused as refused:
        return _page(found, choices, refused.reasons, 422)
    return _page(found, choices, (), 200, preview=True)


@blueprint.post("/successors/<code>")
@needs("succession.keep")
def propose(code: str) -> ResponseReturnValue:
    """Propose the handover that was previewed, for both sides to sign."""
    found, choices = _body(code), read_choices(request.form)
    try:
        made = verbs.propose(work(), found, choices, request.form.get("reason", ""))
    except Refused as refused:
        preview = all(reason.place in ("", "#reason") for reason in refused.reasons) and refused.kind == "input"
        return _page(found, choices, refused.reasons, 422, preview=preview)
    flash(f"The handover of {found.organisation.name} is proposed. Nothing moves until each side has signed it.")
    return redirect(url_for("succession.one", handover_id=made.id), 303)


@blueprint.get("/handovers/<int:handover_id>")
@needs("succession.see")
def one(handover_id: int) -> ResponseReturnValue:
    """One handover: what goes to whom, and who has signed it."""
    return _handover(_seen(handover_id), (), 200)


@blueprint.post("/handovers/<int:handover_id>/signature")
@needs("succession.sign")
def sign(handover_id: int) -> ResponseReturnValue:
    """Sign a handover for one's body."""
    found = _seen(handover_id, lock=True)
    return _done(found, lambda: verbs.sign(work(), found), "It is signed for your body.")


@blueprint.post("/handovers/<int:handover_id>/refusal")
@needs("succession.sign")
def refuse(handover_id: int) -> ResponseReturnValue:
    """Turn a handover down for one's body, with a reason."""
    found = _seen(handover_id, lock=True)
    return _done(found, lambda: verbs.drop(work(), found, request.form.get("reason", "")), "The handover is turned down.")


@blueprint.post("/handovers/<int:handover_id>/drop")
@needs("succession.keep")
def drop(handover_id: int) -> ResponseReturnValue:
    """Give a handover up, with a reason."""
    found = _seen(handover_id, lock=True)
    return _done(found, lambda: verbs.drop(work(), found, request.form.get("reason", "")), "The handover is dropped.")


@blueprint.post("/handovers/<int:handover_id>/application")
@needs("succession.keep")
def apply(handover_id: int) -> ResponseReturnValue:
    """Carry out a handover that each side has signed."""
    found = _seen(handover_id, lock=True)
    return _done(found, lambda: verbs.apply(work(), found), "The handover is applied: all of it has moved.")


def _done(handover: Handover, carry_out: Callable[[], object], told: str) -> ResponseReturnValue:
    try:
        carry_out()
    except Refused as refused:
        if refused.kind == "state":
            raise
        return _handover(handover, refused.reasons, 422)
    flash(told)
    return redirect(url_for("succession.one", handover_id=handover.id), 303)


def read_choices(said: "MultiDict[str, str]") -> Choices:
    """What was chosen on the page: whatever is no number is not chosen."""
    actions: dict[int, int] = {}
    sharing: dict[int, int | None] = {}
    for name, value in said.items():
        what, _, key = name.partition("-")
        if what == "action" and _number(key) and _number(value):
            actions[int(key)] = int(value)
        elif what == "sharing" and _number(key) and (value == "none" or _number(value)):
            sharing[int(key)] = None if value == "none" else int(value)
    pairs = (text.partition("-") for text in said.getlist("access"))
    access = frozenset((int(one), int(to)) for one, _, to in pairs if _number(one) and _number(to))
    heir = said.get("heir", "")
    return Choices(int(heir) if _number(heir) else None, actions, access, sharing)


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _body(code: str) -> Body:
    found = queries.body_by_code(work().session, code)
    if found is None:
        raise NotFound(f"There is no body {code[:20]} in the register.")
    return found


def _page(found: Body, choices: Choices, reasons: tuple[Reason, ...], status: int, *, preview: bool = False) -> Response:
    here = work()
    seen = look(here.session, found, here.now)
    if not request.args.get("preview") and request.method == "GET" and len(seen.names) == 1:
        choices = _all_to(next(iter(seen.names)), seen.holding)
    html = render_template(
        "succession.html", body=found, seen=seen, choices=choices, reasons=reasons,
        preview=described(here.session, choices) if preview else None,
        waiting=queries.waiting_handover(here.session, found), mine=here.actor.person_id, typed=request.form,
    )  # fmt: skip
    return make_response(html, status)


def _all_to(to: int, holding: Holding) -> Choices:
    """What is chosen before anybody chose, where there is but one successor. Access is offered only to whom the officer ticks,
    and to owners, without whom their actions could not move."""
    moving = {action.owner_id for action in holding.actions}
    access = {(held.id, to) for held in holding.roles if held.role == Role.ACTION_OWNER and held.person_id in moving}
    actions = {action.id: to for action in holding.actions if action.agreed}
    return Choices(to, actions, frozenset(access), dict.fromkeys(holding.sharing, to))


def _seen(handover_id: int, *, lock: bool = False) -> Handover:
    """A handover, if it is for the actor to know of: an officer, or an approver of one of the bodies of the map."""
    here = work()
    found = queries.handover(here.session, handover_id, lock=lock)
    if found is None:
        raise NotFound
    concerned = {found.predecessor_id, found.heir_id, *(line.successor_id for line in queries.lines_of(here.session, found.predecessor))}
    if here.actor.role is not Role.OFFICER and here.actor.organisation_id not in concerned:
        raise NotFound
    return found


def _handover(found: Handover, reasons: tuple[Reason, ...], status: int) -> Response:
    here = work()
    choices = verbs.chosen(found)
    signed = {signature.body_id: signature for signature in found.signatures}
    needed = verbs.must_sign(here.session, found, here.now) if found.waits else list(signed)
    names = {line.successor_id: line.successor.organisation.name for line in queries.lines_of(here.session, found.predecessor)}
    names[found.predecessor_id] = found.predecessor.organisation.name
    parts, ended = described(here.session, choices)
    html = render_template(
        "handover.html", handover=found, parts=parts, ended=ended, reasons=reasons, typed=request.form, signed=signed,
        sides=[(one, names[one]) for one in dict.fromkeys((*needed, *signed)) if one in names],
        may_sign=here.actor.role is Role.APPROVER and found.waits and here.actor.organisation_id in needed
        and here.actor.organisation_id not in signed,
        ready=found.waits and set(needed) <= signed.keys(), today=in_london(here.now).date(),
    )  # fmt: skip
    return make_response(html, status)
