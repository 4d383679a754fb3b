"""What the documents of a publication are made from: the signed-off returns of a round, or the statistics held of each body."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import json
from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case, Stay
from webapp.cases.queries import filed_at, return_due
from webapp.clock import in_london
from webapp.deadlines.models import Deadline, DeadlineChange
from webapp.publication.models import GroupRequest
from webapp.register.models import Body, HeldFigure, Round, programme_of
from webapp.returns.known import PREVIOUS, LastYear, held_amounts
from webapp.returns.models import ReturnExplanation, ReturnValue, ReturnVersion
from webapp.returns.queries import answer_columns
from workflows.benchmarks.comparability import value_of
from workflows.benchmarks.groups import Chosen, Groups, Member, groups
from workflows.benchmarks.neighbours import Area, neighbourhoods
from workflows.benchmarks.publishing import Documents, Return, Subject, Term, documents, group_id
from workflows.programme import Programme
from workflows.programme.rests import items_behind
from workflows.returns.checks import check
from workflows.returns.explanations import Explanation
from workflows.returns.figures import Figures
from workflows.returns.lateness import lateness
from workflows.returns.values import Answer

LOT = 50
"""Versions of which the answers are read at a time: a return has hundreds."""
STATED = "accepted"
STATISTICS_NOTE = "As the body filed it with the government. It has not confirmed the figure here."

Encoded = tuple[str, str, bytes]
"""A document by its kind and key, as JSON."""
MADE_UP = "The body is real; its figures here are made up for the demo."


@dataclass
class _Case:
    """A case as publishing needs it."""

    id: int
    code: str
    state: str
    due: datetime | None
    first_due: datetime | None
    extensions: int
    filed: datetime | None
    headcount: int | None
    headcount_source: str
    version: ReturnVersion | None = None
    accepted: bool = False
    demo: bool = False
    """Whether nobody real signed it: its figures are made up."""


@dataclass
class Material:
    """All that a publication is made from, read in a few statements whatever the number of bodies."""

    programme: Programme
    members: dict[str, Member]
    day: date
    cases: dict[str, _Case] = field(default_factory=dict)
    held: dict[str, dict[str, dict[str, Decimal]]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """What must be said of held figures, by source."""
    last: dict[str, LastYear] = field(default_factory=dict)
    chosen: list[Chosen] = field(default_factory=list)


def make(session: Session, round_: Round, now: datetime, *, with_provisional: bool) -> Documents:
    """The documents of a round as it stands: nothing is written."""
    found = _material(session, round_, now)
    returns = list(_returns(session, found, now, with_provisional))
    found_groups = _groups(found)
    own: dict[str, list[Any]] = defaultdict(list)
    for code, group in found_groups.get("neighbours", {}).items():
        own[code].append(group)
    for code, group in found_groups.get("chosen", {}).items():
        own[code].append(group)
    common = [group for kind, of in found_groups.items() if kind not in ("neighbours", "chosen") for group in of.values()]
    return documents(found.programme, found.day, returns, common, own)


def encoded(session: Session, round_: Round, now: datetime, with_provisional: bool) -> list[Encoded]:
    """The same as they are kept, by kind and key; none where there is no figure to publish."""
    made = make(session, round_, now, with_provisional=with_provisional)
    if not any(value.value is not None for body in made.bodies for value in body.values.values()):
        return []
    return [
        ("summary", "", json.encode(made.summary)),
        *(("indicator", one.code, json.encode(one)) for one in made.indicators),
        *(("group", group_id(one.group), json.encode(one)) for one in made.groups),
        *(("body", one.subject.code, json.encode(one)) for one in made.bodies),
    ]


def _groups(found: Material) -> Groups:
    programme = found.programme
    there = [member for member in found.members.values() if member.active(found.day)]
    areas = [Area(one.code, one.kind, one.population, found.held.get(one.code, {})) for one in there]
    near = {code: [n.code for n in of] for hood in neighbourhoods(areas, programme) for code, of in hood.near.items()}
    return groups(found.members.values(), found.day, {s.code: s.name for s in programme.sectors}, near, found.chosen)


def reference_day(programme: Programme, now: datetime) -> date:
    """The day as of which bodies are compared: the last of the year that statistics are of, else today in London."""
    if programme.answered_by_statistics:
        return date(programme.effective_from + 1, 3, 31)
    return in_london(now).date()


def _material(session: Session, round_: Round, now: datetime) -> Material:
    programme = round_.programme
    found = Material(programme, {m.code: m for m in _members(session)}, reference_day(programme, now))
    found.cases = {case.code: case for case in _cases(session, round_)}
    _read_held(session, found)
    _read_last(session, round_, found)
    asked = select(Body.code, GroupRequest.members).join(Case, Case.id == GroupRequest.case_id).join(Body, Body.id == Case.body_id)
    asked = asked.where(Case.round_id == round_.id, GroupRequest.decision == "accepted").order_by(GroupRequest.id)
    latest = {row.code: row.members for row in session.execute(asked)}
    found.chosen = [Chosen(code, "bodies of its own choice", members) for code, members in latest.items()]
    return found


def _members(session: Session) -> Iterator[Member]:
    columns = (Body.code, Organisation.name, Body.sector, Body.kind, Body.class_name, Body.region, Body.population, Body.headcount,
               Body.end_date)  # fmt: skip
    query = select(*columns).join(Organisation, Organisation.id == Body.id).order_by(Body.code)
    return (Member(*row) for row in session.execute(query))


def _cases(session: Session, round_: Round) -> Iterator[_Case]:
    """The cases of a round with the version of each that counts: the newest signed off."""
    newest = (
        select(func.max(ReturnVersion.id))
        .where(ReturnVersion.case_id == Case.id, ReturnVersion.frozen_at.is_not(None))
        .correlate(Case)
        .scalar_subquery()
    )
    stood = select(func.count()).where(Stay.case_id == Case.id, Stay.track == "return", Stay.state == STATED).correlate(Case)
    first, extended = _of_return_due()
    query = (
        select(Case.id, Body.code, Stay.state, return_due(), first, extended, filed_at(), Case.headcount, Case.headcount_source,
               ReturnVersion, stood.scalar_subquery(), Person.demo)
        .join(Body, Body.id == Case.body_id)
        .join(Stay, (Stay.case_id == Case.id) & (Stay.track == "return") & Stay.until.is_(None))
        .outerjoin(ReturnVersion, ReturnVersion.id == newest)
        .outerjoin(Person, Person.id == ReturnVersion.signed_by)
        .where(Case.round_id == round_.id)
        .order_by(Body.code)
    )  # fmt: skip
    for case_id, code, state, due, first_due, extensions, filed, people, source, version, accepted, demo in session.execute(query):
        yield _Case(case_id, code, state, due, first_due, extensions, filed, people, source, version, bool(accepted), bool(demo))


def _of_return_due() -> tuple[ScalarSelect[datetime], ScalarSelect[int]]:
    """When the return of a case was due at first, and how often more time was granted for it, as columns."""
    change, due = DeadlineChange, Deadline
    here = due.id == change.deadline_id, due.case_id == Case.id, due.rule == "return_due"
    first = select(change.due_after).where(*here, change.kind == "opened").order_by(change.id).limit(1)
    extended = select(func.count()).select_from(change).join(due, due.id == change.deadline_id)
    return (first.correlate(Case).scalar_subquery(),
            extended.where(*here[1:], change.kind == "extended").correlate(Case).scalar_subquery())  # fmt: skip


def _term(case: _Case) -> Term | None:
    """When a return was due, where anything was."""
    if case.due is None or case.state == "exempt":
        return None
    return Term(_iso(case.first_due or case.due), _iso(case.due), case.extensions)


def _read_held(session: Session, found: Material) -> None:
    variables = found.programme.neighbours
    sources = {held.source for held in found.programme.held} | {variable.source for variable in variables if variable.source}
    query = select(HeldFigure.source, HeldFigure.code, HeldFigure.line, HeldFigure.amount, HeldFigure.note)
    lines = {line for held in found.programme.held for line in held.lines}
    lines |= {line for one in variables for line in (*one.lines, *one.share_of, *one.without)}
    for source, code, line, amount, note in session.execute(query.where(HeldFigure.source.in_(sources))):
        if note:
            found.notes[source] = note
        if line in lines:
            found.held.setdefault(code, {}).setdefault(source, {})[line] = amount


def _read_last(session: Session, round_: Round, found: Material) -> None:
    """The previous return of each body: that of the latest earlier round of the programme, or one filed before any."""
    newest = (
        select(Case.body_id, func.max(ReturnVersion.id).label("id"))
        .join(ReturnVersion, ReturnVersion.case_id == Case.id)
        .join(Round, Round.id == Case.round_id)
        .where(Round.id < round_.id, Round.programme_code == round_.programme_code, ReturnVersion.frozen_at.is_not(None))
        .group_by(Case.body_id)
        .subquery()
    )
    query = (
        select(Body.code, Round.id, Round.programme_hash, ReturnValue.item, *answer_columns())
        .join(newest, newest.c.id == ReturnValue.version_id)
        .join(Body, Body.id == newest.c.body_id)
        .join(Case, Case.id == ReturnValue.case_id)
        .join(Round, Round.id == Case.round_id)
    )
    answers: dict[str, dict[str, Answer]] = defaultdict(dict)
    asked_by: dict[str, Programme] = {}
    for code, round_id, programme_hash, item, *answer in session.execute(query):
        answers[code][item] = Answer(*answer)
        asked_by[code] = programme_of(session, round_id, programme_hash)
    found.last = {code: LastYear(given, asked_by[code]) for code, given in answers.items()}
    filed = select(HeldFigure.code, HeldFigure.line, HeldFigure.amount, HeldFigure.note).where(HeldFigure.source == PREVIOUS)
    before: dict[str, dict[str, Answer]] = defaultdict(dict)
    notes: dict[str, str] = {}
    for code, line, amount, note in session.execute(filed):
        before[code][line] = Answer(amount=amount)
        notes[code] = note
    for code, given in before.items():
        found.last.setdefault(code, LastYear(given, found.programme, True, notes[code]))


def _returns(session: Session, found: Material, now: datetime, with_provisional: bool) -> Iterator[Return]:
    signed = [case for case in found.cases.values() if case.version is not None and case.state != "exempt"]
    done = set()
    for start in range(0, len(signed), LOT):
        lot = signed[start : start + LOT]
        answers, explanations = _entered(session, [case.version.id for case in lot if case.version])
        for case in lot:
            assert case.version is not None
            done.add(case.code)
            yield _returned(found, case, answers[case.version.id], explanations[case.version.id], now, with_provisional)
    statistics = found.programme.answered_by_statistics
    for code, case in found.cases.items():
        if code not in done and not (statistics and code in found.held):
            yield Return(_subject(found, code, *_status(case, now)), term=_term(case))
    if statistics:
        for code in sorted(found.held.keys() & found.members.keys() - done):
            if found.members[code].active(found.day):
                yield _from_statistics(found, code, with_provisional)


def _entered(session: Session, versions: Sequence[int]) -> tuple[Mapping[int, dict[str, Answer]], Mapping[int, dict[str, Explanation]]]:
    answers: dict[int, dict[str, Answer]] = {version: {} for version in versions}
    said: dict[int, dict[str, Explanation]] = {version: {} for version in versions}
    values = select(ReturnValue.version_id, ReturnValue.item, *answer_columns()).where(ReturnValue.version_id.in_(versions))
    for version, item, *answer in session.execute(values):
        answers[version][item] = Answer(*answer)
    one = ReturnExplanation
    explained = select(one.version_id, one.check_code, one.text, one.rests_on, one.asked, one.item, one.revision)
    for version, code, text, stands_on, asked, item, revision in session.execute(explained.where(one.version_id.in_(versions))):
        said[version][code] = Explanation(text, stands_on, asked, item, revision)
    return answers, said


def _returned(
    found: Material, case: _Case, answers: Mapping[str, Answer], said: Mapping[str, Explanation], now: datetime, with_provisional: bool
) -> Return:
    assert case.version is not None
    last = found.last.get(case.code)
    held = held_amounts(found.programme, found.held.get(case.code, {}))
    comparable = last.comparable(found.programme) if last else {}
    figures = Figures(found.programme, answers, last=comparable, held=held, headcount=case.headcount)
    status, told = _status(case, now)
    note = MADE_UP if case.demo else ""
    subject = _subject(found, case.code, status, told, version=case.version.number,
                       signed_on=_iso(case.version.frozen_at), note=note)  # fmt: skip
    before = _before(last, comparable) if last is not None else None
    made = _published(subject, figures, said, accepted=case.accepted, with_provisional=with_provisional, last=before)
    return replace(made, term=_term(case))


def _before(last: LastYear, comparable: Mapping[str, Decimal]) -> Figures:
    """The figures of the previous return; of one that was filed before any round, those that were counted as they are now."""
    if last.filed_before:
        return Figures(last.programme, {code: Answer(amount=amount) for code, amount in comparable.items()})
    return Figures(last.programme, last.answers)


def _from_statistics(found: Material, code: str, with_provisional: bool) -> Return:
    """The figures of a body as the statistics have them: what it would have been asked to confirm."""
    programme = found.programme
    held = held_amounts(programme, found.held[code])
    answers = {item: Answer(amount=held[one.code], basis="final") for item, one in programme.held_by_item.items() if one.code in held}
    figures = Figures(programme, answers, held=held)
    notes = [found.notes[one.source] for one in programme.held if one.source in found.notes]
    subject = _subject(found, code, "statistics", "From published statistics", note=" ".join([STATISTICS_NOTE, *dict.fromkeys(notes)]))
    return _published(subject, figures, {}, accepted=True, with_provisional=with_provisional, last=None)


def _published(
    subject: Subject, figures: Figures, said: Mapping[str, Explanation], *, accepted: bool, with_provisional: bool, last: Figures | None
) -> Return:
    checked = check(figures, said)
    programme = figures.programme
    values = {
        indicator.code: value_of(indicator, checked, accepted=accepted, with_provisional=with_provisional, last=last)
        for indicator in programme.indicators
    }
    told = [indicator for indicator in programme.indicators if values[indicator.code].value is not None]
    codes = dict.fromkeys(code for indicator in told for code in items_behind(indicator, programme))
    items = {code: amount for code in codes if (amount := figures.amount(code)) is not None}
    texts = {code: answer.text for code in codes if (answer := figures.answers.get(code)) is not None and answer.text}
    return Return(subject, values, items, texts)


def _subject(found: Material, code: str, status: str, told: str, **more: Any) -> Subject:
    member = found.members[code]
    return Subject(code, member.name, member.kind, member.class_name, member.sector, member.region or "", status, told, **more)


def _status(case: _Case, now: datetime) -> tuple[str, str]:
    """What became of a return, by code and in words."""
    if case.state == "exempt":
        return "exempt", f"Exempt: {case.headcount:,} people" if case.headcount is not None else "Exempt"
    late = lateness(case.state, case.due, case.filed, now)
    if case.filed is not None:
        return ("returned_late", late.words) if late else ("returned", "Returned in time")
    if late is not None:
        return ("not_returned" if late.kind == "not_returned" else "late"), late.words
    if case.state == "not_returned":
        return "not_returned", "Not returned"
    return "late", "Not returned yet"


def _iso(at: datetime | None) -> str:
    return in_london(at).date().isoformat() if at is not None else ""
