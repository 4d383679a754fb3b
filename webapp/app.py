"""The application: one transaction per request, permission before the view, errors that lose nothing."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, flash, g, make_response, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from govuk_frontend_wtf.main import WTFormsHelpers
from sqlalchemy import bindparam
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, Unauthorized

from config.settings import Settings
from webapp import errors, topics
from webapp.access import PERMISSIONS, Permission, may
from webapp.accounts import signed_in
from webapp.accounts.models import OnceKey
from webapp.cases import queries as cases
from webapp.cases.facts import CaseFacts
from webapp.cases.sentences import moments, place_of, sentence
from webapp.clock import Clock, system_clock
from webapp.db import Database, Work, bind, finish, insert_once, table_of
from webapp.evidence.store import Store
from webapp.notices.verbs import set_base_url
from webapp.security import secure
from webapp.templating import set_up_templates
from workflows.engine import Reason, Refused
from workflows.roles import Actor

SAFE = ("GET", "HEAD", "OPTIONS")
__all__ = ["Yardstick", "create_app", "topics", "yardstick"]


ONCE = table_of(OnceKey)
ANSWERED = ONCE.update().where(ONCE.c.key == bindparam("once"), ONCE.c.person_id == bindparam("whose")).values(answer=bindparam("answered"))


class Replayed(Exception):
    """This very form was carried out before: answer as then."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Yardstick(Flask):
    """Flask, with each request in one unit of work."""

    database: Database
    settings: Settings
    clock: Clock
    evidence: Store

    def log_exception(self, exc_info: Any) -> None:
        """Log a failure by its route, not by its address: an address may hold a secret, as that of a calendar does."""
        self.logger.error("Exception on %s [%s]", request.url_rule or "an unknown address", request.method, exc_info=exc_info)

    def dispatch_request(self) -> ResponseReturnValue:
        if request.endpoint == "static":
            return super().dispatch_request()
        try:
            _readable()
            self._receive()
            return self._in_one_transaction()
        except Replayed as replayed:
            if not errors.by_script():
                flash("This form was sent more than once. It counts once, as it was sent first.")
            return self.response_class(replayed.answer, mimetype="application/json") if _by_api() else redirect(replayed.answer, 303)

    def _receive(self) -> None:
        """Let a view that takes files take them in before its transaction, which no disk and no virus scanner is to hold up.

        Whoever sends them is admitted here as they are again by the transaction.
        """
        receive = getattr(self.view_functions.get(request.endpoint or ""), "receives", None)
        if receive is None:
            return
        with self.database.session(write=False) as session:
            g.work = work = Work(session, signed_in.NOBODY, self.clock())
            try:
                work.actor = acting()
                _admit(work, _permission(self), lock=False)
                receive()
            finally:
                g.pop("work", None)
                g.pop("_login_user", None)

    def _in_one_transaction(self) -> Response:
        writes = request.method not in SAFE
        with self.database.session(write=writes) as session:
            g.work = work = Work(session, signed_in.NOBODY, self.clock())
            bind(work)
            try:
                work.actor = acting()
                _admit(work, _permission(self), lock=writes)
                once = _claim_once(work) if writes else None
                response = make_response(super().dispatch_request())
                if writes and response.status_code < 400:
                    if once is not None:
                        answer = response.get_data(as_text=True) if _by_api() else response.location or ""
                        session.connection().execute(ANSWERED, once | {"answered": answer})
                    finish(work)
                return response
            finally:
                session.expunge_all()
                session.rollback()
                g.pop("work", None)


def _readable() -> None:
    """Refuse what no database can keep and no page can show: a NUL among the characters of an address or a form."""
    sent = [request.path, *request.args.values()]
    if request.method not in SAFE:
        sent += [request.get_data(as_text=True)] if _by_api() else request.form.values()
    if any("\0" in text or "\\u0000" in text or not _encodable(text) for text in sent):
        raise BadRequest("There is a character in it that cannot be kept. Take it out and send it again.")


