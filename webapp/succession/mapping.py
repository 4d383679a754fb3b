"""Keep the successor map: imported whole for each body that it names, all of its lines or none."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.db import Work
from webapp.record import note
from webapp.register.models import Body
from webapp.succession.models import Handover, Succession
from workflows.register import Problem
from workflows.roles import EVERY_SIDE
from workflows.succession import Link, MapReading, dates_agree, map_problems


@dataclass
class MapReport:
    """What an import of the map did, in bodies that end, and what there is to say about it."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Problem] = field(default_factory=list)


def import_map(work: Work, reading: MapReading) -> MapReport:
    """Bring the map of each body that a reading names up to date; run again, it changes nothing. A body of which the register
    has no end ends with it.
    """
    session = work.session
    report = MapReport(refused=list(reading.problems))
    bodies = {body.code: body for body in session.scalars(select(Body).options(joinedload(Body.organisation)))}
    rows: dict[str, dict[str, Succession]] = defaultdict(dict)
    code_of = {body.id: code for code, body in bodies.items()}
    for row in session.scalars(select(Succession)):
        rows[code_of[row.predecessor_id]][code_of[row.successor_id]] = row
    named: dict[str, list[Link]] = defaultdict(list)
    for link in reading.links:
        named[link.predecessor].append(link)
    kept = [link for code, theirs in rows.items() if code not in named for link in _in_force(code, theirs.items())]
    closed = {problem.code: problem for problem in map_problems([*kept, *reading.links])}
    handed = {
        code_of[handover.predecessor_id]: handover
        for handover in session.scalars(select(Handover).where(Handover.dropped_at.is_(None)).order_by(Handover.id))
    }
    for code, links in named.items():
        before = _in_force(code, rows[code].items())
        if sorted(map(_said, before)) == sorted(map(_said, links)):
            report.unchanged += 1
        elif problem := closed.get(code) or _refusal(links, bodies, handed.get(code)):
            report.refused.append(problem)
        else:
            _replace(work, bodies, rows[code], links)
            (report.changed if before else report.added).append(code)
    if report.added or report.changed:
        note(work, "successions.imported", entity="register", key="successors", label="the successor map was imported",
             audience=EVERY_SIDE, new={"added": len(report.added), "changed": len(report.changed)})  # fmt: skip
    session.flush()
    return report


def _in_force(code: str, rows: Iterable[tuple[str, Succession]]) -> list[Link]:
    return [Link(code, to, row.starts, row.share, row.source) for to, row in rows if row.taken_off_at is None]


def _said(link: Link) -> tuple[object, ...]:
    return link.successor, link.on, link.share, link.source


def _refusal(links: list[Link], bodies: dict[str, Body], handed: Handover | None) -> Problem | None:
    first = links[0]
    strangers = sorted({code for link in links for code in (link.predecessor, link.successor)} - bodies.keys())
    if strangers:
        text = f"There is no body {', '.join(strangers)} in the register. Import the register first."
    elif not dates_agree(bodies[first.predecessor].end_date, first.on):
        ends = bodies[first.predecessor].end_date
        text = f"The register ends it on {ends}, the map on {first.on}. Mend the one that is wrong, and import it again."
    elif handed is not None:
        text = (
            "It was handed over by the map as it was, so that its lines stand."
            if handed.applied_at
            else "A handover by the map as it is waits for signatures. Drop it first."
        )
    else:
        return None
    return Problem(first.line, first.predecessor, "refused", text)


def _replace(work: Work, bodies: dict[str, Body], rows: dict[str, Succession], links: list[Link]) -> None:
    body = bodies[links[0].predecessor]
    wanted = {link.successor: link for link in links}
    for to, row in rows.items():
        if to not in wanted and row.taken_off_at is None:
            row.taken_off_at = work.now
    for to, link in wanted.items():
        row = rows.get(to) or Succession(predecessor_id=body.id, successor_id=bodies[to].id)
        row.starts, row.share, row.source, row.taken_off_at = link.on, link.share, link.source, None
        work.session.add(row)
    if body.end_date is None:
        body.end_date = links[0].on
