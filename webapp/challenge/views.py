"""The auditor's challenge: findings, scores, the body's response, the inspector's decision."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may_now, needs
from webapp.cases import presenter
from webapp.challenge import queries, verbs
from webapp.challenge.forms import DecisionForm, FindingForm, ResponseForm, ScoreForm
from webapp.challenge.models import Finding
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.errors import Conflict
from webapp.returns import queries as returns
from webapp.returns.models import ReturnVersion
from webapp.returns.rests import value_now
from webapp.templating import told
from workflows.challenge.scores import score_words
from workflows.returns.figures import Figures
from workflows.roles import Side

blueprint = Blueprint("challenge", __name__)


@blueprint.get("/cases/<ref>/challenge")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """Findings and scores as far as one may see them."""
    return _page()


def _page(
    *, finding: FindingForm | None = None, score: ScoreForm | None = None, response: ResponseForm | None = None,
    decision: DecisionForm | None = None, number: int = 0, changing: int = 0, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    here, facts, case = work(), facts_here(), this_case()
    programme, state = case.round.programme, facts.state("challenge")
    writing = may_now(here.actor, "finding.write", state)
    responding = may_now(here.actor, "finding.respond", state)
    deciding = may_now(here.actor, "finding.decide", state)
    found = queries.findings(here.session, case, here.actor)
    changed = next((f for f in found if f.number == (changing or request.args.get("change", type=int))), None) if writing else None
    if writing:
        finding = finding or FindingForm(formdata=None, obj=changed).offer(programme, case.sector)
        score = score or ScoreForm(formdata=None).offer(programme, case.sector)
    responses = {f.number: ResponseForm(formdata=None, prefix=f"f{f.number}-", response=f.response, reason=f.response_reason)
                 for f in found} if responding else {}  # fmt: skip
    decisions = {f.number: DecisionForm(formdata=None, prefix=f"f{f.number}-", decision=f.decision, reason=f.decision_reason)
                 for f in found} if deciding else {}  # fmt: skip
    if response is not None and responding:
        responses[number] = response
    if decision is not None and deciding:
        decisions[number] = decision
    figures = Figures(programme, returns.newest_answers(here.session, case, here.actor)) if any(f.item for f in found) else None
    scores = queries.scores(here.session, case, here.actor)
    if here.actor.side is Side.AUDITOR:  # who gives the scores sees every one of them: guards need not read them again
        facts.know(scored_kloe=frozenset(one.kloe for one in scores))
    html = render_template(
        "challenge.html", case=case, facts=facts, head=presenter.head(facts), findings=found,
        scores=scores, finding_form=finding if writing else None,
        score_form=score if writing else None, changed=changed, responses=responses, decisions=decisions, score_words=score_words,
        buttons=presenter.buttons(facts, ("challenge",)), move_url=presenter.move_url, programme=programme,
        response_words=verbs.RESPONSES, decision_words=verbs.DECISIONS, failed=status == 422,
        kloe_titles={k.code: k.title for k in programme.kloe},
        severity_colours=dict(zip(reversed(programme.severities), ("red", "orange"), strict=False)),
        figures=figures, value_now=value_now,
    )  # fmt: skip
    return make_response(html, status)


FIELDS = ("title", "kloe", "item", "severity", "condition", "criterion", "cause", "effect", "recommendation")


def _typed(form: FindingForm) -> tuple[dict[str, str], ReturnVersion | None, str]:
    """The fields of a finding, and the version of the return and the value there that it rests on, where it rests on one."""
    here, case = work(), this_case()
    texts = {name: (form[name].data or "").strip() for name in FIELDS}
    item = case.round.programme.find_item(texts["item"])
    version = returns.visible_version(here.session, case, here.actor) if item is not None else None
    if item is None or version is None:
        return texts, None, ""
    figures = Figures(case.round.programme, returns.answers(here.session, version.id))
    return texts, version, told(figures.answer(item.code), item)


@blueprint.post("/cases/<ref>/challenge/findings")
@needs("finding.write")
def record_finding(ref: str) -> ResponseReturnValue:
    """Record a finding."""
    here, case = work(), this_case()
    form = FindingForm().offer(case.round.programme, case.sector)
    if not form.validate_on_submit():
        return _page(finding=form, status=422)
    texts, version, value = _typed(form)
    finding = verbs.record_finding(here, case, facts_here().state("challenge"), texts, version=version, value=value)
    here.session.flush()
    flash(f"Finding {finding.number} is recorded.")
    return redirect(url_for("challenge.overview", ref=case.ref, _anchor=f"finding-{finding.number}"), 303)


@blueprint.post("/cases/<ref>/challenge/findings/<int:number>")
@needs("finding.write")
def change_finding(ref: str, number: int) -> ResponseReturnValue:
    """Change a finding that is not sent yet."""
    case = this_case()
    form = FindingForm().offer(case.round.programme, case.sector)
    if not form.validate_on_submit():
        return _page(finding=form, changing=number, status=422)
    finding = _finding(number)
    texts, version, value = _typed(form)
    verbs.change_finding(finding, facts_here().state("challenge"), texts, version=version, value=value)
    flash(f"Finding {number} is changed.")
    return redirect(url_for("challenge.overview", ref=case.ref, _anchor=f"finding-{number}"), 303)


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
@needs("finding.decide")
def decide(ref: str, number: int) -> ResponseReturnValue:
    """Decide on the body's response to a finding."""
    finding = _finding(number)
    form = DecisionForm(prefix=f"f{number}-")
    if not form.validate_on_submit():
        return _page(decision=form, number=number, status=422)
    verbs.decide(finding, facts_here().state("challenge"), form.decision.data, form.reason.data or "")
    flash(f"Your decision on finding {number} is saved.")
    return redirect(url_for("challenge.overview", ref=this_case().ref, _anchor=f"finding-{number}"), 303)
