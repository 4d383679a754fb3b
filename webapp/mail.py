"""Mail: over SMTP, or kept in the local outbox."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.charset import BASE64, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from workflows.deadlines.delivery import Answer, Step

TIMEOUT_SECONDS = 30
UNKNOWN = "The connection ended before the server answered, so the mail may have arrived"
LONGEST_LINE = 998
"""Of a mail, by RFC 5322."""


@dataclass(frozen=True)
class Mail:
    """A mail to one address, as plain text, and as HTML beside it where there is any. The Message-ID is the same at every attempt."""

    to: str
    subject: str
    body: str
    message_id: str
    at: datetime
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, like List-Unsubscribe."""


class Line(Protocol):
    """A way for one mail after the other; one thread uses it at a time."""

    def send(self, mail: Mail) -> Answer:
        """Hand a mail over; gives what was answered, whatever happens."""

    def close(self) -> None:
        """Let go of the connection."""


class Transport(Protocol):
    """What delivers mail."""

    lines: int
    """How many lines are worth having at once."""

    def line(self) -> Line: ...


class LocalOutbox:
    """Delivers nowhere: the notice itself, marked as sent, is the mail that the outbox page shows."""

    lines = 1

    def line(self) -> Line:
        return self

    def send(self, mail: Mail) -> Answer:
        """Nothing leaves this machine."""
        return Answer(Step.TEXT, 250, "kept here: no mail server is set up")

    def close(self) -> None:
        """There is nothing to let go of."""


class Smtp:
    """Delivers over SMTP. `url`, checked with the settings, is `smtp://user:pass@host:port` or `smtps://...`."""

    lines = 4
    """Each waits for answers most of the time. With four, a server on the same machine is busy, and no server minds."""

    def __init__(self, url: str, sender: str) -> None:
        self.url = url
        self.sender = sender

    def line(self) -> "SmtpLine":
        return SmtpLine(self.url, self.sender)


class SmtpLine:
    """One connection to a mail server, opened with the first mail and kept for those that follow."""

    def __init__(self, url: str, sender: str) -> None:
        self.parts = urlsplit(url)
        self.sender = sender
        self.server: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> Answer:
        """Hand a mail over. A connection that the server has dropped since the last mail is opened anew, once."""
        used = self.server is not None
        try:
            return self._send(mail)
        except _Dropped as dropped:
            self._drop()
            if not used or dropped.answer.step is Step.TEXT:
                return dropped.answer
        try:
            return self._send(mail)
        except _Dropped as dropped:
            self._drop()
            return dropped.answer

    def close(self) -> None:
        if self.server is not None:
            with suppress(OSError):
                self.server.quit()
            self._drop()

    def _send(self, mail: Mail) -> Answer:
        server = self.server
        if server is None:
            try:
                server = self.server = self._connect()
            except (OSError, smtplib.SMTPException) as problem:
                return _of(problem, Step.SESSION)
        content = as_bytes(mail, self.sender)
        step = Step.SENDER
        try:
            code, text = server.mail(self.sender)
            if code == 250:
                step = Step.RECIPIENT
                code, text = server.rcpt(mail.to)
                if code in (250, 251):
                    step = Step.TEXT
                    code, text = server.data(content)
        except smtplib.SMTPDataError as problem:  # the text was not asked for
            code, text = problem.smtp_code, problem.smtp_error if isinstance(problem.smtp_error, bytes) else problem.smtp_error.encode()
        except (OSError, smtplib.SMTPException) as problem:
            raise _Dropped(Answer(step, 0, f"{UNKNOWN}: {_said(problem)}" if step is Step.TEXT else _said(problem))) from problem
        answer = Answer(step, code, _plain(text))
        if code == 421:
            self._drop()
        elif code >= 400:
            self._reset(server)
        return answer

    def _reset(self, server: smtplib.SMTP) -> None:
        """Make a refused mail forgotten before the next; a server that will not have even that is left."""
        try:
            if server.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _connect(self) -> smtplib.SMTP:
        parts, host, port = self.parts, self.parts.hostname or "", self.parts.port or 0
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if parts.username:
                if parts.scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _drop(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None


class _Dropped(Exception):
    """The server did not answer any more."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def _of(problem: Exception, step: Step) -> Answer:
    if isinstance(problem, smtplib.SMTPResponseException):
        return Answer(step, problem.smtp_code, _plain(problem.smtp_error))
    return Answer(step, 0, _said(problem))


def _said(problem: Exception) -> str:
    return f"{problem}"[:500] or type(problem).__name__


def _plain(text: bytes | str) -> str:
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else text).split())[:1000]


POLICY = compat32.clone(mangle_from_=False)
UTF8 = Charset("utf-8")
UTF8.body_encoding = BASE64


def as_bytes(mail: Mail, sender: str) -> bytes:
    """A mail as it goes over the line. Made with the older classes of `email`: the newer ones take four times as long, which for
    thousands of mails is more than sending them takes."""
    plain = _part(mail.body, "plain")
    message: Message = plain
    if mail.html:
        message = MIMEMultipart("alternative")
        message.attach(plain)
        message.attach(_part(mail.html, "html"))
    message["From"] = sender
    message["To"] = mail.to
    message.add_header("Subject", _header(mail.subject))
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    for name, value in mail.headers.items():
        message[name] = " ".join(value.split())
    return message.as_bytes(policy=POLICY)


def _part(text: str, kind: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", kind)
    if text.isascii() and all(len(line) < LONGEST_LINE for line in text.split("\n")):
        part.set_payload(text, "us-ascii")
    else:
        part.set_payload(text, UTF8)
    return part


def _header(text: str) -> str:
    text = " ".join(text.split())
    return text if text.isascii() and len(text) < LONGEST_LINE - 20 else Header(text, "utf-8").encode()
