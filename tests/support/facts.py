"""Facts of a case as plain data, for tests of the declared tracks, and Hypothesis strategies that make them up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import strategies as st

from workflows.engine import ActionFacts, CorrectionFacts, FindingFacts, HeadcountFacts, PenaltyFacts, Reason
from workflows.returns.track import RETURN
from workflows.review.conflicts import Standing, conflicts
from workflows.review.overruling import Overruled, standing
from workflows.roles import Actor, Role

BODY = 7
OTHER_BODY = 8
ME = 1


@dataclass
class PlainFacts:
    """What guards ask, answered from attributes."""

    actor: Actor = field(default_factory=lambda: Actor(ME, "Demo person", Role.OFFICER, BODY))
    now: datetime = datetime(2010, 2, 1, tzinfo=UTC)
    body_id: int = BODY
    peer_review: bool = True
    challenge: bool = True
    plan: bool = True
    states: dict[str, str | None] = field(default_factory=dict)
    gaps: tuple[Reason, ...] = ()
    prepared_by: frozenset[int] = frozenset()
    final_date_passed: bool = True
    items: dict[str, str] = field(default_factory=lambda: {"FIN_COST_EMP": "Employees", "FIN_COST_IT": "Information technology"})
    signed_version: int | None = None
    correction: CorrectionFacts | None = None
    correction_changes: bool = True
    headcount: HeadcountFacts = field(default_factory=lambda: HeadcountFacts(255, 250, 10))
    reviewer_ids: frozenset[int] = frozenset()
    lead_id: int | None = ME
    inspector_ids: frozenset[int] = frozenset()
    organisations: dict[int, frozenset[int]] = field(default_factory=dict)
    reviewed_us: frozenset[int] = frozenset()
    shares_with: dict[int, str] = field(default_factory=dict)
    overrules: tuple[Overruled, ...] = ()
    review_summary: str = "Credible."
    open_queries: tuple[Reason, ...] = ()
    queries_to_send: int = 1
    unanswered_queries: tuple[Reason, ...] = ()
    undecided_comments: int = 0
    findings: tuple[FindingFacts, ...] = ()
    scored_kloe: frozenset[str] = frozenset({"1.2"})
    penalty: PenaltyFacts = field(default_factory=lambda: PenaltyFacts(True, True))
    actions: tuple[ActionFacts, ...] = ()
    action: ActionFacts | None = None
    done_by: dict[tuple[str, str], int] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()

    def state(self, track):
        return self.states.get(track)

    def conflicts(self, person_id):
        held = self.organisations.get(person_id, frozenset())
        return conflicts(Standing(held, frozenset({self.body_id}), "Demo Council", self.reviewed_us, self.shares_with))

    def standing_conflicts(self, person_id):
        return standing(self.conflicts(person_id), self.overrules, self.now.date())

    def may_be(self, person_id, role):
        return person_id in self.organisations

    def did(self, track, transition):
        return self.done_by.get((track, transition))

    def deadline_passed(self, rule):
        return rule in self.passed


reasons = st.lists(st.just(Reason("Answer “Employees”.", "return/finance#FIN_COST_EMP")), max_size=2).map(tuple)
people = st.frozensets(st.integers(1, 4), max_size=3)
actions = st.lists(
    st.builds(
        ActionFacts, id=st.integers(1, 9), number=st.integers(1, 9), finding_id=st.integers(1, 3),
        state=st.sampled_from(["proposed", "agreed", "in_progress", "reported_complete", "rejected", "verified", "cancelled"]),
        owner_id=st.sampled_from([None, 1, 2]), dated=st.booleans(), reported_by=st.sampled_from([None, 1, 2]),
    ),
    max_size=3,
)  # fmt: skip
findings = st.lists(
    st.builds(FindingFacts, id=st.integers(1, 3), number=st.integers(1, 3), recommendation=st.booleans(),
              response=st.sampled_from([None, "agreed"]), decided=st.booleans()),
    max_size=3,
)  # fmt: skip
facts = st.builds(
    PlainFacts,
    actor=st.builds(Actor, st.integers(1, 4), st.just("Demo person"), st.sampled_from(list(Role)), st.just(BODY)),
    peer_review=st.booleans(),
    challenge=st.booleans(),
    states=st.fixed_dictionaries({
        "return": st.sampled_from([s.code for s in RETURN.states]),
        "review": st.sampled_from([None, "in_review", "with_body", "final", "waived"]),
        "challenge": st.sampled_from([None, "unallocated", "in_progress", "waived"]),
        "plan": st.sampled_from([None, "awaited", "proposed", "changes_requested", "agreed"]),
        "penalty": st.sampled_from(["not_indicated", "indicated", "representations_in"]),
    }),
    gaps=reasons,
    prepared_by=people,
    final_date_passed=st.booleans(),
    signed_version=st.none() | st.integers(1, 3),
    correction=st.none() | st.builds(
        CorrectionFacts, of_version=st.integers(1, 3), volunteered=st.booleans(), was_accepted=st.booleans(),
        only=st.sampled_from([(), ("Employees",), ("Employees", "Information technology")]),
    ),
    correction_changes=st.booleans(),
    headcount=st.builds(
        HeadcountFacts, count=st.sampled_from([None, 249, 250, 251, 9000]), line=st.sampled_from([0, 250]), near_percent=st.just(10),
        declared=st.sampled_from([None, 249, 250, 251]), declared_by=st.sampled_from([None, 1, 2]), declared_exempt=st.booleans(),
    ),
    reviewer_ids=people,
    lead_id=st.none() | st.integers(1, 4),
    inspector_ids=people,
    organisations=st.dictionaries(st.integers(1, 4), st.frozensets(st.sampled_from([BODY, OTHER_BODY]))),
    reviewed_us=st.frozensets(st.sampled_from([OTHER_BODY])),
    review_summary=st.sampled_from(["", "  ", "Credible."]),
    open_queries=reasons,
    queries_to_send=st.integers(0, 2),
    unanswered_queries=reasons,
    undecided_comments=st.integers(0, 2),
    findings=findings.map(tuple),
    scored_kloe=st.frozensets(st.just("1.2")),
    penalty=st.builds(PenaltyFacts, st.booleans(), st.booleans(), st.sampled_from([(), ("In a sharing group.",)])),
    actions=actions.map(tuple),
    action=st.none() | actions.filter(bool).map(lambda found: found[0]),
    done_by=st.dictionaries(
        st.sampled_from([("penalty", "indicate"), ("penalty", "apply"), ("challenge", "issue_draft")]), st.integers(1, 4)
    ),
    passed=st.frozensets(st.sampled_from(["representations", "return_due", "response", "query_answers"])),
)  # fmt: skip
"""Any facts at all, also such as no real case can have."""
