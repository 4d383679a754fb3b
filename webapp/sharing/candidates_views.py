"""With whom a body could share a function, and what that could be worth."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.penalties.looking import says
from webapp.penalties.queries import today
from webapp.sharing.candidates import matching, questions
from workflows.benchmarks.candidates import SIZE_FACTOR, together
from workflows.benchmarks.statistics import MINIMUM_FOR_QUARTILES

blueprint = Blueprint("candidates", __name__)


@blueprint.get("/cases/<ref>/sharing")
@needs("sharing.candidates")
def candidates(ref: str) -> ResponseReturnValue:
    """Bodies near and similar that are above the benchmark in the same function and share it with nobody yet.

    Whoever may not open a candidate's return reads who it is, and no figure, which may not be published yet.
    """
    here, facts, case = work(), facts_here(), this_case()
    offered = questions(case.round.programme)
    asked = request.args.get("function", "") or next(iter(offered), "")
    if asked not in offered:
        raise NotFound("No cost of such a function is compared in this round.")
    found, seen = matching(here.session, case, offered[asked], today(here.now), here.actor)
    html: str = render_template(
        "sharing_candidates.html", case=case, facts=facts, head=presenter.head(facts), offered=offered.values(), question=offered[asked],
        found=found, seen=seen, say=says(case.round.programme), together=sum(together(found)), size_factor=SIZE_FACTOR,
        figures=any(one.place.code in seen for one in found.candidates), sure=MINIMUM_FOR_QUARTILES,
    )  # fmt: skip
    return html
