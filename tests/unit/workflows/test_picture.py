"""The picture of a figure among comparators: places, scale, and that the words say what is drawn."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workflows.benchmarks.picture import MarkKind, Neighbour, Picture, picture, said, shared
from workflows.benchmarks.statistics import summary

TEMPLATES = Path(__file__).parents[3] / "webapp" / "templates"
STRIPS = (
    Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template("strip_macros.html").module
)
strip, strip_small, strip_key, bar = (getattr(STRIPS, name) for name in ("strip", "strip_small", "strip_key", "bar"))
numbers = st.one_of(st.floats(-1e7, 1e7, allow_subnormal=False).map(lambda v: round(v, 4)), st.integers(0, 5).map(float))
units = st.sampled_from(["%", "GBP", "GBP per FTE", "days", "index", ""])


@st.composite
def pictures(draw):
    values = draw(st.lists(numbers, max_size=30))
    near = draw(st.lists(st.sampled_from(values), max_size=5)) if values else []
    return {
        "summary": summary(values), "unit": draw(units), "group": "unitary authorities", "name": "Hartlepool",
        "value": draw(st.one_of(st.none(), numbers)), "last": draw(st.one_of(st.none(), numbers)),
        "own": draw(st.sampled_from(["in", "out", None])), "direction": draw(st.sampled_from(["lower", "higher", "context"])),
        "neighbours": [Neighbour(f"Body {place}", value) for place, value in enumerate(near)],
    }  # fmt: skip


KINDS: tuple[tuple[str, MarkKind], ...] = (("value", "body"), ("last", "last"))


def places(drawn: Picture):
    spans = [edge for span in (drawn.spread, drawn.half) if span for edge in (span.low, span.high)]
    middle = [] if drawn.median is None else [drawn.median]
    return [*spans, *middle, *(mark.at for mark in drawn.marks), *(tick.at for tick in drawn.ticks)]


@given(pictures())
def test_every_place_is_on_the_scale_and_the_order_of_values_is_kept(given_):
    drawn = picture(**given_)
    assert all(0 <= place <= 100 for place in places(drawn))
    of = given_["summary"]
    pairs = [(one.value, mark.at) for one, mark in zip(sorted(given_["neighbours"], key=lambda n: (n.value, n.name)),
                                                       drawn.of("neighbour"), strict=True)]  # fmt: skip
    pairs += [(given_[key], mark.at) for key, kind in KINDS for mark in drawn.of(kind)]
    if drawn.spread and drawn.median is not None:
        pairs += [(of.low, drawn.spread.low), (of.median, drawn.median), (of.high, drawn.spread.high)]
    if drawn.half:
        pairs += [(of.q1, drawn.half.low), (of.q3, drawn.half.high)]
    pairs.sort()
    assert [place for _, place in pairs] == sorted(place for _, place in pairs)
    assert (drawn.half is not None) == (of.n >= 8)
    ticks = [tick.at for tick in drawn.ticks]
    assert not ticks or (ticks[0], ticks[-1]) == (0, 100)
    assert ticks == sorted(set(ticks))
    assert not drawn.ticks or (drawn.ticks[-1].words and 1 <= sum(bool(tick.words) for tick in drawn.ticks) <= 7)


@given(pictures())
def test_the_words_name_every_mark_and_what_is_off_the_scale(given_):
    drawn, of, unit = picture(**given_), given_["summary"], given_["unit"]
    for mark in drawn.marks:
        assert mark.words + (" (off the scale)" if mark.off else "") in drawn.text
        assert (mark.at in (0, 100)) >= bool(mark.off)
    told = [of.low, of.median, of.high, *([of.q1, of.q3] if drawn.half else [])] if drawn.spread else []
    assert all(said(value, unit) in drawn.text for value in told)
    off = sum(bool(mark.off) for mark in drawn.marks) + (drawn.spread.off_low + drawn.spread.off_high if drawn.spread else 0)
    assert drawn.text.count("(off the scale)") >= off
    assert ("Quartiles need 8 values." in drawn.text) == (0 < of.n < 8)
    assert ("no usable value" in drawn.short) == (given_["value"] is None)
    assert ("is better." in drawn.text) == (given_["direction"] != "context")
    assert ("its own value" in drawn.text) == (given_["own"] is not None and of.n > 0)
    shown = set(re.findall(r"Body \d+", drawn.text))
    assert shown == {one.name for one in given_["neighbours"]} and not re.search(r"Body \d", drawn.short)


@given(st.lists(st.integers(90, 110).map(float), min_size=9, max_size=40), st.floats(1e4, 1e9))
def test_one_wild_value_does_not_ruin_the_scale(values, wild):
    """Where the others are not nearly all alike, the middle half does not shrink because of it."""
    of = summary([*values, wild])
    drawn = picture(of, "%", group="bodies", value=wild, name="Wild")
    assert drawn.spread and drawn.half
    if of.unit and abs(of.unit) < 100:
        (mark,) = drawn.of("body")
        assert (mark.at, mark.off, drawn.spread.off_high) == (100, "high", True)
    if of.q1 != of.q3 and of.unit and of.unit < 20:
        assert drawn.half.high - drawn.half.low > 4


@given(st.lists(st.floats(0, 100).map(lambda v: round(v, 3)), min_size=2, max_size=20))
def test_rows_of_a_table_share_a_scale_and_a_bar(values):
    """So that a mark farther to the right is a higher value in whatever row, and the bar need be drawn once alone."""
    of = summary(values)
    on = shared(of, values)
    rows = [picture(of, "%", group="bodies", name=f"Body {place}", value=value, on=on) for place, value in enumerate(values)]
    marks = sorted((value, row.of("body")[0].at) for value, row in zip(values, rows, strict=True))
    assert [at for _, at in marks] == sorted(at for _, at in marks)
    assert len({(row.spread, row.half, row.median, row.ticks) for row in rows}) == 1
    drawn = bar(rows[0], 12, 5)
    assert [strip_small(row, drawn=drawn) for row in rows] == [strip_small(row) for row in rows]


def test_a_share_does_not_begin_below_nothing():
    drawn = picture(summary([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 30.0]), "%", group="bodies")
    assert drawn.ticks[0].words == "0%" and drawn.spread and drawn.spread.off_high


def test_it_says_what_a_reader_would_say():
    of = summary([1.0, 1.1, 1.2, 1.4, 1.5, 1.6, 1.8, 1.9, 2.0, 40.0])
    near = [Neighbour("Halton", 1.9), Neighbour("Walsall", 40.0)]
    drawn = picture(
        of, "%", group="unitary authorities", name="Hartlepool", value=1.4, own="in", last=1.6, neighbours=near, direction="lower"
    )
    assert drawn.text == (
        "Hartlepool: 1.4%. Middle half of 10 unitary authorities, its own value among them: 1.25% to 1.88%, median 1.55%. "
        "All: 1% to 40% (off the scale). Last year 1.6%. Neighbours: Halton 1.9%; Walsall 40% (off the scale). Lower is better."
    )
    assert drawn.short == drawn.text.replace("Neighbours: Halton 1.9%; Walsall 40% (off the scale). ", "")
    nothing = picture(summary([]), "%", group="bodies", name="Hartlepool")
    assert (nothing.text, nothing.ticks) == ("Hartlepool: no usable value. None of the bodies has a usable value.", ())


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.012345, "%", "0.0123%"), (1234.56, "GBP per FTE", "£1,235 per FTE"), (-2.5, "%", "−2.5%"), (-2000.0, "GBP", "−£2,000")],
)
def test_statistics_in_words(value, unit, words):
    assert said(value, unit) == words


@given(pictures())
def test_it_is_drawn_as_svg_that_the_policy_and_the_pdf_allow(given_):
    """Presentation attributes alone, every mark drawn once, and the same words for whoever does not see it."""
    drawn = picture(**given_)
    for made in (strip(drawn), strip_small(drawn)):
        tree = ElementTree.fromstring(f"<div>{made}</div>")
        found = tree.findall("svg")
        assert len(found) == bool(drawn.ticks)
        assert not any(name.startswith("on") or name in ("style", "href") for element in tree.iter() for name in element.attrib)
        words = "".join(tree.itertext())
        if found:
            assert found[0].get("role") == "img" and drawn.short in words
        if made == strip(drawn):
            assert drawn.text in words and (not found or found[0].get("aria-label") == drawn.text)
            assert len(tree.findall(".//circle")) + str(made).count('Z"') == len(drawn.marks)


def test_the_key_names_the_shapes():
    words = re.sub(r"<[^>]*>", "", str(strip_key()))
    assert [line.strip() for line in words.splitlines() if line.strip()][:4] == [
        "this body", "its value last year", "a neighbour", "off the scale",
    ]  # fmt: skip
