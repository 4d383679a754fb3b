"""Filling in a return: an item saved as one types, a whole workbook taken over, and the real outturn of every authority held."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from sqlalchemy import delete, select

from tests.bench.declare import Row, benchmark
from tests.bench.pages import form_beside_floor
from tests.bench.served import YARDSTICK
from tests.bench.timing import Asked
from tests.bench.world import Site, World
from tests.conftest import REF
from webapp.accounts.models import Membership, Person
from webapp.cases import moves
from webapp.cases.models import Case, Stay
from webapp.clock import system_clock
from webapp.db import table_of
from webapp.demo.accounts import email_of
from webapp.demo.figures import HOME_PEOPLE, ordinary
from webapp.register.models import HeldFigure
from webapp.returns import queries
from webapp.workbooks.queries import contents_of
from webapp.workbooks.template import workbook
from workflows.returns.figures import Figures
from workflows.roles import Actor, Role

ITEM, SOURCE = "FIN_COST_EMP", "ro-2006-07"


@benchmark("item", "a preparer types a figure and goes on: saved by the page's script, checked, added up, with event and commit", ratio=3)
def item(world: World) -> Iterator[Row]:
    """One figure of finance changed 400 times in a return that is filled in, on both databases."""
    for site in world.sites:
        with site.twins() as (written, twin):
            yield from form_beside_floor(written, twin, _typing(written))


def _typing(site: Site) -> Asked:
    """What the script of the form sends when one leaves a field, as another figure each time."""
    back = select(Case).join(Stay, Stay.case_id == Case.id).where(Stay.until.is_(None), Stay.transition == "take_back")
    with site.app.database.reading() as session:
        case = session.scalars(back.order_by(Case.id).limit(1)).one()
        ref, draft = case.ref, queries.newest_version(session, case.id)
        assert draft is not None
        seen = queries.values(session, draft.id)[ITEM].revision
    preparer, place = site.signed_in(f"preparer-{ref.rpartition('-')[2].lower()}"), f"/cases/{ref}/return/finance"
    hidden, numbers = preparer.form(place), count()

    def form() -> dict[str, str]:
        number = next(numbers)
        return hidden | {ITEM: str(1_250_000 + number), f"basis-{ITEM}": "final", f"was-{ITEM}": str(seen + number)}

    return preparer.scripts(place, form)


@benchmark("workbook", "a whole return is taken over from its workbook of 8 functions by the command line", seconds=10, megabytes=200)
def whole_workbook(world: World) -> Iterator[Row]:
    """Template, filled in, read in a process apart, previewed and saved: from the start of the command to its end."""
    for site in world.sites:
        with site.twins() as (written, _):
            file = _filled_in(written)
            took, most = _command(written, "return", "import", REF, str(file), "--json")
            yield Row(f"{site.name}: in all", took, "s", mark="seconds")
            yield Row(f"{site.name}: memory at most", most, "MB", mark="megabytes")


def _filled_in(site: Site) -> Path:
    """The workbook of the offered body's return, which is begun here, with every answer in it."""
    database, now = site.app.database, system_clock()
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == REF)).one()
        person = select(Membership.person_id).join(Person).where(Person.email == email_of("preparer"))
        by = Actor(session.scalars(person).one(), "Demo preparer", Role.PREPARER, case.body_id)
    with database.work(by, now) as work:
        moves.make(work, work.session.get_one(Case, case.id), "return", "start", {})
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == REF)).one()
        contents = contents_of(session, case, queries.newest_version(session, case.id), now, to_fill_in=True)
    programme = contents.programme
    figures = Figures(programme, ordinary(HOME_PEOPLE, programme), headcount=HOME_PEOPLE)
    file = site.folder / "filled-in.xlsx"
    file.write_bytes(workbook(replace(contents, figures=figures)))
    return file


@benchmark("outturn", "the revenue outturn 2006/07 of all 388 authorities is held, read from the raw file as it was published", seconds=10)
def outturn(world: World) -> Iterator[Row]:
    """`yardstick figures import`, with none of it held before, and once more, when nothing changes."""
    for site in world.sites:
        with site.twins() as (written, _):
            with written.app.database.engine.begin() as connection:
                connection.execute(delete(table_of(HeldFigure)).where(HeldFigure.source == SOURCE))
            for what in ("the first time", "again"):
                took, _ = _command(written, "figures", "import", "--source", SOURCE, "--json")
                yield Row(f"{site.name}, {what}", took, "s", mark="seconds")


MEASURED = """
import resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
"""Runs a command and tells its seconds and megabytes: in a small process, as a command is charged with the memory of whoever
starts it."""


def _command(site: Site, *arguments: str) -> tuple[float, float]:
    """Run a command on a site's database; gives the seconds that it took and the megabytes that it, or a process of its own, held
    at most. Raises CalledProcessError where it fails."""
    here = os.environ | {"YARDSTICK_DATABASE_URL": site.url, "YARDSTICK_VAR": str(site.folder)}
    command = [sys.executable, "-c", MEASURED, str(YARDSTICK), *arguments]
    told = subprocess.run(command, env=here, stdout=subprocess.PIPE, text=True, check=True).stdout
    took, most = (float(part) for part in told.split())
    return took, most
