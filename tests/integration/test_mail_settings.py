"""How often people have mail, who stands in for them, turning mail off with one press, and what the messages of a round say."""

import re
from datetime import date, datetime

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.html import assert_strict_html
from tests.support.returns import case_of
from tests.support.site import Browser, find
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.demo.accounts import email_of
from webapp.notices import preferences
from webapp.notices.models import Notice
from webapp.notices.preferences_models import MailSettings, StandIn
from webapp.notices.queries import Recipient
from webapp.notices.texts import FOOT, read_signed, signed, together, unsubscribe_headers
from webapp.notices.verbs import tell, tell_person
from webapp.plans.models import Action
from webapp.record import Event
from workflows.deadlines.reminders import MOST_A_DAY, Kind
from workflows.engine import Tell
from workflows.roles import Role, Side

SETTINGS = "/mail-settings"
SECRET = "x" * 40
TODAY = date(2010, 2, 1)
GOOD = signed(SECRET, 1, [Kind.NEWS])
TO_MARCH = {"first": ["1", "2", "2010"], "last": ["12", "3", "2010"]}


def person_of(session, name):
    return session.scalars(select(Person).where(Person.email == email_of(name))).one()


def who_of(session, absent, role, *, name="Demo colleague", hold=True, active=True):
    """MEMBERSHIP-PERSON of somebody new who holds a role where somebody else does, and of the one whom they stand in for."""
    theirs = session.scalars(select(Membership).join(Person).where(Person.email == email_of(absent), Membership.role == role)).one()
    other = Person(email=f"{name.replace(' ', '-').lower()}@demo", name=name, password_hash="x", active=active, demo=True)
    session.add(other)
    session.flush()
    if hold:
        session.add(Membership(person_id=other.id, organisation_id=theirs.organisation_id, role=role, since=NOW))
        session.flush()
    return f"{theirs.id}-{other.id}"


def colleague(database, absent, role, **more):
    with database.work(SYSTEM, NOW) as work:
        return who_of(work.session, absent, role, **more)


def news(database, message="return_reopened", to=(Role.APPROVER,), *, now=NOW, occurrence="test", actor=SYSTEM, ref=REF):
    """Tell people of the case something, and give the rows by address."""
    with database.work(actor, now) as work:
        tell(work, case_of(work.session, ref), Tell(message, to), transition=None, why="because", action=None, occurrence=occurrence)
        query = select(Notice, Person.name).join(Person, Person.id == Notice.person_id).where(Notice.key.contains(f":{occurrence}:"))
        return {name: notice for notice, name in work.session.execute(query)}


# How often.


def test_one_chooses_how_often_and_it_is_on_the_record(app, database):
    browser = Browser(app, "approver")
    page = browser.get(SETTINGS)
    assert "At once" in page and "Statutory mail always comes" in page
    browser.post(SETTINGS, {"revision": "0", "before": "daily", "on": "immediately", "after": "weekly", "news": "off"})
    page = browser.get(SETTINGS)
    assert 'value="weekly" selected' in page and 'value="off" selected' in page
    with database.reading() as session:
        me = person_of(session, "approver")
        assert session.get_one(MailSettings, me.id).rhythms == {"before": "daily", "on": "immediately", "after": "weekly", "news": "off"}
        told = session.scalars(select(Event).where(Event.entity == "mail_settings")).one()
        assert (told.person_id, told.audience) == (me.id, int(Side.PROGRAMME))


def test_a_page_that_is_older_than_what_is_kept_changes_nothing_and_keeps_what_was_chosen(app, database):
    first, second = Browser(app, "approver"), Browser(app, "approver")
    first.post(SETTINGS, {"revision": "0", "before": "off", "on": "daily", "after": "daily", "news": "daily"})
    page = second.post(SETTINGS, {"revision": "0", "before": "weekly", "on": "weekly", "after": "weekly", "news": "weekly"}, status=409)
    assert "This was changed since you opened the page" in page
    assert page.count('value="weekly" selected') == 4, "what was chosen is still there"
    with database.reading() as session:
        assert set(session.scalars(select(MailSettings)).one().rhythms.values()) == {"off", "daily"}


