"""Hold figures of other statistics, and of returns filed before this installation: reference data, imported whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from webapp.db import Work
from webapp.record import note
from webapp.register.models import Body, HeldFigure
from webapp.returns.known import PREVIOUS
from workflows.register import Problem
from workflows.returns.previous import PreviousReading
from workflows.roles import EVERY_SIDE
from workflows.statistics import StatisticsReading

NOTE_LIMIT = 80

T = TypeVar("T")
Key = tuple[str, str]
"""The code of a body and a line."""
Told = Callable[[int], None]
"""Is told how many more rows are done."""


@dataclass
class FiguresReport:
    """What an import of held figures did, in figures and bodies, and what there is to say about it."""

    source: str
    bodies: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "refused"]


def hold_statistics(work: Work, source: str, reading: StatisticsReading, *, remark: str = "", told: Told = lambda _: None) -> FiguresReport:
    """Hold a source's figures as they were read, in place of those held from it before, with one event.

    `remark` is said wherever one of them is shown. Bodies that are not in the register are held by their code, and told of.
    Read again, nothing changes. `told` hears of the progress.
    """
    wanted = {(row.code, path): amount for row in reading.rows for path, amount in row.amounts.items()}
    report = FiguresReport(source, bodies=len(reading.rows), problems=list(reading.problems))
    registered = set(work.session.scalars(select(Body.code)))
    strangers = [row for row in reading.rows if row.code not in registered]
    if strangers:
        named = ", ".join(f"{row.code} {row.name}".strip() for row in strangers[:5])
        text = f"{len(strangers)} bodies are not in the register; their figures are held by their codes: {named}"
        report.problems.append(Problem(0, "", "note", text + (" and others." if len(strangers) > 5 else ".")))
    _replace(work, report, wanted, remark, _held(work.session, source), told)
    return report


def hold_previous(work: Work, reading: PreviousReading, *, remark: str = "", told: Told = lambda _: None) -> FiguresReport:
    """Hold the figures of returns that were filed before this installation, with one event.

    The figures of each body that the file names take the place of those held of it before; other bodies are left alone.
    A body that is not in the register is refused.
    """
    report = FiguresReport(PREVIOUS, problems=list(reading.problems))
    registered = set(work.session.scalars(select(Body.code).where(Body.code.in_(reading.amounts))))
    for code in sorted(set(reading.amounts) - registered):
        report.problems.append(Problem(0, code, "refused", "There is no body of that code in the register. Import the register first."))
    bodies = {code: amounts for code, amounts in reading.amounts.items() if code in registered}
    report.bodies = len(bodies)
    wanted = {(code, item): amount for code, amounts in bodies.items() for item, amount in amounts.items()}
    before = {key: value for key, value in _held(work.session, PREVIOUS).items() if key[0] in bodies}
    _replace(work, report, wanted, remark, before, told)
    return report


def _held(session: Session, source: str) -> dict[Key, tuple[Decimal, str]]:
    columns = (HeldFigure.code, HeldFigure.line, HeldFigure.amount, HeldFigure.note)
    return {(row.code, row.line): (row.amount, row.note) for row in session.execute(select(*columns).where(HeldFigure.source == source))}


def _replace(
    work: Work, report: FiguresReport, wanted: Mapping[Key, Decimal], remark: str, before: Mapping[Key, tuple[Decimal, str]], told: Told
) -> None:
    new = {key: (amount, remark) for key, amount in wanted.items()}
    report.added = len(new.keys() - before.keys())
    report.removed = len(before.keys() - new.keys())
    report.changed = sum(1 for key in new.keys() & before.keys() if new[key] != before[key])
    report.unchanged = len(new) - report.added - report.changed
    if not (report.added or report.changed or report.removed):
        told(len(new))
        return
    session = work.session
    for codes in _lots(iter(sorted({code for code, _ in before})), 500):
        session.execute(delete(HeldFigure).where(HeldFigure.source == report.source, HeldFigure.code.in_(codes)))
    for rows in _lots(_rows(report.source, new), 5000):
        session.execute(insert(HeldFigure), rows)
        told(len(rows))
    counted = {name: getattr(report, name) for name in ("bodies", "added", "changed", "removed")}
    note(work, "figures.imported", entity="figures", key=report.source, label=f"figures of {report.source} were imported",
         audience=EVERY_SIDE, new=counted | ({"remark": remark} if remark else {}))  # fmt: skip


def _rows(source: str, figures: Mapping[Key, tuple[Decimal, str]]) -> Iterator[dict[str, Any]]:
    for (code, line), (amount, remark) in figures.items():
        yield {"source": source, "code": code, "line": line, "amount": amount, "note": remark}


def _lots(things: Iterator[T], size: int) -> Iterator[list[T]]:
    """Things in lots that a database takes at once."""
    while lot := list(islice(things, size)):
        yield lot
