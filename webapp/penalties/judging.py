"""What the rule in force says of one case: for the guard, for whoever decides, and for what an indication rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from webapp.cases.models import Case
from webapp.penalties import looking, queries
from webapp.penalties.models import PenaltyRule
from webapp.register.models import Body
from webapp.sharing.models import SharingGroup, SharingMember
from webapp.sharing.queries import belonging
from workflows.benchmarks.penalty import Outcome, indicate
from workflows.benchmarks.sharing import Belonging
from workflows.engine import PenaltyFacts


@dataclass(frozen=True)
class Judged:
    """The rule that is in force, what it says of the body today, and the day that this is said of."""

    rule: PenaltyRule
    outcome: Outcome
    at: date


def judge(session: Session, case: Case, at: date) -> Judged | None:
    """What the rule in force says of a case on a day; None where no rule is in force. Two statements at most.

    Earlier savings are not read: they change nothing of what is said (`noted` adds them).
    """
    found = _rule_and_memberships(session, case, at)
    if found is None:
        return None
    row, belongings = found
    rule, programme = row.rule, case.round.programme
    looked = looking.looked_at(session, case.round_id, programme, rule.indicators, at, looking.same_group(case.body, rule.group))
    findings = indicate(rule, looked.subjects, looked.figures, belongings, at, looking.says(programme))
    return Judged(row, findings.of(case.body.code), at)


def noted(session: Session, judged: Judged, case: Case) -> Judged:
    """The same with the savings that the body made before noted beside it: one statement more."""
    saved = queries.standing_savings(session, case.id)
    outcome = judged.outcome
    subject = replace(outcome.subject, savings=saved)
    return replace(judged, outcome=replace(outcome, subject=subject, reasons=(*outcome.reasons, *queries.saving_reasons(saved))))


def facts_of(judged: Judged | None) -> PenaltyFacts:
    """What a guard needs to know of it."""
    if judged is None:
        return PenaltyFacts(False, False)
    return PenaltyFacts(True, judged.outcome.indicated, tuple(why.text for why in judged.outcome.protections))


def _rule_and_memberships(session: Session, case: Case, at: date) -> tuple[PenaltyRule, list[Belonging]] | None:
    """The rule in force with the body's memberships of all days: one statement."""
    member, group = SharingMember, SharingGroup
    query = (
        select(PenaltyRule, group.id, Body.code, group.id, group.name, group.functions, member.kind, member.starts, member.ends,
               group.starts, group.ends)
        .select_from(PenaltyRule)
        .join(Body, Body.id == case.body_id)
        .outerjoin(member, member.body_id == Body.id)
        .outerjoin(group, group.id == member.group_id)
        .where(PenaltyRule.round_id == case.round_id, and_(PenaltyRule.in_force_on.is_not(None), PenaltyRule.in_force_on <= at))
        .order_by(PenaltyRule.version.desc(), member.starts)
    )  # fmt: skip
    rows: list[Sequence[Any]] = [tuple(row) for row in session.execute(query)]
    if not rows:
        return None
    rule = rows[0][0]
    return rule, [belonging(row[2:]) for row in rows if row[0].version == rule.version and row[1] is not None]