def test_a_rhythm_that_there_is_none_of_is_refused_with_what_to_do(app):
    page = Browser(app, "approver").post(SETTINGS, {"revision": "0", "before": "hourly", "on": "daily", "after": "daily"}, status=422)
    assert "Choose how often you have “reminders before a deadline”." in page
    assert "Choose how often you have “news of a case”." in page


def test_optional_mail_keeps_to_the_rhythm_and_statutory_mail_does_not(database):
    for chosen, state, bundled in (("immediately", "queued", ""), ("daily", "queued", "daily:"), ("off", "dropped", "")):
        with database.work(SYSTEM, NOW) as work:
            preferences.keep_rhythms(work, person_of(work.session, "approver").id, {"news": chosen})
        notice = next(n for n in news(database, occurrence=f"o-{chosen}").values() if n.email == email_of("approver"))
        assert (notice.state, notice.optional, notice.kind) == (state, True, "news")
        assert notice.bundle.startswith(bundled) and bool(notice.bundle) == bool(bundled)
        statutory = next(
            n for n in news(database, "return_sent_back", occurrence=f"s-{chosen}").values() if n.email == email_of("approver")
        )
        assert (statutory.state, statutory.bundle, statutory.optional) == ("queued", "", False)
    with database.reading() as session:
        dropped = session.scalars(select(Notice).where(Notice.state == "dropped")).one()
        assert "has turned such mail off" in dropped.error, "the ledger says why it was not sent"


def test_each_mail_says_why_one_gets_it_and_how_to_stop_it(database):
    statutory = next(iter(news(database, "return_sent_back", occurrence="one").values()))
    optional = next(iter(news(database, occurrence="two").values()))
    for notice in (statutory, optional):
        said, _, foot = notice.body.rpartition(FOOT)
        assert said and "You get this because you are the approver (section 151 officer) of " in foot and f" for the case {REF}." in foot
    assert "It is statutory and cannot be turned off." in statutory.body
    assert "/mail-settings#news" in optional.body and "statutory" not in optional.body
    for notice in (statutory, optional):
        assert_strict_html(notice.html)
        assert "You get this because" in notice.html and f"/cases/{REF}</a>" in notice.html


def test_more_optional_mails_than_enough_in_a_day_leave_together(database):
    made = []
    with database.work(SYSTEM, NOW) as work:
        case, me = case_of(work.session), person_of(work.session, "approver")
        for number in range(MOST_A_DAY + 2):
            tell_person(work, case, "return_reopened", Role.APPROVER, Recipient(me.id, me.email, me.name), occurrence=f"n{number}",
                        items=[], why="")  # fmt: skip
        made = list(work.session.scalars(select(Notice).where(Notice.key.like("return_reopened:%:n%")).order_by(Notice.id)))
    assert [bool(notice.bundle) for notice in made] == [False] * MOST_A_DAY + [True] * 2
    assert len({notice.bundle for notice in made[MOST_A_DAY:]}) == 1


@pytest.mark.parametrize("day, waits", [("2010-02-06", "2010-02-08"), ("2010-04-02", "2010-04-06"), ("2009-12-28", "2010-01-04")])
def test_what_can_wait_does_not_leave_on_quiet_days(database, day, waits):
    notice = next(iter(news(database, now=datetime.fromisoformat(f"{day}T12:00+00:00")).values()))
    assert notice.not_before.date().isoformat() == waits


# Together.


def test_several_notices_leave_as_one_mail_that_says_each_and_one_alone_is_as_it_was(database):
    made = [next(iter(news(database, occurrence=f"t{number}").values())) for number in range(3)]
    alone = together(made[:1], programme="Back-office benchmarking", url="http://localhost")
    assert (alone.subject, alone.body, alone.html) == (made[0].subject, made[0].body, made[0].html)
    text = together(made, programme="Back-office benchmarking", url="http://127.0.0.1:8000")
    assert text.subject == "Back-office benchmarking: 3 messages"
    assert text.body.count(made[0].subject) == 3
    assert text.body.count("You get this because") == text.html.count("You get this because") == 1
    assert_strict_html(text.html)
    with pytest.raises(ValueError, match="no notices"):
        together([], programme="x", url="http://localhost")


# Stand-ins.


