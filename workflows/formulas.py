"""Formulas of a programme: a small safe grammar, read once, computed exactly in Decimal.

    formula   = term {("+" | "-") term}          condition = formula ("<=" | "<" | ">=" | ">" | "==") formula
    term      = factor {("*" | "/") factor}
    factor    = number | NAME | "-" factor | "(" formula ")" | "abs(" formula ")" | "last(" NAME ")" | "held(" NAME ")"

Python's own parser reads the text, and only these forms are accepted; nothing is ever evaluated as code. `last` is the
value in the body's previous return, `held` a figure held from other statistics. A missing value, or a division by
zero, makes the whole formula not computable: never 0.
"""

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext
from functools import lru_cache

LIMIT = 1000
PRECISION = 28
"""Significant digits of every step, as IEEE 754 decimal128 rounded down; amounts have at most 15 digits and 4 places."""

KINDS = ("value", "last", "held")


class FormulaError(ValueError):
    """A text that is no formula; the message says what was expected."""


class NotComputable(ArithmeticError):
    """A formula without a value; the message says why, in words for the reader of a return."""


Lookup = Callable[[str, str], Decimal]
"""Gives the value of a name, by kind (`value`, `last`, `held`) and code. Raises NotComputable."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as read. `names` are the pairs of kind and code that it needs, in order of first use."""

    text: str
    names: tuple[tuple[str, str], ...]
    _body: ast.expr

    def value(self, lookup: Lookup) -> Decimal:
        """The value of the formula. Raises NotComputable, with the first reason met."""
        with localcontext() as context:
            context.prec = PRECISION
            try:
                return +_value(self._body, lookup)
            except DecimalException:
                raise NotComputable("the figures are too large or too small to compute with") from None


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of two formulas."""

    text: str
    left: Formula
    symbol: str
    right: Formula

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def holds(self, lookup: Lookup, tolerance: Decimal = Decimal(0)) -> bool:
        """Whether the comparison holds, give or take an absolute tolerance. Raises NotComputable."""
        left, right = self.left.value(lookup), self.right.value(lookup)
        if abs(left - right) <= tolerance and self.symbol in ("==", "<=", ">="):
            return True
        compared: bool = COMPARISONS[self.symbol](left, right)
        return compared


COMPARISONS = {"==": operator.eq, "<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}
_SYMBOLS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">"}
_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


@lru_cache(maxsize=4000)
def formula(text: str) -> Formula:
    """The formula of a text. Raises FormulaError."""
    body = _parsed(text)
    return _formula(text, body)


@lru_cache(maxsize=4000)
def condition(text: str) -> Condition:
    """The condition of a text. Raises FormulaError."""
    body = _parsed(text)
    if not isinstance(body, ast.Compare) or len(body.ops) != 1 or type(body.ops[0]) not in _SYMBOLS:
        raise FormulaError("expected one comparison of two formulas by <=, <, >=, > or ==")
    left, right = body.left, body.comparators[0]
    return Condition(text, _formula(text, left), _SYMBOLS[type(body.ops[0])], _formula(text, right))


def _parsed(text: str) -> ast.expr:
    if not text.strip():
        raise FormulaError("expected a formula, not nothing")
    if len(text) > LIMIT:
        raise FormulaError(f"expected at most {LIMIT} characters, not {len(text)}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"expected a formula of + - * / ( ) and names, not “{text}”") from None


def _formula(text: str, body: ast.expr) -> Formula:
    return Formula(text, tuple(dict.fromkeys(_names(body))), body)


def _names(node: ast.expr) -> Iterator[tuple[str, str]]:
    """Every name, in order; refuses whatever is not of the grammar."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            _number(node)
        case ast.Name(id=name):
            yield "value", name
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _names(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            yield from _names(left)
            yield from _names(right)
        case ast.Call(func=ast.Name(id="abs"), args=[inner], keywords=[]):
            yield from _names(inner)
        case ast.Call(func=ast.Name(id=("last" | "held") as kind), args=[ast.Name(id=name)], keywords=[]):
            yield kind, name
        case _:
            raise FormulaError(f"expected + - * / ( ), abs(), last(NAME), held(NAME), names and numbers, not “{ast.unparse(node)}”")


def _number(node: ast.Constant) -> Decimal:
    # repr gives the shortest text that reads back as the same number, so that 0.1 stays 0.1.
    number = Decimal(repr(node.value))
    if not number.is_finite():
        raise FormulaError("expected a finite number")
    return number


def _value(node: ast.expr, lookup: Lookup) -> Decimal:
    match node:
        case ast.Constant():
            return _number(node)
        case ast.Name(id=name):
            return lookup("value", name)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, lookup)
        case ast.Call(func=ast.Name(id="abs"), args=[inner]):
            return abs(_value(inner, lookup))
        case ast.Call(func=ast.Name(id=kind), args=[ast.Name(id=name)]):
            return lookup(kind, name)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            over, under = _value(left, lookup), _value(right, lookup)
            if under == 0:
                raise NotComputable(f"{ast.unparse(right)} is zero, and nothing can be divided by zero")
            return over / under
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, lookup), _value(right, lookup))
    raise AssertionError("a formula is checked when it is read")
