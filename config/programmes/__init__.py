"""The programmes that this installation carries, each a folder of TOML files."""

from functools import cache
from pathlib import Path

from workflows.programme import Programme, ProgrammeError, load

HERE = Path(__file__).resolve().parent


def codes() -> list[str]:
    """The codes of the programmes, in order."""
    return sorted(p.parent.name for p in HERE.glob("*/programme.toml"))


@cache
def read(code: str) -> Programme:
    """A programme, read and validated whole. Raises workflows.programme.ProgrammeError, LookupError for an unknown code."""
    if code not in codes():
        raise LookupError(f"There is no programme {code!r}. There are: {', '.join(codes())}.")
    programme = read_folder(HERE / code)
    if programme.code != code:
        raise ProgrammeError([f"programme.toml: code: expected “{code}”, the name of its folder, not “{programme.code}”"])
    return programme


def read_folder(folder: Path) -> Programme:
    """The programme of any folder. Raises workflows.programme.ProgrammeError."""
    return load({path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))})


def data(code: str, name: str) -> Path:
    """A file of open data that a programme carries."""
    return HERE / code / "data" / name
