"""Fill in a function of the return: its form, saved as one goes by its script, or whole by its button."""

from collections.abc import Mapping

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.checks import queries as checks
from webapp.checks.presenting import left_words
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.errors import by_script
from webapp.evidence import queries as evidence
from webapp.returns import entry, forms, queries, sections, verbs
from webapp.returns.drafts import editable, locked
from webapp.returns.known import Known, known, with_known
from webapp.returns.models import ReturnVersion
from webapp.templating import case_url
from workflows.engine import Refused
from workflows.programme import Function
from workflows.returns.progress import groups

blueprint = Blueprint("entry", __name__)


def function_here(code: str) -> Function:
    """The function of that code in this round's return. Raises NotFound."""
    programme = this_case().round.programme
    found = programme.find_function(code)
    if found is None or not programme.items_of(code):
        raise NotFound(f"This round’s return has no function “{code}”.")
    return found


def sight_of(part: Function, draft: ReturnVersion | None, found: Known | None = None) -> entry.Sight:
    """All that a function's form is made of: two statements, or one where what is known besides was read already."""
    here, case = work(), this_case()
    stored, names = queries.values_and_names(here.session, draft.id) if draft else ({}, {})
    if here.actor.person_id is not None:
        names[here.actor.person_id] = here.actor.name
    found = found or known(here.session, case)
    answers = queries.as_answers(stored)
    return entry.Sight(part, with_known(found, case, answers), stored, names, found, locked(draft, case.round.programme))


def form_page(
    part: Function, facts: CaseFacts, draft: ReturnVersion | None, sight: entry.Sight, typed: Mapping[str, forms.Typed],
    clashes: tuple[verbs.Clash, ...] = (), status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    """The form of a function, with what was typed where it was not saved."""
    here, case = work(), this_case()
    shared, files = evidence.part_and_counts(here.session, case, here.actor, draft, part.code) if draft else (None, {})
    html = render_template("function_form.html", case=case, facts=facts, head=presenter.head(facts), version=draft,
                           form=entry.form_of(sight, typed, clashes), known=sight.known, part=shared,
                           presence=entry.presence(shared, here.actor.person_id, here.now), evidence=files,
                           practices=evidence.practices(case.round.programme, part.code, sight.answers, files))  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/return/<function>")
@needs("return.edit")
def save(ref: str, function: str) -> ResponseReturnValue:
    """Save what was typed into a function's form. Its button saves all of it, or with problems nothing; its script, which
    asks for JSON, all that is good, and is told the rest."""
    here, facts, case = work(), facts_here(), this_case()
    part = function_here(function)
    draft = queries.newest_version(here.session, case.id)
    sight = sight_of(part, draft)
    reading = forms.read(request.form, sight.items, sight.answers, in_london(here.now).date(), sight.locked)
    if by_script():
        return _saved_by_script(facts, draft, sight, reading)
    if reading.problems and editable(facts):
        return form_page(part, facts, draft, sight, reading.typed, status=422)
    try:
        changed = verbs.save_answers(here, case, facts.state("return"), reading.answers, reading.seen)
    except verbs.Clashes as found:
        return form_page(part, facts, draft, sight, reading.typed, tuple(found.clashes), status=409)
    sections.touch(here, case, facts.state("return"), function)
    here.session.flush()
    saved = f"Saved: {changed} answer{'s' if changed != 1 else ''} changed." if changed else "Saved: nothing had changed since."
    flash(f"{saved} {left_words(checks.checked(here.session, case, checks.entered(here.session, case)))}")
    return redirect(_then(part, facts), 303)


def _then(part: Function, facts: CaseFacts) -> str:
    """Where to go after saving, with the part marked as ready where that was asked for too."""
    here, ref = work(), this_case().ref
    group = next((g for g in groups(this_case().round.programme.items_of(part.code)) if g.name == request.form.get("confirm")), None)
    if group:
        return url_for("returns.function", ref=ref, function=part.code, _anchor=group.key)
    match request.form.get("then"):
        case "stay":
            return url_for("returns.function", ref=ref, function=part.code)
        case "ready":
            here.session.flush()
            try:
                sections.set_ready(here, this_case(), facts.state("return"), part.code, True)
            except Refused as refused:
                number = len(refused.reasons)
                things = f"{number} things still stand" if number > 1 else "one thing still stands"
                flash(f"{part.name} is not marked as ready yet: {things} in the way. {refused.reasons[0].text}")
                return case_url(ref, refused.reasons[0].place)
            flash(f"{part.name} is marked as ready.")
    return url_for("returns.overview", ref=ref)


def _saved_by_script(facts: CaseFacts, draft: ReturnVersion | None, sight: entry.Sight, reading: forms.Reading) -> ResponseReturnValue:
    here, case = work(), this_case()
    state, part = facts.state("return"), sight.function
    before = queries.parts(here.session, draft.id).get(part.code) if draft else None
    _, clashes = verbs.save_but_clashes(here, case, state, reading.answers, reading.seen)
    section = sections.touch(here, case, state, part.code)
    here.session.flush()
    sight = sight_of(part, draft, sight.known)
    differing = {clash.item for clash in clashes}
    unsaved = {code: typed for code, typed in reading.typed.items() if typed.problem or code in differing}
    form = entry.form_of(sight, unsaved, clashes)
    told = entry.news(sight, form, reading, since=request.form.get("since", ""), now=here.now)
    told["ready"] = section.ready_at is not None
    told["presence"] = entry.presence(before, here.actor.person_id, here.now)
    return jsonify(told)
