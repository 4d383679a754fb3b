"""What happens around the deadline: late and missing returns, headcounts that are proved, chasing, and the burden."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.returns import SAID, actor, bring, case_of, enter, move
from tests.support.site import Browser, find
from webapp.accounts.models import Organisation, Person
from webapp.cases.models import Case, Contact, Stay
from webapp.chase.verbs import record_contact
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.register.models import Body
from workflows.engine import Refused

CASE = f"/cases/{REF}"
YARDSTICK = Path(sys.executable).with_name("yardstick")


def _state(database, ref=REF):
    with database.reading() as session:
        query = select(Stay.state).where(Stay.case_id == case_of(session, ref).id, Stay.track == "return", Stay.until.is_(None))
        return session.scalar(query)


# Late and missing. The demo's returns were due four days before NOW.


def test_a_return_that_is_not_there_says_how_late_it_is_everywhere(app):
    preparer, coordinator = Browser(app, "preparer"), Browser(app, "coordinator")
    for browser in (preparer, coordinator):
        for place in (CASE, f"{CASE}/return"):
            page = browser.get(place)
            turn = find(r"(?s)(<section[^>]*Whose turn it is.*?</section>)", page)
            assert (turn + "".join(re.findall(r'<p class="govuk-body ys-late">.*?</p>', page))).count("4 days") == 1, "once is enough"
    assert "Late by 4 days" in coordinator.get("/cases?text=hartlepool")


def test_the_officer_is_shown_what_could_be_recorded_and_nothing_moves_by_itself(app, database, clock):
    officer = Browser(app, "officer")
    page = officer.get("/today")
    with database.reading() as session:
        stays = select(func.count()).select_from(Stay).where(Stay.track == "return", Stay.until.is_(None))
        wanted = session.scalar(stays.where(Stay.state.in_(("not_started", "in_progress", "awaiting_sign_off"))))
    assert int(find(r"Returns that are not there <span[^>]*>(\d+)<", page)) <= (wanted or 0)
    assert "record_not_returned" in page
    clock.forward(days=30)
    officer.get("/today")
    assert _state(database) == "not_started"
    for who in ("preparer", "coordinator", "manager"):
        assert "Returns that are not there" not in Browser(app, who).get("/today")


def test_a_return_can_be_recorded_as_not_made_and_is_still_taken_late(app, database, clock):
    officer, preparer = Browser(app, "officer"), Browser(app, "preparer")
    officer.move("return", "record_not_returned", {"reason": "Nobody answers."})
    for place in (CASE, "/cases?text=hartlepool"):
        assert "Not returned since 28 January 2010" in officer.get(place)
    clock.forward(days=6)
    preparer.move("return", "file_late")
    assert "Late by 10 days" in preparer.get(CASE)
    enter(database, SAID, at=clock.now)
    move(database, "preparer", "submit_for_sign_off", at=clock.now)
    move(database, "approver", "sign_off", {"declaration": "yes"}, at=clock.now)
    clock.forward(days=40)
    for place in (CASE, f"{CASE}/return", f"{CASE}/return/whole", "/cases?text=hartlepool"):
        assert "Filed 10 days late" in officer.get(place), place
    assert "Filed 10 days late" in Browser(app, "coordinator").get(CASE)


def test_a_return_in_time_is_never_late(app, database, clock):
    with database.work(SYSTEM, NOW) as work:
        due = update(Deadline).where(Deadline.case_id == case_of(work.session).id, Deadline.rule == "return_due")
        work.session.execute(due.values(due_at=NOW + timedelta(days=1)))
    bring(database, "sign_off")
    clock.forward(days=60)
    page = Browser(app, "officer").get(CASE)
    assert "Filed" not in page
    assert "Late by" not in page


def test_a_return_that_was_made_is_not_recorded_as_not_made(app, database):
    bring(database, "sign_off")
    move(database, "coordinator", "request_correction", {"reason": "Look again."})
    move(database, "preparer", "start_correction")
    officer = Browser(app, "officer")
    assert "Record as not returned" not in officer.get(CASE)
    refused = officer.move("return", "record_not_returned", {"reason": "x"}, status=422, form=CASE)
    assert "Version 1 was signed off" in refused


# Headcount.


@pytest.fixture
def exempt(database):
    """An exempt body's case with the names of its people, and one of a body only just above the line."""
    found = {}
    with database.work(SYSTEM, NOW) as work:
        for name, state in (("exempt", "exempt"), ("near", "not_started")):
            query = select(Case).join(Stay).where(Stay.track == "return", Stay.until.is_(None), Stay.state == state, Stay.transition == "")
            case = work.session.scalars(query.order_by(Case.id)).first()
            if name == "near":
                case.headcount = 260
            found[name] = (case.ref, case.ref.partition("-")[2].lower())
    return found


