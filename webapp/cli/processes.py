"""Commands that go on: serve, scheduler."""

import errno
import gc
import logging
import socket
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from config import gunicorn as gunicorn_settings
from webapp.cli.common import database, settings
from webapp.clock import system_clock
from webapp.demo.accounts import demo_accounts
from webapp.jobs import run_forever, start
from workflows.roles import Role


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, told its settings by this program."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from webapp.app import create_app

        return create_app(settings())


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Serving processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Threads in each; 1 behind a proxy.")
def serve(host: str, workers: int, threads: int) -> None:
    """Serve the web application, with the scheduler inside unless YARDSTICK_SCHEDULER is off."""
    here = settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    before = database()
    with before.reading() as session:
        accounts = demo_accounts(session)
    before.engine.dispose()  # no connection is carried over the fork
    place = _free(host, here.port)

    def when_ready(_server: Any) -> None:
        click.echo(f"Yardstick is served on http://{place}")
        for account in accounts:
            roles = "; ".join(f"{Role(r['role']).label}, {r['organisation']}" for r in account["roles"])
            click.echo(f"  {account['email']:44} {account['password']}  {roles}")

    def after_fork(_server: Any, _worker: Any) -> None:
        gc.set_threshold(*gunicorn_settings.COLLECT)
        if here.scheduler == "embedded":
            start(database(), here, system_clock)

    Server({**gunicorn_settings.options(), "bind": place, "when_ready": when_ready, "workers": workers, "threads": threads,
            "worker_class": "gthread" if threads > 1 else "sync", "post_fork": after_fork}).run()  # fmt: skip


def _free(host: str, port: int) -> str:
    """Where to listen, as gunicorn writes it. Raises click.ClickException where that cannot be.

    Gunicorn would say so too, but only after five attempts and in ten lines.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        what = "something else listens there" if problem.errno == errno.EADDRINUSE else problem.strerror
        raise click.ClickException(f"{place} cannot be listened on: {what}. Choose another port with PORT, or --host.") from None
    return place


@click.command()
def scheduler() -> None:
    """Tick without serving: reminders are queued and mail is delivered by this process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    run_forever(database(), settings(), system_clock)
