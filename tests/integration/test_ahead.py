"""The reminders to come: the same as will be written, in a constant number of statements, and what a change of a date does to them."""

import json
import re
import shutil
from collections import Counter
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update

from config import programmes
from tests.conftest import NOW, REF
from tests.integration.test_mail_settings import colleague, cover
from tests.integration.test_pages import Statements
from tests.support.deadlines import home_return_due
from tests.support.returns import actor, case_of
from tests.support.site import Browser, find
from webapp.accounts.models import Membership, Person
from webapp.cases.models import Case
from webapp.cases.queries import waiting_for
from webapp.cli import yardstick
from webapp.db import SYSTEM, table_of
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.deadlines.verbs import becomes
from webapp.notices import preferences
from webapp.notices.ahead import EVER, Coming, Effect, by_day, coming, compared, effect
from webapp.notices.models import Notice
from webapp.notices.preferences import keep_rhythms
from webapp.notices.preferences_models import StandIn
from webapp.notices.queries import recipients
from webapp.notices.reminding import remind
from webapp.notices.verbs import COPY
from webapp.plans.models import Action
from workflows.deadlines.calendar import WorkingCalendar, at_hour
from workflows.deadlines.reminders import LONGEST_WAIT, MOST_A_DAY, Kind, reminders_for
from workflows.deadlines.rules import Due
from workflows.programme import ReminderRule
from workflows.roles import Role

LONG = NOW + timedelta(days=120)
KEYS = {"at", "ref", "body", "to", "role", "rule", "message", "deadline", "due", "leaves", "in", "not_sent"}


def test_everybody_is_told_who_holds_the_role_of_a_case(database):
    """For every open deadline and rule, the same people as one at a time by the rule for recipients."""
    with database.reading() as session:
        wanted = set()
        for deadline in session.scalars(select(Deadline).where(*runs(Deadline))):
            case = session.get_one(Case, deadline.case_id)
            action = session.get(Action, deadline.action_id) if deadline.action_id else None
            for rule, at in reminders_for(deadline.rule, deadline.due_at, case.round.programme, WorkingCalendar()):
                if NOW < at < LONG:
                    told = {one.email: role for role in reversed(rule.to) for one in recipients(session, case, Role(role), action)}
                    wanted |= {(at, case.ref, email, role.value, rule.code) for email, role in told.items()}
        found = coming(session, NOW, LONG + LONGEST_WAIT)
    found = [row for row in found if row.at < LONG]
    assert len(found) > 100
    assert {(row.at, row.ref, row.email, row.role, row.rule.code) for row in found} == wanted
    assert {row.role for row in found} >= {"preparer", "approver", "coordinator", "reviewer", "inspector", "action_owner"}
    assert [row.leaves for row in found] == sorted(row.leaves for row in found if row.leaves)


def test_it_costs_the_same_for_two_deadlines_and_for_a_thousand_more(database):
    def cost():
        with database.reading() as session, Statements(database.engine) as statements:
            found = coming(session, NOW, LONG)
        return len(statements.told), len(found)

    few = cost()
    for _ in range(3):
        _doubled(database)
    many = cost()
    assert many[1] > 5 * few[1]
    assert few[0] == many[0] <= 7


def _doubled(database):
    """Every deadline that runs a second time."""
    columns = [c.name for c in table_of(Deadline).c if c.name != "id"]
    with database.engine.begin() as connection:
        again = select(*(table_of(Deadline).c[name] for name in columns)).where(Deadline.closed_at.is_(None))
        connection.execute(insert(table_of(Deadline)).from_select(columns, again))


def _wishing(database):
    """Three people who do not have their mail at once, and one who does."""
    with database.work(SYSTEM, NOW) as work:
        busy = busiest(coming(work.session, NOW, NOW + timedelta(days=21)))
        for person, rhythm in zip(busy, ("daily", "weekly", "off"), strict=False):
            keep_rhythms(work, person, dict.fromkeys(Kind, rhythm))
    return busy


