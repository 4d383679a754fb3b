"""The whole return on one page, its versions, and what differs between two of them."""

from dataclasses import dataclass, field

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.checks.queries import said_of
from webapp.context import case as this_case
from webapp.context import facts_here
from webapp.returns import compare, rests
from webapp.returns.drafts import editable, locked
from webapp.returns.known import known
from webapp.returns.models import ReturnVersion
from webapp.returns.whole import tally_lines, whole_return
from webapp.sheets import csv_answer
from workflows.returns.differences import Differences, SaidChange, differences, entered_differences, said_differences
from workflows.returns.explanations import belonging
from workflows.returns.figures import Figures

blueprint = Blueprint("versions", __name__)


def _version(facts: CaseFacts, number: str) -> ReturnVersion:
    found = next((v for v in facts.history.seen(facts.actor) if str(v.number) == number.strip()), None)
    if found is None:
        raise NotFound(f"There is no version “{number[:20]}” of this return that you may see.")
    return found


@blueprint.get("/cases/<ref>/return/whole")
@needs("case.see")
def whole(ref: str) -> ResponseReturnValue:
    """Every answer of the return with all that belongs to it, to check before it is signed and to print."""
    facts, case = facts_here(), this_case()
    asked = request.args.get("version", "")
    version = _version(facts, asked) if asked else facts.history.one_seen(facts.actor, None)
    if version is None:
        return render_template("whole.html", case=case, facts=facts, head=presenter.head(facts), version=None)
    figures = Figures(case.round.programme, facts.history.answers(version), headcount=case.headcount)
    said = said_of(facts.history.entered(version), figures)
    document = whole_return(figures, said, locked(facts.history.draft, case.round.programme))
    draft = version is facts.history.draft
    return render_template(
        "whole.html", case=case, facts=facts, head=presenter.head(facts), version=version, document=document,
        tally=tally_lines(document.tally), signer=facts.history.signer(version), draft=draft,
        declaration=case.round.programme.declaration_of(case.sector), move_url=presenter.move_url,
        editable=draft and editable(facts),
        buttons=presenter.buttons(facts, ("return",)) if draft else [],
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A version as the list shows it: who signed it, what it follows upon, and how many values it changed."""

    version: ReturnVersion
    visible: bool
    signer: str
    before: ReturnVersion | None
    changed: int | None


@blueprint.get("/cases/<ref>/return/versions")
@needs("case.see")
def versions(ref: str) -> ResponseReturnValue:
    """Every version: when, by whom, why, and how much it changed."""
    facts, case = facts_here(), this_case()
    visible = facts.history.seen(facts.actor)
    facts.history.load(visible)
    told = []
    for version in reversed(facts.history.versions):
        before = facts.history.before(version)
        seen = version in visible
        if seen or version.withdrawn_at is not None:
            counted = seen and before is not None and before in visible
            told.append(Told(version, seen, facts.history.signer(version), before, _count(facts, before, version) if counted else None))
    return render_template("versions.html", case=case, facts=facts, head=presenter.head(facts), told=told,
                           buttons=presenter.buttons(facts, ("return",)), move_url=presenter.move_url)  # fmt: skip


def _count(facts: CaseFacts, before: ReturnVersion | None, version: ReturnVersion) -> int:
    history = facts.history
    return len(entered_differences(facts.case.round.programme, history.answers(before), history.answers(version)))


@dataclass(frozen=True)
class Pair:
    """What is compared: names of both sides, the differences, what rests on them, and a warning where one is needed.

    What the body says is compared between versions of one round alone: another round asks other things.
    """

    old: str
    new: str
    old_title: str
    new_title: str
    found: Differences = field(default_factory=Differences)
    effects: dict[str, list[rests.Effect]] = field(default_factory=dict)
    said: tuple[SaidChange, ...] = ()
    missing: str = ""


def _pair(facts: CaseFacts) -> Pair:
    """The two sides that the address asks for: by default the newest version and the one that it follows upon, or last year."""
    newer = request.args.get("to", "")
    new = _version(facts, newer) if newer else facts.history.one_seen(facts.actor, None)
    if new is None:
        raise NotFound("There is no version of this return that you may see yet.")
    before = facts.history.before(new)
    default = str(before.number) if before is not None and before in facts.history.seen(facts.actor) else compare.LAST_YEAR
    older = request.args.get("from", "").strip() or default
    programme, title = facts.case.round.programme, f"Version {new.number}"
    if older == compare.LAST_YEAR:
        last = known(facts.session, facts.case).last
        if last is None:
            missing = "There is no return of last year to compare with."
            return Pair(older, str(new.number), "Last year", title, missing=missing)
        old_title = f"Last year ({last.note})" if last.note else "Last year"
        found = differences(Figures(last.programme, last.answers), Figures(programme, facts.history.answers(new)))
        return Pair(older, str(new.number), old_title, title, found)
    old = _version(facts, older)
    facts.history.load((old, new))
    was, now = (Figures(programme, facts.history.answers(one)) for one in (old, new))
    said = said_differences(belonging(facts.history.explanations(old), was), belonging(facts.history.explanations(new), now))
    effects = rests.effects(facts.session, facts.case, facts.actor)
    return Pair(older, str(new.number), f"Version {old.number}", title, differences(was, now), effects, said)


@blueprint.get("/cases/<ref>/return/differences")
@needs("case.see")
def compared(ref: str) -> ResponseReturnValue:
    """What differs between two versions, or between a version and last year."""
    facts, case = facts_here(), this_case()
    pair = _pair(facts)
    groups = compare.groups(case.round.programme, pair.found, pair.effects)
    return render_template("differences.html", case=case, facts=facts, head=presenter.head(facts), pair=pair, groups=groups,
                           said=compare.said_lines(case.round.programme, pair.said),
                           versions=facts.history.seen(facts.actor), last_year=compare.LAST_YEAR)  # fmt: skip


@blueprint.get("/cases/<ref>/return/differences.csv")
@needs("case.see")
def compared_csv(ref: str) -> Response:
    """The same as a table to download."""
    facts, case = facts_here(), this_case()
    pair = _pair(facts)
    name = f"{case.ref}-differences-{pair.old}-to-{pair.new}"
    sides = (case.ref, pair.old, pair.new)
    rows = [*compare.rows(sides, pair.found, pair.effects), *compare.said_rows(sides, case.round.programme, pair.said)]
    return csv_answer(name, compare.HEAD, rows)
