"""The API's return: every answer with what is computed from it, and saving answers by the same rules as the pages."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.api.answers import amount_text, answer_json, answers_of, body, read
from webapp.api.problems import problem
from webapp.api.views import blueprint
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.returns import drafts, queries
from webapp.returns.models import ReturnValue, ReturnVersion
from webapp.returns.verbs import Clashes, save_answers
from webapp.workbooks.verbs import must_be_open
from workflows.programme import Item, Programme
from workflows.returns.figures import Figures
from workflows.returns.values import NOTHING, Answer

__all__ = ["blueprint"]

MOST_ERRORS = 200
"""Problems that are told one by one."""


@blueprint.get("/cases/<ref>/return")
@needs("case.see")
def get_return(ref: str) -> ResponseReturnValue:
    """The newest version of the return that one may see, or the one of `?version=N`."""
    here, case, facts = work(), this_case(), facts_here()
    number = request.args.get("version", type=int)
    version = queries.visible_version(here.session, case, here.actor, number)
    if version is None and "version" in request.args:
        raise NotFound("There is no such version of this return that you may see.")
    stored = queries.values(here.session, version.id) if version else {}
    found: dict[str, Any] = {
        "case": case.ref,
        "programme": {"code": case.round.programme_code, "version": case.round.programme_version},
        "state": facts.state("return"),
        "version": version.number if version else None,
        "signed_off_at": version.frozen_at.isoformat() if version and version.frozen_at else None,
        "editable": bool(version and version.frozen_at is None) and drafts.editable(facts),
    }
    return jsonify({**found, **(_all_of(case.round.programme, stored, case.headcount) if version else {})})


def _all_of(programme: Programme, stored: Mapping[str, ReturnValue], headcount: int | None) -> dict[str, Any]:
    """Every item with its answer, every computed figure and every indicator, with the reason where there is none."""
    figures = Figures(programme, queries.as_answers(stored), headcount=headcount)
    typed = [item for item in programme.items if item.typed]
    return {
        "answers": {
            item.code: answer_json(figures.answer(item.code), stored[item.code].revision if item.code in stored else 0) for item in typed
        },
        "computed": {
            item.code: {"amount": amount_text(figures.amount(item.code)), "why": figures.why_not(item.code)}
            for item in programme.items
            if not item.typed
        },
        "indicators": {
            measure.indicator.code: {"value": amount_text(measure.value), "unit": measure.indicator.unit, "why": measure.why}
            for measure in figures.measures()
        },
        "items": {item.code: _item_json(item) for item in programme.items},
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {"function": item.function, "label": item.label, "kind": item.kind, "unit": item.unit, "required": item.required,
            "asked_if": item.asked_if, "formula": item.formula}  # fmt: skip


@blueprint.patch("/cases/<ref>/return")
@needs("return.edit")
def patch_return(ref: str) -> ResponseReturnValue:
    """Save answers into the draft: all that were sent, or with any problem none."""
    here, case, facts = work(), this_case(), facts_here()
    state = facts.state("return")
    number, sent = body(request.get_data())
    must_be_open(state)
    draft = queries.newest_version(here.session, case.id)
    if draft is None or draft.number != number:
        now = f"version {draft.number}" if draft else "none"
        return problem(409, "The return has moved on", f"You sent answers for version {number}; the draft is {now}. Nothing was saved. "
                       "Get the return again, and send what still needs saving.")  # fmt: skip
    stored = queries.values(here.session, draft.id)
    before = queries.as_answers(stored)
    found = read(sent, case.round.programme, before)
    answers = answers_of(found, case.round.programme, before, in_london(here.now).date())
    for code in answers.keys() & drafts.locked(draft, case.round.programme):
        if answers[code] != before.get(code, NOTHING):
            found.problem(drafts.why_locked(case.round.programme.item(code).label), "answers", code)
    if found.problems:
        return problem(422, "Some answers cannot be saved", f"Nothing was saved. {len(found.problems)} to correct, in “errors”.",
                       errors=[{"pointer": p, "detail": d} for p, d in list(found.problems.items())[:MOST_ERRORS]])  # fmt: skip
    seen = {code: entry.revision or 0 for code, entry in found.entries.items()}
    try:
        changed = save_answers(here, case, state, answers, seen)
    except Clashes as clash:
        both = [
            {
                "item": c.item,
                "pointer": f"#/answers/{c.item}",
                "yours": answer_json(c.typed, seen[c.item]),
                "saved": answer_json(c.saved, c.revision),
                "saved_at": c.at.isoformat() if c.at else None,
            }
            for c in clash.clashes
        ]
        return problem(409, "Somebody else changed the same answers", "Nothing was saved. Compare yours with what was saved meanwhile, "
                       "in “clashes”, and send yours again with the saved revision where yours is right.", clashes=both)  # fmt: skip
    here.session.flush()
    return jsonify({"version": draft.number, "state": state, "changed": changed, "answers": _saved(draft, answers)})


def _saved(draft: ReturnVersion, answers: Mapping[str, Answer]) -> dict[str, Any]:
    stored = queries.values(work().session, draft.id)
    return {
        code: answer_json(queries.answer(stored[code]), stored[code].revision) if code in stored else answer_json(answer, 0)
        for code, answer in answers.items()
    }
