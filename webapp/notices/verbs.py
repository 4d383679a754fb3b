"""Queue notices: each written in the transaction of its cause, under a key that exists once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.db import Work, table_of
from webapp.deadlines.calendars import calendar, calendar_of
from webapp.deadlines.queries import running
from webapp.notices.models import Notice
from webapp.notices.preferences import NOTHING, Cover, Wishes, wishes_of
from webapp.notices.queries import Recipient, keys_told, recipients
from webapp.notices.texts import Text, long_date, names_due, why_me, write
from webapp.plans.models import Action
from workflows.deadlines.calendar import london_day
from workflows.deadlines.reminders import Leaving, kind_of, leaving
from workflows.deadlines.rules import short
from workflows.engine import Tell, Transition
from workflows.programme import Message, Programme, ReminderRule
from workflows.roles import EVERY_SIDE, Role, Side

COPY = ":for:"
"""What the key of a copy for a stand-in has behind that of the notice, before the stand-in."""


class About(NamedTuple):
    """A case, as far as a message needs to know it."""

    id: int
    ref: str
    body: str
    round: str
    programme: Programme
    partnership_id: int | None
    acting_ids: tuple[int, ...]
    """The organisations of which the people act for the body."""
    nation: str
    """Of which the working days count."""

    def acts(self, role: Role, organisation_id: int) -> bool:
        """Whether the holders of a role in an organisation act in this case."""
        if role.side is Side.BODY:
            return organisation_id in self.acting_ids
        return role is not Role.COORDINATOR or organisation_id == self.partnership_id

    def held(self, role: Role) -> Role:
        """The role that whoever is told in a role holds: without a partnership officers take the part of its coordinators."""
        return Role.OFFICER if role is Role.COORDINATOR and self.partnership_id is None else role


def about(case: Case) -> About:
    """A case that was loaded, as a message needs to know it."""
    return About(case.id, case.ref, case.body.organisation.name, case.round.name, case.round.programme, case.partnership_id,
                 case.body.acting_ids, calendar_of(case).nation)  # fmt: skip


class Due(Protocol):
    """A deadline, as far as a message names it."""

    @property
    def id(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def audience(self) -> int: ...
    @property
    def explanation(self) -> list[str]: ...


@dataclass(frozen=True)
class Cause:
    """What a notice is written for: the message, the occasion that makes its key, and what there is to say of it.

    `audience` are the sides that may know of it. `overtaken` says why it is not sent but only kept in the ledger.
    """

    message: Message
    occurrence: str
    audience: int
    rule: ReminderRule | None = None
    why: str = ""
    actor: str = ""
    items: str = ""
    overtaken: str = ""

    @property
    def optional(self) -> bool:
        """Whether whoever gets it may turn it off."""
        return not (self.rule.statutory if self.rule else self.message.statutory)

    @property
    def grouped(self) -> bool:
        """Whether it leaves with others to the same person."""
        return self.rule is not None and self.rule.mail == "grouped"

    def leaving(self, case: About, wishes: Wishes, reader_id: int, now: datetime, due_at: datetime | None) -> Leaving | None:
        """When a mail of it that is written now may leave to a reader with these wishes, and in which bundle; None where it is off."""
        return leaving(optional=self.optional, grouped=self.grouped, rhythm=wishes.rhythm(kind_of(self.rule)), person_id=reader_id,
                       calendar=calendar(case.nation), now=now, due=due_at, crowded=wishes.crowded)  # fmt: skip


def turned_off(name: str) -> str:
    """Why somebody does not get an optional mail."""
    return f"{name} has turned such mail off."


class Addressee(NamedTuple):
    """Somebody who is told in a role, and the deadline that is theirs."""

    role: Role
    person: Recipient
    deadline: Due | None


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
    message = case.round.programme.find_message(told.message)
    if message is None:
        return 0  # the round's programme was frozen before there was such a message
    people = [(role, one) for role in told.to for one in recipients(session, case, role, action) if one.id != work.actor.person_id]
    if occurrence:
        known = keys_told(session, [_key(message, case.id, occurrence, role, one.id) for role, one in people])
        people = [(role, one) for role, one in people if _key(message, case.id, occurrence, role, one.id) not in known]
    occurrence = occurrence or f"{case.version}-{transition.name if transition else 'start'}" + (f"-a{action.id}" if action else "")
    latest = running(session, case) if people else []
    cause = Cause(message, occurrence, int(audience), why=why, actor=work.actor.organisation or work.actor.name)
    to = [Addressee(role, one, next((d for d in latest if d.role == role.value), None)) for role, one in people]
    return send(work, about(case), cause, to)


def tell_person(
    work: Work, case: Case, message: str, role: Role, person: Recipient, *, occurrence: str, items: list[str], why: str
) -> None:
    """Queue a message of the programme to one person who holds a role in the case, with the items that it is about: for their
    side alone to know of. None is queued where the round's programme was frozen before there was such a message."""
    found = case.round.programme.find_message(message)
    if found is not None:
        cause = Cause(found, occurrence, int(role.side), why=why, actor=work.actor.organisation or work.actor.name,
                      items="\n".join(f"* {item}" for item in items))  # fmt: skip
        send(work, about(case), cause, [Addressee(role, person, None)])


