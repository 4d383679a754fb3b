"""Deliver what is queued: each mail claimed by one process, sent once, and settled before that connection takes the next.

A mail is a lone notice, or all notices of one person with one bundle; `message_id` joins them for ever. A claim has an owner
and a lease, which the owner renews while it lives. Whoever is killed leaves what it had claimed as 'sending': when the lease
is over, another takes it up. Of that, one mail for each of its connections may have reached the server without the answer
having been kept; it is sent again under the same Message-ID. All others had not begun.

One thread does it all: it claims a lot, hands each connection to the mail server one mail, and settles the answers, in one
transaction, before these connections get another.
"""

import hashlib
import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import (
    Update,
    select,
    update,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.db import SYSTEM, Apart, Database, Work
from webapp.mail import UNKNOWN, Mail, Talk, Talking, Transport, heard
from webapp.notices.claims import END, RELEASE, SOON, UNSENT, Claim, claim, marks_sent, take
from webapp.notices.models import MailHold, Notice, Waiting
from webapp.notices.texts import together, unsubscribe_headers
from webapp.notices.truth import Addressee, addressees, overtaken
from webapp.notices.verbs import base_url
from webapp.record import note
from webapp.register.models import Round, programme_of
from workflows.deadlines.delivery import Answer, Verdict, judge, next_attempt
from workflows.roles import Side

log = logging.getLogger("yardstick.notices")
LEASE = timedelta(minutes=5)
"""Longer than the clocks of two machines differ, and than one mail takes at the slowest server."""
LOT = 200
"""How many mails are claimed at once."""
CONFIRM_SECONDS = 1.0
"""No mail is handed out later than this after it was last seen in the database to be ours and true, and mail not to be held."""
PAUSES = (0.5, 2.0, 5.0, 10.0)
"""Seconds before each further attempt to keep what was answered, where the database does not take it."""
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
"""No person wrote it, so nobody's machine answers that they are away."""
Kept = TypeVar("Kept")
OUTCOMES = ("sent", "waiting", "failed", "dropped")


@dataclass(frozen=True)
class Claimed:
    """A mail that is ours to send, and the notices that it carries."""

    mail: Mail
    notices: Sequence[Waiting]
    """As they were before they were claimed."""
    attempts: int
    """This one counted."""
    first_tried_at: datetime

    @property
    def message_id(self) -> str:
        return self.mail.message_id


class End(NamedTuple):
    """That a notice is not for sending, or not now: then it waits until `later`, and that counts as an attempt."""

    notice: Waiting
    state: str
    why: str
    later: datetime | None = None


@dataclass
class Lot:
    """What was claimed at once, and what was found not to be for sending."""

    mails: list[Claimed] = field(default_factory=list)
    ended: list[End] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.mails or self.ended)


def deliver(
    database: Database, transport: Transport, now: datetime, limit: int = 10_000, *, delay: timedelta = timedelta(0),
    lease: timedelta = LEASE, secret: str = "", pause: Callable[[float], object] = sleep,
) -> dict[str, int]:  # fmt: skip
    """Send what is queued and may leave, at most `limit` mails; gives how many notices were sent, wait, failed and were dropped.

    `now` is the time at its beginning; what passes meanwhile is added. Nothing leaves earlier than `delay` after it was queued,
    but what speaks of a deadline that is nearer than that.
    `secret` signs the address by which optional mail is turned off with one press; without it no such mail says how to a machine.
    `pause` waits so many seconds for a database that does not answer. Raises sqlalchemy.exc.OperationalError where it still does not;
    what is in flight then is brought to its end, and kept or logged.
    """
    run = _Run(database, transport, now, delay, lease, secret, pause)
    try:
        while limit > 0 and not run.stopped and (lot := run.claim(min(limit, LOT))).any:
            run.send(lot)
            limit -= max(1, len(lot.mails))
    finally:
        transport.close()
        run.close()
    return run.counts


