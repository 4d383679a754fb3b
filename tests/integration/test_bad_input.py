"""What is wrong is told clearly, with the right status: nothing is lost, and nothing is half-done."""

import re
from threading import Thread

import pytest
from sqlalchemy import func, select, text

from tests.conftest import NOW, REF
from tests.support.figures import typed_return
from tests.support.site import Browser, at_once, find, radio, token
from webapp.cases import queries
from webapp.cases.models import Case
from webapp.record import Event
from workflows.roles import Actor, Role

CASE = f"/cases/{REF}"
FORM = f"{CASE}/return/finance"
START = f"{CASE}/moves/return/start"


def _count(database, *tables):
    with database.reading() as session:
        return [session.scalar(text(f"select count(*) from {table}")) for table in tables]


def _state(database, track="return"):
    with database.reading() as session:
        query = text(
            "select s.state from stays s join cases c on c.id = s.case_id where c.ref = :ref and s.track = :track and s.until is null"
        )
        return session.scalar(query, {"ref": REF, "track": track})


def _last_event(database):
    with database.reading() as session:
        return session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()


@pytest.mark.parametrize(
    "field, typed, told",
    [
        ("FIN_COST_EMP", "lots", "must be a number"),
        ("FIN_COST_EMP", "-5", "must be £0 or more"),
        ("FIN_COST_EMP", "1e9", "must be a number"),
        ("FIN_COST_EMP", "12,34,5.6.7", "must be a number"),
        ("FIN_COST_EMP", "9" * 40, "must be"),
        ("FIN_PAYROLL_ERRORS", "nan", "must be a number"),
        ("by-FIN_COST_EMP", "31/2/2010", "real date"),
        ("why-FIN_COST_EMP", "We wait for the ledger.", "by"),
    ],
)
def test_what_cannot_be_a_figure_is_told_beside_it_and_given_back(app, database, field, typed, told):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    before = _count(database, "return_values", "events")
    page = preparer.post(FORM, {"FIN_COST_EMP": "", "FIN_COST_IT": "1500", field: typed}, status=422)
    assert told in page
    assert f'value="{typed}"' in page
    assert 'value="1500"' in page, "what was right is not lost either"
    assert 'href="#FIN_' in page, "the summary links to the field"
    assert _count(database, "return_values", "events") == before


@pytest.mark.parametrize("typed, kept", [("£1,234,567", "1,234,567"), (" 12.50 ", "12.5"), ("0", "0")])
def test_a_figure_as_people_write_it_is_read_rightly(app, typed, kept):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    preparer.post(FORM, {"FIN_COST_EMP": typed})
    assert f'name="FIN_COST_EMP" value="{kept}"' in preparer.get(FORM)


def test_a_move_that_is_not_possible_now_says_when_it_is_and_whose_turn_it_is(app, database):
    preparer, approver = Browser(app, "preparer"), Browser(app, "approver")
    page = approver.move("return", "sign_off", status=409, form=CASE)
    assert "waiting for the preparer" in page
    assert "“Awaiting sign-off”" in page
    preparer.move("return", "start")
    page = preparer.move("return", "submit_for_sign_off", status=422, form=CASE)
    assert f"{CASE}/return/finance#FIN_COST_EMP" in page, "each gap is a link"
    assert _state(database) == "in_progress"


def test_figures_cannot_be_changed_while_the_approver_has_the_return(app, database):
    _to_sign_off(app)
    preparer = Browser(app, "preparer")
    before = _count(database, "return_values", "events")
    page = preparer.post(FORM, {"FIN_COST_EMP": "1"}, form="/role", status=409)
    assert "not with you now" in page
    assert ">1<" in page, "what was typed is given back"
    preparer.post(FORM, {"FIN_COST_EMP": "lots"}, form="/role", status=409)
    assert _count(database, "return_values", "events") == before


def _to_sign_off(app):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    for part, fields in typed_return().items():
        preparer.post(f"{CASE}/return/{part}", fields)
    preparer.move("return", "submit_for_sign_off")


def test_two_preparers_on_different_items_both_save(app, database):
    one, other = Browser(app, "preparer"), Browser(app, "preparer")
    one.move("return", "start")
    forms = [browser.form(FORM) for browser in (one, other)]
    for browser, form, item in zip((one, other), forms, ("FIN_COST_EMP", "FIN_COST_IT"), strict=True):
        assert browser.client.post(FORM, data=form | {item: "100", f"was-{item}": "0"}).status_code == 303
    page = one.get(FORM)
    assert 'name="FIN_COST_EMP" value="100"' in page
    assert 'name="FIN_COST_IT" value="100"' in page


