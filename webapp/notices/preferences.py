"""What people wish of their mail: how often, and who stands in for them. Read for sending, and kept for their own page."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Date, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from webapp.accounts.models import Membership, Organisation, Person
from webapp.clock import in_london
from webapp.db import UtcDateTime, Work, read_rows
from webapp.notices.models import Notice
from webapp.notices.preferences_models import MailSettings, StandIn
from workflows.asks import Misfit, read_day
from workflows.deadlines.calendar import LONDON
from workflows.deadlines.reminders import MOST_A_DAY, RHYTHMS, USUAL, Kind, Rhythm, rhythm_in
from workflows.engine import Reason, Refused
from workflows.roles import Role

BY_ASSIGNMENT = frozenset({Role.REVIEWER, Role.INSPECTOR})
"""Roles in which one sees the cases that one works on and no others, so that nobody can be told of them in one's place."""
LONGEST = 366
"""Days for which somebody can stand in."""


class Cover(NamedTuple):
    """Somebody who stands in for the holder of a role, from a day until another."""

    role: Role
    organisation_id: int
    person_id: int
    email: str
    name: str
    first: date
    until: date


class Wishes(NamedTuple):
    """What a person wishes of their mail, who stands in for them today or later, and how many optional mails they had today by
    themselves."""

    rhythms: Mapping[str, str] = {}
    covers: tuple[Cover, ...] = ()
    had: int = 0

    def rhythm(self, kind: Kind) -> Rhythm:
        """Their rhythm for a kind of mail."""
        return rhythm_in(self.rhythms.get(kind.value))

    def covering(self, day: date) -> tuple[Cover, ...]:
        """Who stands in for them on a day."""
        return tuple(cover for cover in self.covers if cover.first <= day <= cover.until)

    def one_more(self) -> "Wishes":
        """The same with one optional mail more that they had today by itself."""
        return self._replace(had=self.had + 1)

    @property
    def crowded(self) -> bool:
        """Whether they had as many optional mails today as they should by themselves."""
        return self.had >= MOST_A_DAY


NOTHING = Wishes()


def wishes_of(session: Session, people: Collection[int], now: datetime, *, count: bool) -> dict[int, Wishes]:
    """What each of these people wishes, in one statement, and with `count` a second one for how much they had today.

    Who stands in, then or later, is told only while they may sign in and hold the role that they stand in for, in the same organisation.
    """
    if not people:
        return {}
    today = in_london(now).date()
    found: dict[int, Wishes] = {}
    for row in read_rows(session, _wishes(), {"people": list(people), "today": today}):
        so_far = found.get(row.id, Wishes(row.rhythms or {}))
        if row.role is not None:
            cover = Cover(Role(row.role), row.organisation_id, row.stand_in, row.email, row.name, row.first, row.last)
            so_far = so_far._replace(covers=(*so_far.covers, cover))
        found[row.id] = so_far
    if count:
        midnight = datetime.combine(today, datetime.min.time(), LONDON)
        for person, had in read_rows(session, _had(), {"people": list(people), "midnight": midnight}):
            found[person] = found.get(person, NOTHING)._replace(had=had)
    return found


@cache
def _wishes() -> Select[int, dict[str, str], str | None, int | None, int | None, str | None, str | None, date | None, date | None]:
    theirs, other = aliased(Membership), aliased(Person)
    covers = (
        select(
            Membership.person_id.label("away"), Membership.role, Membership.organisation_id,
            other.id.label("stand_in"), other.email, other.name, StandIn.first, StandIn.last,
        )
        .join(Membership, Membership.id == StandIn.membership_id)
        .join(other, and_(other.id == StandIn.person_id, other.active))
        .join(theirs, and_(theirs.person_id == other.id, theirs.role == Membership.role,
                           theirs.organisation_id == Membership.organisation_id, theirs.until.is_(None)))
        .where(Membership.until.is_(None), StandIn.ended_at.is_(None), StandIn.last >= bindparam("today", type_=Date))
        .subquery()
    )  # fmt: skip
    here = covers.c
    found = select(Person.id, MailSettings.rhythms, here.role, here.organisation_id, here.stand_in, here.email, here.name, here.first,
                   here.last)  # fmt: skip
    query = found.select_from(Person).outerjoin(MailSettings, MailSettings.person_id == Person.id).outerjoin(covers, here.away == Person.id)
    return query.where(Person.id.in_(bindparam("people", expanding=True))).order_by(Person.id, here.stand_in, here.first)


