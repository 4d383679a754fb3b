"""Verbs on people: add one, give and end roles, keep somebody out or let them in again, make a new password.

The administrator's pages and the command line use the same ones. Each is an event on the record.
"""

import re
import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.accounts import sign_ins
from webapp.accounts.models import OWN, ApiToken, Membership, Organisation, Person, SignInAttempt
from webapp.accounts.verbs import hasher
from webapp.cases.models import Assignment, Case
from webapp.db import Work
from webapp.record import note
from workflows.roles import Role, Side

KINDS = {Side.BODY: "body", Side.PARTNERSHIP: "partnership", Side.AUDITOR: "auditor", Side.PROGRAMME: "programme"}
"""The kind of organisation that stands on each side of a case."""
HOME = {Side.AUDITOR: "audit-commission", Side.PROGRAMME: "programme"}
"""The one organisation in which the roles of a side are held, by its code, where there is but one."""
KIND_WORDS = {"body": "a body", "partnership": "a partnership", "auditor": "the auditor", "programme": "the programme team"}
MOST_NAMED = 6
"""How many organisations are named where what was entered fits several."""


SHORTEST = 12
"""The fewest characters of a password that somebody chooses; length is what makes it hard to guess."""


class PeopleProblem(ValueError):
    """Something about a person or a role that cannot be; the text says what to do. `field` names what it is about."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def person_of(session: Session, email: str) -> Person | None:
    """The person of an e-mail address, however it is written."""
    return session.scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()


def add_person(work: Work, email: str, name: str) -> tuple[Person, str]:
    """Add somebody; gives them and their password, which is not kept and cannot be shown again. Raises PeopleProblem."""
    email, name = email.strip().lower(), " ".join(name.split())
    if not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", email) or len(email) > 254:
        raise PeopleProblem("Enter an e-mail address, like name@example.org.", "email")
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise PeopleProblem("Enter the name, in 120 characters or fewer.", "name")
    if person_of(work.session, email) is not None:
        raise PeopleProblem(f"There is somebody with the address {email} already. Give them the role on their own page.", "email")
    password = secrets.token_urlsafe(12)
    person = Person(email=email, name=name, password_hash=hasher().hash(password))
    work.session.add(person)
    work.session.flush()
    return person, password


def organisation_of(work: Work, role: Role, said: str) -> Organisation:
    """The organisation in which a role is to be held, by its code or a part of its name. Raises PeopleProblem.

    Without either it is the one that all who hold the role belong to; the auditor and the programme team arise when first named.
    """
    session, kind, said = work.session, KINDS[role.side], " ".join(said.split())
    said = said or HOME.get(role.side, "")
    if not said:
        raise PeopleProblem(f"Enter for which organisation: the role of {role.label} is held in {KIND_WORDS[kind]}.", "organisation")
    found = session.scalars(select(Organisation).where(func.lower(Organisation.code) == said.lower())).first()
    if found is None and said.lower() in OWN:
        found = OWN[said.lower()]()
        session.add(found)
        session.flush()
    found = found or _named(session, kind, said)
    if found.kind != kind:
        raise PeopleProblem(f"{found.name} is not {KIND_WORDS[kind]}: the role of {role.label} is held only there.", "organisation")
    return found


def _named(session: Session, kind: str, said: str) -> Organisation:
    fits = select(Organisation).where(Organisation.kind == kind, Organisation.name.icontains(said, autoescape=True))
    some = list(session.scalars(fits.order_by(func.length(Organisation.name), Organisation.code).limit(MOST_NAMED + 1)))
    exact = [organisation for organisation in some if organisation.name.lower() == said.lower()]
    if len(exact or some) == 1:
        return (exact or some)[0]
    if some:
        named = ", ".join(f"{organisation.name} ({organisation.code})" for organisation in some[:MOST_NAMED])
        more = " and others" if len(some) > MOST_NAMED else ""
        raise PeopleProblem(f"“{said}” fits several: {named}{more}. Enter the code of one.", "organisation")
    raise PeopleProblem(
        f"There is no organisation “{said}”. Use a body’s code like E0724 or its name, a partnership’s like riep-north-east, or "
        f"{' or '.join(OWN)}.", "organisation",
    )  # fmt: skip


def held(session: Session, person: Person, role: Role, organisation: Organisation) -> Membership | None:
    """The role of somebody in an organisation, whether it goes on or has ended."""
    query = select(Membership).where(Membership.person_id == person.id, Membership.organisation_id == organisation.id)
    return session.scalars(query.where(Membership.role == role.value)).one_or_none()


def give_role(work: Work, person: Person, role: Role, organisation: Organisation) -> Membership:
    """Give somebody a role from now on. Raises PeopleProblem where they hold it already, or would give it to themselves."""
    _not_oneself(work, person, "Nobody gives a role to themselves: ask another administrator.")
    if not person.active:
        raise PeopleProblem(f"{person.name} is deactivated. Let them in again first.", "role")
    membership = held(work.session, person, role, organisation)
    if membership is None:
        membership = Membership(person_id=person.id, organisation_id=organisation.id, role=role.value, since=work.now)
        work.session.add(membership)
    elif membership.until is None:
        raise PeopleProblem(f"{person.name} is {role.label} of {organisation.name} already. Choose another role.", "role")
    else:
        membership.since, membership.until = work.now, None
    work.session.flush()
    return membership


def end_role(work: Work, membership: Membership) -> int:
    """End a role that somebody holds; tokens that act in it are revoked. Raises PeopleProblem.

    Gives how many cases they are still allocated to in it: those must be given to somebody else.
    """
    person = membership.person
    _not_oneself(work, person, "Nobody ends a role of their own: ask another administrator.")
    if membership.until is not None:
        raise PeopleProblem(f"{person.name} no longer holds that role: somebody ended it already.")
    if membership.role == Role.ADMINISTRATOR:
        _another_administrator(work, person)
    membership.until = work.now
    revoke_tokens(work, [membership.id])
    return _allocations(work.session, membership)


def deactivate(work: Work, person: Person) -> None:
    """Keep somebody out from now on: they cannot sign in, are signed out, and their tokens are revoked. Raises PeopleProblem."""
    _not_oneself(work, person, "Nobody deactivates themselves: ask another administrator.")
    if not person.active:
        raise PeopleProblem(f"{person.name} is deactivated already.")
    roles = select(Membership.id, Membership.role).where(Membership.person_id == person.id, Membership.until.is_(None))
    memberships = work.session.execute(roles).all()
    if any(role == Role.ADMINISTRATOR for _, role in memberships):
        _another_administrator(work, person)
    person.active = False
    sign_ins.end_all(work, person)
    revoke_tokens(work, [key for key, _ in memberships])


def reactivate(work: Work, person: Person) -> None:
    """Let somebody in again who was deactivated, with the roles that they hold. Raises PeopleProblem."""
    _not_oneself(work, person, "Nobody lets themselves in: ask another administrator.")
    if person.active:
        raise PeopleProblem(f"{person.name} is not deactivated.")
    person.active = True


def new_password(work: Work, person: Person) -> str:
    """A new password for somebody, shown once; wherever they are signed in, that ends. Raises PeopleProblem."""
    _not_oneself(work, person, "Nobody makes a password for themselves here: ask another administrator.")
    if not person.active:
        raise PeopleProblem(f"{person.name} is deactivated. Let them in again first.")
    password = secrets.token_urlsafe(12)
    person.password_hash = hasher().hash(password)
    sign_ins.end_all(work, person)
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.email == person.email))
    note(work, "person.password", entity="person", key=str(person.id), label=f"made a new password for {person.name}",
         audience=Side.PROGRAMME)  # fmt: skip
    return password


def change_password(work: Work, person: Person, password: str) -> None:
    """Put a password of their own choice in the place of somebody's; every sign-in of theirs ends. Raises PeopleProblem."""
    check_password(person, password)
    person.password_hash = hasher().hash(password)
    sign_ins.end_all(work, person)
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.email == person.email))
    note(work, "person.password", entity="person", key=str(person.id), label=f"{person.name} changed their password",
         audience=Side.PROGRAMME)  # fmt: skip


