"""The people's pages: finding somebody, adding people, giving and ending roles, keeping people out and letting them in again."""

import json

import pytest
from sqlalchemy import func, select

from tests.integration.test_pages import Statements
from tests.support.site import Browser, find, token
from webapp.accounts import people
from webapp.accounts.models import ApiToken, Membership, Organisation, Person
from webapp.accounts.tokens import make_token
from webapp.db import SYSTEM
from webapp.demo.accounts import PASSWORD, email_of
from webapp.record import Event
from workflows.roles import Role

NEW = {"name": "Demo newcomer", "email": "New@Council.example", "role": "preparer", "organisation": "E0701"}


def _id(database, email):
    with database.reading() as session:
        return session.scalar(select(Person.id).where(Person.email == email))


def _told(database, entity):
    with database.reading() as session:
        event = session.scalars(select(Event).where(Event.entity == entity).order_by(Event.seq.desc()).limit(1)).one()
        return event.kind, event.role, json.loads(event.new or "{}")


def _sign_in(client, email, password):
    sent = {"csrf_token": token(client.get("/sign-in").text), "email": email, "password": password}
    return client.post("/sign-in", data=sent).status_code


@pytest.fixture
def administrator(app):
    return Browser(app, "administrator")


def test_what_is_missing_is_listed_in_the_order_of_the_page(administrator):
    page = administrator.post("/people/new", {}, status=422)
    summary = find(r"(?s)govuk-error-summary__list(.*?)</ul>", page)
    places = [summary.index(text) for text in ("Enter the name.", "Enter the e-mail address.", "Choose a role.")]
    assert places == sorted(places)


def test_somebody_is_found_by_name_address_role_or_organisation(app, administrator, database):
    whole = administrator.get("/people")
    with database.reading() as session:
        assert f"{session.scalar(select(func.count()).select_from(Person)):,}" in find(r'ys-count">([0-9,]+)<', whole)
    assert "Page 1 of" in whole
    for place, shown, hidden in (
        ("/people?text=INSPECTOR-2@", "Demo inspector 2", "Demo administrator"),
        ("/people?text=e0701", "Demo preparer", "Demo inspector"),
        ("/people?text=hartlepool&role=approver", "approver@", "preparer@"),
        ("/people?role=administrator", "Demo administrator", "Demo officer"),
    ):
        page = administrator.get(place)
        rows = page[page.index("<tbody") : page.index("</tbody")]
        assert shown in rows
        assert hidden not in rows
    assert "Nobody fits" in administrator.get("/people?state=out")
    assert "Nobody fits" in administrator.get("/people?text=%25")


def test_a_page_of_people_costs_few_statements(app, administrator, database):
    for place in ("/people?text=demo&page=3", f"/people/{_id(database, email_of('reviewer'))}", "/people/new"):
        administrator.get(place)
        with Statements(app.database.engine) as statements:
            administrator.get(place)
        assert len(statements.told) <= 5, "\n".join(statements.told)


