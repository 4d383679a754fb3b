"""An indicator from round to round: compared only where it is reckoned, and asked, as before."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from workflows.benchmarks.series import unbroken
from workflows.programme.rests import items_behind
from workflows.returns.comparison import moved

NOW = programmes.read("back-office-2009")


def before(items=None, indicators=None):
    """The programme as it was in another round: items or indicators by code, each with what was different."""
    changed = {
        name: tuple(msgspec.structs.replace(one, **(different or {}).get(one.code, {})) for one in getattr(NOW, name))
        for name, different in (("items", items), ("indicators", indicators))
    }
    return msgspec.structs.replace(NOW, **changed)


@pytest.mark.parametrize("code", [indicator.code for indicator in NOW.indicators])
def test_any_item_behind_an_indicator_breaks_its_series_and_no_other(code):
    behind = items_behind(NOW.indicator(code), NOW)
    assert behind and unbroken(code, NOW, NOW)
    assert not unbroken(code, NOW, before(items={one: {"definition": "0"} for one in list(behind)[:1]}))
    others = {item.code: {"definition": "0"} for item in NOW.items if item.code not in behind}
    assert others and unbroken(code, NOW, before(items=others))


def test_it_is_not_compared_where_it_was_reckoned_otherwise_or_not_at_all():
    assert not unbroken("FIN-P1", NOW, before(indicators={"FIN-P1": {"numerator": "FIN_COST_TRANS"}}))
    assert not unbroken("FIN-P1", NOW, before(indicators={"FIN-P1": {"code": "FIN-X"}}))
    assert unbroken("FIN-P1", NOW, before(indicators={"FIN-P1": {"label": "In other words"}}))
    assert not unbroken("FIN-P1", NOW, before(items={"FIN_COST_EMP": {"definition": "0"}}))
    with pytest.raises(KeyError):
        unbroken("FIN-X", NOW, NOW)


def test_what_is_behind_a_survey_or_practices_is_known():
    by_text = {text: next(i for i in NOW.indicators if i.numerator == text) for text in ("PRACTICES_MET", "SURVEY_INDEX")}
    met = set(items_behind(by_text["PRACTICES_MET"], NOW))
    assert {p.code for p in NOW.practices if p.function == by_text["PRACTICES_MET"].function} <= met
    assert any("_SURVEY_COMMISSIONER" in code for code in items_behind(by_text["SURVEY_INDEX"], NOW))


@given(st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2))
def test_the_move_is_in_percent_of_last_years_size(now, last):
    percent = moved(now, last)
    if last == 0:
        assert percent is None
        return
    assert percent is not None
    assert float(percent) == pytest.approx(float(now - last) / abs(float(last)) * 100)
    assert moved(None, last) is None
