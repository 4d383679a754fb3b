"""Record findings and scores, respond, decide."""

from collections.abc import Mapping

from sqlalchemy import select

from webapp.access import must_be_open
from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.challenge import queries
from webapp.challenge.models import Finding, Score
from webapp.db import Work
from webapp.returns.models import ReturnVersion
from webapp.review.verbs import assign
from workflows.roles import Side

RESPONSES = {"agreed": "Agreed", "partly": "Partly agreed", "not_agreed": "Not agreed"}
DECISIONS = {"kept": "The finding stands", "changed": "The finding is changed", "withdrawn": "The finding is withdrawn"}


@effect("assign_inspector")
def assign_inspector(move: Move) -> None:
    """The chosen person inspects the case."""
    assign(move, "inspector")


def record_finding(
    work: Work, case: Case, state: str | None, texts: Mapping[str, str], *, version: ReturnVersion | None, value: str
) -> Finding:
    """Record a finding, while the challenge is in progress. `texts` holds the fields of the form."""
    must_be_open("finding.write", state)
    finding = Finding(case_id=case.id, number=queries.next_number(work.session, case), author_id=work.actor.person_id,
                      at=work.now, audience=int(Side.AUDITOR), value_seen=value,
                      version_id=version.id if version else None, **texts)  # fmt: skip
    work.session.add(finding)
    return finding


def change_finding(finding: Finding, state: str | None, texts: Mapping[str, str], *, version: ReturnVersion | None, value: str) -> None:
    """Change a finding that is recorded and not sent yet. `texts` holds the fields of the form."""
    must_be_open("finding.write", state)
    for name, text in texts.items():
        setattr(finding, name, text)
    finding.version_id, finding.value_seen = version.id if version else None, value


def record_score(work: Work, case: Case, state: str | None, *, kloe: str, level: int, reason: str) -> Score:
    """Score a line of enquiry, or score it anew, while the challenge is in progress."""
    must_be_open("finding.write", state)
    score = work.session.scalars(select(Score).where(Score.case_id == case.id, Score.kloe == kloe)).one_or_none()
    if score is None:
        score = Score(case_id=case.id, kloe=kloe, audience=int(Side.AUDITOR))
        work.session.add(score)
    score.level, score.reason = level, reason.strip()
    score.person_id, score.at = work.actor.person_id or 0, work.now
    return score


def respond(finding: Finding, state: str | None, response: str, reason: str) -> None:
    """The body's response to one finding, kept unedited."""
    must_be_open("finding.respond", state)
    finding.response, finding.response_reason = response, reason.strip()


def decide(finding: Finding, state: str | None, decision: str, reason: str) -> None:
    """The inspector's decision on one response, with its reason."""
    must_be_open("finding.decide", state)
    finding.decision, finding.decision_reason = decision, reason.strip()
