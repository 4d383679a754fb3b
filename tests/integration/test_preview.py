"""A review looked at with another's eyes: what they would see of what one may see, now and after the next step, and nothing changed."""

import re

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.integration.test_pages import Statements
from tests.support.returns import actor, case_of
from tests.support.reviewing import CASE, LEAD, Review
from tests.support.site import Browser
from webapp.cases.facts import CaseFacts
from webapp.db import Work
from webapp.notices.models import Notice
from webapp.record import Event
from webapp.reports.document import preview_document
from webapp.reports.pdf import report_html, review_html
from webapp.review.preview import EYES, next_steps, preview
from workflows.review.audiences import phases
from workflows.review.track import REVIEW
from workflows.roles import Side

LOOK = f"{CASE}/review/preview"
SIDES = {"body": Side.BODY, "auditor": Side.AUDITOR, "public": Side.NOBODY}
MARKS = {
    "for_reviewers": "MARKREVIEWERS", "questions": "MARKQUESTION", "answers": "MARKANSWER", "for_body": "MARKBODY",
    "for_auditor": "MARKAUDITOR", "function_notes": "MARKNOTE", "summary": "MARKSUMMARY", "comments": "MARKCOMMENT",
    "decisions": "MARKDECISION",
}  # fmt: skip
"""A word of each thing of the table of phases."""


@pytest.fixture
def review(app, database):
    found = Review(app, database)
    found.annotate("FIN_COST_EMP", MARKS["for_reviewers"])
    found.annotate("FIN_COST_IT", MARKS["questions"], kind="query", addressee="body")
    found.annotate("FIN_COST_OTHER", MARKS["for_body"], addressee="body")
    found.annotate("FIN_PAYSLIPS", MARKS["for_auditor"], addressee="auditor")
    found.note(MARKS["function_notes"])
    found.summarise(MARKS["summary"])
    return found


def _main(page):
    return page[page.index("<main") : page.index("</main>")]


def _read(page):
    """The things of which a page has the word."""
    return {thing for thing, mark in MARKS.items() if mark in page}


def _walk(review):
    """The review step by step: where it stands, the move that is to come, and what there is by then."""
    there = {"for_reviewers", "questions", "for_body", "for_auditor", "function_notes", "summary"}
    yield "in_review", "send_queries", there, set()
    review["reviewer"].move("review", "send_queries")
    yield "with_body", "", there, {"questions"}
    review.answer(review.number(MARKS["questions"]), MARKS["answers"])
    review["approver"].move("review", "send_answers")
    review.resolve(review.number(MARKS["questions"]))
    there |= {"answers"}
    yield "in_review", "issue_draft", there, {"questions", "answers"}
    review["reviewer"].move("review", "issue_draft")
    yield "draft_issued", "", there, set()
    review.comment("function:finance", MARKS["comments"])
    review["approver"].move("review", "comment", {"comments": ""})
    there |= {"comments"}
    yield "comments_in", "", there, set()
    review["coordinator"].move("review", "moderate")
    review.decide(MARKS["decisions"])
    there |= {"decisions"}
    yield "moderation", "issue_final", there, set()
    review["coordinator"].move("review", "issue_final")
    yield "final", "", there, set()


def _wanted(there, state, side, sent):
    """What the table says that a side sees of what there is, where `sent` is what was sent before."""
    found = set()
    for thing in there:
        cell = phases().cell(thing, state)
        shown = cell.always | (cell.also if thing in sent else Side.NOBODY)
        if side & shown:
            found.add(thing)
    return found


