"""Signing in and out, guessing slowed down, cookies, and the role in which one acts."""

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from tests.support.site import Browser, at_once, radio, token
from webapp.accounts import sign_ins
from webapp.accounts.models import Membership, Person, SignIn
from webapp.app import create_app
from webapp.db import SYSTEM
from webapp.demo.accounts import PASSWORD, email_of
from webapp.record import Event


def _try(client, email, password, **more):
    page = client.get("/sign-in").text
    return client.post("/sign-in", data={"csrf_token": token(page), "email": email, "password": password}, **more)


def test_five_wrong_passwords_close_the_account_for_a_quarter_of_an_hour(app, clock):
    client = app.test_client()
    for _ in range(5):
        answer = _try(client, email_of("preparer"), "wrong")
        assert answer.status_code == 422
        assert "not right" in answer.text
    closed = _try(client, email_of("preparer"), PASSWORD)
    assert closed.status_code == 429
    assert "Wait 15 minutes" in closed.text
    assert _try(app.test_client(), email_of("approver"), PASSWORD).status_code == 303
    clock.forward(minutes=16)
    assert _try(client, email_of("preparer"), PASSWORD).status_code == 303


def test_one_network_address_cannot_try_many_accounts(app):
    client = app.test_client()
    answers = [_try(client, f"somebody-{number}@example.org", "wrong").status_code for number in range(41)]
    assert answers == [422] * 40 + [429]


def test_a_wrong_password_and_an_unknown_address_look_alike(app):
    client = app.test_client()
    known, unknown = _try(client, email_of("preparer"), "wrong"), _try(client, "nobody@example.org", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace(email_of("preparer"), "X").count("not right") == unknown.text.count("not right")


def test_failures_and_successes_are_on_the_record_without_the_password(app, database):
    client = app.test_client()
    _try(client, email_of("preparer"), "my secret guess")
    _try(client, email_of("preparer"), PASSWORD)
    with database.reading() as session:
        kinds = list(session.scalars(select(Event.kind).where(Event.kind.startswith("sign_in")).order_by(Event.seq.desc()).limit(2)))
        told = " ".join(f"{e.label} {e.new} {e.old}" for e in session.scalars(select(Event).where(Event.kind.startswith("sign_in"))))
    assert kinds == ["sign_in.done", "sign_in.failed"]
    assert "my secret guess" not in told


def test_who_has_left_cannot_sign_in_and_is_signed_out_at_once(app, database, clock):
    browser = Browser(app, "preparer")
    with database.work(SYSTEM, clock()) as work:
        work.session.scalars(select(Person).where(Person.email == email_of("preparer"))).one().active = False
    assert browser.client.get("/today").status_code == 303
    assert _try(app.test_client(), email_of("preparer"), PASSWORD).status_code == 422


@pytest.mark.parametrize("next_", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)",
                                    "/\t/elsewhere.example", "/\n/elsewhere.example"])  # fmt: skip
def test_signing_in_never_leads_elsewhere(app, next_):
    client = app.test_client()
    page = client.get("/sign-in").text
    sent = {"csrf_token": token(page), "email": email_of("preparer"), "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": next_}, data=sent)
    assert answer.location == "/today"


def test_after_signing_in_one_is_where_one_wanted_to_go(app):
    client = app.test_client()
    sent_away = client.get("/cases?stage=plan")
    assert sent_away.status_code == 303
    page = client.get(sent_away.location).text
    answer = client.post(sent_away.location, data={"csrf_token": token(page), "email": email_of("preparer"), "password": PASSWORD})
    assert answer.location == "/cases?stage=plan"


def test_forty_wrong_passwords_at_the_very_same_moment_get_five_tries(app):
    clients = [app.test_client() for _ in range(40)]
    tokens = [token(client.get("/sign-in").text) for client in clients]
    sent = {"email": email_of("preparer"), "password": "wrong"}
    calls = [
        lambda client=client, key=key: client.post("/sign-in", data=sent | {"csrf_token": key})
        for client, key in zip(clients, tokens, strict=True)
    ]
    answers = [answer.status_code for answer in at_once(*calls)]
    assert sorted(answers) == [422] * 5 + [429] * 35
    assert _try(app.test_client(), email_of("preparer"), PASSWORD).status_code == 429
    assert _try(app.test_client(), email_of("approver"), PASSWORD).status_code == 303


def test_only_the_head_of_the_sign_in_page_can_be_asked_for(app):
    assert app.test_client().head("/sign-in").status_code == 200


def test_signing_out_ends_it_for_every_copy_of_the_cookie_and_for_no_other_device(app):
    browser, other = Browser(app, "preparer"), Browser(app, "preparer")
    copy = app.test_client()
    copy.set_cookie("yardstick", browser.client.get_cookie("yardstick").value)
    assert copy.get("/today").status_code == 200
    browser.post("/sign-out", {}, form="/role")
    assert browser.client.get("/today").status_code == 303
    assert copy.get("/today").status_code == 303
    assert other.client.get("/today").status_code == 200


