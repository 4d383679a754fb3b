"""What the form's script reckons in the browser is what the server reckons: the same formulas, the same numbers."""

import json
import math
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from config import programmes
from webapp.demo.figures import answers
from webapp.returns.entry import computed_words
from workflows.formulas import NotComputable, formula
from workflows.programme import Item
from workflows.returns.figures import Figures
from workflows.returns.values import BadAnswer, read_amount

NODE = Path(sys.executable).with_name("node")
ASSETS = Path("webapp/assets").resolve()


def run(script, given):
    """What a script prints as JSON that is given data as `given`."""
    text = f"import {{ compile }} from '{ASSETS}/formula.js'\nimport {{ read, grouped, shown }} from '{ASSETS}/numbers.js'\n"
    text += f"const given = {json.dumps(given)}\nconsole.log(JSON.stringify({script}))"
    done = subprocess.run([NODE, "--input-type=module"], input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _random_formula(rng, depth=0):
    kind = rng.random()
    if depth > 4 or kind < 0.3:
        return rng.choice(["A", "B", "C", "GONE", str(rng.randint(0, 9)), "2.5"])
    if kind < 0.4:
        return f"({_random_formula(rng, depth + 1)})"
    if kind < 0.45:
        return f"-{_random_formula(rng, depth + 1)}"
    if kind < 0.5:
        return f"abs({_random_formula(rng, depth + 1)})"
    return f"{_random_formula(rng, depth + 1)} {rng.choice('+-*/')} {_random_formula(rng, depth + 1)}"


def test_formulas_give_the_same_in_the_browser_as_here():
    rng = random.Random(7)
    texts = [_random_formula(rng) for _ in range(400)]
    values = {"A": 12.5, "B": -3, "C": 0}
    theirs = run("given.texts.map((text) => compile(text).value((name) => given.values[name] ?? null))", {"texts": texts, "values": values})

    def lookup(_kind, name):
        if name not in values:
            raise NotComputable("missing")
        return Decimal(str(values[name]))

    computed = 0
    for text, their in zip(texts, theirs, strict=True):
        try:
            ours = float(formula(text).value(lookup))
        except NotComputable:
            assert their is None, text
            continue
        computed += 1
        assert their is not None, text
        assert math.isclose(ours, their, rel_tol=1e-9, abs_tol=1e-9), text
    assert computed > 50


@pytest.mark.parametrize("code", programmes.codes())
def test_every_computed_item_of_a_whole_return_reads_the_same(code):
    programme = programmes.read(code)
    said = answers(random.Random(3), 4000, programme)
    figures = Figures(programme, said)
    items = [item for item in programme.items if item.formula]
    given = {
        "amounts": {c: str(a.amount) for c, a in said.items() if a.amount is not None},
        "formulas": {item.code: item.formula for item in items},
        "units": {item.code: item.unit for item in items},
    }
    script = """(() => {
      const value = (name) => given.formulas[name] ? compile(given.formulas[name]).value(value)
        : name in given.amounts ? read(given.amounts[name]) : null
      return Object.fromEntries(Object.keys(given.formulas).map((name) => {
        const found = value(name)
        return [name, found === null ? '' : shown(found, given.units[name])]
      }))
    })()"""
    assert run(script, given) == {item.code: computed_words(figures, item) for item in items}


@pytest.mark.parametrize("text", ["1 +", "A B", "(A", "A)", "last(A)", "__import__('os')", "", "A ** 2", "A & B", "abs()"])
def test_what_is_no_formula_is_refused(text):
    assert run(f"(() => {{ try {{ compile({json.dumps(text)}); return 'read' }} catch (e) {{ return e.name }} }})()", {}) == "SyntaxError"


TYPED = ["", " ", "0", "12", "1,250.50", "£1,250", "(300)", "-5", "\u22125", "1e5", "nan", "12,34,5", "12,5", "1,250,000",
         "(1,250)", "£ 12,5", "1,2500", "12 5", "5%", ".5", "5.", "--5", "1 000", "x", "(5", "+7"]  # fmt: skip


@pytest.mark.parametrize("unit", ["GBP", "percent", "count"])
def test_amounts_are_understood_alike(unit):
    item = Item(code="A", function="f", label="A", unit=unit)
    theirs = run("given.map((text) => { const n = read(text, '" + unit + "'); return Number.isNaN(n) ? 'bad' : n })", TYPED)

    def ours(text):
        try:
            found = read_amount(text, item)
        except BadAnswer:
            return "bad"
        return None if found is None else float(found)

    assert theirs == [ours(text) for text in TYPED]


def test_digits_are_grouped_and_nothing_else_is_touched():
    pairs = {"1234567": "1,234,567", "1234.5": "1,234.5", "1,234567": "1,234567", "12,5": "12,5", "1,234": "1,234",
             "-1234": "-1,234", "007": "7", "0.50": "0.50", "12": "12", "": "", "lots": "lots", "1e5": "1e5", "(300)": "(300)",
             "£5000": "£5000"}  # fmt: skip
    assert run("given.map(grouped)", list(pairs)) == list(pairs.values())
