"""Strict HTML: what a browser would forgive, a test does not."""

import re

from tinyhtml5 import inputstream
from tinyhtml5.parser import HTMLParser


class _Patterns(dict[tuple[frozenset[str], bool], re.Pattern[str]]):
    """The parser's patterns, kept: tinyhtml5 2.1 files each under a wrong key, and builds it anew for every run of characters,
    which took half of its time."""

    def __missing__(self, key):
        characters, opposite = key
        pattern = "".join(f"\\x{ord(character):02x}" for character in characters)
        self[key] = re.compile(f"[{'' if opposite else '^'}{pattern}]+")
        return self[key]


inputstream.characters_until_regex = _Patterns()
ONCE = re.compile(r'name="(?:csrf_token|once)"[^>]*value="[^"]*"')
"""What differs between two pages that are otherwise the same."""
_sound: set[int] = set()


def assert_strict_html(text):
    """Fail with every parse error of a page, and every id that it uses twice."""
    same = hash(ONCE.sub("", text))
    if same in _sound:
        return
    parser = HTMLParser()
    parser.parse(text)
    problems = [f"{position}: {code}" for position, code, _ in parser.errors]
    ids = re.findall(r'\sid="([^"]*)"', text)
    problems += [f"id used twice: {name}" for name in sorted({n for n in ids if ids.count(n) > 1})]
    assert not problems, "\n".join(problems)
    _sound.add(same)
