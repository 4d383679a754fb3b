"""The running application, served by `yardstick serve` from a small demo, and a browser on it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.support.browser import Person, launch

YARDSTICK = Path(sys.executable).with_name("yardstick")


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _environment(file):
    return os.environ | {"YARDSTICK_DATABASE_URL": f"sqlite:///{file}", "YARDSTICK_EVIDENCE_URL": f"file://{file.parent}/evidence"}


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """The file of a demo with one case for every route, its evidence beside it."""
    file = tmp_path_factory.mktemp("loaded") / "yardstick.db"
    for command in (["db", "upgrade"], ["demo", "load", "--bodies", "48"]):
        subprocess.run([YARDSTICK, *command], env=_environment(file), check=True, capture_output=True)
    return file


@contextmanager
def served(loaded, folder):
    """Serve a copy of a loaded demo; gives its address."""
    file, port = folder / "yardstick.db", _free_port()
    shutil.copy(loaded, file)
    shutil.copytree(loaded.parent / "evidence", folder / "evidence")
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([YARDSTICK, "serve"], env=_environment(file) | {"PORT": str(port)}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, running, folder / "log")
        yield address
    finally:
        running.terminate()
        running.wait(30)


@pytest.fixture(scope="session")
def base(loaded, tmp_path_factory):
    """The address of a running demo."""
    with served(loaded, tmp_path_factory.mktemp("served")) as address:
        yield address


def _wait(address, running, log):
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{address}/sign-in", timeout=2):
                return
        except OSError:
            assert running.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(f"Yardstick did not answer within half a minute:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@contextmanager
def _opening(chromium, base):
    made = []

    def open_for(name="", **options):
        made.append(Person(chromium, base, name, **options))
        return made[-1]

    yield open_for
    for one in made:
        one.context.close()


@pytest.fixture
def person(chromium, base):
    """Opens browsers: `person('preparer')` is the demo's preparer, signed in."""
    with _opening(chromium, base) as open_for:
        yield open_for


@pytest.fixture
def person_alone(chromium, loaded, tmp_path):
    """The same on a demo of one's own, in which nobody else has done anything."""
    with served(loaded, tmp_path) as base, _opening(chromium, base) as open_for:
        yield open_for
