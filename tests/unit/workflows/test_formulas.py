"""Formulas: what is accepted, what they give, and that missing is never zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.formulas import LIMIT, FormulaError, NotComputable, condition, formula

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
NAMES = ("A", "B", "C")


def lookup(**values):
    def find(kind, name):
        if kind == "value" and name in values:
            return values[name]
        raise NotComputable(f"{name} is missing")

    return find


def trees(depth=3):
    """Formulas with the value that an independent reckoning gives, None where a divisor is zero."""
    leaf = st.sampled_from(NAMES).map(lambda n: (n, lambda v, n=n: v[n]))
    number = st.integers(0, 999).map(lambda n: (str(n), lambda v, n=n: Decimal(n)))
    return st.recursive(leaf | number, _grown, max_leaves=8)


def _grown(inner):
    def pair(parts):
        (left, f), sign, (right, g) = parts
        sums = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
        return f"({left}) {sign} ({right})", lambda v: sums[sign](f(v), g(v))

    binary = st.tuples(inner, st.sampled_from("+-*"), inner).map(pair)
    absolute = inner.map(lambda t: (f"abs({t[0]})", lambda v: abs(t[1](v))))
    negative = inner.map(lambda t: (f"-({t[0]})", lambda v: -t[1](v)))
    return binary | absolute | negative


@given(trees(), st.fixed_dictionaries({n: st.integers(-1000, 1000).map(Decimal) for n in NAMES}))
def test_a_formula_gives_what_reckoning_by_hand_gives(tree, values):
    text, by_hand = tree
    expected = by_hand(values)
    if abs(expected) < Decimal(10) ** 25:
        assert formula(text).value(lookup(**values)) == expected


@given(amounts, amounts.filter(bool))
def test_a_division(over, under):
    found = formula("A / B * 100").value(lookup(A=over, B=under))
    assert abs(found * under - over * 100) <= abs(over) * Decimal("1e-20") + Decimal("1e-20")


@given(st.sampled_from(NAMES), amounts)
def test_a_missing_figure_is_never_zero(gone, amount):
    values = {name: amount for name in NAMES if name != gone}
    with pytest.raises(NotComputable, match=f"{gone} is missing"):
        formula("A + B + C").value(lookup(**values))


def test_nothing_is_divided_by_zero():
    with pytest.raises(NotComputable, match="B is zero"):
        formula("A / B").value(lookup(A=Decimal(1), B=Decimal(0)))
    with pytest.raises(NotComputable):
        formula("A / (B - B)").value(lookup(A=Decimal(0), B=Decimal(3)))


def test_numbers_are_exact():
    assert formula("0.1 + 0.2").value(lookup()) == Decimal("0.3")


def test_the_names_are_told_by_kind_in_order():
    assert formula("B + A - last(A) + held(RO_X) + B").names == (("value", "B"), ("value", "A"), ("last", "A"), ("held", "RO_X"))


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "A +", "A ** 2", "A // 2", "A % 2", "__import__('os')", "A.b", "A[0]", "'text'", "True", "A if B else C", "lambda: 1",
        "abs(A, B)", "abs()", "abs(x=A)", "last(A + B)", "last(1)", "max(A, B)", "A < B", "[A]", "A; B", "1e999", "1j", "x" * (LIMIT + 1),
        "(" * 500 + "A" + ")" * 500, "A\n= 3", "f'{A}'", "A @ B", "+A", "~A", "not A", "A and B", "…",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError):
        formula(text)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    try:
        read = formula(text)
    except FormulaError:
        return
    assert all(kind in ("value", "last", "held") for kind, _ in read.names)


@pytest.mark.parametrize("text", ["A", "A = B", "A != B", "A < B < C", "A and B", "A in B", "A is B", "not A < B", "A < 'b'"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(FormulaError):
        condition(text)


@given(amounts, amounts, st.sampled_from(["<=", "<", ">=", ">", "=="]))
def test_a_condition_compares(a, b, symbol):
    expected = {"<=": a <= b, "<": a < b, ">=": a >= b, ">": a > b, "==": a == b}[symbol]
    assert condition(f"A {symbol} B").holds(lookup(A=a, B=b)) is expected


@given(amounts, st.decimals(0, 100, places=2))
def test_a_tolerance_is_absolute_and_counts_both_ways(a, by):
    for b in (a + by, a - by):
        for symbol in ("==", "<=", ">="):
            assert condition(f"A {symbol} B").holds(lookup(A=a, B=b), by)
    assert not condition("A == B").holds(lookup(A=a, B=a + by + Decimal("0.01")), by)


def test_a_condition_with_a_missing_figure_cannot_be_told():
    with pytest.raises(NotComputable):
        condition("A <= B").holds(lookup(A=Decimal(1)))
