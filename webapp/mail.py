"""Mail: over SMTP, or kept in the local outbox."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Mail:
    """A plain-text mail to one address. The Message-ID is the same at every attempt."""

    to: str
    subject: str
    body: str
    message_id: str


class Transport(Protocol):
    """What delivers mail. Raises OSError (smtplib's errors are such) when it cannot."""

    def send(self, mail: Mail) -> None: ...


class LocalOutbox:
    """Delivers nowhere: the notice itself, marked as sent, is the mail that the outbox page shows."""

    def send(self, mail: Mail) -> None:
        """Nothing leaves this machine."""


class Smtp:
    """Delivers over SMTP. `url` is `smtp://user:pass@host:port` or `smtps://...`."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("YARDSTICK_SMTP_URL must look like smtp://user:pass@host:port.")
        self.parts = parts
        self.sender = sender

    def send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Message-ID"] = mail.message_id
        message.set_content(mail.body)
        parts = self.parts
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "", parts.port or 0, timeout=20) as server:
            if parts.username:
                if parts.scheme == "smtp":
                    server.starttls()
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