def send(work: Work, case: About, cause: Cause, to: Sequence[Addressee]) -> int:
    """Queue a notice of one cause to everybody here; gives how many are to be sent."""
    wishes = wishes_of(work.session, {one.person.id for one in to}, work.now, count=cause.optional)
    return post(work.session, rows_of(work.session, case, cause, to, wishes, work.now, work.actor.person_id))


def rows_of(
    session: Session, case: About, cause: Cause, to: Sequence[Addressee], wishes: Mapping[int, Wishes], now: datetime,
    actor_id: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of the ledger for whoever is told of a cause, and for who stands in for them.

    What is statutory goes to a stand-in too, who holds the same role in the same organisation and so sees the same: where they are
    told of it anyway, theirs says for whom they stand in; else they get a copy. Optional mail waits for whoever is away.
    """
    stands_in: dict[tuple[Role, int], list[str]] = {}
    copies = []
    for one, cover, told in who_stands_in(case, cause, to, wishes, now, actor_id):
        if told:
            stands_in.setdefault((one.role, cover.person_id), []).append(_covered(one.person, cover))
        else:
            copies.append((one, cover))
    rows = [
        _row(session, case, cause, one, wishes.get(one.person.id, NOTHING), now, " ".join(stands_in.get((one.role, one.person.id), [])))
        for one in to
    ]
    for one, cover in copies:
        lead = f"This is a copy of a mail to {one.person.name}. {_covered(one.person, cover)}"
        row = _row(session, case, cause, one, NOTHING, now, "", lead=lead, reader=Recipient(cover.person_id, cover.email, cover.name))
        rows.append(row | {"key": f"{row['key']}{COPY}{cover.person_id}"})
    return rows


def who_stands_in(
    case: About, cause: Cause, to: Sequence[Addressee], wishes: Mapping[int, Wishes], now: datetime, actor_id: int | None = None
) -> Iterator[tuple[Addressee, Cover, bool]]:  # fmt: skip
    """Who stands in for those who are told of a cause at a time, and whether they are told of it anyway: else they get a copy."""
    told = {(one.role, one.person.id) for one in to}
    for one in () if cause.optional else to:
        for cover in wishes.get(one.person.id, NOTHING).covering(london_day(now)):
            if cover.role is case.held(one.role) and case.acts(cover.role, cover.organisation_id) and cover.person_id != actor_id:
                yield one, cover, (one.role, cover.person_id) in told


def _covered(absent: Recipient, cover: Cover) -> str:
    return f"{absent.name} is away until {cover.until.day} {cover.until:%B %Y}, and you stand in for them."


def _row(
    session: Session,
    case: About,
    cause: Cause,
    to: Addressee,
    wishes: Wishes,
    now: datetime,
    stands_in_for: str,
    *,
    lead: str = "",
    reader: Recipient | None = None,
) -> dict[str, Any]:
    url, kind, due, reader = base_url(session), kind_of(cause.rule), to.deadline, reader or to.person
    text = text_of(case, cause, to, url, stands_in_for=stands_in_for, lead=lead)
    leaves = cause.leaving(case, wishes, reader.id, now, due.due_at if due else None)
    dropped = cause.overtaken or ("" if leaves else turned_off(to.person.name))
    return {
        "key": _key(cause.message, case.id, cause.occurrence, to.role, to.person.id), "case_id": case.id,
        "deadline_id": due.id if due else None, "person_id": reader.id, "role": to.role.value, "message": cause.message.code,
        "rule": cause.rule.code if cause.rule else "", "kind": kind.value, "optional": cause.optional, "email": reader.email,
        "audience": cause.audience, "subject": text.subject, "body": text.body, "html": text.html,
        "state": "dropped" if dropped else "queued", "error": dropped, "answer": "", "attempts": 0, "message_id": "", "queued_at": now,
        "not_before": leaves.not_before if leaves else now, "bundle": leaves.bundle if leaves and not dropped else "",
        "claimed_by": "", "due_at": due.due_at if due else None,
    }  # fmt: skip


def text_of(case: About, cause: Cause, to: Addressee, url: str, *, stands_in_for: str = "", lead: str = "") -> Text:
    """What somebody is told of a cause, with why they get it."""
    foot = why_me(case.held(to.role), case.body, case.ref, kind=kind_of(cause.rule), optional=cause.optional, grouped=cause.grouped,
                  url=url, stands_in_for=stands_in_for)  # fmt: skip
    names = names_of(case, cause, to.person.name, to.deadline, url)
    return write(cause.message, names, programme=case.programme.name, foot=foot, url=url, lead=lead, more=_sum(cause.message, to))


def _sum(message: Message, to: Addressee) -> str:
    """How the date comes about of which a message speaks, for whoever may know what was said of it."""
    due = to.deadline
    if due is None or not due.explanation or not names_due(f"{message.subject}\n{message.body}") or not to.role.side & Side(due.audience):
        return ""
    return "\n".join(["How this date comes about:", *(f"* {line}" for line in short(due.explanation))])


def names_of(case: About, cause: Cause, person: str, due: Due | None, url: str) -> dict[str, str]:
    """What the names of a message stand for (workflows.programme.MESSAGE_NAMES)."""
    return {
        "body": case.body,
        "round": case.round,
        "ref": case.ref,
        "deadline": case.programme.deadline(due.rule).label if due else "",
        "due": long_date(due.due_at) if due else "",
        "url": f"{url}/cases/{case.ref}",
        "person": person,
        "reason": cause.why,
        "actor": cause.actor or "Yardstick",
        "items": cause.items,
    }


def _key(message: Message, case_id: int, occurrence: str, role: Role, person_id: int) -> str:
    """What no two notices share: the message, what it is about, the occasion, and who is told in which role."""
    return f"{message.code}:{case_id}:{occurrence}:{role.value}:{person_id}"


def post(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Put rows into the ledger in one statement, but those of which the key is there already; gives how many are to be sent.

    Waits for whoever puts in the same meanwhile.
    """
    if not rows:
        return 0
    session.flush()
    connection = session.connection()
    return list(connection.execute(_post(connection.dialect.name), list(rows)).scalars()).count("queued")


@cache
def _post(dialect: str) -> Executable:
    table = table_of(Notice)
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_nothing(index_elements=("key",)).returning(table.c.state)


def base_url(session: Session) -> str:
    """The address of this installation, as the session's database was told it."""
    return str(session.info.get("base_url", _BASE["url"]))


_BASE = {"url": "http://127.0.0.1:8000"}


def set_base_url(url: str) -> None:
    """Tell the messages the address of this installation."""
    _BASE["url"] = url.rstrip("/")
