"""Annotations on passages of what the body says: made, shown as a quotation and marked, found again in a new version, never lost."""

import io
import json
import re

import pytest
from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.explaining import CHECKS, boxes, change, explain, started
from tests.support.returns import SAID, bring, case_of, enter, move
from tests.support.site import Browser, find, radio, token
from webapp.db import SYSTEM
from webapp.record import Event
from webapp.reports.pdf import report_html
from webapp.review.models import Annotation
from workflows.returns.values import Answer
from workflows.review.anchors import Passage
from workflows.roles import Actor, Role, Side

CASE = f"/cases/{REF}"
ITEM = "FIN_SURVEY_USER_BY"
SAYS = "The survey was run by the performance team of the county. We paid the county £2,000 for it; the team of the council helped."
ALL = f"{CASE}/review?show=all"


@pytest.fixture
def reviewer(app, database):
    """The reviewer of the home case, whose review has begun; its return says in a text who ran a survey."""
    for step in ("start", "fill"):
        if step == "start":
            move(database, "preparer", "start")
        else:
            enter(database, SAID | {ITEM: Answer(text=SAYS)})
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    move(database, "coordinator", "accept")
    return begin(app)


def begin(app):
    coordinator = Browser(app, "coordinator")
    page = coordinator.get(f"{CASE}/moves/review/allocate")
    coordinator.move("review", "allocate", {"person": radio(page, "Demo reviewer from Gateshead")})
    person = Browser(app, "reviewer")
    person.move("review", "begin")
    return person


def annotate(reviewer, passage, text, *, item=ITEM, status=303, **more):
    data = {"kind": "comment", "text": text, "passage": passage} | more
    return reviewer.post(f"{CASE}/review/items/{item}/annotations", data, form=f"{CASE}/review?item={item}", status=status)


def correct(database, said):
    """A corrected version of the return."""
    move(database, "approver", "volunteer_correction", {"reason": "A slip.", "material": "no"})
    enter(database, said)
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})


def noted(database, text):
    with database.reading() as session:
        return session.scalars(select(Annotation).where(Annotation.text == text)).one()


def row(page, item=ITEM):
    return find(rf'(?s)<tr[^>]*id="{item}" data-figure>(.*?)</tr>', page)


def card(page, number):
    return find(rf'(?s)<article[^>]*id="annotation-{number}">(.*?)</article>', page)


def test_a_passage_is_quoted_in_its_note_marked_in_its_row_and_told_on_the_record(reviewer, database):
    annotate(reviewer, "run by  the performance\nteam", "Their own, then.")
    note = noted(database, "Their own, then.")
    assert isinstance(note.selector, Passage)
    assert (note.selector.exact, note.selector.prefix) == ("run by the performance team", "The survey was ")
    page = reviewer.get(ALL)
    assert "<mark>run by the performance team</mark> of the county." in row(page)
    assert "“run by the performance team”</blockquote>" in card(page, note.id)
    assert "(“run by the performance team”): “Their own, then.”" in reviewer.get(f"{CASE}/record")
    with database.reading() as session:
        told = session.scalars(select(Event).where(Event.entity == "annotation").order_by(Event.seq.desc())).first()
        assert json.loads(told.new)["selector"] == "run by the performance team"


def test_words_that_the_body_does_not_say_are_refused_and_nothing_typed_is_lost(reviewer, database):
    page = annotate(reviewer, "run by an agency", "Typed & kept.", status=422, kind="query", addressee="body")
    assert "The body does not say these words here." in page
    assert ">run by an agency</textarea>" in page
    assert "Typed &amp; kept.</textarea>" in page
    assert re.search(r'value="query"[^>]*checked', page)
    page = annotate(reviewer, "run by", "", status=422)
    assert ">run by</textarea>" in page, "the other way round too"
    page = annotate(reviewer, "no words here", "On an amount.", item="FIN_COST_EMP", status=422)
    assert ">no words here</textarea>" in page
    assert "2,000 characters or fewer" in annotate(reviewer, "x" * 2001, "Long.", status=422)
    with database.reading() as session:
        assert session.scalar(select(Annotation.id).where(Annotation.case_id == case_of(session).id)) is None


def test_the_form_offers_a_passage_only_where_the_body_has_words(reviewer):
    assert 'name="passage"' in reviewer.get(f"{CASE}/review?item={ITEM}").partition("<template")[0]
    assert 'name="passage"' not in reviewer.get(f"{CASE}/review?item=FIN_COST_EMP").partition("<template")[0]


