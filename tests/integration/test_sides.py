"""The page on which each figure has the sides beside one another."""

import re

from tests.conftest import REF
from tests.integration.test_leaks import Cast

SIDES = f"/cases/{REF}/sides"


def _row(page, code):
    found = re.search(rf'<tr[^>]*id="{code}".*?</tr>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_each_figure_shows_what_was_filed_and_what_each_side_says_as_far_as_the_reader_may_know(app):
    cast = Cast(app)
    assert "No version of the return that you may see has been signed off." in cast.preparer.get(SIDES)
    cast.to_review()
    cast.annotate("FIN_COST_EMP", "Is the payroll team in it?", kind="query", addressee="body")
    mine, theirs = _row(cast.reviewer.get(SIDES), "FIN_COST_EMP"), _row(cast.preparer.get(SIDES), "FIN_COST_EMP")
    assert "Query" in mine
    assert "Still open" in mine
    assert "Is the payroll team in it?" in mine
    assert not theirs, "the question has not been sent"


def test_a_finding_stands_beside_its_figure_and_is_disputed_where_the_body_does_not_agree(app):
    cast = Cast(app)
    cast.to_challenge()
    row = _row(cast.inspector.get(SIDES), "FIN_COST")
    assert "Finding 1 , high: Cost" in row
    assert "Still open" in row
    assert not _row(cast.approver.get(SIDES), "FIN_COST"), "a draft finding is the auditor's own"
    cast.inspector.move("challenge", "issue_draft")
    cast.respond("It is not so.")
    assert "The body:" not in _row(cast.inspector.get(SIDES), "FIN_COST"), "the response has not been sent"
    cast.approver.move("challenge", "respond")
    cast.decide("It stands.")
    row = _row(cast.inspector.get(SIDES), "FIN_COST")
    assert "The body: not agreed. The finding stands." in row
    assert "Not agreed" in row
    assert "Still open" in _row(cast.approver.get(SIDES), "FIN_COST"), "the decision has not been told"
    assert "1 not agreed" in " ".join(re.sub(r"<[^>]+>", " ", cast.inspector.get(SIDES)).split())