class _Run:
    """One call of `deliver`: the owner of the claims that it makes."""

    def __init__(
        self, database: Database, transport: Transport, now: datetime, delay: timedelta, lease: timedelta, secret: str,
        pause: Callable[[float], object],
    ) -> None:  # fmt: skip
        self.database, self.transport = database, transport
        self.now, self.begun = now, monotonic()
        self.delay, self.lease, self.secret, self.pause = delay, lease, secret, pause
        self.owner = f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self.apart: Apart | None = None
        self.stopped = False
        self.confirmed = self.begun

    def at(self) -> datetime:
        """The time now, to the second: the time that was handed in, and what has passed since."""
        return self.now + timedelta(seconds=int(monotonic() - self.begun))

    def claim(self, limit: int) -> Lot:
        """Claim mails, and drop of them what is not true any more."""
        at, lot = self.at(), Lot()
        with self.database.work(SYSTEM, at) as work:
            if not held(work.session):
                lot = self._sift(work, take(work.session, at, limit, self.delay, self.lease), at)
        self.confirmed = monotonic()
        self._count(lot)
        return lot

    def _sift(self, work: Work, groups: Sequence[Sequence[Waiting]], at: datetime, composed: Mapping[int, Claimed] = {}) -> Lot:
        """Compose and claim, of the notices of each mail, what may leave, and end the rest with the reason: in as many statements
        however many there are. What was `composed` before, by its notices, stays as it is unless it would be another mail now."""
        lot, anew = Lot(), list[tuple[list[Waiting], Addressee]]()
        notices = [one for group in groups for one in group]
        if not notices:
            return lot
        people = addressees(work.session, (one.person_id for one in notices))
        untrue, unknown = _judged(work.session, notices, people, at)
        for group in groups:
            if problem := next((unknown[one.id] for one in group if one.id in unknown), ""):
                lot.ended += [_put_off(one, problem, at) for one in group]  # a mail leaves whole
                continue
            person, true = people[group[0].person_id], [one for one in group if one.id not in untrue]
            lot.ended += [End(one, "dropped", untrue[one.id] + _perhaps(one)) for one in group if one.id in untrue]
            before = composed.get(group[0].id)
            if true and person.refused_at is not None:
                why = f"Not tried: the address {person.email} was refused before. {person.refused}"
                lot.ended += [End(one, "failed", why) for one in true]
            elif before and len(before.notices) == len(true) and before.mail.to == person.email:
                lot.mails.append(before)
            elif true:
                anew.append((true, person))
        if anew:
            names = _programmes(work.session, {group[0].case_id for group, _ in anew if len(group) > 1})
            url, claims = base_url(work.session), list[Claim]()
            for true, person in anew:
                one, before = true[0], composed.get(true[0].id)
                message_id = before.message_id if before else one.message_id
                try:
                    claimed = self._compose(true, person, at, url, names.get(one.case_id, ""), message_id)
                except Exception as problem:
                    log.exception("mail %s could not be written", [notice.id for notice in true])
                    why = f"It could not be written: {type(problem).__name__}: {problem}"[:1000]
                    lot.ended += [End(notice, "failed", why) for notice in true]
                    continue
                lot.mails.append(claimed)
                claims += [Claim(notice.id, claimed.message_id, claimed.mail.to, claimed.attempts) for notice in true]
            if claims:
                claim(work.session, claims, self.owner, at, at + self.lease)
        if lot.ended:
            work.session.connection().execute(END, [_end_of(one, at) for one in lot.ended])
            for ended in lot.ended:
                if ended.state == "failed":
                    tell_failure(work, ended.notice, ended.why)
        return lot

    def _count(self, lot: Lot) -> None:
        for one in lot.ended:
            self.counts["waiting" if one.later else one.state] += 1

    def _compose(self, notices: Sequence[Waiting], person: Addressee, at: datetime, url: str, programme: str, message_id: str) -> Claimed:
        told, host = together(notices, programme=programme, url=url), urlsplit(url).hostname or "localhost"
        headers = AUTOMATIC | (unsubscribe_headers(*notices, secret=self.secret, url=url) if self.secret else {})
        message_id = message_id or f"<notice-{hashlib.sha256(notices[0].key.encode()).hexdigest()[:32]}@{host}>"
        mail = Mail(person.email, told.subject, told.body, message_id, at, told.html, headers)
        return Claimed(mail, notices, notices[0].attempts + 1, notices[0].first_tried_at or at)

    def send(self, lot: Lot) -> None:
        """Send the mails of a lot, one at a time on each line of the transport, and settle whatever was answered before that line
        gets another. While it is settled, the server has the mails of the other lines."""
        pending, answered = lot.mails, list[tuple[Claimed, Answer]]()
        free, talks, mails = list(range(self.transport.lines)), dict[int, Talking](), dict[int, Claimed]()
        try:
            while pending or talks:
                if monotonic() - self.confirmed > CONFIRM_SECONDS:
                    pending = self._confirm(pending)
                if self.stopped:
                    self._release(pending)
                    pending = []
                if pending and free:  # no two begin together, so that their answers do not come together
                    line, claimed, pending = free.pop(), pending[0], pending[1:]
                    mails[line], talks[line] = claimed, Talking(self.transport.talk(line, claimed.mail))
                for line in heard(talks):
                    answer = talks[line].go_on()
                    if answer is not None:
                        answered.append((mails[line], answer))
                        free.append(line)
                        del talks[line]
                if answered:
                    self._settle(answered)
                    answered = []
        except BaseException:
            self._finish([(mails[line], one.talk) for line, one in talks.items()], answered, pending)
            raise

    def _finish(
        self, talks: Iterable[tuple[Claimed, Talk]], answered: Sequence[tuple[Claimed, Answer]], pending: Sequence[Claimed]
    ) -> None:
        """Before we leave with an exception: bring the open talks to their end, and keep what came of them, and of those that were
        `answered`, if the database will have it; and give back those that are `pending`, which else wait until the lease is over. What
        is not kept is sent again then, so it is logged."""
        ended = [(claimed, _answer_of(talk)) for claimed, talk in talks]
        known = [*answered, *((claimed, answer) for claimed, answer in ended if answer is not None)]
        lost = [f"{claimed.message_id} (no answer)" for claimed, answer in ended if answer is None]
        try:
            if known:
                self._settle(known)
        except OperationalError:
            log.exception("what came of the last mails could not be kept")
            lost += [f"{claimed.message_id} ({answer.words or answer.text})" for claimed, answer in known]
            pending = []  # nor could they be given back
        except Exception:
            log.exception("what came of the last mails could not be kept together")
            lost += self._settle_alone(known)
        try:
            self._release(pending)
        except Exception:
            log.exception("%d mails that had not begun could not be given back: they wait until the lease is over", len(pending))
        if lost:
            log.error("not kept, so these may be sent again under the same Message-ID: %s", ", ".join(lost))

    def _settle_alone(self, known: Iterable[tuple[Claimed, Answer]]) -> list[str]:
        """Keep what came of each of these mails by itself; gives those of which it could not be kept."""
        lost = []
        for claimed, answer in known:
            try:
                self._settle([(claimed, answer)])
            except Exception:
                log.exception("what came of mail %s could not be kept", claimed.message_id)
                lost.append(f"{claimed.message_id} ({answer.words or answer.text})")
        return lost

    def _confirm(self, pending: Sequence[Claimed]) -> list[Claimed]:
        """Renew our claims; gives the mails that are still ours to send, each with what of it is still true. Where mail is held, none
        is handed out any more."""
        return self._kept("what is ours", lambda: self._confirmed(pending))

    def _confirmed(self, pending: Sequence[Claimed]) -> list[Claimed]:
        at = self.at()
        renew = update(Notice).where(Notice.claimed_by == self.owner, Notice.state == "sending")
        with self.database.work(SYSTEM, at) as work:
            ours = set(work.session.scalars(renew.values(leased_until=at + self.lease).returning(Notice.id)
                                            .execution_options(synchronize_session=False)))  # fmt: skip
            self.stopped = self.stopped or held(work.session)
            groups = [group for claimed in pending if (group := [one for one in claimed.notices if one.id in ours])]
            lot = self._sift(work, groups, at, {one.id: claimed for claimed in pending for one in claimed.notices})
        self.confirmed = monotonic()
        self._count(lot)
        return lot.mails

    def _release(self, pending: Sequence[Claimed]) -> None:
        """Give back what was claimed and not begun: as if it had not been claimed."""
        if pending:
            self._kept("what is given back", lambda: self._released(pending))

    def _released(self, pending: Sequence[Claimed]) -> None:
        with self.database.work(SYSTEM, self.at()) as work:
            work.session.connection().execute(
                RELEASE, [{"which": notice.id, "owner": self.owner} for one in pending for notice in one.notices]
            )

    def _settle(self, answered: Sequence[tuple[Claimed, Answer]]) -> None:
        """Keep what came of these mails: what is not kept is sent again."""
        self._kept("what came of mail", lambda: self._keep(answered))

    def _kept(self, what: str, keep: Callable[[], Kept]) -> Kept:
        """Keep something. Where the database does not answer, try again over a new connection after a pause, for less than a quarter of
        the lease. Raises OperationalError where it still does not answer."""
        begun = monotonic()
        for seconds in PAUSES:
            try:
                return keep()
            except OperationalError as problem:
                self.close()
                if monotonic() - begun + seconds > self.lease.total_seconds() / 4:
                    raise
                log.warning("%s could not be kept, again in %s seconds: %s", what, seconds, problem)
            self.pause(seconds)
        return keep()

    def _keep(self, answered: Sequence[tuple[Claimed, Answer]]) -> None:
        """Keep what came of these mails, all of it in one transaction."""
        at = self.at()
        judged = sorted(((claimed, answer, judge(answer)) for claimed, answer in answered), key=lambda one: one[0].notices[0].id)
        sent = [(notice.id, answer.words) for claimed, answer, verdict in judged if verdict is Verdict.SENT for notice in claimed.notices]
        others = [one for one in judged if one[2] is not Verdict.SENT]
        settled: list[dict[str, Any]] = []
        if others:
            with self.database.work(SYSTEM, at) as work:
                connection = work.session.connection()
                settled = self._outcomes(work, others, at)
                known = self._mark_sent(lambda *given: connection.execute(*given).rowcount, sent, at)
                known += connection.execute(UNSENT, settled).rowcount
        else:
            known = self._mark_sent((self.apart or self._connect()).run, sent, at)
        self.counts["sent"] += len(sent)
        for one in settled:
            self.counts["failed" if one["new"] == "failed" else "waiting"] += 1
        if known < len(sent) + len(settled):
            log.warning("of %d mails that were settled, some had been taken up by another process", len(judged))

    def _connect(self) -> Apart:
        apart = self.apart = self.database.apart()
        if apart.dialect.name == "postgresql":
            # Not to wait for the disk after every few mails: killed processes lose nothing by it. Where the database itself
            # goes down, the answers of its last moment are lost, as SQLite's are, and these mails go again under the same names.
            apart.run(SOON)
        return apart

    def close(self) -> None:
        """Let go of what was kept open for the next mails."""
        if self.apart is not None:
            self.apart.close()
            self.apart = None

    def _mark_sent(self, run: Callable[[Update, dict[str, Any]], int], sent: Sequence[tuple[int, str]], at: datetime) -> int:
        """Gives how many of these notices, each with what the server said, were still ours."""
        if not sent:
            return 0
        number = 1 << (len(sent) - 1).bit_length()  # there are few statements then, and the last notice is named more than once
        values: dict[str, Any] = {"owner": self.owner, "sent": at}
        for one in range(number):
            values[f"which{one}"], values[f"told{one}"] = sent[min(one, len(sent) - 1)]
        return run(marks_sent(number), values)

    def _outcomes(self, work: Work, others: Iterable[tuple[Claimed, Answer, Verdict]], at: datetime) -> list[dict[str, Any]]:
        """What is to stand in the rows of the notices of mails that were not sent."""
        settled = []
        for claimed, answer, verdict in others:
            self.stopped = self.stopped or verdict is Verdict.NOBODY_NOW
            outcome = self._outcome(work, claimed, answer, verdict, at) | {"owner": self.owner, "told": answer.words}
            settled += [outcome | {"which": notice.id} for notice in claimed.notices]
            log.warning("mail %s to %s: %s", claimed.message_id, claimed.mail.to, answer.words or answer.text)
        return settled

    def _outcome(self, work: Work, claimed: Claimed, answer: Answer, verdict: Verdict, at: datetime) -> dict[str, Any]:
        said = answer.words or answer.text
        if verdict in (Verdict.LATER, Verdict.NOBODY_NOW):
            later = next_attempt(claimed.attempts, claimed.first_tried_at, at)
            if later is not None:
                return {"new": "queued", "why": said, "later": later}
            said = f"Given up after {claimed.attempts} attempts: {said}"
        elif verdict is Verdict.NO_SUCH_ADDRESS:
            mark_refused(work, claimed.notices[0].person_id, claimed.mail.to, said)
        for one in claimed.notices:
            tell_failure(work, one, said)
        return {"new": "failed", "why": said, "later": None}