def test_of_words_that_stand_there_twice_the_selected_ones_are_meant(reviewer, database):
    annotate(reviewer, "the county", "The first.")
    annotate(reviewer, "the county", "The second.", before="of the county. We paid ")
    assert noted(database, "The first.").selector.start == SAYS.index("the county")
    assert noted(database, "The second.").selector.start == SAYS.rindex("the county")
    assert row(reviewer.get(ALL)).count("<mark>the county</mark>") == 2


def test_markup_in_the_body_s_words_stays_words(app, database):
    bring(database, "fill")
    enter(database, {ITEM: Answer(text="<b>We</b> & <i>they</i>")})
    move(database, "preparer", "submit_for_sign_off")
    move(database, "approver", "sign_off", {"declaration": "yes"})
    move(database, "coordinator", "accept")
    reviewer = begin(app)
    annotate(reviewer, "<b>We</b> &", "Who?")
    assert "<mark>&lt;b&gt;We&lt;/b&gt; &amp;</mark> &lt;i&gt;they&lt;/i&gt;" in row(reviewer.get(ALL))


def test_in_a_new_version_it_stands_is_shown_as_changed_or_is_listed_as_gone_and_is_confirmed(reviewer, database):
    annotate(reviewer, "the performance team of the county", "Stays.")
    annotate(reviewer, "We paid the county £2,000 for it", "Changes.")
    annotate(reviewer, "the team of the council helped", "Goes.")
    new = "In 2009 the survey was run by the performance team of the county. We paid the county £2,500 for it."
    correct(database, {ITEM: Answer(text=new)})
    stays, changes, goes = (noted(database, text).id for text in ("Stays.", "Changes.", "Goes."))
    page = reviewer.get(ALL)
    assert "the passage is the same now" in card(page, stays)
    assert "was “We paid the county £2,000 for it” in version 1, now “We paid the county £2,500 for it”" in card(page, changes)
    assert "the return does not hold this passage any more; it was in version 1" in card(page, goes)
    assert "It still holds" not in card(page, stays) + card(page, goes)
    assert f'id="annotation-{goes}"' in row(page), "it is still in its row"
    assert "<mark>We paid the county £2,500 for it</mark>." in row(page)
    changed = reviewer.get(f"{CASE}/review?show=changed")
    assert "<b>2</b> made on what has changed since" in changed
    confirm = f"{CASE}/review/annotations/{{}}/confirmation"
    reviewer.post(confirm.format(changes), {}, form=f"{CASE}/review")
    assert "the passage is not in the return any more" in reviewer.post(confirm.format(goes), {}, form=ALL, status=409).lower()
    page = reviewer.get(ALL)
    assert "Changed since" not in card(page, changes)
    assert noted(database, "Changes.").selector.exact == "We paid the county £2,500 for it"
    assert "from “We paid the county £2,000 for it” to “We paid the county £2,500 for it”" in reviewer.get(f"{CASE}/record")


def test_an_answer_that_is_not_asked_any_more_leaves_its_notes_in_a_section_of_their_own(reviewer, database):
    annotate(reviewer, "the performance team", "Whose?")
    with database.work(SYSTEM, NOW) as work:
        work.session.scalars(select(Annotation).where(Annotation.text == "Whose?")).one().item = "GONE_ITEM"
    page = reviewer.get(ALL)
    assert "On what the return does not hold any more" in page
    assert "“the performance team”</blockquote>" in page


def test_the_body_s_explanations_are_annotated_like_its_answers(app, database):
    preparer = started(app, HR_COST_EMP="100")
    explain(preparer, "The payroll team moved to the shared centre. The rest is in other functions.")
    preparer.move("return", "submit_for_sign_off")
    Browser(app, "approver").move("return", "sign_off")
    Browser(app, "coordinator").move("return", "accept")
    reviewer = begin(app)
    page = reviewer.get(f"{CASE}/review?show=unusual")
    item = find(r'(?s)<tr[^>]*id="([A-Z_0-9-]+)" data-figure>(?:(?!</tr>).)*The body explains', page)
    annotate(reviewer, "The payroll team moved to the shared centre", "When?", item=item)
    page = reviewer.get(f"{CASE}/review?show=unusual")
    assert "<mark>The payroll team moved to the shared centre</mark>. The rest" in row(page, item)
    Browser(app, "approver").move("return", "volunteer_correction", {"reason": "A slip.", "material": "no"})
    change(preparer, "hr", HR_COST_EMP="101")
    explain(preparer, dict.fromkeys(boxes(preparer.get(CHECKS)), "The pay office moved out. Nothing else is to be said of it."))
    preparer.move("return", "submit_for_sign_off")
    Browser(app, "approver").move("return", "sign_off")
    page = reviewer.get(f"{CASE}/review?show=changed")
    assert "the return does not hold this passage any more" in card(page, noted(database, "When?").id)


