"""`yardstick evidence check` and the settings on the command line."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.support.evidence import on_sqlite
from webapp.cli import yardstick
from webapp.evidence.models import Evidence
from webapp.evidence.store import Store


@pytest.fixture
def run(app, database, tmp_path, monkeypatch):
    """Runs the command on the demo's database and files."""
    monkeypatch.setenv("YARDSTICK_DATABASE_URL", database.url)
    monkeypatch.setenv("YARDSTICK_VAR", str(tmp_path))
    monkeypatch.delenv("YARDSTICK_EVIDENCE_URL", raising=False)
    return lambda *words: CliRunner().invoke(yardstick, ["evidence", "check", *words])


def _content(app, database):
    with database.reading() as session:
        sha256 = session.scalars(select(Evidence.sha256).order_by(Evidence.id)).first()
    path = Store(app.settings.evidence).path(sha256)
    path.chmod(0o600)
    return sha256, path


@on_sqlite
def test_a_sound_store_is_told_as_sound(run):
    got = run()
    assert got.exit_code == 0
    assert "2 sound" in got.stdout
    assert "0 missing, 0 damaged, 0 orphaned" in got.stdout
    assert "not scanned for viruses" in got.stdout
    said = json.loads(run("--json").stdout)
    assert (said["sound"], said["missing"], said["damaged"], said["orphaned"], said["scanned"]) == (2, [], [], [], False)


def test_what_is_damaged_or_missing_is_named_with_every_file_that_has_it(run, app, database):
    sha256, path = _content(app, database)
    path.write_bytes(b"altered")
    got = run("--json")
    assert got.exit_code == 1
    assert "Bring the missing and damaged files back" in got.stderr
    found = json.loads(got.stdout)["damaged"]
    assert [one["sha256"] for one in found] == [sha256]
    assert {"case", "number", "name"} == set(found[0]["files"][0])
    path.unlink()
    got = run()
    assert got.exit_code == 1
    assert f"missing: {sha256}: " in got.stdout
    assert "“payroll-summary-invented.csv”" in got.stdout


@on_sqlite
def test_an_orphan_is_told_and_does_no_harm(run, app):
    orphan = app.evidence.folder / "ab" / "cd" / "abcd"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_text("left over")
    got = run()
    assert got.exit_code == 0
    assert f"orphaned: {orphan}" in got.stdout
    assert json.loads(run("--json").stdout)["orphaned"] == [str(orphan)]


@on_sqlite
def test_an_address_that_cannot_be_used_is_told_in_words(run, monkeypatch):
    monkeypatch.setenv("YARDSTICK_EVIDENCE_URL", "s3://bucket/x")
    got = run()
    assert "only file:// is supported in this version" in str(got.exception)


@on_sqlite
def test_a_store_that_is_not_there_yet_has_every_file_missing(run, monkeypatch, tmp_path):
    monkeypatch.setenv("YARDSTICK_EVIDENCE_URL", f"file://{tmp_path}/elsewhere")
    got = run("--json")
    assert got.exit_code == 1
    assert len(json.loads(got.stdout)["missing"]) == 2
