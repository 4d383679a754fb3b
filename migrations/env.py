"""Run by Alembic for every migration."""

from alembic import context
from sqlalchemy import create_engine, event, pool

from webapp.models import Base

url = context.config.get_main_option("sqlalchemy.url") or ""


def run() -> None:
    """Migrate over a connection of its own, in one transaction."""
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _explicit(connection: object, _: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]

        @event.listens_for(engine, "begin")
        def _begin(connection: object) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            user_module_prefix="webapp.db.",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
