"""What an annotation stands on inside a figure: a passage of the body's words, or a place in a file.

Both are W3C selectors (Web Annotation Data Model, Recommendation of 23 February 2017). A passage keeps its words with a few
before and after them, so that it is found again when the text around it is edited, and told apart from the same words
elsewhere. A place in a file is a page, an area of it in per cent, or both.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment, ratio

CONTEXT = 32
"""Characters that are kept before and after a passage."""
PASSAGE_LIMIT = 2000
PAGE_LIMIT = 9999
MEDIA_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
LONG = 24
"""Characters from which a passage is told by its own words, wherever it stands; a shorter one needs words around it that it had."""
LIKE_CONTEXT = 60.0
"""How like, of 100, the words on one side must be to those that were there."""
LIKE_BETWEEN = 55.0
"""How like the words must be to those of the passage to be it, changed, where what stood before and after it still does."""
LIKE_PASSAGE = 65.0
"""The same where one side of it has changed too."""
LIKE_ELSEWHERE = 80.0
"""The same where both have, which only a long passage outlives."""


class NoAnchor(ValueError):
    """What was given is no passage and no place; the text says what was expected."""


@dataclass(frozen=True)
class Passage:
    """Words of a text, with what stood before and after them, and where they began: a TextQuoteSelector."""

    exact: str
    prefix: str = ""
    suffix: str = ""
    start: int = 0

    def __str__(self) -> str:
        return self.exact


@dataclass(frozen=True)
class Area:
    """A part of a page, in per cent of its width and height, from the left and from the top."""

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        if not (self.x >= 0 and self.y >= 0 and self.w > 0 and self.h > 0):
            raise NoAnchor("an area begins at 0 or more, and is wider and higher than 0")
        if round(self.x + self.w, 2) > 100 or round(self.y + self.h, 2) > 100:
            raise NoAnchor("an area reaches to 100 per cent at most")

    def __str__(self) -> str:
        return f"{self.w:g}% by {self.h:g}%, {self.x:g}% from the left and {self.y:g}% from the top"


@dataclass(frozen=True)
class Place:
    """A place in a file: a page of it, an area, or both; a picture has no pages. A FragmentSelector."""

    page: int | None = None
    area: Area | None = None

    def __post_init__(self) -> None:
        if self.page is None and self.area is None:
            raise NoAnchor("a place in a file has a page, an area, or both")
        if self.page is not None and not 1 <= self.page <= PAGE_LIMIT:
            raise NoAnchor(f"a page is a number from 1 to {PAGE_LIMIT}")

    def __str__(self) -> str:
        return ", ".join(([f"page {self.page}"] if self.page else []) + ([f"an area of {self.area}"] if self.area else []))


Anchor = Passage | Place


def in_file(place: Anchor | None, number: int) -> str:
    """A place in a file of that number, in words: 'page 2 of file 3', 'file 3, an area of 30% by 15%, …'."""
    if not isinstance(place, Place):
        return f"file {number}"
    first = f"page {place.page} of file {number}" if place.page else f"file {number}"
    return f"{first}, an area of {place.area}" if place.area else first


@dataclass(frozen=True)
class Found:
    """Where a passage stands in a text now: from and to which character, how sure that is (to 100), and the words there."""

    start: int
    end: int
    score: float
    words: str
    same: bool
    """Whether it reads the same, spaces and line ends aside."""


def quote(text: str, start: int, end: int) -> Passage:
    """The passage of a text from one character to before another. Raises NoAnchor for none."""
    if not 0 <= start < end <= len(text):
        raise NoAnchor(f"a passage from {start} to {end} is not in a text of {len(text)} characters")
    return Passage(text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT], start)


def locate(texts: Sequence[str], words: str, before: str = "") -> Passage | None:
    """The passage that somebody copied or typed, however its spaces and line ends came out; None where no text has it.

    Of several, the one before which stands what is most like `before`, else the first.
    """
    parts = words.split()
    if not parts:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, parts)))
    places = [(text, match) for text in texts for match in pattern.finditer(text)]
    if not places:
        return None
    ahead = _spaced(before)[-2 * CONTEXT :]

    def near(place: tuple[str, re.Match[str]]) -> float:
        text, match = place
        return _alike(ahead, _spaced(text[max(0, match.start() - 4 * CONTEXT) : match.start()])[-len(ahead) :])

    text, match = max(places, key=near) if ahead else places[0]
    return quote(text, match.start(), match.end())


def find(text: str, passage: Passage) -> Found | None:
    """Find a passage in a text: where it stands as it was, nearest to what stood around it; else where most of it stands,
    changed; else None. What reads alike but stands among quite other words is not taken for a short passage."""
    exact = _exactly(text, passage)
    return exact if exact is not None else _nearly(text, passage)


def find_among(texts: Sequence[str], passage: Passage) -> tuple[int, Found] | None:
    """The same among several texts: the number of the text in which it stands most surely, and where."""
    found = [(number, one) for number, text in enumerate(texts) if (one := find(text, passage)) is not None]
    return max(found, key=lambda pair: (pair[1].same, pair[1].score, -pair[0]), default=None)


def _exactly(text: str, passage: Passage) -> Found | None:
    best: tuple[float, int, int] | None = None
    for start in _starts(text, passage.exact):
        before, after = _around(text, start, start + len(passage.exact), passage)
        own = not passage.prefix and not passage.suffix  # it was the whole of its text
        if max(before, after) >= LIKE_CONTEXT or own or len(passage.exact) >= LONG:
            best = max(best or (-1.0, 0, 0), (before + after, -abs(start - passage.start), start))
    if best is None:
        return None
    score, _, start = best
    return Found(start, start + len(passage.exact), 50 + score / 4, passage.exact, True)


def _starts(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _around(text: str, start: int, end: int, passage: Passage) -> tuple[float, float]:
    """How like, of 100 each, what stands before and after a place is to what stood around the passage."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return _alike(passage.prefix, before), _alike(passage.suffix, after)


