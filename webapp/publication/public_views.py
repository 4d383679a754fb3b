"""The public pages of a round: without signing in, with stable addresses, and answered from a reader's cache where they can be."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import wraps
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import BadRequest, NotFound

from webapp.access import needs
from webapp.context import work
from webapp.penalties.queries import adopted_rules
from webapp.publication import open_data, presenting, queries
from webapp.publication.queries import Shown
from webapp.register.queries import round_by_code
from webapp.sheets import csv_answer
from workflows.benchmarks.manifest import NOTES, notes_document
from workflows.benchmarks.publishing import STATUSES, BodySheet, GroupSheet, IndicatorSheet, Subject, SummarySheet
from workflows.programme import Function

blueprint = Blueprint("published", __name__, url_prefix="/published")
KEPT_SECONDS = 300
"""For so long a reader's cache may answer by itself; after that it asks whether anything changed."""
MOST_COMPARED = 5

View = Callable[..., ResponseReturnValue]


def _of_round(view: View) -> View:
    """Find the publication that the address asks for, and answer 304 where the reader has that page already."""

    @wraps(view)
    def found(code: str, **more: Any) -> ResponseReturnValue:
        shown = _shown(code)
        return _answer(shown, _tag(shown), lambda: view(shown, **more))

    return found


def _shown(code: str) -> Shown:
    here = work()
    number = request.args.get("version", type=int)
    shown = queries.shown(here.session, here.actor, here.now, code, number)
    if shown is None:
        raise NotFound(f"Nothing is published of a round {code}{f' with the number {number}' if number else ''}.")
    return shown


def _answer(shown: Shown, tag: str, view: Callable[[], ResponseReturnValue]) -> Response:
    """What a view gives under its tag, or 304 where the reader has it already."""
    kept = not current_user.is_authenticated and shown.public
    answer = Response(status=304) if kept and tag in request.if_none_match else make_response(view())
    if kept and answer.status_code in (200, 304):
        answer.set_etag(tag)
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        answer.headers["Vary"] = "Cookie"
    return answer


def _tag(shown: Shown) -> str:
    """What names the very bytes of a page: the documents never change, but what was restated since and the program may."""
    told = f"{version('yardstick')}:{shown.digest}:{shown.number}:{shown.restated}:{request.full_path}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@blueprint.get("")
@needs("public")
def rounds() -> ResponseReturnValue:
    """The rounds of which something is published."""
    here = work()
    return render_template("published_rounds.html", rounds=queries.published_rounds(here.session, here.now))


def _summary(shown: Shown) -> SummarySheet:
    found = queries.sheet(work().session, shown.id, SummarySheet, "")
    if found is None:
        raise NotFound("The documents of this publication are missing. Restore them from a backup.")
    return found


@blueprint.get("/<code>")
@needs("public")
@_of_round
def summary(shown: Shown) -> ResponseReturnValue:
    """A round at a glance: who returned, the functions and measures, and one's own council."""
    found = _summary(shown)
    text = request.args.get("q", "").strip()[:80]
    bodies = presenting.found_bodies(found, text)
    if len(bodies) == 1 and text:
        return redirect(url_for("published.body", code=shown.round_code, body=bodies[0].code, version=request.args.get("version")), 303)
    round_ = round_by_code(work().session, shown.round_code)
    rules = adopted_rules(work().session, round_) if round_ is not None else []
    return render_template("published.html", shown=shown, summary=found, q=text, found=bodies, statuses=STATUSES, rules=rules)


@blueprint.get("/<code>/returns")
@needs("public")
@_of_round
def returns(shown: Shown) -> ResponseReturnValue:
    """Who returned, who is late, who did not, who is exempt."""
    found, status = _summary(shown), request.args.get("status", "")
    subjects = _with_status(found, status)
    return render_template("published_returns.html", shown=shown, summary=found, subjects=subjects, status=status, statuses=STATUSES,
                           iso_day=date.fromisoformat)  # fmt: skip


def _with_status(summary: SummarySheet, status: str) -> list[Subject]:
    return [one for one in summary.subjects if status in ("", one.status)]


@blueprint.get("/<code>/returns.csv")
@needs("public")
@_of_round
def returns_csv(shown: Shown) -> ResponseReturnValue:
    """The same as a file, narrowed like the page."""
    found, status = _summary(shown), request.args.get("status", "")[:40]
    return _table(open_data.returned(work().session, shown, _with_status(found, status), found.terms, status))


@blueprint.get("/<code>/restatements.csv")
@needs("public")
@_of_round
def restatements_csv(shown: Shown) -> ResponseReturnValue:
    """Restatements as a file."""
    return _table(open_data.restated(work().session, shown, work().now))


