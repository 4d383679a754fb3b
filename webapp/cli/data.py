"""Commands on the data: db, demo, bodies, cases, reminders, audit, workflow, report."""

from datetime import datetime, time
from pathlib import Path

import click
from sqlalchemy import make_url

import migrations
from config import programmes
from webapp import record
from webapp.api.presenting import case_json
from webapp.cases import queries
from webapp.checks.verbs import keep_missing_measures
from webapp.cli.common import COMMAND_LINE, a_day, a_time, as_json, database, say, settings, the_case, the_round
from webapp.clock import LONDON, in_london, system_clock
from webapp.demo import load as demo_load
from webapp.demo.accounts import demo_accounts
from webapp.evidence.store import Store
from webapp.handbook import permissions_page
from webapp.jobs import tick
from webapp.notices.ahead import Coming, by_day, coming, effect_of_rules
from webapp.notices.simulating import AGAIN, simulated
from webapp.register.reading import read_file
from webapp.register.verbs import ImportReport, RowsRefused, import_bodies
from workflows.case import STAGES, track
from workflows.engine import UnknownTransition, diagram
from workflows.handbook import workflows_page
from workflows.programme import ProgrammeError
from workflows.register import RegisterError
from workflows.roles import Role


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the database, or bring its schema up to date."""
    here = settings()
    here.var.mkdir(parents=True, exist_ok=True)
    file = make_url(here.database_url).database if here.database_url.startswith("sqlite") else None
    if file and file != ":memory:" and not Path(file).exists():
        Path(file).touch(mode=0o600)  # what stands in it is for this user alone
    migrations.upgrade(here.database_url)
    with database().work(COMMAND_LINE, system_clock()) as work:
        keep_missing_measures(work)


@click.group()
def demo() -> None:
    """The demo round."""


@demo.command("load")
@click.option("--bodies", type=click.IntRange(0, 445), default=300, show_default=True, help="How many bodies' cases are moved on.")
@click.option("--seed", type=int, default=2009, show_default=True, help="The same seed makes the same demo.")
@click.option("--today", help="The day that the demo leads up to, like 2026-01-15; the present day without it.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is a round already.")
def load(bodies: int, seed: int, today: str | None, if_empty: bool) -> None:
    """Load the demo: the real register, made-up headcounts, people and figures, cases at every stage."""
    day = a_day(today) if today else None
    now = datetime.combine(day, time(9), LONDON) if day else system_clock()
    here = settings()
    told = demo_load.load_whole(here.database_url, Store(here.evidence), now=now, bodies=bodies, seed=seed, if_empty=if_empty)
    click.echo(told)


@demo.command("accounts")
@as_json
def accounts(json_: bool) -> None:
    """The accounts of the demo."""
    with database().reading() as session:
        found = demo_accounts(session)
    if json_:
        say(found)
    for account in [] if json_ else found:
        roles = "; ".join(f"{Role(r['role']).label}, {r['organisation']}" for r in account["roles"])
        click.echo(f"{account['email']:42} {account['password']:22} {roles}")


@click.group()
def bodies() -> None:
    """The register of bodies."""


@bodies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--programme", default="back-office-2009", show_default=True, help="The programme whose sectors apply.")
@click.option("--whole", is_flag=True, help="All rows or none: import nothing where a row is refused.")
@as_json
def bodies_import(file: Path, programme: str, whole: bool, json_: bool) -> None:
    """Import a register of bodies from a CSV file or a workbook (.xlsx); import it again and nothing changes."""
    try:
        reading = read_file(file.read_bytes())
    except RegisterError as problem:
        raise click.ClickException(f"{file.name}: {problem}") from None
    try:
        with database().work(COMMAND_LINE, system_clock()) as work:
            report = import_bodies(work, reading, programmes.read(programme), whole=whole)
    except RowsRefused as problem:
        _say_import(ImportReport(problems=problem.problems), json_)
        raise click.ClickException(f"{file.name}: {problem}") from None
    _say_import(report, json_)


def _say_import(report: ImportReport, json_: bool) -> None:
    if json_:
        say({"added": report.added, "changed": report.changed, "unchanged": report.unchanged,
             "refused": [{"line": p.line, "code": p.code, "reason": p.text, "column": p.column, "sheet": p.sheet} for p in report.refused],
             "notes": [p.text for p in report.problems if p.severity == "note"]})  # fmt: skip
        return
    click.echo(f"{len(report.added)} added, {len(report.changed)} changed, {report.unchanged} unchanged, {len(report.refused)} refused")
    for found in report.problems:
        where = f"{found.place}: " if found.place else ""
        click.echo(f"  {found.severity}: {where}{found.code} {found.text}".replace("  ", " "))


@click.command()
@click.option("--round", "round_", default="", help="Only this round.")
@click.option("--stage", default="", help="Only this stage.")
@as_json
def cases(round_: str, stage: str, json_: bool) -> None:
    """The cases, and where they stand."""
    if stage and stage not in {s.code for s in STAGES}:
        raise click.ClickException(f"There is no stage {stage!r}. The stages are: {', '.join(s.code for s in STAGES)}.")
    with database().reading() as session:
        if round_:
            the_round(session, round_)
        rows = queries.every_case(session, COMMAND_LINE, queries.Filter(round=round_, stage=stage))
    if json_:
        say([case_json(row) for row in rows])
    for row in [] if json_ else rows:
        due = f"{row.deadline:%Y-%m-%d}" if row.deadline else "-"
        click.echo(f"{row.ref:16} {row.stage:13} {row.status.label if row.status else '':24} {due:11} {row.body}")


@click.group()
def reminders() -> None:
    """Reminders of deadlines."""


@reminders.command("preview")
@click.option("--from", "start", required=True, help="The first day, like 2010-02-01.")
@click.option("--to", "end", required=True, help="The last day.")
@click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="A programme's folder with other rules: tell what they would change, from now on.",
)
@as_json
def reminders_preview(start: str, end: str, rules: Path | None, json_: bool) -> None:
    """What will leave to whom and why, as far as today's open deadlines tell."""
    first, last = a_day(start), a_day(end)
    if last < first:
        raise click.ClickException("The last day lies before the first. Turn them round.")
    low = datetime.combine(first, time.min, LONDON)
    high = datetime.combine(last, time.max, LONDON)
    if rules is not None:
        _say_rules(rules, high, json_)
        return
    with database().reading() as session:
        rows = coming(session, system_clock(), high, start=low)
    if json_:
        say([row.as_json() for row in rows])
    for row in [] if json_ else rows:
        copy = f" (a copy, standing in for {row.away.email})" if row.away else ""
        click.echo(f"{_leaving(row):34} {row.ref:16} {row.email:44} {row.deadline}: {row.rule.words}{copy}")
    if not json_:
        counts = by_day(rows, first, last)
        click.echo(f"{sum(one.reminders for one in counts)} reminders in {sum(one.mails for one in counts)} mails")


