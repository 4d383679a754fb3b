"""Queue notices: each written in the transaction of its cause."""

from datetime import datetime
from functools import lru_cache

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import Work, insert_once, table_of
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import Running, running
from webapp.notices.models import Notice
from webapp.notices.queries import Recipient, keys_told, recipients
from webapp.plans.models import Action
from workflows.engine import Tell, Transition
from workflows.roles import EVERY_SIDE, Role, Side

_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


@lru_cache(maxsize=1000)
def _template(text: str) -> Template:
    """A message's text, compiled once: compiling it for each notice was a fifth of the time of a move."""
    return _templates.from_string(text)


def long_date(moment: datetime) -> str:
    """A time in London, written out: '5pm on Friday 26 February 2010'."""
    here = in_london(moment)
    hour = here.strftime("%I").lstrip("0")
    minute = f":{here:%M}" if here.minute else ""
    return f"{hour}{minute}{here:%p}".lower() + f" on {here:%A} {here.day} {here:%B} {here.year}"


def tell(
    work: Work, case: Case, told: Tell, *, transition: Transition | None, why: str, action: Action | None, audience: Side = EVERY_SIDE,
    occurrence: str = "",
) -> int:  # fmt: skip
    """Queue a message of the programme to everybody who holds the roles in the case, but not to whoever acts; gives how many are told.

    `audience` are the sides that may know its cause; `occurrence` names the cause where it is no transition: one that may come
    again, so that who was told of it already is looked up before any text is written.
    """
    session = work.session
    session.flush()
    if case.round.programme.find_message(told.message) is None:
        return 0  # the round's programme was frozen before there was such a message
    people = [(role, one) for role in told.to for one in recipients(session, case, role, action) if one.id != work.actor.person_id]
    if occurrence:
        known = keys_told(session, [_key(told.message, case, occurrence, role, one.id) for role, one in people])
        people = [(role, one) for role, one in people if _key(told.message, case, occurrence, role, one.id) not in known]
    occurrence = occurrence or f"{case.version}-{transition.name if transition else 'start'}" + (f"-a{action.id}" if action else "")
    latest = running(session, case) if people else []
    queued = 0
    for role, person in people:
        theirs = next((d for d in latest if d.role == role.value), None)
        queued += queue(session, case, told.message, role, person.id, person.email, person.name, occurrence, work.now,
                   audience=audience, deadline=theirs, why=why, actor=work.actor.organisation or work.actor.name)  # fmt: skip
    return queued


def tell_person(
    work: Work, case: Case, message: str, role: Role, person: Recipient, *, occurrence: str, items: list[str], why: str
) -> None:
    """Queue a message of the programme to one person who holds a role in the case, with the items that it is about: for their
    side alone to know of. None is queued where the round's programme was frozen before there was such a message."""
    if case.round.programme.find_message(message) is None:
        return
    queue(work.session, case, message, role, person.id, person.email, person.name, occurrence, work.now, audience=int(role.side),
           deadline=None, why=why, actor=work.actor.organisation or work.actor.name,
           items="\n".join(f"* {item}" for item in items))  # fmt: skip


def _key(message: str, case: Case, occurrence: str, role: Role, person_id: int) -> str:
    """What no two notices share: the message, what it is about, the occasion, and who is told in which role."""
    return f"{message}:{case.id}:{occurrence}:{role.value}:{person_id}"


def queue(
    session: Session, case: Case, message: str, role: Role, person_id: int, email: str, name: str, occurrence: str,
    now: datetime, *, audience: int, deadline: Deadline | Running | None, why: str = "", actor: str = "", items: str = "",
    rule: str = "",
) -> bool:  # fmt: skip
    text = case.round.programme.message(message)
    names = {
        "body": case.body.organisation.name,
        "round": case.round.name,
        "ref": case.ref,
        "deadline": case.round.programme.deadline(deadline.rule).label if deadline else "",
        "due": long_date(deadline.due_at) if deadline else "",
        "url": f"{base_url(session)}/cases/{case.ref}",
        "person": name,
        "reason": why,
        "actor": actor or "Yardstick",
        "items": items,
    }
    key = _key(message, case, occurrence, role, person_id)
    values = {
        "key": key, "case_id": case.id, "deadline_id": deadline.id if deadline else None, "person_id": person_id,
        "role": role.value, "message": message, "email": email, "audience": int(audience), "state": "queued", "attempts": 0, "error": "",
        "subject": " ".join(_template(text.subject).render(names).split())[:300],
        "body": _template(text.body).render(names).strip() + "\n", "queued_at": now, "not_before": now,
        "rule": rule, "optional": False, "html": "", "bundle": "", "message_id": "", "answer": "",
        "claimed_by": "", "due_at": deadline.due_at if deadline else None,
    }  # fmt: skip
    return insert_once(session, table_of(Notice), ("key",), values)


def base_url(session: Session) -> str:
    """The address of this installation, as the session's database was told it."""
    return str(session.info.get("base_url", _BASE["url"]))


_BASE = {"url": "http://127.0.0.1:8000"}


def set_base_url(url: str) -> None:
    """Tell the messages the address of this installation."""
    _BASE["url"] = url.rstrip("/")
