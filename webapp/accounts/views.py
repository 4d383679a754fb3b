"""Signing in and out, and choosing the role in which one acts."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.accounts import people, sign_ins, signed_in, verbs
from webapp.accounts.forms import PasswordForm, SignInForm
from webapp.accounts.models import Person
from webapp.app import yardstick
from webapp.context import work
from webapp.demo.accounts import demo_accounts
from workflows.roles import Role

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/")
@needs("public")
def front() -> ResponseReturnValue:
    """The public front page."""
    return render_template("front.html")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@needs("public")
def sign_in() -> ResponseReturnValue:
    """Sign in; too many failures close it for a while."""
    if current_user.is_authenticated:
        return redirect(url_for("cases.today"), 303)
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    app, address = yardstick(), request.remote_addr or ""
    work().let_go()
    try:
        person = verbs.sign_in(app.database, work().now, form.email.data or "", form.password.data or "", address)
    except verbs.TooManyAttempts:
        form.form_errors.append("Too many failed attempts. Wait 15 minutes, then try again.")
        return _sign_in_page(form, 429)
    key = sign_ins.begin(work(), person) if person is not None else None
    user = signed_in.load(work().session, person.id, key, None) if person is not None and key is not None else None
    if person is None or user is None:
        form.form_errors.append("The e-mail address or the password is not right. Check both and try again.")
        return _sign_in_page(form, 422)
    cookie.clear()
    cookie.permanent = True
    cookie["sign_in"] = key
    if user.acting is not None:
        cookie["membership"] = user.acting.id
    login_user(user)
    verbs.signed_in(work(), person)
    return redirect(_next(), 303)


def _sign_in_page(form: SignInForm, status: int) -> ResponseReturnValue:
    accounts = demo_accounts(work().session)
    return make_response(render_template("sign_in.html", form=form, accounts=accounts), status)


def _next() -> str:
    """Where to go after signing in: only ever a page of this site.

    Browsers drop control characters and take a backslash for a slash, so an address with either leads nowhere.
    """
    asked = request.args.get("next", "")
    safe = asked.startswith("/") and not asked.startswith("//") and asked.isprintable() and "\\" not in asked
    return asked if safe else url_for("cases.today")


@blueprint.post("/sign-out")
@needs("public")
def sign_out() -> ResponseReturnValue:
    """Sign out: this sign-in ends for every copy of its cookie."""
    sign_ins.end(work(), str(cookie.get("sign_in", "")))
    logout_user()
    cookie.clear()
    return redirect(url_for("accounts.front"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@needs("signed_in")
def password() -> ResponseReturnValue:
    """Change one's password: every other sign-in of one's own ends."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return make_response(render_template("password.html", form=form), 422 if form.is_submitted() else 200)
    here = work()
    mine = here.session.get_one(Person, current_user.person.id)
    try:
        people.check_password(mine, form.new_password.data or "")
    except people.PeopleProblem as problem:
        form.new_password.errors = [str(problem)]
        return make_response(render_template("password.html", form=form), 422)
    if form.new_password.data == form.password.data:
        form.new_password.errors = ["That is the password that you have now. Choose another."]
        return make_response(render_template("password.html", form=form), 422)
    email, address = mine.email, request.remote_addr or ""
    here.let_go()  # the attempt is counted in a transaction of its own, as at the sign-in
    try:
        person = verbs.sign_in(yardstick().database, here.now, email, form.password.data or "", address)
    except verbs.TooManyAttempts:
        form.form_errors.append("Too many failed attempts. Wait 15 minutes, then try again.")
        return make_response(render_template("password.html", form=form), 429)
    if person is None:
        form.password.errors = ["That is not the password that you have now. Enter it again."]
        return make_response(render_template("password.html", form=form), 422)
    mine = here.session.get_one(Person, person.id)
    people.change_password(here, mine, form.new_password.data or "")
    cookie["sign_in"] = sign_ins.begin(here, mine)
    flash("Your password is changed. Wherever else you were signed in, you are signed out.")
    return redirect(url_for("cases.today"), 303)


@blueprint.route("/role", methods=["GET", "POST"])
@needs("signed_in")
def role() -> ResponseReturnValue:
    """Choose in which of one's roles to act."""
    if request.method == "GET":
        return render_template("role.html")
    chosen = request.form.get("membership", "")
    mine = {str(m.id): m for m in current_user.memberships}
    if chosen not in mine:
        raise NotFound("That is not one of your roles. Choose one from the list.")
    cookie["membership"] = mine[chosen].id
    membership = mine[chosen]
    flash(f"You now act as {Role(membership.role).label} for {membership.organisation.name}.")
    return redirect(url_for("cases.today"), 303)
