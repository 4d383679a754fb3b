"""Sign-off, corrections, withdrawals and differences, by real requests, with everything that may go wrong on the way."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.returns import SAID, bring, case_of, enter, explain, move
from tests.support.site import Browser, at_once, find
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.cases.models import Assignment, Stay
from webapp.challenge.models import Finding, Score
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.notices.models import Notice
from webapp.record import Event
from webapp.register.models import HeldFigure
from webapp.returns.models import ReturnExplanation, ReturnValue, ReturnVersion
from webapp.review.models import Annotation
from workflows.returns.values import Answer
from workflows.roles import Side

CASE = f"/cases/{REF}"
WANTED = ["FIN_COST_EMP", "FIN_PAYROLL_ERRORS"]
LATER = NOW + timedelta(hours=1)


def _versions(database):
    with database.reading() as session:
        query = select(ReturnVersion).where(ReturnVersion.case_id == case_of(session).id)
        return list(session.scalars(query.order_by(ReturnVersion.number)))


def _state(database, track="return"):
    with database.reading() as session:
        query = select(Stay.state).where(Stay.case_id == case_of(session).id, Stay.track == track, Stay.until.is_(None))
        return session.scalar(query)


def _told(database, message):
    with database.reading() as session:
        query = select(Person.email, Notice.body).join(Person, Person.id == Notice.person_id)
        rows = session.execute(query.where(Notice.message == message, Notice.case_id == case_of(session).id))
        return {row.email.partition("@")[0]: row.body for row in rows}


def _changed(**amounts):
    return {code: replace(SAID[code], amount=Decimal(amount)) for code, amount in amounts.items()}


def test_whoever_signs_sees_what_is_not_firm_and_declares(app, database):
    bring(database, "fill")
    enter(database, {"FIN_REPORT_CYCLE_DAYS": Answer(not_known="The ledger is late.", known_by=date(2010, 3, 31)),
                     "HR_FTE": replace(SAID["HR_FTE"], basis="estimate")})  # fmt: skip
    move(database, "preparer", "submit_for_sign_off", at=LATER)
    approver = Browser(app, "approver")
    page = approver.get(f"{CASE}/moves/return/sign_off")
    assert find(r"Answered “not known”</dt><dd[^>]*>(\d+)<", page) == "1"
    assert find(r"Estimates</dt><dd[^>]*>(\d+)<", page) == "1"
    assert "section 151 of the Local Government Act 1972" in page
    refused = approver.post(f"{CASE}/moves/return/sign_off", {"committee": "Seen on 3 March."}, status=422)
    assert "Confirm this to go on" in refused
    assert 'href="#declaration"' in refused
    assert "Seen on 3 March." in refused, "what was typed is not lost"
    assert _state(database) == "awaiting_sign_off"
    approver.move("return", "sign_off", {"committee": "  Seen on 3 March.  "})
    (version,) = _versions(database)
    assert (version.committee, version.frozen_at, version.signed_by is not None) == ("Seen on 3 March.", NOW, True)
    whole = approver.get(f"{CASE}/return/whole")
    for text in ("Signed off by Demo approver", "Seen on 3 March.", "Not known: The ledger is late.", "Estimate", "I certify that"):
        assert text in whole


def test_the_whole_return_is_on_one_page_with_ways_to_change_it(app, database):
    bring(database, "fill")
    enter(database, _changed(HR_FTE=900))
    assert "HR-PAY-LOW" in explain(database, "We took over the payroll of two neighbours.")
    preparer = Browser(app, "preparer")
    page = preparer.get(f"{CASE}/return/whole")
    beside = find(r'(?s)id="HR_COST_EMP"(.*?)id="HR_COST_IT"', page)
    assert "We took over the payroll of two neighbours." in beside, "explanations stand beside their figure"
    assert "The employee cost of HR is under" in beside
    programme = _programme(database)
    for part in programme.functions:
        assert f'id="part-{part.code}"' in page
    for indicator in programme.indicators:
        assert f'id="{indicator.code}"' in page
    assert "Cannot be computed: " in page
    assert f'href="{CASE}/return/finance#FIN_COST_EMP"' in page
    assert "none was run this year" in page, "notes are on it"
    assert 'id="FIN_SURVEY_USER_1"' not in page or SAID["FIN_SURVEY_USER_RUN"].yes, "what is not asked is left out"
    assert "Submit for sign-off" in page
    assert ">Change<span" not in Browser(app, "approver").get(f"{CASE}/return/whole")
    for who in ("coordinator", "officer", "manager"):
        hidden = Browser(app, who).get(f"{CASE}/return/whole")
        assert "can be seen once its return is signed off" in hidden
        assert "We took over" not in hidden


def _programme(database):
    with database.reading() as session:
        return case_of(session).round.programme


def test_who_entered_a_figure_does_not_sign(app, database):
    """One person may hold both roles; the version keeps who entered each answer."""
    bring(database, "submit_for_sign_off")
    with database.work(SYSTEM, NOW) as work:
        by = work.session.scalars(select(Person.id).where(Person.email.like("approver@%"))).one()
        values = select(ReturnValue).where(ReturnValue.case_id == case_of(work.session).id, ReturnValue.item == "FIN_COST_EMP")
        work.session.scalars(values).one().person_id = by
    approver = Browser(app, "approver")
    refused = approver.move("return", "sign_off", status=422, form=CASE)
    assert "You entered figures or explanations of this version, so somebody else must sign it off." in refused
    assert _state(database) == "awaiting_sign_off"


def test_who_explained_a_check_does_not_sign(app, database):
    bring(database, "submit_for_sign_off")
    with database.work(SYSTEM, NOW) as work:
        version = work.session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case_of(work.session).id)).one()
        by = work.session.scalars(select(Person.id).where(Person.email.like("approver@%"))).one()
        work.session.add(ReturnExplanation(version_id=version.id, case_id=version.case_id, check_code="X", item="FIN_COST_EMP",
                                           text="Because.", rests_on="", person_id=by, changed_at=NOW))  # fmt: skip
    refused = Browser(app, "approver").move("return", "sign_off", status=422, form=CASE)
    assert "You entered figures or explanations of this version" in refused
    assert _state(database) == "awaiting_sign_off"


def test_a_correction_opens_the_items_asked_for_and_nothing_else(app, database):
    bring(database, "sign_off")
    coordinator, preparer = Browser(app, "coordinator"), Browser(app, "preparer")
    coordinator.move("return", "request_correction", {"items": WANTED, "reason": "Two figures look wrong.", "material": "yes"})
    page = preparer.get(f"{CASE}/return")
    assert "Two figures look wrong." in page
    assert "Payroll errors" in page
    assert "“Employees”, “Payroll errors”" in preparer.get(CASE), "the record says what it is about"
    preparer.move("return", "start_correction")
    draft = _versions(database)[1]
    assert (draft.reopened, draft.reason, draft.volunteered, draft.material) == (WANTED, "Two figures look wrong.", False, True)
    form = preparer.get(f"{CASE}/return/finance")
    assert 'name="FIN_COST_EMP"' in form
    assert 'name="FIN_COST_IT"' not in form
    assert "Not reopened in this correction: it stays as it was signed off" in form
    refused = preparer.post(f"{CASE}/return/finance", {"FIN_COST_EMP": "1000000", "was-FIN_COST_EMP": "1", "FIN_COST_IT": "5",
                                                       "was-FIN_COST_IT": "1"}, status=422)  # fmt: skip
    assert "“IT” was not reopened in this correction" in refused
    assert "1000000" in refused, "what was typed is given back"
    with database.reading() as session:
        kept = select(ReturnValue.amount).where(ReturnValue.version_id == draft.id, ReturnValue.item == "FIN_COST_EMP")
        assert session.scalar(kept) == SAID["FIN_COST_EMP"].amount
    page = preparer.get(f"{CASE}/return/whole")
    assert "As signed off" in page
    assert page.count(">Change<span") == 2


def test_a_whole_function_can_be_asked_for(app, database):
    bring(database, "sign_off")
    coordinator, preparer = Browser(app, "coordinator"), Browser(app, "preparer")
    refused = coordinator.move("return", "request_correction", {"items": ["hr", "FIN_COST_EMP"]}, status=422)
    assert "Human resources (all chosen)" in refused
    assert "Finance (1 chosen)" in refused
    coordinator.move("return", "request_correction", {"items": ["hr"], "reason": "The basis is another."})
    assert "All of Human resources" in preparer.get(f"{CASE}/return")
    preparer.move("return", "start_correction")
    wanted = [i.code for i in _programme(database).items_of("hr") if i.typed]
    assert _versions(database)[1].reopened == wanted


def test_a_correction_that_changes_nothing_is_refused_and_can_be_withdrawn(app, database):
    bring(database, "sign_off")
    move(database, "coordinator", "request_correction", {"items": " ".join(WANTED), "reason": "Look again."})
    move(database, "preparer", "start_correction")
    preparer = Browser(app, "preparer")
    refused = preparer.move("return", "submit_for_sign_off", status=422, form=CASE)
    assert "Nothing differs from version 1; not changed: “Employees” and “Payroll errors”." in refused
    assert "withdraw the correction" in refused
    assert f'href="{CASE}/return/differences"' in refused
    assert "Nothing differs" in preparer.get(f"{CASE}/return/differences")
    preparer.move("return", "withdraw_correction", {"reason": "Both figures are right: see our ledger."})
    assert _state(database) == "submitted"
    first, second = _versions(database)
    assert first.frozen_at is not None
    assert second.frozen_at is None
    assert second.withdrawn_at is not None
    coordinator = Browser(app, "coordinator")
    assert "Both figures are right" in coordinator.get(f"{CASE}/status/return")
    page = coordinator.get(f"{CASE}/return/versions")
    assert "Withdrawn" in page
    assert "return/whole?version=2" not in page, "what was in it stays with the body"
    coordinator.get(f"{CASE}/return/whole?version=2", status=404)
    coordinator.move("return", "accept")
    assert _state(database) == "accepted"
    assert {"approver", "coordinator"} <= set(_told(database, "correction_ended"))


def test_an_explanation_alone_is_a_change(app, database):
    bring(database, "fill")
    enter(database, _changed(HR_FTE=900))
    codes = explain(database, "Two neighbours pay through us.")
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    move(database, "coordinator", "request_correction", {"reason": "Say which neighbours."}, at=LATER)
    move(database, "preparer", "start_correction", at=LATER)
    preparer = Browser(app, "preparer")
    assert "Nothing differs" in preparer.get(f"{CASE}/return/differences"), "explanations travel with the figures"
    assert "Nothing differs from version 1" in preparer.move("return", "submit_for_sign_off", status=422, form=CASE)
    explain(database, "=Gateshead and Sunderland pay through us.", at=LATER)
    page = preparer.get(f"{CASE}/return/differences")
    for text in (
        "Two neighbours pay through us.",
        "=Gateshead and Sunderland",
        "The employee cost of HR is under",
        f"and {len(codes)} expl",
    ):
        assert text in page
    rows = list(csv.DictReader(io.StringIO(preparer.client.get(f"{CASE}/return/differences.csv").text)))
    assert sorted(row["code"] for row in rows) == sorted(codes)
    assert {(row["part"], row["kind"], row["old"], row["new"]) for row in rows} == {
        ("explanation", "Changed", "Two neighbours pay through us.", "'=Gateshead and Sunderland pay through us.")
    }
    preparer.move("return", "submit_for_sign_off")
    enough = Browser(app, "approver").get(f"{CASE}/moves/return/sign_off")
    assert find(r"Values that differ from version 1</dt><dd[^>]*>(\d+)<", enough) == "0"
    assert find(r"Explanations that differ from version 1</dt><dd[^>]*>(\d+)<", enough) == f"{len(codes)}"


def test_an_explanation_of_a_figure_that_changed_is_told_as_no_longer_said(app, database):
    bring(database, "fill")
    enter(database, _changed(HR_FTE=900))
    codes = explain(database, "Two neighbours pay through us.")
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    _correct(database, HR_FTE=SAID["HR_FTE"].amount)
    page = Browser(app, "coordinator").get(f"{CASE}/return/differences")
    assert page.count("No longer said") == len(codes)
    assert "Two neighbours pay through us." in page


def test_more_can_be_opened_with_a_reason_and_the_partnership_is_told(app, database):
    bring(database, "sign_off")
    move(database, "coordinator", "request_correction", {"items": "FIN_PAYROLL_ERRORS", "reason": "Look again."})
    move(database, "preparer", "start_correction")
    preparer = Browser(app, "preparer")
    empty = preparer.move("return", "reopen_more", {"reason": "It hangs together."}, status=422)
    assert "Choose at least one under “More items to correct”." in empty
    unknown = preparer.move("return", "reopen_more", {"items": ["NO_SUCH"], "reason": "It hangs together."}, status=422)
    assert "it has no “NO_SUCH”" in unknown
    preparer.move("return", "reopen_more", {"items": ["FIN_PAYSLIPS"], "reason": "It hangs together."})
    assert _versions(database)[1].reopened == ["FIN_PAYSLIPS", "FIN_PAYROLL_ERRORS"]
    enter(database, _changed(FIN_PAYSLIPS=60000), at=LATER)
    assert "It hangs together." in _told(database, "correction_widened")["coordinator"]


@pytest.mark.parametrize("who", ["preparer", "approver"])
def test_a_body_corrects_of_its_own_accord(app, database, who):
    bring(database, "accept")
    body = Browser(app, who)
    refused = body.move("return", "volunteer_correction", {"reason": "A slip in the ledger."}, status=422)
    assert "Choose one under “Whether it is material”." in refused
    body.move("return", "volunteer_correction", {"reason": "A slip in the ledger.", "material": "yes"})
    draft = _versions(database)[1]
    assert (draft.volunteered, draft.material, draft.reason, draft.reopened) == (True, True, "A slip in the ledger.", [])
    assert _state(database, "review") == "unallocated", "the review stays where it stands"
    enter(database, _changed(FIN_PAYROLL_ERRORS=91), at=LATER)
    move(database, "preparer", "submit_for_sign_off", at=LATER)
    move(database, "approver", "sign_off", {"declaration": "yes"}, at=LATER)
    page = Browser(app, "officer").get(f"{CASE}/return/versions")
    assert "A slip in the ledger." in page
    assert "Yes" in find(r'data-label="Volunteered">([^<]*)<', page)
    assert "Yes" in find(r'data-label="Material">([^<]*)<', page)
    assert find(r"from=1&amp;to=2\">(\d+)<", page) == "1"


def test_an_own_correction_of_an_accepted_return_withdrawn_leaves_it_accepted(app, database):
    bring(database, "accept")
    approver = Browser(app, "approver")
    approver.move("return", "volunteer_correction", {"reason": "A slip.", "material": "no"})
    page = approver.get(CASE)
    assert page.count("Withdraw the correction") == 1, "only the one that fits is offered"
    approver.move("return", "withdraw_own_correction", {"reason": "It was right after all."})
    assert _state(database) == "accepted"
    with database.reading() as session:
        open_rules = select(Deadline.rule).where(Deadline.case_id == case_of(session).id, Deadline.closed_at.is_(None))
        assert set(session.scalars(open_rules)) == {"allocation"}


def test_nobody_corrects_once_the_auditor_has_begun(app, database):
    bring(database, "accept")
    with database.work(SYSTEM, NOW) as work:
        stay = work.session.scalars(select(Stay).where(Stay.case_id == case_of(work.session).id, Stay.track == "review")).one()
        stay.until = NOW
        work.session.flush()
        work.session.add(Stay(case_id=stay.case_id, track="review", state="final", since=NOW))
    approver, coordinator = Browser(app, "approver"), Browser(app, "coordinator")
    assert "Correct the signed-off return" not in approver.get(CASE), "what is of no use here is not offered"
    assert "The peer review is final" in approver.get(f"{CASE}/status/return"), "and its status page tells why"
    refused = approver.move("return", "volunteer_correction", {"reason": "A slip.", "material": "no"}, status=422, form=CASE)
    assert "The peer review is final" in refused
    coordinator.move("return", "reopen", {"reason": "Look again."}, status=422, form=CASE)


def _under_review(database):
    """The home body's return is under review, with annotations of its reviewer on two figures."""
    bring(database, "accept")
    with database.work(SYSTEM, NOW) as work:
        case, session = case_of(work.session), work.session
        version = session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case.id)).one()
        reviewer = session.scalars(select(Person.id).where(Person.email.like("reviewer@%"))).one()
        session.add(Assignment(case_id=case.id, kind="reviewer", person_id=reviewer, since=NOW))
        for item, value in (("FIN_PAYROLL_ERRORS", f"{SAID['FIN_PAYROLL_ERRORS'].amount:,f}"), ("FIN_COST_IT", "£1")):
            session.add(Annotation(case_id=case.id, version_id=version.id, item=item, value_seen=value, kind="query", text="Why?",
                                   author_id=reviewer, at=NOW, addressee="body", sent_at=NOW,
                                   audience=int(Side.PARTNERSHIP | Side.BODY)))  # fmt: skip


