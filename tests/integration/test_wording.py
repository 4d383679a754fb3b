"""The words of a round's messages: changed by officers, version by version, in every mail that is written from then on."""

import json
import re

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW, REF
from tests.integration.test_mail_settings import cover, owned, tell_owner
from tests.integration.test_pages import Statements
from tests.support.html import assert_strict_html
from tests.support.returns import case_of
from tests.support.site import Browser
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.cases.sentences import sentence
from webapp.db import SYSTEM
from webapp.demo.accounts import email_of
from webapp.notices import wording
from webapp.notices.lots import Lot
from webapp.notices.models import Notice
from webapp.notices.verbs import COPY, tell
from webapp.notices.wording import Changed, Typed
from webapp.record import Event
from webapp.register.models import Round, Wording, hash_of, programme_of, words_of
from workflows.engine import Refused, Tell
from workflows.roles import Actor, Role

CODE = "return_reopened"
PAGE = f"/rounds/2009/messages/{CODE}"
SUBJECT = "{{ body }}: please look again"
BODY = """{{ person }},

please look again, for {{ actor }} asks: {{ reason }}.{% if due %} By {{ due }}, for “{{ deadline }}”.{% endif %}

{{ url }}"""
WHY = "Bodies asked what reopened means"


def officer_of(database):
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.email == email_of("officer"))).one()
        return Actor(person_id=person.id, organisation_id=None, role=Role.OFFICER, name=person.name)


def round_of(session):
    return session.scalars(select(Round).where(Round.code == "2009")).one()


def given(database, subject=SUBJECT, body=BODY, *, why=WHY, code=CODE, now=NOW, **more):
    """Save words in the place of whatever holds, all that they leave out with intent."""
    with database.work(officer_of(database), now) as work:
        round_ = round_of(work.session)
        latest = wording.versions_of(work.session, round_, code)[-1]
        left = frozenset(wording.left_out(latest, subject, body))
        return wording.save(work, round_, code, Typed(subject, body, why, **{"seen": latest.number, "leave_out": left, **more}))


def told(database, occurrence="test", *, to=(Role.APPROVER,), ref=REF):
    with database.work(SYSTEM, NOW) as work:
        case = work.session.scalars(select(Case).where(Case.ref == ref)).one()
        tell(work, case, Tell(CODE, to), transition=None, why="a figure is missing", action=None, occurrence=occurrence)
        return [(one.subject, one.body, one.key) for one in
                work.session.scalars(select(Notice).where(Notice.message == CODE, Notice.key.contains(f":{occurrence}:")))]  # fmt: skip


def form(seen=0, **more):
    return {"subject": SUBJECT, "body": BODY, "why": WHY, "seen": str(seen), "do": "save", **more}


def missing_of(database, body=BODY, subject=SUBJECT):
    with database.reading() as session:
        return wording.left_out(wording.versions_of(session, round_of(session), CODE)[0], subject, body)


def test_mail_that_is_written_after_a_change_has_its_words_and_what_waits_keeps_its_own(database):
    before = told(database, "first")
    given(database)
    after = told(database, "second")
    assert before and "please look again" not in before[0][0] + before[0][1]
    assert after[0][0].endswith(": please look again") and "asks: a figure is missing." in after[0][1]
    assert before == told(database, "first"), "and nothing is written again"
    with database.reading() as session:
        assert session.scalars(select(Notice.subject).where(Notice.key == before[0][2])).one() == before[0][0]


def test_a_copy_for_a_stand_in_has_the_words_of_the_round(database):
    given(database, code="action_agreed")
    ref, action_id, _, who = owned(database, REF)
    cover(database, who)
    mine, copy = tell_owner(database, ref, action_id)
    assert COPY in copy.key and COPY not in mine.key
    assert copy.subject == mine.subject and mine.subject.endswith(": please look again")
    assert "please look again, for" in copy.body


def test_reminders_read_the_words_of_the_round_and_no_statement_more_for_many(database):
    with database.reading() as session:
        ids = list(session.scalars(select(Case.id).join(Round, Round.id == Case.round_id).where(Round.code == "2009")))
        Lot(session, ids, NOW)
    with database.reading() as session, Statements(database.engine) as plain:
        Lot(session, ids, NOW)
    given(database, "{{ body }}: soon", "By {{ due }}: {{ url }}", code="deadline_coming")
    with database.reading() as session:
        lot = Lot(session, ids, NOW)
        assert len(ids) > 5
        assert {one.programme.message("deadline_coming").subject for one in lot.cases.values()} == {"{{ body }}: soon"}
    with database.reading() as session, Statements(database.engine) as changed:
        Lot(session, ids, NOW)
    assert len(changed.told) == len(plain.told)


