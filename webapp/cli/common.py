"""What the commands share."""

import json
import os
from datetime import UTC, date, datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings, from_environment
from webapp.cases.models import Case
from webapp.cases.queries import case_by_ref
from webapp.clock import system_clock
from webapp.db import Database
from webapp.notices.verbs import set_base_url
from webapp.register.models import Round
from webapp.register.queries import round_by_code
from workflows.roles import Actor, Role

as_json = click.option("--json", "json_", is_flag=True, help="Give JSON.")

COMMAND_LINE = Actor(person_id=None, name="the command line", role=Role.OFFICER, organisation_id=None)
"""Whoever may run commands on the machine sees what the programme team sees."""


def settings() -> Settings:
    """The settings of this installation."""
    return from_environment(os.environ)


def database() -> Database:
    """The database of this installation."""
    here = settings()
    set_base_url(here.base_url)
    return Database(here.database_url)


def the_round(session: Session, code: str) -> Round:
    """The round of that code. Raises click.ClickException, which tells what rounds there are."""
    found = round_by_code(session, code)
    if found is None:
        known = ", ".join(session.scalars(select(Round.code).order_by(Round.id))) or "none yet"
        raise click.ClickException(f"There is no round {code!r}. The rounds are: {known}.")
    return found


def the_case(session: Session, ref: str, *, lock: bool = False) -> Case:
    """The case of that reference. Raises click.ClickException, which tells how one is written."""
    found = case_by_ref(session, ref, COMMAND_LINE, lock=lock)
    if found is None:
        raise no_case(ref)
    return found


def no_case(ref: str) -> click.ClickException:
    """That there is no case of that reference, and how one is written."""
    return click.ClickException(f"There is no case {ref}. A case is named like 2009-E0724.")


def say(data: Any) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def a_day(text: str) -> date:
    """A date from an option. Raises click.ClickException."""
    try:
        return _sensible(date.fromisoformat(text))
    except ValueError:
        raise click.ClickException(f"{text!r} is not a date from 1990 to 2200. Write it like 2010-02-26.") from None


def _sensible(day: date) -> date:
    """The day, if reckoning from it stays within the calendar. Raises ValueError."""
    if not 1990 <= day.year <= 2200:
        raise ValueError("a year from 1990 to 2200 was expected")
    return day


def a_time(text: str | None) -> datetime:
    """A time from an option, in UTC unless it says otherwise; now where there is none. Raises click.ClickException."""
    if not text:
        return system_clock()
    try:
        found = datetime.fromisoformat(text)
        _sensible(found.date())
    except ValueError:
        raise click.ClickException(f"{text!r} is not a time from 1990 to 2200. Write it like 2010-02-26T09:00:00+00:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