def _encodable(text: str) -> bool:
    """Whether a text is whole: half of a surrogate pair, written out in JSON or not, is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    pairs = re.sub(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}", "", text)
    return not re.search(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}", pairs)


def acting() -> Actor:
    """Who acts in this request: by API token, or signed in."""
    token_actor: Actor | None = g.get("token_actor")
    if token_actor is not None:
        return token_actor
    return current_user.actor if current_user.is_authenticated else signed_in.NOBODY


def _permission(app: Flask) -> Permission:
    view = app.view_functions.get(request.endpoint or "")
    rule: Permission | None = getattr(view, "permission", None)
    if request.routing_exception is not None:
        return PERMISSIONS["public"]
    if rule is None:
        raise Forbidden("This page names no permission, so nobody may open it.")
    return rule


def _admit(work: Work, rule: Permission, *, lock: bool) -> None:
    if rule.public:
        return
    if work.actor.person_id is None:
        raise Unauthorized
    if g.get("token_actor") is None and current_user.ended and request.endpoint != "accounts.role":
        raise errors.RoleEnded
    if rule.name != "signed_in" and not may(work.actor, rule.name) and not rule.on_case:
        raise Forbidden(f"Your role may not {rule.says}.")
    if rule.on_case:
        ref = (request.view_args or {}).get("ref", "")
        case = cases.case_by_ref(work.session, ref, work.actor, lock=lock)
        if case is None:
            raise NotFound(f"There is no case {ref} that you may see in this role.")
        g.case = case
        if not may(work.actor, rule.name):
            raise Forbidden(f"In this role you may not {rule.says}.")
        if rule.accepted:
            g.facts = facts = CaseFacts(work.session, case, work.actor, work.now)
            if not facts.accepted:
                raise Refused("state", (Reason("Accept the review first, or decline it.", "review/reviewers"),))


def _by_api() -> bool:
    return request.blueprint == "api"


def _claim_once(work: Work) -> dict[str, Any] | None:
    """Claim a request's once-only key: a form's own, or the API's Idempotency-Key. Gives what names it, to keep its answer with.

    A second request with the key waits for the first, then is answered like it; another request with it is refused.
    """
    key = (request.headers.get("Idempotency-Key", "") if _by_api() else request.form.get("once", ""))[:80]
    if not key or work.actor.person_id is None:
        return None
    session, path = work.session, request.path[:280]
    if _by_api():
        path += "#" + hashlib.sha256(request.get_data()).hexdigest()[:16]
    person = work.actor.person_id
    if insert_once(session, ONCE, ("key", "person_id"), {"key": key, "person_id": person, "path": path, "at": work.now}):
        return {"once": key, "whose": person}
    kept = session.get_one(OnceKey, (key, person))
    if kept.path == path and kept.answer:
        raise Replayed(kept.answer)
    raise errors.Conflict("This Idempotency-Key was used for another request.") if _by_api() else errors.SentBefore


def create_app(settings: Settings, *, clock: Clock = system_clock, config: Mapping[str, Any] | None = None) -> Yardstick:
    """The application of an installation. `clock` gives the time of each request; `config` is for tests."""
    app = Yardstick("webapp", static_folder="static", static_url_path="/static")
    app.settings, app.clock = settings, clock
    app.database = Database(settings.database_url)
    app.evidence = Store(settings.evidence)
    app.secret_key = settings.secret_key
    app.config.update(config or {})
    set_base_url(settings.base_url)
    secure(app, https=settings.https)
    _accounts(app)
    set_up_templates(app)
    app.add_template_global(sentence)
    app.add_template_global(moments)
    app.add_template_global(place_of)
    WTFormsHelpers(app)
    errors.register(app)
    _topics(app)
    _check_permissions(app)
    return app


KEPT_SECONDS = 600
"""For so long the cookie of a sign-in is not sent again. To sign one costs a twentieth of a page; it is good for hours."""


def _accounts(app: Yardstick) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"

    @app.before_request
    def keep() -> None:
        now = int(app.clock().timestamp())
        if cookie.permanent and now - cookie.get("kept", 0) >= KEPT_SECONDS:
            cookie["kept"] = now

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(person_id: str) -> signed_in.SignedIn | None:
        work: Work | None = g.get("work")
        key, membership = str(cookie.get("sign_in", "")), cookie.get("membership")
        if work is not None:
            return signed_in.load(work.session, int(person_id), key, membership)
        with app.database.reading() as session:
            return signed_in.load(session, int(person_id), key, membership)


def _topics(app: Yardstick) -> None:
    from webapp.accounts.people_views import blueprint as people
    from webapp.accounts.views import blueprint as accounts
    from webapp.allocation.views import blueprint as allocation
    from webapp.api.deadlines import blueprint as api
    from webapp.cases.views import blueprint as cases_views
    from webapp.challenge.views import blueprint as challenge
    from webapp.chase.views import blueprint as chase
    from webapp.checks.views import blueprint as checks
    from webapp.deadlines.office_views import blueprint as time_office
    from webapp.deadlines.views import blueprint as deadlines
    from webapp.evidence.views import blueprint as evidence
    from webapp.feeds.views import blueprint as feeds
    from webapp.guidance.views import blueprint as guidance
    from webapp.hands.views import blueprint as hands
    from webapp.notices.ahead_views import blueprint as ahead
    from webapp.notices.messages_views import blueprint as messages
    from webapp.notices.pause_views import blueprint as pauses
    from webapp.notices.preferences_views import blueprint as preferences
    from webapp.notices.views import blueprint as notices
    from webapp.penalties.views import blueprint as penalties
    from webapp.plans.views import blueprint as plans
    from webapp.publication.public_views import blueprint as published
    from webapp.publication.views import blueprint as publication
    from webapp.register.views import blueprint as register
    from webapp.reports.views import blueprint as reports
    from webapp.returns.burden_views import blueprint as burden
    from webapp.returns.entry_views import blueprint as entry
    from webapp.returns.section_views import blueprint as sections
    from webapp.returns.versions_views import blueprint as versions
    from webapp.returns.views import blueprint as returns
    from webapp.review.exchange_views import blueprint as exchange
    from webapp.review.marking_views import blueprint as marking
    from webapp.review.overview_views import blueprint as reviews
    from webapp.review.preview_views import blueprint as previews
    from webapp.review.reviewers_views import blueprint as reviewers
    from webapp.review.views import blueprint as review
    from webapp.sharing.candidates_views import blueprint as candidates
    from webapp.sharing.views import blueprint as sharing
    from webapp.succession.views import blueprint as succession
    from webapp.workbooks.views import blueprint as workbooks

    for blueprint in (
        accounts,
        people,
        cases_views,
        checks,
        returns,
        versions,
        burden,
        entry,
        sections,
        workbooks,
        guidance,
        review,
        exchange,
        reviews,
        reviewers,
        previews,
        marking,
        allocation,
        challenge,
        plans,
        penalties,
        sharing,
        candidates,
        succession,
        chase,
        deadlines,
        time_office,
        hands,
        notices,
        preferences,
        messages,
        ahead,
        pauses,
        feeds,
        register,
        publication,
        published,
        reports,
        evidence,
        api,
    ):
        app.register_blueprint(blueprint)


def _check_permissions(app: Flask) -> None:
    """Refuse to start with a view that names no permission."""
    bare = [name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, "permission")]
    if bare:
        raise RuntimeError(f"These views name no permission: {', '.join(sorted(bare))}.")


def yardstick() -> Yardstick:
    """The application that serves the current request."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
