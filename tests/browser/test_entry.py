"""Filling in the return at the screen: two at once, a lost connection, a session that ends, a phone, the keyboard alone."""

import re

import pytest

from tests.browser.conftest import served
from tests.support.browser import PHONE, Person
from tests.support.figures import PROGRAMME, typed_return
from webapp.demo.accounts import PASSWORD, email_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
RETURN = "/cases/2009-E0701/return"


@pytest.fixture(scope="module")
def base(loaded, tmp_path_factory, chromium):
    """A demo of its own, in which the offered body has begun its return. Each test works in another part of it."""
    with served(loaded, tmp_path_factory.mktemp("entry")) as address:
        starter = Person(chromium, address, "preparer").open("/cases/2009-E0701").press("Start the return")
        starter.context.close()
        yield address


def enter(one, item, text):
    """Type into an item as a person does, key by key, and leave it."""
    field = one.page.locator(f"[id='{item}']")
    field.click()
    field.press("Control+a")
    field.press_sequentially(text)
    field.press("Tab")


def saved(one):
    """Wait until the page says that the server has it all."""
    one.page.wait_for_selector("#status[data-state=saved]")
    return one


def failed(one, text):
    one.page.wait_for_selector(f"#status[data-state=failed]:has-text('{text}')")
    return one


def value(one, item):
    return one.page.input_value(f"[id='{item}']")


def test_figures_add_up_as_one_types_and_are_saved_as_one_goes(person):
    one = person("preparer").open(f"{RETURN}/travel")
    total = one.page.locator("#sum-TRV_COST")
    assert "6 figures missing" in total.inner_text()
    one.page.locator("#TRV_COST_RAIL").press_sequentially("12500")
    assert "£12,500 so far, 5 figures missing" in total.inner_text(), "before anything is sent"
    assert re.search(r"(up|down) [\d,.]+%", one.page.locator("#item-TRV_COST_RAIL .ys-change").inner_text())
    for item in ("AIR", "MILEAGE", "HIRE", "HOTEL", "ADMIN"):
        enter(one, f"TRV_COST_{item}", "100.10")
    assert total.inner_text() == "£13,000.50"
    assert "1 figure missing" in one.page.inner_text("#sum-TRV_COST_NET")
    enter(one, "TRV_INCOME", "lots")
    failed(one, "One answer is not saved: see beside it.")
    one.reads("must be a number, like 1250")
    assert one.page.locator("#TRV_INCOME").get_attribute("aria-describedby") == "TRV_INCOME-hint TRV_INCOME-error"
    one.check()
    one.shot("20-entry-problem")
    enter(one, "TRV_INCOME", "0.5")
    saved(one).does_not_read("must be a number")
    assert one.page.inner_text("#sum-TRV_COST_NET") == "£13,000"
    assert one.page.inner_text("[data-group-open='group-2']") == "done"
    one.open(f"{RETURN}/travel")
    assert (value(one, "TRV_COST_RAIL"), value(one, "TRV_INCOME")) == ("12,500", "0.5")
    one.open(RETURN).reads("Last changed by Demo preparer").shot("21-entry-tasks")


def test_questions_that_hang_on_an_answer_come_and_go_and_answers_can_be_cleared(person):
    one = person("preparer").open(f"{RETURN}/legal")
    score, note = one.page.locator("#item-LEG_SURVEY_USER_1"), one.page.locator("#note-LEG_PRACTICE_1")
    assert not score.is_visible()
    assert not note.is_visible()
    one.page.locator("#LEG_SURVEY_USER_RUN").check(force=True)
    one.page.locator("#LEG_PRACTICE_1").check(force=True)
    assert score.is_visible()
    assert note.is_visible()
    note.fill("The scheme of delegation, part 3.")
    saved(one)
    one.check()
    one.page.locator("#item-LEG_SURVEY_USER_RUN").get_by_role("button", name="Clear").click()
    assert not score.is_visible()
    assert one.page.evaluate("document.activeElement.id") == "LEG_SURVEY_USER_RUN"
    saved(one).open(f"{RETURN}/legal")
    assert not one.page.locator("#LEG_SURVEY_USER_RUN").is_checked()
    assert one.page.locator("#LEG_PRACTICE_1").is_checked()
    assert note.input_value() == "The scheme of delegation, part 3."


