"""Evidence that is replaced, withdrawn or out of date: never overwritten, never deleted."""

import io
import re

from tests.support import files
from tests.support.evidence import CASE, ITEM, LIST, on_sqlite, rows, send, sign_off
from tests.support.site import Browser, at_once, token


@on_sqlite
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
    sign_off(app)
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
    sign_off(app, note="Counted anew.")
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


@on_sqlite
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


@on_sqlite
def test_what_has_run_out_is_told(app, preparer, clock):
    send(preparer, ("certificate.pdf", files.pdf()), expires="3/2/2010")
    clock.forward(days=2)
    assert "Out of date" not in preparer.get(LIST)
    clock.forward(days=1)
    assert "Out of date since 3 Feb 2010" in preparer.get(ITEM)
