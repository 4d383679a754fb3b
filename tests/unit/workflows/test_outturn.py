"""The real revenue outturn of 2006/07 through the checks: the trap of gross and net is caught for exactly the bodies in it.

In 38 of 388 bodies management and support services are zero or below: some show them gross, others net of what they charged
to services. A comparison that does not ask why names the wrong councils.
"""

import csv
from decimal import Decimal

import pytest

from config import programmes
from webapp.returns.known import held_amounts
from workflows.register import decode
from workflows.returns.checks import check
from workflows.returns.figures import Figures
from workflows.returns.outliers import spread
from workflows.returns.values import Answer
from workflows.statistics import read_ro_raw

PROGRAMME = programmes.read("outturn-2006")
FILE = programmes.data("back-office-2009", "ro_2006_07_by_la_raw.csv")
ESSEX, DEVON, CUMBRIA = "E1521", "E1121", "E0920"


@pytest.fixture(scope="module")
def bodies():
    """The return of each body as the programme fills it in from the statistics, by code."""
    found = {}
    for row in read_ro_raw(decode(FILE.read_bytes())).rows:
        held = held_amounts(PROGRAMME, {"ro-2006-07": row.amounts})
        filled = {one.item: Answer(amount=held[one.code]) for one in PROGRAMME.held if one.prefills}
        found[row.code] = Figures(PROGRAMME, filled, held=held)
    assert len(found) == 388
    return found


def at_zero_or_below():
    """The same bodies read from the file by hand: by the one column of that name."""
    rows = list(csv.reader(FILE.read_text(encoding="utf-8", errors="replace").splitlines()))
    column = next(n for n, name in enumerate(rows[2]) if name.strip() == "Management & support services")
    return {row[0].strip() for row in rows[3:] if row and Decimal(row[column].replace(",", "") or "0") <= 0}


def test_exactly_the_38_bodies_at_zero_or_below_are_asked_whether_they_are_net_of_recharges(bodies):
    asked = {code: o for code, figures in bodies.items() if (o := check(figures).outcome("RECHARGES"))}
    assert set(asked) == at_zero_or_below()
    assert len(asked) == 38
    assert {ESSEX, DEVON, CUMBRIA} < set(asked)
    for code, outcome in asked.items():
        assert "net of recharges" in outcome.mend
        assert "Enter the gross cost before recharges" in outcome.mend
        assert outcome.place == "return/support#OUT_MSS"
        assert outcome.status == "explain", code
        assert outcome.terms[0].label == "Management and support services"
        assert outcome.terms[0].value in ("£0", *(f"−£{-n:,}" for n in [bodies[code].amount("OUT_MSS")] if n))


def test_the_gross_figure_mends_it(bodies):
    essex = bodies[ESSEX]
    gross = Figures(PROGRAMME, {**essex.answers, "OUT_MSS": Answer(amount=Decimal(60_000_000))}, held=essex.held)
    after = {o.code for o in check(gross).outcomes}
    assert "RECHARGES" not in after
    assert "CORRECTED-MSS" in after, "that it is not what the statistics hold is to be explained"


def test_a_comparison_alone_would_name_other_bodies(bodies):
    """Among the counties Essex, Devon and Cumbria look the cheapest of all; none of the checks says that they are."""
    counties = [c for c in bodies if c[:3] in ("E15", "E11", "E09") and bodies[c].amount("OUT_SCHOOLS")]
    assert {ESSEX, DEVON, CUMBRIA} <= set(counties)
    shares = {c: bodies[c].measure(PROGRAMME.indicator("OUT-1")).value for c in counties}
    assert min(shares.values()) == 0


def test_districts_that_stand_out_from_all_others_are_found(bodies):
    """Every body against all the others by the modified z-score: the counts are those of the file, computed here by hand."""
    shares = {c: float(v) for c, f in bodies.items() if (v := f.measure(PROGRAMME.indicator("OUT-1")).value) is not None}
    for code, figures in list(bodies.items())[:60]:
        others = sorted(v for c, v in shares.items() if c != code)
        middle = others[len(others) // 2]
        mad = sorted(abs(v - middle) for v in others)[len(others) // 2]
        compared = Figures(PROGRAMME, figures.answers, held=figures.held, comparators={"OUT-1": spread(others)})
        found = check(compared).outcome("OUT-1.comparator")
        assert (found is not None) == (abs(0.6745 * (shares[code] - middle) / mad) > 3.5)
