"""The round before: what it left open is asked beside the draft, and its figures are those of its own programme."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.support.explaining import explain
from tests.support.figures import PROGRAMME
from tests.support.site import Browser
from webapp.cases.models import Case, Stay
from webapp.challenge.models import Finding
from webapp.db import SYSTEM
from webapp.deadlines.models import Deadline
from webapp.demo.figures import ordinary
from webapp.plans.models import Action
from webapp.register.models import Round
from webapp.register.verbs import open_round
from webapp.returns import queries as returns
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnValue
from webapp.review.models import Annotation, Reply
from workflows.programme import Programme
from workflows.returns.checks import check
from workflows.review.annotations import ASKING
from workflows.roles import Side


def next_round(database, programme: Programme = PROGRAMME):
    """A second round of the programme is opened."""
    with database.work(SYSTEM, NOW) as work:
        open_round(work, code="2010", name="Round 2010", programme=programme, dates={}, threshold=programme.threshold)


def case_of(session, ref):
    return session.scalars(select(Case).where(Case.ref == ref)).one()


@pytest.fixture
def closed(database):
    """The code of a body whose case of the first round went the whole way, with a shared query among its annotations."""
    with database.reading() as session:
        query = select(Case).where(Case.stage == "closed", Case.id.in_(select(Annotation.case_id)), Case.id.in_(select(Action.case_id)))
        return session.scalars(query.order_by(Case.id)).first().ref.removeprefix("2009-")


@pytest.fixture
def left_open(database, closed):
    """The same, but its query was never resolved, and its action never verified."""
    with database.work(SYSTEM, NOW) as work:
        case = case_of(work.session, f"2009-{closed}")
        notes = select(Annotation).where(Annotation.case_id == case.id, Annotation.kind.in_(ASKING))
        note = work.session.scalars(notes.order_by(Annotation.id)).first()
        note.text, note.state, note.audience = "LASTQUERY: does it hold the pension team?", "answered", int(Side.BODY | Side.PARTNERSHIP)
        said = select(Reply).where(Reply.annotation_id == note.id, Reply.side == int(Side.BODY))
        work.session.scalars(said).one().text = "Partly."
        finding = work.session.scalars(select(Finding).where(Finding.case_id == case.id)).first()
        finding.title, finding.recommendation = "LASTFINDING", "Join the service."
        action = work.session.scalars(select(Action).where(Action.case_id == case.id)).first()
        action.what = "LASTACTION: move to one system."
        stays = select(Stay).where(Stay.action_id == action.id, Stay.until.is_(None))
        work.session.scalars(stays).one().state = "in_progress"
        action.due_on = date(2010, 3, 31)
        deadlines = select(Deadline).where(Deadline.action_id == action.id, Deadline.rule == "action_due").order_by(Deadline.id.desc())
        work.session.scalars(deadlines).first().due_at = datetime(2010, 6, 30, 16, tzinfo=UTC)
    return closed


def draft(app, code):
    """The preparer of the body in the second round, with a filled-in draft."""
    preparer = Browser(app, f"preparer-{code.lower()}")
    ref = f"2010-{code}"
    preparer.move("return", "start", ref=ref, form=f"/cases/{ref}")
    return preparer, f"/cases/{ref}/return/checks"


def test_what_the_round_before_left_open_is_asked_beside_the_draft_and_its_answer_goes_with_the_figure(app, database, left_open):
    next_round(database)
    preparer, checks = draft(app, left_open)
    page = preparer.get(checks)
    assert "Questions you will be asked" in page
    for told in ("LASTQUERY", "You answered: “Partly.”", "LASTFINDING", "Recommended: “Join the service.”", "LASTACTION",
                 "due 30 June 2010 (agreed as 31 March 2010)"):  # fmt: skip
        assert told in page, told
    approver = Browser(app, f"approver-{left_open.lower()}")
    assert "LASTQUERY" in approver.get(checks)
    assert "<textarea" not in approver.get(checks)
    officer = Browser(app, "officer")
    assert "LASTQUERY" not in officer.get(checks)
    with database.reading() as session:
        number = session.scalars(select(Annotation.id).where(Annotation.text.like("LASTQUERY%"))).one()
    explain(preparer, {f"earlier.query-{number}": "It did, and does no more."}, ref=f"2010-{left_open}")
    with database.work(SYSTEM, NOW) as work:
        session, case = work.session, case_of(work.session, f"2010-{left_open}")
        version = returns.newest_version(session, case.id)
        assert version is not None
        version.frozen_at, version.signed_by = NOW, session.scalars(select(Annotation.author_id)).first()
        version.audience |= int(Side.PROGRAMME)
        item = session.get_one(Annotation, number).item
    function = PROGRAMME.item(item).function
    beside = officer.get(f"/cases/2010-{left_open}/return/{function}")
    assert "The body explains:</strong> It did, and does no more." in beside
    assert "LASTQUERY" in beside, "with what was asked"
    assert "It did, and does no more." in officer.get(checks)


def test_what_was_asked_about_a_measure_is_asked_at_the_first_item_behind_it(app, database, left_open):
    with database.work(SYSTEM, NOW) as work:
        work.session.scalars(select(Annotation).where(Annotation.text.like("LASTQUERY%"))).one().item = "FIN-S11"
    next_round(database)
    preparer, checks = draft(app, left_open)
    page = preparer.get(checks)
    assert "LASTQUERY" in page
    assert "/return/finance#FIN_PAYROLL_ERRORS" in page.partition("LASTQUERY")[2].partition("</article>")[0]


@pytest.mark.parametrize("settled", ["resolved", "hidden from the body"])
def test_what_was_settled_or_never_shown_to_the_body_is_not_asked_again(app, database, left_open, settled):
    with database.work(SYSTEM, NOW) as work:
        note = work.session.scalars(select(Annotation).where(Annotation.text.like("LASTQUERY%"))).one()
        finding = work.session.scalars(select(Finding).where(Finding.title == "LASTFINDING")).one()
        if settled == "resolved":
            note.state, finding.decision, finding.decision_audience = "resolved", "withdrawn", int(Side.BODY | Side.AUDITOR)
        else:
            note.audience = finding.audience = int(Side.AUDITOR)
    next_round(database)
    preparer, checks = draft(app, left_open)
    assert "LASTQUERY" not in preparer.get(checks)
    assert "LASTFINDING:" not in preparer.get(checks)
    assert "“LASTFINDING”" not in preparer.get(checks)


def test_the_first_round_is_asked_nothing_of_the_kind(app, database, closed):
    assert "earlier." not in Browser(app, f"approver-{closed.lower()}").get(f"/cases/2009-{closed}/return/checks")


def _redefined(**changes):
    """The programme with some items changed."""
    items = tuple(msgspec.structs.replace(item, **changes[item.code]) if item.code in changes else item for item in PROGRAMME.items)
    return msgspec.structs.replace(PROGRAMME, version="2010.1", items=items)


def test_computed_figures_of_last_year_are_those_that_its_own_programme_computed(app, database, closed):
    """The second round leaves the outsourced services out of the finance cost, and counts debtors by another definition."""
    formula = PROGRAMME.item("FIN_COST").formula.replace(" + FIN_COST_OUTSOURCED", "")
    next_round(database, _redefined(FIN_COST={"formula": formula}, FIN_DEBTORS={"definition": "2"}))
    with database.reading() as session:
        before, case = case_of(session, f"2009-{closed}"), case_of(session, f"2010-{closed}")
        version = returns.newest_version(session, before.id)
        assert version is not None
        amounts = {v.item: v.amount for v in session.scalars(select(ReturnValue).where(ReturnValue.version_id == version.id))}
        this_year = ordinary(case.headcount or 1000, PROGRAMME)
        figures = figures_of(session, case, this_year)
        programme = session.scalars(select(Round).where(Round.code == "2010")).one().programme
    lines = PROGRAMME.item("FIN_COST").formula.split(" + ")
    assert figures.last["FIN_COST"] == sum(amounts[line] for line in lines), "with the outsourced services, as it was then"
    assert figures.last["FIN_COST_EMP"] == amounts["FIN_COST_EMP"]
    assert "FIN_DEBTORS" in amounts
    assert "FIN_DEBTORS" not in figures.last, "counted otherwise now: a break in the series"
    found = {o.code for o in check(figures).outcomes if o.origin == "change"}
    assert "FIN_DEBTORS.change" not in found
    assert programme.item("FIN_COST").formula == formula
