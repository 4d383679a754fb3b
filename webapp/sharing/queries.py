"""Reads of sharing groups and of who is in them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from webapp.accounts.models import Organisation
from webapp.register.models import Body
from webapp.sharing.models import SharingGroup, SharingMember
from workflows.benchmarks.sharing import Belonging, Span


@dataclass(frozen=True)
class Member:
    """A line of a group: the body, how it stands to the group, and from when to when."""

    id: int
    code: str
    name: str
    kind: str
    span: Span
    note: str


@dataclass(frozen=True)
class Listed:
    """A group as lists show it: with its host, and how many are in it and in talks on a day."""

    group: SharingGroup
    host: str
    members: int
    talks: int


def belongings(session: Session, where: Any = None) -> list[Belonging]:
    """Every body's stand to every group, of all days; narrowed by a condition on members. One statement."""
    query = _belongings()
    return [belonging(row) for row in session.execute(query if where is None else query.where(where))]


def _belongings() -> Select[*tuple[Any, ...]]:
    member, group = SharingMember, SharingGroup
    return (
        select(Body.code, group.id, group.name, group.functions, member.kind, member.starts, member.ends, group.starts, group.ends)
        .select_from(member)
        .join(group, group.id == member.group_id)
        .join(Body, Body.id == member.body_id)
        .order_by(group.name, member.starts)
    )


def belonging(row: Sequence[Any]) -> Belonging:
    """A row of body, group, its functions, kind, and the days of the membership and of the group."""
    body, group_id, group, functions, kind, starts, ends, group_starts, group_ends = row
    return Belonging(body, group_id, group, frozenset(functions), kind, Span(starts, ends), Span(group_starts, group_ends))


def groups(session: Session, day: date) -> list[Listed]:
    """Every sharing group with its host, and who is in it on a day: two statements."""
    counts: dict[int, set[str]] = {}
    talks: dict[int, set[str]] = {}
    for one in belongings(session):
        if one.counts((), day):
            counts.setdefault(one.group_id, set()).add(one.body)
        elif one.holds(day):
            talks.setdefault(one.group_id, set()).add(one.body)
    query = select(SharingGroup, Organisation.name).join(Organisation, Organisation.id == SharingGroup.host_id).order_by(SharingGroup.name)
    return [Listed(group, host, len(counts.get(group.id, ())), len(talks.get(group.id, ()))) for group, host in session.execute(query)]


def members(session: Session, group: SharingGroup) -> list[Member]:
    """Who is, was and will be in a group or talks about it, by their first day: one statement."""
    query = (
        select(SharingMember, Body.code, Organisation.name)
        .join(Body, Body.id == SharingMember.body_id)
        .join(Organisation, Organisation.id == Body.id)
        .where(SharingMember.group_id == group.id)
        .order_by(SharingMember.starts, Organisation.name)
    )
    return [Member(one.id, code, name, one.kind, one.span, one.note) for one, code, name in session.execute(query)]


def body_of(session: Session, said: str) -> Body | None:
    """The body of that code or, where just one has it, of that name."""
    said = said.strip()
    query = select(Body).join(Organisation, Organisation.id == Body.id)
    found = session.scalars(query.where(or_(Body.code == said.upper(), Organisation.name == said)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def sharing_with(bodies: Collection[int], day: date) -> Select[int, int, str, str, str]:
    """The statement for the bodies that share with some bodies on a day, or are in talks with them about a group: first the body
    that is asked about, then the other, the group, and how the two stand to it. `shares` reads its rows without the first."""
    own, other = aliased(SharingMember), aliased(SharingMember)
    return (
        select(own.body_id, other.body_id.label("other_id"), SharingGroup.name, own.kind, other.kind.label("other_kind"))
        .join(SharingGroup, SharingGroup.id == own.group_id)
        .join(other, other.group_id == own.group_id)
        .where(own.body_id.in_(bodies), other.body_id != own.body_id)
        .where(*in_force(SharingGroup, day), *in_force(own, day), *in_force(other, day))
    )


def shares(rows: Iterable[Sequence[Any]]) -> dict[int, str]:
    """The other bodies of rows of `sharing_with` about one body, each with how and in which group it shares, in words."""
    found: dict[int, str] = {}
    for other_id, group, *kinds in sorted((tuple(row) for row in rows), key=lambda row: (row[1], row)):
        words = "in talks about the sharing group" if "talks" in kinds else "in the same sharing group"
        found.setdefault(other_id, f"{words} “{group}”")
    return found


def in_force(thing: Any, day: date) -> Iterable[Any]:
    """The conditions that a dated row holds on a day."""
    return (thing.starts <= day, or_(thing.ends.is_(None), thing.ends >= day))
