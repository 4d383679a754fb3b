"""The reminders to come: the same as will be written, in a constant number of statements, and what a change of a date does to them."""

import json
import re
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.deadlines import home_return_due
from tests.support.returns import actor, case_of
from tests.support.site import Browser, find
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.cases.queries import waiting_for
from webapp.cli import yardstick
from webapp.db import table_of
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries import runs
from webapp.notices.ahead import Coming, by_day, coming, effect, preview
from webapp.notices.models import Notice
from webapp.notices.queries import recipients
from webapp.notices.reminding import remind
from webapp.plans.models import Action
from workflows.deadlines.calendar import WorkingCalendar, at_hour
from workflows.deadlines.reminders import reminders_for
from workflows.roles import Role

LONG = NOW + timedelta(days=120)
KEYS = {"at", "ref", "body", "to", "role", "rule", "message", "deadline", "due"}


def test_everybody_is_told_who_holds_the_role_of_a_case(database):
    """For every open deadline and rule, the same people as one at a time by the rule for recipients."""
    with database.reading() as session:
        wanted = set()
        for deadline in session.scalars(select(Deadline).where(*runs(Deadline))):
            case = session.get_one(Case, deadline.case_id)
            action = session.get(Action, deadline.action_id) if deadline.action_id else None
            for rule, at in reminders_for(deadline.rule, deadline.due_at, case.round.programme, WorkingCalendar()):
                if NOW <= at < LONG:
                    told = {one.email: role for role in reversed(rule.to) for one in recipients(session, case, Role(role), action)}
                    wanted |= {(at, case.ref, email, role.value, rule.code) for email, role in told.items()}
        found = coming(session, NOW, LONG)
    assert len(found) > 100
    assert {(row.at, row.ref, row.email, row.role, row.rule) for row in found} == wanted
    assert {row.role for row in found} >= {"preparer", "approver", "coordinator", "reviewer", "inspector", "action_owner"}
    assert found == sorted(found, key=lambda row: row.at)


def test_it_costs_the_same_for_two_deadlines_and_for_a_thousand_more(database):
    def cost():
        with database.reading() as session, Statements(database.engine) as statements:
            found = coming(session, NOW, LONG)
        return len(statements.told), len(found)

    few = cost()
    columns = [c.name for c in table_of(Deadline).c if c.name != "id"]
    with database.engine.begin() as connection:
        again = select(*(table_of(Deadline).c[name] for name in columns)).where(Deadline.closed_at.is_(None))
        for _ in range(3):
            connection.execute(insert(table_of(Deadline)).from_select(columns, again))
    many = cost()
    assert many[1] > 5 * few[1]
    assert few[0] == many[0] <= 6


def test_what_was_foretold_is_what_is_written(database):
    """Day by day, with nothing happening between: every reminder that was to come is written, once, and no other."""
    while remind(database, NOW):
        pass
    until = NOW + timedelta(days=21)
    with database.reading() as session:
        last = session.scalar(select(func.max(Notice.id))) or 0
        foretold = sorted((row.at.date(), row.rule, row.email) for row in coming(session, NOW, until))
    now = NOW
    while now < until:
        now += timedelta(hours=1)
        while remind(database, now):
            pass
    with database.reading() as session:
        written = select(Notice.queued_at, Notice.rule, Notice.email).where(Notice.id > last)
        assert sorted((at.date(), rule, email) for at, rule, email in session.execute(written)) == foretold
    assert foretold


def test_the_command_keeps_its_keys(database, monkeypatch):
    monkeypatch.setenv("YARDSTICK_DATABASE_URL", database.url)
    done = CliRunner().invoke(yardstick, ["reminders", "preview", "--from", "2010-02-01", "--to", "2010-03-01", "--json"])
    rows = json.loads(done.output)
    assert rows
    assert all(row.keys() >= KEYS for row in rows)
    with database.reading() as session:
        assert preview(session, at_hour(date(2010, 2, 1), "00:00"), at_hour(date(2010, 3, 2), "00:00")) == rows


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


@pytest.mark.parametrize(
    "due, added, gone, moved",
    [
        (date(2010, 3, 26), set(), set(), BEFORE | NEAR | LATE),
        (date(2010, 2, 26), set(), set(), set()),
        (date(2010, 2, 2), set(), BEFORE, NEAR | LATE),
        (date(2010, 1, 26), set(), BEFORE | NEAR, LATE),
        (date(2010, 1, 4), set(), BEFORE | NEAR | LATE, set()),
    ],
)
def test_the_effect_of_another_date_is_what_is_added_gone_and_moved(database, february, due, added, gone, moved):
    with database.reading() as session:
        case_id, deadline = _home(session)
        assert deadline.due_at == at_hour(date(2010, 2, 26), "17:00")
        found = effect(session, NOW, LONG, {(case_id, "return_due"): at_hour(due, "17:00")})
        assert {row.rule for row in found.added} == added
        assert {row.rule for row in found.gone} == gone
        assert {move.after.rule for move in found.moved} == moved
        assert all(move.before.at != move.after.at and move.after.due_at == at_hour(due, "17:00") for move in found.moved)
        assert {row.ref for row in (*found.added, *found.gone, *(move.after for move in found.moved))} <= {REF}
        assert found.any == bool(added or gone or moved)
        assert deadline.due_at == at_hour(date(2010, 2, 26), "17:00"), "nothing was changed"


