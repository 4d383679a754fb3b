"""The auditor's challenge: findings, scores, the body's response, the inspector's decision."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.cases import presenter
from webapp.challenge import queries, verbs
from webapp.challenge.forms import DecisionForm, FindingForm, ResponseForm, ScoreForm
from webapp.challenge.models import Finding
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.errors import Conflict
from webapp.returns import queries as returns
from webapp.templating import told
from workflows.challenge.scores import score_words
from workflows.returns.figures import Figures

blueprint = Blueprint("challenge", __name__)


@blueprint.get("/cases/<ref>/challenge")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """Findings and scores as far as one may see them."""
    return _page()


def _page(
    *, finding: FindingForm | None = None, score: ScoreForm | None = None, response: ResponseForm | None = None,
    decision: DecisionForm | None = None, number: int = 0, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    here, facts, case = work(), facts_here(), this_case()
    programme, state = case.round.programme, facts.state("challenge")
    writing = may(here.actor, "finding.write") and state == "in_progress"
    responding = may(here.actor, "finding.respond") and state == "draft_issued"
    deciding = may(here.actor, "finding.write") and state == "response_in"
    if writing:
        finding = finding or FindingForm(formdata=None).offer(programme, case.sector)
        score = score or ScoreForm(formdata=None).offer(programme, case.sector)
    found = queries.findings(here.session, case, here.actor)
    responses = {f.number: ResponseForm(formdata=None, prefix=f"f{f.number}-", response=f.response, reason=f.response_reason)
                 for f in found} if responding else {}  # fmt: skip
    decisions = {f.number: DecisionForm(formdata=None, prefix=f"f{f.number}-", decision=f.decision, reason=f.decision_reason)
                 for f in found} if deciding else {}  # fmt: skip
    if response is not None and responding:
        responses[number] = response
    if decision is not None and deciding:
        decisions[number] = decision
    html = render_template(
        "challenge.html", case=case, facts=facts, head=presenter.head(facts), findings=found,
        scores=queries.scores(here.session, case, here.actor), finding_form=finding if writing else None,
        score_form=score if writing else None, responses=responses, decisions=decisions, score_words=score_words,
        buttons=presenter.buttons(facts, ("challenge",)), move_url=presenter.move_url, programme=programme,
        response_words=verbs.RESPONSES, decision_words=verbs.DECISIONS, failed=status == 422,
        kloe_titles={k.code: k.title for k in programme.kloe},
        severity_colours=dict(zip(reversed(programme.severities), ("red", "orange"), strict=False)),
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/challenge/findings")
@needs("finding.write")
def record_finding(ref: str) -> ResponseReturnValue:
    """Record a finding."""
    here, case = work(), this_case()
    programme = case.round.programme
    form = FindingForm().offer(programme, case.sector)
    if not form.validate_on_submit():
        return _page(finding=form, status=422)
    version = returns.visible_version(here.session, case, here.actor)
    names = ("title", "kloe", "item", "severity", "condition", "criterion", "cause", "effect", "recommendation")
    texts = {name: (form[name].data or "").strip() for name in names}
    item = programme.find_item(texts["item"])
    value = ""
    if item is not None and version is not None:
        value = told(Figures(programme, returns.answers(here.session, version.id)).answer(item.code), item)
    finding = verbs.record_finding(here, case, facts_here().state("challenge"), texts, version=version if item else None, value=value)
    here.session.flush()
    flash(f"Finding {finding.number} is recorded.")
    return redirect(url_for("challenge.overview", ref=case.ref, _anchor=f"finding-{finding.number}"), 303)


@blueprint.post("/cases/<ref>/challenge/scores")
@needs("finding.write")
def record_score(ref: str) -> ResponseReturnValue:
    """Record a score."""
    here, case = work(), this_case()
    form = ScoreForm().offer(case.round.programme, case.sector)
    if not form.validate_on_submit():
        return _page(score=form, status=422)
    verbs.record_score(here, case, facts_here().state("challenge"), kloe=form.kloe.data, level=int(form.level.data),
                       reason=form.reason.data or "")  # fmt: skip
    flash(f"The score for {form.kloe.data} is recorded.")
    return redirect(url_for("challenge.overview", ref=case.ref, _anchor="scores"), 303)


def _finding(number: int) -> Finding:
    found = queries.finding(work().session, this_case(), work().actor, number)
    if found is None:
        raise NotFound("There is no such finding that you may see.")
    seen = request.form.get("revision", type=int)
    if seen is not None and seen != found.revision:
        raise Conflict("Somebody else changed this finding since you opened the page, so yours was not saved.")
    return found


@blueprint.post("/cases/<ref>/challenge/findings/<int:number>/response")
@needs("finding.respond")
def respond(ref: str, number: int) -> ResponseReturnValue:
    """Respond to a finding."""
    finding = _finding(number)
    form = ResponseForm(prefix=f"f{number}-")
    if not form.validate_on_submit():
        return _page(response=form, number=number, status=422)
    verbs.respond(finding, facts_here().state("challenge"), form.response.data, form.reason.data or "")
    flash(f"Your response to finding {number} is saved. Send the response when all are done.")
    return redirect(url_for("challenge.overview", ref=this_case().ref, _anchor=f"finding-{number}"), 303)


@blueprint.post("/cases/<ref>/challenge/findings/<int:number>/decision")
@needs("finding.write")
def decide(ref: str, number: int) -> ResponseReturnValue:
    """Decide on the body's response to a finding."""
    finding = _finding(number)
    form = DecisionForm(prefix=f"f{number}-")
    if not form.validate_on_submit():
        return _page(decision=form, number=number, status=422)
    verbs.decide(finding, facts_here().state("challenge"), form.decision.data, form.reason.data or "")
    flash(f"Your decision on finding {number} is saved.")
    return redirect(url_for("challenge.overview", ref=this_case().ref, _anchor=f"finding-{number}"), 303)
