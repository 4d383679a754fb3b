"""Passages of the body's words are found again after edits, and never somewhere foreign; places in files are W3C selectors."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workflows.review.anchors import (
    CONTEXT,
    PASSAGE_LIMIT,
    Area,
    NoAnchor,
    Passage,
    Place,
    as_selector,
    find,
    find_among,
    from_selector,
    in_file,
    locate,
    quote,
    standing,
)

ANSWER = (
    "The payroll team of twelve was moved to the shared centre in October 2009, so half a year of its cost stands here. "
    "Agency staff were paid by the county until Christmas; from January on they are ours. The new ledger cost nothing."
)
VOCABULARY = """
    the payroll team of twelve was moved to a shared centre in october so half year its cost stands here agency people were paid by
    county until christmas from january on they are ours new ledger nothing invoices late because scanners broke twice members asked
    for fewer buildings and got them libraries closed every sunday lawyers left without notice training doubled vacancies held back
    audit fees fell again bank charges rose slightly while procurement joined regional hub whose fee depends upon turnover
""".split()  # noqa: SIM905


def passage_of(words):
    """The passage of ANSWER with these words."""
    start = ANSWER.index(words)
    return quote(ANSWER, start, start + len(words))


def typed(texts, words, before=""):
    found = locate(texts, words, before)
    assert found is not None
    return found


words = st.sampled_from(VOCABULARY)
OTHERS = ["Zürich", "QUARTZ", "NYMPH", "JOWLS", "VEXING", "BUZZ", "FJORD", "GYPSUM"]
"""Words with which no text that is drawn here has anything in common."""
texts = st.text(max_size=300)


@st.composite
def passages(draw, of=texts):
    text = draw(of.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@given(passages())
def test_in_the_same_text_it_stands_in_the_same_place(drawn):
    text, start, end = drawn
    found = find(text, quote(text, start, end))
    assert found is not None
    assert (found.start, found.end, found.words, found.same) == (start, end, text[start:end], True)


@st.composite
def sentences(draw, least=14):
    """Words that all differ, and from which to before which of them the passage goes, at least three of them."""
    said = draw(st.lists(words, min_size=least, max_size=30, unique=True))
    first = draw(st.integers(0, len(said) - 4))
    return said, first, draw(st.integers(first + 3, len(said) - 1))


@st.composite
def edits(draw, said, first, last, most=2):
    """The same words with one or two that are put in, taken out or replaced, outside the passage."""
    before, after = said[:first], said[last:]
    for _ in range(draw(st.integers(1, most))):
        part = draw(st.sampled_from([before, after]))
        at, new = draw(st.integers(0, len(part))), draw(st.sampled_from(OTHERS))
        match draw(st.sampled_from(["in", "out", "other"])):
            case "in":
                part.insert(at, new)
            case "out":
                del part[at : at + 1]
            case _:
                part[at : at + 1] = [new]
    return before, after


@given(st.data())
def test_a_small_edit_elsewhere_neither_loses_nor_misplaces_it(data):
    said, first, last = data.draw(sentences())
    passage = " ".join(said[first:last])
    text = " ".join(said)
    made = quote(text, len(" ".join([*said[:first], ""])), len(" ".join([*said[:first], ""])) + len(passage))
    assert made.exact == passage
    before, after = data.draw(edits(said, first, last))
    edited = " ".join([*before, passage, *after])
    found = find(edited, made)
    assert found is not None
    assert found.same
    assert found.words == passage
    assert edited[found.start : found.end] == passage
    assert found.start == len(" ".join([*before, ""])) or edited.count(passage) > 1


@given(st.data())
def test_of_two_that_read_alike_the_right_one_is_found_whatever_is_edited_far_from_it(data):
    said = data.draw(st.lists(words, min_size=45, max_size=60, unique=True))
    twice, one, other = " ".join(said[: data.draw(st.integers(1, 3))]), said[3:25], said[25:]
    head, tail, neck, end = one[:10], one[10:], other[:10], other[10:]
    text = " ".join([*head, twice, *tail, *neck, twice, *end])
    at = [start for start in range(len(text)) if text.startswith(f" {twice} ", start)]
    which = data.draw(st.sampled_from([0, len(at) - 1]))
    made = quote(text, at[which] + 1, at[which] + 1 + len(twice))
    new = data.draw(st.sampled_from(OTHERS))
    edited = " ".join([new, *head, twice, *tail, new, *neck, twice, *end])
    ends = [start for start in range(len(edited)) if edited.startswith(f" {twice} ", start)]
    found = find(edited, made)
    assert found is not None
    assert found.start == ends[which] + 1


@given(st.data())
def test_what_was_taken_out_is_not_found_somewhere_foreign(data):
    said, first, last = data.draw(sentences())
    text, passage = " ".join(said), " ".join(said[first:last])
    start = len(" ".join([*said[:first], ""]))
    made = quote(text, start, start + len(passage))
    instead = data.draw(st.lists(st.sampled_from(OTHERS), max_size=6))
    edited = " ".join([*said[:first], *instead, *said[last:]])
    assume(passage not in edited)
    found = find(edited, made)
    assert found is None or _mostly(passage, found.words), f"{found.words!r} for {passage!r}"
    assert find(" ".join(OTHERS * 3), made) is None


def _mostly(passage, words):
    """Whether what was found shares most of its letters, in their order, with the passage: not a foreign place."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, passage, words, autojunk=False).ratio() > 0.6


