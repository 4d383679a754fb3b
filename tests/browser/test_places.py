"""Annotations on a passage and on an area of a picture, clicked through in Chromium: with and without JavaScript, on a desk and on
a phone."""

import pytest

from tests.browser.test_evening import open_review
from tests.support import files
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WHO = "Who ran it"
SELECT = """([row, words]) => {
  const text = document.querySelector(`#${row} [data-words]`);
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  throw new Error(`${words} is not in ${row}`);
}"""
"""Selects words of the body in a row, as a pointer would."""


def _texts(reviewer, address):
    """The rows of the review in which the body says something in a text."""
    reviewer.open(f"{address}?show=all")
    return reviewer.page.locator("tr[data-figure]:has(td.ys-value [data-words])").evaluate_all("rows => rows.map((row) => row.id)")


@pytest.mark.parametrize("how", ["click", "key"])
def test_a_selected_passage_is_quoted_and_marked(person, how):
    reviewer = person("reviewer")
    address, _ = open_review(reviewer)
    row = _texts(reviewer, address)[0 if how == "click" else 1]
    page = reviewer.page
    page.evaluate(SELECT, [row, "performance team"])
    if how == "click":
        page.locator(f"#{row} [data-open]").click()
    else:
        page.keyboard.press("a")
    passage = page.locator("form.ys-write [name=passage]")
    passage.wait_for()
    assert passage.input_value() == "performance team"
    assert page.evaluate("document.activeElement.name") == "text"
    reviewer.check()
    reviewer.shot(f"15-passage-{how}")
    text = f"Whose team is that? ({how})"
    page.keyboard.type(text)
    reviewer.annotate(text)
    assert "“performance team”" in page.locator(".ys-annotation", has_text=text).inner_text()
    marked = f"#{row} mark"
    assert page.locator(marked).inner_text() == "performance team", "at once"
    reviewer.open(f"{address}?show=all")
    assert page.locator(marked).inner_text() == "performance team", "and when the page is drawn anew"


def test_a_form_asks_for_a_passage_only_where_there_are_words(person):
    reviewer = person("reviewer")
    address, _ = open_review(reviewer)
    reviewer.open(f"{address}?show=all&function=finance")
    page = reviewer.page
    page.locator("#FIN_COST_EMP [data-open]").click()
    assert page.locator("form.ys-write [name=passage]").count() == 0
    page.keyboard.press("Escape")
    row = _texts(reviewer, address)[0]
    page.locator(f"#{row} [data-open]").click()
    assert page.locator("form.ys-write [name=passage]").input_value() == "", "nothing is selected"
    page.locator("form.ys-write [name=passage]").fill("not said at all")
    page.locator("form.ys-write [name=text]").fill("Kept as typed.")
    page.get_by_role("button", name="Save the annotation").click()
    page.get_by_text("The body does not say these words here.").wait_for()
    assert page.evaluate("document.activeElement.name") == "passage"
    reviewer.complaints.clear()  # that the server refused it, Chromium calls an error
    reviewer.check()
    assert page.locator("form.ys-write [name=text]").input_value() == "Kept as typed."


def test_without_javascript_the_passage_is_typed(person):
    reviewer = person("reviewer", javascript=False)
    address, _ = open_review(reviewer)
    row = _texts(reviewer, address)[2]
    reviewer.open(f"{address}?item={row}")
    reviewer.fill("Passage, in the body’s words (leave empty for the whole answer)", "the performance team")
    reviewer.fill("Annotation", "Typed by hand.").press("Save the annotation").reads("“the performance team”")
    assert reviewer.page.locator(f"#{row} mark").first.inner_text() == "the performance team"


@pytest.fixture(scope="module")
def pictured(chromium, base):
    """A review whose body has sent a picture in answer to a question: its address, and that of the picture's page."""
    from tests.support.browser import Person

    reviewer = Person(chromium, base, "reviewer")
    address, account = open_review(reviewer)
    reviewer.open(f"{address}?item=FIN_COST_EMP").choose("Query").choose("The body").fill("Annotation", "Show the ledger.")
    reviewer.press("Save the annotation").open(address).press("Send the questions to the body").press("Send the questions to the body")
    preparer = Person(chromium, base, account)
    preparer.open(f"{address.removesuffix('/review')}/return/finance/FIN_COST_EMP")
    made = [{"name": "ledger.png", "mimeType": "image/png", "buffer": files.png(600, 400)}]
    preparer.page.get_by_label("Files", exact=True).first.set_input_files(made)
    preparer.press("Add evidence")
    place = preparer.page.get_by_role("link", name="ledger.png").first.get_attribute("href")
    for one in (reviewer, preparer):
        one.context.close()
    return address, place


def test_an_area_is_drawn_on_a_picture_and_shown_over_it(person, pictured):
    _, place = pictured
    reviewer = person("reviewer").open(place)
    page = reviewer.page
    reviewer.press("Draw the area on the picture")
    box = page.locator(".ys-picture svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    typed = [float(page.locator(f"#{name}").input_value()) for name in ("left", "top", "width", "height")]
    assert all(abs(one - other) < 1 for one, other in zip(typed, (20, 25, 40, 25), strict=True)), typed
    assert page.locator("[data-draw]").get_attribute("aria-pressed") == "false"
    reviewer.shot("15-area-drawing")
    reviewer.fill("Annotation", "This column.").press("Save the annotation").reads("This column.")
    assert page.locator(".ys-picture a rect").count() == 1
    reviewer.shot("15-area")
    page.get_by_role("link", name="Open it in the review").click()
    page.wait_for_url("**/review?show=remarks*")
    reviewer.check()
    reviewer.reads("an area of 40% by")
    reviewer.shot("15-area-in-review")


def test_without_javascript_an_area_is_typed(person, pictured):
    _, place = pictured
    reviewer = person("reviewer", javascript=False).open(place)
    assert not reviewer.page.locator("[data-draw]").is_visible()
    for name, value in (("Left", "10"), ("Top", "10"), ("Width", "95"), ("Height", "10")):
        reviewer.fill(name, value)
    reviewer.fill("Annotation", "By hand.").press("Save the annotation").reads("left and width come to 105%")
    reviewer.fill("Width", "20").press("Save the annotation").reads("By hand.")


def test_a_picture_with_areas_fits_a_phone(person, pictured):
    _, place = pictured
    reviewer = person("reviewer", size=PHONE).open(place)
    reviewer.shot("15-area-phone")
