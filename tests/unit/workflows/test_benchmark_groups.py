"""Comparator groups: who is in which, on which day."""

import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.benchmarks.groups import HEADCOUNT_BOUNDS, POPULATION_BOUNDS, Chosen, GroupKind, Member, groups, key_of, plural, rows
from workflows.benchmarks.statistics import standings, summary

TODAY = date(2010, 2, 1)
COMMON: tuple[GroupKind, ...] = ("class", "region", "sector", "population", "headcount", "all")
sizes = st.one_of(st.none(), st.integers(0, 1_200_000), st.sampled_from([*POPULATION_BOUNDS, *HEADCOUNT_BOUNDS]))
members = st.builds(
    Member,
    code=st.text(string.ascii_uppercase, min_size=1, max_size=2),
    name=st.just("A body"),
    sector=st.sampled_from(["local-government", "district"]),
    kind=st.sampled_from(["UA", "NMD"]),
    class_name=st.sampled_from(["Unitary authority", "Non-metropolitan district"]),
    region=st.sampled_from([None, "North East", "London"]),
    population=sizes,
    headcount=sizes,
    end_date=st.one_of(st.none(), st.integers(-2, 2).map(lambda days: TODAY + timedelta(days))),
)
registers = st.lists(members, max_size=20, unique_by=lambda member: member.code)


@given(registers)
def test_every_body_that_is_there_is_in_one_group_of_each_kind_that_is_known_of_it(register):
    found = groups(register, TODAY)
    for kind in COMMON:
        for member in register:
            of = [key for key, group in found[kind].items() if member.code in group.codes]
            assert of == ([key_of(kind, member)] if member.active(TODAY) and key_of(kind, member) is not None else [])
        for group in found[kind].values():
            assert group.codes and list(group.codes) == sorted(set(group.codes)) and group.own == "in" and group.words


@given(registers, st.randoms())
def test_groups_do_not_depend_on_the_order_of_the_register(register, random):
    assert groups(random.sample(register, len(register)), TODAY) == groups(register, TODAY)


@given(st.integers(0, 2_000_000))
def test_a_band_holds_the_size(size):
    member = Member("E1", "A body", "district", "NMD", "Non-metropolitan district", population=size)
    (group,) = groups([member], TODAY)["population"].values()
    band = group.words.removeprefix("bodies of the sector “district” with ").removesuffix(" residents").replace(",", "")
    if band.startswith("under "):
        assert size < int(band.removeprefix("under "))
    elif band.endswith(" or more"):
        assert size >= int(band.removesuffix(" or more"))
    else:
        low, high = band.split(" to ")
        assert int(low) <= size <= int(high)


def body(code, **facts):
    return Member(code, f"Body {code}", "local-government", "UA", "Unitary authority", **facts)


def test_a_body_drops_out_on_its_end_date():
    register = [body("A"), body("B", end_date=date(2010, 4, 1))]
    assert groups(register, date(2010, 3, 31))["all"]["all"].codes == ("A", "B")
    assert groups(register, date(2010, 4, 1))["all"]["all"].codes == ("A",)
    later = groups(register, date(2010, 4, 1), neighbours={"A": ["B"], "B": ["A"]}, chosen=[Chosen("1", "ports", ["B", "A"])])
    assert {code: group.codes for code, group in later["neighbours"].items()} == {"A": ()}
    assert later["chosen"]["1"].codes == ("A",)


def test_neighbours_need_not_be_mutual_and_leave_the_body_out():
    near = groups([body("A"), body("B"), body("C")], TODAY, neighbours={"A": ["C", "B"], "B": ["C"]})["neighbours"]
    assert (near["A"].codes, near["B"].codes, near["A"].own) == (("C", "B"), ("C",), "out")
    with pytest.raises(ValueError, match="X: not in the register"):
        groups([body("A")], TODAY, neighbours={"A": ["X"]})
    with pytest.raises(ValueError, match="A: a body is not its own neighbour"):
        groups([body("A")], TODAY, neighbours={"A": ["A"]})
    with pytest.raises(ValueError, match="X: not in the register"):
        groups([body("A")], TODAY, chosen=[Chosen("1", "ports", ["X"])])


def test_groups_are_named_in_words():
    register = [body("A", region="North East", population=90_000, headcount=3_000)]
    found = groups(register, TODAY, {"local-government": "Single tier and county councils"})
    assert groups([body("A", region="London")], TODAY)["region"]["London"].words == "bodies in London"
    assert [group.words for kind in COMMON for group in found[kind].values()] == [
        "unitary authorities",
        "bodies in the North East",
        "single tier and county councils",
        "single tier and county councils with under 100,000 residents",
        "single tier and county councils with 2,500 to 4,999 employees",
        "bodies",
    ]


@pytest.mark.parametrize(
    ("one", "many"),
    [("Unitary authority", "unitary authorities"), ("London borough", "London boroughs"), ("GLA group", "GLA groups"),
     ("Metropolitan district", "metropolitan districts"), ("Highway", "highways"), ("Ports", "ports")],
)  # fmt: skip
def test_classes_in_the_plural(one, many):
    assert plural(one) == many


def test_groups_are_rows_for_the_statistics():
    found = groups([body("A"), body("B"), body("C"), body("D")], TODAY, neighbours={"A": ["D", "B"]})
    numbers = {"A": 0, "B": 1, "D": 2}
    table = rows([found["all"]["all"], found["neighbours"]["A"]], numbers)
    assert table.tolist() == [[0, 1, -1, 2], [2, 1, -1, -1]]
    placed = standings([[1.0], [2.0], [4.0]], table[1:], [[0]], found["neighbours"]["A"].own)
    assert placed.summaries.at(0, 0) == summary([2.0, 4.0])
    assert rows([], numbers).shape == (0, 0)