@cache
def _had() -> Select[int, int]:
    alone = Notice.optional, Notice.bundle == "", Notice.state != "dropped", Notice.queued_at >= bindparam("midnight", type_=UtcDateTime)
    query = select(Notice.person_id, func.count()).where(Notice.person_id.in_(bindparam("people", expanding=True)), *alone)
    return query.group_by(Notice.person_id)


def settings_of(session: Session, person_id: int) -> MailSettings:
    """What a person chose; as it is usual where they chose nothing."""
    return session.get(MailSettings, person_id) or MailSettings(person_id=person_id, rhythms={}, revision=0)


def keep_rhythms(work: Work, person_id: int, chosen: Mapping[str, str], seen: int | None = None) -> None:
    """Keep in which rhythm a person has each kind of mail. Kinds that are not named stay as they are.

    Raises Refused for a rhythm that there is none of, and where the page that was sent is older than what is kept.
    """
    kept = work.session.get(MailSettings, person_id)
    if seen is not None and seen != (kept.revision if kept else 0):
        changed = "This was changed since you opened the page. Look at what is kept now, and save again."
        raise Refused("state", (Reason(changed, f"#{Kind.BEFORE.value}"),))
    wrong = [kind for kind in Kind if kind.value in chosen and chosen[kind.value] not in RHYTHMS]
    if wrong:
        raise Refused("input", tuple(Reason(f"Choose how often you have “{kind.label.lower()}”.", f"#{kind.value}") for kind in wrong))
    before = kept.rhythms if kept else {}
    after = {kind.value: chosen.get(kind.value, before.get(kind.value, USUAL)) for kind in Kind}
    if kept is None:
        work.session.add(MailSettings(person_id=person_id, rhythms=after))
    elif after != before:
        kept.rhythms = after


class Colleague(NamedTuple):
    """Somebody who could stand in for a person in one of their roles."""

    membership_id: int
    person_id: int
    name: str


def colleagues(session: Session, person_id: int) -> list[Colleague]:
    """Who holds the same role in the same organisation as a person, for each role in which somebody can stand in."""
    mine, theirs = aliased(Membership), aliased(Membership)
    query = (
        select(mine.id, Person.id, Person.name)
        .join(theirs, and_(theirs.role == mine.role, theirs.organisation_id == mine.organisation_id, theirs.until.is_(None)))
        .join(Person, Person.id == theirs.person_id)
        .where(mine.person_id == person_id, mine.until.is_(None), mine.role.not_in([role.value for role in BY_ASSIGNMENT]))
        .where(Person.active, Person.id != person_id)
        .order_by(mine.id, Person.name, Person.id)
    )
    return [Colleague(*row) for row in session.execute(query)]


def stand_ins_of(session: Session, person_id: int, today: date) -> list[StandIn]:
    """Who stands in for a person, now or later, the first first."""
    query = (
        select(StandIn)
        .join(Membership, Membership.id == StandIn.membership_id)
        .where(Membership.person_id == person_id, StandIn.ended_at.is_(None), StandIn.last >= today)
        .order_by(StandIn.first, StandIn.id)
    )
    loaded = selectinload(StandIn.membership).joinedload(Membership.organisation), selectinload(StandIn.person)
    return list(session.scalars(query.options(*loaded)))


class Standing(NamedTuple):
    """Whom somebody stands in for."""

    name: str
    role: Role
    organisation: str
    first: date
    last: date


