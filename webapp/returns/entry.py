"""The form of a function as it is shown: one object for the page, and for what a script is told after each save."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from webapp.clock import in_london
from webapp.returns import forms, queries
from webapp.returns.known import Known
from webapp.returns.models import ReturnValue
from webapp.returns.prefilling import Offer, offers
from webapp.returns.verbs import Clash
from webapp.templating import amount, moment, told
from workflows.engine import Reason
from workflows.formulas import formula
from workflows.programme import Function, Held, Item, Programme, Source
from workflows.returns import checks
from workflows.returns.comparison import Change, change, limit
from workflows.returns.figures import Answers, Figures
from workflows.returns.progress import Group, Progress, count, groups, in_way

PRESENT = timedelta(minutes=15)
"""How long after somebody last typed a part is shown as open with them."""
CENT = Decimal("0.01")


@dataclass(frozen=True)
class LastValue:
    """An item's answer of last year, in words; `note` must stand beside it."""

    words: str
    note: str
    change: Change
    amount: Decimal | None = None


@dataclass(frozen=True)
class HeldValue:
    """A figure held from other statistics, beside the item to which it is the nearest."""

    held: Held
    source: Source
    words: str
    remark: str = ""


@dataclass(frozen=True)
class Saved:
    """What another saved of an item meanwhile: the answer as its fields show it and in words, who, and when."""

    typed: forms.Typed
    words: str
    who: str
    when: str


@dataclass
class Row:
    """One item on the form. `words` tell a computed or a locked answer; `why` why a computed one has none.

    `limit` is the move on last year, in percent, above which an explanation is asked for, where there is a figure to compare.
    """

    item: Item
    typed: forms.Typed
    words: str = ""
    why: str = ""
    locked: bool = False
    last: LastValue | None = None
    held: list[HeldValue] = field(default_factory=list)
    theirs: Saved | None = None
    mine: str = ""
    limit: Decimal | None = None


@dataclass
class GroupShown:
    """A group of items on the form, with how far it is and how many of its answers wait to be confirmed."""

    group: Group
    rows: list[Row]
    progress: Progress

    @property
    def prefilled(self) -> int:
        return sum(1 for row in self.rows if row.typed.prefilled and not row.locked)


@dataclass
class Form:
    """The form of a function. `given` are amounts of other functions that its computed items need, for a script."""

    function: Function
    groups: list[GroupShown]
    progress: Progress
    fit: list[Reason]
    offers: list[Offer]
    given: dict[str, str]

    @property
    def problems(self) -> list[Reason]:
        """What was typed and cannot be, each with its field, in the order of the form."""
        rows = (row for shown in self.groups for row in shown.rows)
        return [Reason(row.typed.problem, f"#{row.item.code}") for row in rows if row.typed.problem]

    @property
    def clashes(self) -> list[Row]:
        return [row for shown in self.groups for row in shown.rows if row.theirs]


@dataclass(frozen=True)
class Sight:
    """All that the form of a function is made of: the return's figures, what is stored of it, and what is known besides."""

    function: Function
    figures: Figures
    stored: Mapping[str, ReturnValue]
    names: Mapping[int, str]
    known: Known
    locked: frozenset[str] = frozenset()

    @property
    def programme(self) -> Programme:
        return self.figures.programme

    @property
    def items(self) -> tuple[Item, ...]:
        return self.programme.items_of(self.function.code)

    @property
    def answers(self) -> Answers:
        return self.figures.answers


def form_of(sight: Sight, typed: Mapping[str, forms.Typed], clashes: Iterable[Clash] = ()) -> Form:
    """The form, with what was typed in place of what is stored, and both answers where two people changed one item."""
    theirs = {clash.item: clash for clash in clashes}
    shown = []
    for group in groups(sight.items):
        rows = [_row(sight, item, typed) for item in group.items]
        for row in rows:
            if row.item.code in theirs:
                _clashing(row, theirs[row.item.code], sight)
        shown.append(GroupShown(group, rows, count(group.items, sight.figures)))
    standing = in_way(checks.unmet(sight.figures), sight.function.code)
    open_items = [item for item in sight.items if item.code not in sight.locked]
    return Form(
        function=sight.function,
        groups=shown,
        progress=Progress(sum(g.progress.answered for g in shown), sum(g.progress.asked for g in shown), standing),
        fit=list(in_way(checks.broken(sight.figures), sight.function.code)),
        offers=offers(sight.programme, open_items, sight.answers, sight.known),
        given=_given(sight),
    )


def _row(sight: Sight, item: Item, typed: Mapping[str, forms.Typed]) -> Row:
    value = sight.stored.get(item.code)
    shown = typed.get(item.code)
    if shown is None:
        shown = forms.as_typed(queries.answer(value), value.revision) if value else forms.Typed()
    row = Row(item, shown, held=_held(sight, item), last=_last(sight, item), locked=item.code in sight.locked)
    row.limit = limit(item, sight.programme) if row.last and row.last.amount is not None else None
    if item.formula:
        row.words, row.why = computed_words(sight.figures, item), sight.figures.why_not(item.code)
    elif row.locked:
        row.words = told(sight.answers.get(item.code), item)
    return row


