"""A made-up return as its forms would send it, function by function."""

import random

from config import programmes
from webapp.demo.figures import answers
from webapp.returns.forms import as_typed

PROGRAMME = programmes.read("back-office-2009")


def typed_return(people=4000, seed=4):
    """The fields of each function's form, by its code: what a preparer would type."""
    said = answers(random.Random(seed), people, PROGRAMME)
    forms: dict[str, dict[str, str]] = {}
    for item in PROGRAMME.items:
        if item.code in said:
            typed = as_typed(said[item.code], 0)
            fields = {item.code: typed.value, f"note-{item.code}": typed.note, f"was-{item.code}": "0"}
            forms.setdefault(item.function, {}).update({name: value for name, value in fields.items() if value})
    return forms
