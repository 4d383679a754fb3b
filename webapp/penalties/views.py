"""The rule for the penalty of a round: what thresholds would do, and its adoption; earlier savings of a body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs, sees
from webapp.cases import presenter
from webapp.cases import queries as cases
from webapp.cases.forms import form_of, read_inputs, with_anchors
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.penalties import queries, verbs
from webapp.penalties.looking import looked_at, says
from webapp.penalties.models import EarlierSaving, PenaltyRule
from webapp.penalties.presenting import HEAD, WhatIf, penalty_page, rows, what_if
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from webapp.sharing.queries import belongings
from webapp.sheets import csv_answer
from webapp.templating import case_url
from workflows.benchmarks.penalty import indicate
from workflows.benchmarks.rules import AVERAGES, GROUP_KINDS, Rule
from workflows.benchmarks.terms import Given, first_given, proposed, read_terms
from workflows.case import TRACKS
from workflows.engine import Reason, Refused
from workflows.programme import Penalty
from workflows.programme.check import judged
from workflows.roles import Role

blueprint = Blueprint("penalties", __name__)
TERMS = ("average", "group", "margin", "minimum", "indicator")


@dataclass(frozen=True)
class Tried:
    """A rule that is tried out: what was typed, the rule that it means or why it means none, and the round's rules."""

    round: Round
    rules: list[PenaltyRule]
    begin: Penalty
    typed: Given
    rule: Rule | None
    reasons: tuple[Reason, ...]


def _round(code: str) -> Round:
    found = round_by_code(work().session, code)
    if found is None:
        raise NotFound
    return found


def _try(code: str, given: Mapping[str, Sequence[str]], *, lock: bool = False) -> Tried:
    """What was given, on the terms of the draft, else of the adopted rule, else of the programme's own."""
    round_ = _round(code)
    rules = queries.rules_of(work().session, round_.id, lock=lock)
    begin = proposed(round_.programme)
    if begin is None:
        raise NotFound
    stored = queries.draft_of(rules) or next((rule for rule in rules if rule.adopted_at), None)
    if stored is not None:
        begin = Penalty(code=stored.code, name=stored.name, statement=stored.statement, indicators=tuple(stored.indicators),
                        functions=tuple(stored.functions), average=stored.average, group=stored.group_kind,  # type: ignore[arg-type]
                        margin=stored.margin, minimum=stored.minimum, notice_days=begin.notice_days)  # fmt: skip
    said = {name: values for name, values in given.items() if values}
    version = max((rule.version for rule in rules), default=0) + 1
    rule, reasons = read_terms(said, round_.programme, begin, version)
    return Tried(round_, rules, begin, {**first_given(begin), **said}, rule, reasons)


def _asked() -> dict[str, list[str]]:
    return {name: request.args.getlist(name) for name in TERMS}


def _what_if(tried: Tried) -> WhatIf | None:
    """What the rule would do today, beside the adopted one: three statements, however many bodies and rules."""
    if tried.rule is None:
        return None
    session, programme, at = work().session, tried.round.programme, queries.today(work().now)
    adopted = next((rule.rule for rule in tried.rules if rule.adopted_at), None)
    wanted = tuple(dict.fromkeys((*tried.rule.indicators, *(adopted.indicators if adopted else ()))))
    looked = looked_at(session, tried.round.id, programme, wanted, at)
    subjects = queries.with_savings(looked.subjects, queries.savings_of_round(session, tried.round.id))
    theirs, say = belongings(session), says(programme)
    found, beside = (indicate(rule, subjects, looked.figures, theirs, at, say) if rule else None for rule in (tried.rule, adopted))
    return what_if(found, beside) if found else None


def _page(tried: Tried, reasons: tuple[Reason, ...], status: int) -> Response:
    now, programme = queries.today(work().now), tried.round.programme
    html = render_template(
        "penalty_rule.html", round=tried.round, tried=tried, reasons=reasons, shown=_what_if(tried), say=says(programme),
        draft=queries.draft_of(tried.rules), in_force=queries.in_force(tried.rules, now), coming=queries.coming(tried.rules, now),
        earlier=[rule for rule in tried.rules if rule.adopted_at], terms_of=queries.terms_of, programme=programme,
        choices=judged(programme),
        averages=AVERAGES, group_kinds=GROUP_KINDS, asked={name: list(tried.typed[name]) for name in TERMS}, typed=request.form,
    )  # fmt: skip
    return make_response(html, status)


@blueprint.get("/rounds/<code>/penalty")
@needs("penalty.rule")
def rule(code: str) -> ResponseReturnValue:
    """What thresholds would do, before any rule is adopted: how many bodies, which, and why."""
    tried = _try(code, _asked())
    return _page(tried, tried.reasons, 422 if tried.reasons else 200)


