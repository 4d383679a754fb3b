"""An evening of a peer reviewer: a query is asked, answered and resolved, with and without JavaScript, and nobody loses their place."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ANSWER = "They are: the number is net of them."


def _in_view(page, text):
    """Whether an annotation with that text can be seen without scrolling, at the latest in five seconds: a browser goes to
    the place in an address only when it has drawn the page."""
    for _ in range(50):
        box = page.locator(".ys-annotation", has_text=text).last.bounding_box()
        if box is not None and box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]:
            return True
        page.wait_for_timeout(100)
    return False


def open_review(reviewer):
    """Open the first review that waits to be written; gives its address and the account of the body's preparer."""
    row = reviewer.page.locator("tr", has_text="Write the review and issue the draft").first
    row.get_by_role("link").first.click()
    reviewer.page.wait_for_load_state()
    address = reviewer.page.url.partition("#")[0]
    code = re.search(r"2009-(E\d+)", address)
    assert code
    return address, f"preparer-{code.group(1).lower()}"


@pytest.mark.parametrize("javascript, item", [(True, "Payslips issued"), (False, "Payroll errors")], ids=["with-javascript", "without"])
def test_a_query_is_asked_answered_and_resolved_in_its_place(person, javascript, item):
    query = f"Are corrections taken off {item.lower()}?"
    reviewer = person("reviewer", javascript=javascript)
    address, account = open_review(reviewer)
    reviewer.check()
    reviewer.open(f"{address}?show=all").annotating(item)
    reviewer.choose("Query").fill("Annotation", query).choose("The body").annotate(query)
    assert _in_view(reviewer.page, query)
    reviewer.open(address).press("Send the questions to the body").reads(query).press("Send the questions to the body")

    preparer = person(account, javascript=javascript).reads("Answer the reviewer’s questions")
    preparer.open(address).press(f"Answer the question on {item}")
    preparer.fill("Your answer", ANSWER).press("Save the answer").reads(ANSWER)
    for other in preparer.page.get_by_role("link", name=re.compile("^Answer the question on")).all_inner_texts():
        preparer.press(other).fill("Your answer", ANSWER).press("Save the answer")
    preparer.press("Send the answers to the reviewer").reads(ANSWER).press("Send the answers to the reviewer")

    reviewer.open("/today").reads("that the body answered").open(address)
    reviewer.page.locator(".ys-annotation", has_text=query).get_by_role("button", name="Resolve").click()
    reviewer.page.wait_for_load_state()
    reviewer.check()
    assert _in_view(reviewer.page, query)
    assert "Resolved" in reviewer.page.locator(".ys-annotation", has_text=query).inner_text()
    reviewer.shot(f"12-evening-{'with' if javascript else 'without'}-javascript")
