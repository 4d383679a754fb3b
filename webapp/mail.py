"""Mail: over SMTP, or kept in the local outbox."""

import base64
import hashlib
import select
import smtplib
import ssl
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from time import monotonic
from typing import Protocol
from urllib.parse import unquote, urlsplit

from workflows.deadlines.delivery import Answer, Step

TIMEOUT_SECONDS = 20
LINES = 4
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


Talk = Generator[int | None, None, Answer]
"""A talk with a server about one mail: it stops wherever it would wait for an answer, with the number of the open file on which that
comes, or none where nothing is to be waited for; it ends with the answer that counts. A TimeoutError that is thrown into it says that
none came."""


class Talking:
    """A talk that goes on, what it waits for since when, and whether its server was silent for too long."""

    def __init__(self, talk: Talk) -> None:
        self.talk, self.since, self.silent = talk, 0.0, False
        self.waits_for: int | None = None

    def go_on(self) -> Answer | None:
        """Take it to where it waits next, or to its end, which gives the answer. To be called where `heard` names it."""
        silent, self.silent = self.silent, False
        try:
            self.waits_for = self.talk.throw(TimeoutError(f"no answer in {TIMEOUT_SECONDS} seconds")) if silent else next(self.talk)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        self.since = monotonic()
        return None


def heard(talks: Mapping[int, Talking]) -> list[int]:
    """Which of these talks go on: their server has said something, was silent for too long, or there is nothing to wait for. Waits for
    one that does for a second at most, since whoever talks has other things to see to as well: what has come meanwhile is heard,
    however long ago it was asked for."""
    waiting = {one.waits_for: line for line, one in talks.items() if one.waits_for is not None}
    found = [line for line, one in talks.items() if one.waits_for is None]
    if waiting:
        poll = select.poll()
        for file in waiting:
            poll.register(file, select.POLLIN)
        found += [waiting[file] for file, _ in poll.poll(0 if found else 1000)]
    for line in waiting.values():
        if line not in found and monotonic() - talks[line].since > TIMEOUT_SECONDS:
            talks[line].silent = True
            found.append(line)
    return found


class Transport(Protocol):
    """What delivers mail, several at a time. One thread uses it."""

    lines: int
    """How many mails it takes at once."""

    def talk(self, line: int, mail: Mail) -> Talk:
        """Hand a mail over on one of its lines, counted from 0, where no other talk goes on; ends with an answer, whatever happens."""

    def close(self) -> None:
        """Let go of what was kept open for the next mails."""


class LocalOutbox:
    """Delivers nowhere: the notice itself, marked as sent, is the mail that the outbox page shows."""

    lines = 1

    def talk(self, line: int, mail: Mail) -> Talk:
        """Nothing leaves this machine."""
        yield from ()
        return Answer(Step.TEXT, 250, "kept here: no mail server is set up")

    def close(self) -> None:
        """There is nothing to let go of."""


class Smtp:
    """Delivers over SMTP. `url`, checked with the settings, is `smtp://user:pass@host:port` or `smtps://...`.

    Several connections are kept, each for one mail at a time: while one server process thinks over a mail, the next is given its
    command. Threads would do the same and take three times as long, each waiting for the others' interpreter. To open a connection
    and to clear one after a refusal takes the thread for itself, `TIMEOUT_SECONDS` at most for each answer.
    """

    lines = LINES

    def __init__(self, url: str, sender: str) -> None:
        self.url, self.sender = url, sender
        self.kept: dict[int, _Connection] = {}

    def talk(self, line: int, mail: Mail) -> Talk:
        """Hand a mail over on a connection, which is opened with its first."""
        if line not in self.kept:
            self.kept[line] = _Connection(self.url, self.sender)
        return self.kept[line].talk(mail)

    def close(self) -> None:
        for one in self.kept.values():
            one.close()
        self.kept.clear()


class _Connection:
    """One connection to a mail server, opened with the first mail and kept for those that follow."""

    def __init__(self, url: str, sender: str) -> None:
        self.parts = urlsplit(url)
        self.sender = sender
        self.server: smtplib.SMTP | None = None

    def talk(self, mail: Mail) -> Talk:
        """Hand a mail over. A connection that the server has dropped since the last mail is opened anew, once."""
        used = self.server is not None
        answer = yield from self._talk(mail)
        if used and not answer.code and answer.step is not Step.TEXT:
            answer = yield from self._talk(mail)
        return answer

    def close(self) -> None:
        if self.server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.server.quit()
            self._drop()

    def _talk(self, mail: Mail) -> Talk:
        step, handed = Step.SESSION, False
        try:
            server = self.server = self.server or self._connect()
            content = as_bytes(mail, self.sender)
            step = Step.SENDER
            asked = _asked_at_once if server.has_extn("pipelining") else _asked_in_turn
            answers = yield from asked(server, self.sender, mail.to)
            step, code, text = next((one for one in answers if one[1] not in WELL[one[0]]), answers[-1])
            if code == 354:
                server.send(_dotted(content))
                yield _file(server)
                code, text = server.getreply()
                handed = True
            elif code < 400 and step is Step.TEXT:
                step = Step.RECIPIENT  # it did not ask for the text, and was given none
        except smtplib.SMTPResponseException as refused:  # while it was opened
            self._drop()
            return Answer(step, refused.smtp_code, _plain(refused.smtp_error))
        except (OSError, smtplib.SMTPException) as problem:
            self._drop()
            said = f"{problem}"[:500] or type(problem).__name__
            return Answer(step, 0, f"{UNKNOWN}: {said}" if step is Step.TEXT else said)
        if code == 421 or ((code >= 400 or not handed) and not self._forgets(server)):
            self._drop()
        return Answer(step, code, _plain(text))

    @staticmethod
    def _forgets(server: smtplib.SMTP) -> bool:
        """Make a mail that was refused, or led no further, forgotten before the next; gives whether the server will have that."""
        try:
            return server.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

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