def _say_rules(folder: Path, end: datetime, json_: bool) -> None:
    """What other rules would add to the reminders to come and take away from them."""
    try:
        programme = programmes.read_folder(folder)
        with database().reading() as session:
            found = effect_of_rules(session, system_clock(), end, programme)
    except ProgrammeError as problem:
        raise click.ClickException(f"{folder}: {problem}") from None
    except KeyError as problem:
        raise click.ClickException(f"{folder}: deadlines of the kind {problem} run, which these rules do not know. Keep it.") from None
    if json_:
        say({"more": found.more.mails, "fewer": found.fewer.mails,
             "reminders": [{"day": one.day.isoformat(), "rule": one.rule.code, "deadline": one.rule.deadline,
                            "more": one.more.mails, "fewer": one.fewer.mails} for one in found.reminders]})  # fmt: skip
        return
    for one in found.reminders:
        label = programme.deadline(one.rule.deadline).label
        click.echo(f"{one.day}  {one.more.mails:5} more {one.fewer.mails:5} fewer  {label}: {one.rule.words}")
    click.echo(f"{found.more.mails} mails more and {found.fewer.mails} fewer than by the rules of the rounds")


def _leaving(row: Coming) -> str:
    """When a reminder leaves and in which mail, or why it does not."""
    if row.leaves is None:
        return f"not sent ({row.why_not})"
    how = {"": "", "daily": "in the daily mail", "weekly": "in the weekly mail", "grouped": "with others"}[row.rhythm]
    return f"{in_london(row.leaves):%Y-%m-%d %H:%M} {how}".rstrip()


@reminders.command("run")
@click.option("--now", help="As if it were this time, like 2010-02-26T09:00:00+00:00.")
@as_json
def reminders_run(now: str | None, json_: bool) -> None:
    """Do now what the scheduler does on its tick."""
    at = a_time(now)
    done = tick(database(), settings(), lambda: at)
    if json_:
        say(done)
    else:
        click.echo(", ".join(f"{number} {outcome}" for outcome, number in done.items()))


