"""The penalty's track: never automatic, never decided by whoever proposed it.

Source: the article of 27 April 2009 calls a penalty one possibility; the fairness rules are proposed in the domain
notes (process, section 9; user needs 16).
"""

from collections.abc import Iterable

from workflows.asks import Ask
from workflows.engine import Facts, Guard, Inputs, Reason, State, Tell, Track, Transition
from workflows.returns.track import BODY_ROLES, REASON
from workflows.roles import Role, Side


def _somebody_else_decides(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.actor.person_id == facts.did("penalty", "indicate"):
        yield Reason("You indicated this penalty, so another officer must decide on it.", "penalty")


def _somebody_else_hears(facts: Facts, _: Inputs) -> Iterable[Reason]:
    earlier = {facts.did("penalty", "indicate"), facts.did("penalty", "apply")}
    if facts.actor.person_id in earlier:
        yield Reason("You indicated or decided this penalty, so another officer must decide the appeal.", "penalty")


def _heard(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("penalty") == "indicated" and not facts.deadline_passed("representations"):
        yield Reason("The body may still make representations. Wait for them, or for their last day.", "penalty")


def _rule_indicates(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("return") not in SETTLED:
        return  # that is the nearer reason, and is told by its own guard
    found = facts.penalty
    if not found.in_force:
        yield Reason("No rule for the penalty is in force in this round. A rule is adopted and published first.", "penalty")
    elif not found.indicated:
        for text in found.protections:
            yield Reason(f"The rule does not indicate this body. {text}", "penalty")


def _return_settled(facts: Facts, _: Inputs) -> Iterable[Reason]:
    if facts.state("return") not in SETTLED:
        yield Reason("A penalty can be indicated only once the return is accepted, or recorded as not returned.", "return")


SETTLED = ("accepted", "not_returned")
RULE_INDICATES = Guard("rule", "the rule in force in the round indicates the body today", _rule_indicates)
SOMEBODY_ELSE_DECIDES = Guard("four eyes", "the officer has not indicated the penalty", _somebody_else_decides)
SOMEBODY_ELSE_HEARS = Guard("six eyes", "the officer has neither indicated nor applied it", _somebody_else_hears)
RETURN_SETTLED = Guard("settled return", "the return is accepted or recorded as not returned", _return_settled)
HEARD = Guard("heard", "representations are in, or their last day has passed", _heard)
SIDES = Side.BODY | Side.PROGRAMME

PENALTY = Track(
    code="penalty",
    label="penalty",
    initial="not_indicated",
    audience=SIDES,
    states=(
        State("not_indicated", "Not indicated", colour="grey"),
        State("indicated", "Indicated", Role.APPROVER, "Make representations", colour="yellow"),
        State("representations_in", "Representations in", Role.OFFICER, "Decide on the penalty", colour="purple"),
        State("applied", "Applied", colour="red"),
        State("appealed", "Appealed", Role.OFFICER, "Decide on the appeal", colour="purple"),
        State("confirmed", "Confirmed", final=True, colour="red"),
        State("withdrawn", "Withdrawn", final=True, colour="green"),
    ),
    transitions=(
        Transition(
            name="indicate",
            sources=("not_indicated",),
            target="indicated",
            roles=(Role.OFFICER,),
            label="Indicate a penalty",
            done="indicated a penalty",
            guards=(RETURN_SETTLED, RULE_INDICATES),
            asks=(REASON,),
            effects=("keep_indication",),
            shows="penalty_now",
            opens=("representations",),
            tells=(Tell("penalty_indicated", BODY_ROLES),),
            seen_by=SIDES,
            aside=True,
        ),
        Transition(
            name="represent",
            sources=("indicated",),
            target="representations_in",
            roles=(Role.APPROVER,),
            label="Make representations",
            done="made representations against the penalty",
            asks=(Ask("reason", "Representations", hint="Printed unedited beside the decision."),),
            closes=("representations",),
            tells=(Tell("penalty_representations", (Role.OFFICER,)),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
        Transition(
            name="apply",
            sources=("indicated", "representations_in"),
            target="applied",
            roles=(Role.OFFICER,),
            label="Decide: apply the penalty",
            done="decided to apply the penalty",
            guards=(SOMEBODY_ELSE_DECIDES, HEARD),
            asks=(REASON,),
            closes=("representations",),
            tells=(Tell("penalty_decided", BODY_ROLES),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
        Transition(
            name="withdraw",
            sources=("indicated", "representations_in"),
            target="withdrawn",
            roles=(Role.OFFICER,),
            label="Decide: withdraw it",
            done="withdrew the penalty",
            guards=(SOMEBODY_ELSE_DECIDES,),
            asks=(REASON,),
            closes=("representations",),
            tells=(Tell("penalty_decided", BODY_ROLES),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
        Transition(
            name="appeal",
            sources=("applied",),
            target="appealed",
            roles=(Role.APPROVER,),
            label="Appeal",
            done="appealed against the penalty",
            asks=(Ask("reason", "Grounds of the appeal"),),
            tells=(Tell("penalty_appealed", (Role.OFFICER,)),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
        Transition(
            name="confirm",
            sources=("appealed",),
            target="confirmed",
            roles=(Role.OFFICER,),
            label="Dismiss the appeal",
            done="dismissed the appeal and confirmed the penalty",
            guards=(SOMEBODY_ELSE_HEARS,),
            asks=(REASON,),
            tells=(Tell("penalty_settled", BODY_ROLES),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
        Transition(
            name="uphold",
            sources=("appealed",),
            target="withdrawn",
            roles=(Role.OFFICER,),
            label="Uphold the appeal",
            done="upheld the appeal and withdrew the penalty",
            guards=(SOMEBODY_ELSE_HEARS,),
            asks=(REASON,),
            tells=(Tell("penalty_settled", BODY_ROLES),),
            shows="penalty_then",
            seen_by=SIDES,
        ),
    ),
)
