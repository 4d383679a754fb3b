"""The return: what is to do, each function's form or figures, each figure's history."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases import queries as cases
from webapp.checks import queries as checks
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.evidence import forms as evidence_forms
from webapp.evidence import queries as evidence
from webapp.evidence import showing
from webapp.returns import overview as overviews
from webapp.returns.drafts import editable
from webapp.returns.entry_views import form_page, function_here, sight_of
from workflows.programme import Item
from workflows.returns.figures import Figures
from workflows.returns.progress import groups

blueprint = Blueprint("returns", __name__)


@blueprint.get("/cases/<ref>/return")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The return's functions with their progress, what is missing, and its versions."""
    here, facts, case = work(), facts_here(), this_case()
    versions = facts.history.seen(here.actor)[::-1]
    version = facts.history.one_seen(here.actor, request.args.get("version", type=int))
    entered = facts.history.entered(version)
    draft = version is not None and version is facts.history.draft
    # What is signed off is shown as it is; what is held besides, or of others, matters only before.
    checked = facts.checked if draft else checks.checked_by_itself(case, entered)
    shown = overviews.overview(here, entered, checked, editable=draft and editable(facts))
    return render_template("return.html", case=case, facts=facts, head=presenter.head(facts), version=version, versions=versions,
                           shown=shown, buttons=presenter.buttons(facts, ("return",)), move_url=presenter.move_url)  # fmt: skip


@blueprint.get("/cases/<ref>/return/<function>")
@needs("case.see")
def function(ref: str, function: str) -> ResponseReturnValue:
    """A function's figures: a form for the preparer while the return is in progress, a table for everybody else."""
    here, facts, case = work(), facts_here(), this_case()
    part = function_here(function)
    version = facts.history.one_seen(here.actor, request.args.get("version", type=int))
    if editable(facts) and version is not None and version is facts.history.draft:
        return form_page(part, facts, version, sight_of(part, version), {})
    files = evidence.counts(here.session, case, here.actor) if version is not None else {}
    entered = facts.history.entered(version)
    figures = Figures(case.round.programme, entered.answers if entered else {})
    members = [(g.name, g.items) for g in groups(case.round.programme.items_of(function))]
    return render_template("function.html", case=case, facts=facts, head=presenter.head(facts), function=part, groups=members,
                           version=version, figures=figures, said=checks.said_of(entered, figures), evidence=files,
                           practices=evidence.practices(case.round.programme, function, figures.answers, files))  # fmt: skip


def _item(function: str, code: str) -> Item:
    function_here(function)
    found = next((i for i in this_case().round.programme.items_of(function) if i.code == code), None)
    if found is None:
        raise NotFound(f"This round’s return has no item “{code}” under {function}.")
    return found


@blueprint.get("/cases/<ref>/return/<function>/<code>")
@needs("case.see")
def item(ref: str, function: str, code: str) -> ResponseReturnValue:
    """One figure: its value in each version that one may see, and who changed it, when and why."""
    here, facts, case = work(), facts_here(), this_case()
    found = _item(function, code)
    versions = [
        (entered, Figures(case.round.programme, entered.answers, headcount=case.headcount))
        for entered in checks.entered_in_each(here.session, case, here.actor)
    ]
    # What is computed is entered by nobody.
    events = [] if found.formula else cases.events_of(here.session, case, here.actor, entity="return_value", key=code)
    return render_template("item.html", case=case, facts=facts, head=presenter.head(facts), item=found, function=function_here(function),
                           versions=[(v, figures.answer(code), checks.said_of(v, figures).get(code, [])) for v, figures in versions],
                           events=events, evidence=showing.of_item(facts, found, versions),
                           blank=evidence_forms.Typed())  # fmt: skip