def test_the_preview_shows_what_the_table_says_and_what_is_then_seen(review):
    previewers = ("coordinator", "reviewer", "officer")
    readers = {"body": "approver", "auditor": "manager"}
    ever = set()
    for state, then, there, sent in _walk(review):
        ever |= sent
        now = {code: _wanted(there, state, side, ever) for code, side in SIDES.items()}
        for code, reader in readers.items():
            assert _read(review[reader].get(f"{CASE}/review?show=all")) == now[code], f"{code} in {state}"
        mine = {who: _read(review[who].get(f"{CASE}/review?show=all")) for who in previewers}
        for code, side in SIDES.items():
            for who in previewers:
                page = _main(review[who].get(f"{LOOK}?as={code}&show=all"))
                assert f"You see what the {code} would see now" in page
                assert _read(page) == now[code] & mine[who], f"{who} as {code} in {state}"
                if then:
                    target = REVIEW.transition(then).target
                    shown = _wanted(there, target, side, ever | ({"questions"} if then == "send_queries" else set()))
                    page = _main(review[who].get(f"{LOOK}?as={code}&after={then}&show=all"))
                    assert _read(page) == shown & mine[who], f"{who} as {code} in {state} after {then}"


def test_what_the_body_alone_may_see_stays_its_own(review):
    review["reviewer"].move("review", "send_queries")
    review.answer(review.number(MARKS["questions"]), "UNSENT answer.")
    for who in ("coordinator", "reviewer", "officer"):
        for code in EYES:
            assert "UNSENT" not in review[who].get(f"{LOOK}?as={code}&show=all")
    review["approver"].move("review", "send_answers")
    review.resolve(review.number(MARKS["questions"]))
    review["reviewer"].move("review", "issue_draft")
    review.comment("summary", "UNSENTCOMMENT.")
    page = review["coordinator"].get(f"{LOOK}?as=body&show=all")
    assert "UNSENTCOMMENT" not in page
    assert "The body answers" in page, "whose people the coordinator does not know by name"
    assert MARKS["summary"] in page
    assert MARKS["summary"] not in review["officer"].get(f"{LOOK}?as=body&show=all"), "an officer reads a review once it is final"


def test_it_is_the_page_that_the_body_then_has(review):
    def told(page):
        """What a page says of the review: its cards, notes and summary, without what can be done."""
        done = r'<(form|div class="ys-annotation__do").*?</(form|div)>|<a class="govuk-link" href="[^"]*comment=.*?</a>'
        main = re.sub(done, "", _main(page), flags=re.S)
        card = r'<article class="ys-annotation".*?</article>|<div class="ys-(?:annotation|prose)">.*?</div>'
        cards = re.findall(card, main, re.S)
        return [" ".join(re.sub(r"<[^>]+>", " ", card).split()).replace("New ", "") for card in cards]

    review.annotate("FIN_PAYSLIPS", "One more.", addressee="body")
    review["reviewer"].move("review", "send_queries")
    review.answer(review.number(MARKS["questions"]), "Yes.")
    review["approver"].move("review", "send_answers")
    review.resolve(review.number(MARKS["questions"]))
    before = told(review["coordinator"].get(f"{LOOK}?as=body&after=issue_draft&show=all"))
    review["reviewer"].move("review", "issue_draft")
    after = told(review["approver"].get(f"{CASE}/review?show=all"))
    assert len(before) == 5
    assert [one.replace("The body answers", "Demo preparer answers") for one in before] == [
        re.sub(r"(Demo [^,]*) answers", "Demo preparer answers", one) for one in after
    ]
    told_at_all = " ".join(before)
    assert "Reviewer 1" in told_at_all, "by the number, as the body reads it"
    assert LEAD not in told_at_all


def test_nothing_is_written_and_nothing_can_be_done(review, database):
    def state():
        with database.reading() as session:
            events = session.scalar(select(func.max(Event.seq)))
            return events, session.scalar(select(func.count()).select_from(Notice)), case_of(session).version

    before = state()
    for who in ("coordinator", "reviewer", "officer"):
        for after in ("", "&after=send_queries", "&after=issue_draft"):
            for code in EYES:
                with Statements(review.app.database.engine) as sent:
                    page = _main(review[who].get(f"{LOOK}?as={code}{after}"))
                assert len(sent.told) <= 8
                for one in sent.told:
                    assert one.lstrip().upper().startswith("SELECT") and "FOR UPDATE" not in one
                assert not re.search(r"<(form|button|input|textarea|select)\b", page)
    assert state() == before
    assert MARKS["summary"] not in review["approver"].get(f"{CASE}/review")
    with Statements(review.app.database.engine) as sent:
        assert review["coordinator"].client.post(LOOK).status_code == 405


