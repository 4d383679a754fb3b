"""Filling in the return: saved as one goes, between several people, with what is known beside it, and nothing lost."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select, text

from config import programmes
from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.figures import typed_return
from tests.support.site import Browser, find, token
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.record import Event, verify
from webapp.register.models import Round
from webapp.register.verbs import open_round
from webapp.returns import verbs
from webapp.returns.models import ReturnSection, ReturnValue, ReturnVersion
from workflows.engine import Refused
from workflows.returns.values import Answer
from workflows.roles import Actor, Role

CASE = f"/cases/{REF}"
TASKS, FORM = f"{CASE}/return", f"{CASE}/return/finance"


@pytest.fixture
def preparer(app):
    """The body's preparer, with the return begun."""
    made = Browser(app, "preparer")
    made.move("return", "start")
    return made


def save(browser, fields, *, status=200, path=FORM, **more):
    """Save fields as the page's script does; gives what it is told."""
    csrf = token(browser.client.get(path).text) if "csrf_token" not in more else more["csrf_token"]
    got = browser.client.post(path, data={"csrf_token": csrf, **fields, **more}, headers={"Accept": "application/json"})
    assert got.status_code == status, got.text
    return got.json if got.mimetype == "application/json" else json.loads(got.text)


def value(database, item):
    with database.reading() as session:
        query = select(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF, ReturnValue.item == item)
        return session.scalars(query).one_or_none()


def typed(item, amount, was=0):
    return {item: amount, f"was-{item}": str(was)}


def test_a_script_saves_what_is_good_and_is_told_the_rest_beside_its_item(preparer, database):
    told = save(preparer, typed("FIN_COST_EMP", "1,000") | typed("FIN_COST_IT", "lots") | typed("FIN_COST_ACCOM", "-5"))
    assert told["items"] == {"FIN_COST_EMP": {"revision": 1, "prefilled": ""}}
    assert set(told["problems"]) == {"FIN_COST_IT", "FIN_COST_ACCOM"}
    assert "must be a number" in told["problems"]["FIN_COST_IT"]
    assert value(database, "FIN_COST_EMP").amount == 1000
    assert value(database, "FIN_COST_IT") is None
    assert told["answered"] == 1
    assert told["clock"] == "10:00"
    assert told["computed"]["FIN_COST"]["words"] == ""
    assert "is not answered" in told["computed"]["FIN_COST"]["why"]
    lines = ("FIN_COST_IT", "FIN_COST_ACCOM", "FIN_COST_SUPPLIES", "FIN_COST_OUTSOURCED", "FIN_COST_OTHER")
    told = save(preparer, {name: v for item in lines for name, v in typed(item, "0.10").items()})
    assert told["computed"]["FIN_COST"]["words"] == "£1,000.50"
    assert told["groups"]["group-2"] == {"open": 1, "asked": 7, "unconfirmed": 0}


def test_what_does_not_fit_together_is_told_after_each_save(preparer):
    save(preparer, {f"{name}": v for item in ("EMP", "IT", "ACCOM", "SUPPLIES", "OUTSOURCED", "OTHER")
                    for name, v in typed(f"FIN_COST_{item}", "100").items()})  # fmt: skip
    told = save(preparer, typed("ORG_RUNNING_COST", "500"), path=f"{TASKS}/organisation")
    assert told["fit"] == []
    told = save(preparer, typed("FIN_COST_EMP", "101", 1))
    assert ["more than “Organisational running cost”" in text for text in told["fit"]] == [True]


def test_a_value_that_others_saved_is_shown_with_who_and_when_and_either_can_stand(app, preparer, database, clock):
    second = Browser(app, "preparer-2")
    save(preparer, typed("FIN_COST_EMP", "100"))
    told = save(second, typed("FIN_COST_EMP", "250") | typed("FIN_COST_IT", "7"))
    clash = told["clashes"]["FIN_COST_EMP"]
    assert (clash["value"], clash["words"], clash["who"], clash["revision"]) == ("100", "£100", "Demo preparer", 1)
    assert clash["when"] == "1 February 2010, 10:00"
    assert told["items"] == {"FIN_COST_IT": {"revision": 1, "prefilled": ""}}, "the rest is saved"
    assert value(database, "FIN_COST_EMP").amount == 100
    told = save(second, typed("FIN_COST_EMP", "250", clash["revision"]))
    assert told["clashes"] == {}
    assert value(database, "FIN_COST_EMP").amount == 250


