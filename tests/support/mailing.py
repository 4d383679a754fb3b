"""A mail server of the real protocol in the test process, which does what a test tells it; and notices to send."""

import asyncio
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import cached_property
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import func, insert, select

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.db import table_of
from webapp.mail import Smtp
from webapp.notices.models import Notice
from workflows.roles import EVERY_SIDE

DROP = "drop"
"""What a server answers that hangs up instead."""


@dataclass
class Arrived:
    """A mail that the server took, or was handed before it hung up."""

    to: str
    message: Any
    taken: bool

    @cached_property
    def message_id(self):
        return self.message["Message-ID"]


@dataclass
class Server:
    """What the server says: `sender`, `recipient` and `text` are asked (with the address) and give an answer, or None for yes."""

    sender: Any = None
    recipient: Any = None
    text: Any = None
    slow: Any = 0.0
    """Seconds that it takes over a mail's text. Where it is asked with the address, it is asked again until it says none."""
    arrived: list[Arrived] = field(default_factory=list)
    sessions: int = 0
    port: int = 0
    pipelining: bool = True
    """Whether it takes several commands at once, as nearly every server does."""
    keeps: bool = True
    """Whether what arrives is kept to look at."""

    @property
    def transport(self):
        return Smtp(f"smtp://127.0.0.1:{self.port}", "yardstick@example.org")

    @property
    def taken(self):
        return [one for one in self.arrived if one.taken]

    @property
    def ids(self):
        return [one.message_id for one in self.taken]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.sessions += 1
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if answer := self._asked(self.sender, server, address):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self._asked(self.recipient, server, address) or "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if callable(self.slow):
            while slow := self.slow(to):
                await asyncio.sleep(slow)
        elif self.slow:
            await asyncio.sleep(self.slow)
        answer = self._asked(self.text, server, to)
        if self.keeps:
            self.arrived.append(Arrived(to, message_from_bytes(envelope.content, policy=policy.default), answer is None))
        return answer or "250 2.0.0 queued as 1"

    @staticmethod
    def _asked(rule, server, address):
        answer = rule(address) if rule else None
        if answer == DROP:
            server.transport.abort()
        return answer


@contextmanager
def mail_server(**rules):
    """A server on a port of this machine, a free one where none is given, while it is needed."""
    made = Server(**rules)
    if not made.port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            made.port = probe.getsockname()[1]
    running = Controller(made, hostname="127.0.0.1", port=made.port)
    running.start()
    try:
        yield made
    finally:
        running.stop()


def once(answer):
    """A rule that answers so the first time for each address, and then yes: greylisting."""
    seen = set()

    def rule(address):
        if address in seen:
            return None
        seen.add(address)
        return answer

    return rule


def queue_mails(database, now, number, first=0, **more):
    """Queue notices of a move to the first people, one after the other; nothing else is queued any more, unless these follow
    upon a `first`. Gives the numbers of all."""
    notices = table_of(Notice)
    with database.engine.execution_options(yardstick_write=True).begin() as connection:
        if not first:
            connection.execute(notices.update().where(notices.c.state == "queued").values(state="cancelled"))
        people = connection.execute(select(Person.id, Person.email).where(Person.active).order_by(Person.id)).all()
        case = connection.execute(select(func.min(Case.id))).scalar_one()
        rows = []
        for index in range(first, first + number):
            person, email = people[index % len(people)]
            rows.append({
                "key": f"test:{index}", "case_id": case, "person_id": person, "role": "officer", "message": "test", "rule": "",
                "optional": False, "email": email, "audience": int(EVERY_SIDE), "subject": f"Mail {index}",
                "body": f"Dear reader,\n\nThis is mail {index}.\n", "html": "", "state": "queued", "queued_at": now, "not_before": now,
                "bundle": "", "message_id": "", "attempts": 0, "error": "", "answer": "", "claimed_by": "",
            } | more)  # fmt: skip
        if rows:
            connection.execute(insert(notices), rows)
        return list(connection.execute(select(notices.c.id).where(notices.c.key.like("test:%")).order_by(notices.c.id)).scalars())


def notices_of(database, ids):
    """Notices by their numbers, in that order."""
    with database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.id.in_(ids)).order_by(Notice.id)))
