"""Allocation: many returns at once by hand or proposed, never past a conflict; several reviewers with one lead; what is known of them."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support.returns import actor
from tests.support.site import Browser, find
from webapp.accounts.models import Membership, Organisation, Person
from webapp.allocation.models import Interest, Overrule, ReviewerProfile
from webapp.allocation.queries import board
from webapp.cases import moves
from webapp.cases.facts import conflicts_of
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.record import Event
from webapp.register.models import Body, Round
from webapp.review import queries
from workflows.review.away import Away

HERE = "/allocation"


def _partnership(session):
    return session.scalars(select(Body.partnership_id).where(Body.code == "E0701")).one()


def _waiting(session):
    """The cases of the offered partnership that wait for a reviewer."""
    here = Stay.track == "review", Stay.state == "unallocated", Stay.until.is_(None)
    query = select(Case).join(Stay, Stay.case_id == Case.id).where(*here, Case.partnership_id == _partnership(session))
    return session.scalars(query.order_by(Case.id)).all()


def _person(session, slug):
    return session.scalars(select(Person).where(Person.email.like(f"{slug}@%"))).one()


def _more_wait(database, number=3):
    """Let some more returns of the partnership wait for a reviewer: as if each had just been accepted."""
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        taken = select(Stay.case_id).where(Stay.track == "review")
        query = select(Case).where(Case.partnership_id == _partnership(session), Case.id.not_in(taken), Case.stage == "return")
        for case in session.scalars(query.order_by(Case.id).limit(number)):
            session.add(Stay(case_id=case.id, track="review", state="unallocated", turn="coordinator", since=NOW))


def _here(database):
    with database.reading() as session:
        return {case.ref: case.id for case in _waiting(session)}


def _fields(page, chosen=None):
    """What the form of the page holds, with other people chosen for some cases: by case, the ids of people."""
    data = dict(re.findall(r'name="((?:version-\d+)|round|reviewers)" value="([^"]+)"', page))
    for select_ in re.findall(r'<select class="govuk-select" id="(person-\d+-\d)".*?</select>', page, re.S):
        inside = page.partition(f'id="{select_}"')[2].partition("</select>")[0]
        found = re.search(r'value="(\d+)" selected', inside)
        data[select_] = found.group(1) if found else ""
    for case_id, people in (chosen or {}).items():
        data |= {f"person-{case_id}-{number}": str(person) for number, person in enumerate(people, 1)}
    return data


def _count(database, model=Assignment):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def coordinator(app, database):
    _more_wait(database)
    return Browser(app, "coordinator")


def test_a_proposal_writes_nothing_until_it_is_sent_and_then_makes_the_declared_moves(coordinator, database):
    before, waiting = (_count(database), _count(database, Event)), _here(database)
    page = coordinator.get(f"{HERE}?round=2009&reviewers=2&propose=1")
    assert "Nothing has been sent" in page
    assert "Effect on the reviewers" in page
    assert (_count(database), _count(database, Event)) == before
    fields = _fields(page)
    looked = coordinator.post(HERE, fields | {"do": "check"}, status=200)
    assert "What you chose" in looked
    assert (_count(database), _count(database, Event)) == before
    coordinator.post(HERE, fields | {"do": "send"})
    with database.reading() as session:
        for case_id in waiting.values():
            state = session.scalars(select(Stay.state).where(Stay.case_id == case_id, Stay.track == "review", Stay.until.is_(None))).one()
            assert state == "allocated"
            mine = queries.assigned(session, case_id)
            assert [one.lead for one in mine] == [True, False]
            told = session.scalars(select(Notice.person_id).where(Notice.case_id == case_id, Notice.message == "review_allocated")).all()
            assert set(told) == {one.person_id for one in mine}
            case = session.get_one(Case, case_id)
            for one in mine:
                against = conflicts_of(session, case, [one.person_id], NOW.date())[one.person_id]
                assert not against
    assert "No return waits" in coordinator.get(HERE)


def _conflict(database, case_id, slug="reviewer"):
    """Somebody has an interest in the body of a case; gives who and how the conflict reads."""
    with database.work(SYSTEM, NOW) as work:
        person, case = _person(work.session, slug).id, work.session.get_one(Case, case_id)
        work.session.add(Interest(person_id=person, body_id=case.body_id, kind="money", note="", starts=NOW.date(), told_by=person, at=NOW))
        return person, f"Declared interest in {case.body.organisation.name}: a financial interest."


def test_a_conflict_is_refused_with_nothing_half_done_unless_an_overrule_in_force_covers_it(coordinator, database):
    ids = list(_here(database).values())[:2]
    reviewer_id, words = _conflict(database, ids[0])
    with database.reading() as session:
        other_id, ref = _person(session, "reviewer-north-east-2").id, session.get_one(Case, ids[0]).ref
        officer, coordinates = _person(session, "officer").id, _person(session, "coordinator").id
    before = _count(database)
    fields = _fields(coordinator.get(HERE), {ids[0]: [reviewer_id], ids[1]: [other_id]})
    page = coordinator.post(HERE, fields | {"do": "send"}, status=422)
    assert words in page
    assert f"/cases/{ref}/review/reviewers?overrule={reviewer_id}#overrules" in page
    assert _count(database) == before, "the other return is not allocated either"
    with database.work(SYSTEM, NOW) as work:
        made = Overrule(case_id=ids[0], person_id=reviewer_id, conflicts=[words], why="Nobody else knows it.", ends_on=NOW.date(),
                        proposed_by=coordinates, proposed_at=NOW)  # fmt: skip
        work.session.add(made)
        work.session.flush()
        overrule_id = made.id
    assert words in coordinator.post(HERE, fields | {"do": "send"}, status=422), "it is not approved yet"
    with database.work(SYSTEM, NOW) as work:
        made = work.session.get_one(Overrule, overrule_id)
        made.decision, made.decided_by, made.decided_at = "approved", officer, NOW
    assert "has a conflict that is overruled" in coordinator.post(HERE, fields | {"do": "check"}, status=200)
    coordinator.post(HERE, fields | {"do": "send"})
    with database.reading() as session:
        kept = session.scalars(select(Assignment).where(Assignment.case_id.in_(ids)).order_by(Assignment.case_id)).all()
        assert {one.case_id: one.overrule for one in kept} == {ids[0]: "Nobody else knows it.", ids[1]: ""}


def test_the_own_body_cannot_be_overruled_and_bad_choices_are_told(coordinator, database):
    waiting = _here(database)
    case_id = next(iter(waiting.values()))
    with database.work(SYSTEM, NOW) as work:
        reviewer = _person(work.session, "reviewer-north-east-2").id
        case = work.session.get_one(Case, case_id)
        work.session.add(Membership(person_id=reviewer, organisation_id=case.body_id, role="preparer", since=NOW))
        another = _person(work.session, "reviewer-north-east-3").id
        stranger = _person(work.session, "manager").id
    before = _count(database)
    page = coordinator.get(HERE)

    def sent(people, **more):
        return coordinator.post(HERE, _fields(page, {case_id: people}) | {"do": "send"} | more, status=422)

    assert "Own body" in sent([reviewer])
    assert "chosen twice" in sent([another, another])
    assert "Choose one of the reviewers of your partnership" in sent([stranger])
    assert "has moved on" in sent([another], **{f"version-{case_id}": "99"})
    assert "Choose a reviewer for one return at least" in sent([])
    assert "does not wait for a reviewer any more" in coordinator.post(
        HERE, {"do": "send", "round": "2009", "version-1": "1", "person-1-1": str(another)}, status=422
    )
    coordinator.get(f"{HERE}?round=1999", status=404)
    assert _count(database) == before


def test_two_bodies_that_would_review_each_other_in_one_allocation_are_told(coordinator, database):
    one, two = list(_here(database).values())[:2]
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        first, second = _person(session, "reviewer-north-east-2").id, _person(session, "reviewer-north-east-3").id
        for person, case_id in ((first, one), (second, two)):
            body = session.get_one(Case, case_id).body_id
            session.add(Membership(person_id=person, organisation_id=body, role="preparer", since=NOW))
    fields = _fields(coordinator.get(HERE), {one: [second], two: [first]})
    assert "Reciprocal: by this allocation" in coordinator.post(HERE, fields | {"do": "send"}, status=422)
    with database.reading() as session:
        round_ = session.scalars(select(Round).where(Round.code == "2009")).one()
        proposal = board(session, round_, _partnership(session), NOW.date()).proposal(1)
        assert not (proposal.pairs[one] == (second,) and proposal.pairs[two] == (first,))


def test_away_no_room_declined_and_reviewed_before_are_told_and_left_to_the_coordinator(coordinator, database):
    case_id = next(iter(_here(database).values()))
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        person = _person(session, "reviewer-north-east-2").id
        profile = session.get_one(ReviewerProfile, person)
        profile.capacity, profile.times_away = 0, (Away(NOW.date(), NOW.date() + timedelta(days=3)),)
        session.add(Assignment(case_id=case_id, kind="reviewer", person_id=person, since=NOW, until=NOW, ended="declined", reason="Busy."))
    page = coordinator.post(HERE, _fields(coordinator.get(HERE), {case_id: [person]}) | {"do": "check"}, status=200)
    for words in ("is away. Away 1 to 4 February.", "with room for 0", "declined this review: Busy.", "Declined by Demo reviewer 2"):
        assert words in page
    with database.reading() as session:
        round_ = session.scalars(select(Round).where(Round.code == "2009")).one()
        found = board(session, round_, _partnership(session), NOW.date())
        assert all(person not in people for people in found.proposal(1).pairs.values())


def test_a_role_that_ended_less_than_three_years_ago_is_a_conflict_and_an_earlier_one_is_not(database):
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        case, person = _waiting(session)[0], _person(session, "reviewer-north-east-2").id
        held = Membership(person_id=person, organisation_id=case.body_id, role="preparer", since=NOW - timedelta(days=3000),
                          until=NOW - timedelta(days=1000))  # fmt: skip
        session.add(held)
        session.flush()
        (text,) = conflicts_of(session, case, [person], NOW.date())[person]
        assert text.startswith("Worked there: this person held a role at")
        assert not conflicts_of(session, case, [person], NOW.date() + timedelta(days=120))[person], "three years are over by then"


def test_the_page_costs_the_same_at_one_return_and_at_many(app, database):
    browser = Browser(app, "coordinator")
    told = []
    for _ in range(2):
        browser.get(HERE)
        with Statements(app.database.engine) as statements:
            browser.get(f"{HERE}?propose=1&reviewers=2")
        told.append(len(statements.told))
        _more_wait(database, 8)
    assert told[0] == told[1] <= 8


def _allocated(database, *slugs):
    """A case of the partnership that waited is allocated to these people, the first of whom leads."""
    with database.work(actor_of(database, "coordinator"), NOW) as work:
        case = _waiting(work.session)[0]
        people = [_person(work.session, slug).id for slug in slugs]
        moves.make(work, case, "review", "allocate", {"person": str(people[0])})
        for person in people[1:]:
            work.session.add(Assignment(case_id=case.id, kind="reviewer", person_id=person, since=NOW))
        return case.ref, case.id, people


def _version(database, case_id):
    with database.reading() as session:
        return str(session.get_one(Case, case_id).version)


def actor_of(database, slug):
    with database.reading() as session:
        return actor(session, slug)


def test_the_lead_begins_and_issues_and_the_others_accept_for_themselves(app, database):
    ref, case_id, (lead, beside) = _allocated(database, "reviewer-north-east-2", "reviewer-north-east-3")
    second, here = Browser(app, "reviewer-north-east-3"), f"/cases/{ref}/review/reviewers"
    assert "Accept your part of the review, or decline it" in second.get("/today")
    assert "Accept and begin the review" not in second.get(f"/cases/{ref}/review")
    refused = second.post(f"/cases/{ref}/moves/review/begin", {"version": _version(database, case_id)}, form=here, status=422)
    assert "You are not the lead of this review" in refused
    first = Browser(app, "reviewer-north-east-2")
    first.move("review", "begin", {"declared": "I was at school with the treasurer."}, ref=ref)
    early = second.post(f"/cases/{ref}/review/summary", {"summary": "Mine."}, form=here, status=409)
    assert "Accept the review first" in early
    second.post(f"{here}/acceptance", {"declared": ""}, form=here)
    second.post(f"{here}/acceptance", {"declared": ""}, form=here, status=409)
    assert "Accept your part" not in second.get("/today")
    page = second.get(here)
    assert "I was at school with the treasurer." in page
    second.post(f"/cases/{ref}/review/summary", {"summary": "Ours.", "revision": "1"}, form=here)
    refused = second.post(f"/cases/{ref}/moves/review/issue_draft", {"version": _version(database, case_id)}, form=here, status=422)
    assert "You are not the lead of this review" in refused
    with database.reading() as session:
        kept = {one.person_id: one for one in session.scalars(select(Assignment).where(Assignment.case_id == case_id))}
        assert kept[lead].declared.startswith("I was at school")
        assert kept[lead].accepted_at and kept[beside].accepted_at
        events = session.scalars(select(Event).where(Event.case_id == case_id, Event.entity == "assignment")).all()
        assert any("treasurer" in (event.new or "") for event in events)
        assert all(not event.audience & 1 for event in events), "the body learns nothing of who reviews it"


def test_who_declines_is_released_alone_and_the_coordinator_is_told(app, database):
    ref, case_id, (lead, beside) = _allocated(database, "reviewer-north-east-2", "reviewer-north-east-3")
    here = f"/cases/{ref}/review/reviewers"
    second = Browser(app, "reviewer-north-east-3")
    assert "Fill in “Reason”" in second.post(f"{here}/refusal", {"reason": " "}, form=here, status=422)
    second.post(f"{here}/refusal", {"reason": "Too busy."}, form=here)
    second.get(f"/cases/{ref}", status=404)
    with database.reading() as session:
        left = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.until.is_(None))).one()
        assert (left.person_id, left.lead) == (lead, True)
        gone = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.person_id == beside)).one()
        assert (gone.ended, gone.reason) == ("declined", "Too busy.")
        told = session.scalars(select(Notice).where(Notice.case_id == case_id, Notice.message == "review_back_to_reviewer")).all()
        assert "Too busy." in told[-1].body
    Browser(app, "reviewer-north-east-2").move("review", "decline", {"reason": "Ill."}, ref=ref)
    page = Browser(app, "coordinator").get(HERE)
    assert "Declined by Demo reviewer 2" in page
    assert "Declined this review: Ill." in page


def test_after_a_decline_the_next_cleared_reviewer_is_invited_by_one_press_and_the_deadline_begins_anew(app, database, clock):
    ref, case_id, (lead, _) = _allocated(database, "reviewer-north-east-2", "reviewer-north-east-3")
    Browser(app, "reviewer-north-east-2").move("review", "decline", {"reason": "MARKEDREASON"}, ref=ref)
    clock.forward(days=3)
    browser, here = Browser(app, "coordinator"), f"/cases/{ref}/review/next"
    assert f'href="{here}"' in browser.get("/today")
    with Statements(app.database.engine) as statements:
        page = browser.get(here)
    assert len(statements.told) <= 8
    assert "Demo reviewer 2 declined: MARKEDREASON" in page
    offered, _, others = page.partition("Not offered")
    assert "Declined this review: MARKEDREASON" in others
    first = find(r'name="person" value="(\d+)"', offered)
    assert int(first) != lead
    assert "No conflict of interest, " in offered
    browser.post(f"/cases/{ref}/moves/review/allocate", {"person": first}, form=here)
    with database.reading() as session:
        kept = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.until.is_(None), Assignment.lead)).one()
        assert kept.person_id == int(first)
        rules = select(Deadline).where(Deadline.case_id == case_id, Deadline.rule == "peer_review").order_by(Deadline.id)
        lapsed, anew = session.scalars(rules).all()
        assert (lapsed.outcome, anew.closed_at, anew.opened_at) == ("lapsed", None, clock.now)
        assert anew.due_at > lapsed.due_at
    page = browser.get(here)
    assert "Who could review this return too" in page
    second = find(r'name="person" value="(\d+)"', page)
    browser.post(f"/cases/{ref}/review/reviewers", {"person": second, "reason": "The next on the list."}, form=here)
    with database.reading() as session:
        assert int(second) in {one.person_id for one in queries.assigned(session, case_id)}
    with database.work(SYSTEM, NOW) as work:
        now = Stay.case_id == case_id, Stay.track == "review", Stay.until.is_(None)
        work.session.scalars(select(Stay).where(*now)).one().state = "draft_issued"
    browser.get(here, status=409)


def test_the_coordinator_adds_removes_and_changes_the_lead_with_reasons(app, database):
    ref, case_id, (lead, beside) = _allocated(database, "reviewer-north-east-2", "reviewer-north-east-3")
    browser, here = Browser(app, "coordinator"), f"/cases/{ref}/review/reviewers"
    with database.reading() as session:
        third = _person(session, "reviewer-north-east-4").id
    assert "Fill in “Reason”" in browser.post(here, {"person": str(third), "reason": ""}, status=422)
    assert "reviews this return already" in browser.post(here, {"person": str(beside), "reason": "More eyes."}, status=422)
    browser.post(here, {"person": str(third), "reason": "More eyes."})
    assert "The lead cannot be taken off" in browser.post(f"{here}/{lead}/removal", {"reason": "No."}, form=here, status=409)
    browser.post(f"{here}/{third}/removal", {"reason": "Not needed after all."}, form=here)
    browser.post(f"{here}/{third}/removal", {"reason": "Again."}, form=here, status=409)
    browser.post(f"{here}/{beside}/lead", {"reason": "Knows finance."}, form=here)
    with database.reading() as session:
        now = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.until.is_(None))).all()
        assert {one.person_id: one.lead for one in now} == {lead: False, beside: True}
        why = session.scalars(select(Event.why).where(Event.case_id == case_id, Event.entity == "assignment")).all()
        assert {"More eyes.", "Not needed after all.", "Knows finance."} <= set(why)
    Browser(app, "reviewer-north-east-3").move("review", "begin", {}, ref=ref)
    refused = browser.post(f"{here}/{lead}/lead", {"reason": "Back."}, form=here, status=409)
    assert "has not accepted the review yet" in refused
    browser.move("review", "reallocate", {"person": str(lead), "reason": "Ill."}, ref=ref)
    with database.reading() as session:
        now = session.scalars(select(Assignment).where(Assignment.case_id == case_id, Assignment.until.is_(None))).one()
        assert (now.person_id, now.lead, now.accepted_at) == (lead, True, None)


def test_any_number_of_times_away_is_added_taken_out_and_told_where_a_reviewer_is_picked(app, database):
    mine, theirs = Browser(app, "reviewer-north-east-2"), Browser(app, "coordinator")
    with database.reading() as session:
        person = _person(session, "reviewer-north-east-2").id
    here, there = "/allocation/me", f"/allocation/reviewers/{person}"
    given = {"first": ["3", "12", "2010"], "last": ["17", "12", "2010"]}
    for field, typed, words in (
        ("last", "", "Fill in “Last day away”"), ("last", ["1", "12", "2010"], "must not lie before the first"),
        ("first", ["31", "2", "2010"], "real date"),
    ):  # fmt: skip
        page = mine.post(f"{here}/away", given | {field: typed}, form=here, status=422)
        assert words in page
        assert 'value="12"' in page, "what was typed stands in the form"
    over = {"first": ["1", "1", "2010"], "last": ["2", "1", "2010"]}
    assert "has passed already" in mine.post(f"{here}/away", over, form=here, status=422)
    mine.post(f"{here}/away", given, form=here)
    theirs.post(f"{there}/away", {"first": ["8", "2", "2010"], "last": ["12", "2", "2010"]}, form=there)
    clash = {"first": ["17", "12", "2010"], "last": ["20", "12", "2010"]}
    assert "overlaps the time away from 3 to 17 December" in mine.post(f"{here}/away", clash, form=here, status=422)
    page = theirs.get(HERE)
    assert "8 to 12 February; 3 to 17 December" in page
    assert "Away 8 to 12 February, before the review is due." in page
    theirs.post(f"{there}/away/removal", {"away": "2010-02-08"}, form=there)
    theirs.post(f"{there}/away/removal", {"away": "2010-02-08"}, form=there, status=409)
    assert "8 to 12 February" not in theirs.get(HERE)
    with database.reading() as session:
        kept = session.get_one(ReviewerProfile, person)
        assert [tuple(map(str, one)) for one in kept.times_away] == [("2010-12-03", "2010-12-17")]


def test_a_reviewer_keeps_room_skills_and_interests_and_the_coordinator_sees_them(app, database):
    mine, theirs = Browser(app, "reviewer-north-east-2"), Browser(app, "coordinator")
    with database.reading() as session:
        person = _person(session, "reviewer-north-east-2").id
        revision = session.get_one(ReviewerProfile, person).revision
    here, there = "/allocation/me", f"/allocation/reviewers/{person}"
    given = {"capacity": "7", "functions": ["hr"], "revision": str(revision)}
    for field, typed, words in (
        ("capacity", "many", "must be a whole number"), ("capacity", "51", "must be from 0 to 50"),
        ("functions", ["gardening"], "from the list"),
    ):  # fmt: skip
        assert words in mine.post(here, given | {field: typed}, form=here, status=422)
    mine.post(here, given, form=here)
    assert "Somebody else changed this" in theirs.post(there, given | {"capacity": "2"}, form=there, status=409)
    told = {"body": "E0703", "kind": "work", "note": "Advised them.", "starts": ["1", "1", "2010"], "ends": ""}
    for field, typed, words in (("body", "E9999", "No body of the register"), ("kind", "", "Choose one"),
                                ("ends", ["1", "1", "2009"], "must not lie before")):  # fmt: skip
        assert words in mine.post(f"{here}/interests", told | {field: typed}, form=here, status=422)
    mine.post(f"{here}/interests", told, form=here)
    assert "Advised them." in theirs.get(there)
    with database.reading() as session:
        number = session.scalars(select(Interest.id).where(Interest.person_id == person)).one()
        event = session.scalars(select(Event).where(Event.entity == "interest").order_by(Event.seq.desc())).first()
        assert json.loads(event.new)["kind"] == "work"
        assert not event.audience & 1
    Browser(app, "reviewer-north-east-3").post(f"{here}/interests/{number}/end", {}, form=here, status=404)
    theirs.post(f"{there}/interests/{number}/end", {}, form=there)
    theirs.post(f"{there}/interests/{number}/end", {}, form=there, status=409)
    with database.reading() as session:
        outside = session.scalars(select(Membership.person_id).join(Organisation).where(Membership.role == "reviewer",
                                  Membership.organisation_id != _partnership(session))).first()  # fmt: skip
    theirs.get(f"/allocation/reviewers/{outside}", status=404)
