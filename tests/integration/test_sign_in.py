"""Signing in and out, guessing slowed down, cookies, and the role in which one acts."""

import pytest
from sqlalchemy import select

from config.settings import Settings
from tests.support.site import Browser, token
from webapp.accounts.models import Person
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


def test_signing_out_ends_it(app):
    browser = Browser(app, "preparer")
    browser.post("/sign-out", {}, form="/role")
    assert browser.client.get("/today").status_code == 303


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
