"""Whatever becomes of a return, each annotation made on it is in its row, marked as changed exactly when what it was made on reads
otherwise, or is listed among the lost: no sequence of versions loses or misplaces one."""

from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from config import programmes
from tests.unit.workflows.test_anchors import OTHERS, VOCABULARY
from tests.unit.workflows.test_programme import LIBRARY
from webapp.checks.comparators import Mark
from webapp.checks.queries import Entered, said_of
from webapp.returns.rests import value_of
from webapp.review import sheet
from workflows.programme import Item
from workflows.returns.explanations import Explanation
from workflows.returns.figures import Figures
from workflows.returns.values import Answer
from workflows.review.anchors import Place, anew, quote

READ = programmes.read_folder(LIBRARY)
MORE = (
    Item(code="ASKED", function="lending", label="Are there friends?", kind="yes_no"),
    Item(code="FRIENDS", function="lending", label="How many friends", unit="count", asked_if="ASKED"),
    Item(code="WHO", function="lending", label="Who lends", kind="text"),
)
PROGRAMME = msgspec.structs.replace(READ, items=(*READ.items, *MORE))
CASE: Any = SimpleNamespace(round=SimpleNamespace(programme=PROGRAMME), headcount=None)
AMOUNTS = ("LOANS_PRINT", "LOANS_AUDIO", "READERS", "FRIENDS")
FIGURES = (*AMOUNTS, "ASKED", "WHO", "LOANS", "LEND-1", "LEND-2")
TEXTS = ("WHO", "LOANS_PRINT")
"""The figures on which the body says something: one is a text itself, the other has an explanation beside it."""
numbers = st.one_of(st.none(), st.integers(0, 5).map(Decimal))


@dataclass
class Text:
    """What the body says on one figure: the words of the passage that may be annotated, and those around it."""

    before: list[str]
    passage: list[str]
    after: list[str]

    def __str__(self) -> str:
        return " ".join([*self.before, *self.passage, *self.after])


@dataclass
class Return:
    """A return as it goes from version to version."""

    amounts: dict[str, Decimal | None]
    asked: str
    texts: dict[str, Text | None]
    number: int = 1

    @property
    def version(self) -> Entered:
        answers = {code: Answer(amount=amount) for code, amount in self.amounts.items() if amount is not None}
        if self.asked:
            answers["ASKED"] = Answer(text=self.asked)
        if self.texts["WHO"]:
            answers["WHO"] = Answer(text=str(self.texts["WHO"]))
        said = {"check": Explanation(str(self.texts["LOANS_PRINT"]), "", item="LOANS_PRINT")} if self.texts["LOANS_PRINT"] else {}
        return Entered(self.number, self.number, None, None, None, Mark(0, 0), answers, said)

    @property
    def figures(self) -> Figures:
        return Figures(PROGRAMME, self.version.answers)

    def said(self, code: str) -> list[str]:
        return sheet.texts_of(code, self.figures, said_of(self.version, self.figures))

    def reads(self, code: str) -> str:
        figure = PROGRAMME.find_figure(code)
        assert figure is not None
        return value_of(self.figures, figure)


@dataclass
class Made:
    """An annotation, and how what it was made on read then."""

    note: Any
    read: object
    words: list[str] = field(default_factory=list)


def draw_text(data) -> Text:
    words = data.draw(st.lists(st.sampled_from(VOCABULARY), min_size=18, max_size=26, unique=True))
    start = data.draw(st.integers(0, 8))
    return Text(words[:start], words[start : start + 8], words[start + 8 :])


def draw_return(data) -> Return:
    amounts = {code: data.draw(numbers) for code in AMOUNTS}
    return Return(amounts, data.draw(st.sampled_from(["", "yes", "no"])), {code: draw_text(data) for code in TEXTS})


def edit(data, text: Text | None) -> Text | None:
    """A text in the next version: as it was, edited around the passage or in it, taken out, or another one."""
    if text is None:
        return draw_text(data) if data.draw(st.booleans()) else None
    before, passage, after = list(text.before), list(text.passage), list(text.after)
    what = data.draw(st.sampled_from(["same", "around", "inside", "out", "other"]))
    if what == "around":
        part = data.draw(st.sampled_from([before, after]))
        at = data.draw(st.integers(0, len(part)))
        part[at : at + data.draw(st.integers(0, 1))] = [data.draw(st.sampled_from(OTHERS))]
    elif what == "inside":
        passage[data.draw(st.integers(1, 6))] = data.draw(st.sampled_from([*OTHERS, text.passage[3]]))
    if what == "out":
        return None
    return draw_text(data) if what == "other" else Text(before, passage, after)


