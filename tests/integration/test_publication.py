"""Publishing a round: what is published never changes, and every figure can be computed anew from its items."""

import csv
import io
import json
import random
import zipfile
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from markupsafe import escape
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support.explaining import sign_fewer
from tests.support.html import assert_strict_html
from tests.support.publishing import made_ready
from tests.support.site import Browser, token
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case, Stay
from webapp.db import SYSTEM
from webapp.deadlines.extending import give
from webapp.deadlines.models import Deadline
from webapp.demo.people import HOME
from webapp.publication import building, open_data, presenting, queries, verbs
from webapp.publication.models import ContextNote, Publication, Restatement
from webapp.publication.verbs import PublicationProblem
from webapp.register.models import Body, Round
from webapp.reports.pdf import report_html
from workflows.benchmarks.publishing import BodySheet, SummarySheet, Term
from workflows.benchmarks.release import NOTE_LIMIT
from workflows.deadlines.calendar import london_day
from workflows.roles import Actor, Role

NEAR_ZERO = 38
"""Bodies whose management and support services are zero or below in 2006/07 (the data's own notes)."""


def _shown(session, code, number=None, now=NOW):
    return queries.shown(session, Actor(None, "", Role.OFFICER, None), now, code, number)


def _sheet(session, shown, kind, key):
    found = queries.sheet(session, shown.id, kind, key)
    assert found is not None
    return found


def _page(app, path, status=200):
    got = app.test_client().get(path)
    assert got.status_code == status, got.text
    assert_strict_html(got.text)
    return got.text


def test_two_hundred_figures_can_be_computed_anew_from_what_is_published(database):
    rng = random.Random(7)
    with database.reading() as session:
        every = []
        for code in ("2006", "2009"):
            shown = _shown(session, code)
            for sheet in queries.sheets(session, shown.id, BodySheet):
                every += [(shown, sheet, indicator) for indicator, value in sheet.values.items() if value.value is not None]
        for shown, sheet, code in rng.sample(every, 200):
            again = presenting.recomputed(sheet, shown.programme.indicator(code), shown.programme)
            assert again == sheet.values[code].value, f"{shown.round_code} {sheet.subject.code} {code}"


def test_the_traps_of_the_outturn_are_notes_and_no_champions(database):
    with database.reading() as session:
        shown = _shown(session, "2006")
        sheets = queries.sheets(session, shown.id, BodySheet)
        assert len(sheets) == 388
        apart = [sheet for sheet in sheets if sheet.values["OUT-1"].value is not None and sheet.values["OUT-1"].value <= 0]
        assert len(apart) == NEAR_ZERO
        for sheet in apart:
            assert not sheet.values["OUT-1"].compared
            assert "zero or below" in sheet.values["OUT-1"].apart
            assert all(place["OUT-1"].rank is None for place in sheet.places.values())
            assert sheet.values["OUT-3"].compared, "a line that does not rest on it stays in"
        high = [s for s in sheets if s.subject.kind == "NMD" and (s.values["OUT-1"].value or 0) > 50]
        assert high
        assert all(any("more than half" in note for note in s.values["OUT-1"].notes) for s in high)


def test_what_is_published_stays_as_it_is_when_a_return_is_corrected(database):
    with database.reading() as session:
        restated = session.scalars(select(Restatement).order_by(Restatement.id)).first()
        first = _shown(session, "2009")
        case = session.get_one(Case, restated.case_id)
        sheet = _sheet(session, first, BodySheet, case.body.code)
        assert first.number == 1
        assert sheet.values[restated.indicator].value == restated.old
        assert sheet.subject.version < restated.version
        second = _shown(session, "2009", 2)
        assert _sheet(session, second, BodySheet, case.body.code).values[restated.indicator].value == restated.new
        listed = queries.restatements(session, "2009", NOW)
        assert (case.body.code, restated.indicator, restated.old, restated.new) in [(r.body, r.indicator, r.old, r.new) for r in listed]


@pytest.mark.parametrize("statement", ["update publication_documents set content = key", "delete from publication_documents"])
def test_the_database_refuses_to_change_what_is_published(database, statement):
    with pytest.raises(DBAPIError, match="never changes"), database.engine.begin() as connection:
        connection.execute(text(statement.replace("= key", "= content")))


