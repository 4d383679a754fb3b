"""An officer gives a message of a round other words, in Chromium: warned, previewed, saved, in the next mail, and taken back."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_an_officer_changes_a_message_and_takes_the_first_words_back(person):
    officer = person("officer")
    officer.open("/rounds/2009/messages").page.locator("#nudge a", has_text="Change the words").click()
    officer.page.wait_for_load_state()
    officer.check()
    first = officer.page.locator("#body").input_value()
    assert "{{ url }}" in first
    officer.fill("Text", first.replace("{{ url }}", "The house is in order.")).fill("Why it is changed", "Asked for")
    officer.press("Save").reads("There is a problem", "Your words no longer say “url”").shot("words-wrong")
    officer.choose("Leave out “url”").press("Preview").reads("As plain text", "The house is in order.")
    assert officer.page.get_by_label("Leave out “url”").is_checked()
    officer.press("Save").reads("Saved as version 1", "Version 1 holds now").shot("words")
    assert _next_mail(person, officer).count("The house is in order.")
    officer.open("/rounds/2009/messages/nudge").page.locator("td a", has_text="Take back").click()
    officer.page.wait_for_url("**from=0")
    officer.check()
    assert officer.page.locator("#body").input_value() == first
    officer.press("Save").reads("Saved as version 2", "as the programme came again")
    phone = person("officer", size=PHONE, javascript=False)
    phone.open("/rounds/2009/messages/nudge?version=1").reads("The house is in order.", "Struck through").shot("words-phone")


def _next_mail(person, officer):
    """What the mail says that a coordinator sends now by reminding whoever has the turn in a review."""
    coordinator = person("coordinator")
    coordinator.open("/reviews").page.locator("form[action*='/nudge'] button").first.click()
    coordinator.page.wait_for_load_state()
    officer.open("/outbox?rule=nudge").page.locator("td a[href^='/outbox/']").first.click()
    officer.page.wait_for_load_state()
    return officer.page.locator("main").inner_text()