def check_password(person: Person, password: str) -> None:
    """Raise PeopleProblem for a password that is easily guessed."""
    if not len(password) >= SHORTEST:
        raise PeopleProblem(f"The new password must have {SHORTEST} characters or more. Three random words make a good one.")
    told = {person.email, person.email.partition("@")[0], person.name.lower()}
    if password.lower() in told or len(set(password.lower())) < 5:
        raise PeopleProblem("That password is easy to guess. Three random words make a good one.")


def _allocations(session: Session, membership: Membership) -> int:
    if membership.role not in (Role.REVIEWER, Role.INSPECTOR):
        return 0
    kinds = ("reviewer", "marker") if membership.role == Role.REVIEWER else (membership.role,)
    query = select(func.count()).select_from(Assignment).join(Case, Case.id == Assignment.case_id)
    query = query.where(Assignment.person_id == membership.person_id, Assignment.kind.in_(kinds), Assignment.until.is_(None))
    if membership.role == Role.REVIEWER:
        query = query.where(Case.partnership_id == membership.organisation_id)
    return session.scalar(query) or 0


def _not_oneself(work: Work, person: Person, text: str) -> None:
    if work.actor.person_id == person.id:
        raise PeopleProblem(text)


def _another_administrator(work: Work, person: Person) -> None:
    """Raise PeopleProblem where nobody else could administer the programme. Locks the roles it counts."""
    query = select(Membership.person_id).join(Membership.person)
    query = query.where(Membership.role == Role.ADMINISTRATOR.value, Membership.until.is_(None), Person.active)
    others = work.session.scalars(query.order_by(Membership.id).with_for_update()).all()
    if all(other == person.id for other in others):
        raise PeopleProblem(f"{person.name} is the only administrator. Give somebody else the role first.")


def revoke_tokens(work: Work, memberships: list[int]) -> None:
    for token in work.session.scalars(select(ApiToken).where(ApiToken.membership_id.in_(memberships), ApiToken.revoked_at.is_(None))):
        token.revoked_at = work.now
