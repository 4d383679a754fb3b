"""A whole peer review in Chromium: a coordinator, two reviewers and the body, with a correction of the return in the middle."""

import re

import pytest

from tests.browser.test_allocation import account_of
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
QUESTION = "Are payments to leavers counted among the errors?"
REMARK = "A good figure to follow month by month."


def _two_cleared(coordinator):
    """Two reviewers of the partnership whom nothing stands against, by the names that the page of the allocation gives them."""
    found = coordinator.page.locator(".govuk-radios__item").filter(has_not_text=re.compile("Own body|conflict|Away", re.I))
    names = [text.splitlines()[0].strip() for text in found.locator("label").all_inner_texts()]
    return [name for name in names if "from" not in name or "Gateshead" in name][:2]


def test_two_reviewers_a_coordinator_and_the_body_with_a_correction_in_the_middle(person_alone):
    person = person_alone
    coordinator = person("coordinator")
    coordinator.open("/cases?stage=review&turn=coordinator")
    row = coordinator.page.locator("main tbody tr", has_text="Unallocated").first
    case = row.get_by_role("link").first.get_attribute("href")
    code = case.rpartition("-")[2].lower()
    coordinator.open(case).press("Allocate a reviewer")
    first, second = _two_cleared(coordinator)
    coordinator.choose(first).press("Allocate a reviewer").reads("Allocated")
    coordinator.open(f"{case}/review/reviewers").choose(second).fill("Reason", "Two pairs of eyes on a large body.")
    coordinator.press("Ask to review too").reads(f"{second} is asked to review this return too.")

    lead = person(account_of(first))
    lead.open(case).press("Accept and begin the review")
    lead.press("Accept and begin the review")
    other = person(account_of(second), size=PHONE)
    other.open(f"{case}/review/reviewers").fill("Anything that could be seen as a conflict of interest", "None that I know of.").press(
        "Accept the review"
    ).reads("You accepted this review")

    lead.open(f"{case}/review?show=all&function=finance").annotating("Payroll errors")
    lead.choose("Query").fill("Annotation", QUESTION).choose("The body").annotate(QUESTION)
    other.open(f"{case}/review?show=all&function=finance").reads(QUESTION).annotating("Payslips issued")
    other.choose("Good practice").fill("Annotation", REMARK).choose("The body").annotate(REMARK)
    assert other.page.get_by_role("button", name="Resolve the annotation on Payroll errors").count() == 0, "it is the other's question"
    other.open(f"{case}/review").reads("Send the questions to the body is not possible yet")
    lead.open(f"{case}/review").press("Send the questions to the body").reads(QUESTION).press("Send the questions to the body")

    preparer, approver = person(f"preparer-{code}"), person(f"approver-{code}")
    preparer.open(f"{case}/review").reads(QUESTION, "1 question to answer").does_not_read(REMARK, first, second)
    preparer.press("Answer the question on Payroll errors").fill("Your answer", "They were. The return is put right.")
    preparer.press("Save the answer")
    preparer.open(f"{case}/return").press("Correct the signed-off return")
    preparer.choose("Yes: a reader would judge differently")
    preparer.fill("Reason", "Payments to leavers were counted as errors.").press("Correct the signed-off return")
    preparer.open(f"{case}/return").press("Finance")
    preparer.page.fill("[name='FIN_PAYROLL_ERRORS']", "7")
    preparer.press("Save and go to the return").explain(case).open(f"{case}/return")
    preparer.press("Submit for sign-off").press("Submit for sign-off")
    approver.open(f"{case}/moves/return/sign_off").choose("I confirm this").press("Sign off").reads("Submitted")
    preparer.open(f"{case}/review").press("Send the answers to the reviewer").press("Send the answers to the reviewer")

    lead.open("/today").reads("began a correction of the signed return")
    lead.open(f"{case}/review?show=changed").reads("Changed since:", "now 7", "They were.")
    lead.shot("15-changed").press("It still holds for the annotation on Payroll errors").does_not_read("Changed since:")
    lead.open(f"{case}/review").press("Resolve the annotation on Payroll errors")
    lead.fill("Summary of the review", "The figures are credible, after one correction.").press("Save the summary")
    lead.reads("Issue the draft to the body is not possible yet")
    coordinator.open(case).press("Accept the return").press("Accept the return")
    lead.open(f"{case}/review").press("Issue the draft to the body").press("Issue the draft to the body").reads("Draft issued")

    approver.open(f"{case}/review").reads(REMARK, "The figures are credible, after one correction.").does_not_read(first, second)
    approver.press("Comment on the summary").fill("Your comment on this point", "We agree.").press("Save the comment")
    approver.press("Send the body’s comments").press("Send the body’s comments")
    coordinator.open(case).press("Take up moderation").open(f"{case}/review").press("Accept or not the comment on the summary")
    coordinator.choose("Accepted").fill("Reason", "So it is.").press("Save the decision")
    coordinator.press("Issue the final review").press("Issue the final review").reads("Final")
    approver.open(f"{case}/review").reads("We agree.", "So it is.").shot("16-final")
    person("manager").open(f"{case}/review").reads("The figures are credible, after one correction.")