def _correct(database, at=LATER, **amounts):
    move(database, "approver", "volunteer_correction", {"reason": "A slip in the payroll.", "material": "no"}, at=at)
    enter(database, _changed(**amounts), at=at)
    move(database, "preparer", "submit_for_sign_off", at=at)
    move(database, "approver", "sign_off", {"declaration": "yes"}, at=at)


def test_whoever_annotated_a_changed_value_is_told_and_sees_what_it_was_and_is(app, database):
    _under_review(database)
    was = f"{SAID['FIN_PAYROLL_ERRORS'].amount:,f}"
    _correct(database, FIN_PAYROLL_ERRORS=91)
    told = _told(database, "values_changed")
    assert list(told) == ["reviewer"]
    assert f"* Payroll errors: was {was}, now 91" in told["reviewer"]
    assert "A slip in the payroll." in told["reviewer"]
    assert "Employees" not in told["reviewer"], "only what their work rests on"
    page = Browser(app, "reviewer").get(f"{CASE}/review")
    assert f"was {was} in version 1, now 91." in page
    page = Browser(app, "reviewer").get(f"{CASE}/return/differences")
    assert "Query of the peer review" in page


def test_a_reviewer_whose_work_does_not_rest_on_it_is_not_told(database):
    _under_review(database)
    _correct(database, FIN_DEBTORS=4_000_000)
    assert _told(database, "values_changed") == {}


