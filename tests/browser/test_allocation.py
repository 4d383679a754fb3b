"""The allocation in Chromium: proposed, changed by hand, refused for a conflict, sent; a second reviewer; room and interests told."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def account_of(name):
    """The account of a reviewer of the demo's own partnership."""
    if "from" in name:
        return "reviewer-own-body" if "Hartlepool" in name else "reviewer"
    return f"reviewer-north-east-{name.rpartition(' ')[2]}"


def test_a_coordinator_allocates_and_the_reviewers_answer(person):
    coordinator = person("coordinator")
    coordinator.press("Allocate returns to reviewers, many at once").reads("Nothing is written until you send the invitations")
    coordinator.shot("allocation").select("Reviewers for each return", "2").press("Propose automatically")
    coordinator.reads("The proposal", "Nothing has been sent", "Afterwards").shot("allocation-proposal")
    first = coordinator.page.locator("tr[id^='2009-']").first
    ref = first.get_attribute("id")
    lead, second = (first.locator("select").nth(number) for number in (0, 1))
    beside = second.evaluate("one => one.selectedOptions[0].text").partition(",")[0]
    second.select_option(value=lead.input_value())
    coordinator.press("Look it through").reads("There is a problem", "The same person was chosen twice").shot("allocation-wrong")
    place = coordinator.page.locator(f"tr[id='{ref}'] select").nth(1)
    place.select_option(value=place.locator("option", has_text=beside).first.get_attribute("value"))
    coordinator.press("Look it through").does_not_read("There is a problem").press("Send the invitations").reads("asked to review")

    coordinator.open(f"/cases/{ref}/review").press("Who reviews this return").reads("Lead", beside, "Has not accepted yet")
    coordinator.shot("reviewers")
    reviewer = person(account_of(beside), size=PHONE)
    reviewer.reads("Accept your part of the review, or decline it").open(f"/cases/{ref}/review/reviewers").shot("reviewers-phone")
    reviewer.fill("Anything that could be seen as a conflict of interest", "None that I know of.").press("Accept the review")
    reviewer.reads("You accepted this review", "None that I know of.")
    reviewer.press("Your room and skills", within=".ys-nav").fill("Reviews at a time that there is room for", "lots").press("Save")
    reviewer.reads("There is a problem", "must be a whole number").shot("reviewer-phone-wrong")
    reviewer.fill("Reviews at a time that there is room for", "6").choose("Finance").press("Save").reads("It is saved")


def test_it_all_works_without_javascript(person):
    coordinator = person("coordinator", javascript=False)
    coordinator.open("/allocation?round=2009&reviewers=1&propose=1").reads("Reviewers")
    coordinator.open("/allocation").press("Demo reviewer 2").fill("Reviews at a time that there is room for", "5").press("Save")
    coordinator.reads("It is saved")


def test_a_conflict_is_overruled_by_two_and_a_sample_is_marked_twice(person):
    coordinator = person("coordinator")
    rows = coordinator.open("/reviews?state=in_review").page.locator("tr[id^='2009-']")
    row = rows.filter(has_not_text="Demo reviewer 3").first
    ref, body = row.get_attribute("id"), row.locator("th a, td a").first.inner_text()
    coordinator.open("/allocation").press("Demo reviewer 3").page.locator("summary", has_text="Declare an interest").click()
    coordinator.fill("Body", body).choose("A financial interest")
    for place, typed in (("day", "1"), ("month", "1"), ("year", "2010")):
        coordinator.page.locator(f"#starts-{place}").fill(typed)
    coordinator.press("Declare the interest").reads("The interest is declared")
    coordinator.open(f"/cases/{ref}/review/reviewers").page.locator("summary", has_text="Propose to overrule a conflict").click()
    coordinator.page.locator("input[name='candidate']").first.check()
    coordinator.fill("Why the conflict can be overruled", "Nobody else knows it.").shot("overrule-propose").press("Propose it")
    coordinator.reads("Waits for a second person")
    officer = person("officer", size=PHONE)
    officer.reads("It is proposed to overrule a conflict of interest of Demo reviewer 3").press("Approve or refuse it").shot(
        "overrule-decide"
    )
    officer.choose("Refuse it").press("Save the decision").reads("Give the reason why you refuse it").shot("overrule-wrong")
    officer.choose("Approve it").press("Save the decision").reads("It is approved")
    coordinator.open(f"/cases/{ref}/review/next").shot("next").press("Invite Demo reviewer 3").reads("is asked to review this return too")
    coordinator.open("/calibration").shot("calibration").press("Look at the draw").reads("Nothing has been sent").shot("sample")
