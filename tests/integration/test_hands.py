"""The time in hands of a case and the league of delay of a round: pages, file and command, each side with what it may know."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.extending import ask_for_more_time
from tests.support.returns import case_of
from tests.support.site import Browser
from webapp.cases import moves
from webapp.cases.models import Case, Stay
from webapp.cli.common import COMMAND_LINE
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline, DeadlineChange
from webapp.hands import queries
from webapp.register.models import Body, Round
from workflows.deadlines.calendar import london_day
from workflows.roles import Actor, Role, Side

YARDSTICK = Path(sys.executable).with_name("yardstick")


def _in_state(database, track, state, *where):
    with database.reading() as session:
        query = select(Case.ref).join(Stay, Stay.case_id == Case.id).where(Stay.track == track, Stay.state == state, Stay.until.is_(None))
        return session.scalars(query.where(*where).order_by(Case.id)).first()


def test_the_time_in_hands_of_every_case_is_what_the_record_of_its_tracks_says(database):
    """No second truth: the holder told is the turn of the stay that stands, and the days are those from the first turn on."""
    with database.reading() as session:
        for case in session.scalars(select(Case)):
            found = queries.of_case(session, case, COMMAND_LINE, NOW)
            stays = session.scalars(select(Stay).where(Stay.case_id == case.id)).all()
            turns = [stay for stay in stays if stay.turn]
            if not turns:
                assert found.all is None
                continue
            for line in found.tracks:
                now = [stay for stay in turns if stay.until is None and stay.track == line.track]
                if line.track != "plan":
                    assert line.holder == (Role(now[0].turn).side if now else Side.NOBODY), case.ref
                assert line.total.days == (london_day(line.end) - london_day(line.start)).days
            assert found.all is not None
            assert found.all.start == min(stay.since for stay in turns if (stay.until or NOW) > stay.since)


def test_a_case_tells_with_whom_it_lay_in_words_and_as_a_bar(app, database):
    ref = _in_state(database, "review", "draft_issued")
    page = Browser(app, "officer").get(f"/cases/{ref}/hands")
    for told in ("The whole case", "Working days with each side", "The body", "The partnership and its reviewers", "The bar in words"):
        assert told in page, told
    assert re.search(r'aria-label="Peer review: [^"]*working day', page)
    assert "with the body since" in page
    assert "With whom it lay, and for how long" in Browser(app, "officer").get(f"/cases/{ref}")


def test_each_side_is_told_of_the_tracks_that_it_may_know_of(app, database):
    ref = _in_state(database, "penalty", "representations_in")
    with database.reading() as session:
        case = case_of(session, ref)
        every = queries.of_case(session, case, COMMAND_LINE, NOW)
        manager = queries.of_case(session, case, Actor(1, "", Role.MANAGER, 1), NOW)
    assert "penalty" in [line.track for line in every.tracks]
    assert "penalty" not in [line.track for line in manager.tracks]
    assert manager.all is not None
    assert manager.all.holder == Side.NOBODY or not manager.all.holder & Side.PROGRAMME
    assert "Penalty" in Browser(app, "officer").get(f"/cases/{ref}/hands")
    assert "enalty" not in Browser(app, "manager").get(f"/cases/{ref}/hands")


def test_the_clock_that_stood_is_told_with_the_days_given_back(app, database):
    with database.reading() as session:
        resumed = session.scalars(select(DeadlineChange).where(DeadlineChange.kind == "resumed")).first()
        standing = session.scalars(select(Deadline).where(Deadline.stopped_at.is_not(None))).first()
        refs = [session.get_one(Case, one.case_id).ref for one in (resumed, standing)]
    officer = Browser(app, "officer")
    assert re.search(r"the clock stood from .*because the body owed answers\. \d+ working days? w", officer.get(f"/cases/{refs[0]}/hands"))
    assert re.search(r"the clock stands from .*because the body owes answers\.", officer.get(f"/cases/{refs[1]}/hands"))
    assert "No clock stood in this case" in officer.get(f"/cases/{REF}/hands")


def test_the_league_counts_bodies_partnerships_and_the_commission_and_what_was_granted(app, database):
    ask_for_more_time(app, database)
    officer = Browser(app, "officer")
    page = officer.get("/rounds/2009/delay")
    assert "Page 1 of " in page and page.count('<th scope="row"') == 50
    assert page.count('<th scope="row"') > officer.get("/rounds/2009/delay?page=99999").count('<th scope="row"') > 0
    for told in ("Only officers see this page", "Download all of them"):
        assert told in page, told
    assert "Audit Commission" in officer.get("/rounds/2009/delay?sort=name&order=up")
    rows = list(csv.DictReader(io.StringIO(officer.get("/rounds/2009/delay.csv?sort=name&order=up"))))
    kinds = {row["kind"] for row in rows}
    assert {"body", "partnership", "auditor"} <= kinds
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    home = next(row for row in rows if row["code"] == REF.partition("-")[2])
    assert (home["extensions_asked"], home["extensions_granted"], home["extensions_refused"]) == ("1", "1", "0")
    assert {row["filter"] for row in rows} == {"sort=name; order=up"}
    with database.reading() as session:
        counted = session.scalar(select(func.count()).select_from(Deadline).join(Case).join(Round).where(Round.code == "2009"))
    assert sum(int(row["deadlines"]) for row in rows) == counted, "each deadline stands with one of them"
    only = list(csv.DictReader(io.StringIO(officer.get("/rounds/2009/delay.csv?kind=partnership"))))
    assert {row["kind"] for row in only} == {"partnership"}
    longest = [int(row["longest_working_days"]) for row in only if row["longest_working_days"]]
    assert longest == sorted(longest, reverse=True), "the longest first, where nothing else is asked"
    officer.get("/rounds/1999/delay", status=404)
    officer.get("/rounds/2009/delay?sort=nonsense&kind=nonsense")


def test_overdue_and_late_are_counted_by_the_deadlines(app, database, clock):
    clock.forward(days=90)
    rows = list(csv.DictReader(io.StringIO(Browser(app, "officer").get("/rounds/2009/delay.csv"))))
    with database.reading() as session:
        query = select(func.count()).select_from(Deadline).join(Case).join(Round).where(Round.code == "2009")
        missed = session.scalar(query.where(Deadline.outcome == "missed"))
        runs = session.scalar(query.where(Deadline.closed_at.is_(None), Deadline.stopped_at.is_(None), Deadline.due_at < clock.now))
    assert sum(int(row["ever_late"]) for row in rows) == missed + runs
    assert sum(int(row["overdue_now"]) for row in rows) >= runs
    assert all(int(row["working_days_over"]) > 0 for row in rows if int(row["overdue_now"]))


def test_pages_and_file_cost_the_same_whatever_the_number_of_cases(app, database):
    officer = Browser(app, "officer")
    ref = _in_state(database, "plan", "in_delivery")

    def costs():
        found = []
        for place in ("/rounds/2009/delay", "/rounds/2009/delay.csv", f"/cases/{ref}/hands"):
            officer.get(place)
            with Statements(app.database.engine) as statements:
                officer.get(place)
            found.append(len(statements.told))
        return found

    few = costs()
    assert max(few) <= 8
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        round_ = session.scalars(select(Round).where(Round.code == "2009")).one()
        taken = set(session.scalars(select(Case.body_id).where(Case.round_id == round_.id)))
        for number, body in enumerate(body for body in session.scalars(select(Body)) if body.id not in taken):
            case = Case(ref=f"2009-{body.code}x{number}", round=round_, body=body, partnership_id=body.partnership_id, sector=body.sector,
                        stage="return", headcount=body.headcount, headcount_source="", warning="", opened_at=NOW)  # fmt: skip
            session.add(case)
            session.flush()
            moves.open_case(work, case, exempt=False)
    assert costs() == few


def _command(database, *arguments):
    told = os.environ | {"YARDSTICK_DATABASE_URL": database.engine.url.render_as_string(hide_password=False)}
    got = subprocess.run([YARDSTICK, *arguments], capture_output=True, text=True, env=told, check=False)
    return got.returncode, got.stdout, got.stderr


def test_the_command_tells_the_league(database):
    code, out, _ = _command(database, "round", "delay", "2009", "--json")
    assert code == 0
    told = json.loads(out)
    assert {"kind", "code", "name", "median_working_days", "overdue_now", "extensions_granted"} <= set(told[0])
    assert {"body", "partnership", "auditor"} <= {row["kind"] for row in told}
    code, out, _ = _command(database, "round", "delay", "2009", "--kind", "auditor", "--sort", "name")
    assert code == 0
    assert "Audit Commission" in out
    assert len(out.splitlines()) == 2, "a head, and one row"


@pytest.mark.parametrize("arguments, told", [(("2010x",), "The rounds are: 2009"), (("2009", "--sort", "luck"), "luck")])
def test_a_mistake_gets_one_line(database, arguments, told):
    code, out, err = _command(database, "round", "delay", *arguments)
    assert code == 1
    assert out == ""
    assert told in err
    assert len(err.splitlines()) == 1