@reminders.command("simulate")
@click.argument("code", metavar="ROUND")
@click.option("--seed", type=click.IntRange(0, AGAIN), default=1, show_default=True, help="The same seed gives the same again.")
@as_json
def reminders_simulate(code: str, seed: int, json_: bool) -> None:
    """Run a whole round's clock in seconds: what mail it would make on which day, and how much would be late. Nothing is kept."""
    with database().reading() as session:
        found = simulated(session, the_round(session, code), seed)
    made = found.simulation
    if json_:
        say({"round": code, "seed": seed, "bodies": made.bodies, "first": made.first.isoformat(), "last": made.last.isoformat(),
             "mails": made.mails,
             "assumptions": [{"deadline": one.rule, "median_days": one.pace.median, "spread": one.pace.spread,
                              "finished": one.pace.finished} for one in found.assumptions],
             "late": [{"deadline": one.rule, "closed": one.closed, "late": one.late, "share_late": round(one.share_late, 4),
                       "median_days": one.days} for one in made.kept],
             "days": [{"day": one.day.isoformat(), "reminders": one.reminders, "messages": one.messages, "people": one.people,
                       "most_to_one": one.most} for one in made.loads]})  # fmt: skip
        return
    click.echo(f"A simulation of round {code} with {made.bodies} bodies, seed {seed}: {made.first} to {made.last}, {made.mails} mails.")
    for one in made.kept:
        pace = next(told.pace for told in found.assumptions if told.rule == one.rule)
        source = f"measured on {pace.finished}" if pace.finished else "assumed"
        click.echo(f"{one.share_late:6.1%} late  {one.label:40} median {pace.median:g} working days ({source}), spread {pace.spread:.2f}")
    if made.busiest:
        click.echo(f"The most to one person on one day: {made.busiest.most}, on {made.busiest.day}.")
    top = max((week.mails for week in made.weeks()), default=0)
    for week in made.weeks():
        click.echo(f"{week.day} {week.mails:6} {'#' * round(40 * week.mails / max(1, top))}")


@click.group()
def audit() -> None:
    """The record of events."""


@audit.command("verify")
@as_json
def verify(json_: bool) -> None:
    """Walk the whole chain; exit 1 and tell the first broken link where anything was altered."""
    with database().reading() as session:
        found = record.verify(session)
    if json_:
        say({"sound": found.sound, "events": found.events, "head": found.head, "broken": found.broken, "problem": found.problem})
    elif found.sound:
        click.echo(f"Sound: {found.events} events, ending in {found.head}")
    if not found.sound:
        if not json_:
            click.echo(f"yardstick: broken at event {found.broken}: {found.problem}", err=True)
        raise click.exceptions.Exit(1)


@click.group()
def workflow() -> None:
    """The tracks of a case."""


@workflow.command("diagram")
@click.argument("code", metavar="TRACK")
def workflow_diagram(code: str) -> None:
    """A track as Mermaid text, from the declared transitions."""
    try:
        click.echo(diagram(track(code)), nl=False)
    except UnknownTransition as problem:
        raise click.ClickException(str(problem)) from None


@workflow.command("docs")
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, exists=True, path_type=Path), help="The folder.")
def workflow_docs(output: Path) -> None:
    """Write workflows.md and permissions.md, made from the declarations, into a folder."""
    from webapp.app import create_app

    (output / "workflows.md").write_text(workflows_page(), encoding="utf-8")
    (output / "permissions.md").write_text(permissions_page(create_app(settings())), encoding="utf-8")
    click.echo(f"{output / 'workflows.md'}\n{output / 'permissions.md'}")


@click.command()
@click.argument("ref")
@click.argument("kind", type=click.Choice(["review", "benchmarks"]))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF file to write.")
@as_json
def report(ref: str, kind: str, output: Path, json_: bool) -> None:
    """A report of a case as PDF."""
    from webapp.app import create_app
    from webapp.reports import pdf

    app = create_app(settings())
    with app.app_context(), app.database.reading() as session:
        case = the_case(session, ref)
        try:
            html = pdf.report_html(session, case, kind, COMMAND_LINE, system_clock())
        except pdf.NotReady as problem:
            raise click.ClickException(f"{ref}: {problem}") from None
    made = pdf.report_pdf(html, app.settings.documents)
    output.write_bytes(made)
    if json_:
        say({"ref": ref, "kind": kind, "file": str(output), "bytes": len(made)})
    else:
        click.echo(f"{output}")


__all__ = ["audit", "bodies", "cases", "db", "demo", "reminders", "report", "workflow"]