def test_the_words_read_once_cost_one_statement_and_later_none(database):
    given(database)
    with database.reading() as session:
        round_ = round_of(session)
        programme_of(session, round_.id, round_.programme_hash)
        words = words_of(session, round_.id)
        assert hash_of(words) == round_.wording_hash
        assert round_.programme.message(CODE).subject == SUBJECT
        with Statements(database.engine) as statements:
            assert programme_of(session, round_.id, round_.programme_hash, round_.wording_hash).message(CODE).body == BODY
            assert programme_of(session, round_.id, round_.programme_hash).message(CODE).subject != SUBJECT
        assert statements.told == []


def test_another_round_keeps_its_words(database):
    given(database)
    with database.reading() as session:
        others = [one for one in session.scalars(select(Round)) if one.code != "2009"]
        assert others and all(one.wording_hash is None for one in others)
        assert all(message.subject != SUBJECT for one in others for message in one.programme.messages)


def test_what_was_not_committed_is_never_at_hand(database):
    """The words of a change that was taken back are not those of another that takes its number."""

    class Stop(Exception):
        pass

    with pytest.raises(Stop), database.work(officer_of(database), NOW) as work:
        round_ = round_of(work.session)
        wording.save(work, round_, CODE, Typed("{{ body }}: never", "{{ person }} never", WHY, 0, frozenset(missing_of(database, "", ""))))
        assert round_.programme.message(CODE).subject == "{{ body }}: never"
        raise Stop
    assert given(database).number == 1
    assert told(database)[0][0].endswith(": please look again")


def test_an_earlier_version_and_that_of_the_programme_can_be_taken_back(database):
    with database.reading() as session:
        first = wording.versions_of(session, round_of(session), CODE)[0]
    given(database)
    given(database, SUBJECT + ", soon", BODY)
    assert given(database).taken_from == 1
    assert given(database, first.subject, first.body).taken_from == 0
    with database.reading() as session:
        versions = wording.versions_of(session, round_of(session), CODE)
        assert [one.number for one in versions] == [0, 1, 2, 3, 4]
        assert (versions[4].subject, versions[4].body) == (first.subject, first.body)
        assert [one.taken_from for one in versions] == [None, None, None, 1, 0]
        assert all(one.who and one.why == WHY and one.made_at == NOW for one in versions[1:])


def test_each_change_is_on_the_record_and_told_in_a_sentence(database):
    given(database)
    with database.reading() as session:
        first = wording.versions_of(session, round_of(session), CODE)[0]
    given(database, first.subject, first.body)
    with database.reading() as session:
        events = list(session.scalars(select(Event).where(Event.entity == "wording").order_by(Event.seq)))
        assert [(one.kind, one.why, one.role) for one in events] == [("wording.created", WHY, "officer")] * 2
        assert json.loads(events[0].new)["body"] == BODY
        assert sentence(events[0]) == f"changed the words of the message {CODE}, now version 1: “{WHY}”"
        assert "back to those of the programme, now version 2" in sentence(events[1])


