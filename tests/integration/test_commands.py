"""The command line as it is run: what is asked for on standard output, or one clear line on standard error and status 1."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from tests.conftest import REF

pytestmark = pytest.mark.xdist_group("commands")


@pytest.fixture
def run(database, tmp_path):
    """Run `yardstick` with arguments on the demo; `more` are settings."""

    def go(*arguments, status=0, **more):
        environment = {"PATH": os.environ["PATH"], "YARDSTICK_VAR": str(tmp_path), "YARDSTICK_DATABASE_URL": database.url, **more}
        done = subprocess.run([sys.executable, "-c", "from webapp.cli import main; main()", *arguments], env=environment,
                              capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        if status:
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert done.stderr.startswith("yardstick: ")
            return done.stderr
        return done.stdout

    return go


def test_what_is_listed_or_reported_is_given_as_json(run, tmp_path):
    cases = json.loads(run("cases", "--stage", "plan", "--json"))
    assert {"ref", "body", "sector", "round", "stage", "tracks", "next_deadline"} == set(cases[0])
    assert {case["stage"] for case in cases} == {"plan"}
    assert len(json.loads(run("demo", "accounts", "--json"))) >= 6
    assert json.loads(run("audit", "verify", "--json"))["sound"] is True
    preview = json.loads(run("reminders", "preview", "--from", "2010-02-01", "--to", "2010-03-01", "--json"))
    assert {"at", "ref", "to", "rule"} <= set(preview[0])
    assert set(json.loads(run("reminders", "run", "--now", "2010-02-02T09:00:00+00:00", "--json"))) == {"queued", "sent", "failed"}
    token = json.loads(run("token", "create", "officer@demo.yardstick.example", "--name", "a test", "--json"))["token"]
    assert token not in run("token", "list", "--json")
    number = json.loads(run("token", "list", "--json"))[-1]["id"]
    run("token", "revoke", str(number))
    assert "no valid token" in run("token", "revoke", str(number), status=1)


def test_a_finished_review_is_printed_without_a_request(run, database, tmp_path):
    done = next(case["ref"] for case in json.loads(run("cases", "--json")) if case["tracks"].get("review") == "final")
    file = tmp_path / "review.pdf"
    told = json.loads(run("report", done, "review", "-o", str(file), "--json"))
    assert file.read_bytes().startswith(b"%PDF")
    assert told["bytes"] == file.stat().st_size
    assert "once it is final" in run("report", REF, "review", "-o", str(file), status=1)
    run("report", done, "review", "-o", str(tmp_path / "nowhere" / "x.pdf"), status=1)


def test_somebody_is_given_a_role_and_can_sign_in_with_the_password_shown_once(run):
    arguments = ("people", "add", "new@council.example", "--name", "Demo newcomer", "--role", "preparer", "--organisation", "E0701")
    assert json.loads(run(*arguments, "--json"))["password"]
    assert json.loads(run(*arguments, "--json"))["password"] is None, "who is there already keeps their password"
    assert "new@council.example" in run("people", "list")
    run("people", "end", "new@council.example", "--role", "preparer", "--organisation", "E0701")
    assert "new@council.example" not in run("people", "list")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cases", "--stage", "nothing"], "The stages are: return"), (["cases", "--round", "nope"], "The rounds are: 2009"),
        (["cases", "--nothing"], "No such option"), (["nothing"], "No such command"),
        (["report", "2009-E9999", "review", "-o", "x"], "no case"),
        (["report", REF, "poem", "-o", "x"], "poem"), (["reminders", "run", "--now", "soon"], "Write it like"),
        (["reminders", "run", "--now", "0001-01-01T00:00:00+14:00"], "1990"), (["demo", "load", "--today", "0001-01-01"], "1990"),
        (["demo", "load"], "already"), (["reminders", "preview", "--from", "2010-03-01", "--to", "2010-02-01"], "Turn them round"),
        (["workflow", "diagram", "nothing"], "The tracks are: return"), (["token", "create", "nobody@x.example", "--name", "x"], "Nobody"),
        (["token", "create", "officer@demo.yardstick.example", "--name", "x" * 200], "80 characters"),
        (["people", "add", "nobody", "--name", "x", "--role", "officer", "--organisation", "programme"], "e-mail address"),
        (["people", "add", "a@b.example", "--name", "x", "--role", "officer", "--organisation", "nothing"], "no organisation"),
        (["people", "end", "a@b.example", "--role", "officer", "--organisation", "programme"], "does not hold"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(run, arguments, told):
    assert told in run(*arguments, status=1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("YARDSTICK_DATABASE_URL", "garbage"), ("YARDSTICK_DATABASE_URL", "foo://x"), ("YARDSTICK_SMTP_URL", "http://x"),
     ("YARDSTICK_SMTP_URL", "smtp://host:abc"), ("YARDSTICK_BASE_URL", "yardstick"), ("PORT", "99999"), ("YARDSTICK_SCHEDULER", "often"),
     ("YARDSTICK_VAR", "/proc/nothing")],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_or_its_file_is(run, setting, value):
    told = run("cases", status=1, **{setting: value})
    assert setting in told or value in told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("E0724,Hartlepool,council", "not a class"), ("X1,Somewhere,UA", "not a code"), ("E0724,,UA", "name is missing"),
        (f"E0724,{'x' * 300},UA", "more than 200 characters"), ("E0724,A,UA\nE0724,B,UA", "line 2 already"), ("E0724,A", "2 columns"),
    ],
)  # fmt: skip
def test_a_row_of_a_register_that_cannot_be_is_refused_and_the_others_are_kept(run, tmp_path, row, told):
    file = tmp_path / "register.csv"
    file.write_text(f"ecode,name,la_type,region,riep,police_force,population_mid2008ish,snac,gss_code,end_date,replaced_by\n{_wide(row)}\n")
    assert told in run("bodies", "import", str(file))


def _wide(rows):
    return "\n".join(row if row.count(",") < 2 else row + "," * 8 for row in rows.splitlines())


@pytest.mark.parametrize("number", ["1e30", "1_0", "9" * 20, "-5", "many"])
def test_a_number_of_a_register_that_cannot_be_kept_is_refused(run, tmp_path, number):
    file = tmp_path / "register.csv"
    file.write_text(f"ecode,name,la_type,region,riep,police_force,population_mid2008ish\nE0901,Somewhere,UA,,,,{number}\n")
    assert "1 refused" in run("bodies", "import", str(file))


def test_a_new_partnership_in_a_known_region(run, tmp_path):
    file = tmp_path / "register.csv"
    file.write_text("ecode,name,la_type,region,riep,police_force,population_mid2008ish\nE0901,Somewhere,UA,North East,A new one,,\n")
    assert "1 added" in run("bodies", "import", str(file))
    assert "1 unchanged" in run("bodies", "import", str(file))


@pytest.mark.parametrize(
    "change",
    ["update events set why = 'x' where seq = 40", "update events set at = 'garbage' where seq = 40",
     "update events set why = x'ff00' where seq = 40",
     "delete from events where seq = 40", "insert into record_head (id, seq, hash) values (77, 1, 'x')"],
)  # fmt: skip
def test_the_record_that_was_tampered_with_is_told_with_status_1(run, database, change):
    if database.engine.dialect.name != "sqlite":
        return  # the same walk; what is broken into here is the file
    with sqlite3.connect(database.url.removeprefix("sqlite:///")) as connection:
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {trigger}")
        connection.execute(change)
    assert "broken at event" in run("audit", "verify", status=1)


def test_a_demo_that_was_cut_off_leaves_nothing_behind(tmp_path, monkeypatch):
    import migrations
    from tests.conftest import NOW
    from webapp.demo import load
    from webapp.evidence.store import Store

    url = f"sqlite:///{tmp_path}/y.db"
    migrations.upgrade(url)

    def cut_off(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(load, "_walk", cut_off)
        with pytest.raises(KeyboardInterrupt):
            load.load_whole(url, Store(tmp_path / "evidence"), now=NOW, bodies=2, seed=1, if_empty=True)
    assert "2 cases" in load.load_whole(url, Store(tmp_path / "evidence"), now=NOW, bodies=2, seed=1, if_empty=True)
    assert "left as it is" in load.load_whole(url, Store(tmp_path / "evidence"), now=NOW, bodies=2, seed=1, if_empty=True)
    assert not list(tmp_path.glob(".y.db*"))
