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
        return self.add_all([(slug, name, roles)])

    def add_all(self, wanted: list[tuple[str, str, list[tuple[Role, Organisation]]]]) -> list[Actor]:
        """Demo people, each with a slug, a name and roles, written together; gives an actor for each role of each."""
        made = [
            (Person(email=email_of(slug), name=name, password_hash=self.password_hash, demo=True), roles) for slug, name, roles in wanted
        ]
        for person, roles in made:
            for role, organisation in roles:
                person.memberships.append(Membership(organisation=organisation, role=role.value, since=self.since))
            self.session.add(person)
        self.session.flush()
        return [Actor(person.id, person.name, role, home.id, home.name) for person, roles in made for role, home in roles]


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
    people.add("preparer-2", "Demo preparer 2", [(Role.PREPARER, by_code[HOME].organisation)])
    _bodies(people, bodies)
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


def _bodies(people: People, bodies: list[Body]) -> None:
    """Who prepares, signs and acts in each body."""
    wanted = []
    for body in bodies:
        end = "" if body.code == HOME else f"-{body.code.lower()}"
        wanted.append((f"preparer{end}", "Demo preparer", [(Role.PREPARER, body.organisation)]))
        wanted.append((f"approver{end}", "Demo approver", [(Role.APPROVER, body.organisation)]))
        wanted.append((f"{'owner' if end else 'action-owner'}{end}", "Demo action owner", [(Role.ACTION_OWNER, body.organisation)]))
    actors = people.add_all(wanted)
    for number, body in enumerate(bodies):
        people.bodies[body.id] = {actor.role: actor for actor in actors[3 * number : 3 * number + 3] if actor.role}
