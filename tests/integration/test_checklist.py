"""Before a publication: what blocks it, what an officer lets stand with a reason, and the notes to editors that are printed with it."""

import html
import re

from sqlalchemy import select

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support.explaining import sign_fewer
from tests.support.html import assert_strict_html
from tests.support.publishing import PLACE, made_ready, settled
from tests.support.site import Browser, find
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.publication.models import Acknowledgement, ContextNote, Publication, Restatement
from webapp.record import Event
from webapp.register.models import Round
from webapp.reports.pdf import report_html
from workflows.benchmarks.release import EDITORS_LIMIT, NOTE_LIMIT
from workflows.roles import Actor, Role


def _names(page):
    return re.findall(r'name="condition" type="checkbox" value="(\w+)"', page)


def _second(session):
    query = select(Publication).join(Round, Round.id == Publication.round_id)
    return session.scalars(query.where(Round.code == "2009", Publication.number == 2)).one()


def test_what_blocks_is_told_with_where_it_is_mended_and_stops_the_publication(app, database):
    officer = Browser(app, "officer")
    page = officer.get(PLACE)
    assert "asked for a comparator group of its own, and waits for the decision" in page
    assert re.search(r'href="/cases/2009-E\d+/comparators">[^<]+ waits for the decision', page)
    told = officer.post(f"{PLACE}/2/publish", {}, form=PLACE, status=409)
    assert "waits for the decision" in told
    assert "Publication 2 is published" not in told
    day = {"at-day": "1", "at-month": "3", "at-year": "2010", "hour": "9:30"}
    assert "waits for the decision" in officer.post(f"{PLACE}/2/set", day, form=PLACE, status=422)
    with database.reading() as session:
        assert _second(session).publish_at is None


def test_warnings_are_let_stand_with_a_reason_that_stays_on_the_record(app, database):
    officer = Browser(app, "officer")
    with database.work(SYSTEM, NOW) as work:
        settled(work)
    page = officer.get(PLACE)
    names = _names(page)
    assert "embargo" in names
    told = officer.post(f"{PLACE}/2/publish", {}, form=PLACE, status=409)
    assert "5 days are meant" in told
    none = officer.post(f"{PLACE}/2/acknowledge", {"condition": names, "reason": " "}, form=PLACE, status=422)
    assert "Say why the publication is right" in none
    assert none.count(" checked>") == len(names), "what was ticked stays ticked"
    assert "Tick each warning" in officer.post(f"{PLACE}/2/acknowledge", {"reason": "So."}, form=PLACE, status=422)
    assert "Tick each warning" in officer.post(f"{PLACE}/2/acknowledge", {"condition": "groups", "reason": "So."}, form=PLACE, status=422)
    officer.post(f"{PLACE}/2/acknowledge", {"condition": names, "reason": "The <board> agreed."}, form=PLACE)
    page = officer.get(PLACE)
    assert not _names(page)
    assert "“The &lt;board&gt; agreed.”" in page
    officer.post(f"{PLACE}/2/publish", {}, form=PLACE)
    with database.reading() as session:
        kept = session.scalars(select(Acknowledgement).where(Acknowledgement.publication_id == _second(session).id)).all()
        assert {one.condition for one in kept} == set(names)
        assert all(one.person_id and one.told for one in kept)
        told = session.scalars(select(Event).where(Event.entity == "acknowledgement", Event.why == "The <board> agreed.")).all()
        assert len(told) == len(names)
    late = officer.post(f"{PLACE}/2/acknowledge", {"condition": "embargo", "reason": "So."}, form=PLACE, status=422)
    assert "what is published never changes" in late


def test_a_warning_that_says_something_else_is_to_be_acknowledged_anew(app, database):
    officer = Browser(app, "officer")
    made_ready(officer, database)
    with database.work(SYSTEM, NOW) as work:
        one = work.session.scalars(select(Acknowledgement).order_by(Acknowledgement.id.desc())).first()
        one.told = f"{one.told} And one more."
        name = one.condition
    page = officer.get(PLACE)
    assert _names(page) == [name]
    assert "You let something else stand here" in page
    officer.post(f"{PLACE}/2/publish", {}, form=PLACE, status=409)


