"""The rule for the penalty: tried out, proposed, adopted by somebody else, never changed; what an indication rests on."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from tests.conftest import NOW, REF
from tests.integration.test_pages import Statements
from tests.support.site import Browser, at_once
from webapp.cases.models import Case, Stay
from webapp.db import SYSTEM
from webapp.penalties.models import EarlierSaving, PenaltyIndication, PenaltyRule, RuleStands
from webapp.penalties.queries import adopted_rules
from webapp.record import Event
from webapp.register.models import Body, Round
from webapp.sharing.models import SharingMember

RULE = "/rounds/2009/penalty"
WHY = "The board asked for it."


def _rules(database):
    with database.reading() as session:
        return session.scalars(select(PenaltyRule).order_by(PenaltyRule.version)).all()


def _case_where(database, state, order=Case.id):
    """The reference of a case whose penalty stands in a state."""
    with database.reading() as session:
        stays = select(Stay.case_id).where(Stay.track == "penalty", Stay.state == state, Stay.until.is_(None))
        return session.scalars(select(Case.ref).where(Case.id.in_(stays)).order_by(order)).first()


def _approver(ref):
    return f"approver-{ref.partition('-')[2].lower()}"


def test_thresholds_show_whom_they_would_indicate_with_every_reason(app, database):
    officer = Browser(app, "officer")
    page = officer.get(RULE)
    for words in ("It would indicate", "By class", "By region", "The adopted rule, version 1", "Who would be indicated",
                  "In a sharing group", "The return is not settled yet", "In force: version 1"):  # fmt: skip
        assert words in page
    assert "Demo shared ledger" in page, "who is protected by what is told"
    rows = list(csv.DictReader(io.StringIO(officer.get(f"{RULE}.csv"))))
    with database.reading() as session:
        assert len(rows) == len(session.scalars(select(Case.id)).all())
    indicated = [row for row in rows if row["indicated"] == "yes"]
    assert f"It would indicate {len(indicated)} of {len(rows)} bodies" in page
    assert indicated == [row for row in rows if row["by_adopted_rule"] == "yes"]
    for row in indicated:
        absent = row["return"] == "not_returned"
        assert absent or float(row["value"]) > float(row["threshold"]) > float(row["average"])
        assert int(row["n"]) + absent >= 8
        assert row["protections"] == ""
    assert any(row["return"] == "not_returned" for row in indicated), "not to return is never better"
    assert any("sharing" in row["protections"] for row in rows)
    assert any(row["earlier_savings_pounds"] == "180000" for row in rows)


def test_a_higher_margin_indicates_fewer_and_the_difference_is_told(app):
    officer = Browser(app, "officer")
    strict, lax = (
        {row["code"] for row in csv.DictReader(io.StringIO(officer.get(f"{RULE}.csv?margin={margin}"))) if row["indicated"] == "yes"}
        for margin in (60, 0)
    )
    assert strict < lax
    assert "Indicated by the adopted rule only" in officer.get(f"{RULE}?margin=60")
    assert "It would indicate 0 of" in officer.get(f"{RULE}?margin=0&minimum=1000")
    assert "Sector and employees" in officer.get(f"{RULE}?group=headcount&average=mean&indicator=HR-P1a&indicator=FIN-P1")


@pytest.mark.parametrize(
    "asked, words",
    [
        ("margin=lots", "must be a number from 0 to 500"),
        ("margin=-1", "must be a number from 0 to 500"),
        ("minimum=2", "a whole number from 5"),
        ("average=mode", "median or the mean"),
        ("group=neighbours", "with whom bodies are compared"),
        ("indicator=LEG-P1", "Choose from the list"),
    ],
)
def test_thresholds_that_cannot_be_meant_are_told_beside_their_field(app, asked, words):
    officer = Browser(app, "officer")
    page = officer.get(f"{RULE}?{asked}", status=422)
    assert words in page
    assert f'href="#{asked.partition("=")[0]}"' in page
    assert "It would indicate" not in page
    if asked == "margin=lots":
        assert 'value="lots"' in page, "what was typed is given back"
    assert officer.client.get(f"{RULE}.csv?{asked}").status_code == 422


def test_what_thresholds_would_do_costs_eight_statements_at_most(app, database):
    officer = Browser(app, "officer")
    for place in (RULE, f"{RULE}.csv", f"{RULE}?margin=3&indicator=HR-P1a&indicator=ICT-P1"):
        officer.get(place)
        with Statements(app.database.engine) as statements:
            officer.get(place)
        assert len(statements.told) <= 8, "\n".join(statements.told)


def test_no_penalty_page_costs_more_than_eight_statements(app, database):
    """To the body and to the officer, wherever the question stands."""
    refs = [_case_where(database, state) for state in ("indicated", "representations_in", "applied", "appealed", "withdrawn")]
    refs += [REF, *_open(database)[:5]]
    officer = Browser(app, "officer")
    for ref in filter(None, refs):
        for browser in (officer, Browser(app, "approver" if ref == REF else _approver(ref))):
            for place in ("", "/penalty", "/status/penalty", "/sharing"):
                browser.get(f"/cases/{ref}{place}")
                with Statements(app.database.engine) as statements:
                    browser.get(f"/cases/{ref}{place}")
                assert len(statements.told) <= 8, f"{ref}{place}\n" + "\n".join(statements.told)


def test_one_officer_proposes_another_adopts_and_then_it_never_changes(app, database, clock):
    one, other = Browser(app, "officer"), Browser(app, "officer-2")
    terms = {"margin": "25", "average": "mean", "group": "class", "minimum": "9", "indicator": "FIN-P1", "name": "Stricter",
             "statement": "Leaves more room.", "reason": WHY}  # fmt: skip
    one.post(RULE, terms)
    draft = _rules(database)[-1]
    assert (draft.version, draft.margin, draft.average, draft.minimum, draft.adopted_at) == (2, Decimal(25), "mean", 9, None)
    assert "another officer must adopt it" in one.get(RULE)
    assert "another officer must adopt it" in one.post(f"{RULE}/2/adoption", {"adoption": WHY}, form=RULE, status=422)
    assert "Fill in “Reason”" in other.post(f"{RULE}/2/adoption", {"adoption": " "}, form=RULE, status=422)
    other.post(f"{RULE}/2/adoption", {"adoption": "Consulted on."}, form=RULE)
    adopted = _rules(database)[-1]
    assert (adopted.adopted_at, adopted.in_force_on) == (NOW, NOW.date() + timedelta(days=14))
    page = other.post(f"{RULE}/2/adoption", {"adoption": WHY}, form=RULE, status=409)
    assert "adopted already" in page
    page = one.get(RULE)
    assert "In force: version 1" in page
    assert "Adopted, in force from 15 February 2010: version 2" in page
    clock.forward(days=14)
    assert "In force: version 2" in one.get(RULE)
    with database.reading() as session:
        public = adopted_rules(session, session.scalars(select(Round).where(Round.code == "2009")).one())
        events = session.scalars(select(Event).where(Event.entity == "penalty_rule", Event.entity_key.endswith("-v2")).order_by(Event.seq))
        kinds = [(event.kind, event.why) for event in events]
    assert next((rule.version, rule.name, rule.reason) for rule in public) == (2, "Stricter", "Consulted on.")
    assert "more than 25% above the mean" in public[0].terms[0]
    assert kinds == [("penalty_rule.created", WHY), ("penalty_rule.changed", "Consulted on.")]
    with pytest.raises(RuleStands), database.work(SYSTEM, NOW) as work:
        work.session.get_one(PenaltyRule, adopted.id).margin = Decimal(0)
    for statement in ("update penalty_rules set minimum = 5 where version = 2", "delete from penalty_rules where version = 1",
                      "update penalty_indications set rule_id = 1", "delete from penalty_indications"):  # fmt: skip
        with pytest.raises(Exception, match="never changes"), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_draft_is_replaced_or_dropped_and_two_who_adopt_at_once_adopt_once(app, database):
    one, other, third = (Browser(app, name) for name in ("officer", "officer-2", "officer-3"))
    for margin in ("20", "30"):
        one.post(RULE, {"margin": margin, "reason": WHY})
    assert [bool(rule.dropped_at) for rule in _rules(database)] == [False, True, False]
    assert "was dropped" in other.post(f"{RULE}/2/adoption", {"adoption": WHY}, form=RULE, status=409)
    sent = [(browser, browser.form(RULE) | {"adoption": WHY}) for browser in (other, third)]
    answers = at_once(*(lambda b=b, data=data: b.client.post(f"{RULE}/3/adoption", data=data).status_code for b, data in sent))
    assert sorted(answers) == [303, 409]
    one.post(RULE, {"margin": "40", "reason": WHY})
    other.post(f"{RULE}/4/drop", {}, form=RULE)
    assert "adopted already" in other.post(f"{RULE}/3/drop", {}, form=RULE, status=409)
    assert other.client.post(f"{RULE}/99/drop", data=other.form(RULE)).status_code == 404
    assert [rule.version for rule in _rules(database) if rule.adopted_at] == [1, 3]


def test_a_proposal_without_reason_or_with_bad_terms_keeps_what_was_typed(app, database):
    officer = Browser(app, "officer")
    page = officer.post(RULE, {"margin": "12", "name": "Another", "statement": "Said at length.", "reason": ""}, status=422)
    for words in ("Fill in “Reason”", 'value="Another"', "Said at length.", 'name="margin" value="12"'):
        assert words in page
    page = officer.post(RULE, {"margin": "x", "statement": "Said at length.", "reason": "Long thought about."}, status=422)
    assert "Said at length." in page
    assert "Long thought about." in page
    assert len(_rules(database)) == 1


def _open(database):
    """The cases of which the return is settled and no penalty is indicated."""
    with database.reading() as session:
        settled = select(Stay.case_id).where(Stay.track == "return", Stay.state.in_(("accepted", "not_returned")), Stay.until.is_(None))
        question = select(Stay.case_id).where(Stay.track == "penalty", Stay.state == "not_indicated", Stay.until.is_(None))
        return session.scalars(select(Case.ref).where(Case.id.in_(settled), Case.id.in_(question)).order_by(Case.id)).all()


def test_only_a_body_that_the_rule_indicates_can_be_indicated_and_the_numbers_are_kept(app, database, clock):
    officer = Browser(app, "officer")
    rows = {row["ref"]: row for row in csv.DictReader(io.StringIO(officer.get(f"{RULE}.csv")))}
    refs = _open(database)
    hit = next(ref for ref in refs if rows[ref]["indicated"] == "yes" and rows[ref]["value"])
    miss = next(ref for ref in refs if rows[ref]["indicated"] == "no")
    page = officer.move("penalty", "indicate", {"reason": WHY}, ref=miss, status=422, form=f"/cases/{miss}")
    assert "The rule does not indicate this body." in page
    assert "Indicate a penalty" not in officer.get(f"/cases/{miss}/penalty")
    page = officer.get(f"/cases/{hit}/moves/penalty/indicate")
    for words in ("What the rule says", "Version 1", "threshold", "figures in", "Earlier savings"):
        assert words in page
    officer.move("penalty", "indicate", {"reason": WHY}, ref=hit)
    with database.reading() as session:
        case = session.scalars(select(Case).where(Case.ref == hit)).one()
        kept = session.scalars(select(PenaltyIndication).where(PenaltyIndication.case_id == case.id)).one()
        event = session.scalars(select(Event).where(Event.entity == "penalty_indication", Event.case_id == case.id)).one()
    assert json.loads(event.new)["rested_on"] == kept.rested_on
    (figure,) = kept.rested_on["figures"]
    assert (figure["value"], figure["average"], figure["n"]) == (
        float(rows[hit]["value"]), float(rows[hit]["average"]), int(rows[hit]["n"]),
    )  # fmt: skip
    # A rule and a membership of later days do not change what it rested on.
    body = hit.partition("-")[2]
    officer.post(
        "/sharing/1/members", {"body": body, "kind": "client", "starts": "1 2 2010", "ends": "", "note": "Late."}, form="/sharing/1"
    )
    approver = Browser(app, _approver(hit))
    page = approver.get(f"/cases/{hit}/penalty")
    assert "What the indication of 1 February 2010 rests on" in page
    assert "Demo shared ledger" not in page
    brief = approver.get(f"/cases/{hit}/moves/penalty/represent")
    assert "on 1 February 2010" in brief
    approver.move("penalty", "represent", {"reason": "We shared since."}, ref=hit)
    officer.move("penalty", "apply", {"reason": "x"}, ref=hit, status=422, form=f"/cases/{hit}")
    Browser(app, "officer-2").move("penalty", "withdraw", {"reason": "They share now."}, ref=hit)


def test_without_a_rule_in_force_nobody_can_be_indicated(app, database, clock):
    """Before the day of notice is over, the rule is published, and holds for nobody yet."""
    officer = Browser(app, "officer")
    rows = {row["ref"]: row for row in csv.DictReader(io.StringIO(officer.get(f"{RULE}.csv")))}
    ref = next(ref for ref in _open(database) if rows[ref]["indicated"] == "yes")
    with database.engine.begin() as connection:
        for name in ("penalty_rules_frozen_update", "penalty_rules_frozen"):
            if connection.dialect.name == "sqlite" and name.endswith("update"):
                connection.exec_driver_sql(f"drop trigger {name}")
            elif connection.dialect.name == "postgresql" and not name.endswith("update"):
                connection.exec_driver_sql(f"drop trigger {name} on penalty_rules")
        connection.execute(text("update penalty_rules set in_force_on = :day"), {"day": NOW.date() + timedelta(days=1)})
    page = officer.move("penalty", "indicate", {"reason": WHY}, ref=ref, status=422, form=f"/cases/{ref}")
    assert "No rule for the penalty is in force in this round" in page
    clock.forward(days=1)
    officer.move("penalty", "indicate", {"reason": WHY}, ref=ref)


def test_the_body_joins_a_group_and_is_inside_from_that_day_and_no_longer_than_its_last(app, database, clock):
    officer = Browser(app, "officer")

    def indicated(ref):
        rows = csv.DictReader(io.StringIO(officer.get(f"{RULE}.csv")))
        return next(row["indicated"] for row in rows if row["ref"] == ref)

    ref = next(r for r in _open(database) if indicated(r) == "yes")
    body = ref.partition("-")[2]
    add = {"body": body, "kind": "talks", "starts": "1 1 2010", "ends": "1 2 2010", "note": ""}
    officer.post("/sharing/1/members", add | {"note": "Minutes."}, form="/sharing/1")
    assert indicated(ref) == "yes", "talks do not count"
    officer.post("/sharing/1/members", {"body": body, "kind": "client", "starts": "2 2 2010", "ends": "3 2 2010", "note": "Signed."},
                 form="/sharing/1")  # fmt: skip
    assert indicated(ref) == "yes", "nor does what has not begun"
    clock.forward(days=1)
    assert indicated(ref) == "no"
    clock.forward(days=1)
    assert indicated(ref) == "no"
    clock.forward(days=1)
    assert indicated(ref) == "yes"


SAVING = {"pounds": "120,000", "since": "1 4 2008", "what": "Joined two payrolls.", "evidence": "Cabinet paper 12."}


def test_the_approver_notes_earlier_savings_and_takes_one_back_with_a_reason(app, database):
    ref = _case_where(database, "indicated")
    approver, officer = Browser(app, _approver(ref)), Browser(app, "officer-2")
    page = f"/cases/{ref}/penalty"
    approver.post(f"{page}/savings", SAVING, form=page)
    assert "£120,000" in officer.get(page)
    assert "£120,000 a year saved since 1 April 2008: Joined two payrolls. (Cabinet paper 12.)" in officer.get(
        f"/cases/{ref}/moves/penalty/withdraw"
    )
    with database.reading() as session:
        saving = session.scalars(select(EarlierSaving).order_by(EarlierSaving.id.desc())).first()
    back = f"{page}/savings/{saving.id}/withdrawal"
    assert "Say why" in approver.post(back, {"reason": ""}, form=page, status=422)
    approver.post(back, {"reason": "Counted twice."}, form=page)
    assert "taken back already" in approver.post(back, {"reason": "Again."}, form=page, status=409)
    assert "Counted twice." in officer.get(page)
    assert "£120,000" not in officer.get(f"/cases/{ref}/moves/penalty/withdraw")
    officer.post(f"{page}/savings", SAVING, form=page, status=403)
    with database.reading() as session:
        other = session.scalars(select(EarlierSaving.id).where(EarlierSaving.case_id != saving.case_id)).first()
    assert approver.client.post(f"{page}/savings/{other}/withdrawal", data=approver.form(page) | {"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "field, typed, words",
    [
        ("pounds", "lots", "must be a whole number"),
        ("pounds", "0", "must be from 1"),
        ("pounds", "9" * 12, "must be from 1 to 1,000,000,000"),
        ("since", "31 2 2009", "real date"),
        ("since", "1 4 2030", "today or in the past"),
        ("what", "", "Fill in “What was done”"),
        ("evidence", " ", "Fill in “What shows it”"),
    ],
)
def test_a_saving_that_cannot_be_meant_is_told_beside_its_field(app, database, field, typed, words):
    approver = Browser(app, "approver")
    page = f"/cases/{REF}/penalty"
    with database.reading() as session:
        before = len(session.scalars(select(EarlierSaving)).all())
    answer = approver.post(f"{page}/savings", SAVING | {field: typed}, form=page, status=422)
    assert words in answer
    assert ("Joined two payrolls." in answer) == (field != "what"), "what was right is not lost"
    with database.reading() as session:
        assert len(session.scalars(select(EarlierSaving)).all()) == before


def test_a_round_whose_programme_judges_no_cost_has_no_rule(app):
    assert Browser(app, "officer").client.get("/rounds/nothing/penalty").status_code == 404


def test_talks_are_noted_with_the_indication_of_a_body_that_holds_them(database):
    with database.reading() as session:
        talks = select(Body.code).where(Body.id.in_(select(SharingMember.body_id).where(SharingMember.kind == "talks")))
        ref = f"2009-{session.scalars(talks).one()}"
        query = select(PenaltyIndication).join(Case, Case.id == PenaltyIndication.case_id).where(Case.ref == ref)
        reasons = session.scalars(query).one().rested_on["reasons"]
    assert [why["code"] for why in reasons] == ["outside", "above", "talks"]