DECLARED = {"count": "251", "basis": "people", "on": ["31", "12", "2009"], "reason": "Payroll report of December."}


def test_an_exempt_body_above_the_line_after_all_must_return(app, database, exempt):
    ref, code = exempt["exempt"]
    preparer, officer = Browser(app, f"preparer-{code}"), Browser(app, "officer")
    preparer.move("return", "declare_headcount", DECLARED, ref=ref)
    assert _state(database, ref) == "headcount_declared"
    assert "Headcount to be confirmed" in officer.get("/today")
    assert "251 people on 31 December 2009" in officer.get(f"/cases/{ref}")
    page = officer.get(f"/cases/{ref}/moves/return/confirm_due")
    for text in ("251 people on 31 December 2009", "Payroll report of December.", "within 10% of the line of 250"):
        assert text in page
    past = officer.move("return", "confirm_due", {"return_due": ["1", "1", "2010"]}, ref=ref, status=422)
    assert "Last day for its return must be in the future." in past
    assert 'href="#return_due-day"' in past
    assert 'value="2010"' in past, "what was typed is given back"
    officer.move("return", "confirm_due", {"return_due": ["26", "3", "2010"]}, ref=ref)
    assert _state(database, ref) == "not_started"
    with database.reading() as session:
        case = case_of(session, ref)
        assert (case.headcount, case.headcount_basis, case.headcount_on) == (251, "people", date(2009, 12, 31))
        due = session.scalars(select(Deadline).where(Deadline.case_id == case.id, Deadline.rule == "return_due")).one()
        assert due.due_at.date() == date(2010, 3, 26)
        told = select(Notice.message).where(Notice.case_id == case.id).order_by(Notice.id)
        assert session.scalars(told).all()[-1] == "headcount_due"
        assert session.scalars(select(Stay.state).where(Stay.case_id == case.id, Stay.track == "penalty")).all() == ["not_indicated"]
    page = preparer.get(f"/cases/{ref}")
    assert "251 people on 31 December 2009, declared by the body" in page
    assert "Late by" not in page, "it has its own last day"
    preparer.move("return", "start", ref=ref)


@pytest.mark.parametrize("count", ["250", "1"])
def test_exactly_the_line_is_exempt(app, database, exempt, count):
    ref, code = exempt["near"]
    approver, officer = Browser(app, f"approver-{code}"), Browser(app, "officer")
    approver.move("return", "declare_headcount", DECLARED | {"count": count}, ref=ref)
    officer.move("return", "confirm_due", {"return_due": ["26", "3", "2010"]}, ref=ref, status=422, form=f"/cases/{ref}")
    officer.move("return", "confirm_exempt", ref=ref)
    assert _state(database, ref) == "exempt"
    with database.reading() as session:
        assert case_of(session, ref).stage == "exempt"
    assert "Late by" not in officer.get(f"/cases/{ref}")
    assert "Start the return" not in Browser(app, f"preparer-{code}").get(f"/cases/{ref}")


