"""Annotations as W3C Web Annotations: out and in again they are the same, and what is no such file is told."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.anchors import Area, Place, quote
from workflows.review.annotations import ADDRESSEES, KINDS, STATES
from workflows.review.exchange import MOTIVATIONS, NotAnnotations, Note, Said, collection, read

AT = "https://yardstick.example/cases/2009-E0701/return"
texts = st.text(min_size=1, max_size=60).filter(lambda text: text.strip())
moments = st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
replies = st.builds(Said, texts, moments, texts, st.sampled_from([1, 2]), st.booleans(), st.none() | moments)
WORDS = "The payroll team was moved to the shared centre in October, so half a year of its cost stands here."
passages = st.tuples(st.integers(0, 40), st.integers(1, 50)).map(lambda at: quote(WORDS, at[0], at[0] + at[1]))
passages = passages.filter(lambda one: one.exact.strip())  # a blank alone is no passage
places = st.builds(Place, st.integers(1, 300), st.none() | st.just(Area(10, 20.5, 33.33, 15))) | st.just(Place(None, Area(0, 0, 1, 1)))
stood = st.tuples(st.none() | passages, st.none()) | st.tuples(st.none() | places, st.integers(1, 40))
plain = st.builds(
    Note, item=texts, version=st.integers(1, 9), value_seen=st.text(max_size=30), kind=st.sampled_from(list(KINDS)), text=texts,
    addressee=st.sampled_from(list(ADDRESSEES)), state=st.sampled_from(STATES), at=moments, by=texts, sent_at=st.none() | moments,
    replies=st.lists(replies, max_size=3).map(tuple),
)  # fmt: skip
notes = st.builds(lambda note, on: replace(note, anchor=on[0], file=on[1]), plain, stood)
"""Annotations on a figure, on a passage of its words, on a file or on a place in one."""


@given(st.lists(notes, max_size=6))
def test_what_goes_out_comes_in_again_without_loss(found):
    content = msgspec.json.encode(collection(AT, found))
    assert read(content) == found


@given(notes)
def test_it_is_what_the_recommendation_asks_for(note):
    told = collection(AT, [note])
    assert told["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert told["type"] == "AnnotationCollection"
    assert told["total"] == 1
    page = told["first"]
    assert page["type"] == "AnnotationPage"
    one = page["items"][0]
    assert one["type"] == "Annotation"
    assert one["id"].startswith(AT)
    assert one["motivation"] in MOTIVATIONS.values()
    target = one["target"]
    if note.file is None:
        assert target["source"] == f"{AT}?version={note.version}"
        assert target["selector"]["value"] == note.item
        assert target["selector"].get("refinedBy", {}).get("exact") == (note.anchor.exact if note.anchor else None)
    else:
        assert target["source"] == f"{AT.removesuffix('/return')}/evidence/{note.file}"
        assert ("selector" in target) == (note.anchor is not None)
    assert note.file or target["selector"]["type"] == "FragmentSelector"
    assert all(body["type"] == "TextualBody" for body in one["body"])


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"first": {}}', b'{"first": {"items": 3}}', b'{"first": []}'])
def test_what_is_no_collection_is_told(content):
    with pytest.raises(NotAnnotations, match="no annotation collection"):
        read(content)


@given(notes, st.data())
def test_a_broken_annotation_is_told_with_its_number(note, data):
    told = collection(AT, [note, note])
    broken = told["first"]["items"][1]
    key = data.draw(st.sampled_from(["target", "body", "created", "creator", "yardstick:kind", "yardstick:state", "yardstick:addressee"]))
    broken[key] = data.draw(st.sampled_from([7, "nothing of the kind", [], {"value": 1}]))
    with pytest.raises(NotAnnotations, match="Annotation 2"):
        read(msgspec.json.encode(told))


@given(plain)
def test_a_file_from_before_passages_and_places_is_read_as_it_was(note):
    told = collection(AT, [note])
    target = told["first"]["items"][0]["target"]
    assert set(target) == {"source", "selector", "yardstick:item", "yardstick:version", "yardstick:valueSeen"}
    assert set(target["selector"]) == {"type", "value"}
    assert read(msgspec.json.encode(told)) == [note]


@pytest.mark.parametrize("target", [
    {"yardstick:file": "two"}, {"yardstick:file": 0}, {"yardstick:file": 2, "selector": {"type": "TextQuoteSelector", "exact": "x"}},
    {"yardstick:file": 2, "selector": {"type": "FragmentSelector", "value": "page=x"}},
    {"selector": {"refinedBy": {"type": "FragmentSelector", "value": "page=1"}}}, {"selector": {"refinedBy": 3}},
])  # fmt: skip
def test_a_selector_that_fits_nothing_is_told_with_the_number_of_its_annotation(target):
    note = Note("FIN_COST", 1, "£4", "comment", "Words.", "body", "open", datetime(2010, 1, 1, tzinfo=UTC), "Demo reviewer")
    told = collection(AT, [note])
    told["first"]["items"][0]["target"] |= target
    with pytest.raises(NotAnnotations, match="Annotation 1"):
        read(msgspec.json.encode(told))


keys = st.sampled_from(["first", "items", "target", "body", "created", "creator", "name", "value"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(keys, of, max_size=4), max_leaves=12,
)  # fmt: skip


@given(anything)
def test_whatever_is_given_is_read_or_told(value):
    try:
        read(msgspec.json.encode(value))
    except NotAnnotations as problem:
        assert str(problem)
