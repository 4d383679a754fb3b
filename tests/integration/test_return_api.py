"""The return by the API: the same answers, rules and rights as on the pages."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.conftest import REF
from tests.support.site import Browser
from webapp.accounts.models import Membership, Person
from webapp.accounts.tokens import make_token
from webapp.cases.models import Case
from webapp.db import SYSTEM
from webapp.returns import queries as returns
from webapp.returns.models import ReturnValue

PATH = f"/api/v1/cases/{REF}/return"
DRAFT = f"select v.id from return_versions v join cases c on c.id = v.case_id where c.ref = '{REF}' and v.frozen_at is null"
COST, IT, RUN, BY = "FIN_COST_EMP", "FIN_COST_IT", "FIN_SURVEY_USER_RUN", "FIN_SURVEY_USER_BY"


class Client:
    """Somebody's program, by a token of their first role."""

    def __init__(self, app, who):
        with app.database.work(SYSTEM, app.clock()) as work:
            query = select(Membership).join(Person).where(Person.email.like(f"{who}@%")).order_by(Membership.id)
            key = make_token(work, work.session.scalars(query).first(), "test")
        self.client, self.headers = app.test_client(), {"Authorization": f"Bearer {key}"}

    def get(self, query="", path=PATH):
        return self.client.get(path + query, headers=self.headers)

    def patch(self, answers, version=1, status=200, path=PATH, **headers):
        sent = answers if isinstance(answers, str | bytes) else json.dumps({"version": version, "answers": answers})
        got = self.client.patch(path, data=sent, headers=self.headers | headers, content_type="application/json")
        assert got.status_code == status, got.text
        return got.json


@pytest.fixture
def preparer(app):
    """A preparer's program, with the return in progress."""
    Browser(app, "preparer").move("return", "start")
    return Client(app, "preparer")


def _stored(database):
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == REF)).one()
        return {code: returns.answer(value) for code, value in returns.values(session, returns.newest_version(session, case.id).id).items()}  # type: ignore[union-attr]


def _pointers(told):
    return {error["pointer"]: error["detail"] for error in told["errors"]}


def test_get_tells_every_item_and_what_is_computed_with_reasons(app, preparer):
    preparer.patch({
        COST: {"amount": "1200.50", "basis": "estimate", "note": "As of March."},
        IT: {"not_known": "The ledger is not closed.", "known_by": "2010-06-30"}, "ORG_STAFF_HEADCOUNT": {"amount": 4000},
    })  # fmt: skip
    told = preparer.get().json
    assert (told["case"], told["state"], told["version"], told["editable"], told["signed_off_at"]) == (REF, "in_progress", 1, True, None)
    assert told["answers"][COST] == {"amount": "1200.5", "text": "", "note": "As of March.", "basis": "estimate", "not_known": "",
                                     "known_by": None, "prefilled": "", "revision": 1}  # fmt: skip
    assert told["answers"][IT]["known_by"] == "2010-06-30"
    assert told["answers"]["FIN_COST_OTHER"]["revision"] == 0
    assert told["computed"]["FIN_COST"] == {"amount": None, "why": "“IT” is not known"}
    assert {i["why"] for i in told["indicators"].values() if i["value"] is None} - {""}
    assert set(told["answers"]) | set(told["computed"]) == set(told["items"])
    assert told["items"]["FIN_COST"]["formula"].startswith("FIN_COST_EMP +")


def test_what_get_gives_can_be_sent_back_whole_and_changes_nothing(app, database, preparer):
    preparer.patch({COST: {"amount": "5", "note": "n.b."}, IT: {"not_known": "The ledger is not closed.", "known_by": "2010-06-30"},
                    RUN: {"text": "yes"}, BY: {"text": "An agency"}})  # fmt: skip
    before = _stored(database)
    answers = preparer.get().json["answers"]
    assert preparer.patch({code: answers[code] for code in (COST, IT, RUN, BY)})["changed"] == 0
    assert _stored(database) == before


def test_patch_saves_and_gives_the_new_revisions(app, database, preparer):
    first = preparer.patch({COST: {"amount": "1,200", "basis": "final"}})
    assert (first["changed"], first["version"], first["state"]) == (1, 1, "in_progress")
    assert first["answers"][COST]["revision"] == 1
    second = preparer.patch({COST: {"amount": 1300, "revision": 1}, RUN: {"text": "Yes"}})
    assert second["answers"][COST]["revision"] == 2
    assert _stored(database)[COST].amount == 1300
    assert preparer.patch({COST: {"amount": None, "revision": 2}})["answers"][COST]["amount"] is None
    assert preparer.patch({RUN: {"text": "", "revision": 1}})["changed"] == 1
    assert not _stored(database)[RUN].given