def test_a_count_that_is_refused_leaves_all_as_it_was(app, database, exempt):
    for name, move_, after in (("near", "refuse_headcount", "not_started"), ("exempt", "refuse_headcount_exempt", "exempt")):
        ref, code = exempt[name]
        with database.reading() as session:
            before = case_of(session, ref).headcount
        Browser(app, f"preparer-{code}").move("return", "declare_headcount", DECLARED | {"count": "100"}, ref=ref)
        officer = Browser(app, "officer")
        assert officer.get(f"/cases/{ref}").count("Refuse the headcount") == 1, "only the one that fits is offered"
        officer.move("return", move_, {"reason": "The report is of another year."}, ref=ref)
        assert _state(database, ref) == after
        with database.reading() as session:
            assert case_of(session, ref).headcount == before


def test_a_body_above_the_line_stays_with_its_own_deadline(app, database, exempt):
    ref, code = exempt["near"]
    Browser(app, f"preparer-{code}").move("return", "declare_headcount", DECLARED | {"count": "1,255", "basis": "fte"}, ref=ref)
    Browser(app, "officer").move("return", "confirm_still_due", ref=ref)
    page = Browser(app, f"preparer-{code}").get(f"/cases/{ref}")
    assert "1,255 full-time equivalents on 31 December 2009, declared by the body" in page
    with database.reading() as session:
        dues = session.scalars(select(Deadline).where(Deadline.case_id == case_of(session, ref).id, Deadline.rule == "return_due")).all()
        assert [due.closed_at for due in dues] == [None]


def test_bad_counts_are_told_and_nothing_typed_is_lost(app, exempt):
    ref, code = exempt["exempt"]
    preparer = Browser(app, f"preparer-{code}")
    for field, value, told in (
        ("count", "many", "must be a whole number"), ("count", "-4", "must be from 0"), ("basis", "heads", "must be"),
        ("on", ["31", "2", "2010"], "must be a real date"), ("on", ["1", "1", "2030"], "must be today or in the past"),
        ("reason", "", "Fill in “What shows it”"),
    ):  # fmt: skip
        page = preparer.move("return", "declare_headcount", DECLARED | {field: value}, ref=ref, status=422)
        assert told in page, field
        assert "Payroll report of December." in page or field == "reason"


def test_a_body_far_above_the_line_is_not_asked_and_an_officer_does_not_confirm_alone(app, database):
    assert "Declare the headcount" not in Browser(app, "preparer").get(CASE)
    officer = Browser(app, "officer")
    officer.move("return", "declare_headcount", DECLARED | {"count": "240"})
    refused = officer.move("return", "confirm_exempt", status=422, form=CASE)
    assert "You entered this count" in refused
    Browser(app, "officer-2").move("return", "confirm_exempt")
    assert _state(database) == "exempt"


# Chasing.


def _contact(database, who, ref, **more):
    with database.work(_by(database, who), NOW) as work:
        return record_contact(work, case_of(work.session, ref), {"way": "phone", "note": "Soon.", **more}).id


def _by(database, who):
    with database.reading() as session:
        return actor(session, who)


def test_the_chase_list_has_who_has_not_filed_latest_first(app, database):
    officer = Browser(app, "officer")
    with database.work(SYSTEM, NOW) as work:
        home = case_of(work.session).id
        late = update(Deadline).where(Deadline.case_id == home, Deadline.rule == "return_due")
        work.session.execute(late.values(due_at=NOW - timedelta(days=30)))
    page = officer.get("/chase")
    assert find(r'(?s)<tbody.*?href="/cases/([^"]+)"', page) == REF
    assert "Late by 30 days" in page
    bring(database, "sign_off")
    assert REF not in officer.get("/chase?text=hartlepool"), "who has filed is not chased"
    move(database, "coordinator", "request_correction", {"reason": "Look again."})
    assert REF not in officer.get("/chase?text=hartlepool"), "nor is who corrects"


def test_a_coordinator_chases_their_own_partnership_alone(app, database):
    with database.reading() as session:
        mine = session.scalar(select(Organisation.id).join(Case, Case.partnership_id == Organisation.id).where(Case.ref == REF))
        theirs = {c.ref for c in session.scalars(select(Case).where(Case.partnership_id != mine))}
        other = session.scalars(select(Case.ref).where(Case.partnership_id != mine)).first()
    rows = list(csv.DictReader(io.StringIO(Browser(app, "coordinator").client.get("/chase.csv").text)))
    assert rows
    assert not {row["ref"] for row in rows} & theirs
    assert len(list(csv.DictReader(io.StringIO(Browser(app, "officer").client.get("/chase.csv").text)))) > len(rows)
    Browser(app, "coordinator").get(f"/cases/{other}/contacts", status=404)


