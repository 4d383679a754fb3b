"""The review as a conversation: who sees which annotation when, on every surface; questions in a batch; the draft point by point;
what was annotated on a figure that changed; the file of annotations; what a coordinator sees of all reviews."""

import io
import json
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.figures import PROGRAMME
from tests.support.returns import bring, case_of, enter, move
from tests.support.site import Browser, find, token
from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.db import SYSTEM
from webapp.notices.models import Notice
from webapp.review.models import Annotation, DraftComment, FunctionNote
from workflows.returns.values import Answer
from workflows.roles import Side

CASE = f"/cases/{REF}"
PLACES = ("/review", "/review?show=all", "/record", "/record.csv", "/return/differences", "/sides", "/review/annotations.jsonld", "")
WHO = ("preparer", "approver", "coordinator", "reviewer", "manager", "officer")

# Who reads an annotation by its kind and whom it is for, in each state of the review. Of b(ody), p(artnership), a(uditor): those who do;
# the programme team reads what the final review shows.
SEEN = """
kind           addressee   in_review  with_body  in_review2  draft_issued  final
comment        reviewers   p          p          p           p             p
comment        body        p          p          p           bp            bpao
comment        auditor     p          p          p           p             pa
query          reviewers   p          p          p           p             p
query          body        p          bp         bp          bp            bpao
good_practice  body        p          p          p           bp            bpao
"""
LETTER = {"preparer": "b", "approver": "b", "coordinator": "p", "reviewer": "p", "manager": "a", "officer": "o"}


@pytest.fixture
def cast(app, database):
    """Everybody of the home case, whose review has begun."""
    bring(database, "accept")
    people = {who: Browser(app, who) for who in WHO}
    page = people["coordinator"].get(f"{CASE}/moves/review/allocate")
    person = find(r'value="(\d+)"[^>]*>\s*<label[^>]*>\s*Demo reviewer from Gateshead', page)
    people["coordinator"].move("review", "allocate", {"person": person})
    people["reviewer"].move("review", "begin")
    return people


def _annotate(reviewer, item, text, **more):
    data = {"kind": "comment", "text": text} | more
    reviewer.post(f"{CASE}/review/items/{item}/annotations", data, form=f"{CASE}/review?item={item}")


def _number(database, text):
    with database.reading() as session:
        return session.scalars(select(Annotation.id).where(Annotation.text == text)).one()


def _readers(cast, database, word):
    """Who reads a word anywhere: on a page, in a file, in the record, in a mail."""
    found = set()
    for who, browser in cast.items():
        if any(word in browser.client.get(f"{CASE}{place}").text for place in PLACES) or word in browser.get("/today"):
            found.add(who)
        if word in browser.get("/outbox"):
            found.add(who)
    return found


def test_who_sees_which_annotation_in_which_state_on_every_surface(cast, database):
    head, *lines = SEEN.strip().splitlines()
    rows = [dict(zip(head.split(), line.split(), strict=True)) for line in lines]
    items = ("FIN_COST_EMP", "FIN_COST_IT", "FIN_COST_OTHER", "FIN_PAYSLIPS", "FIN_PAYROLL_ERRORS", "FIN-P1")
    reviewer = cast["reviewer"]
    for number, (row, item) in enumerate(zip(rows, items, strict=True)):
        _annotate(reviewer, item, f"MARKER{number}X", kind=row["kind"], addressee=row["addressee"])

    def check(state):
        for number, row in enumerate(rows):
            wanted = {who for who in WHO if LETTER[who] in row[state]}
            found = _readers(cast, database, f"MARKER{number}X")
            assert found == wanted, f"{row['kind']} for {row['addressee']} in {state}: read by {found}, not {wanted}"

    check("in_review")
    reviewer.move("review", "send_queries")
    check("with_body")
    asked = _number(database, "MARKER4X")
    said = {"answer": "It is.", "revision": "0"}
    cast["preparer"].post(f"{CASE}/review/annotations/{asked}/answer", said, form=f"{CASE}/review?answer={asked}")
    cast["approver"].move("review", "send_answers")
    check("in_review2")
    for text in ("MARKER3X", "MARKER4X"):
        reviewer.post(f"{CASE}/review/annotations/{_number(database, text)}/resolution", {}, form=f"{CASE}/review")
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": seen}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    check("draft_issued")
    cast["approver"].move("review", "comment", {"comments": ""})
    cast["coordinator"].move("review", "moderate")
    cast["coordinator"].move("review", "issue_final")
    check("final")
    printed = cast["approver"].client.get(f"{CASE}/reports/review.pdf")
    assert printed.status_code == 200


