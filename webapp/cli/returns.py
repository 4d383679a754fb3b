"""Commands on a return: its workbook, and filling it in from one."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from webapp.access import must_be_open
from webapp.cases.facts import current_stays
from webapp.cases.models import Case
from webapp.cli.common import COMMAND_LINE, as_json, database, say, the_case
from webapp.clock import in_london, system_clock
from webapp.db import Work
from webapp.returns import queries as returns
from webapp.templating import told
from webapp.workbooks import queries, verbs
from webapp.workbooks.apart import read_apart
from webapp.workbooks.archive import Unreadable
from webapp.workbooks.template import workbook
from workflows.engine import Refused
from workflows.returns.cells import Table
from workflows.returns.preview import Preview
from workflows.returns.tables import Reading
from workflows.roles import Actor, Role


@click.group("return")
def return_() -> None:
    """A body's return."""


def _preparer(case: Case) -> Actor:
    """The command line in the place of the body's preparer, who alone fills in the return."""
    return Actor(person_id=None, name=COMMAND_LINE.name, role=Role.PREPARER, organisation_id=case.body_id)


@return_.command("template")
@click.argument("ref")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .xlsx file to write.")
def template(ref: str, output: Path) -> None:
    """The workbook of a return to fill in, with the answers so far."""
    if output.suffix.lower() != ".xlsx":
        raise click.ClickException(f"{output.name}: name the workbook with .xlsx at its end.")
    with database().reading() as session:
        case = the_case(session, ref)
        version = returns.newest_version(session, case.id)
        contents = queries.contents_of(session, case, version, system_clock(), to_fill_in=True)
    try:
        output.write_bytes(workbook(contents))
    except OSError as problem:
        raise click.ClickException(f"{output}: {problem.strerror}") from None
    click.echo(f"{output}")


@return_.command("import")
@click.argument("ref")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Only tell what the file would change.")
@as_json
def import_(ref: str, file: Path, preview: bool, json_: bool) -> None:
    """Fill in a return from a workbook or CSV file, and tell what changed.

    It is saved whole or not at all: while something in the file cannot be read, or was changed in the return since the file
    was made, nothing is.
    """
    content = file.read_bytes()
    base = database()
    with base.reading() as session:
        the_case(session, ref)
    try:
        tables = read_apart(content)
    except Unreadable as problem:
        raise click.ClickException(f"{file.name}: {problem}") from None
    changed: int | None = None
    if preview:
        with base.reading() as session:
            found = _previewed(session, the_case(session, ref), file, tables)[1]
    else:
        with base.work(COMMAND_LINE, system_clock()) as work:
            case = the_case(work.session, ref, lock=True)
            work.actor = _preparer(case)
            reading, found = _previewed(work.session, case, file, tables)
            changed = _save(work, case, file, content, reading, found)
    if json_:
        say({"ref": ref, "file": file.name, "applied": changed is not None, "changed": changed or 0, **_as_json(found)})
    else:
        _print(found, changed)
    _end(file, found, preview)


def _previewed(session: Session, case: Case, file: Path, read: list[Table]) -> tuple[Reading, Preview]:
    reading = verbs.understood(session, case, read)
    if reading.refused:
        raise click.ClickException(f"{file.name}: {reading.refused}")
    return reading, verbs.preview_of(session, case, reading, in_london(system_clock()).date())


def _save(work: Work, case: Case, file: Path, content: bytes, reading: Reading, found: Preview) -> int | None:
    """Save all that a file says, if all of it can be; gives how many answers changed, or None."""
    state = next((s.state for s in current_stays(work.session, case.id) if s.track == "return"), None)
    try:
        must_be_open("return.edit", state)
        if not found.sound:
            return None
        seen = {change.item.code: change.revision for change in found.changes}
        return verbs.save(work, case, state, reading, file.name, verbs.fingerprint(content), frozenset(seen), seen)
    except Refused as refused:
        raise click.ClickException(f"{case.ref}: {refused.reasons[0].text}") from None


def _as_json(found: Preview) -> dict[str, Any]:
    return {
        "unchanged": found.unchanged,
        "changes": [
            {"item": c.item.code, "sheet": c.found.sheet, "cell": c.found.cell, "from": told(c.before, c.item),
             "to": told(c.after, c.item), "changed_meanwhile": c.newer}
            for c in found.changes
        ],
        "problems": [{"sheet": p.sheet, "cell": p.cell, "item": p.item, "problem": p.text} for p in found.problems],
        "more_problems": found.more_problems,
        "remarks": list(found.remarks),
    }  # fmt: skip


def _print(found: Preview, changed: int | None) -> None:
    for remark in found.remarks:
        click.echo(remark)
    for change in found.changes:
        late = " (changed in the return since the file was made)" if change.newer else ""
        click.echo(f"  {change.place}: {change.item.code}: {told(change.before, change.item)} -> {told(change.after, change.item)}{late}")
    for problem in found.problems:
        click.echo(f"  {problem.sheet}{', ' if problem.sheet else ''}{problem.cell}: {problem.text}")
    done = f"Saved: {changed} changed" if changed is not None else f"{len(found.changes)} would change"
    click.echo(f"{done}, {found.unchanged} the same.")


def _end(file: Path, found: Preview, preview: bool) -> None:
    """Fail where there is something to mend, in one line."""
    problems = len(found.problems) + found.more_problems
    newer = sum(change.newer for change in found.changes)
    what = [f"{problems} problem{'s' if problems != 1 else ''}"] if problems else []
    what += [f"{newer} changed in the return since the file was made"] if newer else []
    if what:
        done = "It cannot be saved so." if preview else "Nothing was saved."
        raise click.ClickException(f"{file.name}: {', '.join(what)}. {done}")
