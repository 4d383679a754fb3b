"""A person's browser as far as forms need it: pages are fetched and parsed strictly, forms are posted with their token."""

import re
from threading import Barrier, Thread

from tests.conftest import REF
from tests.support.html import assert_strict_html
from webapp.demo.accounts import PASSWORD, email_of


def find(pattern, page):
    """The first group of a pattern, which the page must have."""
    found = re.search(pattern, page)
    assert found, f"The page has no {pattern}."
    return found.group(1)


def token(page):
    return find(r'name="csrf_token"[^>]*value="([^"]+)"', page)


def radio(page, label):
    return find(rf'value="(\d+)"[^>]*>\s*<label[^>]*>\s*{label}', page)


def at_once(*calls):
    """Run calls at the same moment, each in a thread; gives what they answered."""
    barrier, answers = Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        barrier.wait()
        answers[number] = call()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class Browser:
    """One person, signed in by the name of a demo account."""

    def __init__(self, app, name, role=None):
        self.client = app.test_client()
        page = self.client.get("/sign-in").text
        sent = self.client.post("/sign-in", data={"csrf_token": token(page), "email": email_of(name), "password": PASSWORD})
        assert sent.status_code == 303
        if role:
            page = self.client.get("/role").text
            self.client.post("/role", data={"csrf_token": token(page), "membership": radio(page, role)})

    def get(self, path, status=200):
        got = self.client.get(path)
        assert got.status_code == status, got.text
        if got.mimetype == "text/html":
            assert_strict_html(got.text)
        return got.text

    def form(self, path):
        """The hidden fields of the form on a page: what a browser sends back."""
        page = self.get(path)
        version = re.search(r'name="version" value="(\d+)"', page)
        return {"csrf_token": token(page), "version": version.group(1) if version else ""}

    def post(self, path, data, *, form=None, status=303):
        got = self.client.post(path, data=self.form(form or path) | data)
        assert got.status_code == status, got.text
        if got.mimetype == "text/html" and status != 303:
            assert_strict_html(got.text)
        return got.text

    def move(self, track, name, data=None, *, ref=REF, action="", status=303, form=None):
        path = f"/cases/{ref}/moves/{track}/{name}" + (f"?action={action}" if action else "")
        return self.post(path, data or {}, form=form or path, status=status)
