"""Reads about bodies that end: the map, what of a body is open, and handovers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.register.models import Body
from webapp.returns.models import ReturnVersion
from webapp.review.models import Annotation
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.succession.models import Handover, Succession
from workflows.plans.track import MOVABLE
from workflows.review.annotations import ASKING
from workflows.roles import Actor, Role, Side

ENDED = ("closed", "not_returned", "exempt")
"""The stages of a case that takes nothing over any more."""
HELD_BY_BODY = tuple(role.value for role in Role if role.side is Side.BODY)


@dataclass(frozen=True)
class Successor:
    """One successor of a body on the map."""

    code: str
    name: str
    share: Decimal
    source: str


@dataclass
class Mapped:
    """A body that ends, with who takes its place, and its newest handover that was not dropped."""

    code: str
    name: str
    starts: date
    successors: list[Successor] = field(default_factory=list)
    handover_id: int | None = None
    applied: bool = False

    @property
    def state(self) -> str:
        return "none" if self.handover_id is None else "applied" if self.applied else "waiting"

    @property
    def words(self) -> str:
        """How far its handover is."""
        return {"none": "not handed over", "waiting": "a handover waits for signatures", "applied": "handed over"}[self.state]


def the_map(session: Session, organisation_id: int | None = None) -> list[Mapped]:
    """The successor map, by name of the body that ends; of one organisation, only what concerns it. Two statements."""
    one, other, body, successor = aliased(Organisation), aliased(Organisation), aliased(Body), aliased(Body)
    query = (
        select(body.id, body.code, one.name, Succession.starts, successor.code, other.name, Succession.share, Succession.source)
        .select_from(Succession)
        .join(body, body.id == Succession.predecessor_id)
        .join(one, one.id == body.id)
        .join(successor, successor.id == Succession.successor_id)
        .join(other, other.id == successor.id)
        .where(Succession.taken_off_at.is_(None))
        .order_by(Succession.starts.desc(), one.name, body.code, successor.code)
    )
    if organisation_id is not None:
        mine = select(Succession.predecessor_id).where(
            or_(Succession.predecessor_id == organisation_id, Succession.successor_id == organisation_id), Succession.taken_off_at.is_(None)
        )
        query = query.where(body.id.in_(mine))
    found: dict[int, Mapped] = {}
    for key, code, name, starts, to, to_name, share, source in session.execute(query):
        found.setdefault(key, Mapped(code, name, starts)).successors.append(Successor(to, to_name, share, source))
    made = select(Handover.predecessor_id, Handover.id, Handover.applied_at).where(Handover.dropped_at.is_(None)).order_by(Handover.id)
    for row in session.execute(made):
        if row.predecessor_id in found:
            found[row.predecessor_id].handover_id, found[row.predecessor_id].applied = row.id, row.applied_at is not None
    return list(found.values())


def body_by_code(session: Session, code: str) -> Body | None:
    """The body of that code, with its organisation."""
    return session.scalars(select(Body).options(joinedload(Body.organisation)).where(Body.code == code.upper())).one_or_none()


def lines_of(session: Session, body: Body) -> list[Succession]:
    """The lines of the map of one body, the greatest share first."""
    query = select(Succession).options(joinedload(Succession.successor).joinedload(Body.organisation))
    query = query.where(Succession.predecessor_id == body.id, Succession.taken_off_at.is_(None))
    return list(session.scalars(query.order_by(Succession.share.desc(), Succession.successor_id)))


def cases_of(body_id: int) -> ColumnElement[bool]:
    """The cases in which a body acts: its own, and those of bodies for which it answers."""
    return or_(Case.body_id == body_id, Case.body_id.in_(select(Body.id).where(Body.answered_by_id == body_id)))


def open_actions(session: Session, body: Body) -> list[Row[Action, str, str, str]]:
    """The actions of a body that are not done: each with its state, the case that it is in, and its owner's name."""
    query = (
        select(Action, Stay.state, Case.ref, Person.name)
        .select_from(Action)
        .join(Stay, Stay.action_id == Action.id)
        .join(Case, Case.id == Action.case_id)
        .join(Person, Person.id == Action.owner_id)
        .where(cases_of(body.id), Stay.until.is_(None), Stay.state.in_((*MOVABLE, "proposed")))
    )
    return list(session.execute(query.order_by(Case.ref, Action.number)))


