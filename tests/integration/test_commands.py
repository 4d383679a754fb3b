"""The command line as it is run: what is asked for on standard output, or one clear line on standard error and status 1."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import zipfile
from datetime import date
from email.utils import format_datetime
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.support.bounces import report
from tests.support.explaining import CHECKS, boxes, explain, started
from tests.support.mailing import notices_of, queue_mails
from tests.support.workbooks import cell_of, filled
from webapp.accounts.models import Membership, Person
from webapp.cases import moves
from webapp.cases.models import Assignment, Case
from webapp.cli import main
from webapp.mail import LocalOutbox
from webapp.notices.delivery import deliver
from webapp.returns.models import ReturnValue
from workflows.roles import Actor, Role

pytestmark = pytest.mark.xdist_group("commands")


def _apart(arguments, environment):
    command = [sys.executable, "-c", "from webapp.cli import main; main()", *arguments]
    whole = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=whole, capture_output=True, text=True, timeout=120, check=False)


def _here(arguments, environment, given=b""):
    with CliRunner().isolation(given, env=environment) as (out, err, _), patch.object(sys, "argv", ["yardstick", *arguments]):
        with pytest.raises(SystemExit) as left:
            main()
        return subprocess.CompletedProcess(arguments, int(left.value.code or 0), out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def run(database, tmp_path):
    """Run `yardstick` with arguments on the demo, `given` on standard input; `more` are settings. A process of its own would take a
    second to start, so only what serves is given one."""

    def whole(*arguments, status=0, given=b"", **more):
        environment = {"YARDSTICK_VAR": str(tmp_path), "YARDSTICK_DATABASE_URL": database.url, **more}
        done = _apart(arguments, environment) if arguments[0] == "serve" else _here(arguments, environment, given)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        if status:
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert done.stderr.startswith("yardstick: ")
        return done

    def go(*arguments, status=0, **more):
        done = whole(*arguments, status=status, **more)
        return done.stderr if status else done.stdout

    go.whole = whole  # type: ignore[attr-defined]
    return go


def test_what_is_listed_or_reported_is_given_as_json(run, tmp_path):
    cases = json.loads(run("cases", "--stage", "plan", "--json"))
    assert {"ref", "body", "sector", "round", "stage", "tracks", "next_deadline"} == set(cases[0])
    assert {case["stage"] for case in cases} == {"plan"}
    assert len(json.loads(run("demo", "accounts", "--json"))) >= 6
    assert json.loads(run("audit", "verify", "--json"))["sound"] is True
    preview = json.loads(run("reminders", "preview", "--from", "2010-02-01", "--to", "2010-03-01", "--json"))
    assert {"at", "ref", "to", "rule"} <= set(preview[0])
    assert set(json.loads(run("reminders", "run", "--now", "2010-02-02T09:00:00+00:00", "--json"))) == {
        "queued",
        "sent",
        "waiting",
        "failed",
        "dropped",
    }
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


def test_a_round_is_published_compared_explained_and_exported(run, tmp_path):
    assert json.loads(run("publish", "2006", "--draft", "--json"))["published_at"] is None
    assert "waits for the decision" in run("publish", "2009", "--acknowledge", "It is a test.", status=1)
    assert json.loads(run("publish", "2006", "--why", "once more", "--json"))["publication"] == 3
    found = json.loads(run("benchmark", "2006", "--indicator", "OUT-1", "--json"))
    unitary = next(one for one in found if one["in_words"] == "unitary authorities")
    told = json.loads(run("explain", "2006-E0701", "OUT-1", "--json"))
    assert (told["value"], told["same"], told["publication"]) == (told["computed_anew"], True, 3)
    mine = next(one for one in told["comparators"] if one["group"] == unitary["group"])
    assert (mine["n"], mine["median"], mine["quartile_1"]) == (unitary["n"], unitary["median"], unitary["quartile_1"])
    folder = tmp_path / "open"
    assert "figures.csv" in json.loads(run("export", "2006", "-o", str(folder), "--json"))["files"]
    described = json.loads((folder / "datapackage.json").read_text())
    assert described["version"] == "3"
    verified = {one["publication"]: one for one in json.loads(run("publication", "verify", "2006", "--json"))}
    assert verified[3]["manifest"] == described["manifest"]["sha256"]
    assert verified[1]["sound"]
    assert "Publication 1 of 2009" in run("publication", "verify")
    for arguments in (("--number", "1"), ("1066",), ("2006", "--number", "2")):
        run("publication", "verify", *arguments, status=1)
    for wrong in (("publish", "1066"), ("explain", "2006-E9999", "OUT-1"), ("benchmark", "2006", "--indicator", "NO-1"),
                  ("publish", "2006", "--draft", "--at", "2030-01-01"), ("publish", "2006", "--at", "2001-01-01")):  # fmt: skip
        run(*wrong, status=1)


def test_a_place_that_is_taken_is_told_before_anything_is_said_to_be_served(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"{port} cannot be listened on: something else listens there" in run("serve", status=1, PORT=port)
    assert "cannot be listened on" in run("serve", "--host", "nowhere.invalid", status=1, PORT=port)


def test_what_is_said_to_be_served_answers_at_once(database, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "YARDSTICK_VAR": str(tmp_path), "YARDSTICK_DATABASE_URL": database.url,
                   "YARDSTICK_SCHEDULER": "off", "PORT": str(port), "PYTHONUNBUFFERED": "1"}  # fmt: skip
    command = [sys.executable, "-c", "from webapp.cli import main; main()", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == f"Yardstick is served on http://127.0.0.1:{port}\n"
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        finally:
            server.terminate()


def test_somebody_is_given_a_role_and_can_sign_in_with_the_password_shown_once(run):
    arguments = ("people", "add", "new@council.example", "--name", "Demo newcomer", "--role", "preparer", "--organisation", "E0701")
    assert json.loads(run(*arguments, "--json"))["password"]
    assert json.loads(run(*arguments, "--json"))["password"] is None, "who is there already keeps their password"
    assert "new@council.example" in run("people", "list")
    run("people", "end", "new@council.example", "--role", "preparer", "--organisation", "E0701")
    assert "new@council.example" not in run("people", "list")
    assert json.loads(run("people", "password", "new@council.example", "--json"))["password"]
    run("people", "deactivate", "new@council.example")
    assert "deactivated already" in run("people", "deactivate", "new@council.example", status=1)
    run("people", "reactivate", "new@council.example")
    assert "nobody with the address" in run("people", "password", "nobody@council.example", status=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cases", "--stage", "nothing"], "The stages are: return"), (["cases", "--round", "nope"], "The rounds are: 2009"),
        (["cases", "--round"], "requires an argument. See: yardstick cases --help"), (["cases", "x"], "(x). See: yardstick cases --help"),
        (["return", "check", "--json", "--nothing"], "See: yardstick return check --help"),
        (["return"], "Name a command: check, import, template. See: yardstick return --help"),
        (["chase", "--round", "nope"], "The rounds are: 2009"), (["burden", "nope"], "The rounds are: 2009"),
        (["publish", "nope"], "The rounds are: 2009"), (["explain", "nope", "FIN-P1"], "A case is named like 2009-E0724"),
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
     ("YARDSTICK_VAR", "/proc/nothing"), ("YARDSTICK_MAIL_DELAY", "121")],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_or_its_file_is(run, setting, value):
    told = run("cases", status=1, **{setting: value})
    assert setting in told or value in told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("E0724,Hartlepool,council", "not a class"), ("X1,Somewhere,UA", "not a code"), ("E0724,,UA", "name is missing"),
        (f"E0724,{'x' * 300},UA", "more than 200 characters"), ("E0724,A,UA\nE0724,B,UA", "line 3 already"), ("E0724,A", "2 columns"),
    ],
)  # fmt: skip
def test_a_row_of_a_register_that_cannot_be_is_refused_and_told_and_with_whole_nothing_is_imported(run, tmp_path, row, told):
    file = tmp_path / "register.csv"
    good = _wide("E0901,Somewhere,UA")
    file.write_text(
        f"ecode,name,la_type,region,riep,police_force,population_mid2008ish,snac,gss_code,end_date,replaced_by\n{good}\n{_wide(row)}\n"
    )
    found = run.whole("bodies", "import", str(file), "--whole", status=1)
    assert told in found.stdout
    assert "0 added, 0 changed, 0 unchanged, 1 refused" in found.stdout
    assert "register.csv: Nothing was imported, because one row is refused." in found.stderr
    reported = json.loads(run("bodies", "import", str(file), "--json"))
    assert "E0901" in reported["added"], "nothing of it had been imported before"
    assert told in reported["refused"][0]["reason"]


def _wide(rows):
    return "\n".join(row if row.count(",") < 2 else row + "," * 8 for row in rows.splitlines())


def test_a_register_is_imported_from_a_workbook_and_its_mistakes_are_told_by_their_cells(run, tmp_path):
    file = tmp_path / "register.xlsx"
    book = Workbook()
    sheet = book.active
    sheet.title = "Councils"
    sheet.append(["A register of councils"])
    sheet.append(["ecode", "name", "la_type", "region", "riep", "population_mid2008ish", "end_date"])
    sheet.append(["E0901", "Somewhere", "UA", "North East", "North East RIEP", 12345, date(2019, 3, 31)])
    sheet.append(["E0902", "Elsewhere", "council", "North East", "North East RIEP", 12345])
    others = book.create_sheet("Others")
    others.append(["ecode", "name", "kind", "headcount"])
    others.append(["E6901", "A police authority", "police authority", "many"])
    book.create_sheet("Notes").append(["Nothing of a register"])
    book.save(file)
    found = run.whole("bodies", "import", str(file), "--whole", status=1)
    assert "refused: sheet “Councils”, row 4, column C (la_type): E0902 “council” is not a class of council." in found.stdout
    assert "refused: sheet “Others”, row 2, column D (headcount): E6901 “many”" in found.stdout
    assert "note: sheet “Notes”: It names no columns of a register" in found.stdout
    assert "because 2 rows are refused" in found.stderr
    sheet["C4"], others["D2"] = "UA", 251
    book.save(file)
    assert json.loads(run("bodies", "import", str(file), "--json"))["added"] == ["E0901", "E0902", "E6901"]
    assert "0 added, 0 changed, 3 unchanged" in run("bodies", "import", str(file))


def test_a_workbook_that_may_do_harm_is_not_imported(run, tmp_path):
    file = tmp_path / "register.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 20_000_000)
    assert "far larger" in run("bodies", "import", str(file), status=1)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/vbaProject.bin", b"")
    assert "macros" in run("bodies", "import", str(file), status=1)
    file.write_bytes(b"%PDF-1.4")
    assert "This is a PDF" in run("bodies", "import", str(file), status=1)


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


def test_a_published_figure_that_was_tampered_with_is_told_with_status_1(run, database):
    if database.engine.dialect.name != "sqlite":
        return  # tests of the manifest break into both; what is asked here is what the command answers
    with sqlite3.connect(database.url.removeprefix("sqlite:///")) as connection:
        connection.execute("drop trigger publication_documents_frozen_update")
        connection.execute("update publication_documents set content = replace(content, 'Hartlepool', 'Hartlepoor') where key = 'E0701'")
    assert "1 of 1 publications no longer match" in run("publication", "verify", "2009", status=1)


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


def test_a_return_is_checked_as_its_preparer_sees_it(run, app):
    assert "has not been started" in run("return", "check", REF, status=1)
    assert "There is no case 2009-E9999" in run("return", "check", "2009-E9999", status=1)
    preparer = started(app, HR_FTE="900")
    told = run("return", "check", REF)
    assert "HR-PAY-LOW (To be explained; " in told
    assert "return/hr#HR_COST_EMP" in told
    found = json.loads(run("return", "check", REF, "--json"))
    assert found["standing"] == len(boxes(preparer.get(CHECKS))) > 0
    explain(preparer, "Agency staff carry most of the work this year.")
    assert json.loads(run("return", "check", REF, "--json"))["standing"] == 0
    assert "The body says: Agency staff carry most of the work this year." in run("return", "check", REF)


def test_a_return_is_filled_in_from_its_workbook(run, database, tmp_path):
    file = tmp_path / "return.xlsx"
    run("return", "template", REF, "-o", str(file))
    assert file.read_bytes().startswith(b"PK")
    filled_in = tmp_path / "filled.xlsx"
    filled_in.write_bytes(filled(file.read_bytes(), {("FIN_COST_EMP", "value"): 1200, ("FIN_COST_IT", "value"): 30}))
    assert "not with you now" in run("return", "import", REF, str(filled_in), status=1)
    with database.work(_preparer(database), NOW) as work:
        moves.make(work, work.session.scalars(select(Case).where(Case.ref == REF)).one(), "return", "start", {})
    told = json.loads(run("return", "import", REF, str(filled_in), "--preview", "--json"))
    assert (told["applied"], told["changed"], told["problems"]) == (False, 0, [])
    assert told["changes"][0] == {"item": "FIN_COST_EMP", "sheet": "Finance", "cell": "E3", "from": "Not answered", "to": "£1,200",
                                  "changed_meanwhile": False}  # fmt: skip
    assert "2 would change, 0 the same." in run("return", "import", REF, str(filled_in), "--preview"), "nothing was saved yet"
    assert "Finance, E3: FIN_COST_EMP: Not answered -> £1,200" in run("return", "import", REF, str(filled_in))
    again = json.loads(run("return", "import", REF, str(filled_in), "--json"))
    assert (again["applied"], again["changed"], again["unchanged"]) == (True, 0, 2)
    run("return", "template", REF, "-o", str(file))
    assert cell_of(load_workbook(file), "FIN_COST_EMP", "value").value == 1200
    assert json.loads(run("audit", "verify", "--json"))["sound"] is True


def _preparer(database):
    with database.reading() as session:
        query = select(Membership).join(Person).where(Person.email.like("preparer@%"))
        membership = session.scalars(query).first()
        return Actor(membership.person_id, "Demo preparer", Role.PREPARER, membership.organisation_id)


def test_a_file_with_a_problem_is_told_in_full_and_saved_in_no_part(run, database, tmp_path):
    with database.work(_preparer(database), NOW) as work:
        moves.make(work, work.session.scalars(select(Case).where(Case.ref == REF)).one(), "return", "start", {})
    file = tmp_path / "own.csv"
    file.write_text("Code,Answer\nFIN_COST_EMP,5\nFIN_COST_IT,n/a\n", encoding="utf-8")
    assert "1 problem. Nothing was saved." in run("return", "import", REF, str(file), status=1)
    assert "It cannot be saved so." in run("return", "import", REF, str(file), "--preview", "--json", status=1)
    with database.reading() as session:
        mine = select(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF)
        assert session.scalars(mine).all() == []


def test_mistakes_with_a_returns_file_are_told_in_one_line(run, tmp_path):
    file = tmp_path / "return.xlsx"
    file.write_bytes(b"PK\x03\x04 and no more")
    assert "There is no case 2009-X1" in run("return", "import", "2009-X1", str(file), status=1)
    assert "damaged or cut off" in run("return", "import", REF, str(file), status=1)
    assert "There is no case" in run("return", "template", "2009-X1", "-o", str(file), status=1)
    assert ".xlsx at its end" in run("return", "template", REF, "-o", str(tmp_path / "return.csv"), status=1)
    assert "No such file" in run("return", "template", REF, "-o", str(tmp_path / "nowhere" / "return.xlsx"), status=1)


SUCCESSORS = "predecessor,successor,date,share,source\n"


def test_the_successor_map_is_previewed_imported_and_listed(run, tmp_path):
    file = tmp_path / "map.csv"
    file.write_text(
        f"{SUCCESSORS}E0702,E0703,2030-04-01,0.25,An Order\nE0702,E0704,2030-04-01,0.75,An Order\nE0705,E0703,2030-04-01,0.5,x\n"
    )
    told = run("bodies", "successors", str(file), "--preview")
    assert told.startswith("1 would be added, 0 would be changed, 0 unchanged, 1 refused")
    assert "line 4: E0705 Its shares add up to 0.5, not to 1." in told
    assert "E0702" not in run("bodies", "successors"), "a preview does nothing"
    assert run("bodies", "successors", str(file)).startswith("1 added, 0 changed, 0 unchanged, 1 refused")
    assert json.loads(run("bodies", "successors", str(file), "--json"))["unchanged"] == 1
    assert "0.75 to E0704" in run("bodies", "successors")
    listed = {one["predecessor"]: one for one in json.loads(run("bodies", "successors", "--json"))}
    assert listed["E0702"]["date"] == "2030-04-01"
    assert [to["share"] for to in listed["E0702"]["successors"]] == ["0.25", "0.75"]
    assert len(listed["E0221"]["successors"]) == 2
    assert run("audit", "verify").startswith("Sound")


def test_a_file_that_is_no_successor_map_is_one_clear_line(run, tmp_path):
    file = tmp_path / "map.csv"
    file.write_text("ecode,name\n")
    assert "map.csv: This is not a successor map" in run("bodies", "successors", str(file), status=1)
    assert "nothing to preview" in run("bodies", "successors", "--preview", status=1)


def test_review_allocate_proposes_and_sends_only_when_told_to(run, database):
    given = ("review", "allocate", "--round", "2009", "--partnership", "North East Improvement and Efficiency Partnership")
    with database.reading() as session:
        before = len(session.scalars(select(Assignment.id)).all())
    assert "Nothing was written" in run(*given)
    dry = json.loads(run(*given, "--json"))
    assert not dry["applied"]
    assert dry["returns"]
    with database.reading() as session:
        assert len(session.scalars(select(Assignment.id)).all()) == before
    assert "Sent" in run(*given, "--apply")
    with database.reading() as session:
        made = session.scalars(select(Assignment).order_by(Assignment.id.desc()).limit(len(dry["returns"]))).all()
        assert all(one.lead for one in made)
        assert sorted(one.person.name for one in made) == sorted(name for one in dry["returns"] for name in one["reviewers"])
    assert json.loads(run(*given, "--json"))["returns"] == []
    assert "There is no partnership" in run(*given[:-1], "Nowhere", status=1)
    assert "There is no round" in run("review", "allocate", "--round", "1999", *given[4:], status=1)


def test_a_returned_mail_is_read_from_standard_input(run, database):
    ids = queue_mails(database, NOW, 1)
    deliver(database, LocalOutbox(), NOW)
    (mail,) = notices_of(database, ids)
    returned = report(mail.message_id, mail.email, style="exchange", date=format_datetime(NOW))
    assert f"to {mail.email} failed, and the address is marked as refused: 550 5.1.1" in run("mail", "bounce", given=returned)
    assert notices_of(database, ids)[0].state == "failed"
    for harmless in (returned, report("<other@example.org>", mail.email), report(mail.message_id, mail.email, action="delayed")):
        told = run("mail", "bounce", given=harmless)
        assert told.startswith("Nothing was changed: ") and len(told.splitlines()) == 1
    for unread in (b"", b"Subject: Out of office\n\nI am away.\n", b"\x00\xff"):
        assert "Nothing was changed. It is not a report of delivery" in run("mail", "bounce", given=unread, status=1)