def test_the_auditor_is_told_of_findings_and_scores_once_the_correction_is_accepted(app, database):
    bring(database, "accept")
    with database.work(SYSTEM, NOW) as work:
        case, session = case_of(work.session), work.session
        version = session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case.id)).one()
        people = {name: session.scalars(select(Person.id).where(Person.email.like(f"{name}@%"))).one() for name in
                  ("inspector", "inspector-2")}  # fmt: skip
        session.add_all(Assignment(case_id=case.id, kind="inspector", person_id=one, since=NOW) for one in people.values())
        session.add(Finding(case_id=case.id, number=1, title="Payroll", kloe="1.2", item="FIN_PAYROLL_ERRORS", severity="low", at=NOW,
                            value_seen="188", version_id=version.id, condition="c", criterion="c", effect="e", audience=int(Side.AUDITOR),
                            author_id=people["inspector"]))  # fmt: skip
        session.add(Score(case_id=case.id, kloe="1.2", level=2, reason="Sound.", person_id=people["inspector-2"], at=NOW))
    _correct(database, FIN_PAYROLL_ERRORS=91)
    assert _told(database, "values_changed") == {}, "the auditor does not see it yet"
    manager = Browser(app, "manager")
    manager.get(f"{CASE}/return/whole?version=2", status=404)
    move(database, "coordinator", "accept", at=LATER)
    assert sorted(_told(database, "values_changed")) == ["inspector", "inspector-2"], "a finding, and a score of the same line of enquiry"
    with database.work(SYSTEM, NOW) as work:
        work.session.add(Stay(case_id=case_of(work.session).id, track="challenge", state="in_progress", since=NOW))
    assert "was 188, now 91" in Browser(app, "inspector").get(f"{CASE}/challenge")


