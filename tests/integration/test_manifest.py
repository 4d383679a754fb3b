"""One record that page, table and PDF name: it stays as it is, and whatever is altered in it is found."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, text

from tests.conftest import NOW
from tests.support.explaining import sign_fewer
from tests.support.html import assert_strict_html
from tests.support.publishing import settled
from tests.support.site import Browser
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.publication import manifests, queries, verbs
from webapp.publication.models import ContextNote, Publication, Restatement
from webapp.register.models import Round
from webapp.reports.pdf import report_html
from workflows.benchmarks.manifest import Entry, Manifest, decode, differences, encode, entry, number_of
from workflows.roles import Actor, Role

ADDRESS = "/published/2009/manifest.json"


def _publication(session, number, code="2009"):
    query = select(Publication).join(Round, Round.id == Publication.round_id)
    return session.scalars(query.where(Round.code == code, Publication.number == number)).one()


def _verified(database, now=NOW):
    with database.reading() as session:
        return {(one.round, one.publication): one for one in
                (manifests.verify(session, found, code, now) for code, found in queries.all_published(session, now))}  # fmt: skip


def test_the_manifest_names_what_is_published_and_its_number_is_its_own_digest(app):
    client = app.test_client()
    got = client.get(ADDRESS)
    number = hashlib.sha256(got.data).hexdigest()
    assert got.headers["ETag"] == f'"{number}"'
    assert client.get(ADDRESS, headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    assert client.get(f"{ADDRESS}?version=1").data == got.data
    with zipfile.ZipFile(io.BytesIO(client.get("/published/2009/open-data.zip").data)) as archive:
        described = json.loads(archive.read("datapackage.json"))
        for one in got.json["files"]:
            content = archive.read(one["name"])
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (one["sha256"], one["bytes"]), one["name"]
        for resource in described["resources"]:
            content = archive.read(resource["path"])
            assert (resource["hash"], resource["bytes"]) == (f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))
        left = {one["path"] for one in described["resources"]} - {one["name"] for one in got.json["files"]}
    assert left == {"restatements.csv"}, "what is restated since is told beside the record, and is no part of it"
    assert described["manifest"]["sha256"] == number
    documents = {one["name"]: one for one in got.json["documents"]}
    assert {"summary", "notes", "indicator/FIN-P1", "body/E0701"} <= documents.keys()
    for name in ("summary", "notes", "indicator/FIN-P1", next(one for one in documents if one.startswith("group/")), "body/E0701"):
        content = client.get(f"/published/2009/documents/{name}.json").data
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (documents[name]["sha256"], documents[name]["bytes"]), name
    assert client.get("/published/2009/documents/body/E9999.json").status_code == 404


def test_page_json_and_pdf_name_the_same_number(app, database):
    client = app.test_client()
    number = client.get(ADDRESS).headers["ETag"].strip('"')
    page = client.get("/published/2009").text
    assert_strict_html(page)
    assert number in page
    code = next(one["body"] for one in csv.DictReader(io.StringIO(client.get("/published/2009.csv").text)) if one["value"])
    assert number in client.get(f"/published/2009/{code}").text
    for place in ("/published/2009.json", f"/published/2009/{code}.json"):
        assert client.get(place).json["manifest"]["sha256"] == number
    with database.work(SYSTEM, NOW) as work:  # the publication that is with the bodies is public now, and is what is printed
        settled(work)
        verbs.publish(work, _publication(work.session, 2), although="It is a test.")
    with app.test_request_context(), database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == f"2009-{code}")).one()
        html = report_html(session, case, "benchmarks", Actor(None, "", Role.OFFICER, None), NOW)
        assert _publication(session, 2).manifest_number in html


def test_a_correction_changes_no_byte_of_the_manifest(app, database):
    with database.reading() as session:
        assert session.scalars(select(Restatement)).first() is not None, "the demo corrects a return after publication 1"
        kept = _publication(session, 1)
        content = kept.manifest
        assert manifests.make(session, kept, NOW) == content
        ref = session.scalars(select(Case.ref).join(Restatement, Restatement.case_id == Case.id)).first()
    before = app.test_client().get(ADDRESS)
    who = ref.partition("-")[2].lower()
    approver = Browser(app, f"approver-{who}")
    approver.move("return", "volunteer_correction", {"reason": "Counted anew.", "material": "no"}, ref=ref)
    sign_fewer(app, ref)
    after = app.test_client().get(ADDRESS)
    assert after.data == before.data == content
    with database.reading() as session:
        assert session.scalars(select(Restatement).where(Restatement.indicator == "HR-S9")).first() is not None
        assert manifests.make(session, _publication(session, 1), NOW + timedelta(days=900)) == content
    assert not any(one.problems for one in _verified(database).values())


def test_the_manifest_follows_notes_until_the_time_comes_and_goes_when_the_time_is_taken_back(app, database, clock):
    at = NOW + timedelta(days=1)
    with database.work(SYSTEM, NOW) as work:
        settled(work)
        verbs.publish(work, _publication(work.session, 2), at, although="It is a test.")
    with database.reading() as session:
        first = _publication(session, 2).manifest_number
        assert first
        note = session.scalars(select(ContextNote).where(ContextNote.indicator != "")).first()
        case = session.get_one(Case, note.case_id)
        query = select(Person.email).join(Membership).where(Membership.organisation_id == case.body_id, Membership.role == "approver")
        who = session.scalars(query).first().partition("@")[0]
    client = app.test_client()
    assert client.get(f"{ADDRESS}?version=2").status_code == 404
    Browser(app, who).post(f"/cases/{case.ref}/benchmarks", {"indicator": "FIN-P1", "note": "Said later.", "seen": note.revision})
    with database.reading() as session:
        assert _publication(session, 2).manifest_number != first
    clock.forward(days=2)
    assert client.get(f"{ADDRESS}?version=2").status_code == 200
    assert not any(one.problems for one in _verified(database, clock.now).values())
    with database.work(SYSTEM, NOW) as work:
        verbs.hold(work, _publication(work.session, 2))
    with database.reading() as session:
        assert (_publication(session, 2).manifest, _publication(session, 2).manifest_number) == (None, "")


TAMPERED = {
    "document": ("update publication_documents set content = :content where kind = 'body' and key = 'E0701' and publication_id = :id",
                 "The document body/E0701 has"),
    "removed": ("delete from publication_documents where kind = 'indicator' and key = 'FIN-P1' and publication_id = :id",
                "The document indicator/FIN-P1 is missing"),
    "number": ("update publications set manifest_number = 'ab' where id = :id", "The manifest itself was altered"),
    "both": ("update publications set manifest = :manifest, manifest_number = :number where id = :id", "The record of events tells of no"),
    "none": ("update publications set manifest = null where id = :id", "before manifests were kept"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_tampered_with_is_found(database, what):
    statement, says = TAMPERED[what]
    with database.reading() as session:
        found = _publication(session, 1)
        content = queries.document(session, found.id, "body", "E0701")
        assert content is not None
        content = content.replace(b"Hartlepool", b"Hartlepoor")
        other = encode(Manifest(round="2009", publication=1, published_at="", programme="", programme_version="", definitions="",
                                program="", files=(), documents=()))  # fmt: skip
        values = {"id": found.id, "content": content, "manifest": other, "number": number_of(other)}
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"drop trigger publication_documents_frozen_{verb}")
        else:
            connection.exec_driver_sql("alter table publication_documents disable trigger all")
        bound = text(statement)
        connection.execute(bound, {name: values[name] for name in bound.compile().params})
    verified = _verified(database)
    assert any(says in problem for problem in verified["2009", 1].problems), verified["2009", 1].problems
    assert not verified["2006", 1].problems


def test_what_differs_is_told_in_words_and_a_newer_program_is_named():
    start = Manifest(round="1", publication=1, published_at="", programme="p", programme_version="1", definitions="d",
                     program="Yardstick 1", files=(entry("a.csv", b"a"),), documents=(entry("b", b"b"), entry("a", b"a")))  # fmt: skip

    def made(**more):
        return msgspec.structs.replace(start, **more)

    assert decode(encode(made())).documents == (entry("a", b"a"), entry("b", b"b"))
    assert encode(made()) == encode(made(documents=(entry("a", b"a"), entry("b", b"b"))))
    assert differences(made(), made(program="Yardstick 2")) == []
    drawn = differences(made(), made(program="Yardstick 2", files=(entry("a.csv", b"xx"),)))
    assert "It was drawn by Yardstick 1, and is drawn by Yardstick 2 now" in drawn[0]
    assert "is not in the manifest" in differences(made(), made(documents=(*made().documents, Entry("c", "", 0))))[0]
    assert "definitions: the manifest says “d”" in differences(made(), made(definitions="e"))[0]
