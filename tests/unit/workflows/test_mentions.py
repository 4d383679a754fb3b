"""Names that a note calls: the longest after the @, in capitals or not, and nothing else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.review.mentions import called, people_called

NAMES = {1: "Ann", 2: "Ann Lee", 3: "Ann-Marie O’Neill", 4: "Demo reviewer 2", 5: "Demo reviewer 21", 6: "ann lee"}


@pytest.mark.parametrize("text, people", [
    ("@Ann look", [1]), ("@ann lee look", [2, 6]), ("@ANN LEE, look", [2, 6]), ("@Ann Leeds", [1]), ("@Anna", []), ("ann@Ann", []),
    ("(@Ann-Marie O’Neill)", [3]), ("@Demo reviewer 21", [5]), ("@Demo reviewer 2.", [4]), ("@Demo reviewer 212", []), ("@Nobody", []),
    ("@Ann\nLee", [2, 6]), ("@Ann @Ann", [1]), ("@ Ann", []), ("", []),
])  # fmt: skip
def test_examples(text, people):
    assert people_called(text, NAMES) == people


words = st.text(string.ascii_letters + "0123456789'-", min_size=1, max_size=6)
names = st.dictionaries(st.integers(1, 9), st.lists(words, min_size=1, max_size=3).map(" ".join), max_size=5)


@given(names, st.lists(words | st.sampled_from(["@", "@@", "\n", "."]), max_size=8).map(" ".join))
def test_what_is_called_is_a_name_after_an_at_and_no_longer_name_stands_there(known, text):
    last = 0
    for one in called(text, known):
        assert last <= one.start < one.end <= len(text)
        last = one.end
        said = text[one.start : one.end]
        assert said[0] == "@"
        whose = {person for person, name in known.items() if name.lower() == said[1:].replace("\n", " ").lower()}
        assert set(one.people) == whose
        assert whose
        for name in known.values():
            after = text[one.start + 1 + len(name) :][:1]
            there = text[one.start + 1 :].lower().startswith(name.lower()) and not (after.isalnum() or after == "_")
            assert not there or len(name) <= len(said) - 1


@given(names, words, words)
def test_whoever_takes_part_can_be_called_anywhere(known, before, after):
    for person, name in known.items():
        for said in (name, name.upper(), name.lower()):
            assert person in people_called(f"{before} @{said}: {after}", known)