def test_two_who_say_the_same_do_not_clash(app, preparer, database):
    second = Browser(app, "preparer-2")
    save(preparer, typed("FIN_COST_EMP", "100"))
    assert save(second, typed("FIN_COST_EMP", "100.0"))["items"]["FIN_COST_EMP"]["revision"] == 1
    assert value(database, "FIN_COST_EMP").revision == 1


def test_what_others_changed_since_is_told_with_the_next_save(app, preparer, clock):
    second = Browser(app, "preparer-2")
    since = clock.now.isoformat()
    clock.forward(minutes=1)
    save(preparer, typed("FIN_COST_EMP", "100") | {"note-FIN_COST_EMP": "As in the ledger.", "basis-FIN_COST_EMP": "provisional"})
    clock.forward(minutes=1)
    told = save(second, typed("FIN_COST_IT", "7"), since=since)
    assert set(told["others"]) == {"FIN_COST_EMP"}
    theirs = told["others"]["FIN_COST_EMP"]
    assert (theirs["value"], theirs["note"], theirs["basis"], theirs["who"]) == ("100", "As in the ledger.", "provisional", "Demo preparer")
    assert save(second, typed("FIN_COST_IT", "8", 1), since=told["at"])["others"] == {}
    assert save(second, typed("FIN_COST_IT", "9", 2), since="yesterday")["others"] == {}


def test_who_has_a_part_open_is_seen_by_others_and_never_by_looking(app, preparer, clock, database):
    second = Browser(app, "preparer-2")
    for browser in (preparer, second):
        browser.get(FORM)
        browser.get(TASKS)
    with database.reading() as session:
        assert session.scalar(select(ReturnSection).where(ReturnSection.open_at == NOW)) is None
    save(second, typed("FIN_COST_EMP", "100"))
    clock.forward(minutes=3)
    said = "Demo preparer 2 has this open, 3 minutes ago"
    assert said in preparer.get(TASKS)
    assert said in preparer.get(FORM)
    assert said not in second.get(TASKS)
    assert save(preparer, typed("FIN_COST_IT", "1"))["presence"] == said
    assert save(second, typed("FIN_COST_OTHER", "1"))["presence"] == "Demo preparer has this open, just now"
    clock.forward(minutes=16)
    assert "has this open" not in preparer.get(TASKS)
    assert "has this open" not in Browser(app, "approver").get(TASKS)


def choose(page, item, answer):
    """The fields of a form that came back with a clash, as a browser sends them, with a choice for one item."""
    revision = find(rf'name="was-{item}" value="(\d+)"', page)
    return {"csrf_token": token(page), f"was-{item}": revision, f"clash-{item}": "1", f"merge-{item}": answer}


@pytest.mark.parametrize(("choice", "stands"), [("mine", 250), ("theirs", 100)])
def test_without_javascript_one_chooses_which_answer_stands(app, preparer, database, choice, stands):
    second = Browser(app, "preparer-2")
    save(preparer, typed("FIN_COST_EMP", "100"))
    fields = typed("FIN_COST_EMP", "250") | typed("FIN_COST_IT", "7")
    page = second.post(FORM, fields, status=409)
    assert "Demo preparer saved another answer on 1 February 2010, 10:00. Which one stands?" in page
    assert "Keep mine: £250" in page
    assert "Take theirs: £100" in page
    assert value(database, "FIN_COST_IT") is None, "nothing was half-saved"
    chosen = choose(page, "FIN_COST_EMP", "")
    again = second.client.post(FORM, data=fields | chosen)
    assert again.status_code == 422, "a clash is not passed over"
    assert "yours or theirs" in again.text
    done = second.client.post(FORM, data=fields | chosen | {"merge-FIN_COST_EMP": choice})
    assert done.status_code == 303
    assert value(database, "FIN_COST_EMP").amount == stands
    assert value(database, "FIN_COST_IT").amount == 7


def finish(browser, part="travel"):
    """Fill in one part whole, as its form does."""
    browser.post(f"{TASKS}/{part}", typed_return()[part])


