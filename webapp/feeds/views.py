"""The feed that a calendar reads, and the page on which a person makes its address and ends it."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.app import yardstick
from webapp.context import work
from webapp.feeds import verbs
from webapp.feeds.presenting import calendar_file
from webapp.feeds.queries import owed_by

blueprint = Blueprint("feeds", __name__)


@blueprint.get("/calendar/<token>.ics")
@needs("public")
def feed(token: str) -> ResponseReturnValue:
    """The open deadlines of the person to whom the address belongs. Whoever has it reads them: it is the secret."""
    app = yardstick()
    try:
        person_id = verbs.reader(app.database, work().now, token)
    except verbs.TooOften:
        return Response("This calendar is read too often. It may be read again within an hour.\n", 429, {"Retry-After": "3600"},
                        mimetype="text/plain")  # fmt: skip
    if person_id is None:
        raise NotFound("There is no calendar at this address, or it was ended. Its owner can make a new one on their page “Calendar”.")
    answer = Response(calendar_file(owed_by(work().session, person_id), app.settings.base_url), mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = 'inline; filename="yardstick.ics"'
    answer.add_etag()
    return answer.make_conditional(request)


@blueprint.get("/calendar")
@needs("signed_in")
def page() -> ResponseReturnValue:
    """Whether one has a feed, how to subscribe to it, and how to end it."""
    here = work()
    return render_template("calendar.html", feed=verbs.feed_of(here.session, _me()), address="")


@blueprint.post("/calendar")
@needs("signed_in")
def renew() -> ResponseReturnValue:
    """Make a new address, shown once; the one before is ended."""
    here = work()
    token = verbs.renew(here, _me())
    here.session.flush()
    address = yardstick().settings.base_url.rstrip("/") + url_for("feeds.feed", token=token)
    return make_response(render_template("calendar.html", feed=verbs.feed_of(here.session, _me()), address=address))


@blueprint.post("/calendar/end")
@needs("signed_in")
def end() -> ResponseReturnValue:
    """End the address: no calendar can read it any more."""
    ended = verbs.revoke(work(), _me())
    flash("The address is ended. Calendars that read it find nothing there any more." if ended else "There was no address to end.")
    return redirect(url_for("feeds.page"), 303)


def _me() -> int:
    person_id = work().actor.person_id
    assert person_id is not None  # whoever is signed in
    return person_id
