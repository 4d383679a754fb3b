"""The whole return on one page, function by function: what is shown before it is signed, and what was signed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby

from webapp.cases.briefs import Brief, Line, brief
from webapp.cases.facts import CaseFacts
from webapp.checks.queries import Said
from workflows.programme import Function, Item
from workflows.returns.checks import belongs
from workflows.returns.differences import entered_differences, said_differences
from workflows.returns.explanations import belonging
from workflows.returns.figures import Figures, Measure
from workflows.returns.tally import Tally, tally
from workflows.returns.values import Answer


@dataclass(frozen=True)
class Row:
    """One item with its answer, what the body says on it, and whether it stays as it was signed off."""

    item: Item
    answer: Answer
    said: list[Said]
    locked: bool


@dataclass(frozen=True)
class Part:
    """One function: its items in their groups, and its indicators."""

    function: Function
    groups: list[tuple[str, list[Row]]]
    measures: list[Measure]


@dataclass(frozen=True)
class WholeReturn:
    """Every part of a return, and how much of it is firm."""

    parts: list[Part]
    tally: Tally


def whole_return(figures: Figures, said: Mapping[str, list[Said]], shut: Collection[str]) -> WholeReturn:
    """The whole of a return; `said` is what the body says by item, `shut` are the items that a correction leaves as they were
    signed off.

    An item that is asked only after a yes is left out where the answer was another, and none is given.
    """
    programme = figures.programme
    parts = []
    for function in programme.functions:
        rows = [
            Row(item, figures.answer(item.code), said.get(item.code, []), item.code in shut)
            for item in programme.items_of(function.code)
            if item.code in said or belongs(item, figures)
        ]
        measures = [figures.measure(i) for i in programme.indicators if i.function == function.code]
        if rows or measures:
            parts.append(Part(function, [(name, list(found)) for name, found in groupby(rows, lambda row: row.item.group)], measures))
    return WholeReturn(parts, tally(figures))


def tally_lines(found: Tally) -> list[tuple[str, str, bool]]:
    """What is firm and what is not, as label, number in words, and whether it stands out."""
    lines = [
        ("Answers given", f"{found.answered:,}", False),
        ("Answered “not known”", f"{found.not_known:,}", found.not_known > 0),
        ("Estimates", f"{found.estimated:,}", found.estimated > 0),
        ("Provisional figures", f"{found.provisional:,}", found.provisional > 0),
        ("Functions counted otherwise than the guidance says", f"{found.scope:,}", found.scope > 0),
        ("Indicators that can be computed", f"{found.measured:,} of {found.measured + found.not_computable:,}", False),
    ]
    if found.open:
        lines.insert(1, ("Questions without an answer yet", f"{found.open:,}", True))
    return lines


@brief("certification")
def certification(facts: CaseFacts) -> Brief:
    """What whoever signs the return should know before they do."""
    case, history = facts.case, facts.history
    draft = history.newest
    figures = Figures(case.round.programme, history.answers(draft), headcount=case.headcount)
    lines = [Line(label, text, warning=stands_out) for label, text, stands_out in tally_lines(tally(figures))]
    if facts.correction is not None and draft is not None:
        signed, of = history.before(draft), facts.correction.of_version
        was = Figures(case.round.programme, history.answers(signed))
        changes = entered_differences(case.round.programme, was.answers, figures.answers)
        said = said_differences(belonging(history.explanations(signed), was), belonging(history.explanations(draft), figures))
        place = f"return/differences?from={of}&to={draft.number}"
        lines.append(Line(f"Values that differ from version {of}", f"{len(changes):,}", place))
        if said:
            lines.append(Line(f"Explanations that differ from version {of}", f"{len(said):,}", place))
    return Brief("What you sign", lines, "return/whole", "Check every answer on one page first")
