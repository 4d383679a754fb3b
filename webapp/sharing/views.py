"""Sharing groups: the list, one group, and, for officers, founding and ending groups and memberships."""

from datetime import date

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.clock import in_london
from webapp.context import work
from webapp.sharing import queries, verbs
from webapp.sharing.forms import GROUP_ASKS, LAST, MEMBER_ASKS, checked, functions, no_body, no_function, span_of
from webapp.sharing.models import SharingGroup, SharingMember
from workflows.asks import Ask, Moment
from workflows.benchmarks.sharing import KINDS, told
from workflows.engine import Reason, Refused

blueprint = Blueprint("sharing", __name__)


def _today() -> date:
    return in_london(work().now).date()


@blueprint.get("/sharing")
@needs("sharing.see")
def listed() -> ResponseReturnValue:
    """Every sharing group, with its host, its functions and how many bodies are in it today."""
    return render_template(
        "sharing.html", groups=queries.groups(work().session, _today()), functions=functions(), told=told, today=_today()
    )


@blueprint.route("/sharing/new", methods=["GET", "POST"])
@needs("sharing.keep")
def new() -> ResponseReturnValue:
    """Keep a new sharing group, with its host."""
    if request.method == "GET":
        return _new((), 200)
    here, inputs = work(), read_inputs(GROUP_ASKS, request.form)
    try:
        chosen = request.form.getlist("functions")
        checked(GROUP_ASKS, inputs, Moment(here.now), no_function(chosen))
        host = queries.body_of(here.session, inputs["host"])
        if host is None:
            raise no_body("host", inputs["host"])
        group = verbs.add_group(here, name=inputs["name"].strip(), host=host, functions=chosen, span=span_of(inputs),
                                evidence=inputs["evidence"].strip())  # fmt: skip
    except Refused as refused:
        return _new(refused.reasons, 422)
    flash(f"The sharing group “{group.name}” is kept, with its host as the first member.")
    return redirect(url_for("sharing.one", group_id=group.id), 303)


def _new(reasons: tuple[Reason, ...], status: int) -> Response:
    html = render_template("sharing_new.html", form=form_of(GROUP_ASKS, reasons), asked=GROUP_ASKS, functions=functions(),
                           chosen=request.form.getlist("functions"), problem=[r.text for r in reasons if r.place == "#functions"],
                           reasons=with_anchors(reasons, GROUP_ASKS))  # fmt: skip
    return make_response(html, status)


@blueprint.get("/sharing/<int:group_id>")
@needs("sharing.see")
def one(group_id: int) -> ResponseReturnValue:
    """A group: what it covers, since when, and who is, was or will be in it."""
    return _one(_group(group_id), MEMBER_ASKS, (), 200)


@blueprint.post("/sharing/<int:group_id>/members")
@needs("sharing.keep")
def add_member(group_id: int) -> ResponseReturnValue:
    """Take a body into a group, or note that it talks about joining."""
    here, group, inputs = work(), _group(group_id), read_inputs(MEMBER_ASKS, request.form)
    try:
        checked(MEMBER_ASKS, inputs, Moment(here.now))
        body = queries.body_of(here.session, inputs["body"])
        if body is None:
            raise no_body("body", inputs["body"])
        verbs.add_member(here, group, body=body, kind=inputs["kind"], span=span_of(inputs), note=inputs["note"].strip())
    except Refused as refused:
        return _one(group, MEMBER_ASKS, refused.reasons, 422)
    flash(f"{body.organisation.name} is noted as “{KINDS[inputs['kind']].lower()}”.")
    return redirect(url_for("sharing.one", group_id=group.id), 303)


@blueprint.route("/sharing/<int:group_id>/members/<int:member_id>/end", methods=["GET", "POST"])
@needs("sharing.keep")
def end_member(group_id: int, member_id: int) -> ResponseReturnValue:
    """Set the last day of a membership."""
    group, member = _group(group_id), work().session.get(SharingMember, member_id)
    if member is None or member.group_id != group.id:
        raise NotFound
    what = f"{member.body.organisation.name}, {KINDS[member.kind].lower()}, {told(member.span)}"
    return _end(group, what, lambda last: verbs.end_member(work(), group, member, last))


@blueprint.route("/sharing/<int:group_id>/end", methods=["GET", "POST"])
@needs("sharing.keep")
def end_group(group_id: int) -> ResponseReturnValue:
    """Set the last day of a group, after which nobody is in it."""
    group = _group(group_id)
    return _end(group, f"the whole group, {told(group.span)}", lambda last: verbs.end_group(work(), group, last))


def _end(group: SharingGroup, what: str, end: "verbs.Ending") -> ResponseReturnValue:
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        inputs = read_inputs((LAST,), request.form)
        try:
            checked((LAST,), inputs, Moment(work().now))
            end(date.fromisoformat(inputs["last"]))
        except Refused as refused:
            reasons = refused.reasons
        else:
            flash("The last day is set.")
            return redirect(url_for("sharing.one", group_id=group.id), 303)
    html = render_template("sharing_end.html", group=group, what=what, form=form_of((LAST,), reasons), asked=(LAST,),
                           reasons=with_anchors(reasons, (LAST,)))  # fmt: skip
    return make_response(html, 422 if reasons else 200)


def _group(group_id: int) -> SharingGroup:
    found = work().session.get(SharingGroup, group_id)
    if found is None:
        raise NotFound
    return found


def _one(group: SharingGroup, asks: tuple[Ask, ...], reasons: tuple[Reason, ...], status: int) -> Response:
    html = render_template("sharing_group.html", group=group, members=queries.members(work().session, group), functions=functions(),
                           kinds=KINDS, told=told, today=_today(), form=form_of(asks, reasons), asked=asks,
                           reasons=with_anchors(reasons, asks))  # fmt: skip
    return make_response(html, status)
