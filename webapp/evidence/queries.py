"""Reads of evidence: what stands behind an answer, as far as an actor may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, ScalarSelect, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from webapp.access import seen_by
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.evidence.models import Evidence, EvidenceVerdict
from webapp.evidence.sniff import KINDS, Kind
from webapp.returns import queries as returns
from webapp.returns.models import ReturnValue, ReturnVersion
from webapp.review.models import Annotation
from webapp.templating import told
from workflows.programme import Item, Programme
from workflows.returns.values import NOTHING, Answer
from workflows.roles import Actor, Side

PAGE = 50
ASKING = ("query", "correction")
"""The kinds of annotation that ask the body for something."""


@dataclass(frozen=True)
class File:
    """A file as an actor sees it: with its neighbours in the chain and the verdicts on it, where they may see those."""

    evidence: Evidence
    uploader: str
    replaced_by: int | None
    replaces: int | None
    verdicts: tuple[EvidenceVerdict, ...]

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


def _files(case: Case, actor: Actor) -> Select[Evidence, str, int | None, int | None, EvidenceVerdict | None, EvidenceVerdict | None]:
    later, earlier = aliased(Evidence), aliased(Evidence)
    peer, audit = aliased(EvidenceVerdict), aliased(EvidenceVerdict)

    def last(side: Side) -> ScalarSelect[int | None]:
        of_side = (EvidenceVerdict.evidence_id == Evidence.id, EvidenceVerdict.side == int(side), seen_by(EvidenceVerdict.audience, actor))
        return select(func.max(EvidenceVerdict.id)).where(*of_side).correlate(Evidence).scalar_subquery()

    return (
        select(Evidence, Person.name, later.number, earlier.number, peer, audit)
        .join(Person, Person.id == Evidence.uploaded_by)
        .outerjoin(later, and_(later.replaces_id == Evidence.id, seen_by(later.audience, actor)))
        .outerjoin(earlier, and_(earlier.id == Evidence.replaces_id, seen_by(earlier.audience, actor)))
        .outerjoin(peer, peer.id == last(Side.PARTNERSHIP))
        .outerjoin(audit, audit.id == last(Side.AUDITOR))
        .where(Evidence.case_id == case.id, seen_by(Evidence.audience, actor))
    )


def _file(row: Row[Evidence, str, int | None, int | None, EvidenceVerdict | None, EvidenceVerdict | None]) -> File:
    found, uploader, later, earlier, peer, audit = row
    return File(found, uploader, later, earlier, tuple(v for v in (peer, audit) if v is not None))


def files(session: Session, case: Case, actor: Actor, *, place: str = "", page: int = 1) -> tuple[list[File], bool]:
    """A page of the files of a case that an actor may see, newest first, and whether there are more: one statement."""
    query = _files(case, actor)
    if place:
        query = query.where(Evidence.place == place)
    rows = session.execute(query.order_by(Evidence.number.desc()).offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return [_file(row) for row in rows[:PAGE]], len(rows) > PAGE


def file(session: Session, case: Case, actor: Actor, number: int) -> File | None:
    """One file, if the actor may see it: one statement."""
    row = session.execute(_files(case, actor).where(Evidence.number == number)).one_or_none()
    return _file(row) if row is not None else None


def counts(session: Session, case: Case, actor: Actor) -> dict[str, int]:
    """How many files stand behind each place of a case, of those that an actor may see: one statement."""
    later = aliased(Evidence)
    replaced = exists().where(later.replaces_id == Evidence.id, seen_by(later.audience, actor))
    query = select(Evidence.place, func.count().label("files")).where(
        Evidence.case_id == case.id, seen_by(Evidence.audience, actor), Evidence.withdrawn_at.is_(None), ~replaced
    )
    return {row.place: row.files for row in session.execute(query.group_by(Evidence.place))}


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


def has_query(session: Session, case: Case) -> bool:
    """Whether the body has a query or a wanted correction before it that is not resolved: one statement."""
    asked = exists().where(
        Annotation.case_id == case.id,
        Annotation.kind.in_(ASKING),
        Annotation.state != "resolved",
        Annotation.audience.bitwise_and(int(Side.BODY)) != 0,
    )
    return bool(session.scalar(select(asked)))


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
