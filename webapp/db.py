"""The database: engine, column types, the base of all models, and the unit of work.

A unit of work is one transaction with the actor and the time in it. Verbs are handed one; only it commits.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVarTuple

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Numeric,
    Row,
    Select,
    String,
    Table,
    TextClause,
    TypeDecorator,
    Update,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

from workflows.roles import Actor


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC on every database. Refuses naive times with a ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a time zone was to be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite a time is read from its text in one step: read as a naive one first it takes three times as long."""
        return _utc if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Exact(TypeDecorator[Decimal]):
    """A Decimal kept exactly: numeric on PostgreSQL, its text on SQLite, which has no exact numbers."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(40))
        return dialect.type_descriptor(Numeric(28, 6))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(format(Decimal(value).normalize(), "f"))


class Base(DeclarativeBase):
    """The base of all models. Names of constraints are given, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass
class Work:
    """One transaction: its session, who acts in which role, and the time at which it all happens."""

    session: Session
    actor: Actor
    now: datetime
    why: str = ""

    def let_go(self) -> None:
        """Give the database back before something slow, so that nobody waits for it. Nothing may have been written until here."""
        self.session.rollback()


class Apart:
    """A connection on which each statement is a transaction of its own: one way to the database and back, and half of the time that
    the same takes in a session. It belongs to no pool, so what is set on it stays with it.

    Raises sqlalchemy.exc.OperationalError where the database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._dbapi = engine.dialect.loaded_dbapi
        try:
            held = engine.raw_connection()
        except self._dbapi.Error as problem:
            raise self._told("connect", problem) from problem
        connection: Any = held.driver_connection
        held.detach()
        if engine.dialect.name == "sqlite":  # where `_set_up` has done the same already
            self.dialect: Dialect = sqlite.dialect(paramstyle="named")
        else:
            self.dialect = engine.dialect
            connection.autocommit = True  # of a connection that was opened or looked at just now, no way to the server
        self.connection, self._cursor = connection, connection.cursor()
        self._known = dict[Executable, tuple[str, list[tuple[str, Callable[[Any], Any]]]]]()

    def run(self, statement: Update | TextClause, values: Mapping[str, Any] = {}) -> int:
        """Run a statement, which is written out for the database once; gives how many rows it changed. Raises
        sqlalchemy.exc.OperationalError where the database does not answer, or is locked for too long, and DBAPIError for what else
        it refuses."""
        if statement not in self._known:
            self._known[statement] = self._written(statement)
        text, processors = self._known[statement]
        given = {**values, **{name: process(values[name]) for name, process in processors}}
        try:
            self._cursor.execute(text, given)
        except self._dbapi.Error as problem:
            raise self._told(text, problem) from problem
        return int(self._cursor.rowcount)

    def _told(self, statement: str, problem: Exception) -> DBAPIError:
        kind = OperationalError if isinstance(problem, self._dbapi.OperationalError) else DBAPIError
        return kind(statement, None, problem)

    def _written(self, statement: Update | TextClause) -> tuple[str, list[tuple[str, Callable[[Any], Any]]]]:
        """A statement as the database takes it, and what turns the values of some of its names into the database's."""
        compiled = statement.compile(dialect=self.dialect)
        made = ((name, one.type.dialect_impl(self.dialect).bind_processor(self.dialect)) for name, one in compiled.binds.items())
        return str(compiled), [(name, processor) for name, processor in made if processor is not None]

    def close(self) -> None:
        self.connection.close()


SYSTEM = Actor(person_id=None, name="Yardstick", role=None, organisation_id=None)


class Database:
    """The engine and what opens units of work on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(yardstick_write=True)

    def session(self, *, write: bool) -> Session:
        """A new session. On SQLite a writing one takes the write lock at its start, so that it never fails half-way."""
        return Session(self._writing if write else self.engine, expire_on_commit=False)

    @contextmanager
    def work(self, actor: Actor, now: datetime) -> Iterator[Work]:
        """A writing unit of work: committed with its events at the end, or rolled back when anything is raised."""
        with self.session(write=True) as session:
            work = Work(session, actor, now)
            bind(work)
            try:
                yield work
                finish(work)
            except BaseException:
                session.rollback()
                raise

    def apart(self) -> Apart:
        """A connection for what the machine keeps of its own work, and the record knows nothing of. Whoever asked closes it."""
        return Apart(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads."""
        with self.session(write=False) as session:
            yield session


def bind(work: Work) -> None:
    """Make the unit of work known to its session, so that the record can tell who changes what."""
    work.session.info["work"] = work


def finish(work: Work) -> None:
    """Flush, write the events of the record, commit."""
    from webapp import record

    record.write_events(work)
    work.session.commit()


Columns = TypeVarTuple("Columns")


def read_rows(session: Session, statement: Select[*Columns], values: Mapping[str, Any] = {}) -> Sequence[Row[*Columns]]:
    """The rows of a statement that reads columns alone: on the session's connection, as its own part costs as much again."""
    session.flush()
    return session.connection().execute(statement, values).all()


def insert_once(session: Session, table: Table, key: tuple[str, ...], values: dict[str, Any]) -> bool:
    """Insert a row unless there is one with this key; gives whether it is new. Waits for whoever inserts the same one meanwhile."""
    connection = session.connection()
    return connection.execute(_insert_once(connection.dialect.name, table, key), values).first() is not None


@cache
def _insert_once(dialect: str, table: Table, key: tuple[str, ...]) -> Executable:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_nothing(index_elements=key).returning(*table.primary_key)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements about rows and not about entities."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        write = connection.get_execution_options().get("yardstick_write")
        begin = "BEGIN IMMEDIATE" if write else "BEGIN"
        try:
            connection.connection.execute(begin)  # as SQLAlchemy says it, it takes ten times as long
        except sqlite3.OperationalError as problem:
            raise OperationalError(begin, None, problem) from problem

    return engine