def restate(data, now: Return) -> Return:
    """The next version."""
    amounts = {code: data.draw(st.sampled_from([amount, amount, data.draw(numbers)])) for code, amount in now.amounts.items()}
    texts = {code: edit(data, text) for code, text in now.texts.items()}
    return Return(amounts, data.draw(st.sampled_from([now.asked, "yes", "no", ""])), texts, now.number + 1)


def annotate(data, now: Return, number: int) -> Made:
    """An annotation on a figure, on a passage of what is said of it, or on a file behind a figure, a function, or what is no more."""
    kind = data.draw(st.sampled_from(["value", "passage", "file", "function", "nothing"]))
    note = SimpleNamespace(id=number, item=data.draw(st.sampled_from(FIGURES)), selector=None, evidence_number=None, evidence=None)
    made = Made(note, None)
    if kind == "passage" and any(now.texts.values()):
        note.item = data.draw(st.sampled_from([code for code, text in now.texts.items() if text]))
        text = now.texts[note.item]
        assert text is not None
        start = len(" ".join([*text.before, ""])) if text.before else 0
        note.selector = quote(str(text), start, start + len(" ".join(text.passage)))
        made.words = list(text.passage)
    elif kind in ("file", "function"):
        note.selector, note.evidence_number = data.draw(st.sampled_from([None, Place(2)])), 1
        note.item = "lending" if kind == "function" else note.item
    elif kind == "nothing":
        note.item = "TAKEN_OUT_OF_THE_PROGRAMME"
    note.value_seen = made.read = now.reads(note.item) if PROGRAMME.find_figure(note.item) else ""
    return made


def confirm(made: Made, now: Return) -> None:
    """Say that an annotation still holds, where that can be said."""
    note = made.note
    if made.words:
        passage, text = anew(note.selector, now.said(note.item)), now.texts[note.item]
        if passage is None or text is None or passage.exact != " ".join(text.passage):
            return
        note.selector, made.words = passage, list(text.passage)
    if PROGRAMME.find_figure(note.item):
        note.value_seen = made.read = now.reads(note.item)


def check(now: Return, every: list[Made]) -> None:
    notes = [made.note for made in every]
    found = sheet.sections(CASE, now.version, notes)
    on_files, lost = sheet.apart(found, notes, PROGRAMME)
    rows = [(line.code, thread) for section in found for line in section.lines for thread in line.threads]
    told = [thread.note.id for _, thread in rows] + [thread.note.id for thread in (*on_files, *lost)]
    assert sorted(told) == [made.note.id for made in every], "each is told, and once"
    by_id = {made.note.id: made for made in every}
    for code, thread in rows:
        made = by_id[thread.note.id]
        assert code == made.note.item, "it stands in its own row"
        if not made.words:
            assert thread.changed == (now.reads(code) != made.read)
            assert thread.now == (now.reads(code) if thread.changed else "")
            continue
        text = now.texts[code]
        same = text is not None and " ".join(text.passage) == " ".join(made.words)
        foreign = text is not None and " ".join(made.words) in str(text)
        assert thread.changed == (not (same or foreign))
        assert thread.stands is not None
        if thread.stands.text:
            start, end = thread.stands.at
            assert thread.stands.text[start:end] == (thread.now or " ".join(made.words))
            assert thread.stands.text == str(text)
    assert all(thread.note.item == "lending" for thread in on_files)
    assert all(thread.note.item.startswith("TAKEN_OUT") for thread in lost)


@settings(max_examples=150)
@given(st.data())
def test_no_sequence_of_versions_loses_or_misplaces_an_annotation(data):
    now = draw_return(data)
    every: list[Made] = []
    for _ in range(data.draw(st.integers(1, 6))):
        every += [annotate(data, now, len(every) + n) for n in range(data.draw(st.integers(0, 3)))]
        check(now, every)
        now = restate(data, now)
        check(now, every)
        if every and data.draw(st.booleans()):
            confirm(data.draw(st.sampled_from(every)), now)
            check(now, every)