def roles_of(session: Session, body: Body) -> list[Row[int, int, str, str]]:
    """The roles that active people hold in a body now: membership, person, name and role."""
    query = select(Membership.id, Person.id, Person.name, Membership.role).join(Person, Person.id == Membership.person_id)
    query = query.where(Membership.organisation_id == body.id, Membership.until.is_(None), Person.active)
    return list(session.execute(query.order_by(Person.name, Membership.id)))


def owners_there(session: Session, people: Collection[int], bodies: Collection[int]) -> set[tuple[int, int]]:
    """Which of these people are action owners of which of these bodies already."""
    query = select(Membership.person_id, Membership.organisation_id).where(
        Membership.person_id.in_(people), Membership.organisation_id.in_(bodies),
        Membership.role == Role.ACTION_OWNER.value, Membership.until.is_(None),
    )  # fmt: skip
    return {(row[0], row[1]) for row in session.execute(query)}


def sharing_of(session: Session, body: Body, day: date) -> list[Row[SharingMember, str]]:
    """The memberships of sharing groups that a body has on a day or later, with the group's name."""
    goes_on = (SharingMember.ends.is_(None) | (SharingMember.ends >= day), SharingGroup.ends.is_(None) | (SharingGroup.ends >= day))
    query = select(SharingMember, SharingGroup.name).join(SharingGroup, SharingGroup.id == SharingMember.group_id)
    return list(session.execute(query.where(SharingMember.body_id == body.id, *goes_on).order_by(SharingGroup.name, SharingMember.id)))


def queries_open(session: Session, body: Body) -> list[Row[str, int]]:
    """The queries that wait for the body's reply: how many in which case."""
    query = (
        select(Case.ref, func.count())
        .select_from(Annotation)
        .join(Case, Case.id == Annotation.case_id)
        .where(cases_of(body.id), Annotation.kind.in_(ASKING), Annotation.state == "open", Annotation.sent_at.is_not(None))
        .where(Annotation.audience.bitwise_and(int(Side.BODY)) != 0)
    )
    return list(session.execute(query.group_by(Case.ref).order_by(Case.ref)))


def deadlines_open(session: Session, body: Body) -> list[Deadline]:
    """The deadlines that the body has to meet in its cases, besides those of its actions, soonest first."""
    query = select(Deadline).join(Case, Case.id == Deadline.case_id).where(cases_of(body.id), Deadline.closed_at.is_(None))
    return list(session.scalars(query.where(Deadline.action_id.is_(None), Deadline.role.in_(HELD_BY_BODY)).order_by(Deadline.due_at)))


def cases(session: Session, body: Body, *, lock: bool = False) -> list[Case]:
    """The cases in which a body acts, newest round first."""
    query = select(Case).options(joinedload(Case.round), joinedload(Case.body).joinedload(Body.organisation)).where(cases_of(body.id))
    query = query.order_by(Case.round_id.desc(), Case.id)
    return list(session.scalars(query.with_for_update(of=Case, key_share=True) if lock else query))


def receiving(session: Session, bodies: Iterable[int], *, lock: bool = False) -> dict[int, Case]:
    """The case of each of these bodies that can take something over: the one under way in the newest round. By body."""
    query = (
        select(Case)
        .options(joinedload(Case.round), joinedload(Case.body).joinedload(Body.organisation))
        .where(Case.body_id.in_(list(bodies)), Case.stage.not_in(ENDED))
        .order_by(Case.round_id, Case.id)
    )
    return {case.body_id: case for case in session.scalars(query.with_for_update(of=Case, key_share=True) if lock else query)}