def test_two_preparers_on_the_same_item_see_both_values(app, database):
    one, other = Browser(app, "preparer"), Browser(app, "preparer")
    one.move("return", "start")
    form = other.form(FORM)
    one.post(FORM, {"FIN_COST_EMP": "100", "was-FIN_COST_EMP": "0"})
    sent = form | {"FIN_COST_EMP": "250", "was-FIN_COST_EMP": "0", "FIN_COST_IT": "7", "was-FIN_COST_IT": "0"}
    answer = other.client.post(FORM, data=sent)
    assert answer.status_code == 409
    assert "you typed £250; saved meanwhile: £100" in answer.text
    assert 'name="FIN_COST_IT" value="7"' in answer.text
    assert 'name="FIN_COST_IT"' in one.get(FORM)
    assert 'value="7"' not in one.get(FORM), "nothing was half-saved"
    again = dict(sent, csrf_token=token(answer.text), **{"was-FIN_COST_EMP": find(r'name="was-FIN_COST_EMP" value="(\d+)"', answer.text)})
    assert other.client.post(FORM, data=again).status_code == 303
    assert 'name="FIN_COST_EMP" value="250"' in one.get(FORM)


def test_a_page_of_an_older_version_is_told_so(app, database):
    coordinator = Browser(app, "coordinator")
    ref = _submitted(database)[0]
    first, second = coordinator.form(f"/cases/{ref}/moves/return/accept"), coordinator.form(f"/cases/{ref}/moves/return/request_correction")
    coordinator.client.post(f"/cases/{ref}/moves/return/request_correction", data=second | {"reason": "The basis is wrong."})
    late = coordinator.client.post(f"/cases/{ref}/moves/return/accept", data=first)
    assert late.status_code == 409
    assert "The case has moved on" in late.text
    reason = coordinator.client.post(f"/cases/{ref}/moves/return/request_correction", data=second | {"reason": "My long explanation."})
    assert reason.status_code == 409
    assert "My long explanation." in reason.text


def _submitted(database):
    with database.reading() as session:
        query = text(
            "select c.ref, c.version from cases c join stays s on s.case_id = c.id join organisations o on o.id = c.partnership_id "
            "join memberships m on m.organisation_id = o.id join people p on p.id = m.person_id "
            "where s.track = 'return' and s.until is null and s.state = 'submitted' and p.email like 'coordinator@%'"
        )
        return session.execute(query).first()


