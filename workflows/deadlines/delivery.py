"""What an attempt to deliver a mail comes to: what the server's answer means, when the next attempt is, and when it is given up.

Pure: what happened and what time it is are handed in.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=5)
"""As long as mail servers themselves try, by RFC 5321, section 4.5.4.1."""


class Step(StrEnum):
    """How far an attempt had come when the answer came, or none did."""

    SESSION = "session"
    """Connecting, greeting, encryption, signing in."""
    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"
    """From when the text was to be handed over: without an answer nobody knows whether the server took it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mail server answered, and at which step. `code` is 0 where no answer came; `text` then says what went wrong."""

    step: Step
    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463) at the head of the text, like 5.1.1; empty where there is none."""
        found = re.match(r"([245]\.\d{1,3}\.\d{1,3})(\s|$)", self.text)
        return found.group(1) if found else ""

    @property
    def words(self) -> str:
        """The answer as it is kept: code and text."""
        return f"{self.code} {self.text}".strip() if self.code else ""


class Verdict(Enum):
    """What an answer means for the mail, its address and the other mail that waits."""

    SENT = "sent"
    LATER = "later"
    """Not now: this mail waits."""
    NOBODY_NOW = "nobody now"
    """The server takes nothing from us now, or nothing at all: this mail waits, and the others are not tried until the next tick."""
    NEVER = "never"
    """The server will not have this mail; that says nothing of the address."""
    NO_SUCH_ADDRESS = "no such address"
    """The server refuses the address for good."""


ABOUT_SENDER = ("5.1.7", "5.1.8")
"""The sender's address is malformed, or its domain does not exist (RFC 3463): a server may say so only at the recipient."""


def judge(answer: Answer) -> Verdict:
    """What an answer means.

    Only a refusal for good that is about the address marks it: one of policy (relaying denied, a blocked sender) would
    otherwise mark everybody on the day on which a mail server is set up wrongly.
    """
    kind = answer.code // 100
    if kind == 2:  # to anything before the text it is a yes that leads no further: nothing was handed over
        return Verdict.SENT if answer.step is Step.TEXT else Verdict.LATER
    if answer.step is Step.SESSION or answer.code == 421 or (answer.step is Step.SENDER and kind == 5):
        return Verdict.NOBODY_NOW
    if kind != 5:
        return Verdict.LATER
    if answer.step is Step.TEXT:
        return Verdict.NEVER
    if answer.enhanced:
        about_address = answer.enhanced.startswith(("5.0.", "5.1.")) or answer.enhanced == "5.2.1"
        if about_address and answer.enhanced not in ABOUT_SENDER:
            return Verdict.NO_SUCH_ADDRESS
        return Verdict.NEVER if answer.enhanced.startswith("5.2.") else Verdict.NOBODY_NOW
    return Verdict.NO_SUCH_ADDRESS if answer.code in (550, 551, 553) else Verdict.NEVER if answer.code == 552 else Verdict.NOBODY_NOW


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts (1 or more): 1, 2, 4 minutes and so on, never more than four hours.

    Nothing is drawn by lot: one installation's mail goes to one server, and is tried again in lots anyway.
    """
    doubled = 1 << min(attempts - 1, 10)  # beyond that it is longer than the longest
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def next_attempt(attempts: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """When to try again after so many attempts; none when five days after the first one it is time to give up."""
    return None if now - first_tried_at >= GIVEN_UP_AFTER else now + wait_after(attempts)
