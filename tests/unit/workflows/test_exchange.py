"""Annotations as W3C Web Annotations: out and in again they are the same, and what is no such file is told."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.annotations import ADDRESSEES, KINDS, STATES
from workflows.review.exchange import MOTIVATIONS, NotAnnotations, Note, Said, collection, read

AT = "https://yardstick.example/cases/2009-E0701/return"
texts = st.text(min_size=1, max_size=60).filter(lambda text: text.strip())
moments = st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
replies = st.builds(Said, texts, moments, texts, st.sampled_from([1, 2]), st.booleans(), st.none() | moments)
notes = st.builds(
    Note, item=texts, version=st.integers(1, 9), value_seen=st.text(max_size=30), kind=st.sampled_from(list(KINDS)), text=texts,
    addressee=st.sampled_from(list(ADDRESSEES)), state=st.sampled_from(STATES), at=moments, by=texts, sent_at=st.none() | moments,
    replies=st.lists(replies, max_size=3).map(tuple),
)  # fmt: skip


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
    assert one["target"]["source"].startswith(AT)
    assert one["target"]["selector"]["type"] == "FragmentSelector"
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