def _standing_in(database, first, last):
    """The owner of an action, which is due on 15 February now, is away on some days, and so is a preparer, of whom the stand-in is
    reminded anyway; gives the owner's name."""
    cover(database, colleague(database, "preparer", "preparer"), first, last)
    with database.work(SYSTEM, NOW) as work:
        session = work.session
        running = select(Deadline, Action).join(Action, Action.id == Deadline.action_id).where(*runs(Deadline))
        deadline, action = session.execute(running.where(Action.owner_id.is_not(None)).order_by(Deadline.id)).first()
        case, owner = session.get_one(Case, deadline.case_id), session.get_one(Person, action.owner_id)
        for one in session.scalars(select(Deadline).where(*runs(Deadline), Deadline.action_id == action.id)):
            becomes(work, case, one, Due(at_hour(date(2010, 2, 15), "17:00"), ()))
        held = select(Membership).where(Membership.person_id == owner.id, Membership.role == "action_owner")
        theirs = session.scalars(held.where(Membership.organisation_id.in_(case.body.acting_ids))).one()
        other = Person(email="stand-in@demo", name="Demo stand-in", password_hash="x", active=True, demo=True)
        session.add(other)
        session.flush()
        session.add(Membership(person_id=other.id, organisation_id=theirs.organisation_id, role="action_owner", since=NOW))
        session.add(StandIn(membership_id=theirs.id, person_id=other.id, first=first, last=last))
        return owner.name


def busiest(rows):
    """The people who get the most of these reminders, four preparers among them."""
    counts = Counter(row.person_id for row in rows if not row.rule.statutory)
    return [person for person, _ in counts.most_common(4)]


@pytest.mark.parametrize("most", [MOST_A_DAY, 1])
def test_what_was_foretold_is_what_is_written(database, monkeypatch, most):
    """Day by day, with nothing happening between: every reminder that was to come is written, once, and no other; it leaves when it
    was said, in the mail that was said, or not, and for the reason that was said."""
    monkeypatch.setattr(preferences, "MOST_A_DAY", most)
    _doubled(database)
    while remind(database, NOW):
        pass
    assert len(_wishing(database)) == 4
    absent = _standing_in(database, date(2010, 2, 8), date(2010, 2, 12))
    until = NOW + timedelta(days=21)
    with database.reading() as session:
        last = session.scalar(select(func.max(Notice.id))) or 0
        rows = [row for row in coming(session, NOW, until + LONGEST_WAIT) if row.at < until]
    foretold = sorted((row.at, row.rule.code, row.email, row.ref, row.leaves or row.at, row.bundle, row.why_not,
                        f"{COPY}{row.person_id}" if row.away else "") for row in rows)  # fmt: skip
    for minutes in range(0, 21 * 24 * 60, 60):
        while remind(database, NOW + timedelta(minutes=minutes)):
            pass
    with database.reading() as session:
        columns = Notice.queued_at, Notice.rule, Notice.email, Case.ref, Notice.not_before, Notice.bundle, Notice.error, Notice.key
        notices = select(*columns).join(Case, Case.id == Notice.case_id).where(Notice.id > last, Notice.rule != "")
        written = [(*row, "".join(key.partition(COPY)[1:])) for *row, key in session.execute(notices)]
        assert sorted(written) == foretold
        assert {(row.person, row.away.name, row.day) for row in rows if row.away} == {("Demo stand-in", absent, date(2010, 2, 8))}
        assert {row.day for row in rows if row.person == absent} >= {date(2010, 2, 8), date(2010, 2, 15), date(2010, 2, 16)}
    assert {row.rhythm for row in rows} == {"", "daily", "weekly", "grouped"}
    assert {row.why_not.partition(" has ")[2] for row in rows} == {"", "turned such mail off."}
    crowded = [row for row in rows if row.rhythm == "daily" and row.person_id not in _wishing(database)[:1]]
    assert bool(crowded) == (most == 1)


