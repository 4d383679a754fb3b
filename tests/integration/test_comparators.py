"""Figures beside those of the body's class: what stands out, when it counts, and the measures that are kept for it."""

import pytest
from sqlalchemy import select, text

from tests.conftest import NOW, REF
from tests.support.explaining import CHECKS, explain, started
from tests.support.figures import PROGRAMME
from tests.support.site import Browser
from webapp.accounts.models import Person
from webapp.cases.models import Case
from webapp.checks import verbs
from webapp.checks.models import Measures
from webapp.db import SYSTEM
from webapp.register.models import Body
from webapp.returns import queries as returns
from webapp.returns.known import figures_of
from webapp.returns.models import ReturnVersion

BECAUSE = "EXPLAINED: two systems run side by side."


def _alike(work, **values):
    """Ten other bodies of the class have signed off, with the same measures; gives what it takes to add one more."""
    session = work.session
    kind = session.scalar(select(Body.kind).join(Case, Case.body_id == Body.id).where(Case.ref == REF))
    taken = select(ReturnVersion.case_id)
    query = select(Case).join(Body, Body.id == Case.body_id).where(Body.kind == kind, Case.ref != REF, Case.id.not_in(taken))
    cases = list(session.scalars(query.order_by(Case.id).limit(12)))

    def sign(case, at, **changed):
        version = ReturnVersion(case_id=case.id, number=1, frozen_at=at, signed_by=work.session.scalars(select(Person.id)).first())
        session.add(version)
        session.flush()
        session.add(Measures(version_id=version.id, by_code={code: v + case.id % 7 / 10 for code, v in (values | changed).items()}))
        session.flush()

    return cases, sign


@pytest.fixture
def no_others(database):
    """Nobody else's measures: what the demo's bodies signed off is not compared with."""
    with database.engine.begin() as connection:
        connection.execute(text("delete from measures"))


def test_a_figure_that_stands_out_from_the_class_is_to_be_explained(app, database, no_others):
    preparer = started(app)
    assert "Nothing. It can be submitted" in preparer.get(CHECKS)
    with database.work(SYSTEM, NOW) as work:
        cases, sign = _alike(work, **{"FIN-P1": 9.0, "LEG-P1": 900.0})
        for case in cases[:7]:
            sign(case, NOW)
    assert "FIN-P1.comparator" not in preparer.get(CHECKS), "seven others are too few"
    with database.work(SYSTEM, NOW) as work:
        cases, sign = _alike(work, **{"FIN-P1": 9.0, "LEG-P1": 900.0})
        sign(cases[0], NOW)
    page = preparer.get(CHECKS)
    assert "FIN-P1.comparator" in page
    assert "Median of 8 others of the class “Unitary authority”" in page
    assert "LEG-P1.comparator" not in page, "provisional functions are not judged"
    explain(preparer, BECAUSE)
    assert "Nothing. It can be submitted" in preparer.get(CHECKS)


def test_others_who_sign_off_later_cannot_hold_up_who_waits_for_the_signature(app, database, clock, no_others):
    preparer, approver = started(app), Browser(app, "approver")
    preparer.move("return", "submit_for_sign_off")
    clock.forward(days=1)
    with database.work(SYSTEM, clock()) as work:
        cases, sign = _alike(work, **{"FIN-P1": 9.0})
        for case in cases[:10]:
            sign(case, clock())
    assert "FIN-P1.comparator" not in approver.get(CHECKS)
    approver.move("return", "sign_off")
    assert "FIN-P1.comparator" in approver.get(CHECKS), "afterwards it is compared with everybody"
    assert "Not explained." in approver.get(CHECKS)


def test_signing_off_keeps_the_measures_and_a_body_is_not_compared_with_itself(app, database, no_others):
    preparer, approver = started(app), Browser(app, "approver")
    preparer.move("return", "submit_for_sign_off")
    approver.move("return", "sign_off")
    with database.reading() as session:
        kept = session.scalars(select(Measures)).one()
        version = session.get_one(ReturnVersion, kept.version_id)
        case = session.get_one(Case, version.case_id)
        figures = figures_of(session, case, returns.answers(session, version.id))
        assert case.ref == REF
        assert kept.by_code == verbs.measure(figures)
        share = figures.measure(PROGRAMME.indicator("FIN-P1")).value
        assert share is not None
        assert kept.by_code["FIN-P1"] == pytest.approx(float(share))
        assert len(kept.by_code) > 70


def test_measures_that_are_missing_are_computed_anew(database):
    with database.reading() as session:
        before = dict(session.execute(select(Measures.version_id, Measures.by_code)).all())
    assert before
    with database.engine.begin() as connection:
        connection.execute(text("delete from measures where version_id in (select version_id from measures order by id limit 3)"))
    with database.work(SYSTEM, NOW) as work:
        assert verbs.keep_missing_measures(work) == 3
        assert verbs.keep_missing_measures(work) == 0
    with database.reading() as session:
        after = dict(session.execute(select(Measures.version_id, Measures.by_code)).all())
    assert {v: pytest.approx(values) for v, values in after.items()} == before
