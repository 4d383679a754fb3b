"""The tracks of the improvement plan and of each of its actions."""

from collections.abc import Iterable

from workflows.asks import Ask
from workflows.engine import Facts, Follow, Guard, Inputs, Reason, State, Tell, Track, Transition
from workflows.returns.track import BODY_ROLES, REASON
from workflows.roles import Role, Side

DONE_STATES = ("verified", "cancelled", "moved")
MOVABLE = ("agreed", "in_progress", "reported_complete", "rejected")
"""States of an action in which it goes on with a successor when its body ends."""
IN_DELIVERY = ("agreed", "in_delivery")
ALL_DONE_TODO = "Report the plan complete"
"""What the approver is to do in delivery once every action is done: then it is their turn, no more the owners'."""


def _every_recommendation(facts: Facts, _: Inputs) -> Iterable[Reason]:
    covered = {a.finding_id for a in facts.actions if a.state != "cancelled"}
    for finding in facts.findings:
        if finding.recommendation and finding.id not in covered:
            yield Reason(f"Add an action for the recommendation of finding {finding.number}.", "plan#add")


def _some_action(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if not any(a.state != "cancelled" for a in facts.actions):
        yield Reason("Add at least one action.", "plan#add")


def _owned_and_dated(facts: Facts, _: Inputs) -> Iterable[Reason]:
    for action in facts.actions:
        if action.state == "proposed" and not (action.owner_id and action.dated):
            yield Reason(f"Give action {action.number} an owner and a due date.", f"plan#action-{action.number}")


def _all_done(facts: Facts, _: Inputs) -> Iterable[Reason]:
    for action in facts.actions:
        if action.state not in DONE_STATES:
            yield Reason(f"Action {action.number} is neither verified, cancelled nor moved.", f"plan#action-{action.number}")


def _own_action(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.action and facts.action.owner_id != facts.actor.person_id:
        yield Reason("Only the owner of this action can do this.", f"plan#action-{facts.action.number}")


def _not_the_reporter(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.action and facts.action.reported_by == facts.actor.person_id:
        yield Reason("You reported this action complete, so somebody else must verify it.", "plan")


def _plan_open(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("plan") not in ("awaited", "changes_requested"):
        yield Reason("The plan is with the inspector. Actions can be taken out while the plan is with the body.", "plan")


EVERY_RECOMMENDATION = Guard("recommendations", "every recommendation has an action", _every_recommendation)
SOME_ACTION = Guard("some action", "the plan has at least one action", _some_action)
OWNED_AND_DATED = Guard("owned and dated", "every action has an owner and a due date", _owned_and_dated)
ALL_DONE = Guard("all done", "every action is verified, cancelled or moved to a successor", _all_done)
OWN_ACTION = Guard("own action", "the actor owns the action", _own_action)
NOT_THE_REPORTER = Guard("four eyes", "the verifier has not reported the action complete", _not_the_reporter)
PLAN_OPEN = Guard("plan open", "the plan is with the body", _plan_open)

PLAN_SIDES = Side.BODY | Side.AUDITOR | Side.PROGRAMME

PLAN = Track(
    code="plan",
    label="improvement plan",
    initial="awaited",
    entry=lambda facts: "awaited" if facts.plan and any(f.recommendation for f in facts.findings) else "not_required",
    entries=("awaited", "not_required"),
    entry_opens={"awaited": ("plan_proposal",)},
    entry_tells={"awaited": (Tell("plan_wanted", BODY_ROLES),)},
    states=(
        State("awaited", "Awaited", Role.APPROVER, "Draw up the improvement plan and propose it", colour="grey"),
        State("proposed", "Proposed", Role.INSPECTOR, "Agree the plan, or ask for changes", colour="yellow"),
        State("changes_requested", "Changes requested", Role.APPROVER, "Change the plan and propose it again", colour="orange"),
        State("agreed", "Agreed", Role.ACTION_OWNER, "Start the actions", colour="light-blue"),
        State("in_delivery", "In delivery", Role.ACTION_OWNER, "Carry out the actions", colour="blue"),
        State("completed", "Completed", Role.INSPECTOR, "Close the plan", colour="turquoise"),
        State("closed", "Closed", final=True, colour="green"),
        State("not_required", "Not required", final=True, colour="grey"),
    ),
    transitions=(
        Transition(
            name="propose",
            sources=("awaited", "changes_requested"),
            target="proposed",
            roles=(Role.APPROVER,),
            label="Propose the plan",
            done="proposed the improvement plan",
            guards=(SOME_ACTION, EVERY_RECOMMENDATION, OWNED_AND_DATED),
            closes=("plan_proposal",),
            opens=("plan_answer",),
            tells=(Tell("plan_proposed", (Role.INSPECTOR,)),),
            effects=("share_plan",),
            seen_by=PLAN_SIDES,
        ),
        Transition(
            name="request_changes",
            sources=("proposed",),
            target="changes_requested",
            roles=(Role.INSPECTOR,),
            label="Ask for changes",
            done="asked for changes to the plan",
            asks=(REASON,),
            closes=("plan_answer",),
            opens=("plan_proposal",),
            tells=(Tell("plan_changes_requested", BODY_ROLES),),
            seen_by=PLAN_SIDES,
            aside=True,
        ),
        Transition(
            name="agree",
            sources=("proposed",),
            target="agreed",
            roles=(Role.INSPECTOR,),
            label="Agree the plan",
            done="agreed the improvement plan",
            closes=("plan_answer",),
            follows=(Follow("action", "agree", each_action=True),),
            tells=(Tell("plan_agreed", (Role.APPROVER, Role.ACTION_OWNER)),),
            seen_by=PLAN_SIDES,
        ),
        Transition(
            name="begin_delivery",
            sources=("agreed",),
            target="in_delivery",
            roles=(Role.ACTION_OWNER, Role.APPROVER),
            label="Begin delivery",
            done="began delivery of the plan",
            seen_by=PLAN_SIDES,
            only_follows=True,
        ),
        Transition(
            name="complete",
            sources=("agreed", "in_delivery"),
            target="completed",
            roles=(Role.APPROVER,),
            label="Report the plan complete",
            done="reported the plan complete",
            guards=(ALL_DONE,),
            tells=(Tell("plan_completed", (Role.INSPECTOR,)),),
            seen_by=PLAN_SIDES,
        ),
        Transition(
            name="close",
            sources=("completed",),
            target="closed",
            roles=(Role.INSPECTOR,),
            label="Close the plan",
            done="closed the improvement plan",
            guards=(ALL_DONE,),
            tells=(Tell("plan_closed", BODY_ROLES),),
        ),
    ),
)

ACTION = Track(
    code="action",
    label="action",
    initial="proposed",
    per_action=True,
    states=(
        State("proposed", "Proposed", colour="grey"),
        State("agreed", "Agreed", Role.ACTION_OWNER, "Start the action", colour="light-blue"),
        State("in_progress", "In progress", Role.ACTION_OWNER, "Carry the action out and report it complete", colour="blue"),
        State("reported_complete", "Reported complete", Role.INSPECTOR, "Verify that the action is done", colour="yellow"),
        State("rejected", "Rejected", Role.ACTION_OWNER, "Take the action up again", colour="orange"),
        State("verified", "Verified", final=True, colour="green"),
        State("cancelled", "Cancelled", final=True, colour="grey"),
        State("moved", "Moved to a successor", final=True, colour="grey"),
    ),
    transitions=(
        Transition(
            name="agree",
            sources=("proposed",),
            target="agreed",
            roles=(Role.INSPECTOR,),
            label="Agree the action",
            done="agreed the action",
            opens=("action_due",),
            tells=(Tell("action_agreed", (Role.ACTION_OWNER,)),),
            seen_by=PLAN_SIDES,
            only_follows=True,
        ),
        Transition(
            name="take_out",
            sources=("proposed",),
            target="cancelled",
            roles=(Role.APPROVER,),
            label="Take out of the plan",
            done="took the action out of the plan",
            guards=(PLAN_OPEN,),
            asks=(REASON,),
            seen_by=PLAN_SIDES,
            aside=True,
        ),
        Transition(
            name="start",
            sources=("agreed",),
            target="in_progress",
            roles=(Role.ACTION_OWNER,),
            label="Start the action",
            done="started the action",
            guards=(OWN_ACTION,),
            follows=(Follow("plan", "begin_delivery"),),
            seen_by=PLAN_SIDES,
            confirm=False,
        ),
        Transition(
            name="report_complete",
            sources=("in_progress",),
            target="reported_complete",
            roles=(Role.ACTION_OWNER,),
            label="Report complete",
            done="reported the action complete",
            guards=(OWN_ACTION,),
            asks=(Ask("reason", "What was done, and what shows it"),),
            closes=("action_due",),
            opens=("verification",),
            tells=(Tell("action_reported", (Role.INSPECTOR,)),),
            effects=("keep_report",),
            seen_by=PLAN_SIDES,
        ),
        Transition(
            name="verify",
            sources=("reported_complete",),
            target="verified",
            roles=(Role.INSPECTOR,),
            label="Verify",
            done="verified the action",
            guards=(NOT_THE_REPORTER,),
            asks=(Ask("reason", "How it was verified"),),
            closes=("verification",),
            tells=(Tell("action_verified", (Role.ACTION_OWNER, Role.APPROVER)),),
            seen_by=PLAN_SIDES,
        ),
        Transition(
            name="reject",
            sources=("reported_complete",),
            target="rejected",
            roles=(Role.INSPECTOR,),
            label="Reject as not complete",
            done="rejected the action as not complete",
            asks=(REASON,),
            closes=("verification",),
            opens=("action_due",),
            tells=(Tell("action_rejected", (Role.ACTION_OWNER, Role.APPROVER)),),
            seen_by=PLAN_SIDES,
            aside=True,
        ),
        Transition(
            name="resume",
            sources=("rejected",),
            target="in_progress",
            roles=(Role.ACTION_OWNER,),
            label="Take up again",
            done="took the action up again",
            guards=(OWN_ACTION,),
            seen_by=PLAN_SIDES,
            confirm=False,
        ),
        Transition(
            name="cancel",
            sources=("agreed", "in_progress", "rejected"),
            target="cancelled",
            roles=(Role.INSPECTOR,),
            label="Consent to cancelling it",
            done="consented to cancelling the action",
            asks=(Ask("reason", "Why the action is no longer needed, and who asked for it"),),
            lapses=("action_due",),
            tells=(Tell("action_cancelled", (Role.ACTION_OWNER, Role.APPROVER)),),
            seen_by=PLAN_SIDES,
            aside=True,
        ),
        Transition(
            name="hand_over",
            sources=MOVABLE,
            target="moved",
            roles=(Role.OFFICER,),
            label="Move to the successor of the body",
            done="moved the action to the successor of the body",
            lapses=("action_due", "verification"),
            seen_by=PLAN_SIDES,
            only_follows=True,
            aside=True,
        ),
    ),
)