def test_two_at_once_save_side_by_side_and_choose_where_they_differ(person):
    one, other = person("preparer"), person("preparer-2")
    for browser in (one, other):
        browser.open(f"{RETURN}/ict")
    enter(one, "ICT_COST_EMP", "100")
    enter(other, "ICT_COST_HW", "200")
    saved(one)
    saved(other)
    enter(one, "ICT_COST_SW", "300")
    saved(one)
    assert value(one, "ICT_COST_HW") == "200", "what the other saved is shown without loading the page again"
    one.reads("Changed by Demo preparer 2", "Demo preparer 2 has this open, just now")

    enter(other, "ICT_COST_SW", "333")
    failed(other, "One answer is not saved")
    other.reads("Demo preparer saved another answer", "£300", "Keep mine", "Take theirs")
    other.check()
    other.shot("22-entry-two-answers")
    other.page.get_by_role("button", name="Take theirs").click()
    assert value(other, "ICT_COST_SW") == "300"
    enter(one, "ICT_COST_OTHER", "5")
    saved(one)
    enter(other, "ICT_COST_OTHER", "6")
    other.page.get_by_role("button", name="Keep mine").click()
    saved(other)
    one.open(f"{RETURN}/ict")
    assert [value(one, f"ICT_COST_{line}") for line in ("EMP", "HW", "SW", "OTHER")] == ["100", "200", "300", "6"]
    other.open(RETURN).reads("Demo preparer 2").does_not_read("Demo preparer 2 has this open")


def test_a_lost_connection_loses_nothing(person):
    one = person("preparer").open(f"{RETURN}/estates")
    one.context.set_offline(True)
    enter(one, "EST_GIA_SQM", "81000")
    failed(one, "Not saved: no connection, kept in this browser")
    one.page.get_by_role("button", name="Save and go to the return").click()
    assert one.page.url.endswith("/estates"), "nobody is led into an error page"
    one.shot("23-entry-offline")
    one.context.set_offline(False)
    saved(one).open(f"{RETURN}/estates")
    assert value(one, "EST_GIA_SQM") == "81,000"


def sign_in_again(one, page):
    """Sign in again in another tab, as the link of the status offers."""
    page.goto(f"/sign-in?next={RETURN}")
    page.get_by_label("E-mail address", exact=True).fill(email_of("preparer"))
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.wait_for_url(f"**{RETURN}")


def test_a_session_that_ended_is_taken_up_again_in_another_tab(person):
    one = person("preparer").open(f"{RETURN}/communications")
    enter(one, "COM_COST_CENTRAL", "1000")
    saved(one)
    one.context.clear_cookies()
    enter(one, "COM_COST_EMBEDDED", "2000")
    failed(one, "Not saved: you are signed out. What you typed is kept in this browser.")
    one.check()
    with one.context.expect_page() as opened:
        one.page.get_by_role("link", name="Sign in again").click()
    sign_in_again(one, opened.value)
    opened.value.close()
    one.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    saved(one).open(f"{RETURN}/communications")
    assert (value(one, "COM_COST_CENTRAL"), value(one, "COM_COST_EMBEDDED")) == ("1,000", "2,000")