def test_a_list_that_begins_later_has_what_was_written_before_and_leaves_in_it(database):
    _wishing(database)
    with database.reading() as session:
        all_of_it = [row for row in coming(session, NOW, LONG) if row.rhythm == "weekly"]
        one = next(row for row in all_of_it if row.day != row.at.date())
        start = at_hour(one.day, "00:00")
        later = coming(session, NOW, LONG, start=start)
        assert one.at < start
        assert later == [row for row in coming(session, NOW, LONG) if (row.leaves or row.at) >= start]


def test_the_command_keeps_its_keys(database, monkeypatch):
    monkeypatch.setenv("YARDSTICK_DATABASE_URL", database.url)
    done = CliRunner().invoke(yardstick, ["reminders", "preview", "--from", "2010-02-01", "--to", "2010-03-01", "--json"])
    rows = json.loads(done.output)
    assert rows
    assert all(row.keys() >= KEYS for row in rows)
    with database.reading() as session:
        found = coming(session, NOW + timedelta(days=5000), at_hour(date(2010, 3, 2), "00:00"), start=at_hour(date(2010, 2, 1), "00:00"))
        assert [row.as_json() for row in found] == rows
    told = CliRunner().invoke(yardstick, ["reminders", "preview", "--from", "2010-02-01", "--to", "2010-03-01"]).output
    assert "working days before" in told
    assert re.search(r"\d+ reminders in \d+ mails", told)
    assert not [row["rule"] for row in rows if row["rule"] in told], "people are told words"


def test_other_rules_of_a_programme_tell_what_they_would_change(database, monkeypatch, tmp_path):
    monkeypatch.setenv("YARDSTICK_DATABASE_URL", database.url)
    monkeypatch.setattr("webapp.cli.data.system_clock", lambda: NOW)
    folder = tmp_path / "rules"
    shutil.copytree(programmes.HERE / "back-office-2009", folder)
    ask = ["reminders", "preview", "--from", "2010-02-01", "--to", "2010-05-01", "--rules", str(folder)]

    def told(*more):
        return CliRunner().invoke(yardstick, [*ask, *more])

    assert "0 mails more and 0 fewer" in told().output
    file = folder / "reminders.toml"
    text = file.read_text()
    before = """code = "return_due-before"
deadline = "return_due"
working_days = -5"""
    assert before in text
    file.write_text(text.replace(before, before.replace("-5", "-6")))
    found = json.loads(told("--json").output)
    assert {one["rule"] for one in found["reminders"]} == {"return_due-before"}
    assert found["more"] == found["fewer"] == sum(one["more"] for one in found["reminders"]) > 0
    assert "6 working days before" in told().output
    with database.reading() as session:
        same = coming(session, NOW, at_hour(date(2010, 5, 2), "00:00"))
    assert len({row.mail for row in same if row.rule.code == "return_due-before" and row.leaves}) == found["fewer"]
    file.write_text("nonsense")
    broken = told()
    assert broken.exit_code == 1
    assert "reminders.toml" in broken.output


# The effect of a change.


@pytest.fixture
def february(database):
    """The home body's return is due on 26 February."""
    home_return_due(database)


def _home(session) -> tuple[int, Deadline]:
    case = case_of(session)
    return case.id, session.scalars(select(Deadline).where(Deadline.case_id == case.id, Deadline.rule == "return_due")).one()


BEFORE = {"return_due-early", "return_due-before", "return_due-eve"}
NEAR = {"return_due-today", "return_due-after"}
LATE = {"return_due-after-5", "return_due-after-5-coordinator", "return_due-after-10"}


def _effect(session, now, due):
    """The rules of the home body's return with the days on which they would be sent besides, and would not any more."""
    found = effect(session, now, {_home(session)[1].id: at_hour(due, "17:00")})
    more = {(one.rule.code, one.day) for one in found.reminders if one.more.deadlines}
    return more, {(one.rule.code, one.day) for one in found.reminders if one.fewer.deadlines}


def _rules(found):
    return {rule for rule, _ in found}