def test_a_part_is_ready_when_nothing_stands_in_its_way_and_no_longer_when_it_changes(app, preparer, database):
    page = preparer.post(f"{TASKS}/travel/ready", {"ready": "yes"}, form=TASKS, status=422)
    assert f"{TASKS}/travel#TRV_COST_RAIL" in page, "each thing in the way is a link"
    finish(preparer)
    assert "Mark as ready" in preparer.get(TASKS)
    preparer.post(f"{TASKS}/travel/ready", {"ready": "yes"}, form=TASKS)
    page = preparer.get(TASKS)
    assert "Withdraw the mark" in page
    assert "govuk-tag--green" in page
    preparer.post(f"{TASKS}/travel/ready", {"ready": "no"}, form=TASKS)
    assert "Withdraw the mark" not in preparer.get(TASKS)
    answer = preparer.post(f"{TASKS}/travel", {"then": "ready"} | typed_return()["travel"])
    assert answer
    assert "Travel is marked as ready." in preparer.get(TASKS)
    page = preparer.get(f"{TASKS}/travel")
    revision = find(r'name="was-TRV_COST_RAIL" value="(\d+)"', page)
    assert "Any change withdraws it" in page
    told = save(preparer, typed("TRV_COST_RAIL", "12345", revision), path=f"{TASKS}/travel")
    assert told["ready"] is False
    assert "Withdraw the mark" not in preparer.get(TASKS)
    record = preparer.get(f"{CASE}/record?entity=return_section")
    for said in ("marked “Travel” as ready", "withdrew the mark that “Travel” is ready"):
        assert said in record


def test_saving_and_marking_in_one_says_what_was_done_and_what_not(preparer):
    preparer.post(FORM, typed("FIN_COST_EMP", "5") | {"then": "ready"})
    page = preparer.get(TASKS)
    assert "Saved: 1 answer changed." in page
    assert re.search(r"Finance is not marked as ready yet: \d+ things still stand in the way\.", page)
    for said in ("", "maybe"):
        preparer.post(f"{FORM}/ready", {"ready": said}, form=TASKS, status=400)


def test_parts_are_shared_out_among_the_preparers_of_the_body(app, preparer, database):
    page = preparer.get(f"{TASKS}/owners")
    second = find(r'<option value="(\d+)">Demo preparer 2<', page)
    preparer.post(f"{TASKS}/owners", {"owner-finance": second, "owner-hr": ""})
    assert "1 part given to somebody else" in preparer.get(TASKS)
    assert preparer.get(TASKS).count("Looked after by Demo preparer 2") == 1
    assert "Looked after by Demo preparer 2" in preparer.get(FORM)
    assert "chose who looks after “Finance”" in preparer.get(f"{CASE}/record")
    stranger = find(r'<option value="(\d+)"', page)
    with database.reading() as session:
        stranger = session.scalars(select(Person.id).where(Person.email.like("officer@%"))).one()
    page = preparer.post(f"{TASKS}/owners", {"owner-ict": str(stranger), "owner-hr": second}, status=422)
    assert "among the preparers of your body" in page
    assert preparer.get(TASKS).count("Looked after by") == 1, "nothing was half-saved"
    for bad in ("x", "9" * 30, "-1"):
        preparer.post(f"{TASKS}/owners", {"owner-ict": bad}, status=400)
    with database.work(SYSTEM, NOW) as work:
        work.session.scalars(select(Membership).where(Membership.person_id == int(second))).one().until = NOW
    assert "Demo preparer 2, no longer a preparer" in preparer.get(f"{TASKS}/owners")
    preparer.post(f"{TASKS}/owners", {"owner-finance": second})
    preparer.post(f"{TASKS}/owners", {"owner-finance": ""})
    assert "Looked after by" not in preparer.get(TASKS)


