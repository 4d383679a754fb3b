"""The return: what is to do, each function's form, each figure's history."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import may, needs
from webapp.cases import presenter
from webapp.cases import queries as cases
from webapp.cases.facts import CaseFacts
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import work
from webapp.evidence import forms as evidence_forms
from webapp.evidence import queries as evidence
from webapp.evidence import showing
from webapp.returns import forms, queries, verbs
from webapp.returns.models import ReturnValue
from workflows.engine import Reason
from workflows.programme import Function, Item
from workflows.returns import checks
from workflows.returns.figures import Figures

blueprint = Blueprint("returns", __name__)


def _facts() -> CaseFacts:
    here = work()
    return CaseFacts(here.session, this_case(), here.actor, here.now)


def _editable(facts: CaseFacts) -> bool:
    return may(work().actor, "return.edit") and facts.state("return") == "in_progress"


@blueprint.get("/cases/<ref>/return")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The return's functions with their progress, what is missing, and its versions."""
    here, facts, case = work(), _facts(), this_case()
    version = queries.visible_version(here.session, case, here.actor, request.args.get("version", type=int))
    answers = queries.answers(here.session, version.id) if version else {}
    programme = case.round.programme
    editable = _editable(facts)
    figures = Figures(programme, answers, headcount=case.headcount)
    progress = [
        (f, sum(checks.answered(i, figures) for i in asked), len(asked))
        for f in programme.functions
        if (asked := [i for i in programme.items_of(f.code) if checks.asked(i, figures)])
    ]
    return render_template(
        "return.html",
        case=case,
        facts=facts,
        steps=presenter.steps(facts),
        version=version,
        versions=queries.versions(here.session, case, here.actor),
        progress=progress,
        gaps=checks.gaps(figures) if editable else (),
        buttons=presenter.buttons(facts, ("return",)),
        move_url=presenter.move_url,
        editable=editable,
        evidence=sum(evidence.counts(here.session, case, here.actor).values()),
    )


def _function(code: str) -> Function:
    found = next((f for f in this_case().round.programme.functions if f.code == code), None)
    if found is None or not this_case().round.programme.items_of(code):
        raise NotFound(f"This round’s return has no function “{code}”.")
    return found


@blueprint.get("/cases/<ref>/return/<function>")
@needs("case.see")
def function(ref: str, function: str) -> ResponseReturnValue:
    """A function's figures: a form for the preparer while the return is in progress, a table for everybody else."""
    here, facts, case = work(), _facts(), this_case()
    part = _function(function)
    version = queries.visible_version(here.session, case, here.actor, request.args.get("version", type=int))
    stored = queries.values(here.session, version.id) if version else {}
    if _editable(facts):
        typed = {code: forms.as_typed(queries.answer(v), v.revision) for code, v in stored.items()}
        return _form_page(part, facts, typed, stored)
    answers = {code: queries.answer(v) for code, v in stored.items()}
    items = case.round.programme.items_of(function)
    files = evidence.counts(here.session, case, here.actor)
    return render_template("function.html", case=case, facts=facts, steps=presenter.steps(facts), function=part, items=items,
                           version=version, figures=Figures(case.round.programme, answers), evidence=files,
                           practices=evidence.practices(case.round.programme, function, answers, files))  # fmt: skip


def _form_page(
    part: Function, facts: CaseFacts, typed: dict[str, forms.Typed], stored: dict[str, ReturnValue],
    clashes: tuple[verbs.Clash, ...] = (), status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    case = this_case()
    programme = case.round.programme
    answers = {code: queries.answer(v) for code, v in stored.items()}
    figures = Figures(programme, answers, headcount=case.headcount)
    broken = [r for r in checks.broken(figures) if r.place.startswith(f"return/{part.code}#")]
    problems = [Reason(t.problem, f"#{code}") for code, t in typed.items() if t.problem]
    files = evidence.counts(facts.session, case, facts.actor)
    html = render_template("function_form.html", case=case, facts=facts, steps=presenter.steps(facts), function=part,
                           items=programme.items_of(part.code), typed=typed, figures=figures, problems=problems, broken=broken,
                           clashes=clashes, blank=forms.Typed(), programme=programme, evidence=files,
                           practices=evidence.practices(programme, part.code, answers, files))  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/return/<function>")
@needs("return.edit")
def save(ref: str, function: str) -> ResponseReturnValue:
    """Save what was typed into a function's form: all of it, or with problems nothing."""
    here, facts, case = work(), _facts(), this_case()
    part = _function(function)
    items = case.round.programme.items_of(function)
    version = queries.newest_version(here.session, case.id)
    stored = queries.values(here.session, version.id) if version else {}
    reading = forms.read(request.form, items, {code: queries.answer(v) for code, v in stored.items()}, in_london(here.now).date())
    if reading.problems and _editable(facts):
        return _form_page(part, facts, reading.typed, stored, status=422)
    try:
        changed = verbs.save_answers(here, case, facts.state("return"), reading.answers, reading.seen)
    except verbs.Clashes as clash:
        for found in clash.clashes:
            reading.typed[found.item].revision = found.revision
        return _form_page(part, facts, reading.typed, stored, tuple(clash.clashes), status=409)
    flash(f"Saved: {changed} figure{'s' if changed != 1 else ''} changed." if changed else "Nothing had changed.")
    if request.form.get("then") == "stay":
        return redirect(url_for("returns.function", ref=case.ref, function=function), 303)
    return redirect(url_for("returns.overview", ref=case.ref), 303)


def _item(function: str, code: str) -> Item:
    _function(function)
    found = next((i for i in this_case().round.programme.items_of(function) if i.code == code), None)
    if found is None:
        raise NotFound(f"This round’s return has no item “{code}” under {function}.")
    return found


@blueprint.get("/cases/<ref>/return/<function>/<code>")
@needs("case.see")
def item(ref: str, function: str, code: str) -> ResponseReturnValue:
    """One figure: its value in each version that one may see, and who changed it, when and why."""
    here, facts, case = work(), _facts(), this_case()
    found = _item(function, code)
    versions = queries.versions(here.session, case, here.actor)
    by_version = queries.values_of_item(here.session, [v.id for v in versions], code) if found.typed else {}
    newest = versions[0] if versions else None
    entered = queries.answer(by_version[newest.id]) if newest and newest.id in by_version else None
    return render_template("item.html", case=case, facts=facts, steps=presenter.steps(facts), item=found, function=_function(function),
                           versions=[(v, queries.answer(by_version[v.id]) if v.id in by_version else None) for v in versions],
                           events=cases.events_of(here.session, case, here.actor, entity="return_value", key=code),
                           evidence=showing.of_item(facts, found, newest, entered), blank=evidence_forms.Typed())  # fmt: skip
