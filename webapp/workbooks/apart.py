"""Reading an uploaded file in a process of its own, with bounds on memory, time and files, and without this one's secrets.

A workbook of eight sheets takes about a quarter of a second and 40 MB there. Whatever becomes of that process, this one
and its database connection are left in peace.
"""

import logging
import os
import subprocess
import sys

import msgspec

from webapp.workbooks.archive import Unreadable
from webapp.workbooks.reader import Outcome
from workflows.returns.cells import Table

log = logging.getLogger("yardstick")

TIMEOUT_SECONDS = 40
PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "SYSTEMROOT")
TOO_MUCH = "The file took too long to read, or too much memory. Copy its cells into a new workbook, and try that."


def read_apart(content: bytes) -> list[Table]:
    """The tables of a file. Raises Unreadable, whatever the file does to its reader."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = [sys.executable, "-m", "webapp.workbooks.reader"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=TIMEOUT_SECONDS, check=False, env=environment)
    except subprocess.TimeoutExpired:
        raise Unreadable(TOO_MUCH) from None
    if done.returncode:
        log.warning("the reader of a workbook ended with %s: %s", done.returncode, done.stderr.decode(errors="replace")[-800:])
        raise Unreadable(TOO_MUCH)
    outcome = msgspec.json.decode(done.stdout, type=Outcome)
    if outcome.problem:
        raise Unreadable(outcome.problem)
    return outcome.tables
