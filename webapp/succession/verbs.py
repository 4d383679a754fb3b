"""Propose the handover of a body that ends, sign it, drop it, and apply it: all of it in one transaction, or nothing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import people
from webapp.accounts.models import Membership
from webapp.cases import moves
from webapp.cases.facts import conflicts_of
from webapp.cases.models import Assignment, Case
from webapp.clock import in_london
from webapp.db import Work
from webapp.plans import queries as plans
from webapp.plans.models import Action
from webapp.record import note
from webapp.register.models import Body
from webapp.sharing.models import SharingMember
from webapp.succession.looking import Outlook, look, parties, wrong
from webapp.succession.models import Handover, HandoverSignature
from workflows.asks import Ask, Moment
from workflows.benchmarks.sharing import Span
from workflows.engine import Reason, Refused, problems_of
from workflows.roles import EVERY_SIDE
from workflows.succession import NOTHING, Choices, Share, narrowed, settle

WHY = Ask("reason", "Reason", limit=2000)
RANK = {"talks": 0, "client": 1, "host": 2}
"""How much each kind of sharing membership is: the successor stands as the most that it or the body stood as."""


def kept(choices: Choices, seen: Outlook) -> dict[str, Any]:
    """Choices as they are kept, and signed; `roles` are all that were there to choose from."""
    return {
        "actions": {str(one): to for one, to in sorted(choices.actions.items())},
        "access": sorted([one, to] for one, to in choices.access),
        "sharing": {str(one): to for one, to in sorted(choices.sharing.items())},
        "roles": sorted(held.id for held in seen.holding.roles),
    }


def chosen(handover: Handover) -> Choices:
    """The choices that a handover keeps."""
    said: Mapping[str, Any] = handover.choices
    return Choices(
        handover.heir_id,
        {int(one): to for one, to in said["actions"].items()},
        frozenset((one, to) for one, to in said["access"]),
        {int(one): to for one, to in said["sharing"].items()},
    )


def check(work: Work, body: Body, choices: Choices) -> Outlook:
    """Look at a body that is to be handed over like this. Raises Refused with all that is in the way of proposing it."""
    seen = look(work.session, body, work.now, heir=choices.heir)
    if seen.obstacles:
        raise Refused("guard", seen.obstacles)
    if reasons := wrong(work.session, seen, choices):
        raise Refused("input", reasons)
    own = {held.id for held in seen.holding.roles if held.person_id == work.actor.person_id}
    if any(one in own for one, _ in choices.access):
        raise Refused("input", (Reason("Nobody offers access to themselves: ask another officer.", "#access"),))
    _, missing = parties(seen, choices, work.session)
    if missing:
        raise Refused("guard", missing)
    return seen


def propose(work: Work, body: Body, choices: Choices, reason: str) -> Handover:
    """Propose what of a body goes to whom. Raises Refused with every reason against it."""
    seen = check(work, body, choices)
    _must_say_why(work, reason)
    made = Handover(predecessor_id=body.id, heir_id=choices.heir, starts=seen.lines[0].starts, choices=kept(choices, seen),
                    reason=reason.strip(), proposed_by=work.actor.person_id, proposed_at=work.now)  # fmt: skip
    work.session.add(made)
    work.session.flush()
    return made


def must_sign(session: Session, handover: Handover, now: Any) -> list[int]:
    """The bodies whose signature a handover that waits needs: see `parties`."""
    seen = look(session, handover.predecessor, now, heir=handover.heir_id, proposed=True)
    return parties(seen, chosen(handover), session)[0]


def sign(work: Work, handover: Handover) -> None:
    """Accept a handover for one's body. Raises Refused for one that is over or signed, and for whoever signed for another."""
    _must_wait(handover)
    here = work.actor.organisation_id
    if here not in must_sign(work.session, handover, work.now):
        raise Refused("state", (Reason("Nothing goes to your body by this handover, so that it needs no signature of yours."),))
    if any(signature.body_id == here for signature in handover.signatures):
        raise Refused("state", (Reason("It is signed for your body already."),))
    if handover.proposed_by == work.actor.person_id:
        raise Refused("guard", (Reason("You proposed it, so that another approver must sign it."),))
    if any(signature.person_id == work.actor.person_id for signature in handover.signatures):
        raise Refused("guard", (Reason("You signed it for another body, so that another approver must sign it for this one."),))
    handover.signatures.append(HandoverSignature(body_id=here, person_id=work.actor.person_id, at=work.now))