def test_last_years_figures_are_filled_in_and_each_must_be_confirmed(preparer, database):
    save(preparer, typed("FIN_COST_EMP", "5"))
    page = preparer.get(FORM)
    number = find(r"Fill in (\d+) answers from last year’s return, made up for the demo", page)
    assert "made up for the demo" in page
    preparer.post(f"{FORM}/prefill", {"source": "last-year"}, form=FORM)
    page = preparer.get(FORM)
    assert f"{number} answers are filled in from last year’s return, made up for the demo." in page
    assert page.count("Right for this year") == int(number)
    assert value(database, "FIN_COST_EMP").amount == 5, "an answer is never overwritten"
    stored = value(database, "FIN_COST_IT")
    assert stored.prefilled == "last year’s return, made up for the demo"
    assert f"{FORM}/prefill" not in page
    assert f"{number} filled in from elsewhere, to be confirmed." in preparer.get(TASKS)
    again = preparer.post(f"{FORM}/prefill", {"source": "last-year"}, form=FORM, status=422)
    assert "nothing to fill in from there" in again
    preparer.post(f"{FORM}/prefill", {"source": "x"}, form=FORM, status=422)

    told = save(preparer, typed("FIN_COST_IT", f"{stored.amount}", 1) | typed("FIN_COST_OTHER", "123", 1))
    assert told["items"]["FIN_COST_IT"] == {"revision": 1, "prefilled": stored.prefilled}, "to look is not to confirm"
    assert told["items"]["FIN_COST_OTHER"] == {"revision": 2, "prefilled": ""}, "who changes it stands by it"
    told = save(preparer, typed("FIN_COST_IT", f"{stored.amount}", 1) | {"sure-FIN_COST_IT": "1"})
    assert told["items"]["FIN_COST_IT"] == {"revision": 2, "prefilled": ""}
    assert "confirmed “IT”, which was filled in from last year’s return" in preparer.get(f"{CASE}/record?entity=return_value")


def test_without_javascript_a_group_is_confirmed_by_one_button(preparer, database):
    preparer.post(f"{FORM}/prefill", {"source": "last-year"}, form=FORM)
    page = preparer.get(FORM)
    group = "Cost of the finance function"
    assert f'name="confirm" value="{group}">Confirm all 7 filled in' in page
    with database.reading() as session:
        stored = session.scalars(select(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF)).all()
        fields = {name: v for one in stored for name, v in typed(one.item, f"{one.amount:,f}", one.revision).items()}
    got = preparer.client.post(FORM, data=preparer.form(FORM) | fields | {"confirm": group})
    assert got.location.endswith("/return/finance#group-2")
    with database.reading() as session:
        codes = {i.code for i in programmes.read("back-office-2009").items_of("finance") if i.group == group and i.typed}
        mine = select(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF)
        left = {v.item for v in session.scalars(mine) if v.prefilled}
    assert left == {one.item for one in stored} - codes


def test_what_statistics_hold_is_shown_with_its_source_and_why_it_is_not_the_same(preparer):
    page = preparer.get(f"{TASKS}/organisation")
    assert "£206,834,000" in page
    assert "period 2006/07" in page
    assert "Crown copyright" in page
    assert "Not the same thing" in page
    assert "0: none, or not returned" in preparer.get(f"{TASKS}/ict")


def another_round(database, code, programme):
    with database.work(SYSTEM, NOW) as work:
        officer = work.session.scalars(select(Person.id).where(Person.email.like("officer@%"))).one()
        work.actor = Actor(officer, "Demo officer", Role.OFFICER, None)
        open_round(work, code=code, name=f"Round {code}", programme=programme, dates={}, threshold=0)


def test_held_figures_that_are_the_same_thing_are_filled_in_but_not_a_zero(app, database):
    another_round(database, "2007", programmes.read("outturn-2006"))
    for body, number in (("e0701", 5), ("e1521", 4)):
        ref = f"2007-{body.upper()}"
        browser = Browser(app, "preparer" if body == "e0701" else f"preparer-{body}")
        form = f"/cases/{ref}/return/support"
        browser.move("return", "start", ref=ref)
        assert f"Fill in {number} answers from Revenue outturn 2006/07 by service line" in browser.get(form)
        browser.post(f"{form}/prefill", {"source": "ro-2006-07"}, form=form)
        page = browser.get(form)
        assert page.count("Filled in from Revenue outturn 2006/07 by service line") == number
        assert "The same thing" in page
    assert 'name="OUT_MSS" value=""' in page, "Essex shows none or did not return it: missing is not zero"
    assert "0: none, or not returned" in page