def test_nobody_sees_a_publication_before_its_time(app, database, clock):
    assert "Publication 1" in _page(app, "/published/2009")
    _page(app, "/published/2009?version=2", 404)
    officer = Browser(app, "officer")
    made_ready(officer, database)
    assert "Under embargo" in officer.get("/published/2009?version=2")
    at = clock.now + timedelta(days=2)
    data = {"at-day": str(at.day), "at-month": str(at.month), "at-year": str(at.year), "hour": "9.30"}
    officer.post("/rounds/2009/publication/2/set", data, form="/rounds/2009/publication")
    clock.forward(days=1, hours=20)
    _page(app, "/published/2009?version=2", 404)
    clock.forward(hours=5)
    assert "Publication 2" in _page(app, "/published/2009"), "nothing has to run for it to be published"
    told = officer.post("/rounds/2009/publication/2/hold", {}, form="/rounds/2009/publication", status=409)
    assert "what is published never changes" in told


@pytest.mark.parametrize(("typed", "says"), [
    ({"at-day": "31", "at-month": "2", "at-year": "2010", "hour": "9:30"}, "must be a real date"),
    ({"at-day": "1", "at-month": "3", "at-year": "2010", "hour": "25:00"}, "must look like 9:30"),
    ({"at-day": "1", "at-month": "1", "at-year": "2010", "hour": "9:30"}, "has passed"),
])  # fmt: skip
def test_a_time_that_cannot_be_is_told_and_kept(app, typed, says):
    told = Browser(app, "officer").post("/rounds/2009/publication/2/set", typed, form="/rounds/2009/publication", status=422)
    assert says in told
    assert f'value="{typed["hour"]}"' in told


def test_an_overtaken_publication_cannot_be_published(app):
    officer = Browser(app, "officer")
    officer.post("/rounds/2009/publication", {"why": "more came in"})
    told = officer.post("/rounds/2009/publication/2/publish", {}, form="/rounds/2009/publication", status=409)
    assert "Publication 3 was made since" in told
    officer.post("/rounds/2009/publication/9/publish", {}, form="/rounds/2009/publication", status=404)


def _noting(database):
    """The approver and the case of the body that has put notes beside its figures, and a case without."""
    with database.reading() as session:
        note = session.scalars(select(ContextNote).where(ContextNote.indicator != "")).first()
        case = session.get_one(Case, note.case_id)
        query = select(Person.email).join(Membership).where(Membership.organisation_id == case.body_id, Membership.role == "approver")
        return session.scalars(query).first().partition("@")[0], case.ref, case.body.code


def test_a_body_sees_its_own_figures_under_embargo_and_puts_a_note_beside_them(app, database, clock):
    who, ref, code = _noting(database)
    approver = Browser(app, who)
    page = approver.get(f"/cases/{ref}/benchmarks?indicator=FIN-P1")
    assert "Under embargo" in page
    assert "the new ledger was paid for" in page
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    words = "It was <b>leap year</b> & we paid twice."
    approver.post(f"/cases/{ref}/benchmarks", {"indicator": "FIN-P1", "note": words, "seen": seen})
    assert "It was &lt;b&gt;leap year&lt;/b&gt; &amp; we paid twice." in approver.get(f"/cases/{ref}/benchmarks")
    stale = approver.post(f"/cases/{ref}/benchmarks", {"indicator": "FIN-P1", "note": "again", "seen": seen}, status=422)
    assert "Somebody else changed this note" in stale
    assert ">again</textarea>" in stale
    long = approver.post(f"/cases/{ref}/benchmarks", {"indicator": "FIN-P1", "note": "x" * (NOTE_LIMIT + 1), "seen": "2"}, status=422)
    assert f"must be {NOTE_LIMIT} characters or fewer" in long
    officer = Browser(app, "officer")
    made_ready(officer, database)
    officer.post("/rounds/2009/publication/2/publish", {}, form="/rounds/2009/publication")
    clock.forward(minutes=1)
    assert "It was &lt;b&gt;leap year&lt;/b&gt; &amp; we paid twice." in _page(app, f"/published/2009/{code}")
    late = approver.post(f"/cases/{ref}/benchmarks", {"indicator": "FIN-P1", "note": "late", "seen": "2"}, status=422)
    assert "under embargo, before it is published" in late


