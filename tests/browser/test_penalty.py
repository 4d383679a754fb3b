"""The penalty question in Chromium: thresholds tried out, a rule adopted by another officer, an indication heard and decided."""

import pytest

from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
RULE = "/rounds/2009/penalty"


def test_a_rule_is_tried_adopted_and_an_indication_is_heard_and_decided_by_somebody_else(person):
    officer, other = person("officer"), person("officer-2", size=PHONE)
    officer.press("Rounds", within=".ys-nav").press("The rule for the penalty in Back-office benchmarking 2009 (demo)")
    officer.reads("In force: version 1", "Try out thresholds").shot("penalty-rule")
    officer.fill("Percent above the average", "many").press("Show what it would do")
    officer.reads("There is a problem", "must be a number from 0 to 500").shot("penalty-rule-wrong")
    officer.fill("Percent above the average", "5").select("Average", "Mean").press("Show what it would do").reads(
        "The adopted rule, version 1"
    )
    officer.fill("Why these thresholds", "Consulted on for a month.").press("Propose this rule").reads("Version 2 waits for its adoption")
    other.open(RULE).fill("Why it is adopted", "The board agreed.").press("Adopt this rule").reads("Adopted, in force from").shot(
        "penalty-phone"
    )

    officer.open(f"{RULE}?margin=10&average=median")
    body = officer.page.locator("[aria-label='Who would be indicated'] th a").first
    name, path = body.inner_text(), body.get_attribute("href")
    officer.press(name).reads("it indicates it", "Savings made before").shot("penalty-case")
    officer.press("Indicate a penalty").reads("What the rule says", "Version 1", "Earlier savings").shot("penalty-indicate")
    officer.fill("Reason", "By the rule.").press("Indicate a penalty").reads("What the indication of")

    code = path.removeprefix("/cases/2009-").partition("/")[0]
    approver = person(f"approver-{code.lower()}", size=PHONE)
    approver.open(path).reads("Make representations")
    approver.page.get_by_text("Note a saving made before").click()
    approver.fill("Saving a year in pounds", "lots").press("Note the saving").reads("must be a whole number").shot("penalty-saving-wrong")
    approver.fill("Saving a year in pounds", "90,000").fill("Day", "1").fill("Month", "4").fill("Year", "2008")
    approver.fill("What was done", "Two ledgers became one.").fill("What shows it", "Cabinet paper 12.")
    approver.press("Note the saving").reads("£90,000", "Two ledgers became one.")
    approver.press("Make representations").reads("£90,000 a year saved").fill("Representations", "We saved before.")
    approver.press("Make representations").open(path).reads("Representations in").shot("penalty-phone-case")
    approver.press("With whom the body could share").reads("Its comparators").shot("penalty-phone-sharing")

    officer.open(path).reads("You indicated this penalty, so another officer must decide on it.")
    other.open(path).press("Decide: withdraw it").reads("£90,000 a year saved").fill("Reason", "The savings were real.")
    other.press("Decide: withdraw it").reads("Withdrawn")
    officer.press("Sharing", within=".ys-nav").press("Demo shared ledger").reads("Host", "Client").shot("sharing-group")
    officer.press("Sharing groups", within=".govuk-breadcrumbs").press("Add a sharing group").press("Add the group")
    officer.reads("There is a problem").shot("sharing-new-wrong")