def test_a_figure_of_another_definition_is_not_compared_nor_filled_in(app, database):
    with database.reading() as session:
        query = select(Case.ref).join(ReturnVersion, ReturnVersion.case_id == Case.id).join(Round, Round.id == Case.round_id)
        body = session.scalars(query.where(ReturnVersion.frozen_at.is_not(None), Round.code == "2009").order_by(Case.id)).first()
        body = body.partition("-")[2]
        filed = select(ReturnValue.amount).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == f"2009-{body}")
        amount = session.scalars(filed.where(ReturnValue.item == "FIN_COST_IT")).first()
    first = programmes.read("back-office-2009")
    items = tuple(msgspec.structs.replace(i, definition="2") if i.code == "FIN_COST_EMP" else i for i in first.items)
    another_round(database, "2010", msgspec.structs.replace(first, items=items))
    ref, browser = f"2010-{body}", Browser(app, f"preparer-{body.lower()}")
    browser.move("return", "start", ref=ref)
    form = f"/cases/{ref}/return/finance"
    told = save(browser, typed("FIN_COST_EMP", "5") | typed("FIN_COST_IT", f"{amount * Decimal('1.5'):f}"), path=form)
    assert told["problems"] == {}
    page = browser.get(form)
    assert page.count("definition changed") == 1
    assert "up 50.0%: more than 20%, to be explained" in page
    assert "made up for the demo" not in page.partition("<main")[2], "it was filed here"
    browser.post(f"{form}/prefill", {"source": "last-year"}, form=form)
    page = browser.get(form)
    assert "Filled in from last year’s return" in page
    assert 'id="sure-FIN_PRACTICE_1"' in page, "yes and no are filled in too"


@pytest.fixture
def correction(preparer, database):
    """The same return as a correction in which one item alone was reopened."""
    save(preparer, typed("FIN_COST_EMP", "100") | typed("FIN_COST_IT", "7"))
    with database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == REF)).one()
        draft = work.session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case.id)).one()
        draft.reopened = ["FIN_COST_IT"]
    return preparer


def test_a_correction_opens_only_what_was_reopened(app, correction, database):
    page = correction.get(FORM)
    assert 'name="FIN_COST_IT"' in page
    assert 'name="FIN_COST_EMP"' not in page
    assert "Not reopened in this correction" in page
    told = save(correction, typed("FIN_COST_EMP", "101", 1) | typed("FIN_COST_IT", "8", 1) | typed("FIN_COST_OTHER", "", 0))
    assert "was not reopened in this correction" in told["problems"]["FIN_COST_EMP"]
    assert set(told["items"]) == {"FIN_COST_IT", "FIN_COST_OTHER"}
    page = correction.post(FORM, typed("FIN_COST_EMP", "101", 1) | typed("FIN_COST_IT", "9", 2), status=422)
    assert "was not reopened" in page
    assert (value(database, "FIN_COST_EMP").amount, value(database, "FIN_COST_IT").amount) == (100, 8)
    with pytest.raises(Refused, match="was not reopened") as refused, database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == REF)).one()
        verbs.save_answers(work, case, "in_progress", {"FIN_COST_EMP": Answer(amount=Decimal(1))}, {"FIN_COST_EMP": 1})
    assert refused.value.reasons[0].place == "return/finance#FIN_COST_EMP"


