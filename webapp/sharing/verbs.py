"""Keep sharing groups: found one, take bodies in, end a membership or a group."""

from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy import select

from webapp.db import Work
from webapp.register.models import Body
from webapp.sharing.models import SharingGroup, SharingMember
from workflows.benchmarks.sharing import Span, problems, told
from workflows.engine import Reason, Refused

Ending = Callable[[date], None]
"""Sets a last day."""


def add_group(work: Work, *, name: str, host: Body, functions: Collection[str], span: Span, evidence: str) -> SharingGroup:
    """Keep a sharing group of one function at least with its host as the first member.

    Raises Refused with every reason, each with the field that it is about.
    """
    reasons = []
    if work.session.scalar(select(SharingGroup.id).where(SharingGroup.name == name)) is not None:
        reasons.append(Reason(f"There is a sharing group “{name}” already. Choose another name.", "#name"))
    if span.ends is not None and span.ends < span.starts:
        reasons.append(Reason("The last day must not lie before the first day.", "#ends"))
    if reasons:
        raise Refused("input", tuple(reasons))
    group = SharingGroup(name=name, host_id=host.id, functions=sorted(functions), starts=span.starts, ends=span.ends, evidence=evidence)
    work.session.add(group)
    work.session.flush()
    work.session.add(SharingMember(group_id=group.id, body_id=host.id, kind="host", starts=span.starts, ends=span.ends))
    return group


def add_member(work: Work, group: SharingGroup, *, body: Body, kind: str, span: Span, note: str) -> SharingMember:
    """Take a body into a group, or note its talks. Raises Refused: a body stands in one way to a group on a day."""
    work.session.refresh(group, with_for_update=True)  # whoever adds to it at the same moment waits
    others = work.session.scalars(select(SharingMember).where(SharingMember.group_id == group.id, SharingMember.body_id == body.id))
    wrong = problems(span, group.span, [one.span for one in others])
    if wrong:
        raise Refused("input", tuple(Reason(text, f"#{name}") for name, text in wrong))
    member = SharingMember(group_id=group.id, body_id=body.id, kind=kind, starts=span.starts, ends=span.ends, note=note)
    work.session.add(member)
    return member


def end_member(work: Work, group: SharingGroup, member: SharingMember, last: date) -> None:
    """Set the last day of a membership. Raises Refused for one that is over before, or a day before it began."""
    span = member.span
    if member.kind == "host" and group.ends is None:
        raise Refused("input", (Reason("The host is in the group as long as there is one. End the group instead.", "#last"),))
    if last < span.starts:
        raise Refused("input", (Reason(f"The membership is {told(span)}: its last day must not lie before that.", "#last"),))
    if span.ends is not None and span.ends <= last:
        raise Refused("input", (Reason(f"The membership ends before that already: it is {told(span)}.", "#last"),))
    member.ends = last


def end_group(work: Work, group: SharingGroup, last: date) -> None:
    """Set the last day of a group: nobody is in it afterwards. Raises Refused for a day before it began or after it ends."""
    if last < group.starts:
        raise Refused("input", (Reason(f"The group is {told(group.span)}: its last day must not lie before that.", "#last"),))
    if group.ends is not None and group.ends <= last:
        raise Refused("input", (Reason(f"The group ends before that already: it is {told(group.span)}.", "#last"),))
    group.ends = last