def drop(work: Work, handover: Handover, why: str) -> None:
    """Give a handover up, or turn it down for one's body. Raises Refused for one that is over, and without a reason."""
    _must_wait(handover)
    _must_say_why(work, why)
    handover.dropped_at, handover.dropped_why = work.now, why.strip()


def apply(work: Work, handover: Handover) -> int:
    """Carry a signed handover out; gives how many actions moved. Raises Refused with all that is in the way."""
    session = work.session
    _must_wait(handover)
    seen = look(session, handover.predecessor, work.now, heir=handover.heir_id, proposed=True, lock=True)
    choices = narrowed(chosen(handover), seen.holding)
    _must_be_ready(work, handover, seen, choices)
    shares = settle(seen.holding, seen.names, choices)
    old_name, moved = seen.body.organisation.name, 0
    for to, share in shares.items():
        moved += _actions(work, handover, seen, to, share)
        _roles(work, to, share)
    _end_roles(work, seen.body)
    _sharing(work, handover, seen, choices)
    for body in session.scalars(select(Body).where((Body.id == seen.body.id) | (Body.answered_by_id == seen.body.id))):
        body.answered_by_id = handover.heir_id
    for to, share in shares.items():
        if share != NOTHING:
            successor = session.get_one(Body, to)
            successor.took_over = [*successor.took_over, {"name": old_name, "on": handover.starts.isoformat()}]
    handover.applied_at, handover.applied_by = work.now, work.actor.person_id
    heir = seen.names[handover.heir_id]
    for case in seen.cases:
        _note(work, handover, case, f"handed {old_name} over: {heir} answers for this case from now on")
    for to, share in shares.items():
        if share.answers or share.actions:
            _note(work, handover, seen.receiving[to], f"took over {_many(len(share.actions))} from {old_name}")
    session.flush()
    return moved


def _must_be_ready(work: Work, handover: Handover, seen: Outlook, choices: Choices) -> None:
    today = in_london(work.now).date()
    if today < handover.starts:
        day = f"{handover.starts.day} {handover.starts:%B %Y}"
        raise Refused("guard", (Reason(f"{seen.body.organisation.name} goes on until {day}. Apply the handover on that day."),))
    needed, missing = parties(seen, choices, work.session)
    signed = {signature.body_id for signature in handover.signatures}
    names = {**seen.names, seen.body.id: seen.body.organisation.name}
    unsigned = tuple(Reason(f"An approver of {names[one]} has not signed it yet.") for one in needed if one not in signed)
    new = {held.id for held in seen.holding.roles} - set(handover.choices["roles"])
    changed = (Reason("Somebody was given a role in the body since it was proposed. Drop it and propose it anew."),) if new else ()
    lines = () if seen.lines and seen.lines[0].starts == handover.starts else (Reason("The successor map has changed since. Drop it."),)
    if reasons := (*seen.obstacles, *lines, *unsigned, *missing, *changed):
        raise Refused("guard", reasons)
    if reasons := wrong(work.session, seen, choices):
        stale = Reason("Things have changed since it was proposed. Drop it and propose it anew:")
        raise Refused("guard", (stale, *(Reason(reason.text) for reason in reasons)))


