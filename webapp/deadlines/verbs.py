"""Open and close deadlines, queue notices, remind, deliver."""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, reduce
from operator import or_

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import SYSTEM, Database, Work, insert_once, table_of
from webapp.deadlines.models import Deadline, Notice
from webapp.deadlines.queries import Recipient, Running, due_for_reminding, keys_told, recipients, running, runs
from webapp.mail import Mail, Transport
from webapp.plans.models import Action
from workflows.deadlines.calendar import WorkingCalendar
from workflows.deadlines.rules import Due, due, reminders_for, resumed
from workflows.engine import Tell, Transition
from workflows.roles import EVERY_SIDE, Role, Side

log = logging.getLogger("yardstick.deadlines")
_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


@cache
def calendar(nation: str) -> WorkingCalendar:
    """The working calendar of a nation."""
    return WorkingCalendar(nation)


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


def reckon(case: Case, code: str, action: Action | None, now: datetime, given: date | None = None) -> Due:
    """When a deadline of a case would fall due if it began now, or on the day given, with the sum that leads there."""
    programme = case.round.programme
    if given is None:
        given = action.due_on if action is not None and code == "action_due" else case.round.fixed_date(code)
    return due(programme.deadline(code), now, calendar(programme.nation), given)


def open_deadline(work: Work, case: Case, code: str, action: Action | None, *, given: date | None = None) -> None:
    """Open a deadline by its rule, or on the day given in its place; its reminders follow from it.

    None is opened where the round's programme has no such rule: it was frozen before there was one.
    """
    rule = case.round.programme.find_deadline(code)
    if rule is None:
        return
    reckoned = reckon(case, code, action, work.now, given)
    role = Role(rule.role)
    if role is Role.COORDINATOR and case.partnership_id is None:
        role = Role.OFFICER
    audience = reduce(or_, (Role(known).side for known in rule.known_to), role.side | Side.PROGRAMME)
    deadline = Deadline(case_id=case.id, rule=code, role=role.value, action_id=action.id if action else None,
                        audience=int(audience), opened_at=work.now, due_at=reckoned.at,
                        explanation=list(reckoned.explanation), remind_at=None)  # fmt: skip
    deadline.remind_at = _next_reminder(deadline, case, work.now)
    work.session.add(deadline)


def _next_reminder(deadline: Deadline, case: Case, after: datetime) -> datetime | None:
    programme = case.round.programme
    times = [at for _, at in reminders_for(deadline.rule, deadline.due_at, programme, calendar(programme.nation))]
    return min((at for at in times if at > after), default=None)


def of_action(session: Session, action: Action) -> list[Deadline]:
    """The deadlines of an action that run."""
    return list(session.scalars(select(Deadline).where(Deadline.action_id == action.id, Deadline.closed_at.is_(None))))


def carry(work: Work, running: list[Deadline], case: Case, action: Action, why: str) -> None:
    """Open in another case what ran in one: the same is due by the same time, and its sum says why it is here."""
    for old in running:
        new = Deadline(case_id=case.id, rule=old.rule, role=old.role, action_id=action.id, audience=old.audience, opened_at=work.now,
                       due_at=old.due_at, explanation=[*old.explanation, why], remind_at=None)  # fmt: skip
        new.remind_at = _next_reminder(new, case, work.now)
        work.session.add(new)


def close(work: Work, case: Case, rules: tuple[str, ...], action: Action | None, *, lapsed: bool = False) -> None:
    """Close the open deadlines of these rules: met, or missed where the time has passed; or lapsed, where nothing is owed any more."""
    for deadline in _open(work.session, case, rules, action):
        deadline.closed_at = work.now
        in_time = deadline.stopped_at is not None or work.now <= deadline.due_at
        deadline.outcome = "lapsed" if lapsed else "met" if in_time else "missed"
        deadline.remind_at = deadline.stopped_at = None