def _answer_of(talk: Talk) -> Answer | None:
    """How a talk ends, brought to its end; None where it broke, or had broken before."""
    try:
        while True:
            next(talk)
    except StopIteration as end:
        answer: Answer | None = end.value
        return answer
    except Exception:
        log.exception("a talk with the mail server broke")
        return None


def _judged(
    session: Session, notices: Sequence[Waiting], people: dict[int, Addressee], at: datetime
) -> tuple[dict[int, str], dict[int, str]]:  # fmt: skip
    """Of these notices those that are not true any more, each with the reason, and those of which that cannot be told, with what went
    wrong: they wait as after an attempt that failed. Where it goes wrong for all together each is asked of alone, so that one stops no
    others. Raises what the database raises."""
    try:
        return overtaken(session, notices, people, at), {}
    except SQLAlchemyError:
        raise
    except Exception:
        log.warning("of %d notices it cannot be told together whether they are true: each is asked of alone", len(notices))
    untrue, unknown = dict[int, str](), dict[int, str]()
    for one in notices:
        try:
            untrue |= overtaken(session, [one], people, at)
        except SQLAlchemyError:
            raise
        except Exception as problem:
            log.exception("whether notice %d is still true cannot be told", one.id)
            unknown[one.id] = f"Whether it is still true could not be told: {type(problem).__name__}: {problem}"[:1000]
    return untrue, unknown