def test_a_script_is_told_why_nothing_can_be_saved(app, preparer, database):
    approver, nobody = Browser(app, "approver"), app.test_client()
    told = save(approver, typed("FIN_COST_EMP", "1"), status=403, csrf_token=token(approver.get("/role")))
    assert told["status"] == 403
    got = nobody.post(FORM, data=typed("FIN_COST_EMP", "1"), headers={"Accept": "application/json"})
    assert (got.status_code, got.mimetype) == (401, "application/problem+json")
    assert save(preparer, typed("FIN_COST_EMP", "1\0"), status=400)["detail"].startswith("There is a character in it")
    save(preparer, typed("FIN_COST_EMP", "1"), status=404, path=f"{TASKS}/cookery", csrf_token=token(preparer.get(FORM)))
    for part in typed_return():
        finish(preparer, part)
    preparer.move("return", "submit_for_sign_off")
    told = save(preparer, typed("FIN_COST_EMP", "1"), status=409)
    assert told["reasons"][0]["text"].startswith("The return is not with you now")
    for path in (f"{FORM}/ready", f"{FORM}/prefill", f"{TASKS}/owners"):
        preparer.post(path, {"ready": "yes", "source": "last-year", "owner-hr": ""}, form="/role", status=409)
    preparer.get(f"{TASKS}/owners", status=409)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"FIN_COST_EMP": "5", "note-FIN_COST_EMP": "x" * 2001}, "2000 characters or fewer"),
        ({"FIN_COST_EMP": "", "why-FIN_COST_EMP": "Not recorded."}, "Enter the date by which"),
        ({"FIN_COST_EMP": "", "by-FIN_COST_EMP": "1/3/2010"}, "Say why"),
        ({"FIN_COST_EMP": "", "why-FIN_COST_EMP": "Not recorded.", "by-FIN_COST_EMP": "31/1/2010"}, "must be in the future"),
        ({"FIN_COST_EMP": "", "why-FIN_COST_EMP": "Not recorded.", "by-FIN_COST_EMP": "31/12/9999"}, "within five years"),
        ({"FIN_COST_EMP": "", "why-FIN_COST_EMP": "y" * 501, "by-FIN_COST_EMP": "1/3/2010"}, "500 characters or fewer"),
        ({"FIN_COST_EMP": "5", "why-FIN_COST_EMP": "Not recorded.", "by-FIN_COST_EMP": "1/3/2010"}, "not both"),
        ({"FIN_COST_EMP": "5", "basis-FIN_COST_EMP": "guess"}, "estimate, provisional or final"),
        ({"FIN_COST_EMP": "9" * 5000}, "must be a number"),
        ({"FIN_COST_EMP": "0." + "1" * 30}, "four decimal places"),
        ({"FIN_SCOPE": "perhaps"}, "answered yes or no"),
        ({"FIN_SURVEY_USER_MONTH": "13/2009"}, "must be a month"),
        ({"FIN_SURVEY_USER_BY": "z" * 301}, "300 characters or fewer"),
        ({"FIN_SURVEY_USER_1": "5.5"}, "must be 5 or less"),
    ],
)
def test_what_cannot_be_is_told_beside_its_item(preparer, database, fields, said):
    item = next(iter(fields))
    told = save(preparer, fields | {f"was-{item}": "0"})
    assert said in told["problems"][item]
    assert value(database, item) is None
    page = preparer.post(FORM, fields, status=422)
    assert said in page
    assert f'id="{item}-error"' in page


def test_revisions_that_are_none_count_as_never_seen(preparer):
    for was in ("x", "-1", "9" * 5000, "٣"):
        assert save(preparer, typed("FIN_COST_EMP", "5", was))["items"]["FIN_COST_EMP"]["revision"] == 1


def test_not_known_is_a_whole_answer_and_can_be_saved_again_after_its_day(preparer, database, clock):
    fields = {"FIN_COST_EMP": "", "why-FIN_COST_EMP": "The ledger is not closed.", "by-FIN_COST_EMP": "2/2/2010"}
    fields["note-FIN_COST_EMP"] = "See ICT."
    told = save(preparer, fields | {"was-FIN_COST_EMP": "0"})
    assert told["answered"] == 1
    assert value(database, "FIN_COST_EMP").note == "See ICT."
    clock.forward(days=3)
    told = save(Browser(preparer.client.application, "preparer"), fields | {"was-FIN_COST_EMP": "1"})
    assert told["problems"] == {}
    assert told["items"]["FIN_COST_EMP"]["revision"] == 1


def test_an_answer_can_be_cleared(preparer, database):
    save(preparer, typed("FIN_SCOPE", "yes") | typed("FIN_COST_EMP", "5"))
    told = save(preparer, {"was-FIN_SCOPE": "1"} | typed("FIN_COST_EMP", "", 1))
    assert told["answered"] == 0
    assert value(database, "FIN_SCOPE").answer_text == ""
    assert "counted as the guidance says?” from yes to no answer" in preparer.get(f"{CASE}/record")


