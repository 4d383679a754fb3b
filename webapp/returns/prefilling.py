"""Fill in what is known from elsewhere: last year's answers, and held figures that are the same thing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from webapp.cases.models import Case
from webapp.db import Work
from webapp.returns import queries, verbs
from webapp.returns.drafts import locked, open_draft
from webapp.returns.known import Known, known
from webapp.returns.models import PREFILLED_LIMIT
from workflows.engine import Reason, Refused
from workflows.programme import Item, Programme
from workflows.returns.figures import Answers
from workflows.returns.prefill import from_held, from_last_year
from workflows.returns.values import Answer

LAST = "last-year"


@dataclass(frozen=True)
class Offer:
    """Answers that can be filled in: their source, what it is called, and the answers by item, marked as not confirmed."""

    source: str
    words: str
    answers: dict[str, Answer]


def offers(programme: Programme, items: Iterable[Item], answers: Answers, found: Known) -> list[Offer]:
    """What can be filled into these items, of all that is known of the body, last year's answers first."""
    items = list(items)
    made = []
    if found.last:
        definitions = {item.code: found.last.definition(item.code) for item in items}
        made.append(_offer(LAST, found.last.words, from_last_year(items, answers, found.last.answers, definitions)))
    for source in programme.sources:
        note = found.notes.get(source.code, "")
        words = f"{source.name}, {note}" if note else source.name
        made.append(_offer(source.code, words, from_held(programme, source.code, items, answers, found.held)))
    return [offer for offer in made if offer.answers]


def _offer(source: str, words: str, answers: dict[str, Answer]) -> Offer:
    mark = words if len(words) <= PREFILLED_LIMIT else words[: PREFILLED_LIMIT - 1] + "…"
    return Offer(source, words, {code: replace(answer, prefilled=mark) for code, answer in answers.items()})


def fill_in(work: Work, case: Case, state: str | None, function: str, source: str) -> Offer:
    """Fill in what a source knows into the empty items of a function, each to be confirmed; gives what was filled in.

    Raises Refused when the return is not being filled in, or when there is nothing to fill in.
    """
    session, programme = work.session, case.round.programme
    draft = open_draft(session, case, state)
    stored = queries.values(session, draft.id)
    shut = locked(draft, programme)
    items = [item for item in programme.items_of(function) if item.code not in shut]
    answers = queries.as_answers(stored)
    offer = next((o for o in offers(programme, items, answers, known(session, case)) if o.source == source), None)
    if offer is None:
        text = "There is nothing to fill in from there: what is known is filled in already, or an answer stands in its place."
        raise Refused("input", (Reason(text, f"return/{function}"),))
    verbs.save_answers(work, case, state, offer.answers, {code: value.revision for code, value in stored.items()})
    return offer