def test_a_contact_is_recorded_in_place_and_the_list_comes_back_as_it_was(app, database):
    coordinator = Browser(app, "coordinator")
    page = coordinator.get(f"/chase?text=hartle&contact={REF}")
    assert f"/cases/{REF}/contacts?text=hartle&amp;from=chase" in page
    path = f"{CASE}/contacts?text=hartle&from=chase&page=1"
    form = f"/chase?text=hartle&contact={REF}"
    refused = coordinator.post(path, {"note": "They will file.", "promised_on": ["31", "2", "2010"]}, form=form, status=422)
    assert "must be a real date" in refused
    assert "Choose one under “How”." in refused
    assert "They will file." in refused
    assert "Returns to chase" in refused
    past = coordinator.post(path, {"way": "phone", "note": "They will file.", "promised_on": ["1", "1", "2010"]}, form=form, status=422)
    assert "A promise is for today or a later day." in past
    done = coordinator.client.post(path, data=coordinator.form(form) | {"way": "phone", "note": "They will file.",
                                                                        "promised_on": ["3", "2", "2010"]})  # fmt: skip
    assert (done.status_code, done.location) == (303, f"/chase?text=hartle&page=1#{REF}")
    page = coordinator.get("/chase?text=hartle")
    for text in ("Phone, 1 Feb 2010, Demo coordinator", "They will file.", "3 Feb 2010"):
        assert text in page
    with database.reading() as session:
        kept = session.scalars(select(Contact).where(Contact.case_id == case_of(session).id)).one()
        assert (kept.way, kept.note, kept.promised_on) == ("phone", "They will file.", date(2010, 2, 3))
    assert "They will file." in Browser(app, "officer").get(f"{CASE}/contacts")
    for who in ("preparer", "approver", "manager"):
        Browser(app, who).get(f"{CASE}/contacts", status=403)
        assert "They will file." not in Browser(app, who).get(f"{CASE}/record")


def test_a_promise_that_has_passed_is_marked_and_found(app, database, clock):
    _contact(database, "coordinator", REF, promised_on="2010-02-03")
    _contact(database, "coordinator", REF, note="=1+1 said the clerk")
    coordinator = Browser(app, "coordinator")
    assert "passed" not in coordinator.get("/chase?text=hartle").partition("<tbody")[2]
    assert REF not in coordinator.get("/chase?only=broken")
    clock.forward(days=3)
    page = coordinator.get("/chase?only=broken")
    assert "3 Feb 2010: passed" in page
    assert "All 2 contacts" in page
    assert REF in coordinator.get("/chase?only=promised")
    assert REF not in coordinator.get("/chase?only=silent").partition("<tbody")[2]
    (row,) = csv.DictReader(io.StringIO(coordinator.client.get("/chase.csv?only=broken&text=hartle").text))
    assert (row["promised"], row["promise_passed"], row["note"], row["contacts"]) == ("2010-02-03", "yes", "'=1+1 said the clerk", "2")
    _contact(database, "coordinator", REF, promised_on="2010-03-01")
    assert "passed" not in coordinator.get("/chase?text=hartle").partition("<tbody")[2], "a newer promise takes its place"


def test_filters_that_find_nothing_or_make_no_sense_are_no_error(app):
    officer = Browser(app, "officer")
    for query in ("state=accepted", "state=nothing", "only=nothing", "round=1999", "partnership=nobody", "text=" + "x" * 300, "page=999",
                  "page=-1", "page=x", "contact=2009-E9999", "contact=%27"):  # fmt: skip
        officer.get(f"/chase?{query}")
        assert officer.client.get(f"/chase.csv?{query}").status_code == 200
    assert "Nobody is left to chase here." in officer.get("/chase?only=nothing")


