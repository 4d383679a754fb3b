"""A whole peer review by the keyboard alone: a reviewer accepts it, asks, resolves, notes a function and issues the draft."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
QUESTION = "Is the shared print room in this?"
FOCUS = """() => {
  const at = document.activeElement;
  const own = at.labels?.length ? [...at.labels].map((one) => one.textContent).join(' ') : at.textContent || at.value || '';
  return own.replace(/\\s+/g, ' ').trim();
}"""


class Keys:
    """Somebody without a mouse: they reach a thing with Tab, and know it by its words."""

    def __init__(self, person):
        self.person, self.page = person, person.page

    def reach(self, words):
        """Go on with Tab until the keyboard is on what has these words."""
        for _ in range(250):
            self.page.keyboard.press("Tab")
            if re.fullmatch(words, self.page.evaluate(FOCUS)):
                return self
        raise AssertionError(f"Tab does not reach {words!r} on {self.page.url}")

    def enter(self, words):
        """Reach a link or a button and press Enter on it, which leads to another page."""
        self.reach(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()
        self.person.check()
        return self

    def type(self, text):
        self.page.keyboard.type(text)
        return self

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        return self


def test_a_review_from_its_acceptance_to_its_draft(person_alone):
    person = person_alone
    reviewer = person("reviewer")
    row = reviewer.page.locator("tr", has_text="Accept the review, or decline it").first
    name = row.get_by_role("link").first.inner_text()
    keys = Keys(reviewer).enter(re.escape(name))
    keys.enter("Accept and begin the review").enter("Accept and begin the review")
    keys.enter("Peer review.*")
    found = re.search(r"/cases/[^/]+", reviewer.page.url)
    assert found
    case = found[0]
    page = reviewer.page

    keys.reach("Show").press("a", "Home")  # the first list: the last of what can be shown is every figure
    keys.press("End").enter("Show")
    keys.press("n", "n", "a").type(QUESTION).press("Shift+Tab", "ArrowDown")
    chosen = page.evaluate("document.activeElement.labels[0].textContent.trim()")
    assert chosen == "Query", "the kinds are gone through with the arrows"
    keys.reach(".*[Rr]eviewers.*").press("ArrowDown")
    assert page.evaluate("document.activeElement.labels[0].textContent.trim()") == "The body"
    keys.reach("Save the annotation").press("Enter")
    page.locator(".ys-annotation", has_text=QUESTION).wait_for()
    page.keyboard.press("Control+Home")
    page.goto(f"{case}/review")
    keys.enter("Send the questions to the body").enter("Send the questions to the body")

    preparer = person(f"preparer-{case.rpartition('-')[2].lower()}")
    preparer.open(f"{case}/review")
    preparer.page.get_by_role("link", name=re.compile("^Answer")).last.click()
    preparer.fill("Your answer", "It is.").press("Save the answer")
    preparer.press("Send the answers to the reviewer").press("Send the answers to the reviewer")

    page.goto(f"{case}/review")
    keys.press("n")
    assert "It is." in page.evaluate("document.activeElement.closest('tr').textContent"), "what waits is the first"
    with page.expect_navigation():
        keys.press("r")
    reviewer.check()
    assert "Resolved" in page.locator(".ys-annotation", has_text=QUESTION).inner_text()

    keys.enter("Write a note on Finance")
    keys.reach("Not said").press("ArrowDown").reach("Not said").press("ArrowDown").reach("Not rated").press("ArrowUp").enter("Save .*")
    reviewer.reads("Credible: yes. Explained: yes.", "4 of 4")
    keys.reach("Summary of the review.*").type("Sound, and told plainly.").enter("Save the summary")
    keys.enter("Issue the draft to the body").enter("Issue the draft to the body")
    reviewer.reads("Draft issued")
