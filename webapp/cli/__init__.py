"""The command line: `yardstick`. A user's mistake gives one clear line and exit status 1."""

import sys

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from config.settings import SettingsError
from webapp import topics
from webapp.cli.data import audit, bodies, cases, db, demo, reminders, report, token, workflow
from webapp.cli.evidence import evidence
from webapp.cli.processes import scheduler, serve

__all__ = ["main", "topics", "yardstick"]


@click.group()
def yardstick() -> None:
    """Run a benchmarking and peer-review programme."""


for command in (audit, bodies, cases, db, demo, evidence, reminders, report, scheduler, serve, token, workflow):
    yardstick.add_command(command)


def main() -> None:
    """The entry point."""
    try:
        yardstick.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as left:
        sys.exit(left.exit_code)
    except click.UsageError as problem:
        problem.show()
        sys.exit(1)
    except click.ClickException as problem:
        _fail(problem.format_message())
    except (SettingsError, LookupError) as problem:
        _fail(str(problem.args[0]) if problem.args else str(problem))
    except (OperationalError, ProgrammingError) as problem:
        _fail(f"The database cannot be used: {str(problem.orig).splitlines()[0]}. Is it there, and migrated (yardstick db upgrade)?")


def _fail(text: str) -> None:
    click.echo(f"yardstick: {text}", err=True)
    sys.exit(1)