def test_what_each_may_compare_is_what_each_may_see(app, database):
    bring(database, "sign_off")
    manager, coordinator, preparer = Browser(app, "manager"), Browser(app, "coordinator"), Browser(app, "preparer")
    manager.get(f"{CASE}/return/differences", status=404)
    assert "against last year" in coordinator.get(f"{CASE}/return/differences")
    move(database, "coordinator", "request_correction", {"reason": "Look again."})
    move(database, "preparer", "start_correction")
    enter(database, _changed(FIN_PAYROLL_ERRORS=91), at=LATER)
    assert "Payroll errors" in preparer.get(f"{CASE}/return/differences?from=1&to=2")
    for query in ("from=1&to=2", "from=2&to=1", "to=2"):
        coordinator.get(f"{CASE}/return/differences?{query}", status=404)
        coordinator.get(f"{CASE}/return/differences.csv?{query}", status=404)
    for query in ("from=x", "to=9", "to=-1", "from=1&to=" + "9" * 40, "to=1%27"):
        preparer.get(f"{CASE}/return/differences?{query}", status=404)
    assert "Nothing differs" in preparer.get(f"{CASE}/return/differences?from=1&to=1")


def test_the_table_of_differences_runs_no_formula_and_adds_up(app, database):
    bring(database, "sign_off")
    move(database, "coordinator", "request_correction", {"reason": "Look again."})
    move(database, "preparer", "start_correction")
    enter(database, _changed(FIN_PAYROLL_ERRORS=91) | {"FIN_SCOPE": Answer(text="no", note="=HYPERLINK(A1)")}, at=LATER)
    got = Browser(app, "preparer").client.get(f"{CASE}/return/differences.csv")
    assert got.mimetype == "text/csv"
    assert f"{REF}-differences-1-to-2.csv" in got.headers["Content-Disposition"]
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(got.text))}
    assert rows["FIN_SCOPE"]["new_note"] == "'=HYPERLINK(A1)"
    errors = rows["FIN_PAYROLL_ERRORS"]
    assert Decimal(errors["old"]) + Decimal(errors["change"]) == Decimal(errors["new"]) == 91
    assert Decimal(errors["percent"]) < 0
    assert {row["part"] for row in rows.values()} == {"entered", "indicator"}


