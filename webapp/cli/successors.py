"""The successor map on the command line: import it, or list it."""

from pathlib import Path

import click

from webapp.cli.common import COMMAND_LINE, as_json, database, say
from webapp.clock import system_clock
from webapp.succession.mapping import MapReport, import_map
from webapp.succession.queries import Mapped, the_map
from workflows.register import RegisterError, decode
from workflows.succession import read_map


class _Undone(Exception):
    """A preview is over: the unit of work is rolled back."""


@click.command("successors")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what the file would do, and do nothing.")
@as_json
def successors(file: Path | None, preview: bool, json_: bool) -> None:
    """List who takes the place of bodies that end, or import it from a CSV file.

    The file names predecessor, successor, date, share and source. All lines of one body are used, or none.
    """
    if file is None:
        if preview:
            raise click.ClickException("There is nothing to preview without a file. Name one, or leave --preview out.")
        with database().reading() as session:
            _list(the_map(session), json_)
        return
    try:
        reading = read_map(decode(file.read_bytes()))
    except RegisterError as problem:
        raise click.ClickException(f"{file.name}: {problem}") from None
    try:
        with database().work(COMMAND_LINE, system_clock()) as work:
            report = import_map(work, reading)
            if preview:
                raise _Undone
    except _Undone:
        pass
    _say(report, json_, preview)


def _list(found: list[Mapped], json_: bool) -> None:
    if json_:
        say([{"predecessor": one.code, "name": one.name, "date": one.starts.isoformat(), "handover": one.state,
              "successors": [{"code": to.code, "name": to.name, "share": f"{to.share.normalize():f}", "source": to.source}
                             for to in one.successors]} for one in found])  # fmt: skip
        return
    for one in found:
        click.echo(f"{one.code} {one.name}: ends {one.starts}, {one.words}")
        for to in one.successors:
            click.echo(f"  {to.share.normalize():f} to {to.code} {to.name} ({to.source})")


def _say(report: MapReport, json_: bool, preview: bool) -> None:
    if json_:
        say({"preview": preview, "added": report.added, "changed": report.changed, "unchanged": report.unchanged,
             "refused": [{"line": p.line, "code": p.code, "reason": p.text, "column": p.column} for p in report.refused]})  # fmt: skip
        return
    would = "would be " if preview else ""
    click.echo(f"{len(report.added)} {would}added, {len(report.changed)} {would}changed, {report.unchanged} unchanged, "
               f"{len(report.refused)} refused")  # fmt: skip
    for problem in report.refused:
        where = f"{problem.place}: " if problem.place else ""
        click.echo(f"  refused: {where}{problem.code} {problem.text}".replace("  ", " "))


__all__ = ["successors"]
