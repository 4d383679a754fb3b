"""Propose, drop and adopt a rule for the penalty; note earlier savings; keep what an indication rested on."""

from collections.abc import Mapping
from datetime import date, timedelta

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect
from webapp.db import Work
from webapp.penalties import queries
from webapp.penalties.judging import noted
from webapp.penalties.models import PUBLIC, EarlierSaving, PenaltyIndication, PenaltyRule
from webapp.register.models import Round
from workflows.asks import Ask, Moment, read_number
from workflows.benchmarks.penalty import kept
from workflows.benchmarks.rules import Rule
from workflows.engine import Reason, Refused, problems_of

WHY = Ask("reason", "Reason", limit=2000)
SAVING_ASKS = (
    Ask("pounds", "Saving a year in pounds", kind="number", minimum=1, maximum=1_000_000_000, hint="Before this round, and lasting"),
    Ask("since", "Since when", kind="date", past=True, hint="For example, 1 4 2008"),
    Ask("what", "What was done", limit=1000),
    Ask("evidence", "What shows it", limit=1000, hint="One sentence, such as which report or line of the accounts"),
)
"""What is asked about an earlier saving, read by the same rules as what a transition asks."""


def propose(work: Work, round_: Round, rule: Rule, *, notice_days: int, reason: str) -> PenaltyRule:
    """Keep a rule as a draft, in the place of a draft that there is. Raises Refused without a reason."""
    _must_say_why(work, reason)
    rules = queries.rules_of(work.session, round_.id)
    if (before := queries.draft_of(rules)) is not None:
        before.dropped_at = work.now
    draft = PenaltyRule(
        round_id=round_.id, code=rule.code, version=max((one.version for one in rules), default=0) + 1, name=rule.name,
        statement=rule.statement, indicators=list(rule.indicators), functions=list(rule.functions), average=rule.average,
        group_kind=rule.group, margin=rule.margin, minimum=rule.minimum, notice_days=notice_days,
        drafted_by=work.actor.person_id, drafted_at=work.now, draft_reason=reason.strip(),
    )  # fmt: skip
    work.session.add(draft)
    return draft


def adopt(work: Work, draft: PenaltyRule, reason: str) -> None:
    """Adopt a draft: from now on it is public and never changes, and some days later it is in force.

    Raises Refused for one that was adopted or dropped, for whoever drafted it, and without a reason.
    """
    _must_wait(draft)
    if draft.drafted_by == work.actor.person_id:
        raise Refused("guard", (Reason("You proposed this rule, so another officer must adopt it."),))
    _must_say_why(work, reason)
    draft.adopted_by, draft.adopted_at, draft.adopted_reason = work.actor.person_id, work.now, reason.strip()
    draft.in_force_on = queries.today(work.now) + timedelta(days=draft.notice_days)
    draft.audience = PUBLIC


def drop(work: Work, draft: PenaltyRule) -> None:
    """Give a draft up. Raises Refused for one that was adopted or dropped before."""
    _must_wait(draft)
    draft.dropped_at = work.now


def _must_wait(draft: PenaltyRule) -> None:
    if draft.adopted_at is not None:
        raise Refused("state", (Reason(f"Version {draft.version} of the rule is adopted already. Propose another version to change it."),))
    if draft.dropped_at is not None:
        raise Refused("state", (Reason(f"Version {draft.version} of the rule was dropped. Propose it again."),))


def _must_say_why(work: Work, reason: str) -> None:
    if problems := problems_of((WHY,), {"reason": reason}, Moment(work.now)):
        raise Refused("input", problems)


def note_saving(work: Work, case: Case, inputs: Mapping[str, str]) -> EarlierSaving:
    """Keep a saving that the body made before. Raises Refused with all that is wrong."""
    if problems := problems_of(SAVING_ASKS, inputs, Moment(work.now)):
        raise Refused("input", problems)
    saving = EarlierSaving(case_id=case.id, pounds=read_number(inputs["pounds"]), since=date.fromisoformat(inputs["since"]),
                           what=inputs["what"].strip(), evidence=inputs["evidence"].strip(), person_id=work.actor.person_id,
                           at=work.now)  # fmt: skip
    work.session.add(saving)
    return saving


def withdraw_saving(work: Work, saving: EarlierSaving, reason: str) -> None:
    """Take a saving back that should not have been noted. Raises Refused for one that was taken back, and without a reason."""
    if saving.withdrawn_at is not None:
        raise Refused("state", (Reason("This saving was taken back already.", "penalty#savings"),))
    _must_say_why(work, reason)
    saving.withdrawn_at, saving.withdrawn_why = work.now, reason.strip()


@effect("keep_indication")
def keep_indication(move: Move) -> None:
    """A penalty is indicated: the rule in its version and the figures, as they are now, are kept for good."""
    judged = move.facts.judged
    assert judged is not None, "the guard holds that a rule is in force"
    judged = noted(move.work.session, judged, move.case)
    row = PenaltyIndication(case_id=move.case.id, rule_id=judged.rule.id, at=move.work.now, person_id=move.work.actor.person_id,
                            rested_on=kept(judged.outcome, judged.at))  # fmt: skip
    move.work.session.add(row)
