"""An officer looks after the mail, on a desk and on a phone, without a script too."""

from tests.support.browser import PHONE


def test_an_officer_holds_all_sends_again_and_cancels(person):
    officer = person("officer")
    officer.press("Mail", within=".ys-nav")
    for _ in range(45):  # the scheduler inside the server ticks
        if "Sent:" in officer.page.locator(".ys-mail-states").inner_text():
            break
        officer.page.wait_for_timeout(1000)
        officer.page.reload()
    officer.page.locator("summary", has_text="Hold all mail").click()
    officer.page.locator("form[action='/outbox/hold'] button").click()
    officer.reads("There is a problem", "Enter why all mail is held").shot("outbox-wrong")
    officer.fill("Why it is held", "Wrong dates")
    officer.page.locator("form[action='/outbox/hold'] button").click()
    officer.reads("All mail is held since", "Wrong dates")
    officer.open("/outbox?state=sent").shot("outbox")
    officer.page.locator("input[name=id]").first.check(force=True)
    officer.press("Send again").reads("Send again: 1 mail").shot("outbox-check")
    officer.fill("Why (optional; it stands on the record)", "It was asked for").press("Send again: 1 mail")
    officer.reads("1 mail is to be sent again.", "Waiting, sent again")
    officer.page.locator("td a[href^='/outbox/']").first.click()
    officer.press("Hold").reads("1 mail is held.", "State Held", "sent again as this one")
    phone = person("officer", size=PHONE)
    phone.open("/outbox?state=held").shot("outbox-phone")
    bare = person("officer", size=PHONE, javascript=False)
    bare.open("/outbox?state=held")
    bare.page.locator("td a[href^='/outbox/']").first.click()
    bare.shot("outbox-phone-mail").press("Cancel").reads("1 mail is cancelled.", "State Cancelled")
    officer.open("/outbox").press("Release all mail").reads("Mail leaves again.")
