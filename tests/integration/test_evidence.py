"""Evidence through the web application: who may add, see, replace, withdraw and judge it, and what is never lost or let out."""

import io
import re
from urllib.parse import quote, unquote

import pytest
from sqlalchemy import select, text

from tests.conftest import REF
from tests.integration.test_pages import Statements
from tests.support import files
from tests.support.figures import typed_return
from tests.support.site import Browser, at_once, find, radio, token
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.evidence import receiving, verbs
from webapp.evidence.models import Evidence, EvidenceVerdict
from webapp.record import Event
from webapp.security import HEADERS

CASE = f"/cases/{REF}"
LIST = f"{CASE}/evidence"
ITEM = f"{CASE}/return/finance/FIN_COST_EMP"
DEBTORS = f"{CASE}/return/finance/FIN_DEBTORS"


def send(browser, *sent, to=LIST, status=303, form=None, **fields):
    """Send files, each a pair of name and bytes, as the form on a page would."""
    data = {"csrf_token": token(browser.get(form or "/role")), "place": "FIN_COST_EMP", **fields}
    data["files"] = [(io.BytesIO(content), name) for name, content in sent]
    got = browser.client.post(to, data=data, content_type="multipart/form-data")
    assert got.status_code == status, got.text
    return got


def rows(database, ref=REF):
    with database.reading() as session:
        query = select(Evidence).join(Case).where(Case.ref == ref).order_by(Evidence.number)
        return list(session.scalars(query))


def last_events(database, count=3):
    with database.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.seq.desc()).limit(count)))


@pytest.fixture
def preparer(app):
    """The preparer of the offered case, whose return is in progress."""
    one = Browser(app, "preparer")
    one.move("return", "start")
    return one


def sign_off(app, preparer):
    """Fill in what is empty, submit, and sign off."""
    for part, fields in typed_return().items():
        path = f"{CASE}/return/{part}"
        seen = re.findall(r'name="(was-[A-Z0-9_]+)" value="(\d+)"', preparer.get(path))
        preparer.post(path, fields | dict(seen))
    preparer.move("return", "submit_for_sign_off")
    Browser(app, "approver").move("return", "sign_off")


def in_review(app):
    """Accept the return of the offered case, and give it to the offered reviewer."""
    coordinator, reviewer = Browser(app, "coordinator"), Browser(app, "reviewer")
    coordinator.move("return", "accept")
    page = coordinator.get(f"{CASE}/moves/review/allocate")
    coordinator.move("review", "allocate", {"person": radio(page, "Demo reviewer from Gateshead")})
    reviewer.move("review", "begin")
    return reviewer


# Adding


def test_several_files_at_once_stand_behind_the_item_on_the_record(app, database, preparer):
    preparer.post(f"{CASE}/return/finance", {"FIN_COST_EMP": "1234"})
    got = send(preparer, ("ledger.pdf", files.pdf()), ("table.csv", files.TABLE.encode()), ("scan.exe", files.jpeg()), expires="31/3/2011")
    assert got.location == LIST
    page = preparer.get(LIST)
    assert "3 files are added." in page
    assert all(name in page for name in ("ledger.pdf", "table.csv", "scan.exe.jpg", "PDF", "CSV table", "JPEG picture"))
    found = rows(database)
    assert [(e.number, e.media_type) for e in found] == [(1, "application/pdf"), (2, "text/csv"), (3, "image/jpeg")]
    assert {e.value_seen for e in found} == {"£1,234"}
    assert {e.audience for e in found} == {1}, "of a draft, the body alone sees its evidence"
    assert all(app.evidence.verified(e.sha256).stat().st_size == e.size for e in found)
    assert [e.kind for e in last_events(database)] == ["evidence.created"] * 3
    assert "added evidence 1, “ledger.pdf”" in preparer.get(f"{CASE}/record?entity=evidence")
    assert "31 March 2011" in preparer.get(f"{LIST}/1")


def test_from_the_page_of_an_item_one_comes_back_to_it(app, preparer):
    page = preparer.get(ITEM)
    assert 'enctype="multipart/form-data"' in page
    got = send(preparer, ("a.pdf", files.pdf()), then="item")
    assert got.location == f"{ITEM}#evidence"
    assert "“a.pdf” is added as file 1." in preparer.get(ITEM)
    assert "1 file<" in preparer.get(f"{CASE}/return/finance")


def test_a_function_and_a_practice_can_have_evidence_too(app, preparer):
    forms = typed_return()["finance"]
    practice = next(code for code in forms if code.startswith("FIN_PRACTICE_") and forms[code] == "yes")
    preparer.post(f"{CASE}/return/finance", forms)
    send(preparer, ("a.pdf", files.pdf()), place="finance")
    send(preparer, ("b.pdf", files.pdf("b")), place=practice)
    page = preparer.get(f"{CASE}/return/finance")
    said = sum(1 for code, value in forms.items() if re.fullmatch(r"FIN_PRACTICE_\d+", code) and value == "yes")
    assert f"Practices answered yes: {said}, of which 1 with evidence." in page
    assert preparer.get(f"{LIST}?place=finance").count('id="file-') == 1
    assert preparer.get(f"{LIST}?place=nothing").count('id="file-') == 2