def test_a_double_click_is_one_click(app, database):
    preparer = Browser(app, "preparer")
    page = preparer.get(CASE)
    data = {
        "csrf_token": token(page),
        "version": find(r'name="version" value="(\d+)"', page),
        "once": find(r'name="once" value="([^"]+)"', page),
    }
    before = _count(database, "stays")[0]
    first, again = preparer.client.post(START, data=data), preparer.client.post(START, data=data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert _count(database, "stays") == [before + 1]
    stale = preparer.client.post(START, data=data | {"once": "another-tab"})
    assert stale.status_code == 409


def test_a_double_click_on_a_form_that_adds_adds_once(app, database):
    ref, who = _in_review(database)
    reviewer = Browser(app, who)
    page = reviewer.get(f"/cases/{ref}/review?item=FIN_COST_EMP")
    once = find(r'name="once" value="([^"]+)"', page)
    data = {"csrf_token": token(page), "once": once, "kind": "comment", "text": "Only once, please."}
    path = f"/cases/{ref}/review/items/FIN_COST_EMP/annotations"
    answers = [reviewer.client.post(path, data=data) for _ in range(3)]
    assert {a.status_code for a in answers} == {303}
    assert len({a.location for a in answers}) == 1
    assert reviewer.get(f"/cases/{ref}/review").count("Only once, please.") == 1


def _in_review(database):
    """A case in review, and the name of its reviewer's account."""
    with database.reading() as session:
        query = text(
            "select c.ref, p.email from cases c join assignments a on a.case_id = c.id join people p on p.id = a.person_id "
            "join stays s on s.case_id = c.id where a.kind = 'reviewer' and a.until is null and s.track = 'review' "
            "and s.state = 'in_review' and s.until is null"
        )
        ref, email = session.execute(query).first()
        return ref, email.partition("@")[0]


def test_a_choice_that_is_not_offered_is_told_like_one_that_was_not_made(app, database):
    page = Browser(app, "officer").post("/rounds/new", {"programme": "nothing", "code": "2011"}, status=422)
    assert "Choose a programme." in page
    ref, reviewer = _in_review(database)
    sent = {"kind": "poem", "text": "My long text."}
    page = Browser(app, reviewer, "Peer reviewer").post(
        f"/cases/{ref}/review/items/FIN_COST_EMP/annotations", sent, form=f"/cases/{ref}/review", status=422
    )
    assert "Choose a kind." in page
    assert "My long text." in page
    assert "Not a valid choice" not in page


def test_a_double_click_at_the_very_same_moment_is_one_click(app, database):
    browsers = [Browser(app, "preparer") for _ in range(4)]
    pages = [browser.get(CASE) for browser in browsers]
    version = find(r'name="version" value="(\d+)"', pages[0])
    calls = [
        lambda browser=browser, page=page: browser.client.post(
            START, data={"csrf_token": token(page), "version": version, "once": "the-same"}
        )
        for browser, page in zip(browsers, pages, strict=True)
    ]
    before = _count(database, "stays")[0]
    answers = at_once(*calls)
    assert {a.status_code for a in answers} <= {303, 409}
    assert 303 in {a.status_code for a in answers}
    assert _count(database, "stays") == [before + 1]


def test_two_people_who_save_the_same_case_at_the_very_same_moment(app, database):
    """One of them is told that the case has moved on; the other is done, whole."""
    ref, version = _submitted(database)
    moves = {"accept": {}, "request_correction": {"reason": "The basis is wrong."}}
    calls = []
    for name, more in moves.items():
        browser = Browser(app, "coordinator")
        data = browser.form(f"/cases/{ref}/moves/return/{name}") | more
        calls.append(lambda b=browser, n=name, d=data: b.client.post(f"/cases/{ref}/moves/return/{n}", data=d))
    answers = at_once(*calls)
    assert sorted(a.status_code for a in answers) == [303, 409]
    with database.reading() as session:
        assert session.scalar(select(Case.version).where(Case.ref == ref)) == version + 1


def test_an_old_form_without_a_version_is_asked_for_anew(app):
    preparer = Browser(app, "preparer")
    assert "Open the page again" in preparer.post(START, {"version": ""}, form=CASE, status=400)
    preparer.post(START, {"version": "x"}, form=CASE, status=400)


@pytest.mark.parametrize("sent", [{}, {"csrf_token": "forged"}])
def test_a_form_with_a_forged_or_no_token_is_refused_and_nothing_typed_is_lost(app, database, sent):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    before = _count(database, "return_values")
    answer = preparer.client.post(FORM, data=sent | {"FIN_COST_EMP": "123456", "why-FIN_COST_IT": "Because of <b>this</b>."})
    assert answer.status_code == 400
    assert "123456" in answer.text
    assert "Because of &lt;b&gt;this&lt;/b&gt;." in answer.text
    assert "no longer valid" in answer.text
    assert _count(database, "return_values") == before


def test_a_form_sent_after_the_session_ended_says_that_one_is_signed_out_and_gives_back_what_was_typed(app):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    sent = {"csrf_token": token(preparer.get(FORM)), "FIN_COST_EMP": "123456", "basis-FIN_COST_EMP": "final"}
    answer = app.test_client().post(FORM, data=sent, headers={"Referer": f"http://localhost{FORM}"})
    assert answer.status_code == 401
    for told in ("You are signed out", "123456", ">FIN_COST_EMP<", ">basis FIN_COST_EMP<", f"/sign-in?next={FORM}"):
        assert told in answer.text


def test_a_form_sent_twice_says_that_it_counts_once(app, database):
    officer, administrator = Browser(app, "officer"), Browser(app, "administrator")
    page = officer.get("/rounds/new")
    assert 'data-prevent-double-click="true"' in page
    sent = {"programme": "back-office-2009", "code": "2010", "name": "Second", "return_due": ["25", "2", "2011"], "threshold": "250"}
    sent |= {"csrf_token": token(page), "once": "the-same"}
    assert [officer.client.post("/rounds/new", data=sent).status_code for _ in range(2)] == [303, 303]
    assert "sent more than once. It counts once" in officer.get("/rounds")
    newcomer = {"name": "Demo newcomer", "email": "new@council.example", "role": "officer", "organisation": "", "once": "the-same"}
    administrator.post("/people/new", newcomer, status=200)
    again = administrator.post("/people/new", newcomer, status=409)
    assert "This was sent twice" in again
    assert "look whether all is as you want it" in again


def test_the_rounds_lead_to_the_bodies_near_the_line_and_one_that_asks_nobody_says_so(app, database):
    officer = Browser(app, "officer")
    page = officer.get("/rounds")
    near = int(find(r"(\d+) bodies near that line", page))
    with database.reading() as session:
        assert near == session.scalar(select(func.count()).select_from(Case).where(Case.warning != ""))
    assert f'ys-count">{near}<' in officer.get("/cases?round=2009&headcount=unsure")
    outturn = find(r"(?s)(<h2[^>]*>Revenue outturn.*?)<h2", page)
    assert "It asks no body for a return" in outturn
    assert "return by" not in outturn
    assert "Peer review" not in outturn


def test_a_token_of_somebody_else_does_not_count(app):
    mine, theirs = Browser(app, "preparer"), Browser(app, "approver")
    stolen = token(theirs.get("/role"))
    assert mine.client.post(START, data={"csrf_token": stolen, "version": "1"}).status_code == 400


def test_who_was_signed_out_while_typing_gets_it_back(app):
    answer = app.test_client().post(FORM, data={"FIN_COST_EMP": "98765"})
    assert answer.status_code in (400, 401)
    assert "98765" in answer.text


def test_what_was_refused_for_lack_of_right_is_on_the_record(app, database):
    approver, reviewer = Browser(app, "approver"), Browser(app, "reviewer")
    approver.move("return", "start", status=403, form=CASE)
    event = _last_event(database)
    assert (event.kind, event.role, event.entity_key) == ("refused.role", "approver", START)
    approver.post(FORM, {"FIN_COST_EMP": "1"}, form="/role", status=403)
    assert _last_event(database).kind == "refused.permission"
    reviewer.get(CASE, status=404)
    assert _last_event(database).kind == "refused.hidden"
    assert _state(database) == "not_started"


@pytest.mark.parametrize("path", [
    "/cases/2009-E9999", "/cases/nothing", "/cases/2009-E9999/return", f"{CASE}/return/cookery", f"{CASE}/return/finance/NO_SUCH_ITEM",
    f"{CASE}/moves/return/fly", f"{CASE}/moves/nothing/start", f"{CASE}/moves/action/start", f"{CASE}/moves/action/start?action=7",
    f"{CASE}/status/nothing", f"{CASE}/status/action", f"{CASE}/reports/review.pdf", f"{CASE}/reports/poem.pdf", "/outbox/99999999",
])  # fmt: skip
def test_what_does_not_exist_is_told_with_a_way_on(app, path):
    page = Browser(app, "preparer").get(path, status=404)
    assert "<a " in page
    assert "Traceback" not in page


def test_pages_and_filters_out_of_range_are_put_right(app):
    officer = Browser(app, "officer")
    for query in ("page=99999", "page=0", "page=-3", "page=x", "stage=nothing", "round=%27%3B--", "text=" + "x" * 500, "turn=nobody"):
        officer.get(f"/cases?{query}")
    for page in ("99999", "-1", "x"):
        officer.get(f"/outbox?page={page}")
    officer.get(f"{CASE}/record?before=x&entity=%27&key=%27")
    huge = "9" * 30
    for path in (f"/outbox?page={huge}", f"/people?page={huge}", f"/outbox/{huge}", f"{CASE}/record?before={huge}", f"/cases?page={huge}",
                 f"{CASE}/return?version={huge}", f"{CASE}/moves/action/start?action={huge}"):  # fmt: skip
        assert officer.client.get(path).status_code in (200, 400, 403, 404), path
    for path in ("/cases?text=%00", f"{CASE}/record?entity=%00", "/cases/%00"):
        assert officer.client.get(path).status_code in (400, 404), path


def test_a_search_takes_what_is_typed_as_text(app):
    officer = Browser(app, "officer")
    assert "0 cases" in officer.get("/cases?text=%25%25zzz") or "No case" in officer.get("/cases?text=%25%25zzz")
    assert "<script>alert" not in officer.get("/cases?text=<script>alert(1)</script>")


def test_too_much_at_once_is_refused(app):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    answer = preparer.client.post(FORM, data={"csrf_token": token(preparer.get(FORM)), "why-FIN_COST_EMP": "x" * 3_000_000})
    assert answer.status_code == 413


def test_texts_that_are_too_long_or_empty_are_told_and_given_back(app, database):
    ref, who = _in_review(database)
    reviewer = Browser(app, who)
    form = f"/cases/{ref}/review?item=FIN_COST_EMP"
    path = f"/cases/{ref}/review/items/FIN_COST_EMP/annotations"
    page = reviewer.post(path, {"kind": "comment", "text": "y" * 2001}, form=form, status=422)
    assert "2000" in page.replace(",", "")
    assert "y" * 2001 in page
    reviewer.post(path, {"kind": "comment", "text": "   "}, form=form, status=422)
    reviewer.post(path, {"kind": "poem", "text": "A text."}, form=form, status=422)
    reviewer.post(f"/cases/{ref}/review/items/NO_SUCH/annotations", {"kind": "comment", "text": "A text."}, form=form, status=404)


def test_a_response_that_does_not_wholly_agree_needs_its_reason(app, database):
    with database.reading() as session:
        query = text(
            "select c.ref, p.email from cases c join stays s on s.case_id = c.id join memberships m on m.organisation_id = c.body_id "
            "join people p on p.id = m.person_id where s.track = 'challenge' and s.state = 'draft_issued' and s.until is null "
            "and m.role = 'approver'"
        )
        ref, email = session.execute(query).first()
    approver = Browser(app, email.partition("@")[0])
    path, form = f"/cases/{ref}/challenge/findings/1/response", f"/cases/{ref}/challenge"
    for reason in ("", "   "):
        page = approver.post(path, {"f1-response": "partly", "f1-reason": reason}, form=form, status=422)
        assert "Give the reason, since you do not wholly agree." in page
        assert re.search(r'value="partly"[^>]* checked', page), "what was chosen is given back"
    approver.post(path, {"f1-response": "agreed", "f1-reason": ""}, form=form)


def test_a_round_is_not_opened_by_a_form_with_mistakes(app, database):
    officer = Browser(app, "officer")
    good = {"programme": "back-office-2009", "code": "2010", "name": "Second", "return_due": ["25", "2", "2011"], "threshold": "250"}
    mistakes = {
        "code": "2009", "name": "", "return_due": ["31", "2", "2011"], "threshold": "many",
    }  # fmt: skip
    before = _count(database, "rounds", "cases")
    for field, value in mistakes.items():
        page = officer.post("/rounds/new", good | {field: value}, status=422)
        assert 'class="govuk-error-message"' in page, field
        assert "Second" in page or field == "name", "what was right is given back"
    for day in (["", "", ""], ["25"], [], ["1", "2", "3", "4"], ["a", "b", "c"], ["1", "1", "1990"]):
        assert "last day" in officer.post("/rounds/new", good | {"return_due": day}, status=422).lower()
    for number, told in {
        "2,5": "like 250 or 1,250",
        "2.5": "like 250",
        "-5": "from 0 to 1,000,000",
        "": "Enter the number of people",
    }.items():
        page = officer.post("/rounds/new", good | {"threshold": number}, status=422)
        assert page.count("govuk-error-message") == 1
        assert told in page, number
    assert "The name must be 120 characters" in officer.post("/rounds/new", good | {"name": "x" * 121}, status=422)
    assert _count(database, "rounds", "cases") == before
    officer.post("/rounds/new", good)
    assert _count(database, "rounds", "cases") == [before[0] + 1, before[1] * 2]


def test_the_reviewer_of_the_own_body_is_refused_with_the_reason_and_cannot_be_overruled(app, database):
    _to_sign_off(app)
    Browser(app, "approver").move("return", "sign_off")
    coordinator = Browser(app, "coordinator")
    coordinator.move("return", "accept")
    page = coordinator.get(f"{CASE}/moves/review/allocate")
    own = radio(page, "Demo reviewer from Hartlepool")
    assert "Own body" in coordinator.move("review", "allocate", {"person": own}, status=422)
    given = {"candidate": own, "why": "I insist on it.", "ends_on": ["1", "3", "2010"]}
    refused = coordinator.post(f"{CASE}/review/overrules", given, form=f"{CASE}/review/reviewers", status=422)
    assert "This can never be overruled" in refused
    assert _state(database, "review") == "unallocated"
    for nobody in ("", "99999999", "x"):
        coordinator.move("review", "allocate", {"person": nobody}, status=422)
    assert _state(database, "review") == "unallocated"


def test_who_moves_a_case_does_not_wait_for_who_only_notes_something_about_it(app, database):
    """Else the two could each hold what the other waits for: the case, and the end of the record."""
    if database.engine.dialect.name == "sqlite":
        return  # one writer at a time: nobody waits while holding anything
    approver, mover = Browser(app, "approver"), Actor(None, "Demo", Role.OFFICER, None)
    with database.work(mover, NOW) as work:
        assert queries.case_by_ref(work.session, REF, mover, lock=True)
        refused = []
        thread = Thread(target=lambda: refused.append(approver.client.get(START).status_code))
        thread.start()
        thread.join(timeout=10)
        assert not thread.is_alive(), "a refusal waits for the case to be let go"
    thread.join()
    assert refused == [403]