def test_reminders_that_had_passed_come_again_with_a_later_date(database, february):
    after = at_hour(date(2010, 3, 1), "12:00")
    with database.reading() as session:
        case_id, _ = _home(session)
        found = effect(session, after, LONG, {(case_id, "return_due"): at_hour(date(2010, 3, 26), "17:00")})
    assert {row.rule for row in found.added} == BEFORE | NEAR
    assert not found.gone
    assert {(move.after.rule, move.before.at, move.after.at) for move in found.moved} == {
        ("return_due-after-5", at_hour(date(2010, 3, 5), "09:00"), at_hour(date(2010, 4, 6), "09:00")),
        ("return_due-after-5-coordinator", at_hour(date(2010, 3, 5), "09:00"), at_hour(date(2010, 4, 6), "09:00")),
        ("return_due-after-10", at_hour(date(2010, 3, 12), "09:00"), at_hour(date(2010, 4, 13), "09:00")),
    }


def test_what_goes_over_the_end_of_the_list_is_moved_and_not_gone(database, february):
    with database.reading() as session:
        case_id, _ = _home(session)
        until = at_hour(date(2010, 3, 5), "00:00")
        found = effect(session, NOW, until, {(case_id, "return_due"): at_hour(date(2010, 8, 26), "17:00")})
    assert not found.gone
    assert {move.after.at.month for move in found.moved} == {8}


def test_a_change_of_what_is_not_open_does_nothing_and_many_cost_as_one(database, february):
    with database.reading() as session:
        assert not effect(session, NOW, LONG, {}).any
        assert not effect(session, NOW, LONG, {(10**6, "return_due"): LONG, (1, "no_such_rule"): LONG}).any
        open_ones = select(Deadline.case_id).where(*runs(Deadline), Deadline.rule == "return_due")
        cases = session.scalars(open_ones).all()
        later = at_hour(date(2010, 3, 26), "17:00")
        costs = []
        for some in ([_home(session)[0]], cases):
            with Statements(database.engine) as statements:
                found = effect(session, NOW, LONG, {(case, "return_due"): later for case in some})
            costs.append((len(statements.told), len(found.moved) + len(found.added)))
    assert costs[1][1] > costs[0][1] > 0
    assert costs[0][0] == costs[1][0]


# The pages.


def test_officers_see_all_and_others_their_own(app, database, february):
    page = Browser(app, "officer").get("/reminders")
    assert "Reminders to come" in page
    total = int(find(r'ys-count">(\d+)<', page))
    with database.reading() as session:
        assert total == len(coming(session, NOW, at_hour(date(2010, 3, 3), "00:00")))
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
    for query in ("role=coordinator", "rule=return_due-before", "case=hartle", "person=preparer", f"case={REF}&role=preparer"):
        narrowed = officer.get(f"/reminders?days=90&{query}")
        assert 0 < int(find(r'ys-count">(\d+)<', narrowed)) < int(find(r'ys-count">(\d+)<', page)), query
    day = find(r'<option value="(2010-[\d-]+)"', page)
    assert len(set(re.findall(r'ys-date">(\d+ \w+ 2010), 09:00</td><td class="govuk-table__cell" data-label="Body"',
                              officer.get(f"/reminders?day={day}&days=90")))) == 1  # fmt: skip
    for strange in ("days=7", "days=x", "page=-4", "page=999", "day=never", "role=nobody", "rule=%27", "case=" + "x" * 300):
        officer.get(f"/reminders?{strange}")
    assert "No reminder is to come that fits" in officer.get("/reminders?case=nowhere")
    with Statements(app.database.engine) as statements:
        officer.get("/reminders?days=90")
    assert len(statements.told) <= 8


def test_the_counts_by_day_have_every_day():
    def row(day, person):
        return Coming(at_hour(day, "09:00"), "r", "b", "e", "n", "preparer", "rule", "m", "d", NOW, person, 1)

    first = date(2010, 3, 26)
    counts = by_day([row(first, 1), row(first, 1), row(first, 2), row(date(2010, 3, 29), 2)], first, date(2010, 3, 30))
    assert [(one.day.day, one.mails, one.people, one.most) for one in counts] == [
        (26, 3, 2, 2), (27, 0, 0, 0), (28, 0, 0, 0), (29, 1, 1, 1), (30, 0, 0, 0)
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
