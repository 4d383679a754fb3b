"""Reports to download."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.app import yardstick
from webapp.cases import presenter
from webapp.challenge.verbs import DECISIONS, RESPONSES
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.reports import pdf
from webapp.reports.sides import sides
from workflows.review.annotations import ASKING, KINDS
from workflows.review.sides import STANDINGS

blueprint = Blueprint("reports", __name__)


@blueprint.get("/cases/<ref>/reports/<kind>.pdf")
@needs("case.see")
def report(ref: str, kind: str) -> ResponseReturnValue:
    """A report of a case as PDF."""
    here, case = work(), this_case()
    try:
        html = pdf.report_html(here.session, case, kind, here.actor, here.now)
    except pdf.NotReady as problem:
        raise NotFound(str(problem)) from None
    return pdf_answer(html, f"{ref}-{kind}")


def pdf_answer(html: str, name: str) -> Response:
    """A report to download as PDF; the database is let go of before it is made."""
    work().let_go()
    response = make_response(pdf.report_pdf(html, yardstick().settings.documents))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


@blueprint.get("/cases/<ref>/sides")
@needs("case.see")
def beside(ref: str) -> ResponseReturnValue:
    """Each figure that somebody had something to say of: as filed, the peer's view, the inspector's, and what is agreed."""
    facts = facts_here()
    return render_template(
        "sides.html", case=this_case(), facts=facts, head=presenter.head(facts), found=sides(work(), this_case()), kinds=KINDS,
        asking=ASKING, responses=RESPONSES, decisions=DECISIONS, standings=STANDINGS,
    )  # fmt: skip
