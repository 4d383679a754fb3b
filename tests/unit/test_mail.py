"""How a mail is written."""

import socketserver
from datetime import UTC, datetime
from email import message_from_bytes, policy
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from webapp.mail import Mail, Smtp, as_bytes
from workflows.deadlines.delivery import Verdict, judge

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


class SaysYes(socketserver.StreamRequestHandler):
    """Answers 250 to every command, also where it should ask for the text."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        for _ in self.rfile:
            self.wfile.write(b"250 2.0.0 fine\r\n")


def test_a_server_that_does_not_ask_for_the_text_has_not_taken_the_mail():
    with socketserver.TCPServer(("127.0.0.1", 0), SaysYes) as server:
        Thread(target=server.handle_request).start()
        transport = Smtp(f"smtp://127.0.0.1:{server.server_address[1]}", "yardstick@example.org")
        talk = transport.talk(0, Mail("a@example.org", "Due", "On Friday", "<1@example.org>", AT))
        while True:
            try:
                next(talk)
            except StopIteration as end:
                answer = end.value
                break
        transport.close()
    assert answer.code == 250 and judge(answer) is Verdict.LATER
