"""Evidence, clicked through in Chromium: with and without JavaScript, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.support import files
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _rows(one, path):
    """The rows of the table on a page, each as the texts of its cells."""
    one.open(path)
    rows = one.page.locator("main table").first.locator("tbody tr")
    return [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()] for row in rows.all()]


def _ref(cell):
    return cell.split()[-1]


@pytest.fixture
def preparing(person):
    """Opens the preparer of a body whose return has not begun, and begins it; another body each time."""

    def begin(number, **options):
        rows = [row for row in _rows(person("officer"), "/cases?stage=return&turn=preparer") if "Not started" in row[2]]
        ref = _ref(rows[number][0])
        preparer = person(f"preparer-{ref.partition('-')[2].lower()}", **options)
        preparer.open(f"/cases/{ref}").press("Start the return")
        return preparer, f"/cases/{ref}"

    return begin


@pytest.fixture
def reviewed(person):
    """The reviewer of a case that is in review, and the case."""
    officer = person("officer")
    ref = _ref(next(row for row in _rows(officer, "/cases?turn=reviewer") if "In review" in row[2])[0])
    officer.open(f"/cases/{ref}")
    told = {key.strip(): value.strip() for key, value in officer.page.locator("main .govuk-summary-list__row").evaluate_all(
        "rows => rows.map(r => [r.querySelector('dt').innerText, r.querySelector('dd').innerText])")}  # fmt: skip
    people = _rows(person("administrator"), f"/people?text={told['Reviewer'].replace(' ', '+')}")
    email = next(row[1] for row in people if row[0] == told["Reviewer"] and told["Reviewed through"] in row[2])
    return person(email.partition("@")[0]), f"/cases/{ref}"


def _choose(one, *sent):
    made = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in sent]
    one.page.get_by_label("Files", exact=True).or_(one.page.get_by_label("File", exact=True)).first.set_input_files(made)
    return one


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_files_are_added_replaced_and_withdrawn(preparing, javascript):
    preparer, case = preparing(0, javascript=javascript)
    mark = "js" if javascript else "plain"
    preparer.open(f"{case}/return/hr/HR_COST_EMP").reads("Evidence None yet")
    _choose(preparer, (f"ledger-{mark}.pdf", files.pdf(mark)), (f"table-{mark}.csv", f"{files.TABLE}{mark},1\n".encode()))
    preparer.press("Add evidence").reads("2 files are added.", f"ledger-{mark}.pdf", f"table-{mark}.csv").shot(f"evidence-item-{mark}")
    _choose(preparer, (f"good-{mark}.png", files.png(200, 120)), ("page.html", b"<html><script>alert(1)</script>"))
    preparer.press("Add evidence").reads("There is a problem", "“page.html” holds the code of a web page", "Received, but not added yet")
    preparer.shot(f"evidence-refused-{mark}")
    preparer.press("Add evidence").reads(f"“good-{mark}.png” is added as file")
    preparer.open(f"{case}/evidence").reads("Add evidence", f"good-{mark}.png").shot(f"evidence-list-{mark}")
    preparer.press(f"good-{mark}.png").reads("Who can see it The body").shot(f"evidence-file-{mark}")
    preparer.press("Look at it here").reads("Download it")
    picture = preparer.page.locator("img.ys-file-image")
    expect(picture).to_be_visible()
    if javascript:
        assert picture.evaluate("img => img.complete && img.naturalWidth") == 200
    assert picture.bounding_box()["height"] >= 100, "the picture is shown although its address is always a download"
    preparer.shot(f"evidence-view-{mark}").press("Back to the file’s page", within="body")
    with preparer.page.expect_download() as download:
        preparer.page.locator("main").get_by_role("button", name="Download").first.click()
    assert download.value.suggested_filename == f"good-{mark}.png"
    _choose(preparer, (f"better-{mark}.txt", f"A better text, {mark}.".encode()))
    preparer.press("Replace the file").reads("is replaced by", "In place of").press("Look at it here").reads(f"A better text, {mark}.")
    preparer.press("Back to the file’s page", within="body").fill("Why it is withdrawn", "It is of another year.")
    preparer.press("Withdraw the file").reads("Withdrawn", "“It is of another year.”").shot(f"evidence-withdrawn-{mark}")


def test_the_function_form_leads_to_evidence_without_losing_what_was_typed(preparing):
    preparer, case = preparing(0)
    preparer.open(f"{case}/return/finance").shot("evidence-function-form")
    preparer.page.locator("#FIN_DEBTORS").fill("123456")
    with preparer.context.expect_page() as opened:
        preparer.page.get_by_role("link", name="Add evidence for Finance: Debtors at year end").first.click()
    opened.value.wait_for_load_state()
    assert "#evidence" in opened.value.url
    assert opened.value.locator("#files").is_visible()
    assert preparer.page.locator("#FIN_DEBTORS").input_value() == "123,456"


def test_a_reviewer_judges_and_the_body_learns_what_is_refused(reviewed):
    reviewer, case = reviewed
    reviewer.open(f"{case}/evidence").shot("evidence-reviewer")
    reviewer.open(f"{case}/review").shot("evidence-review")
    reviewer.page.locator("main").get_by_role("link", name="1 file for").first.click()
    reviewer.page.wait_for_load_state()
    reviewer.check()
    reviewer.press("payroll-summary-invented.csv").choose("Refuse it").press("Save the verdict")
    reviewer.reads("Say why the file is refused").shot("evidence-verdict-problem")
    reviewer.page.locator("#verdict-why").fill("It ends in January. Send the whole year.")
    reviewer.press("Save the verdict").reads("The body can see the reason.", "Refused by Demo reviewer").shot("evidence-verdict")
    reviewer.press("Look at it here").reads("Invented for the demo").shot("evidence-text")


def test_evidence_on_a_phone(preparing):
    preparer, case = preparing(0, size=PHONE)
    preparer.open(f"{case}/return/estates")
    preparer.open(f"{case}/evidence?place=estates")
    _choose(preparer, ("a-rather-long-name-" + "of-a-file-" * 8 + ".pdf", files.pdf("phone")), ("notes.txt", b"word " * 400))
    preparer.press("Add evidence").reads("2 files are added.").shot("phone-evidence-list")
    preparer.press("notes.txt").shot("phone-evidence-file").press("Look at it here").shot("phone-evidence-text")
    preparer.open(f"{case}/evidence/1").reads("a-rather-long-name")


def test_the_administrator_sees_where_evidence_is_kept(person):
    administrator = person("administrator")
    administrator.press("Evidence", within=".ys-nav").reads("Files are not scanned for viruses", "evidence check").shot("evidence-store")
