"""What mails say as text and as HTML: nothing that people typed becomes markup, and every text that is let in can be written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.html import assert_strict_html
from webapp.notices.texts import FOOT, markup, read_signed, signed, why_me, write
from webapp.notices.wording import SOMETIMES, difference, problems, tidy
from workflows.deadlines.reminders import Kind
from workflows.programme import MESSAGE_NAMES, Message
from workflows.programme.check import text_problems
from workflows.roles import Role

URL = "http://localhost"
NAMES = {name: f"<{name}> & “{name}”" for name in MESSAGE_NAMES}
VALUES = tuple(f"{{{{ {name} }}}}" for name in sorted(MESSAGE_NAMES))
TAGS = ("{% if due %}", "{% endif %}", "{% else %}", "{% if not due %}", "{% if due and not body %}", "{% elif due %}", "{% if and %}",
        "{{ body due }}", "{{ if }}", "{% due %}", "{% if not %}", "{{ }}")  # fmt: skip
WRONG = ("<b>", "{{ link }}", "{{", "%}", "{% if %}", "{{ body.x }}", "{% for x in items %}")
SPACES = ("\n\n", "\n* ", " text ", "&<")
pieces = st.sampled_from([*VALUES, *TAGS, *WRONG, *SPACES])
typed = st.text(st.sampled_from("ab<>&\"'* \n\r/:.{}%$javascript"), max_size=200)


def written(body, names=NAMES):
    return write(Message(code="m", subject="About {{ body }}", body=body), names, programme="P", foot="Why", url=URL)


@given(st.lists(pieces, min_size=1, max_size=8).map("".join))
def test_a_text_with_an_unknown_name_is_never_let_in(body):
    """Whatever names are in it: those that the check lets through are those that a message has."""
    used = set(re.findall(r"\{\{ ?(\w+)", body)) - MESSAGE_NAMES
    if used:
        assert text_problems(body), "for that name, or for a tag that is none"


@given(st.lists(st.sampled_from([*VALUES[:3], *TAGS, *SPACES]), min_size=1, max_size=6).map("".join))
def test_every_text_that_is_let_in_can_be_written(body):
    if text_problems(body) == []:
        text = written(body)
        assert_strict_html(text.html)
        assert text.body.endswith(f"{FOOT}Why\n")


@given(typed)
def test_what_people_typed_is_neither_markup_nor_a_link(reason):
    html = str(markup(f"The reason given: “{reason}”\n\n{URL}/cases/x", URL))
    assert set(re.findall(r"<(/?\w+)", html)) <= {"p", "/p", "br", "ul", "/ul", "li", "/li", "a", "/a"}
    assert re.findall(r'href="([^"]*)"', html) == [f"{URL}/cases/x"]


@pytest.mark.parametrize("body", ["{% if not %}x{% endif %}", "{% if and %}x{% endif %}", "{% else %}", "{{ if }}", "{{ body due }}",
                                  "{% due %}", "{% endif %}{% if due %}", "{% if due %}{% else %}{% else %}{% endif %}"])  # fmt: skip
def test_what_could_not_be_written_is_not_let_in(body):
    assert text_problems(body)


@pytest.mark.parametrize("text, html", [
    ("One,\n\nTwo\nThree", "<p>One,</p>\n<p>Two<br>\nThree</p>"),
    ("These:\n* a <b>\n* c", "<p>These:</p><ul>"),
    (f"See {URL}/cases/1.", f'<p>See <a href="{URL}/cases/1">{URL}/cases/1</a>.</p>'),
    (f"{URL}.evil.example/x", f"<p>{URL}.evil.example/x</p>"),
    ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
])  # fmt: skip
def test_plain_text_as_html(text, html):
    assert str(markup(text, URL)).replace("</p>\n<ul>", "</p><ul>").replace("</p><ul><li>", "</p><ul><li>").startswith(html)


@pytest.mark.parametrize("role, words", [
    (Role.PREPARER, "because you are the preparer of X for the case 1"), (Role.ACTION_OWNER, "because you are an action owner of X"),
    (Role.OFFICER, "because you are a programme officer, for the case 1 of X"),
])  # fmt: skip
def test_why_one_gets_a_mail(role, words):
    def foot(**more):
        return why_me(role, "X", "1", kind=Kind.BEFORE, url=URL, **{"optional": False, "grouped": False, **more})

    assert words in foot() and "cannot be turned off" in foot()
    assert "cannot be turned off" in foot(grouped=True) and f"{URL}/mail-settings#before" in foot(grouped=True)
    assert "statutory" not in foot(optional=True) and "turn it off" in foot(optional=True)


@given(st.integers(1, 10**9), st.sets(st.sampled_from(Kind), min_size=1), st.text(max_size=60))
def test_a_link_says_whose_mail_of_which_kinds_and_cannot_be_made_up(person, kinds, wrong):
    token = signed("s" * 32, person, kinds)
    found = read_signed("s" * 32, token)
    assert found is not None and (found[0], set(found[1])) == (person, kinds)
    assert read_signed("t" * 32, token) is None
    assert wrong == token or read_signed("s" * 32, wrong) is None


@given(st.lists(pieces, min_size=1, max_size=8).map("".join))
def test_words_of_an_officer_that_are_let_in_are_written_on_every_occasion(body):
    """Whatever the occasion leaves open: they can be written, and are not empty."""
    subject, text = tidy("About {{ body }}", body)
    if not problems(subject, text):
        for empty in (frozenset(), SOMETIMES):
            said = written(text, {name: "" if name in empty else value for name, value in NAMES.items()})
            assert said.body.partition(FOOT)[0].strip()
            assert_strict_html(said.html)


@given(st.text("ab \n"), st.text("ab \n"))
def test_a_difference_holds_both_texts(old, new):
    marked = str(difference(old, new))
    assert re.sub("<del>.*?</del>|</?ins>", "", marked, flags=re.DOTALL) == new
    assert re.sub("<ins>.*?</ins>|</?del>", "", marked, flags=re.DOTALL) == old
