"""A return as a file: template, exports, and the upload with its preview. Nothing is half-saved, and nothing leaks."""

import io
import random
import re
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from tests.conftest import REF
from tests.integration.test_pages import Statements
from tests.support.site import Browser, find, token
from tests.support.workbooks import cell_of, cells, filled, rezipped, saved, table
from tests.unit.workbooks import test_fuzz
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case, Stay
from webapp.record import Event
from webapp.returns import queries as returns
from webapp.returns.models import ReturnImport, ReturnValue, ReturnVersion
from webapp.workbooks import views
from webapp.workbooks.opening import read_file
from workflows.returns import tables
from workflows.returns.layout import Origin
from workflows.returns.preview import preview

CASE = f"/cases/{REF}"
IMPORT, TEMPLATE = f"{CASE}/return/import", f"{CASE}/return/template.xlsx"
COST, IT = "FIN_COST_EMP", "FIN_COST_IT"


def _download(browser, path, status=200):
    got = browser.client.get(path)
    assert got.status_code == status, got.text
    return got.data


@pytest.fixture
def preparer(app):
    """A preparer whose return is in progress, with one answer."""
    browser = Browser(app, "preparer")
    browser.move("return", "start")
    browser.post(f"{CASE}/return/finance", {COST: "100", f"was-{COST}": "0"})
    return browser


def _send(browser, content, name="return.xlsx", **more):
    data = {"csrf_token": token(browser.get("/role")), "file": (io.BytesIO(content), name), **more}
    return browser.client.post(IMPORT, data=data, content_type="multipart/form-data")


def _preview(browser, content, name="return.xlsx"):
    """Upload a file; gives the address of its preview."""
    got = _send(browser, content, name)
    assert got.status_code == 303, got.text
    return got.location


def _values(database):
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == REF)).one()
        version = returns.newest_version(session, case.id)
        return {code: (value.amount, value.revision) for code, value in returns.values(session, version.id).items()} if version else {}


def _events(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Event).where(~Event.kind.like("refused.%")))


def _choose(page, *codes):
    """The fields of the preview's form with these changes chosen."""
    form = {"csrf_token": token(page), "once": find(r'name="once" value="([^"]+)"', page)}
    return form | dict(re.findall(r'name="(was-\w+)" value="(\d+)"', page)) | {"take": list(codes)}


def test_the_whole_way_from_the_template_to_the_saved_answers(app, database, preparer):
    book = _download(preparer, TEMPLATE)
    assert cell_of(load_workbook(io.BytesIO(book)), COST, "value").value == 100
    content = filled(book, {
        (COST, "value"): 120, (IT, "value"): "£1,500", ("FIN_COST_ACCOM", "value"): "n/a",
        ("FIN_COST_OTHER", "not_known"): "The ledger is not closed.", ("FIN_COST_OTHER", "known_by"): "31/3/2010",
    })  # fmt: skip
    where = _preview(preparer, content, "our return <2010>.xlsx")
    before = _values(database)
    page = preparer.get(where)
    for text in ("3 changes", "1 problem", "our return &lt;2010&gt;.xlsx", "£100", "£120", "Finance, E3", "enter 0 if there is none at all",
                 "Not known: The ledger is not closed.", "Nothing is saved yet"):  # fmt: skip
        assert text in page
    assert page.count(" checked>") == 3
    assert _values(database) == before, "nothing is saved before it is chosen"
    got = preparer.client.post(where, data=_choose(page, COST, "FIN_COST_OTHER"))
    assert (got.status_code, got.location) == (303, f"{CASE}/return")
    assert "Saved: 2 answers changed." in preparer.get(f"{CASE}/return")
    after = _values(database)
    assert after[COST] == (Decimal(120), 2)
    assert IT not in after, "what was not chosen is skipped"
    assert after["FIN_COST_OTHER"][0] is None
    record = preparer.get(f"{CASE}/record")
    assert "took over 2 answers from the file “our return &lt;2010&gt;.xlsx”" in record
    history = preparer.get(f"{CASE}/return/finance/{COST}")
    assert "from the file “our return &lt;2010&gt;.xlsx”" in history