def test_what_a_closed_tab_had_not_saved_is_offered_on_the_next_visit(person):
    one = person("preparer").open(f"{RETURN}/procurement")
    one.context.clear_cookies()
    enter(one, "PRO_COST_EMP", "54321")
    one.page.locator("#item-PRO_COST_OTHER details").first.locator("summary").click()
    one.page.fill("#why-PRO_COST_OTHER", "The ledger is not closed.")
    failed(one, "you are signed out")
    one.page.close()
    one.page = one.context.new_page()
    sign_in_again(one, one.page)
    one.open(f"{RETURN}/procurement").reads("2 answers that you typed on this page", "54321", "The ledger is not closed.")
    one.shot("24-entry-kept")
    assert value(one, "PRO_COST_EMP") == "", "it is offered, not forced"
    one.press("Put them back")
    assert value(one, "PRO_COST_EMP") == "54321"
    assert one.page.input_value("#why-PRO_COST_OTHER") == "The ledger is not closed."
    one.page.fill("#by-PRO_COST_OTHER", "31/12/2029")
    one.page.keyboard.press("Tab")
    saved(one).open(f"{RETURN}/procurement").does_not_read("did not reach us")
    assert value(one, "PRO_COST_EMP") == "54,321"
    stranger = person("preparer-2").open(f"{RETURN}/procurement")
    stranger.does_not_read("did not reach us")


def test_last_year_is_filled_in_and_confirmed_one_by_one_or_by_group(person):
    one = person("preparer").open(f"{RETURN}/hr")
    one.page.get_by_role("button", name=re.compile(r"Fill in \d+ answers from last year")).click()
    one.page.wait_for_load_state()
    one.check()
    one.reads("answers are filled in from last year’s return, made up for the demo")
    one.shot("25-entry-filled-in")
    before = one.page.locator(".ys-item--prefilled").count()
    one.page.locator("label[for='sure-HR_COST_EMP']").click()
    saved(one)
    assert one.page.locator("#sure-HR_COST_EMP").count() == 0
    assert one.page.locator(".ys-item--prefilled").count() == before - 1
    one.page.get_by_role("button", name=re.compile("Confirm all .* for “Cost of the HR function”")).click()
    one.page.wait_for_selector("[data-group='group-2'] .ys-confirm-all", state="detached")
    group = one.page.locator("[data-group='group-2']")
    assert group.locator(".ys-item--prefilled").count() == 0
    assert one.page.inner_text("[data-group-open='group-2']") == "done"
    enter(one, "HR_FTE", "61.5")
    saved(one)
    assert one.page.locator("#sure-HR_FTE").count() == 0, "who changes a figure stands by it"
    left = one.page.locator(".ys-item--prefilled").count()
    one.open(RETURN).reads(f"{left} filled in from elsewhere, to be confirmed")


def test_without_javascript_the_same_is_done_by_buttons(person):
    one = person("preparer", javascript=False).open(f"{RETURN}/organisation")
    one.page.check("#ORG_SCOPE", force=True)
    one.fill("Organisational running cost ORG_RUNNING_COST", "£316,000,000")
    one.page.fill("#ORG_PAY_BILL", "much")
    one.press("Save and stay here").reads("There is a problem", "Pay bill must be a number")
    assert value(one, "ORG_RUNNING_COST") == "£316,000,000", "all of it is given back"
    one.page.fill("#ORG_PAY_BILL", "")
    one.press("Save and stay here").reads("Saved: 2 answers changed.")
    assert value(one, "ORG_RUNNING_COST") == "316,000,000"
    one.page.check("#ORG_SCOPE-none", force=True)
    one.page.get_by_role("button", name=re.compile("Fill in .* from last year")).click()
    one.page.locator("button[name=confirm]").first.click()
    one.reads("Saved:")
    one.press("Save and mark as ready").reads("The whole body is not marked as ready yet")

    other = person("preparer-2", javascript=False).open(f"{RETURN}/organisation")
    one.page.fill("#ORG_STAFF_FTE", "5000")
    other.page.fill("#ORG_STAFF_FTE", "6000")
    one.press("Save and stay here")
    other.press("Save and stay here").reads("Somebody else changed the same answers", "Demo preparer saved another answer")
    other.choose("Keep mine: 6,000 FTE").press("Save and stay here").reads("Saved:")
    assert value(one.open(f"{RETURN}/organisation"), "ORG_STAFF_FTE") == "6,000"


