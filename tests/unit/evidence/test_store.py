"""The store: whole or not at all, once for each content, never overwritten, never served when it is not what was kept."""

import hashlib
import io
import os
from threading import Barrier, Thread

import pytest

from webapp.evidence.store import Absent, Damaged, Store, TooLarge, check


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "evidence")


def _keep(store, data):
    with store.incoming(io.BytesIO(data), 10_000_000) as incoming:
        store.keep(incoming)
    return incoming.sha256


def _files(store):
    return list(store.files()) if store.folder.exists() else []


def test_a_content_stands_under_its_hash_in_two_levels_of_folders_for_its_owner_alone(store):
    sha = _keep(store, b"content")
    assert sha == hashlib.sha256(b"content").hexdigest()
    path = store.verified(sha)
    assert path == store.folder / sha[:2] / sha[2:4] / sha
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o400
    assert (store.folder / sha[:2]).stat().st_mode & 0o077 == 0
    assert _files(store) == [path], "nothing is left of what came in"


def test_the_same_content_is_kept_once(store):
    first = _keep(store, b"content")
    before = store.path(first).stat().st_ino
    assert _keep(store, b"content") == first
    assert store.path(first).stat().st_ino == before
    assert len(_files(store)) == 1


def test_what_is_not_kept_is_gone(store):
    with pytest.raises(RuntimeError), store.incoming(io.BytesIO(b"content"), 100) as incoming:
        assert incoming.path.read_bytes() == b"content"
        raise RuntimeError
    assert _files(store) == []


def test_no_more_is_read_than_a_file_may_have(store):
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size=-1):
            self.read_so_far += size
            return b"x" * size

    source = Endless()
    with pytest.raises(TooLarge), store.incoming(source, 5_000_000):
        pass
    assert source.read_so_far < 7_000_000
    assert _files(store) == []


def test_the_limit_itself_is_allowed(store):
    with store.incoming(io.BytesIO(b"x" * 100), 100) as incoming:
        assert incoming.size == 100
    with pytest.raises(TooLarge), store.incoming(io.BytesIO(b"x" * 101), 100):
        pass


def test_what_is_missing_or_changed_is_told_apart(store):
    sha = _keep(store, b"content")
    os.chmod(store.path(sha), 0o600)  # noqa: PTH101
    store.path(sha).write_bytes(b"changed")
    with pytest.raises(Damaged):
        store.verified(sha)
    with pytest.raises(Damaged):
        _keep(store, b"content")
    assert store.path(sha).read_bytes() == b"changed", "never overwritten, not even then"
    store.path(sha).unlink()
    with pytest.raises(Absent):
        store.verified(sha)


def test_a_folder_in_the_place_of_a_file_is_damage(store):
    sha = _keep(store, b"content")
    store.path(sha).unlink()
    store.path(sha).mkdir()
    with pytest.raises(Damaged):
        store.verified(sha)


def test_people_who_send_the_same_at_once_all_succeed(store):
    barrier, failed = Barrier(8), []

    def send():
        barrier.wait()
        try:
            _keep(store, b"content" * 1000)
        except Exception as problem:
            failed.append(problem)

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(_files(store)) == 1


def test_a_check_finds_what_is_missing_damaged_and_left_over(store):
    sound, damaged, missing, orphan = (_keep(store, data) for data in (b"1", b"2", b"3", b"4"))
    store.path(damaged).chmod(0o600)
    store.path(damaged).write_bytes(b"x")
    store.path(missing).unlink()
    left = store.folder / "incoming" / "left"
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    coming = store.folder / "incoming" / "coming"
    coming.write_bytes(b"half")
    os.utime(coming, (3000, 3000))
    found = check(store, {sound, damaged, missing}, unfinished_before=2000)
    assert (found.sound, found.size) == (1, 1)
    assert (found.missing, found.damaged) == ([missing], [damaged])
    assert sorted(found.orphaned) == sorted([store.path(orphan), left])
