"""A person at a browser: Chromium on the running application. Every page that they open is checked as it is opened."""

import shutil
from pathlib import Path

from webapp.demo.accounts import PASSWORD, email_of

AXE = Path("node_modules/axe-core/axe.min.js")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run")  # fmt: skip
SHOTS = Path("var/screenshots")
DESKTOP, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}

CLEAN: set[tuple[int, str]] = set()
"""The shapes of pages, at a width, in which axe found nothing wrong: it takes seconds on a long form, and finds no more the
second time."""
SHAPE = """() => {
  const seen = new Set();
  const kept = /^(class|role|type|lang|aria-(hidden|expanded|current|live|invalid))$/;
  const walk = (node, above) => {
    const said = [...node.attributes].map((one) => kept.test(one.name) ? `${one.name}=${one.value}` : one.name).sort().join(' ');
    const text = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const own = `${node.tagName} ${said} ${text} ${node.labels?.length ?? ''}`;
    seen.add(`${above}>${own}`);
    for (const child of node.children) walk(child, own);
  };
  walk(document.documentElement, '');
  return [...seen].sort().join(' ');
}"""
"""What of a page axe judges by: each kind of element where it stands, whatever it says and however often it comes."""

FILL = """(fields) => {
  for (const [name, value] of Object.entries(fields)) {
    const field = document.getElementsByName(name)[0];
    if (!field) throw new Error(`There is no field ${name}.`);
    if (field.type === 'hidden') continue;
    if (field.type === 'radio') {
      document.querySelector(`[name="${name}"][value="${value}"]`).click();
    } else {
      field.value = value;
      field.dispatchEvent(new Event('input', {bubbles: true}));
      field.dispatchEvent(new Event('change', {bubbles: true}));
    }
  }
}"""
"""Fills in fields by their names at once, as a browser's own memory of forms does. That they can be typed into, others test."""


def launch(playwright):
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing: apt-get install chromium"
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


class Person:
    """One person with a browser of their own, signed in where a name of the demo's accounts is given."""

    def __init__(self, chromium, base, name="", *, size=DESKTOP, javascript=True):
        # axe is put into the page by the test, which the page's own content security policy would rightly refuse.
        self.context = chromium.new_context(viewport=size, bypass_csp=javascript, java_script_enabled=javascript, base_url=base)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.size, self.javascript = size, javascript
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        if name:
            self.open("/sign-in")
            self.fill("E-mail address", email_of(name))
            self.page.fill("#password", PASSWORD)
            self.page.click("#submit")
            self.page.wait_for_url("**/today")
            self.check()

    def _heard(self, message):
        # A page that is refused or to be corrected has its own status, which Chromium calls an error.
        if message.type == "error" and message.location.get("url") != self.page.url:
            self.complaints.append(message.text)

    def open(self, path):
        """Go to a page, as by its address, and check it."""
        answer = self.page.goto(path)
        assert answer.ok, f"{path}: {answer.status}"
        self.check()
        return self

    def press(self, text, *, within="main"):
        """Press the button or the link of that name, and check the page that comes."""
        region = self.page.locator(within).first
        target = region.get_by_role("button", name=text, exact=True).or_(region.get_by_role("link", name=text, exact=True))
        pressed = target.first
        href, kind = pressed.get_attribute("href"), pressed.get_attribute("type")
        if href.startswith("#") if href else kind == "button":
            pressed.click()
        else:  # a form may save what was typed first and leave the page a moment later
            with self.page.expect_navigation():
                pressed.click()
        self.page.wait_for_load_state()
        self.check()
        return self

    def fill(self, label, text):
        self.page.get_by_label(label, exact=True).first.fill(text)
        return self

    def enter(self, fields):
        """Fill in the open form of a part of the return, given its fields by name, and go back to the return."""
        self.page.evaluate(FILL, fields)
        self.page.get_by_role("button", name="Save and go to the return").click()
        self.page.wait_for_url("**/return")
        self.check()
        return self.reads("Saved:")

    def annotating(self, figure):
        """Open the form for an annotation on a figure: in its row, or on the page anew."""
        self.page.get_by_role("link", name=f"Annotate {figure}", exact=True).first.click()
        self.page.locator("form.ys-write textarea[name=text]").wait_for()
        self.check()
        return self

    def annotate(self, text):
        """Save the open annotation, and wait until it stands in its row."""
        self.page.get_by_role("button", name="Save the annotation").click()
        self.page.locator(".ys-annotation", has_text=text).last.wait_for()
        self.check()
        return self

    def choose(self, label):
        self.page.get_by_label(label, exact=True).first.check(force=True)
        return self

    def select(self, label, text):
        self.page.get_by_label(label, exact=True).first.select_option(label=text)
        return self

    def explain(self, case):
        """Explain whatever the checks ask about a return: what stands out among others depends on who else has signed by now."""
        self.open(f"{case}/return/checks")
        boxes = self.page.locator(".ys-check--explain textarea, .ys-check--confirm textarea")
        for at in range(boxes.count()):
            boxes.nth(at).fill("The demo says so.")
        return self.press("Save what is explained") if boxes.count() else self

    def reads(self, *texts):
        """Fail unless the page shows these texts."""
        shown = " ".join(self.page.locator("main").inner_text().split())
        for text in texts:
            assert text in shown, f"{self.page.url} does not say {text!r}:\n{shown}"
        return self

    def does_not_read(self, *texts):
        shown = " ".join(self.page.locator("main").inner_text().split())
        for text in texts:
            assert text not in shown, f"{self.page.url} says {text!r}"
        return self

    def shot(self, name):
        """A picture of the whole page, for people to look at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        return self

    def check(self):
        """No complaint of the browser, nothing wider than the screen, and nothing that axe objects to."""
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        if not self.javascript:
            return
        page = self.page
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} is wider than the screen"
        shape = (page.viewport_size["width"], page.evaluate(SHAPE))
        if shape in CLEAN:
            return
        if not page.evaluate("typeof window.axe !== 'undefined'"):
            page.evaluate(AXE.read_text())
        # Only what is wrong is asked for: to describe all that is right takes most of the time on a long form.
        found = page.evaluate("axe.run({resultTypes: ['violations'], selectors: false}).then((found) => found.violations)")
        problems = [f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:200]}" for v in found]
        assert not problems, f"{page.url}\n" + "\n".join(problems)
        CLEAN.add(shape)
