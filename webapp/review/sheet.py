"""A return as a reviewer reads it: each figure with last year's, where it stands among others, what the checks and the body say
of it, and the remarks on it. The page of the review and the printed review are made of the same."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from markupsafe import Markup

from webapp.cases.models import Case
from webapp.checks.queries import Entered, Said, said_of
from webapp.returns.rests import value_now, value_of
from webapp.review.models import Annotation, FunctionNote
from webapp.templating import amount, from_to, marked, measured, told
from workflows.benchmarks.picture import Picture, picture
from workflows.benchmarks.statistics import Direction, Summary
from workflows.programme import Function, Indicator, Item, Programme
from workflows.returns.checks import Checked, Outcome, belongs
from workflows.returns.comparison import Change, change
from workflows.returns.figures import Figures
from workflows.review.anchors import Area, Passage, Place, Standing, in_file, standing


@dataclass(frozen=True)
class Others:
    """The returns that a body's figures are pictured among: whose in words, the body's own name, and the summary of each
    indicator by code."""

    group: str
    name: str
    by_code: Mapping[str, Summary]


@dataclass(frozen=True)
class Thread:
    """An annotation, and what became of the value or the passage that it was made on; nothing where its figure is not held any more."""

    note: Annotation
    stands: Standing | None = None

    @property
    def was(self) -> str:
        """How the value or the passage read."""
        return self.stands.was if self.stands else self.note.value_seen

    @property
    def now(self) -> str:
        """How it reads since, where it changed."""
        return self.stands.now if self.stands else ""

    @property
    def gone(self) -> bool:
        """Whether its passage is not in the return any more."""
        return self.stands is not None and self.stands.gone

    @property
    def changed(self) -> bool:
        """Whether what it was made on is another now, or is no more: the value, the passage or the file."""
        return bool(self.now) or self.gone or bool(self.file_words)

    @property
    def passage(self) -> str:
        """The words of the body that it is on, where it is on some."""
        return self.note.selector.exact if isinstance(self.note.selector, Passage) else ""

    @property
    def place(self) -> str:
        """The file, and the place in it, that it is on, where it is on one."""
        return in_file(self.note.selector, self.note.evidence_number) if self.note.evidence_number else ""

    @property
    def area(self) -> Area | None:
        """The part of the page or the picture that it is on."""
        return self.note.selector.area if isinstance(self.note.selector, Place) else None

    @property
    def successor(self) -> int | None:
        """The number of the file that took the place of the one that it is on."""
        file = self.note.evidence if self.note.evidence_number else None
        return file.successor.number if file and file.successor else None

    @property
    def file_words(self) -> str:
        """What became of the file that it is on, where that stands no more."""
        if self.successor:
            return f"file {self.note.evidence_number} was replaced by file {self.successor}"
        file = self.note.evidence if self.note.evidence_number else None
        return f"file {file.number} was withdrawn: “{file.withdrawn_why}”" if file and file.withdrawn_at else ""


@dataclass(frozen=True)
class Line:
    """A figure of the return, an item or an indicator, with its value in words, and all that is known and said of it."""

    what: Item | Indicator
    value: str
    words: str = ""
    """The value where it is a text, in the body's own words."""
    last: str = ""
    move: Change = field(default_factory=Change)
    number: float | None = None
    others: Others | None = None
    among: int = 0
    """Of how many others it stands far; 0 where it does not."""
    firmness: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.what.code

    @property
    def label(self) -> str:
        return self.what.label

    @cached_property
    def beside(self) -> list[Said]:
        """What the body says on it that is not told with a check already."""
        explained = {outcome.code for outcome in self.outcomes if outcome.explained}
        return [one for one in self.said if one.code not in explained]

    @cached_property
    def _marks(self) -> Mapping[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for thread in self.threads:
            if thread.stands and thread.stands.text:
                found.setdefault(thread.stands.text, []).append(thread.stands.at)
        return found

    def shown(self, text: str) -> str | Markup:
        """Words of the body, with the passages marked on which something was said."""
        spans = self._marks.get(text) if self.threads else None
        return marked(text, spans) if spans else text

    @property
    def computed(self) -> bool:
        """Whether nobody entered it."""
        return isinstance(self.what, Indicator) or bool(self.what.formula)

    @property
    def summary(self) -> Summary | None:
        """The indicator's values among the others, where they are known."""
        return self.others.by_code.get(self.what.code) if self.others and isinstance(self.what, Indicator) else None

    @property
    def picture(self) -> Picture | None:
        """The figure among the others; drawn when it is asked for, since most pages show few of many."""
        if self.summary is None or self.others is None or not isinstance(self.what, Indicator):
            return None
        return _picture(self.summary, self.what.unit, self.what.direction, self.others.group, self.others.name, self.number)

    @property
    def among_words(self) -> str:
        """Where the others stand, in a line beside the picture, whose own text says all of it."""
        summary = self.summary
        if summary is None or summary.median is None:
            return ""
        unit, alone = self.what.unit, "" if self.number is not None else "no value here; "
        if summary.q1 is None or summary.q3 is None:
            return f"{alone}median {measured(summary.median, unit)} of {summary.n}"
        return f"{alone}median {measured(summary.median, unit)}, middle half {from_to(summary.q1, summary.q3, unit)}, of {summary.n}"

    @cached_property
    def flags(self) -> list[str]:
        """What is unusual about it, in a few words each."""
        found = [f"far from the median of {self.among} others"] if self.among else []
        found += [f"{self.move.words} on last year"] if self.move.large else []
        found += [self.firmness] if self.firmness else []
        return found

    @cached_property
    def unusual(self) -> bool:
        return bool(self.flags or self.outcomes)

    @property
    def weight(self) -> int:
        """How unusual it is: what stands higher is shown first."""
        return 4 * len(self.outcomes) + 2 * bool(self.among) + 2 * self.move.large + bool(self.firmness)


@lru_cache(maxsize=2048)  # a reviewer opens the same return all evening, with a picture beside each indicator
def _picture(summary: Summary, unit: str, direction: Direction, group: str, name: str, value: float | None) -> Picture:
    return picture(summary, unit, group=group, name=name, value=value, own="out", direction=direction)


@dataclass(frozen=True)
class Section:
    """The figures of one function, with the reviewers' notes on it."""

    function: Function
    lines: list[Line]
    notes: list[FunctionNote] = field(default_factory=list)

    @property
    def unusual(self) -> int:
        return sum(line.unusual for line in self.lines)


def sections(
    case: Case, version: Entered | None, notes: Iterable[Annotation], *,
    checked: Checked | None = None, others: Others | None = None, function_notes: Iterable[FunctionNote] = (),
) -> list[Section]:  # fmt: skip
    """Every function that asks anything, its indicators and then its items in the programme's order, each with the annotations
    that are on it. What was not asked, after a no, is left out. Give only what the reader may see.

    With `checked` each figure has last year's and its checks beside it, and with `others` where it stands among them.
    """
    programme = case.round.programme
    figures = checked.figures if checked else Figures(programme, version.answers if version else {}, headcount=case.headcount)
    said = said_of(version, figures)
    by_code: dict[str, list[Thread]] = {}
    for note in notes:
        texts = texts_of(note.item, figures, said) if isinstance(note.selector, Passage) else ()
        now = value_now(note.item, note.value_seen, figures)
        by_code.setdefault(note.item, []).append(Thread(note, standing(note.value_seen, now, note.selector, texts)))
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in checked.outcomes if checked else ():
        outcomes.setdefault(outcome.item.code, []).append(outcome)
    by_function: dict[str, list[FunctionNote]] = {}
    for one in function_notes:
        by_function.setdefault(one.function, []).append(one)
    found = []
    for function in programme.functions:
        lines = [_indicator(figures, i, by_code, others) for i in programme.indicators if i.function == function.code]
        lines += [
            _item(figures, item, by_code, said, outcomes)
            for item in programme.items_of(function.code)
            if item.code in by_code or item.code in said or belongs(item, figures)
        ]
        if lines:
            found.append(Section(function, lines, by_function.get(function.code, [])))
    return found


def texts_of(code: str, figures: Figures, said: Mapping[str, list[Said]]) -> list[str]:
    """The body's own words on a figure: the answer where it is a text, and what is said beside it. A passage of these is annotated."""
    item = figures.programme.find_item(code)
    answer = figures.answer(code).text if item is not None and item.kind == "text" else ""
    return [text for text in (answer, *(one.text for one in said.get(code, ()))) if text]


def apart(found: Iterable[Section], notes: Iterable[Annotation], programme: Programme) -> tuple[list[Thread], list[Thread]]:
    """Annotations that stand in no row: those on files behind a function, and those on what the return does not hold any more."""
    held = {line.code for section in found for line in section.lines}
    outside = [Thread(note) for note in notes if note.item not in held]
    on_files = [thread for thread in outside if thread.place and programme.find_function(thread.note.item)]
    return on_files, [thread for thread in outside if thread not in on_files]


def kept(found: Iterable[Section], wanted: Callable[[Line], bool]) -> list[Section]:
    """Of these sections only some of their lines; sections of which none is left are left out."""
    some = [Section(section.function, [line for line in section.lines if wanted(line)], section.notes) for section in found]
    return [section for section in some if section.lines]


def unusual_first(found: Iterable[Section], wanted: Callable[[Line], bool]) -> list[Section]:
    """Some of their lines, of each function the most unusual first."""
    return [Section(s.function, sorted(s.lines, key=lambda line: -line.weight), s.notes) for s in kept(found, wanted)]


def _item(
    figures: Figures, item: Item, threads: Mapping[str, list[Thread]], said: Mapping[str, list[Said]],
    outcomes: Mapping[str, list[Outcome]],
) -> Line:  # fmt: skip
    answer = figures.answer(item.code)
    last = figures.last.get(item.code)  # of the same definition, or not there
    move = change(answer.amount, last, item, figures.programme, item.definition)
    firmness = "not known yet" if answer.not_known else answer.basis if answer.basis in ("estimate", "provisional") else ""
    words = answer.text if item.kind == "text" else ""
    return Line(item, told(answer, item), words=words, last="" if last is None else amount(last, item), move=move, firmness=firmness,
                outcomes=outcomes.get(item.code, []), threads=threads.get(item.code, []), said=said.get(item.code, []))  # fmt: skip


def _indicator(
    figures: Figures, indicator: Indicator, threads: Mapping[str, list[Thread]], others: Others | None
) -> Line:  # fmt: skip
    measure = figures.measure(indicator)
    value = None if measure.value is None else float(measure.value)
    spread = figures.comparators.get(indicator.code)
    enough = value is not None and spread is not None and spread.n >= figures.programme.outlier_minimum
    far = enough and abs(spread.score(value)) > float(figures.programme.outlier_score)  # type: ignore[union-attr,arg-type]
    return Line(indicator, value_of(figures, indicator), number=value, others=others, among=spread.n if far and spread else 0,
                threads=threads.get(indicator.code, []))  # fmt: skip