def test_somebody_stands_in_and_both_see_it(app, database):
    who = colleague(database, "approver", "approver")
    browser = Browser(app, "approver")
    browser.post(f"{SETTINGS}/stand-ins", {"who": who, **TO_MARCH}, form=SETTINGS)
    page = browser.get(SETTINGS)
    assert "Demo colleague" in page and "1 Feb 2010 to 12 Mar 2010" in page
    number = find(r"/stand-ins/(\d+)/end", page)
    with database.reading() as session:
        other = session.scalars(select(Person).where(Person.name == "Demo colleague")).one()
        assert [one.name for one in preferences.standing_in(session, other.id, NOW.date())] == [person_of(session, "approver").name]
        assert session.scalar(select(func.count()).select_from(Event).where(Event.entity == "stand_in")) == 1
    browser.post(f"{SETTINGS}/stand-ins/{number}/end", {}, form=SETTINGS)
    assert "Nobody stands in for you." in browser.get(SETTINGS)
    again = browser.post(f"{SETTINGS}/stand-ins/{number}/end", {}, form=SETTINGS, status=409)
    assert "That was taken out already." in again
    stranger = Browser(app, "preparer")
    assert stranger.post(f"{SETTINGS}/stand-ins/{number}/end", {}, form=SETTINGS, status=404)


@pytest.mark.parametrize("change, told", [
    ({"who": ""}, "Choose who stands in for you."),
    ({"who": "x-y"}, "Choose who stands in for you."),
    ({"who": "1-1"}, "Choose who stands in for you."),
    ({"first": ["31", "2", "2010"]}, "The first day must be a real date"),
    ({"last": ["", "", ""]}, "The last day must be a real date"),
    ({"last": ["31", "1", "2010"], "first": ["20", "1", "2010"]}, "The last day has passed already."),
    ({"last": ["31", "1", "2010"]}, "The last day must not lie before the first."),
    ({"last": ["1", "3", "2011"]}, "for a year at most"),
])  # fmt: skip
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(app, database, change, told):
    who = colleague(database, "approver", "approver")
    page = Browser(app, "approver").post(f"{SETTINGS}/stand-ins", {"who": who, **TO_MARCH, **change}, form=SETTINGS, status=422)
    assert told in page
    assert re.search(r'id="last-year"[^>]*value="(2010|2011|)"', page)
    if "who" not in change:
        assert f'value="{who}" selected' in page
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StandIn)) == 0


@pytest.mark.parametrize("more", [{"hold": False}, {"active": False}])
def test_whoever_stands_in_must_hold_the_role_there(app, database, more):
    who = colleague(database, "approver", "approver", **more)
    page = Browser(app, "approver").post(f"{SETTINGS}/stand-ins", {"who": who, **TO_MARCH}, form=SETTINGS, status=422)
    assert "must be approver (section 151 officer) for the same organisation" in page


def test_nobody_stands_in_for_a_reviewer_and_the_page_says_what_to_do(app, database):
    who = colleague(database, "reviewer", "reviewer")
    browser = Browser(app, "reviewer")
    page = browser.get(SETTINGS)
    assert "Nobody can stand in for the mail of a peer reviewer" in page and "/allocation/me#away" in page
    assert "Nobody can stand in for your mail as peer reviewer" in browser.post(
        f"{SETTINGS}/stand-ins", {"who": who, **TO_MARCH}, form=SETTINGS, status=422)  # fmt: skip


def test_days_that_overlap_are_refused(app, database):
    who, other = colleague(database, "approver", "approver"), colleague(database, "approver", "approver", name="Demo third")
    browser = Browser(app, "approver")
    browser.post(f"{SETTINGS}/stand-ins", {"who": who, **TO_MARCH}, form=SETTINGS)
    page = browser.post(f"{SETTINGS}/stand-ins", {"who": other, **TO_MARCH}, form=SETTINGS, status=422)
    assert "Demo colleague stands in then already." in page


def cover(database, who, first=TODAY, last=date(2010, 3, 1)):
    membership, person = (int(part) for part in who.split("-"))
    with database.work(SYSTEM, NOW) as work:
        work.session.add(StandIn(membership_id=membership, person_id=person, first=first, last=last))


def test_whoever_is_told_anyway_is_told_for_whom_they_stand_in(database):
    cover(database, colleague(database, "approver", "approver"))
    told = news(database, "return_sent_back")
    with database.reading() as session:
        name = person_of(session, "approver").name
    assert f"{name} is away until 1 March 2010, and you stand in for them." in told["Demo colleague"].body
    assert "stand in" not in told[name].body, "it still goes to both"
    assert len(told) == len({notice.person_id for notice in told.values()})
    optional = news(database, occurrence="optional")
    assert all("stand in" not in notice.body for notice in optional.values()), "optional mail is one's own"


