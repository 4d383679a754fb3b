"""The demo's made-up returns hold together, so that its cases can be signed off by the real rules."""

import random

import pytest

from config import programmes
from webapp.demo.figures import answers, ordinary
from workflows.returns import checks
from workflows.returns.figures import Figures

PROGRAMME = programmes.read("back-office-2009")


@pytest.mark.parametrize("people", [180, 251, 900, 4000, 25_000])
def test_no_answer_is_missing_and_no_check_blocks_in_a_made_up_return(people):
    for seed in range(12):
        figures = Figures(PROGRAMME, answers(random.Random(seed), people, PROGRAMME), headcount=people)
        assert [gap.text for gap in checks.unmet(figures)] == []


@pytest.mark.parametrize("people", [251, 4000, 25_000])
def test_nothing_stands_between_an_ordinary_return_and_its_sign_off(people):
    figures = Figures(PROGRAMME, ordinary(people, PROGRAMME), headcount=people)
    assert [gap.text for gap in checks.check(figures).gaps] == []


def test_every_indicator_of_cost_can_be_computed_from_it():
    figures = Figures(PROGRAMME, answers(random.Random(1), 4000, PROGRAMME))
    gone = {m.indicator.code: m.why for m in figures.measures() if m.value is None and m.indicator.dimension != "satisfaction"}
    assert gone == {}
