"""A conflict of interest is overruled by two people and for a time; what ended is told, and bodies learn nothing of it."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.integration.test_allocation import _conflict, _person, _waiting
from tests.integration.test_pages import Statements
from tests.support.returns import actor
from tests.support.site import Browser
from webapp.accounts.models import Membership, Person
from webapp.allocation.models import Interest, Overrule
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import SYSTEM
from webapp.notices.models import Notice
from webapp.record import Event
from webapp.reports import pdf
from workflows.roles import Actor, Role

GIVEN = {"why": "Nobody else knows this fire service.", "ends_on": ["1", "3", "2010"]}


@pytest.fixture
def case(database):
    """A case that waits for a reviewer, of whom one has an interest in its body: its reference, its id, who, and the conflict."""
    with database.reading() as session:
        found = _waiting(session)[0]
        ref, case_id = found.ref, found.id
    return ref, case_id, *_conflict(database, case_id, "reviewer-north-east-2")


def _second_coordinator(database):
    """Let another demo person coordinate the same partnership: the reviewer with the number 4."""
    with database.work(SYSTEM, NOW) as work:
        here = work.session.scalars(select(Membership).join(Person).where(Person.email.like("coordinator@%"))).one()
        person = _person(work.session, "reviewer-north-east-4")
        work.session.add(Membership(person_id=person.id, organisation_id=here.organisation_id, role="coordinator", since=NOW))


def _proposed(app, case, **more):
    ref, _, person, _ = case
    here = f"/cases/{ref}/review/reviewers"
    coordinator = Browser(app, "coordinator")
    coordinator.post(f"/cases/{ref}/review/overrules", {"candidate": str(person)} | GIVEN | more, form=here)
    return coordinator, here


def _overrule(database):
    with database.reading() as session:
        return session.scalars(select(Overrule).order_by(Overrule.id.desc())).first()


def test_one_proposes_another_approves_and_then_the_person_is_invited(app, database, case):
    ref, case_id, person, words = case
    coordinator, here = _proposed(app, case)
    made = _overrule(database)
    assert (made.conflicts, made.decision) == ([words], "")
    assert "Waits for a second person" in coordinator.get(here)
    assert f"/cases/{ref}/review/overrules/{made.id}" not in coordinator.get(here), "who proposed it does not decide"
    told = coordinator.post(f"/cases/{ref}/review/overrules/{made.id}", {"decision": "approved"}, form=here, status=409)
    assert "somebody else must decide" in told
    assert "a second person must approve" in coordinator.move("review", "allocate", {"person": str(person)}, ref=ref, status=422)
    assert "It is proposed to overrule" not in coordinator.get("/today")
    officer = Browser(app, "officer")
    assert "It is proposed to overrule a conflict of interest of Demo reviewer 2" in officer.get("/today")
    officer.post(f"/cases/{ref}/review/overrules/{made.id}", {"decision": "approved"}, form=here)
    officer.post(f"/cases/{ref}/review/overrules/{made.id}", {"decision": "refused", "reason": "x"}, form="/today", status=409)
    assert "It is proposed to overrule" not in officer.get("/today")
    coordinator.move("review", "allocate", {"person": str(person)}, ref=ref)
    with database.reading() as session:
        kept = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.until.is_(None))).one()
        assert (kept.person_id, kept.overrule) == (person, GIVEN["why"])
        told = dict(session.execute(select(Notice.message, Notice.body).where(Notice.case_id == case_id)).all())
        assert GIVEN["why"] in told["overrule_proposed"]
        assert "overrule_approved" in told
        events = session.scalars(select(Event).where(Event.entity == "overrule", Event.case_id == case_id).order_by(Event.seq)).all()
        assert [json.loads(one.new).get("decision", "") for one in events] == ["", "approved"]
        assert all(not one.audience & 1 for one in events), "the body learns nothing of it"
    page = coordinator.get(f"/cases/{ref}/record")
    assert "proposed to overrule a conflict of interest until 1 March 2010" in page
    assert "approved the overruling of a conflict of interest" in page


def test_another_coordinator_decides_and_a_refusal_gives_its_reason(app, database, case):
    ref, _, person, _ = case
    _second_coordinator(database)
    first, here = _proposed(app, case)
    second = Browser(app, "reviewer-north-east-4", role="[^<]*oordinator")
    assert "Approve or refuse it" in second.get("/today")
    address = f"/cases/{ref}/review/overrules/{_overrule(database).id}"
    page = second.post(address, {"decision": "refused", "reason": " "}, form=here, status=422)
    assert "Give the reason why you refuse it." in page
    assert re.search(r'value="refused" checked', page)
    assert "Choose one under" in second.post(address, {"reason": "A word."}, form=here, status=422)
    second.post(address, {"decision": "refused", "reason": "Somebody else is free."}, form=here)
    assert "Somebody else is free." in first.get(here)
    assert "a second person must approve" in first.move("review", "allocate", {"person": str(person)}, ref=ref, status=422)
    _proposed(app, case)  # it can be proposed again


def test_whom_it_is_about_does_not_decide(app, database, case):
    ref, case_id, *_ = case
    _second_coordinator(database)
    person, _ = _conflict(database, case_id, "reviewer-north-east-4")
    _, here = _proposed(app, (ref, case_id, person, ""))
    second = Browser(app, "reviewer-north-east-4", role="[^<]*oordinator")
    assert "Approve or refuse it" not in second.get("/today")
    address = f"/cases/{ref}/review/overrules/{_overrule(database).id}"
    assert "This is about you" in second.post(address, {"decision": "approved"}, form=here, status=409)


def test_bad_proposals_are_told_and_nothing_typed_is_lost(app, database, case):
    ref, _, person, _ = case
    here, address, coordinator = f"/cases/{ref}/review/reviewers", f"/cases/{ref}/review/overrules", Browser(app, "coordinator")
    with database.work(SYSTEM, NOW) as work:
        free, own = (_person(work.session, f"reviewer-north-east-{number}").id for number in (3, 4))
        body = work.session.scalars(select(Case.body_id).where(Case.ref == ref)).one()
        work.session.add(Membership(person_id=own, organisation_id=body, role="preparer", since=NOW))
    given = {"candidate": str(person)} | GIVEN
    for more, words in (
        ({"candidate": ""}, "Choose the reviewer"), ({"candidate": str(free)}, "has no conflict of interest"),
        ({"candidate": "999999"}, "Choose one of the reviewers of your partnership"), ({"candidate": str(own)}, "can never be overruled"),
        ({"why": " "}, "Fill in"), ({"ends_on": ["1", "1", "2010"]}, "must"), ({"ends_on": ["2", "2", "2011"]}, "a year at most"),
        ({"ends_on": ["31", "2", "2010"]}, "real date"),
    ):  # fmt: skip
        page = coordinator.post(address, given | more, form=here, status=422)
        assert words in page, more
        assert "why" in more or GIVEN["why"] in page
    assert _overrule(database).why != GIVEN["why"], "nothing was kept"
    coordinator.post(address, given, form=here)
    assert "is proposed already" in coordinator.post(address, given, form=here, status=422)
    page = coordinator.get(f"{here}?overrule={person}")
    assert re.search(rf'value="{person}"[^>]* checked', page), "the person that the allocation led here for is chosen"


def test_after_its_last_day_it_counts_no_more_and_the_coordinator_renews_it_or_gives_the_review_to_another(app, database, clock, case):
    ref, _, person, _ = case
    coordinator, here = _proposed(app, case)
    officer = Browser(app, "officer")
    officer.post(f"/cases/{ref}/review/overrules/{_overrule(database).id}", {"decision": "approved"}, form=here)
    coordinator.move("review", "allocate", {"person": str(person)}, ref=ref)
    assert "Overrule ended" not in coordinator.get("/today") + coordinator.get(here)
    clock.now = NOW + timedelta(days=29)
    coordinator, officer = Browser(app, "coordinator"), Browser(app, "officer")
    for place in ("/today", here):
        assert "Overrule ended" in coordinator.get(place)
    assert "Overrule ended" not in officer.get("/today"), "that is for the coordinator"
    until = (clock.now + timedelta(days=20)).date()
    coordinator.post(f"/cases/{ref}/review/overrules", {"candidate": str(person), "why": "Nearly done.",
                     "ends_on": [str(until.day), str(until.month), str(until.year)]}, form=here)  # fmt: skip
    officer.post(f"/cases/{ref}/review/overrules/{_overrule(database).id}", {"decision": "approved"}, form=here)
    for place in ("/today", here):
        assert "Overrule ended" not in coordinator.get(place)
    clock.now += timedelta(days=21)
    coordinator = Browser(app, "coordinator")
    assert "Overrule ended" in coordinator.get("/today")
    with database.reading() as session:
        other = _person(session, "reviewer-north-east-3").id
    coordinator.move("review", "reallocate", {"person": str(other), "reason": "The overrule ended."}, ref=ref)
    assert "Overrule ended" not in coordinator.get("/today")
    refused = coordinator.move("review", "reallocate", {"person": str(person), "reason": "Back."}, ref=ref, status=422)
    assert "a second person must approve" in refused


def test_the_register_is_printed_for_those_who_may_know_and_not_for_the_body(app, database, case):
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        final = select(Stay.case_id).where(Stay.track == "review", Stay.state == "final", Stay.until.is_(None))
        found = session.scalars(select(Case).where(Case.id.in_(final), Case.partnership_id.is_not(None)).order_by(Case.id)).first()
        mine = session.scalars(select(Assignment).where(Assignment.case_id == found.id, Assignment.kind == "reviewer")).first()
        officer, coordinates = (_person(session, slug).id for slug in ("officer", "coordinator"))
        session.add(
            Overrule(
                case_id=found.id, person_id=mine.person_id, conflicts=["Sharing: x."], why="MARKEDWHY", ends_on=NOW.date(),
                proposed_by=coordinates, proposed_at=NOW, decision="approved", decided_by=officer, decided_at=NOW,
            )
        )  # fmt: skip
        session.add(Interest(person_id=mine.person_id, body_id=found.body_id, kind="money", note="MARKEDNOTE", starts=NOW.date(),
                             told_by=mine.person_id, at=NOW))  # fmt: skip
        ref, partnership, body = found.ref, found.partnership_id, found.body_id
    for role, organisation, printed in (
        (Role.COORDINATOR, partnership, True), (Role.OFFICER, None, True), (Role.APPROVER, body, False), (Role.MANAGER, None, False)
    ):  # fmt: skip
        with app.app_context(), database.reading() as session:
            here = Actor(1, "x", role, organisation, "x")
            html = pdf.report_html(session, session.scalars(select(Case).where(Case.ref == ref)).one(), "review", here, NOW)
        for words in ("Register of interests and overrules", "MARKEDWHY", "MARKEDNOTE"):
            assert (words in html) == printed, role


def test_pages_with_many_overrules_cost_eight_statements_at_most(app, database, case):
    ref, case_id, person, words = case
    with database.reading() as session:
        coordinates = actor(session, "coordinator").person_id
    costs = []
    for number in (1, 9):
        with database.work(SYSTEM, NOW) as work:
            for _ in range(number):
                work.session.add(Overrule(case_id=case_id, person_id=person, conflicts=[words], why="x", ends_on=NOW.date(),
                                          proposed_by=coordinates, proposed_at=NOW))  # fmt: skip
        told = {}
        for who in ("officer", "coordinator"):
            browser = Browser(app, who)
            for place in ("/today", f"/cases/{ref}/review/reviewers"):
                browser.get(place)
                with Statements(app.database.engine) as statements:
                    browser.get(place)
                told[who, place] = len(statements.told)
        costs.append(told)
    assert costs[0] == costs[1]
    assert max(costs[0].values()) <= 8, "\n".join(statements.told)
