"""Errors as pages that say what to do, with what was typed kept, and the event where a right was missing."""

import logging

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, RequestEntityTooLarge, Unauthorized

from webapp.cases.moves import Stale
from webapp.record import note
from workflows.engine import Reason, Refused, UnknownTransition
from workflows.roles import Side

log = logging.getLogger("yardstick")

HIDDEN_FIELDS = {"csrf_token", "once", "version", "password", "new_password", "submit", "received", "then", "do"}


class Conflict(HTTPException):
    """Somebody else was faster, or this form was sent before."""

    code = 409
    description = "Somebody else has changed this since you opened the page."


class SentBefore(HTTPException):
    """A form that was carried out before, and what came of it is shown only once."""

    code = 409
    description = "This form was sent before, and counted then. Nothing was done a second time: look whether all is as you want it."


class RoleEnded(HTTPException):
    """The role in which somebody acted was ended while they were signed in."""

    code = 409


TITLES = {
    400: "The request could not be read",
    403: "You may not do this",
    404: "Page not found",
    405: "This cannot be done here",
    409: "Somebody else was faster",
    413: "That is too much at once",
    422: "This cannot be done now",
    429: "Too many attempts",
    503: "The system is busy",
}


def typed() -> list[tuple[str, str]]:
    """What the person typed into the form that was refused, by field, so that a page can give it back."""
    if request.method != "POST" or request.mimetype == "application/json":
        return []
    try:
        fields = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return []
    return [
        (" ".join(part if part.isupper() else part.replace("_", " ") for part in name.split("-")).strip(), value)
        for name, value in fields
        if name not in HIDDEN_FIELDS and not name.startswith("was-") and value.strip()
    ]


def by_script() -> bool:
    """Whether a page's own script asks, which is told in JSON what its page would show."""
    return request.accept_mimetypes.best == "application/json"


def page(status: int, text: str, *, title: str = "", reasons: tuple[Reason, ...] = (), back: str = "") -> Response:
    """An error as a page, or as a problem document (RFC 9457) for the API."""
    title = title or TITLES.get(status, "Something went wrong")
    if request.path.startswith("/api/") or by_script():
        from webapp.api.problems import problem

        return problem(status, title, text, reasons)
    back = back or (request.path if request.method == "GET" else request.referrer or url_for("cases.today"))
    html = render_template("error.html", title=title, text=text, reasons=reasons, typed=typed(), back=_local(back),
                           status=status, case=g.get("case"))  # fmt: skip
    return make_response(html, status)


def _local(address: str) -> str:
    """Only ever lead back into this site."""
    if address.startswith(request.host_url):
        return "/" + address[len(request.host_url) :]
    return address if address.startswith("/") and not address.startswith("//") else "/"


def refused_event(kind: str, label: str) -> None:
    """Keep on the record that something was refused for lack of right, in a transaction of its own."""
    from webapp.app import acting, yardstick

    app = yardstick()
    case = g.get("case")
    with app.database.work(acting(), app.clock()) as work:
        note(work, f"refused.{kind}", entity="request", key=request.path[:80], label=label[:300], audience=Side.PROGRAMME,
             case_id=case.id if case else None, new={"method": request.method, "path": request.path[:200]})  # fmt: skip


