"""Mail: over SMTP, or kept in the local outbox."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Mail:
    """A plain-text mail to one address. The Message-ID is the same at every attempt."""

    to: str
    subject: str
    body: str
    message_id: str
    at: datetime


class Transport(Protocol):
    """What delivers mail. Raises OSError (smtplib's errors are such) when it cannot."""

    def send(self, mail: Mail) -> None: ...


class LocalOutbox:
    """Delivers nowhere: the notice itself, marked as sent, is the mail that the outbox page shows."""

    def send(self, mail: Mail) -> None:
        """Nothing leaves this machine."""


class Smtp:
    """Delivers over SMTP. `url`, checked with the settings, is `smtp://user:pass@host:port` or `smtps://...`."""

    def __init__(self, url: str, sender: str) -> None:
        self.parts = urlsplit(url)
        self.sender = sender

    def _connect(self) -> smtplib.SMTP:
        host, port = self.parts.hostname or "", self.parts.port or 0
        if self.parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=20, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=20)

    def send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.at)
        message["Message-ID"] = mail.message_id
        message.set_content(mail.body)
        parts = self.parts
        with self._connect() as server:
            if parts.username:
                if parts.scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
