"""The page of the checks as a person uses it: its boxes, read off the page, and filled in."""

import re
from html import unescape

from tests.conftest import REF
from tests.support.figures import PROGRAMME, typed_return
from tests.support.site import Browser

CASE = f"/cases/{REF}"
CHECKS = f"{CASE}/return/checks"


def boxes(page):
    """The fields of every box on a page, by the code of its check."""
    found: dict[str, dict[str, str]] = {}
    for code, text in re.findall(r'<textarea[^>]*name="explain-([^"]+)"[^>]*>(.*?)</textarea>', page, re.S):
        found[unescape(code)] = {f"explain-{code}": unescape(text)}
    for name, code, value in re.findall(r'<input type="hidden" name="(was|rests)-([^"]+)" value="([^"]*)"', page):
        found[unescape(code)][f"{name}-{code}"] = unescape(value)
    return found


def explain(browser, said, *, ref=REF, page="", status=303, **more):
    """Fill in boxes: `said` by code, or one text for every empty box that asks for an explanation. Gives the answer's text.

    `page` is the page as it was opened before something else happened.
    """
    place = f"/cases/{ref}/return/checks"
    found = boxes(page or browser.get(place))
    if isinstance(said, str):
        said = {code: said for code, fields in found.items() if not fields[f"explain-{code}"]}
    data = {name: value for fields in found.values() for name, value in fields.items()}
    data |= {f"explain-{code}": text for code, text in said.items()} | more
    return browser.post(place, data, status=status)


def started(app, **changes):
    """The preparer with a filled-in draft; `changes` take the place of what an ordinary return holds."""
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    enter(preparer, typed_return(), **changes)
    return preparer


def enter(preparer, forms, **changes):
    """Fill in the forms of a return, with some answers changed."""
    for part, fields in forms.items():
        codes = {item.code for item in PROGRAMME.items_of(part)}
        preparer.post(f"{CASE}/return/{part}", fields | {code: value for code, value in changes.items() if code in codes})


def change(preparer, part, **values):
    """Change answers of a part, as its form stands now."""
    page = preparer.get(f"{CASE}/return/{part}")
    was = dict(re.findall(r'name="(was-[A-Z0-9_]+)" value="(\d+)"', page))
    preparer.post(f"{CASE}/return/{part}", values | {f"was-{code}": was[f"was-{code}"] for code in values})


def sign_fewer(app, ref):
    """In a return that its body corrects, a figure comes down to a few people, is explained, and signed."""
    who = ref.partition("-")[2].lower()
    preparer, form = Browser(app, f"preparer-{who}"), f"/cases/{ref}/return/hr"
    was = preparer.get(form).partition('name="was-HR_DISABLED" value="')[2].partition('"')[0]
    preparer.post(form, {"HR_DISABLED": "2", "was-HR_DISABLED": was}, form=form)
    explain(preparer, "Counted from the ledger of people.", ref=ref)
    preparer.move("return", "submit_for_sign_off", ref=ref)
    Browser(app, f"approver-{who}").move("return", "sign_off", ref=ref)