def _alike(one: str, other: str) -> float:
    return 100.0 if one == other else ratio(one, other)


def _nearly(text: str, passage: Passage) -> Found | None:
    """The place that is most like the passage with its neighbours, cut to the passage itself."""
    pattern = passage.prefix + passage.exact + passage.suffix
    first, last = _window(text, pattern)
    window = text[first:last]
    start, end = _carried(pattern, window, len(passage.prefix), len(passage.prefix) + len(passage.exact))
    start, end = _whole_words(text, first + start, first + end, passage)
    words = text[start:end]
    if not words:
        return None
    like = _alike(_spaced(passage.exact), _spaced(words))
    sides = sum(side >= LIKE_CONTEXT for side in _around(text, start, end, passage))
    if like < (LIKE_ELSEWHERE, LIKE_PASSAGE, LIKE_BETWEEN)[sides] or not (sides or len(passage.exact) >= LONG):
        return None
    return Found(start, end, like / 2, words, _spaced(words) == _spaced(passage.exact))


def _window(text: str, pattern: str) -> tuple[int, int]:
    """The part of a text that is most like a pattern, with room for what was added to it."""
    if len(text) <= len(pattern):
        return 0, len(text)
    found = partial_ratio_alignment(pattern, text)
    if found is None:
        return 0, len(text)
    room = CONTEXT + len(pattern) // 4
    return max(0, found.dest_start - room), min(len(text), found.dest_end + room)


def _carried(pattern: str, window: str, start: int, end: int) -> tuple[int, int]:
    """Where two places between the characters of a pattern are in what became of it; what was added at either is left outside."""
    to_start, to_end = 0, len(window)
    for step in Levenshtein.opcodes(pattern, window):
        if step.src_start <= start <= step.src_end:
            to_start = min(step.dest_start + start - step.src_start, step.dest_end)
        if step.src_start < end <= step.src_end:
            to_end = min(step.dest_start + end - step.src_start, step.dest_end)
    return to_start, max(to_start, to_end)