def stop(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Stop the clock of the open deadlines of these rules: nothing is due and nobody is reminded until it starts again."""
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            deadline.stopped_at, deadline.remind_at = work.now, None


def resume(work: Work, case: Case, rules: tuple[str, ...]) -> None:
    """Start the clock of these deadlines again, and give the working days back for which it stood."""
    programme = case.round.programme
    for deadline in _open(work.session, case, rules):
        if deadline.stopped_at is None:
            continue
        reckoned = resumed(programme.deadline(deadline.rule), Due(deadline.due_at, tuple(deadline.explanation)), deadline.stopped_at,
                           work.now, calendar(programme.nation), "while the body owed answers")  # fmt: skip
        deadline.due_at, deadline.explanation, deadline.stopped_at = reckoned.at, list(reckoned.explanation), None
        deadline.remind_at = _next_reminder(deadline, case, work.now)


def _open(session: Session, case: Case, rules: tuple[str, ...], action: Action | None = None) -> Iterable[Deadline]:
    if not rules:
        return ()
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule.in_(rules), Deadline.closed_at.is_(None))
    return session.scalars(query if action is None else query.where(Deadline.action_id == action.id))


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
        queued += _queue(session, case, told.message, role, person.id, person.email, person.name, occurrence, work.now,
                   audience=audience, deadline=theirs, why=why, actor=work.actor.organisation or work.actor.name)  # fmt: skip
    return queued


def tell_person(
    work: Work, case: Case, message: str, role: Role, person: Recipient, *, occurrence: str, items: list[str], why: str
) -> None:
    """Queue a message of the programme to one person who holds a role in the case, with the items that it is about: for their
    side alone to know of. None is queued where the round's programme was frozen before there was such a message."""
    if case.round.programme.find_message(message) is None:
        return
    _queue(work.session, case, message, role, person.id, person.email, person.name, occurrence, work.now, audience=int(role.side),
           deadline=None, why=why, actor=work.actor.organisation or work.actor.name,
           items="\n".join(f"* {item}" for item in items))  # fmt: skip


def _key(message: str, case: Case, occurrence: str, role: Role, person_id: int) -> str:
    """What no two notices share: the message, what it is about, the occasion, and who is told in which role."""
    return f"{message}:{case.id}:{occurrence}:{role.value}:{person_id}"


def _queue(
    session: Session, case: Case, message: str, role: Role, person_id: int, email: str, name: str, occurrence: str,
    now: datetime, *, audience: int, deadline: Deadline | Running | None, why: str = "", actor: str = "", items: str = "",
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
        "body": _template(text.body).render(names).strip() + "\n", "queued_at": now,
    }  # fmt: skip
    return insert_once(session, table_of(Notice), ("key",), values)


def base_url(session: Session) -> str:
    """The address of this installation, as the session's database was told it."""
    return str(session.info.get("base_url", _BASE["url"]))


_BASE = {"url": "http://127.0.0.1:8000"}


def set_base_url(url: str) -> None:
    """Tell the messages the address of this installation."""
    _BASE["url"] = url.rstrip("/")


def remind(database: Database, now: datetime) -> int:
    """Queue every reminder that is due now and still true. Run it as often as you like: each is queued once.

    Gives the number queued. Reminders missed during an outage are made up: of one deadline the latest that is due and whose
    words are still true.
    """
    queued = 0
    with database.work(SYSTEM, now) as work:
        for deadline in due_for_reminding(work.session, now):
            queued += _remind_of(work, deadline)
    return queued


def _remind_of(work: Work, deadline: Deadline) -> int:
    case = work.session.get_one(Case, deadline.case_id)
    action = work.session.get(Action, deadline.action_id) if deadline.action_id else None
    programme = case.round.programme
    schedule = reminders_for(deadline.rule, deadline.due_at, programme, calendar(programme.nation))
    begun = deadline.remind_at or work.now
    reached = [at for rule, at in schedule if begun <= at <= work.now and _still_true(rule.working_days, deadline, work.now)]
    queued = 0
    for rule, at in schedule:
        if reached and at == max(reached):
            for role in (Role(r) for r in rule.to):
                for person in recipients(work.session, case, role, action):
                    occurrence = f"{rule.code}:{deadline.id}"
                    queued += _queue(work.session, case, rule.message, role, person.id, person.email, person.name,
                                     occurrence, work.now, audience=deadline.audience, deadline=deadline)  # fmt: skip
    deadline.remind_at = _next_reminder(deadline, case, work.now)
    return queued


def _still_true(working_days: int, deadline: Deadline, now: datetime) -> bool:
    """Whether what a reminder says is true now: that a deadline is coming, that it is today, or that it has passed."""
    if working_days > 0:
        return now > deadline.due_at
    return now <= deadline.due_at if working_days < 0 else in_london(now).date() == in_london(deadline.due_at).date()


STUCK = timedelta(minutes=10)
LOT = 20
MAX_ATTEMPTS = 5


def deliver(database: Database, transport: Transport, now: datetime, limit: int = 200) -> dict[str, int]:
    """Send what is queued, at most `limit`. Each notice is claimed by one conditional update, so that only one process sends it.

    Claimed in small lots, so that a lot is settled long before another process would take it for left behind.
    """
    counts = {"sent": 0, "failed": 0}
    while (room := limit - sum(counts.values())) > 0 and (lot := _claim(database, now, min(room, LOT))):
        for notice_id in lot:
            counts["sent" if _deliver(database, transport, now, notice_id) else "failed"] += 1
        if counts["failed"]:
            break  # what failed waits for the next tick
    return counts


def _deliver(database: Database, transport: Transport, now: datetime, notice_id: int) -> bool:
    with database.reading() as session:
        notice = session.get_one(Notice, notice_id)
        mail = Mail(notice.email, notice.subject, notice.body, message_id=f"<notice-{notice.id}@yardstick>", at=now)
        attempts = notice.attempts
    try:
        transport.send(mail)
    except Exception as problem:  # whatever a transport raises, the notice must not stay claimed
        log.warning("notice %s was not delivered: %s", notice_id, problem)
        state = "failed" if attempts >= MAX_ATTEMPTS else "queued"
        _settle(database, notice_id, now, attempts, state=state, error=f"{problem}"[:500] or type(problem).__name__, sent_at=None)
        return False
    _settle(database, notice_id, now, attempts, state="sent", error="", sent_at=now)
    return True


def _claim(database: Database, now: datetime, limit: int) -> list[int]:
    with database.work(SYSTEM, now) as work:
        free = (Notice.state == "queued") | ((Notice.state == "sending") & (Notice.claimed_at < now - STUCK))
        ids = select(Notice.id).where(free).order_by(Notice.id).limit(limit).with_for_update(skip_locked=True)
        claimed = (
            update(Notice)
            .where(Notice.id.in_(ids.scalar_subquery()), free)
            .values(state="sending", claimed_at=now, attempts=Notice.attempts + 1)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        )
        return sorted(work.session.scalars(claimed))


def _settle(database: Database, notice_id: int, now: datetime, attempts: int, *, state: str, error: str, sent_at: datetime | None) -> None:
    """Say how an attempt ended: only whoever made it may, for another process may have claimed the notice since."""
    with database.work(SYSTEM, now) as work:
        change = update(Notice).where(Notice.id == notice_id, Notice.state == "sending", Notice.attempts == attempts)
        work.session.execute(change.values(state=state, error=error, sent_at=sent_at, claimed_at=None))


def preview(session: Session, start: datetime, end: datetime) -> list[dict[str, str]]:
    """What will be sent from `start` to before `end`, as far as today's open deadlines tell: to whom, when and why."""
    rows = []
    for deadline in session.scalars(select(Deadline).where(*runs(Deadline)).order_by(Deadline.due_at)):
        case = session.get_one(Case, deadline.case_id)
        programme = case.round.programme
        for rule, at in reminders_for(deadline.rule, deadline.due_at, programme, calendar(programme.nation)):
            if not start <= at < end:
                continue
            action = session.get(Action, deadline.action_id) if deadline.action_id else None
            for role in (Role(r) for r in rule.to):
                for person in recipients(session, case, role, action):
                    rows.append({
                        "at": at.astimezone(UTC).isoformat(), "ref": case.ref, "body": case.body.organisation.name,
                        "to": person.email, "role": role.value, "rule": rule.code, "message": rule.message,
                        "deadline": programme.deadline(deadline.rule).label, "due": deadline.due_at.isoformat(),
                    })  # fmt: skip
    return sorted(rows, key=lambda row: (row["at"], row["ref"], row["to"]))