def test_questions_go_in_one_batch_with_one_mail_and_are_asked_again_in_the_next(cast, database):
    reviewer, preparer = cast["reviewer"], cast["preparer"]
    assert "Send the questions to the body" not in reviewer.get(f"{CASE}/review"), "there is none to send"
    for number, item in enumerate(("FIN_COST_EMP", "FIN_COST_IT", "FIN_PAYSLIPS")):
        _annotate(reviewer, item, f"Question {number}?", kind="query", addressee="body")
    before = reviewer.get(f"{CASE}/moves/review/send_queries")
    for told in ("Question 0?", "Question 1?", "Question 2?", "preparers and approvers of the body will read"):
        assert told in before
    reviewer.move("review", "send_queries")
    with database.reading() as session:
        mails = session.scalars(select(Notice).where(Notice.message == "query_to_body", Notice.case_id == case_of(session).id)).all()
    assert len(mails) == len({mail.person_id for mail in mails}) > 0, "one mail each"
    first = _number(database, "Question 0?")
    for text in ("Question 0?", "Question 1?", "Question 2?"):
        number = _number(database, text)
        preparer.post(f"{CASE}/review/annotations/{number}/answer", {"answer": f"Answer {number}.", "revision": "0"},
                      form=f"{CASE}/review?answer={number}")  # fmt: skip
    preparer.move("review", "send_answers")
    path = f"{CASE}/review/annotations/{first}/replies"
    reviewer.post(path, {"reply": "And the pension team?", "ask_again": "y"}, form=f"{CASE}/review?reply={first}")
    assert "And the pension team?" not in preparer.get(f"{CASE}/review")
    reviewer.move("review", "send_queries")
    page = preparer.get(f"{CASE}/review?show=waiting")
    assert "And the pension team?" in page
    assert f"Answer {first}." in page
    preparer.move("review", "send_answers", status=422, form=f"{CASE}/review")
    reviewer.post(f"{CASE}/review/annotations/{first}/replies", {"reply": " "}, form=f"{CASE}/review?reply={first}", status=422)


def test_only_who_raised_a_question_resolves_it_and_the_body_answers_no_other(app, cast, database):
    reviewer = cast["reviewer"]
    _annotate(reviewer, "FIN_COST_EMP", "Mine?", kind="query", addressee="body")
    _annotate(reviewer, "FIN_COST_IT", "A comment for you.", addressee="body")
    mine = _number(database, "Mine?")
    with database.work(SYSTEM, NOW) as work:
        other = work.session.scalars(select(Person).where(Person.email.like("reviewer-north-east-2@%"))).one()
        work.session.add(Assignment(case_id=case_of(work.session).id, kind="reviewer", person_id=other.id, since=NOW, accepted_at=NOW))
    second = Browser(app, "reviewer-north-east-2")
    refused = second.post(f"{CASE}/review/annotations/{mine}/resolution", {}, form=f"{CASE}/review", status=403)
    assert "Only who raised a query may resolve it." in refused
    second.post(
        f"{CASE}/review/annotations/{mine}", {"kind": "query", "text": "Changed", "revision": "1"}, form=f"{CASE}/review", status=403
    )
    page = second.get(f"{CASE}/review")
    assert "Mine?" in page
    assert f"annotations/{mine}/resolution" not in page, "what is refused is not offered"
    assert f"edit={mine}" not in page
    assert f"annotations/{mine}/resolution" in reviewer.get(f"{CASE}/review")
    second.post(f"{CASE}/review/annotations/{mine}/replies", {"reply": "I wondered too."}, form=f"{CASE}/review?reply={mine}")
    assert "I wondered too." in reviewer.get(f"{CASE}/review")
    reviewer.move("review", "send_queries")
    assert "I wondered too." not in cast["preparer"].get(f"{CASE}/review"), "among reviewers"
    comment = _number(database, "A comment for you.")
    cast["preparer"].post(
        f"{CASE}/review/annotations/{comment}/answer", {"answer": "x", "revision": "0"}, form=f"{CASE}/review", status=404
    )


