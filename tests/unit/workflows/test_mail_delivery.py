"""What a mail server's answer means, and when the next attempt is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.deadlines.delivery import (
    GIVEN_UP_AFTER,
    LONGEST_WAIT,
    Answer,
    Step,
    Verdict,
    judge,
    next_attempt,
    wait_after,
)

BEGUN = datetime(2010, 2, 1, 9, tzinfo=UTC)
V, S = Verdict, Step


@pytest.mark.parametrize(("step", "code", "text", "verdict"), [
    (S.TEXT, 250, "2.0.0 queued", V.SENT), (S.RECIPIENT, 451, "4.7.1 Greylisted", V.LATER), (S.RECIPIENT, 450, "busy", V.LATER),
    (S.SENDER, 452, "4.3.1 no room", V.LATER), (S.TEXT, 451, "4.3.0 try again", V.LATER), (S.TEXT, 0, "nothing came", V.LATER),
    (S.RECIPIENT, 0, "hung up", V.LATER), (S.SESSION, 0, "refused", V.NOBODY_NOW), (S.SESSION, 535, "5.7.8 bad password", V.NOBODY_NOW),
    (S.SESSION, 454, "4.7.0 no TLS", V.NOBODY_NOW), (S.RECIPIENT, 421, "4.3.2 closing", V.NOBODY_NOW), (S.TEXT, 421, "x", V.NOBODY_NOW),
    (S.SENDER, 550, "5.7.1 not you", V.NOBODY_NOW), (S.SENDER, 530, "5.7.0 sign in first", V.NOBODY_NOW),
    (S.RECIPIENT, 550, "5.1.1 no such user", V.NO_SUCH_ADDRESS), (S.RECIPIENT, 550, "no such user", V.NO_SUCH_ADDRESS),
    (S.RECIPIENT, 553, "5.1.3 bad syntax", V.NO_SUCH_ADDRESS), (S.RECIPIENT, 550, "5.2.1 disabled", V.NO_SUCH_ADDRESS),
    (S.RECIPIENT, 550, "5.0.0 rejected", V.NO_SUCH_ADDRESS), (S.RECIPIENT, 552, "5.2.2 mailbox full", V.NEVER),
    (S.RECIPIENT, 552, "mailbox full", V.NEVER), (S.RECIPIENT, 554, "5.7.1 Relay access denied", V.NOBODY_NOW),
    (S.RECIPIENT, 503, "5.5.1 sign in first", V.NOBODY_NOW), (S.RECIPIENT, 554, "no", V.NOBODY_NOW),
    (S.RECIPIENT, 252, "cannot verify", V.LATER), (S.SENDER, 251, "odd", V.LATER), (S.SESSION, 250, "odd", V.LATER),
    (S.RECIPIENT, 553, "5.1.7 bad sender", V.NOBODY_NOW), (S.RECIPIENT, 550, "5.1.8 no such domain of the sender", V.NOBODY_NOW),
    (S.TEXT, 554, "5.7.1 looks like spam", V.NEVER), (S.TEXT, 550, "5.1.1 what?", V.NEVER),
])  # fmt: skip
def test_what_an_answer_means(step, code, text, verdict):
    assert judge(Answer(step, code, text)) is verdict


@given(st.sampled_from(Step), st.integers(0, 599), st.text(max_size=20))
def test_every_answer_means_something_and_only_a_refusal_of_a_recipient_marks_an_address(step, code, text):
    verdict = judge(Answer(step, code, text))
    assert (verdict is Verdict.SENT) == (200 <= code < 300 and step is Step.TEXT)
    if verdict is Verdict.NO_SUCH_ADDRESS:
        assert step is Step.RECIPIENT and 500 <= code < 600


def test_the_words_of_an_answer_and_its_enhanced_code():
    assert Answer(S.TEXT, 250, "2.0.0 queued as 12").words == "250 2.0.0 queued as 12"
    assert Answer(S.SESSION, 0, "Connection refused").words == ""
    assert [Answer(S.TEXT, 550, text).enhanced for text in ("5.1.1 no", "5.1.1", "5.1.1x", "no 5.1.1")] == ["5.1.1", "5.1.1", "", ""]


@given(st.integers(1, 5000))
def test_the_wait_doubles_up_to_four_hours(attempts):
    wait = wait_after(attempts)
    assert timedelta(minutes=1) <= wait <= LONGEST_WAIT
    assert wait_after(attempts + 1) == min(2 * wait, LONGEST_WAIT)


@given(st.integers(1, 100), st.timedeltas(timedelta(0), timedelta(days=10)))
def test_it_is_given_up_after_five_days_and_not_before(attempts, passed):
    again = next_attempt(attempts, BEGUN, BEGUN + passed)
    assert (again is None) == (passed >= GIVEN_UP_AFTER)
    assert again is None or again > BEGUN + passed