def test_a_password_that_changes_while_it_is_being_looked_at_lets_nobody_in(app, database, clock):
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.email == email_of("preparer"))).one()
    with database.work(SYSTEM, clock()) as work:
        work.session.get_one(Person, person.id).password_hash = "another"
    with database.work(SYSTEM, clock()) as work:
        assert sign_ins.begin(work, person) is None


def test_who_changes_their_password_stays_signed_in_here_and_nowhere_else(app, database):
    here, elsewhere = Browser(app, "preparer"), Browser(app, "preparer")
    sent = {"password": PASSWORD, "new_password": "correct horse battery"}
    assert "not the password that you have now" in here.post("/password", sent | {"password": "wrong"}, status=422)
    for easy, told in (("short", "12 characters or more"), ("aaaaaaaaaaaaaa", "easy to guess"), (email_of("preparer"), "easy to guess"),
                       (PASSWORD, "the password that you have now")):  # fmt: skip
        assert told in here.post("/password", sent | {"new_password": easy}, status=422)
    assert elsewhere.client.get("/today").status_code == 200
    here.post("/password", sent)
    assert "signed out" in here.get("/today")
    assert "correct horse" not in elsewhere.client.post("/password", data=sent).text, "what is typed is given back, but no password"
    assert elsewhere.client.get("/today").status_code == 303
    assert _try(app.test_client(), email_of("preparer"), PASSWORD).status_code == 422
    assert _try(app.test_client(), email_of("preparer"), "correct horse battery").status_code == 303
    with database.reading() as session:
        changes = list(session.scalars(select(Event).where(Event.kind == "person.password")))
    assert [event.label for event in changes] == ["Demo preparer changed their password"]


def test_the_password_now_cannot_be_guessed_at_leisure(app):
    browser = Browser(app, "preparer")
    sent = {"password": "wrong", "new_password": "correct horse battery"}
    answers = [browser.client.post("/password", data=browser.form("/password") | sent).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_signing_in_forgets_the_sign_ins_of_long_ago(app, database, clock):
    Browser(app, "preparer")
    clock.forward(days=31)
    Browser(app, "approver")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1


def _end(database, clock, email, role):
    with database.work(SYSTEM, clock()) as work:
        query = select(Membership).join(Person).where(Person.email == email, Membership.role == role)
        work.session.scalars(query).one().until = clock()


def test_who_acted_in_a_role_that_has_ended_chooses_another_and_does_not_slip_into_it(app, database, clock):
    browser = Browser(app, "reviewer", "Peer reviewer")
    form = {"csrf_token": token(browser.get("/today")), "event": "1"}
    _end(database, clock, email_of("reviewer"), "reviewer")
    sent_on = browser.client.get("/cases")
    assert (sent_on.status_code, sent_on.location) == (303, "/role")
    lost = browser.client.post("/today/seen", data=form | {"comment": "My long text."})
    assert lost.status_code == 409
    assert "My long text." in lost.text
    assert "has ended" in browser.get("/role")
    browser.post("/role", {"membership": radio(browser.get("/role"), "Preparer")})
    assert "Gateshead" in browser.get("/today")


def test_who_holds_no_role_any_more_is_told_so(app, database, clock):
    browser = Browser(app, "preparer")
    _end(database, clock, email_of("preparer"), "preparer")
    assert "You hold no role yet" in browser.get("/today")
    assert browser.client.get("/cases").status_code == 403


def test_a_role_that_is_not_mine_cannot_be_chosen(app):
    browser = Browser(app, "reviewer")
    browser.post("/role", {"membership": "1"}, status=404)
    browser.post("/role", {"membership": "x"}, status=404)
    assert "Peer reviewer" in browser.get("/today")


def test_the_role_in_which_one_acts_decides_what_one_sees(app):
    as_reviewer, as_preparer = Browser(app, "reviewer", "Peer reviewer"), Browser(app, "reviewer", "Preparer")
    assert "Gateshead" in as_preparer.get("/cases?text=gateshead")
    assert "2009-E4501" in as_preparer.get("/cases")
    assert "2009-E4501" not in as_reviewer.get("/cases")


def test_the_cookie_of_a_sign_in_is_sent_again_now_and_then_so_that_it_ends_hours_after_the_last_page(app, clock):
    preparer = Browser(app, "preparer")
    sent = [preparer.client.get("/today").headers.get("Set-Cookie") for _ in range(2)]
    assert sent[-1] is None
    clock.forward(minutes=9)
    assert preparer.client.get("/today").headers.get("Set-Cookie") is None
    clock.forward(minutes=1)
    again = preparer.client.get("/today").headers["Set-Cookie"]
    assert "Expires=" in again
    assert "HttpOnly" in again
    assert preparer.client.get("/today").headers.get("Set-Cookie") is None


def test_cookies_are_safe(app, tmp_path, database):
    cookie = Browser(app, "preparer").client.get_cookie("yardstick")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    secure = create_app(Settings(tmp_path, database.url, "x" * 40, "https://yardstick.example", "", "off", 8000))
    client = secure.test_client()
    page = client.get("/sign-in", base_url="https://yardstick.example")
    line = page.headers["Set-Cookie"]
    assert line.startswith("__Host-yardstick=")
    assert "Secure" in line
    assert "Strict-Transport-Security" in page.headers
    secure.database.engine.dispose()
