"""Files as pages show them: beside a figure, in a list, and with what they say of the answer that they were uploaded for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webapp.access import may
from webapp.cases.facts import CaseFacts
from webapp.checks import queries as checks
from webapp.checks.queries import Entered
from webapp.evidence import queries, verbs
from webapp.evidence.queries import File
from workflows.programme import Item
from workflows.returns.figures import Figures
from workflows.roles import Actor, Side


@dataclass(frozen=True)
class Shown:
    """The files of one place, what they say of its answer, and whether the actor may add to them."""

    files: list[File]
    words: Mapping[int, str]
    adding: bool
    more: bool


def adding(facts: CaseFacts) -> bool:
    """Whether the actor may add evidence to the case now: one statement at most."""
    return may(facts.actor, "evidence.upload") and not verbs.why_not(facts)


def of_item(facts: CaseFacts, item: Item, versions: list[tuple[Entered, Figures]]) -> Shown:
    """The files behind an item. `versions` are those that the actor sees, newest first, with their figures: two statements at most."""
    files, more = queries.files(facts.session, facts.case, facts.actor, place=item.code)
    told: Mapping[int, str] = {}
    if files and versions:
        now, *_ = said = [queries.words_of(figures.answer(item.code), item) for _, figures in versions]
        signed = {text for text, (version, _) in zip(said, versions, strict=True) if version.frozen_at is not None}
        told = _told(facts, files, lambda _: now, {item.code: signed})
    return Shown(files, told, adding(facts), more)


def words(facts: CaseFacts, files: list[File]) -> Mapping[int, str]:
    """By number, what each file says of the answer that it was uploaded for, where that is another now: two statements at most."""
    if not files:
        return {}
    entered = checks.entered(facts.session, facts.case, facts.actor)
    figures = Figures(facts.case.round.programme, entered.answers if entered else {}, headcount=facts.case.headcount)
    return _told(facts, files, lambda item: queries.words_of(figures.answer(item.code), item))


def _told(
    facts: CaseFacts, files: list[File], now: Callable[[Item], str], signed: Mapping[str, set[str]] | None = None
) -> Mapping[int, str]:
    """What of these files was uploaded for another answer than the one `now`: one statement at most, where `signed` is not known."""
    programme = facts.case.round.programme
    changed = [f for f in files if (item := programme.find_item(f.evidence.place)) and now(item) != f.evidence.value_seen]
    if not changed:
        return {}
    if signed is None:
        asked = facts.actor.side is not Side.BODY
        signed = queries.signed_words(facts.session, facts.case, facts.actor, {f.evidence.place for f in changed}) if asked else {}
    return {f.evidence.number: _bound(f, facts.actor, signed.get(f.evidence.place, set())) for f in changed}


def _bound(file: File, actor: Actor, signed: set[str]) -> str:
    """An answer that was never signed off is for the body alone; `signed` are those that the actor may see."""
    then = file.evidence.value_seen
    return f"Uploaded when it was: {then}" if actor.side is Side.BODY or then in signed else "Uploaded when the answer was another"
