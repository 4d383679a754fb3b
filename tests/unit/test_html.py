"""The strict parser reads each shape of a page once: what it would find wrong makes another shape."""

import pytest

from tests.support.html import assert_strict_html, shape

PAGE = '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>{}</body></html>'
SOUND = '<table><tr><td id="a">One</td></tr></table><p><a href="/x?a=1">Two</a></p>'


def test_a_page_with_other_words_and_addresses_has_the_same_shape():
    other = SOUND.replace("One", "1,200 of\n them").replace('"a"', '"b"').replace("/x?a=1", "/y").replace("Two", "Three ’")
    assert shape(PAGE.format(SOUND)) == shape(PAGE.format(other))


@pytest.mark.parametrize(("sound", "broken"), [
    ("<table><tr>", "<table><div>x</div><tr>"),
    ("<p>", "<p>&nosuch; "),
    ("<p>", "<p>a & b &copy "),
    ("<p>", "<p>\x01"),
    ("<p>", "<p class='a' class='b'>"),
    ('href="/x?a=1"', 'href="/x?a=1" href="/y"'),
    ('href="/x?a=1"', 'href="/x&lt a"'),
    ("</a></p>", "</p></a>"),
    ("</table>", "</table></div>"),
    ("<p>", '<p id="a">'),
])  # fmt: skip
def test_what_is_wrong_is_found_after_a_page_that_was_sound(sound, broken):
    assert_strict_html(PAGE.format(SOUND))
    assert sound in SOUND
    with pytest.raises(AssertionError):
        assert_strict_html(PAGE.format(SOUND.replace(sound, broken)))
