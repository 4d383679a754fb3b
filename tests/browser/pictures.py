"""The pictures of the README, taken from a running demo: `make pictures`, with the application served on $PORT."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.browser import Person, launch

FOLDER = Path("docs/images")
SIZE = {"width": 1200, "height": 800}


def _keep(page: Page, name: str) -> None:
    """Keep what the window shows, in a palette of 128 colours: a third of the size, and no eye sees it."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    picture.save(FOLDER / f"{name}.png", optimize=True)


def _waiting(person: Person, todo: str) -> str:
    """The address of the first thing of that kind that waits for somebody."""
    return str(person.page.locator("tr", has_text=todo).first.get_by_role("link").first.get_attribute("href"))


def _case_of(address: str) -> str:
    """The address of the case of a page: its first two parts."""
    return "/".join(address.split("/")[:3])


def main() -> None:
    """Today's work of a reviewer, a case whose plan is carried out, and a review with a query on it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        reviewer, inspector = (Person(chromium, base, name, size=SIZE) for name in ("reviewer", "inspector"))
        _keep(reviewer.page, "today")
        review, case = _waiting(reviewer, "Resolve a query that the body answered"), _waiting(inspector, "Verify that the action is done")
        reviewer.open(f"{_case_of(review)}/review").page.locator(".govuk-caption-m").evaluate("head => head.scrollIntoView()")
        _keep(reviewer.page, "review")
        _keep(inspector.open(_case_of(case)).page, "case")
        chromium.close()


if __name__ == "__main__":
    main()
