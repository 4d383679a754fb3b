"""The whole of a return in Chromium, by its preparer and its approver: filled in, imported, explained, signed off, corrected."""

import re

import pytest

from tests.support.browser import PHONE
from tests.support.figures import PROGRAMME
from tests.support.workbooks import contents, filled
from webapp.demo.figures import HOME_PEOPLE, ordinary

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SAID = ordinary(HOME_PEOPLE, PROGRAMME)


@pytest.fixture
def body(person):
    """The code of a body that has not begun its return, and is not the one of the offered accounts."""
    officer = person("officer").open("/cases?stage=return&turn=preparer")
    rows = officer.page.locator("main tbody tr", has_text="Not started").all_inner_texts()
    return next(code for row in rows for code in re.findall(r"2009-(E\d+)", row) if code != "E0701")


def workbook(downloaded):
    """The workbook as a finance team sends it back: every answer in its cell, and one that nobody can read."""
    lines = [contents(SAID).line(item) for item in PROGRAMME.items if item.code in SAID]
    cells = {(line["code"], part): line[part] for line in lines for part in ("value", "basis", "note") if line[part]}
    cells["FIN_DEBTORS", "value"] = "see the ledger"
    return filled(downloaded, cells)


def test_a_return_from_the_first_figure_to_its_correction(person, body, tmp_path):
    case = f"/cases/2009-{body}"
    preparer, approver = person(f"preparer-{body.lower()}"), person(f"approver-{body.lower()}")
    preparer.open(case).press("Start the return").open(f"{case}/return").press("Finance")
    preparer.page.fill("[name='FIN_COST_EMP']", "1,234,567")
    preparer.press("Save and go to the return").reads("Saved:")

    with preparer.page.expect_download() as download:
        preparer.page.get_by_role("link", name="Workbook to fill in away from the screen").click()
    file = tmp_path / "return.xlsx"
    file.write_bytes(workbook(download.value.path().read_bytes()))
    preparer.press("Upload answers from a file")
    preparer.page.set_input_files("#file", file)
    preparer.press("Read the file").reads("Nothing is saved yet.", "1 problem", "Correct them in the file", "£1,234,567")
    preparer.reads("Finance, ").shot("r01-preview")
    preparer.press("Save the chosen answers").reads("answers changed")

    preparer.press("Finance")
    preparer.page.fill("[name='FIN_DEBTORS']", str(SAID["FIN_DEBTORS"].amount))
    preparer.press("Save and go to the return").press("See all of it on one page, and explain what is unusual")
    preparer.shot("r02-to-explain")
    boxes = preparer.page.locator(".ys-check--explain textarea, .ys-check--confirm textarea")
    assert boxes.count() > 0, "a return made for another headcount stands out"
    for number in range(boxes.count()):
        boxes.nth(number).fill("We run the service for two neighbours, who pay us for it.")
    preparer.press("Save what is explained").reads("Nothing. It can be submitted for sign-off.")
    preparer.press("Submit for sign-off").press("Submit for sign-off").reads("Awaiting sign-off")

    approver.open("/today").reads("submitted the return for sign-off")
    approver.open(f"{case}/moves/return/sign_off").reads("What you sign", "Declaration").choose("I confirm this").press("Sign off")
    approver.reads("Submitted").open(f"{case}/return/whole").reads("We run the service for two neighbours").shot("r03-signed")

    preparer.open(f"{case}/return").press("Correct the signed-off return").fill("Reason", "Two invoices were counted twice.")
    preparer.choose("No").press("Correct the signed-off return").open(f"{case}/return").press("Finance")
    debtors = (SAID["FIN_DEBTORS"].amount or 0) - 4_000
    preparer.page.fill("[name='FIN_DEBTORS']", str(debtors))
    preparer.press("Save and go to the return").press("See what you changed so far").reads("Version 2 against version 1", "−£4,000")
    preparer.open(f"{case}/return").press("Submit for sign-off").press("Submit for sign-off")
    approver.open(f"{case}/moves/return/sign_off").reads("Values that differ from version 1").choose("I confirm this").press("Sign off")
    approver.open(f"{case}/return/versions").reads("Version 2", "Two invoices were counted twice.", "Yes").shot("r04-versions")
    reader = person("officer", size=PHONE).open(f"{case}/return/versions")
    reader.open(f"{case}/return/differences").reads("−£4,000").shot("r05-differences-phone")
