"""What officers do with mail: hold it, let it go, cancel it, send it again; hold everything; trust an address again.

Each act reaches whole mails: where several notices left or leave together, it is done to all of them. Notices that somebody
else has in hand at this moment, or that are not in a state for it, are left as they are; the number done is given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, union
from sqlalchemy.orm import Session, aliased

from webapp.accounts.models import Person
from webapp.db import Work
from webapp.notices.models import MailHold, Notice
from webapp.notices.verbs import COPY
from webapp.record import note
from workflows.roles import Side


@dataclass(frozen=True)
class Act:
    """Something that an officer does with notices: from which states, in words, and what is then said of how many."""

    name: str
    label: str
    states: tuple[str, ...]
    done: str


ACTS = {
    act.name: act
    for act in (
        Act("hold", "Hold", ("queued",), "held"),
        Act("release", "Let go", ("held",), "released"),
        Act("cancel", "Cancel", ("queued", "held"), "cancelled"),
        Act("resend", "Send again", ("sent", "failed"), "to be sent again"),
    )
}


class MailProblem(ValueError):
    """Something that cannot be done with mail now; the text says what to do."""


def apply(work: Work, act: Act, ids: Sequence[int], why: str) -> int:
    """Do something with the notices of these numbers, and with those in the same mails; gives with how many it was done."""
    notices = [one for one in _locked(work.session, ids) if one.state in act.states]
    before = {one.id: one.state for one in notices}
    if act.name == "resend":
        _resend(work, notices)
    else:
        for one in notices:
            one.state = {"hold": "held", "release": "queued", "cancel": "cancelled"}[act.name]
    for one in notices:
        one.settled_by = work.actor.person_id
        note(work, f"notice.{act.name}", entity="notice", key=str(one.id), label=f"mail {one.id} to {one.email}", case_id=one.case_id,
             audience=Side.PROGRAMME, old={"state": before[one.id]}, new={"state": one.state}, why=why)  # fmt: skip
    return len(notices)


def whole(session: Session, ids: Sequence[int]) -> list[int]:
    """The numbers of these notices and of all that are in the same mails: those that left or were tried together, and those that wait
    to leave together, as `deliver` puts them into one mail."""
    named = aliased(Notice)
    chosen = named.id.in_(ids)
    tried = select(Notice.id).join(named, Notice.message_id == named.message_id).where(chosen, named.message_id != "")
    alike = (Notice.person_id == named.person_id) & (Notice.bundle == named.bundle) & (Notice.state == named.state)
    waiting = select(Notice.id).join(named, alike).where(chosen, named.message_id == "", named.bundle != "", Notice.message_id == "")
    return sorted(session.scalars(union(select(Notice.id).where(Notice.id.in_(ids)), tried, waiting)))


def _locked(session: Session, ids: Sequence[int]) -> list[Notice]:
    query = select(Notice).where(Notice.id.in_(whole(session, ids))).order_by(Notice.id)
    return list(session.scalars(query.with_for_update(skip_locked=True, of=Notice)))


def _resend(work: Work, notices: Sequence[Notice]) -> None:
    """A failed one is tried anew under its Message-ID. For a sent one there is a new row, which says of which it is the second
    sending: a row is one sending, and what was sent stays as it was. What is no longer true is not sent again either."""
    for one in notices:
        if one.state == "failed":
            one.state, one.attempts, one.first_tried_at, one.sent_at, one.not_before = "queued", 0, None, None, work.now
            continue
        copied = {name: getattr(one, name) for name in (
            "case_id", "deadline_id", "person_id", "role", "message", "rule", "kind", "optional", "email", "audience", "subject", "body",
            "html", "due_at")}  # fmt: skip
        number = 1 + len(work.session.scalars(select(Notice.id).where(Notice.again_of_id == one.id)).all())
        together = f"again:{one.message_id}:{number}"[:80] if one.bundle else ""
        copy = COPY + one.key.partition(COPY)[2] if COPY in one.key else ""
        again = Notice(key=f"again:{number}:{one.id}{copy}", again_of_id=one.id, queued_at=work.now, not_before=work.now, bundle=together,
                       settled_by=work.actor.person_id, **copied)  # fmt: skip
        work.session.add(again)


def hold_all(work: Work, why: str) -> None:
    """Let no mail leave at all from now on. Raises MailProblem where it is held already, or no reason is given."""
    if not why:
        raise MailProblem("Enter why all mail is held: whoever finds it held wants to know.")
    if open_hold(work.session) is not None:
        raise MailProblem("All mail is held already.")
    assert work.actor.person_id is not None
    work.session.add(MailHold(held_at=work.now, held_by=work.actor.person_id, reason=why))


def release_all(work: Work) -> None:
    """Let mail leave again. Raises MailProblem where it is not held."""
    hold = open_hold(work.session)
    if hold is None:
        raise MailProblem("Mail is not held: somebody released it already.")
    hold.released_at = work.now


def open_hold(session: Session) -> MailHold | None:
    """What holds all mail now, if anything."""
    return session.scalars(select(MailHold).where(MailHold.released_at.is_(None)).order_by(MailHold.id)).first()


def trust(work: Work, person: Person) -> None:
    """Take the mark off an address that a mail server refused. Raises MailProblem where there is none."""
    if person.mail_refused_at is None:
        raise MailProblem(f"The address of {person.name} is not marked as refused.")
    note(work, "person.mail_trusted", entity="person", key=str(person.id), label=person.email, audience=Side.PROGRAMME,
         old={"mail_refused": person.mail_refused})  # fmt: skip
    person.mail_refused_at, person.mail_refused = None, ""