def test_a_part_that_is_left_out_stays_as_it_is(app, database, preparer):
    preparer.patch({COST: {"amount": "5", "basis": "estimate", "note": "n.b."}})
    preparer.patch({COST: {"amount": "6", "revision": 1}})
    preparer.patch({COST: {"basis": "final", "revision": 2}})
    answer = _stored(database)[COST]
    assert (answer.amount, answer.basis, answer.note) == (6, "final", "n.b.")
    preparer.patch({COST: {"note": None, "revision": 3}})
    assert _stored(database)[COST].note == ""


def test_numbers_are_taken_as_text_or_as_numbers_that_lost_no_digit(app, database, preparer):
    for sent, amount in (("12.3456", "12.3456"), (12, "12"), (12.5, "12.5"), (0.1, "0.1"), ("0", "0")):
        preparer.patch({COST: {"amount": sent, "revision": preparer.get().json["answers"][COST]["revision"]}})
        assert _stored(database)[COST].amount == Decimal(amount)
    raw = f'{{"version": 1, "answers": {{"{IT}": {{"amount": %s}}}}}}'
    for number, told in (("0.30000000000000004", "more digits"), ("123456789012.34567", "more digits"), ("1e400", "more digits"),
                         ("0.12345", "at most four decimal places"), ("1e-9", "decimal places"), ("true", "must be a number"),
                         ("[1]", "must be a number"), ("-5", "£0 or more"), ("9999999999999999", "15 digits"),
                         ('"lots"', "must be a number"),
                         ('"12,5"', "before each three digits")):  # fmt: skip
        assert told in _pointers(preparer.patch(raw % number, status=422))[f"#/answers/{IT}/amount"], number
    assert preparer.patch(raw % "1.5e3")["answers"][IT]["amount"] == "1500"


def test_every_problem_is_told_with_its_pointer_and_nothing_is_saved(app, database, preparer):
    told = preparer.patch(
        {
            COST: {"amount": "lots"},
            IT: {"not_known": "The ledger is not closed."},
            "FIN_COST_ACCOM": {"not_known": "The ledger is not closed.", "known_by": "30/6/2010"},
            "FIN_COST_SUPPLIES": {"amount": 1, "not_known": "The ledger is not closed."},
            "FIN_COST_OTHER": {"amount": 1, "basis": "firm", "revision": -1, "colour": "red"},
            "FIN_COST_OUTSOURCED": {"text": "x"},
            "FIN_COST": {"amount": 1},
            "NO/SUCH~ITEM": {"amount": 1},
            RUN: {"text": "maybe", "note": 5},
            BY: {"amount": 1},
            "FIN_SCOPE": "yes",
            "FIN_INCOME": {"amount": "1", "prefilled": "somewhere"},
        },
        status=422,
    )
    assert {pointer.removeprefix("#/answers/") for pointer in _pointers(told)} == {
        f"{COST}/amount", f"{IT}/known_by", "FIN_COST_ACCOM/known_by", "FIN_COST_SUPPLIES/not_known", "FIN_COST_OTHER/basis",
        "FIN_COST_OTHER/revision", "FIN_COST_OTHER/colour", "FIN_COST_OUTSOURCED/text", "FIN_COST", "NO~1SUCH~0ITEM", f"{RUN}/text",
        f"{RUN}/note", f"{BY}/amount", "FIN_SCOPE", "FIN_INCOME/prefilled",
    }  # fmt: skip
    assert told["title"] == "Some answers cannot be saved"
    assert _stored(database) == {}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("", "not JSON"), ("[]", "Send JSON like"), ('{"version": 1}', "Send JSON like"), ('{"answers": {}}', "Give the version"),
        ('{"version": "1", "answers": {}}', "Give the version"), ('{"version": true, "answers": {}}', "Give the version"),
        ('{"version": 1, "answers": {"A": {"amount": NaN}}}', "NaN is no number"),
        ('{"version": 1, "answers": {"A": {}, "A": {}}}', "twice"),
        ('{"version": 1, "answers": {}, "more": 1}', "“more” is not known"), ("[" * 100_000, "not JSON"),
        ('{"version": 1, "answers": {"A": {"amount": ' + "9" * 5000 + "}}}", "not JSON"), (b"\xff\xfe{}", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_such_json_is_told_with_an_example(app, preparer, sent, told):
    assert told in preparer.patch(sent, status=400)["detail"]


def test_an_old_version_and_a_stale_revision_are_clashes_that_show_both_values(app, database, preparer):
    preparer.patch({COST: {"amount": "100"}})
    assert "the draft is version 1" in preparer.patch({COST: {"amount": 1}}, version=2, status=409)["detail"]
    for revision in (0, 7):
        told = preparer.patch({COST: {"amount": "250", "revision": revision}, IT: {"amount": 7}}, status=409)
        clash = told["clashes"][0]
        assert (clash["pointer"], clash["yours"]["amount"], clash["saved"]["amount"]) == (f"#/answers/{COST}", "250", "100")
        assert clash["saved"]["revision"] == 1
    assert IT not in _stored(database), "nothing was half-saved"
    assert preparer.patch({COST: {"amount": "250", "revision": clash["saved"]["revision"]}})["changed"] == 1


def test_what_was_filled_in_is_confirmed_by_sending_it_without_its_source(app, database, preparer):
    preparer.patch({COST: {"amount": "5"}})
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"update return_values set prefilled = 'last year' where item = '{COST}' and version_id in ({DRAFT})")
    preparer.patch({COST: {"amount": "5", "prefilled": "last year", "revision": 1}})
    assert _stored(database)[COST].prefilled == "last year"
    preparer.patch({COST: {"prefilled": "", "revision": 1}})
    assert _stored(database)[COST].prefilled == ""


