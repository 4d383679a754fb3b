"""The hook for a virus scanner: its exit status is its word, and silence is never taken for consent."""

import time
from pathlib import Path

import pytest

from webapp.evidence.scan import scan


@pytest.fixture
def command(tmp_path):
    """Makes a scanner of a few lines of shell."""

    def make(script):
        path = tmp_path / "scanner"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return (str(path), "--no-summary")

    return make


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a file; with $(odd) 'name'"
    path.write_text("content")
    return path


@pytest.mark.parametrize("status, outcome", [(0, "clean"), (1, "infected"), (2, "unknown"), (50, "unknown")])
def test_the_exit_status_is_the_answer(command, file, status, outcome):
    assert scan(command(f"exit {status}"), file) == outcome


def test_the_path_is_the_last_argument_and_no_shell_reads_it(command, file, tmp_path):
    made = command(f'printf "%s|" "$@" > {tmp_path}/told')
    assert scan(made, file) == "clean"
    assert (tmp_path / "told").read_text() == f"--no-summary|{file}|"


def test_without_a_command_nothing_is_scanned(file):
    assert scan((), file) == "clean"


def test_a_scanner_that_is_not_there_or_dies_says_nothing(command, file, tmp_path):
    assert scan((str(tmp_path / "nothing"),), file) == "unknown"
    assert scan((str(tmp_path),), file) == "unknown"
    assert scan(command("kill -9 $$"), file) == "unknown"


def _ended(status):
    """Whether a process is gone, or dead and only not waited for."""
    try:
        return status.read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_a_scanner_that_does_not_answer_is_ended_with_all_that_it_started(command, file, tmp_path):
    made = command(f"sleep 600 & echo $! > {tmp_path}/pid; wait")
    assert scan(made, file, seconds=1) == "unknown"
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while not _ended(Path(f"/proc/{child}/stat")):  # a signal takes a moment to reach it
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_scanner_is_told_no_secrets(command, file, tmp_path, monkeypatch):
    monkeypatch.setenv("YARDSTICK_SECRET_KEY", "secret-of-the-house")
    scan(command(f"env > {tmp_path}/told"), file)
    told = (tmp_path / "told").read_text()
    assert "PATH=" in told
    assert "secret-of-the-house" not in told
