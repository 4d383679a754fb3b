"""The rows of the ledger while they are delivered: which of them are free, whose they are, and what becomes of them.

A mail is a lone notice, or all notices of one person with one bundle; `message_id` joins them for ever.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased

from webapp.db import read_rows, table_of
from webapp.notices.models import Notice, Waiting

SOON = text("set synchronous_commit to off")
NOTICES = table_of(Notice)
# What is the same for every mail stands in the statement: to hand it over as values anew for each takes as long as the update.
_NONE, _SENDING, _QUEUED, _DONE = (literal_column(f"'{word}'", String()) for word in ("", "sending", "queued", "sent"))
_FREE: Mapping[str, Any] = {"claimed_by": _NONE, "claimed_at": null(), "leased_until": null()}
_AT, _BEFORE, _SOON, _BEYOND = (bindparam(name, type_=NOTICES.c.queued_at.type) for name in ("at", "before", "soon", "beyond"))
_OURS = (NOTICES.c.id == bindparam("which"), NOTICES.c.claimed_by == bindparam("owner"), NOTICES.c.state == _SENDING)
_LATER = func.coalesce(bindparam("later", type_=NOTICES.c.not_before.type), NOTICES.c.not_before)
END: Update = NOTICES.update().where(NOTICES.c.id == bindparam("which")).values(
    state=bindparam("new"), error=bindparam("why"), message_id=bindparam("mail"), attempts=bindparam("number"),
    first_tried_at=bindparam("first"), not_before=_LATER, **_FREE,
)  # fmt: skip
UNSENT: Update = NOTICES.update().where(*_OURS).values(
    state=bindparam("new"), error=bindparam("why"), answer=bindparam("told"),
    not_before=_LATER, **_FREE,
)  # fmt: skip
RELEASE: Update = NOTICES.update().where(*_OURS).values(
    state=_QUEUED, attempts=NOTICES.c.attempts - 1,
    first_tried_at=case((NOTICES.c.attempts > 1, NOTICES.c.first_tried_at), else_=None), **_FREE,
)  # fmt: skip
AGAIN: Update = NOTICES.update().where(NOTICES.c.id == bindparam("which")).values(
    state=_QUEUED, error=_NONE, not_before=bindparam("at"), bundle=bindparam("in"),
)  # fmt: skip


class Claim(NamedTuple):
    """That a notice is ours to send: the Message-ID of its mail, where it goes, and which attempt it is."""

    notice_id: int
    message_id: str
    address: str
    attempt: int


def claim(session: Session, claims: Sequence[Claim], owner: str, at: datetime, until: datetime) -> None:
    """Keep it of all of these in one statement: on PostgreSQL that takes half of the time of one for each."""
    connection = session.connection()
    values = {"claims": json.dumps(claims), "owner": owner, "at": at, "until": until}
    connection.execute(_claim(connection.dialect.name), values)


@cache
def _claim(dialect: str) -> Update:
    given = bindparam("claims", type_=Text())
    parts: Sequence[ColumnElement[Any]]
    if dialect == "postgresql":
        each = func.json_array_elements(cast(given, postgresql.JSON)).table_valued(column("value", postgresql.JSON))
        part = each.c.value.op("->>")
        parts = cast(part(0), Integer), part(1), part(2), cast(part(3), Integer)
    else:
        each = func.json_each(given).table_valued("value")
        parts = [func.json_extract(each.c.value, f"$[{one}]") for one in range(4)]
    notice, mail, address, attempt = parts
    return NOTICES.update().where(NOTICES.c.id == notice).values(
        state=_SENDING, message_id=mail, email=address, attempts=attempt, claimed_by=bindparam("owner"), claimed_at=_AT,
        leased_until=bindparam("until"), first_tried_at=func.coalesce(NOTICES.c.first_tried_at, _AT),
    )  # fmt: skip


@cache
def marks_sent(number: int) -> Update:
    """Marks so many notices as sent, each with its answer, in one statement: one way to the database and back, all of them or none."""
    which = [bindparam(f"which{one}", type_=Integer()) for one in range(number)]
    told = case(*((NOTICES.c.id == one, bindparam(f"told{at}", type_=Text())) for at, one in enumerate(which)))
    ours = NOTICES.c.id.in_(which), NOTICES.c.claimed_by == bindparam("owner"), NOTICES.c.state == _SENDING
    return NOTICES.update().where(*ours).values(state=_DONE, error=_NONE, answer=told, sent_at=bindparam("sent"), **_FREE)


_COLUMNS = [getattr(Notice, name) for name in Waiting._fields]
Free = Callable[[type[Notice]], ColumnElement[bool]]


def _queued(of: type[Notice]) -> ColumnElement[bool]:
    # what falls due before the delay is over does not wait for it
    waited = or_(of.queued_at <= _BEFORE, and_(of.due_at > of.queued_at, of.due_at <= _SOON))
    return and_(of.state == _QUEUED, of.not_before <= _AT, waited)


def _left(of: type[Notice]) -> ColumnElement[bool]:
    # a lease that lasts longer than anybody gives one was given before the clock was set back
    return and_(of.state == _SENDING, or_(of.leased_until < _AT, of.leased_until > _BEYOND))


def take(session: Session, at: datetime, limit: int, delay: timedelta, lease: timedelta) -> list[list[Waiting]]:
    """Lock up to so many mails that may be sent now, as the notices of each: those that a dead process left come first.

    Of several notices in one mail the first stands for all: whoever locks it has the mail. PostgreSQL passes over what others
    have locked; on SQLite there is one writer.
    """

    values = {"at": at, "before": at - delay, "soon": at + delay, "beyond": at + 2 * lease}
    firsts = _read(session, _firsts(_left, "leased_until"), values | {"limit": limit})
    if len(firsts) < limit:
        firsts += _read(session, _firsts(_queued, "not_before"), values | {"limit": limit - len(firsts)})
    groups = {one.id: [one] for one in firsts}
    several = {_mail_of(one): one.id for one in firsts if one.bundle}
    if several:
        together = tuple_(Notice.person_id, Notice.bundle, Notice.message_id, Notice.state).in_(list(several))
        others = select(*_COLUMNS).where(together, or_(_queued(Notice), _left(Notice)), Notice.id.not_in(several.values()))
        for one in _read(session, others.order_by(Notice.id).with_for_update(skip_locked=True, of=Notice), values):
            groups[several[_mail_of(one)]].append(one)
        for first in _incomplete(session, [groups[one] for one in several.values()]):
            del groups[first]
    return list(groups.values())


def _read(session: Session, query: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> list[Waiting]:
    return [Waiting._make(row) for row in read_rows(session, query, values)]


def _mail_of(notice: Waiting) -> tuple[int, str, str, str]:
    return notice.person_id, notice.bundle, notice.message_id, notice.state


@cache
def _firsts(free: Free, by: str) -> Select[*tuple[Any, ...]]:
    """The first notice of each mail that is free, to be locked."""
    earlier = aliased(Notice)
    same = (earlier.person_id == Notice.person_id, earlier.bundle == Notice.bundle, earlier.message_id == Notice.message_id)
    led = exists().where(*same, earlier.id < Notice.id, free(earlier))
    query = select(*_COLUMNS).where(free(Notice), or_(Notice.bundle == "", ~led)).order_by(getattr(Notice, by), Notice.id)
    return query.limit(bindparam("limit", type_=Integer)).with_for_update(skip_locked=True, of=Notice)


def _incomplete(session: Session, groups: Sequence[list[Waiting]]) -> list[int]:
    """Of mails that were begun before, those of which somebody has a part in hand: they must leave whole, so they wait."""
    begun = {group[0].message_id: group for group in groups if group[0].message_id}
    if not begun:
        return []
    query = select(Notice.message_id, func.count()).where(Notice.message_id.in_(begun), Notice.state.in_(("queued", "held", "sending")))
    return [begun[name][0].id for name, number in session.execute(query.group_by(Notice.message_id)) if len(begun[name]) != number]
