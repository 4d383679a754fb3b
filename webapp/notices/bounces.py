"""Returned mail: what a report of delivery changes.

A report comes from outside, so that whoever knows a mail's Message-ID and the address it went to can forge one. It counts for that mail
and that address alone; what it changes is on the record, and an officer can take it back: send again, trust the address.
"""

from sqlalchemy import select

from webapp.db import Work
from webapp.notices.delivery import mark_refused, tell_failure
from webapp.notices.models import Notice
from workflows.deadlines.bounces import Report

RETURNABLE = ("sent", "sending")
"""A fast server returns a mail before whoever sent it has written down that it was taken."""


def take(work: Work, report: Report) -> str:
    """Let what a report says come true: a mail that was returned for good is failed, and an address that does not exist is refused.

    Gives in one line what was changed, or why nothing was: another message than ours, another address, no failure, told before.
    """
    if not report.message_id:
        return "Nothing was changed: the report does not hold the Message-ID of what it returns."
    of_mail = select(Notice).where(Notice.message_id == report.message_id).order_by(Notice.id)
    notices = list(work.session.scalars(of_mail.with_for_update(of=Notice)))
    if not notices:
        return f"Nothing was changed: no mail of ours has the Message-ID {report.message_id}."
    returned = [one for one in notices if one.state in RETURNABLE and not _before(report, one)]
    address = (returned or notices)[0].email
    mail = f"mail {report.message_id} to {address}"
    fates = [one for one in report.fates if one.concerns(address)]
    if not fates:
        return f"Nothing was changed: the report is about {', '.join(one.final for one in report.fates)}, and not about {mail}."
    fate = next((one for one in fates if one.failed), None)
    if fate is None:
        return f"Nothing was changed: {mail} is {fates[0].action}, not failed: {fates[0].words}"
    if not returned:
        return f"Nothing was changed: {mail} is {notices[0].state} by now, and the report tells of no later sending."
    why = f"Returned after it was sent: {fate.words}"
    for one in returned:
        tell_failure(work, one, why, one.state)
        one.state, one.error = "failed", why
        one.claimed_by, one.claimed_at, one.leased_until = "", None, None  # whoever sent it may not have written that down yet
    marked = fate.no_such_address and fate.final == address.lower() and mark_refused(work, returned[0].person_id, address, fate.words)
    return f"{mail[0].upper()}{mail[1:]} failed{', and the address is marked as refused' if marked else ''}: {fate.words}"


def _before(report: Report, notice: Notice) -> bool:
    """Whether it tells of a sending before the present one: what failed and is sent again goes under the same Message-ID."""
    begun = notice.first_tried_at
    return begun is not None and report.written_at is not None and report.written_at < begun.replace(microsecond=0)