@blueprint.get("/<code>/restatements")
@needs("public")
@_of_round
def restatements(shown: Shown) -> ResponseReturnValue:
    """Published figures that were restated since, with old and new."""
    here = work()
    return render_template("published_restatements.html", shown=shown, found=queries.restatements(here.session, shown.round_code, here.now))


@blueprint.get("/<code>/penalty")
@needs("public")
def penalty(code: str) -> ResponseReturnValue:
    """The rules by which a penalty may be indicated, as they were adopted: public whether figures are published or not."""
    round_ = round_by_code(work().session, code)
    rules = adopted_rules(work().session, round_) if round_ is not None else []
    if round_ is None or not rules:
        raise NotFound(f"No rule for a penalty is adopted in a round {code}.")
    return render_template("published_penalty.html", round=round_, rules=rules)


@blueprint.get("/<code>/functions/<function>")
@needs("public")
@_of_round
def function(shown: Shown, function: str) -> ResponseReturnValue:
    """The measures of a function: how each spreads in each class."""
    asked = _function(shown, function)
    found = _summary(shown)
    lines = presenting.function_lines(work().session, shown, function, found)
    return render_template("published_function.html", shown=shown, function=asked, lines=lines, summary=found)


def _function(shown: Shown, code: str) -> Function:
    found = shown.programme.find_function(code)
    if found is None:
        raise NotFound(f"There is no function {code} in this round.")
    return found


@blueprint.get("/<code>/functions/<function>.csv")
@needs("public")
@_of_round
def function_csv(shown: Shown, function: str) -> ResponseReturnValue:
    """The tables of a function as one file."""
    return _table(open_data.by_class(work().session, shown, _function(shown, function).code, _summary(shown)))


@blueprint.get("/<code>/indicators/<indicator>")
@needs("public")
@_of_round
def indicator(shown: Shown, indicator: str) -> ResponseReturnValue:
    """The table of an indicator: every body, to be sorted and narrowed."""
    sheet, order = _indicator(shown, indicator), _order()
    measure = shown.programme.indicator(indicator)
    groups = queries.sheets(work().session, shown.id, GroupSheet, sheet.groups)
    notes = queries.notes(work().session, shown.id, indicator=indicator)
    same: dict[str, Any] = {**order.asked, "version": request.args.get("version")}
    file_url = url_for("published.indicator_csv", code=shown.round_code, indicator=indicator, **same)
    return render_template("published_indicator.html", shown=shown, indicator=measure, file_url=file_url, sheet=sheet,
                           rows=order.rows(sheet), order=order, groups=groups, notes=notes,
                           function=shown.programme.function(measure.function),
                           words=presenting.words_of, picture_of=presenting.picture_of)  # fmt: skip


def _order() -> presenting.Order:
    """How the address wants the table of an indicator narrowed and sorted: the page's and its file's alike."""
    asked = request.args
    return presenting.Order(asked.get("sort", "value"), asked.get("order") == "down", asked.get("class", "")[:80],
                            asked.get("region", "")[:80])  # fmt: skip


def _table(found: open_data.Alone) -> Response:
    """A page's table as a file."""
    return csv_answer(found.file_name, *found.whole())


def _indicator(shown: Shown, code: str) -> IndicatorSheet:
    sheet = queries.sheet(work().session, shown.id, IndicatorSheet, code)
    if sheet is None or shown.programme.find_indicator(code) is None:
        raise NotFound(f"There is no measure {code} in this round.")
    return sheet


@blueprint.get("/<code>/compare")
@needs("public")
@_of_round
def compare(shown: Shown) -> ResponseReturnValue:
    """Up to five bodies side by side."""
    found = _summary(shown)
    bodies, unknown = _chosen(shown, found)
    notes = queries.notes(work().session, shown.id)
    return render_template("published_compare.html", shown=shown, bodies=bodies, unknown=unknown, subjects=found.subjects,
                           most=MOST_COMPARED, notes=notes)  # fmt: skip


@blueprint.get("/<code>/compare.csv")
@needs("public")
@_of_round
def compare_csv(shown: Shown) -> ResponseReturnValue:
    """The bodies that were chosen, side by side, as a file."""
    bodies, unknown = _chosen(shown, _summary(shown))
    if unknown:
        raise BadRequest(f"Nothing is published of {', '.join(text for text, _ in unknown)}, or several bodies are called so.")
    return _table(open_data.side_by_side(work().session, shown, bodies))