def test_whoever_stands_in_for_an_officer_is_told_so_where_officers_take_the_coordinators_part(database):
    """Without a partnership a message to coordinators goes to officers, and what they hold is the role of an officer."""
    cover(database, colleague(database, "officer", "officer"))
    with database.work(SYSTEM, NOW) as work:
        case_of(work.session).partnership_id = None
        name = person_of(work.session, "officer").name
    told = news(database, "return_sent_back", to=(Role.COORDINATOR,))
    assert {notice.role for notice in told.values()} == {"coordinator"}
    assert f"{name} is away until 1 March 2010, and you stand in for them." in told["Demo colleague"].body
    assert "stand in" not in told[name].body


def owned(database, ref):
    """An action of a case of a body, with its owner and a colleague who stands in for them; gives case, action, names, WHO."""
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        action = session.scalars(select(Action).where(Action.owner_id.is_not(None)).order_by(Action.id)).first()
        case = session.get_one(Case, action.case_id)
        theirs = session.scalars(
            select(Membership).where(Membership.person_id == action.owner_id, Membership.role == "action_owner")
        ).first()
        other = Person(email="stand-in@demo", name="Demo stand-in", password_hash="x", active=True, demo=True)
        session.add(other)
        session.flush()
        session.add(Membership(person_id=other.id, organisation_id=theirs.organisation_id, role="action_owner", since=NOW))
        session.flush()
        return case.ref, action.id, session.get_one(Person, action.owner_id).name, f"{theirs.id}-{other.id}"


def tell_owner(database, ref, action_id, occurrence="owner"):
    with database.work(SYSTEM, NOW) as work:
        action = work.session.get_one(Action, action_id)
        tell(work, case_of(work.session, ref), Tell("action_agreed", (Role.ACTION_OWNER,)), transition=None, why="", action=action,
             occurrence=occurrence)  # fmt: skip
        query = select(Notice).where(Notice.key.contains(f":{occurrence}:")).order_by(Notice.id)
        return list(work.session.scalars(query))


def test_a_stand_in_who_is_not_told_otherwise_gets_a_copy_once(database):
    ref, action_id, owner, who = owned(database, REF)
    cover(database, who)
    for _ in range(2):
        rows = tell_owner(database, ref, action_id)
        assert len(rows) == 2
    mine, copy = rows
    assert copy.key == f"{mine.key}:for:{copy.person_id}" and copy.email == "stand-in@demo"
    assert copy.body.startswith(f"This is a copy of a mail to {owner}. {owner} is away until 1 March 2010, and you stand in for them.")
    assert "This is a copy" not in mine.body
    assert (copy.bundle, copy.state, copy.audience) == ("", "queued", mine.audience)


@pytest.mark.parametrize("why", ["the role ended", "deactivated", "over", "taken back"])
def test_nothing_goes_to_a_stand_in_who_may_not_see_the_case_or_is_none_any_more(database, why):
    ref, action_id, _, who = owned(database, REF)
    person = int(who.partition("-")[2])
    cover(database, who, first=date(2010, 1, 1), last=date(2010, 1, 31) if why == "over" else TODAY)
    with database.work(SYSTEM, NOW) as work:
        if why == "the role ended":
            held = work.session.scalars(select(Membership).where(Membership.person_id == person)).one()
            held.until = NOW
        if why == "deactivated":
            work.session.get_one(Person, person).active = False
        if why == "taken back":
            work.session.scalars(select(StandIn)).one().ended_at = NOW
    assert [notice.person_id == person for notice in tell_owner(database, ref, action_id)] == [False]


def test_a_stand_in_of_another_organisation_gets_no_copy(database):
    """The owner of an action holds the role in two bodies; who stands in for them in one is not told of the other's."""
    ref, action_id, _, who = owned(database, REF)
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        action = session.get_one(Action, action_id)
        elsewhere = session.scalars(
            select(Organisation).where(Organisation.kind == "body", Organisation.id != case_of(session, ref).body_id)
        ).first()
        mine = Membership(person_id=action.owner_id, organisation_id=elsewhere.id, role="action_owner", since=NOW)
        session.add(mine)
        session.add(Membership(person_id=int(who.split("-")[1]), organisation_id=elsewhere.id, role="action_owner", since=NOW))
        session.flush()
        other = f"{mine.id}-{who.split('-')[1]}"
    cover(database, other)
    assert len(tell_owner(database, ref, action_id)) == 1


