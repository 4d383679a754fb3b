"""The virus scanner: what it finds is refused, and nobody waits for it."""

import io
import time

import pytest

from tests.support import files
from tests.support.evidence import CASE, LIST, last_events, on_sqlite, rows, send
from tests.support.site import Browser, at_once, token


@pytest.fixture
def scanner(app, tmp_path):
    """A scanner that finds the EICAR test string, and does not know what to make of a file that says so."""
    path = tmp_path / "scanner"
    path.write_text('#!/bin/sh\ngrep -q \'EICAR-STANDARD-ANTIVIRUS-TEST-FILE\' "$1" && exit 1\ngrep -q broken "$1" && exit 2\nexit 0\n')
    path.chmod(0o700)
    object.__setattr__(app.settings, "scan_command", (str(path),))


def test_a_virus_is_refused_gone_and_on_the_record(app, database, preparer, scanner):
    before = list(app.evidence.files())
    got = send(preparer, ("invoice.txt", files.EICAR.encode()), ("fine.csv", files.TABLE.encode()), status=422)
    assert "“invoice.txt” was refused" in got.text
    event = last_events(database, 1)[0]
    assert (event.kind, event.role, event.audience) == ("evidence.infected", "preparer", 9)
    assert "“invoice.txt”" in event.label
    assert "in which the virus scanner found something" in preparer.get(f"{CASE}/record")
    assert [p.read_bytes() for p in app.evidence.files() if p not in before] == [files.TABLE.encode()]
    assert rows(database) == []


@on_sqlite
def test_what_could_not_be_scanned_is_refused_for_now(app, database, preparer, scanner):
    got = send(preparer, ("a.txt", b"broken"), status=422)
    assert "could not be scanned for viruses just now" in got.text
    assert rows(database) == []
    send(preparer, ("b.txt", b"sound"))
    assert [e.name for e in rows(database)] == ["b.txt"]


@on_sqlite
def test_only_the_administrator_is_told_that_nothing_is_scanned(app, preparer):
    assert "scanned for viruses" not in preparer.get(LIST)
    administrator = Browser(app, "administrator")
    assert "Files are not scanned for viruses" in administrator.get("/evidence")
    object.__setattr__(app.settings, "scan_command", ("/usr/bin/clamdscan", "--fdpass"))
    page = administrator.get("/evidence")
    assert "not scanned" not in page
    assert "/usr/bin/clamdscan" in page


def test_no_transaction_waits_for_a_scanner(app, database, preparer, tmp_path):
    """While a file is scanned, others go on saving: the scanner itself does so here, in the very same database."""
    path = tmp_path / "scanner"
    path.write_text(f"#!/bin/sh\necho started > {tmp_path}/started\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.05; done\n")
    path.chmod(0o700)
    object.__setattr__(app.settings, "scan_command", (str(path),))
    other = Browser(app, "preparer")
    form = other.form(f"{CASE}/return/finance")

    def meanwhile():
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        got = other.client.post(f"{CASE}/return/finance", data=form | {"FIN_COST_EMP": "5", "was-FIN_COST_EMP": "0"})
        (tmp_path / "go").touch()
        return got

    csrf = token(preparer.get("/role"))
    data = {"csrf_token": csrf, "place": "FIN_COST_EMP", "files": (io.BytesIO(files.pdf()), "a.pdf")}
    answers = at_once(lambda: preparer.client.post(LIST, data=data), meanwhile)
    assert [a.status_code for a in answers] == [303, 303]
    assert rows(database)[0].value_seen == "£5"