def test_a_version_is_compared_with_last_year(app, database):
    """What was filed before this installation, which the demo makes up."""
    bring(database, "sign_off")
    with database.work(SYSTEM, NOW) as work:
        code = case_of(work.session).body.code
        work.session.get_one(HeldFigure, ("previous-return", code, "FIN_PAYROLL_ERRORS")).amount = Decimal(40)
    preparer = Browser(app, "preparer")
    page = preparer.get(f"{CASE}/return/differences?from=last-year")
    assert "Version 1 against last year (made up for the demo)" in page
    row = find(r"(?s)>Payroll errors</a></th>(.*?)</tr>", page)
    assert ">40<" in row
    assert f">{SAID['FIN_PAYROLL_ERRORS'].amount:,f}<" in row


def _token(app, slug):
    with app.database.work(SYSTEM, app.clock()) as work:
        query = select(Membership).join(Person).where(Person.email.like(f"{slug}@%")).order_by(Membership.id)
        return {"Authorization": f"Bearer {make_token(work, work.session.scalars(query).first(), 'test')}"}


def test_the_api_asks_and_takes_the_same(app, database):
    bring(database, "submit_for_sign_off")
    api, key = app.test_client(), _token(app, "approver")
    path = f"/api/v1/cases/{REF}/transitions"
    offered = {o["name"]: o for o in api.get(f"{path}?track=return", headers=key).json["transitions"]}
    declaration, committee = offered["sign_off"]["asks"]
    assert (declaration["kind"], declaration["required"], committee["required"]) == ("confirm", True, False)
    assert "I certify" in declaration["text"]
    assert offered["volunteer_correction"]["asks"][1]["choices"] == ["yes", "no"]
    version = api.get(f"{path}?track=return", headers=key).json["version"]
    sent = {"track": "return", "name": "sign_off", "version": version}
    refused = api.post(path, json=sent, headers=key)
    assert refused.status_code == 422
    assert refused.json["reasons"][0]["place"] == "#declaration"
    assert api.post(path, json=sent | {"declaration": {"yes": 1}}, headers=key).status_code == 400
    assert api.post(path, json=sent | {"declaration": False}, headers=key).status_code == 422
    done = api.post(path, json=sent | {"declaration": True}, headers=key)
    assert (done.status_code, done.json["state"]) == (200, "submitted")
    assert _versions(database)[0].committee == ""
    key = _token(app, "coordinator")
    sent = {"track": "return", "name": "request_correction", "version": done.json["version"], "reason": "Look again.", "items": WANTED}
    wrong = api.post(path, json=sent | {"items": ["FIN_COST"]}, headers=key)
    assert wrong.status_code == 422
    assert "FIN_COST" in wrong.json["reasons"][0]["text"], "a computed figure is not corrected by itself"
    assert api.post(path, json=sent, headers=key).json["state"] == "correction_requested"