def test_a_measure_is_asked_about_like_an_item_and_whoever_did_is_told_when_it_changes(app, cast, database):
    reviewer, preparer = cast["reviewer"], cast["preparer"]
    _annotate(reviewer, "FIN-S11", "Why so many?", kind="query", addressee="body")
    assert "it was not sent to the body yet" in reviewer.get(f"{CASE}/review")
    reviewer.move("review", "send_queries")
    assert "Answer the question on “" + PROGRAMME.indicator("FIN-S11").label in preparer.get(f"{CASE}/review").replace("\n", " ")
    with database.reading() as session:
        seen = session.scalars(select(Annotation.value_seen).where(Annotation.text == "Why so many?")).one()
    move(database, "approver", "volunteer_correction", {"reason": "A slip.", "material": "no"})
    enter(database, {"FIN_PAYROLL_ERRORS": Answer(amount=Decimal(91))})
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    assert f"was {seen} in version 1, now " in reviewer.get(f"{CASE}/review?show=changed")
    with database.reading() as session:
        told = session.scalars(select(Notice.body).where(Notice.message == "values_changed", Notice.case_id == case_of(session).id)).all()
    assert any(f"{PROGRAMME.indicator('FIN-S11').label}: was {seen}, now " in text for text in told)


def test_the_draft_is_put_together_commented_point_by_point_and_each_comment_decided(cast, database):
    reviewer, preparer, approver, coordinator = (cast[who] for who in ("reviewer", "preparer", "approver", "coordinator"))
    path, form = f"{CASE}/review/functions/finance", f"{CASE}/review?note=finance"
    said = {"credible": "yes", "explained": "partly", "improvement": "IMPROVE: pay sooner.", "rating": "3", "revision": "0"}
    reviewer.post(path, said | {"rating": "9"}, form=form, status=422)
    reviewer.post(path, said | {"improvement": "x" * 2001}, form=form, status=422)
    reviewer.post(path, said, form=form)
    reviewer.post(path, said, form=form, status=409)
    reviewer.post(f"{CASE}/review/functions/nothing", said, form=form, status=404)
    assert "IMPROVE" not in preparer.get(f"{CASE}/review")
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": seen}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    page = preparer.get(f"{CASE}/review")
    assert "IMPROVE: pay sooner." in page
    assert "3 of 4, reliable" in page
    point = {"place": "function:finance", "comment": "POINT: we pay in 12 days.", "revision": "0"}
    commenting = f"{CASE}/review?comment=function:finance"
    preparer.post(f"{CASE}/review/comments", point, form=commenting)
    preparer.post(f"{CASE}/review/comments", point, form=commenting, status=409)
    preparer.post(f"{CASE}/review/comments", point | {"place": "function:hr"}, form=commenting, status=404)
    preparer.post(f"{CASE}/review/comments", point | {"comment": " "}, form=commenting, status=422)
    assert "POINT" not in coordinator.get(f"{CASE}/review"), "not before it is sent"
    approver.move("review", "comment", {"comments": "WHOLE: a fair review."})
    page = coordinator.get(f"{CASE}/review")
    assert "POINT: we pay in 12 days." in page
    assert "WHOLE: a fair review." in page
    coordinator.move("review", "moderate")
    refused = coordinator.move("review", "issue_final", status=422, form=f"{CASE}/review")
    assert "Decide on a comment of the body" in refused
    with database.reading() as session:
        number = session.scalars(select(DraftComment.id).where(DraftComment.text.like("POINT%"))).one()
    deciding, form = f"{CASE}/review/comments/{number}/decision", f"{CASE}/review?decide={number}"
    told = {
        "decision": "not_accepted",
        "reason": "VERDICT: the ledger says 19.",
        "revision": find(r'name="revision" value="(\d+)"', coordinator.get(form)),
    }
    coordinator.post(deciding, told | {"reason": ""}, form=form, status=422)
    coordinator.post(deciding, told | {"decision": "perhaps"}, form=form, status=422)
    coordinator.post(deciding, told, form=form)
    coordinator.post(deciding, told, form=form, status=409)
    for who in ("preparer", "approver", "manager"):
        assert "VERDICT" not in cast[who].get(f"{CASE}/review") + cast[who].get(f"{CASE}/record"), who
    coordinator.move("review", "issue_final")
    for who in ("preparer", "approver", "manager"):
        assert "VERDICT: the ledger says 19." in cast[who].get(f"{CASE}/review"), who
    printed = approver.client.get(f"{CASE}/reports/review.pdf")
    assert printed.status_code == 200