def _programmes(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    """The name of the programme of each of these cases."""
    if not case_ids:
        return {}
    query = select(Case.id, Case.round_id, Round.programme_hash).join(Round, Round.id == Case.round_id).where(Case.id.in_(case_ids))
    return {row.id: programme_of(session, row.round_id, row.programme_hash).name for row in session.execute(query)}


def held(session: Session) -> bool:
    """Whether all mail is held."""
    return session.scalar(select(MailHold.id).where(MailHold.released_at.is_(None)).limit(1)) is not None


def _perhaps(notice: Waiting) -> str:
    """What is to be added to the end of a notice that an attempt without an answer may have brought to its reader."""
    return (
        ". An attempt before got no answer, so it may have arrived" if notice.state == "sending" or notice.error.startswith(UNKNOWN) else ""
    )


def _put_off(notice: Waiting, why: str, at: datetime) -> End:
    """What becomes of a notice of which something went wrong before it could be sent: it is tried again as after any attempt."""
    later = next_attempt(notice.attempts + 1, notice.first_tried_at or at, at)
    return End(notice, "queued", why, later) if later else End(notice, "failed", f"Given up: {why}")


def _end_of(end: End, at: datetime) -> dict[str, Any]:
    """What stands in the row of a notice that is not for sending: as if it had not been claimed, but where it waits for later."""
    one, tried = end.notice, end.later is not None
    return {"which": one.id, "new": end.state, "why": end.why, "mail": one.message_id, "number": one.attempts + tried,
            "first": (one.first_tried_at or at) if tried else one.first_tried_at, "later": end.later}  # fmt: skip


def tell_failure(work: Work, notice: Notice | Waiting, why: str, was: str = "queued") -> None:
    """Put on the record that a notice failed, which `was` in another state before."""
    note(work, "notice.failed", entity="notice", key=str(notice.id), label=f"mail {notice.id} to {notice.email}", audience=Side.PROGRAMME,
         case_id=notice.case_id, old={"state": was}, new={"state": "failed"}, why=why)  # fmt: skip


def mark_refused(work: Work, person_id: int, address: str, said: str) -> bool:
    """Mark the address of a person as refused, unless they have another one by now, or it is marked; gives whether it was done."""
    trusted = Person.id == person_id, Person.email == address, Person.mail_refused_at.is_(None)
    marked = update(Person).where(*trusted).values(mail_refused_at=work.now, mail_refused=said).returning(Person.id)
    if work.session.execute(marked.execution_options(synchronize_session=False)).first() is None:
        return False
    note(work, "person.mail_refused", entity="person", key=str(person_id), label=address, audience=Side.PROGRAMME,
         new={"mail_refused": said}, why=said)  # fmt: skip
    return True
