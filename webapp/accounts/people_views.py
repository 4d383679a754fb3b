"""The people's pages: who there is, and, for administrators, adding people, giving and ending roles, keeping people out."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import PERMISSIONS, needs
from webapp.accounts import people, people_queries
from webapp.accounts.models import Membership, Person
from webapp.accounts.people_forms import PersonForm, RoleForm
from webapp.context import work
from webapp.errors import page
from workflows.roles import Role

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
@needs("people.list")
def listed() -> ResponseReturnValue:
    """People, their roles, and what each role may do."""
    said = {name: request.args.get(name, "").strip()[:80] for name in ("text", "role", "state")}
    narrowed = people_queries.PeopleFilter(**said)
    found = people_queries.people(work().session, narrowed, request.args.get("page", 1, type=int))
    return render_template("people.html", list=found, narrowed=narrowed, permissions=PERMISSIONS, roles=list(Role))


@blueprint.route("/people/new", methods=["GET", "POST"])
@needs("people.change")
def new() -> ResponseReturnValue:
    """Add somebody with their first role; their password is shown once."""
    form = PersonForm()
    if not form.validate_on_submit():
        return make_response(render_template("person_new.html", form=form), 422 if form.is_submitted() else 200)
    here, role = work(), Role(form.role.data)
    try:
        organisation = people.organisation_of(here, role, form.organisation.data or "")
        person, password = people.add_person(here, form.email.data or "", form.name.data or "")
        people.give_role(here, person, role, organisation)
    except people.PeopleProblem as problem:
        _tell(form, problem)
        return make_response(render_template("person_new.html", form=form), 422)
    told = f"{person.name} is added as {role.label} of {organisation.name}."
    return render_template("person_password.html", person=person, password=password, told=told)


@blueprint.get("/people/<int:person_id>")
@needs("people.list")
def one(person_id: int) -> ResponseReturnValue:
    """A person with their roles."""
    return _page(person_id, RoleForm(formdata=None), 200)


@blueprint.post("/people/<int:person_id>/roles")
@needs("people.change")
def give_role(person_id: int) -> ResponseReturnValue:
    """Give somebody a role."""
    person, form = _person(person_id), RoleForm()
    if not form.validate_on_submit():
        return _page(person_id, form, 422)
    role = Role(form.role.data)
    try:
        organisation = people.organisation_of(work(), role, form.organisation.data or "")
        people.give_role(work(), person, role, organisation)
    except people.PeopleProblem as problem:
        _tell(form, problem)
        return _page(person_id, form, 422)
    return _done(person, f"{person.name} is now {role.label} of {organisation.name}.")


@blueprint.post("/people/<int:person_id>/roles/<int:membership_id>/end")
@needs("people.change")
def end_role(person_id: int, membership_id: int) -> ResponseReturnValue:
    """End a role."""
    person, membership = _person(person_id), work().session.get(Membership, membership_id)
    if membership is None or membership.person_id != person.id:
        raise NotFound
    try:
        left = people.end_role(work(), membership)
    except people.PeopleProblem as problem:
        return _refused(person, problem)
    told = f"{person.name} is no longer {Role(membership.role).label} of {membership.organisation.name}."
    if left:
        who = "A coordinator" if membership.role == Role.REVIEWER else "A manager"
        told += f" {left} {'case is' if left == 1 else 'cases are'} still allocated to them. {who} must allocate somebody else."
    return _done(person, told)


@blueprint.post("/people/<int:person_id>/deactivate")
@needs("people.change")
def deactivate(person_id: int) -> ResponseReturnValue:
    """Keep somebody out."""
    person = _person(person_id)
    try:
        people.deactivate(work(), person)
    except people.PeopleProblem as problem:
        return _refused(person, problem)
    return _done(person, f"{person.name} is deactivated: they are signed out and cannot sign in.")


@blueprint.post("/people/<int:person_id>/reactivate")
@needs("people.change")
def reactivate(person_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    person = _person(person_id)
    try:
        people.reactivate(work(), person)
    except people.PeopleProblem as problem:
        return _refused(person, problem)
    return _done(person, f"{person.name} can sign in again, with the password that they had.")


@blueprint.post("/people/<int:person_id>/password")
@needs("people.change")
def password(person_id: int) -> ResponseReturnValue:
    """Make a new password for somebody, shown once."""
    person = _person(person_id)
    try:
        made = people.new_password(work(), person)
    except people.PeopleProblem as problem:
        return _refused(person, problem)
    told = f"{person.name} has a new password. The old one no longer works, and wherever they were signed in, they are signed out."
    return render_template("person_password.html", person=person, password=made, told=told)


def _person(person_id: int) -> Person:
    found = work().session.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def _page(person_id: int, form: RoleForm, status: int) -> ResponseReturnValue:
    session = work().session
    found = people_queries.person(session, person_id)
    if found is None:
        raise NotFound
    person, memberships = found
    last = people_queries.signed_in_at(session, person_id)
    return make_response(render_template("person.html", person=person, memberships=memberships, form=form, last=last), status)


def _tell(form: RoleForm, problem: people.PeopleProblem) -> None:
    """Put a problem beside the field that it is about, or above the form."""
    if problem.field in form:
        form[problem.field].errors = [*form[problem.field].errors, str(problem)]
    else:
        form.form_errors.append(str(problem))


def _refused(person: Person, problem: people.PeopleProblem) -> ResponseReturnValue:
    return page(422, f"Nothing was changed. {problem}", back=url_for("people.one", person_id=person.id))


def _done(person: Person, told: str) -> ResponseReturnValue:
    flash(told)
    return redirect(url_for("people.one", person_id=person.id), 303)