def test_an_annotation_on_a_figure_that_changed_says_both_and_is_confirmed_by_its_author(app, cast, database):
    reviewer = cast["reviewer"]
    _annotate(reviewer, "FIN_PAYROLL_ERRORS", "Few errors.")
    _annotate(reviewer, "FIN_COST_IT", "As last year.")
    move(database, "approver", "volunteer_correction", {"reason": "A slip.", "material": "no"})
    enter(database, {"FIN_PAYROLL_ERRORS": Answer(amount=Decimal(91))})
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    page = reviewer.get(f"{CASE}/review?show=changed")
    assert "now 91." in page
    assert "Few errors." in page
    assert "As last year." not in page
    number = _number(database, "Few errors.")
    reviewer.post(f"{CASE}/review/annotations/{number}/confirmation", {}, form=f"{CASE}/review?show=changed")
    with database.reading() as session:
        assert session.get_one(Annotation, number).value_seen == "91"
    assert "now 91." not in reviewer.get(f"{CASE}/review?show=all")


def test_annotations_go_out_as_a_file_and_come_in_again_once(cast, database):
    reviewer = cast["reviewer"]
    _annotate(reviewer, "FIN_COST_EMP", "Out and in.", kind="query", addressee="body")
    told = json.loads(reviewer.client.get(f"{CASE}/review/annotations.jsonld").text)
    assert told["total"] == 1
    told["first"]["items"].append(told["first"]["items"][0] | {"body": [{"type": "TextualBody", "value": "New from the train."}]})

    def send(content, status=303):
        data = {"csrf_token": token(reviewer.get(f"{CASE}/review")), "file": (io.BytesIO(content), "a.jsonld")}
        got = reviewer.client.post(f"{CASE}/review/annotations.jsonld", data=data)
        assert got.status_code == status, got.text
        return got.text

    send(json.dumps(told).encode())
    assert "1 annotation added, 1 were there already." in reviewer.get(f"{CASE}/review")
    assert "New from the train." in reviewer.get(f"{CASE}/review")
    send(json.dumps(told).encode())
    assert reviewer.get(f"{CASE}/review").count("New from the train.") == 1
    told["first"]["items"][1]["target"]["yardstick:item"] = "NO_SUCH"
    told["first"]["items"][1]["body"][0]["value"] = "Not this one."
    assert "NO_SUCH" in send(json.dumps(told).encode(), 422)
    assert "no annotation collection" in send(b"nothing", 422)
    assert "Not this one." not in reviewer.get(f"{CASE}/review")


def test_an_open_page_gets_the_card_of_a_new_annotation_alone(cast):
    reviewer = cast["reviewer"]
    page = reviewer.get(f"{CASE}/review?item=FIN_COST_EMP")
    data = {
        "csrf_token": token(page),
        "once": find(r'name="once" value="([^"]+)"', page),
        "on": "1",
        "kind": "comment",
        "text": "In its row.",
    }
    got = reviewer.client.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", data=data, headers={"X-Fragment": "1"})
    assert got.status_code == 201
    assert "In its row." in got.text
    assert "<html" not in got.text
    again = reviewer.client.post(f"{CASE}/review/items/FIN_COST_EMP/annotations", data=data, headers={"X-Fragment": "1"})
    assert again.status_code == 409, "sent twice it is there once"
    assert reviewer.get(f"{CASE}/review?show=all").count("In its row.") == 1