REFUSED = [
    ("empty.pdf", b"", "is empty"),
    ("old.doc", files.ole("WordDocument"), "old Office format"),
    ("page.html", b"<html></html>", "web page"),
    ("drawing.svg", b"<svg/>", "drawing"),
    ("setup.pdf", b"MZ\x90\x00\x03\x00", "is a program"),
    ("sums.xlsx", files.xlsx(("xl/vbaProject.bin", "x")), "macros"),
    ("secret.xlsx", files.ole(*files.LOCKED), "without the password"),
    ("big.csv", b"a,b\n" * (verbs.FILE_LIMIT // 4 + 1), "larger than 20 MB"),
]


@pytest.mark.parametrize("name, content, why", REFUSED, ids=[r[0] for r in REFUSED])
def test_what_is_not_kept_is_told_and_nothing_of_it_stays(app, database, preparer, name, content, why):
    got = send(preparer, (name, content), status=422)
    assert why in got.text
    assert "There is a problem" in got.text
    assert 'href="#files"' in got.text
    assert rows(database) == []
    assert not (app.evidence.folder / "incoming").exists() or not list((app.evidence.folder / "incoming").iterdir())


def test_good_files_beside_a_bad_one_need_not_be_sent_again(app, database, preparer):
    got = send(preparer, ("good.pdf", files.pdf()), ("bad.html", b"<html>"), status=422, expires="31/2/2011")
    assert "“bad.html” holds the code of a web page" in got.text
    assert "real date" in got.text
    assert 'value="31/2/2011"' in got.text, "what was typed is given back"
    assert "good.pdf" in got.text
    word = find(r'name="received" value="([^"]+)"', got.text)
    assert rows(database) == []
    send(preparer, ("second.csv", files.TABLE.encode()), received=word, expires="31/3/2011")
    assert [e.name for e in rows(database)] == ["good.pdf", "second.csv"]


def test_a_word_for_a_file_is_good_for_one_person_in_one_case_only(app, database, preparer, clock):
    page = send(preparer, ("good.pdf", files.pdf()), ("bad.html", b"<html>"), status=422).text
    word = find(r'name="received" value="([^"]+)"', page)
    for forged in ("x", word[:-2] + "xx", word + "x"):
        assert "Choose it again" in send(preparer, received=forged, status=422).text
    other, ref = _elsewhere(app, database)
    assert "Choose it again" in send(other, to=f"/cases/{ref}/evidence", received=word, status=422).text
    assert rows(database) == []
    for path in app.evidence.files():
        path.unlink()
    assert "Choose it again" in send(preparer, received=word, status=422).text


def _elsewhere(app, database):
    """The preparer of another body whose return is in progress, and its case."""
    with database.reading() as session:
        query = (
            select(Case.ref, Person.email).join(Stay, Stay.case_id == Case.id).join(Membership, Membership.organisation_id == Case.body_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Stay.track == "return", Stay.state == "in_progress", Stay.until.is_(None), Membership.role == "preparer")
            .where(Case.ref != REF, Person.email.like("preparer-%"))
        )  # fmt: skip
        ref, email = session.execute(query).first()
    return Browser(app, email.partition("@")[0]), ref


@pytest.mark.parametrize("fields, told", [
    ({"place": ""}, "Choose what the files stand behind"), ({"place": "NO_SUCH"}, "Choose what"), ({"expires": "soon"}, "real date"),
    ({"expires": "31/1/2010"}, "has passed already"), ({"expires": "1/1/2999"}, "too far off"),
])  # fmt: skip
def test_what_is_typed_beside_the_files_is_checked(app, database, preparer, fields, told):
    assert told in send(preparer, ("a.pdf", files.pdf()), status=422, **fields).text
    assert rows(database) == []


def test_no_file_and_too_many_files_are_told(app, database, preparer):
    assert "Choose a file." in send(preparer, status=422).text
    assert "Choose a file." in send(preparer, ("", b""), status=422).text
    many = [(f"{n}.csv", files.TABLE.encode()) for n in range(receiving.AT_ONCE + 1)]
    assert "at most 10 files at once. You chose 11." in send(preparer, *many, status=422).text
    assert rows(database) == []


def test_a_case_has_room_for_so_much_and_no_more(app, database, preparer, monkeypatch):
    monkeypatch.setattr(verbs, "CASE_LIMIT", 2000)
    send(preparer, ("a.csv", b"a,b\n" * 300))
    got = send(preparer, ("b.csv", b"c,d\n" * 300), status=422)
    assert "would come to 2 kB" in got.text
    assert 'name="received"' in got.text
    assert len(rows(database)) == 1


def test_other_forms_stay_small_and_strangers_send_little(app, preparer):
    big = ("a.csv", b"a,b\n" * 700_000)
    assert send(preparer, big, to=f"{CASE}/return/finance", status=413)
    assert app.test_client().post(LIST, data={"files": (io.BytesIO(big[1]), "a.csv")}).status_code == 413
    assert send(preparer, big).status_code == 303


def test_more_than_may_be_sent_at_once_is_told_in_words(app, preparer, monkeypatch):
    monkeypatch.setattr(receiving, "REQUEST_LIMIT", 50_000)
    got = send(preparer, ("a.csv", b"a,b\n" * 20_000), status=413)
    assert "all that are sent at once up to 49 kB" in got.text


def test_the_same_file_sent_anew_after_a_lost_connection_is_not_there_twice(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    send(preparer, ("again.pdf", files.pdf()))
    assert "stood there already, as file 1" in preparer.get(LIST)
    assert len(rows(database)) == 1
    send(preparer, ("elsewhere.pdf", files.pdf()), place="FIN_COST_IT")
    assert len(rows(database)) == 2
    assert len({e.sha256 for e in rows(database)}) == 1, "behind another figure it is another piece, of the same content"


def test_a_double_click_adds_once(app, database, preparer):
    def click():
        data = {"csrf_token": csrf, "place": "FIN_COST_EMP", "once": "same", "files": (io.BytesIO(files.pdf()), "a.pdf")}
        return preparer.client.post(LIST, data=data)

    csrf = token(preparer.get("/role"))
    answers = [click(), click()]
    assert [a.status_code for a in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(rows(database)) == 1


def test_a_forged_form_adds_nothing(app, database, preparer):
    got = preparer.client.post(LIST, data={"place": "FIN_COST_EMP", "files": (io.BytesIO(files.pdf()), "a.pdf")})
    assert got.status_code == 400
    assert rows(database) == []
    assert list(app.evidence.files()) == _demo_files(app), "its bytes were never taken in"


def _demo_files(app):
    """The contents of the demo's own files: the only ones where nothing was sent."""
    found = list(app.evidence.files())
    assert len(found) == 2
    return found


def test_a_name_cannot_break_out(app, database, preparer):
    csrf = token(preparer.get("/role"))
    name = quote('..\\..\\a"b\u202e<script>é\r\nSet-Cookie: x.pdf')
    fields = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in
                     (("csrf_token", csrf), ("place", "finance")))  # fmt: skip
    head = f"--x\r\nContent-Disposition: form-data; name=\"files\"; filename*=UTF-8''{name}\r\n\r\n"
    body = (fields + head).encode() + files.pdf() + b"\r\n--x--\r\n"
    got = preparer.client.post(LIST, data=body, content_type="multipart/form-data; boundary=x")
    assert got.status_code == 303
    found = rows(database)[0]
    assert found.name == 'a"b<script>é Set-Cookie: x.pdf'
    assert "a&#34;b&lt;script&gt;é" in preparer.get(LIST)
    said = preparer.client.get(f"{LIST}/1/file").headers["Content-Disposition"]
    assert "\n" not in said
    assert said.startswith("attachment; ")
    assert unquote(said.partition("filename*=UTF-8''")[2]) == found.name


# The virus scanner


@pytest.fixture
def scanner(app, tmp_path):
    """A scanner that finds the EICAR test string, and does not know what to make of a file that says so."""
    path = tmp_path / "scanner"
    path.write_text('#!/bin/sh\ngrep -q \'EICAR-STANDARD-ANTIVIRUS-TEST-FILE\' "$1" && exit 1\ngrep -q broken "$1" && exit 2\nexit 0\n')
    path.chmod(0o700)
    object.__setattr__(app.settings, "scan_command", (str(path),))


def test_a_virus_is_refused_gone_and_on_the_record(app, database, preparer, scanner):
    before = list(app.evidence.files())
    got = send(preparer, ("invoice.txt", files.EICAR.encode()), ("fine.csv", files.TABLE.encode()), status=422)
    assert "“invoice.txt” was refused" in got.text
    event = last_events(database, 1)[0]
    assert (event.kind, event.role, event.audience) == ("evidence.infected", "preparer", 9)
    assert "“invoice.txt”" in event.label
    assert "in which the virus scanner found something" in preparer.get(f"{CASE}/record")
    assert [p.read_bytes() for p in app.evidence.files() if p not in before] == [files.TABLE.encode()]
    assert rows(database) == []


def test_what_could_not_be_scanned_is_refused_for_now(app, database, preparer, scanner):
    got = send(preparer, ("a.txt", b"broken"), status=422)
    assert "could not be scanned for viruses just now" in got.text
    assert rows(database) == []
    send(preparer, ("b.txt", b"sound"))
    assert [e.name for e in rows(database)] == ["b.txt"]


def test_only_the_administrator_is_told_that_nothing_is_scanned(app, preparer):
    assert "scanned for viruses" not in preparer.get(LIST)
    administrator = Browser(app, "administrator")
    assert "Files are not scanned for viruses" in administrator.get("/evidence")
    object.__setattr__(app.settings, "scan_command", ("/usr/bin/clamdscan", "--fdpass"))
    page = administrator.get("/evidence")
    assert "not scanned" not in page
    assert "/usr/bin/clamdscan" in page


def test_no_transaction_waits_for_a_scanner(app, database, preparer, tmp_path):
    """While a file is scanned, others go on saving: the scanner itself does so here, in the very same database."""
    path = tmp_path / "scanner"
    path.write_text(f"#!/bin/sh\necho started > {tmp_path}/started\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.05; done\n")
    path.chmod(0o700)
    object.__setattr__(app.settings, "scan_command", (str(path),))
    other = Browser(app, "preparer")
    form = other.form(f"{CASE}/return/finance")

    def meanwhile():
        while not (tmp_path / "started").exists():
            pass
        got = other.client.post(f"{CASE}/return/finance", data=form | {"FIN_COST_EMP": "5", "was-FIN_COST_EMP": "0"})
        (tmp_path / "go").touch()
        return got

    csrf = token(preparer.get("/role"))
    data = {"csrf_token": csrf, "place": "FIN_COST_EMP", "files": (io.BytesIO(files.pdf()), "a.pdf")}
    answers = at_once(lambda: preparer.client.post(LIST, data=data), meanwhile)
    assert [a.status_code for a in answers] == [303, 303]
    assert rows(database)[0].value_seen == "£5"


# Who may add


def test_only_while_the_return_is_in_progress(app, database):
    preparer = Browser(app, "preparer")
    assert "Add evidence</button>" not in preparer.get(ITEM)
    got = send(preparer, ("a.pdf", files.pdf()), status=409)
    assert "Evidence can be added while the return is in progress" in got.text
    preparer.move("return", "start")
    send(preparer, ("a.pdf", files.pdf()))
    assert send(Browser(app, "approver"), ("b.pdf", files.pdf("b")), status=409)
    assert send(Browser(app, "officer"), ("b.pdf", files.pdf("b")), status=403)
    assert send(Browser(app, "approver-e4501"), ("b.pdf", files.pdf("b")), status=404)
    assert len(rows(database)) == 1


def test_preparer_and_approver_answer_a_query_with_a_file_that_its_asker_sees(app, database, preparer):
    sign_off(app, preparer)
    reviewer, approver = in_review(app), Browser(app, "approver")
    assert send(preparer, ("a.pdf", files.pdf()), status=409)
    private = {"kind": "query", "text": "Is it right?"}
    annotate = f"{CASE}/review/items/FIN_COST_EMP/annotations"
    reviewer.post(annotate, private, form=f"{CASE}/review?item=FIN_COST_EMP")
    assert send(approver, ("a.pdf", files.pdf()), status=409), "a query that the body cannot see is none"
    reviewer.post(annotate, private | {"share": "y"}, form=f"{CASE}/review?item=FIN_COST_EMP")
    send(approver, ("answer.pdf", files.pdf()))
    send(preparer, ("more.csv", files.TABLE.encode()))
    assert {e.audience for e in rows(database)} == {15}
    for who in (reviewer, Browser(app, "coordinator"), Browser(app, "manager")):
        assert "answer.pdf" in who.get(LIST)
        assert who.client.get(f"{LIST}/1/file").data == files.pdf()
    for found in re.findall(r"annotations/(\d+)/resolution", reviewer.get(f"{CASE}/review")):
        reviewer.post(f"{CASE}/review/annotations/{found}/resolution", {}, form=f"{CASE}/review")
    assert send(preparer, ("late.pdf", files.pdf("late")), status=409)


def test_not_while_the_approver_has_it_to_sign(app, database, preparer):
    for part, fields in typed_return().items():
        preparer.post(f"{CASE}/return/{part}", fields)
    preparer.move("return", "submit_for_sign_off")
    assert send(preparer, ("a.pdf", files.pdf()), status=409)
    assert rows(database) == []


# Who may see


def _no_trace(browser, *names):
    """Nothing of evidence: no name, no number, no file, on no page and not in the record."""
    for place in ("/evidence", "/return", "/return/finance", "/return/finance/FIN_COST_EMP", "/review", "/record", "/record.csv", ""):
        page = browser.client.get(f"{CASE}{place}").text
        for name in names:
            assert name not in page, f"{place} tells {name}"
        assert not re.search(r"\b1 file\b", page), place
    for path in ("1", "1/file", "1/view"):
        assert browser.client.get(f"{LIST}/{path}").status_code == 404
    assert '"1 file' not in browser.get("/today")


def test_a_draft_s_evidence_is_for_the_body_then_for_whoever_sees_the_figures(app, database, preparer):
    send(preparer, ("private-name.csv", files.TABLE.encode()))
    coordinator, officer, manager = (Browser(app, who) for who in ("coordinator", "officer", "manager"))
    for who in (coordinator, officer, manager):
        _no_trace(who, "private-name")
    for name in ("approver", "action-owner"):
        assert "private-name" in Browser(app, name).get(LIST)
    sign_off(app, preparer)
    _no_trace(manager, "private-name")
    for who in (coordinator, officer):
        assert "private-name" in who.get(LIST)
        assert who.client.get(f"{LIST}/1/file").status_code == 200
        assert "1 file<" in who.get(f"{CASE}/return/finance")
    assert "showed evidence 1, “private-name.csv” to the partnership" in coordinator.get(f"{CASE}/record?entity=evidence")
    coordinator.move("return", "accept")
    assert manager.client.get(f"{LIST}/1/file").status_code == 200


def test_what_was_withdrawn_or_replaced_in_the_draft_is_never_shown_to_others(app, database, preparer):
    send(preparer, ("withdrawn-name.csv", files.TABLE.encode()), ("replaced-name.pdf", files.pdf()))
    preparer.post(f"{LIST}/1/withdrawal", {"why": "It names people."}, form="/role")
    send(preparer, ("standing-name.pdf", files.pdf("new")), to=f"{LIST}/2/replacement")
    sign_off(app, preparer)
    page = Browser(app, "coordinator").get(LIST)
    assert "standing-name" in page
    assert "withdrawn-name" not in page
    assert "replaced-name" not in page
    assert "In place of" not in page
    assert page.count('id="file-') == 1
    assert preparer.get(LIST).count('id="file-') == 3


def test_the_answer_that_it_was_uploaded_for_is_kept_beside_it(app, database, preparer):
    """In a draft the body sees which; whoever else sees the file learns of an answer only if it was once signed off."""
    preparer.post(f"{CASE}/return/finance", {"FIN_DEBTORS": "777"})
    send(preparer, ("a.pdf", files.pdf()), place="FIN_DEBTORS")
    sign_off(app, preparer)
    assert "Uploaded when it was: £777" in preparer.get(DEBTORS)
    coordinator = Browser(app, "coordinator")
    for place in (DEBTORS, LIST, f"{LIST}/1"):
        page = coordinator.get(place)
        assert "Uploaded when the answer was another" in page
        assert "777" not in page
    assert "777" not in coordinator.get(f"{CASE}/record.csv")
    signed = find(r'Version 1</dt><dd class="govuk-summary-list__value">([^<]+)<', coordinator.get(DEBTORS))
    coordinator.move("return", "request_correction", {"reason": "Check it."})
    preparer.move("return", "start_correction")
    send(preparer, ("b.csv", files.TABLE.encode()), place="FIN_DEBTORS")
    assert "b.csv" not in coordinator.get(LIST), "a correction is a draft again"
    was = find(r'name="was-FIN_DEBTORS" value="(\d+)"', preparer.get(f"{CASE}/return/finance"))
    preparer.post(f"{CASE}/return/finance", {"FIN_DEBTORS": "888,888", "was-FIN_DEBTORS": was})
    preparer.move("return", "submit_for_sign_off")
    Browser(app, "approver").move("return", "sign_off")
    for who in (preparer, coordinator):
        for place in (DEBTORS, LIST):
            assert f"Uploaded when it was: {signed}" in who.get(place), "an answer that was signed off is no secret"
    assert "777" not in coordinator.get(LIST)


# Replaced and withdrawn


def test_a_replacement_is_a_new_file_that_names_the_old_one(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    got = send(preparer, ("b.csv", files.TABLE.encode()), to=f"{LIST}/1/replacement")
    assert got.location == f"{LIST}/2"
    assert "In place of" in preparer.get(f"{LIST}/2")
    old = preparer.get(f"{LIST}/1")
    assert "Replaced by file 2" in old
    assert "Replace the file" not in old
    assert preparer.client.get(f"{LIST}/1/file").data == files.pdf(), "it stays as it was"
    assert "1 file<" in preparer.get(f"{CASE}/return/finance"), "what was replaced does not count"
    late = send(preparer, ("c.pdf", files.pdf("c")), to=f"{LIST}/1/replacement", status=409)
    assert "was replaced by file 2" in late.text
    assert "very same file" in send(preparer, ("x.csv", files.TABLE.encode()), to=f"{LIST}/2/replacement", status=422).text
    assert (
        "Choose one file"
        in send(preparer, ("x.pdf", files.pdf("x")), ("y.pdf", files.pdf("y")), to=f"{LIST}/2/replacement", status=422).text
    )
    assert "Choose a file" in send(preparer, to=f"{LIST}/2/replacement", status=422).text
    assert send(preparer, ("x.pdf", files.pdf("x")), to=f"{LIST}/77/replacement", status=404)
    assert len(rows(database)) == 2
    assert "in the place of another file" in preparer.get(f"{CASE}/record?entity=evidence&key=2")


def test_a_signed_version_keeps_the_files_that_it_was_signed_with(app, database, preparer, clock):
    send(preparer, ("first.pdf", files.pdf("first")))
    send(preparer, ("other.pdf", files.pdf("other")), place="finance")
    sign_off(app, preparer)
    clock.forward(days=1)
    coordinator = Browser(app, "coordinator")
    coordinator.move("return", "request_correction", {"reason": "The cost is of another year."})
    preparer.move("return", "start_correction")
    clock.forward(days=1)
    send(preparer, ("second.pdf", files.pdf("second")), to=f"{LIST}/1/replacement", form=f"{LIST}/1")
    assert "is replaced by “second.pdf”" in preparer.get(LIST)
    for who in (preparer, coordinator):
        page = who.get(f"{LIST}?version=1")
        assert "first.pdf" in page
        assert "other.pdf" in page
        assert "second.pdf" not in page
        assert "Version 1</a>" in who.get(f"{LIST}/1")
        assert who.client.get(f"{LIST}/1/file").data == files.pdf("first")
    assert "Signed off with" not in preparer.get(f"{LIST}/3"), "a draft was signed off with nothing"
    assert "second.pdf" not in coordinator.get(LIST)
    sign_off(app, preparer)
    for who in (preparer, coordinator):
        assert [n for n in ("first.pdf", "second.pdf", "other.pdf") if n in who.get(f"{LIST}?version=1")] == ["first.pdf", "other.pdf"]
        assert [n for n in ("first.pdf", "second.pdf", "other.pdf") if n in who.get(f"{LIST}?version=2")] == ["second.pdf", "other.pdf"]
    assert "evidence?version=1" in preparer.get(f"{CASE}/return?version=1")
    assert "None" in preparer.get(f"{LIST}?version=9")
    assert preparer.client.get(f"{LIST}?version=0").status_code == 404


def test_two_people_who_replace_the_same_file_at_once_make_one_chain(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    calls = []
    for number in range(3):
        browser = Browser(app, "preparer")
        data = {"csrf_token": token(browser.get("/role")), "files": (io.BytesIO(files.pdf(f"new {number}")), "new.pdf")}
        calls.append(lambda b=browser, d=data: b.client.post(f"{LIST}/1/replacement", data=d))
    answers = at_once(*calls)
    assert sorted(a.status_code for a in answers) == [303, 409, 409]
    assert len(rows(database)) == 2


def test_people_who_add_at_once_get_numbers_of_their_own(app, database, preparer):
    calls = []
    for number in range(4):
        browser = Browser(app, "preparer")
        data = {"csrf_token": token(browser.get("/role")), "place": "finance", "files": (io.BytesIO(files.pdf(f"{number}")), "new.pdf")}
        calls.append(lambda b=browser, d=data: b.client.post(LIST, data=d))
    assert {a.status_code for a in at_once(*calls)} == {303}
    assert [e.number for e in rows(database)] == [1, 2, 3, 4]


def test_withdrawn_is_not_deleted(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    assert "Say why" in preparer.post(f"{LIST}/1/withdrawal", {"why": "  "}, form="/role", status=422)
    long = preparer.post(f"{LIST}/1/withdrawal", {"why": "y" * 2001}, form="/role", status=422)
    assert "y" * 2001 in long
    preparer.post(f"{LIST}/1/withdrawal", {"why": "It is the wrong year."}, form="/role")
    page = preparer.get(f"{LIST}/1")
    assert "“It is the wrong year.”" in page
    assert "Withdrawn" in preparer.get(LIST)
    assert preparer.client.get(f"{LIST}/1/file").data == files.pdf()
    assert "1 file<" not in preparer.get(f"{CASE}/return/finance")
    assert "withdrew evidence 1, “a.pdf”: “It is the wrong year.”" in re.sub("<[^>]+>", "", preparer.get(f"{CASE}/record?entity=evidence"))
    assert "was withdrawn" in preparer.post(f"{LIST}/1/withdrawal", {"why": "Again."}, form="/role", status=409)
    assert send(preparer, ("c.pdf", files.pdf("c")), to=f"{LIST}/1/replacement", status=409)
    send(preparer, ("a.pdf", files.pdf()))
    assert len(rows(database)) == 2, "what was withdrawn can be sent anew"


def test_what_has_run_out_is_told(app, preparer, clock):
    send(preparer, ("certificate.pdf", files.pdf()), expires="3/2/2010")
    clock.forward(days=2)
    assert "Out of date" not in preparer.get(LIST)
    clock.forward(days=1)
    assert "Out of date since 3 Feb 2010" in preparer.get(ITEM)


# Accepted and refused


def test_the_body_learns_at_once_what_is_refused_and_of_acceptance_with_the_draft(app, database, preparer):
    send(preparer, ("good.pdf", files.pdf()), ("bad.csv", files.TABLE.encode()))
    sign_off(app, preparer)
    reviewer, approver = in_review(app), Browser(app, "approver")
    assert "Choose whether" in reviewer.post(f"{LIST}/1/verdict", {}, form=f"{LIST}/1", status=422)
    assert "Say why" in reviewer.post(f"{LIST}/2/verdict", {"verdict": "refused"}, form=f"{LIST}/2", status=422)
    reviewer.post(f"{LIST}/1/verdict", {"verdict": "accepted", "verdict-why": "A private thought."}, form=f"{LIST}/1")
    reviewer.post(f"{LIST}/2/verdict", {"verdict": "refused", "verdict-why": "It is of another year."}, form=f"{LIST}/2")
    assert "Accepted by the reviewer" in reviewer.get(LIST)
    page = approver.get(LIST)
    assert "Refused by the reviewer" in page
    assert "Accepted by" not in page
    assert "A private thought" not in approver.get(f"{LIST}/1") + approver.get(f"{CASE}/record.csv")
    assert "It is of another year." in approver.get(f"{LIST}/2")
    assert "refused evidence 2, “bad.csv”: “It is of another year.”" in approver.get("/today")
    manager = Browser(app, "manager")
    assert "Refused by" not in manager.get(LIST), "the auditor judges for itself until the review is final"
    reviewer.post(f"{LIST}/2/verdict", {"verdict": "accepted"}, form=f"{LIST}/2")
    assert "Accepted by the reviewer" in approver.get(f"{LIST}/2"), "who knew of the refusal learns that it is lifted"
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": "1"}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    assert approver.get(LIST).count("Accepted by the reviewer") == 2
    assert reviewer.post(f"{LIST}/1/verdict", {"verdict": "accepted"}, form="/role", status=409)
    assert "Accepted by" not in manager.get(LIST)
    approver.move("review", "comment", {"comments": "None."})
    coordinator = Browser(app, "coordinator")
    coordinator.move("review", "moderate")
    coordinator.move("review", "issue_final")
    assert manager.get(LIST).count("Accepted by the reviewer") == 2
    manager.move("challenge", "allocate", {"person": radio(manager.get(f"{CASE}/moves/challenge/allocate"), "Demo inspector\\s*<")})
    inspector = Browser(app, "inspector")
    inspector.post(f"{LIST}/1/verdict", {"verdict": "refused", "verdict-why": "Not audited."}, form=f"{LIST}/1")
    page = approver.get(f"{LIST}/1")
    assert "Refused by the inspector" in page
    assert "Accepted by the reviewer" in page, "each side has its own verdict"
    with database.reading() as session:
        assert len(list(session.scalars(select(EvidenceVerdict).join(Case).where(Case.ref == REF)))) == 4, "none was overwritten"


def test_what_was_replaced_is_not_judged(app, database, preparer):
    send(preparer, ("a.pdf", files.pdf()))
    sign_off(app, preparer)
    reviewer = in_review(app)
    reviewer.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", {"kind": "query", "text": "?", "share": "y"},
                  form=f"{CASE}/review?item=FIN_COST_EMP")  # fmt: skip
    form = f"{LIST}/1"
    csrf = token(reviewer.get(form))
    send(preparer, ("b.pdf", files.pdf("b")), to=f"{LIST}/1/replacement")
    got = reviewer.client.post(f"{LIST}/1/verdict", data={"csrf_token": csrf, "verdict": "accepted", "verdict-why": "My long reason."})
    assert got.status_code == 409
    assert "My long reason." in got.text
    assert "Save the verdict" not in reviewer.get(form)


# Looked at and downloaded


def test_a_download_is_saved_never_opened(app, preparer):
    send(preparer, ("Übersicht „1“.pdf", files.pdf()), ("pic.png", files.png()), ("t.csv", files.TABLE.encode()))
    for number, (media_type, content) in enumerate(
        (("application/pdf", files.pdf()), ("image/png", files.png()), ("text/csv", files.TABLE.encode())), 1
    ):
        got = preparer.client.get(f"{LIST}/{number}/file")
        assert got.data == content
        assert got.mimetype == media_type
        assert got.headers["Content-Disposition"].startswith("attachment;")
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert got.headers["Cache-Control"] == "private, no-cache"
    said = preparer.client.get(f"{LIST}/1/file").headers["Content-Disposition"]
    assert "filename*=UTF-8''%C3%9Cbersicht%20%E2%80%9E1%E2%80%9C.pdf" in said
    said.encode("ascii")


def test_a_large_file_is_sent_in_pieces(app, preparer):
    send(preparer, ("large.csv", b"a,b\n" * 400_000))
    got = preparer.client.get(f"{LIST}/1/file", buffered=False)
    pieces = [len(piece) for piece in got.iter_encoded()]
    assert sum(pieces) == 1_600_000
    assert max(pieces) < 100_000


def test_parts_and_unchanged_files_are_answered_as_browsers_ask(app, preparer, database):
    send(preparer, ("t.csv", files.TABLE.encode()))
    whole = preparer.client.get(f"{LIST}/1/file")
    assert whole.headers["ETag"] == f'"{rows(database)[0].sha256}"'
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = preparer.client.get(f"{LIST}/1/file", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.data) == (206, files.TABLE.encode()[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(files.TABLE)}"
    assert part.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert preparer.client.get(f"{LIST}/1/file", headers={"Range": "bytes=999-"}).status_code == 416
    same = preparer.client.get(f"{LIST}/1/file", headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert preparer.client.head(f"{LIST}/1/file").headers["Content-Length"] == str(len(files.TABLE))
    stranger = Browser(app, "approver-e4501")
    assert stranger.client.get(f"{LIST}/1/file", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 404


def test_what_is_looked_at_can_do_nothing(app, preparer):
    table = "Name,Note\n" + "".join(f'{n},&amp; "quoted" <b>{n}\n' for n in range(300))
    send(preparer, ("pic.png", files.png()), ("notes.txt", table.encode()), ("a.pdf", files.pdf()))
    picture, text = preparer.client.get(f"{LIST}/1/view"), preparer.client.get(f"{LIST}/2/view")
    assert f'<img class="ys-file-image" src="{LIST}/1/file"' in picture.text
    for page in (picture, text):
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-same-origin allow-downloads; default-src 'none'")
        assert "script" not in policy
        assert len(page.headers.getlist("Content-Security-Policy")) == 1
        assert "<script" not in page.text
        assert {k: v for k, v in page.headers.items() if k in HEADERS and k != "Content-Security-Policy"} == {
            k: v for k, v in HEADERS.items() if k != "Content-Security-Policy"}  # fmt: skip
    assert "<b>" not in text.text
    assert "&lt;b&gt;1\n" in text.text
    assert "&lt;b&gt;198\n" in text.text
    assert "&lt;b&gt;199\n" not in text.text
    assert "at most 200 lines" in text.text
    assert preparer.client.get(f"{LIST}/3/view").status_code == 404
    for number in (1, 2):
        preparer.get(f"{LIST}/{number}/view")


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_damaged_file_is_told_and_not_served(app, database, preparer, harm):
    send(preparer, ("t.csv", files.TABLE.encode()))
    path = app.evidence.path(rows(database)[0].sha256)
    path.chmod(0o600)
    path.unlink() if harm == "missing" else path.write_bytes(b"altered")
    for place in ("file", "view"):
        got = preparer.client.get(f"{LIST}/1/{place}")
        assert got.status_code == 500
        assert "This file is damaged" in got.text
        assert b"altered" not in got.data
    assert preparer.get(f"{LIST}/1"), "its page is there, with what is known of it"


# What pages cost


def test_pages_of_evidence_cost_eight_statements_at_most_however_many_files(app, database, preparer):
    preparer.post(f"{CASE}/return/finance", {"FIN_COST_EMP": "1"})
    send(preparer, *[(f"{n}.pdf", files.pdf(str(n))) for n in range(9)])
    sign_off(app, preparer)
    reviewer = in_review(app)
    reviewer.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", {"kind": "query", "text": "?", "share": "y"},
                  form=f"{CASE}/review?item=FIN_COST_EMP")  # fmt: skip
    for number in (1, 2, 3):
        reviewer.post(f"{LIST}/{number}/verdict", {"verdict": "refused", "verdict-why": "No."}, form=f"{LIST}/{number}")
    for who in (preparer, Browser(app, "approver"), reviewer, Browser(app, "coordinator"), Browser(app, "manager")):
        for place in ("/evidence", "/evidence?place=FIN_COST_EMP", "/evidence/1", "/evidence/1/file", "/return", "/return/finance",
                      "/return/finance/FIN_COST_EMP", "/return/finance/FIN_COST", "/review"):  # fmt: skip
            who.client.get(f"{CASE}{place}")
            with Statements(app.database.engine) as statements:
                assert who.client.get(f"{CASE}{place}").status_code == 200
            assert len(statements.told) <= 8, f"{place}:\n" + "\n".join(statements.told)


def test_a_long_list_has_pages(app, database, preparer, monkeypatch):
    monkeypatch.setattr("webapp.evidence.queries.PAGE", 3)
    send(preparer, *[(f"{n}.pdf", files.pdf(str(n))) for n in range(7)])
    first, last = preparer.get(LIST), preparer.get(f"{LIST}?page=3")
    assert [int(n) for n in re.findall(r'id="file-(\d+)"', first)] == [7, 6, 5]
    assert [int(n) for n in re.findall(r'id="file-(\d+)"', last)] == [1]
    assert "Earlier files" in first
    assert "Later files" in last
    for page in ("0", "-1", "x", "9" * 30):
        preparer.get(f"{LIST}?page={page}")
    assert preparer.client.get(f"{LIST}/{'9' * 30}").status_code in (400, 404)


def test_the_demo_s_files_say_that_they_are_invented(app, database):
    with database.reading() as session:
        found = {e.sha256: e for e in session.scalars(select(Evidence))}
        assert session.scalar(text("select count(*) from evidence_verdicts")) > 0
        assert session.scalar(select(Assignment.id).limit(1))
    assert len(found) == 2
    for evidence in found.values():
        assert "invented" in evidence.name
        assert b"Invented for the demo" in app.evidence.verified(evidence.sha256).read_bytes()
