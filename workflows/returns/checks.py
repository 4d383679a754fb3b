"""What still stands between a return and its sign-off: missing answers, checks that block, explanations that are wanted.

One list serves the guard of the sign-off, the reasons beside its button, the page of the checks, the API and the command.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from workflows.engine import Reason
from workflows.programme import Item
from workflows.returns.explanations import Explanation, rests
from workflows.returns.figures import Figures
from workflows.returns.rules import Kind, Origin, Rule, Term, place, rules, terms
from workflows.returns.values import NOTHING, lowered, note_wanted, quoted

PAGE = "return/checks"
"""The page of the checks, as a path below its case."""


def asked(item: Item, figures: Figures) -> bool:
    """Whether an item must be answered: it is required, entered, and not of a question that was answered no."""
    if not (item.required and item.typed):
        return False
    return not item.asked_if or figures.answers.get(item.asked_if, NOTHING).yes


def belongs(item: Item, figures: Figures) -> bool:
    """Whether an item has a place among the answers: one that is asked only after a yes has none where the answer was another,
    and none is given."""
    if not item.asked_if or figures.answer(item.code).given:
        return True
    asks = figures.answers.get(item.asked_if)
    return asks is None or asks.yes


def answered(item: Item, figures: Figures) -> bool:
    """Whether an item has an answer that somebody stands by, with the note that it needs."""
    answer = figures.answers.get(item.code, NOTHING)
    return answer.settled and not note_wanted(item, answer)


@dataclass(frozen=True, slots=True)
class Missing:
    """An item that is not answered yet, or whose answer waits to be confirmed, or lacks its note."""

    kind: Literal["answer", "confirm", "note"]
    item: Item
    reason: Reason


def missing(figures: Figures) -> Iterator[Missing]:
    """Each required item without an answer, or whose answer is only taken over, or lacks its note."""
    for item in figures.programme.items:
        if not asked(item, figures):
            continue
        answer = figures.answers.get(item.code, NOTHING)
        where = place(item)
        if not answer.given:
            yield Missing("answer", item, Reason(f"Answer {quoted(item.label)}, or say why it is not known.", where))
        elif answer.prefilled:
            yield Missing("confirm", item, Reason(f"Confirm {quoted(item.label)}: it was filled in from {answer.prefilled}.", where))
        elif note_wanted(item, answer):
            yield Missing("note", item, Reason(f"Give a note on {quoted(item.label)}: {lowered(item.note_label)}.", where))


Status = Literal["mend", "explain", "confirm", "explained", "unanswered", "answered"]
STATUS_WORDS: Mapping[Status, str] = {
    "mend": "To be mended",
    "explain": "Explanation wanted",
    "confirm": "Explanation to be confirmed",
    "explained": "Explained",
    "unanswered": "Question, not answered",
    "answered": "Question, answered",
}
STANDING: frozenset[Status] = frozenset({"mend", "explain", "confirm"})
"""Where these are, the return cannot be signed off."""


@dataclass(frozen=True)
class Outcome:
    """One check that does not hold: what is wrong, with which figures, where and how it is mended, and what the body says.

    A signal is a question, and so is what an earlier round left open (kind `asked`): neither holds up the sign-off.
    """

    code: str
    kind: Kind
    origin: Origin
    item: Item
    text: str
    mend: str
    terms: tuple[Term, ...]
    blocks: bool = False
    explanation: Explanation | None = None

    @property
    def function(self) -> str:
        """The function in which it is mended."""
        return self.item.function

    @property
    def place(self) -> str:
        """Where its first figure is entered, as a path below the case."""
        return place(self.item)

    @cached_property
    def rests_on(self) -> str:
        """The figures that an explanation given now would rest on."""
        return rests((term.name, term.exact) for term in self.terms if term.name)

    @property
    def asks(self) -> bool:
        """Whether it is a question, that may be answered or left."""
        return self.kind in ("signal", "asked")

    @property
    def explained(self) -> bool:
        """Whether the body has said why, for the very figures that stand now."""
        return self.explanation is not None and self.explanation.stands(self.rests_on)

    @property
    def stale(self) -> bool:
        """Whether the body said why, but for other figures than stand now."""
        return self.explanation is not None and bool(self.explanation.text) and not self.explained

    @property
    def status(self) -> Status:
        """What it needs, or that it needs nothing."""
        if self.blocks:
            return "mend"
        if self.asks:
            return "answered" if self.explained else "unanswered"
        return "explained" if self.explained else "confirm" if self.stale else "explain"

    @property
    def stands(self) -> bool:
        """Whether it stands between the return and its sign-off."""
        return self.status in STANDING

    @property
    def reason(self) -> Reason:
        """Why the return cannot be signed off yet, and where that is mended."""
        if self.blocks:
            return Reason(f"{self.text} {self.mend}", self.place)
        anchor = f"{PAGE}#{self.code}"
        if self.stale:
            return Reason(f"Confirm or change what you said on this, for its figures have changed: {self.text}", anchor)
        return Reason(f"Mend this or say why it is so: {self.text}", anchor)


Explanations = Mapping[str, Explanation]


@dataclass(frozen=True)
class Checked:
    """A return as it was checked: what is missing, and every check that does not hold, in the order of the form."""

    figures: Figures
    missing: tuple[Missing, ...]
    outcomes: tuple[Outcome, ...]

    @cached_property
    def gaps(self) -> tuple[Reason, ...]:
        """All that stands between the return and its sign-off: what is to be answered, to be mended, to be explained."""
        return self._reasons(self.missing, self.outcomes)

    def in_way(self, function: str) -> tuple[Reason, ...]:
        """What of it is mended or explained in one function."""
        return self._reasons(
            [gap for gap in self.missing if gap.item.function == function], [o for o in self.outcomes if o.function == function]
        )

    def to_explain(self, function: str) -> int:
        """How many explanations are wanted in a function."""
        return sum(1 for o in self.outcomes if o.function == function and o.stands and o.status != "mend")

    @staticmethod
    def _reasons(missing: Iterable[Missing], outcomes: Iterable[Outcome]) -> tuple[Reason, ...]:
        standing = sorted((o for o in outcomes if o.stands), key=lambda o: o.status != "mend")
        return (*(gap.reason for gap in missing), *(o.reason for o in standing))

    @property
    def unanswered(self) -> tuple[Outcome, ...]:
        """The questions that the body may answer and has not."""
        return tuple(o for o in self.outcomes if o.status == "unanswered")

    def outcome(self, code: str) -> Outcome | None:
        """The outcome of a check, if it does not hold."""
        return next((o for o in self.outcomes if o.code == code), None)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Something that an earlier round left open on one item: in words, and what the body may say to it."""

    code: str
    item: str
    text: str
    mend: str