def test_a_note_over_the_limit_blocks(app, database):
    officer = Browser(app, "officer")
    with database.work(SYSTEM, NOW) as work:
        note = work.session.scalars(select(ContextNote).where(ContextNote.indicator == "FIN-P1")).first()
        note.text = "x" * (NOTE_LIMIT + 1)
    assert f"beside FIN-P1 has {NOTE_LIMIT + 1} characters" in officer.post(f"{PLACE}/2/publish", {}, form=PLACE, status=409)


def test_a_return_that_is_corrected_warns_and_its_later_version_blocks_until_another_publication_is_made(app, database):
    with database.reading() as session:
        ref = session.scalars(select(Case.ref).join(Restatement, Restatement.case_id == Case.id)).first()
    who = ref.partition("-")[2].lower()
    officer, approver = Browser(app, "officer"), Browser(app, f"approver-{who}")
    approver.move("return", "volunteer_correction", {"reason": "Counted anew.", "material": "no"}, ref=ref)
    page = officer.get(PLACE)
    assert "what changes in them will be restated in public" in page
    assert f'href="/cases/{ref}/return">' in page
    assert "correction" in _names(page)
    sign_fewer(app, ref)
    made_ready(officer, database)
    told = officer.post(f"{PLACE}/2/publish", {}, form=PLACE, status=409)
    assert "signed a later version of its return off than this publication has" in told
    assert f'href="/cases/{ref}/return/versions">' in told
    officer.post(PLACE, {})
    assert "signed a later version" not in officer.get(PLACE)
    officer.post(f"{PLACE}/3/issue", {}, form=PLACE)


def test_notes_to_editors_are_limited_kept_and_printed_everywhere(app, database, clock):
    officer = Browser(app, "officer")
    page = officer.get(PLACE)
    assert "every figure of this round is made up" in page, "they are carried over from the publication before"
    before = html.unescape(find(r'name="before" value="([^"]*)"', page))
    long = officer.post(f"{PLACE}/2/editors", {"editors": "x" * (EDITORS_LIMIT + 1), "before": before}, form=PLACE, status=422)
    assert f"must be {EDITORS_LIMIT} characters or fewer" in long
    words = "Read ranks <with> care.\nAnd the notes."
    officer.post(f"{PLACE}/2/editors", {"editors": words, "before": before}, form=PLACE)
    stale = officer.post(f"{PLACE}/2/editors", {"editors": "mine", "before": before}, form=PLACE, status=422)
    assert "Somebody else changed the notes" in stale
    made_ready(officer, database)
    officer.post(f"{PLACE}/2/publish", {}, form=PLACE)
    clock.forward(minutes=1)
    assert "what is published never changes" in officer.post(f"{PLACE}/2/editors", {"editors": "", "before": words}, form=PLACE, status=422)
    client = app.test_client()
    public = client.get("/published/2009").text
    assert_strict_html(public)
    assert "Read ranks &lt;with&gt; care.\nAnd the notes." in public
    for place in ("/published/2009.json", "/published/2009/manifest.json"):
        assert client.get(place).json["notes_to_editors"] == words
    with app.test_request_context(), database.reading() as session:
        note = session.scalars(select(ContextNote).where(ContextNote.indicator != "")).first()
        case = session.get_one(Case, note.case_id)
        printed = report_html(session, case, "benchmarks", Actor(None, "", Role.OFFICER, None), clock.now)
        code, beside = case.body.code, note.text
        every = session.scalars(select(ContextNote.text).where(ContextNote.case_id == case.id, ContextNote.indicator == "")).first()
    assert "Read ranks &lt;with&gt; care." in printed
    assert beside in printed
    assert every in printed
    told = client.get(f"/published/2009/{code}.json").json
    assert (told["notes_to_editors"], told["context_note"]) == (words, every)
    assert beside in [one["context_note"] for one in told["figures"]]
    for place in (f"/published/2009/{code}/FIN-P1", "/published/2009/indicators/FIN-P1", f"/published/2009/compare?body={code}"):
        page = html.unescape(client.get(place).text)
        assert beside in page, place
        assert every in page, place
    for place in (f"/published/2009/{code}.csv", "/published/2009.csv", "/published/2009/indicators/FIN-P1.csv"):
        text = client.get(place).text
        assert beside in text, place
        assert every in text, place


def test_the_checklist_costs_few_statements(app):
    officer = Browser(app, "officer")
    officer.get(PLACE)  # the programme is read once in the life of a process
    with Statements(app.database.engine) as statements:
        officer.get(PLACE)
    assert len(statements.told) <= 8, "\n".join(statements.told)