WELL: Mapping[Step, tuple[int, ...]] = {Step.SENDER: (250,), Step.RECIPIENT: (250, 251), Step.TEXT: (354,)}
"""What a server answers to each command where the next may follow."""
Asked = Generator[int | None, None, list[tuple[Step, int, bytes]]]


def _file(server: smtplib.SMTP) -> int:
    """Where a server's answers come from. Raises OSError where the connection was given up."""
    if server.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection was closed")
    return server.sock.fileno()


def _commands(sender: str, to: str) -> tuple[tuple[Step, str], ...]:
    return (Step.SENDER, f"MAIL FROM:<{sender}>"), (Step.RECIPIENT, f"RCPT TO:<{to}>"), (Step.TEXT, "DATA")


def _asked_in_turn(server: smtplib.SMTP, sender: str, to: str) -> Asked:
    """The answers to the commands before a mail's content, up to the first that is no yes."""
    answers = []
    for step, command in _commands(sender, to):
        server.putcmd(command)
        yield _file(server)
        code, text = server.getreply()
        answers.append((step, code, text))
        if code not in WELL[step]:
            break
    return answers


def _asked_at_once(server: smtplib.SMTP, sender: str, to: str) -> Asked:
    """The same for a server that takes several commands at once (PIPELINING, RFC 2920): one way to it and back in place of three.

    Where it asks for the content of a mail that it refused before, it is given none; where it may take that for a mail, we hang up.
    """
    server.send("".join(f"{command}\r\n" for _, command in _commands(sender, to)).encode("ascii"))
    yield _file(server)
    answers = [(step, *server.getreply()) for step, _ in _commands(sender, to)]
    if answers[-1][1] == 354 and any(code not in WELL[step] for step, code, _ in answers):
        if all(code < 400 for _, code, _ in answers):
            server.close()
            return answers
        server.send(b".\r\n")
        yield _file(server)
        server.getreply()
    return answers


def _dotted(content: bytes) -> bytes:
    """A mail as DATA takes it: a line that begins with a dot gets another, and a dot alone ends it."""
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _plain(text: bytes | str) -> str:
    """What a server said, as a database keeps it: in one line, and without what cannot be printed."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return "".join(one if one.isprintable() else " " for one in " ".join(said.split()))[:1000]


def as_bytes(mail: Mail, sender: str) -> bytes:
    """A mail as it goes over the line, the same bytes at every attempt but for the date.

    Written out, for a mail of ours is simple: the generator of `email` takes ten times as long, which was more than half of the
    time that delivering takes. `email` reads it again in the tests.
    """
    headers = {"From": sender, "To": mail.to, "Subject": _header(mail.subject), "Date": _date(mail.at),
               "Message-ID": mail.message_id, **{name: " ".join(value.split()) for name, value in mail.headers.items()},
               "MIME-Version": "1.0"}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if not mail.html:
        return (head + _part(mail.body, "plain")).encode("ascii")
    between = f"=_{hashlib.sha256(mail.message_id.encode()).hexdigest()[:40]}"  # no line of base64 or of text begins so by chance
    parts = "".join(f"--{between}\r\n{_part(text, kind)}\r\n" for text, kind in ((mail.body, "plain"), (mail.html, "html")))
    return f'{head}Content-Type: multipart/alternative; boundary="{between}"\r\n\r\n{parts}--{between}--\r\n'.encode("ascii")


@lru_cache(maxsize=4)
def _date(at: datetime) -> str:
    """The same for all mails of a lot."""
    return format_datetime(at)


def _part(text: str, kind: str) -> str:
    """A text with its own headers: as it is where mail can carry that, else in base64."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if text.isascii() and "\r" not in text and all(len(line) < LONGEST_LINE for line in lines):
        charset, encoding = "us-ascii", "7bit"
    else:
        charset, encoding = "utf-8", "base64"
        lines = base64.encodebytes("\n".join(lines).encode() + b"\n").decode().splitlines()
    written = "".join(f"{line}\r\n" for line in lines)
    return f'Content-Type: text/{kind}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{written}'


def _header(text: str) -> str:
    """The text of a header: as it is where it is short and plain, else in the words that RFC 2047 makes of it."""
    text = " ".join(text.split())
    return text if text.isascii() and len(text) < LONGEST_LINE - 20 else Header(text, "utf-8").encode(linesep="\r\n")
