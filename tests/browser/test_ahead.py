"""An officer looks ahead, and a preparer puts deadlines into a calendar: on a desk and on a phone."""

import urllib.request

from tests.support.browser import PHONE


def test_an_officer_looks_ahead(person):
    for size, name in ((None, "desk"), (PHONE, "phone")):
        officer = person("officer", **({"size": size} if size else {}))
        officer.open("/reminders?days=60").reads("Reminders to come", "By day", "One by one").shot(f"ahead-{name}")
        officer.check()
        officer.open("/rounds/2009/simulation").reads("This is a simulation", "What is assumed").shot(f"simulation-{name}")
        officer.check()


def test_a_preparer_subscribes(person, base):
    for size, name in ((None, "desk"), (PHONE, "phone")):
        preparer = person("preparer", **({"size": size} if size else {}))
        preparer.open("/today").press("Your deadlines in your calendar")
        preparer.press("Make an address" if name == "desk" else "Make a new address, and end this one")
        preparer.reads("It is shown only now").shot(f"calendar-made-{name}")
        preparer.check()
        path = "/calendar/" + preparer.page.locator("main code").inner_text().partition("/calendar/")[2]
        with urllib.request.urlopen(base + path) as answer:
            assert answer.headers["Content-Type"].startswith("text/calendar")
        preparer.open("/calendar").reads("A calendar read it last").shot(f"calendar-{name}")
        preparer.check()
        preparer.open("/reminders").reads("Reminders that will come to you").shot(f"ahead-own-{name}")
        preparer.check()
