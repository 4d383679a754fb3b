"""Mail settings, the messages of a round and the link that turns mail off, in Chromium: axe, two widths, without JavaScript."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_one_chooses_how_often_mail_comes(person):
    approver = person("approver")
    approver.open("/mail-settings").reads("Statutory mail always comes", "Nobody stands in for you").shot("mail-settings")
    approver.select("News of a case", "Not at all, but for what is statutory").press("Save").reads("It is saved")
    phone = person("coordinator", size=PHONE)
    phone.open("/mail-settings").shot("mail-settings-phone").select("Reminders before a deadline", "Once a week, together").press(
        "Save"
    ).reads("It is saved")


def test_an_officer_reads_the_messages_of_a_round(person):
    officer = person("officer")
    officer.open("/rounds/2009/messages").reads("deadline_escalated").page.locator("summary", has_text="Read it").first.click()
    officer.reads("You get this because", "As plain text").shot("messages")
    phone = person("officer", size=PHONE)
    phone.open("/rounds/2009/messages").page.locator("summary", has_text="Read it").first.click()
    phone.shot("messages-phone")


def test_it_works_without_javascript(person):
    approver = person("approver", javascript=False)
    approver.open("/mail-settings").select("News of a case", "Once a day, together").press("Save").reads("It is saved")
