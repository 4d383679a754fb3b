"""Nearest neighbours: by the textbook on made-up areas, and beside a real list on real ones."""

import csv
import math
import re
import statistics
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.benchmarks.groups import Member, groups
from workflows.benchmarks.neighbours import HOW_MANY, Area, neighbourhoods, value
from workflows.programme import AreaVariable, Pool
from workflows.register import read_register
from workflows.statistics import read_ro_raw

REAL = Path(__file__).parents[2] / "data" / "hartlepool_cipfa_nearest_neighbours.csv"
SINGLE = Pool(code="single", name="Single tier", kinds=("UA", "MD"), note="alike")
OTHER = Pool(code="other", name="Districts", kinds=("NMD",), note="alike")
PEOPLE = AreaVariable(code="people", label="People", kind="population", note="size")
COAST = AreaVariable(code="coast", label="Coast", kind="per_head", source="ro", lines=("Coast",), note="the sea")
SHARE = AreaVariable(
    code="share", label="Share", kind="share", source="ro", lines=("Coast",), share_of=("All",), without=("Support",), note="the sea"
)  # fmt: skip


def programme(*variables, pools=(SINGLE, OTHER)):
    library = programmes.read("outturn-2006")
    return type(library)(
        code="x", name="x", version="1", effective_from=2009, threshold=0, severities=(), neighbours=variables, pools=pools
    )


def area(code, people, coast=None, kind="UA"):
    return Area(code, kind, people, {} if coast is None else {"ro": {"Coast": Decimal(coast)}})


areas = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), min_size=2, max_size=24).map(
    lambda found: [area(f"E{place:02}", people, coast) for place, (people, coast) in enumerate(found)]
)


@given(areas)
def test_they_are_the_textbooks(some):
    """z-scores, Euclid, the farthest 1, the closest first, ties by code: each computed one by one."""
    (found, _) = neighbourhoods(some, programme(PEOPLE, COAST))
    columns = [[value(variable, one) or 0.0 for one in some] for variable in (PEOPLE, COAST)]

    def z(column, place):
        deviation = statistics.pstdev(column)
        return (column[place] - statistics.fmean(column)) / deviation if deviation > 1e-12 else 0.0

    for own, one in enumerate(some):
        distances = [math.dist([z(c, own) for c in columns], [z(c, other) for c in columns]) for other in range(len(some))]
        farthest = max(distances)
        near = found.near[one.code]
        assert len(near) == min(HOW_MANY, len(some) - 1) and one.code not in {n.code for n in near}
        for neighbour in near:
            expected = distances[[a.code for a in some].index(neighbour.code)] / farthest if farthest else 0.0
            assert neighbour.distance == pytest.approx(expected, abs=1e-6)
        assert [(n.distance, n.code) for n in near] == sorted((n.distance, n.code) for n in near)
        if len(some) - 1 <= HOW_MANY and farthest:
            assert near[-1].distance == 1


@given(areas, st.randoms(), st.integers(2, 1000))
def test_they_depend_neither_on_order_nor_on_units(some, random, scale):
    """Thousands of pounds or pounds, whoever comes first: the same distances."""
    (here, _) = neighbourhoods(some, programme(PEOPLE, COAST))
    (shuffled, _) = neighbourhoods(random.sample(some, len(some)), programme(PEOPLE, COAST))
    assert shuffled.near == here.near
    larger = [Area(a.code, a.kind, a.population, {"ro": {"Coast": a.amounts["ro"]["Coast"] * scale}}) for a in some]
    (scaled, _) = neighbourhoods(larger, programme(PEOPLE, COAST))
    for code, near in here.near.items():
        assert [n.distance for n in scaled.near[code]] == pytest.approx([n.distance for n in near], abs=1e-6)


def test_only_bodies_of_one_pool_are_neighbours_and_they_need_not_be_mutual():
    some = [area("A", 10, kind="UA"), area("B", 11, kind="MD"), area("C", 13), area("D", 10, kind="NMD"), area("E", 10, kind="police")]
    single, other = neighbourhoods(some, programme(PEOPLE), how_many=1)
    assert {code: [n.code for n in near] for code, near in single.near.items()} == {"A": ["B"], "B": ["A"], "C": ["B"]}
    assert other.near == {"D": ()}