def test_only_what_was_reopened_can_be_sent_in_a_correction(app, database, preparer):
    preparer.patch({COST: {"amount": "5"}})
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"update return_versions set reopened = '[\"{IT}\"]' where id in ({DRAFT})")
    told = preparer.patch({COST: {"amount": "6", "revision": 1}, IT: {"amount": 1}}, status=422)
    assert list(_pointers(told)) == [f"#/answers/{COST}"]
    assert preparer.patch({COST: {"amount": "5", "revision": 1}, IT: {"amount": 1}})["changed"] == 1


def test_answers_are_refused_while_the_return_is_with_somebody_else(app, database):
    preparer = Client(app, "preparer")
    told = preparer.get().json
    assert (told["version"], told["state"], told["editable"]) == (None, "not_started", False)
    assert "answers" not in told
    assert "not with you now" in preparer.patch({COST: {"amount": 1}}, status=409)["reasons"][0]["text"]


def test_no_draft_leaks_and_nobody_else_writes(app, database, preparer):
    preparer.patch({COST: {"amount": "98765"}})
    for who in ("officer", "coordinator", "manager"):
        other = Client(app, who)
        got = other.get()
        assert got.status_code == 200
        assert got.json["version"] is None
        assert "98765" not in got.text
        assert other.get("?version=1").status_code == 404
        other.patch({COST: {"amount": 1}}, status=403)
    Client(app, "approver").patch({COST: {"amount": 1}}, status=403)
    assert Client(app, "approver").get().json["answers"][COST]["amount"] == "98765"
    Client(app, "administrator").patch({COST: {"amount": 1}}, status=404)
    assert app.test_client().patch(PATH, json={}).status_code == 401
    assert preparer.get("?version=x").status_code == 404
    assert preparer.get(path="/api/v1/cases/2009-E9999/return").status_code == 404


def test_a_retry_with_the_same_key_is_answered_like_the_first(app, database, preparer):
    key = {"Idempotency-Key": "one-and-the-same"}
    first, again = (preparer.patch({COST: {"amount": "5"}}, **key) for _ in range(2))
    assert first == again
    with database.reading() as session:
        mine = select(func.count()).select_from(ReturnValue).join(Case, Case.id == ReturnValue.case_id).where(Case.ref == REF)
        assert session.scalar(mine) == 1


def test_many_answers_with_many_problems_are_answered_in_time(app, preparer):
    """A hundred thousand codes that do not exist, in as many bytes as may be sent: the first two hundred are told."""
    told = preparer.patch({f"X{number}": {} for number in range(100_000)}, status=422)
    assert len(told["errors"]) == 200