@pytest.mark.parametrize(
    "due, more, fewer",
    [
        (date(2010, 3, 26), BEFORE | NEAR | LATE, BEFORE | NEAR | LATE),
        (date(2010, 2, 26), set(), set()),
        (date(2010, 2, 2), NEAR | LATE, BEFORE | NEAR | LATE),
        (date(2010, 1, 26), LATE, BEFORE | NEAR | LATE),
        (date(2010, 1, 4), set(), BEFORE | NEAR | LATE),
    ],
)
def test_the_effect_of_another_date_is_what_goes_besides_and_no_longer(database, february, due, more, fewer):
    with database.reading() as session:
        _, deadline = _home(session)
        assert deadline.due_at == at_hour(date(2010, 2, 26), "17:00")
        found = _effect(session, NOW, due)
        assert (_rules(found[0]), _rules(found[1])) == (more, fewer)
        assert deadline.due_at == at_hour(date(2010, 2, 26), "17:00"), "nothing was changed"


def test_reminders_that_had_passed_come_again_with_a_later_date(database, february):
    with database.reading() as session:
        more, fewer = _effect(session, at_hour(date(2010, 3, 1), "12:00"), date(2010, 3, 26))
    assert _rules(more) == BEFORE | NEAR | LATE
    assert fewer == {("return_due-after-5", date(2010, 3, 5)), ("return_due-after-5-coordinator", date(2010, 3, 5)),
                     ("return_due-after-10", date(2010, 3, 12))}  # fmt: skip


def test_the_effect_is_what_the_list_says_after_the_change(database, february):
    """The lists before and after a change that is made, compared by hand, tell how many mails there are more and fewer."""
    later = at_hour(date(2010, 3, 26), "17:00")
    _wishing(database)
    with database.reading() as session:
        due = [row.id for row in session.scalars(select(Deadline).where(*runs(Deadline), Deadline.rule == "return_due"))]
        foretold = effect(session, NOW, dict.fromkeys(due, later))
        before = coming(session, NOW, EVER)
    with database.work(SYSTEM, NOW) as work:
        for one in work.session.scalars(select(Deadline).where(Deadline.id.in_(due))):
            becomes(work, work.session.get_one(Case, one.case_id), one, Due(later, ()))
    with database.reading() as session:
        after = coming(session, NOW, EVER)
    was, will = ({row.mail: row.person_id for row in rows if row.leaves} for rows in (before, after))
    assert foretold.more.mails == len(will.keys() - was.keys()) > 0
    assert foretold.fewer.mails == len(was.keys() - will.keys()) > 0
    assert foretold.more.people == len({will[mail] for mail in will.keys() - was.keys()})
    assert foretold.more.mails < len([row for row in after if row.deadline_id in due]), "some leave together"
    days = {one.day for one in foretold.reminders if one.more.mails}
    assert days == {row.day for row in after if row.leaves and row.deadline_id in due}
    assert foretold == compared(before, after)


def test_a_change_of_what_is_not_open_does_nothing_and_many_cost_as_one(database, february):
    with database.reading() as session:
        assert effect(session, NOW, {}) == effect(session, NOW, {10**6: LONG}) == Effect()
        open_ones = session.scalars(select(Deadline.id).where(*runs(Deadline), Deadline.rule == "return_due")).all()
        later = at_hour(date(2010, 3, 26), "17:00")
        costs = []
        for some in ([_home(session)[1].id], open_ones):
            with Statements(database.engine) as statements:
                found = effect(session, NOW, dict.fromkeys(some, later))
            costs.append((len(statements.told), found.more.mails))
    assert costs[1][1] > costs[0][1] > 0
    assert costs[0][0] == costs[1][0] <= 7


# The pages.


def test_officers_see_all_and_others_their_own(app, database, february):
    page = Browser(app, "officer").get("/reminders")
    assert "Reminders to come" in page
    total = int(find(r'ys-count">(\d+)<', page))
    with database.reading() as session:
        rows = coming(session, NOW, at_hour(date(2010, 3, 3), "00:00"))
        assert total == len(rows)
        assert f"{total} reminders in {len({row.mail for row in rows})} mails" in page
        assert "in the daily mail" not in page
        assert "with others, as one mail" in page
        mine = select(Person.id).where(Person.email.like("preparer@%"))
        own = coming(session, NOW, at_hour(date(2010, 3, 3), "00:00"), to=session.scalars(mine).one())
    page = Browser(app, "preparer").get("/reminders?person=coordinator")
    assert "Reminders that will come to you" in page
    assert "coordinator" not in page.partition("<main")[2].replace("person=coordinator", "").lower()
    page = Browser(app, "preparer").get("/reminders")
    assert int(find(r'ys-count">(\d+)<', page)) == len(own) > 0
    assert {row.ref for row in own} == {REF}


