"""Draw up an improvement plan, and report on its actions."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from webapp.cases.models import Case
from webapp.cases.moves import Move, effect, start_action
from webapp.db import Work
from webapp.plans import queries
from webapp.plans.models import PLAN_AUDIENCE, Action
from workflows.engine import Reason, Refused
from workflows.roles import Side

OPEN_STATES = ("awaited", "changes_requested")


def add_action(
    work: Work, case: Case, state: str | None, *, what: str, finding_id: int, owner_id: int, due_on: date, saving: Decimal | None
) -> Action:
    """Add an action to the plan while the plan is with the body."""
    if state not in OPEN_STATES:
        raise Refused("state", (Reason("Actions can be added while the plan is with the body.", "plan"),))
    action = Action(case_id=case.id, number=queries.next_number(work.session, case), what=what.strip(), finding_id=finding_id,
                    owner_id=owner_id, due_on=due_on, target_saving=saving, at=work.now, audience=int(Side.BODY))  # fmt: skip
    work.session.add(action)
    work.session.flush()
    start_action(work, case, action)
    return action


@effect("share_plan")
def share_plan(move: Move) -> None:
    """Proposed: the auditor and the programme now see the actions, but not those that were taken out before."""
    for action in move.work.session.scalars(select(Action).where(Action.case_id == move.case.id)):
        stay = move.facts.stay("action", action.id)
        if stay is not None and stay.state == "proposed":
            action.audience |= int(PLAN_AUDIENCE)
            stay.audience |= int(PLAN_AUDIENCE)


@effect("keep_report")
def keep_report(move: Move) -> None:
    """What the owner reported as done."""
    if move.action is None:
        raise Refused("state", (Reason("Choose the action to report on.", "plan"),))
    move.action.report = move.inputs["reason"].strip()
    move.action.reported_by = move.work.actor.person_id
