"""The command line: `yardstick`. A user's mistake gives one clear line and exit status 1."""

import sys

import click
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from config.settings import SettingsError
from webapp import topics
from webapp.cli.checks import check
from webapp.cli.data import audit, bodies, cases, db, demo, reminders, report, workflow
from webapp.cli.evidence import evidence
from webapp.cli.figures import figures
from webapp.cli.mail import mail
from webapp.cli.people import people, token
from webapp.cli.processes import scheduler, serve
from webapp.cli.publishing import benchmark, explain, export, publication, publish
from webapp.cli.returns import return_
from webapp.cli.reviews import review
from webapp.cli.rounds import burden, chase, round_
from webapp.cli.successors import successors

__all__ = ["main", "topics", "yardstick"]


@click.group()
def yardstick() -> None:
    """Run a benchmarking and peer-review programme."""


return_.add_command(check)
bodies.add_command(successors)
for command in (
    audit,
    benchmark,
    bodies,
    burden,
    cases,
    chase,
    db,
    demo,
    evidence,
    explain,
    export,
    figures,
    mail,
    reminders,
    people,
    publication,
    publish,
    report,
    return_,
    review,
    round_,
    scheduler,
    serve,
    token,
    workflow,
):
    yardstick.add_command(command)


def main() -> None:
    """The entry point."""
    try:
        # Without standalone mode an exit status is given back, not raised.
        sys.exit(yardstick.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as problem:
        group = problem.ctx.command
        known = sorted(group.commands) if isinstance(group, click.Group) else []
        _fail(f"Name a command: {', '.join(known)}. See: {problem.ctx.command_path} --help")
    except click.UsageError as problem:
        _fail(f"{problem.format_message().rstrip('.')}. See: {problem.ctx.command_path if problem.ctx else _named()} --help")
    except click.ClickException as problem:
        _fail(problem.format_message())
    except ArgumentError:
        _fail("YARDSTICK_DATABASE_URL must look like sqlite:////path/to/file.db or postgresql+psycopg://user:pass@host/name.")
    except OSError as problem:
        _fail(f"{problem.strerror or problem}: {problem.filename}" if problem.filename else str(problem))
    except (SettingsError, LookupError) as problem:
        _fail(str(problem.args[0]) if problem.args else str(problem))
    except (OperationalError, ProgrammingError) as problem:
        _fail(f"The database cannot be used: {str(problem.orig).splitlines()[0]}. Is it there, and migrated (yardstick db upgrade)?")


def _named() -> str:
    """The command that the arguments name. An option without its value is told by click without saying whose option it is."""
    found: click.Command | None = yardstick
    path = ["yardstick"]
    for word in sys.argv[1:]:
        found = found.commands.get(word) if isinstance(found, click.Group) else None
        if found is None:
            break
        path.append(word)
    return " ".join(path)


def _fail(text: str) -> None:
    click.echo(f"yardstick: {text}", err=True)
    sys.exit(1)