def test_whoever_may_not_preview_is_told_so(review, app):
    for who in ("preparer", "approver", "manager"):
        for place in (LOOK, f"{LOOK}.pdf"):
            review[who].get(place, status=403)
        review[who].get("/reviews/who-sees-what", status=403)
        assert "preview" not in review[who].get(f"{CASE}/review")
    Browser(app, "coordinator-south-east").get(LOOK, status=404)
    Browser(app, "reviewer-north-east-2").get(LOOK, status=404)


def test_what_cannot_be_previewed_is_told_with_what_can(review):
    coordinator = review["coordinator"]
    assert "Choose one of body, auditor, public" in coordinator.get(f"{LOOK}?as=king", status=404)
    for wrong in ("issue_final", "send_answers", "nothing"):
        told = coordinator.get(f"{LOOK}?after={wrong}", status=404)
        assert "send_queries, issue_draft" in told
    assert "would see nothing of this review" in coordinator.get(f"{LOOK}?as=public")
    assert "can be printed once it is final" in coordinator.get(f"{LOOK}.pdf", status=404)


def test_it_is_offered_where_more_is_about_to_be_shown(review):
    assert f'href="{LOOK}"' in review["reviewer"].get(f"{CASE}/review")
    page = review["reviewer"].get(f"{CASE}/moves/review/send_queries")
    assert f'href="{LOOK}?as=body&amp;after=send_queries"' in page
    review["reviewer"].move("review", "send_queries")
    review.answer(review.number(MARKS["questions"]), "Yes.")
    assert "preview?" not in review["preparer"].get(f"{CASE}/moves/review/send_answers"), "the body previews nobody"
    review["approver"].move("review", "send_answers")
    review.resolve(review.number(MARKS["questions"]))
    assert f'href="{LOOK}?as=body&amp;after=issue_draft"' in review["reviewer"].get(f"{CASE}/moves/review/issue_draft")
    review["reviewer"].move("review", "issue_draft")
    review["approver"].move("review", "comment", {"comments": ""})
    assert "preview?" not in review["coordinator"].get(f"{CASE}/moves/review/moderate"), "it shows nobody more"
    review["coordinator"].move("review", "moderate")
    page = review["coordinator"].get(f"{CASE}/moves/review/issue_final")
    assert f"{LOOK}?as=auditor&amp;after=issue_final" in page


def test_the_printed_review_can_be_seen_before_it_is_issued(review, app, database):
    for state, *_ in _walk(review):
        if state == "moderation":
            break

    def printed(who, code, after):
        with app.test_request_context(), database.reading() as session:
            case, by = case_of(session), actor(session, who)
            facts = CaseFacts(session, case, by, NOW)
            step = next((t for t in next_steps(facts.state("review")) if t.name == after), None)
            document = preview_document(preview(Work(session, by, NOW), facts, EYES[code], step), NOW)
            return review_html(session, document) if document else ""

    assert printed("coordinator", "body", "") == ""
    assert printed("coordinator", "public", "issue_final") == ""
    before = printed("coordinator", "body", "issue_final")
    assert "Preview of what the body would read. Not issued." in before
    assert _read(before) == {"questions", "answers", "for_body", "function_notes", "summary", "comments", "decisions"}
    got = review["coordinator"].client.get(f"{LOOK}.pdf?as=body&after=issue_final")
    assert (got.status_code, got.mimetype, got.data[:4]) == (200, "application/pdf", b"%PDF")
    review["coordinator"].move("review", "issue_final")
    with app.test_request_context(), database.reading() as session:
        issued = report_html(session, case_of(session), "review", actor(session, "approver"), NOW)
    said = '<p class="demo">Preview of what the body would read. Not issued.</p>'
    assert before.replace(said, "").split() == issued.split()


def test_the_table_is_a_page_for_those_who_preview(review):
    for who in ("coordinator", "reviewer", "officer"):
        page = review[who].get("/reviews/who-sees-what")
        assert page.count('scope="row"') == len(MARKS)
        assert page.count('scope="col"') == len(phases().states) + 1
