"""Strict HTML: what a browser would forgive, a test does not."""

import re

from tinyhtml5.parser import HTMLParser


def assert_strict_html(text):
    """Fail with every parse error of a page, and every id that it uses twice."""
    parser = HTMLParser()
    parser.parse(text)
    problems = [f"{position}: {code}" for position, code, _ in parser.errors]
    ids = re.findall(r'\sid="([^"]*)"', text)
    problems += [f"id used twice: {name}" for name in sorted({n for n in ids if ids.count(n) > 1})]
    assert not problems, "\n".join(problems)