def test_who_is_added_signs_in_with_the_password_that_is_shown_once(app, administrator, database):
    page = administrator.post("/people/new", NEW, status=200)
    password = find(r"<code>([^<]+)</code>", page)
    assert _sign_in(app.test_client(), "new@council.example", password) == 303
    newcomer = _id(database, "new@council.example")
    assert password not in administrator.get(f"/people/{newcomer}")
    assert _told(database, "membership")[:2] == ("membership.created", "administrator")
    with database.reading() as session:
        assert password not in " ".join(f"{e.new} {e.label}" for e in session.scalars(select(Event).where(Event.entity == "person")))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": " "}, "Enter the name."), ({"email": "nobody"}, "like name@example.org"), ({"role": ""}, "Choose a role."),
        ({"role": "king"}, "Choose a role."), ({"email": email_of("preparer")}, "already"), ({"organisation": ""}, "held in a body"),
        ({"organisation": "nowhere at all"}, "no organisation"), ({"organisation": "Council"}, "fits several"),
        ({"role": "officer", "organisation": "E0701"}, "is not the programme team"), ({"organisation": "programme"}, "is not a body"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_somebody_new_is_told_and_nothing_is_lost(administrator, database, change, told):
    page = administrator.post("/people/new", NEW | change, status=422)
    assert told in page
    sent = NEW | change
    assert sent["email"] in page
    assert _id(database, "new@council.example") is None


def test_a_role_is_given_by_the_name_of_the_organisation_ended_and_given_again(app, administrator, database):
    address = f"/people/{_id(database, email_of('officer'))}"
    give = {"role": "reviewer", "organisation": "north east improvement"}
    with database.reading() as session:
        partnership = session.scalars(select(Organisation).where(Organisation.code == "riep-north-east")).one().name
    give["organisation"] = partnership.lower()
    administrator.post(f"{address}/roles", give, form=address)
    assert "already" in administrator.post(f"{address}/roles", give, form=address, status=422)
    assert f'Peer reviewer</td><td class="govuk-table__cell" data-label="Organisation">{partnership}' in administrator.get(address)
    with database.work(SYSTEM, app.clock()) as work:
        membership = work.session.scalars(select(Membership).where(Membership.role == "reviewer").order_by(Membership.id.desc())).first()
        make_token(work, membership, "for the test")
        number = membership.id
    administrator.post(f"{address}/roles/{number}/end", {}, form=address)
    assert _told(database, "membership")[:2] == ("membership.changed", "administrator")
    assert "no longer" in administrator.get(address)
    assert "ended it already" in administrator.post(f"{address}/roles/{number}/end", {}, form=address, status=422)
    with database.reading() as session:
        assert session.scalars(select(ApiToken)).one().revoked_at is not None
    administrator.post(f"{address}/roles", give, form=address)
    with database.reading() as session:
        assert session.get_one(Membership, number).until is None
        assert session.scalars(select(ApiToken)).one().revoked_at is not None, "what was revoked stays so"


def test_a_reviewer_who_still_has_cases_is_told_of_when_the_role_ends(administrator, database):
    with database.reading() as session:
        from webapp.cases.models import Assignment

        person_id = session.scalars(select(Assignment.person_id).where(Assignment.kind == "inspector", Assignment.until.is_(None))).first()
        number = session.scalars(select(Membership.id).where(Membership.person_id == person_id, Membership.role == "inspector")).one()
    administrator.post(f"/people/{person_id}/roles/{number}/end", {}, form=f"/people/{person_id}")
    assert "A manager must allocate somebody else" in administrator.get(f"/people/{person_id}")


def test_who_is_deactivated_is_out_at_once_and_can_be_let_in_again(app, administrator, database):
    preparer, address = Browser(app, "preparer"), f"/people/{_id(database, email_of('preparer'))}"
    administrator.post(f"{address}/deactivate", {}, form=address)
    assert _told(database, "person") == ("person.changed", "administrator", {"active": False})
    assert preparer.client.get("/today").status_code == 303
    assert _sign_in(app.test_client(), email_of("preparer"), PASSWORD) == 422
    assert "Deactivated" in administrator.get("/people?state=out")
    assert "deactivated already" in administrator.post(f"{address}/deactivate", {}, form=address, status=422)
    assert "Let them in again first" in administrator.post(f"{address}/password", {}, form=address, status=422)
    administrator.post(f"{address}/reactivate", {}, form=address)
    assert preparer.client.get("/today").status_code == 303, "a sign-in that ended does not come back"
    assert _sign_in(app.test_client(), email_of("preparer"), PASSWORD) == 303


def test_a_new_password_ends_every_sign_in_and_the_old_one(app, administrator, database):
    preparer, address = Browser(app, "preparer"), f"/people/{_id(database, email_of('preparer'))}"
    password = find(r"<code>([^<]+)</code>", administrator.post(f"{address}/password", {}, form=address, status=200))
    assert _told(database, "person")[0] == "person.password"
    assert preparer.client.get("/today").status_code == 303
    assert _sign_in(app.test_client(), email_of("preparer"), PASSWORD) == 422
    assert _sign_in(app.test_client(), email_of("preparer"), password) == 303


def test_nobody_changes_themselves_or_the_role_of_another_person_by_mistake(administrator, database):
    mine, other = (_id(database, email_of(name)) for name in ("administrator", "officer"))
    with database.reading() as session:
        number = session.scalars(select(Membership.id).where(Membership.person_id == mine)).one()
    for place in (f"{mine}/deactivate", f"{mine}/reactivate", f"{mine}/password", f"{mine}/roles/{number}/end"):
        assert "ask another administrator" in administrator.post(f"/people/{place}", {}, form="/people/new", status=422)
    role = {"role": "officer", "organisation": ""}
    assert "ask another administrator" in administrator.post(f"/people/{mine}/roles", role, form="/people/new", status=422)
    administrator.post(f"/people/{other}/roles/{number}/end", {}, form="/people/new", status=404)
    for place in ("999999/deactivate", "999999/roles"):
        administrator.post(f"/people/{place}", role, form="/people/new", status=404)
    assert "This is you" in administrator.get(f"/people/{mine}")


def test_an_officer_sees_people_and_whom_to_ask(app, database):
    officer = Browser(app, "officer")
    assert 'href="/people"' in officer.get("/today")
    page = officer.get(f"/people/{_id(database, email_of('preparer'))}")
    assert "Administrators change people" in page
    assert "This is you" not in page
    assert "/deactivate" not in page
    assert "Add a person" not in officer.get("/people")


def test_the_last_administrator_stays(database, clock):
    for act in (lambda work, held: people.end_role(work, held), lambda work, held: people.deactivate(work, held.person)):
        with pytest.raises(people.PeopleProblem, match="only administrator"), database.work(SYSTEM, clock()) as work:
            act(work, work.session.scalars(select(Membership).where(Membership.role == Role.ADMINISTRATOR)).one())
