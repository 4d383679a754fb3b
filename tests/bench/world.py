"""What is measured: the demo with two rounds more, on SQLite and on PostgreSQL, and people signed in to it."""

import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select, text, update
from werkzeug.test import EnvironBuilder

import migrations
from config import programmes
from config.settings import Settings
from tests.bench.timing import Asked, Environ, as_served
from tests.conftest import Postgres, Sqlite
from tests.support.site import Browser
from webapp.app import Yardstick, create_app
from webapp.cases.models import Case
from webapp.challenge.models import Finding
from webapp.clock import system_clock
from webapp.db import SYSTEM, Database
from webapp.demo import load as demo
from webapp.evidence.store import Store
from webapp.notices.models import Notice
from webapp.notices.reminding import remind
from webapp.plans.models import Action
from webapp.record import Event
from webapp.register.verbs import open_round
from webapp.review.models import Annotation

WALKED, MORE_ROUNDS = 200, ("2010", "2011")


def _load(url: str) -> None:
    """A demo with 200 cases on their way and over 1,000 in all, its mail delivered, as it stands on an ordinary day."""
    migrations.upgrade(url)
    database, now = Database(url), system_clock()
    with tempfile.TemporaryDirectory() as files:  # no bench opens a file of evidence
        demo.load(database, Store(Path(files)), now=now, bodies=WALKED, seed=1, if_empty=False)
    programme = programmes.read(demo.PROGRAMME)
    for code in MORE_ROUNDS:
        with database.work(SYSTEM, now) as work:
            open_round(work, code=code, name=f"Round {code}", programme=programme, dates={}, threshold=programme.threshold)
    while remind(database, now):
        pass
    with database.engine.begin() as connection:
        connection.execute(update(Notice).values(state="sent", sent_at=now))
        if connection.dialect.name == "postgresql":
            connection.execute(text("analyze"))  # as autovacuum does within a minute; nobody does it for SQLite
    database.engine.dispose()


@dataclass
class Site:
    """The application on one of the databases."""

    name: str
    url: str
    folder: Path
    store: Sqlite | Postgres

    @cached_property
    def app(self) -> Yardstick:
        made = create_app(Settings(self.folder, self.url, "x" * 40, "http://localhost", "", "off", 8000))
        as_served()
        return made

    @cached_property
    def total(self) -> int:
        with self.app.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    @cached_property
    def full_case(self) -> str:
        """The reference of the case with the longest record among those with annotations, findings and actions."""
        query = select(Case.ref).join(Event, Event.case_id == Case.id)
        query = query.where(*(Case.id.in_(select(thing)) for thing in (Annotation.case_id, Finding.case_id, Action.case_id)))
        with self.app.database.reading() as session:
            return session.scalars(query.group_by(Case.ref).order_by(func.count().desc(), Case.ref)).first() or ""

    @contextmanager
    def twins(self) -> Iterator[tuple["Site", str]]:
        """A copy of the site to write to, and the address of a second copy of its database."""
        self.app.database.engine.dispose()
        copy, twin = (self.store.copy(self.url) for _ in range(2))
        site = Site(self.name, copy, self.folder, self.store)
        try:
            yield site, twin
        finally:
            site.app.database.engine.dispose()

    def signed_in(self, name: str) -> "Visitor":
        """A person of the demo's accounts, signed in and on a page since: the first page adds to the cookie what all others read."""
        browser = Browser(self.app, name)
        browser.client.get("/today")
        return Visitor(self.app, browser)


@dataclass
class Visitor:
    """Somebody at the application: what they ask for, as a server hands it over."""

    app: Yardstick
    browser: Browser

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the form on a page."""
        hidden: dict[str, str] = self.browser.form(path)
        return hidden

    @property
    def cookie(self) -> str:
        found = self.browser.client.get_cookie("yardstick")
        assert found is not None
        return f"yardstick={found.value}"

    def asks(self, path: str) -> Asked:
        """A page."""
        return Asked(self.app, asking(path, self.cookie))

    def sends(self, path: str, form: Callable[[], dict[str, Any]]) -> Asked:
        """A form, filled in anew each time, under a once-only key of its own."""
        return Asked(self.app, sending(path, lambda: form() | {"once": secrets.token_urlsafe(12)}, self.cookie), "303")

    def in_row(self, path: str, form: Callable[[], dict[str, Any]]) -> Asked:
        """A form as the script of the review sends it, under a once-only key of its own: it is given what to show in the row."""
        once = lambda: form() | {"once": secrets.token_urlsafe(12)}  # noqa: E731
        return Asked(self.app, sending(path, once, self.cookie, fragment=True), "201")

    def scripts(self, path: str, form: Callable[[], dict[str, Any]]) -> Asked:
        """A form as its page's script sends it, which is told in JSON what came of it."""
        return Asked(self.app, sending(path, form, self.cookie, "application/json"))


THE_SAME = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": f"Werkzeug/{version('werkzeug')}"}
"""From where, and as which browser, a visitor signed in: another would be given a new cookie with each answer, as no browser is."""


def asking(path: str, cookie: str = "") -> Callable[[], Environ]:
    """The WSGI environ of a page, made anew each time."""
    made = EnvironBuilder(path, headers=[("Cookie", cookie)], environ_base=THE_SAME).get_environ()
    return lambda: dict(made, **{"wsgi.input": BytesIO()})


def sending(
    path: str, form: Callable[[], dict[str, Any]], cookie: str = "", accept: str = "text/html", *, fragment: bool = False
) -> Callable[[], Environ]:
    """The WSGI environ of a form that is sent, filled in anew each time; a `fragment` is asked for what to show in an open page."""
    headers = [("Cookie", cookie), ("Accept", accept), *([("X-Fragment", "1")] if fragment else [])]
    made = EnvironBuilder(path, method="POST", headers=headers, data={"field": "value"}, environ_base=THE_SAME).get_environ()

    def environ() -> Environ:
        body = urlencode(form()).encode()
        return dict(made, **{"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})

    return environ


class World:
    """The databases, each loaded when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._postgres: Postgres | None = None

    @classmethod
    @contextmanager
    def made(cls) -> Iterator["World"]:
        """A world in a folder that is removed afterwards."""
        with tempfile.TemporaryDirectory(prefix="yardstick-bench-") as folder:
            world = cls(Path(folder))
            try:
                yield world
            finally:
                world.close()

    def close(self) -> None:
        """Let go of what runs."""
        for name in ("sqlite", "postgresql"):
            if name in self.__dict__:
                self.__dict__[name].app.database.engine.dispose()
        if self._postgres is not None:
            self._postgres.close()

    @property
    def sites(self) -> tuple[Site, Site]:
        """The application on SQLite and on PostgreSQL."""
        return self.sqlite, self.postgresql

    @cached_property
    def sqlite(self) -> Site:
        return self._site("SQLite", Sqlite(self.folder))

    @cached_property
    def postgresql(self) -> Site:
        self._postgres = Postgres(self.folder / "postgres")
        return self._site("PostgreSQL", self._postgres)

    def _site(self, name: str, store: Sqlite | Postgres) -> Site:
        print(f"loading the demo into {name} ...", file=sys.stderr, flush=True)
        url = store.bare()
        _load(url)
        return Site(name, url, self.folder, store)