def test_what_is_missing_is_not_zero():
    some = [area("A", 10, 0), area("B", 11, 0), area("C", 12), area("D", None, 5)]
    (found, empty) = neighbourhoods(some, programme(PEOPLE, COAST))
    assert found.left_out == {"C": ("coast",), "D": ("people", "coast")}
    assert found.near == {"A": found.near["A"], "B": found.near["B"]} and [n.code for n in found.near["A"]] == ["B"]
    assert (empty.variables, empty.near, empty.left_out) == ((), {}, {})


def test_a_variable_that_hardly_any_body_has_is_left_out_for_the_pool():
    some = [area("A", 10, 3), area("B", 11), area("C", 12)]
    (found, _) = neighbourhoods(some, programme(PEOPLE, COAST))
    assert (found.variables, found.unused, found.left_out) == (("people",), ("coast",), {})
    assert [n.code for n in found.near["A"]] == ["B", "C"]


def test_a_variable_is_used_in_its_pools():
    districts = AreaVariable(code="more", label="More", kind="log_population", pools=("other",), note="size")
    single, other = neighbourhoods([area("A", 10), area("D", 10, kind="NMD")], programme(PEOPLE, districts))
    assert (single.variables, other.variables) == (("people",), ("people", "more"))


def test_values_of_variables():
    amounts = {"ro": {"Coast": Decimal(3), "All": Decimal(16), "Support": Decimal(4)}}
    assert value(COAST, Area("A", "UA", 6, amounts)) == 0.5
    assert value(SHARE, Area("A", "UA", None, amounts)) == 0.25
    assert value(SHARE, Area("A", "UA", None, {"ro": {"Coast": Decimal(3), "All": Decimal(16)}})) is None
    assert value(SHARE, Area("A", "UA", None, {"ro": {**amounts["ro"], "All": Decimal(4)}})) is None, "a share of nothing"
    assert value(COAST, Area("A", "UA", None, amounts)) is None
    assert value(PEOPLE, Area("A", "UA", 0)) is None


@pytest.fixture(scope="module")
def england():
    """The councils of 2009, with what is held of their areas."""
    bodies = read_register(programmes.data("back-office-2009", "english_councils_at_2009_12_01.csv").read_text("utf-8")).rows
    outturn = read_ro_raw(programmes.data("back-office-2009", "ro_2006_07_by_la_raw.csv").read_text("utf-8")).rows
    held = {row.code: {"ro-2006-07": row.amounts} for row in outturn}
    return bodies, [Area(body.code, body.kind, body.population, held.get(body.code, {})) for body in bodies]


@pytest.mark.parametrize("code", ["back-office-2009", "outturn-2006"])
def test_hartlepools_real_neighbours_are_found_as_far_as_the_variables_allow(england, code):
    """8 of CIPFA's 15: two of any 15 of the pool would be there by chance. docs/comparators.md tells why not more."""
    bodies, every = england
    names = {body.name.lower(): body.code for body in bodies if body.kind in ("UA", "MD")}
    with REAL.open(encoding="utf-8") as file:
        real = {_code(row["neighbour"], names) for row in csv.DictReader(file)}
    single, *_ = neighbourhoods(every, programmes.read(code))
    found = {neighbour.code for neighbour in single.near["E0701"]}
    assert len(real) == len(found) == 15
    assert len(real & found) >= 8


def _code(name, names):
    wanted = re.compile(rf"\b{name.lower().removeprefix('kingston upon ').replace('.', '')}\b")
    (found,) = (code for long, code in names.items() if wanted.search(long))
    return found


def test_every_council_that_has_figures_has_neighbours(england):
    bodies, every = england
    found = neighbourhoods(every, programmes.read("back-office-2009"))
    near = {code for one in found for code in one.near}
    left_out = {code for one in found for code in one.left_out}
    assert {pool.pool.code: len(pool.near) for pool in found} == {"single-tier": 115, "county": 27, "district": 201}
    assert len(left_out) == 9, "the unitary councils of 1 April 2009"
    assert {body.code for body in bodies} - near - left_out == {"E5010", "E5100"}, "the City of London, the Greater London Authority"
    assert not any(one.unused for one in found)
    register = [Member(b.code, b.name, "x", b.kind, b.class_name, end_date=b.end_date) for b in bodies]
    of = {code: [n.code for n in one.near[code]] for one in found for code in one.near}
    shown = groups(register, date(2009, 12, 1), neighbours=of)["neighbours"]
    assert all(len(group.codes) == HOW_MANY for group in shown.values())
