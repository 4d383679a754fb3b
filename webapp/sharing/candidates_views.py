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
from workflows.roles import Side

blueprint = Blueprint("candidates", __name__)


@blueprint.get("/cases/<ref>/sharing")
@needs("sharing.candidates")
def candidates(ref: str) -> ResponseReturnValue:
    """Bodies near and similar that are above the benchmark in the same function and share it with nobody yet.

    The body's own side reads who they are, not their figures, which may not be published yet.
    """
    here, facts, case = work(), facts_here(), this_case()
    offered = questions(case.round.programme)
    asked = request.args.get("function", "") or next(iter(offered), "")
    if asked not in offered:
        raise NotFound("No cost of such a function is compared in this round.")
    found = matching(here.session, case, offered[asked], today(here.now))
    return render_template("sharing_candidates.html", case=case, facts=facts, head=presenter.head(facts), offered=offered.values(),
                           question=offered[asked], found=found, say=says(case.round.programme), together=sum(together(found)),
                           figures=here.actor.side is not Side.BODY, size_factor=SIZE_FACTOR, sure=MINIMUM_FOR_QUARTILES)  # fmt: skip
