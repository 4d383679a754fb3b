"""What a returned mail says, and that nothing which is none does harm."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bounces import POSTFIX, report
from workflows.deadlines.bounces import Fate, UnreadableReport, read

ID, TO = "<notice-1234@yardstick.example.org>", "Alice@Example.org"
WHOLE = report(ID, TO)


@pytest.mark.parametrize("style", ["postfix", "exchange"])
def test_a_report_says_which_mail_to_whom_and_what_became_of_it(style):
    found = read(report(ID, TO, style=style))
    assert (found.message_id, found.written_at) == (ID, datetime(2010, 2, 1, 10, tzinfo=UTC))
    (fate,) = found.fates
    said = "550 5.1.1 <Alice@Example.org>: Recipient address rejected: User unknown"
    assert fate == Fate("alice@example.org", "alice@example.org", "failed", "5.1.1", said)
    assert fate.failed and fate.no_such_address and fate.words == said
    assert fate.concerns("ALICE@example.org") and not fate.concerns("bob@example.org")


@pytest.mark.parametrize(("action", "status", "failed", "no_such_address"), [
    ("failed", "5.1.1", True, True), ("Failed", "5.1.10", True, True), ("failed", "5.1.2 (bad domain)", True, True),
    ("failed", "5.1.3", True, True), ("failed", "5.1.6", True, True), ("failed", "5.1.0", True, False), ("failed", "5.1.8", True, False),
    ("failed", "5.1.100", True, False),
    ("failed", "5.0.0", True, False), ("failed", "5.2.2", True, False), ("failed", "5.7.1", True, False),
    ("failed", "4.4.1", True, False), ("failed", "2.0.0", False, False), ("delayed", "4.4.1", False, False),
    ("delayed", "5.1.1", False, False), ("relayed", "2.0.0", False, False), ("delivered", "2.1.5", False, False),
    ("expanded", "2.1.5", False, False),
])  # fmt: skip
def test_what_a_report_means_for_the_mail_and_the_address(action, status, failed, no_such_address):
    (fate,) = read(report(ID, TO, action=action, status=status)).fates
    assert (fate.failed, fate.no_such_address) == (failed, no_such_address)


def test_the_words_have_the_status_once():
    assert Fate("a", "", "failed", "5.2.2", "552 5.2.2 full").words == "552 5.2.2 full"
    assert Fate("a", "", "failed", "5.4.4", "Host not found").words == "5.4.4 Host not found"
    assert Fate("a", "", "failed", "5.4.4", "").words == "5.4.4"


def test_several_recipients_each_have_their_fate():
    second = b"\nFinal-Recipient: rfc822; bob@example.org\nAction: delayed\nStatus: 4.4.1\n"
    found = read(WHOLE.replace(b"User unknown\n", b"User unknown\n" + second))
    assert [(fate.final, fate.action) for fate in found.fates] == [("alice@example.org", "failed"), ("bob@example.org", "delayed")]


@pytest.mark.parametrize(("date", "said"), [
    ("Mon, 01 Feb 2010 11:00:00 +0100", datetime(2010, 2, 1, 10, tzinfo=UTC)),
    ("1 Feb 2010 10:00:00 -0000", datetime(2010, 2, 1, 10, tzinfo=UTC)),
    ("yesterday", None), ("", None), ("Fri, 31 Dec 9999 23:00:00 -1200", None),
])  # fmt: skip
def test_the_date_of_the_returned_mail_is_in_utc_or_not_known(date, said):
    assert read(report(ID, TO, date=date)).written_at == said


def test_a_report_without_the_returned_mail_names_no_message():
    found = read(WHOLE.partition(b"--4C1B2A0F3D.1265018403/mx.example.org\nContent-Description: Undelivered")[0])
    assert (found.message_id, found.written_at, len(found.fates)) == ("", None, 1)


def test_what_no_database_or_terminal_takes_is_left_out():
    (fate,) = read(
        report(ID, TO, diagnostic="550 no\0such \x1b[31muser \ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "y" * 2000)
    ).fates
    assert fate.diagnostic.isprintable() and fate.diagnostic.startswith("550 no such [31muser") and len(fate.diagnostic) <= 1000


def _without(name):
    return "\n".join(line for line in WHOLE.decode().split("\n") if not line.startswith(f"{name}:")).encode()


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (one, one) for one in range(1000))


@pytest.mark.parametrize(("content", "why"), [
    (b"", "but text/plain"), (b"Subject: Out of office\n\nI am away.\n", "but text/plain"),
    (b"Content-Type: multipart/alternative; boundary=x\n\n--x\n\nHello\n--x--\n", "but multipart/alternative"),
    (WHOLE.replace(b"report-type=delivery-status", b"report-type=disposition-notification"), "another kind than delivery-status"),
    (WHOLE.replace(b"message/delivery-status", b"text/plain"), "no part message/delivery-status"),
    (b"Content-Type: multipart/report; boundary=x\n\nno part at all", "no part message/delivery-status"),
    (_without("Final-Recipient"), "does not say Final-Recipient"), (_without("Action"), "does not say Action"),
    (_without("Status"), "does not say Status"), (WHOLE.replace(b"Status: 5.1.1", b"Status: no"), "'no' is no status like 5.1.1"),
    (b"\n".join(line for line in WHOLE.split(b"\n") if not line.startswith((b"Final-Rec", b"Action", b"Status"))), "names no recipient"),
    (NESTED, "cannot be read as a mail"),
])  # fmt: skip
def test_what_is_no_report_is_refused_with_what_is_wrong_in_one_line(content, why):
    with pytest.raises(UnreadableReport, match=why) as refused:
        read(content)
    assert len(str(refused.value).splitlines()) == 1 and len(str(refused.value)) < 200


def _read(content):
    try:
        found = read(content)
    except UnreadableReport as problem:
        assert str(problem).isprintable()
    else:
        assert found.fates and all(fate.action and fate.status for fate in found.fates)
        assert all(text.isprintable() for fate in found.fates for text in (found.message_id, fate.final, fate.original, fate.words))


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(content):
    _read(content)


FIELDS = {"message_id": ID, "final": TO, "original": TO, "action": "failed", "status": "5.1.1", "diagnostic": "550 no", "date": ""}


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=60), st.binary(max_size=8), st.integers(0, len(WHOLE)))
def test_any_damage_to_a_report_is_read_or_refused(field, text, more, place):
    damaged = POSTFIX.format(**FIELDS | {field: text}).encode("utf-8", "surrogatepass")
    _read(damaged[:place] + more + damaged[place:])
    _read(damaged[:place])
