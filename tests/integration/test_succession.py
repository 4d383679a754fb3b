"""Bodies that end: the map, the preview, both signatures, and all of it moved in one transaction or nothing."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError

from config import programmes
from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.site import Browser, at_once, token
from tests.support.successors import ON, hand_over, propose, sign_all, split
from webapp import record
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.plans.models import Action
from webapp.record import Event
from webapp.register.models import Body
from webapp.returns.models import ReturnValue, ReturnVersion
from webapp.review.models import Annotation, Reply
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.succession.mapping import import_map
from webapp.succession.models import Handover, Succession
from webapp.succession.queries import the_map
from workflows.roles import Side
from workflows.succession import read_map


@pytest.fixture
def officer(app):
    return Browser(app, "officer")


def _one(database, query):
    with database.reading() as session:
        return session.scalars(query).one()


def _open(database, *codes):
    """The open agreed actions of bodies, as what, state, owner and days due: what must be the same before and after."""
    query = (
        select(Action.what, Stay.state, Action.owner_id, Action.due_on, Deadline.rule, Deadline.due_at)
        .join(Stay, Stay.action_id == Action.id)
        .join(Case, Case.id == Action.case_id)
        .join(Body, Body.id == Case.body_id)
        .outerjoin(Deadline, (Deadline.action_id == Action.id) & Deadline.closed_at.is_(None))
        .where(Body.code.in_(codes), Stay.until.is_(None), Stay.state.in_(("agreed", "in_progress", "reported_complete", "rejected")))
    )
    with database.reading() as session:
        return sorted((tuple(row) for row in session.execute(query)), key=repr)


def test_what_is_open_moves_with_its_history_and_what_was_said_stays(app, database, officer):
    found = split(database)
    before = _open(database, found.old, found.first, found.second)
    with database.reading() as session:
        values = session.scalar(select(func.count()).select_from(ReturnValue))
        versions = session.execute(select(ReturnVersion.case_id, ReturnVersion.number, ReturnVersion.frozen_at)).all()
    page = officer.get(f"/successors/{found.old}")
    for words in ("What will move", "What stays under the old name", "60.0%", "Test Order", "Who answers for its cases", "Open actions"):
        assert words in page
    preview = officer.client.get(f"/successors/{found.old}", query_string=found.choices())
    assert preview.status_code == 200
    assert "Preview: what will move" in preview.text
    assert not _open(database, found.first)
    place = propose(officer, found)
    assert "It can be applied once each side has signed it" in officer.get(place)
    refused = officer.post(f"{place}/application", {}, form=place, status=422)
    assert "has not signed it yet" in refused
    assert found.old in Browser(app, found.approver(found.first)).get("/successors")
    assert "waits for your body’s signature" in Browser(app, found.approver(found.first)).get("/today")
    sign_all(app, found, place)
    assert _open(database, found.old, found.first, found.second) == before, "nothing moves by a signature"
    officer.post(f"{place}/application", {}, form=place)
    assert _open(database, found.old, found.first, found.second) == before, "nothing lost, nothing doubled"
    assert not _open(database, found.old)
    assert len(_open(database, found.first)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReturnValue)) == values
        assert session.execute(select(ReturnVersion.case_id, ReturnVersion.number, ReturnVersion.frozen_at)).all() == versions
        assert record.verify(session).sound
        ended = session.scalars(select(Membership).where(Membership.organisation_id == found.ids[found.old], Membership.until.is_(None)))
        assert not ended.all()
    page = officer.get(f"/cases/{found.ref}/plan")
    assert "Moved to a successor" in page
    assert "Went to" in page
    assert "is no more" in officer.get(f"/cases/{found.ref}")
    told = officer.get(f"/cases/{found.ref}/record")
    assert "handed" in told
    assert "moved the action to the successor" in told


def test_the_successors_people_see_the_history_and_go_on_with_the_action(app, database, officer):
    found, _ = hand_over(app, database)
    with database.reading() as session:
        new = session.scalars(select(Action).where(Action.came_from_id == found.actions[0][0])).one()
        case = session.get_one(Case, new.case_id)
        state = session.scalars(select(Stay.state).where(Stay.action_id == new.id, Stay.until.is_(None))).one()
        email = session.get_one(Person, new.owner_id).email.partition("@")[0]
        inspectors = session.scalars(select(Assignment.id).where(Assignment.case_id == case.id, Assignment.kind == "inspector")).all()
    assert case.body_id == found.ids[found.first]
    assert inspectors, "whoever verifies it is let into the case"
    approver = Browser(app, found.approver(found.first))
    page = approver.get(f"/cases/{case.ref}/plan")
    assert "Actions that came from bodies that ended" in page
    assert "Came from" in page
    history = approver.get(f"/cases/{case.ref}/status/action?action={new.number}")
    assert "proposed" in history.lower()
    assert "It came from action" in history
    assert "It goes on as action" in history
    assert "This body took over from" in approver.get(f"/cases/{case.ref}")
    approver.get(f"/cases/{found.ref}", status=404)
    heir = Browser(app, found.approver(found.second))
    assert "answers for this case now" in heir.get(f"/cases/{found.ref}")
    old = app.test_client()
    assert old.get("/today").status_code == 303
    owner = Browser(app, email, role=None)
    assert owner.client.get(f"/cases/{case.ref}/plan").status_code in (200, 404), "by the role in which they act"
    name = {"agreed": "start", "rejected": "resume", "in_progress": "report_complete"}.get(state)
    if name:
        with database.reading() as session:
            membership = session.scalars(
                select(Membership.id).where(Membership.person_id == new.owner_id, Membership.organisation_id == case.body_id)
            ).one()
        owner.client.post("/role", data={"csrf_token": token(owner.get("/role")), "membership": membership})
        owner.move("action", name, {"reason": "Done."}, ref=case.ref, action=new.number)
        with database.reading() as session:
            assert session.scalars(select(Stay.state).where(Stay.action_id == new.id, Stay.until.is_(None))).one() != state


def test_the_heir_answers_for_the_old_case_and_can_report_its_plan_complete(app, database):
    found, _ = hand_over(app, database)
    heir = Browser(app, found.approver(found.second))
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == found.ref)).one()
        plan = session.scalars(select(Stay.state).where(Stay.case_id == case.id, Stay.track == "plan", Stay.until.is_(None))).one()
    assert plan in ("agreed", "in_delivery")
    heir.move("plan", "complete", ref=found.ref)
    with database.reading() as session:
        here = select(Stay.state).where(Stay.case_id == case.id, Stay.track == "plan", Stay.until.is_(None))
        assert session.scalars(here).one() == "completed"
    Browser(app, found.approver(found.first)).get(f"/cases/{found.ref}", status=404)


def test_the_heir_replies_to_the_queries_that_wait_in_the_old_case(app, database, officer):
    with database.reading() as session:
        asked = select(Annotation).join(Case, Case.id == Annotation.case_id).join(Stay, Stay.case_id == Case.id)
        asked = asked.where(Annotation.state == "open", Annotation.kind == "query", Annotation.audience.bitwise_and(int(Side.BODY)) != 0)
        asked = asked.where(Stay.track == "review", Stay.until.is_(None), Stay.state == "with_body", Case.ref != REF)
        asked = asked.where(~exists().where(Reply.annotation_id == Annotation.id))
        query = session.scalars(asked.order_by(Annotation.id)).first()
        ref, key = session.get_one(Case, query.case_id).ref, query.id
    found = split(database, ref=ref)
    page = officer.get(f"/successors/{found.old}")
    assert "for the body’s reply in" in page
    place = propose(officer, found)
    for code in (found.old, found.first, found.second):
        Browser(app, found.approver(code)).post(f"{place}/signature", {}, form=place)
    officer.post(f"{place}/application", {}, form=place)
    heir = Browser(app, found.approver(found.second))
    preparer = Browser(app, found.approver(found.second).replace("approver", "preparer"))
    assert "Answer the reviewer’s questions" in preparer.get("/today"), "it waits for the heir"
    said = {"answer": "The cost of a shared service.", "revision": "0"}
    heir.post(f"/cases/{ref}/review/annotations/{key}/answer", said, form=f"/cases/{ref}/review")
    heir.move("review", "send_answers", ref=ref)
    with database.reading() as session:
        assert session.get_one(Annotation, key).state == "answered"


def test_a_successor_that_ends_itself_passes_everything_on(app, database, officer):
    found, _ = hand_over(app, database)
    with database.reading() as session:
        numbers = {code: len(_open(database, code)) for code in (found.first, found.second)}
        ids = session.scalars(select(Action.id).join(Case).join(Stay, Stay.action_id == Action.id).where(
            Case.body_id == found.ids[found.first], Stay.until.is_(None), Stay.state != "moved").order_by(Action.id)).all()  # fmt: skip
        held = select(Membership.id).where(Membership.organisation_id == found.ids[found.first], Membership.role == "action_owner")
        owners = session.scalars(held.where(Membership.until.is_(None))).all()
    rows = f"predecessor,successor,date,share,source\n{found.first},{found.second},{ON},1,Another Order\n"
    with database.work(SYSTEM, NOW) as work:
        assert import_map(work, read_map(rows)).added == [found.first]
    second = found.ids[found.second]
    said = {"heir": str(second), "access": [f"{one}-{second}" for one in owners], **{f"action-{one}": str(second) for one in ids}}
    officer.post(f"/successors/{found.first}", {**said, "reason": "Another Order."}, form="/role")
    with database.reading() as session:
        place = f"/handovers/{session.scalars(select(func.max(Handover.id))).one()}"
    for code in (found.first, found.second):
        Browser(app, found.approver(code)).post(f"{place}/signature", {}, form=place)
    officer.post(f"{place}/application", {}, form=place)
    assert len(_open(database, found.second)) == sum(numbers.values())
    assert not _open(database, found.first)
    with database.reading() as session:
        last = session.scalars(select(Action).where(Action.came_from_id == ids[0])).one()
        case = session.get_one(Case, last.case_id)
    history = Browser(app, found.approver(found.second)).get(f"/cases/{case.ref}/status/action?action={last.number}")
    assert history.count("It came from action") == 2, "the whole way is told"


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"heir": None}, "Choose who answers"),
        ({"heir": "1"}, "Choose who answers"),
        ({"access": []}, "has no role as action owner"),
        ({"access": ["999999-1"]}, "Offer access only to people of the body"),
        ({"action-999999": "1"}, "not open any more"),
        ({"reason": ""}, "Fill in “Reason”"),
    ],
)
def test_a_proposal_that_cannot_be_is_told_and_nothing_is_kept(database, officer, changes, words):
    found = split(database)
    said = {name: value for name, value in (found.choices() | {"reason": "x"} | changes).items() if value is not None}
    if changes.get("access") == []:
        del said["access"]
    page = officer.post(f"/successors/{found.old}", said, form="/role", status=422)
    assert words in page
    with database.reading() as session:
        assert not session.scalars(select(Handover.id)).all()


def test_an_action_without_a_successor_is_told_in_the_preview(database, officer):
    found = split(database)
    got = officer.client.get(f"/successors/{found.old}", query_string=found.choices(**{f"action-{found.actions[0][0]}": ""}))
    assert got.status_code == 422
    assert f"Choose to whom action {found.actions[0][1]} goes" in got.text


def _refused(officer, found, words):
    page = officer.post(f"/successors/{found.old}", found.choices() | {"reason": "x"}, form="/role", status=422)
    assert words in page
    assert words in officer.get(f"/successors/{found.old}")


def test_a_body_is_not_handed_over_while_its_return_is_being_corrected(database, officer):
    found = split(database)
    with database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == found.ref)).one()
        last = work.session.scalars(select(func.max(ReturnVersion.number)).where(ReturnVersion.case_id == case.id)).one()
        work.session.add(ReturnVersion(case_id=case.id, number=last + 1, reopened=[]))
    _refused(officer, found, f"A correction of the return is open in {found.ref}")


def test_a_successor_needs_a_case_under_way_and_an_approver(database, officer):
    found = split(database)
    with database.work(SYSTEM, NOW) as work:
        work.session.execute(update(Case).where(Case.body_id == found.ids[found.first]).values(stage="closed"))
    _refused(officer, found, "is in no open round")
    with database.work(SYSTEM, NOW) as work:
        work.session.execute(update(Case).where(Case.body_id == found.ids[found.first]).values(stage="return"))
        gone = select(Membership).where(Membership.organisation_id == found.ids[found.first], Membership.role == "approver")
        work.session.scalars(gone).one().until = NOW
    page = officer.post(f"/successors/{found.old}", found.choices() | {"reason": "x"}, form="/role", status=422)
    assert "has no approver who could sign" in page


def test_shares_that_do_not_add_up_and_a_successor_that_ends_are_told(database, officer):
    found = split(database)
    with database.work(SYSTEM, NOW) as work:
        line = work.session.scalars(select(Succession).where(Succession.successor_id == found.ids[found.first])).one()
        line.share = Decimal("0.5")
        work.session.get_one(Body, found.ids[found.second]).end_date = ON
    _refused(officer, found, "Its shares add up to 0.9, not to 1")
    _refused(officer, found, "ends itself by that day")


def test_a_reviewer_of_the_heir_is_in_the_way(database, officer):
    found = split(database)
    with database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == found.ref)).one()
        reviewer = work.session.scalars(select(Assignment).where(Assignment.case_id == case.id, Assignment.kind == "reviewer")).first()
        work.session.add(Membership(person_id=reviewer.person_id, organisation_id=found.ids[found.second], role="preparer", since=NOW))
    page = officer.post(f"/successors/{found.old}", found.choices() | {"reason": "x"}, form="/role", status=422)
    assert f"reviews {found.ref} and holds a role at" in page


def test_nothing_moves_before_its_day(app, database, officer, clock):
    found = split(database, on=ON + timedelta(days=30))
    place = propose(officer, found)
    sign_all(app, found, place)
    assert "It can be applied from 3 March 2010" in officer.get(place)
    assert "goes on until 3 March 2010" in officer.post(f"{place}/application", {}, form=place, status=422)
    clock.forward(days=30)
    officer = Browser(app, "officer")
    officer.post(f"{place}/application", {}, form=place)
    assert not _open(database, found.old)


def test_each_side_signs_once_and_nobody_for_two(app, database, officer):
    found = split(database)
    place = propose(officer, found)
    with database.work(SYSTEM, NOW) as work:
        person = work.session.scalars(select(Person).where(Person.email.like(f"{found.approver(found.old)}@%"))).one()
        both = Membership(person_id=person.id, organisation_id=found.ids[found.first], role="approver", since=NOW)
        work.session.add(both)
        work.session.flush()
        membership = both.id
    approver = Browser(app, found.approver(found.old))
    form = approver.form(place)
    approver.post(f"{place}/signature", {}, form=place)
    assert approver.client.post(f"{place}/signature", data=form).status_code == 409
    approver.client.post("/role", data={"csrf_token": token(approver.get("/role")), "membership": membership})
    assert "You signed it for another body" in approver.post(f"{place}/signature", {}, form=place, status=422)
    stranger = Browser(app, "approver")
    stranger.get(place, status=404)
    assert stranger.client.post(f"{place}/signature", data=stranger.form("/role")).status_code == 404


def test_a_side_turns_it_down_with_a_reason_and_it_can_be_proposed_anew(app, database, officer):
    found = split(database)
    place = propose(officer, found)
    assert "waits for its signatures already" in officer.post(
        f"/successors/{found.old}", found.choices() | {"reason": "x"}, form="/role", status=422
    )
    approver = Browser(app, found.approver(found.second))
    assert "Fill in “Reason”" in approver.post(f"{place}/refusal", {"reason": " "}, form=place, status=422)
    approver.post(f"{place}/refusal", {"reason": "Not agreed in council."}, form=place)
    assert "Not agreed in council." in officer.get(place)
    assert officer.client.post(f"{place}/application", data=officer.form("/role")).status_code == 409
    assert propose(officer, found) != place
    assert len(_open(database, found.old)) == len(found.actions)


def test_what_changed_since_the_proposal_is_seen_when_it_is_applied(app, database, officer):
    found = split(database)
    place = propose(officer, found)
    sign_all(app, found, place)
    with database.work(SYSTEM, NOW) as work:
        somebody = work.session.scalars(select(Person).where(Person.email.like("manager@%"))).one()
        work.session.add(Membership(person_id=somebody.id, organisation_id=found.ids[found.old], role="preparer", since=NOW))
    before = _open(database, found.old)
    assert "was given a role in the body since" in officer.post(f"{place}/application", {}, form=place, status=422)
    assert _open(database, found.old) == before


def test_an_action_moves_once_however_often_and_at_once_it_is_applied(app, database, officer):
    found = split(database)
    place = propose(officer, found)
    sign_all(app, found, place)
    other = Browser(app, "officer-2")
    forms = officer.form(place), other.form(place)
    answers = at_once(
        lambda: officer.client.post(f"{place}/application", data=forms[0]).status_code,
        lambda: other.client.post(f"{place}/application", data=forms[1]).status_code,
    )
    assert sorted(answers) == [303, 409]
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Action.came_from_id.is_not(None))) == len(found.actions)
    with pytest.raises(IntegrityError), database.work(SYSTEM, NOW) as work:
        old = work.session.get_one(Action, found.actions[0][0])
        work.session.add(Action(case_id=old.case_id, number=99, finding_id=old.finding_id, what="x", owner_id=old.owner_id,
                                due_on=old.due_on, at=NOW, came_from_id=old.id))  # fmt: skip


def test_the_place_in_a_sharing_group_is_taken_by_whoever_was_chosen(app, database, officer):
    found = split(database)
    old, first = found.ids[found.old], found.ids[found.first]
    with database.work(SYSTEM, NOW) as work:
        for member in work.session.scalars(select(SharingMember).where(SharingMember.body_id.in_([old, first]))):
            member.ends = member.starts
        group = SharingGroup(name="Host of old", host_id=old, functions=["hr"], starts=date(2009, 1, 1), evidence="x")
        work.session.add(group)
        work.session.flush()
        host = SharingMember(group_id=group.id, body_id=old, kind="host", starts=date(2009, 1, 1))
        work.session.add_all([host, SharingMember(group_id=group.id, body_id=first, kind="client", starts=date(2009, 6, 1))])
        work.session.flush()
        key = host.id
    page = officer.post(f"/successors/{found.old}", found.choices(**{f"sharing-{key}": "none"}) | {"reason": "x"}, form="/role", status=422)
    assert "It hosts" in page or "hosts this sharing group" in page
    place = propose(officer, found, **{f"sharing-{key}": str(first)})
    sign_all(app, found, place)
    officer.post(f"{place}/application", {}, form=place)
    with database.reading() as session:
        member = SharingMember
        query = select(member.body_id, member.kind, member.starts, member.ends).where(member.group_id == group.id)
        member = SharingMember
        query = select(member.body_id, member.kind, member.starts, member.ends).where(member.group_id == group.id)
        rows = session.execute(query.order_by(member.starts, member.id)).all()
        assert session.get_one(SharingGroup, group.id).host_id == first
    assert [tuple(row) for row in rows] == [
        (old, "host", date(2009, 1, 1), date(2010, 1, 31)),
        (first, "client", date(2009, 6, 1), date(2010, 1, 31)),
        (first, "host", date(2010, 2, 1), None),
    ]


def test_an_inspector_finds_the_moved_action_and_verifies_it_in_the_new_case(app, database):
    found, _ = hand_over(app, database, state="reported_complete")
    with database.reading() as session:
        moved = session.scalars(select(Action).where(Action.came_from_id.in_([key for key, _ in found.actions])))
        new = next(one for one in moved if session.scalars(
            select(Stay.state).where(Stay.action_id == one.id, Stay.until.is_(None))).one() == "reported_complete")  # fmt: skip
        case = session.get_one(Case, new.case_id)
        verify = session.scalars(select(Deadline).where(Deadline.action_id == new.id, Deadline.closed_at.is_(None))).one()
        email = session.scalars(select(Person.email).join(Assignment).where(
            Assignment.case_id == case.id, Assignment.kind == "inspector", Assignment.until.is_(None))).first()  # fmt: skip
    assert verify.rule == "verification"
    assert "It came from action" in verify.explanation[-1]
    inspector = Browser(app, email.partition("@")[0])
    inspector.move("action", "verify", {"reason": "Seen."}, ref=case.ref, action=new.number)


def test_the_map_of_2009_is_whole_and_imported_once(database):
    text = programmes.data("back-office-2009", "successors_2009_04_01.csv").read_text("utf-8")
    with database.reading() as session:
        found = the_map(session)
        names = {one.code: one.name for one in session.scalars(select(Organisation))}
    assert len(found) == 44
    assert {one.starts for one in found} == {date(2009, 4, 1)}
    into = {to.code for one in found for to in one.successors}
    assert len(into) == 9
    assert {"Cornwall Council", "Bedford Borough Council", "Cheshire West and Chester Council"} <= {names[code] for code in into}
    assert all(sum(to.share for to in one.successors) == 1 for one in found)
    with database.work(SYSTEM, NOW) as work:
        report = import_map(work, read_map(text))
    assert (report.added, report.changed, report.unchanged, report.refused) == ([], [], 44, [])


def test_a_map_that_changes_leaves_its_old_lines_on_the_record_and_stands_once_used(app, database):
    found = split(database)
    head = "predecessor,successor,date,share,source\n"
    with database.work(SYSTEM, NOW) as work:
        report = import_map(work, read_map(f"{head}{found.old},{found.first},{ON},1,Another Order\n"))
    assert report.changed == [found.old]
    with database.reading() as session:
        lines = session.scalars(select(Succession).where(Succession.predecessor_id == found.ids[found.old])).all()
        assert sorted((line.successor_id == found.ids[found.first], line.taken_off_at is None) for line in lines) == [
            (False, False), (True, True)]  # fmt: skip
        assert session.scalar(select(func.count()).where(Event.kind == "successions.imported")) >= 3
        assert session.get_one(Body, found.ids[found.old]).end_date == ON
    refused = {
        f"{found.old},{found.first},2010-03-01,1,x": "Mend the one that is wrong",
        f"{found.old},E9999,{ON},1,x": "no body E9999",
        f"{found.first},{found.old},{ON},1,x": "follows upon itself",
    }
    for row, words in refused.items():
        with database.work(SYSTEM, NOW) as work:
            report = import_map(work, read_map(f"{head}{row}\n"))
        assert words in report.refused[0].text, row
        assert not report.changed + report.added


def test_a_map_by_which_a_body_was_handed_over_stands(app, database):
    found, _ = hand_over(app, database)
    with database.work(SYSTEM, NOW) as work:
        report = import_map(work, read_map(f"predecessor,successor,date,share,source\n{found.old},{found.first},{ON},1,x\n"))
    assert "handed over by the map as it was" in report.refused[0].text


def test_the_pages_cost_the_same_however_long_the_map_is(app, officer, database):
    officer.get("/successors")
    with Statements(app.database.engine) as statements:
        page = officer.get("/successors")
    assert len(statements.told) <= 8
    assert "Caradon" in page
    page = officer.get("/successors/E0831")
    assert "Cornwall (Structural Change) Order 2008" in page
    officer.get("/successors/E9999", status=404)
    assert "It goes on" in officer.get("/successors/E0701")
    officer.get("/handovers/99", status=404)
    with database.reading() as session:
        new = json.loads(session.scalars(select(Event.new).where(Event.kind == "successions.imported")).first())
    assert new == {"added": 44, "changed": 0}