def test_a_file_is_taken_over_once(app, database, preparer):
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "value"): 120, (IT, "value"): 5}))
    form = _choose(preparer.get(where), COST)
    assert preparer.client.post(where, data=form).status_code == 303
    again = preparer.client.post(where, data=form | {"once": "another", "take": [IT]})
    assert again.status_code == 409
    assert "taken over already" in again.text
    assert IT not in _values(database)
    assert preparer.client.get(where).status_code == 303


def test_a_double_click_takes_over_once_and_answers_alike(app, database, preparer):
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "value"): 120}))
    form = _choose(preparer.get(where), COST)
    answers = [preparer.client.post(where, data=form) for _ in range(3)]
    assert [(a.status_code, a.location) for a in answers] == [(303, f"{CASE}/return")] * 3
    assert _values(database)[COST] == (Decimal(120), 2)


def test_nothing_chosen_is_told_and_nothing_saved(app, database, preparer):
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "value"): 120}))
    got = preparer.client.post(where, data=_choose(preparer.get(where)))
    assert got.status_code == 422
    assert "Choose at least one change" in got.text
    assert _values(database)[COST] == (Decimal(100), 1)


def test_what_somebody_changed_since_the_template_was_made_is_not_taken_over_unless_chosen(app, database, preparer):
    book = _download(preparer, TEMPLATE)
    preparer.post(f"{CASE}/return/finance", {COST: "130", f"was-{COST}": "1"})
    page = preparer.get(_preview(preparer, filled(book, {(IT, "value"): 5})))
    assert "Changed meanwhile" in page
    boxes = dict(re.findall(r'value="(\w+)"( checked)?><label', page))
    assert boxes == {COST: "", IT: " checked"}


def test_what_somebody_changes_between_the_preview_and_the_saving_shows_both_values(app, database, preparer):
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "value"): 120, (IT, "value"): 5}))
    page = preparer.get(where)
    preparer.post(f"{CASE}/return/finance", {COST: "130", f"was-{COST}": "1"})
    got = preparer.client.post(where, data=_choose(page, COST, IT))
    assert got.status_code == 409
    assert "the file says £120; saved meanwhile: £130" in got.text
    assert IT not in _values(database), "nothing was half-saved"
    again = preparer.client.post(where, data=_choose(got.text, COST, IT))
    assert again.status_code == 303
    assert _values(database)[COST] == (Decimal(120), 3)


def test_a_later_upload_takes_the_place_of_the_earlier_one(app, database, preparer):
    book = _download(preparer, TEMPLATE)
    first, second = (_preview(preparer, filled(book, {(COST, "value"): amount})) for amount in (120, 140))
    assert preparer.client.get(first).status_code == 404
    assert "£140" in preparer.get(second)
    assert preparer.client.post(first, data=_choose(preparer.get(second), COST)).status_code == 404, "a page that is still open"
    assert _values(database)[COST] == (Decimal(100), 1)


def test_an_upload_is_for_its_uploader_and_its_case_alone(app, database, preparer):
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "value"): 120}))
    number = where.rpartition("/")[2]
    with database.reading() as session:
        other = session.execute(
            select(Case.ref, Person.email)
            .join(Membership, Membership.organisation_id == Case.body_id)
            .join(Person, Person.id == Membership.person_id)
            .join(Stay, Stay.case_id == Case.id)
            .where(
                Stay.track == "return", Stay.state == "in_progress", Stay.until.is_(None), Membership.role == "preparer", Case.ref != REF
            )
        ).first()
    assert other
    stranger = Browser(app, other.email.partition("@")[0])
    assert stranger.client.get(where).status_code == 404
    assert stranger.client.get(f"/cases/{other.ref}/return/import/{number}").status_code == 404
    for who in ("approver", "officer", "coordinator"):
        for path in (where, IMPORT, TEMPLATE):
            assert Browser(app, who).client.get(path).status_code == 403, (who, path)


