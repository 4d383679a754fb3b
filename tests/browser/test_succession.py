"""A council of the real map of 2009 is handed over in Chromium: previewed, proposed, signed on a telephone, applied."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_body_that_ended_is_handed_over_to_its_successor_with_its_signature(person):
    officer, approver = person("officer"), person("approver-e0801", size=PHONE)
    officer.press("Rounds", within=".ys-nav").press("Bodies that end, and who takes their place")
    officer.reads("Caradon", "Cornwall Council", "Not handed over").shot("successors")
    officer.press("Caradon").reads("Cornwall (Structural Change) Order 2008", "What stays under the old name").shot("succession")
    officer.press("Preview").reads("Nothing has been changed", "It answers for the body’s cases").shot("succession-preview")
    officer.press("Propose the handover").reads("There is a problem", "Fill in “Reason”").shot("succession-wrong")
    officer.fill("Why it is handed over like this", "By the Order.").press("Propose the handover").reads("Waits for signatures")

    approver.open("/today").reads("waits for your body’s signature").shot("succession-today")
    approver.press("The handover of Caradon").reads("By the Order.").shot("succession-sign")
    approver.press("Sign for Cornwall Council").reads("Signed by Demo approver")

    officer.page.reload()
    officer.reads("Signed").press("Apply the handover").reads("Applied", "all of it has moved").shot("succession-applied")
    approver.open("/cases/2009-E0801").reads("This body took over from Caradon on 1 April 2009").shot("succession-case")
    officer.open("/successors/E0831").reads("It was handed over before: Cornwall Council answers for its cases.")
