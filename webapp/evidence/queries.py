"""Reads of evidence: what stands behind an answer, as far as an actor may see it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, String, and_, bindparam, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from webapp.access import Whoever, seen_by
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import read_rows
from webapp.evidence.models import Evidence, EvidenceVerdict
from webapp.evidence.sniff import KINDS, Kind
from webapp.returns import queries as returns
from webapp.returns.models import ReturnSection, ReturnValue, ReturnVersion
from webapp.review.names import number_of
from webapp.templating import told
from workflows.programme import Item, Programme
from workflows.returns.values import NOTHING, Answer
from workflows.review.names import called
from workflows.roles import Actor, Role, Side

PAGE = 50


@dataclass(frozen=True)
class File:
    """A file as an actor sees it: with its neighbours in the chain and the verdicts on it, where they may see those."""

    evidence: Evidence
    uploader: str
    replaced_by: int | None
    replaces: int | None
    verdicts: tuple[EvidenceVerdict, ...]
    judge: str = ""
    """The reviewer whose verdict is among these, as the actor may know them."""
    signed_with: tuple[int, ...] = ()
    """The versions of the return that were signed off while it stood, of those that the actor may see."""

    @property
    def kind(self) -> Kind:
        return KINDS[self.evidence.media_type]

    @property
    def current(self) -> bool:
        """Whether it stands: neither withdrawn nor replaced."""
        return self.replaced_by is None and self.evidence.withdrawn_at is None

    def expired(self, now: datetime) -> bool:
        """Whether the last day for which it counts has passed."""
        until: date | None = self.evidence.expires_on
        return until is not None and until < in_london(now).date()


FileRow = tuple[Evidence, str, int | None, int | None, EvidenceVerdict | None, EvidenceVerdict | None, str | None, int, str | None]


def _files(case: Case, actor: Actor, version: int | None = None) -> Select[*FileRow]:
    later, earlier = aliased(Evidence), aliased(Evidence)
    peer, audit, judge = aliased(EvidenceVerdict), aliased(EvidenceVerdict), aliased(Person)

    def last(side: Side) -> ScalarSelect[int | None]:
        of_side = (EvidenceVerdict.evidence_id == Evidence.id, EvidenceVerdict.side == int(side), seen_by(EvidenceVerdict.audience, actor))
        return select(func.max(EvidenceVerdict.id)).where(*of_side).correlate(Evidence).scalar_subquery()

    signed = (
        ReturnVersion.case_id == Evidence.case_id, seen_by(ReturnVersion.audience, actor), ReturnVersion.frozen_at >= Evidence.uploaded_at,
        or_(Evidence.withdrawn_at.is_(None), Evidence.withdrawn_at > ReturnVersion.frozen_at),
        or_(later.id.is_(None), later.uploaded_at > ReturnVersion.frozen_at),
    )  # fmt: skip
    numbers = select(func.aggregate_strings(cast(ReturnVersion.number, String), ",")).where(*signed).correlate(Evidence, later)
    query = (
        select(Evidence, Person.name, later.number, earlier.number, peer, audit, judge.name, number_of(peer), numbers.scalar_subquery())
        .join(Person, Person.id == Evidence.uploaded_by)
        .outerjoin(later, and_(later.replaces_id == Evidence.id, seen_by(later.audience, actor)))
        .outerjoin(earlier, and_(earlier.id == Evidence.replaces_id, seen_by(earlier.audience, actor)))
        .outerjoin(peer, peer.id == last(Side.PARTNERSHIP))
        .outerjoin(judge, judge.id == peer.person_id)
        .outerjoin(audit, audit.id == last(Side.AUDITOR))
        .where(Evidence.case_id == case.id, seen_by(Evidence.audience, actor))
    )
    if version is None:
        return query
    return query.where(exists().where(*signed, ReturnVersion.number == version).correlate(Evidence, later))


def _file(case: Case, actor: Actor, row: Row[*FileRow]) -> File:
    found, uploader, later, earlier, peer, audit, judge, number, signed = row
    numbers = sorted(int(number) for number in signed.split(",")) if signed else ()
    words = called(case.round.programme.review.names, actor.side, judge, number) if judge else ""
    return File(found, uploader, later, earlier, tuple(v for v in (peer, audit) if v is not None), words, tuple(numbers))


def files(
    session: Session, case: Case, actor: Actor, *, place: str = "", version: int | None = None, page: int = 1
) -> tuple[list[File], bool]:
    """A page of the files of a case that an actor may see, newest first, and whether there are more: one statement.

    Of one place alone, and of those alone with which a version was signed off, where these are given.
    """
    query = _files(case, actor, version)
    if place:
        query = query.where(Evidence.place == place)
    rows = session.execute(query.order_by(Evidence.number.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return [_file(case, actor, row) for row in rows[:PAGE]], len(rows) > PAGE


def file(session: Session, case: Case, actor: Actor, number: int) -> File | None:
    """One file, if the actor may see it: one statement."""
    row = session.execute(_files(case, actor).where(Evidence.number == number)).one_or_none()
    return _file(case, actor, row) if row is not None else None


def standing_places(actor: Whoever) -> ScalarSelect[str | None]:
    """The place of every file that an actor may see and that stands, joined by commas: for a statement that reads something else."""
    mine, later = aliased(Evidence), aliased(Evidence)
    replaced = exists().where(later.replaces_id == mine.id, seen_by(later.audience, actor))
    query = select(func.aggregate_strings(mine.place, ","))
    mine_to_see = (mine.case_id == bindparam("case"), seen_by(mine.audience, actor), mine.withdrawn_at.is_(None), ~replaced)
    return query.where(*mine_to_see).scalar_subquery()


def places(session: Session, case: Case, actor: Actor) -> dict[int, str]:
    """What each file of a case that an actor may see stands behind, by number, whether it still stands or not: one statement."""
    query = select(Evidence.number, Evidence.place).where(Evidence.case_id == case.id, seen_by(Evidence.audience, actor))
    return {row.number: row.place for row in session.execute(query)}


def part_and_counts(
    session: Session, case: Case, actor: Actor, version: ReturnVersion, function: str
) -> tuple[returns.Part | None, Mapping[str, int]]:
    """A function of a version among the people who fill it in, and how many files that an actor may see stand behind each place:
    one statement. Ask only for a version that the actor may see."""
    values = {"case": case.id, "version": version.id, "function": function}
    places, *part = read_rows(session, _part_and_places(actor.role), values)[0]
    return returns.Part(*part) if part[0] is not None else None, counted(places)


@cache
def _part_and_places(role: Role | None) -> Select[*tuple[Any, ...]]:
    here = and_(ReturnSection.version_id == ReturnVersion.id, ReturnSection.function == bindparam("function"))
    query = select(standing_places(Whoever(role))).select_from(ReturnVersion).outerjoin(ReturnSection, here)
    return returns.with_people(query).where(ReturnVersion.id == bindparam("version"))


def counts(session: Session, case: Case, actor: Actor, *, beside: Role | None = None) -> Mapping[str, int]:
    """How many files that an actor may see, and somebody `beside` them too, stand behind each place: one statement."""
    return counted(session.scalar(_places(actor.role, beside), {"case": case.id}))


def counted(places: str | None) -> Mapping[str, int]:
    """How many files stand behind each place, of what `standing_places` gives."""
    return Counter(places.split(",") if places else ())


@cache
def _places(role: Role | None, beside: Role | None) -> Select[str | None]:
    return select(standing_places(Whoever(role, beside)))


@dataclass(frozen=True)
class Held:
    """What a case holds in all, seen or not: the last number given, and how many bytes."""

    last: int
    size: int


def held(session: Session, case: Case) -> Held:
    """What a case holds: one statement."""
    query = select(func.coalesce(func.max(Evidence.number), 0), func.coalesce(func.sum(Evidence.size), 0))
    last, size = session.execute(query.where(Evidence.case_id == case.id)).one()
    return Held(last, int(size))


def signed_words(session: Session, case: Case, actor: Actor, places: Iterable[str]) -> dict[str, set[str]]:
    """The answers, in words, that were signed off for these items, in every version that an actor may see: one statement."""
    query = (
        select(ReturnValue)
        .join(ReturnVersion, ReturnVersion.id == ReturnValue.version_id)
        .where(ReturnVersion.case_id == case.id, ReturnVersion.frozen_at.is_not(None), seen_by(ReturnVersion.audience, actor))
        .where(ReturnValue.item.in_(list(places)))
    )
    found: dict[str, set[str]] = {}
    for value in session.scalars(query):
        found.setdefault(value.item, set()).add(words_of(returns.answer(value), case.round.programme.item(value.item)))
    return found


def words_of(answer: Answer, item: Item) -> str:
    """An answer in words, no longer than evidence keeps it."""
    return told(answer, item)[:560]


def kept(session: Session) -> dict[str, list[tuple[str, int, str]]]:
    """Every content that is kept, with the case, number and name of each file that has it: one statement."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    query = select(Evidence.sha256, Case.ref, Evidence.number, Evidence.name).join(Case, Case.id == Evidence.case_id)
    for row in session.execute(query.order_by(Case.ref, Evidence.number)):
        found.setdefault(row.sha256, []).append((row.ref, row.number, row.name))
    return found


def place_words(programme: Programme, place: str) -> str:
    """What a file stands behind, in words: the function, and the item in it."""
    item = programme.find_item(place)
    function = programme.find_function(item.function if item else place)
    name = function.name if function else place
    return f"{name}: {item.label}" if item else name


def place_path(programme: Programme, place: str) -> str:
    """Where that is, as a path below the case."""
    item = programme.find_item(place)
    return f"return/{item.function}/{place}" if item else f"return/{place}"


def practices(programme: Programme, function: str, answers: Mapping[str, Answer], counted: Mapping[str, int]) -> tuple[int, int]:
    """Of a function's practices, how many are answered yes, and how many of those have a file behind them."""
    said = [p.code for p in programme.practices if p.function == function and answers.get(p.code, NOTHING).yes]
    return len(said), sum(1 for code in said if counted.get(code))
