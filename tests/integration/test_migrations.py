"""The schema's history: up on an empty database, the same as the models, down to nothing, up again."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

import migrations
from webapp.models import Base


def _tables(url):
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def _differences(url):
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
    finally:
        engine.dispose()


def test_up_is_what_the_models_say_down_is_nothing_and_up_again(bare_url):
    migrations.upgrade(bare_url)
    assert _tables(bare_url) == set(Base.metadata.tables)
    assert _differences(bare_url) == []
    migrations.downgrade(bare_url, "base")
    assert _tables(bare_url) == set()
    migrations.upgrade(bare_url)
    assert _differences(bare_url) == []
    migrations.upgrade(bare_url)


def test_events_stay_append_only_after_the_schema_came_and_went(bare_url):
    for turn in (migrations.upgrade, lambda url: migrations.downgrade(url, "base"), migrations.upgrade):
        turn(bare_url)
    engine = create_engine(bare_url)
    row = (
        "insert into events (seq, at, kind, entity, entity_key, label, why, audience, previous, hash) "
        "values (1, '2010-02-01', '', '', '', '', '', 0, '', '')"
    )
    with engine.begin() as connection:
        connection.execute(text(row))
    for statement in ("update events set why = 'x'", "delete from events"):
        with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_sqlite_is_set_up_for_many_readers_and_true_keys(empty):
    with empty.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            assert session.scalar(text("show transaction_isolation")) == "read committed"
            return
        asked = {name: session.scalar(text(f"pragma {name}")) for name in ("journal_mode", "foreign_keys", "busy_timeout")}
        assert asked == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15000}