def _race(app, *moves):
    """Several people make a move of the return at the same moment, each from a page that they opened before."""
    calls = []
    for who, name, data in moves:
        browser = Browser(app, who)
        form = browser.form(f"{CASE}/moves/return/{name}") | data
        calls.append(lambda b=browser, n=name, d=form: b.client.post(f"{CASE}/moves/return/{n}", data=d))
    return sorted(answer.status_code for answer in at_once(*calls))


def test_two_who_begin_a_correction_at_once_make_one(app, database):
    bring(database, "sign_off")
    correction = {"reason": "A slip.", "material": "no"}
    codes = _race(app, ("preparer", "volunteer_correction", correction), ("approver", "volunteer_correction", correction),
                  ("coordinator", "request_correction", {"reason": "Look again."}))  # fmt: skip
    assert codes == [303, 409, 409]
    assert [v.number for v in _versions(database)] in ([1], [1, 2])


def test_signing_while_the_preparer_takes_back_is_one_or_the_other(app, database):
    bring(database, "submit_for_sign_off")
    codes = _race(app, ("approver", "sign_off", {"declaration": "yes"}), ("preparer", "take_back", {}))
    assert codes == [303, 409]
    signed = _versions(database)[0].frozen_at is not None
    assert _state(database) == ("submitted" if signed else "in_progress")