def test_passages_go_out_as_selectors_and_come_in_again(reviewer, database):
    annotate(reviewer, "the county", "Out and in.", before="of the county. We paid ")
    told = json.loads(reviewer.client.get(f"{CASE}/review/annotations.jsonld").text)
    one = told["first"]["items"][0]
    selector = one["target"]["selector"]
    assert selector["value"] == ITEM
    assert selector["refinedBy"]["type"] == "TextQuoteSelector"
    assert (selector["refinedBy"]["exact"], selector["refinedBy"]["prefix"]) == ("the county", "nce team of the county. We paid ")
    told["first"]["items"].append(one | {"body": [{"type": "TextualBody", "value": "New from the train."}]})

    def send(content, status=303):
        data = {"csrf_token": token(reviewer.get(f"{CASE}/review")), "file": (io.BytesIO(json.dumps(content).encode()), "a.jsonld")}
        got = reviewer.client.post(f"{CASE}/review/annotations.jsonld", data=data)
        assert got.status_code == status, got.text
        return got.text

    send(told)
    assert "1 annotation added, 1 were there already." in reviewer.get(f"{CASE}/review")
    assert noted(database, "New from the train.").selector == noted(database, "Out and in.").selector
    selector["refinedBy"] = {"type": "SvgSelector", "value": "<svg/>"}
    assert "Annotation 1 cannot be read" in send(told, 422)


def test_questions_that_are_sent_and_the_printed_review_name_the_passage(reviewer, app, database):
    annotate(reviewer, "We paid the county £2,000", "QUESTION?", kind="query", addressee="body")
    assert "“We paid the county £2,000”" in reviewer.get(f"{CASE}/moves/review/send_queries")
    reviewer.move("review", "send_queries")
    preparer, approver, coordinator = (Browser(app, who) for who in ("preparer", "approver", "coordinator"))
    assert "<mark>We paid the county £2,000</mark>" in preparer.get(ALL), "the body sees what is asked about"
    number = noted(database, "QUESTION?").id
    said = {"answer": "It is.", "revision": "0"}
    preparer.post(f"{CASE}/review/annotations/{number}/answer", said, form=f"{CASE}/review?answer={number}")
    assert "“We paid the county £2,000”" in preparer.get(f"{CASE}/moves/review/send_answers")
    preparer.move("review", "send_answers")
    reviewer.post(f"{CASE}/review/annotations/{number}/resolution", {}, form=f"{CASE}/review")
    annotate(reviewer, "the council", "PRIVATE: among reviewers.")
    seen = find(r'name="revision" value="(\d+)"', reviewer.get(f"{CASE}/review").partition('id="the-summary"')[2])
    reviewer.post(f"{CASE}/review/summary", {"summary": "Credible.", "revision": seen}, form=f"{CASE}/review")
    reviewer.move("review", "issue_draft")
    approver.move("review", "comment", {"comments": ""})
    coordinator.move("review", "moderate")
    coordinator.move("review", "issue_final")
    with app.app_context(), database.reading() as session:
        actor = Actor(None, "x", Role.APPROVER, None, "")
        html = report_html(session, case_of(session), "review", actor, NOW)
    assert "on the passage “We paid the county £2,000”, Reviewer 1: QUESTION?" in html
    assert "PRIVATE" not in html


def test_a_hundred_passages_cost_no_statement_more(reviewer, app, database):
    annotate(reviewer, "the county", "One.")
    reviewer.get(ALL)
    with Statements(app.database.engine) as few:
        reviewer.client.get(ALL)
    one = noted(database, "One.")
    with database.work(SYSTEM, NOW) as work:
        for number in range(100):
            work.session.add(Annotation(case_id=one.case_id, version_id=one.version_id, item=ITEM, value_seen=one.value_seen, at=NOW,
                                        kind="comment", text=f"More {number}.", author_id=one.author_id, selector=one.selector,
                                        audience=int(Side.PARTNERSHIP)))  # fmt: skip
    with Statements(app.database.engine) as many:
        assert reviewer.client.get(ALL).status_code == 200
    assert len(many.told) == len(few.told) <= 8