OTHER_SENTENCES = [
    "We leased two more scanners from the regional hub.",
    "Members asked for fewer buildings, and got them.",
    "Every invoice is matched by hand before it is posted.",
    "No court case is open at this time.",
    "Both libraries closed on Sundays.",
]


@given(st.permutations(OTHER_SENTENCES), st.sampled_from(["staff", "county", "ledger", "cost"]))
def test_a_short_word_is_not_found_among_quite_other_words(said, word):
    made = passage_of(word)
    assert find(" ".join(said), made) is None
    assert find(" ".join([*said[:2], f"Xylophones {word} quizzically.", *said[2:]]), made) is None


@pytest.mark.parametrize("old, new, words", [
    ("The payroll team of twelve", "The payroll team of fourteen", "The payroll team of fourteen"),
    ("half a year of its cost stands here", "half a year of its full cost stands here", "half a year of its full cost stands here"),
    ("paid by the county until Christmas", "paid by the county until Easter", "paid by the county until Easter"),
    ("The new ledger cost nothing.", "The new ledger cost £40,000.", "The new ledger cost £40,000."),
])  # fmt: skip
def test_a_passage_that_was_edited_is_found_as_it_reads_now(old, new, words):
    found = find(ANSWER.replace(old, new), passage_of(old))
    assert found is not None
    assert (found.words, found.same) == (words, False)


def test_a_passage_that_was_moved_whole_is_found_where_it_stands_now():
    old = "Agency staff were paid by the county until Christmas"
    moved = f"We came late to this round, and were asked for all of it anew. {old}. Nothing else is to be said."
    found = find(moved, passage_of(old))
    assert found is not None
    assert found.words == old


def test_other_line_ends_and_spaces_are_no_change():
    old = "Agency staff were paid by the county"
    found = find(ANSWER.replace(old, "Agency staff\nwere  paid by the county"), passage_of(old))
    assert found is not None
    assert found.same


def test_the_whole_of_a_short_answer_is_found_when_the_answer_grows():
    found = find("Our own staff, and an agency.", quote("Our own staff", 0, 13))
    assert found is not None
    assert found.same


def test_a_sentence_that_was_replaced_by_another_is_gone():
    old = "Agency staff were paid by the county until Christmas; from January on they are ours."
    edited = ANSWER.replace(old, "Our figures follow the guidance of the programme to the letter.")
    assert find(edited, passage_of(old)) is None


@given(passages(), texts)
def test_whatever_the_text_becomes_what_is_found_is_in_it(drawn, other):
    text, start, end = drawn
    found = find(other, quote(text, start, end))
    if found is not None:
        assert other[found.start : found.end] == found.words
        assert 0 <= found.score <= 100


@given(st.lists(texts, max_size=4), passages())
def test_among_several_texts_the_one_with_the_passage_as_it_was_comes_first(others, drawn):
    text, start, end = drawn
    placed = find_among([*others, text], quote(text, start, end))
    assert placed is not None
    number, found = placed
    assert found.same
    assert [*others, text][number][found.start : found.end] == text[start:end]