def test_a_comparator_group_is_asked_for_decided_and_taken_in(app, database):
    who, ref, code = _noting(database)
    approver, officer, path = Browser(app, who), Browser(app, "officer"), f"/cases/{ref}/comparators"
    again = approver.post(path, {"codes": "E0702 E0703 E0704 E4502 E4503", "reason": "They are alike."}, status=422)
    assert "waits for its decision already" in again
    request = approver.get(path).count("Waits for a decision")
    assert request == 1
    with database.reading() as session:
        number = queries.requests_of(session, session.scalars(select(Case.id).where(Case.ref == ref)).one())[0].id
    told = officer.post(f"{path}/{number}", {"decision": "accept", "reason": " "}, form=path, status=422)
    assert "Give the reason" in told
    officer.post(f"{path}/{number}", {"decision": "accept", "reason": "Coastal towns alike."}, form=path)
    wrong = approver.post(path, {"codes": f"E9999 E0702 {code}", "reason": ""}, status=422)
    for says in ("There is no body E9999", "not compared with itself", "Name 5 to 30 bodies", "Say why these bodies"):
        assert says in wrong
    officer.post("/rounds/2009/publication", {})
    with database.reading() as session:
        sheet = _sheet(session, _shown(session, "2009", 3), BodySheet, code)
    chosen = next(one.group for one in sheet.apart if one.group.kind == "chosen")
    assert chosen.own == "out"
    assert code not in chosen.codes


def test_the_rule_for_the_penalty_is_public(app):
    page = _page(app, "/published/2009/penalty")
    assert "A penalty is never automatic" in page
    assert "Adopted on" in page
    assert "/published/2009/penalty" in _page(app, "/published/2009")
    _page(app, "/published/2006/penalty", 404)


def test_nothing_to_publish_is_told(app, database):
    with database.work(SYSTEM, NOW) as work:
        first = work.session.scalars(select(Round).where(Round.code == "2009")).one()
        work.session.add(Round(code="2011", name="Empty", programme_code=first.programme_code, threshold=250, dates={},
                               programme_version="1", programme_hash=first.programme_hash, frozen=first.frozen, opened_at=NOW))  # fmt: skip
    told = Browser(app, "officer").post("/rounds/2011/publication", {}, status=409)
    assert "There is no figure to publish yet" in told
    _page(app, "/published/2011", 404)


PAGES = ("", "/returns", "/returns?status=late", "/restatements", "/functions/finance", "/indicators/FIN-P1",
         "/indicators/FIN-P1?sort=name&order=down", "/indicators/HR-S9", "/compare?body=E0701&body=Hartlepool&body=nowhere",
         "/open-data.zip", ".csv", ".json", "/manifest.json", "/documents/summary.json", "/returns.csv?status=late", "/restatements.csv",
         "/functions/finance.csv", "/indicators/FIN-P1.csv?sort=name&order=down", "/compare.csv?body=E0701&body=Hartlepool")  # fmt: skip


