"""The peer review: figures with annotations, the summary, queries and their answers."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may_now, needs
from webapp.cases import presenter
from webapp.cases.facts import Query
from webapp.checks import queries as checks
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.errors import Conflict
from webapp.evidence import queries as evidence
from webapp.returns import queries as returns
from webapp.returns.rests import value_now
from webapp.review import queries, sheet, verbs
from webapp.review.forms import AnnotationForm, AnswerForm, SummaryForm
from webapp.review.models import ASKING, Annotation
from webapp.templating import told
from workflows.returns.figures import Figures
from workflows.roles import Side

blueprint = Blueprint("review", __name__)


@blueprint.get("/cases/<ref>/review")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The review workspace: each figure with its annotations, then the summary."""
    return _page()


def _page(
    *, summary: SummaryForm | None = None, annotation: AnnotationForm | None = None, item: str = "", answer: AnswerForm | None = None,
    answering: int = 0, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    here, facts, case = work(), facts_here(), this_case()
    version = checks.entered(here.session, case, here.actor)
    review = queries.review(here.session, case, here.actor)
    notes = queries.annotations(here.session, case, here.actor)
    shown = sheet.sections(case.round.programme, version, notes)
    figures = Figures(case.round.programme, version.answers if version else {})
    asked = [Query(n.id, n.item, n.state, n.audience, n.at) for n in notes if n.kind in ASKING and n.state != "resolved"]
    facts.know(queries=asked)
    if review is not None:
        facts.know(review_summary=review.summary)
    writing = may_now(here.actor, "annotation.write", facts.state("review"))
    if writing and summary is None:
        summary = SummaryForm(formdata=None, summary=review.summary if review else "")
    item = item or request.args.get("item", "")
    if writing and annotation is None and case.round.programme.find_item(item) is not None:
        annotation = AnnotationForm(formdata=None)
    answering = answering or request.args.get("answer", 0, type=int)
    answers = may_now(here.actor, "annotation.answer", facts.state("review"))
    if answering and answer is None and answers:
        answer = AnswerForm(formdata=None)
    every = writing or not notes or request.args.get("figures") == "all"
    html = render_template(
        "review.html", case=case, facts=facts, head=presenter.head(facts), version=version, review=review,
        evidence=evidence.counts(here.session, case, here.actor),
        sections=shown if every else sheet.remarked(shown), every=every, narrowable=bool(notes) and not writing,
        sees_as_body=lambda note: bool(note.audience & Side.BODY), writing=writing, summary_form=summary if writing else None,
        annotation_form=annotation if writing else None, item=item, answer_form=answer, answering=answering, answers=answers,
        buttons=presenter.buttons(facts, ("review",)), move_url=presenter.move_url, kinds=verbs.KINDS, asking=ASKING,
        mine=lambda note: verbs.answers_for(here.actor, note, frozenset({here.actor.person_id or 0})),  # who writes is the one reviewer
        programme=case.round.programme, figures=figures, value_now=value_now,
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
    if request.form.get("on", version.number, type=int) != version.number:
        raise Conflict(
            f"The body has corrected its return: this is version {version.number} now. Look at the figure anew, then annotate it."
        )
    form = AnnotationForm()
    if not form.validate_on_submit():
        return _page(annotation=form, item=code, status=422)
    answers = returns.answers(here.session, version.id, only="" if item.formula else code)
    value = told(Figures(case.round.programme, answers).answer(code), item)
    annotation = verbs.annotate(here, case, facts_here().state("review"), version=version, item=code, value=value,
                                kind=form.kind.data, text=form.text.data or "", share=bool(form.share.data))  # fmt: skip
    here.session.flush()
    if form.share.data:
        flash("The annotation is added, and the body can see it.")
    elif annotation.kind in ASKING:
        flash("The annotation is added. The body cannot see it yet, so share it with the body when you want it answered.")
    else:
        flash("The annotation is added. Only the partnership and its reviewers see it.")
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
    try:
        verbs.answer(work(), found, facts_here().state("review"), form.answer.data or "", request.form.get("revision", 0, type=int))
    except verbs.Overtaken:
        raise Conflict("Somebody else of your body answered this since you opened the page, so yours was not saved.") from None
    flash("Your answer is sent.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor=f"annotation-{annotation_id}"), 303)


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/resolution")
@needs("annotation.write")
def resolve(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Resolve an annotation: only who raised it may."""
    facts = facts_here()
    verbs.resolve(work(), _annotation(annotation_id), facts.state("review"), facts.reviewer_ids)
    flash("The annotation is resolved.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor=f"annotation-{annotation_id}"), 303)


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/sharing")
@needs("annotation.write")
def share(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Share an annotation with the body: only who wrote it may."""
    verbs.share(work(), this_case(), _annotation(annotation_id), facts_here().state("review"))
    flash("The body can see the annotation now.")
    return redirect(url_for("review.overview", ref=this_case().ref, _anchor=f"annotation-{annotation_id}"), 303)


@blueprint.post("/cases/<ref>/review/summary")
@needs("annotation.write")
def summary(ref: str) -> ResponseReturnValue:
    """Save the summary of the review."""
    form = SummaryForm()
    if not form.validate_on_submit():
        return _page(summary=form, status=422)
    seen = request.form.get("revision", 0, type=int)
    if not verbs.write_summary(work(), this_case(), facts_here().state("review"), form.summary.data or "", seen):
        raise Conflict("Somebody else changed the summary since you opened the page, so yours was not saved.")
    flash("The summary is saved.")
    return redirect(url_for("review.overview", ref=this_case().ref), 303)
