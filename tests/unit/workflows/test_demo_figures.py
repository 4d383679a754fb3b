"""The demo's made-up returns hold together, so that its cases can be signed off by the real rules."""

import random

import pytest

from config import programmes
from webapp.demo.figures import answers
from workflows.returns import checks
from workflows.returns.figures import Figures

PROGRAMME = programmes.read("back-office-2009")


@pytest.mark.parametrize("people", [180, 251, 900, 4000, 25_000])
def test_nothing_stands_between_a_made_up_return_and_its_sign_off(people):
    for seed in range(12):
        figures = Figures(PROGRAMME, answers(random.Random(seed), people, PROGRAMME), headcount=people)
        assert [gap.text for gap in checks.gaps(figures)] == []


def test_every_indicator_of_cost_can_be_computed_from_it():
    figures = Figures(PROGRAMME, answers(random.Random(1), 4000, PROGRAMME))
    gone = {m.indicator.code: m.why for m in figures.measures() if m.value is None and m.indicator.dimension != "satisfaction"}
    assert gone == {}
