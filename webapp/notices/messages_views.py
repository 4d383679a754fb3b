"""What the messages of a round say, with the facts of one of its cases filled in, and other words for them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from webapp.access import may, needs, visible_cases
from webapp.accounts.models import Organisation
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.context import work
from webapp.deadlines.models import Deadline
from webapp.deadlines.verbs import calendar
from webapp.notices import wording
from webapp.notices.lots import Lot
from webapp.notices.queries import Recipient
from webapp.notices.texts import FOOT, markup
from webapp.notices.verbs import About, Addressee, Cause, base_url, text_of
from webapp.notices.wording import Changed, Typed, Version
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from workflows.case import TRACKS
from workflows.deadlines.rules import due
from workflows.engine import Reason, Refused, Tell
from workflows.programme import MESSAGE_NAMES, Message
from workflows.roles import EVERY_SIDE, Role

blueprint = Blueprint("messages", __name__)
BESIDES = {"second_marking": Role.REVIEWER, "mentioned": Role.REVIEWER, "values_changed": Role.REVIEWER, "nudge": Role.REVIEWER}
"""To whom go messages that no transition and no reminder sends; those that are not named go to the coordinator."""
NOBODY = Recipient(0, "", "(nobody holds this role now)")


class Sample(NamedTuple):
    """A deadline that a message names."""

    id: int
    rule: str
    due_at: datetime
    audience: int
    explanation: list[str]


class Shown(NamedTuple):
    """A message as somebody would get it."""

    code: str
    to: tuple[Role, ...]
    reminders: tuple[str, ...]
    statutory: bool
    subject: str
    body: str
    html: Markup
    foot: str


class Place(NamedTuple):
    """A round, its cases, and the one with the facts of which its messages are shown."""

    round: Round
    cases: Sequence[Any]
    chosen: Any


@blueprint.get("/rounds/<code>/messages")
@needs("messages.see")
def messages(code: str) -> ResponseReturnValue:
    """Every message of a round's programme, with the facts of a case."""
    here = _place(code)
    shown = _shown(here.round, here.chosen.id, here.round.programme.messages)
    return render_template("messages.html", round=here.round, cases=here.cases, chosen=here.chosen, shown=shown,
                           numbers=wording.numbers_of(work().session, here.round.id),
                           may_change=may(work().actor, "messages.change"))  # fmt: skip


def _place(code: str) -> Place:
    session = work().session
    round_ = round_by_code(session, code)
    if round_ is None:
        raise NotFound("There is no such round.")
    every = select(Case.id, Case.ref, Organisation.name).join(Organisation, Organisation.id == Case.body_id)
    cases = session.execute(every.where(Case.round_id == round_.id, visible_cases(work().actor)).order_by(Case.ref)).all()
    asked = request.values.get("case", "")
    chosen = next((row for row in cases if row.ref == asked), cases[0] if cases and not asked else None)
    if chosen is None:
        raise NotFound(f"There is no case {asked[:40]} in this round." if asked else "This round has no case to show its messages with.")
    return Place(round_, cases, chosen)


@blueprint.get("/rounds/<code>/messages/<message>")
@needs("messages.change")
def words(code: str, message: str) -> ResponseReturnValue:
    """The words of one message to change, as they would be read, and every version of them; `from` begins with an earlier one."""
    here, versions = _versions(code, message)
    asked = request.args.get("from", "")
    begin = next((one for one in versions if str(one.number) == asked), None if asked else versions[-1])
    if begin is None:
        raise NotFound(f"This message has no version {asked[:10]}.")
    why = "" if begin is versions[-1] else f"Back to {'the words of the programme' if begin.number == 0 else f'version {begin.number}'}: "
    return _words(here, versions, Typed(begin.subject, begin.body, why, versions[-1].number))


@blueprint.post("/rounds/<code>/messages/<message>")
@needs("messages.change")
def change_words(code: str, message: str) -> ResponseReturnValue:
    """Show how the typed words would be read, or save them as the next version."""
    here, versions = _versions(code, message)
    form, seen = request.form, request.form.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1
    typed = Typed(form.get("subject", ""), form.get("body", ""), form.get("why", ""), number, frozenset(form.getlist("leave_out")))
    if form.get("do") != "save":
        if typed.seen != versions[-1].number:
            return _words(here, versions, typed, overtaken=True, status=409)
        reasons = wording.problems(*wording.tidy(typed.subject, typed.body))
        return _words(here, versions, typed, reasons=reasons, status=422 if reasons else 200)
    try:
        made = wording.save(work(), here.round, message, typed)
    except Changed:
        _, versions = _versions(code, message)
        return _words(here, versions, typed, overtaken=True, status=409)
    except Refused as refused:
        return _words(here, versions, typed, reasons=list(refused.reasons), status=422)
    flash(f"Saved as version {made.number}. Mail that is written from now on has these words.")
    return redirect(url_for("messages.words", code=code, message=message, case=here.chosen.ref), 303)


