"""How many pages a PDF has, counted in a process of its own, with bounds on memory and time and without this one's secrets:
a file may be made to do harm to whoever reads it."""

import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

from webapp.evidence.sniff import PDF, Kind

log = logging.getLogger("yardstick.evidence")

MEMORY = 512 * 1024 * 1024
SECONDS = 10
PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL")


def count(path: Path, kind: Kind) -> int | None:
    """How many pages a file has; None where that cannot be told, or not in time: then nothing is said of it."""
    if kind is not PDF:
        return None
    told = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = [sys.executable, "-m", "webapp.evidence.pages", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env=told, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        log.info("the pages of a PDF could not be counted in %s seconds", SECONDS)
        return None
    answer = done.stdout.decode(errors="replace").strip()
    return int(answer) if not done.returncode and answer.isdigit() and 0 < int(answer) < 100_000 else None


def main() -> None:
    """Count the pages of one file: the child process."""
    bounds = (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)
    for limit, most in bounds:
        resource.setrlimit(limit, (most, most))
    from pypdf import PdfReader

    sys.stdout.write(str(len(PdfReader(sys.argv[1]).pages)))


if __name__ == "__main__":
    main()