def _whole_words(text: str, start: int, end: int, passage: Passage) -> tuple[int, int]:
    """A place widened to the words that it begins and ends in, where the passage began and ended between words; spaces left out."""
    if not (passage.prefix[-1:].isalnum() and passage.exact[:1].isalnum()):
        while 0 < start < end and text[start - 1].isalnum() and text[start].isalnum():
            start -= 1
    if not (passage.exact[-1:].isalnum() and passage.suffix[:1].isalnum()):
        while start < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _spaced(text: str) -> str:
    """A text with single spaces, as a page shows it."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Standing:
    """What became of that on which an annotation was made: how it read, how it reads now where that is otherwise, or that it is gone.

    Of a passage that stands, `text` is the text in which it does, and `at` where.
    """

    was: str
    now: str = ""
    gone: bool = False
    text: str = ""
    at: tuple[int, int] = (0, 0)

    @property
    def changed(self) -> bool:
        return bool(self.now) or self.gone


def standing(value_seen: str, value_now: str, anchor: Anchor | None, texts: Sequence[str]) -> Standing:
    """What became of the value or the passage that an annotation was made on; `texts` are the body's words on the figure now.

    Of a passage the value beside it is no part: it has changed when its own words have.
    """
    if not isinstance(anchor, Passage):
        return Standing(value_seen, value_now if value_now != value_seen else "")
    found = find_among(texts, anchor)
    if found is None:
        return Standing(anchor.exact, gone=True)
    number, place = found
    return Standing(anchor.exact, "" if place.same else place.words, text=texts[number], at=(place.start, place.end))


def anew(passage: Passage, texts: Sequence[str]) -> Passage | None:
    """The passage as it stands among these texts, to be looked for from now on; None where it stands in none."""
    found = find_among(texts, passage)
    return quote(texts[found[0]], found[1].start, found[1].end) if found else None


def as_selector(anchor: Anchor) -> dict[str, Any]:
    """An anchor as a selector of the Web Annotation model."""
    if isinstance(anchor, Passage):
        return {"type": "TextQuoteSelector", "exact": anchor.exact, "prefix": anchor.prefix, "suffix": anchor.suffix,
                "yardstick:start": anchor.start}  # fmt: skip
    parts = [f"page={anchor.page}"] if anchor.page else []
    if anchor.area:
        area = anchor.area
        parts.append("xywh=percent:" + ",".join(f"{n:.10g}" for n in (area.x, area.y, area.w, area.h)))
    return {"type": "FragmentSelector", "conformsTo": MEDIA_FRAGMENTS, "value": "&".join(parts)}


def from_selector(told: Any) -> Anchor:
    """The anchor of a selector as `as_selector` writes it, or as another reader of the model would. Raises NoAnchor."""
    if not isinstance(told, Mapping):
        raise NoAnchor("a selector is an object with a type")
    match told.get("type"):
        case "TextQuoteSelector":
            return _read_passage(told)
        case "FragmentSelector":
            return _read_place(told.get("value"))
        case other:
            raise NoAnchor(f"a TextQuoteSelector or a FragmentSelector was expected, not “{str(other)[:40]}”")


def _read_passage(told: Mapping[str, Any]) -> Passage:
    exact, start = told.get("exact"), told.get("yardstick:start", 0)
    around = [told.get(name, "") for name in ("prefix", "suffix")]
    if not isinstance(exact, str) or not 0 < len(exact.strip()) <= len(exact) <= PASSAGE_LIMIT:
        raise NoAnchor(f"“exact” has from 1 to {PASSAGE_LIMIT:,} characters")
    if not all(isinstance(text, str) for text in around) or not isinstance(start, int):
        raise NoAnchor("“prefix” and “suffix” are texts, and the start is a number")
    return Passage(exact, around[0][-CONTEXT:], around[1][:CONTEXT], max(0, start))


_PAGE, _XYWH = re.compile(r"page=(\d{1,4})"), re.compile(r"xywh=percent:" + ",".join([r"(\d{1,3}(?:\.\d{1,10})?)"] * 4))


def _read_place(value: Any) -> Place:
    page = area = None
    for part in str(value).split("&"):
        if found := _PAGE.fullmatch(part):
            page = int(found.group(1))
        elif found := _XYWH.fullmatch(part):
            area = Area(*map(float, found.groups()))
        else:
            raise NoAnchor(f"“page=2”, “xywh=percent:10,20,30,15” or both with “&” were expected, not “{str(value)[:60]}”")
    return Place(page, area)
