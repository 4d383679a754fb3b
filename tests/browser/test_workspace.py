"""The reviewer's workspace: by keyboard alone, on a telephone, and the overview of whoever coordinates."""

import pytest

from tests.browser.test_evening import open_review
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TEXT = "Written without a mouse."


def _focus(page):
    """The id of the row in which the keyboard is."""
    return page.evaluate("document.activeElement.closest('[data-figure]')?.id ?? ''")


def test_figures_are_gone_through_and_annotated_by_the_keyboard_alone(person):
    reviewer = person("reviewer")
    address, _ = open_review(reviewer)
    reviewer.open(f"{address}?show=all&function=hr")
    page, keys = reviewer.page, reviewer.page.keyboard
    rows = page.locator("[data-figure]").evaluate_all("rows => rows.map((row) => row.id)")
    for key, row in (("n", rows[0]), ("n", rows[1]), ("n", rows[2]), ("p", rows[1])):
        keys.press(key)
        assert _focus(page) == row
    keys.press("a")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    keys.type("Not this n or p.")
    reviewer.check()
    page.reload()
    keys.press("n")
    keys.press("n")
    keys.press("a")
    assert page.evaluate("document.activeElement.value") == "Not this n or p.", "what was typed is kept"
    keys.press("Control+A")
    keys.type(TEXT)
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    card = page.locator(".ys-annotation", has_text=TEXT)
    card.wait_for()
    assert page.url.startswith(f"{address}?show=all"), "the page was not left"
    assert "seen by the partnership" in card.inner_text()
    reviewer.check()
    reviewer.shot("13-workspace")
    keys.press("?")
    page.locator("dialog.ys-keys").wait_for()
    reviewer.check()
    keys.press("Tab")
    page.locator("#keys-off").check(force=True)
    keys.press("Escape")
    before = _focus(page)
    keys.press("n")
    assert _focus(page) == before, "the letters are switched off"
    page.reload()
    reviewer.reads(TEXT)


def test_an_empty_form_is_given_up_and_one_with_words_is_not(person):
    reviewer = person("reviewer")
    address, _ = open_review(reviewer)
    reviewer.open(f"{address}?show=all&function=hr")
    page = reviewer.page
    first, second = page.locator("[data-open]").nth(0), page.locator("[data-open]").nth(1)
    first.click()
    page.keyboard.press("Escape")
    assert page.locator("form.ys-write").count() == 0
    first.click()
    page.keyboard.type("Half a thought")
    second.click()
    assert page.locator("form.ys-write").count() == 1, "the words are not lost"
    page.get_by_role("button", name="Save the annotation").click()
    page.locator(".ys-annotation", has_text="Half a thought").wait_for()


def test_the_workspace_fits_a_phone(person):
    reviewer = person("reviewer", size=PHONE)
    address, _ = open_review(reviewer)
    for place in ("", "?show=all", "?note=finance", "?item=FIN_COST_EMP"):
        reviewer.open(address + place)
    reviewer.shot("13-workspace-phone")


def test_a_coordinator_sees_all_reviews_and_how_their_reviewers_rate(person):
    coordinator = person("coordinator")
    coordinator.open("/reviews").shot("14-reviews").press("How the reviewers rate beside one another").reads("Ratings by reviewer")
    coordinator.shot("14-calibration")
    phone = person("coordinator", size=PHONE)
    phone.open("/reviews").open("/calibration")


def test_who_reviews_looks_with_the_bodys_eyes_and_each_marks_what_they_have_seen(person):
    for size in (DESKTOP, PHONE):
        reviewer = person("reviewer", size=size)
        address, _ = open_review(reviewer)
        reviewer.open(address).press("Preview as the body, the auditor or the public").reads("You see what the body would see now")
        reviewer.press("after “Issue the draft to the body”").reads("once the review is “draft issued”")
        reviewer.press("Who sees what in which phase").reads("Annotations kept for the auditor")
    case, manager = address.removesuffix("/review"), person("manager")
    manager.open(f"{case}/return").reads("happened here so far").press("I have seen this").does_not_read("happened here so far")
