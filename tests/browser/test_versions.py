"""Sign-off with a declaration, a correction of two items of which one is corrected, what differs, and the return on paper."""

import io
import unicodedata

import pytest
from pypdf import PdfReader

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def filled(person):
    """A body of the offered coordinator's partnership whose return is filled in, with its preparer and approver."""
    coordinator = person("coordinator").open("/cases?stage=return&turn=preparer")
    refs = coordinator.page.locator("main tbody tr", has_text="In progress").locator(".ys-quiet").first.locator("xpath=ancestor::tbody")
    codes = [text.partition("-")[2].lower() for text in refs.locator("td:first-child .ys-quiet").all_inner_texts()]
    for code in codes:
        name = f"preparer-{code}" if code != "e0701" else "preparer"
        case = f"/cases/2009-{code.upper()}"
        looks = person(name, javascript=False).explain(case).open(f"{case}/return")
        if "It can be submitted for sign-off." in looks.page.locator("main").inner_text():
            return case, coordinator, person(name).open(f"{case}/return"), person(f"approver-{code}")
    raise AssertionError(f"No return of {codes} is filled in.")


def test_a_return_is_signed_corrected_in_part_and_signed_again(person, filled):
    case, coordinator, preparer, approver = filled
    preparer.press("Finance")
    preparer.page.fill("[name='FIN_REPORT_CYCLE_DAYS']", "9")
    preparer.page.fill("[name='FIN_PAYROLL_ERRORS']", "88")
    preparer.press("Save and go to the return").reads("Saved: ")
    preparer.press("The whole return on one page").reads("Check the whole return, version 1", "This is what will be signed.", "Finance")
    preparer.page.get_by_role("link", name="Change Payroll errors").click()
    preparer.page.wait_for_url("**/return/finance#FIN_PAYROLL_ERRORS")
    preparer.check()
    preparer.open(f"{case}/return").press("Submit for sign-off").press("Submit for sign-off").reads("Awaiting sign-off")

    approver.open(f"{case}/moves/return/sign_off").reads("What you sign", "Answers given", "Estimates", "section 151").shot("v01-sign-off")
    approver.press("Check every answer on one page first").reads("Check the whole return").shot("v02-whole")
    approver.press("Sign off").press("Sign off").reads("Confirm this to go on: “Declaration”.").shot("v03-not-declared")
    approver.choose("I confirm this").press("Sign off").reads("Submitted")

    coordinator.open(f"{case}/moves/return/request_correction")
    coordinator.page.get_by_text("Finance", exact=True).click()
    coordinator.choose("Payroll errors").choose("Debtors at year end")
    coordinator.fill("Reason", "Both look out of line with last year.").shot("v04-asking").press("Ask for a correction")
    coordinator.reads("Correction requested")

    preparer.open(f"{case}/return").reads("A correction was asked for", "Payroll errors", "Debtors at year end").shot("v05-asked")
    preparer.press("Start the correction").open(f"{case}/return").reads("Only these items are open", "nothing differs yet from version 1")
    preparer.shot("v06-correcting").press("Finance").reads("Not reopened in this correction").shot("v07-form")
    assert preparer.page.locator("[name='FIN_COST_EMP']").count() == 0
    preparer.page.fill("[name='FIN_PAYROLL_ERRORS']", "44")
    preparer.press("Save and go to the return").press("See what you changed so far")
    preparer.reads("Version 2 against version 1", "Payroll errors", "88", "44", "−44", "(−50.0%)", "1 answer").shot("v08-differences")
    preparer.open(f"{case}/return").press("Submit for sign-off").press("Submit for sign-off")
    approver.open(f"{case}/moves/return/sign_off").reads("Values that differ from version 1", "1").choose("I confirm this")
    approver.press("Sign off").reads("Submitted")

    coordinator.open(f"{case}/return/versions").reads("Version 2", "Version 1", "Both look out of line", "No: asked for").shot(
        "v09-versions"
    )
    coordinator.open(f"{case}/return/differences").reads("Payroll errors", "−44", "Download as CSV")
    with coordinator.page.expect_download() as download:
        coordinator.page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.endswith("differences-1-to-2.csv")

    paper = coordinator.open(f"{case}/return/whole").page
    paper.emulate_media(media="print")
    pdf = PdfReader(io.BytesIO(paper.pdf(format="A4")))
    text = unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in pdf.pages))
    assert len(pdf.pages) > 5
    for wanted in ("I certify", "Payroll errors", "Signed off by", "Cannot be computed"):
        assert wanted in text
    for unwanted in ("Sign out", "Your work today", "All versions", "It is not a government service"):
        assert unwanted not in text, "what leads elsewhere is not printed"


def test_the_new_pages_fit_a_phone(person):
    officer = person("officer", size=PHONE)
    for path in ("/chase", "/rounds/2009/burden", "/today"):
        officer.open(path)
    officer.open("/cases?stage=review")
    case = officer.page.locator("main tbody a").first.get_attribute("href")
    for place in ("return/whole", "return/versions", "return/differences", "contacts"):
        officer.open(f"{case}/{place}")
    officer.shot("phone-contacts")
    officer.open("/cases?stage=exempt")
    officer.open(officer.page.locator("main tbody a").first.get_attribute("href")).press("Declare the headcount").shot("phone-headcount")


def test_a_correction_works_without_javascript(person):
    officer = person("officer", javascript=False)
    officer.open("/chase")
    officer.page.locator("main tbody a", has_text="Record a contact").first.click()
    officer.page.get_by_label("Phone").check()
    officer.page.get_by_label("What was said").fill("They file on Friday.")
    officer.press("Record the contact").reads("The contact with", "They file on Friday.")