@pytest.mark.parametrize(
    "subject, body, why, place, says",
    [
        ("", BODY, WHY, "#subject", "is empty"),
        (SUBJECT, "  \r\n ", WHY, "#body", "is empty"),
        ("x" * 201, BODY, WHY, "#subject", "200 characters or fewer; it is 201"),
        (SUBJECT, "x" * 10_001, WHY, "#body", "10,000 characters or fewer; it is 10,001"),
        (SUBJECT, "one\ntwo {{ dew }}", WHY, "#body", "“dew”, line 2, which no message knows. The names are: actor, body, deadline, due"),
        ("{{ boddy }}", BODY, WHY, "#subject", "“boddy”, line 1"),
        (SUBJECT, "one\ntwo\n{% if due %}x", WHY, "#body", "line 3"),
        (SUBJECT, "{{ due", WHY, "#body", "line 1"),
        (SUBJECT, "{{ due.__class__ }}", WHY, "#body", "“__class__”"),
        (SUBJECT, "{% for x in body %}x{% endfor %}", WHY, "#body", "“for”"),
        (SUBJECT, "{{ 'x' * 9999999999 }}", WHY, "#body", "expected a name in {{ }}"),
        (SUBJECT, "{% if reason %}Because{% endif %}", WHY, "#body", "would be empty where there is no reason"),
        ("{{ due }}", BODY, WHY, "#subject", "would be empty where there is no due"),
        (SUBJECT, BODY, "  ", "#why", "Enter why"),
        (SUBJECT, BODY, "x" * 501, "#why", "500 characters or fewer; it is 501"),
    ],
)
def test_words_that_cannot_be_written_are_refused_and_nothing_typed_is_lost(app, database, subject, body, why, place, says):
    browser = Browser(app, "officer")
    sent = form(subject=subject, body=body, why=why, leave_out=missing_of(database, "", ""))
    page = browser.post(PAGE, sent, status=422)
    assert_strict_html(page)
    assert f'<a href="{place}">' in page
    plain = re.sub("<[^>]+>", "", page).replace("&#39;", "'")
    assert says in plain
    (got,) = re.findall(r'<textarea[^>]*id="body"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert got.replace("&#39;", "'").replace("\r\n", "\n") == body.replace("\r\n", "\n")
    assert f'value="{subject}"' in page
    with database.reading() as session:
        assert session.scalar(select(func.count(Wording.id))) == 0
        assert round_of(session).wording_hash is None


def test_a_name_that_goes_missing_is_warned_of_and_left_out_only_with_a_tick(app, database):
    browser = Browser(app, "officer")
    short = "{{ person }},\n\nplease look again."
    missing = missing_of(database, short)
    assert "url" in missing
    page = browser.post(PAGE, form(body=short, do="preview"), status=200)
    assert "Leave out “url”" in page and "There is a problem" not in page
    page = browser.post(PAGE, form(body=short), status=422)
    assert "Your words no longer say" in page and "“url”" in page and "{{ url }}" in page
    browser.post(PAGE, form(body=short, leave_out=missing[:-1]), status=422)
    browser.post(PAGE, form(body=short, leave_out=missing), status=303)
    with database.reading() as session:
        assert words_of(session, round_of(session).id) == {CODE: (SUBJECT, short)}


def test_a_preview_shows_the_facts_of_a_case_and_saves_nothing(app, database):
    browser = Browser(app, "officer")
    page = browser.post(PAGE, form(do="preview", body="{{ person }} & <b>{{ ref }}</b>\n\n{{ url }}", case=REF), status=200)
    assert_strict_html(page)
    with database.reading() as session:
        assert f"{case_of(session).body.organisation.name}: please look again" in page
        assert session.scalar(select(func.count(Wording.id))) == 0
    assert f"&lt;b&gt;{REF}&lt;/b&gt;" in page and "<b>" not in page and f'/cases/{REF}">' in page
    assert page.count("You get this because") == 2


def test_the_second_of_two_officers_is_told_and_loses_nothing(app, database):
    browser = Browser(app, "officer")
    given(database, "{{ body }}: theirs", BODY, why="I was first")
    for do in ("preview", "save"):
        page = browser.post(PAGE, form(do=do, why="I was second", leave_out=missing_of(database)), status=409)
        assert_strict_html(page)
        assert "Somebody changed this message while you wrote" in page and "I was first" in page and "I was second" in page
        assert f'value="{SUBJECT}"' in page and 'name="seen" value="1"' in page
        assert "<ins>theirs</ins>" in page
    browser.post(PAGE, form(seen=1, why="I was second", leave_out=missing_of(database)), status=303)
    with pytest.raises(Changed):
        given(database, "{{ body }}: late", BODY, seen=1)
    with pytest.raises(Refused, match="has already"):
        given(database)


def test_the_page_says_how_many_wait_lists_the_versions_and_takes_one_back(app, database):
    browser = Browser(app, "officer")
    assert "No mail of this message waits" in browser.get("/rounds/2009/messages/nudge")
    told(database, "waits")
    with database.reading() as session:
        waits = wording.waiting(session, round_of(session).id, CODE)
        rows = session.scalars(select(Notice.id).where(Notice.message == CODE, Notice.state == "queued")).all()
    assert waits == len(rows) > 0
    given(database)
    page = browser.get(f"{PAGE}?version=1")
    assert_strict_html(page)
    assert f"{waits} mail{'s' * (waits > 1)} of this message {'are' if waits > 1 else 'is'} written already" in page
    assert "<del>" in page and "<ins>" in page and WHY in page and "As the programme came" in page
    begun = browser.get(f"{PAGE}?from=0")
    with database.reading() as session:
        first = wording.versions_of(session, round_of(session), CODE)[0]
    assert f'value="{first.subject}"' in begun and "Back to the words of the programme" in begun and 'name="seen" value="1"' in begun
    assert "words changed, version 1" in browser.get("/rounds/2009/messages")
    for path in (f"{PAGE}?from=7", f"{PAGE}?from=x", "/rounds/2009/messages/nothing", "/rounds/1066/messages/x", f"{PAGE}?case=2009-NONE"):
        browser.get(path, status=404)
    browser.get(f"{PAGE}?version=99")


def test_the_page_takes_as_many_statements_with_many_versions(app, database):
    browser = Browser(app, "officer")
    given(database)
    browser.get(PAGE)
    with Statements(app.database.engine) as few:
        browser.get(PAGE)
    for number in range(6):
        given(database, f"{SUBJECT} {number}", BODY)
    browser.get(PAGE)
    with Statements(app.database.engine) as many:
        browser.get(PAGE)
    assert len(many.told) == len(few.told) <= 12, "\n".join(many.told)
