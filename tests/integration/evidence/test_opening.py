"""A file that is downloaded or looked at: saved, never run; refused where it is damaged."""

from tests.support import files
from tests.support.evidence import LIST, on_sqlite, rows, send
from tests.support.site import Browser
from webapp.security import HEADERS


@on_sqlite
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


@on_sqlite
def test_a_large_file_is_sent_in_pieces(app, preparer):
    send(preparer, ("large.csv", b"a,b\n" * 400_000))
    got = preparer.client.get(f"{LIST}/1/file", buffered=False)
    pieces = [len(piece) for piece in got.iter_encoded()]
    assert sum(pieces) == 1_600_000
    assert max(pieces) < 100_000


@on_sqlite
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


@on_sqlite
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


@on_sqlite
def test_a_damaged_file_is_told_and_not_served(app, database, preparer):
    send(preparer, ("t.csv", files.TABLE.encode()))
    path = app.evidence.path(rows(database)[0].sha256)
    path.chmod(0o600)
    for harm in (lambda: path.write_bytes(b"altered"), path.unlink):
        harm()
        for place in ("file", "view"):
            got = preparer.client.get(f"{LIST}/1/{place}")
            assert got.status_code == 500
            assert "This file is damaged" in got.text
            assert b"altered" not in got.data
        assert preparer.get(f"{LIST}/1"), "its page is there, with what is known of it"
