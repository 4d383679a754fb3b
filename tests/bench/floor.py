"""The floor: how fast a bare Flask application with Jinja is that sends the very same SQL and shows as much.

The statements of a page are listened to, with their values, and sent again as text: without ORM, without types,
without sign-in, permissions, CSRF or anything else. What a page costs above its floor is what Yardstick itself costs.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from flask import Flask, redirect, render_template, request
from jinja2 import DictLoader
from sqlalchemy import Connection, Engine, Row, TextClause, event, text

FRAME = """<!DOCTYPE html>
<html lang="en" class="govuk-template">
<head><meta charset="utf-8"><title>{% block title %}{% endblock %} – Floor</title><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"><link rel="icon" href="/static/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/dist/yardstick.css"></head>
<body class="govuk-template__body">
<a href="#main-content" class="govuk-skip-link" data-module="govuk-skip-link">Skip to main content</a>
<header class="ys-header"><div class="govuk-width-container ys-header__inner"><a class="ys-header__name" href="/today">Floor</a>
<div class="ys-header__who">{% if me %}<span>{{ me.name }}, acting as <strong>{{ me.role }}</strong> for {{ me.name_1 }}</span><form method="post" action="/sign-out"><button class="ys-link-button" type="submit">Sign out</button></form>{% else %}<a href="/sign-in">Sign in</a>{% endif %}</div></div></header>
{% if me %}<nav class="ys-nav" aria-label="Main"><ul class="govuk-width-container ys-nav__list"><li><a href="/today">Your work today</a></li><li><a href="/cases">Cases</a></li><li><a href="/rounds">Rounds</a></li><li><a href="/outbox">Mail</a></li><li><a href="/record">Record</a></li></ul></nav>{% endif %}
<div class="govuk-width-container"><main class="govuk-main-wrapper ys-main" id="main-content">{% block content %}{% endblock %}</main></div>
<footer class="ys-footer"><div class="govuk-width-container"><p class="govuk-body-s">Yardstick runs a benchmarking and peer-review programme. It is not a government service. Times are London times.</p></div></footer>
<script type="module" src="/static/dist/yardstick.js"></script>
</body>
</html>
"""  # noqa: E501
"""The frame of a page of the application, as plain markup."""


@dataclass
class Heard:
    """A statement that was sent to the database, to be sent again as text, its values, and the tables that it reads."""

    statement: TextClause
    parameters: Any
    reads: set[str]

    @classmethod
    def of(cls, statement: str, parameters: Any) -> "Heard":
        """As the driver was given it."""
        return cls(_text(statement), _named(parameters), set(re.findall(r"\b(?:FROM|JOIN) (\w+)", statement)))


@dataclass
class Tape:
    """What was sent to a database while it ran."""

    heard: list[Heard] = field(default_factory=list)

    @property
    def counted(self) -> int:
        """How many statements there were; the begin and end of transactions and savepoints are none."""
        return len(self.heard)


@contextmanager
def listening(engine: Engine) -> Iterator[Tape]:
    """Tape the statements that are sent to a database; they are on the tape at the end."""
    tape = Tape()
    sent: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT", "SAVEPOINT", "RELEASE")):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield tape
    finally:
        event.remove(engine, "before_cursor_execute", hear)
        tape.heard = [Heard.of(statement, parameters) for statement, parameters in sent]


@cache
def _text(statement: str) -> TextClause:
    """A statement for SQLAlchemy to send as it is, its values named: made once, as an application would keep it."""
    numbers = count()
    named = re.sub(r"\?", lambda _: f":p{next(numbers)}", statement.replace("::", r"\:\:"))
    return text(re.sub(r"%\((\w+)\)s", r":\1", named).replace("%%", "%"))


def _named(values: Any) -> Any:
    if isinstance(values, list):
        return [_named(row) for row in values]
    return values if isinstance(values, dict) else {f"p{number}": value for number, value in enumerate(values)}


def send(connection: Connection, heard: Heard) -> tuple[Sequence[str], list[Row[Any]]]:
    """Send a statement again with the values that it had; gives the names of its columns, and all its rows."""
    found = connection.execute(heard.statement, heard.parameters)
    return (tuple(found.keys()), list(found.all())) if found.returns_rows else ((), [])


def bare(view: Callable[[], Any], *, method: str = "GET", template: str = "") -> Flask:
    """A bare Flask application with one address, `/`, and one template, `page.html`."""
    app = Flask("floor", static_folder=None)
    app.jinja_loader = DictLoader({"frame.html": FRAME, "page.html": template})
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.add_url_rule("/", view_func=view, methods=[method])
    return app


Found = Callable[..., list[Row[Any]]]


def page(engine: Engine, tape: Tape, template: str, shown: Callable[[Found], dict[str, Any]]) -> Flask:
    """A bare page that sends what was taped, in one transaction.

    `shown` makes of it what the template needs: it asks for the rows of the statement that reads from a table, and where
    there are several, of the first that gives a column of that name. Raises LookupError where there is no such statement.
    """

    def view() -> str:
        with engine.connect() as connection:
            answers = [send(connection, heard) for heard in tape.heard]

        def found(table: str, column: str = "") -> list[Row[Any]]:
            for heard, (columns, rows) in zip(tape.heard, answers, strict=True):
                if table in heard.reads and (not column or column in columns):
                    return rows
            raise LookupError(f"The page sends no statement that reads {column or 'anything'} from {table}.")

        return render_template("page.html", **shown(found))

    return bare(view, template=template)


def saving(engine: Engine, tape: Tape) -> Flask:
    """A bare address that a form is sent to: it reads the form, sends what is on the tape in one transaction, and leads on."""
    writing = engine.execution_options(yardstick_write=True)

    def view() -> Any:
        read = request.form.to_dict()
        with writing.begin() as connection:
            for heard in tape.heard:
                send(connection, heard)
        return redirect(f"/done?fields={len(read)}", 303)

    return bare(view, method="POST")