def _actions(work: Work, handover: Handover, seen: Outlook, to: int, share: Share) -> int:
    """Move the actions that one successor receives, and let the inspectors who verify them into its case."""
    session, case_of = work.session, {case.id: case for case in seen.cases}
    target, day = seen.receiving[to], f"{handover.starts.day} {handover.starts:%B %Y}"
    number = plans.next_number(session, target)
    inspectors: set[int] = set()
    for one in share.actions:
        action = session.get_one(Action, one)
        case = case_of[action.case_id]
        left = f"It goes on as action {number} of {target.ref}, {seen.names[to]}."
        came = f"It came from action {action.number} of {case.ref}, {case.body.organisation.name}, which ended on {day}."
        moves.pass_on(work, action, case, target, number, left=left, came=came)
        inspectors |= {person for ref, kind, person, _ in seen.assigned if kind == "inspector" and ref == case.ref}
        number += 1
    there = select(Assignment.person_id).where(Assignment.case_id == target.id, Assignment.kind == "inspector", Assignment.until.is_(None))
    inspectors -= set(session.scalars(there))
    against = conflicts_of(session, target, sorted(inspectors), in_london(work.now).date()) if inspectors else {}
    for person in sorted(inspectors):
        if not against[person]:
            session.add(Assignment(case_id=target.id, kind="inspector", person_id=person, since=work.now))
    return len(share.actions)


def _roles(work: Work, to: int, share: Share) -> None:
    """Give the people who go on with one successor their roles there."""
    session = work.session
    for one in share.roles:
        old = session.get_one(Membership, one)
        there = session.scalars(
            select(Membership).where(Membership.person_id == old.person_id, Membership.organisation_id == to, Membership.role == old.role)
        ).one_or_none()
        if there is None:
            session.add(Membership(person_id=old.person_id, organisation_id=to, role=old.role, since=work.now))
        elif there.until is not None:
            there.since, there.until = work.now, None
    session.flush()


def _end_roles(work: Work, body: Body) -> None:
    """Nobody acts for a body that is no more; tokens that act in its roles are revoked."""
    query = select(Membership).where(Membership.organisation_id == body.id, Membership.until.is_(None))
    ended = list(work.session.scalars(query))
    for membership in ended:
        membership.until = work.now
    people.revoke_tokens(work, [membership.id for membership in ended])


def _sharing(work: Work, handover: Handover, seen: Outlook, choices: Choices) -> None:
    """End the body's memberships of sharing groups on its last day, and let whoever was chosen take its place."""
    session, last = work.session, handover.starts - timedelta(days=1)
    for old, _ in seen.sharing:
        to, span = choices.sharing[old.id], Span(max(old.starts, handover.starts), old.ends)
        old.ends = max(last, old.starts)
        if to is None:
            continue
        query = select(SharingMember).where(SharingMember.group_id == old.group_id, SharingMember.body_id == to)
        there = [one for one in session.scalars(query) if one.span.meets(span)]
        if old.kind == "host":
            old.group.host_id = to
        for one in there:
            if RANK[one.kind] < RANK[old.kind]:
                _rise(one, old.kind, span.starts)
        if not any(one.span.meets(span) for one in there):
            name = seen.body.organisation.name
            session.add(SharingMember(group_id=old.group_id, body_id=to, kind=old.kind, starts=span.starts, ends=span.ends,
                                      note=f"In the place of {name}."))  # fmt: skip


def _rise(member: SharingMember, kind: str, day: date) -> None:
    """Have a body stand in a group as more than it did: what it was ends the day before, or, if it was not yet, is that from the
    first."""
    if member.starts < day:
        member.ends = day - timedelta(days=1)
    else:
        member.kind = kind


def _note(work: Work, handover: Handover, case: Case, label: str) -> None:
    note(work, "handover.applied", entity="handover", key=str(handover.id), label=label, audience=EVERY_SIDE, case_id=case.id,
         why=handover.reason)  # fmt: skip


def _many(number: int) -> str:
    return "no action" if number == 0 else "one action" if number == 1 else f"{number} actions"


def _must_wait(handover: Handover) -> None:
    if handover.applied_at is not None:
        raise Refused("state", (Reason("This handover was applied already."),))
    if handover.dropped_at is not None:
        raise Refused("state", (Reason(f"This handover was dropped: “{handover.dropped_why}” Propose it anew."),))


def _must_say_why(work: Work, reason: str) -> None:
    if problems := problems_of((WHY,), {"reason": reason}, Moment(work.now)):
        raise Refused("input", problems)
