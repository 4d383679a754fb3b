"""The outbox: mail to oneself; for officers all mail, and what they do with it."""

import re
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from webapp.access import may, needs
from webapp.accounts.models import Person
from webapp.app import yardstick
from webapp.context import work
from webapp.notices import officer_verbs, queries
from webapp.notices.officer_verbs import ACTS, Act, MailProblem

blueprint = Blueprint("notices", __name__)
MOST = 1000
"""So many mails are chosen at once; a further round takes the next."""


@blueprint.get("/outbox")
@needs("signed_in")
def outbox() -> ResponseReturnValue:
    """The mail that was sent to me; for the programme team, all mail."""
    return _outbox()


def _outbox(problem: str = "", field: str = "", status: int = 200) -> ResponseReturnValue:
    here, page = work(), max(1, request.args.get("page", 1, type=int))
    narrowed, wrong = _filter()
    if wrong:
        problem, field, status = wrong, "day", 422
    found = queries.outbox(here.session, here.actor, narrowed, page)
    keeps = may(here.actor, "mail.keep")
    html = render_template("outbox.html", found=found, local=not yardstick().settings.smtp_url, narrowed=narrowed, asked=_asked(),
                           states=queries.STATES, acts=list(ACTS.values()), keeps=keeps, typed=request.form.get("why", ""),
                           problem=problem, field=field, hold=officer_verbs.open_hold(here.session))  # fmt: skip
    return make_response(html, status)


def _asked() -> dict[str, str]:
    """What the outbox is narrowed to, as it stands in the address."""
    said = {name: request.args.get(name, "").strip()[:80] for name in ("state", "person", "case", "rule", "day")}
    return {name: value for name, value in said.items() if value}


def _filter() -> tuple[queries.OutboxFilter, str]:
    """What the outbox is narrowed to, and what is wrong with it, if anything."""
    said, wrong, day = _asked(), "", None
    if text := said.pop("day", ""):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            wrong = "Enter the day like 2010-02-26."
        else:
            if not 1990 <= day.year <= 2100:
                day, wrong = None, "Enter a day from 1990 to 2100."
    return queries.OutboxFilter(**said, day=day), wrong


@blueprint.get("/outbox/<int:notice_id>")
@needs("signed_in")
def mail(notice_id: int) -> ResponseReturnValue:
    """One mail as it was written, and how it went."""
    here = work()
    found = queries.notice(here.session, here.actor, notice_id)
    if found is None:
        raise NotFound
    acts = [act for act in ACTS.values() if found[0].state in act.states] if may(here.actor, "mail.keep") else []
    person = here.session.get(Person, found[0].person_id)
    html = re.sub(r' style="[^"]*"', "", found[0].html)  # a page allows no styles but its own, and a frame in it none either
    return render_template("mail.html", notice=found[0], html=html, ref=found[1], name=found[2], acts=acts, states=queries.STATES,
                           person=person, keeps=may(here.actor, "mail.keep"))  # fmt: skip


@blueprint.get("/outbox/selection")
@needs("mail.keep")
def selection() -> ResponseReturnValue:
    """What is about to be done with the mails that were chosen, and how many they are."""
    here, act = work(), _act(request.args.get("act", ""))
    if request.args.get("all"):
        narrowed, wrong = _filter()
        if wrong:
            return _outbox()
        ids = queries.matching(here.session, narrowed, act.states, MOST)
    else:
        ids = _numbers(request.args.getlist("id"))
        if not ids:
            return _outbox("Choose the mails first.", "chosen", 422)
    chosen = queries.told_apart(here.session, officer_verbs.whole(here.session, ids), act.states)
    return render_template("outbox_check.html", act=act, chosen=chosen, left=len(set(ids) - {row.id for row in chosen}), most=MOST)


@blueprint.post("/outbox/selection")
@needs("mail.keep")
def act_on_selection() -> ResponseReturnValue:
    """Do it."""
    act, ids = _act(request.form.get("act", "")), _numbers(request.form.get("ids", "").split(","))
    done = officer_verbs.apply(work(), act, ids, request.form.get("why", "").strip()[:500])
    flash(f"{done} {'mail is' if done == 1 else 'mails are'} {act.done}." if done else
          f"No mail is {act.done}: none was in a state for it any more.")  # fmt: skip
    back = request.form.get("back", "")
    return redirect(url_for("notices.mail", notice_id=int(back)) if back.isdecimal() and len(back) < 10 else url_for("notices.outbox"), 303)


@blueprint.post("/outbox/hold")
@needs("mail.keep")
def hold_all() -> ResponseReturnValue:
    """Let no mail leave at all."""
    try:
        officer_verbs.hold_all(work(), request.form.get("why", "").strip()[:500])
    except MailProblem as problem:
        return _outbox(f"{problem}", "why", 422)
    flash("All mail is held. None leaves until an officer releases it.")
    return redirect(url_for("notices.outbox"), 303)


@blueprint.post("/outbox/release")
@needs("mail.keep")
def release_all() -> ResponseReturnValue:
    """Let mail leave again."""
    try:
        officer_verbs.release_all(work())
    except MailProblem as problem:
        return _outbox(f"{problem}", "", 422)
    flash("Mail leaves again.")
    return redirect(url_for("notices.outbox"), 303)


@blueprint.post("/outbox/addresses/<int:person_id>/trust")
@needs("mail.keep")
def trust(person_id: int) -> ResponseReturnValue:
    """Take the mark off an address that was refused."""
    person = work().session.get(Person, person_id)
    if person is None:
        raise NotFound
    try:
        officer_verbs.trust(work(), person)
    except MailProblem as problem:
        return _outbox(f"{problem}", "", 422)
    flash(f"Mail to {person.email} is tried again. What failed before is not sent by that: choose it and send it again.")
    return redirect(url_for("notices.outbox", person=person.email, state="failed"), 303)


def _act(name: str) -> Act:
    if name not in ACTS:
        raise BadRequest("Choose what to do with the mails.")
    return ACTS[name]


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts[: 2 * MOST] if text.isascii() and text.isdecimal() and len(text) < 10]
