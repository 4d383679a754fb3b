"""What differs between two versions of a return, value by value, and what rests on each value that changed.

The same difference is shown on a page, downloaded, told in messages and asked by the guard that refuses a correction which
changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workflows.formulas import formula
from workflows.programme import Indicator, Item, Programme
from workflows.returns.explanations import Explanation
from workflows.returns.figures import Answers, Figures
from workflows.returns.values import NOTHING, Answer

Kind = Literal["answered", "removed", "changed", "not_known", "known", "note", "redefined", "explained", "unsaid"]
KINDS: Mapping[Kind, str] = {
    "answered": "Answered",
    "removed": "Removed",
    "changed": "Changed",
    "not_known": "Became not known",
    "known": "Became known",
    "note": "Note, basis or reason only",
    "redefined": "Counted differently, so not compared",
    "explained": "Explained",
    "unsaid": "No longer said",
}
"""What may have happened to a value, or to what is said on one, in words."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one number to another; either may be missing, which is not zero."""

    old: Decimal | None
    new: Decimal | None

    @property
    def absolute(self) -> Decimal | None:
        """By how much it went up or down; None where one of the two is missing."""
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """The same in percent of the size of the old one; None where that is 0 or one of the two is missing."""
        if self.absolute is None or not self.old:
            return None
        return self.absolute * 100 / abs(self.old)


@dataclass(frozen=True, slots=True)
class Change:
    """One value, entered or computed, that is not the same on both sides."""

    item: Item
    kind: Kind
    old: Answer
    new: Answer

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def move(self) -> Move:
        """From which amount to which; without amounts where the two are not compared."""
        return Move(None, None) if self.kind == "redefined" else Move(self.old.amount, self.new.amount)

    def turned(self) -> "Change":
        """The same change seen from the other side."""
        kind = self.kind if self.kind == "redefined" else _kind(self.new, self.old)
        return Change(self.item, kind, self.new, self.old)


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One indicator that is not the same on both sides. Where there is no value, `old_why` or `new_why` says why."""

    indicator: Indicator
    move: Move
    old_why: str = ""
    new_why: str = ""

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def kind(self) -> Kind:
        return "answered" if self.move.old is None else "removed" if self.move.new is None else "changed"

    def turned(self) -> "MeasureChange":
        """The same change seen from the other side."""
        return MeasureChange(self.indicator, Move(self.move.new, self.move.old), self.new_why, self.old_why)


@dataclass(frozen=True, slots=True)
class SaidChange:
    """What the body says on one check, at one item, where it is not the same on both sides; empty for nothing."""

    code: str
    item: str
    asked: str
    old: str
    new: str

    @property
    def kind(self) -> Kind:
        return "explained" if not self.old else "unsaid" if not self.new else "changed"


@dataclass(frozen=True)
class Differences:
    """Everything that differs: entered values, figures computed from them, indicators, each in the programme's order."""

    entered: tuple[Change, ...] = ()
    computed: tuple[Change, ...] = ()
    measures: tuple[MeasureChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entered)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all items and indicators of which the value is another, notes aside."""
        values = frozenset(c.code for c in (*self.entered, *self.computed) if c.kind != "note")
        return values | frozenset(c.code for c in self.measures)

    def turned(self) -> "Differences":
        """The same differences seen from the other side."""
        entered, computed = (tuple(change.turned() for change in part) for part in (self.entered, self.computed))
        return Differences(entered, computed, tuple(change.turned() for change in self.measures))


def differences(old: Figures, new: Figures) -> Differences:
    """What differs between two returns, by the items and indicators of the newer one's programme.

    An item that the two programmes define differently is never compared, and nor is a figure or indicator that is computed
    from one: it is told as `redefined`, or left out where it is an indicator.
    """
    programme = new.programme
    broken = _redefined(old.programme, programme)
    found = [_change(item, _answer(old, item.code), new.answer(item.code), item.code in broken) for item in programme.items]
    changes = [change for change in found if change is not None]
    entered = tuple(c for c in changes if c.item.typed)
    computed = tuple(c for c in changes if not c.item.typed)
    return Differences(entered, computed, tuple(_measures(old, new)))


def entered_differences(programme: Programme, old: Answers, new: Answers) -> tuple[Change, ...]:
    """The entered values alone that differ between two versions of one return."""
    found = (
        _change(item, old.get(item.code, NOTHING), new.get(item.code, NOTHING), redefined=False) for item in programme.items if item.typed
    )
    return tuple(change for change in found if change is not None)


def said_differences(old: Mapping[str, Explanation], new: Mapping[str, Explanation]) -> tuple[SaidChange, ...]:
    """The explanations that differ between two versions of one return, each given as those that belong to its figures."""
    found = []
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code), new.get(code)
        one = now or old[code]
        texts = was.text if was else "", now.text if now else ""
        if texts[0] != texts[1]:
            found.append(SaidChange(code, one.item, one.asked, *texts))
    return tuple(found)


def apply(answers: Answers, changes: Iterable[Change]) -> dict[str, Answer]:
    """The answers with entered changes made: those of a version, with its differences to another, give that other."""
    made = {code: answer for code, answer in answers.items() if answer != NOTHING}
    for change in changes:
        if change.new == NOTHING:
            made.pop(change.code, None)
        else:
            made[change.code] = change.new
    return made


def _answer(figures: Figures, code: str) -> Answer:
    return figures.answer(code) if figures.programme.find_item(code) else figures.answers.get(code, NOTHING)


def _change(item: Item, old: Answer, new: Answer, redefined: bool) -> Change | None:
    if redefined:
        return Change(item, "redefined", old, new) if old.given or new.given else None
    if old.same_as(new):
        return None
    return Change(item, _kind(old, new), old, new)


def _kind(old: Answer, new: Answer) -> Kind:
    if (old.amount, old.text, bool(old.not_known)) == (new.amount, new.text, bool(new.not_known)):
        return "note"
    if not old.given:
        return "not_known" if new.not_known else "answered"
    if not new.given:
        return "removed"
    if new.not_known:
        return "not_known"
    return "known" if old.not_known else "changed"


def _redefined(old: Programme, new: Programme) -> frozenset[str]:
    """The items that the two programmes define differently, and those that are computed from one."""
    if old is new:
        return frozenset()
    both = [(item, was) for item in new.items if (was := old.find_item(item.code)) is not None]
    found = {item.code for item, was in both if (item.definition, item.formula) != (was.definition, was.formula)}
    while True:
        more = {i.code for i in new.items if i.formula and any(name in found for _, name in formula(i.formula).names)} - found
        if not more:
            return frozenset(found)
        found |= more


def _measures(old: Figures, new: Figures) -> Iterable[MeasureChange]:
    broken = _redefined(old.programme, new.programme)
    for measure in new.measures():
        indicator = measure.indicator
        before = old.programme.find_indicator(indicator.code)
        if before is None or (broken and _rests_on(indicator, broken)):
            continue
        was = old.measure(before)
        if was.value != measure.value:
            yield MeasureChange(indicator, Move(was.value, measure.value), was.why, measure.why)


def _rests_on(indicator: Indicator, codes: frozenset[str]) -> bool:
    texts = [text for text in (indicator.numerator, indicator.denominator) if text]
    return any(name in codes for text in texts for _, name in formula(text).names)