def test_typed_words_are_looked_for_whatever_their_spaces_and_nearest_to_what_stood_before():
    texts = ["The cost is net.\nThe cost is\n gross.", "Again: the cost is net."]
    assert locate(texts, "cost  is gross.") == Passage("cost is\n gross.", "The cost is net.\nThe ", "", 21)
    assert typed(texts, "cost is").start == 4
    assert typed(texts, "cost is", "The cost is net. The ").start == 21
    assert typed(texts, "cost is", "Again: the ").prefix == "Again: the "
    assert locate(texts, "costs") is None
    assert locate(texts, " ") is None
    assert locate([], "cost") is None


areas = st.builds(
    lambda x, y, w, h: Area(round(x * (1 - w) * 100, 2), round(y * (1 - h) * 100, 2), round(w * 100, 2), round(h * 100, 2)),
    *[st.floats(0, 1)] * 2, *[st.floats(0.01, 0.99)] * 2,
)  # fmt: skip
places = st.builds(Place, st.integers(1, 9999), st.none() | areas) | st.builds(Place, st.none(), areas)
anchors = places | passages().map(lambda drawn: quote(*drawn)).filter(lambda made: made.exact.strip())


@given(anchors)
def test_a_selector_is_read_as_it_was_written(anchor):
    told = as_selector(anchor)
    assert told["type"] in ("TextQuoteSelector", "FragmentSelector")
    assert from_selector(told) == anchor


@pytest.mark.parametrize("told", [
    None, 7, [], {}, {"type": "SvgSelector"}, {"type": "TextQuoteSelector"}, {"type": "TextQuoteSelector", "exact": " "},
    {"type": "TextQuoteSelector", "exact": "x" * (PASSAGE_LIMIT + 1)}, {"type": "TextQuoteSelector", "exact": "x", "prefix": 3},
    {"type": "TextQuoteSelector", "exact": "x", "yardstick:start": "far"}, {"type": "FragmentSelector"},
    {"type": "FragmentSelector", "value": "page=0"}, {"type": "FragmentSelector", "value": "page=two"},
    {"type": "FragmentSelector", "value": "xywh=percent:0,0,0,5"}, {"type": "FragmentSelector", "value": "xywh=percent:90,0,20,5"},
    {"type": "FragmentSelector", "value": "xywh=pixel:1,2,3,4"}, {"type": "FragmentSelector", "value": "t=10,20"},
])  # fmt: skip
def test_what_is_no_selector_is_refused_with_what_was_expected(told):
    with pytest.raises(NoAnchor, match=r"expected|type|has|are|begins|reaches|from 1"):
        from_selector(told)


def test_context_of_other_readers_is_cut_to_ours():
    read = from_selector({"type": "TextQuoteSelector", "exact": "x", "prefix": "a" * 90 + "b", "suffix": "c" + "d" * 90})
    assert isinstance(read, Passage)
    assert (len(read.prefix), read.prefix[-1], len(read.suffix), read.suffix[0]) == (CONTEXT, "b", CONTEXT, "c")


@pytest.mark.parametrize("bounds", [(0, 0), (3, 2), (-1, 2), (0, 5)])
def test_a_passage_is_of_its_text(bounds):
    with pytest.raises(NoAnchor):
        quote("text", *bounds)


def test_places_in_words():
    area = Area(10, 20.5, 30, 15)
    assert str(Place(2)) == "page 2"
    assert in_file(Place(2), 3) == "page 2 of file 3"
    assert in_file(Place(2, area), 3) == "page 2 of file 3, an area of 30% by 15%, 10% from the left and 20.5% from the top"
    assert in_file(Place(None, area), 3).startswith("file 3, an area of 30%")
    assert in_file(None, 3) == "file 3"
    assert str(quote("some words", 5, 10)) == "words"


def test_what_became_of_a_value_a_passage_or_neither():
    made = quote(ANSWER, 4, 16)
    assert standing("£4", "£5", None, []).now == "£5"
    assert not standing("£4", "£4", Place(2), []).changed
    assert not standing("£4", "£5", made, [ANSWER]).changed, "the value is no part of a passage"
    assert standing("£4", "£4", made, []).gone
    assert standing("£4", "£4", made, ["Nothing.", ANSWER]).text == ANSWER
    now = standing("£4", "£4", made, [ANSWER.replace("payroll team", "payroll group")])
    assert (now.was, now.changed, now.gone) == ("payroll team", True, False)