def _chosen(shown: Shown, found: SummarySheet) -> tuple[list[BodySheet], list[tuple[str, list[Subject]]]]:
    """The bodies that the address names, in its order, and what fits none or several: with those that it fits."""
    asked = list(dict.fromkeys(one.strip() for one in request.args.getlist("body") if one.strip()))
    chosen, unknown = [], []
    for text in asked:
        exact = [one for one in found.subjects if text.lower() in (one.code.lower(), one.name.lower())]
        fits = exact or presenting.found_bodies(found, text)
        if len(fits) == 1:
            chosen.append(fits[0])
        else:
            unknown.append((text, fits[:6]))
    chosen = list({one.code: one for one in chosen}.values())
    if len(chosen) > MOST_COMPARED:
        raise BadRequest(f"Up to {MOST_COMPARED} bodies can be compared at a time; you chose {len(chosen)}.")
    sheets = {one.subject.code: one for one in queries.sheets(work().session, shown.id, BodySheet, [one.code for one in chosen])}
    return [sheets[one.code] for one in chosen], unknown


@blueprint.get("/<code>/<body>")
@needs("public")
@_of_round
def body(shown: Shown, body: str) -> ResponseReturnValue:
    """A body's profile."""
    return render_template("published_body.html", shown=shown, profile=_profile(shown, body), origin_of=origin_of,
                           iso_day=date.fromisoformat)  # fmt: skip


def origin_of(shown: Shown, body: str) -> Callable[[str], str]:
    """Gives the address of where each figure of a body comes from."""
    number = shown.number if request.args.get("version") or not shown.public else None
    return lambda code: url_for("published.origin", code=shown.round_code, body=body, indicator=code, version=number)


def _profile(shown: Shown, code: str) -> presenting.Profile:
    found = presenting.profile(work().session, shown, code, request.args.get("group", "")[:160])
    if found is None:
        raise NotFound(f"Nothing is published of a body {code} in this round.")
    return found


@blueprint.get("/<code>/<body>/<indicator>")
@needs("public")
@_of_round
def origin(shown: Shown, body: str, indicator: str) -> ResponseReturnValue:
    """Where a figure comes from."""
    found = presenting.origin(work().session, shown, body, indicator)
    if found is None:
        raise NotFound(f"No figure {indicator} is published of a body {body} in this round.")
    return render_template("published_origin.html", shown=shown, origin=found, profile=found.profile, words=presenting.words_of)


@blueprint.get("/<code>.csv")
@needs("public")
@_of_round
def round_csv(shown: Shown) -> ResponseReturnValue:
    """Every figure of a round as a table."""
    return _table(open_data.figures(work().session, shown))


@blueprint.get("/<code>.json")
@needs("public")
@_of_round
def round_json(shown: Shown) -> ResponseReturnValue:
    """A round at a glance as JSON: bodies with their status, measures, and where the rest is."""
    return jsonify(open_data.round_record(shown, _summary(shown), request.url_root.rstrip("/")))


@blueprint.get("/<code>/manifest.json")
@needs("public")
def manifest(code: str) -> ResponseReturnValue:
    """All that a publication consists of. Its number is the digest of these bytes, and names them to a reader's cache."""
    shown = _shown(code)
    if not shown.sealed:
        raise NotFound(f"Publication {shown.number} has no manifest: one is kept from the moment of publication on.")
    return _answer(shown, shown.sealed, lambda: Response(queries.manifest(work().session, shown.id), mimetype="application/json"))


@blueprint.get("/<code>/documents/<path:named>.json")
@needs("public")
@_of_round
def document(shown: Shown, named: str) -> ResponseReturnValue:
    """A document of a publication, byte for byte as it is stored: what the manifest tells the digest of."""
    kind, _, key = named.partition("/")
    if named == NOTES:
        content: bytes | None = notes_document(queries.notes(work().session, shown.id))
    else:
        content = queries.document(work().session, shown.id, kind, key)
    if content is None:
        raise NotFound(f"There is no document {named} in publication {shown.number}. Its manifest tells which there are.")
    return Response(content, mimetype="application/json")


@blueprint.get("/<code>/indicators/<indicator>.csv")
@needs("public")
@_of_round
def indicator_csv(shown: Shown, indicator: str) -> ResponseReturnValue:
    """The table of an indicator as a file: the page's rows in the page's order."""
    return _table(open_data.measure(work().session, shown, _indicator(shown, indicator), _order()))


@blueprint.get("/<code>/<body>.csv")
@needs("public")
@_of_round
def body_csv(shown: Shown, body: str) -> ResponseReturnValue:
    """The figures of a body as a table, beside the comparator group that is chosen on its page."""
    return _table(open_data.profile(_profile(shown, body)))


@blueprint.get("/<code>/<body>.json")
@needs("public")
@_of_round
def body_json(shown: Shown, body: str) -> ResponseReturnValue:
    """The figures of a body as JSON."""
    return jsonify(open_data.body_record(_profile(shown, body)))


@blueprint.get("/<code>/open-data.zip")
@needs("public")
@_of_round
def package(shown: Shown) -> ResponseReturnValue:
    """The open data of a round: a Frictionless data package."""
    answer = make_response(open_data.package(work().session, shown, work().now))
    answer.mimetype = "application/zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{shown.round_code}-open-data.zip"'
    return answer
