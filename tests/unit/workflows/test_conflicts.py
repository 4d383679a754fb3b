"""Conflicts of interest: each kind with its reason, and none where there is nothing."""

from dataclasses import replace
from datetime import date

import pytest

from tests.support.facts import BODY, ME, OTHER_BODY, PlainFacts
from workflows.engine import consider
from workflows.review.conflicts import INTERESTS, Standing, conflicts, since
from workflows.review.track import REVIEW
from workflows.roles import Actor, Role

NOBODY = Standing(frozenset({OTHER_BODY}), frozenset({BODY}), "Demo Council")


def test_somebody_of_whom_nothing_is_known_has_no_conflict():
    assert conflicts(NOBODY) == ()


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"reviewer_organisations": frozenset({BODY})}, "Own body: this person holds a role at Demo Council."),
        ({"left": date(2008, 3, 1)},
         "Worked there: this person held a role at Demo Council until 1 March 2008, less than three years ago."),
        ({"interests": ("work", "family")},
         "Declared interest in Demo Council: a relative or close friend works there, paid or unpaid work for it."),
        ({"shares_with": {OTHER_BODY: "in the same sharing group “X”"}},
         "Sharing: this person's own body is in the same sharing group “X” as Demo Council."),
        ({"reviewed_by_people_of": frozenset({OTHER_BODY})},
         "Reciprocal: somebody of Demo Council reviews this person's own body in this round."),
    ],
)  # fmt: skip
def test_each_kind_says_why(changes, text):
    assert conflicts(replace(NOBODY, **changes)) == (text,)


def test_who_still_holds_a_role_there_is_of_the_body_and_not_told_twice():
    (only,) = conflicts(replace(NOBODY, reviewer_organisations=frozenset({BODY}), left=date(2008, 3, 1)))
    assert only.startswith("Own body")


def test_three_years_are_reckoned_by_the_day_on_leap_days_too():
    assert since(date(2010, 2, 1)) == date(2007, 2, 1)
    assert since(date(2012, 2, 29)) == date(2009, 2, 28)


def test_every_kind_of_interest_reads_as_words():
    for kind in INTERESTS:
        assert conflicts(replace(NOBODY, interests=(kind,)))


@pytest.mark.parametrize("name, state", [("begin", "allocated"), ("decline", "allocated"), ("send_queries", "in_review"),
                                         ("go_on", "with_body"), ("issue_draft", "in_review")])  # fmt: skip
def test_what_moves_the_review_is_the_leads_alone(name, state):
    facts = PlainFacts(actor=Actor(ME, "Demo person", Role.REVIEWER, BODY), states={"return": "accepted"}, reviewer_ids=frozenset({ME, 2}),
                       passed=frozenset({"query_answers"}))  # fmt: skip
    move, standing = REVIEW.transition(name), frozenset({Role.REVIEWER})
    assert consider(REVIEW, move, state, standing, facts).allowed
    refused = consider(REVIEW, move, state, standing, replace(facts, lead_id=2))
    assert [reason.text for reason in refused.reasons] == ["You are not the lead of this review."]
    assert refused.fits == (name not in ("begin", "decline")), "what others do for themselves is not offered as a move"
