"""What the messages of a round say, with the facts of one of its cases filled in."""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from webapp.access import needs, visible_cases
from webapp.accounts.models import Organisation
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.context import work
from webapp.deadlines.models import Deadline
from webapp.deadlines.verbs import calendar
from webapp.notices.lots import Lot
from webapp.notices.queries import Recipient
from webapp.notices.texts import FOOT, markup
from webapp.notices.verbs import About, Addressee, Cause, base_url, text_of
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from workflows.case import TRACKS
from workflows.deadlines.rules import due
from workflows.engine import Tell
from workflows.programme import Message
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


@blueprint.get("/rounds/<code>/messages")
@needs("messages.see")
def messages(code: str) -> ResponseReturnValue:
    """Every message of a round's programme, with the facts of a case."""
    session = work().session
    round_ = round_by_code(session, code)
    if round_ is None:
        raise NotFound("There is no such round.")
    every = select(Case.id, Case.ref, Organisation.name).join(Organisation, Organisation.id == Case.body_id)
    cases = session.execute(every.where(Case.round_id == round_.id, visible_cases(work().actor)).order_by(Case.ref)).all()
    asked = request.args.get("case", "")
    chosen = next((row for row in cases if row.ref == asked), cases[0] if cases and not asked else None)
    if chosen is None:
        raise NotFound(f"There is no case {asked[:40]} in this round." if asked else "This round has no case to show its messages with.")
    return render_template("messages.html", round=round_, cases=cases, chosen=chosen, shown=_shown(round_, chosen.id))


def _shown(round_: Round, case_id: int) -> list[Shown]:
    session, programme = work().session, round_.programme
    lot = Lot(session, {case_id}, work().now)
    sampled = select(Deadline.id, Deadline.rule, Deadline.due_at, Deadline.audience, Deadline.explanation)
    known = {row.rule: Sample(*row) for row in session.execute(sampled.where(Deadline.case_id == case_id).order_by(Deadline.id))}
    tells = _tells()
    found = []
    for message in programme.messages:
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