# One press.


def test_one_press_turns_mail_off_without_signing_in_and_looking_changes_nothing(app, database):
    with database.reading() as session:
        me = person_of(session, "approver")
    notice = next(n for n in news(database).values() if n.person_id == me.id)
    headers = unsubscribe_headers(notice, secret=SECRET, url="http://localhost")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = find(r"^<http://localhost(/[^>]+)>$", headers["List-Unsubscribe"])
    client = app.test_client()
    for method in (client.get, client.head):
        assert method(address).status_code == 200
    with database.reading() as session:
        assert session.get(MailSettings, me.id) is None
    page = client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert page.status_code == 200 and "It is turned off" in page.text
    assert_strict_html(page.text)
    with database.reading() as session:
        assert session.get_one(MailSettings, me.id).rhythms["news"] == "off"
        assert session.get_one(MailSettings, me.id).rhythms["before"] == "immediately", "and nothing else"
        assert session.scalars(select(Event).where(Event.entity == "mail_settings")).one().person_id == me.id
    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200, "twice is as once"
    assert "It is turned on again" in client.post(address, data={"again": "yes"}).text
    with database.reading() as session:
        assert session.get_one(MailSettings, me.id).rhythms["news"] == "immediately"


def test_statutory_mail_has_no_such_headers_and_a_mail_of_both_neither(database):
    statutory = next(iter(news(database, "return_sent_back", occurrence="s").values()))
    optional = next(iter(news(database, occurrence="o").values()))
    assert unsubscribe_headers(statutory, secret=SECRET, url="http://localhost") == {}
    assert unsubscribe_headers(optional, statutory, secret=SECRET, url="http://localhost") == {}
    assert unsubscribe_headers(secret=SECRET, url="http://localhost") == {}
    address = unsubscribe_headers(optional, optional, secret=SECRET, url="http://localhost")["List-Unsubscribe"]
    assert read_signed(SECRET, address.rpartition("/")[2].rstrip(">")) == (optional.person_id, (Kind.NEWS,))


@pytest.mark.parametrize(
    "wrong", ["x", signed("y" * 40, 1, [Kind.NEWS]), signed(SECRET, 1, [Kind.NEWS])[:-2], signed(SECRET, 10**8, [Kind.NEWS])]
)
def test_a_link_that_was_not_signed_here_is_told_so(app, wrong):
    for method in ("get", "post"):
        got = getattr(app.test_client(), method)(f"/mail-settings/stop/{wrong}")
        assert got.status_code == 404 and "Mail settings" in got.text


def test_no_other_form_does_without_its_token(app):
    """The one exemption is declared for that view alone."""
    client = Browser(app, "approver").client
    assert client.post(SETTINGS, data={"news": "off"}).status_code == 400
    assert client.post(f"{SETTINGS}/stand-ins", data={}).status_code == 400


# What the messages of a round say.


def test_an_officer_reads_every_message_with_the_facts_of_a_case(app, database):
    browser = Browser(app, "officer")
    browser.get("/rounds/2009/messages")
    with Statements(app.database.engine) as statements:
        page = browser.get(f"/rounds/2009/messages?case={REF}")
    assert len(statements.told) <= 9, "\n".join(statements.told)
    with database.reading() as session:
        case = case_of(session)
        programme = case.round.programme
        assert all(f'id="{message.code}"' in page for message in programme.messages)
        assert f"{case.body.organisation.name}: Return is due 5pm on " in page
        names = session.scalars(select(Person.name).join(Membership).where(Membership.role == "preparer",
                                                                           Membership.organisation_id == case.body_id))  # fmt: skip
        assert any(name in page for name in names)
    assert page.count("You get this because") == 2 * len(programme.messages), "both parts"
    assert "deadline_escalated" in page and "Undefined" not in page
    assert browser.get("/rounds/2009/messages?case=2009-NOWHERE", status=404)
    assert browser.get("/rounds/1066/messages", status=404)
