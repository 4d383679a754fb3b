"""The outbox."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.app import yardstick
from webapp.context import work
from webapp.notices import queries

blueprint = Blueprint("notices", __name__)


@blueprint.get("/outbox")
@needs("signed_in")
def outbox() -> ResponseReturnValue:
    """The mail that was sent to me; for the programme team, all mail."""
    page = max(1, request.args.get("page", 1, type=int))
    found = queries.outbox(work().session, work().actor, page)
    return render_template("outbox.html", found=found, local=not yardstick().settings.smtp_url)


@blueprint.get("/outbox/<int:notice_id>")
@needs("signed_in")
def mail(notice_id: int) -> ResponseReturnValue:
    """One mail as it was written."""
    found = queries.notice(work().session, work().actor, notice_id)
    if found is None:
        raise NotFound
    return render_template("mail.html", notice=found[0], ref=found[1], name=found[2])
