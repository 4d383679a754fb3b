"""What a returned mail says: a delivery status notification (RFC 3464), which a mail server sends back after it took a mail.

Pure: the bytes are handed in. Whatever they are, they are the word of a stranger: who reads a report decides what to believe.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

NO_SUCH_ADDRESS = frozenset(("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"))
"""No such mailbox, no such domain, bad syntax, moved away, a domain without mail. Fewer than `judge` takes for it where a server
answers to the recipient: a report does not tell to which command the server answered, and 5.0.0 or 5.1.0 can be of anything."""
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
FIELDS = ("Final-Recipient", "Action", "Status")
"""What the report must say of each recipient."""
LONGEST = 1000


class UnreadableReport(ValueError):
    """Bytes that cannot be read as a report of delivery; the text says what is wrong with them, in one line."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail for one recipient. Addresses are in small letters."""

    final: str
    original: str
    """As the sender wrote it, before the mail was forwarded; empty where the report does not say."""
    action: str
    """failed, delayed, delivered, relayed or expanded."""
    status: str
    """Like 5.1.1 (RFC 3463)."""
    diagnostic: str

    @property
    def failed(self) -> bool:
        """Whether the mail did not arrive and nobody tries any more."""
        return self.action == "failed" and self.status[0] in "45"

    @property
    def no_such_address(self) -> bool:
        """Whether the final address is refused for good."""
        return self.failed and self.status in NO_SUCH_ADDRESS

    @property
    def words(self) -> str:
        """Status and diagnostic, as they are kept."""
        return self.diagnostic if self.status in self.diagnostic else f"{self.status} {self.diagnostic}".strip()

    def concerns(self, address: str) -> bool:
        """Whether it tells of mail to that address."""
        return address.lower() in (self.final, self.original)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says. `message_id` is that of the returned mail, empty where the report does not hold its headers."""

    message_id: str
    written_at: datetime | None
    """The date in the returned mail's headers: when that attempt was made."""
    fates: tuple[Fate, ...]


def read(content: bytes) -> Report:
    """What a returned message says. Raises UnreadableReport where it is no report of delivery, or lacks what that must say."""
    try:
        return _report(message_from_bytes(content))
    except UnreadableReport:
        raise
    except Exception as problem:  # `email` raises many kinds over what is no mail, like RecursionError for a thousand parts in one another
        raise UnreadableReport(f"It cannot be read as a mail ({type(problem).__name__}).") from problem


def _report(message: Message) -> Report:
    kind = message.get_content_type()
    if kind != "multipart/report":
        raise UnreadableReport(f"It is not a report of delivery (multipart/report), but {_plain(kind)[:80]}.")
    about = _plain(collapse_rfc2231_value(message.get_param("report-type", "delivery-status"))).lower()
    if about != "delivery-status":
        raise UnreadableReport(f"It is a report of another kind than delivery-status: {about[:80]}.")
    parts = _parts(message)
    status = next((_parts(part) for part in parts if part.get_content_type() == "message/delivery-status"), [])
    if not status:
        raise UnreadableReport("It has no part message/delivery-status.")
    fates = tuple(_fate(block) for block in status if any(name in block for name in FIELDS))
    if not fates:
        raise UnreadableReport("Its part message/delivery-status names no recipient.")
    returned = next((_headers(part) for part in parts if part.get_content_type() in RETURNED), Message())
    return Report(_field(returned, "Message-ID"), _date(returned), fates)


def _fate(block: Message) -> Fate:
    final, action, status = (_field(block, name) for name in FIELDS)
    for name, value in zip(FIELDS, (final, action, status), strict=True):
        if not value:
            raise UnreadableReport(f"It does not say {name} of a recipient.")
    code = re.match(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)", status, re.ASCII)
    if code is None:
        raise UnreadableReport(f"{status[:80]!r} is no status like 5.1.1.")
    diagnostic = _untyped(_field(block, "Diagnostic-Code"))
    return Fate(_address(final), _address(_field(block, "Original-Recipient")), action.split()[0].lower(), code.group(), diagnostic)


def _parts(message: Message) -> list[Message]:
    """The parts of a message, or the mail or blocks of fields that a part is; none where it is text."""
    content = message.get_payload()
    return [part for part in content if isinstance(part, Message)] if isinstance(content, list) else []


def _headers(part: Message) -> Message:
    """The headers of the mail that a part returns, whole or as headers alone."""
    content = part.get_payload(decode=True)  # None where `email` has read the mail in it already
    return message_from_bytes(content) if isinstance(content, bytes) else next(iter(_parts(part)), Message())


def _date(returned: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_field(returned, "Date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _untyped(value: str) -> str:
    """The value of a field that begins with its type, like `smtp; 550 no` or `rfc822; somebody@example.org`."""
    before, between, after = value.partition(";")
    return after.strip() if between and " " not in before.strip() else value


def _address(value: str) -> str:
    return _untyped(value).strip("<> ").lower()


def _field(message: Message, name: str) -> str:
    return _plain(str(message.get(name, "")))


def _plain(text: str) -> str:
    """On one line, and with nothing in it that a database or a terminal would not take."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:LONGEST]
