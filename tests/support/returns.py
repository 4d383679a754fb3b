"""Returns of the offered accounts' body brought to where a test begins, by the real verbs."""

from datetime import timedelta

from sqlalchemy import select

from tests.conftest import NOW, REF
from tests.support.figures import PROGRAMME
from webapp.accounts.models import Membership, Person
from webapp.cases import moves
from webapp.cases.facts import CaseFacts
from webapp.cases.models import Case
from webapp.checks import verbs as checks
from webapp.demo.accounts import email_of
from webapp.demo.figures import HOME_PEOPLE, ordinary
from webapp.returns import queries, verbs
from workflows.roles import Actor, Role

STEPS = ("start", "fill", "submit_for_sign_off", "sign_off", "accept")
WHO = {"start": "preparer", "fill": "preparer", "submit_for_sign_off": "preparer", "sign_off": "approver", "accept": "coordinator"}
SAID = ordinary(HOME_PEOPLE, PROGRAMME)
"""What the return says: whole, and so that no check asks about it."""


def actor(session, name, role=None):
    """A demo account as an actor, in its first role or the one given."""
    query = select(Membership).join(Person).where(Person.email == email_of(name)).order_by(Membership.id)
    if role:
        query = query.where(Membership.role == role)
    held = session.scalars(query).first()
    return Actor(held.person.id, held.person.name, Role(held.role), held.organisation_id, held.organisation.name)


def case_of(session, ref=REF):
    return session.scalars(select(Case).where(Case.ref == ref)).one()


def move(database, who, name, inputs=None, *, track="return", ref=REF, at=NOW, role=None):
    """One move by a demo account."""
    with database.reading() as session:
        by = actor(session, who, role)
    with database.work(by, at) as work:
        moves.make(work, case_of(work.session, ref), track, name, inputs or {})


def enter(database, said, *, who="preparer", at=NOW, ref=REF):
    """Save answers into the draft."""
    with database.reading() as session:
        by = actor(session, who)
    with database.work(by, at) as work:
        case = case_of(work.session, ref)
        draft = queries.newest_version(work.session, case.id)
        assert draft is not None
        seen = {code: value.revision for code, value in queries.values(work.session, draft.id).items()}
        return verbs.save_answers(work, case, "in_progress", said, seen)


def explain(database, text, *, who="preparer", at=NOW, ref=REF):
    """Say the same on everything in the draft that asks for a word or had one; gives the codes of its checks."""
    with database.reading() as session:
        by = actor(session, who)
    with database.work(by, at) as work:
        case = case_of(work.session, ref)
        checked = CaseFacts(work.session, case, by, at).checked
        wanted = [o for o in checked.outcomes if not (o.blocks or o.asks)]
        given = {o.code: checks.Given(text, o.explanation.revision if o.explanation else 0, o.rests_on) for o in wanted}
        checks.explain(work, case, "in_progress", checked, given)
        return list(given)


def bring(database, last, *, at=NOW):
    """The home body's return, brought to its state after the step of that name."""
    for number, step in enumerate(STEPS[: STEPS.index(last) + 1]):
        then = at + timedelta(minutes=number)
        if step == "fill":
            enter(database, SAID, at=then)
        else:
            move(database, WHO[step], step, {"declaration": "yes"}, at=then)
