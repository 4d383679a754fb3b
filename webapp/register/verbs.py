"""Import bodies, and open a round."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import Organisation
from webapp.cases import moves
from webapp.cases.models import Case
from webapp.clock import in_london
from webapp.db import Work
from webapp.record import note
from webapp.register.models import Body, Round
from workflows.programme import Programme, dump
from workflows.register import BodyRow, Problem, RegisterReading
from workflows.roles import EVERY_SIDE


class RegisterProblem(ValueError):
    """Something about a round that cannot be; the text says what to do."""


@dataclass
class ImportReport:
    """What an import did, by code of body, and what there is to say about it."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "refused"]


class RowsRefused(RegisterProblem):
    """Some rows of a register cannot be used, so that none was; `problems` tells which, and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        number = sum(p.severity == "refused" for p in problems)
        rows = "one row is" if number == 1 else f"{number} rows are"
        super().__init__(f"Nothing was imported, because {rows} refused. Mend what is told of each, and import the file again.")


FIELDS = ("region", "police_force", "population", "snac", "gss", "end_date", "replaced_by", "central_services_k",
          "total_service_k", "headcount")  # fmt: skip


def import_bodies(work: Work, reading: RegisterReading, programme: Programme, *, whole: bool = False) -> ImportReport:
    """Bring the register up to date with a reading. Run again, it changes nothing; a blank never wipes out a value.

    With `whole`, all of it or nothing: raises RowsRefused where a row is refused, and the unit of work is to be rolled back.
    """
    session = work.session
    report = ImportReport(problems=list(reading.problems))
    existing = {b.code: b for b in session.scalars(select(Body).options(joinedload(Body.organisation)))}
    partnerships = {o.name: o for o in session.scalars(select(Organisation).where(Organisation.kind == "partnership"))}
    for row in reading.rows:
        sector = programme.sector_for_kind(row.kind)
        if sector is None:
            text = f"No sector of the programme takes bodies of the kind “{row.kind}”. Add the kind to sectors.toml, or leave the row out."
            report.problems.append(Problem(row.line, row.code, "refused", text, sheet=row.sheet))
            continue
        partnership = _partnership(session, partnerships, row)
        body = existing.get(row.code)
        if body is None:
            existing[row.code] = _new_body(session, row, sector.code, partnership)
            report.added.append(row.code)
        elif _update(body, row, sector.code, partnership):
            report.changed.append(row.code)
        else:
            report.unchanged += 1
    if whole and report.refused:
        raise RowsRefused(report.problems)
    note(work, "register.imported", entity="register", key=programme.code, label="the register of bodies was imported",
         audience=EVERY_SIDE, new={"added": len(report.added), "changed": len(report.changed)})  # fmt: skip
    session.flush()
    return report


def _partnership(session: Session, known: dict[str, Organisation], row: BodyRow) -> Organisation | None:
    if not row.riep:
        return None
    if row.riep not in known:
        codes = {organisation.code for organisation in known.values()}
        slugs = (re.sub(r"[^a-z]+", "-", name.lower()).strip("-")[:50] for name in (row.region or row.riep, row.riep))
        free = [code for slug in slugs if (code := f"riep-{slug}") not in codes]
        code = free[0] if free else f"riep-{len(codes) + 1}"
        known[row.riep] = Organisation(kind="partnership", code=code, name=row.riep)
        session.add(known[row.riep])
        session.flush()
    return known[row.riep]


def _new_body(session: Session, row: BodyRow, sector: str, partnership: Organisation | None) -> Body:
    organisation = Organisation(kind="body", code=row.code, name=row.name)
    body = Body(organisation=organisation, code=row.code, kind=row.kind, class_name=row.class_name, sector=sector,
                partnership_id=partnership.id if partnership else None,
                headcount_source="register" if row.headcount is not None else "",
                **{name: getattr(row, name) for name in FIELDS})  # fmt: skip
    session.add(body)
    return body


def _update(body: Body, row: BodyRow, sector: str, partnership: Organisation | None) -> bool:
    wanted: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    if not (body.region and not row.region):
        wanted |= {"kind": row.kind, "class_name": row.class_name, "sector": sector}
    if partnership is not None:
        wanted["partnership_id"] = partnership.id
    if row.headcount is not None:
        wanted["headcount_source"] = "register"
    changed = False
    for name, value in wanted.items():
        if value is not None and getattr(body, name) != value:
            setattr(body, name, value)
            changed = True
    if body.organisation.name != row.name and (row.region or not body.region):
        body.organisation.name = row.name
        changed = True
    return changed


@dataclass
class OpeningReport:
    """How many cases a new round has."""

    opened: int = 0
    exempt: int = 0
    warned: int = 0
    no_headcount: int = 0


def open_round(
    work: Work, *, code: str, name: str, programme: Programme, dates: Mapping[str, str], threshold: int, asks: bool = True
) -> OpeningReport:
    """Open a round: the programme is frozen into it, and a case arises for every body in force. One that does not ask has no
    cases: it is published from the statistics that are held.

    More than `threshold` people must return; exactly that many are exempt; near the line warns. Raises RegisterProblem.
    """
    session = work.session
    _check_round(session, code, dates, programme)
    frozen = dump(programme)
    round_ = Round(code=code, name=name.strip(), programme_code=programme.code, programme_version=programme.version,
                   programme_hash=hashlib.sha256(frozen).hexdigest(), frozen=frozen, threshold=threshold,
                   dates=dict(dates), opened_at=work.now)  # fmt: skip
    session.add(round_)
    session.flush()
    if not asks:
        return OpeningReport()
    today = in_london(work.now).date()
    bodies = session.scalars(select(Body).options(joinedload(Body.organisation)).order_by(Body.code)).all()
    report = OpeningReport()
    cases = [_case(work, round_, body, report) for body in bodies if body.end_date is None or body.end_date > today]
    if not cases:
        raise RegisterProblem("There are no bodies in the register yet. Import them first: yardstick bodies import FILE.")
    session.add_all(cases)
    session.flush()
    for case in cases:
        moves.open_case(work, case, exempt=case.stage == "exempt")
    return report


def _check_round(session: Session, code: str, dates: Mapping[str, str], programme: Programme) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]{2,12}", code):
        raise RegisterProblem("The code of a round must be 2 to 12 letters and digits, like 2010.")
    if session.scalar(select(Round.id).where(Round.code == code)):
        raise RegisterProblem(f"There is a round {code} already. Choose another code.")
    known = {d.code for d in programme.deadlines}
    for rule, text in dates.items():
        if rule not in known:
            raise RegisterProblem(f"The programme has no deadline “{rule}”.")
        try:
            date.fromisoformat(text)
        except ValueError:
            raise RegisterProblem(f"The date of “{rule}” must look like 2010-02-26, not “{text}”.") from None


def _case(work: Work, round_: Round, body: Body, report: OpeningReport) -> Case:
    people, line = body.headcount, round_.threshold
    exempt = people is not None and people <= line
    near = line * round_.programme.threshold_warning_percent / 100
    warning = ""
    if people is None:
        report.no_headcount += 1
        warning = f"The register gives no headcount. Ask the body for it: with {line} people or fewer it is exempt."
    elif abs(people - line) <= near:
        report.warned += 1
        side = "exempt" if exempt else "in"
        warning = (
            f"{people} people is within {round_.programme.threshold_warning_percent}% of the line of {line}, and so the body is "
            f"{side} only just. Check the count and the day it was taken."
        )
    report.exempt += exempt
    report.opened += not exempt
    return Case(ref=f"{round_.code}-{body.code}", round=round_, body=body, partnership_id=body.partnership_id,
                sector=body.sector, stage="exempt" if exempt else "return", headcount=people,
                headcount_source=body.headcount_source if people is not None else "", warning=warning,
                opened_at=work.now)  # fmt: skip