def correction_open(session: Session, body: Body) -> str:
    """The case of a body in which a correction of the return is open; empty where there is none."""
    signed = aliased(ReturnVersion)
    query = (
        select(Case.ref)
        .join(ReturnVersion, ReturnVersion.case_id == Case.id)
        .where(cases_of(body.id), ReturnVersion.frozen_at.is_(None), ReturnVersion.withdrawn_at.is_(None))
        .where(exists().where(signed.case_id == Case.id, signed.frozen_at.is_not(None)))
    )
    return session.scalars(query.order_by(Case.id)).first() or ""


def assigned(session: Session, body: Body) -> list[Row[str, str, int, str]]:
    """Who works on the cases of a body now: case, kind of work, person and name."""
    query = (
        select(Case.ref, Assignment.kind, Person.id, Person.name)
        .select_from(Assignment)
        .join(Case, Case.id == Assignment.case_id)
        .join(Person, Person.id == Assignment.person_id)
        .where(cases_of(body.id), Assignment.until.is_(None), Case.stage != "closed")
    )
    return list(session.execute(query.order_by(Case.ref, Assignment.kind, Person.name)))


def members_among(session: Session, people: Collection[int], body_id: int) -> set[int]:
    """Which of these people hold a role in a body."""
    query = select(Membership.person_id).where(Membership.person_id.in_(people), Membership.organisation_id == body_id)
    return set(session.scalars(query.where(Membership.until.is_(None))))


def have_approver(session: Session, bodies: Collection[int]) -> set[int]:
    """Which of these bodies have somebody who can sign for them."""
    query = select(Membership.organisation_id).join(Person, Person.id == Membership.person_id)
    query = query.where(Membership.organisation_id.in_(bodies), Membership.role == Role.APPROVER.value)
    return set(session.scalars(query.where(Membership.until.is_(None), Person.active)))


def signed_versions(session: Session, body: Body) -> list[Row[str, int]]:
    """How many versions of its return a body signed, in which of its own cases."""
    query = select(Case.ref, func.count()).join(ReturnVersion, ReturnVersion.case_id == Case.id)
    query = query.where(Case.body_id == body.id, ReturnVersion.frozen_at.is_not(None))
    return list(session.execute(query.group_by(Case.ref).order_by(Case.ref)))


def waiting_handover(session: Session, body: Body) -> Handover | None:
    """The handover of a body that waits for signatures, or to be applied."""
    query = select(Handover).where(Handover.predecessor_id == body.id, Handover.applied_at.is_(None), Handover.dropped_at.is_(None))
    return session.scalars(query).one_or_none()


def handover(session: Session, handover_id: int, *, lock: bool = False) -> Handover | None:
    """One handover; with `lock`, nobody else signs, drops or applies it meanwhile."""
    query = select(Handover).where(Handover.id == handover_id)
    return session.scalars(query.with_for_update(of=Handover) if lock else query).one_or_none()


def to_sign(session: Session, actor: Actor) -> list[Row[int, str]]:
    """The handovers that concern an approver's body and wait: number and name of the body that ends. One statement."""
    concerned = select(Succession.predecessor_id).where(Succession.successor_id == actor.organisation_id, Succession.taken_off_at.is_(None))
    query = (
        select(Handover.id, Organisation.name)
        .select_from(Handover)
        .join(Organisation, Organisation.id == Handover.predecessor_id)
        .where(Handover.applied_at.is_(None), Handover.dropped_at.is_(None))
        .where(or_(Handover.predecessor_id == actor.organisation_id, Handover.predecessor_id.in_(concerned)))
        .where(~Handover.signatures.any(body_id=actor.organisation_id))
    )
    return list(session.execute(query.order_by(Handover.id)))