def test_a_contact_that_says_nothing_is_refused(database):
    for wrong in ({"way": "pigeon"}, {"note": " "}, {"note": "x" * 2001}, {"promised_on": "2050-01-01"}, {"promised_on": "soon"}):
        with pytest.raises(Refused):
            _contact(database, "coordinator", REF, **wrong)


def test_the_lists_cost_the_same_however_long_they_are(app, database):
    officer = Browser(app, "officer")

    def cost(path):
        officer.client.get(path)
        with Statements(app.database.engine) as statements:
            assert officer.client.get(path).status_code == 200
        return len(statements.told)

    few = [cost(path) for path in ("/chase?text=hartle", "/chase", f"/chase?contact={REF}", "/chase.csv", "/rounds/2009/burden", "/today")]
    assert max(few) <= 8
    assert few[0] == few[1]
    with database.work(_by(database, "officer"), NOW) as work:
        for case in work.session.scalars(select(Case).join(Body, Body.id == Case.body_id).limit(40)).all():
            record_contact(work, case, {"way": "mail", "note": "Soon."})
    assert few[1] == cost("/chase")
    assert few[3] == cost("/chase.csv")


# The burden, and the commands.


def test_the_burden_is_the_hours_of_the_signed_returns(app, database):
    officer = Browser(app, "officer")
    before = officer.get("/rounds/2009/burden")
    told = int(find(r"told by (\d+) of", before))
    bring(database, "sign_off")
    after = officer.get("/rounds/2009/burden")
    assert int(find(r"told by (\d+) of", after)) == told + 1
    officer.get("/rounds/1999/burden", status=404)
    for who in ("coordinator", "preparer", "manager"):
        Browser(app, who).get("/rounds/2009/burden", status=403)


def _command(database, *arguments):
    done = subprocess.run([YARDSTICK, *arguments], env=os.environ | {"YARDSTICK_DATABASE_URL": database.url}, capture_output=True,
                          text=True, check=False)  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_commands_tell_the_same(app, database):
    code, out, _ = _command(database, "burden", "2009", "--json")
    found = json.loads(out)
    page = Browser(app, "officer").get("/rounds/2009/burden")
    assert code == 0
    assert f"told by {found['told']} of {found['returns']}" in page
    assert found["total"] == pytest.approx(sum(one["total"] for one in found["classes"]))
    assert all((one["lower_quartile"] is None) == (one["told"] < 8) for one in found["classes"])
    _contact(database, "coordinator", REF, promised_on="2010-02-03")
    code, out, _ = _command(database, "chase", "--round", "2009", "--json")
    rows = {row["ref"]: row for row in json.loads(out)}
    assert code == 0
    assert rows[REF]["last_contact"]["note"] == "Soon."
    assert rows[REF]["promise_passed"] is True
    assert rows[REF]["days_late"] > 4, "the command line reads the clock"
    assert REF in _command(database, "chase")[1]
    assert "hours" in _command(database, "burden", "2009")[1]


@pytest.mark.parametrize("arguments", [("chase", "--round", "1999"), ("burden", "1999")])
def test_a_round_that_does_not_exist_is_one_clear_line(database, arguments):
    code, out, problem = _command(database, *arguments)
    assert (code, out) == (1, "")
    assert problem.strip().startswith("yardstick: There is no round '1999'. The rounds are: 2009")
    assert len(problem.strip().splitlines()) == 1


def test_nobody_is_told_of_a_headcount_who_left(database, exempt):
    """The message goes to the officers of the programme, once each."""
    ref, code = exempt["exempt"]
    move(database, f"preparer-{code}", "declare_headcount", {**DECLARED, "on": "2009-12-31"}, ref=ref)
    with database.reading() as session:
        told = select(Person.email).join(Notice, Notice.person_id == Person.id)
        emails = session.scalars(told.where(Notice.message == "headcount_declared", Notice.case_id == case_of(session, ref).id)).all()
    assert sorted(e.partition("@")[0] for e in emails) == ["officer", "officer-2", "officer-3"]
