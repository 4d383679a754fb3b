"""Strict HTML: what a browser would forgive, a test does not."""

import re
from collections import Counter

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
WORDS = re.compile(r"(?<=>)[\t\n ]*+[^<>&\0- ][^<>&\0-\x08\x0b-\x1f]*+(?=<)")
VALUES = re.compile(r'( (?:id|for|name|value|href|action|title|datetime|aria-[a-z]+|data-[a-z-]+)=")[^"<>&\0-\x1f]+(?=")')
_sound: set[int] = set()
"""The shapes of pages in which the parser found nothing wrong."""


def shape(text):
    """What of a page the parser judges by: whatever words there are between two tags, and whatever an address or a field holds,
    as long as there is nothing in it that markup is made of."""
    return hash(VALUES.sub(r"\1", WORDS.sub("x", text)))


def assert_strict_html(text):
    """Fail with every parse error of a page, and every id that it uses twice."""
    ids = Counter(re.findall(r'\sid="([^"]*)"', text))
    twice = [f"id used twice: {name}" for name, times in ids.items() if times > 1]
    assert not twice, "\n".join(twice)
    same = shape(text)
    if same in _sound:
        return
    parser = HTMLParser()
    parser.parse(text)
    assert not parser.errors, "\n".join(f"{position}: {code}" for position, code, _ in parser.errors)
    _sound.add(same)
