"""Where the bytes of evidence are: one file for each content, under its SHA-256, written once and never changed."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_CHUNK = 1024 * 1024


class Absent(Exception):
    """The file of a content is not where it should be."""


class Damaged(Exception):
    """The file of a content holds something else than was kept."""


class TooLarge(Exception):
    """More bytes came than a file may have. `size` counts those that were read before it was given up."""


@dataclass
class Incoming:
    """A file that is still being looked at: on the disk of the store, but not in it."""

    path: Path
    size: int
    sha256: str


class Store:
    """A folder of evidence. A file stands at `ab/cd/abcd...`, named by the hexadecimal SHA-256 of what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where a content stands, whether or not it is there."""
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    @contextmanager
    def incoming(self, source: IO[bytes], limit: int) -> Iterator[Incoming]:
        """Take bytes in, to be looked at before they are kept; what is not kept is gone in the end.

        Raises TooLarge beyond `limit` bytes.
        """
        folder = self.folder / "incoming"
        self._make(folder)
        path = folder / secrets.token_hex(16)
        try:
            path.touch(mode=0o600, exist_ok=False)
            with path.open("wb") as file:
                size, sha256 = _copy(source, file, limit)
                file.flush()
                os.fsync(file.fileno())
            yield Incoming(path, size, sha256)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, incoming: Incoming) -> None:
        """Put a file in its place: linked, not copied, so that it is there whole or not at all; the same content once only.

        Raises Damaged where another content stands in its place already.
        """
        place = self.path(incoming.sha256)
        self._make(place.parent)
        incoming.path.chmod(0o400)
        try:
            place.hardlink_to(incoming.path)
        except FileExistsError:
            self.verified(incoming.sha256)
        for folder in (place.parent, place.parent.parent, self.folder):
            _sync(folder)

    def _make(self, folder: Path) -> None:
        """Make a folder of the store, and those above it as far as the store's own, for its owner alone."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for level in (*reversed(folder.relative_to(self.folder).parents), folder.relative_to(self.folder)):
            (self.folder / level).mkdir(mode=0o700, exist_ok=True)

    def verified(self, sha256: str) -> Path:
        """Where a content stands, read through and found to be what was kept. Raises Absent or Damaged."""
        path = self.path(sha256)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise Absent(f"There is no file {path}.") from None
        except OSError as problem:
            raise Damaged(f"{path} cannot be read: {problem.strerror}.") from None
        if found != sha256:
            raise Damaged(f"The content of {path} is not what was kept.")
        return path

    def files(self) -> Iterator[Path]:
        """Every file in the folder, those that are still coming in among them."""
        return (path for path in sorted(self.folder.rglob("*")) if path.is_file())


@dataclass
class Checked:
    """What a walk through the store found. The first two are contents by SHA-256, the last are files."""

    sound: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    orphaned: list[Path] = field(default_factory=list)


def check(store: Store, wanted: set[str], *, unfinished_before: float) -> Checked:
    """Read every content that is wanted, and list the files that nothing wants.

    A file that is still coming in counts as left behind when it was last written before `unfinished_before`, in seconds
    of the epoch.
    """
    found = Checked()
    for sha256 in sorted(wanted):
        try:
            found.size += store.verified(sha256).stat().st_size
            found.sound += 1
        except Absent:
            found.missing.append(sha256)
        except Damaged:
            found.damaged.append(sha256)
    places = {store.path(sha256) for sha256 in wanted}
    for path in store.files():
        coming = path.parent.name == "incoming"
        if path not in places and not (coming and path.stat().st_mtime >= unfinished_before):
            found.orphaned.append(path)
    return found


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(size)
        digest.update(chunk)
        target.write(chunk)
    return size, digest.hexdigest()


def _sync(folder: Path) -> None:
    """Make the names in a folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
