"""What stands between a publication and the public: what blocks, what warns, and what neither does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workflows.benchmarks.release import CONDITIONS, LEAST_EMBARGO, NAMED, CaseNow, GroupAsked, LongNote, Release, findings

NOW = datetime(2010, 2, 1, 10, tzinfo=UTC)
CASE = CaseNow("2009-E0701", "Hartlepool", "accepted", "not_indicated", 1, 1)
READY = Release(round="2009", number=2, moment=NOW, cases=(CASE,), groups=(), long_notes=(), undefined=(), with_provisional=False,
                issued_at=NOW - LEAST_EMBARGO, set_for=None)  # fmt: skip


def _case(**more):
    return {"cases": (replace(CASE, **more),)}


@pytest.mark.parametrize(("name", "blocks", "place", "says", "wrong"), [
    ("corrected", {"issue", "publish"}, "cases/2009-E0701/return/versions", "later version", _case(signed=2)),
    ("definitions", {"issue", "publish"}, "guidance/2009", "FIN_X", {"undefined": ("FIN_X",)}),
    ("groups", {"publish"}, "cases/2009-E0701/comparators", "waits for the decision", {"groups": (GroupAsked("2009-E0701", "H", False),)}),
    ("groups", {"publish"}, "rounds/2009/publication#another", "is not in it", {"groups": (GroupAsked("2009-E0701", "H", True),)}),
    ("notes", {"publish"}, "cases/2009-E0701/benchmarks", "has 401 characters", {"long_notes": (LongNote("2009-E0701", "H", "", 401),)}),
    ("time", {"publish"}, "rounds/2009/publication#checklist", "embargo lasts", {"set_for": NOW + timedelta(minutes=1)}),
    ("correction", set(), "cases/2009-E0701/return", "is correcting", _case(return_state="in_progress")),
    ("correction", set(), "cases/2009-E0701/return", "is correcting", _case(return_state="correction_requested")),
    ("acceptance", set(), "cases/2009-E0701/return", "not accepted yet", _case(return_state="submitted")),
    ("representations", set(), "cases/2009-E0701/penalty", "nobody has decided", _case(penalty_state="representations_in")),
    ("representations", set(), "cases/2009-E0701/penalty", "nobody has decided", _case(penalty_state="appealed")),
    ("provisional", set(), "rounds/2009/publication#another", "Provisional figures and", {"with_provisional": True}),
    ("embargo", set(), "rounds/2009/publication#checklist", "have not seen", {"issued_at": None}),
    ("embargo", set(), "rounds/2009/publication#checklist", "alone; 5 days", {"issued_at": NOW - LEAST_EMBARGO + timedelta(seconds=1)}),
])  # fmt: skip
def test_each_condition_tells_its_reason_and_where_it_is_mended(name, blocks, place, says, wrong):
    (found,) = findings(replace(READY, **wrong))
    assert (found.condition.name, found.condition.blocks) == (name, blocks)
    assert says in found.told
    assert found.reasons[0].place == place


@pytest.mark.parametrize("right", [
    {}, {"set_for": NOW}, _case(signed=1, published=0, return_state="accepted"), _case(return_state="in_progress", signed=0, published=0),
    _case(penalty_state="indicated"), {"cases": (), "issued_at": None},
])  # fmt: skip
def test_what_is_as_it_should_be_is_told_by_nobody(right):
    assert findings(replace(READY, **right)) == ()


def test_many_bodies_are_one_reason_with_their_number():
    cases = tuple(replace(CASE, ref=f"2009-E{n:04}", name=f"Body {n}", return_state="submitted") for n in range(NAMED + 3))
    (found,) = findings(replace(READY, cases=cases))
    assert len(found.reasons) == 1
    assert found.reasons[0].text.startswith("11 bodies signed returns off that are not accepted yet: Body 0, ")
    assert "and 3 more" in found.told
    assert len({one.name for one in CONDITIONS}) == len(CONDITIONS)