def _clashing(row: Row, clash: Clash, sight: Sight) -> None:
    row.theirs = saved(sight, row.item)
    row.mine = told(clash.typed, row.item)
    row.typed.revision = clash.revision


def saved(sight: Sight, item: Item) -> Saved:
    """What is stored of an item, with who saved it and when."""
    value = sight.stored[item.code]
    answer = queries.answer(value)
    who = sight.names.get(value.person_id or 0, "somebody")
    return Saved(forms.as_typed(answer, value.revision), told(answer, item), who, moment(value.changed_at))


def computed_words(figures: Figures, item: Item) -> str:
    """A computed amount in words, to the penny; empty where there is none."""
    found = figures.amount(item.code)
    if found is None:
        return ""
    return amount(to_penny(found), item)


def to_penny(value: Decimal) -> Decimal:
    """An amount rounded to two places, without zeros at the end. One that has no places within reach stays as it is."""
    return value if value.adjusted() > 20 else value.quantize(CENT, ROUND_HALF_UP).normalize()


def _last(sight: Sight, item: Item) -> LastValue | None:
    last = sight.known.last
    if last is None:
        return None
    definition = last.definition(item.code)
    then = last.amount(item.code)
    if then is None:
        answer = last.answers.get(item.code)
        if answer is None or not answer.given or item.formula:
            return None
        return LastValue(told(answer, item), last.note, Change(comparable=definition == item.definition))
    move = change(sight.figures.amount(item.code), then, item, sight.programme, definition)
    words = amount(to_penny(then) if item.formula else then, item)
    return LastValue(words, last.note, move, then if move.comparable else None)


def _held(sight: Sight, item: Item) -> list[HeldValue]:
    found = []
    for held in sight.programme.held:
        value = sight.known.held.get(held.code)
        source = sight.programme.find_source(held.source)
        if held.item == item.code and value is not None and source is not None:
            words = "0: none, or not returned" if value == 0 else amount(value, _in_unit(item, held))
            found.append(HeldValue(held, source, words, sight.known.notes.get(held.source, "")))
    return found


def _in_unit(item: Item, held: Held) -> Item:
    return item if item.unit == held.unit else Item(code=held.code, function=item.function, label=held.label, unit=held.unit)


def _given(sight: Sight) -> dict[str, str]:
    """Amounts of other functions that the computed items of this one need, so that a script can add up while one types."""
    here = {item.code for item in sight.items}
    wanted = {name for item in sight.items if item.formula for kind, name in formula(item.formula).names if kind == "value"} - here
    amounts = {name: sight.figures.amount(name) for name in wanted if sight.programme.find_item(name)}
    return {name: format(value, "f") for name, value in sorted(amounts.items()) if value is not None}


def presence(part: queries.Part | None, me: int | None, now: datetime) -> str:
    """Who else has a part open, in words: “Demo preparer 2 has this open, 3 minutes ago”; empty for nobody."""
    if part is None or part.open_at is None or part.open_by_id == me or now - part.open_at > PRESENT:
        return ""
    minutes = int((now - part.open_at).total_seconds() // 60)
    ago = "just now" if minutes < 1 else "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    return f"{part.open_by} has this open, {ago}"


def news(sight: Sight, form: Form, reading: forms.Reading, *, since: str, now: datetime) -> dict[str, Any]:
    """What a script is told after a save, as plain data: what was sent as it is stored now, what others changed since the
    time `since`, everything computed, and how far the function is."""
    sent = reading.typed
    rows = {row.item.code: row for shown in form.groups for row in shown.rows}
    return {
        "at": now.isoformat(),
        "clock": f"{in_london(now):%H:%M}",
        "problems": {code: typed.problem for code, typed in sent.items() if typed.problem},
        "clashes": {row.item.code: _told_saved(row.theirs) for row in form.clashes if row.theirs},
        "items": {code: _told(sight, code) for code in sent if not sent[code].problem and rows[code].theirs is None},
        "others": {
            code: _told_saved(saved(sight, rows[code].item)) for code in _changed(sight, since) if code in rows and code not in sent
        },
        "computed": {code: {"words": row.words, "why": row.why} for code, row in rows.items() if row.item.formula},
        "fit": [reason.text for reason in form.fit],
        "answered": form.progress.answered,
        "asked": form.progress.asked,
        "groups": {g.group.key: {"open": g.progress.open, "asked": g.progress.asked, "unconfirmed": g.prefilled} for g in form.groups},
    }


def _told(sight: Sight, code: str) -> dict[str, Any]:
    value = sight.stored.get(code)
    answer = queries.answer(value) if value else None
    return {"revision": value.revision if value else 0, "prefilled": answer.prefilled if answer else ""}


def _told_saved(theirs: Saved) -> dict[str, Any]:
    typed = theirs.typed
    return {
        "revision": typed.revision, "value": typed.value, "note": typed.note, "basis": typed.basis, "why": typed.reason,
        "by": typed.known_by, "prefilled": typed.prefilled, "words": theirs.words, "who": theirs.who, "when": theirs.when,
    }  # fmt: skip


def _changed(sight: Sight, since: str) -> list[str]:
    try:
        start = datetime.fromisoformat(since)
        return [code for code, value in sight.stored.items() if value.changed_at >= start]
    except (ValueError, TypeError):
        return []
