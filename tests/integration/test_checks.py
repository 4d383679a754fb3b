"""The checks of a return: seen, explained, carried along, and nothing of a draft told to others."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.explaining import CASE, CHECKS, boxes, change, enter, explain, started
from tests.support.figures import PROGRAMME, typed_return
from tests.support.site import Browser, find, radio
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.returns.models import ReturnExplanation

BECAUSE = "EXPLAINED: agency staff carry most of the work this year."


def stored(database):
    with database.reading() as session:
        query = select(ReturnExplanation).join(Case, Case.id == ReturnExplanation.case_id).where(Case.ref == REF)
        return list(session.scalars(query.order_by(ReturnExplanation.id)))


LOW = {"HR_FTE": "900"}
"""Staff of HR that do not fit its pay: HR-PAY-LOW, and indicators out of bounds."""


def test_a_return_that_is_not_filled_in_lists_every_answer_with_a_link_to_its_place(app):
    preparer = Browser(app, "preparer")
    assert "has not been started" in preparer.get(CHECKS)
    preparer.move("return", "start")
    page = preparer.get(CHECKS)
    assert f'href="{CASE}/return/finance#FIN_COST_EMP"' in page
    asked = [item for item in PROGRAMME.items if item.required and item.typed and not item.asked_if]
    assert f"{len(asked)} answers are missing" in page
    assert "Nothing. It can be submitted" not in page


def test_break_see_explain_and_nothing_is_left(app, database):
    preparer = started(app, **LOW)
    page = preparer.get(CHECKS)
    found = boxes(page)
    assert "HR-PAY-LOW" in found
    assert "The employee cost of HR is under £12,000 for each full-time equivalent." in page
    assert "Count the same people in both" in page
    assert f'href="{CASE}/return/hr#HR_COST_EMP"' in page
    assert 'href="/guidance/2009/hr#HR-PAY-LOW"' in page
    refused = preparer.move("return", "submit_for_sign_off", status=422, form=CASE)
    assert f'href="{CHECKS}#HR-PAY-LOW"' in refused
    assert "explanations are wanted" in page
    explain(preparer, BECAUSE)
    page = preparer.get(CHECKS)
    assert "Nothing. It can be submitted for sign-off." in page
    assert page.count(BECAUSE) == len(found)
    assert "Nothing stands between this return and its sign-off any more" in page
    preparer.move("return", "submit_for_sign_off")
    kept = {one.check_code: one for one in stored(database)}
    assert kept["HR-PAY-LOW"].text == BECAUSE
    assert kept["HR-PAY-LOW"].rests_on.startswith("HR_COST_EMP=")
    assert "HR_FTE=900" in kept["HR-PAY-LOW"].rests_on
    assert kept["HR-PAY-LOW"].asked.startswith("The employee cost of HR")


def test_what_is_explained_in_a_draft_is_told_to_nobody_else_and_to_all_who_see_it_once_it_is_signed_off(app, database):
    preparer, approver, coordinator, officer = started(app, **LOW), *(Browser(app, n) for n in ("approver", "coordinator", "officer"))
    explain(preparer, BECAUSE)
    places = (CHECKS, f"{CHECKS}?version=1", f"{CASE}/return/hr", f"{CASE}/return/hr/HR_COST_EMP", f"{CASE}/return", f"{CASE}/record",
              f"{CASE}/record.csv", CASE, f"{CASE}/review?figures=all", "/today?news=all")  # fmt: skip
    assert BECAUSE in approver.get(CHECKS)
    for other in (coordinator, officer):
        for place in places:
            assert "EXPLAINED" not in other.get(place), place
            assert "HR-PAY-LOW" not in other.get(place), place
        assert "once its return is signed off" in other.get(CHECKS)
        other.post(CHECKS, {"explain-HR-PAY-LOW": "No."}, form="/role", status=403)
    preparer.move("return", "submit_for_sign_off")
    assert BECAUSE in approver.get(CHECKS)
    assert "<textarea" not in approver.get(CHECKS)
    approver.move("return", "sign_off")
    for other in (coordinator, officer, preparer):
        assert BECAUSE in other.get(CHECKS)
        beside = other.get(f"{CASE}/return/hr")
        assert re.search(rf'id="HR_COST_EMP".*?The body explains:</strong> {BECAUSE}.*?id="HR_COST_IT"', beside, re.S)
        assert f"The body explains:</strong> {BECAUSE}" in other.get(f"{CASE}/return/hr/HR_COST_EMP")
    preparer.post(CHECKS, {"explain-HR-PAY-LOW": "Late words."}, form="/role", status=409)


def test_reviewers_read_the_explanation_beside_the_figure_and_the_printed_review_holds_it(app, database):
    preparer, approver, coordinator = started(app, **LOW), Browser(app, "approver"), Browser(app, "coordinator")
    explain(preparer, BECAUSE)
    preparer.move("return", "submit_for_sign_off")
    approver.move("return", "sign_off")
    coordinator.move("return", "accept")
    chosen = radio(coordinator.get(f"{CASE}/moves/review/allocate"), "Demo reviewer from Gateshead")
    coordinator.move("review", "allocate", {"person": chosen})
    reviewer = Browser(app, "reviewer")
    reviewer.move("review", "begin")
    assert re.search(rf'id="HR_COST_EMP".*?The body explains:</strong> <span data-words>{BECAUSE}', reviewer.get(f"{CASE}/review"), re.S)
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": "1"}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    approver.move("review", "comment", {"comments": "None."})
    coordinator.move("review", "moderate")
    coordinator.move("review", "issue_final")
    printed = " ".join(page.extract_text() for page in PdfReader(BytesIO(approver.client.get(f"{CASE}/reports/review.pdf").data)).pages)
    assert f"The body explains: {BECAUSE}" in " ".join(printed.split())


def test_an_explanation_stands_until_its_figures_change_and_must_then_be_confirmed_or_changed(app, database):
    preparer = started(app, **LOW)
    explain(preparer, BECAUSE)
    change(preparer, "hr", HR_FTE="901")
    page = preparer.get(CHECKS)
    assert "Given when it was: " in page
    assert "Employees in HR: 900" in page or "900 FTE" in page
    assert "explanations are to be confirmed, for their figures changed" in page
    assert "Confirm or change what you said" in preparer.move("return", "submit_for_sign_off", status=422, form=CASE)
    explain(preparer, {}, status=303)
    assert "to be confirmed" in preparer.get(CHECKS), "saved as it was, it is not confirmed"
    explain(preparer, {"HR-PAY-LOW": "EXPLAINED anew."})
    assert "HR-PAY-LOW" not in re.findall(r'name="holds-([^"]+)"', preparer.get(CHECKS)), "changed, it stands"
    confirmed = {f"holds-{code}": "1" for code in re.findall(r'name="holds-([^"]+)"', preparer.get(CHECKS))}
    assert confirmed
    explain(preparer, {}, **confirmed)
    assert "Nothing. It can be submitted" in preparer.get(CHECKS)
    assert {one.revision for one in stored(database)} == {2}
    assert all("HR_FTE=901" in one.rests_on for one in stored(database) if "HR_FTE" in one.rests_on)


def test_two_preparers_explain_the_same_check_and_see_both_texts(app, database):
    one, other = started(app, **LOW), Browser(app, "preparer")
    seen = other.get(CHECKS)
    explain(one, {"HR-PAY-LOW": "The first explanation."})
    page = explain(other, {"HR-PAY-LOW": "The second explanation."}, page=seen, status=409)
    assert "The first explanation." in page
    assert boxes(page)["HR-PAY-LOW"] == {
        "explain-HR-PAY-LOW": "The second explanation.", "was-HR-PAY-LOW": "1", "rests-HR-PAY-LOW": stored(database)[0].rests_on,
    }  # fmt: skip
    assert [e.text for e in stored(database)] == ["The first explanation."]
    explain(other, {}, page=page)
    assert [e.text for e in stored(database)] == ["The second explanation."]


def test_an_explanation_for_figures_that_have_changed_meanwhile_is_given_back(app, database):
    preparer = started(app, **LOW)
    seen = preparer.get(CHECKS)
    change(preparer, "hr", HR_FTE="950")
    page = explain(preparer, {"HR-PAY-LOW": BECAUSE}, page=seen, status=409)
    assert "The figures have changed since you opened the page" in page
    assert boxes(page)["HR-PAY-LOW"]["explain-HR-PAY-LOW"] == BECAUSE
    assert stored(database) == []
    explain(preparer, {}, page=page)
    assert "HR_FTE=950" in stored(database)[0].rests_on


def test_an_explanation_of_what_holds_by_now_is_given_back_too(app, database):
    preparer = started(app, **LOW)
    seen = preparer.get(CHECKS)
    change(preparer, "hr", HR_FTE=typed_return()["hr"]["HR_FTE"])
    page = explain(preparer, {"HR-PAY-LOW": BECAUSE}, page=seen, status=409)
    assert "HR-PAY-LOW holds now" in page
    assert BECAUSE in page
    assert stored(database) == []


def test_an_explanation_is_taken_back_by_emptying_its_box(app, database):
    preparer = started(app, **LOW)
    explain(preparer, BECAUSE)
    explain(preparer, {"HR-PAY-LOW": ""})
    assert "1 explanation is wanted" in preparer.get(CHECKS)
    assert {e.text for e in stored(database) if e.check_code == "HR-PAY-LOW"} == {""}
    assert "took back what was said on “The employee cost of HR" in preparer.get(f"{CASE}/record")


def test_what_holds_again_keeps_its_explanation_for_the_same_figures_and_shows_it_to_nobody(app, database):
    preparer, approver = started(app, **LOW), Browser(app, "approver")
    explain(preparer, BECAUSE)
    change(preparer, "hr", HR_FTE=typed_return()["hr"]["HR_FTE"])
    assert "Explanations of checks that hold now" in preparer.get(CHECKS)
    preparer.move("return", "submit_for_sign_off")
    approver.move("return", "sign_off")
    assert "EXPLAINED" not in approver.get(f"{CASE}/return/hr")
    assert "EXPLAINED" not in approver.get(CHECKS)


@pytest.mark.parametrize(
    "typed, told", [("x" * 2001, "2,000 characters or fewer; this has 2,001"), ("no", "Say in a few words why it is so")]
)
def test_what_is_no_explanation_is_told_beside_its_box_and_given_back_with_all_the_others(app, database, typed, told):
    preparer = started(app, **LOW)
    codes = list(boxes(preparer.get(CHECKS)))
    page = explain(preparer, {codes[0]: typed, codes[1]: "This one is good."}, status=422)
    text = find(rf'id="{codes[0]}".*?ys-check__text">([^<]+)<', page.replace("\n", ""))
    summary = find(rf'<a href="#explain-{codes[0]}">([^<]+)<', page)
    assert summary.startswith(f"{text} "), "of dozens of boxes it is told which"
    assert told in summary
    assert boxes(page)[codes[0]][f"explain-{codes[0]}"] == typed
    assert boxes(page)[codes[1]][f"explain-{codes[1]}"] == "This one is good."
    assert stored(database) == []


@pytest.mark.parametrize("field", ["explain-", "explain-NO-SUCH-CHECK", "explain-HR-PAY-LOW", "explain-FIN_INCOME.part"])
def test_words_on_no_check_at_all_are_given_back(app, database, field):
    preparer = started(app)
    page = preparer.post(CHECKS, {field: "Words on nothing.", "was-x": "y" * 50, "was-HR-PAY-LOW": "9" * 30}, status=409)
    assert "Words on nothing." in page
    assert stored(database) == []


def test_markup_in_an_explanation_is_shown_as_it_was_typed(app, database):
    preparer = started(app, **LOW)
    explain(preparer, "<script>alert(1)</script> & “quotes”")
    assert "&lt;script&gt;alert(1)" in preparer.get(CHECKS)


def test_explanations_go_with_their_figures_into_a_corrected_version(app, database):
    preparer, approver, coordinator = started(app, **LOW), Browser(app, "approver"), Browser(app, "coordinator")
    explain(preparer, BECAUSE)
    preparer.move("return", "submit_for_sign_off")
    approver.move("return", "sign_off")
    coordinator.move("return", "request_correction", {"reason": "Debtors look wrong."})
    preparer.move("return", "start_correction")
    assert "Nothing. It can be submitted" in preparer.get(CHECKS)
    first, second = (e for e in stored(database) if e.check_code == "HR-PAY-LOW")
    assert (second.text, second.rests_on, second.asked, second.person_id) == (first.text, first.rests_on, first.asked, first.person_id)
    change(preparer, "hr", HR_FTE="902")
    assert "to be confirmed" in preparer.get(CHECKS)
    assert BECAUSE in coordinator.get(f"{CASE}/return/hr"), "the version that was signed off stays as it was"
    page = coordinator.get(CHECKS)
    assert "900 FTE" in page, "the version that was signed off stays as it was, on the page of its checks too"
    assert "902" not in page


def test_whoever_wrote_an_explanation_has_prepared_the_version_and_cannot_sign_it(app, database):
    preparer = started(app, **LOW)
    explain(preparer, BECAUSE)
    with database.work(SYSTEM, NOW) as work:
        approver = work.session.scalars(select(Membership).join(Person).where(Person.email.like("approver@%"))).one()
        for one in work.session.scalars(select(ReturnExplanation).where(ReturnExplanation.text == BECAUSE)):
            one.person_id = approver.person_id
    preparer.move("return", "submit_for_sign_off")
    assert "somebody else must sign it off" in Browser(app, "approver").move("return", "sign_off", status=422, form=CASE)


def test_saving_figures_says_what_is_left(app):
    preparer = Browser(app, "preparer")
    preparer.move("return", "start")
    preparer.post(f"{CASE}/return/finance", typed_return()["finance"])
    assert re.search(r"Still to do before the sign-off: \d+ answers are missing", preparer.get(f"{CASE}/return"))
    enter(preparer, typed_return())
    change(preparer, "hr", **LOW)
    assert re.search(r"Still to do before the sign-off: \d+ explanations are wanted\.", preparer.get(f"{CASE}/return"))


def test_a_part_is_not_ready_while_an_explanation_is_wanted(app):
    preparer = started(app, **LOW)
    assert "To be explained: " in preparer.get(f"{CASE}/return")
    preparer.post(f"{CASE}/return/hr", {"then": "ready"})
    assert "is not marked as ready yet" in preparer.get(CASE)
    explain(preparer, BECAUSE)
    preparer.post(f"{CASE}/return/hr", {"then": "ready"})
    assert "Human resources is marked as ready" in preparer.get(CASE)


def test_questions_hold_nothing_up_and_are_listed_for_who_signs(app, database):
    practices = {f"HR_PRACTICE_{n}": "yes" for n in range(1, 11)} | {f"note-HR_PRACTICE_{n}": "Minutes of May." for n in range(1, 11)}
    preparer, approver = started(app), Browser(app, "approver")
    forms = typed_return()
    page = preparer.get(f"{CASE}/return/hr")
    was = dict(re.findall(r'name="(was-HR_[A-Z0-9_]+)" value="(\d+)"', page))
    preparer.post(f"{CASE}/return/hr", forms["hr"] | practices | was)
    page = preparer.get(CHECKS)
    assert "Nothing. It can be submitted for sign-off." in page
    assert "1 question is not answered" in page
    preparer.move("return", "submit_for_sign_off")
    page = approver.get(f"{CASE}/moves/return/sign_off")
    assert "1 question has no answer yet." in page
    assert "All ten practices of the HR function are answered yes." in page
    preparer.move("return", "take_back")
    explain(preparer, {"HR-ALL-YES": "Each was seen by internal audit in May."})
    preparer.move("return", "submit_for_sign_off")
    assert "no answer yet" not in approver.get(f"{CASE}/moves/return/sign_off")
    approver.move("return", "sign_off")
    assert "Each was seen by internal audit" in Browser(app, "coordinator").get(f"{CASE}/return/hr")


def test_the_pages_of_a_return_cost_eight_statements_at_most_wherever_it_stands(app, database):
    preparer, approver, coordinator = started(app, **LOW), Browser(app, "approver"), Browser(app, "coordinator")
    places = (CASE, CHECKS, f"{CASE}/return", f"{CASE}/return/hr", f"{CASE}/return/hr/HR_FTE", f"{CASE}/status/return",
              f"{CASE}/review?figures=all")  # fmt: skip

    def cost(browser, *more):
        for place in (*places, *more):
            browser.get(place)
            with Statements(app.database.engine) as statements:
                browser.get(place)
            assert len(statements.told) <= 8, f"{place}:\n" + "\n".join(statements.told)

    cost(preparer)
    explain(preparer, BECAUSE)
    preparer.move("return", "submit_for_sign_off")
    cost(approver, f"{CASE}/moves/return/sign_off")
    approver.move("return", "sign_off")
    for browser in (preparer, approver, coordinator):
        cost(browser)
    for place in ("/guidance/2009", "/guidance/2009/finance"):
        with Statements(app.database.engine) as statements:
            preparer.get(place)
        assert len(statements.told) <= 3


def test_the_api_and_the_page_and_the_button_tell_the_same(app, database):
    preparer = started(app, **LOW)
    keys = {}
    with database.work(SYSTEM, NOW) as work:
        for name in ("preparer", "officer"):
            membership = work.session.scalars(select(Membership).join(Person).where(Person.email.like(f"{name}@%"))).one()
            keys[name] = {"Authorization": f"Bearer {make_token(work, membership, 'test')}"}
    api = app.test_client()
    address = f"/api/v1/cases/{REF}/return/checks"
    told = api.get(address, headers=keys["preparer"]).json
    assert told["draft"] is True
    assert told["standing"] == len(boxes(preparer.get(CHECKS)))
    one = next(o for o in told["outcomes"] if o["code"] == "HR-PAY-LOW")
    assert one["place"] == "return/hr#HR_COST_EMP"
    assert (one["status"], one["needs"], one["explained"], one["blocks"]) == ("explain", "Explanation wanted", False, True)
    assert next(f | {"label": "Staff in HR"} for f in one["figures"] if f["name"] == "HR_FTE") == {
        "label": "Staff in HR",
        "value": "900 FTE",
        "name": "HR_FTE",
        "exact": "900",
    }
    moves = api.get(f"/api/v1/cases/{REF}/transitions?track=return", headers=keys["preparer"]).json["transitions"]
    submit = next(m for m in moves if m["name"] == "submit_for_sign_off")
    assert len(submit["reasons"]) == told["standing"]
    assert api.get(address, headers=keys["officer"]).status_code == 404
    explain(preparer, BECAUSE)
    told = api.get(address, headers=keys["preparer"]).json
    assert told["standing"] == 0
    assert {o["explanation"] for o in told["outcomes"]} == {BECAUSE}
    moves = api.get(f"/api/v1/cases/{REF}/transitions?track=return", headers=keys["preparer"]).json["transitions"]
    assert next(m for m in moves if m["name"] == "submit_for_sign_off")["allowed"]
