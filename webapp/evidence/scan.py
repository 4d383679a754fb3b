"""The hook for a virus scanner: a command of the installation, run on each file before it is kept."""

import logging
import os
import signal
import subprocess
from pathlib import Path
from typing import Literal

log = logging.getLogger("yardstick.evidence")

SECONDS = 60
"""How long a scanner may take for one file."""
Outcome = Literal["clean", "infected", "unknown"]


def scan(command: tuple[str, ...], path: Path, seconds: float = SECONDS) -> Outcome:
    """Run the scanner on a file: exit status 0 is clean, 1 is infected, all else (or no answer in time) is unknown.

    The path is the last argument; no shell reads the command, and the scanner is told none of the installation's settings.
    Without a command every file counts as clean.
    """
    if not command:
        return "clean"
    told = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    try:
        running = subprocess.Popen([*command, str(path)], env=told, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    except OSError as problem:
        log.error("the virus scanner %s cannot be started: %s", command[0], problem)
        return "unknown"
    try:
        status = running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        log.error("the virus scanner %s gave no answer in %s seconds", command[0], seconds)
        return "unknown"
    if status not in (0, 1):
        log.error("the virus scanner %s ended with status %s", command[0], status)
        return "unknown"
    return "infected" if status else "clean"
