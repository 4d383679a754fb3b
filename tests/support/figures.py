"""A made-up return as its forms would send it, function by function."""

from config import programmes
from webapp.demo.figures import HOME_PEOPLE, ordinary
from webapp.returns.forms import as_typed

PROGRAMME = programmes.read("back-office-2009")


def typed_return():
    """The fields of each function's form, by its code: what a preparer would type into a return that no check asks about."""
    said = ordinary(HOME_PEOPLE, PROGRAMME)
    forms: dict[str, dict[str, str]] = {}
    for item in PROGRAMME.items:
        if item.code in said:
            typed = as_typed(said[item.code], 0)
            fields = {item.code: typed.value, f"note-{item.code}": typed.note, f"was-{item.code}": "0"}
            forms.setdefault(item.function, {}).update({name: value for name, value in fields.items() if value})
    return forms
