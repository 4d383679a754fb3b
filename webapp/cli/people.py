"""Commands on people, their roles, and their tokens for the API."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.accounts import people as verbs
from webapp.accounts.models import ApiToken, Membership, Organisation, Person
from webapp.accounts.tokens import make_token
from webapp.cli.common import COMMAND_LINE, as_json, database, say
from webapp.clock import system_clock
from webapp.db import Work
from workflows.roles import Role

ROLES = click.Choice([r.value for r in Role])


@click.group()
def people() -> None:
    """People and the roles that they hold."""


@people.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name, for one who is new.")
@click.option("--role", required=True, type=ROLES, help="The role that they are given.")
@click.option(
    "--organisation",
    default="",
    help="The code or name of the organisation; not needed for the auditor and the programme.",
)
@as_json
def people_add(email: str, name: str, role: str, organisation: str, json_: bool) -> None:
    """Give somebody a role; a person who is new gets a password, which is shown once."""
    password = ""
    with _work() as work:
        person = verbs.person_of(work.session, email)
        where = verbs.organisation_of(work, Role(role), organisation)
        if person is None:
            person, password = verbs.add_person(work, email, name)
        membership = verbs.held(work.session, person, Role(role), where)
        if membership is None or membership.until is not None:
            verbs.give_role(work, person, Role(role), where)
    if json_:
        say({"email": person.email, "role": role, "organisation": where.code, "password": password or None})
    else:
        click.echo(f"{person.email} is {Role(role).label} of {where.code}." + (f" Password, shown once: {password}" if password else ""))


@people.command("end")
@click.argument("email")
@click.option("--role", required=True, type=ROLES)
@click.option("--organisation", required=True, help="The code of the organisation.")
def people_end(email: str, role: str, organisation: str) -> None:
    """End a role that somebody holds."""
    with _work() as work:
        query = _memberships(email).where(Membership.role == role, Organisation.code == organisation)
        found = work.session.scalars(query).one_or_none()
        if found is None:
            raise click.ClickException(f"{email} does not hold the role {role} in {organisation}.")
        left = verbs.end_role(work, found)
    click.echo(f"{email} is no longer {Role(role).label} of {organisation}." + (f" Cases still allocated to them: {left}." if left else ""))


@people.command("deactivate")
@click.argument("email")
def people_deactivate(email: str) -> None:
    """Keep somebody out: they are signed out, cannot sign in, and their tokens are revoked."""
    with _work() as work:
        verbs.deactivate(work, _person(work, email))
    click.echo(f"{email} is deactivated.")


@people.command("reactivate")
@click.argument("email")
def people_reactivate(email: str) -> None:
    """Let somebody in again who was deactivated."""
    with _work() as work:
        verbs.reactivate(work, _person(work, email))
    click.echo(f"{email} can sign in again.")


@people.command("password")
@click.argument("email")
@as_json
def people_password(email: str, json_: bool) -> None:
    """Make a new password for somebody, shown once; wherever they are signed in, that ends."""
    with _work() as work:
        made = verbs.new_password(work, _person(work, email))
    if json_:
        say({"email": email, "password": made})
    else:
        click.echo(f"{email} has a new password, shown once: {made}")


@contextmanager
def _work() -> Iterator[Work]:
    """A unit of work of the command line. Raises click.ClickException for what cannot be."""
    try:
        with database().work(COMMAND_LINE, system_clock()) as work:
            yield work
    except verbs.PeopleProblem as problem:
        raise click.ClickException(str(problem)) from None


def _person(work: Work, email: str) -> Person:
    found = verbs.person_of(work.session, email)
    if found is None:
        raise click.ClickException(f"There is nobody with the address {email}. See: yardstick people list")
    return found


@people.command("list")
@as_json
def people_list(json_: bool) -> None:
    """Everybody with the roles that they hold."""
    with database().reading() as session:
        query = select(Person.email, Person.name, Membership.role, Organisation.code).join(Membership, Membership.person_id == Person.id)
        rows = session.execute(query.join(Organisation).where(Membership.until.is_(None), Person.active).order_by(Person.email)).all()
    if json_:
        say([{"email": r.email, "name": r.name, "role": r.role, "organisation": r.code} for r in rows])
    for row in [] if json_ else rows:
        click.echo(f"{row.email:44} {row.role:14} {row.code:24} {row.name}")


def _memberships(email: str) -> Select[Membership]:
    return (
        select(Membership)
        .join(Membership.person)
        .join(Membership.organisation)
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
        .where(Person.email == email.strip().lower(), Person.active, Membership.until.is_(None))
    )


@click.group()
def token() -> None:
    """Tokens for the API."""


@token.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--role", type=ROLES, help="The role it acts in, for a person with several.")
@click.option("--organisation", help="The code of the organisation it acts for, for a person with the role in several.")
@as_json
def token_create(email: str, name: str, role: str | None, organisation: str | None, json_: bool) -> None:
    """Make a token that acts for a person; it is shown once."""
    if not 1 <= len(name.strip()) <= 80:
        raise click.ClickException("The name of a token must have 1 to 80 characters.")
    with database().work(COMMAND_LINE, system_clock()) as work:
        query = _memberships(email)
        if role:
            query = query.where(Membership.role == role)
        if organisation:
            query = query.where(Organisation.code == organisation)
        found = list(work.session.scalars(query))
        if not found:
            raise click.ClickException(f"Nobody with the address {email} holds {'that role' if role else 'a role'}.")
        if len(found) > 1:
            held = ", ".join(f"--role {m.role} --organisation {m.organisation.code}" for m in found)
            raise click.ClickException(f"{email} holds several roles. Choose one: {held}.")
        made = make_token(work, found[0], name.strip())
    if json_:
        say({"email": email, "name": name, "role": found[0].role, "token": made})
    else:
        click.echo(made)


@token.command("list")
@as_json
def token_list(json_: bool) -> None:
    """The tokens that are valid, without their secret."""
    with database().reading() as session:
        query = select(ApiToken.id, ApiToken.name, ApiToken.created_at, Person.email, Membership.role).join(ApiToken.membership)
        rows = session.execute(query.join(Membership.person).where(ApiToken.revoked_at.is_(None)).order_by(ApiToken.id)).all()
    if json_:
        say([{"id": r.id, "name": r.name, "email": r.email, "role": r.role, "created": r.created_at.isoformat()} for r in rows])
    for row in [] if json_ else rows:
        click.echo(f"{row.id:6} {row.email:44} {row.role:14} {row.created_at:%Y-%m-%d} {row.name}")


@token.command("revoke")
@click.argument("number", type=int)
def token_revoke(number: int) -> None:
    """Make a token invalid, by its number in the list."""
    with database().work(COMMAND_LINE, system_clock()) as work:
        found = work.session.get(ApiToken, number)
        if found is None or found.revoked_at is not None:
            raise click.ClickException(f"There is no valid token {number}. See: yardstick token list")
        found.revoked_at = work.now
    click.echo(f"Token {number} is no longer valid.")
