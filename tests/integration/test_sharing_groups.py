"""Sharing groups: founded, joined and left on their days; who shares may not review; who could share."""

import json

import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.site import Browser
from webapp.accounts.models import Person
from webapp.cases.facts import conflicts_of
from webapp.cases.models import Case, Stay
from webapp.record import Event
from webapp.register.models import Body
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.sharing.queries import shares, sharing_with

NEW = {"name": "Tees share", "host": "E0701", "functions": ["finance", "hr"], "starts": "1 4 2009", "ends": "31 3 2012",
       "evidence": "A joint agreement of March 2009."}  # fmt: skip
MEMBER = {"body": "E0702", "kind": "client", "starts": "1 5 2009", "ends": "", "note": "Signed."}


@pytest.fixture
def officer(app):
    return Browser(app, "officer")


def _group(officer):
    officer.post("/sharing/new", NEW)
    return int(officer.get("/sharing").partition("Tees share</a>")[0].rpartition("/sharing/")[2].partition('"')[0])


def _count(database, model):
    with database.reading() as session:
        return len(session.scalars(select(model.id)).all())


def test_a_group_is_founded_joined_and_ended_and_all_of_it_is_on_the_record(officer, database):
    number = _group(officer)
    here = f"/sharing/{number}"
    officer.post(f"{here}/members", MEMBER, form=here)
    page = officer.get(here)
    for words in ("Hartlepool", "Host", "Client", "From 1 May 2009", "From 1 April 2009 to 31 March 2012", "Finance, Human resources"):
        assert words in page
    with database.reading() as session:
        member = session.scalars(select(SharingMember).where(SharingMember.group_id == number, SharingMember.kind == "client")).one()
    officer.post(f"{here}/members/{member.id}/end", {"last": "31 12 2009"})
    assert "From 1 May 2009 to 31 December 2009" in officer.get(here)
    officer.post(f"{here}/members", MEMBER | {"kind": "talks", "starts": "1 1 2010"}, form=here)
    assert "In talks" in officer.get(here)
    officer.post(f"{here}/end", {"last": "1 2 2011"})
    with database.reading() as session:
        events = session.scalars(select(Event).where(Event.entity.startswith("sharing")).order_by(Event.seq)).all()
        last = [(event.kind, json.loads(event.new)) for event in events][-5:]
    assert [kind for kind, _ in last] == ["sharing_member.created", "sharing_member.created", "sharing_member.changed",
                                          "sharing_member.created", "sharing_group.changed"]  # fmt: skip
    assert last[2][1] == {"ends": "2009-12-31"}
    assert last[4][1] == {"ends": "2011-02-01"}


@pytest.mark.parametrize(
    "field, typed, words",
    [
        ("name", "Demo shared ledger", "already"),
        ("name", "", "Fill in “Name of the group”"),
        ("host", "E9999", "No body of the register"),
        ("functions", ["gardening"], "Choose at least one function"),
        ("functions", [], "Choose at least one function"),
        ("starts", "31 2 2009", "real date"),
        ("ends", "1 3 2009", "must not lie before the first day"),
        ("evidence", "", "Fill in “What shows that it exists”"),
    ],
)
def test_a_group_that_cannot_be_is_told_beside_its_field(officer, database, field, typed, words):
    before = _count(database, SharingGroup)
    page = officer.post("/sharing/new", NEW | {field: typed}, status=422)
    assert words in page
    assert f'href="#{field}' in page
    assert "A joint agreement" in page or field == "evidence", "what was right is not lost"
    assert _count(database, SharingGroup) == before


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"body": "nobody at all"}, "No body of the register"),
        ({"kind": "friend"}, "must be “host”"),
        ({"kind": ""}, "Choose one under"),
        ({"ends": "1 4 2009"}, "must not lie before the first day"),
        ({"starts": "1 1 2009"}, "must lie within the days of the group"),
        ({"ends": "1 4 2012"}, "must lie within the days of the group"),
        ({"body": "E0703", "starts": "1 1 2010"}, "stands in this group already from 1 June 2009"),
        ({"body": "E0703", "starts": "1 4 2009", "kind": "talks"}, "stands in this group already"),
    ],
)
def test_a_membership_that_cannot_be_is_told_and_overlaps_are_refused(officer, database, changes, words):
    here = f"/sharing/{_group(officer)}"
    officer.post(f"{here}/members", MEMBER | {"body": "E0703", "starts": "1 6 2009"}, form=here)
    before = _count(database, SharingMember)
    page = officer.post(f"{here}/members", MEMBER | changes, form=here, status=422)
    assert words in page
    assert "Signed." in page
    assert _count(database, SharingMember) == before


