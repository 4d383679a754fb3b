"""A file on standard input, its tables as JSON on standard output: the child process of webapp.workbooks.apart.

It bounds itself before it reads a byte. What it is given may be made to do harm; what it gives back is plain cells.
"""

import resource
import sys

import msgspec

from webapp.workbooks.opening import Unreadable, read_file
from workflows.returns.cells import Table

MEMORY = 192 * 1024 * 1024
SECONDS = 20
TOO_LARGE = "The file needs more memory than such a workbook ever should. Delete the sheets and rows that do not belong to it."


class Outcome(msgspec.Struct):
    """What was read, or why nothing could be."""

    tables: list[Table] = []
    problem: str = ""


def main() -> None:
    """Read one file."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        outcome = Outcome(read_file(sys.stdin.buffer.read()))
        answer = msgspec.json.encode(outcome)
    except Unreadable as problem:
        answer = msgspec.json.encode(Outcome(problem=str(problem)))
    except MemoryError:
        answer = msgspec.json.encode(Outcome(problem=TOO_LARGE))
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