def test_every_part_fits_a_phone_and_can_be_filled_in_on_one(person):
    one = person("preparer", size=PHONE).open(RETURN)
    for function in PROGRAMME.functions:
        one.open(f"{RETURN}/{function.code}")
    enter(one, "COM_CAMPAIGNS", "12")
    saved(one)
    one.check()
    one.page.locator("#item-COM_CAMPAIGNS").scroll_into_view_if_needed()
    one.shot("26-entry-phone")
    one.page.get_by_role("button", name="Save and go to the return").click()
    one.page.wait_for_url(f"**{RETURN}")
    one.reads("of 252 answered")
    one.press("Share out the parts among your preparers").select("Estates", "Demo preparer 2").press("Save")
    one.reads("Looked after by Demo preparer 2")


def press_to(one, item):
    """Go on with the Tab key alone until a field has the focus, and see that nothing hides it."""
    for _ in range(400):
        if one.page.evaluate("document.activeElement.id") == item:
            box, bar = (one.page.locator(place).bounding_box() for place in (f"[id='{item}']", ".ys-savebar"))
            assert box["y"] + box["height"] <= bar["y"] or item.startswith("save"), f"{item} is hidden by the bar"
            return
        one.page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not get to {item}.")


def test_a_part_is_filled_in_and_marked_by_the_keyboard_alone(person):
    one = person("preparer").open(f"{RETURN}/organisation").enter(typed_return()["organisation"]).open(f"{RETURN}/finance")
    for name, text in typed_return()["finance"].items():
        if name.startswith("was-"):
            continue
        field = one.page.locator(f"[name='{name}']").first
        if not field.is_visible() and field.get_attribute("type") != "radio":
            continue
        if field.get_attribute("type") == "radio":
            press_to(one, name)
            one.page.keyboard.press("Space")
            if text == "no":
                one.page.keyboard.press("ArrowRight")
        else:
            press_to(one, name)
            one.page.keyboard.type(text)
    one.page.keyboard.press("Enter")
    saved(one)
    assert one.page.url.endswith("/finance"), "Enter saves and stays, wherever it is pressed"
    one.page.get_by_role("button", name="Save and mark as ready").focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_url(f"**{RETURN}")
    one.check()
    one.reads("Finance is marked as ready.", "Withdraw the mark").shot("27-entry-ready")


def test_what_was_refused_half_way_is_sent_again_when_one_has_typed_on(person):
    """“3,2” is no number, and is refused late: when 3,200 stands there already."""
    one = person("preparer").open(f"{RETURN}/organisation").enter(typed_return()["organisation"]).open(f"{RETURN}/organisation")
    one.page.locator("#ORG_STAFF_FTE").fill("3,2")
    asked, held = [], []

    def late(route):
        asked.append(route.request.post_data or "")
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    one.page.route(f"**{RETURN}/organisation", late)
    for _ in range(100):
        one.page.wait_for_timeout(50)
        if held:
            break
    one.page.locator("#ORG_STAFF_FTE").fill("3,200")
    held[0].continue_()
    saved(one)
    assert len(asked) == 2, asked
    one.page.unroute(f"**{RETURN}/organisation")
    one.page.reload()
    assert value(one, "ORG_STAFF_FTE") == "3,200"


def test_what_is_typed_takes_the_place_of_the_amount_that_the_tab_key_finds(person):
    one = person("preparer").open(f"{RETURN}/organisation").enter(typed_return()["organisation"]).open(f"{RETURN}/organisation")
    press_to(one, "ORG_STAFF_FTE")
    one.page.keyboard.type("3,100")
    one.page.keyboard.press("Tab")
    assert value(one, "ORG_STAFF_FTE") == "3,100"
    one.page.locator("#ORG_STAFF_FTE").click(position={"x": 4, "y": 10})
    assert one.page.evaluate("document.activeElement.selectionStart === document.activeElement.selectionEnd"), "a click sets the cursor"


def test_the_script_keeps_to_the_content_security_policy(chromium, base):
    context = chromium.new_context(base_url=base)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(f"/sign-in?next={RETURN}/travel")
    page.fill("#email", email_of("preparer-2"))
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.wait_for_url("**/travel")
    page.locator("#TRV_MILES").fill("1234")
    page.locator("#TRV_MILES").press("Tab")
    page.wait_for_selector("#status[data-state=saved]")
    assert complaints == []
    context.close()
