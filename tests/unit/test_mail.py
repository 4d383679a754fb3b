"""How a mail is written."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

from hypothesis import given
from hypothesis import strategies as st

from webapp.mail import Mail, as_bytes

AT = datetime(2010, 2, 1, 10, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")) | st.just("\n"), max_size=300)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=300)


def _read(mail):
    return message_from_bytes(as_bytes(mail, "yardstick@example.org"), policy=policy.default)


def _text(part):
    return part.get_content().replace("\r\n", "\n")


@given(TEXTS, LINES)
def test_what_is_written_is_read_again_and_no_line_is_too_long(body, subject):
    mail = Mail("a@example.org", subject, body, "<1@example.org>", AT)
    written = as_bytes(mail, "yardstick@example.org")
    read = _read(mail)
    assert all(len(line) <= 998 for line in written.split(b"\r\n")) and written.isascii()
    assert _text(read).rstrip("\n") == body.rstrip("\n")
    assert "".join(read["Subject"].split()) == "".join(subject.split())


def test_html_stands_beside_the_plain_text_and_headers_are_sent():
    more = {"Auto-Submitted": "auto-generated", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click\nBcc: x@example.org"}
    mail = Mail("a@example.org", "Due on Friday – now", "From now on.\n.\n", "<1@example.org>", AT, "<p>From £5</p>", more)
    read = _read(mail)
    assert read.get_content_type() == "multipart/alternative"
    assert _text(read.get_body(("plain",))) == "From now on.\n.\n"
    assert read.get_body(("html",)).get_content().strip() == "<p>From £5</p>"
    assert read["Date"] == "Mon, 01 Feb 2010 10:00:00 +0000"
    assert read["Auto-Submitted"] == "auto-generated" and read["Bcc"] is None
