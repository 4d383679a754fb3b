"""A return with its checks as pages, the API and commands show it: function by function, counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from webapp.checks.queries import Entered, Said
from workflows.programme import Function
from workflows.returns.checks import STATUS_WORDS, Checked, Missing, Outcome
from workflows.returns.explanations import fits, given_for

KINDS = {
    "hard": "Must hold",
    "cross": "Across functions",
    "soft": "To be explained",
    "signal": "A question",
    "asked": "Asked last round",
}
"""The kinds of checks in words."""


@dataclass(frozen=True)
class Section:
    """What there is to do in one function, and what is settled there."""

    function: Function
    missing: list[Missing] = field(default_factory=list)
    mend: list[Outcome] = field(default_factory=list)
    explain: list[Outcome] = field(default_factory=list)
    questions: list[Outcome] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)

    @property
    def standing(self) -> int:
        """How many things stand between this function and the sign-off."""
        return len(self.missing) + len(self.mend) + len(self.explain)


def sections(checked: Checked) -> list[Section]:
    """The functions in which there is anything to tell, in the order of the programme."""
    found: dict[str, Section] = {f.code: Section(f) for f in checked.figures.programme.functions}
    for gap in checked.missing:
        found[gap.item.function].missing.append(gap)
    for outcome in checked.outcomes:
        section = found[outcome.function]
        match outcome.status:
            case "mend":
                section.mend.append(outcome)
            case "explain" | "confirm":
                section.explain.append(outcome)
            case "unanswered":
                section.questions.append(outcome)
            case _:
                section.settled.append(outcome)
    return [s for s in found.values() if s.standing or s.questions or s.settled]


def counts(checked: Checked) -> dict[str, int]:
    """How many of each there are: answers missing, to be confirmed, notes missing, checks by their status."""
    found: dict[str, int] = {"answer": 0, "confirm_answer": 0, "note": 0} | dict.fromkeys(STATUS_WORDS, 0)
    for gap in checked.missing:
        found["confirm_answer" if gap.kind == "confirm" else gap.kind] += 1
    for outcome in checked.outcomes:
        found[outcome.status] += 1
    return found


def left(checked: Checked) -> list[str]:
    """What still stands between a return and its sign-off, counted in words: “3 answers are missing”. Nothing: an empty list."""
    n = counts(checked)
    told = (
        (n["answer"], "answer is missing", "answers are missing"),
        (n["confirm_answer"], "answer that was filled in is to be confirmed", "answers that were filled in are to be confirmed"),
        (n["note"], "note is missing", "notes are missing"),
        (n["mend"], "check must be mended", "checks must be mended"),
        (n["explain"], "explanation is wanted", "explanations are wanted"),
        (n["confirm"], "explanation is to be confirmed, for its figures changed",
         "explanations are to be confirmed, for their figures changed"),
    )  # fmt: skip
    return [f"{number} {one if number == 1 else many}" for number, one, many in told if number]


def left_words(checked: Checked) -> str:
    """The same in a sentence, for whoever has just saved something."""
    found = left(checked)
    if not found:
        return "Nothing stands between this return and its sign-off any more."
    return f"Still to do before the sign-off: {', '.join(found[:-1])}{' and ' if len(found) > 1 else ''}{found[-1]}."


def also_said(entered: Entered, checked: Checked) -> list[Said]:
    """What the body said besides, on checks that hold now or are not asked here, and that belongs to these figures."""
    codes = {outcome.code for outcome in checked.outcomes}
    return [
        Said(code, one.asked, one.text)
        for code, one in entered.explanations.items()
        if one.text and code not in codes and fits(one.rests_on, checked.figures)
    ]


def not_needed(entered: Entered, checked: Checked) -> list[Said]:
    """What the body said on checks that hold now: it is kept, and shown to nobody."""
    codes = {outcome.code for outcome in checked.outcomes}
    return [Said(code, one.asked, one.text) for code, one in entered.explanations.items() if one.text and code not in codes]


def given_when(outcome: Outcome, checked: Checked) -> Iterator[str]:
    """The figures that an explanation was given for, where they have changed since: “Employees £1,000”."""
    if outcome.stale and outcome.explanation is not None:
        for label, value in given_for(outcome.explanation.rests_on, checked.figures.programme):
            yield f"{label}: {value}"


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One check that does not hold, as data."""
    said = outcome.explanation
    return {
        "code": outcome.code,
        "kind": outcome.kind,
        "made_from": outcome.origin,
        "function": outcome.function,
        "item": outcome.item.code,
        "place": outcome.place,
        "text": outcome.text,
        "mend": outcome.mend,
        "figures": [{"label": t.label, "value": t.value, "name": t.name, "exact": t.exact} for t in outcome.terms],
        "status": outcome.status,
        "needs": STATUS_WORDS[outcome.status],
        "blocks": outcome.stands,
        "explained": outcome.explained,
        "explanation": said.text if said and said.text else None,
    }


def checked_json(checked: Checked, entered: Entered | None) -> dict[str, Any]:
    """A return with its checks, as data: what is missing, what does not hold, and how many things hold up the sign-off."""
    return {
        "version": entered.number if entered else None,
        "draft": entered is not None and entered.frozen_at is None,
        "standing": len(checked.gaps),
        "counts": counts(checked),
        "missing": [
            {"kind": gap.kind, "function": gap.item.function, "item": gap.item.code, "place": gap.reason.place, "text": gap.reason.text}
            for gap in checked.missing
        ],
        "outcomes": [outcome_json(outcome) for outcome in checked.outcomes],
    }
