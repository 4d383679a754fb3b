"""What there is to know of a lot of cases to remind of their deadlines: read in as many statements as for one."""

from collections.abc import Collection
from datetime import datetime
from functools import cache, cached_property
from operator import attrgetter

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Assignment, Case
from webapp.db import UtcDateTime, read_rows
from webapp.notices.models import ReminderPause, open_at
from webapp.notices.preferences import Wishes, wishes_of
from webapp.notices.queries import Recipient
from webapp.notices.verbs import About
from webapp.plans.models import Action
from webapp.register.models import Body, Round, programme_of
from workflows.deadlines.calendar import nation_of
from workflows.deadlines.reminders import Pause
from workflows.programme import ReminderRule
from workflows.roles import Role, Side

FOR_ALL = (Role.OFFICER, Role.MANAGER, Role.ADMINISTRATOR)
"""Roles of which the holders act in every case."""
People = dict[int, Recipient]


class Lot:
    """Some cases, and who holds which role in them now: the same people as `recipients` finds for one case."""

    def __init__(self, session: Session, case_ids: Collection[int], now: datetime) -> None:
        cases = sorted(case_ids)
        found = list(read_rows(session, _cases(), {"cases": cases, "now": now}))
        self.pauses = {row.id: Pause(row.until, row.reason) for row in found if row.until}
        """What is paused now, by the case."""
        self.cases = {
            row.id: About(row.id, row.ref, row.body, row.round, programme, row.partnership_id,
                          (row.body_id,) if row.answered_by_id is None else (row.body_id, row.answered_by_id),
                          nation_of(row.gss, programme.nation))
            for row in found
            for programme in (programme_of(session, row.round_id, row.programme_hash, row.wording_hash),)
        }  # fmt: skip
        acting = {one for case in self.cases.values() for one in (*case.acting_ids, case.partnership_id) if one is not None}
        self._holders: dict[tuple[str, int | None], People] = {}
        self._assigned: dict[tuple[int, str], People] = {}
        self._owners: dict[int, People] = {}
        self._owner: dict[int, Recipient] = {}
        for row in read_rows(session, _holders(), {"organisations": sorted(acting), "for_all": [role.value for role in FOR_ALL]}):
            place = None if row.role in FOR_ALL else row.organisation_id
            self._holders.setdefault((row.role, place), {})[row.id] = Recipient(row.id, row.email, row.name)
        for one in read_rows(session, _assigned(), {"cases": cases}):
            self._assigned.setdefault((one.case_id, one.kind), {})[one.id] = Recipient(one.id, one.email, one.name)
        for owned in read_rows(session, _owners(), {"cases": cases}):
            owner = Recipient(owned.id, owned.email, owned.name)
            self._owners.setdefault(owned.case_id, {})[owner.id] = self._owner[owned.action_id] = owner
        self._session, self.now = session, now

    @cached_property
    def wishes(self) -> dict[int, Wishes]:
        """What each of these people wishes of their mail."""
        every = [*self._holders.values(), *self._assigned.values(), *self._owners.values()]
        return wishes_of(self._session, {person for found in every for person in found}, self.now, count=True)

    def recipients(self, case_id: int, role: Role, action_id: int | None) -> list[Recipient]:
        """Who holds a role in a case of the lot; of an action's deadline, of the owners that action's alone."""
        case = self.cases[case_id]
        role = case.held(role)
        found: People = {}
        if role in (Role.REVIEWER, Role.INSPECTOR):
            found = self._assigned.get((case_id, role.value), {})
        elif role is Role.ACTION_OWNER and action_id is not None:
            return [self._owner[action_id]] if action_id in self._owner else []
        elif role is Role.ACTION_OWNER:
            found = self._owners.get(case_id, {})
        else:
            places = case.acting_ids if role.side is Side.BODY else (None,) if role in FOR_ALL else (case.partnership_id,)
            for place in places:
                found = found | self._holders.get((role.value, place), {})
        return sorted(found.values(), key=attrgetter("id"))

    def holds(self, person_id: int, case_id: int, role: Role, action_id: int | None, *, stands_in: bool = False) -> bool:
        """Whether a person holds a role in a case of the lot. Who `stands_in` for the owner of an action owns none: the role in the
        body is enough."""
        if role is Role.ACTION_OWNER and stands_in:
            return any(person_id in self._holders.get((role.value, place), {}) for place in self.cases[case_id].acting_ids)
        return any(person_id == one.id for one in self.recipients(case_id, role, action_id))

    def takes_part(self, person_id: int, case_id: int) -> bool:
        """Whether a person holds any role in a case of the lot."""
        acting = self.cases[case_id]
        places = {None, acting.partnership_id, *acting.acting_ids}
        found = [people for (_, place), people in self._holders.items() if place in places]
        found += [people for (one, _), people in self._assigned.items() if one == case_id]
        return any(person_id in people for people in (*found, self._owners.get(case_id, {})))

    def paused(self, case_id: int, role: Role, at: datetime) -> str:
        """Why whoever holds a role in a case of the lot is not reminded at a time; empty where they are."""
        pause = self.pauses.get(case_id)
        return pause.stops(role, at) if pause else ""

    def told(self, rule: ReminderRule, case_id: int, action_id: int | None) -> list[tuple[Role, Recipient]]:
        """Everybody whom a reminder in a case goes to, each once, in the first of its roles that they hold."""
        found: dict[int, tuple[Role, Recipient]] = {}
        for role in (Role(one) for one in rule.to):
            for person in self.recipients(case_id, role, action_id):
                found.setdefault(person.id, (role, person))
        return list(found.values())


@cache
def _cases() -> Select[int, str, str, str, int, str, str | None, int | None, int, int | None, str | None, datetime | None, str | None]:
    found = select(Case.id, Case.ref, Organisation.name.label("body"), Round.name.label("round"), Case.round_id, Round.programme_hash,
                   Round.wording_hash, Case.partnership_id, Case.body_id, Body.answered_by_id, Body.gss,
                   ReminderPause.until, ReminderPause.reason)  # fmt: skip
    query = found.join(Round, Round.id == Case.round_id).join(Body, Body.id == Case.body_id)
    query = query.outerjoin(ReminderPause, and_(ReminderPause.body_id == Body.id, open_at(bindparam("now", type_=UtcDateTime))))
    return query.join(Organisation, Organisation.id == Body.id).where(Case.id.in_(bindparam("cases", expanding=True)))


@cache
def _holders() -> Select[int, str, str, str, int]:
    found = select(Person.id, Person.email, Person.name, Membership.role, Membership.organisation_id)
    there = or_(
        Membership.organisation_id.in_(bindparam("organisations", expanding=True)),
        Membership.role.in_(bindparam("for_all", expanding=True)),
    )
    return found.join(Membership, Membership.person_id == Person.id).where(Person.active, Membership.until.is_(None), there)


@cache
def _assigned() -> Select[int, str, str, int, str]:
    found = select(Person.id, Person.email, Person.name, Assignment.case_id, Assignment.kind)
    query = found.join(Assignment, Assignment.person_id == Person.id)
    return query.where(Person.active, Assignment.until.is_(None), Assignment.case_id.in_(bindparam("cases", expanding=True)))


@cache
def _owners() -> Select[int, str, str, int, int]:
    found = select(Person.id, Person.email, Person.name, Action.case_id, Action.id.label("action_id"))
    query = found.join(Action, Action.owner_id == Person.id)
    return query.where(Person.active, Action.case_id.in_(bindparam("cases", expanding=True)))