def standing_in(session: Session, person_id: int, today: date) -> list[Standing]:
    """Whom a person stands in for, now or later."""
    query = (
        select(Person.name, Membership.role, Organisation.name, StandIn.first, StandIn.last)
        .join(Membership, Membership.id == StandIn.membership_id)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(StandIn.person_id == person_id, StandIn.ended_at.is_(None), StandIn.last >= today)
        .order_by(StandIn.first, StandIn.id)
    )
    return [Standing(name, Role(role), organisation, first, last) for name, role, organisation, first, last in session.execute(query)]


def name_stand_in(work: Work, person_id: int, inputs: Mapping[str, str]) -> StandIn:
    """Keep who stands in for a person in one of their roles, `first` to `last` (days as typed). `who` is MEMBERSHIP-PERSON.

    Raises Refused with all that is wrong: no such days, days that overlap, somebody who does not hold the same role there.
    """
    reasons: list[Reason] = []
    today = in_london(work.now).date()
    days: dict[str, date] = {}
    for name, label in (("first", "The first day"), ("last", "The last day")):
        try:
            days[name] = read_day(inputs[name])
        except Misfit as problem:
            reasons.append(Reason(f"{label} {problem}.", f"#{name}"))
    first, last = days.get("first"), days.get("last")
    if first and last and last < first:
        reasons.append(Reason("The last day must not lie before the first.", "#last"))
    elif last and last < today:
        reasons.append(Reason("The last day has passed already.", "#last"))
    elif first and last and (last - first).days >= LONGEST:
        reasons.append(Reason("Somebody can stand in for a year at most. Give an earlier last day.", "#last"))
    membership, other = _who(work.session, person_id, inputs["who"], reasons)
    if membership and first and last:
        for one in stand_ins_of(work.session, person_id, today):
            if one.membership_id == membership.id and one.first <= last and first <= one.last:
                overlaps = f"{one.person.name} stands in then already. Take that out first, or give other days."
                reasons.append(Reason(overlaps, "#first"))
    if reasons or membership is None or other is None or first is None or last is None:
        raise Refused("input", tuple(reasons))
    kept = StandIn(membership_id=membership.id, person_id=other.id, first=first, last=last)
    work.session.add(kept)
    return kept


def _who(session: Session, person_id: int, who: str, reasons: list[Reason]) -> tuple[Membership | None, Person | None]:
    """The role and the person that were chosen; adds why not to the reasons."""
    one, _, two = who.partition("-")
    membership = session.get(Membership, int(one)) if one.isdecimal() and len(one) < 10 else None
    other = session.get(Person, int(two)) if two.isdecimal() and len(two) < 10 else None
    if membership is None or other is None or membership.person_id != person_id or membership.until is not None:
        reasons.append(Reason("Choose who stands in for you.", "#who"))
        return None, None
    role = Role(membership.role)
    if role in BY_ASSIGNMENT:
        reasons.append(Reason(f"Nobody can stand in for your mail as {role.label}: a case is seen only by those who work on it. "
                              "Ask for it to be given to somebody else while you are away.", "#who"))  # fmt: skip
        return None, None
    holds = select(Membership.id).where(Membership.person_id == other.id, Membership.role == membership.role, Membership.until.is_(None),
                                        Membership.organisation_id == membership.organisation_id)  # fmt: skip
    if other.id == person_id or not other.active or session.scalar(holds) is None:
        reasons.append(Reason(f"Whoever stands in for you must be {role.label} for the same organisation. "
                              "Choose somebody else, or ask an administrator to give them the role.", "#who"))  # fmt: skip
        return None, None
    return membership, other


def end_stand_in(work: Work, person_id: int, stand_in_id: int) -> bool:
    """Take back who stands in for a person; gives whether there is such a one. Raises Refused where it was taken back before."""
    kept = work.session.get(StandIn, stand_in_id)
    if kept is None or kept.membership.person_id != person_id:
        return False
    if kept.ended_at is not None:
        raise Refused("state", (Reason("That was taken out already.", "#stand-ins"),))
    kept.ended_at = work.now
    return True
