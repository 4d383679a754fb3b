"""A case with evidence: files are sent as a browser sends them; the way of the case around them is gone by the verbs, as its
forms are tested elsewhere."""

import io
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.conftest import REF
from tests.support.figures import PROGRAMME
from tests.support.site import Browser, token
from webapp.accounts.models import Membership, Organisation, Person
from webapp.cases import moves
from webapp.cases.models import Case
from webapp.demo.accounts import email_of
from webapp.demo.figures import HOME_PEOPLE, ordinary
from webapp.evidence.models import Evidence
from webapp.record import Event
from webapp.returns import queries as returns
from webapp.returns.verbs import save_answers
from workflows.roles import Actor, Role

CASE = f"/cases/{REF}"
LIST = f"{CASE}/evidence"
ITEM = f"{CASE}/return/finance/FIN_COST_EMP"
DEBTORS = f"{CASE}/return/finance/FIN_DEBTORS"

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For tests in which no database has a part, so that they need not run on each."""


def send(browser, *sent, to=LIST, status=303, form="/role", **fields):
    """Send files, each a pair of name and bytes, as the form on a page would."""
    data = {"csrf_token": token(browser.client.get(form).text), "place": "FIN_COST_EMP", **fields}
    data["files"] = [(io.BytesIO(content), name) for name, content in sent]
    got = browser.client.post(to, data=data, content_type="multipart/form-data")
    assert got.status_code == status, got.text
    return got


def rows(database, ref=REF):
    """The files of a case, in the order of their numbers."""
    with database.reading() as session:
        query = select(Evidence).join(Case).where(Case.ref == ref).order_by(Evidence.number)
        return list(session.scalars(query))


def last_events(database, count=3):
    """The newest events of the record, newest first."""
    with database.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.seq.desc()).limit(count)))


@contextmanager
def acting(app, role):
    """A unit of work of the demo person who is named after a role, and the offered case in it."""
    with app.database.reading() as session:
        query = select(Person, Organisation).join(Membership, Membership.person_id == Person.id).join(Membership.organisation)
        person, home = session.execute(query.where(Person.email == email_of(role.value), Membership.role == role.value)).first()
        actor = Actor(person.id, person.name, role, home.id, home.name)
    with app.database.work(actor, app.clock()) as work:
        yield work, work.session.scalars(select(Case).where(Case.ref == REF)).one()


def start(app):
    """Start the return."""
    with acting(app, Role.PREPARER) as (work, case):
        moves.make(work, case, "return", "start", {})


def submit(app, note=""):
    """Answer every question, one of them with a note, and submit the return for sign-off."""
    with acting(app, Role.PREPARER) as (work, case):
        draft = returns.newest_version(work.session, case.id)
        assert draft is not None
        stored = returns.values(work.session, draft.id)
        said = ordinary(HOME_PEOPLE, PROGRAMME)
        said["FIN_DEBTORS"] = replace(said["FIN_DEBTORS"], note=note)
        save_answers(work, case, "in_progress", said, {code: v.revision for code, v in stored.items()})
        work.session.flush()
        moves.make(work, case, "return", "submit_for_sign_off", {})


def sign_off(app, note=""):
    """Answer every question, submit, and sign off."""
    submit(app, note)
    with acting(app, Role.APPROVER) as (work, case):
        moves.make(work, case, "return", "sign_off", {"declaration": "yes"})


def in_review(app):
    """Accept the return and let the offered reviewer begin; gives the reviewer."""
    with acting(app, Role.REVIEWER) as (work, _):
        reviewer = work.actor.person_id
    with acting(app, Role.COORDINATOR) as (work, case):
        moves.make(work, case, "return", "accept", {})
        moves.make(work, case, "review", "allocate", {"person": str(reviewer)})
    with acting(app, Role.REVIEWER) as (work, case):
        moves.make(work, case, "review", "begin", {})
    return Browser(app, "reviewer")
