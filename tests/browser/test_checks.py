"""The checks of a return in Chromium: break, see, follow the link, mend, explain, and see nothing left."""

import re

import pytest

from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def taken_back(person):
    """A return that is filled in, with its preparer again, and the account of that preparer."""
    officer = person("officer").open("/cases?stage=return&turn=approver")
    row = officer.page.locator("tr", has_text="Awaiting sign-off").first
    ref = re.search(r"2009-(E\d+)", row.inner_html())
    assert ref

    def take(**options):
        preparer = person(f"preparer-{ref.group(1).lower()}", **options)
        case = f"/cases/{ref.group()}"
        preparer.open(case).press("Take back to change it").press("Take back to change it")
        return preparer, case

    return take


def _change(one, field, text):
    """Type over an answer on the form that is open, and save it."""
    one.page.locator(f"[name='{field}']").first.fill(text)
    one.press("Save and go to the return")


@pytest.mark.parametrize(
    "number, options",
    [(1, {"size": DESKTOP}), (2, {"size": PHONE}), (3, {"javascript": False})],
    ids=["with-javascript", "on-a-phone", "without-javascript"],
)
def test_break_see_follow_mend_explain_and_see_nothing_left(taken_back, number, options):
    preparer, case = taken_back(**options)
    shot = f"{number}-{'phone' if options.get('size') == PHONE else 'desktop'}"
    control = preparer.open(f"{case}/return/finance").page.locator("[name='FIN_COST_CONTROL']").input_value()
    _change(preparer, "FIN_COST_CONTROL", str(int(control.replace(",", "")) + 90_000))
    preparer.open(f"{case}/return/hr")
    _change(preparer, "HR_FTE", str(5000 + number))
    preparer.reads("Still to do before the sign-off:", "must be mended")

    preparer.press("See all of it on one page, and explain what is unusual")
    preparer.reads("What still stands between this return and its sign-off", "do not add up to the gross finance cost",
                   "The employee cost of HR is under £12,000").shot(f"20-checks-{shot}")  # fmt: skip
    preparer.page.locator("[id='HR-PAY-LOW']").get_by_role("link", name="What is this?").click()
    preparer.page.wait_for_load_state()
    preparer.check()
    assert preparer.page.url.endswith("/guidance/2009/hr#HR-PAY-LOW")
    preparer.reads("It holds when").page.go_back()

    preparer.page.locator("[id='FIN-PARTS']").get_by_role("link", name="Go to").click()
    preparer.page.wait_for_load_state()
    assert re.search(r"/return/finance#FIN_COST_\w+$", preparer.page.url)
    _change(preparer, "FIN_COST_CONTROL", control)
    preparer.does_not_read("must be mended").open(f"{case}/return/checks").does_not_read("do not add up")

    boxes = preparer.page.locator(".ys-check--explain textarea, .ys-check--confirm textarea")
    wanted = boxes.count()
    assert wanted > 1
    for n in range(1, wanted):
        boxes.nth(n).fill(f"Case {number}: the shared service counts its people here.")
    preparer.press("Save what is explained").reads("1 explanation").shot(f"21-explaining-{shot}")
    preparer.page.locator(".ys-check--explain textarea, .ys-check--confirm textarea").first.fill(
        f"Case {number}: as agreed with internal audit."
    )
    preparer.press("Save what is explained").reads("Nothing. It can be submitted for sign-off.").shot(f"22-explained-{shot}")
    preparer.press("Submit for sign-off").press("Submit for sign-off").reads("Awaiting sign-off")


def test_the_catalogue_and_what_others_see_fit_a_phone_and_have_no_barrier(person, taken_back):
    _, case = taken_back()
    for size in (DESKTOP, PHONE):
        anybody = person(size=size)
        anybody.open("/guidance/2009").shot(f"23-guidance-{size['width']}")
        anybody.open("/guidance/2009/finance").shot(f"24-guidance-finance-{size['width']}")
    preparer = person(f"preparer-{case.rpartition('-')[2].lower()}")
    preparer.open(f"{case}/return/checks").press("Submit for sign-off").press("Submit for sign-off")
    approver = person(f"approver-{case.rpartition('-')[2].lower()}")
    approver.open(f"{case}/return/checks").shot("25-checks-approver")
    approver.open(f"{case}/moves/return/sign_off").shot("26-sign-off")
    officer = person("officer").open("/cases?stage=review")
    officer.page.locator("tbody tr").first.get_by_role("link").first.click()
    officer.page.wait_for_load_state()
    ref = re.search(r"/cases/(2009-E\d+)", officer.page.url)
    assert ref
    officer.open(f"/cases/{ref.group(1)}/return/checks").shot("27-checks-signed-off")
    officer.open(f"/cases/{ref.group(1)}/return/organisation").shot("28-said-beside")
