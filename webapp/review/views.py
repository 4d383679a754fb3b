"""The peer review: figures with annotations, the summary, queries and their answers."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.context import case as this_case
from webapp.context import work
from webapp.errors import Conflict
from webapp.evidence import queries as evidence
from webapp.returns import queries as returns
from webapp.review import queries, verbs
from webapp.review.forms import AnnotationForm, AnswerForm, SummaryForm
from webapp.review.models import Annotation
from webapp.templating import told
from workflows.returns.figures import Figures
from workflows.roles import Side

blueprint = Blueprint("review", __name__)


def _facts() -> CaseFacts:
    here = work()
    return CaseFacts(here.session, this_case(), here.actor, here.now)


@blueprint.get("/cases/<ref>/review")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The review workspace: each figure with its annotations, then the summary."""
    return _page()


def _page(
    *, summary: SummaryForm | None = None, annotation: AnnotationForm | None = None, item: str = "", answer: AnswerForm | None = None,
    answering: int = 0, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    here, facts, case = work(), _facts(), this_case()
    version = returns.visible_version(here.session, case, here.actor)
    answers = returns.answers(here.session, version.id) if version else {}
    review = queries.review(here.session, case, here.actor)
    by_item: dict[str, list[Annotation]] = {}
    annotations = queries.annotations(here.session, case, here.actor)
    for found in annotations:
        by_item.setdefault(found.item, []).append(found)
    if here.actor.side is Side.PARTNERSHIP:
        facts.have_read(review, annotations)
    writing = may(here.actor, "annotation.write") and facts.state("review") == "in_review"
    if writing and summary is None:
        summary = SummaryForm(formdata=None, summary=review.summary if review else "")
    item = item or request.args.get("item", "")
    if writing and case.round.programme.find_item(item) and annotation is None:
        annotation = AnnotationForm(formdata=None)
    answering = answering or request.args.get("answer", 0, type=int)
    if answering and answer is None and may(here.actor, "annotation.answer"):
        answer = AnswerForm(formdata=None)
    html = render_template(
        "review.html", evidence=evidence.counts(here.session, case, here.actor),
        case=case, facts=facts, steps=presenter.steps(facts), version=version, answers=answers, review=review,
        annotations=by_item, writing=writing, summary_form=summary if writing else None,
        annotation_form=annotation if writing else None, item=item, answer_form=answer, answering=answering,
        buttons=presenter.buttons(facts, ("review",)), move_url=presenter.move_url, kinds=verbs.KINDS, asking=verbs.ASKING,
        may_resolve=verbs.may_resolve, programme=case.round.programme, figures=Figures(case.round.programme, answers), me_actor=here.actor,
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/review/items/<code>/annotations")
@needs("annotation.write")
def annotate(ref: str, code: str) -> ResponseReturnValue:
    """Annotate one item."""
    here, case = work(), this_case()
    item = case.round.programme.find_item(code)
    version = returns.visible_version(here.session, case, here.actor)
    if item is None or version is None:
        raise NotFound(f"This return has no item “{code}”.")
    form = AnnotationForm()
    if not form.validate_on_submit():
        return _page(annotation=form, item=code, status=422)
    value = told(Figures(case.round.programme, returns.answers(here.session, version.id)).answer(code), item)
    annotation = verbs.annotate(here, case, _facts().state("review"), version=version, item=code, value=value,
                                kind=form.kind.data, text=form.text.data or "", share=bool(form.share.data))  # fmt: skip
    here.session.flush()
    flash("The annotation is added." if not form.share.data else "The annotation is added, and the body can see it.")
    return redirect(url_for("review.overview", ref=case.ref, _anchor=f"annotation-{annotation.id}"), 303)


def _annotation(annotation_id: int) -> Annotation:
    found = queries.annotation(work().session, this_case(), work().actor, annotation_id)
    if found is None:
        raise NotFound("There is no such annotation that you may see.")
    return found


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/answer")
@needs("annotation.answer")
def answer(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Answer a query."""
    found = _annotation(annotation_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(answer=form, answering=annotation_id, status=422)
    verbs.answer(work(), found, form.answer.data or "")
    flash("Your answer is sent.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor=f"annotation-{annotation_id}"), 303)


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/resolution")
@needs("annotation.write")
def resolve(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Resolve an annotation: only who raised it may."""
    verbs.resolve(work(), _annotation(annotation_id))
    flash("The annotation is resolved.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor=f"annotation-{annotation_id}"), 303)


@blueprint.post("/cases/<ref>/review/summary")
@needs("annotation.write")
def summary(ref: str) -> ResponseReturnValue:
    """Save the summary of the review."""
    form = SummaryForm()
    if not form.validate_on_submit():
        return _page(summary=form, status=422)
    seen = request.form.get("revision", 0, type=int)
    if not verbs.write_summary(work(), this_case(), _facts().state("review"), form.summary.data or "", seen):
        raise Conflict("Somebody else changed the summary since you opened the page, so yours was not saved.")
    flash("The summary is saved.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor="summary"), 303)
