"""Adding evidence: what is taken, what is refused with its reason, and what is never lost or there twice."""

import io
import re
from urllib.parse import quote, unquote

from sqlalchemy import select

from tests.conftest import REF
from tests.support import files
from tests.support.evidence import CASE, ITEM, LIST, last_events, on_sqlite, rows, send
from tests.support.figures import typed_return
from tests.support.site import Browser, at_once, find, token
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case, Stay
from webapp.evidence import receiving, verbs


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


@on_sqlite
def test_from_the_page_of_an_item_one_comes_back_to_it(app, preparer):
    page = preparer.get(ITEM)
    assert 'enctype="multipart/form-data"' in page
    got = send(preparer, ("a.pdf", files.pdf()), then="item")
    assert got.location == f"{ITEM}#evidence"
    assert "“a.pdf” is added as file 1." in preparer.get(ITEM)
    assert "1 file<" in preparer.get(f"{CASE}/return/finance")


@on_sqlite
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


DEMO_FILES = 2
"""How many contents the demo's own files have: the only ones in the store where nothing was taken in."""
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


@on_sqlite
def test_what_is_not_kept_is_told_and_nothing_of_it_stays(app, database, preparer):
    for name, content, why in REFUSED:
        got = send(preparer, (name, content), status=422)
        assert f"“{name}”" in got.text
        assert why in got.text
        assert "There is a problem" in got.text
        assert 'href="#files"' in got.text
        assert rows(database) == []
        incoming = app.evidence.folder / "incoming"
        assert not incoming.exists() or not list(incoming.iterdir()), name
        assert len(list(app.evidence.files())) == DEMO_FILES, name


@on_sqlite
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


@on_sqlite
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


@on_sqlite
def test_what_is_typed_beside_the_files_is_checked(app, database, preparer):
    for fields, told in (
        ({"place": ""}, "Choose what the files stand behind"), ({"place": "NO_SUCH"}, "Choose what"), ({"expires": "soon"}, "real date"),
        ({"expires": "31/1/2010"}, "has passed already"), ({"expires": "1/1/2999"}, "too far off"),
    ):  # fmt: skip
        assert told in send(preparer, ("a.pdf", files.pdf()), status=422, **fields).text
    assert rows(database) == []


@on_sqlite
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


@on_sqlite
def test_other_forms_stay_small_and_strangers_send_little(app, preparer):
    big = ("a.csv", b"a,b\n" * 700_000)
    assert send(preparer, big, to=f"{CASE}/return/finance", status=413)
    assert app.test_client().post(LIST, data={"files": (io.BytesIO(big[1]), "a.csv")}).status_code == 413
    assert send(preparer, big).status_code == 303


@on_sqlite
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


def test_people_who_add_at_once_get_numbers_of_their_own(app, database, preparer):
    calls = []
    for number in range(4):
        browser = Browser(app, "preparer")
        data = {"csrf_token": token(browser.get("/role")), "place": "finance", "files": (io.BytesIO(files.pdf(f"{number}")), "new.pdf")}
        calls.append(lambda b=browser, d=data: b.client.post(LIST, data=d))
    assert {a.status_code for a in at_once(*calls)} == {303}
    assert [e.number for e in rows(database)] == [1, 2, 3, 4]


@on_sqlite
def test_a_forged_form_adds_nothing(app, database, preparer):
    got = preparer.client.post(LIST, data={"place": "FIN_COST_EMP", "files": (io.BytesIO(files.pdf()), "a.pdf")})
    assert got.status_code == 400
    assert rows(database) == []
    assert len(list(app.evidence.files())) == DEMO_FILES, "its bytes were never taken in"


@on_sqlite
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