@blueprint.get("/rounds/<code>/penalty.csv")
@needs("penalty.rule")
def rule_csv(code: str) -> ResponseReturnValue:
    """The same as a table: every body with its figures, its reasons and what keeps it."""
    tried = _try(code, _asked())
    shown = _what_if(tried)
    if shown is None:
        raise Refused("input", tried.reasons)
    return csv_answer(f"{code}-penalty", HEAD, rows(shown))


@blueprint.post("/rounds/<code>/penalty")
@needs("penalty.rule")
def propose(code: str) -> ResponseReturnValue:
    """Propose the rule that was tried out: a draft, for another officer to adopt."""
    tried = _try(code, {name: request.form.getlist(name) for name in (*TERMS, "name", "statement")}, lock=True)
    if tried.rule is None:
        return _page(tried, tried.reasons, 422)
    try:
        draft = verbs.propose(work(), tried.round, tried.rule, notice_days=tried.begin.notice_days, reason=request.form.get("reason", ""))
    except Refused as refused:
        return _page(tried, refused.reasons, 422)
    flash(f"Version {draft.version} of the rule is proposed. Another officer must adopt it.")
    return redirect(url_for("penalties.rule", code=code), 303)


@blueprint.post("/rounds/<code>/penalty/<int:version>/adoption")
@needs("penalty.rule")
def adopt(code: str, version: int) -> ResponseReturnValue:
    """Adopt a draft: it is published, never changes, and is in force after its days of notice."""
    tried = _try(code, {}, lock=True)
    draft = _version(tried.rules, version)
    try:
        verbs.adopt(work(), draft, request.form.get("adoption", ""))
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _page(tried, tuple(Reason(reason.text, "#adoption") for reason in refused.reasons), 422)
    assert draft.in_force_on is not None
    day = f"{draft.in_force_on.day} {draft.in_force_on:%B %Y}"
    flash(f"Version {version} of the rule is adopted and public. It is in force from {day}.")
    return redirect(url_for("penalties.rule", code=code), 303)


@blueprint.post("/rounds/<code>/penalty/<int:version>/drop")
@needs("penalty.rule")
def drop(code: str, version: int) -> ResponseReturnValue:
    """Give a draft up."""
    verbs.drop(work(), _version(queries.rules_of(work().session, _round(code).id, lock=True), version))
    flash(f"Version {version} of the rule is dropped.")
    return redirect(url_for("penalties.rule", code=code), 303)


def _version(rules: list[PenaltyRule], version: int) -> PenaltyRule:
    found = next((rule for rule in rules if rule.version == version), None)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/cases/<ref>/penalty")
@needs("case.see")
def penalty(ref: str) -> ResponseReturnValue:
    """The penalty track of a case, for the body and the programme: the rule, what it rests on, earlier savings."""
    return _penalty((), 200)


def _penalty(reasons: tuple[Reason, ...], status: int) -> Response:
    here, facts = work(), facts_here()
    if not sees(here.actor, TRACKS["penalty"].audience):
        raise NotFound("The penalty page is for the body and the programme team.")
    mine = here.actor.role is Role.APPROVER
    html = render_template(
        "penalty.html", case=this_case(), facts=facts, head=presenter.head(facts), buttons=presenter.buttons(facts, ("penalty",)),
        move_url=presenter.move_url, history=cases.history(here.session, this_case(), "penalty", here.actor), shown=penalty_page(facts),
        asked=verbs.SAVING_ASKS, form=form_of(verbs.SAVING_ASKS, reasons) if mine else None,
        reasons=with_anchors(reasons, verbs.SAVING_ASKS),
    )  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/penalty/savings")
@needs("savings.note")
def note_saving(ref: str) -> ResponseReturnValue:
    """Note a saving that the body made before this round."""
    try:
        saving = verbs.note_saving(work(), this_case(), read_inputs(verbs.SAVING_ASKS, request.form))
    except Refused as refused:
        return _penalty(refused.reasons, 422)
    flash(f"The saving of £{saving.pounds:,} a year is noted.")
    return redirect(case_url(ref, "penalty#savings"), 303)


@blueprint.post("/cases/<ref>/penalty/savings/<int:saving_id>/withdrawal")
@needs("savings.note")
def withdraw_saving(ref: str, saving_id: int) -> ResponseReturnValue:
    """Take a noted saving back, with a reason."""
    saving = work().session.get(EarlierSaving, saving_id)
    if saving is None or saving.case_id != this_case().id:
        raise NotFound("There is no such saving in this case.")
    try:
        verbs.withdraw_saving(work(), saving, request.form.get("reason", ""))
    except Refused as refused:
        if refused.kind != "input":
            raise
        return _penalty((Reason("Say why the saving is taken back.", f"#why-{saving_id}"),), 422)
    flash("The saving is taken back. It stays on the record.")
    return redirect(case_url(ref, "penalty#savings"), 303)
