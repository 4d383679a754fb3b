"""The people of the demo. They do not exist, and their names say so."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import OWN, Membership, Organisation, Person
from webapp.accounts.verbs import hasher
from webapp.demo.accounts import PASSWORD, email_of
from webapp.register.models import Body
from workflows.roles import Actor, Role

HOME = "E0701"
"""Hartlepool: the body of the demo accounts. Its own return is left to be filled in."""
REVIEWERS_HOME = "E4501"
"""Gateshead: the offered reviewer's own body, in the same partnership."""


@dataclass
class People:
    """The demo's people as actors, by where they act."""

    session: Session
    since: datetime
    password_hash: str
    bodies: dict[int, dict[Role, Actor]] = field(default_factory=dict)
    reviewers: dict[int, list[Actor]] = field(default_factory=dict)
    coordinators: dict[int, Actor] = field(default_factory=dict)
    officers: list[Actor] = field(default_factory=list)
    managers: list[Actor] = field(default_factory=list)
    inspectors: list[Actor] = field(default_factory=list)
    homes: dict[int | None, int] = field(default_factory=dict)
    """The own bodies of reviewers, by person: nobody reviews their own."""

    def add(self, slug: str, name: str, roles: list[tuple[Role, Organisation]]) -> list[Actor]:
        """A demo person with these roles; gives an actor for each."""
        person = Person(email=email_of(slug), name=name, password_hash=self.password_hash, demo=True)
        for role, organisation in roles:
            person.memberships.append(Membership(organisation=organisation, role=role.value, since=self.since))
        self.session.add(person)
        self.session.flush()
        return [Actor(person.id, name, role, organisation.id, organisation.name) for role, organisation in roles]


def make_people(session: Session, since: datetime, bodies: list[Body]) -> People:
    """Everybody that the demo needs, for these bodies and all partnerships."""
    people = People(session, since, hasher().hash(PASSWORD))
    auditor, programme = OWN["audit-commission"](), OWN["programme"]()
    session.add_all([auditor, programme])
    for number in (1, 2, 3):
        slug = "officer" if number == 1 else f"officer-{number}"
        people.officers += people.add(slug, _numbered("Demo officer", number), [(Role.OFFICER, programme)])
    people.add("administrator", "Demo administrator", [(Role.ADMINISTRATOR, programme)])
    people.managers += people.add("manager", "Demo audit manager", [(Role.MANAGER, auditor)])
    for number in range(1, 7):
        slug = "inspector" if number == 1 else f"inspector-{number}"
        people.inspectors += people.add(slug, _numbered("Demo inspector", number), [(Role.INSPECTOR, auditor)])
    by_code = {body.code: body for body in bodies}
    _partnerships(people, by_code)
    for body in bodies:
        _body(people, body)
    return people


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _partnerships(people: People, bodies: dict[str, Body]) -> None:
    found = people.session.scalars(select(Organisation).where(Organisation.kind == "partnership").order_by(Organisation.code))
    home = bodies[HOME].partnership_id
    for partnership in found:
        here = partnership.id == home
        short = partnership.code.removeprefix("riep-")
        slug = "coordinator" if here else f"coordinator-{short}"
        name = "Demo coordinator"
        people.coordinators[partnership.id] = people.add(slug, name, [(Role.COORDINATOR, partnership)])[0]
        if here:
            own = bodies[REVIEWERS_HOME].organisation
            roles = [(Role.REVIEWER, partnership), (Role.PREPARER, own)]
            offered = people.add("reviewer", f"Demo reviewer from {own.name}", roles)[0]
            people.reviewers[partnership.id] = [offered] * 20
            people.homes[offered.person_id] = own.id
            own = bodies[HOME].organisation
            roles = [(Role.REVIEWER, partnership), (Role.PREPARER, own)]
            people.add("reviewer-own-body", f"Demo reviewer from {own.name}", roles)
        for number in range(2 if here else 1, 5):
            slug, name = f"reviewer-{short}-{number}", f"Demo reviewer {number}"
            people.reviewers.setdefault(partnership.id, []).extend(people.add(slug, name, [(Role.REVIEWER, partnership)]))


def _body(people: People, body: Body) -> None:
    organisation = body.organisation
    home = body.code == HOME
    code = body.code.lower()
    preparer = people.add("preparer" if home else f"preparer-{code}", "Demo preparer", [(Role.PREPARER, organisation)])
    if home:
        people.add("preparer-2", "Demo preparer 2", [(Role.PREPARER, organisation)])
    approver = people.add("approver" if home else f"approver-{code}", "Demo approver", [(Role.APPROVER, organisation)])
    owner = people.add("action-owner" if home else f"owner-{code}", "Demo action owner", [(Role.ACTION_OWNER, organisation)])
    people.bodies[body.id] = {actor.role: actor for actor in preparer + approver + owner if actor.role}
