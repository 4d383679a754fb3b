"""Commands on held figures: import statistics, and returns filed before this installation."""

import sys
from pathlib import Path

import click

from config import programmes
from webapp.cli.common import COMMAND_LINE, as_json, database, say
from webapp.clock import system_clock
from webapp.register.figures import NOTE_LIMIT, FiguresReport, hold_previous, hold_statistics
from workflows.programme import Programme, Source
from workflows.register import decode
from workflows.returns.previous import PreviousError, read_previous
from workflows.statistics import LAYOUTS, StatisticsError


@click.group()
def figures() -> None:
    """Figures held of bodies besides their returns."""


@figures.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="ro-2006-07", show_default=True, help="The statistics that the file holds, as sources.toml names them.")
@click.option("--previous", is_flag=True, help="FILE holds returns filed before this installation: body,item,amount.")
@click.option("--programme", default="back-office-2009", show_default=True, help="The programme whose sources and items apply.")
@click.option("--note", "remark", default="", help="What is said wherever one of the figures is shown, like “unaudited”.")
@as_json
def figures_import(file: Path | None, source: str, previous: bool, programme: str, remark: str, json_: bool) -> None:
    """Hold the figures of a source; import them again and nothing changes.

    Without FILE, the file that the programme carries of the source is read.
    """
    remark = " ".join(remark.split())
    if len(remark) > NOTE_LIMIT:
        raise click.ClickException(f"The note must be {NOTE_LIMIT} characters or fewer; it has {len(remark)}.")
    found = programmes.read(programme)
    report = _previous(file, found, remark, json_) if previous else _statistics(file, found, source, remark, json_)
    _tell(report, json_)


def _previous(file: Path | None, programme: Programme, remark: str, quiet: bool) -> FiguresReport:
    if file is None:
        raise click.ClickException("Name the file of the previous returns: yardstick figures import FILE --previous.")
    try:
        reading = read_previous(decode(file.read_bytes()), programme)
    except PreviousError as problem:
        raise click.ClickException(f"{file.name}: {problem}") from None
    with _progress(sum(len(a) for a in reading.amounts.values()), quiet) as bar, database().work(COMMAND_LINE, system_clock()) as work:
        return hold_previous(work, reading, remark=remark, told=bar.update)


def _statistics(file: Path | None, programme: Programme, code: str, remark: str, quiet: bool) -> FiguresReport:
    source = programme.find_source(code)
    if source is None:
        known = ", ".join(s.code for s in programme.sources) or "none"
        raise click.ClickException(f"The programme {programme.code} has no source {code!r}. It has: {known}.")
    path = file or _carried(programme, source)
    try:
        reading = LAYOUTS[source.layout](decode(path.read_bytes()))
    except StatisticsError as problem:
        raise click.ClickException(f"{path.name}: {problem}") from None
    with _progress(sum(len(r.amounts) for r in reading.rows), quiet) as bar, database().work(COMMAND_LINE, system_clock()) as work:
        return hold_statistics(work, source.code, reading, remark=remark, told=bar.update)


def _carried(programme: Programme, source: Source) -> Path:
    path = programmes.data(programme.code, source.file)
    if not source.file or not path.is_file():
        raise click.ClickException(f"The programme {programme.code} carries no file of {source.code}. Name the file.")
    return path


def _progress(rows: int, quiet: bool) -> "click._termui_impl.ProgressBar[int]":
    """A bar on a terminal's second channel, so that what is printed can be read by a program."""
    return click.progressbar(length=rows, label="Importing figures", file=sys.stderr, hidden=quiet or not sys.stderr.isatty())


def _tell(report: FiguresReport, json_: bool) -> None:
    if json_:
        say({"source": report.source, "bodies": report.bodies, "added": report.added, "changed": report.changed,
             "removed": report.removed, "unchanged": report.unchanged,
             "refused": [{"line": p.line, "code": p.code, "reason": p.text} for p in report.refused],
             "notes": [" ".join(filter(None, (p.code, p.text))) for p in report.problems if p.severity == "note"]})  # fmt: skip
        return
    click.echo(f"{report.source}: {report.bodies} bodies, {report.added:,} figures added, {report.changed:,} changed, "
               f"{report.removed:,} removed, {report.unchanged:,} unchanged, {len(report.refused)} rows refused")  # fmt: skip
    for found in report.problems:
        where = f"line {found.line}: " if found.line else ""
        click.echo(f"  {found.severity}: {where}{found.code} {found.text}".replace("  ", " "))
