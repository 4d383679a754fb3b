"""Commands on mail: mail bounce."""

import sys

import click

from webapp.cli.common import database
from webapp.clock import system_clock
from webapp.db import SYSTEM
from webapp.notices.bounces import take
from workflows.deadlines.bounces import UnreadableReport, read


@click.group()
def mail() -> None:
    """Mail that left."""


@mail.command("bounce")
def bounce() -> None:
    """Read one returned mail from standard input: what was returned for good is failed, an address that does not exist is marked.

    Exit 0 where it is a report of delivery, also one that changes nothing; exit 1 where it is none, so that somebody looks at it.
    """
    try:
        report = read(sys.stdin.buffer.read())
    except UnreadableReport as problem:
        raise click.ClickException(f"Nothing was changed. {problem}") from None
    with database().work(SYSTEM, system_clock()) as work:
        said = take(work, report)
    click.echo(said)
