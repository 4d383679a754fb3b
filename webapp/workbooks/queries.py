"""Reads for workbooks: all that a file of a return holds, and what was uploaded."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.returns import drafts
from webapp.returns import queries as returns
from webapp.returns.known import LastYear, known
from webapp.returns.models import ReturnImport, ReturnVersion
from webapp.templating import moment
from workflows.programme import Programme
from workflows.returns.figures import Figures
from workflows.returns.layout import Origin
from workflows.returns.values import Answer
from workflows.returns.writing import Contents
from workflows.roles import Actor


def origin_of(case: Case, version: ReturnVersion | None) -> Origin:
    """The return that a file is written for, or meant for."""
    held = case.round
    return Origin(case=case.ref, programme=held.programme_code, programme_version=held.programme_version, round=held.code,
                  version=version.number if version else None)  # fmt: skip


def contents_of(session: Session, case: Case, version: ReturnVersion | None, now: datetime, *, to_fill_in: bool) -> Contents:
    """A version of a return as a file holds it: two statements, or four for a template, which shows last year's answers too."""
    values = returns.values(session, version.id) if version else {}
    answers = returns.as_answers(values)
    programme = case.round.programme
    last = known(session, case).last if to_fill_in else None
    return Contents(
        programme=programme,
        origin=origin_of(case, version),
        body=case.body.organisation.name,
        round=case.round.name,
        standing=_standing(version, now),
        figures=Figures(programme, answers, headcount=case.headcount),
        made=now,
        revisions={code: value.revision for code, value in values.items()},
        last=_last(programme, last) if last else {},
        last_note=last.note if last else "",
        locked=drafts.locked(version, programme),
        to_fill_in=to_fill_in,
        demo=session.scalar(select(Person.id).where(Person.demo).limit(1)) is not None,
    )


def _standing(version: ReturnVersion | None, now: datetime) -> str:
    if version is None:
        return "Nothing is answered yet."
    if version.frozen_at is not None:
        return f"Version {version.number}, signed off on {moment(version.frozen_at)}."
    return f"Version {version.number}, a draft, as it stood on {moment(now)}."


def _last(programme: Programme, last: LastYear) -> dict[str, Answer]:
    """The previous return's answers to the items that are still counted by the same definition, entered or computed."""
    return {
        item.code: last.answers.get(item.code) or Answer(amount=last.amount(item.code))
        for item in programme.items
        if last.definition(item.code) == item.definition
    }


def upload(session: Session, case: Case, actor: Actor, number: int) -> ReturnImport | None:
    """What somebody uploaded for a case: for themselves alone."""
    query = select(ReturnImport).where(
        ReturnImport.id == number, ReturnImport.case_id == case.id, ReturnImport.person_id == actor.person_id
    )
    return session.scalars(query).one_or_none()