def check(figures: Figures, explanations: Explanations | None = None) -> Checked:
    """Check a return, with what the body said on checks, by their codes."""
    found = [outcome(rule, figures, explanations) for rule in rules(figures.programme)]
    return Checked(figures, tuple(missing(figures)), tuple(o for o in found if o is not None))


def also_asked(checked: Checked, asked_before: Iterable[Earlier], explanations: Explanations | None = None) -> Checked:
    """The same return with the questions that an earlier round left open. Those on items that are not asked for any more
    are left out."""
    found = [question(earlier, checked.figures, explanations) for earlier in asked_before]
    return replace(checked, outcomes=(*checked.outcomes, *(o for o in found if o is not None)))


def question(earlier: Earlier, figures: Figures, explanations: Explanations | None = None) -> Outcome | None:
    """What an earlier round left open, as a question on this return's figure; None where its item is not asked for any more."""
    item = figures.programme.find_item(earlier.item)
    if item is None:
        return None
    return Outcome(earlier.code, "asked", "earlier", item, earlier.text, earlier.mend, terms([item.code], figures),
                   explanation=(explanations or {}).get(earlier.code))  # fmt: skip


def outcome(rule: Rule, figures: Figures, explanations: Explanations | None = None) -> Outcome | None:
    """What comes of one check; None where it holds, or a figure that it needs is missing."""
    terms = rule.broken(figures)
    if terms is None:
        return None
    return Outcome(rule.code, rule.kind, rule.origin, rule.item, rule.text, rule.mend, terms, rule.blocks,
                   (explanations or {}).get(rule.code))  # fmt: skip


def broken(figures: Figures) -> tuple[Reason, ...]:
    """Everything that blocks the sign-off although all is answered: parts above their whole, and blocking checks."""
    found = (outcome(rule, figures) for rule in rules(figures.programme) if rule.blocks)
    return tuple(o.reason for o in found if o is not None)


def unmet(figures: Figures) -> tuple[Reason, ...]:
    """What no explanation helps against: missing answers, and everything that blocks."""
    return (*(gap.reason for gap in missing(figures)), *broken(figures))