def test_what_was_done_to_an_answer_is_told_in_words(preparer, clock):
    steps = (
        {"FIN_COST_EMP": "5", "basis-FIN_COST_EMP": "estimate", "note-FIN_COST_EMP": "From the budget."},
        {"FIN_COST_EMP": "5", "basis-FIN_COST_EMP": "final", "note-FIN_COST_EMP": "From the budget."},
        {"FIN_COST_EMP": "5", "note-FIN_COST_EMP": "From the ledger."},
        {"FIN_COST_EMP": "5"},
        {"FIN_COST_EMP": "", "why-FIN_COST_EMP": "It was wrong.", "by-FIN_COST_EMP": "1/3/2010"},
        {"FIN_COST_EMP": "", "why-FIN_COST_EMP": "It was wrong.", "by-FIN_COST_EMP": "2/3/2010"},
    )
    for revision, fields in enumerate(steps):
        save(preparer, fields | {"was-FIN_COST_EMP": str(revision)})
    page = preparer.get(f"{FORM}/FIN_COST_EMP")
    for said in ("gave “Employees” as £5, an estimate, with a note: “From the budget.”", "marked “Employees” as final",
                 "noted on “Employees”: “From the ledger.”", "took the note on “Employees” away",
                 "from £5 to not known (“It was wrong.”)", "will know “Employees” by 2 March 2010"):  # fmt: skip
        assert said in page, said


def test_an_older_version_is_shown_and_not_filled_in(app, database):
    with database.reading() as session:
        query = (
            "select c.ref, v.number from cases c join stays s on s.case_id = c.id join return_versions v on v.case_id = c.id "
            "where s.track = 'return' and s.until is null and s.state = 'in_progress' and v.frozen_at is not null order by c.id"
        )
        ref, number = session.execute(text(query)).first()
    browser = Browser(app, f"preparer-{ref.partition('-')[2].lower()}")
    assert '<form method="post" action' in browser.get(f"/cases/{ref}/return/finance")
    assert 'name="FIN_COST_EMP"' not in browser.get(f"/cases/{ref}/return/finance?version={number}")
    page = browser.get(f"/cases/{ref}/return?version={number}")
    assert f"return/finance?version={number}" in page
    assert "Mark as ready" not in page


def test_who_fills_in_a_return_is_for_the_body_alone(app, database):
    officer, ref = Browser(app, "officer"), None
    with database.reading() as session:
        ref = session.scalars(select(Case.ref).join(ReturnVersion).where(ReturnVersion.frozen_at.is_not(None), Case.ref != REF)).first()
    assert "Last changed by" not in officer.get(f"/cases/{ref}/return")
    assert "Last changed by Demo preparer" in Browser(app, f"approver-{ref.partition('-')[2].lower()}").get(f"/cases/{ref}/return")


def costs(browser, *places):
    found = {}
    for place in places:
        browser.get(place)
        with Statements(browser.client.application.database.engine) as statements:
            browser.get(place)
        found[place] = len(statements.told)
        assert found[place] <= 8, f"{place}:\n" + "\n".join(statements.told)
    return found


def test_pages_of_entry_cost_the_same_however_much_is_filled_in(app, preparer, database):
    second = Browser(app, "preparer-2")
    places = (TASKS, FORM, f"{TASKS}/owners")
    few = costs(preparer, *places)
    with Statements(app.database.engine) as one:
        save(second, typed("FIN_COST_EMP", "5"), csrf_token=(csrf := token(second.get(FORM))))
    for part in typed_return():
        preparer.post(f"{TASKS}/{part}", typed_return()[part] | typed("FIN_COST_EMP", "5", 1))
    assert costs(preparer, *places) == few
    forms = {name: v for item in ("FIN_COST_IT", "FIN_COST_OTHER", "FIN_DEBTORS", "FIN_CREDITORS", "FIN_PAYSLIPS")
             for name, v in typed(item, "77", 1).items()}  # fmt: skip
    with Statements(app.database.engine) as many:
        told = save(second, forms, csrf_token=csrf)
    assert len(told["items"]) == 5
    assert len(many.told) <= len(one.told) + 1, "\n".join(many.told)


def test_the_record_holds_through_it_all(preparer, database, clock):
    for revision, number in enumerate(("1", "2", "3")):
        clock.forward(seconds=30)
        save(preparer, typed("FIN_COST_EMP", number, revision))
    with database.reading() as session:
        assert verify(session).sound
        changes = session.scalars(select(Event).where(Event.entity == "return_value", Event.entity_key == "FIN_COST_EMP", Event.case_id.in_(
            select(Case.id).where(Case.ref == REF)
        ))).all()  # fmt: skip
        assert len(changes) == 3
        assert changes[-1].at == clock.now
        assert clock.now - timedelta(seconds=90) == NOW