def register(app: Flask) -> None:
    """Tell the application how to answer errors."""

    @app.errorhandler(Unauthorized)
    def unauthorized(_: Unauthorized) -> ResponseReturnValue:
        if request.path.startswith("/api/"):
            answer = page(401, "Send the header “Authorization: Bearer TOKEN” with a valid token.", title="Not signed in")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if request.method == "GET":
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)
        return _signed_out()

    @app.errorhandler(RoleEnded)
    def role_ended(_: RoleEnded) -> ResponseReturnValue:
        if request.method == "GET" and not by_script():
            return redirect(url_for("accounts.role"), 303)
        text = (
            "The role in which you acted has ended, so nothing was saved. Choose another of your roles, and use what you typed from below."
        )
        return page(409, text, title="Your role has ended")

    @app.errorhandler(CSRFError)
    def forged(_: CSRFError) -> ResponseReturnValue:
        if not current_user.is_authenticated and request.endpoint not in ("accounts.sign_in", "accounts.sign_out"):
            return _signed_out()
        text = (
            "Nothing was saved, because the form did not come from a page that is still valid for you: it was open for too "
            "long, you signed in anew, or it came from another site. Open the page again and use what you typed from below."
        )
        return page(400, text, title="This form is no longer valid")

    @app.errorhandler(Refused)
    def refused(problem: Refused) -> ResponseReturnValue:
        if problem.kind == "role":
            refused_event("role", f"{request.method} {request.path}: {problem}")
        status = {"role": 403, "state": 409, "guard": 422, "input": 422}[problem.kind]
        text = "Nothing was changed. This is why:" if problem.kind != "role" else "Your role does not allow this. Nothing was changed."
        title = "This cannot be done now" if problem.kind == "state" else TITLES[status]
        return page(status, text, title=title, reasons=problem.reasons)

    @app.errorhandler(Stale)
    def stale(problem: Stale) -> ResponseReturnValue:
        text = f"{problem} Nothing was saved. Look at what is new, then do it again if it still needs doing."
        return page(409, text, title="The case has moved on")

    @app.errorhandler(StaleDataError)
    @app.errorhandler(IntegrityError)
    def raced(problem: Exception) -> ResponseReturnValue:
        log.warning("a conflict was answered: %s", problem)
        return page(409, "Somebody else saved the same thing at the same moment, so yours was not saved. Open the page again.")

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def out_of_range(problem: Exception) -> ResponseReturnValue:
        log.info("a value that the database cannot hold: %s", problem)
        return page(400, "A number or a text is larger than can be kept. Nothing was saved. Check what you entered, or the address.")

    @app.errorhandler(OperationalError)
    def busy(problem: OperationalError) -> ResponseReturnValue:
        log.exception("the database did not answer", exc_info=problem)
        return page(503, "The database did not answer in time. Nothing was saved. Wait a moment and try again.")

    @app.errorhandler(UnknownTransition)
    def unknown(problem: UnknownTransition) -> ResponseReturnValue:
        return page(404, str(problem))

    @app.errorhandler(Forbidden)
    def forbidden(problem: Forbidden) -> ResponseReturnValue:
        text = problem.description or "Your role does not allow this."
        refused_event("permission", f"{request.method} {request.path}: {text}")
        return page(403, f"{text} {_other_role()}".strip())

    @app.errorhandler(NotFound)
    def not_found(problem: NotFound) -> ResponseReturnValue:
        hidden = problem.description if request.view_args and "ref" in request.view_args else ""
        if hidden and current_user.is_authenticated:
            refused_event("hidden", f"{request.method} {request.path}: not visible or not there")
        text = f"{hidden} {_other_role()}".strip() if hidden else "Check the address, or start from your work today."
        return page(404, text)

    @app.errorhandler(HTTPException)
    def other(problem: HTTPException) -> ResponseReturnValue:
        if problem.code is not None and problem.code < 400:
            return problem.get_response()
        if isinstance(problem, SentBefore):
            return page(409, problem.description, title="This was sent twice")
        return page(problem.code or 500, problem.description or "")

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> ResponseReturnValue:
        log.exception("a request failed", exc_info=problem)
        if app.testing:
            raise problem
        return page(500, "It is our fault, and it was logged. Nothing was saved. Try again; if it happens again, report it.",
                    title="Something went wrong")  # fmt: skip


def _signed_out() -> Response:
    text = "You are signed out, so nothing was saved. Sign in, open the page again, and use what you typed from below."
    return page(401, text, title="You are signed out", back=request.referrer or request.path)


def _other_role() -> str:
    if current_user.is_authenticated and len(current_user.memberships) > 1:
        return "You hold other roles too: perhaps you can do it acting in one of them."
    return ""
