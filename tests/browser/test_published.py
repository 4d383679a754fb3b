"""The public pages, and a body that puts a note beside its figures before they are published."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("published")]


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without"])
def test_anybody_finds_their_council_and_sees_where_a_figure_comes_from(person, javascript):
    one = person(javascript=javascript)
    one.open("/published").press("Revenue outturn 2006/07: support services").reads("388", "From published statistics")
    one.fill("Find a council or other body", "Hartlepool").press("Find").reads("Hartlepool Borough Council", "Better than most", "12 of 46")
    one.select("Compared with", "Nearest neighbours").press("Compare").reads("left out of the group")
    one.page.locator("table.ys-figures a").first.click()
    one.check()
    one.reads("Where it comes from", "£191,880,000", "Computed anew from these items it is 7.79%", "Neighbours:").shot("60-origin")
    one.open("/published/2006/indicators/OUT-1").select("Class", "County council").press("Show").reads("Essex", "zero or below")
    one.open("/published/2006/compare?body=Hartlepool&body=E0101").reads("Bath and North East Somerset", "It is not compared")
    one.open("/published/2009").reads("made up for the demo", "Not returned").press("The rule for the penalty").reads("never automatic")


def test_the_public_pages_fit_a_phone(person):
    one = person(size=PHONE)
    places = (
        "", "/2006", "/2006/E0701", "/2006/E0701/OUT-1", "/2006/indicators/OUT-1?class=Unitary+authority", "/2006/functions/support",
        "/2006/compare?body=E0701&body=E0101", "/2009/returns?status=late", "/2009/restatements",
    )  # fmt: skip
    for place in places:
        one.open(f"/published{place}")
    one.open("/published/2006/E0701").shot("61-profile-phone")


def test_a_publication_is_issued_noted_and_published(person):
    officer = person("officer")
    officer.open("/rounds").press("Publication of Back-office benchmarking 2009 (demo)").reads("Under embargo").shot("62-publication")
    officer.fill("What is new in it", "Checked once more").press("Make a publication").reads("Publication 3 is made", "Overtaken")
    officer.press("Issue to the bodies publication 3").reads("with the bodies, under embargo")
    approver = person("approver").open("/cases/2009-E0701").press("The figures among those of others").reads("Under embargo")
    approver.press("Comparator group of your own").fill("Codes of the bodies", "E0702 E0703").press("Ask for this group")
    approver.reads("Name 5 to 30 bodies; there are 2", "Say why these bodies").shot("63-comparators")
    officer.open("/rounds/2009/publication").press("Publish now publication 3").reads("waits for the decision").shot("64-checklist")
    officer.press(officer.page.locator(".ys-checklist__why a").first.inner_text(), within="#checklist")
    officer.fill("Reason of the decision", "The class is as near").press("Refuse it").open("/rounds/2009/publication")
    for box in officer.page.locator("#checklist input[type=checkbox]").all():
        box.check(force=True)
    officer.fill("Why it is right so", "The bodies agreed").press("Let these stand").reads("Nothing stands against it")
    officer.fill("Notes to editors", "Demo: read the notes first").press("Keep the notes").reads("are kept")
    officer.press("Publish now publication 3").reads("Publication 3 is published")
    person().open("/published/2009").reads("Publication 3", "Demo: read the notes first", "drawn from the same record")