def test_files_that_cannot_be_read_are_told_and_nothing_is_kept(app, database, preparer):
    book, before = _download(preparer, TEMPLATE), _events(database)
    cases = {
        "empty": b"", "damaged or cut off": book[:3000], "neither a workbook": b"\x00\x01" * 99,
        "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "No answers were found": b"a,b\n1,2\n",
        "of the return 2009-E0724": filled(book, {}, lambda b: _mark(b, "Case", "2009-E0724")),
        "XML entities": rezipped(book, lambda name, part: part.replace(b"?>", b"?><!DOCTYPE x>", 1) if "sheet3" in name else part),
    }  # fmt: skip
    for told, content in cases.items():
        got = _send(preparer, content)
        assert got.status_code == 422
        assert told in got.text, told
        assert 'id="file-error"' in got.text
    for data in ({}, {"file": (io.BytesIO(b"x"), "")}, {"file": "not a file"}):
        form = {"csrf_token": token(preparer.get("/role"))} | data
        got = preparer.client.post(IMPORT, data=form, content_type="multipart/form-data")
        assert got.status_code == 422
        assert "Choose the workbook" in got.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReturnImport)) == 0
    assert _events(database) == before


def _mark(book, label, value):
    next(row for row in book["Read me"].iter_rows() if row[0].value == label)[1].value = value


def test_a_larger_file_is_taken_here_alone_and_a_far_too_large_one_nowhere(app, preparer):
    out = io.BytesIO(saved(table(("Code", "Answer"), (IT, 5))))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as made:
        made.writestr("xl/media/picture.png", bytes(range(256)) * 12_000)
    assert len(out.getvalue()) > 3_000_000
    assert _send(preparer, out.getvalue()).status_code == 303
    too_big = _send(preparer, b"x" * (views.MEGABYTES * 1024 * 1024 + 1000))
    assert too_big.status_code == 413
    assert "larger than 25 MB" in too_big.text
    elsewhere = preparer.client.post(f"{CASE}/return/finance", data={"csrf_token": "x", "why": "x" * 3_000_000})
    assert elsewhere.status_code == 413


def test_a_file_needs_the_forms_token(app, database, preparer):
    got = preparer.client.post(IMPORT, data={"file": (io.BytesIO(b"Code,Answer\n"), "x.csv")}, content_type="multipart/form-data")
    assert got.status_code == 400
    assert app.test_client().post(IMPORT, data={"file": (io.BytesIO(b"x"), "x.csv")}).status_code in (303, 400, 401)


def test_a_csv_of_ones_own_is_enough_and_says_that_it_names_no_return(app, database, preparer):
    where = _preview(preparer, f'Code,Answer\r\n{IT},"1,234.50"\r\n'.encode(), "C:/money/own.csv")
    page = preparer.get(where)
    assert "“own.csv”" in page
    assert "does not say whose return it is" in page
    preparer.client.post(where, data=_choose(page, IT))
    assert _values(database)[IT] == (Decimal("1234.5"), 1)


def test_a_file_with_problems_alone_leads_back_and_offers_nothing_to_take_over(app, preparer):
    page = preparer.get(_preview(preparer, b"Code;Answer\nFIN_COST_EMP;1.234,56\nFIN_COST_IT;12,5\n", "own.csv"))
    assert page.count("You entered") == 2
    assert "There is nothing else in it to take over" in page
    assert "take over the rest" not in page
    assert f'href="{CASE}/return">Back to the return' in page


def test_an_unchanged_workbook_changes_nothing(app, database, preparer):
    page = preparer.get(_preview(preparer, _download(preparer, TEMPLATE)))
    assert "The file changes nothing" in page
    assert "1 answer says the same" in page