def test_a_last_day_that_cannot_be_is_told(officer):
    here = f"/sharing/{_group(officer)}"
    assert "must not lie before that" in officer.post(f"{here}/end", {"last": "31 3 2009"}, status=422)
    assert "ends before that already" in officer.post(f"{here}/end", {"last": "1 4 2012"}, status=422)
    assert "real date" in officer.post(f"{here}/end", {"last": "yesterday"}, status=422)
    assert "Fill in “Last day”" in officer.post(f"{here}/end", {"last": ""}, status=422)
    assert "End the group instead" in officer.post("/sharing/1/members/1/end", {"last": "1 1 2010"}, status=422)
    assert "ends before that already" in officer.post("/sharing/1/members/4/end", {"last": "1 1 2010"}, status=422)
    officer.get("/sharing/1/members/99/end", status=404)
    officer.get(f"{here}/members/2/end", status=404)
    officer.get("/sharing/99", status=404)


def test_who_shares_with_a_body_or_talks_about_it_is_a_conflict_of_interest(officer, database):
    here = f"/sharing/{_group(officer)}"
    officer.post(f"{here}/members", MEMBER | {"body": "E4501", "kind": "talks", "starts": "1 1 2010", "ends": "31 3 2010"}, form=here)
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == REF)).one()
        person = session.scalars(select(Person.id).where(Person.email.like("reviewer@%"))).one()
        gateshead = session.scalars(select(Body.id).where(Body.code == "E4501")).one()
        assert shares(row[1:] for row in session.execute(sharing_with([case.body_id], NOW.date()))) == {
            gateshead: "in talks about the sharing group “Tees share”"
        }
        found = conflicts_of(session, case, [person], NOW.date())[person]
        assert [text.partition(":")[0] for text in found] == ["Sharing"]
        assert not conflicts_of(session, case, [person], NOW.date().replace(month=4))[person], "over by then"


def test_to_choose_a_reviewer_costs_eight_statements_at_most(app, database):
    with database.reading() as session:
        home = select(Body.partnership_id).where(Body.code == "E0701").scalar_subquery()
        waiting = select(Stay.case_id).where(Stay.track == "review", Stay.state == "unallocated", Stay.until.is_(None))
        ref = session.scalars(select(Case.ref).where(Case.id.in_(waiting), Case.partnership_id == home).order_by(Case.id)).first()
    coordinator, place = Browser(app, "coordinator"), f"/cases/{ref}/moves/review/allocate"
    coordinator.get(place)
    with Statements(app.database.engine) as statements:
        coordinator.get(place)
    assert len(statements.told) <= 8, "\n".join(statements.told)


def test_candidates_are_told_with_their_basis_and_figures_only_to_those_who_see_them(app, database, officer):
    """Somebody of the demo has a neighbour above the median too; the body's side reads no figure of theirs."""
    with database.reading() as session:
        accepted = select(Stay.case_id).where(Stay.track == "return", Stay.state == "accepted", Stay.until.is_(None))
        refs = session.scalars(select(Case.ref).where(Case.id.in_(accepted)).order_by(Case.id)).all()
    found = next((ref, function) for function in ("finance", "hr", "ict", "estates", "procurement") for ref in refs
                 if "to talk to" in officer.get(f"/cases/{ref}/sharing?function={function}"))  # fmt: skip
    ref, function = found
    page = officer.get(f"/cases/{ref}/sharing?function={function}")
    for words in ("Same region", "Same class", "Its own saving a year", "before the cost of change", "Median"):
        assert words in page
    page = Browser(app, f"approver-{ref.partition('-')[2].lower()}").get(f"/cases/{ref}/sharing?function={function}")
    assert "to talk to" in page
    assert "Its own saving" not in page
    assert "Figures of returns that you may not open are not shown" in page
    with Statements(app.database.engine) as statements:
        officer.get(f"/cases/{ref}/sharing?function={function}")
    assert len(statements.told) <= 8
    officer.get(f"/cases/{ref}/sharing?function=legal", status=404)
    officer.get(f"/cases/{ref}/sharing?function=nothing", status=404)
    assert "no figure in a signed-off return" in officer.get(f"/cases/{REF}/sharing")


def test_the_list_costs_the_same_however_many_groups_there_are(app, officer):
    def cost():
        with Statements(app.database.engine) as statements:
            officer.get("/sharing")
        return len(statements.told)

    officer.get("/sharing")
    before = cost()
    for number in range(3):
        officer.post("/sharing/new", NEW | {"name": f"Share {number}"})
    assert cost() == before <= 8