@pytest.mark.parametrize("show", ["unusual", "remarks", "waiting", "changed", "all", "nonsense"])
def test_figures_are_narrowed_and_the_statements_do_not_grow_with_the_annotations(app, cast, database, show):
    reviewer = cast["reviewer"]
    for number in range(3):
        _annotate(reviewer, "FIN_COST_EMP", f"Remark {number}.", kind="query", addressee="body")
    path = f"{CASE}/review?show={show}&function=finance"
    reviewer.get(path)
    with Statements(app.database.engine) as few:
        reviewer.client.get(path)
    with database.work(SYSTEM, NOW) as work:
        one = work.session.scalars(select(Annotation).where(Annotation.text == "Remark 0.")).one()
        for number in range(200):
            work.session.add(Annotation(case_id=one.case_id, version_id=one.version_id, item="FIN_COST_EMP", value_seen=one.value_seen,
                                        kind="comment", text=f"More {number}.", author_id=one.author_id, at=NOW,
                                        audience=int(Side.PARTNERSHIP)))  # fmt: skip
    with Statements(app.database.engine) as many:
        assert reviewer.client.get(path).status_code == 200
    assert len(many.told) == len(few.told) <= 8


def test_a_coordinator_sees_all_reviews_and_nudges_once_a_day(app, database, clock):
    coordinator = Browser(app, "coordinator")
    page = coordinator.get("/reviews")
    assert "Reviews of your partnership" in page
    with database.reading() as session:
        mine = session.scalars(select(Case.partnership_id).where(Case.ref == REF)).one()
        here = select(Case.ref).join(Stay, Stay.case_id == Case.id).where(Stay.track == "review", Stay.until.is_(None))
        refs = set(session.scalars(here.where(Case.partnership_id == mine, Stay.state.not_in(("final", "waived")))))
        others = set(session.scalars(here.where(Case.partnership_id != mine)))
        ref = session.scalars(here.where(Case.partnership_id == mine, Stay.state == "in_review").order_by(Case.id)).first()
    assert set(re.findall(r'<tr class="govuk-table__row" id="([^"]+)"', page)) == refs
    assert not any(one in page for one in others)
    asked = coordinator.get("/reviews?state=with_body")
    assert len(re.findall(r'data-label="Due"><span class="ys-date">', asked)) == asked.count('<tr class="govuk-table__row" id=') > 0
    assert ref in coordinator.get("/reviews?state=in_review")
    assert ref not in coordinator.get("/reviews?state=moderation")
    coordinator.get("/reviews?round=nothing", status=404)
    coordinator.post(f"/cases/{ref}/nudge", {}, form="/reviews")
    page = coordinator.get("/reviews")
    assert "1 person was told" in page
    assert "Nudged today" in page
    coordinator.post(f"/cases/{ref}/nudge", {}, form="/reviews")
    assert "told today already" in coordinator.get("/reviews")
    clock.forward(days=1)
    coordinator = Browser(app, "coordinator")
    coordinator.post(f"/cases/{ref}/nudge", {}, form="/reviews")
    assert "1 person was told" in coordinator.get("/reviews")
    with database.reading() as session:
        mails = session.scalars(
            select(Notice).join(Case, Case.id == Notice.case_id).where(Case.ref == ref, Notice.message == "nudge")
        ).all()
        assert [mail.role for mail in mails] == ["reviewer", "reviewer"]
    with database.reading() as session:
        final = session.scalars(
            here.where(Case.partnership_id == mine, Stay.state.in_(("moderation", "unallocated"))).order_by(Case.id)
        ).first()
    assert "waits for nobody else" in coordinator.post(f"/cases/{final}/nudge", {}, form="/reviews", status=409), (
        "it waits for whoever asks"
    )


def test_how_reviewers_rate_is_for_their_coordinators(app, database):
    coordinator = Browser(app, "coordinator")
    page = coordinator.get("/calibration")
    assert "Ratings by reviewer" in page
    assert "too little to say" in page
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        mine = session.scalars(select(Case.partnership_id).where(Case.ref == REF)).one()
        rated = session.scalars(select(FunctionNote).join(Case, Case.id == FunctionNote.case_id).where(Case.partnership_id == mine)).all()
        other = session.scalars(select(Person).where(Person.email.like("reviewer-north-east-3@%"))).one()
        cases = sorted({note.case_id for note in rated if note.person_id != other.id})[:4]
        for number, case_id in enumerate(cases):
            session.add(FunctionNote(case_id=case_id, function="finance", person_id=other.id, rating=1 + number % 4, at=NOW))
    page = coordinator.get("/calibration")
    assert "Krippendorff’s alpha is" in page
    assert "Steps apart" in page
    coordinator.get("/calibration?round=none", status=404)