def test_uploading_waits_until_the_return_is_with_the_preparer(app, database):
    browser = Browser(app, "preparer")
    got = browser.client.get(IMPORT)
    assert got.status_code == 409
    assert "not with you now" in got.text
    assert _send(browser, b"Code,Answer\n").status_code == 409
    assert load_workbook(io.BytesIO(_download(browser, TEMPLATE))).sheetnames[0] == "Read me", "it can be filled in before"
    assert "Upload answers from a file" not in browser.get(f"{CASE}/return")
    browser.move("return", "start")
    assert "Upload answers from a file" in browser.get(f"{CASE}/return")
    where = _preview(browser, f"Code,Answer\n{IT},5\n".encode())
    page = browser.get(where)
    _take_away(app, database)
    for got in (browser.client.get(where), browser.client.post(where, data=_choose(page, IT))):
        assert got.status_code == 409
    assert _values(database) == {}


def _take_away(app, database):
    """The return goes to the approver without a word, as if all were answered."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "update stays set state = 'awaiting_sign_off', turn = 'approver' where track = 'return' and until is null "
            f"and case_id = (select id from cases where ref = '{REF}')"
        )


def test_only_what_was_reopened_can_be_changed_in_a_correction(app, database, preparer):
    book = _download(preparer, TEMPLATE)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"update return_versions set reopened = '[\"{IT}\"]' where case_id = (select id from cases where ref = '{REF}')"
        )
    shut = load_workbook(io.BytesIO(_download(preparer, TEMPLATE)))
    assert cell_of(shut, COST, "value").protection.locked
    assert not cell_of(shut, IT, "value").protection.locked
    page = preparer.get(_preview(preparer, filled(book, {(COST, "value"): 120, (IT, "value"): 5})))
    assert "was not reopened in this correction" in page
    assert re.findall(r'name="take" value="(\w+)"', page) == [IT]


def _signed_off(database, state="accepted"):
    with database.reading() as session:
        query = (
            select(Case.ref, Person.email)
            .join(Stay, Stay.case_id == Case.id)
            .join(Membership, Membership.organisation_id == Case.partnership_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Stay.track == "return", Stay.state == state, Stay.until.is_(None), Membership.role == "coordinator")
        )
        ref, email = session.execute(query.order_by(Case.id)).first()
        return ref, email.partition("@")[0]


def test_whoever_sees_a_version_exports_it_and_reading_it_back_changes_nothing(app, database):
    ref, who = _signed_off(database)
    browser = Browser(app, who)
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == ref)).one()
        version = session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case.id)).one()
        programme, answers = case.round.programme, returns.answers(session, version.id)
        here = Origin(case=ref, programme=programme.code, version=version.number)
        number = version.number
    assert answers
    for kind, mimetype in (("xlsx", views.XLSX), ("csv", "text/csv")):
        got = browser.client.get(f"/cases/{ref}/return.{kind}")
        assert got.status_code == 200
        assert got.mimetype == mimetype
        assert f"{ref}-return-v{number}.{kind}" in got.headers["Content-Disposition"]
        read = tables.read(read_file(got.data), programme, here)
        assert read.origin.version == number
        found = preview(programme, read, answers, dict.fromkeys(answers, 1), app.clock().date(), number)
        assert (found.changes, found.problems) == ((), ())
        anew = preview(programme, read, {}, {}, app.clock().date(), number)
        assert {code: a.amount for code, a in anew.answers(frozenset(answers)).items()} == {
            c: a.amount for c, a in answers.items() if a.given
        }
    assert "as an Excel workbook" in browser.get(f"/cases/{ref}/return")
    assert "fill in" not in browser.get(f"/cases/{ref}/return")


def test_no_draft_leaks_through_an_export_or_the_template(app, database, preparer):
    for who in ("officer", "coordinator", "manager"):
        browser = Browser(app, who)
        for path in ("return.xlsx", "return.csv", "return.csv?version=1"):
            got = browser.client.get(f"{CASE}/{path}")
            assert got.status_code == 404, (who, path)
            assert b"FIN_COST_EMP" not in got.data
        assert browser.client.get(TEMPLATE).status_code == 403
    for who in ("approver", "preparer"):
        text = _download(Browser(app, who), f"{CASE}/return.csv").decode("utf-8-sig")
        assert f"{COST},Cost" in text
    assert _download(preparer, f"{CASE}/return.csv?version=7", status=404)
    assert _download(preparer, f"{CASE}/return.csv?version=x")


def test_a_corrected_versions_export_is_of_the_version_that_one_sees(app, database):
    with database.reading() as session:
        two = select(ReturnVersion.case_id).where(ReturnVersion.number == 2, ReturnVersion.frozen_at.is_(None))
        case = session.scalars(select(Case).where(Case.id.in_(two), Case.partnership_id.is_not(None))).first()
        email = session.scalar(select(Person.email).join(Membership).where(Membership.organisation_id == case.partnership_id,
                                                                           Membership.role == "coordinator"))  # fmt: skip
        ref = case.ref
    browser = Browser(app, email.partition("@")[0])
    assert f"{ref},1," in _download(browser, f"/cases/{ref}/return.csv").decode("utf-8-sig")
    assert browser.client.get(f"/cases/{ref}/return.csv?version=2").status_code == 404


def test_the_template_shows_last_years_answers_and_says_that_the_demo_is_made_up(app, database, preparer):
    book = load_workbook(io.BytesIO(_download(preparer, TEMPLATE)))
    found = cells(book)
    assert [code for (code, part), cell in found.items() if part == "last" and cell.value not in (None, "")]
    said = " ".join(str(cell.value) for row in book["Read me"].iter_rows() for cell in row if cell.value)
    assert "made up" in said


def test_what_is_typed_into_notes_is_text_on_the_page_and_in_the_files(app, database, preparer):
    note = '<script>alert(1)</script>=HYPERLINK("x")'
    where = _preview(preparer, filled(_download(preparer, TEMPLATE), {(COST, "note"): note}))
    page = preparer.get(where)
    assert "<script>alert" not in page
    preparer.client.post(where, data=_choose(page, COST))
    assert note in _download(preparer, f"{CASE}/return.csv").decode("utf-8-sig").replace('""', '"')


@pytest.mark.parametrize("place", ["", "/return/import", "/return/template.xlsx", "/return.xlsx", "/return.csv", "preview"])
def test_pages_and_files_cost_eight_statements_at_most(app, database, preparer, place):
    content = filled(_download(preparer, TEMPLATE), {(COST, "value"): 120, (IT, "value"): 5})
    path = _preview(preparer, content) if place == "preview" else f"{CASE}{place}"
    preparer.client.get(path)
    with Statements(app.database.engine) as statements:
        assert preparer.client.get(path).status_code == 200
    assert len(statements.told) <= 8, "\n".join(statements.told)


def test_broken_files_through_the_whole_way_leave_nothing_behind(app, database, preparer):
    """Some of the fuzzed files by real requests: the child process, the page, the database."""
    rng, before = random.Random(3), _values(database)
    statuses = set()
    for _ in range(12):
        got = _send(preparer, rng.choice(test_fuzz.MUTATIONS)(rng, test_fuzz.BOOK))
        statuses.add(got.status_code)
        if got.status_code == 303:
            preparer.get(got.location)
        else:
            assert "There is a problem" in got.text
    assert statuses <= {303, 422}
    assert 422 in statuses
    assert _values(database) == before


def test_the_values_that_were_taken_over_are_whose_who_took_them(app, database, preparer):
    where = _preview(preparer, f"Code,Answer\n{IT},5\n".encode())
    preparer.client.post(where, data=_choose(preparer.get(where), IT))
    with database.reading() as session:
        value = session.scalars(
            select(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF, ReturnValue.item == IT)
        ).one()
        assert session.get_one(Person, value.person_id).email.startswith("preparer")
