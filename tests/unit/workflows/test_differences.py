"""What differs between two returns: nothing of itself, all of it to go from one to the other, the same from either side."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import programmes
from tests.unit.workflows.test_programme import LIBRARY
from workflows.programme import Item, Programme
from workflows.returns.differences import KINDS, Move, apply, differences, entered_differences, said_differences
from workflows.returns.explanations import Explanation, belonging
from workflows.returns.figures import Figures
from workflows.returns.values import NOTHING, Answer

PROGRAMME = programmes.read_folder(LIBRARY)
CODES = [item.code for item in PROGRAMME.items if item.typed]
amounts = st.decimals(min_value=-1000, max_value=1000, places=2)
answer = st.one_of(
    st.just(NOTHING),
    st.builds(Answer, amount=amounts, note=st.sampled_from(["", "Why."]), basis=st.sampled_from(["final", "estimate"])),
    st.builds(Answer, text=st.sampled_from(["yes", "no"]), note=st.sampled_from(["", "Why."])),
    st.builds(Answer, not_known=st.sampled_from(["Ledger.", "Merger."]), known_by=st.just(date(2010, 3, 31))),
)
returns = st.dictionaries(st.sampled_from(CODES), answer)


def plain(answers):
    return {code: one for code, one in answers.items() if one != NOTHING}


@given(returns)
def test_a_return_does_not_differ_from_itself(said):
    found = differences(Figures(PROGRAMME, said), Figures(PROGRAMME, dict(said)))
    assert (found.entered, found.computed, found.measures) == ((), (), ())
    assert not found


@given(returns, returns)
def test_the_differences_lead_from_one_to_the_other(one, other):
    found = differences(Figures(PROGRAMME, one), Figures(PROGRAMME, other))
    assert apply(one, found.entered) == plain(other)
    assert apply(other, found.turned().entered) == plain(one)


@given(returns, returns)
def test_seen_from_the_other_side_they_are_the_same_turned(one, other):
    there = differences(Figures(PROGRAMME, one), Figures(PROGRAMME, other))
    back = differences(Figures(PROGRAMME, other), Figures(PROGRAMME, one))
    assert back == there.turned()
    assert back.codes == there.codes
    assert there.turned().turned() == there


@given(returns, returns)
def test_each_difference_is_told_once_and_only_where_something_differs(one, other):
    found = differences(Figures(PROGRAMME, one), Figures(PROGRAMME, other))
    told = [change.code for change in found.entered]
    assert told == [code for code in CODES if not one.get(code, NOTHING).same_as(other.get(code, NOTHING))]
    assert all(change.kind in KINDS for change in (*found.entered, *found.computed))
    assert found.entered == entered_differences(PROGRAMME, one, other)


@given(returns, returns, returns)
def test_two_steps_lead_where_one_does(one, two, three):
    steps = [entered_differences(PROGRAMME, *pair) for pair in ((one, two), (two, three))]
    assert apply(apply(one, steps[0]), steps[1]) == apply(one, entered_differences(PROGRAMME, one, three))


NOT_KNOWN = Answer(not_known="The ledger is late.", known_by=date(2010, 3, 31))


@pytest.mark.parametrize("old, new, kind", [
    (NOTHING, Answer(amount=Decimal(1)), "answered"), (Answer(amount=Decimal(1)), NOTHING, "removed"),
    (Answer(amount=Decimal(1)), Answer(amount=Decimal(2)), "changed"), (Answer(text="yes"), Answer(text="no"), "changed"),
    (Answer(amount=Decimal(1)), NOT_KNOWN, "not_known"), (NOTHING, NOT_KNOWN, "not_known"), (NOT_KNOWN, Answer(amount=Decimal(1)), "known"),
    (NOT_KNOWN, NOTHING, "removed"), (Answer(amount=Decimal(1)), Answer(amount=Decimal(1), note="Why."), "note"),
    (Answer(amount=Decimal(1), basis="estimate"), Answer(amount=Decimal(1), basis="final"), "note"),
    (NOT_KNOWN, Answer(not_known="A merger.", known_by=date(2010, 3, 31)), "note"),
])  # fmt: skip
def test_what_happened_to_a_value_is_named(old, new, kind):
    (change,) = entered_differences(PROGRAMME, {"READERS": old}, {"READERS": new})
    assert change.kind == kind
    assert KINDS[change.kind]


def test_zero_is_not_missing():
    (change,) = entered_differences(PROGRAMME, {}, {"READERS": Answer(amount=Decimal(0))})
    assert (change.kind, change.move.absolute, change.move.percent) == ("answered", None, None)


@pytest.mark.parametrize("old, new, absolute, percent", [
    ("200", "250", "50", "25"), ("-200", "-150", "50", "25"), ("-200", "-250", "-50", "-25"), ("0", "5", "5", None),
    ("5", "0", "-5", "-100"),
])  # fmt: skip
def test_a_move_in_absolute_terms_and_in_percent_of_the_size_of_the_old(old, new, absolute, percent):
    move = Move(Decimal(old), Decimal(new))
    assert move.absolute == Decimal(absolute)
    assert move.percent == (Decimal(percent) if percent else None)


def test_computed_figures_and_indicators_that_follow_are_told_too():
    one = {"LOANS_PRINT": Answer(amount=Decimal(80)), "LOANS_AUDIO": Answer(amount=Decimal(20)), "READERS": Answer(amount=Decimal(10))}
    other = one | {"LOANS_AUDIO": Answer(amount=Decimal(40))}
    found = differences(Figures(PROGRAMME, one), Figures(PROGRAMME, other))
    assert [c.code for c in found.computed] == ["LOANS"]
    moves = {m.code: (m.move.old, m.move.new) for m in found.measures}
    assert moves == {"LEND-1": (Decimal(10), Decimal(12)), "LEND-2": (Decimal(60), Decimal(40))}
    assert found.codes == {"LOANS_AUDIO", "LOANS", "LEND-1", "LEND-2"}
    gone = differences(Figures(PROGRAMME, one), Figures(PROGRAMME, {k: v for k, v in one.items() if k != "READERS"}))
    (loans,) = gone.measures
    assert (loans.kind, loans.move.new) == ("removed", None)
    assert "Active readers" in loans.new_why


def test_a_note_alone_moves_no_value():
    said = {"READERS": Answer(amount=Decimal(10))}
    found = differences(Figures(PROGRAMME, said), Figures(PROGRAMME, {"READERS": Answer(amount=Decimal(10), note="Counted in May.")}))
    assert found
    assert found.codes == frozenset()


def redefined(code: str) -> Programme:
    """The programme with another definition of one item."""

    def other(item: Item) -> Item:
        return msgspec.structs.replace(item, definition="0") if item.code == code else item

    return msgspec.structs.replace(PROGRAMME, items=tuple(other(item) for item in PROGRAMME.items))


def test_what_was_defined_otherwise_is_never_compared():
    said = {"LOANS_PRINT": Answer(amount=Decimal(80)), "LOANS_AUDIO": Answer(amount=Decimal(20)), "READERS": Answer(amount=Decimal(10))}
    found = differences(Figures(redefined("LOANS_AUDIO"), said), Figures(PROGRAMME, said))
    assert [(c.code, c.kind, c.move.absolute) for c in found.entered] == [("LOANS_AUDIO", "redefined", None)]
    assert [(c.code, c.kind, c.move.percent) for c in found.computed] == [("LOANS", "redefined", None)]
    assert found.measures == (), "an indicator of it is not compared either"
    assert found.turned().entered[0].kind == "redefined"


def test_an_item_that_was_not_asked_before_is_answered_now():
    older = msgspec.structs.replace(PROGRAMME, items=tuple(i for i in PROGRAMME.items if i.code != "ROOM_DAYS"))
    found = differences(Figures(older, {}), Figures(PROGRAMME, {"ROOM_DAYS": Answer(amount=Decimal(300))}))
    assert [(c.code, c.kind) for c in found.entered] == [("ROOM_DAYS", "answered")]


words = st.sampled_from(["", "Two neighbours.", "Three of them."])
explanations = st.dictionaries(
    st.sampled_from(["A", "B", "C"]),
    st.builds(Explanation, text=words, rests_on=st.sampled_from(["", "FIN_COST_EMP=1000", "FIN_COST_EMP=2000"]), item=st.just(CODES[0])),
)


@given(explanations, explanations)
def test_what_is_said_differs_by_its_words_and_is_the_same_from_either_side(old, new):
    figures = Figures(PROGRAMME, {"FIN_COST_EMP": Answer(amount=Decimal(1000))})
    sides = [belonging(one, figures) for one in (old, new)]
    assert all(one.text and one.rests_on != "FIN_COST_EMP=2000" for side in sides for one in side.values())
    found = said_differences(*sides)
    texts = [{code: one.text for code, one in side.items()} for side in sides]
    made = texts[0] | {change.code: change.new for change in found}
    assert {code: text for code, text in made.items() if text} == texts[1]
    assert {(c.code, c.new, c.old) for c in said_differences(*reversed(sides))} == {(c.code, c.old, c.new) for c in found}
    for change in found:
        assert change.old != change.new
        assert (change.kind == "explained", change.kind == "unsaid") == (not change.old, not change.new)