def test_the_list_is_narrowed_and_paged_and_costs_the_same(app, february):
    officer = Browser(app, "officer")
    page = officer.get("/reminders?days=90")
    assert "Page 1 of" in page
    assert officer.get("/reminders?days=90&page=2") != page
    assert "return_due" not in re.sub(r'value="[^"]*"|href="[^"]*"', "", page), "a rule is told in words"
    for query in ("role=coordinator", "rule=return_due-before", "case=hartle", "person=preparer", f"case={REF}&role=preparer"):
        narrowed = officer.get(f"/reminders?days=90&{query}")
        assert 0 < int(find(r'ys-count">(\d+)<', narrowed)) < int(find(r'ys-count">(\d+)<', page)), query
    day = find(r'<option value="(2010-[\d-]+)"', page)
    assert len(set(re.findall(r'ys-date">(\d+ \w+ 2010), \d\d:\d\d</span>',
                              officer.get(f"/reminders?day={day}&days=90")))) == 1  # fmt: skip
    for strange in ("days=7", "days=x", "page=-4", "page=999", "day=never", "role=nobody", "rule=%27", "case=" + "x" * 300):
        officer.get(f"/reminders?{strange}")
    assert "No reminder is to come that fits" in officer.get("/reminders?case=nowhere")
    with Statements(app.database.engine) as statements:
        officer.get("/reminders?days=90")
    assert len(statements.told) <= 8


def test_a_stand_in_finds_their_copies_and_officers_for_whom_they_are(app, database):
    owner = _standing_in(database, date(2010, 2, 8), date(2010, 2, 12))
    with database.work(SYSTEM, NOW) as work:
        mine = work.session.scalars(select(Person).where(Person.name == "Demo stand-in")).one().id
        own = coming(work.session, NOW, LONG, to=mine)
        assert [(row.day, row.away.name if row.away else "", row.role) for row in own] == [(date(2010, 2, 8), owner, "action_owner")]
        assert [one.as_json()["copy_for"] for one in own] == [one.away.email for one in own if one.away]
        later = {own[0].deadline_id: at_hour(date(2010, 3, 19), "17:00")}
        (gone,) = [one for one in effect(work.session, NOW, later).reminders if one.day == date(2010, 2, 8)]
        assert (gone.fewer.mails, gone.fewer.people) == (2, 2), "the owner's and the copy"
    page = Browser(app, "officer").get("/reminders?person=Demo+stand-in&days=60")
    assert f"a copy, standing in for {owner}" in page
    assert int(find(r'ys-count">(\d+)<', page)) == 1


def test_the_list_says_what_each_will_really_get(app, database, february):
    """Off, and in a digest: in words on the page; what is not sent counts for nothing."""
    whole = int(find(r'ys-count">(\d+)<', Browser(app, "officer").get("/reminders?days=60")))
    with database.work(SYSTEM, NOW) as work:
        mine = work.session.scalars(select(Person.id).where(Person.email.like("preparer@%"))).one()
        keep_rhythms(work, mine, {Kind.BEFORE: "off", Kind.AFTER: "daily"})
    officer, preparer = Browser(app, "officer"), Browser(app, "preparer")
    page = preparer.get("/reminders?days=60")
    assert "Not sent" in page
    assert re.search(r"due \d+ \w+ 2010: Demo preparer[^<]* has turned such mail off\.", page)
    assert "more are due and will not be sent" in page
    assert 0 < int(find(r'ys-count">(\d+)<', officer.get("/reminders?days=60"))) < whole