@pytest.mark.parametrize("place", PAGES)
def test_public_pages_are_answered_from_a_readers_cache(app, place):
    client = app.test_client()
    got = client.get(f"/published/2009{place}")
    assert got.status_code == 200
    assert got.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(f"/published/2009{place}", headers={"If-None-Match": got.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    assert client.get(f"/published/2009{place}").data == got.data
    other = client.get("/published/2009/indicators/FIN-P2", headers={"If-None-Match": got.headers["ETag"]})
    assert other.status_code == 200
    signed_in = Browser(app, "officer").client.get(f"/published/2009{place}")
    assert signed_in.headers["Cache-Control"] == "no-store"


def test_pages_of_the_public_cost_few_statements(app, database):
    with database.reading() as session:
        code = next(one.code for one in _sheet(session, _shown(session, "2009"), SummarySheet, "").subjects if one.version)
    client = app.test_client()
    for place in (*PAGES, f"/{code}", f"/{code}?group=all:all", f"/{code}/FIN-P1", f"/{code}.csv", f"/{code}.json"):
        with Statements(app.database.engine) as statements:
            assert client.get(f"/published/2009{place}").status_code == 200
        assert len(statements.told) <= 8, f"{place}:\n" + "\n".join(statements.told)


def test_open_data_say_what_the_pages_say_and_describe_themselves(app, database):
    client = app.test_client()
    with zipfile.ZipFile(io.BytesIO(client.get("/published/2009/open-data.zip").data)) as archive:
        described = json.loads(archive.read("datapackage.json"))
        for resource in described["resources"]:
            head = next(csv.reader(io.StringIO(archive.read(resource["path"]).decode())))
            assert head == [one["name"] for one in resource["schema"]["fields"]]
        rows = list(csv.DictReader(io.StringIO(archive.read("figures.csv").decode())))
    assert described["licenses"]
    assert described["sources"]
    alone = list(csv.DictReader(io.StringIO(client.get("/published/2009.csv").text)))
    assert rows == [{name: row[name] for name in rows[0]} for row in alone]
    code = next(row["body"] for row in rows if row["value"])
    told = client.get(f"/published/2009/{code}.json").json
    mine = {row["indicator"]: row for row in rows if row["body"] == code}
    for figure in told["figures"]:
        row = mine[figure["indicator"]]
        assert (Decimal(row["value"]) if row["value"] else None) == (Decimal(figure["value"]) if figure["value"] else None)
        assert row["compared"] == str(figure["compared"]).lower()
    assert not any("ORG_HOURS_SPENT" in row["indicator"] for row in rows)


def test_hours_are_not_published_and_few_people_are_not_told(database):
    with database.reading() as session:
        shown = _shown(session, "2009")
        sheets = queries.sheets(session, shown.id, BodySheet)
        rows = open_data.amounts(sheets)[1]
    assert not [row for row in rows if row[1] == "ORG_HOURS_SPENT"]
    disabled = {row[0]: row[2] for row in rows if row[1] == "HR_DISABLED"}
    for sheet in sheets:
        value = sheet.values.get("HR-S9")
        if value is not None and value.why.startswith("Not told"):
            assert sheet.subject.code not in disabled, "what is not told must not be told by the items either"
    assert all(number >= 5 for number in disabled.values())


def test_the_public_finds_their_council_and_how_many_returned(app, database):
    page = app.test_client().get("/published/2009?q=hartlepool")
    assert page.status_code == 303
    assert page.location == f"/published/2009/{HOME}"
    assert "2 bodies found" in _page(app, "/published/2009?q=tyneside")
    with database.reading() as session:
        summary = _sheet(session, _shown(session, "2009"), SummarySheet, "")
        stays = session.execute(
            select(Body.code, Stay.state).join(Case, Case.body_id == Body.id).join(Round, Round.id == Case.round_id)
            .join(Stay, Stay.case_id == Case.id).where(Round.code == "2009", Stay.track == "return", Stay.until.is_(None))
        ).all()  # fmt: skip
    exempt = {one.code for one in summary.subjects if one.status == "exempt"}
    assert exempt == {code for code, state in stays if state == "exempt"}
    assert len(summary.subjects) == len(stays)
    _page(app, "/published/2009/E9999", 404)
    _page(app, "/published/2009/indicators/NO-1", 404)
    _page(app, "/published/1066", 404)
    assert "Up to 5 bodies" in _page(
        app, "/published/2009/compare?" + "&".join(f"body=E070{n}" for n in range(1, 5)) + "&body=E0101&body=E0102", 400
    )


def test_made_up_figures_say_so_in_public(app, database):
    with database.reading() as session:
        code = next(one.code for one in _sheet(session, _shown(session, "2009"), SummarySheet, "").subjects if one.version)
    for place in ("", f"/{code}", f"/{code}/FIN-P1", "/indicators/FIN-P1"):
        assert "made up for the demo" in _page(app, f"/published/2009{place}")


def test_verbs_refuse_what_makes_no_sense(database):
    with database.work(SYSTEM, NOW) as work:
        published = work.session.scalars(select(Publication).where(Publication.number == 2)).first()
        with pytest.raises(PublicationProblem, match="with the bodies already"):
            verbs.issue(work, published)
        with pytest.raises(PublicationProblem, match="no time of publication"):
            verbs.hold(work, published)


def test_a_forged_request_publishes_nothing(app, database):
    officer = Browser(app, "officer")
    got = officer.client.post("/rounds/2009/publication/2/publish", data={"csrf_token": "forged"})
    assert got.status_code == 400
    assert token(officer.get("/rounds/2009/publication"))
    with database.reading() as session:
        assert session.scalars(select(Publication).where(Publication.number == 2)).first().publish_at is None


def test_the_figures_among_others_are_printed_as_they_are_shown(app, database):
    who, ref, _ = _noting(database)
    approver = Browser(app, who)
    assert f"/cases/{ref}/reports/benchmarks.pdf" in approver.get(f"/cases/{ref}/benchmarks")
    got = approver.client.get(f"/cases/{ref}/reports/benchmarks.pdf")
    assert (got.status_code, got.mimetype) == (200, "application/pdf")
    assert got.data.startswith(b"%PDF")
    coordinator = Browser(app, "coordinator").client.get(f"/cases/{ref}/reports/benchmarks.pdf")
    assert coordinator.status_code == 404, "nobody else reads them before they are published"
    with app.test_request_context(), database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == ref)).one()
        officer = Actor(None, "", Role.OFFICER, None)
        html = report_html(session, case, "benchmarks", officer, NOW)
        shown = queries.issued(session, case.round_id, NOW)
        assert shown is not None
        profile = presenting.profile(session, shown, case.body.code)
    assert profile is not None
    drawn = [picture for lines in profile.lines.values() for line in lines if (picture := line.picture()).ticks]
    assert len(drawn) > 20
    for picture in drawn:
        assert str(escape(picture.short)) in html, "the picture's own words are in the document"


