"""The chase list, and the contacts with a body."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases import queries as cases
from webapp.cases.facts import CaseFacts
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.chase import queries, verbs
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import work
from webapp.sheets import csv_answer
from workflows.engine import Reason, Refused
from workflows.returns.track import RETURN
from workflows.roles import Side

blueprint = Blueprint("chase", __name__)
NAMES = ("text", "round", "partnership", "state", "only")


def _filter() -> queries.ChaseFilter:
    return queries.ChaseFilter(**{name: request.args.get(name, "").strip()[:80] for name in NAMES})


def _address(**more: Any) -> dict[str, Any]:
    """What the address asks, to be asked again."""
    asked = {name: value for name in NAMES if (value := request.args.get(name, "").strip()[:80])}
    return {**asked, **{name: value for name, value in more.items() if value}}


@blueprint.get("/chase")
@needs("chase.list")
def chase() -> ResponseReturnValue:
    """Who has not made their return, the latest first, with what was said to them last."""
    return _list(request.args.get("contact", ""))


def _list(contact: str, reasons: tuple[Reason, ...] = (), status: int = 200) -> ResponseReturnValue:
    here = work()
    today = in_london(here.now).date()
    page = request.args.get("page", 1, type=int)
    found = queries.chase_list(here.session, here.actor, _filter(), here.now, today, page)
    rounds, partnerships = cases.list_choices(here.session)
    html = render_template(
        "chase.html", list=found, narrowed=_filter(), rounds=rounds, partnerships=partnerships, only=queries.ONLY, ways=verbs.WAYS,
        states=[RETURN.state(code) for code in queries.STATES], today=today, contact=contact, asked=verbs.ASKS,
        form=form_of(verbs.ASKS, reasons) if contact else None, reasons=with_anchors(reasons, verbs.ASKS),
        address=_address, page=found.page,
    )  # fmt: skip
    return make_response(html, status)


HEAD = ("ref", "body", "round", "partnership", "status", "late", "days_late", "due_utc", "contacts", "last_contact_utc", "way", "by",
        "note", "promised", "promise_passed", "filter", "as_of_utc")  # fmt: skip


@blueprint.get("/chase.csv")
@needs("chase.list")
def chase_csv() -> Response:
    """The whole list as a table to download, narrowed and sorted like the page; every row says what it was narrowed to, and when."""
    here = work()
    asked = "; ".join(f"{name}={value}" for name, value in _address().items()) or "none"
    today = in_london(here.now).date()
    rows = []
    for row in queries.everyone(here.session, here.actor, _filter(), here.now, today):
        late, last = row.late(here.now), row.last
        said = [last.at.isoformat(), last.way, last.who, last.note] if last else [None] * 4
        rows.append([
            row.ref, row.body, row.round, row.partnership, row.status.label, late.words if late else "", late.days if late else 0,
            row.due.isoformat() if row.due else "", row.contacts, *said, row.promised.isoformat() if row.promised else "",
            "yes" if row.broken(today) else "", asked, here.now.isoformat(),
        ])  # fmt: skip
    return csv_answer("chase", HEAD, rows)


@blueprint.get("/cases/<ref>/contacts")
@needs("contacts.write")
def contacts(ref: str) -> ResponseReturnValue:
    """What was said to a body about its return, and a form to add to it."""
    return _contacts()


def _contacts(reasons: tuple[Reason, ...] = (), status: int = 200) -> ResponseReturnValue:
    here, case = work(), this_case()
    facts = CaseFacts(here.session, case, here.actor, here.now)
    html = render_template("contacts.html", case=case, facts=facts, head=presenter.head(facts), form=form_of(verbs.ASKS, reasons),
                           contacts=queries.contacts(here.session, case), ways=verbs.WAYS, asked=verbs.ASKS,
                           audience=Side.PARTNERSHIP | Side.PROGRAMME, reasons=with_anchors(reasons, verbs.ASKS))  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/contacts")
@needs("contacts.write")
def record(ref: str) -> ResponseReturnValue:
    """Keep a contact; the list that it was recorded on comes back as it was."""
    case, on_list = this_case(), request.args.get("from") == "chase"
    try:
        verbs.record_contact(work(), case, read_inputs(verbs.ASKS, request.form))
    except Refused as refused:
        return _list(case.ref, refused.reasons, 422) if on_list else _contacts(refused.reasons, 422)
    flash(f"The contact with {case.body.organisation.name} is recorded.")
    if on_list:
        page = request.args.get("page", type=int)
        return redirect(url_for("chase.chase", **_address(page=page), _anchor=case.ref), 303)
    return redirect(url_for("chase.contacts", ref=case.ref), 303)
