"""What a reviewer is called, and the key of the programme that says so."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.figures import PROGRAMME
from tests.unit.workflows.test_programme import files, problems
from workflows.programme import dump, load, thaw
from workflows.review.names import called, numbered
from workflows.roles import Side

assignments = st.lists(st.integers(1, 6), max_size=12).map(lambda people: list(enumerate(people, 1)))


@given(assignments, st.randoms())
def test_numbers_go_by_the_first_assignment_and_are_kept(assigned, random):
    found = numbered(assigned)
    assert sorted(found.values()) == list(range(1, len({person for _, person in assigned}) + 1))
    shuffled = list(assigned)
    random.shuffle(shuffled)
    assert numbered(shuffled) == found
    for until in range(len(assigned)):
        earlier = numbered(assigned[:until])
        assert earlier.items() <= found.items(), "who comes later takes nobody's number"


@given(st.text(), st.none() | st.integers(1, 9), st.integers(0, 15).map(Side))
def test_a_name_is_for_those_who_know_it_and_for_the_body_where_it_is_shown(name, number, reader):
    assert called("shown", reader, name, number) == name
    if reader in (Side.BODY, Side.NOBODY):
        words = called("numbered", reader, name, number)
        assert words == (f"Reviewer {number}" if number else "A reviewer")
    else:
        assert called("numbered", reader, name, number) == name


def test_the_programme_says_it_and_one_frozen_earlier_says_numbered():
    assert load(files()).review.names == "shown"
    here = PROGRAMME
    assert here.review.names == "numbered"
    older = dump(here).replace(b'"review":{"names":"numbered"},', b"")
    assert older != dump(here)
    assert thaw(older) == here
    said = 'names = "shown"'
    assert problems(programme=(said, 'names = "hidden"')) == [
        "programme.toml: review: names: expected one of numbered, shown, not 'hidden'"
    ]
    assert problems(programme=(said, 'nmaes = "shown"')) == ["programme.toml: review: nmaes: unknown; expected one of names"]
    assert "programme.toml: review" in problems(programme=('[review]\nnames = "shown"', "review = 1"))[0]