def test_a_restatement_tells_no_more_than_a_publication_would(app, database):
    """A share that few people are behind is not told, in a corrected return no more than in the first."""
    with database.reading() as session:
        restated = session.scalars(select(Restatement).order_by(Restatement.id)).first()
        case = session.get_one(Case, restated.case_id)
        ref, code = case.ref, case.body.code.lower()
        before = _sheet(session, _shown(session, "2009", 1), BodySheet, case.body.code)
        assert before.values["HR-S9"].value is not None
    approver = Browser(app, f"approver-{code}")
    approver.move("return", "volunteer_correction", {"reason": "Counted anew.", "material": "no"}, ref=ref)
    sign_fewer(app, ref)
    with database.reading() as session:
        told = session.scalars(select(Restatement).where(Restatement.case_id == restated.case_id, Restatement.indicator == "HR-S9")).one()
        assert (told.old, told.new) == (before.values["HR-S9"].value, None)


# When returns were due, and how often more time was granted.


def test_the_public_page_counts_the_extensions_of_each_return_and_shows_the_original_date(app, database):
    """A body that was given more time in time, one that is late all the same, and one that never returned: each is told as it is."""
    with database.work(SYSTEM, NOW) as work:
        query = select(Deadline, Case, Body.code).join(Case, Case.id == Deadline.case_id).join(Body, Body.id == Case.body_id)
        query = query.join(Round, Round.id == Case.round_id).where(Round.code == "2009", Deadline.rule == "return_due")
        rows = work.session.execute(query.where(Deadline.closed_at.is_(None)).order_by(Deadline.id).limit(2)).all()
        first = {row.code: london_day(row.Deadline.due_at) for row in rows}
        for row, times in zip(rows, (1, 2), strict=True):
            for number in range(1, times + 1):
                give(work, row.Case, row.Deadline, None, first[row.code] + timedelta(days=7 * number), "Snow.")
    once, twice = (row.code for row in rows)
    with database.reading() as session:
        round_ = session.scalars(select(Round).where(Round.code == "2009")).one()
        made = building.make(session, round_, rows[0].Deadline.due_at + timedelta(days=400), with_provisional=False)
    terms, statuses = made.summary.terms, {one.code: one for one in made.summary.subjects}
    assert terms[once] == Term(first[once].isoformat(), (first[once] + timedelta(days=7)).isoformat(), 1)
    assert terms[twice].extensions == 2
    assert "exempt" not in {statuses[code].status for code in terms}, "an exempt body owes no return"
    assert {one.subject.code: one.term for one in made.bodies if one.term} == terms
    filed = {code for code, one in statuses.items() if one.status in ("returned", "returned_late", "not_returned")}
    assert filed <= set(terms)
    late = statuses[once]
    assert late.status in ("late", "not_returned"), "more time does not make a return that is not there one in time"
    assert "ate by" in late.told or "Not returned" in late.told


def test_the_pages_and_files_of_a_publication_say_when_each_return_was_due(app, database):
    page = _page(app, "/published/2009/returns")
    assert "not extended" in page
    rows = list(csv.DictReader(io.StringIO(app.test_client().get("/published/2009/returns.csv").text)))
    assert {"return_due_at_first", "return_due", "extensions_granted"} <= set(rows[0])
    told = next(row for row in rows if row["return_due"])
    assert told["extensions_granted"] == "0"
    assert "not extended" in _page(app, f"/published/2009/{told['body']}")


def test_a_publication_from_before_is_drawn_as_it_was(app, database):
    """Publications never change: one whose documents say nothing of due dates has no column for them, and no claim of none granted."""
    with database.reading() as session:
        summary = _sheet(session, _shown(session, "2009"), SummarySheet, "")
    told = json.loads(msgspec.json.encode(summary))
    del told["terms"]
    old = msgspec.json.decode(json.dumps(told), type=SummarySheet)
    assert old.terms == {}
    head, rows = open_data.bodies(old.subjects, {}, old.terms)
    assert "extensions_granted" not in head
    assert {len(row) for row in rows} == {len(head)}