def _versions(code: str, message: str) -> tuple[Place, list[Version]]:
    here = _place(code)
    versions = wording.versions_of(work().session, here.round, message)
    if not versions:
        raise NotFound("There is no such message in this round.")
    return here, versions


def _words(
    here: Place, versions: list[Version], typed: Typed, *, reasons: Sequence[Reason] = (), overtaken: bool = False, status: int = 200
) -> ResponseReturnValue:
    now, message = versions[-1], request.view_args["message"] if request.view_args else ""
    subject, body = wording.tidy(typed.subject, typed.body)
    good = not wording.problems(subject, body)
    as_typed = msgspec.structs.replace(here.round.programme.message(message), subject=subject, body=body)
    asked = request.args.get("version", "")
    looked = next((one for one in versions if str(one.number) == asked), now)
    before = versions[looked.number - 1] if looked.number else looked
    html = render_template(
        "message_words.html", round=here.round, cases=here.cases, chosen=here.chosen, message=message, versions=versions, now=now,
        typed=typed, reasons=reasons, overtaken=overtaken, names=sorted(MESSAGE_NAMES),
        missing=wording.left_out(now, subject, body) if good else [],
        one=_shown(here.round, here.chosen.id, (as_typed,))[0] if good else None,
        waiting=wording.waiting(work().session, here.round.id, message), looked=looked, before=before,
        subject_difference=wording.difference(before.subject, looked.subject), body_difference=wording.difference(before.body, looked.body),
        theirs=(wording.difference(subject, now.subject), wording.difference(body, now.body)) if overtaken else None,
    )  # fmt: skip
    return make_response(html, status)


def _shown(round_: Round, case_id: int, messages: Iterable[Message]) -> list[Shown]:
    session, programme = work().session, round_.programme
    lot = Lot(session, {case_id}, work().now)
    sampled = select(Deadline.id, Deadline.rule, Deadline.due_at, Deadline.audience, Deadline.explanation)
    known = {row.rule: Sample(*row) for row in session.execute(sampled.where(Deadline.case_id == case_id).order_by(Deadline.id))}
    tells = _tells()
    found = []
    for message in messages:
        rules = [rule for rule in programme.reminders if rule.message == message.code]
        to = tuple(dict.fromkeys(role for rule in rules for role in rule.to)) or tells.get(
            message.code, (BESIDES.get(message.code, Role.COORDINATOR),)
        )
        wanted = rules[0].deadline if rules else next((d.code for d in programme.deadlines if d.role is to[0]), "")
        person = next(iter(lot.recipients(case_id, to[0], None)), NOBODY)
        addressee = Addressee(to[0], person, (known.get(wanted) or _sample(round_, wanted)) if wanted else None)
        found.append(_one(lot.cases[case_id], message, addressee, Cause(
            message, "", int(EVERY_SIDE), rules[0] if rules else None, why="the reason stands here", actor=lot.cases[case_id].body,
            items="* the first thing that it is about\n* and the next"), to, tuple(rule.code for rule in rules)))  # fmt: skip
    return found


def _one(case: About, message: Message, to: Addressee, cause: Cause, roles: tuple[Role, ...], reminders: tuple[str, ...]) -> Shown:
    url = base_url(work().session)
    text = text_of(case, cause, to, url)
    said, _, foot = text.body.rpartition(FOOT)
    return Shown(message.code, roles, reminders, not cause.optional, text.subject, said.strip(), markup(said, url), foot.strip())


def _sample(round_: Round, code: str) -> Sample:
    """When a deadline that the case does not have would fall due, if it began now."""
    programme, now = round_.programme, work().now
    given = round_.fixed_date(code) or (in_london(now).date() if programme.deadline(code).given else None)
    reckoned = due(programme.deadline(code), now, calendar(programme.nation), given)
    return Sample(0, code, reckoned.at, int(EVERY_SIDE), list(reckoned.explanation))


def _tells() -> dict[str, tuple[Role, ...]]:
    """To whom each message goes that a transition sends, or that a track does as it comes to a state."""
    tells: list[Tell] = []
    for track in TRACKS.values():
        tells += [tell for transition in track.transitions for tell in transition.tells]
        tells += [tell for entered in track.entry_tells.values() for tell in entered]
    found: dict[str, tuple[Role, ...]] = {}
    for tell in tells:
        found[tell.message] = tuple(dict.fromkeys((*found.get(tell.message, ()), *tell.to)))
    return found
