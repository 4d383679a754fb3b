"""A version that was signed off never changes: the models refuse it, and the database refuses what goes past them."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from tests.conftest import NOW, REF
from tests.support.returns import actor, bring, case_of, move
from webapp.db import SYSTEM
from webapp.returns.frozen import FrozenVersion
from webapp.returns.models import ReturnExplanation, ReturnSection, ReturnValue, ReturnVersion

SIGNED = "a signed-off version of a return never changes"


@pytest.fixture
def signed(database):
    """The id of the home body's signed-off version, with an explanation and a section made before it was signed."""
    bring(database, "submit_for_sign_off")
    with database.work(SYSTEM, NOW) as work:
        case = case_of(work.session)
        version = work.session.scalars(select(ReturnVersion).where(ReturnVersion.case_id == case.id)).one()
        work.session.add(ReturnExplanation(version_id=version.id, case_id=case.id, check_code="X", item="FIN_COST_EMP", text="Because.",
                                           rests_on="", changed_at=NOW))  # fmt: skip
        work.session.add(ReturnSection(version_id=version.id, case_id=case.id, function="finance"))
    move(database, "approver", "sign_off", {"declaration": "yes"}, at=NOW + timedelta(minutes=5))
    return version.id


def _change_value(work, version_id):
    work.session.scalars(select(ReturnValue).where(ReturnValue.version_id == version_id)).first().note = "Changed afterwards."


def _add_value(work, version_id):
    work.session.add(ReturnValue(version_id=version_id, case_id=case_of(work.session).id, item="NEW", changed_at=NOW))


def _move_value_in(work, version_id):
    other = work.session.scalars(select(ReturnValue).where(ReturnValue.version_id != version_id)).first()
    other.version_id, other.item = version_id, "NEW"


def _change_explanation(work, version_id):
    work.session.scalars(select(ReturnExplanation).where(ReturnExplanation.version_id == version_id)).one().text = "Another."


def _change_section(work, version_id):
    work.session.scalars(select(ReturnSection).where(ReturnSection.version_id == version_id)).one().ready_at = NOW


def _thaw(work, version_id):
    version = work.session.get_one(ReturnVersion, version_id)
    version.frozen_at, version.signed_by = None, None


def _change_reason(work, version_id):
    work.session.get_one(ReturnVersion, version_id).reason = "Another reason."


@pytest.mark.parametrize("change", [_change_value, _add_value, _move_value_in, _change_explanation, _change_section, _thaw, _change_reason])
def test_the_models_refuse_a_change_of_what_is_signed(database, signed, change):
    with pytest.raises(FrozenVersion), database.work(SYSTEM, NOW) as work:
        change(work, signed)


@pytest.mark.parametrize("statement", [
    lambda v: update(ReturnValue).where(ReturnValue.version_id == v).values(note="x"),
    lambda v: update(ReturnValue).where(ReturnValue.version_id != v).values(version_id=v),
    lambda v: insert(ReturnValue).values(version_id=v, case_id=1, item="NEW", note="", basis="", not_known="", prefilled="",
                                         answer_text="", revision=1, changed_at=NOW),
    lambda v: delete(ReturnValue).where(ReturnValue.version_id == v),
    lambda v: update(ReturnExplanation).where(ReturnExplanation.version_id == v).values(text="x"),
    lambda v: delete(ReturnExplanation).where(ReturnExplanation.version_id == v),
    lambda v: update(ReturnSection).where(ReturnSection.version_id == v).values(ready_at=NOW),
    lambda v: delete(ReturnSection).where(ReturnSection.version_id == v),
    lambda v: update(ReturnVersion).where(ReturnVersion.id == v).values(frozen_at=None, signed_by=None),
    lambda v: update(ReturnVersion).where(ReturnVersion.id == v).values(reopened=["FIN_COST_EMP"]),
    lambda v: update(ReturnVersion).where(ReturnVersion.id == v).values(committee="x"),
    lambda v: delete(ReturnVersion).where(ReturnVersion.id == v),
])  # fmt: skip
def test_the_database_refuses_what_goes_past_the_models(database, signed, statement):
    with pytest.raises(Exception, match=SIGNED), database.engine.begin() as connection:
        connection.execute(statement(signed))


def test_who_may_see_it_and_who_has_a_part_open_may_change(database, signed):
    with database.work(SYSTEM, NOW) as work:
        version = work.session.get_one(ReturnVersion, signed)
        version.audience |= 4
        section = work.session.scalars(select(ReturnSection).where(ReturnSection.version_id == signed)).one()
        section.open_by, section.open_at = actor(work.session, "preparer").person_id, NOW
    with database.engine.begin() as connection:
        connection.execute(update(ReturnVersion).where(ReturnVersion.id == signed).values(audience=15))
        connection.execute(update(ReturnSection).where(ReturnSection.version_id == signed).values(open_at=None))


def test_a_draft_changes_freely_and_a_withdrawn_one_not_any_more(database, signed):
    move(database, "approver", "volunteer_correction", {"reason": "A slip.", "material": "no"}, at=NOW + timedelta(hours=1))
    with database.work(SYSTEM, NOW) as work:
        draft = work.session.scalars(select(ReturnVersion).where(ReturnVersion.frozen_at.is_(None),
                                                                 ReturnVersion.case_id == case_of(work.session).id)).one()  # fmt: skip
        work.session.scalars(select(ReturnValue).where(ReturnValue.version_id == draft.id)).first().note = "Looked at."
    move(database, "preparer", "withdraw_correction", {"reason": "It was right."}, at=NOW + timedelta(hours=2))
    with pytest.raises(FrozenVersion), database.work(SYSTEM, NOW) as work:
        work.session.scalars(select(ReturnValue).where(ReturnValue.version_id == draft.id)).first().note = "Once more."
    with pytest.raises(Exception, match=SIGNED), database.engine.begin() as connection:
        connection.execute(update(ReturnValue).where(ReturnValue.version_id == draft.id).values(note="x"))


def test_there_is_one_draft_of_a_return_at_most(database):
    bring(database, "start")
    with pytest.raises(Exception, match=r"(?i)unique"), database.work(SYSTEM, NOW) as work:
        work.session.add(ReturnVersion(case_id=case_of(work.session, REF).id, number=9))