def test_a_double_click_on_signing_signs_once(app, database):
    bring(database, "submit_for_sign_off")
    approver = Browser(app, "approver")
    page = f"{CASE}/moves/return/sign_off"
    data = approver.form(page) | {"declaration": "yes", "once": "the-same"}
    first, again = (approver.client.post(page, data=data) for _ in range(2))
    assert (first.status_code, again.status_code, first.location) == (303, 303, again.location)
    with database.reading() as session:
        signed = select(Event).where(Event.kind == "return.sign_off", Event.case_id == case_of(session).id)
        assert len(session.scalars(signed).all()) == 1


def test_a_request_that_is_taken_back_leaves_the_return_to_be_accepted(app, database):
    bring(database, "sign_off")
    coordinator = Browser(app, "coordinator")
    coordinator.move("return", "request_correction", {"reason": "Look again.", "items": WANTED})
    coordinator.move("return", "drop_request", {"reason": "They explained it on the phone."})
    assert _state(database) == "submitted"
    assert [v.number for v in _versions(database)] == [1]
    assert "They explained it on the phone." in _told(database, "correction_ended")["preparer"]
    move(database, "coordinator", "accept", at=LATER)
    assert _state(database) == "accepted"


def test_the_pages_of_a_corrected_return_cost_eight_statements_at_most(app, database):
    _under_review(database)
    _correct(database, FIN_PAYROLL_ERRORS=91)
    move(database, "coordinator", "request_correction", {"reason": "Look again.", "items": " ".join(WANTED)}, at=LATER)
    move(database, "preparer", "start_correction", at=LATER)
    enter(database, _changed(FIN_PAYROLL_ERRORS=92), at=LATER)
    places = ["", "/return", "/return/whole", "/return/whole?version=1", "/return/versions", "/return/differences", "/return/finance",
              "/return/differences?from=last-year", "/return/differences.csv?from=1&to=2", "/moves/return/submit_for_sign_off"]  # fmt: skip
    _costs(app, "preparer", places)
    _costs(app, "reviewer", [*places[:-2], "/review"])
    move(database, "preparer", "submit_for_sign_off", at=LATER)
    _costs(app, "approver", [*places[:-1], "/moves/return/sign_off", "/moves/return/withdraw_correction"])


def _costs(app, who, places):
    browser = Browser(app, who)
    for place in places:
        browser.client.get(CASE + place)
        with Statements(app.database.engine) as statements:
            assert browser.client.get(CASE + place).status_code == 200, place
        assert len(statements.told) <= 8, f"{place} as {who}: {len(statements.told)}\n" + "\n".join(statements.told)
