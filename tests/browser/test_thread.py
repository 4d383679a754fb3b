"""The whole thread, clicked through in Chromium: from a return that is not started to a closed improvement plan."""

import pytest

from tests.support.browser import PHONE
from tests.support.figures import PROGRAMME, typed_return

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CASE = "/cases/2009-E0701"


def test_the_whole_thread(person):
    preparer, approver = person("preparer"), person("approver")

    preparer.reads("What waits for you", "Hartlepool Borough Council").shot("01-preparer-today")
    preparer.press("Hartlepool Borough Council").reads("Start the return")
    preparer.open(CASE).reads("Your turn: Start the return", "made up for the demo")
    preparer.press("Start the return").reads("Submit for sign-off is not possible yet").shot("02-return-begun")
    preparer.press("Return", within=".ys-steps")
    for part, fields in typed_return().items():
        preparer.press(PROGRAMME.function(part).name).enter(fields)
    preparer.reads("Nothing. It can be submitted for sign-off.").shot("03-return-complete")
    preparer.press("Submit for sign-off").press("Submit for sign-off").reads("Awaiting sign-off")
    preparer.does_not_read("Sign off the return")

    approver.open("/today").reads("submitted the return for sign-off", "Awaiting sign-off")
    approver.press("Hartlepool Borough Council").press("Sign off").shot("04-sign-off")
    approver.choose("I confirm this").press("Sign off").reads("Submitted")

    coordinator, reviewer = person("coordinator"), person("reviewer")
    coordinator.open(CASE).press("Accept the return").press("Accept the return").reads("Allocate a reviewer")
    coordinator.press("Allocate a reviewer").reads("Own body")
    coordinator.choose("Demo reviewer from Hartlepool Borough Council").press("Allocate a reviewer")
    coordinator.reads("There is a problem", "own body").shot("05-own-body-refused")
    coordinator.choose("Demo reviewer from Gateshead Metropolitan Borough Council").press("Allocate a reviewer").reads("Allocated")

    reviewer.open("/today").reads("Hartlepool Borough Council")
    reviewer.open(CASE).press("Accept and begin the review").press("Accept and begin the review")
    reviewer.open(f"{CASE}/review?show=all").annotating("Employees")
    reviewer.choose("Query").fill("Annotation", "Staff cost looks low beside the invoices. Does it hold the payroll team?")
    reviewer.choose("The body").shot("06-annotating").annotate("Staff cost looks low")
    reviewer.open(f"{CASE}/review").press("Send the questions to the body").press("Send the questions to the body")
    preparer.open(f"{CASE}/review").press("Answer the question on Employees").fill("Your answer", "It does; see our note.")
    preparer.press("Save the answer").reads("It does; see our note.")
    preparer.press("Send the answers to the reviewer").press("Send the answers to the reviewer").reads("In review")
    reviewer.open(f"{CASE}/review").press("Resolve the annotation on Employees")
    reviewer.fill("Summary of the review", "The figures are credible; processing costs deserve a look.").press("Save the summary")
    reviewer.press("Issue the draft to the body").press("Issue the draft to the body").reads("Draft issued").shot("07-review-draft")
    approver.open("/today").reads("issued the draft review")
    approver.open(f"{CASE}/review").reads("The figures are credible").press("Send the body’s comments")
    approver.fill("Comments on the draft as a whole", "We agree with the draft.").press("Send the body’s comments")
    coordinator.open(CASE).press("Take up moderation")
    coordinator.press("Issue the final review").press("Issue the final review").reads("Final")
    with approver.open(f"{CASE}/review").page.expect_download() as download:
        approver.page.get_by_role("button", name="Download the review as PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")

    manager, inspector = person("manager"), person("inspector")
    manager.open(CASE).press("Allocate an inspector").choose("Demo inspector").press("Allocate an inspector").reads("In progress")
    inspector.open(f"{CASE}/challenge").fill("Title", "Invoices are processed twice")
    inspector.page.locator("#kloe").select_option(index=1)
    inspector.page.locator("#item").select_option(value="FIN_COST")
    inspector.choose("High")
    for label, text in (("Condition", "Two teams key the same invoices."), ("Criterion", "One entry, as comparators do."),
                        ("Effect", "About £80,000 a year."), ("Recommendation", "Bring both teams onto one system.")):  # fmt: skip
        inspector.fill(label, text)
    inspector.press("Record the finding").reads("1. Invoices are processed twice")
    inspector.page.locator("#score-kloe").select_option(index=1)
    inspector.choose("2: performs adequately")
    inspector.page.locator("form", has_text="Record the score").get_by_label("Reason").fill("Sound, with one gap.")
    inspector.press("Record the score").shot("08-finding")
    inspector.press("Issue the draft findings").press("Issue the draft findings")
    approver.open("/today").reads("issued the draft findings")
    approver.open(f"{CASE}/challenge").choose("Agreed").press("Save the response").press("Send the response").press("Send the response")
    inspector.open(f"{CASE}/challenge").choose("The finding stands").fill("Reason", "Agreed by the body.").press("Save the decision")
    inspector.press("Send to quality assurance").press("Send to quality assurance")
    manager.open(CASE).press("Issue the outcome").press("Issue the outcome")

    approver.open(f"{CASE}/plan").reads("Add an action for the recommendation of finding 1.")
    approver.page.locator("#finding").select_option(index=0)
    approver.fill("What will be done", "Move both teams onto one system").choose("Demo action owner")
    approver.fill("Day", "31").fill("Month", "3").fill("Year", "2028")
    approver.fill("Target saving a year, in pounds", "80,000").press("Add the action").reads("£80,000 a year").shot("09-plan")
    approver.press("Propose the plan").press("Propose the plan")
    inspector.open(f"{CASE}/plan").press("Agree the plan").press("Agree the plan")
    owner = person("action-owner").reads("Move both teams onto one system")
    owner.open(f"{CASE}/plan").press("Start the action")
    owner.press("Report complete").fill("What was done, and what shows it", "Both teams moved; the old system is off.")
    owner.press("Report complete").reads("Reported complete")
    inspector.open(f"{CASE}/plan").press("Verify").fill("How it was verified", "Seen on site.").press("Verify").reads("Verified")
    approver.open(f"{CASE}/plan").press("Report the plan complete").press("Report the plan complete")
    inspector.open(f"{CASE}/plan").press("Close the plan").press("Close the plan").reads("Closed")
    preparer.open(CASE).reads("Closed", "There is nothing for you to do in this case now.").shot("10-closed")
    preparer.press("Record", within=".ys-steps").reads("closed the improvement plan").shot("11-record")


PAGES = {
    "": ("/", "/sign-in"),
    "preparer": ("/today", "/cases", "/outbox", CASE, f"{CASE}/return", f"{CASE}/return/finance", f"{CASE}/record",
                 f"{CASE}/status/return", f"{CASE}/penalty"),
    "reviewer": ("/today", "/role", "/password"),
    "inspector": ("/today", "/cases", "/outbox"),
    "officer": ("/today", "/cases", "/rounds", "/rounds/new", "/record", "/outbox"),
    "administrator": ("/today", "/people", "/people/new", "/people/1"),
}  # fmt: skip


@pytest.mark.parametrize("who", list(PAGES))
def test_pages_fit_a_phone(person, who):
    one = person(who, size=PHONE)
    for path in PAGES[who]:
        one.open(path)
    one.shot(f"phone-{who or 'anybody'}")
