"""Look at a review as the body, the auditor or the public would see it; and who sees what in which phase."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.checks import comparators
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.reports import pdf
from webapp.reports.document import preview_document
from webapp.reports.views import pdf_answer
from webapp.review.preview import EYES, Preview, next_steps, preview
from webapp.review.views import words, workspace
from webapp.review.workspace import SHOW, Open
from workflows.handbook import side_names
from workflows.review.audiences import THINGS, gained, phases
from workflows.review.track import REVIEW

blueprint = Blueprint("preview", __name__)


def _asked(facts: CaseFacts) -> Preview:
    """The preview that the address asks for. Raises NotFound, with what could be asked for."""
    eyes, steps = EYES.get(request.args.get("as", "body")), {step.name: step for step in next_steps(facts.state("review"))}
    if eyes is None:
        raise NotFound(f"Nobody can be previewed by that name. Choose one of {', '.join(EYES)}.")
    after = request.args.get("after", "")
    if after and after not in steps:
        could = f"could be one of {', '.join(steps)}" if steps else "shows nobody more"
        raise NotFound(f"That is no next step of this review that shows more of it. As it stands, the next step {could}.")
    return preview(work(), facts, eyes, steps.get(after))


@blueprint.get("/cases/<ref>/review/preview")
@needs("review.preview")
def page(ref: str) -> ResponseReturnValue:
    """The review as somebody else would see it, to be looked at alone."""
    case, mine = this_case(), facts_here()
    seen = _asked(mine)
    space = workspace(seen.facts, Open(), seen.given)
    steps = {code: [step for step in next_steps(mine.state("review")) if gained(step) & eyes.side] for code, eyes in EYES.items()}
    asking = {"as": seen.eyes.code} | ({"after": seen.after.name} if seen.after else {})
    return render_template(
        "preview.html", case=case, facts=seen.facts, head=presenter.head(mine), space=space, opened=space.open, summary_form=None,
        buttons=[], move_url=presenter.move_url, shows=SHOW,
        blank_form=None, compared_with=comparators.compared_with(case),
        previewed=seen, eyes=EYES.values(), steps=steps, machine=REVIEW,
        **words(space, "review/preview", asking),
    )  # fmt: skip


@blueprint.get("/cases/<ref>/review/preview.pdf")
@needs("review.preview")
def printed(ref: str) -> ResponseReturnValue:
    """The printed review as somebody else would have it."""
    here = work()
    document = preview_document(_asked(facts_here()), here.now)
    if document is None:
        raise NotFound("There is no printed review of what they would see then: it can be printed once it is final.")
    return pdf_answer(pdf.review_html(here.session, document), f"{ref}-review-preview")


@blueprint.get("/reviews/who-sees-what")
@needs("phases.see")
def table() -> ResponseReturnValue:
    """Who sees what of a review in which phase, as the declared rules say."""
    return render_template("phases.html", phases=phases(), things=THINGS, machine=REVIEW, side_names=side_names)