def test_the_counts_by_day_have_every_day():
    def row(day, person, bundle="", deadline=1, hour="09:00"):
        rule = ReminderRule(code=f"rule-{deadline}", deadline="d", working_days=-1, to=(Role.PREPARER,), message="m")
        at = at_hour(day, hour)
        return Coming(at, None if bundle == "off" else at, bundle, "", "r", "b", "e", "n", "preparer", rule, "d", NOW, person, deadline, 1)

    first = date(2010, 3, 26)
    rows = [row(first, 1), row(first, 1, deadline=2), row(first, 2), row(first, 3, "daily:3:x"), row(first, 3, "daily:3:x", 2),
            row(first, 4, "off"), row(date(2010, 3, 29), 2)]  # fmt: skip
    counts = by_day(rows, first, date(2010, 3, 30))
    assert [(one.day.day, one.mails, one.reminders, one.people, one.most) for one in counts] == [
        (26, 4, 5, 3, 2), (27, 0, 0, 0, 0), (28, 0, 0, 0, 0), (29, 1, 1, 1, 1), (30, 0, 0, 0, 0)
    ]  # fmt: skip


# Work today: by what is due.


def test_work_today_is_sorted_by_what_is_due(app, database):
    """Overdue first, the longest first; then today; then later; what has no date comes last."""
    for who in ("coordinator", "manager", "officer", "reviewer", "inspector"):
        with database.reading() as session:
            found, _ = waiting_for(session, actor(session, who))
        dated = [one.due_at for one in found if one.due_at is not None]
        assert [one.due_at for one in found] == sorted(dated) + [None] * (len(found) - len(dated)), who
    with database.reading() as session:
        by = actor(session, "reviewer")
        ones = sorted(waiting_for(session, by)[0], key=lambda one: one.due_at is None)
    assert [one.due_at is None for one in ones] == [False] * 4 + [True]
    days = (timedelta(days=40), timedelta(days=-30), timedelta(hours=3), timedelta(days=-50))
    with database.work(by, NOW) as work:
        for one, off in zip(ones[:4], days, strict=True):
            deadline = update(Deadline).where(Deadline.case_id == case_of(work.session, one.ref).id, Deadline.due_at == one.due_at)
            work.session.execute(deadline.values(due_at=NOW + off))
    page = Browser(app, "reviewer").get("/today").partition("<tbody")[2].partition("</tbody")[0]
    told = re.findall(r"/cases/([\w-]+)[^>]*>[^<]*</a><br>", page)
    assert told == [ones[number].ref for number in (3, 1, 2, 0, 4)], "the longest overdue, overdue, today, later, no date"


# A round in simulation.


def test_a_simulation_is_told_as_one_and_changes_nothing(app, database, monkeypatch):
    officer = Browser(app, "officer")
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Notice)), session.scalar(select(func.count()).select_from(Deadline))
    with Statements(app.database.engine) as statements:
        page = officer.get("/rounds/2009/simulation?seed=7")
    assert len(statements.told) <= 8
    for text in ("This is a simulation", "What is assumed", "Share late", "The most to one person on one day", "Nothing is kept"):
        assert text in page
    assert re.sub(r'(csrf_token|once)" value="[^"]+', "", page) == re.sub(
        r'(csrf_token|once)" value="[^"]+', "", officer.get("/rounds/2009/simulation?seed=7"))  # fmt: skip
    for strange in ("seed=x", "seed=-1", "seed=9999999999999999"):
        officer.get(f"/rounds/2009/simulation?{strange}")
    officer.get("/rounds/1999/simulation", status=404)
    with database.reading() as session:
        after = session.scalar(select(func.count()).select_from(Notice)), session.scalar(select(func.count()).select_from(Deadline))
    assert before == after
    monkeypatch.setenv("YARDSTICK_DATABASE_URL", database.url)
    told = json.loads(CliRunner().invoke(yardstick, ["reminders", "simulate", "2009", "--seed", "7", "--json"]).output)
    assert f"{told['mails']:,} mails" in page
    assert sum(day["reminders"] + day["messages"] for day in told["days"]) == told["mails"]
    assert "late  Return" in CliRunner().invoke(yardstick, ["reminders", "simulate", "2009"]).output
