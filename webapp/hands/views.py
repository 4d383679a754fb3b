"""The time in hands of a case, and the league of delay of a round."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.deadlines import queries as deadlines
from webapp.hands import presenting, queries
from webapp.hands.presenting import CSV_HEAD, HEADS, KINDS, Order, league_row
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from webapp.sheets import csv_answer
from workflows.deadlines.hands import SIDES

blueprint = Blueprint("hands", __name__)
PAGE = 50


@blueprint.get("/cases/<ref>/hands")
@needs("case.see")
def of_case(ref: str) -> ResponseReturnValue:
    """With whom the case lay, and for how long, on each track that one may know of."""
    here, case, facts = work(), this_case(), facts_here()
    every = deadlines.deadlines_of(here.session, case)
    facts.know_deadlines(every)
    rules = {one.id: case.round.programme.deadline(one.rule).label for one in every}
    html = render_template(
        "hands.html", case=case, facts=facts, head=presenter.head(facts), found=queries.of_case(here.session, case, here.actor, here.now),
        stood=queries.stood(deadlines.changes_of(here.session, case, here.actor), rules, case), sides=SIDES,
        words=presenting.line_words, side_words=presenting.side_words, letters=presenting.letters,
    )  # fmt: skip
    return make_response(html)


def _round(code: str) -> Round:
    found = round_by_code(work().session, code)
    if found is None:
        raise NotFound(f"There is no round {code}.")
    return found


def _order() -> Order:
    return Order(request.args.get("sort", "longest")[:20], request.args.get("order", "down") != "up", request.args.get("kind", "")[:20])


@blueprint.get("/rounds/<code>/delay")
@needs("delay.see")
def league(code: str) -> ResponseReturnValue:
    """Who had cases of a round in hand for how long, was late, and was given more time: bodies, and those who judge them."""
    here, round_, order = work(), _round(code), _order()
    every = queries.round_league(here.session, round_, here.now)
    rows = order.rows(every)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return render_template("delay.html", round=round_, order=order, rows=rows[(page - 1) * PAGE : page * PAGE], page=page, pages=pages,
                           kinds=KINDS, heads=HEADS, counts={kind: sum(row.kind == kind for row in every) for kind in KINDS})  # fmt: skip


@blueprint.get("/rounds/<code>/delay.csv")
@needs("delay.see")
def league_csv(code: str) -> Response:
    """The same rows in the same order as a table to download; each says how it was narrowed and sorted, and as of when."""
    here, round_, order = work(), _round(code), _order()
    asked = "; ".join(f"{name}={value}" for name, value in order.asked().items())
    rows = [(*league_row(row), asked, here.now.isoformat()) for row in order.rows(queries.round_league(here.session, round_, here.now))]
    return csv_answer(f"{round_.code}-delay", (*CSV_HEAD, "filter", "as_of_utc"), rows)
