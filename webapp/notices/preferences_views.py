"""One's own mail: how often, who stands in while one is away, and turning it off by the link of a mail."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.accounts.models import Person
from webapp.app import yardstick
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.clock import in_london
from webapp.context import work
from webapp.notices import preferences
from webapp.notices.texts import read_signed
from webapp.security import csrf
from workflows.asks import Ask
from workflows.deadlines.reminders import USUAL, Kind
from workflows.engine import Reason, Refused
from workflows.roles import Actor, Role

blueprint = Blueprint("preferences", __name__, url_prefix="/mail-settings")
DAYS = (Ask("first", "First day", kind="date", hint="For example, 22 3 2010"), Ask("last", "Last day", kind="date"))
RHYTHM_WORDS = {
    "immediately": "At once",
    "daily": "Once a day, together",
    "weekly": "Once a week, together",
    "off": "Not at all, but for what is statutory",
}


def _page(status: int = 200, *, reasons: tuple[Reason, ...] = (), typed: dict[str, str] | None = None, adding: bool = False) -> Response:
    here = work()
    me, today = current_user.person.id, in_london(here.now).date()
    kept = preferences.settings_of(here.session, me)
    roles = {Role(one.role): one for one in current_user.memberships}
    colleagues = preferences.colleagues(here.session, me)
    html = render_template(
        "mail_settings.html", kinds=Kind, words=RHYTHM_WORDS, reasons=with_anchors(reasons, DAYS), adding=adding, revision=kept.revision,
        rhythms={kind.value: (typed or {}).get(kind.value, kept.rhythm(kind)) for kind in Kind},
        problems={reason.place: reason.text for reason in reasons}, form=form_of(DAYS, reasons), asks=DAYS,
        roles_of={one.id: f"{Role(one.role).label}, {one.organisation.name}" for one in current_user.memberships},
        colleagues=colleagues, who=request.form.get("who", ""), stand_ins=preferences.stand_ins_of(here.session, me, today), today=today,
        standing=preferences.standing_in(here.session, me, today), reviews=Role.REVIEWER in roles,
        assigned=[role for role in roles if role in preferences.BY_ASSIGNMENT],
    )  # fmt: skip
    return make_response(html, status)


@blueprint.get("")
@needs("signed_in")
def mine() -> ResponseReturnValue:
    """How often I have my mail, and who stands in for me."""
    return _page()


@blueprint.post("")
@needs("signed_in")
def keep() -> ResponseReturnValue:
    """Choose how often one has each kind of mail."""
    chosen = {kind.value: request.form.get(kind.value, "")[:20] for kind in Kind}
    try:
        preferences.keep_rhythms(work(), current_user.person.id, chosen, request.form.get("revision", 0, type=int))
    except Refused as refused:
        return _page(409 if refused.kind == "state" else 422, reasons=refused.reasons, typed=chosen)
    flash("It is saved. Mail that waits already leaves as it was.")
    return redirect(url_for("preferences.mine"), 303)


@blueprint.post("/stand-ins")
@needs("signed_in")
def name_stand_in() -> ResponseReturnValue:
    """Say who stands in for one while one is away."""
    inputs = read_inputs(DAYS, request.form) | {"who": request.form.get("who", "")[:30]}
    try:
        kept = preferences.name_stand_in(work(), current_user.person.id, inputs)
    except Refused as refused:
        return _page(422, reasons=refused.reasons, adding=True)
    work().session.flush()
    flash(f"{kept.person.name} stands in for you from {kept.first.day} {kept.first:%B} to {kept.last.day} {kept.last:%B %Y}.")
    return redirect(url_for("preferences.mine") + "#stand-ins", 303)


@blueprint.post("/stand-ins/<int:stand_in_id>/end")
@needs("signed_in")
def end_stand_in(stand_in_id: int) -> ResponseReturnValue:
    """Take back who stands in for one."""
    try:
        if not preferences.end_stand_in(work(), current_user.person.id, stand_in_id):
            raise NotFound("Nobody of that number stands in for you.")
    except Refused as refused:
        return _page(409, reasons=refused.reasons)
    flash("Nobody stands in for you in those days any more.")
    return redirect(url_for("preferences.mine") + "#stand-ins", 303)


@blueprint.get("/stop/<token>")
@needs("public")
def stop(token: str) -> ResponseReturnValue:
    """What the link in a mail would turn off. To look at it changes nothing: programs that check links do so too."""
    person, kinds = _signed(token)
    return make_response(render_template("mail_stop.html", person=person, kinds=kinds, done=""), 200 if person else 404)


@blueprint.post("/stop/<token>")
@needs("public")
@csrf.exempt  # type: ignore[untyped-decorator]
def stopped(token: str) -> ResponseReturnValue:
    """Turn off optional mail of the kinds in a signed link, or back on: without signing in, as a mail program does it (RFC 8058)."""
    person, kinds = _signed(token)
    if person is None:
        return make_response(render_template("mail_stop.html", person=None, kinds=(), done=""), 404)
    here = work()
    here.actor = Actor(person.id, person.name, None, None)
    back = request.form.get("again") == "yes"
    preferences.keep_rhythms(here, person.id, {kind.value: USUAL if back else "off" for kind in kinds})
    return render_template("mail_stop.html", person=person, kinds=kinds, done="on" if back else "off")


def _signed(token: str) -> tuple[Person | None, tuple[Kind, ...]]:
    """Whose mail of which kinds a link is about; nobody's where it was not signed here."""
    found = read_signed(yardstick().settings.secret_key, token)
    person = work().session.get(Person, found[0]) if found else None
    return person, found[1] if found else ()
